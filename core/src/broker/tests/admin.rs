//! The smaller requests: ApiVersions, ListOffsets, OffsetForLeaderEpoch, CreateTopics, InitProducerId, FindCoordinator.

use super::stand::{Stand, code, place, stand, stand_with, topic};
use crate::broker::{
    ControlAnswer, ControlOutcome, ControlQuestion, PartitionsSpec, ProducerIdBlock, Refusal, TopicCreated,
};
use crate::metadata::TOPIC_KEYS;
use crate::replica::{Fetcher, Isolation, OffsetFound, OffsetSpec, PartitionAnswer, PartitionAsk};
use crate::types::{ErrorCode, ImageVersion, LeaderEpoch, NodeId, Offset, ProducerId, Timestamp, TopicId, Uuid};
use crate::wire::create_topics::{CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig};
use crate::wire::list_offsets::{ListOffsetsPartition, ListOffsetsPartitionResponse, ListOffsetsTopic};
use crate::wire::offset_for_leader_epoch::{OffsetForLeaderPartition, OffsetForLeaderTopic};
use crate::wire::{
    ApiVersionsRequest, ApiVersionsResponse, CreateTopicsRequest, CreateTopicsResponse, FindCoordinatorRequest,
    InitProducerIdRequest, InitProducerIdResponse, ListOffsetsRequest, ListOffsetsResponse,
    OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, open_response,
};
use bytes::{BufMut, BytesMut};
use bytestring::ByteString;

fn software(name: &'static str) -> ApiVersionsRequest {
    ApiVersionsRequest {
        client_software_name: ByteString::from_static(name),
        client_software_version: ByteString::from_static("1.0"),
        ..ApiVersionsRequest::default()
    }
}

#[test]
fn api_versions_tells_what_is_served_in_every_version() {
    for version in 0..=5 {
        let mut stand = stand();
        let conn = stand.connect();
        let answer = stand.call(conn, &software("test"), version);
        let keys: Vec<_> = answer.api_keys.iter().map(|api| api.api_key).collect();
        assert_eq!(
            (answer.error_code, keys),
            (
                0,
                vec![
                    0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23, 32, 33, 35, 37, 42, 44, 47,
                    60, 61, 74, 75
                ]
            )
        );
        let produce = answer.api_keys.iter().find(|api| api.api_key == 0).expect("has produce");
        // KAFKA-18659: librdkafka stops compressing when the minimum is above 0.
        assert_eq!((produce.min_version, produce.max_version), (0, 13));
        assert!(answer.supported_features.is_empty());
    }
}

#[test]
fn an_unknown_version_of_api_versions_is_answered_in_version_0_and_the_connection_kept() {
    let mut stand = stand();
    let conn = stand.connect();
    let mut frame = BytesMut::new();
    frame.put_i16(18);
    frame.put_i16(99);
    frame.put_i32(5);
    frame.put_slice(b"whatever a later version has");
    stand.send_bytes(conn, frame.freeze());
    let frame = stand.next_frame(conn).expect("is answered");
    let answer: ApiVersionsResponse = open_response(frame, 5, 0).expect("in version 0");
    assert_eq!(answer.error_code, code(ErrorCode::UnsupportedVersion));
    let ranges: Vec<_> = answer.api_keys.iter().map(|it| (it.api_key, it.min_version, it.max_version)).collect();
    assert_eq!(ranges, vec![(18, 0, 5)]);
    assert!(stand.flow.is_empty());
    assert_eq!(stand.call(conn, &software("test"), 3).error_code, 0);
}

#[test]
fn a_client_that_gives_itself_an_odd_name_is_refused() {
    let mut stand = stand();
    let conn = stand.connect();
    for (name, version, error) in [("a b", 3, ErrorCode::InvalidRequest), ("", 2, ErrorCode::None)] {
        assert_eq!(stand.call(conn, &software(name), version).error_code, code(error));
    }
}

#[test]
fn a_client_that_meant_another_cluster_or_node_is_sent_back_to_its_bootstrap_servers() {
    let table = [(None, -1, ErrorCode::None), (Some("cluster"), 1, ErrorCode::None)];
    let others = [(Some("other"), -1, ErrorCode::RebootstrapRequired), (None, 2, ErrorCode::RebootstrapRequired)];
    for (cluster, node_id, error) in table.into_iter().chain(others) {
        let mut stand = stand();
        let conn = stand.connect();
        let cluster_id = cluster.map(ByteString::from_static);
        let request = ApiVersionsRequest { cluster_id, node_id, ..software("test") };
        assert_eq!(stand.call(conn, &request, 5).error_code, code(error));
    }
}

