//! Rebalances of groups of dynamic members.

use super::asks::{error, sync_of};
use super::stand::{Stand, config, join_of, protocol};
use crate::group::{GroupAsk, GroupConfig, GroupState};
use crate::io::Site;
use crate::types::ErrorCode;
use crate::wire::LeaveGroupRequest;

#[test]
fn two_members_join_are_assigned_and_stay() {
    let mut stand = Stand::new();
    let [one, two] = [stand.member_id("g"), stand.member_id("g")];
    assert!(one.starts_with("client-") && one.len() == "client-".len() + 36, "client id and UUID: {one}");
    assert_eq!(stand.state_of("g"), Some(GroupState::Empty));
    let joins = [&one, &two].map(|id| stand.join(join_of("g", id, None)));
    assert_eq!(stand.state_of("g"), Some(GroupState::PreparingRebalance));
    stand.pass_ms(2_999);
    assert!(stand.is_parked(joins[0]));
    stand.pass_ms(3_001);
    let [first, second] = joins.map(|id| stand.joined(id));
    assert_eq!((first.generation_id, second.generation_id), (1, 1));
    assert_eq!((first.leader.to_string(), second.leader.to_string()), (one.clone(), one.clone()));
    assert_eq!((first.protocol_type.as_deref(), first.protocol_name.as_deref()), (Some("consumer"), Some("range")));
    assert_eq!((first.members.len(), second.members.len()), (2, 0), "the leader learns all members");
    assert_eq!(stand.state_of("g"), Some(GroupState::CompletingRebalance));

    let follower = stand.sync(sync_of("g", &two, 1, &[]));
    assert!(stand.is_parked(follower));
    assert_eq!(stand.heartbeat("g", &two, 1), ErrorCode::None, "as Kafka answers before the assignment");
    let leader = stand.sync(sync_of("g", &one, 1, &[(&one, "a"), (&two, "b")]));
    assert_eq!((stand.synced(leader), stand.synced(follower)), ("a".into(), "b".into()));
    assert_eq!(stand.state_of("g"), Some(GroupState::Stable));
    for _ in 0..5 {
        stand.pass_ms(9_000);
        assert_eq!([&one, &two].map(|id| stand.heartbeat("g", id, 1)), [ErrorCode::None; 2]);
    }
    assert_eq!(stand.state_of("g"), Some(GroupState::Stable));
}

#[test]
fn a_third_member_makes_the_others_join_again() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 2);
    let third = stand.member_id("g");
    assert_eq!(stand.state_of("g"), Some(GroupState::Stable), "a name is no member");
    let join = stand.join(join_of("g", &third, None));
    assert_eq!(stand.heartbeat("g", &ids[0], 1), ErrorCode::RebalanceInProgress);
    let again = [&ids[0], &ids[1]].map(|id| stand.join(join_of("g", id, None)));
    let ids = stand.settle("g", &[again[0], again[1], join]);
    assert_eq!((stand.generation_of("g"), ids.len()), (Some(2), 3));
}

#[test]
fn a_member_that_stays_away_from_a_rebalance_is_removed_after_the_rebalance_timeout() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 2);
    let third = stand.member_id("g");
    let join = stand.join(join_of("g", &third, None));
    let again = stand.join(join_of("g", &ids[0], None));
    for _ in 0..6 {
        stand.pass_ms(9_000);
        assert_eq!(stand.heartbeat("g", &ids[1], 1), ErrorCode::RebalanceInProgress, "alive, and not joining");
    }
    stand.pass_ms(6_001);
    stand.settle("g", &[again, join]);
    assert_eq!(stand.heartbeat("g", &ids[1], 1), ErrorCode::UnknownMemberId);
    assert!(stand.probes.reached.contains(&Site::GroupRebalanceTimedOut));
}

#[test]
fn a_leader_that_stays_away_is_replaced() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 2);
    let third = stand.member_id("g");
    let joins = [&third, &ids[1]].map(|id| stand.join(join_of("g", id, None)));
    stand.pass_ms(60_001);
    let answer = stand.joined(joins[0]);
    assert_ne!(answer.leader.to_string(), ids[0], "the old leader did not come");
    assert!([&third, &ids[1]].contains(&&answer.leader.to_string()));
}

