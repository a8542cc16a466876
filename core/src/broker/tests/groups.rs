//! Requests about consumer groups: which partition's coordinator is asked, what the session answers without asking, and
//! how it combines several answers.

use super::stand::{Stand, code, stand, stand_with, topic};
use crate::broker::{ControlAnswer, ControlOutcome, ControlQuestion, PartitionsSpec, TopicSpec};
use crate::group::{GroupAnswer, GroupAsk};
use crate::types::{ErrorCode, ImageVersion, TopicId, TopicPartition, Uuid};
use crate::wire::delete_groups::DeletableGroupResult;
use crate::wire::describe_groups::DescribedGroup;
use crate::wire::list_groups::ListedGroup;
use crate::wire::metadata::MetadataRequestTopic;
use crate::wire::offset_commit::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic, OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use crate::wire::offset_fetch::{OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchResponseGroup};
use crate::wire::{
    DeleteGroupsRequest, DeleteGroupsResponse, DescribeGroupsRequest, DescribeGroupsResponse, FindCoordinatorRequest,
    FindCoordinatorResponse, HeartbeatRequest, HeartbeatResponse, JoinGroupRequest, JoinGroupResponse,
    ListGroupsRequest, ListGroupsResponse, MetadataRequest, OffsetCommitRequest, OffsetCommitResponse,
    OffsetFetchRequest, OffsetFetchResponse,
};
use bytestring::ByteString;

/// The id of `__consumer_offsets` in these tests.
const OFFSETS: u64 = 99;

fn text(text: &'static str) -> ByteString {
    ByteString::from_static(text)
}

/// A broker whose cluster has `__consumer_offsets`, of four partitions: 0 and 1 led by node 1, 2 by node 2, 3 by
/// nobody.
fn with_offsets() -> Stand {
    stand_with(|_| {}, |image| image.put_topic(topic("__consumer_offsets", OFFSETS, &[1, 1, 2, -1])))
}

/// A group's partition: Java's hash of "a" is 97, of "b" 98 and so on.
fn partition_of(group: &str) -> TopicPartition {
    let hash = i32::from(group.as_bytes()[0]);
    TopicPartition { topic: TopicId(Uuid::from_halves(0, OFFSETS)), partition: hash % 4 }
}