fn list(timestamps: &[(i32, i64)]) -> ListOffsetsRequest {
    let partition = |(index, timestamp): &(i32, i64)| ListOffsetsPartition {
        partition_index: *index,
        current_leader_epoch: 5,
        timestamp: *timestamp,
    };
    let partitions = timestamps.iter().map(partition).collect();
    let topics = vec![ListOffsetsTopic { name: ByteString::from_static("t"), partitions }];
    ListOffsetsRequest { replica_id: -1, topics, ..ListOffsetsRequest::default() }
}

fn offsets(answer: &ListOffsetsResponse) -> Vec<&ListOffsetsPartitionResponse> {
    answer.topics.iter().flat_map(|topic| &topic.partitions).collect()
}

#[test]
fn list_offsets_asks_for_what_each_timestamp_means_since_its_version() {
    // Timestamp, first version that knows it, what the partition is asked, and whether what it finds is the answer:
    // without remote storage, no offset is the last or the next one there.
    let never = i16::MAX;
    let table = [
        (-1, 1, OffsetSpec::Latest, true),
        (-2, 1, OffsetSpec::Earliest, true),
        (-3, 7, OffsetSpec::MaxTimestamp, true),
        (-4, 8, OffsetSpec::Earliest, true),
        (-5, 9, OffsetSpec::Earliest, false),
        (-6, 11, OffsetSpec::Earliest, false),
        (-7, never, OffsetSpec::Earliest, false),
        (-1_000, never, OffsetSpec::Earliest, false),
        (i64::MIN, never, OffsetSpec::Earliest, false),
        (0, 1, OffsetSpec::At(Timestamp(0)), true),
        (77, 1, OffsetSpec::At(Timestamp(77)), true),
    ];
    for (timestamp, since, spec, is_answer) in table {
        for version in 1..=11 {
            let mut stand = stand();
            let conn = stand.connect();
            let number = stand.send(conn, &list(&[(0, timestamp)]), version);
            let asked = stand.asks.pop_front();
            if version < since {
                let answer: ListOffsetsResponse = stand.answer(conn, number, version);
                assert_eq!(offsets(&answer)[0].error_code, code(ErrorCode::UnsupportedVersion), "{timestamp}");
                let unknown = stand.call(conn, &list(&[(9, timestamp)]), version);
                let error = offsets(&unknown)[0].error_code;
                assert_eq!(error, code(ErrorCode::UnsupportedVersion), "the version is looked at first");
            } else {
                let current_leader_epoch = (version >= 4).then_some(LeaderEpoch(5));
                let fetcher = Fetcher::Consumer(Isolation::ReadUncommitted);
                let what = PartitionAsk::ListOffset { spec, current_leader_epoch, fetcher };
                let asked = asked.expect("the partition is asked");
                assert_eq!(asked.what, what, "{timestamp} in v{version}");
                let found = OffsetFound { offset: Offset(8), timestamp: None, epoch: None };
                stand.reply(&asked, PartitionAnswer::Offset(Ok(Some(found))));
                let answer: ListOffsetsResponse = stand.answer(conn, number, version);
                let offset = if is_answer { 8 } else { -1 };
                assert_eq!((offsets(&answer)[0].error_code, offsets(&answer)[0].offset), (0, offset));
            }
        }
    }
}

#[test]
fn list_offsets_answers_with_the_record_or_with_nothing_or_with_an_error() {
    let mut stand = stand();
    let conn = stand.connect();
    let number = stand.send(conn, &list(&[(0, 77), (1, 77), (2, 77), (9, 77), (0, -1)]), 7);
    let asks: Vec<_> = stand.asks.drain(..).collect();
    assert_eq!(asks.len(), 3);
    let found = OffsetFound { offset: Offset(8), timestamp: Some(Timestamp(80)), epoch: Some(LeaderEpoch(2)) };
    let answers = [Ok(Some(found)), Ok(None), Err(ErrorCode::FencedLeaderEpoch)];
    for (ask, answer) in asks.iter().zip(answers) {
        stand.reply(ask, PartitionAnswer::Offset(answer));
    }
    let answer: ListOffsetsResponse = stand.answer(conn, number, 7);
    let rows: Vec<_> = offsets(&answer)
        .iter()
        .map(|it| (it.partition_index, it.error_code, it.offset, it.timestamp, it.leader_epoch))
        .collect();
    let wanted = vec![
        (0, 0, 8, 80, 2),
        (1, 0, -1, -1, -1),
        (2, code(ErrorCode::FencedLeaderEpoch), -1, -1, -1),
        (9, code(ErrorCode::UnknownTopicOrPartition), -1, -1, -1),
        (0, code(ErrorCode::InvalidRequest), -1, -1, -1),
    ];
    assert_eq!(rows, wanted);
}

