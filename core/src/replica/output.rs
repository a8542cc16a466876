//! What a partition wants the shard to do. The outputs do not name the partition, because the shard knows which one it
//! called. The shard translates and routes them.

use super::PartitionAnswer;
use crate::io::{Asker, FileError, FileId, FilePath, SyncWhat};
use crate::log::Scanned;
use crate::types::{LeaderEpoch, NodeId, Offset};

/// The number of a disk read that a partition asked for. The partition uses each number once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ReadTicket(pub u64);

/// The number of a sync that a partition asked for. The partition uses each number once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SyncTicket(pub u64);

/// Something that the shard must do for a partition. Outputs are carried out in their order.
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
        /// To be handed back with the result. No two syncs have the same ticket.
        ticket: SyncTicket,
        /// The file or folder.
        what: SyncWhat,
    },
    /// Write this log start offset to the log directory's `log-start-offset-checkpoint`, durably. Then call
    /// [`super::Partition::on_start_saved`] with the same offset. The partition waits for that call before it asks for
    /// the next write, unless it has loaded its log again meanwhile.
    SaveStart(Offset),
    /// Retention has work: segments lie below the log start offset, or the log has grown beyond `retention.bytes`. Call
    /// [`super::Partition::retain`] when there is time.
    Retain,
    /// Remove these files when `delay_ms` milliseconds (`file.delete.delay.ms`) have passed.
    Discard {
        /// The files. They are already renamed to names that end in `.deleted`.
        files: Vec<FilePath>,
        /// The time in milliseconds for which reads under way may still use the files.
        delay_ms: i64,
    },
    /// For a follower: its log start offset has changed to this one, and the next fetch must carry it.
    LogStart(Offset),
    /// For a follower: fetch from this position and no longer from the previous one. After the fetcher has handed an
    /// answer to the partition, it does not fetch the partition again until it gets this output.
    Fetch(FetchPosition),
    /// Stop fetching this partition.
    FetchNoMore,
    /// The replica leads from now on. This output comes before any answer of this leadership.
    LeadershipGained {
        /// The epoch of the leadership.
        epoch: LeaderEpoch,
        /// The replica's offsets as the leadership begins. The records of this leadership begin at `end`.
        ends: Ends,
    },
    /// The leadership announced by the last `LeadershipGained` is over. Records that were appended in it may be lost,
    /// unless the high watermark had passed them.
    LeadershipLost,
    /// For a leader: the high watermark has moved to this offset. This output comes once, at the turn's end, however
    /// often the high watermark moved.
    HighWatermark(Offset),
    /// Loading is done: the partition needs no more steps, and questions are answered as its role demands. The value says
    /// what had to be read and cut off.
    Loaded(Scanned),
    /// The disk failed under this partition, which is offline already. The whole log directory must not be used any
    /// more: the shard tells the directory's other partitions ([`super::Partition::on_dir_failed`]).
    DiskFailed {
        /// The error of the disk.
        why: FileError,
    },
    /// The replica has stopped cleanly after [`super::Partition::stop`]. Its whole log is durable. The offsets are for
    /// the checkpoint files.
    Stopped(Ends),
}

/// A replica's offsets, for the log directory's checkpoints.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ends {
    /// The log start offset.
    pub start: Offset,
    /// The offset for `log-start-offset-checkpoint`: the one that is being saved there, otherwise the one that was last
    /// saved. It may differ from `start`.
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
    /// The offset to fetch from, which is the follower's log end. With `flush.messages=1` all records below it are
    /// durable.
    pub offset: Offset,
    /// The latest leader epoch in the follower's log, by which the leader finds where the two logs diverge (KIP-595).
    pub last_fetched_epoch: Option<LeaderEpoch>,
    /// The log start offset of the follower's log.
    pub log_start: Offset,
    /// Whether the previous answer was an error or could not be appended, so that the next fetch waits for the
    /// back-off.
    pub after_error: bool,
}
