//! Expiry of offsets, removed topics, deleted groups.

use super::asks::commit_of;
use super::stand::{Stand, config, join_of, protocol};
use crate::group::{GroupAsk, GroupConfig, GroupState, RemovedTopic};
use crate::types::{ErrorCode, TopicId, Uuid};
use crate::wire::offset_commit::OffsetCommitRequestPartition;
use crate::wire::{GroupCoordinatorRecord, OffsetCommitRequest};

const MINUTE: i64 = 60_000;

/// Offsets are kept for an hour, and expired offsets are removed every ten minutes.
fn hourly() -> Stand {
    Stand::with(GroupConfig { offsets_retention_minutes: 60, ..config() })
}

#[test]
fn offsets_of_an_empty_group_expire_when_it_has_been_empty_for_so_long() {
    let mut stand = hourly();
    let mut ask = join_of("g", "", Some("i"));
    ask.request.session_timeout_ms = 30 * 60 * 1000;
    let join = stand.join(ask);
    stand.pass_ms(3_000);
    let ids = stand.settle("g", &[join]);
    stand.commit_offset("g", &ids[0], 1, "t", 5);
    for _ in 0..5 {
        stand.pass_ms(20 * MINUTE);
        assert_eq!(stand.heartbeat("g", &ids[0], 1), ErrorCode::None);
    }
    assert_eq!(stand.fetch_offset("g", "t"), 5, "older than an hour, and its topic is subscribed");
    stand.leave("g", &[("", Some("i"))]);
    stand.pass_ms(59 * MINUTE);
    assert_eq!(stand.fetch_offset("g", "t"), 5);
    stand.pass_ms(11 * MINUTE);
    assert_eq!(stand.fetch_offset("g", "t"), -1);
    assert_eq!(stand.state_of("g"), None, "nothing is left of the group");
    let tombstones: Vec<_> = stand.log.records().filter(|record| is_tombstone(record)).collect();
    assert!(matches!(
        tombstones[..],
        [GroupCoordinatorRecord::OffsetCommit { .. }, GroupCoordinatorRecord::GroupMetadata { .. }]
    ));
}

fn is_tombstone(record: &GroupCoordinatorRecord) -> bool {
    match record {
        GroupCoordinatorRecord::OffsetCommit { value, .. } => value.is_none(),
        GroupCoordinatorRecord::GroupMetadata { value, .. } => value.is_none(),
        _ => false,
    }
}

#[test]
fn offsets_of_a_simple_group_expire_one_by_one_since_their_commit() {
    let mut stand = hourly();
    stand.commit_offset("g", "", -1, "t", 1);
    stand.pass_ms(40 * MINUTE);
    stand.commit_offset("g", "", -1, "u", 2);
    stand.pass_ms(30 * MINUTE);
    assert_eq!((stand.fetch_offset("g", "t"), stand.fetch_offset("g", "u")), (-1, 2));
    stand.pass_ms(40 * MINUTE);
    assert_eq!(stand.fetch_offset("g", "u"), -1);
    assert!(stand.list(&[], &[]).is_empty());
}

#[test]
fn a_retention_time_of_the_commit_itself_counts_instead() {
    let mut stand = hourly();
    for (topic, retention_time_ms) in [("short", 5 * MINUTE), ("long", 300 * MINUTE)] {
        stand.ask_commit(OffsetCommitRequest { retention_time_ms, ..commit_of("g", "", -1, topic, 1) });
    }
    stand.pass_ms(11 * MINUTE);
    assert_eq!((stand.fetch_offset("g", "short"), stand.fetch_offset("g", "long")), (-1, 1));
    stand.pass_ms(200 * MINUTE);
    assert_eq!(stand.fetch_offset("g", "long"), 1);
    stand.pass_ms(100 * MINUTE);
    assert_eq!(stand.fetch_offset("g", "long"), -1);
}

