//! The sessions of a shard's connections: the order of responses, flow, hand-over, and the budget for responses. What
//! requests mean is the affair of the APIs that the sessions serve (`Apis`).
//!
//! **Invariants**
//! - Responses leave a connection in the order of its requests. A produce with acks=0 has no response.
//! - Requests of one connection begin in the order in which they arrived, so that their questions leave in that order.
//! - The memory of a connection (unanswered requests, unsent responses) is bounded: at the limits, the connection is
//!   paused. The responses of all connections have a budget too (see `answer_budget`).
//! - Every question is answered or times out; a late answer changes nothing.
//!
//! **In Kafka**: `SocketServer`, `RequestChannel`, `KafkaRequestHandler`, `DelayedOperationPurgatory`.

mod answer_budget;
mod answers;
mod api_versions;
mod connection;
mod idle;
mod output;
mod request;
mod table;

pub(crate) use api_versions::Identity;
pub use output::{Output, SessionHandOver};
pub(crate) use request::{Answer, Apis, Begun, Belongs, Client, Head, Progress, RequestContext, Serve, Waiting};
pub(crate) use table::{AT_ONCE, MAY_WAIT, Row};

use crate::io::{AskId, ConnId, Env, ListenerId, ShardId, Site, TraceEvent, TraceKind};
use crate::metadata::NodeConfig;
use crate::sometimes;
use crate::types::{Instant, Timers};
use answers::{Answers, Room};
use bytes::{Bytes, BytesMut};
use connection::{FlowChange, Moves, OUTPUT_MOST, Session, SessionState};
use request::Running;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use table::{Home, Opened, Rude, Served};

/// The sessions of one shard, which serve the APIs `A`.
#[derive(Clone, Debug)]
pub(crate) struct Sessions<A: Apis> {
    /// What every request can read.
    pub(crate) view: A::View,
    /// What requests can change.
    pub(crate) state: A::State,
    me: ShardId,
    limits: Limits,
    sessions: BTreeMap<ConnId, Session>,
    /// Waiting requests, each by the id of its first question.
    running: BTreeMap<AskId, Running<A>>,
    timers: BTreeSet<(Instant, AskId)>,
    /// When to look whether a connection is idle. A connection that shows a sign of life is not looked at earlier, and
    /// its next look is planned then.
    idle: Timers<ConnId>,
    answers: Answers,
    next_ask: u64,
    /// Connections that move to another shard with their sessions at the end of the turn.
    leaving: Vec<ConnId>,
    stopping: bool,
    scratch: BytesMut,
}

/// The limits of a shard's sessions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Limits {
    /// The unanswered requests at which a connection is paused.
    in_flight: u32,
    /// The time in milliseconds after which a silent connection is closed; negative for never.
    idle_ms: i64,
    /// The bytes of responses that all connections of the shard together may have in memory.
    answer_bytes: u64,
    /// Whether clients' connections move to the shard where their partitions live.
    hands_over_clients: bool,
}

impl Limits {
    /// The limits of each data shard of a node.
    pub(crate) fn of(config: &NodeConfig) -> Limits {
        Limits {
            in_flight: config.max_in_flight_per_connection,
            idle_ms: config.connections_max_idle_ms,
            answer_bytes: config.answer_budget_bytes / u64::from(config.shards.max(2) - 1),
            hands_over_clients: config.hand_over_clients,
        }
    }
}

/// Makes the context of a request from single fields of the sessions. This is a macro and not a method, because callers
/// borrow other fields at the same time.
macro_rules! request_context {
    ($sessions:ident, $head:expr, $env:expr, $out:expr) => {
        RequestContext {
            view: &$sessions.view,
            state: &mut $sessions.state,
            head: $head,
            env: $env,
            out: $out,
            scratch: &mut $sessions.scratch,
        }
    };
}

impl<A: Apis> Sessions<A> {
    /// Makes the sessions of shard `me`, of which there are none yet.
    pub(crate) fn new(view: A::View, state: A::State, me: ShardId, limits: Limits) -> Sessions<A> {
        Sessions {
            view,
            state,
            me,
            limits,
            sessions: BTreeMap::new(),
            running: BTreeMap::new(),
            timers: BTreeSet::new(),
            idle: Timers::default(),
            answers: Answers::default(),
            next_ask: 0,
            leaving: Vec::new(),
            stopping: false,
            scratch: BytesMut::new(),
        }
    }

