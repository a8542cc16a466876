//! The coordinator of one `__consumer_offsets` partition: how it loads, answers questions, runs timers, follows the
//! high watermark, and resigns.

mod asks;
mod stores;

use super::answer::refused_join;
use super::classic::ClassicGroup;
use super::jobs::Jobs;
use super::live::{Host, Live};
use super::parked::Parked;
use super::records;
use super::state::Groups;
use super::{GroupAnswer, GroupAsk, GroupConfig, RemovedTopic};
use crate::io::{Asker, Env, Mutant, Site, TraceEvent, TraceKind, WorkKind};
use crate::machine::Machine;
use crate::types::{ErrorCode, Instant, LeaderEpoch, Offset};
use crate::wire::GroupCoordinatorRecord;
use crate::{mutant, sometimes};
use bytes::Bytes;
use bytestring::ByteString;
use std::sync::Arc;

/// The log of the coordinator's partition. The coordinator appends its records to it.
pub trait GroupLog {
    /// Appends all records as one batch, or none of them, and returns the offset after the last record.
    fn append(&mut self, records: &[GroupCoordinatorRecord], env: &mut Env<'_>) -> Result<Offset, ErrorCode>;
}

/// What the shard must do for a coordinator. The shard performs the outputs in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// Send this answer to whoever asked the question.
    Answer {
        /// Who asked the question.
        to: Asker,
        /// The answer. Its variant is the same as that of the question.
        answer: GroupAnswer,
    },
}

/// Coordinates all groups of one `__consumer_offsets` partition, for as long as this node leads the partition.
#[derive(Clone, Debug)]
pub struct Coordinator {
    config: Arc<GroupConfig>,
    partition: i32,
    leader_epoch: LeaderEpoch,
    /// The log end offset when the leadership began. Only records below it are loaded.
    start: Offset,
    phase: CoordinatorState,
    machine: Machine<Groups, Parked>,
    live: Live,
    jobs: Jobs,
    /// How many loaded records were skipped because this coordinator does not serve their type.
    skipped: u64,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum CoordinatorState {
    /// Records are being replayed, or replayed records are not committed yet.
    Loading,
    /// All records are replayed and committed. Groups are being built from their records, in the order of their names.
    Restoring {
        /// The last group that was built. `None` if no group has been built yet.
        after: Option<ByteString>,
    },
    Active,
    /// Every question is refused, because the log cannot be read, or because somebody else has appended to it.
    Refusing,
}

/// What the shard passes to the coordinator with each call.
pub(super) struct Io<'a, 'e> {
    pub(super) journal: &'a mut dyn GroupLog,
    pub(super) env: &'a mut Env<'e>,
    pub(super) out: &'a mut Vec<Output>,
}

/// How many members one call builds from the groups' records. A group is built whole, so the last one may exceed this
/// bound.
const RESTORE_MEMBERS: usize = 1_000;
/// The most waiters that one call releases. One waiter may lead to many answers, so the call also stops when it has
/// sent this many answers.
const RELEASES: usize = 1_000;
/// A call runs due timers until they concern this many members in total. The last of these timers may exceed this
/// bound.
const TIMED_MEMBERS: usize = 1_000;

impl Coordinator {
    /// Creates a coordinator, which has to load its log first. The log starts at `log_start`, and ended at `end` when
    /// the leadership began. As long as the coordinator exists, nothing else may append to the partition.
    #[must_use]
    pub fn new(
        config: Arc<GroupConfig>,
        partition: i32,
        leader_epoch: LeaderEpoch,
        log_start: Offset,
        end: Offset,
    ) -> Coordinator {
        Coordinator {
            config,
            partition,
            leader_epoch,
            start: end,
            phase: CoordinatorState::Loading,
            machine: Machine::new(Groups::default(), log_start, end),
            live: Live::default(),
            jobs: Jobs::default(),
            skipped: 0,
        }
    }

    #[cfg(test)]
    pub(super) fn state(&self) -> (&Machine<Groups, Parked>, &Live) {
        (&self.machine, &self.live)
    }

    /// The leader epoch of the leadership for which the coordinator was created.
    #[must_use]
    pub fn leader_epoch(&self) -> LeaderEpoch {
        self.leader_epoch
    }

    /// Returns whether the coordinator has loaded its log and now serves its groups.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.phase == CoordinatorState::Active
    }

    /// Returns the offset to read from next, or `None` if the whole log is loaded. The shard passes the batches that it
    /// reads there to [`Coordinator::on_records`].
    #[must_use]
    pub fn wants_records(&self) -> Option<Offset> {
        if self.phase == CoordinatorState::Loading { self.machine.wants() } else { None }
    }

