//! DescribeProducers, as clients see it.

use super::stand::{Stand, code, place, stand};
use crate::io::ConnId;
use crate::log::ActiveProducer;
use crate::replica::{PartitionAnswer, PartitionAsk};
use crate::types::{ErrorCode, Offset, ProducerEpoch, ProducerId, Timestamp};
use crate::wire::DescribeProducersRequest;
use crate::wire::describe_producers::{DescribeProducersResponse, PartitionResponse, ProducerState, TopicRequest};
use bytestring::ByteString;

fn request(topics: &[(&str, &[i32])]) -> DescribeProducersRequest {
    let topic = |(name, indexes): &(&str, &[i32])| TopicRequest {
        name: ByteString::from(*name),
        partition_indexes: indexes.to_vec(),
    };
    DescribeProducersRequest { topics: topics.iter().map(topic).collect() }
}

fn answer(stand: &mut Stand, conn: ConnId, number: i32) -> Vec<PartitionResponse> {
    let answer: DescribeProducersResponse = stand.answer(conn, number, 0);
    answer.topics.into_iter().flat_map(|topic| topic.partitions).collect()
}

fn codes(rows: &[PartitionResponse]) -> Vec<(i32, i16)> {
    rows.iter().map(|row| (row.partition_index, row.error_code)).collect()
}

#[test]
fn every_partition_is_asked_and_every_producer_told_of() {
    let mut stand = stand();
    let conn = stand.connect();
    let number = stand.send(conn, &request(&[("t", &[2, 0, 1])]), 0);
    let asks: Vec<_> = stand.asks.drain(..).collect();
    let asked: Vec<_> = asks.iter().map(|asked| (asked.partition, &asked.what)).collect();
    let question = &PartitionAsk::Producers;
    assert_eq!(asked, [(place(1, 2), question), (place(1, 0), question), (place(1, 1), question)]);
    let plain = ActiveProducer {
        id: ProducerId(7),
        epoch: ProducerEpoch(2),
        last_sequence: Some(5),
        last_timestamp: Timestamp(100),
        coordinator_epoch: None,
        open_transaction: None,
    };
    let transactional = ActiveProducer {
        id: ProducerId(9),
        last_sequence: None,
        coordinator_epoch: Some(3),
        open_transaction: Some(Offset(8)),
        ..plain
    };
    stand.reply(&asks[2], PartitionAnswer::Producers(Err(ErrorCode::NotLeaderOrFollower)));
    stand.reply(&asks[0], PartitionAnswer::Producers(Ok(vec![plain, transactional])));
    assert!(stand.is_silent(conn));
    stand.reply(&asks[1], PartitionAnswer::Producers(Ok(Vec::new())));
    let rows = answer(&mut stand, conn, number);
    assert_eq!(codes(&rows), [(2, 0), (0, 0), (1, code(ErrorCode::NotLeaderOrFollower))]);
    let state = |id, sequence, coordinator, transaction| ProducerState {
        producer_id: id,
        producer_epoch: 2,
        last_sequence: sequence,
        last_timestamp: 100,
        coordinator_epoch: coordinator,
        current_txn_start_offset: transaction,
    };
    assert_eq!(rows[0].active_producers, [state(7, 5, -1, -1), state(9, -1, 3, 8)]);
}

#[test]
fn what_is_unknown_or_invalid_or_named_twice_is_not_asked() {
    let mut stand = stand();
    let conn = stand.connect();
    let number = stand.send(conn, &request(&[("t", &[0, 9, -1, 0]), ("none", &[0]), ("a b", &[0]), ("t", &[0])]), 0);
    assert_eq!(stand.asks.len(), 1);
    let asked = stand.next_ask();
    stand.reply(&asked, PartitionAnswer::Producers(Ok(Vec::new())));
    let rows = answer(&mut stand, conn, number);
    let unknown = code(ErrorCode::UnknownTopicOrPartition);
    let (invalid, twice) = (code(ErrorCode::InvalidTopicException), code(ErrorCode::InvalidRequest));
    let wanted = [(0, 0), (9, unknown), (-1, unknown), (0, twice), (0, unknown), (0, invalid), (0, twice)];
    assert_eq!(codes(&rows), wanted);
    assert!(rows[5].error_message.as_deref().is_some_and(|text| text.starts_with("Topic name is invalid")));
    let in_words = rows.iter().map(|row| row.error_message.is_some());
    assert!(in_words.eq([false, false, false, true, true, true, true]), "as in Kafka, of a partition nothing is said");
}

#[test]
fn a_partition_that_stays_away_times_out_alone() {
    let mut stand = stand();
    let conn = stand.connect();
    let number = stand.send(conn, &request(&[("t", &[0, 1])]), 0);
    let asked = stand.next_ask();
    stand.reply(&asked, PartitionAnswer::Producers(Ok(Vec::new())));
    stand.pass_ms(9_999);
    assert!(stand.is_silent(conn));
    stand.pass_ms(1);
    let rows = answer(&mut stand, conn, number);
    assert_eq!(codes(&rows), [(0, 0), (1, code(ErrorCode::RequestTimedOut))]);
}

#[test]
fn a_request_about_nothing_is_answered_at_once() {
    let answer = {
        let mut stand = stand();
        let conn = stand.connect();
        stand.call(conn, &request(&[("t", &[])]), 0)
    };
    assert_eq!((answer.topics.len(), answer.topics[0].partitions.len()), (1, 0));
}

#[test]
fn a_partition_that_is_named_often_is_asked_once() {
    let mut stand = stand();
    let conn = stand.connect();
    stand.send(conn, &request(&[("t", &[0; 99_999])]), 0);
    assert_eq!((stand.asks.len(), stand.rude().len()), (1, 0));
    stand.send(conn, &request(&[("t", &[0; 100_000])]), 0);
    assert_eq!(stand.rude(), vec!["a request that names more than any cluster has"]);
}
