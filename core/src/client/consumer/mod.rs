//! The consumer: partitions assigned by hand, without a group.

mod config;
mod news;

pub use config::{ConsumerConfig, OffsetReset, StartAt};
pub use news::{ConsumerNews, Fetched, FetchedRecord};

use super::output::{Conn, Output};
use crate::io::Draws;
use crate::types::{Instant, Now, Offset};
use bytes::Bytes;

/// Fetches assigned partitions from their leaders, one fetch in flight for each, and keeps the positions.
///
/// Every call may add to `out`, which the caller then performs in order.
#[derive(Clone, Debug)]
pub struct Consumer {
    config: ConsumerConfig,
}

type Outputs = Vec<Output<ConsumerNews>>;

impl Consumer {
    /// A consumer that has dialed nobody yet and is assigned nothing.
    #[must_use]
    pub fn new(config: ConsumerConfig) -> Consumer {
        Consumer { config }
    }

    /// Begins to fetch a partition, or moves its position where it is fetched already.
    pub fn assign(
        &mut self,
        topic: &str,
        partition: i32,
        start: StartAt,
        now: Now,
        draws: &mut dyn Draws,
        out: &mut Outputs,
    ) {
        let _ = (topic, partition, start, now, draws, out, &self.config);
        todo!()
    }

    /// Fetches a partition no more. Records that are on their way are dropped.
    pub fn unassign(&mut self, topic: &str, partition: i32) {
        let _ = (topic, partition);
        todo!()
    }

    /// Leaves a partition out of the next fetches.
    pub fn pause(&mut self, topic: &str, partition: i32) {
        let _ = (topic, partition);
        todo!()
    }

    /// Fetches a paused partition again.
    pub fn resume(&mut self, topic: &str, partition: i32, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        let _ = (topic, partition, now, draws, out);
        todo!()
    }

    /// The next offset to be fetched, where it is known.
    #[must_use]
    pub fn position(&self, topic: &str, partition: i32) -> Option<Offset> {
        let _ = (topic, partition);
        todo!()
    }

    /// Ends every connection.
    pub fn close(&mut self, out: &mut Outputs) {
        let _ = out;
        todo!()
    }

    /// A dialed connection stands.
    pub fn on_dialed(&mut self, conn: Conn, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        let _ = (conn, now, draws, out);
        todo!()
    }

    /// It does not.
    pub fn on_dial_failed(&mut self, conn: Conn, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        let _ = (conn, now, draws, out);
        todo!()
    }

    /// A whole frame arrived, its length prefix taken off.
    pub fn on_frame(&mut self, conn: Conn, frame: Bytes, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        let _ = (conn, frame, now, draws, out);
        todo!()
    }

    /// A connection is over.
    pub fn on_closed(&mut self, conn: Conn, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        let _ = (conn, now, draws, out);
        todo!()
    }

    /// The time asked for has come, or any other.
    pub fn on_wake(&mut self, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        let _ = (now, draws, out);
        todo!()
    }

    /// When `on_wake` is due, as the last [`Output::WakeAt`] said.
    #[must_use]
    pub fn next_wake(&self) -> Option<Instant> {
        todo!()
    }
}
