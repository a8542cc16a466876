//! What the consumer does about every kind of answer.

use super::stage::{First, Request, Stage, TOPIC, TOPIC_ID};
use crate::client::*;
use crate::record::{BatchBuilder, BatchHeader, STAMP_LEN};
use crate::record::{OF_KAFKA, bytes_of};
use crate::types::{ErrorCode, LeaderEpoch, Offset, Timestamp};
use crate::wire::fetch::{FetchPartition, FetchableTopicResponse, LeaderIdAndEpoch, PartitionData};
use crate::wire::list_offsets::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse};
use crate::wire::offset_for_leader_epoch::{EpochEndOffset, OffsetForLeaderTopicResult};
use crate::wire::*;
use bytes::Bytes;
use std::sync::Arc;

fn config(reset: OffsetReset) -> ConsumerConfig {
    ConsumerConfig {
        cluster: ClusterConfig { bootstrap: vec![(Arc::from("boot"), 9000)], ..Default::default() },
        reset,
        ..Default::default()
    }
}

fn assigned(reset: OffsetReset, start: StartAt) -> Stage<Consumer> {
    let mut stage = Stage::new(Consumer::new(config(reset)));
    stage.assign(0, start);
    stage
}

/// A stage whose consumer has read the records 0 to 2 of epoch 5, and whose next fetch waits.
fn reading(reset: OffsetReset) -> Stage<Consumer> {
    let mut stage = assigned(reset, StartAt::Offset(Offset(0)));
    let request = stage.next_request();
    stage.fetched(&request, row(vec![batch(0, 5, &["a", "b", "c"])]));
    stage.take_news();
    stage
}

impl Stage<Consumer> {
    fn assign(&mut self, partition: i32, start: StartAt) {
        let mut out = Vec::new();
        self.client.assign(TOPIC, partition, start, self.now, &mut First, &mut out);
        self.perform(out);
    }

    fn fetched(&mut self, request: &Request, row: PartitionData) {
        let topic = FetchableTopicResponse { topic_id: TOPIC_ID, partitions: vec![row], ..Default::default() };
        self.answer(request, &FetchResponse { responses: vec![topic], ..Default::default() });
    }

    fn refuse(&mut self, request: &Request, error: ErrorCode) {
        self.fetched(request, PartitionData { error_code: error.to_wire(), ..Default::default() });
    }

    fn epoch_end(&mut self, request: &Request, leader_epoch: i32, end_offset: i64) {
        let row = EpochEndOffset { leader_epoch, end_offset, ..Default::default() };
        let topic = OffsetForLeaderTopicResult { topic: TOPIC.into(), partitions: vec![row] };
        self.answer(request, &OffsetForLeaderEpochResponse { topics: vec![topic], ..Default::default() });
    }

    fn offset(&mut self, request: &Request, offset: i64, leader_epoch: i32) {
        let row = ListOffsetsPartitionResponse { offset, leader_epoch, ..Default::default() };
        let topic = ListOffsetsTopicResponse { name: TOPIC.into(), partitions: vec![row] };
        self.answer(request, &ListOffsetsResponse { topics: vec![topic], ..Default::default() });
    }

    fn position(&self) -> Option<i64> {
        self.client.position(TOPIC, 0).map(|it| it.0)
    }

    /// Offsets and values of the records that came.
    fn records(&mut self) -> Vec<(i64, String)> {
        let mut records = Vec::new();
        for news in self.take_news() {
            if let ConsumerNews::Fetched(fetched) = news {
                records.extend(fetched.records().map(|it| text(it.unwrap())));
            }
        }
        records
    }
}

fn text(record: FetchedRecord<'_>) -> (i64, String) {
    (record.offset.0, String::from_utf8(record.value.unwrap().to_vec()).unwrap())
}

fn stamped(bytes: &Bytes, base: i64, epoch: i32) -> Bytes {
    let stamp = BatchHeader::stamp(Offset(base), bytes.len() as u32, LeaderEpoch(epoch));
    Bytes::from([&stamp[..], &bytes[STAMP_LEN..]].concat())
}

fn batch(base: i64, epoch: i32, values: &[&str]) -> Bytes {
    let mut builder = BatchBuilder::new(0);
    values.iter().for_each(|it| builder.append(Timestamp(7), None, Some(it.as_bytes()), &[]));
    stamped(&builder.build(), base, epoch)
}

fn row(batches: Vec<Bytes>) -> PartitionData {
    PartitionData { high_watermark: 100, records: Some(Records::from(batches)), ..Default::default() }
}

fn asked(request: &Request) -> FetchPartition {
    let body: FetchRequest = request.read();
    assert_eq!((body.topics.len(), body.topics[0].partitions.len()), (1, 1));
    body.topics[0].partitions[0].clone()
}