    /// Replaces the limits.
    pub(crate) fn on_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Makes a session for a client that has connected.
    pub(crate) fn on_accepted(
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
    pub(crate) fn on_frame(&mut self, conn: ConnId, frame: Bytes, env: &mut Env<'_>, out: &mut Vec<A::Output>) {
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
    pub(crate) fn on_drained(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Vec<A::Output>) {
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
    pub(crate) fn on_half_closed(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Vec<A::Output>) {
        let Some(session) = self.sessions.get_mut(&conn).filter(|session| session.state == SessionState::Serving)
        else {
            return;
        };
        session.state = SessionState::HalfClosed;
        self.each_running(|head| head.conn == conn, env, out, |waiting, cx| waiting.on_stop(cx));
        self.settle(conn, env, out);
    }

    /// Removes the session of a closed connection.
    pub(crate) fn on_closed(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Vec<A::Output>) {
        self.abandon(conn, env, out);
        self.sessions.remove(&conn);
        self.answers.forget(conn);
        self.idle.set(conn, None);
    }

    /// Takes over a session from another shard. Called when both the other shard's message with the session and the
    /// driver's event `HandedOver` have arrived.
    pub(crate) fn on_handed_over(&mut self, session: SessionHandOver, env: &mut Env<'_>, out: &mut Vec<A::Output>) {
        let conn = session.conn;
        self.watch_idle(conn, Session::arrived(&session), env.now.mono);
        self.settle(conn, env, out);
        for frame in session.frames {
            self.on_frame(conn, frame, env, out);
        }
    }

    /// Handles a reply to a question. A reply that no request waits for is dropped.
    pub(crate) fn on_reply(&mut self, ask: AskId, reply: A::Reply, env: &mut Env<'_>, out: &mut Vec<A::Output>) {
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
    pub(crate) fn on_wake(&mut self, env: &mut Env<'_>, out: &mut Vec<A::Output>) {
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
    pub(crate) fn on_turn_end(&mut self, env: &mut Env<'_>, out: &mut Vec<A::Output>) {
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
            out.push(Output::HandOver { conn, to, session: Box::new(hand_over) }.into());
        }
        if self.stopping {
            self.settle_all(env, out);
        }
        self.serve_waiting(env, out);
    }

    /// The time of the next deadline, at which [`Sessions::on_wake`] must be called.
    pub(crate) fn next_wake(&self) -> Option<Instant> {
        let untaken = self.untaken_at().map(|(at, _)| at);
        [self.timers.first().map(|(at, _)| *at), self.idle.next(), untaken].into_iter().flatten().min()
    }

    /// Begins the stop. No more requests are accepted, waiting fetches are answered at once, and each connection is
    /// closed after its last response.
    pub(crate) fn stop(&mut self, env: &mut Env<'_>, out: &mut Vec<A::Output>) {
        self.stopping = true;
        self.each_running(|_| true, env, out, |waiting, cx| waiting.on_stop(cx));
        self.settle_all(env, out);
    }

    /// Whether no session is left. After [`Sessions::stop`] this means that the stop is complete.
    pub(crate) fn is_idle(&self) -> bool {
        self.sessions.is_empty()
    }

    /// Asks for what the shard needs beyond its requests ([`Apis::on_begun`]).
    pub(crate) fn ask_beyond_requests(&mut self, out: &mut Vec<A::Output>) {
        let next_ask = &mut self.next_ask;
        let question = || {
            *next_ask += 1;
            AskId(*next_ask - 1)
        };
        A::on_begun(&mut self.state, question, out);
    }

    /// Begins a request. If the request shows that its connection belongs on another shard, the request is kept instead
    /// and moves there with the connection when the turn ends.
    fn begin(
        &mut self,
        conn: ConnId,
        opened: Opened<A>,
        frame: &Bytes,
        env: &mut Env<'_>,
        out: &mut Vec<A::Output>,
    ) -> Result<(), Rude> {
        let Some(session) = self.sessions.get_mut(&conn) else { return Ok(()) };
        let first = AskId(self.next_ask);
        let (version, correlation) = (opened.version, opened.correlation);
        let head = Head { conn, listener: session.listener, version, correlation, first, frame: frame.len() as u32 };
        let home = Home { shard: self.me, hands_over_clients: self.limits.hands_over_clients };
        let home = session.may_move().then_some(home);
        let served = opened.serve(home, session.peer, &mut request_context!(self, head, env, out))?;
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
        self.ask_beyond_requests(out);
        Ok(())
    }

    /// Stores a waiting request, and sets its deadline.
    fn run(&mut self, head: Head, waiting: Box<dyn Waiting<A>>, deadline: Instant) {
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
    fn advance(&mut self, first: AskId, progress: Progress, env: &mut Env<'_>, out: &mut Vec<A::Output>) {
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

    fn finish(&mut self, first: AskId, answer: Answer, env: &mut Env<'_>, out: &mut Vec<A::Output>) {
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
    /// resumes the connection. When every request is answered, closes the connection if the node stops or the client
    /// sends no more requests.
    fn settle(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Vec<A::Output>) {
        loop {
            let Some(session) = self.sessions.get_mut(&conn).filter(|session| session.is_answered()) else {
                // A session that is about to move sends nothing, but its client may have taken what was sent before.
                return self.count_answers(conn, env.now.mono);
            };
            while let Some(parts) = session.next_to_send() {
                out.push(Output::Send { conn, parts }.into());
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
        match session.change_flow(self.limits.in_flight, most_unsent, self.stopping) {
            FlowChange::None => {}
            FlowChange::Pause => {
                sometimes!(env, !self.stopping, Site::BrokerPaused);
                out.push(Output::Pause { conn }.into());
            }
            FlowChange::Resume => out.push(Output::Resume { conn }.into()),
        }
        if (self.stopping || session.state == SessionState::HalfClosed) && session.unanswered() == 0 {
            self.close(conn, true, env, out);
        }
    }

    fn settle_all(&mut self, env: &mut Env<'_>, out: &mut Vec<A::Output>) {
        for conn in self.sessions.keys().copied().collect::<Vec<_>>() {
            self.settle(conn, env, out);
        }
    }

    fn close(&mut self, conn: ConnId, after_drain: bool, env: &mut Env<'_>, out: &mut Vec<A::Output>) {
        self.abandon(conn, env, out);
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        session.state = SessionState::Ended;
        if !after_drain {
            // The driver drops what it has not sent.
            session.bytes.unsent = 0;
        }
        self.count_answers(conn, env.now.mono);
        out.push(Output::Close { conn, after_drain }.into());
    }

    /// Removes all running requests of a connection, and lets each withdraw the questions that still wait in
    /// partitions.
    fn abandon(&mut self, conn: ConnId, env: &mut Env<'_>, out: &mut Vec<A::Output>) {
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
        out: &mut Vec<A::Output>,
        mut tell: impl FnMut(&mut dyn Waiting<A>, &mut RequestContext<'_, '_, A>) -> Progress,
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
}
