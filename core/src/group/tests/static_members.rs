//! Tests of static members (KIP-345, KIP-814).

use super::asks::{commit_of, error, sync_of};
use super::stand::{Stand, config, join_of, protocol};
use crate::group::{GroupConfig, GroupState};
use crate::io::Site;
use crate::types::ErrorCode;

/// Makes a Stable group of the static members `a` and `b`, led by `a`. Returns their member ids.
fn two(stand: &mut Stand) -> [String; 2] {
    let joins = ["a", "b"].map(|instance| stand.join(join_of("g", "", Some(instance))));
    stand.pass_ms(6_000);
    stand.settle("g", &joins).try_into().expect("two members")
}

#[test]
fn a_static_member_needs_no_second_join_and_is_named_after_its_instance() {
    let mut stand = Stand::new();
    let [a, b] = two(&mut stand);
    assert!(a.starts_with("a-") && b.starts_with("b-"), "{a} {b}");
}

#[test]
fn a_static_member_comes_back_without_a_rebalance() {
    let mut stand = Stand::new();
    let [a, b] = two(&mut stand);
    let join = stand.join(join_of("g", "", Some("b")));
    let answer = stand.joined(join);
    assert_eq!((answer.generation_id, answer.skip_assignment, answer.members.len()), (1, false, 0));
    assert_ne!(answer.member_id.to_string(), b);
    assert_eq!(stand.state_of("g"), Some(GroupState::Stable));
    let sync = stand.sync(sync_of("g", &answer.member_id, 1, &[]));
    assert_eq!(stand.synced(sync), b, "the assignment of its former self");
    assert_eq!(stand.heartbeat_of("g", &b, Some("b"), 1), ErrorCode::FencedInstanceId);
    assert_eq!(stand.heartbeat("g", &b, 1), ErrorCode::UnknownMemberId);
    assert_eq!(stand.heartbeat_of("g", &answer.member_id, Some("b"), 1), ErrorCode::None);
    assert_eq!(stand.heartbeat_of("g", &a, Some("a"), 1), ErrorCode::None);
    assert!(stand.probes.reached.contains(&Site::GroupStaticMemberReplaced));
    stand.restart();
    assert_eq!(stand.heartbeat_of("g", &answer.member_id, Some("b"), 1), ErrorCode::None, "the log knows the new id");
}

#[test]
fn a_leader_that_comes_back_is_told_not_to_assign() {
    let mut stand = Stand::new();
    let [a, _] = two(&mut stand);
    let join = stand.join(join_of("g", "", Some("a")));
    let answer = stand.joined(join);
    assert_eq!((answer.skip_assignment, answer.members.len()), (true, 2));
    assert_eq!(answer.leader, answer.member_id);
    let sync = stand.sync(sync_of("g", &answer.member_id, 1, &[("x", "y")]));
    assert_eq!(stand.synced(sync), a);
    // An older client would assign if the answer named it as leader.
    let mut ask = join_of("g", "", Some("a"));
    ask.version = 8;
    let join = stand.join(ask);
    let older = stand.joined(join);
    assert_eq!((older.skip_assignment, older.members.len(), &older.leader), (false, 0, &answer.member_id));
}

#[test]
fn a_static_member_that_comes_back_with_another_protocol_makes_all_join_again() {
    let mut stand = Stand::new();
    let offers = |instance: &str, names: &[&str]| {
        let mut ask = join_of("g", "", Some(instance));
        ask.request.protocols = names.iter().map(|name| protocol(name, &["t"])).collect();
        ask
    };
    let joins = ["a", "b"].map(|instance| stand.join(offers(instance, &["range", "sticky"])));
    stand.pass_ms(6_000);
    let ids = stand.settle("g", &joins);
    let join = stand.join(offers("b", &["sticky"]));
    assert!(stand.is_parked(join));
    assert_eq!(stand.state_of("g"), Some(GroupState::PreparingRebalance));
    let mut ask = offers("a", &["range", "sticky"]);
    ask.request.member_id = ids[0].as_str().into();
    let again = stand.join(ask);
    stand.settle("g", &[again, join]);
    assert_eq!(stand.describe("g").protocol_data.to_string(), "sticky");
}

