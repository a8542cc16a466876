//! The sessions of a shard's client connections, and one file per request that they may send.
//!
//! **Invariants**
//! - Answers leave a connection in the order of its requests; a produce with acks=0 has no place among them.
//! - Produces of one connection reach a partition in the order in which they came.
//! - What a connection may hold of this shard (unanswered requests, unsent bytes) is bounded: it is paused beyond that.
//! - Every question put to a partition or to the control shard is answered or times out; a late answer changes nothing.
//!
//! **In Kafka**: `SocketServer`, `KafkaApis`, `RequestChannel`, `DelayedFetch`.

mod context;
mod control;
mod output;
mod producer_ids;
mod question;
mod request;
mod requests;
mod session;
mod slices;
mod table;
#[cfg(test)]
mod tests;

pub use control::{
    AlteredConfig, ConfigChange, ControlAnswer, ControlOutcome, ControlQuestion, MorePartitions, PartitionsSpec,
    ProducerIdBlock, Refusal, TopicCreated, TopicSpec,
};
pub use output::{Output, SessionHandOver};
pub use question::{Question, Reply};

use crate::io::{AskId, ConnId, DirId, Env, ListenerId, ShardId, Site, TraceEvent, TraceKind};
use crate::metadata::{MetadataImage, NodeConfig};
use crate::sometimes;
use crate::types::{ErrorCode, ImageVersion, Instant};
use bytes::{Bytes, BytesMut};
use context::BrokerContext;
use producer_ids::ProducerIds;
use request::{Answer, Begun, Head, Progress, RequestContext, Running, Waiting};
use session::{FlowChange, Life, Moves, Session};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use table::{Opened, Served};

/// The sessions of one shard.
#[derive(Clone, Debug)]
pub struct Broker {
    context: BrokerContext,
    sessions: BTreeMap<ConnId, Session>,
    /// Requests that wait, by their name: the first of the names that their questions have.
    running: BTreeMap<AskId, Running>,
    timers: BTreeSet<(Instant, AskId)>,
    next_ask: u64,
    producer_ids: ProducerIds,
    /// The control shard's answers whose image this shard does not have yet.
    awaiting_image: Vec<(ImageVersion, AskId, ControlOutcome)>,
    /// Sessions that go to another shard when the turn ends.
    leaving: Vec<ConnId>,
    stopping: bool,
    scratch: BytesMut,
}

/// The context of a request, borrowed from a broker of which other fields are borrowed at the same time.
macro_rules! request_context {
    ($broker:ident, $head:expr, $env:expr, $out:expr) => {
        RequestContext {
            broker: &$broker.context,
            head: $head,
            env: $env,
            out: $out,
            producer_ids: &mut $broker.producer_ids,
            scratch: &mut $broker.scratch,
        }
    };
}

impl Broker {
    /// Shard `me`'s sessions: none yet.
    #[must_use]
    pub fn new(config: Arc<NodeConfig>, me: ShardId) -> Broker {
        Broker {
            context: BrokerContext {
                config,
                me,
                image: Arc::default(),
                ports: BTreeMap::new(),
                log_dirs: Vec::new(),
                apis: table::TABLE.iter().map(table::Row::api).collect(),
            },
            sessions: BTreeMap::new(),
            running: BTreeMap::new(),
            timers: BTreeSet::new(),
            next_ask: 0,
            producer_ids: ProducerIds::default(),
            awaiting_image: Vec::new(),
            leaving: Vec::new(),
            stopping: false,
            scratch: BytesMut::new(),
        }
    }

    /// The metadata moved on.
    pub fn on_image(&mut self, image: Arc<MetadataImage>, env: &mut Env<'_>, out: &mut Vec<Output>) {
        assert!(image.version >= self.context.image.version, "images only move on");
        self.context.image = image;
        let shown = self.awaiting_image.extract_if(.., |(version, ..)| *version <= self.context.image.version);
        for (_, ask, outcome) in shown.collect::<Vec<_>>() {
            self.on_reply(ask, Reply::Control(outcome), env, out);
        }
    }

    /// A listener is open at that address.
    pub fn on_listening(&mut self, on: ListenerId, addr: SocketAddr) {
        self.context.ports.insert(on, addr.port());
    }

    /// These log directories are in use.
    pub fn on_log_dirs(&mut self, in_use: &[DirId]) {
        self.context.log_dirs = in_use.to_vec();
    }

