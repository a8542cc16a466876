//! The sessions of a shard's client connections, and one file per request that they may send.
//!
//! **Invariants**
//! - Answers leave a connection in the order of its requests; a produce with acks=0 has no place among them.
//! - Produces of one connection reach a partition in the order in which they came.
//! - What a connection may hold of this shard (unanswered requests, unsent bytes) is bounded: it is paused beyond that.
//! - Every question put to a partition or to the control shard is answered or times out; a late answer changes nothing.
//!
//! **In Kafka**: `SocketServer`, `KafkaApis`, `RequestChannel`, `DelayedFetch`.

mod ground;
mod output;
mod producer_ids;
mod requests;
mod running;
mod session;
mod slices;
#[cfg(test)]
mod tests;

pub use output::{
    ControlAnswer, ControlAsk, Output, PartitionsSpec, ProducerIdBlock, SessionHandOver, TopicCreated, TopicOutcome,
    TopicRefused, TopicSpec,
};

use crate::io::{AskId, ConnId, Env, ListenerId, ShardId, Site, TraceEvent, TraceKind};
use crate::metadata::{MetadataImage, NodeConfig};
use crate::replica::PartitionAnswer;
use crate::sometimes;
use crate::types::{ErrorCode, Instant};
use bytes::{Bytes, BytesMut};
use ground::Ground;
use producer_ids::ProducerIds;
use requests::{Home, Opened};
use running::{Answer, Begun, Head, Progress, Running, Scene, Work};
use session::{FlowChange, Life, Place, Session};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

/// The sessions of one shard.
#[derive(Clone, Debug)]
pub struct Broker {
    ground: Ground,
    sessions: BTreeMap<ConnId, Session>,
    /// Requests that wait, by the first of the names that their questions have.
    running: BTreeMap<AskId, Running>,
    timers: BTreeSet<(Instant, AskId)>,
    next_ask: u64,
    ids: ProducerIds,
    /// Sessions that go to another shard when the turn ends.
    leaving: Vec<ConnId>,
    stopping: bool,
    scratch: BytesMut,
}

/// What a request sees, borrowed from a broker while something else of it is borrowed too.
macro_rules! scene {
    ($broker:ident, $head:expr, $env:expr, $out:expr) => {
        Scene {
            ground: &$broker.ground,
            head: $head,
            env: $env,
            out: $out,
            ids: &mut $broker.ids,
            scratch: &mut $broker.scratch,
        }
    };
}

impl Broker {
    /// Shard `me`'s sessions: none yet.
    #[must_use]
    pub fn new(config: Arc<NodeConfig>, me: ShardId) -> Broker {
        Broker {
            ground: Ground { config, me, image: Arc::default(), ports: BTreeMap::new() },
            sessions: BTreeMap::new(),
            running: BTreeMap::new(),
            timers: BTreeSet::new(),
            next_ask: 0,
            ids: ProducerIds::default(),
            leaving: Vec::new(),
            stopping: false,
            scratch: BytesMut::new(),
        }
    }

    /// The metadata moved on.
    pub fn on_image(&mut self, image: Arc<MetadataImage>, env: &mut Env<'_>, out: &mut Vec<Output>) {
        assert!(image.version >= self.ground.image.version, "images only move on");
        self.ground.image = image;
        self.each_running(|_| true, env, out, |work, scene| work.on_image(scene));
    }

