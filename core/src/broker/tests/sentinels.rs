//! Numbers of requests that stand for something, and those that stand for nothing.
//!
//! The answers are those of Apache Kafka 4.3.1 to the same requests, but where a comment says what differs.

use super::stand::{code, stand, stand_with, topic};
use super::{fetch, produce};
use crate::replica::{PartitionAnswer, PartitionAsk};
use crate::types::{ErrorCode, LeaderEpoch, Offset};
use crate::wire::create_topics::CreatableTopic;
use crate::wire::fetch::FetchPartition;
use crate::wire::list_offsets::{ListOffsetsPartition, ListOffsetsTopic};
use crate::wire::offset_for_leader_epoch::{OffsetForLeaderPartition, OffsetForLeaderTopic};
use crate::wire::{
    CreateTopicsRequest, CreateTopicsResponse, FetchRequest, FindCoordinatorRequest, ListOffsetsRequest,
    ListOffsetsResponse, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, ProduceResponse, SyncGroupRequest,
};
use bytestring::ByteString;

fn latest(current_leader_epoch: i32, timestamp: i64) -> ListOffsetsRequest {
    let partitions = vec![ListOffsetsPartition { partition_index: 0, current_leader_epoch, timestamp }];
    let topics = vec![ListOffsetsTopic { name: ByteString::from_static("t"), partitions }];
    ListOffsetsRequest { replica_id: -1, topics, ..ListOffsetsRequest::default() }
}

fn end_of(leader_epoch: i32, current_leader_epoch: i32) -> OffsetForLeaderEpochRequest {
    let partitions = vec![OffsetForLeaderPartition { partition: 0, current_leader_epoch, leader_epoch }];
    let topics = vec![OffsetForLeaderTopic { topic: ByteString::from_static("t"), partitions }];
    OffsetForLeaderEpochRequest { replica_id: -2, topics }
}

/// Kafka answers UNKNOWN_SERVER_ERROR: it fails where it looks the level up.
#[test]
fn an_isolation_level_that_is_none_is_refused_for_each_partition() {
    for isolation_level in [2, -1, i8::MIN, i8::MAX] {
        let mut stand = stand();
        let conn = stand.connect();
        for replica_id in [-1, 2] {
            let request = ListOffsetsRequest { isolation_level, replica_id, ..latest(-1, -1) };
            let answer = stand.call(conn, &request, 7);
            assert_eq!(answer.topics[0].partitions[0].error_code, code(ErrorCode::InvalidRequest));
        }
        for version in [4, 12, 17] {
            let answer = stand.call(conn, &FetchRequest { isolation_level, ..fetch::request(&[0]) }, version);
            let row = &answer.responses[0].partitions[0];
            assert_eq!(row.error_code, code(ErrorCode::InvalidRequest), "v{version}");
        }
        assert!(stand.asks.is_empty());
    }
}

#[test]
fn only_minus_one_is_no_leader_epoch() {
    for epoch in [-2, -77, i32::MIN] {
        let mut stand = stand();
        let conn = stand.connect();
        let offsets = stand.call(conn, &latest(epoch, -1), 7);
        assert_eq!(offsets.topics[0].partitions[0].error_code, code(ErrorCode::FencedLeaderEpoch));
        let ends = stand.call(conn, &end_of(3, epoch), 4);
        assert_eq!(ends.topics[0].partitions[0].error_code, code(ErrorCode::FencedLeaderEpoch));
        // In Fetch, every negative epoch is none.
        let mut request = fetch::request(&[0]);
        request.topics[0].partitions[0] =
            FetchPartition { current_leader_epoch: epoch, ..request.topics[0].partitions[0].clone() };
        stand.send(conn, &request, 12);
        let PartitionAsk::Watch { from, .. } = stand.next_ask().what else { panic!("asks to watch") };
        assert_eq!(from.current_leader_epoch, None);
    }
    let mut stand = stand();
    let conn = stand.connect();
    stand.send(conn, &latest(-1, -1), 7);
    let PartitionAsk::ListOffset { current_leader_epoch, .. } = stand.next_ask().what else { panic!("asks") };
    assert_eq!(current_leader_epoch, None);
}

