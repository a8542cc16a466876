//! The sessions of a shard's client connections, and one file per request that they may send.
//!
//! **Invariants**
//! - Answers leave a connection in the order of its requests; a produce with acks=0 has no place among them.
//! - Produces of one connection reach a partition in the order in which they came.
//! - What a connection may hold of this shard (unanswered requests, unsent bytes) is bounded: it is paused beyond that.
//! - Every question put to a partition or to the control shard is answered or times out; a late answer changes nothing.
//!
//! **In Kafka**: `SocketServer`, `KafkaApis`, `RequestChannel`, `DelayedFetch`.

mod output;

pub use output::{
    ControlAnswer, ControlAsk, Output, PartitionsSpec, ProducerIdBlock, SessionHandOver, TopicCreated, TopicOutcome,
    TopicRefused, TopicSpec,
};

use crate::io::{AskId, ConnId, Env, ListenerId, ShardId};
use crate::metadata::{MetadataImage, NodeConfig};
use crate::replica::PartitionAnswer;
use crate::types::Instant;
use bytes::Bytes;
use std::net::SocketAddr;
use std::sync::Arc;

/// The sessions of one shard.
#[derive(Clone, Debug)]
pub struct Broker {}

impl Broker {
    /// Shard `me`'s sessions: none yet.
    #[must_use]
    pub fn new(_config: Arc<NodeConfig>, _me: ShardId) -> Broker {
        todo!()
    }

    /// The metadata moved on.
    pub fn on_image(&mut self, _image: Arc<MetadataImage>, _env: &mut Env<'_>, _out: &mut Vec<Output>) {
        todo!()
    }

    /// A listener is open at that address.
    pub fn on_listening(&mut self, _on: ListenerId, _addr: SocketAddr) {
        todo!()
    }

    /// A client connected.
    pub fn on_accepted(
        &mut self,
        _conn: ConnId,
        _listener: ListenerId,
        _peer: SocketAddr,
        _principal: Option<Arc<str>>,
    ) {
        todo!()
    }

    /// A whole frame arrived, its length prefix taken off.
    pub fn on_frame(&mut self, _conn: ConnId, _frame: Bytes, _env: &mut Env<'_>, _out: &mut Vec<Output>) {
        todo!()
    }

    /// All that was sent on a connection has left.
    pub fn on_drained(&mut self, _conn: ConnId, _env: &mut Env<'_>, _out: &mut Vec<Output>) {
        todo!()
    }

    /// A connection is over.
    pub fn on_closed(&mut self, _conn: ConnId, _env: &mut Env<'_>, _out: &mut Vec<Output>) {
        todo!()
    }

    /// A session is now this shard's, and so is its connection: both the mail and `HandedOver` have come.
    pub fn on_handed_over(&mut self, _session: SessionHandOver, _env: &mut Env<'_>, _out: &mut Vec<Output>) {
        todo!()
    }

    /// A partition answered. An answer that nobody waits for any more is dropped.
    pub fn on_answer(&mut self, _ask: AskId, _answer: PartitionAnswer, _env: &mut Env<'_>, _out: &mut Vec<Output>) {
        todo!()
    }

    /// The control shard answered.
    pub fn on_control_answer(
        &mut self,
        _ask: AskId,
        _answer: ControlAnswer,
        _env: &mut Env<'_>,
        _out: &mut Vec<Output>,
    ) {
        todo!()
    }

    /// The time asked for by [`Broker::next_wake`] has come; may be spurious.
    pub fn on_wake(&mut self, _env: &mut Env<'_>, _out: &mut Vec<Output>) {
        todo!()
    }

    /// The turn's events were all handed in. Call it before the shard sends its mail; it may ask partitions and give
    /// sessions away.
    pub fn on_turn_end(&mut self, _env: &mut Env<'_>, _out: &mut Vec<Output>) {
        todo!()
    }

    /// When [`Broker::on_wake`] is wanted.
    #[must_use]
    pub fn next_wake(&self) -> Option<Instant> {
        todo!()
    }

    /// Takes no more requests: waits end early, what runs is answered, and each connection is closed behind its last
    /// answer.
    pub fn stop(&mut self, _env: &mut Env<'_>, _out: &mut Vec<Output>) {
        todo!()
    }

    /// Whether every session has ended.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        todo!()
    }
}