fn said(offset: i64, value: &str) -> (i64, String) {
    (offset, value.to_owned())
}

#[test]
fn records_come_in_order_from_where_the_log_begins() {
    let mut stage = assigned(OffsetReset::None, StartAt::Earliest);
    let request = stage.next_request();
    let body: ListOffsetsRequest = request.read();
    let question = &body.topics[0].partitions[0];
    assert_eq!((request.node, question.timestamp, question.current_leader_epoch), (1, -2, 5));
    stage.offset(&request, 40, 3);
    let positioned = ConsumerNews::Positioned { topic: TOPIC.into(), partition: 0, from: None, to: Offset(40) };
    assert!(stage.take_news().contains(&positioned));
    // The leader has just named it: there is nothing to validate, old as the epoch is.
    let request = stage.next_request();
    assert_eq!((asked(&request).fetch_offset, asked(&request).current_leader_epoch), (40, 5));
    stage.fetched(&request, row(vec![batch(40, 3, &["a", "b"]), batch(42, 5, &["c"])]));
    assert_eq!(stage.records(), [said(40, "a"), said(41, "b"), said(42, "c")]);
    let request = stage.next_request();
    assert_eq!(asked(&request).fetch_offset, 43);
    assert!(stage.requests.is_empty(), "one fetch at a time");
}

#[test]
fn every_leader_has_a_fetch_of_its_own_in_flight() {
    let mut stage = assigned(OffsetReset::None, StartAt::Offset(Offset(0)));
    stage.assign(1, StartAt::Offset(Offset(9)));
    let nodes: Vec<_> = stage.requests.iter().map(|it| (it.node, asked(it).fetch_offset)).collect();
    assert_eq!(nodes, [(1, 0), (2, 9)]);
}

#[test]
fn what_lies_below_the_position_is_left_out_and_so_are_control_batches() {
    let mut stage = assigned(OffsetReset::None, StartAt::Offset(Offset(11)));
    let request = stage.next_request();
    let mut control = BatchBuilder::new(0).control();
    control.append(Timestamp(7), Some(&[0, 0, 0, 1]), Some(&[0; 6]), &[]);
    let control = stamped(&control.build(), 13, 5);
    stage.fetched(&request, row(vec![batch(10, 5, &["a", "b", "c"]), control, batch(14, 5, &["d"])]));
    assert_eq!(stage.records(), [said(11, "b"), said(12, "c"), said(14, "d")]);
    assert_eq!(stage.position(), Some(15));
}

#[test]
fn a_batch_that_is_cut_off_is_fetched_again_and_is_no_error_behind_a_whole_one() {
    let mut stage = assigned(OffsetReset::None, StartAt::Offset(Offset(0)));
    let request = stage.next_request();
    let second = batch(1, 5, &["b"]);
    stage.fetched(&request, row(vec![batch(0, 5, &["a"]), second.slice(..second.len() - 1)]));
    assert_eq!(stage.records(), [said(0, "a")]);
    assert_eq!(asked(&stage.next_request()).fetch_offset, 1);
}

#[test]
fn bytes_whose_checksum_is_wrong_are_not_handed_on() {
    let mut stage = assigned(OffsetReset::None, StartAt::Offset(Offset(0)));
    let request = stage.next_request();
    let mut bad = batch(1, 5, &["b"]).to_vec();
    *bad.last_mut().unwrap() ^= 1;
    stage.fetched(&request, row(vec![batch(0, 5, &["a"]), bad.into()]));
    let refused =
        ConsumerNews::Refused { topic: TOPIC.into(), partition: 0, error: ErrorCode::CorruptMessage, stops: false };
    assert!(stage.news.contains(&refused));
    assert_eq!(stage.records(), [said(0, "a")]);
    assert!(stage.requests.is_empty(), "not at once");
    stage.pass(1_000);
    assert_eq!(asked(&stage.next_request()).fetch_offset, 1);
}