    /// Replays batches of the log: whole batches in order, from the offset that [`Coordinator::wants_records`]
    /// returned. `pieces` are the bytes of the batches, cut anywhere. An empty slice means that the log has no more
    /// batches below the start of the leadership, because compaction removed them. After a batch that cannot be read,
    /// the coordinator refuses every question with COORDINATOR_NOT_AVAILABLE.
    pub fn on_records(&mut self, pieces: &[Bytes], env: &mut Env<'_>, out: &mut Vec<Output>) {
        if pieces.is_empty() && self.wants_records().is_some() {
            self.machine.advance_loaded(self.start);
        }
        for batch in records::batches(pieces) {
            let Some(wanted) = self.wants_records() else { break };
            match batch {
                // A read may begin with a batch that has been replayed already.
                Ok(batch) if batch.next <= wanted => {}
                Ok(batch) => {
                    self.skipped += batch.skipped;
                    env.work.add(WorkKind::Records, batch.records.len() as u64);
                    for record in &batch.records {
                        if mutant!(env, Mutant::M89) && !self.machine.latest().knows_deleted(record) {
                            return self.refuse("an unknown group", ErrorCode::CoordinatorNotAvailable, env, out);
                        }
                        self.machine.replay_loaded(record);
                    }
                    self.machine.advance_loaded(batch.next);
                }
                Err(why) => return self.refuse(why.text(), ErrorCode::CoordinatorNotAvailable, env, out),
            }
        }
        if self.machine.wants().is_none() && mutant!(env, Mutant::M95) {
            self.machine.on_high_watermark(self.start);
        }
        sometimes!(env, self.machine.wants().is_none() && !self.machine.is_active(), Site::GroupLoadedUncommittedTail);
        self.on_loaded(env, out);
    }

    /// Notes the partition's high watermark, and sends answers whose records are now committed. The shard calls this
    /// when the high watermark advances, and once after [`Coordinator::new`].
    pub fn on_high_watermark(&mut self, hw: Offset, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.machine.on_high_watermark(hw);
        self.on_loaded(env, out);
        if self.phase != CoordinatorState::Active {
            return;
        }
        let before = out.len();
        for _ in 0..RELEASES {
            if out.len() - before >= RELEASES {
                break;
            }
            // The machine also returns waiters whose deadline has come. The time passed here is before all deadlines,
            // so it returns only waiters whose records are committed.
            let Some(released) = self.machine.release(Instant::default()) else { break };
            let wanted = self.settle(released, env, out);
            assert!(wanted.is_none(), "a record that is committed leads to no other record");
        }
    }

    /// Handles a question. The question is answered exactly once, by this call or by a later one.
    pub fn on_ask(
        &mut self,
        asker: Asker,
        ask: GroupAsk,
        journal: &mut dyn GroupLog,
        env: &mut Env<'_>,
        out: &mut Vec<Output>,
    ) {
        let refusal = self.invalid(&ask).or_else(|| match self.phase {
            CoordinatorState::Active => None,
            CoordinatorState::Refusing => Some(ask.refuse(ErrorCode::CoordinatorNotAvailable)),
            CoordinatorState::Loading | CoordinatorState::Restoring { .. } => Some(match &ask {
                // As in Kafka, a coordinator that loads answers heartbeats without an error. So members neither look
                // for another coordinator nor join again (`GroupCoordinatorService.heartbeat`).
                GroupAsk::Heartbeat(_) => ask.refuse(ErrorCode::None),
                _ => ask.refuse(ErrorCode::CoordinatorLoadInProgress),
            }),
        });
        if let Some(answer) = refusal {
            out.push(Output::Answer { to: asker, answer });
            return;
        }
        self.serve(asker, ask, &mut Io { journal, env, out });
        self.check_in_step(env, out);
    }

    /// Returns the error answer to a question that is invalid in every state of the group. `None` if the question is
    /// valid.
    fn invalid(&self, ask: &GroupAsk) -> Option<GroupAnswer> {
        let is_empty = ask.group().is_some_and(|group| group.is_empty());
        match ask {
            GroupAsk::Join(join) => {
                let request = &join.request;
                let timeouts = self.config.min_session_timeout_ms..=self.config.max_session_timeout_ms;
                if is_empty {
                    return Some(refused_join(ErrorCode::InvalidGroupId, &request.member_id));
                }
                if !timeouts.contains(&request.session_timeout_ms) {
                    return Some(refused_join(ErrorCode::InvalidSessionTimeout, &request.member_id));
                }
                None
            }
            // These requests need a group id. Other requests accept the empty group id, because clients without members
            // may commit offsets for it.
            GroupAsk::Sync(_) | GroupAsk::Heartbeat(_) | GroupAsk::Leave { .. } | GroupAsk::DeleteOffsets(_) => {
                is_empty.then(|| ask.refuse(ErrorCode::InvalidGroupId))
            }
            _ => None,
        }
    }