#[test]
fn a_member_that_is_silent_is_removed_after_its_session_timeout() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 2);
    stand.pass_ms(9_000);
    assert_eq!(stand.heartbeat("g", &ids[0], 1), ErrorCode::None);
    stand.pass_ms(1_001);
    assert_eq!(stand.state_of("g"), Some(GroupState::PreparingRebalance));
    let again = stand.join(join_of("g", &ids[0], None));
    stand.settle("g", &[again]);
    assert_eq!(stand.describe("g").members.len(), 1);
    stand.pass_ms(10_001);
    assert_eq!(stand.state_of("g"), Some(GroupState::Empty), "the last one went silent, too");
    assert_eq!(stand.generation_of("g"), Some(3), "an empty generation counts");
    assert!(stand.probes.reached.contains(&Site::GroupSessionTimedOut));
}

#[test]
fn an_initial_rebalance_is_extended_while_members_come_and_bounded_by_the_rebalance_timeout() {
    let mut stand = Stand::new();
    let mut joins = Vec::new();
    let join_one = |stand: &mut Stand| {
        let id = stand.member_id("g");
        let mut ask = join_of("g", &id, None);
        ask.request.rebalance_timeout_ms = 8_000;
        stand.join(ask)
    };
    joins.push(join_one(&mut stand));
    for _ in 0..3 {
        stand.pass_ms(2_000);
        assert!(stand.is_parked(joins[0]), "somebody came in the last three seconds");
        joins.push(join_one(&mut stand));
    }
    // Six seconds have passed. The delay is extended once more, and ends eight seconds after the first join.
    stand.pass_ms(1_999);
    assert!(stand.is_parked(joins[0]));
    stand.pass_ms(1);
    assert_eq!(stand.joined(joins[0]).members.len(), 4);
}

#[test]
fn without_a_delay_the_first_member_is_answered_at_the_next_wake_up() {
    let mut stand = Stand::with(GroupConfig { initial_rebalance_delay_ms: 0, ..config() });
    let id = stand.member_id("g");
    let join = stand.join(join_of("g", &id, None));
    stand.pass_ms(0);
    assert_eq!(stand.joined(join).generation_id, 1);
}

#[test]
fn a_member_id_that_is_not_used_is_forgotten() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 1);
    let unused = stand.member_id("g");
    let join = stand.join(join_of("g", &ids[0], None));
    assert!(stand.is_parked(join), "the rebalance waits for whoever was given a member id");
    stand.pass_ms(10_001);
    stand.settle("g", &[join]);
    assert!(stand.probes.reached.contains(&Site::GroupPendingMemberTimedOut));
    let late = stand.join(join_of("g", &unused, None));
    assert_eq!(stand.join_error(late), ErrorCode::UnknownMemberId);
}

#[test]
fn members_that_never_sync_are_removed() {
    let mut stand = Stand::new();
    let [one, two] = [stand.member_id("g"), stand.member_id("g")];
    let joins = [&one, &two].map(|id| stand.join(join_of("g", id, None)));
    stand.pass_ms(6_000);
    for id in joins {
        stand.joined(id);
    }
    let leader = stand.sync(sync_of("g", &one, 1, &[(&one, "a")]));
    assert_eq!(stand.synced(leader), "a");
    for _ in 0..6 {
        stand.pass_ms(9_000);
        assert_eq!([&one, &two].map(|id| stand.heartbeat("g", id, 1)), [ErrorCode::None; 2]);
    }
    stand.pass_ms(6_001);
    assert_eq!(stand.state_of("g"), Some(GroupState::PreparingRebalance));
    assert_eq!(stand.heartbeat("g", &two, 1), ErrorCode::UnknownMemberId);
    assert_eq!(stand.heartbeat("g", &one, 1), ErrorCode::RebalanceInProgress);
    assert!(stand.probes.reached.contains(&Site::GroupSyncTimedOut));
}

#[test]
fn a_leader_that_never_syncs_loses_its_group() {
    let mut stand = Stand::new();
    let [one, two] = [stand.member_id("g"), stand.member_id("g")];
    let joins = [&one, &two].map(|id| stand.join(join_of("g", id, None)));
    stand.pass_ms(6_000);
    for id in joins {
        stand.joined(id);
    }
    let follower = stand.sync(sync_of("g", &two, 1, &[]));
    for _ in 0..6 {
        stand.pass_ms(9_000);
        assert_eq!(stand.heartbeat("g", &one, 1), ErrorCode::None);
    }
    assert!(stand.is_parked(follower), "a parked member needs no heartbeat");
    stand.pass_ms(6_001);
    assert_eq!(stand.sync_error(follower), ErrorCode::RebalanceInProgress);
    let again = stand.join(join_of("g", &two, None));
    stand.settle("g", &[again]);
}

