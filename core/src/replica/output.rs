//! What a partition wants done, in its own words. The shard knows which partition it called, translates and routes.

use super::PartitionAnswer;
use crate::io::{Asker, FileError, FileId, SyncWhat};
use crate::types::{LeaderEpoch, NodeId, Offset};

/// A partition's name for a read under way; never reused by it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ReadTicket(pub u64);

/// A partition's name for a sync under way; never reused by it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SyncTicket(pub u64);

/// Something to be done, in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// Answer a question.
    Answer {
        /// Whose.
        to: Asker,
        /// How.
        answer: PartitionAnswer,
    },
    /// Read from a file; the result goes to [`super::Partition::on_read_done`].
    Read {
        /// For the result.
        ticket: ReadTicket,
        /// Which file.
        file: FileId,
        /// From which byte.
        at: u64,
        /// How many.
        len: u32,
    },
    /// Make durable; the result goes to [`super::Partition::on_synced`].
    Sync {
        /// For the result. Several outputs never share one.
        ticket: SyncTicket,
        /// What.
        what: SyncWhat,
    },
    /// As a follower: fetch from here, in place of what was asked before. After an answer that the fetcher handed over,
    /// this is the word to go on; until it comes the partition is not fetched.
    Fetch(FetchPosition),
    /// Fetch no more.
    FetchNoMore,
    /// The replica leads from here on. Comes before any answer of this leadership.
    LeadershipGained {
        /// The epoch of the leadership.
        epoch: LeaderEpoch,
        /// The replica's offsets as the leadership begins: `end` is where its own records begin.
        ends: Ends,
    },
    /// The leadership announced by the last `LeadershipGained` is over. Nothing that waited for it can be sure of an
    /// append that the high watermark had not passed.
    LeadershipLost,
    /// The high watermark of a leader has moved to this offset. Told once at a turn's end, however often it moved.
    HighWatermark(Offset),
    /// Loading is done: `needs_step` is over and questions get real answers. Nothing else changes hands.
    Loaded,
    /// The disk failed under this partition, which is offline already: its whole log directory is used no more, and the
    /// shard tells the directory's other partitions ([`super::Partition::on_dir_failed`]).
    DiskFailed {
        /// How.
        why: FileError,
    },
    /// Everything is durable after [`super::Partition::stop`].
    Stopped(Ends),
}

/// Offsets for the log directory's checkpoints.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ends {
    /// The log start offset.
    pub start: Offset,
    /// All below is durable, and recovery need not look at it.
    pub recovery_point: Offset,
    /// The high watermark.
    pub high_watermark: Offset,
    /// The log end offset.
    pub end: Offset,
}

/// Where a follower goes on fetching.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FetchPosition {
    /// From whom.
    pub leader: NodeId,
    /// Under which leadership.
    pub leader_epoch: LeaderEpoch,
    /// The follower's log end: durable where answers are gated on syncs.
    pub offset: Offset,
    /// The epoch of its last record, by which the leader sees where the two logs part (KIP-595).
    pub last_fetched_epoch: Option<LeaderEpoch>,
    /// The follower's log start.
    pub log_start: Offset,
    /// The answer before this came to nothing: fetch only after the back-off.
    pub after_error: bool,
}