    /// Runs timers that are due, answers parked requests whose records are committed or whose deadline has passed, and
    /// does one step of a background job, such as deleting a group's offsets. A call does a bounded amount of
    /// this work. If some work is left, [`Coordinator::next_wake`] returns a time in the past, so that the shard calls
    /// again at once.
    pub fn on_wake(&mut self, journal: &mut dyn GroupLog, env: &mut Env<'_>, out: &mut Vec<Output>) {
        if let CoordinatorState::Restoring { .. } = self.phase {
            self.restore_some(env, out);
        }
        if self.phase != CoordinatorState::Active {
            return;
        }
        let now = env.now.mono;
        let mut io = Io { journal, env, out };
        self.release_some(now, &mut io);
        let mut left = TIMED_MEMBERS;
        while left > 0 && self.machine.is_active() {
            let Some(key) = self.live.pop_due(now) else { break };
            left = left.saturating_sub(self.live.weight(&key));
            self.on_timer(&key, &mut io);
        }
        if self.machine.is_active() {
            self.step_job(&mut io);
        }
        self.check_in_step(env, out);
    }

    /// Releases waiters whose records are committed, or whose deadline has come.
    fn release_some(&mut self, now: Instant, io: &mut Io<'_, '_>) {
        let before = io.out.len();
        for _ in 0..RELEASES {
            if io.out.len() - before >= RELEASES || !self.machine.is_active() {
                break;
            }
            let Some(released) = self.machine.release(now) else { break };
            if let Some((group, store)) = self.settle(released, io.env, io.out) {
                self.store(&group, store, io);
            }
        }
    }

    /// Returns when [`Coordinator::on_wake`] must be called next. If work is left, this is the distant past.
    #[must_use]
    pub fn next_wake(&self) -> Option<Instant> {
        match self.phase {
            CoordinatorState::Loading | CoordinatorState::Refusing => None,
            CoordinatorState::Restoring { .. } => Some(Instant::default()),
            CoordinatorState::Active => {
                [self.machine.next_wake(), self.live.next_wake(), self.jobs.next_wake()].into_iter().flatten().min()
            }
        }
    }

    /// Begins to delete the offsets that groups have committed for these topics, because the topics were removed from
    /// the metadata. The deletion takes several steps.
    pub fn on_topics_removed(
        &mut self,
        topics: &[RemovedTopic],
        journal: &mut dyn GroupLog,
        env: &mut Env<'_>,
        out: &mut Vec<Output>,
    ) {
        if self.phase == CoordinatorState::Refusing {
            return;
        }
        self.jobs.remove_topics(topics);
        if self.phase == CoordinatorState::Active {
            self.step_job(&mut Io { journal, env, out });
            self.check_in_step(env, out);
        }
    }

    /// Ends the coordinator, because its leadership ended. Every parked question is answered with NOT_COORDINATOR.
    pub fn resign(self, out: &mut Vec<Output>) {
        stores::end(self.machine, self.live, self.jobs, ErrorCode::NotCoordinator, out);
    }

    /// Makes the coordinator refuse every question from now on, because its state may differ from the log. Parked
    /// questions are answered with `error`.
    fn refuse(&mut self, why: &'static str, error: ErrorCode, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let (partition, epoch) = (self.partition, self.leader_epoch);
        env.trace.emit(TraceKind::GroupsRefused, || TraceEvent::GroupsRefused { partition, epoch, why });
        self.phase = CoordinatorState::Refusing;
        let machine = std::mem::replace(&mut self.machine, Machine::new(Groups::default(), self.start, self.start));
        stores::end(machine, std::mem::take(&mut self.live), std::mem::take(&mut self.jobs), error, out);
    }

    fn check_in_step(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        if self.machine.is_out_of_step() && self.phase == CoordinatorState::Active {
            self.refuse("the log holds records of somebody else", ErrorCode::NotCoordinator, env, out);
        }
    }

    /// Begins to build the groups from their records, if all records are loaded and committed.
    fn on_loaded(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        if self.phase == CoordinatorState::Loading && self.machine.is_active() {
            self.phase = CoordinatorState::Restoring { after: None };
            self.restore_some(env, out);
        }
    }

    /// Builds the next groups from their records, and starts the session timers of their members. After the last group,
    /// the coordinator becomes active.
    fn restore_some(&mut self, env: &mut Env<'_>, out: &mut Vec<Output>) {
        let CoordinatorState::Restoring { after } = &self.phase else { return };
        let mut after = after.clone();
        let mut left = RESTORE_MEMBERS;
        while left > 0 {
            let Some((id, persisted)) = self.machine.latest().iter_after(after.as_ref()).next() else {
                return self.activate(env);
            };
            let (id, metadata) = (id.clone(), persisted.metadata.clone());
            if let Some(metadata) = metadata {
                left = left.saturating_sub(metadata.members.len());
                let host = Host { config: &self.config, partition: self.partition, env, out };
                self.live.make(host, |cx| ClassicGroup::restore(&id, &metadata, cx));
            }
            left = left.saturating_sub(1);
            after = Some(id);
        }
        self.phase = CoordinatorState::Restoring { after };
    }

    fn activate(&mut self, env: &mut Env<'_>) {
        self.phase = CoordinatorState::Active;
        self.jobs.start(env.now.mono, &self.config);
        let (partition, epoch) = (self.partition, self.leader_epoch);
        let (groups, skipped) = (self.machine.latest().len() as u64, self.skipped);
        env.trace.emit(TraceKind::GroupsLoaded, || TraceEvent::GroupsLoaded { partition, epoch, groups, skipped });
    }
}