#[test]
fn a_compressed_batch_is_read_and_one_that_cannot_be_is_an_error_in_its_place() {
    for (codec, hex) in OF_KAFKA {
        let mut stage = assigned(OffsetReset::None, StartAt::Offset(Offset(0)));
        let request = stage.next_request();
        let mut sent = bytes_of(hex);
        sent[7] = 1;
        stage.fetched(&request, row(vec![batch(0, 5, &["a"]), sent.into(), batch(7, 5, &["c"])]));
        let ConsumerNews::Fetched(fetched) = stage.take_news().pop().unwrap() else { panic!() };
        assert!(fetched.batches.iter().all(crate::record::Batch::is_intact));
        let records: Vec<_> = fetched.records().map(Result::unwrap).collect();
        let offsets: Vec<i64> = records.iter().map(|record| record.offset.0).collect();
        assert_eq!(offsets, [0, 1, 2, 3, 4, 5, 6, 7], "{codec:?}");
        assert_eq!((records[4].key.as_deref(), records[4].timestamp.0), (Some(&b"k3"[..]), 1_090), "{codec:?}");
    }
    let mut stage = assigned(OffsetReset::None, StartAt::Offset(Offset(0)));
    let request = stage.next_request();
    let mut packed = batch(1, 5, &["b"]).to_vec();
    packed[22] |= 4;
    let crc = crate::record::crc32c(&packed[21..]);
    packed[17..21].copy_from_slice(&crc.to_be_bytes());
    stage.fetched(&request, row(vec![batch(0, 5, &["a"]), packed.into(), batch(2, 5, &["c"])]));
    let ConsumerNews::Fetched(fetched) = stage.take_news().pop().unwrap() else { panic!() };
    let records: Vec<_> = fetched.records().map(|it| it.map(|record| record.offset.0)).collect();
    assert_eq!(records, [Ok(0), Err(ErrorCode::CorruptMessage), Ok(2)]);
}

#[test]
fn a_high_watermark_that_moves_is_told_without_records() {
    let mut stage = reading(OffsetReset::None);
    for (high_watermark, is_news) in [(100, false), (101, true), (101, false)] {
        let request = stage.next_request();
        stage.fetched(&request, PartitionData { high_watermark, ..Default::default() });
        assert_eq!(!stage.take_news().is_empty(), is_news, "{high_watermark}");
    }
}

#[test]
fn a_new_leader_is_asked_whether_it_has_what_was_read() {
    let mut stage = reading(OffsetReset::None);
    let request = stage.next_request();
    stage.pass(1_000);
    stage.leaders.insert(0, (3, 6));
    stage.refuse(&request, ErrorCode::FencedLeaderEpoch);
    let question = stage.next_request();
    assert_eq!((question.key, question.node), (ApiKey::OffsetForLeaderEpoch, 3));
    let body: OffsetForLeaderEpochRequest = question.read();
    let partition = &body.topics[0].partitions[0];
    assert_eq!((partition.leader_epoch, partition.current_leader_epoch), (5, 6));
    stage.epoch_end(&question, 5, 3);
    let request = stage.next_request();
    assert_eq!((request.node, asked(&request).fetch_offset, asked(&request).current_leader_epoch), (3, 3, 6));
    assert!(stage.take_news().is_empty());
}

#[test]
fn a_leader_that_is_behind_is_waited_for() {
    let mut stage = reading(OffsetReset::None);
    let request = stage.next_request();
    stage.refuse(&request, ErrorCode::UnknownLeaderEpoch);
    assert!(stage.requests.is_empty());
    stage.pass(1_000);
    assert_eq!(asked(&stage.next_request()).fetch_offset, 3);
}

#[test]
fn the_refusal_itself_may_name_the_new_leader() {
    let mut stage = reading(OffsetReset::None);
    let request = stage.next_request();
    stage.leaders.insert(0, (2, 6));
    let current_leader = LeaderIdAndEpoch { leader_id: 2, leader_epoch: 6 };
    let error_code = ErrorCode::NotLeaderOrFollower.to_wire();
    stage.fetched(&request, PartitionData { error_code, current_leader, ..Default::default() });
    let question = stage.next_request();
    assert_eq!((question.key, question.node), (ApiKey::OffsetForLeaderEpoch, 2));
}

/// A new leader of epoch 7 answers where the epoch 5 ends.
fn truncated(reset: OffsetReset, epoch: i32, end: i64) -> Stage<Consumer> {
    let mut stage = reading(reset);
    let request = stage.next_request();
    stage.pass(1_000);
    stage.leaders.insert(0, (2, 7));
    stage.refuse(&request, ErrorCode::NotLeaderOrFollower);
    let question = stage.next_request();
    stage.epoch_end(&question, epoch, end);
    stage
}

#[test]
fn records_that_are_gone_are_told_and_the_position_goes_back() {
    let mut stage = truncated(OffsetReset::Latest, 5, 1);
    let diverged = Some((LeaderEpoch(5), Offset(1)));
    let news = ConsumerNews::Truncated { topic: TOPIC.into(), partition: 0, from: Offset(3), diverged };
    assert_eq!(stage.take_news(), [news]);
    assert_eq!(asked(&stage.next_request()).fetch_offset, 1);
}

#[test]
fn records_that_are_gone_stop_a_consumer_without_a_policy() {
    let mut stage = truncated(OffsetReset::None, 4, 2);
    let diverged = Some((LeaderEpoch(4), Offset(2)));
    let news = ConsumerNews::Truncated { topic: TOPIC.into(), partition: 0, from: Offset(3), diverged };
    assert_eq!(stage.take_news(), [news]);
    stage.pass(10_000);
    assert!(stage.requests.is_empty());
    assert_eq!(stage.position(), None);
}

