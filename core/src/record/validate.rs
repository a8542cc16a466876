//! What a leader checks before it takes a client's batch.

use super::BatchHeader;
use crate::types::{ErrorCode, LeaderEpoch, Offset, Timestamp};
use bytes::Bytes;

/// What a topic demands of a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rules {
    /// `max.message.bytes`, of the whole batch.
    pub max_bytes: u32,
    /// `message.timestamp.type`, with the bounds that belong to it.
    pub timestamps: TimestampRule,
    /// Whether every record needs a key.
    pub compacted: bool,
    /// The time of the append.
    pub now: Timestamp,
}

/// `message.timestamp.type`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TimestampRule {
    /// Records keep the time that their producer gave, within bounds (KIP-937).
    CreateTime {
        /// `message.timestamp.before.max.ms`.
        before_max_ms: i64,
        /// `message.timestamp.after.max.ms`.
        after_max_ms: i64,
    },
    /// The batch is stamped with the time of the append.
    LogAppendTime,
}

/// Why a batch is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invalid {
    /// Kafka's code.
    pub error: ErrorCode,
    /// In words.
    pub message: &'static str,
    /// The records to blame (KIP-467), at most a few of them.
    pub records: Vec<RecordFault>,
}

/// One record to blame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RecordFault {
    /// Its index in the batch.
    pub index: i32,
    /// What is wrong with it.
    pub message: &'static str,
}

/// A client's batch that may be appended. Its records are the client's own bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ValidBatch {
    header: BatchHeader,
    /// All behind the sixteen stamped bytes, in one or two parts.
    rest: Rest,
    held: u32,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Rest {
    /// As the client sent it.
    AsSent(Bytes),
    /// The header's rest made anew, and the records as the client sent them.
    Restamped(Bytes, Bytes),
}

impl ValidBatch {
    /// Its header, with the maximum timestamp and checksum that are stored.
    #[must_use]
    pub fn header(&self) -> &BatchHeader {
        &self.header
    }

    /// Notes that the batch keeps an allocation of `bytes` alive, such as the frame that it came in.
    #[must_use]
    pub fn held_by(mut self, bytes: u32) -> ValidBatch {
        self.held = bytes.max(self.header.len);
        self
    }

    /// The bytes to append: a fresh stamp, and the client's own.
    #[must_use]
    pub fn stamped(&self, base: Offset, epoch: LeaderEpoch) -> Vec<Bytes> {
        let _ = (base, epoch, &self.rest);
        todo!()
    }
}

/// Checks what a client wants appended to one partition: exactly one batch, intact, within the topic's rules. Plain
/// records are walked one by one; of compressed ones the header and the checksum are checked.
pub fn validate(records: &Bytes, rules: &Rules) -> Result<ValidBatch, Invalid> {
    let _ = (records, rules);
    todo!()
}