#[test]
fn a_member_without_an_assignment_gets_an_empty_one() {
    let mut stand = Stand::new();
    let [one, two] = [stand.member_id("g"), stand.member_id("g")];
    let joins = [&one, &two].map(|id| stand.join(join_of("g", id, None)));
    stand.pass_ms(6_000);
    for id in joins {
        stand.joined(id);
    }
    let syncs = [&one, &two].map(|id| stand.sync(sync_of("g", id, 1, &[(&one, "a"), ("nobody", "x")])));
    assert_eq!(syncs.map(|id| stand.synced(id)), ["a", ""]);
    assert!(stand.probes.reached.contains(&Site::GroupMemberWithoutAssignment));
}

#[test]
fn an_old_client_is_a_member_at_once_and_has_one_timeout() {
    let mut stand = Stand::new();
    let mut ask = join_of("g", "", None);
    ask.version = 0;
    ask.request.rebalance_timeout_ms = -1;
    let join = stand.join(ask);
    stand.pass_ms(3_000);
    let answer = stand.joined(join);
    let sync = stand.sync(sync_of("g", &answer.member_id, 1, &[]));
    assert_eq!(stand.synced(sync), "");
}

#[test]
fn a_new_member_whose_first_join_waits_too_long_is_sent_away() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 1);
    let mut ask = join_of("g", "", None);
    ask.version = 3;
    let mut slow = join_of("g", &ids[0], None);
    slow.request.rebalance_timeout_ms = i32::MAX;
    slow.request.session_timeout_ms = 30 * 60 * 1000;
    let first = stand.join(slow.clone());
    stand.settle("g", &[first]);
    let join = stand.join(ask);
    stand.pass_ms(5 * 60 * 1000 - 1);
    assert!(stand.is_parked(join));
    stand.pass_ms(1);
    assert_eq!(stand.join_error(join), ErrorCode::UnknownMemberId);
}

#[test]
fn a_join_that_is_sent_again_overtakes_the_parked_one() {
    let mut stand = Stand::new();
    let id = stand.member_id("g");
    let [first, second] = [(); 2].map(|()| stand.join(join_of("g", &id, None)));
    assert_eq!(stand.join_error(first), ErrorCode::RebalanceInProgress);
    stand.pass_ms(3_000);
    stand.joined(second);
    let [first, second] = [(); 2].map(|()| stand.sync(sync_of("g", &id, 1, &[(&id, "a")])));
    // The first SyncGroup was answered when its record was committed.
    assert_eq!([first, second].map(|it| stand.synced(it)), ["a", "a"]);
}

#[test]
fn a_leader_that_syncs_again_does_not_change_what_is_on_its_way_to_the_log() {
    let mut stand = Stand::new();
    let id = stand.member_id("g");
    let join = stand.join(join_of("g", &id, None));
    stand.pass_ms(3_000);
    stand.joined(join);
    stand.commits = false;
    let before = stand.log.batches.len();
    let [first, second] = ["a", "b"].map(|assignment| stand.sync(sync_of("g", &id, 1, &[(&id, assignment)])));
    assert_eq!(stand.log.batches.len(), before + 1);
    assert_eq!(stand.sync_error(first), ErrorCode::RebalanceInProgress);
    stand.commit_all();
    assert_eq!(stand.synced(second), "a");
}

#[test]
fn the_record_of_one_generation_does_not_settle_the_next() {
    let mut stand = Stand::new();
    let [one, two] = [stand.member_id("g"), stand.member_id("g")];
    let join = stand.join(join_of("g", &one, None));
    let other = stand.join(join_of("g", &two, None));
    stand.pass_ms(6_000);
    [join, other].into_iter().for_each(|id| drop(stand.joined(id)));
    stand.commits = false;
    let first = stand.sync(sync_of("g", &one, 1, &[(&one, "1")]));
    let between = stand.log.end();
    let mut changed = join_of("g", &two, None);
    changed.request.protocols.push(protocol("sticky", &["t"]));
    let other = stand.join(changed);
    assert_eq!(stand.sync_error(first), ErrorCode::RebalanceInProgress);
    let join = stand.join(join_of("g", &one, None));
    [join, other].into_iter().for_each(|id| drop(stand.joined(id)));
    let second = stand.sync(sync_of("g", &one, 2, &[(&one, "2")]));
    stand.commit(between);
    assert!(stand.is_parked(second));
    assert_eq!(stand.state_of("g"), Some(GroupState::CompletingRebalance));
    stand.commit_all();
    assert_eq!(stand.synced(second), "2");
}

