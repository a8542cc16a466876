//! The sessions of a shard's client connections, and one file for each API that clients may call.
//!
//! **Invariants**
//! - Responses leave a connection in the order of its requests. A produce with acks=0 has no response.
//! - Produce requests of one connection reach a partition in the order in which they arrived.
//! - The memory of a connection (unanswered requests, unsent responses) is bounded: at the limits, the connection is
//!   paused. The responses of all connections have a budget too (see `answer_budget`).
//! - Every question to a partition or to the control shard is answered or times out; a late answer changes nothing.
//!
//! **In Kafka**: `SocketServer`, `KafkaApis`, `RequestChannel`, `DelayedFetch`.

mod answer_budget;
mod answers;
mod context;
mod control;
mod idle;
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
    AlteredConfig, ConfigChange, ConfigOf, ControlAnswer, ControlOutcome, ControlQuestion, MorePartitions,
    PartitionsSpec, ProducerIdBlock, Refusal, TopicCreated, TopicSpec,
};
pub use output::{Output, SessionHandOver};
pub use question::{Question, Reply};

use crate::io::{AskId, ConnId, DirId, Env, ListenerId, ShardId, Site, TraceEvent, TraceKind};
use crate::metadata::{MetadataImage, NodeConfig};
use crate::sometimes;
use crate::types::{ErrorCode, ImageVersion, Instant, Timers};
use answers::{Answers, Room};
use bytes::{Bytes, BytesMut};
use context::BrokerContext;
use producer_ids::ProducerIds;
use request::{Answer, Begun, Head, Progress, RequestContext, Running, Waiting};
use session::{FlowChange, Moves, OUTPUT_MOST, Session, SessionState};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use table::{Opened, Served};

/// The sessions of one shard.
#[derive(Clone, Debug)]
pub struct Broker {
    context: BrokerContext,
    sessions: BTreeMap<ConnId, Session>,
    /// Waiting requests, each by the id of its first question.
    running: BTreeMap<AskId, Running>,
    timers: BTreeSet<(Instant, AskId)>,
    /// When to look whether a connection is idle. A connection that shows a sign of life is not looked at earlier, and
    /// its next look is planned then.
    idle: Timers<ConnId>,
    answers: Answers,
    next_ask: u64,
    producer_ids: ProducerIds,
    /// Answers of the control shard that wait until this shard has the image that shows their outcome.
    awaiting_image: Vec<(ImageVersion, AskId, ControlOutcome)>,
    /// Connections that move to another shard with their sessions at the end of the turn.
    leaving: Vec<ConnId>,
    stopping: bool,
    scratch: BytesMut,
}

