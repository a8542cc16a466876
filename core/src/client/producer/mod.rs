//! The producer.

mod config;
mod delivery;

pub use config::{ProducerConfig, Record};
pub use delivery::{Attempt, AttemptEnd, Delivery, Outcome, ProducerNews, SendId};

use super::output::{Conn, Output};
use crate::io::Draws;
use crate::types::{Instant, Now};
use bytes::Bytes;

/// Collects records into batches, finds the leaders, sends, and sends again.
///
/// Every call may add to `out`, which the caller then performs in order.
#[derive(Clone, Debug)]
pub struct Producer {
    config: ProducerConfig,
}

type Outputs = Vec<Output<ProducerNews>>;

impl Producer {
    /// A producer that has dialed nobody yet. Idempotence needs `acks=all`.
    #[must_use]
    pub fn new(config: ProducerConfig) -> Producer {
        Producer { config }
    }

    /// Hands in one record. Its answer is a [`ProducerNews::Done`] that covers the id.
    pub fn send(
        &mut self,
        topic: &str,
        partition: i32,
        record: Record<'_>,
        now: Now,
        draws: &mut dyn Draws,
        out: &mut Outputs,
    ) -> SendId {
        let _ = (topic, partition, record, now, draws, out, &self.config);
        todo!()
    }

    /// Sends what has been handed in without waiting for more.
    pub fn flush(&mut self, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        let _ = (now, draws, out);
        todo!()
    }

    /// How many records were handed in and not answered yet.
    #[must_use]
    pub fn unanswered(&self) -> u64 {
        todo!()
    }

    /// Ends every connection. What was not answered never will be.
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
