//! The join phase: when it begins, how long it waits, and how it ends.

use super::group::{ClassicGroup, Store};
use super::phase::{Completing, GroupState, InitialDelay, Phase, Preparing};
use crate::group::context::Cx;
use crate::io::Site;
use crate::sometimes;
use crate::types::ErrorCode;
use bytes::Bytes;
use bytestring::ByteString;

/// The least time, in milliseconds, by which a join phase is extended if no member has joined when its timer fires.
/// Without it, members with a rebalance timeout of 0 would make the timer fire again and again.
const WAIT_AGAIN_MS_MIN: i32 = 1_000;

/// Whether [`ClassicGroup::begin_rebalance`] has begun a join phase, and of which kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Began {
    /// No join phase has begun, because one was already under way.
    Already,
    /// A join phase has begun in a group that was Empty. It lasts until its timer fires, because more new members may
    /// join.
    Initial,
    /// A join phase has begun in a group that had members. All of them have to join again.
    Again,
}

impl ClassicGroup {
    /// Begins the join phase, unless it has already begun. Parked SyncGroup requests are answered with
    /// REBALANCE_IN_PROGRESS.
    pub(super) fn begin_rebalance(&mut self, cx: &mut Cx<'_, '_>) -> Began {
        match self.state() {
            GroupState::PreparingRebalance => return Began::Already,
            GroupState::Empty => {
                self.begin_initial_rebalance(cx);
                return Began::Initial;
            }
            _ => {}
        }
        match self.turn_into(Phase::PreparingRebalance(Preparing::default()), cx) {
            Phase::CompletingRebalance(completing) => {
                self.abandon_syncs(completing, ErrorCode::RebalanceInProgress, cx)
            }
            // The JoinGroup of a static member may be parked until the record of the member's new id is committed. That
            // JoinGroup now counts for the new join phase, so that the member need not join again.
            Phase::Stable(stable) => {
                let Phase::PreparingRebalance(it) = &mut self.phase else { panic!("the phase was just set") };
                it.joins = stable.rejoining.into_iter().map(|(id, rejoining)| (id, rejoining.asker)).collect();
            }
            _ => {}
        }
        cx.timers.cancel(self.sync_key());
        Began::Again
    }

    /// Begins the join phase of a group that was Empty. The phase lasts for at least
    /// `group.initial.rebalance.delay.ms`, because the first members of a group usually start at about the same time,
    /// and each member that joins later costs another rebalance.
    fn begin_initial_rebalance(&mut self, cx: &mut Cx<'_, '_>) {
        let delay_ms = cx.config.initial_rebalance_delay_ms;
        let remaining_ms = self.members.rebalance_timeout_ms().saturating_sub(delay_ms).max(0);
        let delay = Some(InitialDelay { delay_ms, remaining_ms, has_new_member: false });
        self.turn_into(Phase::PreparingRebalance(Preparing { is_first: true, delay, ..Preparing::default() }), cx);
        cx.schedule(self.join_key(), delay_ms);
    }

    /// Answers all parked SyncGroup requests with `error`, and clears all assignments.
    pub(super) fn abandon_syncs(&mut self, completing: Completing, error: ErrorCode, cx: &mut Cx<'_, '_>) {
        self.members.assign(|_| Bytes::new());
        for (id, asker) in completing.syncs {
            cx.refuse_sync(asker, error);
            // The session timer does not remove a member whose SyncGroup is parked. It may have fired during that time,
            // so it is set again.
            self.extend_session(&id, cx);
        }
    }

    /// Begins the join phase unless it has begun, and completes it if all members have joined (`prepareRebalance`).
    pub(super) fn prepare_rebalance(&mut self, cx: &mut Cx<'_, '_>) -> Option<Store> {
        match self.begin_rebalance(cx) {
            Began::Already => self.maybe_complete_join(cx),
            Began::Initial => None,
            Began::Again => self.complete_join_or_wait(cx),
        }
    }

    /// Completes a join phase that has just begun, if all members have already joined. Otherwise sets the timer that
    /// ends the phase.
    pub(super) fn complete_join_or_wait(&mut self, cx: &mut Cx<'_, '_>) -> Option<Store> {
        if self.has_all_joined() {
            return self.complete_join(cx);
        }
        let timeout = self.members.rebalance_timeout_ms();
        cx.schedule(self.join_key(), timeout);
        None
    }