/// Makes the context of a request from single fields of the broker. This is a macro and not a method, because callers
/// borrow other fields of the broker at the same time.
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
    /// Makes the broker of shard `me`, without any session.
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
            idle: Timers::default(),
            answers: Answers::default(),
            next_ask: 0,
            producer_ids: ProducerIds::default(),
            awaiting_image: Vec::new(),
            leaving: Vec::new(),
            stopping: false,
            scratch: BytesMut::new(),
        }
    }

    /// Replaces the metadata image by a later one, and passes on the control shard's answers that waited for this
    /// image.
    pub fn on_image(&mut self, image: Arc<MetadataImage>, env: &mut Env<'_>, out: &mut Vec<Output>) {
        assert!(image.version >= self.context.image.version, "images only move on");
        self.context.image = image;
        let shown = self.awaiting_image.extract_if(.., |(version, ..)| *version <= self.context.image.version);
        for (_, ask, outcome) in shown.collect::<Vec<_>>() {
            self.on_reply(ask, Reply::Control(outcome), env, out);
        }
    }

    /// Replaces the node's configuration.
    pub fn on_config(&mut self, config: Arc<NodeConfig>) {
        self.context.config = config;
    }

    /// Notes the port of an open listener.
    pub fn on_listening(&mut self, on: ListenerId, addr: SocketAddr) {
        self.context.ports.insert(on, addr.port());
    }

    /// Notes the log directories that are in use.
    pub fn on_log_dirs(&mut self, in_use: &[DirId]) {
        self.context.log_dirs = in_use.to_vec();
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
        self.watch_idle(conn, Session::new(listener, peer, principal), now);
    }

    /// Handles a frame that has arrived whole. Its length prefix is already removed.
    pub fn on_frame(&mut self, conn: ConnId, frame: Bytes, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        match &mut session.state {
            SessionState::Leaving { frames, .. } => return frames.push(frame),
            SessionState::HalfClosed | SessionState::Ended => return,
            SessionState::Serving if self.stopping => return,
            SessionState::Serving => {}
        }
        session.active = env.now.mono;
        let begun = table::open(&frame).and_then(|opened| self.begin(conn, opened, &frame, env, out));
        match begun {
            Ok(()) => self.settle(conn, env, out),
            Err(why) => {
                env.trace.emit(TraceKind::Rude, || TraceEvent::Rude { conn, why });
                self.close(conn, false, env, out);
            }
        }
    }

    /// Notes that all bytes sent on a connection have gone to the network.
    pub fn on_drained(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        session.bytes.unsent = 0;
        session.active = env.now.mono;
        self.settle(conn, env, out);
    }

    /// Notes that a client sends no more requests. Fetches that wait for more records are answered at once, and other
    /// running requests are answered when they are done. The connection closes after its last response.
    ///
    /// A session that is about to move to another shard stays as it is. After the other shard has taken over the
    /// connection, it is told as well that the client sends no more requests.
    pub fn on_half_closed(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let Some(session) = self.sessions.get_mut(&conn).filter(|session| session.state == SessionState::Serving)
        else {
            return;
        };
        session.state = SessionState::HalfClosed;
        self.each_running(|head| head.conn == conn, env, out, |waiting, cx| waiting.on_stop(cx));
        self.settle(conn, env, out);
    }

    /// Removes the session of a closed connection.
    pub fn on_closed(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.abandon(conn, env, out);
        self.sessions.remove(&conn);
        self.answers.forget(conn);
        self.idle.set(conn, None);
    }

    /// Takes over a session from another shard. Called when both the other shard's message with the session and the
    /// driver's event `HandedOver` have arrived.
    pub fn on_handed_over(&mut self, session: SessionHandOver, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let conn = session.conn;
        self.watch_idle(conn, Session::arrived(&session), env.now.mono);
        self.settle(conn, env, out);
        for frame in session.frames {
            self.on_frame(conn, frame, env, out);
        }
    }

    /// Handles an answer of the control shard. The request gets the answer when this shard has the image that shows the
    /// outcome.
    pub fn on_control_answer(&mut self, ask: AskId, answer: ControlAnswer, env: &mut Env<'_>, out: &mut Vec<Output>) {
        if answer.image > self.context.image.version {
            return self.awaiting_image.push((answer.image, ask, answer.outcome));
        }
        self.on_reply(ask, Reply::Control(answer.outcome), env, out);
    }

    /// Handles a reply to a question. A reply that no request waits for is dropped.
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
            // A request to many partitions gets many replies, and most of them leave it waiting. Then the connection
            // needs no update.
            Progress::Wait => {}
            progress => {
                self.advance(first, progress, env, out);
                self.settle(conn, env, out);
            }
        }
    }

    /// Handles expired deadlines. A call without an expired deadline changes nothing.
    pub fn on_wake(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.close_idle(env, out);
        self.close_untaken(env, out);
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

    /// Ends the turn: gives each session that belongs on another shard to that shard. The session takes its unhandled
    /// frames with it.
    pub fn on_turn_end(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        for conn in core::mem::take(&mut self.leaving) {
            let Some(Session { state: SessionState::Leaving { .. }, .. }) = self.sessions.get(&conn) else { continue };
            let Some(session) = self.sessions.remove(&conn) else { continue };
            self.answers.forget(conn);
            self.idle.set(conn, None);
            let SessionState::Leaving { to, frames } = session.state else { continue };
            sometimes!(env, frames.len() > 1, Site::BrokerHandedOverMore);
            let hand_over = SessionHandOver {
                conn,
                listener: session.listener,
                peer: session.peer,
                principal: session.principal,
                frames,
                unsent: session.bytes.unsent,
            };
            out.push(Output::HandOver { conn, to, session: Box::new(hand_over) });
        }
        if self.stopping {
            self.settle_all(env, out);
        }
        self.serve_waiting(env, out);
    }

    /// The time of the next deadline, at which [`Broker::on_wake`] must be called.
    #[must_use]
    pub fn next_wake(&self) -> Option<Instant> {
        let untaken = self.untaken_at().map(|(at, _)| at);
        [self.timers.first().map(|(at, _)| *at), self.idle.next(), untaken].into_iter().flatten().min()
    }

    /// Begins the stop. No more requests are accepted, waiting fetches are answered at once, and each connection is
    /// closed after its last response.
    pub fn stop(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.stopping = true;
        self.each_running(|_| true, env, out, |waiting, cx| waiting.on_stop(cx));
        self.settle_all(env, out);
    }

    /// Whether no session is left. After [`Broker::stop`] this means that the stop is complete.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.sessions.is_empty()
    }

    /// Begins a request. If the request shows that its connection belongs on another shard, the request is kept instead
    /// and moves there with the connection when the turn ends.
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
                session.state = SessionState::Leaving { to, frames: vec![frame.clone()] };
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

    /// Stores a waiting request, and sets its deadline.
    fn run(&mut self, head: Head, waiting: Box<dyn Waiting>, deadline: Instant) {
        let Some(session) = self.sessions.get_mut(&head.conn) else { return };
        if waiting.is_silent() {
            session.note_silent(head.first)
        } else {
            session.owe(head.first)
        }
        let questions = waiting.questions().max(1) as u64;
        let running = Running { head, questions, deadline: Some(deadline), waiting };
        session.bytes.running += running.weight();
        self.next_ask += questions;
        self.timers.insert((deadline, head.first));
        self.running.insert(head.first, running);
    }

    /// Carries out what a request returned after an event: it keeps waiting, waits to read records, or ends.
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
        session.bytes.running -= running.weight();
        session.bytes.reading -= running.waiting.reading();
        if session.settle(first, answer) {
            self.close(conn, true, env, out);
        }
    }

    /// Brings a connection up to date after an event: sends finished responses, lets fetches read, and pauses or
    /// resumes the connection. When every request is answered, closes the connection if the broker stops or the client
    /// sends no more requests.
    fn settle(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Vec<Output>) {
        loop {
            let Some(session) = self.sessions.get_mut(&conn).filter(|session| session.is_answered()) else {
                // A session that is about to move sends nothing, but its client may have taken what was sent before.
                return self.count_answers(conn, env.now.mono);
            };
            while let Some(parts) = session.next_to_send() {
                out.push(Output::Send { conn, parts });
            }
            self.count_answers(conn, env.now.mono);
            let room = self.room_for_answers();
            let Some(session) = self.sessions.get_mut(&conn) else { return };
            let Some(first) = session.next_to_read(room) else {
                if session.is_held() {
                    match room {
                        Room::Free { .. } => sometimes!(env, true, Site::BrokerReadHeld),
                        Room::Head | Room::Full => self.await_room(conn, env),
                    }
                }
                break;
            };
            let Some(running) = self.running.get_mut(&first) else { continue };
            let progress = running.waiting.on_room(room.most(), &mut request_context!(self, running.head, env, out));
            session.bytes.reading += running.waiting.reading();
            self.advance(first, progress, env, out);
        }
        self.count_answers(conn, env.now.mono);
        let most_unsent = if self.is_full_of_answers() { 1 } else { OUTPUT_MOST };
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        match session.change_flow(self.context.config.max_in_flight_per_connection, most_unsent, self.stopping) {
            FlowChange::None => {}
            FlowChange::Pause => {
                sometimes!(env, !self.stopping, Site::BrokerPaused);
                out.push(Output::Pause { conn });
            }
            FlowChange::Resume => out.push(Output::Resume { conn }),
        }
        if (self.stopping || session.state == SessionState::HalfClosed) && session.unanswered() == 0 {
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
        session.state = SessionState::Ended;
        if !after_drain {
            // The driver drops what it has not sent.
            session.bytes.unsent = 0;
        }
        self.count_answers(conn, env.now.mono);
        out.push(Output::Close { conn, after_drain });
    }

    /// Removes all running requests of a connection, and lets each withdraw the questions that still wait in
    /// partitions.
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

    /// Calls `tell` on each running request that `concerns` selects, and carries out the [`Progress`] that `tell`
    /// returns for the request.
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

    /// Asks the control shard for another block of producer ids if the stock is low, so that requests need not wait for
    /// an id.
    fn refill_producer_ids(&mut self, out: &mut Vec<Output>) {
        if self.producer_ids.is_low() {
            let ask = AskId(self.next_ask);
            self.next_ask += 1;
            self.producer_ids.asked = Some(ask);
            out.push(Output::AskControl { ask, what: ControlQuestion::AllocateProducerIds });
        }
    }

    /// Handles the control shard's answer to the question for a block of producer ids. Requests that wait for a
    /// producer id get one from the block. If the answer is an error, they get the error.
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