#[test]
fn a_simple_group_is_no_more_than_its_offsets_when_nobody_joins_it() {
    let mut stand = Stand::new();
    stand.commit_offset("simple", "", -1, "t", 1);
    let join = stand.join(join_of("simple", "unknown", None));
    assert_eq!(stand.join_error(join), ErrorCode::UnknownMemberId);
    assert_eq!(stand.state_of("simple"), None);
    stand.member_id("simple");
    assert_eq!(stand.state_of("simple"), Some(GroupState::Empty));
    stand.pass_ms(10_001);
    assert_eq!(stand.state_of("simple"), None);
    let records = stand.log.records().count();
    assert_eq!(records, 1, "a group that has offsets needs no record before it has members");
}

#[test]
fn a_lost_answer_to_a_join_is_given_again() {
    let mut stand = Stand::new();
    let [one, two] = [stand.member_id("g"), stand.member_id("g")];
    let joins = [&one, &two].map(|id| stand.join(join_of("g", id, None)));
    stand.pass_ms(6_000);
    let answers = joins.map(|id| stand.joined(id));
    let again = [&one, &two].map(|id| stand.join(join_of("g", id, None)));
    assert_eq!(again.map(|id| stand.joined(id)), answers);
    assert_eq!(stand.state_of("g"), Some(GroupState::CompletingRebalance));
    let mut changed = join_of("g", &two, None);
    changed.request.protocols.push(protocol("sticky", &["t"]));
    let join = stand.join(changed);
    assert!(stand.is_parked(join));
    assert_eq!(stand.state_of("g"), Some(GroupState::PreparingRebalance), "the member offers something else");
}

#[test]
fn in_a_stable_group_a_follower_learns_the_generation_and_a_leader_begins_another() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 2);
    let follower = stand.join(join_of("g", &ids[1], None));
    let answer = stand.joined(follower);
    assert_eq!((answer.generation_id, answer.members.len(), answer.skip_assignment), (1, 0, false));
    let sync = stand.sync(sync_of("g", &ids[1], 1, &[]));
    assert_eq!(stand.synced(sync), ids[1]);
    let leader = stand.join(join_of("g", &ids[0], None));
    assert!(stand.is_parked(leader));
    assert_eq!(stand.state_of("g"), Some(GroupState::PreparingRebalance));
}

#[test]
fn cooperative_members_join_twice() {
    let mut stand = Stand::new();
    let mut ids = stand.stable("g", 2);
    // The members revoke partitions in the first rebalance, and get them assigned in the second. A member that has
    // revoked joins again with other metadata.
    for generation in 2..4 {
        let joins: Vec<u64> = ids
            .iter()
            .map(|id| {
                let mut ask = join_of("g", id, None);
                ask.request.protocols = vec![protocol("cooperative-sticky", &["t", &format!("owned-{generation}")])];
                ask.request.protocols.push(protocol("range", &["t"]));
                stand.join(ask)
            })
            .collect();
        ids = stand.settle("g", &joins);
        assert_eq!(stand.generation_of("g"), Some(generation));
    }
    assert_eq!(stand.describe("g").protocol_data.to_string(), "cooperative-sticky");
}

#[test]
fn members_leave_by_batch_with_an_error_for_each() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 2);
    let pending = stand.member_id("g");
    let errors = stand.leave("g", &[(&ids[1], None), ("nobody", None), (&pending, None), ("", None)]);
    assert_eq!(errors, [ErrorCode::None, ErrorCode::UnknownMemberId, ErrorCode::None, ErrorCode::UnknownMemberId]);
    assert_eq!(stand.state_of("g"), Some(GroupState::PreparingRebalance));
    assert_eq!(stand.leave("g", &[(&ids[0], None)]), [ErrorCode::None]);
    assert_eq!(stand.state_of("g"), Some(GroupState::Empty));
    assert_eq!(stand.leave("g", &[(&ids[0], None)]), [ErrorCode::UnknownMemberId]);
    assert_eq!(stand.leave("unknown", &[(&ids[0], None)]), [ErrorCode::UnknownMemberId]);
}

