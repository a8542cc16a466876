//! One replica of a partition: its log and its role, as the shard sees them.

use super::early::EarlyProduces;
use super::flushes::{self, FlushEnd};
use super::follower::Follower;
use super::in_sync::LiveBroker;
use super::leader::Leader;
use super::loaded::{Cx, Failure, Replica};
use super::opening::LoadingReplica;
use super::refusal::refuse;
use super::role::Role;
use super::starts::Starts;
use super::{
    Assignment, Ends, FetchedPartition, LogSize, Opening, Output, PartitionAnswer, PartitionAsk, ReadTicket,
    SyncTicket, TopicSettings,
};
use crate::io::{Asker, Env, FileError, FilePath};
use crate::log::{Log, LogError};
use crate::types::{ErrorCode, Instant, LeaderEpoch, NodeId, Offset, TopicPartition};
use bytes::Bytes;
use std::sync::Arc;

/// One replica of a partition.
#[derive(Clone, Debug)]
pub struct Partition {
    pub(super) folder: FilePath,
    pub(super) name: TopicPartition,
    pub(super) me: NodeId,
    pub(super) settings: TopicSettings,
    /// What is known of the log's entry in `log-start-offset-checkpoint`, for the next time that the log is loaded.
    /// While the log is open, the field of the same name in `Replica` is the valid one.
    pub(super) starts: Starts,
    pub(super) live: Arc<[LiveBroker]>,
    /// The newest assignment, even if it could not be acted on yet.
    pub(super) assignment: Option<Assignment>,
    /// The role of `state`. While `state` holds a placeholder, because it is being replaced, `role` is still the old
    /// role.
    pub(super) role: Role,
    pub(super) state: State,
    /// The produce requests that wait until the log is loaded.
    pub(super) early: EarlyProduces,
    /// Why the log could not be opened or synced at the last attempt, unless the next attempt has succeeded.
    pub(super) denied: Option<FileError>,
}

#[derive(Clone, Debug)]
pub(super) enum State {
    /// The log could not be opened, because the disk was full for example. The next attempt is at this time.
    OpensLater(Opening, Instant),
    Loading(Box<LoadingReplica>),
    Unassigned(Box<Replica>),
    Leader(Box<Replica>, Box<Leader>),
    Follower(Box<Replica>, Follower),
    Stopping(Box<Replica>),
    Stopped(Option<Ends>),
    Offline,
}

impl Partition {
    /// Opens the replica in `folder`, which must exist for [`Opening::Existing`] and is created for [`Opening::New`].
    /// If the disk fails at once, `out` gets [`Output::DiskFailed`], and the partition is offline from the start.
    #[must_use]
    pub fn open(
        folder: FilePath,
        name: TopicPartition,
        me: NodeId,
        settings: TopicSettings,
        opening: Opening,
        env: &mut Env<'_>,
        out: &mut Vec<Output>,
    ) -> Partition {
        let (role, state) = (Role::Loading, State::Offline);
        let (starts, live) = (Starts::found(Offset::ZERO), Arc::default());
        let early = EarlyProduces::default();
        let mut this =
            Partition { folder, name, me, settings, starts, live, assignment: None, role, state, early, denied: None };
        this.open_log(opening, env, out);
        this
    }

    /// Takes an assignment that the controller has decided on, and ignores it unless it is newer than the known one.
    /// While the log is being loaded, the assignment is only remembered.
    pub fn on_assignment(&mut self, assignment: Assignment, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let is_news = self.assignment.as_ref().is_none_or(|known| {
            assignment.partition_epoch > known.partition_epoch && assignment.leader_epoch >= known.leader_epoch
        });
        if is_news {
            self.assignment = Some(assignment);
            self.take_role(env, out);
        }
    }

    /// Takes the changed configuration of the topic.
    pub fn on_settings(&mut self, settings: TopicSettings, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.settings = settings;
        let Some(replica) = self.replica_mut() else {
            return;
        };
        replica.settings = settings;
        replica.log.set_config(settings.log());
        match &mut self.state {
            State::Leader(replica, leader) => leader.reconsider(&mut Cx { replica, env, out }),
            State::Follower(replica, follower) => {
                let next = follower.on_flushed(&mut Cx { replica, env, out });
                self.go_on(next, env, out);
            }
            _ => {}
        }
    }