#[test]
fn a_leader_that_is_too_new_to_know_is_told_in_the_words_of_the_version() {
    for (version, told) in [(4, ErrorCode::LeaderNotAvailable), (5, ErrorCode::OffsetNotAvailable)] {
        let mut stand = stand();
        let conn = stand.connect();
        let number = stand.send(conn, &list(&[(0, -1)]), version);
        let ask = stand.next_ask();
        stand.reply(&ask, PartitionAnswer::Offset(Err(ErrorCode::OffsetNotAvailable)));
        let answer: ListOffsetsResponse = stand.answer(conn, number, version);
        assert_eq!(offsets(&answer)[0].error_code, code(told));
    }
}

#[test]
fn list_offsets_of_a_replica_or_of_committed_records_says_so() {
    let replica = ListOffsetsRequest { replica_id: 2, ..list(&[(0, -1)]) };
    let committed = ListOffsetsRequest { isolation_level: 1, ..list(&[(0, -1)]) };
    let table = [
        (replica, Fetcher::Replica { node: NodeId(2), epoch: None }),
        (committed, Fetcher::Consumer(Isolation::ReadCommitted)),
    ];
    for (request, wanted) in table {
        let mut stand = stand();
        let conn = stand.connect();
        stand.send(conn, &request, 7);
        let PartitionAsk::ListOffset { fetcher, .. } = stand.next_ask().what else { panic!("asks for an offset") };
        assert_eq!(fetcher, wanted);
    }
}

#[test]
fn an_offset_that_nobody_finds_in_time_times_out() {
    let mut stand = stand();
    let conn = stand.connect();
    let number = stand.send(conn, &list(&[(0, -1)]), 7);
    stand.pass_ms(10_000);
    let answer: ListOffsetsResponse = stand.answer(conn, number, 7);
    assert_eq!(offsets(&answer)[0].error_code, code(ErrorCode::RequestTimedOut));
}

#[test]
fn epoch_ends_are_asked_for_and_answered() {
    for version in 2..=4 {
        let mut stand = stand();
        let conn = stand.connect();
        let asked =
            |partition, leader_epoch| OffsetForLeaderPartition { partition, current_leader_epoch: 5, leader_epoch };
        let partitions = vec![asked(0, 3), asked(1, 3), asked(2, 3), asked(3, -1), asked(7, 3)];
        let topics = vec![OffsetForLeaderTopic { topic: ByteString::from_static("t"), partitions }];
        let request = OffsetForLeaderEpochRequest { replica_id: -1, topics };
        let number = stand.send(conn, &request, version);
        let asks: Vec<_> = stand.asks.drain(..).collect();
        let what = PartitionAsk::EpochEnd { epoch: LeaderEpoch(3), current_leader_epoch: Some(LeaderEpoch(5)) };
        assert_eq!((asks.len(), &asks[0].what, asks[0].partition), (4, &what, place(1, 0)));
        let found = (LeaderEpoch(2), Offset(9));
        let answers = [Ok(Some(found)), Ok(None), Err(ErrorCode::UnknownLeaderEpoch), Ok(Some(found))];
        for (ask, answer) in asks.iter().zip(answers) {
            stand.reply(ask, PartitionAnswer::EpochEnd(answer));
        }
        let answer: OffsetForLeaderEpochResponse = stand.answer(conn, number, version);
        let rows: Vec<_> = answer.topics[0]
            .partitions
            .iter()
            .map(|it| (it.partition, it.error_code, it.leader_epoch, it.end_offset))
            .collect();
        let wanted = vec![
            (0, 0, 2, 9),
            (1, 0, -1, -1),
            (2, code(ErrorCode::UnknownLeaderEpoch), -1, -1),
            (3, 0, -1, -1),
            (7, code(ErrorCode::UnknownTopicOrPartition), -1, -1),
        ];
        assert_eq!(rows, wanted, "v{version}");
    }
}

