//! Checks of consumer groups.

use super::stage::Stage;
use crate::checks::Check;
use crate::history::{
    CallId, ClientEvent, CommittedOffset, GroupAct, GroupAnswer, GroupEvent, GroupId, GroupQuestion, Identity,
    MemberLife,
};
use gracchus_core::io::TraceEvent;
use gracchus_core::types::{ErrorCode, LeaderEpoch, NodeId, Offset, TopicId, TopicPartition, Uuid};
use std::sync::Arc;

/// The one partition of `__consumer_offsets`.
const OFFSETS: TopicPartition = TopicPartition { topic: TopicId(Uuid([9; 16])), partition: 0 };
/// A partition that members own.
pub(super) const OWNED: TopicPartition = TopicPartition { topic: TopicId(Uuid([7; 16])), partition: 0 };

pub(super) const NOT_COORDINATOR: ErrorCode = ErrorCode::NotCoordinator;

/// A group whose coordinator is on node 1.
pub(super) struct Groups {
    pub(super) stage: Stage,
    calls: u64,
}

impl Groups {
    pub(super) fn new() -> Groups {
        Groups { stage: Stage::of(OFFSETS, "__consumer_offsets"), calls: 0 }
    }

    pub(super) fn act(&mut self, seat: u32, act: GroupAct) {
        let member = MemberLife { seat, life: 0 };
        let event = GroupEvent { group: GroupId(0), member, act };
        self.stage.client(ClientEvent::Group(Box::new(event)));
    }

    pub(super) fn ask(&mut self, seat: u32, node: i32, question: GroupQuestion) -> CallId {
        self.calls += 1;
        self.act(seat, GroupAct::Asked(CallId(self.calls), NodeId(node), question));
        CallId(self.calls)
    }

    pub(super) fn tell(&mut self, seat: u32, call: CallId, answer: GroupAnswer) {
        self.act(seat, GroupAct::Told(call, answer));
    }

    /// A member joins, is told so by node 1, and gets these partitions; the first in the roster leads.
    pub(super) fn join(&mut self, seat: u32, generation: i32, roster: &[u32], partitions: &[TopicPartition]) {
        self.join_as(seat, None, generation, roster, partitions);
    }

    pub(super) fn join_as(
        &mut self,
        seat: u32,
        instance: Option<&str>,
        generation: i32,
        roster: &[u32],
        partitions: &[TopicPartition],
    ) {
        let sync = self.ask_to_sync(seat, instance, generation, roster);
        self.give(seat, sync, generation, partitions);
    }

    /// A member joins, is told so by node 1, and asks what it gets.
    pub(super) fn ask_to_sync(&mut self, seat: u32, instance: Option<&str>, generation: i32, roster: &[u32]) -> CallId {
        let identity = identity(seat, instance, generation);
        let call = self.ask(seat, 1, GroupQuestion::Join(Identity { generation: -1, ..identity.clone() }));
        let leader = id(roster[0]);
        let members = if roster[0] == seat { roster.iter().map(|it| (id(*it), None)).collect() } else { Vec::new() };
        self.tell(seat, call, GroupAnswer::Joined { identity: identity.clone(), leader, members });
        self.ask(seat, 1, GroupQuestion::Sync(identity))
    }

    /// A member is told what it gets.
    pub(super) fn give(&mut self, seat: u32, sync: CallId, generation: i32, partitions: &[TopicPartition]) {
        self.tell(seat, sync, GroupAnswer::Synced(ErrorCode::None, partitions.to_vec()));
        self.act(seat, GroupAct::Joined(generation));
        self.act(seat, GroupAct::Assigned(generation, partitions.to_vec()));
    }

    pub(super) fn ask_commit(&mut self, seat: u32, generation: i32, offset: i64) -> CallId {
        self.ask(seat, 1, GroupQuestion::Commit(identity(seat, None, generation), vec![committed(offset)]))
    }

    pub(super) fn commit(&mut self, seat: u32, generation: i32, offset: i64) {
        let call = self.ask_commit(seat, generation, offset);
        self.tell(seat, call, GroupAnswer::Committed(vec![(OWNED, ErrorCode::None)]));
    }