    /// A listener is open at that address.
    pub fn on_listening(&mut self, on: ListenerId, addr: SocketAddr) {
        self.ground.ports.insert(on, addr.port());
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
        match requests::open(&frame) {
            Ok(opened) if self.leaves(conn, &opened, &frame, env) => {}
            Ok(opened) => {
                self.begin(conn, opened, frame.len(), env, out);
                self.settle(conn, env, out);
            }
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
        self.each_running(|head| head.conn == conn, env, out, |work, scene| work.on_stop(scene));
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

    /// A partition answered. An answer that nobody waits for any more is dropped.
    pub fn on_answer(&mut self, ask: AskId, answer: PartitionAnswer, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let Some((&first, running)) = self.running.range_mut(..=ask).next_back() else {
            return sometimes!(env, true, Site::BrokerLateAnswer);
        };
        let slice = ask.0 - first.0;
        if slice >= running.asks {
            return sometimes!(env, true, Site::BrokerLateAnswer);
        }
        let conn = running.head.conn;
        let scene = &mut scene!(self, running.head, env, out);
        match running.work.on_answer(slice as usize, answer, scene) {
            // Most answers of a request with many partitions are not its last.
            Progress::Wait => {}
            progress => {
                self.advance(first, progress, env, out);
                self.settle(conn, env, out);
            }
        }
    }

    /// The control shard answered.
    pub fn on_control_answer(&mut self, ask: AskId, answer: ControlAnswer, env: &mut Env<'_>, out: &mut Vec<Output>) {
        if self.ids.asked == Some(ask) {
            return self.on_producer_ids(answer, env, out);
        }
        let Some(running) = self.running.get_mut(&ask) else {
            return sometimes!(env, true, Site::BrokerLateAnswer);
        };
        let conn = running.head.conn;
        let progress = running.work.on_control_answer(answer, &mut scene!(self, running.head, env, out));
        self.advance(ask, progress, env, out);
        self.settle(conn, env, out);
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
            let progress = running.work.on_deadline(&mut scene!(self, running.head, env, out));
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
        self.each_running(|_| true, env, out, |work, scene| work.on_stop(scene));
        self.settle_all(env, out);
    }

    /// Whether every session has ended.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.sessions.is_empty()
    }

    /// Whether the session goes to another shard with this request instead of beginning it.
    fn leaves(&mut self, conn: ConnId, opened: &Opened, frame: &Bytes, env: &mut Env<'_>) -> bool {
        let Some(session) = self.sessions.get_mut(&conn).filter(|session| session.may_move()) else { return false };
        match opened.home(&self.ground) {
            None => false,
            Some(Home::Here) => {
                session.place = Place::Settled;
                false
            }
            Some(Home::Elsewhere(to)) => {
                sometimes!(env, true, Site::BrokerHandedOver);
                session.life = Life::Leaving { to, frames: vec![frame.clone()] };
                self.leaving.push(conn);
                true
            }
        }
    }

    fn begin(&mut self, conn: ConnId, opened: Opened, frame: usize, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        let first = AskId(self.next_ask);
        let Opened { version, correlation, .. } = opened;
        let head = Head { conn, listener: session.listener, version, correlation, first, frame: frame as u32 };
        let (work, deadline) = match opened.begin(&mut scene!(self, head, env, out)) {
            Begun::Run(work, deadline) => (work, deadline),
            Begun::Done(answer) => {
                self.next_ask += 1;
                match answer {
                    Answer::Frame(parts) => session.answer_at_once(first, parts),
                    Answer::Silence => {}
                    Answer::HangUp => self.close(conn, true, env, out),
                }
                return self.refill_ids(out);
            }
        };
        if work.is_silent() {
            session.note_silent(first)
        } else {
            session.owe(first)
        }
        let running = Running { head, asks: work.asks().max(1) as u64, deadline, work };
        session.load.running += running.weight();
        self.next_ask += running.asks;
        self.timers.extend(deadline.map(|at| (at, first)));
        self.running.insert(first, running);
        self.refill_ids(out);
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
        session.load.reading -= running.work.reading();
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
            let progress = running.work.on_room(&mut scene!(self, running.head, env, out));
            session.load.reading += running.work.reading();
            self.advance(first, progress, env, out);
        }
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        match session.change_flow(self.ground.config.max_in_flight_per_connection, self.stopping) {
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
            running.work.abandon(&mut scene!(self, running.head, env, out));
        }
    }

    /// Tells the running requests that something concerns.
    fn each_running(
        &mut self,
        concerns: impl Fn(&Head) -> bool,
        env: &mut Env<'_>,
        out: &mut Vec<Output>,
        mut tell: impl FnMut(&mut Work, &mut Scene<'_, '_>) -> Progress,
    ) {
        let concerned = self.running.iter().filter(|(_, running)| concerns(&running.head)).map(|(first, _)| *first);
        for first in concerned.collect::<Vec<_>>() {
            let Some(running) = self.running.get_mut(&first) else { continue };
            let conn = running.head.conn;
            match tell(&mut running.work, &mut scene!(self, running.head, env, out)) {
                Progress::Wait => {}
                progress => {
                    self.advance(first, progress, env, out);
                    self.settle(conn, env, out);
                }
            }
        }
    }

    /// Asks for more producer ids in time.
    fn refill_ids(&mut self, out: &mut Vec<Output>) {
        if self.ids.is_low() {
            let ask = AskId(self.next_ask);
            self.next_ask += 1;
            self.ids.asked = Some(ask);
            out.push(Output::Control { ask, what: ControlAsk::AllocateProducerIds });
        }
    }

    fn on_producer_ids(&mut self, answer: ControlAnswer, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.ids.asked = None;
        let refused = match answer {
            ControlAnswer::ProducerIds(Ok(block)) => {
                self.ids.on_block(block);
                None
            }
            ControlAnswer::ProducerIds(Err(error)) => Some(error),
            ControlAnswer::TopicsCreated { .. } => Some(ErrorCode::UnknownServerError),
        };
        let waiting = core::mem::take(&mut self.ids.waiting);
        for first in waiting {
            let Some(running) = self.running.get_mut(&first) else { continue };
            let conn = running.head.conn;
            let id = match refused {
                Some(error) => Err(error),
                None => match self.ids.take() {
                    Some(id) => Ok(id),
                    None => {
                        self.ids.waiting.push(first);
                        continue;
                    }
                },
            };
            let Work::ProducerId(work) = &mut running.work else { continue };
            let answer = work.on_id(id, &mut scene!(self, running.head, env, out));
            self.finish(first, answer, env, out);
            self.settle(conn, env, out);
        }
        if refused.is_none() {
            self.refill_ids(out);
        }
    }
}

const fn is_clone_and_send<T: Clone + Send>() {}
const _: () = is_clone_and_send::<Broker>();