fn new_topic(name: &str) -> CreatableTopic {
    let name = ByteString::from(name);
    CreatableTopic { name, num_partitions: 2, replication_factor: 2, ..CreatableTopic::default() }
}

fn create(topics: Vec<CreatableTopic>) -> CreateTopicsRequest {
    CreateTopicsRequest { topics, timeout_ms: 5_000, validate_only: false }
}

fn assigned(chosen: &[(i32, &[i32])]) -> CreatableTopic {
    let assignment = |(partition, brokers): &(i32, &[i32])| CreatableReplicaAssignment {
        partition_index: *partition,
        broker_ids: brokers.to_vec(),
    };
    CreatableTopic {
        num_partitions: -1,
        replication_factor: -1,
        assignments: chosen.iter().map(assignment).collect(),
        ..new_topic("new")
    }
}

fn configured(key: &'static str, value: Option<&'static str>) -> CreatableTopic {
    let config = CreatableTopicConfig { name: key.into(), value: value.map(ByteString::from_static) };
    CreatableTopic { configs: vec![config], ..new_topic("new") }
}

#[test]
fn what_create_topics_refuses_by_itself_and_in_which_words() {
    let counted =
        |num_partitions, replication_factor| CreatableTopic { num_partitions, replication_factor, ..new_topic("new") };
    let mut with_factor = assigned(&[(0, &[1])]);
    with_factor.replication_factor = 1;
    let mut with_count = assigned(&[(0, &[1])]);
    with_count.num_partitions = 1;
    let table = [
        (new_topic("t"), "TOPIC_ALREADY_EXISTS: Topic 't' already exists."),
        (new_topic(""), "INVALID_TOPIC_EXCEPTION: Topic name is invalid: the empty string is not allowed"),
        (new_topic(".."), "INVALID_TOPIC_EXCEPTION: Topic name is invalid: '.' or '..' is not allowed"),
        (
            new_topic("a b"),
            "INVALID_TOPIC_EXCEPTION: Topic name is invalid: it contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
        ),
        (new_topic("x_y"), "INVALID_TOPIC_EXCEPTION: Topic 'x_y' collides with existing topic: x.y"),
        (
            new_topic("__cluster_metadata"),
            "INVALID_REQUEST: Creation of internal topic __cluster_metadata is prohibited.",
        ),
        (counted(0, 1), "INVALID_PARTITIONS: Number of partitions was set to an invalid non-positive value."),
        (counted(-2, 1), "INVALID_PARTITIONS: Number of partitions was set to an invalid non-positive value."),
        (counted(1, 0), "INVALID_REPLICATION_FACTOR: Replication factor was set to an invalid non-positive value."),
        (
            counted(1, 3),
            "INVALID_REPLICATION_FACTOR: Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached because only 2 broker(s) are registered.",
        ),
        (counted(10_001, 1), "POLICY_VIOLATION: Excessively large number of partitions per request."),
        (
            with_factor,
            "INVALID_REQUEST: A manual partition assignment was specified, but replication factor was not set to -1.",
        ),
        (
            with_count,
            "INVALID_REQUEST: A manual partition assignment was specified, but numPartitions was not set to -1.",
        ),
        (
            assigned(&[(0, &[1]), (0, &[2])]),
            "INVALID_REPLICA_ASSIGNMENT: Found multiple manual partition assignments for partition 0",
        ),
        (
            assigned(&[(0, &[])]),
            "INVALID_REPLICA_ASSIGNMENT: The manual partition assignment includes an empty replica list.",
        ),
        (
            assigned(&[(0, &[1, 1])]),
            "INVALID_REPLICA_ASSIGNMENT: The manual partition assignment includes a broker more than once.",
        ),
        (
            assigned(&[(0, &[9])]),
            "INVALID_REPLICA_ASSIGNMENT: The manual partition assignment includes broker 9, but no such broker is registered.",
        ),
        (
            assigned(&[(0, &[1, 2]), (1, &[1])]),
            "INVALID_REPLICA_ASSIGNMENT: The manual partition assignment includes a partition with 1 replica(s), but this is not consistent with previous partitions, which have 2 replica(s).",
        ),
        (
            assigned(&[(0, &[1]), (2, &[1])]),
            "INVALID_REPLICA_ASSIGNMENT: partitions should be a consecutive 0-based integer sequence",
        ),
        (
            configured("retention.msx", Some("1")),
            "INVALID_CONFIG: Unknown topic config name: retention.msx; did you mean retention.ms?",
        ),
        (
            configured("min.insync.replicas", Some("0")),
            "INVALID_CONFIG: Invalid value 0 for configuration min.insync.replicas: it takes a whole number of at least 1",
        ),
        (configured("retention.ms", None), "INVALID_CONFIG: Null value not supported for topic configs: retention.ms"),
    ];
    for (topic_asked, wanted) in table {
        let mut stand = stand_with(|_| {}, |image| image.put_topic(topic("x.y", 9, &[1])));
        let conn = stand.connect();
        let answer = stand.call(conn, &create(vec![topic_asked]), 7);
        let row = &answer.topics[0];
        let words = row.error_message.as_deref().unwrap_or("");
        assert_eq!(format!("{}: {words}", ErrorCode::from_wire(row.error_code)), wanted);
        assert_eq!(row.configs, Some(Vec::new()), "null would say that the client may not see them");
        assert!(stand.controls.is_empty());
    }
}

