//! Produce, as a client sees it.

use super::stand::{Stand, code, place, produced, refusal, refused, stand, stand_with, topic};
use crate::io::{ConnId, Site};
use crate::replica::{Acks, PartitionAnswer, PartitionAsk, ProduceRefusal, RecordError};
use crate::types::{ErrorCode, ImageVersion, LeaderEpoch, NodeId, Offset, Uuid};
use crate::wire::produce::{PartitionProduceData, ProduceResponse, TopicProduceData};
use crate::wire::{ProduceRequest, Records};
use bytes::Bytes;
use bytestring::ByteString;

/// A produce of the same batch to each of these partitions of topic `t`.
pub(super) fn request(acks: i16, partitions: &[i32]) -> ProduceRequest {
    let partition_data = partitions.iter().map(|index| data(*index, Some("records"))).collect();
    let topic =
        TopicProduceData { name: ByteString::from_static("t"), topic_id: Uuid::from_halves(0, 1), partition_data };
    ProduceRequest { transactional_id: None, acks, timeout_ms: 1_000, topic_data: vec![topic] }
}

fn data(index: i32, records: Option<&'static str>) -> PartitionProduceData {
    PartitionProduceData { index, records: records.map(|text| Records::from(Bytes::from_static(text.as_bytes()))) }
}

/// Index, error and base offset of each partition of the only topic.
fn outcomes(response: &ProduceResponse) -> Vec<(i32, i16, i64)> {
    let rows = response.responses[0].partition_responses.iter();
    rows.map(|row| (row.index, row.error_code, row.base_offset)).collect()
}

fn call(stand: &mut Stand, conn: ConnId, request: &ProduceRequest, version: i16) -> ProduceResponse {
    stand.call(conn, request, version)
}

#[test]
fn each_batch_goes_to_its_partition_and_each_answer_to_its_row() {
    for version in 3..=13 {
        let mut stand = stand();
        let conn = stand.connect();
        let correlation = stand.send(conn, &request(-1, &[2, 0]), version);
        let (two, nought) = (stand.next_ask(), stand.next_ask());
        assert_eq!((two.partition, nought.partition), (place(1, 2), place(1, 0)));
        assert_eq!(two.image, ImageVersion(7), "the image that the session decided under");
        let deadline = stand.now.mono.plus_ms(1_000);
        let records = Bytes::from_static(b"records");
        let PartitionAsk::Produce { held, .. } = two.what else { panic!("{:?}", two.what) };
        assert!(held as usize > 2 * records.len(), "the whole frame is kept alive");
        let wanted = PartitionAsk::Produce { records, held, acks: Acks::All, deadline, transactional: false };
        assert_eq!(two.what, wanted);
        stand.reply(&nought, produced(10));
        assert!(stand.is_silent(conn), "one partition is away");
        stand.reply(&two, refused(refusal(ErrorCode::NotEnoughReplicas)));
        let answer: ProduceResponse = stand.answer(conn, correlation, version);
        assert_eq!(outcomes(&answer), vec![(2, code(ErrorCode::NotEnoughReplicas), -1), (0, 0, 10)], "v{version}");
    }
}

#[test]
fn what_the_session_refuses_by_itself() {
    let table = [
        ("an unknown topic", "u", 0, Some("records"), 12, ErrorCode::UnknownTopicOrPartition),
        ("an unknown id", "u", 0, Some("records"), 13, ErrorCode::UnknownTopicId),
        ("a partition that the topic has not", "t", 4, Some("records"), 12, ErrorCode::UnknownTopicOrPartition),
        ("a partition that the id has not", "t", 4, Some("records"), 13, ErrorCode::UnknownTopicOrPartition),
        ("a negative partition", "t", -1, Some("records"), 12, ErrorCode::UnknownTopicOrPartition),
        ("null for records", "t", 0, None, 12, ErrorCode::InvalidRecord),
        ("no records", "t", 0, Some(""), 12, ErrorCode::InvalidRecord),
        ("zstd before version 7", "t", 0, Some("......................\x04"), 6, ErrorCode::UnsupportedCompressionType),
    ];
    for (what, name, index, records, version, error) in table {
        let mut stand = stand();
        let conn = stand.connect();
        let mut request = request(1, &[]);
        let known = name == "t";
        request.topic_data[0].name = ByteString::from_static(name);
        request.topic_data[0].topic_id = Uuid::from_halves(0, if known { 1 } else { 99 });
        request.topic_data[0].partition_data = vec![data(index, records)];
        let answer = call(&mut stand, conn, &request, version);
        assert_eq!(outcomes(&answer), vec![(index, code(error), -1)], "{what}");
        assert!(stand.asks.is_empty(), "{what}");
    }
}