    /// Handles a question from a session.
    pub fn on_ask(&mut self, asker: Asker, ask: PartitionAsk, env: &mut Env<'_>, out: &mut Vec<Output>) {
        if let Some(answer) = self.online().and_then(|replica| answer_from_log(&ask, replica)) {
            out.push(Output::Answer { to: asker, answer });
            return;
        }
        let Some(ask) = self.keep_early(asker, ask, env) else {
            return;
        };
        let error = match &mut self.state {
            State::Leader(replica, leader) => {
                let done = leader.on_ask(asker, ask, &mut Cx { replica, env, out });
                return self.settle(done, env, out);
            }
            State::Offline => ErrorCode::KafkaStorageError,
            _ => ErrorCode::NotLeaderOrFollower,
        };
        refuse(self.name, asker, &ask, error, self.assignment.as_ref(), env, out);
    }

    /// Appends records of the group coordinator that runs where this partition's leader is: `records` is one
    /// uncompressed batch, which is appended whole or not at all. Returns the offset behind the batch.
    ///
    /// # Errors
    /// NOT_LEADER_OR_FOLLOWER, NOT_ENOUGH_REPLICAS, KAFKA_STORAGE_ERROR, or the error for which the records are
    /// refused. Nothing was appended.
    pub fn append(&mut self, records: Bytes, env: &mut Env<'_>, out: &mut Vec<Output>) -> Result<Offset, ErrorCode> {
        let State::Leader(replica, leader) = &mut self.state else {
            let offline = self.role == Role::Offline;
            return Err(if offline { ErrorCode::KafkaStorageError } else { ErrorCode::NotLeaderOrFollower });
        };
        leader.append(records, &mut Cx { replica, env, out }).map_err(|(error, failure)| {
            if let Some(failure) = failure {
                self.fail(failure, env, out);
            }
            error
        })
    }

    /// Takes the result of an [`Output::Read`]. A result that nothing waits for is dropped.
    pub fn on_read_done(
        &mut self,
        ticket: ReadTicket,
        result: Result<Bytes, FileError>,
        env: &mut Env<'_>,
        out: &mut Vec<Output>,
    ) {
        let done = match &mut self.state {
            State::Loading(loading) if loading.waits == Some(ticket) => {
                loading.waits = None;
                loading.loading.on_read(result, env).map_err(Failure::from)
            }
            State::Leader(replica, leader) => leader.on_read_done(ticket, result, &mut Cx { replica, env, out }),
            _ => Ok(()),
        };
        self.settle(done, env, out);
    }

    /// Takes the result of an [`Output::Sync`].
    pub fn on_synced(
        &mut self,
        ticket: SyncTicket,
        result: Result<(), FileError>,
        env: &mut Env<'_>,
        out: &mut Vec<Output>,
    ) {
        if self.role == Role::Offline {
            return;
        }
        let Some(replica) = self.replica_mut() else {
            // The sync belongs to a log that was loaded again since, so that it covers nothing here. But it may still
            // show that the disk failed.
            return self.settle(flushes::unaccounted(result), env, out);
        };
        match replica.flushes.on_synced(ticket, result, &mut replica.log, replica.high_watermark, env) {
            Ok(FlushEnd::Well) => {
                if self.online().is_some_and(|it| !it.log.owes_epochs()) {
                    self.denied = None;
                }
                self.on_flushed(env, out);
            }
            Ok(FlushEnd::NotYet) => {}
            Ok(FlushEnd::Denied(why)) => self.on_flush_denied(why, env, out),
            Err(failure) => self.fail(failure, env, out),
        }
    }

    /// Takes the leader's answer to a fetch. Does nothing unless this replica is a follower.
    pub fn on_fetched(&mut self, fetched: FetchedPartition, env: &mut Env<'_>, out: &mut Vec<Output>) {
        if let State::Follower(replica, follower) = &mut self.state {
            let next = follower.on_fetched(fetched, &mut Cx { replica, env, out });
            self.go_on(next, env, out);
        }
    }

    /// Handles timeouts at the time that [`Partition::next_wake`] asked for. A call at any other time does no harm.
    pub fn on_wake(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.expire_early(env, out);
        match &mut self.state {
            State::Leader(replica, leader) => leader.on_wake(&mut Cx { replica, env, out }),
            State::OpensLater(opening, until) if *until <= env.now.mono => {
                let opening = *opening;
                self.open_log(opening, env, out);
            }
            State::Stopping(_) => self.stop_on(env, out),
            _ => {}
        }
    }

