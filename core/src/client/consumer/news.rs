//! What a consumer tells its user.

use crate::record::{Batch, Headers};
use crate::types::{ErrorCode, LeaderEpoch, NodeId, Offset, Timestamp};
use bytes::Bytes;
use bytestring::ByteString;

/// What a consumer tells its user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ConsumerNews {
    /// Records, or at least the offsets that come with none.
    Fetched(Box<Fetched>),
    /// A position was found, at the start or after the log no longer had the old one.
    Positioned {
        /// Of which topic.
        topic: ByteString,
        /// Which partition.
        partition: i32,
        /// The position before; none at the start.
        from: Option<Offset>,
        /// The position now.
        to: Offset,
    },
    /// The leader's log ends, in the epoch of the last record that was read, before the position: what was read behind
    /// it is gone (KIP-320). The position goes back there, unless `auto.offset.reset` is none.
    Truncated {
        /// Of which topic.
        topic: ByteString,
        /// Which partition.
        partition: i32,
        /// The position before.
        from: Offset,
        /// The epoch that the leader knows, and the end of it; none where it knows nothing so old.
        diverged: Option<(LeaderEpoch, Offset)>,
    },
    /// An error. Where it `stops`, the partition is fetched no more until it is assigned again; else it is tried again.
    Refused {
        /// Of which topic.
        topic: ByteString,
        /// Which partition.
        partition: i32,
        /// Which error.
        error: ErrorCode,
        /// Whether the partition stops.
        stops: bool,
    },
}

/// What one fetch brought for one partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fetched {
    /// Its topic.
    pub topic: ByteString,
    /// The partition.
    pub partition: i32,
    /// From whom.
    pub node: NodeId,
    /// The leader epoch that the consumer knew.
    pub leader_epoch: Option<LeaderEpoch>,
    /// The position before: records below it are of no interest.
    pub from: Offset,
    /// The position after.
    pub next: Offset,
    /// The high watermark.
    pub high_watermark: Option<Offset>,
    /// The last stable offset.
    pub last_stable: Option<Offset>,
    /// The log start offset.
    pub log_start: Option<Offset>,
    /// Whole batches, as the broker sent them.
    pub batches: Vec<Batch>,
}

/// One record, its offset and timestamp absolute.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FetchedRecord<'a> {
    /// Its offset.
    pub offset: Offset,
    /// The leader epoch of its batch.
    pub leader_epoch: Option<LeaderEpoch>,
    /// Its timestamp, the broker's where the batch says so.
    pub timestamp: Timestamp,
    /// Its key.
    pub key: Option<Bytes>,
    /// Its value.
    pub value: Option<Bytes>,
    /// Its headers.
    pub headers: Headers<'a>,
}

impl Fetched {
    /// The records at or above the position, control batches left out; compressed batches are an error.
    pub fn records(&self) -> impl Iterator<Item = Result<FetchedRecord<'_>, ErrorCode>> {
        core::iter::from_fn(|| todo!())
    }
}