#[test]
fn a_stable_group_loses_offsets_of_topics_that_it_gave_up() {
    let mut stand = hourly();
    let ask = |member: &str, topics: &[&str]| {
        let mut ask = join_of("g", member, Some("i"));
        ask.request.session_timeout_ms = 30 * 60 * 1000;
        ask.request.protocols = vec![protocol("range", topics)];
        ask
    };
    let join = stand.join(ask("", &["t", "u"]));
    stand.pass_ms(3_000);
    let ids = stand.settle("g", &[join]);
    for topic in ["t", "u"] {
        stand.commit_offset("g", &ids[0], 1, topic, 5);
    }
    let join = stand.join(ask(&ids[0], &["u"]));
    stand.settle("g", &[join]);
    for _ in 0..4 {
        stand.pass_ms(20 * MINUTE);
        assert_eq!(stand.heartbeat("g", &ids[0], 2), ErrorCode::None);
    }
    assert_eq!((stand.fetch_offset("g", "t"), stand.fetch_offset("g", "u")), (-1, 5));
    assert_eq!(stand.state_of("g"), Some(GroupState::Stable));
}

#[test]
fn a_group_in_a_rebalance_or_of_another_kind_loses_nothing() {
    let mut stand = hourly();
    let mut ask = join_of("g", "", Some("w"));
    ask.request.protocol_type = "connect".into();
    ask.request.session_timeout_ms = 30 * 60 * 1000;
    let join = stand.join(ask);
    stand.pass_ms(3_000);
    let ids = stand.settle("g", &[join]);
    stand.commit_offset("g", &ids[0], 1, "t", 5);
    for _ in 0..8 {
        stand.pass_ms(20 * MINUTE);
        stand.heartbeat("g", &ids[0], 1);
    }
    assert_eq!(stand.fetch_offset("g", "t"), 5);
}

#[test]
fn a_group_without_offsets_goes_at_the_next_check_unless_somebody_is_about_to_join() {
    let mut stand = hourly();
    stand.pass_ms(9 * MINUTE + 50_000);
    let ids = stand.stable("left", 1);
    let pending = stand.member_id("pending");
    stand.leave("left", &[(&ids[0], None)]);
    assert!(stand.state_of("left").is_some());
    stand.pass_ms(6_000);
    assert_eq!((stand.state_of("left"), stand.state_of("pending")), (None, Some(GroupState::Empty)));
    let join = stand.join(join_of("pending", &pending, None));
    assert!(stand.is_parked(join));
}

#[test]
fn the_trace_says_where_the_generations_of_a_group_end() {
    let mut stand = hourly();
    for group in ["deleted", "expired"] {
        let ids = stand.stable(group, 1);
        stand.leave(group, &[(&ids[0], None)]);
    }
    assert_eq!(stand.delete("deleted"), ErrorCode::None);
    assert_eq!(stand.dead, ["deleted"]);
    stand.pass_ms(11 * MINUTE);
    assert_eq!(stand.dead, ["deleted", "expired"]);
    let join = stand.join(join_of("deleted", "", Some("i")));
    stand.pass_ms(3_000);
    stand.settle("deleted", &[join]);
    assert_eq!(stand.generation_of("deleted"), Some(1), "another group of that name");
}

#[test]
fn an_expiry_that_is_refused_comes_again() {
    let mut stand = hourly();
    stand.commit_offset("g", "", -1, "t", 1);
    stand.log.refuses = Some(ErrorCode::NotEnoughReplicas);
    stand.pass_ms(75 * MINUTE);
    stand.log.refuses = None;
    assert_eq!(stand.fetch_offset("g", "t"), 1);
    stand.pass_ms(10 * MINUTE);
    assert_eq!(stand.fetch_offset("g", "t"), -1);
}

/// Commits an offset for many partitions of one topic.
fn commit_many(stand: &mut Stand, group: &str, topic: &str, partitions: core::ops::Range<i32>) {
    let mut request = commit_of(group, "", -1, topic, 1);
    let one = request.topics[0].partitions[0].clone();
    request.topics[0].partitions =
        partitions.map(|partition_index| OffsetCommitRequestPartition { partition_index, ..one.clone() }).collect();
    let id = stand.ask_commit(request);
    assert_eq!(stand.error_of(id), ErrorCode::None);
}

