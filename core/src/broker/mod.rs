//! What the requests of clients mean: one file for each API that clients may call.
//!
//! **Invariants**
//! - Produce requests of one connection reach a partition in the order in which they arrived.
//! - A request that changed the metadata is answered when its own shard has the image that shows the change.
//!
//! **In Kafka**: `KafkaApis`, `DelayedFetch`.

mod context;
mod control;
mod output;
mod producer_ids;
mod question;
mod request;
mod requests;
mod slices;
mod table;
#[cfg(test)]
mod tests;

pub use control::{
    AlteredConfig, ConfigChange, ConfigOf, ControlAnswer, ControlOutcome, ControlQuestion, MorePartitions,
    PartitionsSpec, ProducerIdBlock, Refusal, TopicCreated, TopicSpec,
};
pub use output::Output;
pub use question::{Question, Reply};

use crate::io::{AskId, ConnId, DirId, Env, ListenerId, ShardId};
use crate::metadata::{MetadataImage, NodeConfig};
use crate::session::{Limits, SessionHandOver, Sessions};
use crate::types::{ErrorCode, ImageVersion, Instant};
use bytes::Bytes;
use context::{BrokerContext, BrokerState};
use request::BrokerApis;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

/// The sessions of one shard's clients.
#[derive(Clone, Debug)]
pub struct Broker {
    sessions: Sessions<BrokerApis>,
    /// Answers of the control shard that wait until this shard has the image that shows their outcome.
    awaiting_image: Vec<(ImageVersion, AskId, ControlOutcome)>,
}

impl Broker {
    /// Makes the broker of shard `me`, without any session.
    #[must_use]
    pub fn new(config: Arc<NodeConfig>, me: ShardId) -> Broker {
        let limits = Limits::of(&config);
        let context = BrokerContext { config, image: Arc::default(), ports: BTreeMap::new(), log_dirs: Vec::new() };
        let sessions = Sessions::new(context, BrokerState::default(), me, limits);
        Broker { sessions, awaiting_image: Vec::new() }
    }

    /// Replaces the metadata image by a later one, and passes on the control shard's answers that waited for this
    /// image.
    pub fn on_image(&mut self, image: Arc<MetadataImage>, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let context = &mut self.sessions.view;
        assert!(image.version >= context.image.version, "images only move on");
        let version = image.version;
        context.image = image;
        let shown = self.awaiting_image.extract_if(.., |(wanted, ..)| *wanted <= version);
        for (_, ask, outcome) in shown.collect::<Vec<_>>() {
            self.on_reply(ask, Reply::Control(outcome), env, out);
        }
    }

    /// Replaces the node's configuration.
    pub fn on_config(&mut self, config: Arc<NodeConfig>) {
        self.sessions.on_limits(Limits::of(&config));
        self.sessions.view.config = config;
    }

    /// Notes the port of an open listener.
    pub fn on_listening(&mut self, on: ListenerId, addr: SocketAddr) {
        self.sessions.view.ports.insert(on, addr.port());
    }

    /// Notes the log directories that are in use.
    pub fn on_log_dirs(&mut self, in_use: &[DirId]) {
        self.sessions.view.log_dirs = in_use.to_vec();
    }

    /// Makes a session for a client that has connected.
    pub fn on_accepted(
        &mut self,
        conn: ConnId,
        listener: ListenerId,
        peer: SocketAddr,
        principal: Option<Arc<str>>,
        now: Instant,
    ) {
        self.sessions.on_accepted(conn, listener, peer, principal, now);
    }

    /// Handles a frame that has arrived whole. Its length prefix is already removed.
    pub fn on_frame(&mut self, conn: ConnId, frame: Bytes, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.sessions.on_frame(conn, frame, env, out);
    }

    /// Notes that all bytes sent on a connection have gone to the network.
    pub fn on_drained(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.sessions.on_drained(conn, env, out);
    }

    /// Notes that a client sends no more requests. It gets the responses that it is owed, then the connection closes.
    pub fn on_half_closed(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.sessions.on_half_closed(conn, env, out);
    }

    /// Removes the session of a closed connection.
    pub fn on_closed(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.sessions.on_closed(conn, env, out);
    }

    /// Takes over a session from another shard. Called when both the other shard's message with the session and the
    /// driver's event `HandedOver` have arrived.
    pub fn on_handed_over(&mut self, session: SessionHandOver, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.sessions.on_handed_over(session, env, out);
    }

    /// Handles an answer of the control shard. The request gets the answer when this shard has the image that shows the
    /// outcome.
    pub fn on_control_answer(&mut self, ask: AskId, answer: ControlAnswer, env: &mut Env<'_>, out: &mut Vec<Output>) {
        if answer.image > self.sessions.view.image.version {
            return self.awaiting_image.push((answer.image, ask, answer.outcome));
        }
        self.on_reply(ask, Reply::Control(answer.outcome), env, out);
    }

    /// Handles a reply to a question. A reply that no request waits for is dropped.
    pub fn on_reply(&mut self, ask: AskId, reply: Reply, env: &mut Env<'_>, out: &mut Vec<Output>) {
        if self.sessions.state.producer_ids.asked == Some(ask) {
            return self.on_producer_ids(reply, env, out);
        }
        self.sessions.on_reply(ask, reply, env, out);
    }

    /// Handles expired deadlines. A call without an expired deadline changes nothing.
    pub fn on_wake(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.sessions.on_wake(env, out);
    }

    /// Ends the turn: gives each session that belongs on another shard to that shard.
    pub fn on_turn_end(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.sessions.on_turn_end(env, out);
    }

    /// The time of the next deadline, at which [`Broker::on_wake`] must be called.
    #[must_use]
    pub fn next_wake(&self) -> Option<Instant> {
        self.sessions.next_wake()
    }

    /// Begins the stop. No more requests are accepted, waiting fetches are answered at once, and each connection is
    /// closed after its last response.
    pub fn stop(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.sessions.stop(env, out);
    }

    /// Whether no session is left. After [`Broker::stop`] this means that the stop is complete.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.sessions.is_idle()
    }

    /// Handles the control shard's answer to the question for a block of producer ids. Requests that wait for a
    /// producer id get one from the block. If the answer is an error, they get the error.
    fn on_producer_ids(&mut self, reply: Reply, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let ids = &mut self.sessions.state.producer_ids;
        ids.asked = None;
        let refused = match reply {
            Reply::Control(ControlOutcome::ProducerIds(Ok(block))) => {
                ids.on_block(block);
                None
            }
            Reply::Control(ControlOutcome::ProducerIds(Err(error))) => Some(error),
            _ => Some(ErrorCode::UnknownServerError),
        };
        for first in core::mem::take(&mut ids.waiting) {
            let ids = &mut self.sessions.state.producer_ids;
            let id = match refused {
                Some(error) => Err(error),
                None => match ids.take() {
                    Some(id) => Ok(id),
                    None => {
                        ids.waiting.push(first);
                        continue;
                    }
                },
            };
            self.on_reply(first, Reply::ProducerId(id), env, out);
        }
        if refused.is_none() {
            self.sessions.ask_beyond_requests(out);
        }
    }
}

const fn is_clone_and_send<T: Clone + Send>() {}
const _: () = is_clone_and_send::<Broker>();