    pub(super) fn fetch(&mut self, node: i32, offset: Option<i64>) {
        let call = self.ask(9, node, GroupQuestion::Fetch(vec![OWNED]));
        self.tell(9, call, GroupAnswer::Fetched(vec![(OWNED, Ok(offset.map(committed)))]));
    }

    /// Somebody deletes the group by a request to node 1.
    pub(super) fn delete(&mut self, error: ErrorCode) {
        let call = self.ask(9, 1, GroupQuestion::DeleteGroup);
        self.tell(9, call, GroupAnswer::GroupDeleted(error));
    }

    pub(super) fn delete_offsets(&mut self, error: ErrorCode) {
        let call = self.ask(9, 1, GroupQuestion::DeleteOffsets(vec![OWNED]));
        self.tell(9, call, GroupAnswer::OffsetsDeleted(vec![(OWNED, error)]));
    }

    /// Node 1 describes the group, by an old version too, and lists it.
    pub(super) fn describe(&mut self, is_there: bool) {
        for version in [5, 6] {
            let call = self.ask(9, 1, GroupQuestion::Describe(version));
            let missing = if version < 6 { ErrorCode::None } else { ErrorCode::GroupIdNotFound };
            let (error, state) = if is_there { (ErrorCode::None, "Empty") } else { (missing, "Dead") };
            self.tell(9, call, GroupAnswer::Described(error, state.into()));
        }
        self.list(is_there);
    }

    pub(super) fn list(&mut self, is_there: bool) {
        let call = self.ask(9, 1, GroupQuestion::List);
        self.tell(9, call, GroupAnswer::Listed(Ok(is_there)));
    }

    /// Somebody who is no member commits.
    pub(super) fn commit_alone(&mut self, offset: i64) {
        let call = self.ask_alone(offset);
        self.tell(9, call, GroupAnswer::Committed(vec![(OWNED, ErrorCode::None)]));
    }

    pub(super) fn ask_alone(&mut self, offset: i64) -> CallId {
        let identity = Identity { generation: -1, ..Identity::default() };
        self.ask(9, 1, GroupQuestion::Commit(identity, vec![committed(offset)]))
    }

    pub(super) fn heartbeat(&mut self, seat: u32, generation: i32) {
        let call = self.ask(seat, 1, GroupQuestion::Heartbeat(identity(seat, None, generation)));
        self.tell(seat, call, GroupAnswer::Heartbeat(ErrorCode::None));
    }

    pub(super) fn process(&mut self, seat: u32, from: i64, to: i64) {
        self.act(seat, GroupAct::Processed(OWNED, Offset(from), Offset(to)));
    }

    pub(super) fn state(&mut self, generation: i32, state: &'static str) {
        let (partition, group) = (0, "group-0".into());
        self.stage.trace(1, &TraceEvent::GroupState { partition, group, generation, state });
    }

    #[track_caller]
    pub(super) fn breaks(&self, check: Check) {
        self.stage.breaks(check);
    }
}

fn id(seat: u32) -> Arc<str> {
    format!("member-{seat}").into()
}

pub(super) fn identity(seat: u32, instance: Option<&str>, generation: i32) -> Identity {
    Identity { member: id(seat), instance: instance.map(Arc::from), generation }
}

pub(super) fn committed(offset: i64) -> CommittedOffset {
    CommittedOffset { partition: OWNED, offset: Offset(offset), metadata: format!("mark-{offset}").into() }
}

/// Two members share a group in turn, and commit.
pub(super) fn told() -> Groups {
    let mut groups = Groups::new();
    groups.join(0, 1, &[0], &[OWNED]);
    groups.process(0, 0, 5);
    groups.heartbeat(0, 1);
    groups.commit(0, 1, 5);
    groups.fetch(1, Some(5));
    groups.act(0, GroupAct::Revoked(vec![OWNED]));
    groups.join(0, 2, &[0, 1], &[]);
    groups.join(1, 2, &[0, 1], &[OWNED]);
    groups.act(1, GroupAct::Positioned(OWNED, Offset(5)));
    groups.process(1, 5, 8);
    groups.commit(1, 2, 8);
    groups.fetch(1, Some(8));
    groups
}