    /// A client connected.
    pub fn on_accepted(&mut self, conn: ConnId, listener: ListenerId, peer: SocketAddr, principal: Option<Arc<str>>) {
        self.sessions.insert(conn, Session::new(listener, peer, principal));
    }

    /// A whole frame arrived, its length prefix taken off.
    pub fn on_frame(&mut self, conn: ConnId, frame: Bytes, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        match &mut session.life {
            Life::Leaving { frames, .. } => return frames.push(frame),
            Life::HalfClosed | Life::Ended => return,
            Life::Serving if self.stopping => return,
            Life::Serving => {}
        }
        let begun = table::open(&frame).and_then(|opened| self.begin(conn, opened, &frame, env, out));
        match begun {
            Ok(()) => self.settle(conn, env, out),
            Err(why) => {
                env.trace.emit(TraceKind::Rude, || TraceEvent::Rude { conn, why });
                self.close(conn, false, env, out);
            }
        }
    }

    /// All that was sent on a connection has left.
    pub fn on_drained(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        session.load.unsent = 0;
        self.settle(conn, env, out);
    }

    /// A client sends no more. What only waits for more waits no longer, what runs is answered, and the connection ends
    /// behind its last answer. One that goes to another shard half-closes there.
    pub fn on_half_closed(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let Some(session) = self.sessions.get_mut(&conn).filter(|session| session.life == Life::Serving) else {
            return;
        };
        session.life = Life::HalfClosed;
        self.each_running(|head| head.conn == conn, env, out, |waiting, cx| waiting.on_stop(cx));
        self.settle(conn, env, out);
    }

    /// A connection is over.
    pub fn on_closed(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.abandon(conn, env, out);
        self.sessions.remove(&conn);
    }

    /// A session is now this shard's, and so is its connection: both the mail and `HandedOver` have come.
    pub fn on_handed_over(&mut self, session: SessionHandOver, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let conn = session.conn;
        self.sessions.insert(conn, Session::arrived(&session));
        self.settle(conn, env, out);
        for frame in session.frames {
            self.on_frame(conn, frame, env, out);
        }
    }

    /// The control shard has answered. The request hears of it when this shard has the image that shows the outcome.
    pub fn on_control_answer(&mut self, ask: AskId, answer: ControlAnswer, env: &mut Env<'_>, out: &mut Vec<Output>) {
        if answer.image > self.context.image.version {
            return self.awaiting_image.push((answer.image, ask, answer.outcome));
        }
        self.on_reply(ask, Reply::Control(answer.outcome), env, out);
    }

    /// A reply to a question has come. A reply that no request waits for any more is dropped.
    pub fn on_reply(&mut self, ask: AskId, reply: Reply, env: &mut Env<'_>, out: &mut Vec<Output>) {
        if self.producer_ids.asked == Some(ask) {
            return self.on_producer_ids(reply, env, out);
        }
        let found = self.running.range_mut(..=ask).next_back();
        let Some((&first, running)) = found.filter(|(first, running)| ask.0 - first.0 < running.questions) else {
            return sometimes!(env, true, Site::BrokerLateAnswer);
        };
        let n = (ask.0 - first.0) as usize;
        let conn = running.head.conn;
        let cx = &mut request_context!(self, running.head, env, out);
        match running.waiting.on_reply(n, reply, cx) {
            // Most replies to a request with many partitions are not the last.
            Progress::Wait => {}
            progress => {
                self.advance(first, progress, env, out);
                self.settle(conn, env, out);
            }
        }
    }

    /// The time asked for by [`Broker::next_wake`] has come; may be spurious.
    pub fn on_wake(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        while let Some(&(at, first)) = self.timers.first() {
            if at > env.now.mono {
                break;
            }
            self.timers.pop_first();
            let Some(running) = self.running.get_mut(&first) else { continue };
            running.deadline = None;
            let conn = running.head.conn;
            let progress = running.waiting.on_deadline(&mut request_context!(self, running.head, env, out));
            self.advance(first, progress, env, out);
            self.settle(conn, env, out);
        }
    }