#[test]
fn expiry_takes_as_many_steps_as_there_is_to_do_and_no_group_goes_before_its_last_offset() {
    let mut stand = hourly();
    commit_many(&mut stand, "big", "a", 0..1_500);
    stand.pass_ms(30 * MINUTE);
    // This offset is committed later, and has not yet expired when the others have.
    commit_many(&mut stand, "big", "0-first", 0..1);
    commit_many(&mut stand, "big", "z-last", 0..1_200);
    let before = stand.log.batches.len();
    stand.pass_ms(35 * MINUTE);
    let steps = stand.log.batches.len() - before;
    assert_eq!(steps, 2, "1,500 tombstones, a thousand offsets looked at in a step");
    assert_eq!((stand.fetch_offset("big", "a"), stand.fetch_offset("big", "0-first")), (-1, 1));
    assert_eq!(stand.list(&[], &[]).len(), 1);
    stand.pass_ms(40 * MINUTE);
    assert!(stand.list(&[], &[]).is_empty());
    let groups = stand.log.records().filter(|it| matches!(it, GroupCoordinatorRecord::GroupMetadata { .. })).count();
    assert_eq!(groups, 1, "one tombstone for the group, behind its last offset");
}

#[test]
fn offsets_of_a_removed_topic_go_in_all_groups() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 1);
    stand.commit_offset("g", &ids[0], 1, "t", 1);
    let [old, new] = [Uuid::from_halves(1, 1), Uuid::from_halves(2, 2)];
    for (group, id) in [("of-old", old), ("of-new", new), ("unknown", Uuid::ZERO)] {
        let mut request = commit_of(group, "", -1, "t", 1);
        request.topics[0].topic_id = id;
        stand.ask_commit(request);
        stand.commit_offset(group, "", -1, "u", 2);
    }
    stand.remove_topics(&[RemovedTopic { name: "t".into(), id: TopicId(old) }]);
    let left = ["g", "of-old", "of-new", "unknown"].map(|group| stand.fetch_offset(group, "t"));
    assert_eq!(left, [-1, -1, 1, -1], "an offset of another topic of that name stays");
    assert_eq!(stand.fetch_offset("of-old", "u"), 2);
}

#[test]
fn topics_that_are_removed_while_it_loads_or_the_log_refuses_are_not_forgotten() {
    let mut stand = Stand::new();
    stand.commit_offset("g", "", -1, "t", 1);
    stand.commit_offset("g", "", -1, "u", 1);
    stand.restart_unloaded();
    stand.remove_topics(&[RemovedTopic { name: "t".into(), id: TopicId(Uuid::ZERO) }]);
    stand.load();
    stand.pass_ms(0);
    assert_eq!((stand.fetch_offset("g", "t"), stand.fetch_offset("g", "u")), (-1, 1));
    stand.log.refuses = Some(ErrorCode::NotEnoughReplicas);
    stand.remove_topics(&[RemovedTopic { name: "u".into(), id: TopicId(Uuid::ZERO) }]);
    stand.pass_ms(10_000);
    stand.log.refuses = None;
    assert_eq!(stand.fetch_offset("g", "u"), 1);
    stand.pass_ms(1_000);
    assert_eq!(stand.fetch_offset("g", "u"), -1);
}

#[test]
fn a_removed_topic_with_many_offsets_takes_several_steps() {
    let mut stand = Stand::new();
    for group in ["a", "b"] {
        commit_many(&mut stand, group, "t", 0..1_500);
        commit_many(&mut stand, group, "u", 0..3);
    }
    stand.remove_topics(&[RemovedTopic { name: "t".into(), id: TopicId(Uuid::ZERO) }]);
    assert_eq!(stand.coordinator.next_wake(), Some(crate::types::Instant::default()), "there is more to do");
    stand.pass_ms(0);
    for group in ["a", "b"] {
        let persisted = stand.coordinator.state().0.latest().get(group).expect("the other topic's offsets are left");
        assert_eq!(
            persisted.offsets.iter().map(|(topic, it)| (topic.to_string(), it.len())).collect::<Vec<_>>(),
            [("u".to_owned(), 3)]
        );
    }
}