#[test]
fn an_old_client_leaves_with_one_error() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 1);
    for (member, group, expected) in [
        ("nobody", "g", ErrorCode::UnknownMemberId),
        (ids[0].as_str(), "g", ErrorCode::None),
        (ids[0].as_str(), "unknown", ErrorCode::UnknownMemberId),
    ] {
        let request =
            LeaveGroupRequest { group_id: group.into(), member_id: member.into(), ..LeaveGroupRequest::default() };
        let id = stand.ask(GroupAsk::Leave { request, version: 2 });
        assert_eq!(stand.error_of(id), expected, "{member} of {group}");
    }
}

#[test]
fn a_member_that_leaves_while_it_waits_is_answered() {
    let mut stand = Stand::new();
    let [one, two] = [stand.member_id("g"), stand.member_id("g")];
    let joins = [&one, &two].map(|id| stand.join(join_of("g", id, None)));
    assert_eq!(stand.leave("g", &[(&two, None)]), [ErrorCode::None]);
    let answer = stand.join_answer(joins[1]);
    assert_eq!((error(answer.error_code), answer.member_id.is_empty()), (ErrorCode::UnknownMemberId, true));
    stand.pass_ms(6_000);
    stand.joined(joins[0]);
    let three = stand.member_id("g");
    let sync = stand.sync(sync_of("g", &one, 1, &[]));
    stand.synced(sync);
    let join = stand.join(join_of("g", &three, None));
    let again = stand.join(join_of("g", &one, None));
    for id in [join, again] {
        stand.joined(id);
    }
    let follower = stand.sync(sync_of("g", &three, 2, &[]));
    assert_eq!(stand.leave("g", &[(&three, None)]), [ErrorCode::None]);
    assert_eq!(stand.sync_error(follower), ErrorCode::UnknownMemberId, "Kafka leaves it without an answer");
}

#[test]
fn a_group_is_full() {
    let mut stand = Stand::with(GroupConfig { max_size: 2, ..config() });
    let ids = stand.stable("g", 2);
    let third = stand.join(join_of("g", "", None));
    assert_eq!(stand.join_error(third), ErrorCode::GroupMaxSizeReached);
    let again = [&ids[0], &ids[1]].map(|id| stand.join(join_of("g", id, None)));
    assert!(stand.probes.reached.contains(&Site::GroupMaxSizeReached));
    stand.settle("g", &again);
    assert_eq!(stand.leave("g", &[(&ids[1], None)]), [ErrorCode::None]);
    let third = stand.member_id("g");
    let joins = [&ids[0], &third].map(|id| stand.join(join_of("g", id, None)));
    stand.settle("g", &joins);
}

#[test]
fn a_group_above_a_lowered_limit_sends_the_last_ones_away() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 3);
    stand.config = GroupConfig { max_size: 2, ..config() }.into();
    stand.restart();
    assert_eq!(stand.state_of("g"), Some(GroupState::PreparingRebalance));
    assert!(stand.probes.reached.contains(&Site::GroupRestoredIntoRebalance));
    let joins: Vec<u64> = ids.iter().map(|id| stand.join(join_of("g", id, None))).collect();
    assert_eq!(stand.join_error(joins[2]), ErrorCode::GroupMaxSizeReached);
    stand.settle("g", &joins[..2]);
    assert_eq!(stand.describe("g").members.len(), 2);
}

#[test]
fn members_that_take_too_much_memory_are_sent_away() {
    let mut stand = Stand::with(GroupConfig { members_max_bytes: 20_000, ..config() });
    let mut ask = join_of("g", "", None);
    ask.request.protocols[0].metadata = vec![0; 15_000].into();
    let first = stand.join(ask.clone());
    let member = stand.join_answer(first).member_id;
    ask.request.member_id = member;
    let parked = stand.join(ask.clone());
    assert!(stand.is_parked(parked));
    ask.request.member_id = "".into();
    let second = stand.join(ask.clone());
    assert_eq!(stand.join_error(second), ErrorCode::GroupMaxSizeReached);
    stand.pass_ms(6_000);
    assert_eq!(stand.joined(parked).members.len(), 1);
}