#[test]
fn what_a_replaced_member_has_parked_is_fenced() {
    let mut stand = Stand::new();
    let [a, b] = two(&mut stand);
    let mut leader = join_of("g", &a, Some("a"));
    leader.request.rebalance_timeout_ms = 60_000;
    stand.join(leader);
    let old = stand.join(join_of("g", &b, Some("b")));
    assert_eq!(stand.joined(old).generation_id, 2, "both have joined");
    // Replaces a member with a parked SyncGroup. The group is CompletingRebalance, so all have to join again.
    let sync = stand.sync(sync_of("g", &b, 2, &[]));
    let new = stand.join(join_of("g", "", Some("b")));
    assert_eq!(stand.sync_error(sync), ErrorCode::FencedInstanceId);
    assert!(stand.is_parked(new));
    assert_eq!(stand.state_of("g"), Some(GroupState::PreparingRebalance));
    // Replaces a member with a parked JoinGroup.
    let newer = stand.join(join_of("g", "", Some("b")));
    let fenced = stand.join_answer(new);
    assert_eq!((error(fenced.error_code), fenced.member_id.is_empty()), (ErrorCode::FencedInstanceId, false));
    assert!(stand.is_parked(newer));
    let again = stand.join(join_of("g", &a, Some("a")));
    stand.settle("g", &[again, newer]);
    let late = stand.join(join_of("g", &b, Some("b")));
    assert_eq!(stand.join_error(late), ErrorCode::FencedInstanceId);
    assert_eq!(stand.leave("g", &[(&b, Some("b"))]), [ErrorCode::FencedInstanceId]);
    let id = stand.ask_commit(crate::wire::OffsetCommitRequest {
        group_instance_id: Some("b".into()),
        ..commit_of("g", &b, 3, "t", 1)
    });
    assert_eq!(stand.error_of(id), ErrorCode::FencedInstanceId);
}

#[test]
fn a_static_member_stays_through_a_rebalance_until_its_session_ends() {
    let mut stand = Stand::new();
    let [a, b] = two(&mut stand);
    let mut ask = join_of("g", &a, Some("a"));
    ask.request.rebalance_timeout_ms = 5_000;
    stand.join(ask.clone());
    // The rebalance timeout is the longest of all members, here the minute of b, which does not join.
    assert_eq!(stand.heartbeat_of("g", &b, Some("b"), 1), ErrorCode::RebalanceInProgress);
    for _ in 0..6 {
        stand.pass_ms(9_000);
        stand.heartbeat_of("g", &b, Some("b"), 1);
    }
    let join = stand.join(ask);
    stand.pass_ms(6_001);
    let answer = stand.joined(join);
    assert_eq!((answer.generation_id, answer.members.len()), (2, 2), "b is still a member");
    let sync = stand.sync(sync_of("g", &a, 2, &[(&a, "x"), (&b, "y")]));
    stand.synced(sync);
    let late =
        stand.sync(crate::wire::SyncGroupRequest { group_instance_id: Some("b".into()), ..sync_of("g", &b, 2, &[]) });
    assert_eq!(stand.synced(late), "y");
    stand.pass_ms(10_001);
    assert_eq!(stand.state_of("g"), Some(GroupState::Empty), "both sessions have ended");
}

#[test]
fn a_static_member_is_removed_by_its_instance_id() {
    let mut stand = Stand::new();
    let [a, _] = two(&mut stand);
    let errors = stand.leave("g", &[("", Some("b")), ("", Some("nobody")), (&a, Some("nobody"))]);
    assert_eq!(errors, [ErrorCode::None, ErrorCode::UnknownMemberId, ErrorCode::UnknownMemberId]);
    assert_eq!(stand.describe("g").members.len(), 1);
}