#[test]
fn a_healthy_group_passes_and_is_looked_at() {
    let mut groups = told();
    groups.stage.judge.on_groups_settled();
    groups.stage.judge.judge_end();
    groups.stage.is_clean();
    for check in [
        Check::OffsetCommitRegister,
        Check::CommitFencing,
        Check::GroupGenerations,
        Check::ExclusiveOwnership,
        Check::CommitBehindWork,
    ] {
        groups.stage.looked(check);
    }
}

#[test]
fn an_offset_that_an_acknowledged_commit_replaced_shows() {
    let mut groups = told();
    groups.fetch(1, Some(5));
    groups.breaks(Check::OffsetCommitRegister);
}

#[test]
fn an_acknowledged_offset_that_is_gone_shows() {
    let mut groups = told();
    groups.fetch(1, None);
    groups.breaks(Check::OffsetCommitRegister);
}

#[test]
fn an_offset_that_nobody_committed_or_that_was_refused_shows() {
    let mut groups = told();
    groups.fetch(1, Some(6));
    groups.breaks(Check::OffsetCommitRegister);

    let mut groups = told();
    let call = groups.ask_commit(1, 2, 7);
    groups.tell(1, call, GroupAnswer::Committed(vec![(OWNED, ErrorCode::IllegalGeneration)]));
    groups.fetch(1, Some(7));
    groups.breaks(Check::OffsetCommitRegister);
}

#[test]
fn a_commit_without_an_answer_may_take_effect_late_but_not_from_an_older_generation() {
    let mut groups = told();
    let call = groups.ask_commit(1, 2, 6);
    groups.commit(1, 2, 7);
    groups.fetch(1, Some(6));
    groups.tell(1, call, GroupAnswer::Committed(vec![(OWNED, NOT_COORDINATOR)]));
    groups.fetch(1, Some(6));
    groups.stage.is_clean();

    let mut groups = Groups::new();
    groups.join(0, 1, &[0], &[OWNED]);
    groups.process(0, 0, 5);
    let _ = groups.ask_commit(0, 1, 4);
    groups.join(0, 2, &[0], &[]);
    groups.commit(0, 2, 5);
    groups.fetch(1, Some(4));
    groups.breaks(Check::OffsetCommitRegister);
}

#[test]
fn a_coordinator_that_was_replaced_may_answer_by_what_it_has() {
    let mut groups = told();
    groups.stage.decide(2, Some(2), &[1, 2, 3]);
    groups.fetch(1, Some(5));
    groups.stage.is_clean();
    groups.stage.leads(2, 2, 0);
    groups.fetch(2, Some(5));
    groups.breaks(Check::OffsetCommitRegister);
}

#[test]
fn what_was_committed_may_go_with_the_records_of_the_offsets_topic() {
    let mut groups = told();
    let stage = &mut groups.stage;
    stage.commit(1, 1, 0);
    stage.decide(1, Some(1), &[1]);
    stage.takes_isr(1, 1);
    stage.power_loss(1);
    stage.start(1, Some(Vec::new()));
    stage.loaded(1, 0);
    stage.decide(2, Some(1), &[1]);
    stage.leads(1, 2, 0);
    groups.fetch(1, None);
    groups.fetch(1, Some(5));
    groups.join(1, 1, &[1], &[OWNED]);
    groups.commit(1, 1, 8);
    groups.stage.is_clean();
    groups.fetch(1, None);
    groups.breaks(Check::OffsetCommitRegister);
}

#[test]
fn a_commit_in_a_generation_that_is_over_shows() {
    let mut groups = told();
    groups.commit(0, 1, 5);
    groups.breaks(Check::CommitFencing);
}

#[test]
fn a_commit_that_was_under_way_when_its_generation_ended_does_not() {
    let mut groups = Groups::new();
    groups.join(0, 1, &[0], &[OWNED]);
    groups.process(0, 0, 5);
    let call = groups.ask_commit(0, 1, 5);
    groups.join(0, 2, &[0], &[]);
    groups.tell(0, call, GroupAnswer::Committed(vec![(OWNED, ErrorCode::None)]));
    groups.stage.is_clean();
}

#[test]
fn a_commit_of_a_member_that_nobody_is_shows() {
    let mut groups = told();
    groups.commit(5, 2, 8);
    groups.breaks(Check::CommitFencing);
}