#[test]
fn a_topic_that_is_asked_for_twice_has_one_refusal_and_the_others_are_made() {
    let mut stand = stand();
    let conn = stand.connect();
    let number = stand.send(conn, &create(vec![new_topic("a"), new_topic("b"), new_topic("a")]), 7);
    let (ask, what) = stand.controls.pop_front().expect("the control shard is asked");
    let ControlQuestion::CreateTopics { topics, .. } = &what else { panic!("{what:?}") };
    assert_eq!(topics.len(), 1);
    answer_created(&mut stand, ask, 1);
    let answer: CreateTopicsResponse = stand.answer(conn, number, 7);
    let rows: Vec<_> = answer.topics.iter().map(|row| (&*row.name, row.error_code)).collect();
    assert_eq!(rows, vec![("a", code(ErrorCode::InvalidRequest)), ("b", 0)]);
}

fn answer_created(stand: &mut Stand, ask: crate::io::AskId, topics: u64) {
    let created = |id| TopicCreated { id: TopicId(Uuid::from_halves(0, id)), partitions: 2, replication_factor: 2 };
    let outcomes = (50..50 + topics).map(|id| Ok(created(id))).collect();
    stand
        .reply_control(ask, ControlAnswer { image: ImageVersion(7), outcome: ControlOutcome::TopicsCreated(outcomes) });
}

#[test]
fn a_new_topic_comes_back_with_what_it_got() {
    for version in 2..=7 {
        let mut stand = stand_with(|config| config.topic_defaults.min_insync_replicas = 2, |_| {});
        let conn = stand.connect();
        let number = stand.send(conn, &create(vec![configured("retention.ms", Some("1000"))]), version);
        let (ask, _) = stand.controls.pop_front().expect("the control shard is asked");
        answer_created(&mut stand, ask, 1);
        let answer: CreateTopicsResponse = stand.answer(conn, number, version);
        let row = &answer.topics[0];
        assert_eq!((row.error_code, row.topic_config_error_code), (0, 0));
        assert_eq!(row.topic_id, if version >= 7 { Uuid::from_halves(0, 50) } else { Uuid::ZERO });
        if version < 5 {
            continue;
        }
        assert_eq!((row.num_partitions, row.replication_factor), (2, 2));
        let configs = row.configs.as_ref().expect("KIP-525: all of them");
        assert_eq!(configs.len(), TOPIC_KEYS.len());
        let told = |name: &str| {
            let found = configs.iter().find(|it| &*it.name == name).expect("is told");
            (found.value.as_deref().unwrap_or("").to_owned(), found.config_source)
        };
        assert_eq!(told("retention.ms"), ("1000".to_owned(), 1), "the topic's own");
        assert_eq!(told("min.insync.replicas"), ("2".to_owned(), 4), "the broker's");
        assert_eq!(told("segment.bytes"), ("1073741824".to_owned(), 5), "Kafka's");
    }
}