#[test]
fn a_question_without_an_answer_still_learns_that_the_partition_is_led_elsewhere() {
    let elsewhere = ErrorCode::NotLeaderOrFollower;
    let mut stand = stand();
    let conn = stand.connect();
    for timestamp in [-5, -6] {
        let number = stand.send(conn, &latest(-1, timestamp), 11);
        let asked = stand.next_ask();
        stand.reply(&asked, PartitionAnswer::Offset(Err(elsewhere)));
        let answer: ListOffsetsResponse = stand.answer(conn, number, 11);
        assert_eq!(answer.topics[0].partitions[0].error_code, code(elsewhere), "{timestamp}");
    }
    for leader_epoch in [-1, -2] {
        let number = stand.send(conn, &end_of(leader_epoch, 9), 4);
        let asked = stand.next_ask();
        let PartitionAsk::EpochEnd { current_leader_epoch, .. } = asked.what else { panic!("asks for an end") };
        assert_eq!(current_leader_epoch, Some(LeaderEpoch(9)));
        stand.reply(&asked, PartitionAnswer::EpochEnd(Err(ErrorCode::UnknownLeaderEpoch)));
        let answer: OffsetForLeaderEpochResponse = stand.answer(conn, number, 4);
        assert_eq!(answer.topics[0].partitions[0].error_code, code(ErrorCode::UnknownLeaderEpoch));

        let number = stand.send(conn, &end_of(leader_epoch, 9), 4);
        let asked = stand.next_ask();
        stand.reply(&asked, PartitionAnswer::EpochEnd(Ok(Some((LeaderEpoch(0), Offset(7))))));
        let answer: OffsetForLeaderEpochResponse = stand.answer(conn, number, 4);
        let row = &answer.topics[0].partitions[0];
        assert_eq!((row.error_code, row.leader_epoch, row.end_offset), (0, -1, -1));
    }
}

#[test]
fn a_type_of_key_that_is_none_is_refused_and_one_without_a_coordinator_asked_for_again() {
    let (later, never) = (ErrorCode::CoordinatorNotAvailable, ErrorCode::InvalidRequest);
    let share = "group:AAAAAAAAAAAAAAAAAAAACw:3";
    let table = [
        (1, 1, "x", later),
        (3, 1, "x", later),
        (6, 1, "x", later),
        (3, 2, share, never),
        (5, 2, share, never),
        (6, 2, share, later),
        (6, 2, "a:b:AAAAAAAAAAAAAAAAAAAACw:-1", later),
        (6, 2, "x", never),
        (6, 2, ":AAAAAAAAAAAAAAAAAAAACw:3", never),
        (6, 2, "group:short:3", never),
        (6, 2, "group:AAAAAAAAAAAAAAAAAAAACw:x", never),
        (3, 3, "x", never),
        (4, 3, "x", never),
        (6, -1, "x", never),
        (6, i8::MAX, "x", never),
    ];
    for (version, key_type, key, error) in table {
        let mut stand = stand();
        let conn = stand.connect();
        let key = ByteString::from_static(key);
        let request = FindCoordinatorRequest { key: key.clone(), key_type, coordinator_keys: vec![key.clone()] };
        let answer = stand.call(conn, &request, version);
        let told = answer.coordinators.first().map_or(answer.error_code, |it| it.error_code);
        assert_eq!(told, code(error), "{key_type} {key} v{version}");
        assert!(stand.controls.is_empty(), "nothing is made for it");
    }
}

#[test]
fn a_member_that_does_not_say_what_it_joined_with_is_refused() {
    let named = Some(ByteString::from_static("x"));
    for (protocol_type, protocol_name) in [(None, None), (named.clone(), None), (None, named)] {
        let mut stand = stand_with(|_| {}, |image| image.put_topic(topic("__consumer_offsets", 99, &[1])));
        let conn = stand.connect();
        let request = SyncGroupRequest { protocol_type, protocol_name, ..SyncGroupRequest::default() };
        let answer = stand.call(conn, &request, 5);
        assert_eq!(answer.error_code, code(ErrorCode::InconsistentGroupProtocol));
        stand.send(conn, &request, 4);
        assert_eq!(stand.group_asks.len(), 1, "version 4 has no such fields");
    }
}

#[test]
fn a_negative_time_to_wait_is_none() {
    let mut stand = stand();
    let conn = stand.connect();
    for timeout_ms in [0, -1, i32::MIN] {
        let request = crate::wire::ProduceRequest { timeout_ms, ..produce::request(-1, &[0]) };
        let number = stand.send(conn, &request, 9);
        stand.pass_ms(500);
        let answer: ProduceResponse = stand.answer(conn, number, 9);
        let row = &answer.responses[0].partition_responses[0];
        assert_eq!(row.error_code, code(ErrorCode::RequestTimedOut), "{timeout_ms}");

        let topic = CreatableTopic {
            name: ByteString::from_static("new"),
            num_partitions: 1,
            replication_factor: 1,
            ..CreatableTopic::default()
        };
        let number =
            stand.send(conn, &CreateTopicsRequest { topics: vec![topic], timeout_ms, validate_only: false }, 7);
        stand.pass_ms(0);
        let answer: CreateTopicsResponse = stand.answer(conn, number, 7);
        assert_eq!(answer.topics[0].error_code, code(ErrorCode::RequestTimedOut), "{timeout_ms}");
        assert_eq!(answer.topics[0].configs.as_deref(), Some(&[][..]), "null would mean that nobody may see them");
    }
}