    /// The turn's events were all handed in. Sessions that belong elsewhere leave now, with all that came for them.
    pub fn on_turn_end(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        for conn in core::mem::take(&mut self.leaving) {
            let Some(Session { life: Life::Leaving { .. }, .. }) = self.sessions.get(&conn) else { continue };
            let Some(session) = self.sessions.remove(&conn) else { continue };
            let Life::Leaving { to, frames } = session.life else { continue };
            sometimes!(env, frames.len() > 1, Site::BrokerHandedOverMore);
            let hand_over = SessionHandOver {
                conn,
                listener: session.listener,
                peer: session.peer,
                principal: session.principal,
                frames,
                unsent: session.load.unsent,
            };
            out.push(Output::HandOver { conn, to, session: Box::new(hand_over) });
        }
        if self.stopping {
            self.settle_all(env, out);
        }
    }

    /// When [`Broker::on_wake`] is wanted.
    #[must_use]
    pub fn next_wake(&self) -> Option<Instant> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Takes no more requests: waits end early, what runs is answered, and each connection is closed behind its last
    /// answer.
    pub fn stop(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.stopping = true;
        self.each_running(|_| true, env, out, |waiting, cx| waiting.on_stop(cx));
        self.settle_all(env, out);
    }

    /// Whether every session has ended.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.sessions.is_empty()
    }

    /// Begins a request, or notes that its connection goes to another shard with it when the turn ends.
    fn begin(
        &mut self,
        conn: ConnId,
        opened: Opened,
        frame: &Bytes,
        env: &mut Env<'_>,
        out: &mut Vec<Output>,
    ) -> Result<(), table::Rude> {
        let Some(session) = self.sessions.get_mut(&conn) else { return Ok(()) };
        let first = AskId(self.next_ask);
        let (version, correlation) = (opened.version, opened.correlation);
        let head = Head { conn, listener: session.listener, version, correlation, first, frame: frame.len() as u32 };
        let served = opened.serve(session.may_move(), session.peer, &mut request_context!(self, head, env, out))?;
        match served {
            Served::Elsewhere(to) => {
                sometimes!(env, true, Site::BrokerHandedOver);
                session.life = Life::Leaving { to, frames: vec![frame.clone()] };
                self.leaving.push(conn);
                return Ok(());
            }
            Served::Begun { begun, settles } => {
                if settles {
                    session.moves = Moves::NoMore;
                }
                match begun {
                    Begun::Wait(waiting, deadline) => self.run(head, waiting, deadline),
                    Begun::Done(answer) => {
                        self.next_ask += 1;
                        match answer {
                            Answer::Frame(parts) => session.answer_at_once(first, parts),
                            Answer::Silence => {}
                            Answer::HangUp => self.close(conn, true, env, out),
                        }
                    }
                }
            }
        }
        self.refill_producer_ids(out);
        Ok(())
    }

    /// Keeps a request that waits.
    fn run(&mut self, head: Head, waiting: Box<dyn Waiting>, deadline: Instant) {
        let Some(session) = self.sessions.get_mut(&head.conn) else { return };
        if waiting.is_silent() {
            session.note_silent(head.first)
        } else {
            session.owe(head.first)
        }
        let questions = waiting.questions().max(1) as u64;
        let running = Running { head, questions, deadline: Some(deadline), waiting };
        session.load.running += running.weight();
        self.next_ask += questions;
        self.timers.insert((deadline, head.first));
        self.running.insert(head.first, running);
    }

    /// Does what a request's progress asks for.
    fn advance(&mut self, first: AskId, progress: Progress, env: &mut Env<'_>, out: &mut Vec<Output>) {
        match progress {
            Progress::Wait => {}
            Progress::WaitUntil(at) => self.set_deadline(first, Some(at)),
            Progress::WouldRead => {
                self.set_deadline(first, None);
                let Some(running) = self.running.get(&first) else { return };
                let Some(session) = self.sessions.get_mut(&running.head.conn) else { return };
                session.hold(first);
            }
            Progress::Done(answer) => self.finish(first, answer, env, out),
        }
    }

    fn set_deadline(&mut self, first: AskId, at: Option<Instant>) {
        let Some(running) = self.running.get_mut(&first) else { return };
        if let Some(before) = core::mem::replace(&mut running.deadline, at) {
            self.timers.remove(&(before, first));
        }
        self.timers.extend(at.map(|at| (at, first)));
    }

    fn finish(&mut self, first: AskId, answer: Answer, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let Some(running) = self.running.remove(&first) else { return };
        if let Some(at) = running.deadline {
            self.timers.remove(&(at, first));
        }
        let conn = running.head.conn;
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        session.load.running -= running.weight();
        session.load.reading -= running.waiting.reading();
        if session.settle(first, answer) {
            self.close(conn, true, env, out);
        }
    }

    /// What follows from anything that happened to a connection: answers leave, held fetches read, the flow of requests
    /// is held back or let go, and a stopping broker closes what owes nothing any more.
    fn settle(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Vec<Output>) {
        loop {
            let Some(session) = self.sessions.get_mut(&conn).filter(|session| session.is_answered()) else {
                return;
            };
            while let Some(parts) = session.next_to_send() {
                out.push(Output::Send { conn, parts });
            }
            let Some(first) = session.next_to_read() else {
                if session.is_held() {
                    sometimes!(env, true, Site::BrokerReadHeld);
                }
                break;
            };
            let Some(running) = self.running.get_mut(&first) else { continue };
            let progress = running.waiting.on_room(&mut request_context!(self, running.head, env, out));
            session.load.reading += running.waiting.reading();
            self.advance(first, progress, env, out);
        }
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        match session.change_flow(self.context.config.max_in_flight_per_connection, self.stopping) {
            FlowChange::None => {}
            FlowChange::Pause => {
                sometimes!(env, !self.stopping, Site::BrokerPaused);
                out.push(Output::Pause { conn });
            }
            FlowChange::Resume => out.push(Output::Resume { conn }),
        }
        if (self.stopping || session.life == Life::HalfClosed) && session.unanswered() == 0 {
            self.close(conn, true, env, out);
        }
    }

    fn settle_all(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        for conn in self.sessions.keys().copied().collect::<Vec<_>>() {
            self.settle(conn, env, out);
        }
    }

    fn close(&mut self, conn: ConnId, after_drain: bool, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.abandon(conn, env, out);
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        session.life = Life::Ended;
        out.push(Output::Close { conn, after_drain });
    }

    /// Drops all that runs for a connection.
    fn abandon(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        for first in session.abandon() {
            let Some(running) = self.running.remove(&first) else { continue };
            if let Some(at) = running.deadline {
                self.timers.remove(&(at, first));
            }
            running.waiting.abandon(&mut request_context!(self, running.head, env, out));
        }
    }

    /// Tells the running requests that something concerns.
    fn each_running(
        &mut self,
        concerns: impl Fn(&Head) -> bool,
        env: &mut Env<'_>,
        out: &mut Vec<Output>,
        mut tell: impl FnMut(&mut dyn Waiting, &mut RequestContext<'_, '_>) -> Progress,
    ) {
        let concerned = self.running.iter().filter(|(_, running)| concerns(&running.head)).map(|(first, _)| *first);
        for first in concerned.collect::<Vec<_>>() {
            let Some(running) = self.running.get_mut(&first) else { continue };
            let conn = running.head.conn;
            match tell(&mut *running.waiting, &mut request_context!(self, running.head, env, out)) {
                Progress::Wait => {}
                progress => {
                    self.advance(first, progress, env, out);
                    self.settle(conn, env, out);
                }
            }
        }
    }

    /// Asks the control shard for more producer ids before the stock is used up.
    fn refill_producer_ids(&mut self, out: &mut Vec<Output>) {
        if self.producer_ids.is_low() {
            let ask = AskId(self.next_ask);
            self.next_ask += 1;
            self.producer_ids.asked = Some(ask);
            out.push(Output::AskControl { ask, what: ControlQuestion::AllocateProducerIds });
        }
    }

    /// A block of producer ids has come, or the refusal of one: requests that wait for an id get theirs.
    fn on_producer_ids(&mut self, reply: Reply, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.producer_ids.asked = None;
        let refused = match reply {
            Reply::Control(ControlOutcome::ProducerIds(Ok(block))) => {
                self.producer_ids.on_block(block);
                None
            }
            Reply::Control(ControlOutcome::ProducerIds(Err(error))) => Some(error),
            _ => Some(ErrorCode::UnknownServerError),
        };
        let waiting = core::mem::take(&mut self.producer_ids.waiting);
        for first in waiting {
            let id = match refused {
                Some(error) => Err(error),
                None => match self.producer_ids.take() {
                    Some(id) => Ok(id),
                    None => {
                        self.producer_ids.waiting.push(first);
                        continue;
                    }
                },
            };
            self.on_reply(first, Reply::ProducerId(id), env, out);
        }
        if refused.is_none() {
            self.refill_producer_ids(out);
        }
    }
}

const fn is_clone_and_send<T: Clone + Send>() {}
const _: () = is_clone_and_send::<Broker>();