    /// Ends the turn, after all its events were handled: begins one sync for everything that waits for a sync, and
    /// tells waiting fetches what is new. Only a partition that the turn touched or woke needs this call.
    pub fn on_turn_end(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        if let State::Leader(replica, leader) = &mut self.state {
            leader.on_turn_end(&mut Cx { replica, env, out });
        }
        let mut written = Ok(());
        if let State::Unassigned(replica) | State::Leader(replica, _) | State::Follower(replica, _) = &mut self.state {
            let Replica { settings, log, high_watermark, flushes, tickets, .. } = &mut **replica;
            written = flushes.retry_epochs(log, env);
            flushes.on_turn_end(settings, log, *high_watermark, tickets, env, out);
        }
        match written {
            Ok(()) => {}
            Err(LogError::Denied(why)) => self.tell_denial(why, env),
            Err(error) => self.fail(error.into(), env, out),
        }
        self.retain_if_over_size(out);
    }

    /// Returns whether loading has work that can be done now, without waiting for a read.
    #[must_use]
    pub fn needs_step(&self) -> bool {
        matches!(&self.state, State::Loading(loading) if loading.waits.is_none())
    }

    /// Returns whether the log is being loaded.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        matches!(self.state, State::Loading(_))
    }

    /// Takes this replica offline, because another partition of the same log directory met a failed disk.
    pub fn on_dir_failed(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.lose_disk(env, out);
    }
}

/// Answers a question that any replica with a log can answer; none if the question needs a leader.
fn answer_from_log(ask: &PartitionAsk, replica: &Replica) -> Option<PartitionAnswer> {
    match ask {
        PartitionAsk::LogSize => {
            let log = &replica.log;
            Some(PartitionAnswer::LogSize(Ok(LogSize { dir: log.folder().dir, bytes: log.bytes() })))
        }
        PartitionAsk::Producers => Some(PartitionAnswer::Producers(Ok(replica.log.active_producers()))),
        _ => None,
    }
}

/// How a replica is closed.
impl Partition {
    /// Closes the files as they are, because this node does not hold the partition any more.
    pub fn close(mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        if let Some(replica) = self.end_role(ErrorCode::NotLeaderOrFollower, env, out) {
            replica.log.close(env);
        }
        self.refuse_early(ErrorCode::NotLeaderOrFollower, env, out);
    }
}

/// What a replica shows, for checkpoints and observers.
impl Partition {
    /// The time at which [`Partition::on_wake`] and [`Partition::on_turn_end`] must be called next; none if nothing
    /// waits.
    #[must_use]
    pub fn next_wake(&self) -> Option<Instant> {
        if let State::OpensLater(_, until) = self.state {
            return Some(self.early.next_wake().map_or(until, |it| it.min(until)));
        }
        let Some(replica) = self.online() else {
            return self.early.next_wake();
        };
        let waiters = match &self.state {
            State::Leader(_, leader) => leader.next_wake(),
            _ => None,
        };
        [waiters, replica.flushes.next_wake(&replica.settings, &replica.log)].into_iter().flatten().min()
    }

    /// The replica's role.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// The partition that this is a replica of.
    #[must_use]
    pub fn name(&self) -> TopicPartition {
        self.name
    }

    /// The newest leader epoch that the replica was told.
    #[must_use]
    pub fn leader_epoch(&self) -> Option<LeaderEpoch> {
        self.assignment.as_ref().map(|it| it.leader_epoch)
    }

    /// The replica's offsets, for checkpoints and for the checks of tests and of the simulator. None while the replica
    /// is loading or offline.
    #[must_use]
    pub fn ends(&self) -> Option<Ends> {
        match &self.state {
            State::Stopped(ends) => *ends,
            _ => self.online().map(Replica::ends),
        }
    }

    /// The log, if it is loaded.
    #[must_use]
    pub fn log(&self) -> Option<&Log> {
        self.online().map(|it| &it.log)
    }

    /// Drops cached records until at most `most` bytes are kept allocated.
    pub fn trim_cache(&mut self, most: u64) {
        if let Some(replica) = self.replica_mut() {
            replica.log.trim_cache(most);
        }
    }

    pub(super) fn online(&self) -> Option<&Replica> {
        match &self.state {
            State::Unassigned(replica)
            | State::Leader(replica, _)
            | State::Follower(replica, _)
            | State::Stopping(replica) => Some(replica),
            State::OpensLater(..) | State::Loading(_) | State::Stopped(_) | State::Offline => None,
        }
    }

    pub(super) fn replica_mut(&mut self) -> Option<&mut Replica> {
        match &mut self.state {
            State::Unassigned(replica)
            | State::Leader(replica, _)
            | State::Follower(replica, _)
            | State::Stopping(replica) => Some(replica),
            State::OpensLater(..) | State::Loading(_) | State::Stopped(_) | State::Offline => None,
        }
    }
}
