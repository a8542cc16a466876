//! Clients that have one connection at a time, and one request at a time on it. Such a client knows which of its changes an
//! answer must show.

use crate::actor::{Actor, ActorConn, ActorCx, ActorEvent};
use bytes::Bytes;
use core::fmt::Debug;
use gracchus_core::client::{Answered, Conn, Connection};
use gracchus_core::types::{Instant, NodeId, Now};
use gracchus_core::wire::Request;
use std::sync::Arc;

/// How long a broker may take to answer, in milliseconds.
pub(super) const TIMEOUT_MS: i64 = 3_000;

/// How long a client waits after its connection ended, in milliseconds.
const BACK_OFF_MS: i64 = 100;

/// A client that asks one question after the other and pauses between them.
pub(crate) trait Asker: Clone + Debug + Send + 'static {
    /// What is kept of a request.
    type Ask;

    /// Its connection.
    fn caller(&self) -> &Caller<Self::Ask>;

    /// Its connection, to be changed.
    fn caller_mut(&mut self) -> &mut Caller<Self::Ask>;

    /// Asks the next question on the connection, which is free. Called when the connection was made.
    fn ask(&mut self, now: Now, cx: &mut ActorCx<'_>);

    /// Asks the next question, or dials first. Called when the pause is over.
    fn go_on(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        match self.caller().is_open() {
            true => self.ask(now, cx),
            false => self.caller_mut().dial(now.mono, cx),
        }
    }

    /// Takes an answer.
    fn on_answer(&mut self, answered: &Answered<Self::Ask>, now: Now, cx: &mut ActorCx<'_>);

    /// The connection ended or took too long. `lost` is what was asked and will not be answered.
    fn on_lost(&mut self, lost: Option<Self::Ask>, cx: &mut ActorCx<'_>);

    /// Asks nothing more.
    fn stop(&mut self) {
        self.caller_mut().is_stopped = true;
    }

    /// Whether it asks nothing more and waits for nothing.
    fn is_done(&self) -> bool {
        self.caller().is_stopped && !self.caller().is_open()
    }
}

impl<A: Asker> Actor for A {
    fn handle(&mut self, now: Now, event: ActorEvent, cx: &mut ActorCx<'_>) {
        match event {
            ActorEvent::Start | ActorEvent::Wake => on_wake(self, now, cx),
            ActorEvent::Dialed { conn } => {
                if self.caller_mut().on_dialed(conn) && !self.caller().is_stopped {
                    self.ask(now, cx);
                }
            }
            ActorEvent::DialFailed { conn, .. } | ActorEvent::Closed { conn } => {
                if let Some(line) = self.caller_mut().line.take_if(|line| line.conn == conn.0) {
                    back_off(self, line, now, cx);
                }
            }
            ActorEvent::Received { conn, frame } => {
                if let Some(answered) = self.caller_mut().on_frame(conn, frame) {
                    self.on_answer(&answered, now, cx);
                }
            }
        }
        if !self.is_done() {
            let caller = self.caller();
            cx.wake_at(caller.deadline().unwrap_or(caller.next_at.max(now.mono.plus_ms(1))));
        }
    }
}

fn on_wake(asker: &mut impl Asker, now: Now, cx: &mut ActorCx<'_>) {
    let caller = asker.caller_mut();
    if caller.deadline().is_some_and(|deadline| deadline <= now.mono)
        && let Some(line) = caller.line.take()
    {
        cx.close(ActorConn(line.conn));
        back_off(asker, line, now, cx);
    }
    let caller = asker.caller_mut();
    if caller.deadline().is_some() {
        return;
    }
    if caller.is_stopped {
        caller.hang_up(cx);
    } else if caller.next_at <= now.mono {
        asker.go_on(now, cx);
    }
}

fn back_off<A: Asker>(asker: &mut A, line: Line<A::Ask>, now: Now, cx: &mut ActorCx<'_>) {
    asker.on_lost(line.connection.into_unanswered().pop(), cx);
    let caller = asker.caller_mut();
    caller.next_at = caller.next_at.max(now.mono.plus_ms(BACK_OFF_MS));
}

/// The connection of one client; `T` is what is kept of a request.
#[derive(Clone, Debug)]
pub(crate) struct Caller<T> {
    name: Arc<str>,
    brokers: Vec<(Arc<str>, u16)>,
    dialed: u64,
    line: Option<Line<T>>,
    /// When the pause is over.
    next_at: Instant,
    is_stopped: bool,
}

#[derive(Clone, Debug)]
struct Line<T> {
    conn: u64,
    node: NodeId,
    stands: bool,
    /// When it is given up, while something is waited for.
    deadline: Option<Instant>,
    connection: Connection<T>,
}

impl<T> Caller<T> {
    pub(super) fn new(name: String, brokers: Vec<(Arc<str>, u16)>) -> Caller<T> {
        let next_at = Instant::default();
        Caller { name: name.into(), brokers, dialed: 0, line: None, next_at, is_stopped: false }
    }

    /// Pauses until then.
    pub(super) fn pause(&mut self, until: Instant) {
        self.next_at = until;
    }

    /// Whether there is a connection, standing or not.
    pub(super) fn is_open(&self) -> bool {
        self.line.is_some()
    }

    /// The number of the connection: one that was dialed later has a greater one.
    pub(super) fn conn(&self) -> u64 {
        self.dialed
    }

    /// Which broker it is to.
    pub(super) fn node(&self) -> NodeId {
        self.line.as_ref().map_or(NodeId(-1), |line| line.node)
    }

    /// When whatever is under way, a dial or a request, takes too long; none if nothing is.
    fn deadline(&self) -> Option<Instant> {
        self.line.as_ref().and_then(|line| line.deadline)
    }

    /// Dials a broker that is drawn.
    pub(super) fn dial(&mut self, now: Instant, cx: &mut ActorCx<'_>) {
        let (host, port) = self.brokers[cx.draws.below(self.brokers.len() as u64) as usize].clone();
        self.dial_to(host, port, now, cx);
    }

    /// Dials the broker at that address.
    pub(super) fn dial_to(&mut self, host: Arc<str>, port: u16, now: Instant, cx: &mut ActorCx<'_>) {
        self.dialed += 1;
        let node = NodeId(host.strip_prefix('b').and_then(|number| number.parse().ok()).unwrap_or(-1));
        cx.dial(ActorConn(self.dialed), host, port);
        self.line = Some(Line {
            conn: self.dialed,
            node,
            stands: false,
            deadline: Some(now.plus_ms(TIMEOUT_MS)),
            connection: Connection::new(Conn(self.dialed), self.name.to_string().into()),
        });
    }

    /// The connection stands. Says whether it is the present one.
    fn on_dialed(&mut self, conn: ActorConn) -> bool {
        let Some(line) = self.line.as_mut().filter(|line| line.conn == conn.0) else { return false };
        (line.stands, line.deadline) = (true, None);
        true
    }

    /// Sends a request. The connection must be free.
    pub(super) fn send<R: Request>(&mut self, body: &R, version: i16, kept: T, now: Instant, cx: &mut ActorCx<'_>) {
        let line = self.line.as_mut().expect("a request is sent on a free connection");
        // A broker that answers late answers with its own timeout.
        let deadline = now.plus_ms(TIMEOUT_MS + 500);
        line.deadline = Some(deadline);
        cx.send(ActorConn(line.conn), line.connection.request(body, version, deadline, kept));
    }

    /// A frame arrived: the answer, where it is one.
    fn on_frame(&mut self, conn: ActorConn, frame: Bytes) -> Option<Answered<T>> {
        let line = self.line.as_mut().filter(|line| line.conn == conn.0)?;
        line.deadline = None;
        line.connection.on_frame(frame)
    }

    /// Closes the connection, on which nothing is under way.
    pub(super) fn hang_up(&mut self, cx: &mut ActorCx<'_>) {
        if let Some(line) = self.line.take() {
            cx.close(ActorConn(line.conn));
        }
    }
}
