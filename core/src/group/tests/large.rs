//! Tests with ten thousand members, offsets or groups.

use super::asks::{commit_of, sync_of};
use super::stand::{Stand, join_of};
use crate::group::{GroupAnswer, GroupState};
use crate::types::ErrorCode;
use crate::wire::offset_commit::OffsetCommitRequestPartition;

const MANY: usize = 10_000;

#[test]
fn a_rebalance_of_many_members() {
    let mut stand = Stand::new();
    stand.checks = false;
    let joins: Vec<u64> = (0..MANY).map(|at| stand.join(join_of("g", "", Some(&format!("i{at}"))))).collect();
    stand.pass_ms(6_000);
    let joined: Vec<_> = joins.into_iter().map(|id| stand.joined(id)).collect();
    let leader = joined.iter().find(|it| it.leader == it.member_id).expect("one of them leads");
    assert_eq!(leader.members.len(), MANY);
    let followers = joined.iter().filter(|it| it.member_id != leader.member_id);
    let syncs: Vec<u64> = followers.map(|it| stand.sync(sync_of("g", &it.member_id, 1, &[]))).collect();
    let assignments: Vec<(&str, &str)> = joined.iter().map(|it| (&*it.member_id, "a")).collect();
    let lead = stand.sync(sync_of("g", &leader.member_id, 1, &assignments));
    assert_eq!(stand.synced(lead), "a");
    assert!(syncs.into_iter().all(|id| stand.synced(id) == "a"));
    for it in &joined {
        assert_eq!(stand.heartbeat("g", &it.member_id, 1), ErrorCode::None);
    }
    stand.restart();
    // All sessions end at the same time. Each call removes some of the members.
    stand.pass_ms(10_001);
    assert_eq!(stand.state_of("g"), Some(GroupState::Empty));
    stand.checks = true;
    stand.check();
}

#[test]
fn a_commit_of_many_partitions_and_a_fetch_of_them() {
    let mut stand = Stand::new();
    stand.checks = false;
    let mut request = commit_of("g", "", -1, "t", 1);
    let one = request.topics[0].partitions[0].clone();
    request.topics[0].partitions = (0..MANY as i32)
        .map(|partition_index| OffsetCommitRequestPartition { partition_index, ..one.clone() })
        .collect();
    for _ in 0..3 {
        let id = stand.ask_commit(request.clone());
        assert_eq!(stand.error_of(id), ErrorCode::None);
    }
    let id = stand.ask_fetch(super::asks::fetch_of("g", None), true);
    let GroupAnswer::FetchOffsets(answer) = stand.answer(id) else { panic!() };
    assert_eq!(answer.topics[0].partitions.len(), MANY);
    stand.check();
}

#[test]
fn many_groups_and_many_parked_answers() {
    let mut stand = Stand::new();
    stand.checks = false;
    stand.commits = false;
    let commits: Vec<u64> =
        (0..MANY).map(|at| stand.ask_commit(commit_of(&format!("g{at}"), "", -1, "t", at as i64))).collect();
    stand.commit_all();
    let left = commits.iter().filter(|id| stand.is_parked(**id)).count();
    assert_eq!(left, MANY - 1_000, "a thousand answers in a call");
    stand.pass_ms(0);
    assert!(commits.into_iter().all(|id| stand.error_of(id) == ErrorCode::None));
    assert_eq!(stand.list(&[], &[]).len(), MANY);
    stand.check();
    stand.restart();
    assert_eq!(stand.fetch_offset("g77", "t"), 77);
}