#[test]
fn a_static_member_takes_its_own_place_in_a_full_group() {
    let mut stand = Stand::with(GroupConfig { max_size: 2, ..config() });
    two(&mut stand);
    let third = stand.join(join_of("g", "", Some("c")));
    assert_eq!(stand.join_error(third), ErrorCode::GroupMaxSizeReached);
    let back = stand.join(join_of("g", "", Some("b")));
    stand.joined(back);
}

#[test]
fn an_instance_with_the_member_id_of_nobody_is_unknown() {
    let mut stand = Stand::new();
    let [a, _] = two(&mut stand);
    let pending = stand.member_id("g");
    for (member, instance, expected) in [
        ("nobody", "c", ErrorCode::UnknownMemberId),
        (a.as_str(), "c", ErrorCode::UnknownMemberId),
        ("nobody", "a", ErrorCode::FencedInstanceId),
        (a.as_str(), "b", ErrorCode::FencedInstanceId),
        (pending.as_str(), "c", ErrorCode::UnknownMemberId),
    ] {
        let join = stand.join(join_of("g", member, Some(instance)));
        assert_eq!(stand.join_error(join), expected, "{member} as {instance}");
    }
}

#[test]
fn a_return_whose_record_is_refused_changes_nothing() {
    let mut stand = Stand::new();
    let [a, b] = two(&mut stand);
    let before = stand.describe("g");
    stand.log.refuses = Some(ErrorCode::NotEnoughReplicas);
    for instance in ["a", "b"] {
        let mut ask = join_of("g", "", Some(instance));
        ask.request.protocols = vec![protocol("range", &["t", "u"])];
        let join = stand.join(ask);
        let answer = stand.join_answer(join);
        assert_eq!((error(answer.error_code), answer.member_id.is_empty()), (ErrorCode::CoordinatorNotAvailable, true));
    }
    stand.log.refuses = None;
    assert_eq!(stand.describe("g"), before);
    assert_eq!([(&a, "a"), (&b, "b")].map(|(id, it)| stand.heartbeat_of("g", id, Some(it), 1)), [ErrorCode::None; 2]);
}

#[test]
fn a_return_whose_record_commits_too_late_is_told_to_try_again_and_stays() {
    let mut stand = Stand::new();
    let [_, b] = two(&mut stand);
    stand.commits = false;
    let join = stand.join(join_of("g", "", Some("b")));
    assert!(stand.is_parked(join));
    stand.pass_ms(5_000);
    assert_eq!(stand.join_error(join), ErrorCode::CoordinatorNotAvailable);
    stand.commits = true;
    stand.commit_all();
    // The new member id is in the log and is not taken back (KAFKA-20845).
    assert_eq!(stand.heartbeat_of("g", &b, Some("b"), 1), ErrorCode::FencedInstanceId);
    let again = stand.join(join_of("g", "", Some("b")));
    let answer = stand.joined(again);
    let sync = stand.sync(sync_of("g", &answer.member_id, 1, &[]));
    assert_eq!(stand.synced(sync), b);
}

#[test]
fn a_return_that_waits_for_its_record_counts_as_joined() {
    let mut stand = Stand::new();
    let [a, _] = two(&mut stand);
    stand.commits = false;
    let back = stand.join(join_of("g", "", Some("b")));
    let again = stand.join(join_of("g", &a, Some("a")));
    assert_eq!(stand.joined(back).generation_id, 2, "the leader began a rebalance, and both have joined");
    stand.joined(again);
    stand.commits = true;
    stand.commit_all();
    assert_eq!(stand.state_of("g"), Some(GroupState::CompletingRebalance));
}

#[test]
fn an_instance_that_comes_back_twice_fences_its_own_parked_return() {
    let mut stand = Stand::new();
    two(&mut stand);
    stand.commits = false;
    let [first, second] = [(); 2].map(|()| stand.join(join_of("g", "", Some("b"))));
    assert_eq!(stand.join_error(first), ErrorCode::FencedInstanceId);
    assert!(stand.is_parked(second));
    stand.commits = true;
    stand.commit_all();
    stand.joined(second);
}