#[test]
fn a_new_topic_is_answered_for_when_this_shard_sees_it() {
    let mut stand = stand();
    let conn = stand.connect();
    let number = stand.send(conn, &create(vec![new_topic("a")]), 7);
    let (ask, _) = stand.controls.pop_front().expect("the control shard is asked");
    let created = TopicCreated { id: TopicId(Uuid::from_halves(0, 50)), partitions: 2, replication_factor: 2 };
    let outcomes = vec![Ok(created)];
    stand
        .reply_control(ask, ControlAnswer { image: ImageVersion(9), outcome: ControlOutcome::TopicsCreated(outcomes) });
    stand.publish(|_| {});
    assert!(stand.is_silent(conn));
    stand.publish(|image| image.put_topic(topic("a", 50, &[1, 1])));
    let answer: CreateTopicsResponse = stand.answer(conn, number, 7);
    assert_eq!(answer.topics[0].error_code, 0);
}

#[test]
fn the_control_shard_gets_what_was_asked_for_with_defaults_filled_in() {
    let mut stand = stand_with(|config| config.num_partitions = 6, |_| {});
    let conn = stand.connect();
    let by_default =
        CreatableTopic { num_partitions: -1, replication_factor: -1, ..configured("flush.messages", Some("1")) };
    let chosen = CreatableTopic { name: "chosen".into(), ..assigned(&[(1, &[2, 1]), (0, &[1, 2])]) };
    let request = CreateTopicsRequest { validate_only: true, ..create(vec![by_default, chosen]) };
    stand.send(conn, &request, 7);
    let (_, what) = stand.controls.pop_front().expect("the control shard is asked");
    let ControlQuestion::CreateTopics { topics, validate_only: true } = what else { panic!("{what:?}") };
    assert_eq!(topics[0].partitions, PartitionsSpec::Count { partitions: 6, replication_factor: 1 });
    let configs: Vec<_> = topics[0].configs.iter().map(|(key, value)| (&**key, &**value)).collect();
    assert_eq!(configs, vec![("flush.messages", "1")]);
    let nodes = |ids: &[i32]| ids.iter().map(|id| NodeId(*id)).collect::<Vec<_>>();
    assert_eq!(topics[1].partitions, PartitionsSpec::Assigned(vec![nodes(&[1, 2]), nodes(&[2, 1])]));
}

#[test]
fn the_control_shards_refusal_is_passed_on_and_its_silence_times_out() {
    let mut stand = stand();
    let conn = stand.connect();
    let number = stand.send(conn, &create(vec![new_topic("a")]), 7);
    let (ask, _) = stand.controls.pop_front().expect("the control shard is asked");
    let refused = Refusal { error: ErrorCode::NotController, message: Some("not here".into()) };
    let outcomes = vec![Err(refused)];
    stand
        .reply_control(ask, ControlAnswer { image: ImageVersion(7), outcome: ControlOutcome::TopicsCreated(outcomes) });
    let answer: CreateTopicsResponse = stand.answer(conn, number, 7);
    assert_eq!(answer.topics[0].error_code, code(ErrorCode::NotController));
    assert_eq!(answer.topics[0].error_message.as_deref(), Some("not here"));

    let number = stand.send(conn, &create(vec![new_topic("b")]), 7);
    stand.pass_ms(5_000);
    let answer: CreateTopicsResponse = stand.answer(conn, number, 7);
    assert_eq!(answer.topics[0].error_code, code(ErrorCode::RequestTimedOut));
}

fn init() -> InitProducerIdRequest {
    InitProducerIdRequest::default()
}

#[test]
fn producer_ids_come_from_a_block_that_the_control_shard_gives() {
    let mut stand = stand();
    let conn = stand.connect();
    assert!(stand.controls.is_empty(), "a shard without producers asks for nothing");
    let numbers: Vec<i32> = (0..3).map(|_| stand.send(conn, &init(), 4)).collect();
    let (ask, what) = stand.controls.pop_front().expect("the control shard is asked");
    assert_eq!((what, stand.controls.len()), (ControlQuestion::AllocateProducerIds, 0));
    let block = |first, count| ControlAnswer {
        image: ImageVersion(0),
        outcome: ControlOutcome::ProducerIds(Ok(ProducerIdBlock { first: ProducerId(first), count })),
    };
    stand.reply_control(ask, block(1000, 2));
    let (again, _) = stand.controls.pop_front().expect("two were not enough");
    stand.reply_control(again, block(2000, 50));
    let given: Vec<_> = numbers
        .into_iter()
        .map(|number| {
            let answer: InitProducerIdResponse = stand.answer(conn, number, 4);
            (answer.error_code, answer.producer_id, answer.producer_epoch)
        })
        .collect();
    assert_eq!(given, vec![(0, 1000, 0), (0, 1001, 0), (0, 2000, 0)]);
    assert_eq!(stand.call(conn, &init(), 4).producer_id, 2001);
}

