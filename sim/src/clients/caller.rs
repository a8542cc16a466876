//! One connection at a time, and one request at a time on it: whoever asks so knows which answers must show what.

use crate::actor::{ActorConn, ActorCx};
use bytes::Bytes;
use gracchus_core::client::{Answered, Conn, Connection};
use gracchus_core::types::{Instant, NodeId};
use gracchus_core::wire::Request;
use std::sync::Arc;

/// How long a broker may take to answer, in milliseconds.
pub(super) const TIMEOUT_MS: i64 = 3_000;

/// The connection of one actor; `T` is what is kept of a request.
#[derive(Clone, Debug)]
pub(super) struct Caller<T> {
    name: Arc<str>,
    brokers: Vec<(Arc<str>, u16)>,
    dialed: u64,
    line: Option<Line<T>>,
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
        Caller { name: name.into(), brokers, dialed: 0, line: None }
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

    /// When it is to be looked at.
    pub(super) fn deadline(&self) -> Option<Instant> {
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
    pub(super) fn on_dialed(&mut self, conn: ActorConn) -> bool {
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
    pub(super) fn on_frame(&mut self, conn: ActorConn, frame: Bytes) -> Option<Answered<T>> {
        let line = self.line.as_mut().filter(|line| line.conn == conn.0)?;
        line.deadline = None;
        line.connection.on_frame(frame)
    }

    /// A connection is over: what was asked on it and not answered, where it is the present one.
    pub(super) fn on_gone(&mut self, conn: ActorConn) -> Option<T> {
        let line = self.line.take_if(|line| line.conn == conn.0)?;
        line.connection.into_unanswered().pop()
    }

    /// Gives the connection up; returns what was asked and not answered.
    pub(super) fn hang_up(&mut self, cx: &mut ActorCx<'_>) -> Option<T> {
        let line = self.line.take()?;
        cx.close(ActorConn(line.conn));
        line.connection.into_unanswered().pop()
    }
}
