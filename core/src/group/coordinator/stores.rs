//! Appends records, and handles the outcome: the records are committed, refused, or not committed in time.

use super::{Coordinator, Io};
use crate::group::answer::error_after_append;
use crate::group::classic::{ClassicGroup, GroupState, Store};
use crate::group::live::{Host, Live};
use crate::group::parked::Parked;
use crate::group::state::Groups;
use crate::group::timers::TimerKey;
use crate::group::{GroupAnswer, GroupLog, Output, records};
use crate::io::{Asker, Env, Mutant, Site};
use crate::machine::{Applied, Journal, Machine, Released};
use crate::types::{ErrorCode, Instant, Offset};
use crate::wire::GroupCoordinatorRecord;
use crate::{mutant, sometimes};
use bytestring::ByteString;

/// The partition's log together with the `Env` of one call. `crate::machine` appends through this struct, because the
/// log needs an `Env`, and the machine does not have one.
struct InCall<'a, 'e> {
    log: &'a mut dyn GroupLog,
    env: &'a mut Env<'e>,
}

impl Journal<GroupCoordinatorRecord> for InCall<'_, '_> {
    fn append(&mut self, records: &[GroupCoordinatorRecord]) -> Result<Offset, ErrorCode> {
        self.log.append(records, self.env)
    }
}

impl Coordinator {
    /// Runs `act` on a group and returns its result. `None` if the coordinator has no such group in memory.
    pub(super) fn with_group<R>(
        &mut self,
        group: &str,
        env: &mut Env<'_>,
        out: &mut Vec<Output>,
        act: impl FnOnce(&mut ClassicGroup, &mut crate::group::context::Cx<'_, '_>) -> R,
    ) -> Option<R> {
        let host = Host { config: &self.config, partition: self.partition, env, out };
        self.live.with(group, host, act)
    }

    /// Returns when an answer stops waiting for its records to be committed (`offsets.commit.timeout.ms`).
    fn deadline(&self, now: Instant) -> Instant {
        now.plus_ms(i64::from(self.config.offsets_commit_timeout_ms))
    }

    /// Appends records and parks `waiter` until they are committed. If the append is refused, returns the waiter with
    /// the error.
    pub(super) fn append(
        &mut self,
        records: &[GroupCoordinatorRecord],
        waiter: Parked,
        io: &mut Io<'_, '_>,
    ) -> Option<(Parked, ErrorCode)> {
        let deadline = self.deadline(io.env.now.mono);
        match self.machine.apply(records, waiter, deadline, &mut InCall { log: io.journal, env: io.env }) {
            Applied::Parked => None,
            Applied::Committed(waiter) => {
                let wanted = self.settle(Released { waiter, result: Ok(()) }, io.env, io.out);
                assert!(wanted.is_none(), "an answer that need not wait leads to no record");
                None
            }
            Applied::Refused(waiter, error) => {
                sometimes!(io.env, true, Site::GroupAppendRefused);
                Some((waiter, error))
            }
        }
    }

    /// Appends records. Sends `answer` when they are committed, or an error if they are refused or not committed in
    /// time. Returns whether the records are in the log.
    pub(super) fn append_and_answer(
        &mut self,
        records: &[GroupCoordinatorRecord],
        to: Asker,
        answer: GroupAnswer,
        io: &mut Io<'_, '_>,
    ) -> bool {
        match self.append(records, Parked::Answer { to, answer }, io) {
            None => true,
            Some((waiter, error)) => {
                let wanted = self.settle(Released { waiter, result: Err(error) }, io.env, io.out);
                assert!(wanted.is_none(), "an answer leads to no record");
                false
            }
        }
    }

    /// Appends the record that a group asks for. If the append is refused, the group may ask for another record, which
    /// is appended next.
    pub(super) fn store(&mut self, id: &ByteString, store: Store, io: &mut Io<'_, '_>) {
        let mut wanted = Some(store);
        while let Some(store) = wanted.take() {
            let Some(record) = self.live.get(id).map(|group| records::group(id, group.record_value())) else { return };
            let group = id.clone();
            let waiter = match store {
                Store::Emptied => Parked::Nobody,
                Store::Assignments(store) => Parked::Assignments { group, store },
                Store::StaticMember(replaced) => Parked::StaticMember { group, replaced },
            };
            let Some((waiter, error)) = self.append(&[record], waiter, io) else { break };
            wanted = self.refused(waiter, error, io.env, io.out);
            if !self.machine.is_active() {
                break;
            }
        }
        if mutant!(io.env, Mutant::M94) {
            self.settle_early(id, io);
        }
        self.drop_vacant(id);
    }

    /// Mutant M94: answers SyncGroup before the record of the assignments is committed.
    fn settle_early(&mut self, id: &ByteString, io: &mut Io<'_, '_>) {
        self.with_group(id, io.env, io.out, |group, cx| {
            if let Some(store) = group.storing() {
                group.on_assignments_stored(store, cx);
            }
        });
    }