#[test]
fn zstd_is_taken_from_version_7_on() {
    let mut stand = stand();
    let conn = stand.connect();
    let mut request = request(1, &[]);
    request.topic_data[0].partition_data = vec![data(0, Some("......................\x04"))];
    stand.send(conn, &request, 7);
    assert_eq!(stand.asks.len(), 1);
}

#[test]
fn acks_that_do_not_exist_are_refused_for_every_partition() {
    let mut stand = stand();
    let conn = stand.connect();
    let answer = call(&mut stand, conn, &request(2, &[0, 1]), 9);
    let error = code(ErrorCode::InvalidRequiredAcks);
    assert_eq!(outcomes(&answer), vec![(0, error, -1), (1, error, -1)]);
    assert!(stand.asks.is_empty());
    // As in Kafka, what is wrong with a partition comes first.
    for acks in [2, -2, i16::MIN, i16::MAX] {
        let mut request = request(acks, &[0, 9]);
        request.topic_data[0].partition_data.push(data(1, None));
        let answer = call(&mut stand, conn, &request, 9);
        let unknown = code(ErrorCode::UnknownTopicOrPartition);
        let wanted = [(0, error, -1), (9, unknown, -1), (1, code(ErrorCode::InvalidRecord), -1)];
        assert_eq!(outcomes(&answer), wanted, "{acks}");
    }
}

#[test]
fn a_transactional_produce_meets_nobody_who_knows_its_id() {
    let mut stand = stand();
    let conn = stand.connect();
    let transactional = ProduceRequest { transactional_id: Some(ByteString::from_static("x")), ..request(-1, &[0]) };
    let answer = call(&mut stand, conn, &transactional, 9);
    assert_eq!(outcomes(&answer), vec![(0, code(ErrorCode::InvalidProducerIdMapping), -1)]);
}

#[test]
fn of_two_batches_for_one_partition_the_second_is_refused() {
    let mut stand = stand();
    let conn = stand.connect();
    let correlation = stand.send(conn, &request(1, &[0, 1, 0]), 9);
    assert_eq!(stand.asks.len(), 2);
    for base in [5, 6] {
        let ask = stand.next_ask();
        stand.reply(&ask, produced(base));
    }
    let answer = stand.answer(conn, correlation, 9);
    assert_eq!(outcomes(&answer), vec![(0, 0, 5), (1, 0, 6), (0, code(ErrorCode::InvalidRequest), -1)]);
}

#[test]
fn bad_records_are_named() {
    let mut stand = stand();
    let conn = stand.connect();
    let correlation = stand.send(conn, &request(1, &[0]), 8);
    let ask = stand.next_ask();
    let records = vec![RecordError { index: 3, message: "no key" }];
    let refusal = ProduceRefusal { message: Some("bad batch"), records, ..refusal(ErrorCode::InvalidRecord) };
    stand.reply(&ask, refused(refusal));
    let answer: ProduceResponse = stand.answer(conn, correlation, 8);
    let row = &answer.responses[0].partition_responses[0];
    assert_eq!(row.error_message.as_deref(), Some("bad batch"));
    assert_eq!(row.record_errors[0].batch_index, 3);
    assert_eq!(row.record_errors[0].batch_index_error_message.as_deref(), Some("no key"));
}