#[test]
fn a_commit_of_a_static_member_whose_place_is_taken_shows() {
    let mut groups = Groups::new();
    groups.join_as(0, Some("i"), 1, &[0], &[OWNED]);
    groups.join_as(1, Some("i"), 1, &[0], &[OWNED]);
    groups.stage.is_clean();
    let question = GroupQuestion::Commit(identity(0, Some("i"), 1), vec![committed(0)]);
    let call = groups.ask(0, 1, question);
    groups.tell(0, call, GroupAnswer::Committed(vec![(OWNED, ErrorCode::None)]));
    groups.breaks(Check::CommitFencing);
}

#[test]
fn a_generation_that_goes_back_shows() {
    let mut groups = told();
    groups.act(1, GroupAct::Joined(1));
    groups.breaks(Check::GroupGenerations);

    let mut groups = told();
    groups.join(2, 1, &[2], &[]);
    groups.breaks(Check::GroupGenerations);
}

#[test]
fn a_generation_that_is_shared_out_twice_shows() {
    let mut groups = told();
    groups.act(1, GroupAct::Revoked(vec![OWNED]));
    groups.join(2, 2, &[0, 1], &[OWNED]);
    groups.breaks(Check::GroupGenerations);
}

#[test]
fn a_partition_that_its_member_does_not_want_shows() {
    let mut groups = told();
    groups.act(2, GroupAct::Began([OWNED].into()));
    groups.act(1, GroupAct::Revoked(vec![OWNED]));
    groups.join(2, 3, &[2], &[OWNED]);
    groups.stage.is_clean();
    groups.act(2, GroupAct::Assigned(3, vec![OFFSETS]));
    groups.breaks(Check::GroupGenerations);
}

#[test]
fn two_members_of_a_generation_that_own_the_same_show() {
    let mut groups = Groups::new();
    groups.join(0, 1, &[0], &[OWNED]);
    groups.join(0, 2, &[0, 1], &[]);
    groups.join(1, 2, &[0, 1], &[OWNED]);
    groups.breaks(Check::ExclusiveOwnership);
}

/// A member owns a partition, and the next generation is without it.
fn removed_after_ms(ms: u64) -> Groups {
    let mut groups = Groups::new();
    groups.join(0, 1, &[0], &[OWNED]);
    groups.heartbeat(0, 1);
    groups.stage.pass_ms(ms);
    groups.join(1, 2, &[1], &[OWNED]);
    groups
}

#[test]
fn a_member_that_was_heard_of_keeps_its_place_and_one_that_was_not_may_lose_it() {
    removed_after_ms(100).breaks(Check::ExclusiveOwnership);
    removed_after_ms(5_000).stage.is_clean();
}

/// A generation that member 1 leads, with member 0 in it, goes with its coordinator. Another one of the same number has
/// another leader, and gives member 1 what member 0 believes to own.
fn made_twice(roster: &[u32]) -> Groups {
    let mut groups = Groups::new();
    groups.join(0, 1, &[0, 1], &[OWNED]);
    groups.stage.pass_ms(5_000);
    let sync = groups.ask_to_sync(1, None, 2, &[1, 0]);
    groups.tell(1, sync, GroupAnswer::Synced(NOT_COORDINATOR, Vec::new()));
    groups.join(2, 2, roster, &[]);
    groups.join(1, 2, roster, &[OWNED]);
    groups
}

#[test]
fn who_is_in_a_generation_is_told_by_the_one_that_stands() {
    made_twice(&[2, 1]).stage.is_clean();
    made_twice(&[2, 1, 0]).breaks(Check::ExclusiveOwnership);
}

/// Member 1 stands still while what it gets is on its way. The next generation, of `roster`, gives that to member 0.
fn told_late(ms: u64, roster: &[u32]) -> Groups {
    let mut groups = Groups::new();
    groups.join(0, 1, &[0, 1], &[]);
    let sync = groups.ask_to_sync(1, None, 1, &[0, 1]);
    groups.heartbeat(1, 1);
    groups.stage.pass_ms(ms);
    groups.join(0, 2, roster, &[OWNED]);
    groups.stage.is_clean();
    groups.give(1, sync, 1, &[OWNED]);
    groups
}

#[test]
fn a_member_may_be_told_late_of_a_share_that_the_next_generation_gave_another_unless_it_counts_in_it() {
    told_late(5_000, &[0]).stage.is_clean();
    told_late(5_000, &[0, 1]).breaks(Check::ExclusiveOwnership);
    told_late(100, &[0]).breaks(Check::ExclusiveOwnership);
}

