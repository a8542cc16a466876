//! Checks of what is deleted or expires: groups and their offsets.

use super::groups::{Groups, NOT_COORDINATOR, OWNED, committed, identity, told};
use crate::checks::Check;
use crate::history::{GroupAct, GroupAnswer, GroupQuestion, Identity};
use gracchus_core::io::TraceEvent;
use gracchus_core::types::{ErrorCode, LeaderEpoch};

/// A group without members, with a commit.
fn simple() -> Groups {
    let mut groups = Groups::new();
    groups.commit_alone(5);
    groups.fetch(1, Some(5));
    groups.describe(true);
    groups
}

#[test]
fn a_deleted_group_and_one_that_is_made_anew_pass_and_are_looked_at() {
    let mut groups = simple();
    groups.delete(ErrorCode::None);
    groups.describe(false);
    groups.fetch(1, None);
    groups.commit_alone(6);
    groups.fetch(1, Some(6));
    groups.describe(true);
    groups.delete_offsets(ErrorCode::None);
    groups.fetch(1, None);
    groups.describe(false);
    groups.delete(ErrorCode::GroupIdNotFound);
    groups.stage.is_clean();
    groups.stage.looked(Check::GroupDeletion);
}

#[test]
fn an_offset_that_was_deleted_shows_when_it_comes_back() {
    for delete in [Groups::delete, Groups::delete_offsets] {
        let mut groups = simple();
        delete(&mut groups, ErrorCode::None);
        groups.fetch(1, Some(5));
        groups.breaks(Check::OffsetCommitRegister);
    }
}

#[test]
fn a_deletion_that_was_refused_deletes_nothing() {
    for error in [ErrorCode::GroupIdNotFound, NOT_COORDINATOR] {
        let mut groups = simple();
        let call = groups.ask(9, 1, GroupQuestion::DeleteGroup);
        groups.fetch(1, None);
        groups.stage.is_clean();
        groups.tell(9, call, GroupAnswer::GroupDeleted(error));
        groups.fetch(1, None);
        match error {
            NOT_COORDINATOR => groups.stage.is_clean(),
            _ => groups.breaks(Check::GroupDeletion),
        }
    }
    let mut groups = told();
    groups.delete(ErrorCode::NonEmptyGroup);
    groups.delete_offsets(ErrorCode::GroupSubscribedToTopic);
    groups.stage.is_clean();
    groups.fetch(1, None);
    groups.breaks(Check::OffsetCommitRegister);
}

#[test]
fn a_deletion_without_an_answer_may_come_late_but_not_one_that_was_answered_before_the_commit() {
    let mut groups = simple();
    let call = groups.ask(9, 1, GroupQuestion::DeleteGroup);
    groups.commit_alone(6);
    groups.fetch(1, None);
    groups.fetch(1, Some(6));
    groups.describe(false);
    groups.tell(9, call, GroupAnswer::GroupDeleted(NOT_COORDINATOR));
    groups.fetch(1, None);
    groups.stage.is_clean();
    groups.commit_alone(7);
    groups.fetch(1, None);
    groups.breaks(Check::OffsetCommitRegister);
}

#[test]
fn a_deleted_group_that_is_shown_shows_unless_a_commit_or_a_member_may_have_made_it() {
    let mut groups = simple();
    groups.delete(ErrorCode::None);
    groups.describe(true);
    groups.breaks(Check::GroupDeletion);

    let mut groups = simple();
    groups.delete(ErrorCode::None);
    groups.list(true);
    groups.breaks(Check::GroupDeletion);

    let mut groups = simple();
    let late = groups.ask_alone(6);
    groups.delete(ErrorCode::None);
    groups.describe(true);
    groups.tell(9, late, GroupAnswer::Committed(vec![(OWNED, NOT_COORDINATOR)]));
    groups.stage.is_clean();
    groups.delete(ErrorCode::None);
    groups.describe(true);
    groups.breaks(Check::GroupDeletion);

    let mut groups = simple();
    groups.delete(ErrorCode::None);
    let call = groups.ask(0, 1, GroupQuestion::Join(Identity::default()));
    groups.describe(true);
    groups.tell(0, call, GroupAnswer::NotJoined(ErrorCode::MemberIdRequired));
    groups.describe(true);
    groups.stage.is_clean();
}

#[test]
fn a_group_that_is_missing_shows() {
    let mut groups = simple();
    groups.describe(false);
    groups.breaks(Check::GroupDeletion);

    let mut groups = simple();
    groups.list(false);
    groups.breaks(Check::GroupDeletion);

    let mut groups = simple();
    groups.delete(ErrorCode::GroupIdNotFound);
    groups.breaks(Check::GroupDeletion);
}

#[test]
fn a_coordinator_that_was_replaced_may_show_what_it_has() {
    let mut groups = simple();
    groups.delete(ErrorCode::None);
    groups.stage.decide(2, Some(2), &[1, 2, 3]);
    groups.describe(true);
    groups.fetch(1, Some(5));
    // It has nothing to delete, and knows nothing of what was committed since.
    groups.stage.leads(2, 2, 0);
    let identity = Identity { generation: -1, ..Identity::default() };
    let call = groups.ask(9, 2, GroupQuestion::Commit(identity, vec![committed(6)]));
    groups.tell(9, call, GroupAnswer::Committed(vec![(OWNED, ErrorCode::None)]));
    groups.delete_offsets(ErrorCode::None);
    groups.describe(false);
    groups.fetch(2, Some(6));
    groups.stage.is_clean();
}