    /// Tells a group that the append of its record was refused. Returns the record that the group now asks for, if any.
    fn refused(&mut self, waiter: Parked, error: ErrorCode, env: &mut Env<'_>, out: &mut Vec<Output>) -> Option<Store> {
        match waiter {
            Parked::Assignments { group, store } => {
                self.with_group(&group, env, out, |it, cx| it.on_assignments_failed(store, error, cx)).flatten()
            }
            Parked::StaticMember { group, replaced } => {
                self.with_group(&group, env, out, |it, cx| it.on_rejoin_refused(*replaced, error, cx));
                None
            }
            // As in Kafka (`GroupMetadataManager.completeClassicGroupJoin`), a group stays Empty even if the record of
            // this (`Store::Emptied`) was refused. This is harmless: a new coordinator would restore the members from
            // the group's older record, and their session timers would then remove them.
            _ => None,
        }
    }

    /// Handles a released waiter: sends its answer, or tells its group whether the record is committed. Returns the
    /// group's id and the record that the group then asks for, if it asks for one.
    pub(super) fn settle(
        &mut self,
        released: Released<Parked>,
        env: &mut Env<'_>,
        out: &mut Vec<Output>,
    ) -> Option<(ByteString, Store)> {
        let Released { waiter, result } = released;
        match (waiter, result) {
            (Parked::Nobody, _) | (Parked::NewGroup { .. }, Ok(())) => {}
            (Parked::Answer { to, answer }, Ok(())) => out.push(Output::Answer { to, answer }),
            (Parked::Answer { to, answer }, Err(error)) => {
                out.push(Output::Answer { to, answer: answer.failed(error) });
            }
            (Parked::NewGroup { group, asker }, Err(error)) => {
                self.with_group(&group, env, out, |it, cx| it.refuse_parked_join(asker, error_after_append(error), cx));
            }
            (Parked::Assignments { group, store }, Ok(())) => {
                self.with_group(&group, env, out, |it, cx| it.on_assignments_stored(store, cx));
            }
            (Parked::Assignments { group, store }, Err(error)) => {
                let wanted = self.with_group(&group, env, out, |it, cx| it.on_assignments_failed(store, error, cx));
                return wanted.flatten().map(|store| (group, store));
            }
            (Parked::StaticMember { group, replaced }, result) => {
                self.with_group(&group, env, out, |it, cx| it.on_rejoin_stored(&replaced, result, cx));
            }
        }
        None
    }

    /// Runs a timer that is due, for the group to which it belongs.
    pub(super) fn on_timer(&mut self, key: &TimerKey, io: &mut Io<'_, '_>) {
        let (group, wanted) = match key {
            TimerKey::Session { group, member } => {
                (group, self.with_group(group, io.env, io.out, |it, cx| it.on_session_timer(member, cx)))
            }
            TimerKey::Join { group } => (group, self.with_group(group, io.env, io.out, |it, cx| it.on_join_timer(cx))),
            TimerKey::Sync { group } => (group, self.with_group(group, io.env, io.out, |it, cx| it.on_sync_timer(cx))),
        };
        match wanted.expect("a timer belongs to a group") {
            Some(store) => self.store(group, store, io),
            None => self.drop_vacant(group),
        }
    }

    /// Runs one step of the first job in the queue.
    pub(super) fn step_job(&mut self, io: &mut Io<'_, '_>) {
        let now = io.env.now;
        let Some(step) = self.jobs.step(self.machine.latest(), &self.live, &self.config, now.mono, now.wall) else {
            return;
        };
        sometimes!(io.env, !step.records.is_empty(), Site::GroupTombstonesWritten);
        if step.records.is_empty() {
            return self.jobs.advance(step.rest);
        }
        let waiter = step.answer.map_or(Parked::Nobody, |(to, answer)| Parked::Answer { to, answer });
        match self.append(&step.records, waiter, io) {
            None => {
                step.removed.iter().for_each(|group| self.end_group(group, io.env, io.out));
                self.jobs.advance(step.rest);
            }
            // Only the error is needed here, because the job itself knows the client that waits for the deletion, and
            // answers it.
            Some((_, error)) => self.jobs.refused(error, now.mono, io.out),
        }
    }

    /// Removes a group from memory, because its tombstone is in the log. The group becomes Dead first, and the trace
    /// shows it. Readers of the trace need this, because a new group of the same name begins with the first generation
    /// again.
    pub(super) fn end_group(&mut self, group: &ByteString, env: &mut Env<'_>, out: &mut Vec<Output>) {
        if !self.is_dead(group) {
            self.with_group(group, env, out, ClassicGroup::die);
        }
        self.live.remove(group);
    }

    /// Removes a group from memory if it has no GroupMetadata record, no members and no pending members.
    pub(super) fn drop_vacant(&mut self, group: &str) {
        let has_record = self.machine.latest().get(group).is_some_and(|it| it.metadata.is_some());
        if !has_record && self.live.get(group).is_some_and(ClassicGroup::is_vacant) {
            self.live.remove(group);
        }
    }

    /// Returns whether the group is being deleted.
    pub(super) fn is_dead(&self, group: &str) -> bool {
        self.live.get(group).is_some_and(|it| it.state() == GroupState::Dead)
    }
}

/// Answers every parked question with `error`, because the coordinator stops.
pub(super) fn end(
    machine: Machine<Groups, Parked>,
    live: Live,
    jobs: super::Jobs,
    error: ErrorCode,
    out: &mut Vec<Output>,
) {
    for waiter in machine.resign() {
        if let Parked::Answer { to, answer } = waiter {
            out.push(Output::Answer { to, answer: answer.failed(error) });
        }
    }
    live.into_groups().for_each(|group| group.resign(error, out));
    jobs.resign(error, out);
}