#[test]
fn a_group_is_deleted_with_its_offsets_when_it_is_empty() {
    let mut stand = Stand::new();
    let ids = stand.stable("g", 1);
    stand.commit_offset("g", &ids[0], 1, "t", 1);
    assert_eq!(stand.delete("g"), ErrorCode::NonEmptyGroup);
    stand.leave("g", &[(&ids[0], None)]);
    let pending = stand.member_id("g");
    assert_eq!(stand.delete("g"), ErrorCode::None);
    assert_eq!((stand.fetch_offset("g", "t"), stand.delete("g")), (-1, ErrorCode::GroupIdNotFound));
    let join = stand.join(join_of("g", &pending, None));
    assert_eq!(stand.join_error(join), ErrorCode::UnknownMemberId);
    stand.commit_offset("simple", "", -1, "t", 1);
    assert_eq!((stand.delete("simple"), stand.fetch_offset("simple", "t")), (ErrorCode::None, -1));
    // A new group of the same name begins at generation 1.
    let ids = stand.stable("g", 1);
    assert_eq!((stand.generation_of("g"), ids.len()), (Some(1), 1));
    stand.restart();
}

#[test]
fn a_deletion_that_is_not_committed_is_not_shown() {
    let mut stand = Stand::new();
    stand.commit_offset("g", "", -1, "t", 1);
    stand.commits = false;
    let delete = stand.ask(GroupAsk::Delete { group: "g".into() });
    assert!(stand.is_parked(delete));
    assert_eq!(stand.fetch_offset("g", "t"), 1);
    assert_eq!(&*stand.describe("g").group_state, "Empty");
    stand.commit_all();
    assert_eq!(stand.error_of(delete), ErrorCode::None);
    assert_eq!(&*stand.describe("g").group_state, "Dead");
}

#[test]
fn a_large_group_is_dead_until_all_of_it_is_deleted() {
    let mut stand = Stand::new();
    for topic in ["a", "b", "c"] {
        commit_many(&mut stand, "g", topic, 0..900);
    }
    stand.log.max_bytes = Some(200_000);
    let delete = stand.ask(GroupAsk::Delete { group: "g".into() });
    assert!(stand.is_parked(delete));
    assert_eq!(stand.state_of("g"), Some(GroupState::Dead));
    let join = stand.join(join_of("g", "", None));
    assert_eq!(stand.join_error(join), ErrorCode::CoordinatorNotAvailable);
    assert_eq!(stand.commit_offset("g", "", -1, "t", 1), ErrorCode::CoordinatorNotAvailable);
    assert_eq!(stand.heartbeat("g", "m", 1), ErrorCode::CoordinatorNotAvailable);
    assert_eq!(stand.delete("g"), ErrorCode::GroupIdNotFound);
    assert_eq!(stand.fetch_offset("g", "c"), -1, "as of a group that does not exist");
    stand.pass_ms(0);
    assert_eq!(stand.error_of(delete), ErrorCode::None);
    assert!(stand.state_of("g").is_none() && stand.list(&[], &[]).is_empty());
}

#[test]
fn a_deletion_that_is_refused_half_way_is_told_and_goes_on() {
    let mut stand = Stand::new();
    for topic in ["a", "b"] {
        commit_many(&mut stand, "g", topic, 0..900);
    }
    stand.log.refuses = Some(ErrorCode::NotEnoughReplicas);
    assert_eq!(stand.delete("g"), ErrorCode::CoordinatorNotAvailable);
    assert_eq!(stand.fetch_offset("g", "b"), 1, "nothing has happened");
    stand.log.refuses = None;
    let delete = stand.ask(GroupAsk::Delete { group: "g".into() });
    stand.log.refuses = Some(ErrorCode::NotLeaderOrFollower);
    stand.pass_ms(0);
    assert_eq!(stand.error_of(delete), ErrorCode::NotCoordinator);
    stand.log.refuses = None;
    stand.pass_ms(1_000);
    assert!(stand.list(&[], &[]).is_empty());
}
