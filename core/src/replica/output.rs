//! What a partition wants done, in terms of this module. The shard knows which partition it called; it translates these
//! outputs and routes them.

use super::PartitionAnswer;
use crate::io::{Asker, FileError, FileId, FilePath, SyncWhat};
use crate::types::{LeaderEpoch, NodeId, Offset};

/// A partition's number for a read under way. The partition never uses it again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ReadTicket(pub u64);

/// A partition's number for a sync under way. The partition never uses it again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SyncTicket(pub u64);

/// Something that the shard must do, in the order of the outputs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// Answer a question.
    Answer {
        /// Who asked.
        to: Asker,
        /// The answer.
        answer: PartitionAnswer,
    },
    /// Read from a file; the result goes to [`super::Partition::on_read_done`].
    Read {
        /// To be handed back with the result.
        ticket: ReadTicket,
        /// The file.
        file: FileId,
        /// The position of the first byte.
        at: u64,
        /// The number of bytes.
        len: u32,
    },
    /// Sync a file or folder; the result goes to [`super::Partition::on_synced`].
    Sync {
        /// To be handed back with the result. Several outputs never share one.
        ticket: SyncTicket,
        /// The file or folder.
        what: SyncWhat,
    },
    /// Write this to the directory's checkpoint of log start offsets, durably, then call
    /// [`super::Partition::on_start_saved`] with it. One such write is asked for at a time.
    SaveStart(Offset),
    /// Segments lie below the log start offset, or retention may find more: call [`super::Partition::retain`] when
    /// there is time.
    Retain,
    /// Remove these files when `delay_ms` milliseconds (`file.delete.delay.ms`) have passed.
    Discard {
        /// The files, under their new names.
        files: Vec<FilePath>,
        /// How long those who read the files may continue.
        delay_ms: i64,
    },
    /// As a follower: the log begins at this offset from now on, and the next fetch must say so.
    LogStart(Offset),
    /// As a follower: fetch from this position, which replaces the one before. After the fetcher has handed an answer
    /// to the partition, it does not fetch the partition again until it gets this output.
    Fetch(FetchPosition),
    /// Stop fetching this partition.
    FetchNoMore,
    /// The replica leads from now on. Comes before any answer of this leadership.
    LeadershipGained {
        /// The epoch of the leadership.
        epoch: LeaderEpoch,
        /// The replica's offsets as the leadership begins: `end` is where its own records begin.
        ends: Ends,
    },
    /// The leadership announced by the last `LeadershipGained` is over. Whoever waited for it cannot be sure of an
    /// append that the high watermark had not passed.
    LeadershipLost,
    /// The high watermark of a leader has moved to this offset. Put out once at a turn's end, however often it moved.
    HighWatermark(Offset),
    /// Loading is done: the partition needs no more steps, and questions are answered as its role demands.
    Loaded,
    /// The disk failed under this partition, which is offline already. The whole log directory must not be used any
    /// more: the shard tells the directory's other partitions ([`super::Partition::on_dir_failed`]).
    DiskFailed {
        /// The error of the disk.
        why: FileError,
    },
    /// After [`super::Partition::stop`], everything is durable.
    Stopped(Ends),
}

/// A replica's offsets, for the log directory's checkpoints.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ends {
    /// The log start offset.
    pub start: Offset,
    /// The offset for the checkpoint of log start offsets: the present log start offset, or the one that is being
    /// saved.
    pub saved_start: Offset,
    /// Every record below this offset is durable, and recovery need not read it.
    pub recovery_point: Offset,
    /// The high watermark.
    pub high_watermark: Offset,
    /// The log end offset.
    pub end: Offset,
}

/// From where a follower continues to fetch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FetchPosition {
    /// The leader to fetch from.
    pub leader: NodeId,
    /// The leader epoch to fetch under.
    pub leader_epoch: LeaderEpoch,
    /// The follower's log end; its durable log end where answers wait for syncs.
    pub offset: Offset,
    /// The epoch of the follower's last record, by which the leader finds where the two logs diverge (KIP-595).
    pub last_fetched_epoch: Option<LeaderEpoch>,
    /// The log start offset of the follower's log.
    pub log_start: Offset,
    /// Whether the answer before this was of no use, so that the next fetch waits for the back-off.
    pub after_error: bool,
}
