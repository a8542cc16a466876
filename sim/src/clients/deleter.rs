//! A client that deletes records: at the high watermark now and then, and else a little behind where a log begins.

use super::Target;
use crate::actor::{Actor, ActorConn, ActorCx, ActorEvent};
use crate::note::Note;
use bytes::Bytes;
use gracchus_core::client::{Conn, Connection};
use gracchus_core::types::{ErrorCode, Instant, Now, Offset};
use gracchus_core::wire::delete_records::{DeleteRecordsPartition, DeleteRecordsTopic};
use gracchus_core::wire::{DeleteRecordsRequest, DeleteRecordsResponse};
use std::sync::Arc;

/// The version of DeleteRecords that it speaks.
const VERSION: i16 = 2;
/// How long a broker may take to answer, in milliseconds.
const TIMEOUT_MS: i32 = 3_000;
/// One deletion in so many is of all there is.
const ALL_ONE_IN: u64 = 12;
/// The others go on by so many offsets at most.
const STEP_MOST: u64 = 80;

/// Deletes records of one partition after the other, by a broker that it guesses: the wrong one says so.
#[derive(Clone, Debug)]
pub struct DeleterActor {
    every_ms: u64,
    until: Instant,
    brokers: Vec<(Arc<str>, u16)>,
    targets: Vec<Target>,
    /// Where each target's log begins, as far as it was told.
    lows: Vec<Offset>,
    next: u64,
    line: Option<Line>,
}

/// A deletion under way.
#[derive(Clone, Debug)]
struct Line {
    conn: u64,
    target: usize,
    sent: Option<Connection<()>>,
}

impl DeleterActor {
    /// One that deletes something of `targets` every so often, until then.
    #[must_use]
    pub fn new(every_ms: u64, until: Instant, brokers: Vec<(Arc<str>, u16)>, targets: Vec<Target>) -> DeleterActor {
        let lows = vec![Offset::ZERO; targets.len()];
        DeleterActor { every_ms: every_ms.max(1), until, brokers, targets, lows, next: 0, line: None }
    }

    fn on_wake(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        if now.mono >= self.until || self.targets.is_empty() {
            return;
        }
        cx.wake_at(now.mono.plus_ms(self.every_ms as i64));
        if let Some(line) = self.line.take() {
            // Whoever takes so long is not waited for.
            cx.close(ActorConn(line.conn));
        }
        let target = cx.draws.below(self.targets.len() as u64) as usize;
        let (host, port) = self.brokers[cx.draws.below(self.brokers.len() as u64) as usize].clone();
        self.next += 1;
        cx.dial(ActorConn(self.next), host, port);
        self.line = Some(Line { conn: self.next, target, sent: None });
    }

    fn on_dialed(&mut self, conn: u64, now: Now, cx: &mut ActorCx<'_>) {
        let Some(line) = self.line.as_mut().filter(|line| line.conn == conn) else { return };
        let target = &self.targets[line.target];
        let all = cx.draws.below(ALL_ONE_IN) == 0;
        let to = self.lows[line.target].plus(1 + cx.draws.below(STEP_MOST) as i64);
        cx.note(Note::DeletionAsked { partition: target.id, to: if all { Offset(i64::MAX) } else { to } });
        let offset = if all { -1 } else { to.0 };
        let partitions = vec![DeleteRecordsPartition { partition_index: target.id.partition, offset }];
        let topics = vec![DeleteRecordsTopic { name: target.topic.to_string().into(), partitions }];
        let body = DeleteRecordsRequest { topics, timeout_ms: TIMEOUT_MS };
        let mut connection = Connection::new(Conn(conn), "deleter".into());
        let deadline = now.mono.plus_ms(i64::from(TIMEOUT_MS));
        cx.send(ActorConn(conn), connection.request(&body, VERSION, deadline, ()));
        line.sent = Some(connection);
    }

    fn on_frame(&mut self, conn: u64, frame: Bytes, cx: &mut ActorCx<'_>) {
        let Some(Line { target, sent: Some(mut connection), .. }) = self.line.take_if(|line| line.conn == conn) else {
            return;
        };
        let said = connection.on_frame(frame).and_then(|answered| answered.read::<DeleteRecordsResponse>().ok());
        let said = said.and_then(|body| body.topics.into_iter().next());
        let said = said.and_then(|topic| topic.partitions.into_iter().next());
        if let Some(said) = said
            && ErrorCode::from_wire(said.error_code) == ErrorCode::None
            && let Some(low) = Offset::from_wire(said.low_watermark)
        {
            self.lows[target] = low;
            cx.note(Note::Deleted { partition: self.targets[target].id, low });
        }
        cx.close(ActorConn(conn));
    }
}

impl Actor for DeleterActor {
    fn handle(&mut self, now: Now, event: ActorEvent, cx: &mut ActorCx<'_>) {
        match event {
            ActorEvent::Start | ActorEvent::Wake => self.on_wake(now, cx),
            ActorEvent::Dialed { conn } => self.on_dialed(conn.0, now, cx),
            ActorEvent::DialFailed { conn, .. } | ActorEvent::Closed { conn } => {
                let _ = self.line.take_if(|line| line.conn == conn.0);
            }
            ActorEvent::Received { conn, frame } => self.on_frame(conn.0, frame, cx),
        }
    }
}