#[test]
fn a_leader_that_knows_no_epoch_so_old_sends_the_position_by_the_policy() {
    let mut stage = truncated(OffsetReset::Earliest, -1, -1);
    assert!(matches!(stage.take_news()[..], [ConsumerNews::Truncated { diverged: None, .. }]));
    let request = stage.next_request();
    let body: ListOffsetsRequest = request.read();
    assert_eq!(body.topics[0].partitions[0].timestamp, -2);
}

#[test]
fn a_position_in_no_log_is_moved_by_the_policy_or_stops() {
    let mut stage = reading(OffsetReset::Earliest);
    let request = stage.next_request();
    stage.refuse(&request, ErrorCode::OffsetOutOfRange);
    let request = stage.next_request();
    stage.offset(&request, 50, 5);
    let news = ConsumerNews::Positioned { topic: TOPIC.into(), partition: 0, from: Some(Offset(3)), to: Offset(50) };
    assert_eq!(stage.take_news(), [news]);
    assert_eq!(asked(&stage.next_request()).fetch_offset, 50);

    let mut stage = reading(OffsetReset::None);
    let request = stage.next_request();
    stage.refuse(&request, ErrorCode::OffsetOutOfRange);
    let error = ErrorCode::OffsetOutOfRange;
    let news = ConsumerNews::Refused { topic: TOPIC.into(), partition: 0, error, stops: true };
    assert_eq!(stage.take_news(), [news]);
    assert!(stage.requests.is_empty());
}

#[test]
fn records_for_a_position_that_was_left_are_dropped() {
    let mut stage = reading(OffsetReset::None);
    let request = stage.next_request();
    stage.assign(0, StartAt::Offset(Offset(0)));
    assert!(stage.requests.is_empty(), "the fetch under way is waited for");
    stage.fetched(&request, row(vec![batch(3, 5, &["d"])]));
    assert_eq!(stage.records(), []);
    assert_eq!(asked(&stage.next_request()).fetch_offset, 0);
}

#[test]
fn a_paused_partition_is_not_fetched_until_it_is_resumed() {
    let mut stage = reading(OffsetReset::None);
    let request = stage.next_request();
    stage.client.pause(TOPIC, 0);
    stage.fetched(&request, row(vec![batch(3, 5, &["d"])]));
    assert_eq!(stage.records(), [said(3, "d")]);
    stage.pass(5_000);
    assert!(stage.requests.is_empty());
    let mut out = Vec::new();
    stage.client.resume(TOPIC, 0, stage.now, &mut First, &mut out);
    stage.perform(out);
    assert_eq!(asked(&stage.next_request()).fetch_offset, 4);
}

#[test]
fn a_lost_connection_costs_nothing_but_time() {
    let mut stage = reading(OffsetReset::None);
    let request = stage.next_request();
    stage.lose(request.conn);
    stage.pass(1_000);
    let again = stage.next_request();
    assert_ne!(again.conn, request.conn);
    assert_eq!(asked(&again).fetch_offset, 3);
}

#[test]
fn an_unassigned_partition_is_left_alone() {
    let mut stage = reading(OffsetReset::None);
    let request = stage.next_request();
    stage.client.unassign(TOPIC, 0);
    stage.fetched(&request, row(vec![batch(3, 5, &["d"])]));
    stage.pass(5_000);
    assert_eq!(stage.records(), []);
    assert!(stage.requests.is_empty());
}

#[test]
fn partitions_of_one_leader_are_known_by_their_numbers_whatever_the_order_of_the_answer() {
    let mut stage = Stage::new(Consumer::new(config(OffsetReset::None)));
    stage.leaders = [(0, (1, 5)), (1, (1, 5))].into();
    stage.assign(1, StartAt::Offset(Offset(10)));
    let alone = stage.next_request();
    stage.assign(0, StartAt::Offset(Offset(20)));
    stage.fetched(&alone, PartitionData { partition_index: 1, ..Default::default() });
    let request = stage.next_request();
    assert_eq!(request.read::<FetchRequest>().topics[0].partitions.len(), 2);
    let one = PartitionData { partition_index: 1, ..row(vec![batch(10, 5, &["one"])]) };
    let nought = row(vec![batch(20, 5, &["nought"])]);
    for partitions in [vec![one.clone(), nought.clone()], vec![nought, one]] {
        let mut stage = stage.clone();
        let topic = FetchableTopicResponse { topic_id: TOPIC_ID, partitions, ..Default::default() };
        stage.answer(&request, &FetchResponse { responses: vec![topic], ..Default::default() });
        let mut records = stage.records();
        records.sort();
        assert_eq!(records, [said(10, "one"), said(20, "nought")]);
    }
}