#[test]
fn a_commit_above_what_its_user_is_done_with_shows() {
    let mut groups = told();
    groups.commit(1, 2, 9);
    groups.breaks(Check::CommitBehindWork);
}

#[test]
fn records_that_nobody_was_handed_show_in_the_end() {
    let mut groups = told();
    for base in 0..8 {
        groups.stage.commit(1, 1, base);
    }
    groups.act(0, GroupAct::Processed(OFFSETS, Offset(0), Offset(3)));
    groups.act(0, GroupAct::Processed(OFFSETS, Offset(4), Offset(8)));
    groups.stage.judge.judge_end();
    groups.stage.is_clean();
    groups.stage.judge.on_groups_settled();
    groups.stage.judge.judge_end();
    groups.breaks(Check::GroupDelivery);
}

#[test]
fn an_end_below_what_was_acknowledged_or_told_before_shows() {
    for (first, second, is_sound) in [(1, 1, true), (1, 2, true), (0, 1, false), (2, 1, false)] {
        let mut groups = Groups::new();
        let session = groups.stage.session(1, -1, true);
        groups.stage.written(session, 0);
        for end in [first, second] {
            let call = groups.ask(9, 1, GroupQuestion::Ends(vec![OFFSETS]));
            groups.tell(9, call, GroupAnswer::Ends(vec![(OFFSETS, Ok(Offset(end)))]));
        }
        match is_sound {
            true => groups.stage.looked(Check::Recency),
            false => groups.breaks(Check::Recency),
        }
    }
}

#[test]
fn a_coordinator_that_serves_what_is_not_committed_shows() {
    for (high_watermark, is_sound) in [(1, true), (0, false)] {
        let mut groups = Groups::new();
        groups.stage.commit(1, 1, 0);
        let batch = super::stage::real(1, 1);
        groups.stage.appends(1, batch, true);
        groups.stage.appends(2, batch, false);
        groups.stage.decide(2, Some(2), &[1, 2, 3]);
        groups.stage.leads(2, 2, 2);
        [1, 3].into_iter().for_each(|node| groups.stage.follower_at(2, 2, node, 1 + high_watermark));
        groups.stage.high_watermark(2, 2, 1 + high_watermark, true);
        let (partition, epoch) = (0, LeaderEpoch(2));
        groups.stage.trace(2, &TraceEvent::GroupsLoaded { partition, epoch, groups: 0, skipped: 0 });
        match is_sound {
            true => groups.stage.looked(Check::CoordinatorState),
            false => groups.breaks(Check::CoordinatorState),
        }
    }
}

#[test]
fn a_coordinator_that_does_not_load_its_log_shows() {
    let mut groups = Groups::new();
    let (partition, epoch, why) = (0, LeaderEpoch(1), "an unknown group");
    groups.stage.trace(1, &TraceEvent::GroupsRefused { partition, epoch, why });
    groups.breaks(Check::CoordinatorState);

    let mut groups = Groups::new();
    groups.stage.offline(1);
    groups.stage.trace(1, &TraceEvent::GroupsRefused { partition, epoch, why });
    groups.stage.is_clean();
}

#[test]
fn a_group_is_stable_when_the_record_of_its_assignments_is_committed() {
    for is_committed in [true, false] {
        let mut groups = Groups::new();
        groups.state(0, "PreparingRebalance");
        groups.state(1, "CompletingRebalance");
        if is_committed {
            groups.stage.commit(1, 1, 0);
        } else {
            groups.stage.appends(1, super::stage::real(0, 1), true);
        }
        groups.state(1, "Stable");
        match is_committed {
            true => groups.stage.is_clean(),
            false => groups.breaks(Check::CoordinatorState),
        }
    }
}

#[test]
fn a_group_goes_by_kafkas_table_and_counts_its_rebalances() {
    for (generation, state) in [(1, "CompletingRebalance"), (3, "CompletingRebalance"), (2, "Stable")] {
        let mut groups = Groups::new();
        groups.state(1, "PreparingRebalance");
        groups.state(generation, state);
        groups.breaks(Check::CoordinatorState);
    }
}
