//! What a partition wants done, in its own words. The shard knows which partition it called, translates and routes.

use super::PartitionAnswer;
use crate::io::{Asker, FileError, FileId, FilePath, SyncWhat};
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
    /// Write this to the directory's checkpoint of log start offsets, durably, then call
    /// [`super::Partition::on_start_saved`] with it. One such write is asked for at a time.
    SaveStart(Offset),
    /// Segments lie below the log's start, or retention may find more: call [`super::Partition::retain`] when there is time.
    Retain,
    /// Remove these files when `delay_ms` milliseconds (`file.delete.delay.ms`) have passed.
    Discard {
        /// Under the names that they have from now on.
        files: Vec<FilePath>,
        /// How long who reads them may go on.
        delay_ms: i64,
    },
    /// As a follower: the log begins here from now on, which the next fetch is to say.
    LogStart(Offset),
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
    /// What the checkpoint of log start offsets is to say: the start, or the one that is about to be.
    pub saved_start: Offset,
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