#[test]
fn an_idempotent_producer_that_names_its_id_gets_a_new_one() {
    let mut stand = stand();
    let conn = stand.connect();
    let again = InitProducerIdRequest { producer_id: 7, producer_epoch: 3, ..init() };
    let number = stand.send(conn, &again, 4);
    let (ask, _) = stand.controls.pop_front().expect("the control shard is asked");
    stand.reply_control(
        ask,
        ControlAnswer {
            image: ImageVersion(0),
            outcome: ControlOutcome::ProducerIds(Ok(ProducerIdBlock { first: ProducerId(10), count: 5 })),
        },
    );
    let answer: InitProducerIdResponse = stand.answer(conn, number, 4);
    assert_eq!((answer.producer_id, answer.producer_epoch), (10, 0));
}

#[test]
fn what_init_producer_id_refuses() {
    let transactional = |id| InitProducerIdRequest { transactional_id: Some(ByteString::from_static(id)), ..init() };
    let table = [
        (transactional("x"), ErrorCode::CoordinatorNotAvailable),
        (transactional(""), ErrorCode::InvalidRequest),
        (InitProducerIdRequest { producer_id: 7, ..init() }, ErrorCode::InvalidRequest),
        (InitProducerIdRequest { producer_epoch: 7, ..init() }, ErrorCode::InvalidRequest),
    ];
    for (request, error) in table {
        let mut stand = stand();
        let conn = stand.connect();
        let answer = stand.call(conn, &request, 5);
        assert_eq!((answer.error_code, answer.producer_id, answer.producer_epoch), (code(error), -1, -1));
        assert!(stand.controls.is_empty());
    }
}

#[test]
fn a_block_that_is_refused_or_does_not_come_is_told() {
    let mut stand = stand();
    let conn = stand.connect();
    let number = stand.send(conn, &init(), 4);
    let (ask, _) = stand.controls.pop_front().expect("the control shard is asked");
    stand.reply_control(
        ask,
        ControlAnswer {
            image: ImageVersion(0),
            outcome: ControlOutcome::ProducerIds(Err(ErrorCode::CoordinatorNotAvailable)),
        },
    );
    let answer: InitProducerIdResponse = stand.answer(conn, number, 4);
    assert_eq!(answer.error_code, code(ErrorCode::CoordinatorNotAvailable));

    let number = stand.send(conn, &init(), 4);
    stand.pass_ms(5_000);
    let answer: InitProducerIdResponse = stand.answer(conn, number, 4);
    assert_eq!(answer.error_code, code(ErrorCode::CoordinatorLoadInProgress));
    let (ask, _) = stand.controls.pop_front().expect("the control shard is asked again");
    stand.reply_control(
        ask,
        ControlAnswer {
            image: ImageVersion(0),
            outcome: ControlOutcome::ProducerIds(Ok(ProducerIdBlock { first: ProducerId(10), count: 5 })),
        },
    );
    assert_eq!(stand.call(conn, &init(), 4).producer_id, 10, "the late block is not lost, and nobody got an id of it");
}

#[test]
fn no_coordinator_is_found_yet_for_any_key() {
    let mut stand = stand();
    let conn = stand.connect();
    let error = code(ErrorCode::CoordinatorNotAvailable);
    for version in 0..=6 {
        let coordinator_keys = vec![ByteString::from_static("a"), ByteString::from_static("b")];
        let request = FindCoordinatorRequest { key: "g".into(), coordinator_keys, ..FindCoordinatorRequest::default() };
        let answer = stand.call(conn, &request, version);
        let codes: Vec<_> = answer.coordinators.iter().map(|it| it.error_code).collect();
        let wanted = if version < 4 { (error, vec![]) } else { (0, vec![error, error]) };
        assert_eq!((answer.error_code, codes), wanted);
    }
}