    /// Completes the join phase if all members have joined. If the group was Empty before the phase, does nothing: the
    /// phase then waits for its timer, because more new members may join.
    pub(super) fn maybe_complete_join(&mut self, cx: &mut Cx<'_, '_>) -> Option<Store> {
        let Phase::PreparingRebalance(preparing) = &self.phase else { return None };
        if preparing.is_first || !self.has_all_joined() {
            return None;
        }
        self.complete_join(cx)
    }

    pub(super) fn has_all_joined(&self) -> bool {
        let Phase::PreparingRebalance(preparing) = &self.phase else { return false };
        preparing.joins.len() == self.members.len() && self.pending.is_empty()
    }

    /// Runs the join timer when it is due: completes the join phase, or extends the delay of an initial rebalance.
    pub(in crate::group) fn on_join_timer(&mut self, cx: &mut Cx<'_, '_>) -> Option<Store> {
        let Phase::PreparingRebalance(preparing) = &mut self.phase else {
            panic!("a group has a join timer only while members join");
        };
        match preparing.delay.as_mut() {
            Some(delay) if delay.has_new_member && delay.remaining_ms > 0 => {
                let wait_ms = cx.config.initial_rebalance_delay_ms.min(delay.remaining_ms);
                let remaining_ms = (delay.remaining_ms - delay.delay_ms).max(0);
                *delay = InitialDelay { delay_ms: wait_ms, remaining_ms, has_new_member: false };
                cx.schedule(self.join_key(), wait_ms);
                None
            }
            _ => self.complete_join(cx),
        }
    }

    /// Completes the join phase (`completeClassicGroupJoin`). Dynamic members that did not join are removed. Static
    /// members that did not join stay until their session ends (KIP-345). The remaining members form the next
    /// generation. If there are members but none of them has joined, the join phase continues.
    pub(super) fn complete_join(&mut self, cx: &mut Cx<'_, '_>) -> Option<Store> {
        cx.timers.cancel(self.join_key());
        self.remove_absent(cx);
        if !self.elect_joined_leader() && !self.members.is_empty() {
            let wait_ms = self.members.rebalance_timeout_ms().max(WAIT_AGAIN_MS_MIN);
            if let Phase::PreparingRebalance(preparing) = &mut self.phase {
                preparing.delay = None;
            }
            cx.schedule(self.join_key(), wait_ms);
            return None;
        }
        // A generation id is an i32 in requests and records. After the greatest i32, the group continues with
        // generation 1.
        self.generation.id = self.generation.id.checked_add(1).unwrap_or(1);
        self.generation.protocol = self.members.select_protocol();
        self.generation.subscribed = self.subscriptions();
        if self.members.is_empty() {
            self.generation.leader = None;
            self.turn_into(Phase::Empty, cx);
            return Some(Store::Emptied);
        }
        let preparing = self.turn_into(Phase::CompletingRebalance(Completing::default()), cx);
        let Phase::PreparingRebalance(preparing) = preparing else { panic!("only a join phase is completed") };
        for (id, asker) in preparing.joins {
            self.answer_join(asker, &id, cx);
        }
        self.members.settle();
        for member in self.members.iter() {
            cx.schedule(self.session_key(&member.id), member.session_timeout_ms);
        }
        let timeout = self.members.rebalance_timeout_ms();
        cx.schedule(self.sync_key(), timeout);
        None
    }

    fn remove_absent(&mut self, cx: &mut Cx<'_, '_>) {
        let Phase::PreparingRebalance(preparing) = &self.phase else { return };
        let is_absent = |id: &ByteString| !preparing.joins.contains_key(id);
        let dynamic = self.members.iter().filter(|member| member.instance.is_none());
        let absent: Vec<ByteString> = dynamic.map(|member| member.id.clone()).filter(is_absent).collect();
        sometimes!(cx.env, !absent.is_empty(), Site::GroupRebalanceTimedOut);
        for id in absent {
            self.remove_member(&id, cx);
        }
    }

    /// Makes a member that has joined the leader, unless the current leader has joined. Returns `false` if no member
    /// has joined.
    fn elect_joined_leader(&mut self) -> bool {
        let Phase::PreparingRebalance(preparing) = &self.phase else { return false };
        if self.generation.leader.as_ref().is_none_or(|leader| !preparing.joins.contains_key(leader)) {
            let Some((first, _)) = preparing.joins.first_key_value() else { return false };
            self.generation.leader = Some(first.clone());
        }
        true
    }
}