fn find(keys: &[&'static str]) -> FindCoordinatorRequest {
    let coordinator_keys = keys.iter().map(|key| text(key)).collect();
    FindCoordinatorRequest { key: text(keys[0]), key_type: 0, coordinator_keys }
}

#[test]
fn the_coordinator_is_the_leader_of_the_groups_partition() {
    let mut stand = with_offsets();
    let conn = stand.connect();
    // 'd' is 100: partition 0; 'b' is 98: partition 2; 'c' is 99: partition 3, which has no leader.
    let answer: FindCoordinatorResponse = stand.call(conn, &find(&["d", "b", "c"]), 4);
    let found: Vec<_> = answer.coordinators.iter().map(|it| (&*it.key, it.node_id, it.error_code)).collect();
    assert_eq!(found, [("d", 1, 0), ("b", 2, 0), ("c", -1, code(ErrorCode::CoordinatorNotAvailable))]);
    assert_eq!((&*answer.coordinators[1].host, answer.coordinators[1].port), ("plaintext2", 9092));
    let answer = stand.call(conn, &find(&["b"]), 2);
    assert_eq!((answer.error_code, answer.node_id, &*answer.host, answer.port), (0, 2, "plaintext2", 9092));
}

#[test]
fn the_first_group_makes_the_offsets_topic_with_kafkas_settings() {
    let mut stand = stand_with(|config| config.offsets_topic.replication_factor = 2, |_| {});
    let conn = stand.connect();
    let number = stand.send(conn, &find(&["d"]), 4);
    let (ask, what) = stand.controls.pop_front().expect("control was asked");
    let configs = [("cleanup.policy", "compact"), ("compression.type", "producer"), ("segment.bytes", "104857600")];
    let wanted = TopicSpec {
        name: "__consumer_offsets".into(),
        partitions: PartitionsSpec::Count { partitions: 50, replication_factor: 2 },
        configs: configs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect(),
    };
    assert_eq!(what, ControlQuestion::CreateTopics { topics: vec![wanted], validate_only: false });
    let outcome = ControlOutcome::TopicsCreated(Vec::new());
    stand.reply_control(ask, ControlAnswer { image: ImageVersion(8), outcome });
    assert!(stand.is_silent(conn), "this shard does not have the topic yet");
    stand.publish(|image| image.put_topic(topic("__consumer_offsets", OFFSETS, &[1, 1, 2, -1])));
    let answer: FindCoordinatorResponse = stand.answer(conn, number, 4);
    assert_eq!((answer.coordinators[0].error_code, answer.coordinators[0].node_id), (0, 1));
}

#[test]
fn an_offsets_topic_with_more_replicas_than_brokers_is_refused_with_the_next_step() {
    let mut stand = stand();
    let conn = stand.connect();
    let answer = stand.call(conn, &find(&["d"]), 4);
    let row = &answer.coordinators[0];
    assert_eq!(row.error_code, code(ErrorCode::CoordinatorNotAvailable));
    let message = row.error_message.as_deref().expect("says why");
    assert!(message.contains("is 3 and 2 broker(s) are registered: start more brokers, or set"), "{message}");
    assert!(stand.controls.is_empty());
    let request = FindCoordinatorRequest { key_type: 1, ..find(&["d"]) };
    let answer = stand.call(conn, &request, 4);
    assert_eq!(answer.coordinators[0].error_code, code(ErrorCode::CoordinatorNotAvailable), "no transactions");
}

#[test]
fn metadata_makes_an_internal_topic_with_its_settings_or_not_at_all() {
    let named = |name| MetadataRequest {
        topics: Some(vec![MetadataRequestTopic { name: Some(text(name)), topic_id: Uuid::ZERO }]),
        allow_auto_topic_creation: true,
        ..MetadataRequest::default()
    };
    let mut stand = stand_with(|config| config.offsets_topic.replication_factor = 1, |_| {});
    let conn = stand.connect();
    stand.send(conn, &named("__consumer_offsets"), 9);
    let (_, what) = stand.controls.pop_front().expect("control was asked");
    assert!(
        matches!(&what, ControlQuestion::CreateTopics { topics, .. }
            if topics[0].configs.get("cleanup.policy").is_some_and(|policy| &**policy == "compact")),
        "{what:?}"
    );
    let other = stand.connect();
    let answer = stand.call(other, &named("__transaction_state"), 9);
    assert_eq!(answer.topics[0].error_code, code(ErrorCode::UnknownTopicOrPartition));
    assert!(stand.controls.is_empty());
}

#[test]
fn a_member_is_served_by_the_partition_of_its_group() {
    let mut stand = with_offsets();
    let conn = stand.connect();
    let request = JoinGroupRequest { group_id: text("b"), session_timeout_ms: 10_000, ..JoinGroupRequest::default() };
    let number = stand.send(conn, &request, 9);
    let (ask, partition, what) = stand.group_asks.pop_front().expect("the coordinator was asked");
    assert_eq!(partition, partition_of("b"));
    let GroupAsk::Join(join) = what else { panic!("{what:?}") };
    assert_eq!((join.version, &*join.client_host, &join.request), (9, "/127.0.0.1", &request));
    stand.pass_ms(500_000);
    assert!(stand.is_silent(conn), "a rebalance may take long");
    stand.reply_group(ask, GroupAnswer::Join(JoinGroupResponse { generation_id: 7, ..JoinGroupResponse::default() }));
    let answer: JoinGroupResponse = stand.answer(conn, number, 9);
    assert_eq!((answer.error_code, answer.generation_id), (0, 7));
}

#[test]
fn without_an_offsets_topic_there_is_no_coordinator_and_one_that_stays_away_is_not_available() {
    let heartbeat = HeartbeatRequest { group_id: text("b"), ..HeartbeatRequest::default() };
    let mut without = stand();
    let conn = without.connect();
    let answer = without.call(conn, &heartbeat, 4);
    assert_eq!(answer.error_code, code(ErrorCode::NotCoordinator));
    let mut stand = with_offsets();
    let conn = stand.connect();
    let number = stand.send(conn, &heartbeat, 4);
    stand.pass_ms(30_001);
    let answer: HeartbeatResponse = stand.answer(conn, number, 4);
    assert_eq!(answer.error_code, code(ErrorCode::CoordinatorNotAvailable));
}

fn commit(topics: &[(&'static str, u64, &[i32])]) -> OffsetCommitRequest {
    let partition = |index: &i32| OffsetCommitRequestPartition {
        partition_index: *index,
        ..OffsetCommitRequestPartition::default()
    };
    let topics = topics.iter().map(|(name, id, partitions)| OffsetCommitRequestTopic {
        name: text(name),
        topic_id: Uuid::from_halves(0, *id),
        partitions: partitions.iter().map(partition).collect(),
    });
    OffsetCommitRequest { group_id: text("b"), topics: topics.collect(), ..OffsetCommitRequest::default() }
}

fn codes(topics: &[OffsetCommitResponseTopic]) -> Vec<(i32, i16)> {
    let rows = topics.iter().flat_map(|topic| &topic.partitions);
    rows.map(|row| (row.partition_index, row.error_code)).collect()
}

#[test]
fn partitions_that_do_not_exist_are_answered_here_and_keep_their_places() {
    // Topic `t` has id 1 and partitions 0 to 3. There is no topic `x`.
    let unknown = code(ErrorCode::UnknownTopicOrPartition);
    for (version, unknown_topic) in [(9, unknown), (10, code(ErrorCode::UnknownTopicId))] {
        let mut stand = with_offsets();
        let conn = stand.connect();
        let request = commit(&[("x", 5, &[0]), ("t", 1, &[7, 0, -1, 2])]);
        let number = stand.send(conn, &request, version);
        let (ask, partition, what) = stand.group_asks.pop_front().expect("the coordinator was asked");
        assert_eq!(partition, partition_of("b"));
        let GroupAsk::CommitOffsets { request: asked, .. } = what else { panic!("{what:?}") };
        assert_eq!(
            (asked.topics.len(), &*asked.topics[0].name, asked.topics[0].topic_id),
            (1, "t", Uuid::from_halves(0, 1))
        );
        let row = |partition_index, error_code| OffsetCommitResponsePartition { partition_index, error_code };
        let topics = vec![OffsetCommitResponseTopic {
            name: text("t"),
            topic_id: Uuid::ZERO,
            partitions: vec![row(0, 0), row(2, code(ErrorCode::OffsetMetadataTooLarge))],
        }];
        stand.reply_group(ask, GroupAnswer::CommitOffsets(OffsetCommitResponse { throttle_time_ms: 0, topics }));
        let answer: OffsetCommitResponse = stand.answer(conn, number, version);
        let rows =
            [(0, unknown_topic), (7, unknown), (0, 0), (-1, unknown), (2, code(ErrorCode::OffsetMetadataTooLarge))];
        assert_eq!(codes(&answer.topics), rows, "version {version}");
    }
}

#[test]
fn a_commit_of_nothing_that_exists_asks_nobody() {
    let mut stand = with_offsets();
    let conn = stand.connect();
    let answer = stand.call(conn, &commit(&[("x", 5, &[0])]), 9);
    assert_eq!(codes(&answer.topics), [(0, code(ErrorCode::UnknownTopicOrPartition))]);
    assert!(stand.group_asks.is_empty());
}

#[test]
fn offsets_of_many_groups_are_fetched_from_each_groups_partition() {
    let mut stand = with_offsets();
    let conn = stand.connect();
    let group =
        |name| OffsetFetchRequestGroup { group_id: text(name), topics: None, ..OffsetFetchRequestGroup::default() };
    let request = OffsetFetchRequest { groups: vec![group("b"), group("d")], ..OffsetFetchRequest::default() };
    let number = stand.send(conn, &request, 8);
    let asked: Vec<_> = stand.group_asks.drain(..).collect();
    assert_eq!([asked[0].1, asked[1].1], [partition_of("b"), partition_of("d")]);
    let fetched = |name, error_code| {
        GroupAnswer::FetchOffsets(OffsetFetchResponseGroup {
            group_id: text(name),
            error_code,
            ..OffsetFetchResponseGroup::default()
        })
    };
    stand.reply_group(asked[1].0, fetched("d", 0));
    assert!(stand.is_silent(conn));
    stand.reply_group(asked[0].0, fetched("b", code(ErrorCode::CoordinatorLoadInProgress)));
    let answer: OffsetFetchResponse = stand.answer(conn, number, 8);
    let rows: Vec<_> = answer.groups.iter().map(|group| (&*group.group_id, group.error_code)).collect();
    assert_eq!(rows, [("b", code(ErrorCode::CoordinatorLoadInProgress)), ("d", 0)]);
}

#[test]
fn a_groups_error_is_in_every_row_where_the_version_has_no_other_place_for_it() {
    for version in [1, 2, 7] {
        for is_refused_by_coordinator in [true, false] {
            // Without the offsets topic, the session refuses the request itself.
            let mut stand = if is_refused_by_coordinator { with_offsets() } else { stand() };
            let conn = stand.connect();
            let topics = vec![OffsetFetchRequestTopic { name: text("t"), partition_indexes: vec![0, 1] }];
            let request =
                OffsetFetchRequest { group_id: text("b"), topics: Some(topics), ..OffsetFetchRequest::default() };
            let number = stand.send(conn, &request, version);
            let error_code = code(ErrorCode::NotCoordinator);
            if let Some((n, ..)) = stand.group_asks.pop_front() {
                let row = OffsetFetchResponseGroup { error_code, ..OffsetFetchResponseGroup::default() };
                stand.reply_group(n, GroupAnswer::FetchOffsets(row));
            }
            let answer: OffsetFetchResponse = stand.answer(conn, number, version);
            let rows: Vec<_> = answer.topics.iter().flat_map(|topic| &topic.partitions).collect();
            let rows: Vec<_> =
                rows.iter().map(|row| (row.partition_index, row.committed_offset, row.error_code)).collect();
            match version {
                1 => assert_eq!(rows, [(0, -1, error_code), (1, -1, error_code)]),
                _ => assert_eq!((answer.error_code, rows), (error_code, vec![]), "version {version}"),
            }
        }
    }
}

#[test]
fn groups_are_listed_from_every_partition_that_is_led_here() {
    let mut stand = with_offsets();
    let conn = stand.connect();
    let number = stand.send(conn, &ListGroupsRequest::default(), 4);
    let asked: Vec<_> = stand.group_asks.drain(..).collect();
    assert_eq!(asked.iter().map(|(_, partition, _)| partition.partition).collect::<Vec<_>>(), [0, 1]);
    let listed = |names: &[&'static str], error_code| {
        let group = |name: &&'static str| ListedGroup { group_id: text(name), ..ListedGroup::default() };
        let groups = names.iter().map(group).collect();
        GroupAnswer::List(ListGroupsResponse { throttle_time_ms: 0, error_code, groups })
    };
    stand.reply_group(asked[0].0, listed(&["z", "a"], 0));
    stand.reply_group(asked[1].0, listed(&[], code(ErrorCode::NotCoordinator)));
    let answer: ListGroupsResponse = stand.answer(conn, number, 4);
    let names: Vec<_> = answer.groups.iter().map(|group| &*group.group_id).collect();
    assert_eq!((answer.error_code, names), (0, vec!["a", "z"]));
}

#[test]
fn a_partition_is_asked_about_the_names_of_a_filter_that_groups_can_have() {
    let table: [(&[&'static str], &[&'static str]); 5] = [
        (&[], &[]),
        (&["empty", "Empty", " EMPTY "], &["Empty"]),
        (&["nosuch", "stable", "dead"], &["Stable", "Dead"]),
        (&["nosuch", "other"], &["nosuch"]),
        (&[""], &[""]),
    ];
    for (states, asked) in table {
        let mut stand = with_offsets();
        let conn = stand.connect();
        let states_filter = states.iter().map(|state| text(state)).collect();
        stand.send(conn, &ListGroupsRequest { states_filter, ..ListGroupsRequest::default() }, 4);
        let (_, _, what) = stand.group_asks.pop_front().expect("a partition is asked");
        let GroupAsk::List { states, .. } = what else { panic!("asks for a list") };
        assert_eq!(states, asked);
    }
}

#[test]
fn a_list_that_would_lack_groups_is_an_error() {
    let mut stand = with_offsets();
    let conn = stand.connect();
    let number = stand.send(conn, &ListGroupsRequest::default(), 4);
    let asked: Vec<_> = stand.group_asks.drain(..).collect();
    for (ask, ..) in asked {
        let error_code = code(ErrorCode::CoordinatorLoadInProgress);
        stand.reply_group(ask, GroupAnswer::List(ListGroupsResponse { error_code, ..ListGroupsResponse::default() }));
    }
    let answer: ListGroupsResponse = stand.answer(conn, number, 4);
    assert_eq!(answer.error_code, code(ErrorCode::CoordinatorLoadInProgress));
}

#[test]
fn groups_are_deleted_each_by_its_partition() {
    let mut stand = with_offsets();
    let conn = stand.connect();
    let request = DeleteGroupsRequest { groups_names: vec![text("b"), text("d")] };
    let number = stand.send(conn, &request, 2);
    let asked: Vec<_> = stand.group_asks.drain(..).collect();
    for (ask, _, what) in asked {
        let group_id = what.group().expect("is about one group").clone();
        let error_code = if &*group_id == "d" { code(ErrorCode::NonEmptyGroup) } else { 0 };
        stand
            .reply_group(ask, GroupAnswer::Delete(DeletableGroupResult { group_id, error_code, ..Default::default() }));
    }
    let answer: DeleteGroupsResponse = stand.answer(conn, number, 2);
    let rows: Vec<_> = answer.results.iter().map(|row| (&*row.group_id, row.error_code)).collect();
    assert_eq!(rows, [("b", 0), ("d", code(ErrorCode::NonEmptyGroup))]);
}

/// The numbers are those that Apache Kafka 4.3.1 answers without an authorizer.
#[test]
fn what_a_client_may_do_with_a_group_is_told_where_it_asks() {
    for (include_authorized_operations, error_code, told) in
        [(true, 0, 3400), (false, 0, i32::MIN), (true, code(ErrorCode::GroupIdNotFound), i32::MIN)]
    {
        let mut stand = with_offsets();
        let conn = stand.connect();
        let group = text("d");
        let request = DescribeGroupsRequest { groups: vec![group.clone()], include_authorized_operations };
        let number = stand.send(conn, &request, 6);
        let (ask, ..) = stand.group_asks.pop_front().expect("the coordinator is asked");
        let described = DescribedGroup { group_id: group, error_code, ..DescribedGroup::default() };
        stand.reply_group(ask, GroupAnswer::Describe(described));
        let answer: DescribeGroupsResponse = stand.answer(conn, number, 6);
        assert_eq!(answer.groups[0].authorized_operations, told);
    }
}