#[test]
fn a_client_at_the_wrong_broker_learns_who_leads_and_where() {
    for (told, leader, epoch) in [(None, 2, 5), (Some((Some(NodeId(1)), LeaderEpoch(9))), 1, 9)] {
        let mut stand = stand_with(|_| {}, |image| image.put_topic(topic("t", 1, &[2])));
        let conn = stand.connect();
        let correlation = stand.send(conn, &request(1, &[0]), 10);
        let ask = stand.next_ask();
        let refusal = ProduceRefusal { current_leader: told, ..refusal(ErrorCode::NotLeaderOrFollower) };
        stand.reply(&ask, refused(refusal));
        let answer: ProduceResponse = stand.answer(conn, correlation, 10);
        let row = &answer.responses[0].partition_responses[0];
        assert_eq!((row.current_leader.leader_id, row.current_leader.leader_epoch), (leader, epoch));
        let node = &answer.node_endpoints[0];
        assert_eq!((node.node_id, &*node.host, node.port), (leader, &*format!("plaintext{leader}"), 9092));
        assert_eq!(answer.node_endpoints.len(), 1);
    }
}

#[test]
fn a_partition_that_stays_away_is_answered_for_and_its_late_answer_is_dropped() {
    let mut stand = stand();
    let conn = stand.connect();
    let correlation = stand.send(conn, &request(-1, &[0, 1]), 9);
    let (nought, one) = (stand.next_ask(), stand.next_ask());
    stand.reply(&nought, produced(3));
    stand.pass_ms(1_499);
    assert!(stand.is_silent(conn), "the partition answers by the deadline; the session waits a little longer");
    stand.pass_ms(1);
    let answer = stand.answer(conn, correlation, 9);
    assert_eq!(outcomes(&answer), vec![(0, 0, 3), (1, code(ErrorCode::RequestTimedOut), -1)]);
    stand.reply(&one, produced(4));
    assert!(stand.is_silent(conn));
    assert!(stand.reached.contains(&Site::BrokerLateAnswer) && stand.reached.contains(&Site::BrokerSliceTimedOut));
}

#[test]
fn acks_0_is_never_answered_but_an_error_ends_the_connection() {
    let mut stand = stand();
    let conn = stand.connect();
    stand.send(conn, &request(0, &[0, 1]), 9);
    let (nought, one) = (stand.next_ask(), stand.next_ask());
    stand.reply(&nought, produced(3));
    stand.reply(&one, produced(4));
    assert!(stand.is_silent(conn) && stand.flow.is_empty());

    stand.send(conn, &request(0, &[0]), 9);
    let ask = stand.next_ask();
    stand.reply(&ask, refused(refusal(ErrorCode::NotLeaderOrFollower)));
    assert!(stand.is_silent(conn));
    assert_eq!(stand.flow, vec!["close c1 after_drain=true"]);
}

#[test]
fn acks_0_for_an_unknown_topic_ends_the_connection_at_once() {
    let mut stand = stand();
    let conn = stand.connect();
    stand.send(conn, &request(0, &[9]), 9);
    assert!(stand.is_silent(conn));
    assert_eq!(stand.flow, vec!["close c1 after_drain=true"]);
}

#[test]
fn log_append_time_and_log_start_come_back() {
    let mut stand = stand();
    let conn = stand.connect();
    let correlation = stand.send(conn, &request(1, &[0]), 9);
    let ask = stand.next_ask();
    let produced = crate::replica::Produced {
        base: Offset(8),
        log_append_time: Some(crate::types::Timestamp(77)),
        log_start: Offset(2),
    };
    stand.reply(&ask, PartitionAnswer::Produced(Ok(produced)));
    let answer: ProduceResponse = stand.answer(conn, correlation, 9);
    let row = &answer.responses[0].partition_responses[0];
    assert_eq!((row.base_offset, row.log_append_time_ms, row.log_start_offset), (8, 77, 2));
}

#[test]
fn clients_do_not_write_to_internal_topics() {
    let mut stand = stand_with(|_| {}, |image| image.put_topic(topic("__consumer_offsets", 99, &[1])));
    let conn = stand.connect();
    let mut internal = request(-1, &[0]);
    internal.topic_data[0].name = ByteString::from_static("__consumer_offsets");
    let answer = stand.call(conn, &internal, 9);
    let row = &answer.responses[0].partition_responses[0];
    assert_eq!(row.error_code, code(ErrorCode::InvalidTopicException));
    assert!(stand.asks.is_empty());
}
