//! The log itself: appends, and what can be asked of it.

use super::{AppendError, LogConfig, LogError};
use crate::io::{Env, FilePath};
use crate::record::ValidBatch;
use crate::types::{Instant, LeaderEpoch, Offset, TopicPartition};
use bytes::Bytes;

/// One partition's log.
#[derive(Clone, Debug)]
pub struct Log {
    partition: TopicPartition,
}

/// What became of a leader's append.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Appended {
    /// It is in the log.
    New {
        /// The first record's offset.
        base: Offset,
        /// The last record's.
        last: Offset,
    },
    /// The producer sent it before, and it is in the log there (KIP-98).
    Duplicate {
        /// The original's first offset.
        base: Offset,
        /// The original's last.
        last: Offset,
    },
}

impl Log {
    /// Makes a new log in `folder`, which must not be there, starting at offset 0.
    pub fn create(
        folder: FilePath,
        partition: TopicPartition,
        config: LogConfig,
        env: &mut Env<'_>,
    ) -> Result<Log, LogError> {
        let _ = (folder, config, env);
        Ok(Log { partition })
    }

    /// Appends a client's batch, stamped with the next offset and the leader's epoch.
    pub fn append_as_leader(
        &mut self,
        batch: &ValidBatch,
        epoch: LeaderEpoch,
        env: &mut Env<'_>,
    ) -> Result<Appended, AppendError> {
        let _ = (batch, epoch, env, self.partition);
        todo!()
    }

    /// Appends whole batches as the leader stored them, each checked; a partial batch at the end is left out, as a fetch
    /// answer may have one. `held` is the size of the allocation that `records` keeps alive (its frame's). Returns the
    /// first and the last offset appended, or none where there was no whole batch.
    /// A bad batch is CORRUPT_MESSAGE, a batch below the log's end OFFSET_OUT_OF_RANGE; what was before it is appended.
    pub fn append_as_follower(
        &mut self,
        records: &Bytes,
        held: u32,
        env: &mut Env<'_>,
    ) -> Result<Option<(Offset, Offset)>, AppendError> {
        let _ = (records, held, env);
        todo!()
    }

    /// Whose log.
    #[must_use]
    pub fn partition(&self) -> TopicPartition {
        self.partition
    }

    /// The folder of its files.
    #[must_use]
    pub fn folder(&self) -> &FilePath {
        todo!()
    }

    /// The log start offset.
    #[must_use]
    pub fn start(&self) -> Offset {
        todo!()
    }

    /// The log end offset: that of the next record.
    #[must_use]
    pub fn end(&self) -> Offset {
        todo!()
    }

    /// All below is durable.
    #[must_use]
    pub fn flushed(&self) -> Offset {
        todo!()
    }

    /// What goes to `recovery-point-offset-checkpoint`: all below is durable, with its indexes and producer snapshots.
    #[must_use]
    pub fn recovery_point(&self) -> Offset {
        self.flushed()
    }

    /// Records that a crash could take: those between [`Log::flushed`] and [`Log::end`].
    #[must_use]
    pub fn unflushed_records(&self) -> i64 {
        self.end().0 - self.flushed().0
    }

    /// When the oldest append that no finished flush covers was made.
    #[must_use]
    pub fn oldest_unflushed(&self) -> Option<Instant> {
        todo!()
    }

    /// Whether a closed segment waits for its flush: [`super::FlushUpTo::Roll`] has something to do.
    #[must_use]
    pub fn has_unflushed_roll(&self) -> bool {
        todo!()
    }

    /// Where an unclean stop was found to have lost durable records: the log ended below its recovery point.
    #[must_use]
    pub fn lost_from(&self) -> Option<Offset> {
        todo!()
    }

    /// The greatest epoch known: of the last batch, or assigned since.
    #[must_use]
    pub fn latest_epoch(&self) -> Option<LeaderEpoch> {
        todo!()
    }

    /// A leadership begins at the log's end. KAFKA-7415: before the leader serves anything under its epoch.
    pub fn assign_epoch(&mut self, epoch: LeaderEpoch, env: &mut Env<'_>) -> Result<(), LogError> {
        let _ = (epoch, env);
        todo!()
    }

    /// Where an epoch ends (KIP-101, KIP-279): the greatest known epoch that is not above it, and the offset at which
    /// the next one begins, or the log's end. For an epoch below all known ones: itself, and where the first begins.
    /// None for one above all known ones.
    #[must_use]
    pub fn end_of_epoch(&self, epoch: LeaderEpoch, env: &Env<'_>) -> Option<(LeaderEpoch, Offset)> {
        let _ = (epoch, env);
        todo!()
    }

    /// Takes another configuration, from the next append on.
    pub fn set_config(&mut self, config: LogConfig) {
        let _ = config;
        todo!()
    }

    /// Bytes of memory that the tail cache keeps alive.
    #[must_use]
    pub fn cached_bytes(&self) -> u64 {
        todo!()
    }

    /// Lets go of the oldest cached bytes until at most `most` are kept alive.
    pub fn trim_cache(&mut self, most: u64) {
        let _ = most;
        todo!()
    }

    /// Clean stop: writes the producer snapshot and what an index lacks. A last flush must follow, and end well, before
    /// the directory's clean marker is written.
    pub fn stop(&mut self, env: &mut Env<'_>) -> Result<(), LogError> {
        let _ = env;
        todo!()
    }

    /// Gives the files up.
    pub fn close(self, env: &mut Env<'_>) {
        let _ = env;
    }

    /// Gives the files up and removes them with their folder.
    pub fn delete(self, env: &mut Env<'_>) -> Result<(), LogError> {
        let _ = env;
        todo!()
    }
}
