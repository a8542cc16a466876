//! One replica of a partition: the shell around its log and its role.

use super::{Assignment, Ends, FetchedPartition, Opening, Output, PartitionAsk, ReadTicket, SyncTicket, TopicSettings};
use crate::io::{Asker, Env, FileError, FilePath};
use crate::types::{Instant, LeaderEpoch, NodeId, Offset, TopicPartition};
use bytes::Bytes;

/// One replica of a partition.
#[derive(Clone, Debug)]
pub struct Partition {}

/// What a replica is, without its payload.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Role {
    /// Its log is being read; questions are answered NOT_LEADER_OR_FOLLOWER, which clients retry.
    Loading,
    /// Loaded, and not told yet what it is.
    Unassigned,
    /// It takes records.
    Leader,
    /// It fetches them.
    Follower,
    /// Stopped in good order.
    Stopped,
    /// Its disk failed; questions are answered KAFKA_STORAGE_ERROR.
    Offline,
}

impl Partition {
    /// Opens the replica that lives in `folder`, which is there for [`Opening::Existing`] and is made for
    /// [`Opening::New`]. A disk that fails at once shows in `out`, and the partition is offline from the start.
    #[must_use]
    pub fn open(
        _folder: FilePath,
        _partition: TopicPartition,
        _me: NodeId,
        _settings: TopicSettings,
        _opening: Opening,
        _env: &mut Env<'_>,
        _out: &mut Vec<Output>,
    ) -> Partition {
        todo!()
    }

    /// The controller decided. While loading it is remembered.
    pub fn on_assignment(&mut self, _assignment: Assignment, _env: &mut Env<'_>, _out: &mut Vec<Output>) {
        todo!()
    }

    /// The topic's configuration changed.
    pub fn on_settings(&mut self, _settings: TopicSettings, _env: &mut Env<'_>, _out: &mut Vec<Output>) {
        todo!()
    }

    /// A session asks.
    pub fn on_ask(&mut self, _asker: Asker, _ask: PartitionAsk, _env: &mut Env<'_>, _out: &mut Vec<Output>) {
        todo!()
    }

    /// An [`Output::Read`] ended. A ticket that nothing waits for is dropped.
    pub fn on_read_done(
        &mut self,
        _ticket: ReadTicket,
        _result: Result<Bytes, FileError>,
        _env: &mut Env<'_>,
        _out: &mut Vec<Output>,
    ) {
        todo!()
    }

    /// An [`Output::Sync`] ended.
    pub fn on_synced(
        &mut self,
        _ticket: SyncTicket,
        _result: Result<(), FileError>,
        _env: &mut Env<'_>,
        _out: &mut Vec<Output>,
    ) {
        todo!()
    }

    /// As a follower: the leader answered.
    pub fn on_fetched(&mut self, _fetched: FetchedPartition, _env: &mut Env<'_>, _out: &mut Vec<Output>) {
        todo!()
    }

    /// The time asked for by [`Partition::next_wake`] has come; may be spurious.
    pub fn on_wake(&mut self, _env: &mut Env<'_>, _out: &mut Vec<Output>) {
        todo!()
    }

    /// The turn's events were all handed in: one sync for all that waits for one.
    pub fn on_turn_end(&mut self, _env: &mut Env<'_>, _out: &mut Vec<Output>) {
        todo!()
    }

    /// Whether loading has work that can be done now, without waiting for a read.
    #[must_use]
    pub fn needs_step(&self) -> bool {
        todo!()
    }

    /// A bounded piece of loading. Call it a few times in a turn at most, and again (by a wake) while `needs_step`.
    pub fn step(&mut self, _env: &mut Env<'_>, _out: &mut Vec<Output>) {
        todo!()
    }

    /// Another partition of the same log directory met a failed disk: this one is offline too.
    pub fn on_dir_failed(&mut self, _env: &mut Env<'_>, _out: &mut Vec<Output>) {
        todo!()
    }

    /// Takes nothing more, syncs all, writes the producer snapshot, then says [`Output::Stopped`]. A replica that is
    /// loading or offline says nothing.
    pub fn stop(&mut self, _env: &mut Env<'_>, _out: &mut Vec<Output>) {
        todo!()
    }

    /// When [`Partition::on_wake`] is wanted.
    #[must_use]
    pub fn next_wake(&self) -> Option<Instant> {
        todo!()
    }

    /// What it is.
    #[must_use]
    pub fn role(&self) -> Role {
        todo!()
    }

    /// The newest leader epoch that it was told of.
    #[must_use]
    pub fn leader_epoch(&self) -> Option<LeaderEpoch> {
        todo!()
    }

    /// Offsets for checkpoints and for whoever watches; none while loading or offline.
    #[must_use]
    pub fn ends(&self) -> Option<Ends> {
        todo!()
    }
}
