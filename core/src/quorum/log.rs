//! The metadata log as the quorum sees it: what the node's log has to do for it.
//!
//! **In Kafka**: `ReplicatedLog` (`KafkaMetadataLog`).

use super::SnapshotId;
use crate::types::{LeaderEpoch, Offset};
use bytes::Bytes;
use core::fmt;

/// An offset behind a record, and that record's epoch. The order is Raft's: of two logs the one whose last record has
/// the greater epoch is more complete, and of two with one epoch the longer one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LogEnd {
    /// The epoch of the record before `offset`; 0 where there is none.
    pub epoch: LeaderEpoch,
    /// The offset.
    pub offset: Offset,
}

impl From<SnapshotId> for LogEnd {
    fn from(id: SnapshotId) -> LogEnd {
        LogEnd { epoch: id.epoch, offset: id.end_offset }
    }
}

/// A file operation of the metadata log failed. The replica cannot go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LogFailed;

impl fmt::Display for LogFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a file operation of the metadata log failed")
    }
}

impl core::error::Error for LogFailed {}

/// What a read comes to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LogRead {
    /// The bytes were in memory.
    Now(Bytes),
    /// The bytes are on disk: the quorum asks the host for them by [`super::Output::Read`].
    Later,
}

/// The log and the snapshots of `__cluster_metadata-0`.
///
/// Appends, truncations and installations take effect at once for every later call. They survive a crash for sure only
/// when a [`super::Output::SyncLog`] that was asked for after them is done; before that a crash may show the log as it
/// was at any moment since the last sync.
pub trait QuorumLog {
    /// The first offset of the log. Records before it are in a snapshot.
    fn start(&self) -> Offset;

    /// The end of the log, with the epoch of its last record, or of the snapshot that it begins with.
    fn end(&self) -> LogEnd;

    /// The greatest epoch of the log that is not above `epoch`, and where that epoch ends. A log that begins behind a
    /// snapshot has the snapshot's epoch too, which ends at the log's start at the earliest. Where all epochs of the
    /// log are above `epoch`: `epoch` itself, and the log's start.
    fn end_of_epoch(&self, epoch: LeaderEpoch) -> LogEnd;

    /// Appends whole batches whose first one begins at the end of the log.
    fn append(&mut self, batches: &Bytes) -> Result<(), LogFailed>;

    /// Cuts the log so that it ends at `to`, or at the start of the batch that `to` lies in.
    fn truncate(&mut self, to: Offset) -> Result<(), LogFailed>;

    /// Reads whole batches from the one with the record at `from`: at most `max_bytes`, and at least one batch where
    /// the log has any from there.
    fn read(&self, from: Offset, max_bytes: u32) -> LogRead;

    /// The latest whole snapshot, which does not end behind the log's end: a log that lost records of a snapshot in a
    /// crash begins with that snapshot when it is loaded, as in `KafkaMetadataLog`.
    fn latest_snapshot(&self) -> Option<SnapshotId>;

    /// The earliest whole snapshot. The log begins at its end, or before.
    fn earliest_snapshot(&self) -> Option<SnapshotId>;

    /// How many bytes a whole snapshot has; none where there is no such snapshot.
    fn snapshot_len(&self, id: SnapshotId) -> Option<u64>;

    /// Reads bytes of a whole snapshot from `position` on, at most `max_bytes`.
    fn read_snapshot(&self, id: SnapshotId, position: u64, max_bytes: u32) -> LogRead;

    /// Begins a snapshot that is fetched from the leader; what an earlier call left of any such snapshot goes.
    fn begin_snapshot(&mut self, id: SnapshotId) -> Result<(), LogFailed>;

    /// Appends bytes to the snapshot that is fetched.
    fn append_snapshot(&mut self, bytes: &Bytes) -> Result<(), LogFailed>;

    /// Makes the snapshot that was fetched and synced a whole one, and the log an empty one that begins and ends at the
    /// snapshot's end.
    fn install_snapshot(&mut self, id: SnapshotId) -> Result<(), LogFailed>;
}