#[test]
fn an_error_of_a_later_version_shows() {
    let mut groups = Groups::new();
    let call = groups.ask(9, 1, GroupQuestion::Describe(5));
    groups.tell(9, call, GroupAnswer::Described(ErrorCode::GroupIdNotFound, "Dead".into()));
    groups.breaks(Check::GroupDeletion);
}

#[test]
fn a_group_without_members_that_is_refused_for_their_sake_shows() {
    let mut groups = simple();
    groups.delete(ErrorCode::NonEmptyGroup);
    groups.breaks(Check::GroupDeletion);

    let mut groups = simple();
    groups.delete_offsets(ErrorCode::GroupSubscribedToTopic);
    groups.breaks(Check::GroupDeletion);
}

/// A group with a member that was heard of so many milliseconds ago.
fn heard(ms: u64) -> Groups {
    let mut groups = Groups::new();
    groups.join(0, 1, &[0], &[OWNED]);
    groups.heartbeat(0, 1);
    groups.stage.pass_ms(ms);
    groups
}

fn loaded(groups: &mut Groups, epoch: i32) {
    let (partition, epoch) = (0, LeaderEpoch(epoch));
    groups.stage.trace(1, &TraceEvent::GroupsLoaded { partition, epoch, groups: 1, skipped: 0 });
}

#[test]
fn a_coordinator_that_loads_answers_heartbeats_well_of_members_that_it_may_not_have() {
    for has_loaded in [false, true] {
        let mut groups = Groups::new();
        loaded(&mut groups, 1);
        groups.join(0, 1, &[0], &[OWNED]);
        groups.stage.decide(2, Some(1), &[1, 2, 3]);
        groups.stage.leads(1, 2, 0);
        if has_loaded {
            loaded(&mut groups, 2);
        }
        groups.heartbeat(0, 1);
        groups.delete(ErrorCode::None);
        match has_loaded {
            false => groups.stage.is_clean(),
            true => groups.breaks(Check::GroupDeletion),
        }
    }
}

#[test]
fn a_group_that_is_deleted_or_missing_with_a_member_in_it_shows() {
    let acts: [fn(&mut Groups); 4] = [
        |groups| groups.delete(ErrorCode::None),
        |groups| groups.delete(ErrorCode::GroupIdNotFound),
        |groups| groups.delete_offsets(ErrorCode::None),
        |groups| groups.list(false),
    ];
    for act in acts {
        let mut groups = heard(100);
        act(&mut groups);
        groups.breaks(Check::GroupDeletion);

        let mut groups = heard(5_000);
        act(&mut groups);
        groups.stage.is_clean();

        let mut groups = heard(100);
        let _ = groups.ask(0, 1, GroupQuestion::Leave(identity(0, None, -1)));
        act(&mut groups);
        groups.stage.is_clean();
    }
}

#[test]
fn generations_begin_anew_when_a_group_was_deleted() {
    for is_deleted in [true, false] {
        let mut groups = Groups::new();
        groups.join(0, 1, &[0], &[]);
        groups.join(0, 2, &[0], &[OWNED]);
        groups.commit(0, 2, 0);
        groups.act(0, GroupAct::Ended);
        groups.stage.pass_ms(5_000);
        let late = groups.ask_to_sync(1, None, 2, &[0, 1]);
        if is_deleted {
            groups.state(2, "Empty");
            groups.state(2, "Dead");
            groups.delete(ErrorCode::None);
        }
        // A process that stood still is told of the old group, and comes back.
        groups.give(1, late, 2, &[]);
        groups.join(1, 1, &[1], &[OWNED]);
        groups.commit(1, 1, 0);
        groups.fetch(1, Some(0));
        match is_deleted {
            true => groups.stage.is_clean(),
            false => groups.breaks(Check::GroupGenerations),
        }
    }
}

#[test]
fn only_an_empty_group_is_deleted() {
    for state in ["Empty", "Stable"] {
        let mut groups = Groups::new();
        groups.state(1, "PreparingRebalance");
        groups.state(2, "CompletingRebalance");
        groups.stage.commit(1, 1, 0);
        groups.state(2, "Stable");
        if state == "Empty" {
            groups.state(2, "PreparingRebalance");
            groups.state(3, "Empty");
        }
        groups.state(if state == "Empty" { 3 } else { 2 }, "Dead");
        groups.state(0, "PreparingRebalance");
        match state {
            "Empty" => groups.stage.is_clean(),
            _ => groups.breaks(Check::CoordinatorState),
        }
    }
}

#[test]
fn an_offset_expires_when_it_is_old_enough_and_no_sooner() {
    for (ms, may_be_gone) in [(50_000, false), (70_000, true)] {
        let mut groups = simple();
        groups.stage.judge.keep_offsets(60_000);
        groups.stage.pass_ms(ms);
        groups.fetch(1, None);
        groups.list(false);
        match may_be_gone {
            true => groups.stage.is_clean(),
            false => groups.breaks(Check::OffsetCommitRegister),
        }
    }
}

#[test]
fn an_offset_of_a_group_with_members_expires_when_none_was_heard_of_for_so_long() {
    for (ms, may_be_gone) in [(50_000, false), (70_000, true)] {
        let mut groups = told();
        groups.stage.judge.keep_offsets(60_000);
        groups.stage.pass_ms(70_000);
        groups.heartbeat(1, 2);
        groups.stage.pass_ms(ms);
        groups.fetch(1, None);
        match may_be_gone {
            true => groups.stage.is_clean(),
            false => groups.breaks(Check::OffsetCommitRegister),
        }
    }
}
