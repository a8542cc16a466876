//! Fetch, as consumers and followers see it.

use super::stand::{Asked, Stand, code, place, stand, stand_with, topic};
use crate::broker::Reply;
use crate::io::{ConnId, Site};
use crate::replica::{FetchFrom, Fetcher, Isolation, PartitionAnswer, PartitionAsk, ReadAnswer};
use crate::types::{BrokerEpoch, ErrorCode, LeaderEpoch, NodeId, Offset, Uuid};
use crate::wire::fetch::{FetchPartition, FetchTopic, PartitionData};
use crate::wire::produce::{PartitionProduceData, TopicProduceData};
use crate::wire::{FetchRequest, FetchResponse, ProduceRequest, Records};
use bytes::Bytes;
use bytestring::ByteString;

/// A fetch of partitions of topic `t` that waits for one byte, for half a second at most.
pub(super) fn request(partitions: &[i32]) -> FetchRequest {
    let from = |index: &i32| FetchPartition {
        partition: *index,
        current_leader_epoch: 5,
        fetch_offset: 40,
        last_fetched_epoch: 4,
        log_start_offset: -1,
        partition_max_bytes: 1 << 20,
        ..FetchPartition::default()
    };
    let partitions = partitions.iter().map(from).collect();
    let topic = FetchTopic { topic: ByteString::from_static("t"), topic_id: Uuid::from_halves(0, 1), partitions };
    FetchRequest { max_wait_ms: 500, min_bytes: 1, max_bytes: 50 << 20, topics: vec![topic], ..FetchRequest::default() }
}

pub(super) fn large_produce(size: usize) -> ProduceRequest {
    let records = Some(Records::from(Bytes::from(vec![0; size])));
    let partition_data = vec![PartitionProduceData { index: 0, records }];
    let topic = TopicProduceData { name: ByteString::from_static("t"), partition_data, ..TopicProduceData::default() };
    ProduceRequest { acks: -1, timeout_ms: 1_000, topic_data: vec![topic], ..ProduceRequest::default() }
}

pub(super) fn empty_read() -> PartitionAnswer {
    read(0)
}

/// A partition's answer to a read, with `size` bytes of records.
pub(super) fn read(size: usize) -> PartitionAnswer {
    let records = if size == 0 { Vec::new() } else { vec![Bytes::from(vec![7; size])] };
    PartitionAnswer::Read(ReadAnswer {
        error: ErrorCode::None,
        high_watermark: Some(Offset(50)),
        last_stable: Some(Offset(49)),
        log_start: Some(Offset(1)),
        diverging: None,
        current_leader: None,
        records,
    })
}

fn readable(bytes: u32) -> PartitionAnswer {
    PartitionAnswer::Readable { bytes, at_once: false }
}

/// Answers the fetch that was sent last for its only partition, with `size` bytes of records.
pub(super) fn bring(stand: &mut Stand, size: usize) {
    let watch = stand.next_ask();
    stand.reply(&watch, PartitionAnswer::Readable { bytes: size.min(1 << 20) as u32, at_once: true });
    let ask = stand.next_ask();
    stand.reply(&ask, read(size));
}

fn watches(stand: &mut Stand) -> Vec<Asked> {
    let asks: Vec<Asked> = stand.asks.drain(..).collect();
    assert!(asks.iter().all(|asked| matches!(asked.what, PartitionAsk::Watch { .. })), "{asks:?}");
    asks
}

/// The reads that the fetch asks of the partitions: the partition, the limit, and whether its first batch must come
/// whole.
fn reads(stand: &mut Stand) -> Vec<(Asked, u32, bool)> {
    let limit = |asked: Asked| match asked.what {
        PartitionAsk::Read { most, at_least_one, .. } => (asked, most, at_least_one),
        _ => panic!("{asked:?} is no read"),
    };
    stand.asks.drain(..).map(limit).collect()
}

fn rows(response: &FetchResponse) -> Vec<&PartitionData> {
    response.responses.iter().flat_map(|topic| &topic.partitions).collect()
}

fn sizes(response: &FetchResponse) -> Vec<usize> {
    rows(response).iter().map(|row| row.records.as_ref().map_or(0, Records::len)).collect()
}

fn answer(stand: &mut Stand, conn: ConnId, number: i32) -> FetchResponse {
    stand.answer(conn, number, 12)
}

#[test]
fn a_fetch_watches_reads_and_answers_in_every_version() {
    for version in 4..=18 {
        let mut stand = stand();
        let conn = stand.connect();
        let number = stand.send(conn, &request(&[1]), version);
        let watch = stand.next_ask();
        let from = FetchFrom {
            fetcher: Fetcher::Consumer(Isolation::ReadUncommitted),
            offset: Offset(40),
            current_leader_epoch: (version >= 9).then_some(LeaderEpoch(5)),
            last_fetched_epoch: (version >= 12).then_some(LeaderEpoch(4)),
            log_start: None,
        };
        assert_eq!(watch.partition, place(1, 1));
        assert_eq!(watch.what, PartitionAsk::Watch { from, most: 1 << 20 });
        stand.reply(&watch, readable(300));
        let ask = stand.next_ask();
        assert_eq!(ask.what, PartitionAsk::Read { from, most: 1 << 20, at_least_one: true });
        stand.reply(&ask, read(300));
        let answer: FetchResponse = stand.answer(conn, number, version);
        let row = rows(&answer)[0];
        assert_eq!((answer.error_code, answer.session_id), (0, 0));
        assert_eq!((row.partition_index, row.error_code, row.high_watermark), (1, 0, 50));
        assert_eq!((row.last_stable_offset, row.preferred_read_replica), (49, -1));
        assert_eq!(row.log_start_offset, if version >= 5 { 1 } else { -1 });
        assert_eq!(sizes(&answer), vec![300], "v{version}");
    }
}

#[test]
fn a_fetch_waits_until_the_partitions_have_enough_together() {
    let mut stand = stand();
    let conn = stand.connect();
    let number = stand.send(conn, &FetchRequest { min_bytes: 100, ..request(&[0, 1, 2]) }, 12);
    let watches = watches(&mut stand);
    for (watch, bytes) in watches.iter().zip([0, 30, 0]) {
        stand.reply(watch, readable(bytes));
    }
    stand.reply(&watches[1], readable(60));
    assert!(stand.asks.is_empty(), "60 bytes are not 100");
    stand.reply(&watches[0], readable(40));
    assert!(stand.reached.contains(&Site::BrokerLongPollWoken));
    let reads = reads(&mut stand);
    assert_eq!(reads.len(), 3, "one pass over all of them");
    for ((ask, ..), size) in reads.iter().zip([40, 60, 0]) {
        stand.reply(ask, read(size));
    }
    assert_eq!(sizes(&answer(&mut stand, conn, number)), vec![40, 60, 0]);
    assert_eq!(stand.broker.next_wake(), None, "no timer is left");
}

#[test]
fn a_wait_ends_when_the_client_has_waited_long_enough() {
    let mut stand = stand();
    let conn = stand.connect();
    let number = stand.send(conn, &request(&[0]), 12);
    let watch = stand.next_ask();
    stand.reply(&watch, readable(0));
    stand.pass_ms(499);
    assert!(stand.asks.is_empty());
    stand.pass_ms(1);
    let ask = stand.next_ask();
    stand.reply(&ask, empty_read());
    let answer = answer(&mut stand, conn, number);
    assert_eq!(rows(&answer)[0].records, Some(Records::EMPTY), "empty, and not null");
}

#[test]
fn nothing_is_read_before_every_partition_was_heard() {
    let mut stand = stand();
    let conn = stand.connect();
    stand.send(conn, &request(&[0, 1]), 12);
    let watches = watches(&mut stand);
    stand.reply(&watches[0], readable(500));
    assert!(stand.asks.is_empty());
    stand.reply(&watches[1], readable(0));
    assert_eq!(reads(&mut stand).len(), 2);
}

#[test]
fn a_partition_that_says_nothing_delays_a_fetch_and_does_not_block_it() {
    let mut stand = stand();
    let conn = stand.connect();
    let number = stand.send(conn, &request(&[0, 1]), 12);
    let watches = watches(&mut stand);
    stand.reply(&watches[0], readable(0));
    stand.pass_ms(1_499);
    assert!(stand.asks.is_empty());
    stand.pass_ms(1);
    let reads = reads(&mut stand);
    stand.reply(&reads[0].0, read(500));
    stand.pass_ms(10_000);
    let answer = answer(&mut stand, conn, number);
    assert_eq!(sizes(&answer), vec![500, 0]);
    assert_eq!(rows(&answer)[1].error_code, code(ErrorCode::KafkaStorageError));
    assert!(stand.reached.contains(&Site::BrokerSliceTimedOut));
}

#[test]
fn news_that_cannot_wait_ends_the_wait() {
    let mut stand = stand();
    let conn = stand.connect();
    stand.send(conn, &request(&[0, 1]), 12);
    let watches = watches(&mut stand);
    stand.reply(&watches[0], readable(0));
    stand.reply(&watches[1], PartitionAnswer::Readable { bytes: 0, at_once: true });
    assert_eq!(reads(&mut stand).len(), 2);
}

#[test]
fn a_partition_at_its_own_limit_ends_the_wait() {
    let mut stand = stand();
    let conn = stand.connect();
    let mut small = FetchRequest { min_bytes: 1 << 20, ..request(&[0]) };
    small.topics[0].partitions[0].partition_max_bytes = 1_000;
    stand.send(conn, &small, 12);
    let watch = stand.next_ask();
    stand.reply(&watch, readable(999));
    assert!(stand.asks.is_empty());
    stand.reply(&watch, readable(1_000));
    assert_eq!(reads(&mut stand).len(), 1);
}

#[test]
fn a_client_that_will_not_wait_is_answered_as_soon_as_all_partitions_were_heard() {
    for (max_wait_ms, min_bytes) in [(0, 1), (-1, 1), (500, 0), (500, -1)] {
        let mut stand = stand();
        let conn = stand.connect();
        let number = stand.send(conn, &FetchRequest { max_wait_ms, min_bytes, ..request(&[0]) }, 12);
        let watch = stand.next_ask();
        stand.reply(&watch, readable(0));
        let ask = stand.next_ask();
        stand.reply(&ask, empty_read());
        answer(&mut stand, conn, number);
    }
}

#[test]
fn a_fetch_of_no_partitions_is_answered_at_once() {
    let mut stand = stand();
    let conn = stand.connect();
    let number = stand.send(conn, &FetchRequest { topics: Vec::new(), ..request(&[]) }, 12);
    assert!(answer(&mut stand, conn, number).responses.is_empty());
}

/// A fetch whose limits let no byte through, as far as they go.
fn without_room(max_bytes: i32, partition_max_bytes: i32) -> FetchRequest {
    let mut request = FetchRequest { max_bytes, ..request(&[0, 1]) };
    request.topics[0].partitions.iter_mut().for_each(|it| it.partition_max_bytes = partition_max_bytes);
    request
}

#[test]
fn limits_of_no_byte_let_the_first_batch_through_as_soon_as_there_is_one() {
    for (max_bytes, partition_max_bytes) in [(0, 1 << 20), (1 << 20, 0), (0, 0), (-5, 1 << 20), (1 << 20, -5)] {
        let mut stand = stand();
        let conn = stand.connect();
        let number = stand.send(conn, &without_room(max_bytes, partition_max_bytes), 12);
        let watches = watches(&mut stand);
        let PartitionAsk::Watch { most, .. } = watches[0].what else { panic!("asks to watch") };
        assert_eq!(most, 1, "the partition tells whether it has a batch");
        stand.reply(&watches[0], readable(0));
        stand.reply(&watches[1], readable(0));
        assert!(stand.asks.is_empty(), "the fetch waits while there is nothing: {max_bytes} {partition_max_bytes}");
        stand.reply(&watches[1], readable(1));
        let reads = reads(&mut stand);
        let limits: Vec<_> = reads.iter().map(|(_, most, whole)| (*most, *whole)).collect();
        assert_eq!(limits, [(0, false), (0, true)], "the partition that has a batch is not starved by the one before");
        stand.reply(&reads[0].0, read(0));
        stand.reply(&reads[1].0, read(600));
        assert_eq!(sizes(&answer(&mut stand, conn, number)), [0, 600]);
    }
}

#[test]
fn the_read_pass_shares_the_limit_in_the_order_of_the_request() {
    let mut stand = stand();
    let conn = stand.connect();
    let number = stand.send(conn, &FetchRequest { max_bytes: 1_000, ..request(&[3, 0, 1, 2]) }, 12);
    let watches = watches(&mut stand);
    for (watch, bytes) in watches.iter().zip([0, 600, 600, 50]) {
        stand.reply(watch, readable(bytes));
    }
    let reads = reads(&mut stand);
    let limits: Vec<_> = reads.iter().map(|(asked, most, whole)| (asked.partition.partition, *most, *whole)).collect();
    // KIP-74: the first partition that has records returns its first batch whole.
    assert_eq!(limits, vec![(3, 1_000, false), (0, 1_000, true), (1, 400, false), (2, 0, false)]);
    for ((ask, ..), size) in reads.iter().zip([0, 600, 400, 0]) {
        stand.reply(ask, read(size));
    }
    assert_eq!(sizes(&answer(&mut stand, conn, number)), vec![0, 600, 400, 0]);
}

#[test]
fn what_came_while_reading_does_not_break_the_limit_but_the_first_batch_may() {
    let mut stand = stand();
    let conn = stand.connect();
    let number = stand.send(conn, &FetchRequest { max_bytes: 1_000, ..request(&[0, 1, 2]) }, 12);
    let watches = watches(&mut stand);
    for (watch, bytes) in watches.iter().zip([0, 10, 0]) {
        stand.reply(watch, readable(bytes));
    }
    let reads = reads(&mut stand);
    for ((ask, ..), size) in reads.iter().zip([900, 200, 100]) {
        stand.reply(ask, read(size));
    }
    assert_eq!(sizes(&answer(&mut stand, conn, number)), vec![900, 0, 100]);

    let number = stand.send(conn, &FetchRequest { max_bytes: 1_000, ..request(&[0]) }, 12);
    bring(&mut stand, 5_000);
    assert_eq!(sizes(&answer(&mut stand, conn, number)), vec![5_000], "or the client would never get on");
}

#[test]
fn the_brokers_own_limit_bounds_what_a_client_asks_for() {
    let mut stand = stand_with(|config| config.fetch_max_bytes = 2_000, |_| {});
    let conn = stand.connect();
    stand.send(conn, &request(&[0]), 12);
    let watch = stand.next_ask();
    assert!(matches!(watch.what, PartitionAsk::Watch { most: 2_000, .. }));
}

#[test]
fn errors_are_answered_at_once_beside_what_can_be_read() {
    let table = [
        (12, "u", 99, 0, 40, ErrorCode::UnknownTopicOrPartition),
        (13, "u", 99, 0, 40, ErrorCode::UnknownTopicId),
        (13, "t", 1, 8, 40, ErrorCode::UnknownTopicOrPartition),
        (12, "t", 1, 0, -7, ErrorCode::OffsetOutOfRange),
    ];
    for (version, name, id, partition, offset, error) in table {
        let mut stand = stand();
        let conn = stand.connect();
        let mut both = request(&[1]);
        let mut bad = both.topics[0].clone();
        bad.topic = ByteString::from_static(name);
        bad.topic_id = Uuid::from_halves(0, id);
        bad.partitions[0].partition = partition;
        bad.partitions[0].fetch_offset = offset;
        both.topics.push(bad);
        let number = stand.send(conn, &both, version);
        let watch = stand.next_ask();
        stand.reply(&watch, readable(0));
        let ask = stand.next_ask();
        stand.reply(&ask, empty_read());
        let answer: FetchResponse = stand.answer(conn, number, version);
        let codes: Vec<i16> = rows(&answer).iter().map(|row| row.error_code).collect();
        assert_eq!(codes, vec![0, code(error)]);
        assert_eq!(rows(&answer)[1].high_watermark, -1);
    }
}

#[test]
fn a_fetch_of_nothing_known_is_answered_at_once() {
    let mut stand = stand();
    let conn = stand.connect();
    let answer = stand.call(conn, &request(&[9]), 12);
    assert_eq!(rows(&answer)[0].error_code, code(ErrorCode::UnknownTopicOrPartition));
}

#[test]
fn the_aborted_list_is_null_unless_only_committed_records_are_wanted() {
    for (isolation_level, replica_id, wanted) in [(0, -1, None), (1, -1, Some(0)), (1, 2, None)] {
        let mut stand = stand();
        let conn = stand.connect();
        let number = stand.send(conn, &FetchRequest { isolation_level, replica_id, ..request(&[0]) }, 12);
        let watch = stand.next_ask();
        let PartitionAsk::Watch { from, .. } = watch.what else { panic!("is a watch") };
        let committed = from.fetcher == Fetcher::Consumer(Isolation::ReadCommitted);
        assert_eq!(committed, wanted.is_some());
        stand.asks.push_front(watch);
        bring(&mut stand, 1);
        let answer = answer(&mut stand, conn, number);
        assert_eq!(rows(&answer)[0].aborted_transactions.as_ref().map(Vec::len), wanted);
    }
}

#[test]
fn a_follower_is_known_by_the_field_of_its_version() {
    for (version, epoch) in [(12, None), (14, None), (15, Some(BrokerEpoch(77))), (18, Some(BrokerEpoch(77)))] {
        let mut stand = stand();
        let conn = stand.connect();
        let mut follower = request(&[0]);
        follower.replica_id = 2;
        follower.replica_state.replica_id = 2;
        follower.replica_state.replica_epoch = 77;
        follower.topics[0].partitions[0].log_start_offset = 3;
        stand.send(conn, &follower, version);
        let PartitionAsk::Watch { from, .. } = stand.next_ask().what else { panic!("is a watch") };
        assert_eq!(from.fetcher, Fetcher::Replica { node: NodeId(2), epoch });
        assert_eq!(from.log_start, Some(Offset(3)));
    }
}

#[test]
fn divergence_and_leaders_are_passed_on() {
    let mut stand = stand_with(|_| {}, |image| image.put_topic(topic("t", 1, &[2, 2])));
    let conn = stand.connect();
    let number = stand.send(conn, &request(&[0, 1]), 16);
    for watch in watches(&mut stand) {
        stand.reply(&watch, PartitionAnswer::Readable { bytes: 0, at_once: true });
    }
    let reads = reads(&mut stand);
    let mut diverged = ReadAnswer::error(ErrorCode::None);
    diverged.diverging = Some((LeaderEpoch(3), Offset(12)));
    stand.reply(&reads[0].0, PartitionAnswer::Read(diverged));
    stand.reply(&reads[1].0, PartitionAnswer::Read(ReadAnswer::error(ErrorCode::NotLeaderOrFollower)));
    let answer: FetchResponse = stand.answer(conn, number, 16);
    let rows = rows(&answer);
    assert_eq!((rows[0].diverging_epoch.epoch, rows[0].diverging_epoch.end_offset), (3, 12));
    assert_eq!((rows[1].current_leader.leader_id, rows[1].current_leader.leader_epoch), (2, 5));
    let node = &answer.node_endpoints[0];
    assert_eq!((node.node_id, &*node.host, node.port, node.rack.as_deref()), (2, "plaintext2", 9092, Some("r2")));
}

#[test]
fn a_session_that_nobody_opened_is_not_found() {
    for (session_id, session_epoch, known) in [(0, 0, true), (0, -1, true), (7, -1, true), (7, 3, false), (0, 1, false)]
    {
        let mut stand = stand();
        let conn = stand.connect();
        let number = stand.send(conn, &FetchRequest { session_id, session_epoch, ..request(&[0]) }, 12);
        assert_eq!(stand.asks.len(), usize::from(known));
        if !known {
            let answer = answer(&mut stand, conn, number);
            assert_eq!(answer.error_code, code(ErrorCode::FetchSessionIdNotFound));
        }
    }
}

#[test]
fn fetches_are_not_read_while_earlier_answers_have_not_left() {
    let mut stand = stand();
    let conn = stand.connect();
    let numbers: Vec<i32> = (0..3).map(|_| stand.send(conn, &request(&[0]), 12)).collect();
    let watches = watches(&mut stand);
    for watch in &watches {
        stand.reply(watch, PartitionAnswer::Readable { bytes: 1 << 20, at_once: true });
    }
    let reads = reads(&mut stand);
    assert_eq!(reads.len(), 3, "three mebibytes are little");
    for (ask, ..) in &reads[1..] {
        stand.reply(ask, read(9 << 20));
    }
    assert!(stand.is_silent(conn));

    let late: Vec<i32> = (0..2).map(|_| stand.send(conn, &request(&[1]), 12)).collect();
    for _ in 0..2 {
        let watch = stand.next_ask();
        stand.reply(&watch, PartitionAnswer::Readable { bytes: 1, at_once: true });
    }
    assert!(stand.asks.is_empty(), "18 mebibytes wait already");
    assert!(stand.reached.contains(&Site::BrokerReadHeld));

    stand.reply(&reads[0].0, read(1));
    for number in numbers {
        answer(&mut stand, conn, number);
    }
    assert!(stand.asks.is_empty(), "they were sent and have not left");
    stand.tell(|broker, env, out| broker.on_drained(conn, env, out));
    for _ in 0..2 {
        let ask = stand.next_ask();
        stand.reply(&ask, read(1));
    }
    for number in late {
        answer(&mut stand, conn, number);
    }
}

#[test]
fn the_fetch_that_all_answers_wait_for_is_read_whatever_waits_behind_it() {
    let mut stand = stand();
    let conn = stand.connect();
    let numbers: Vec<i32> = (0..2).map(|_| stand.send(conn, &request(&[0]), 12)).collect();
    let watches = watches(&mut stand);
    stand.reply(&watches[1], PartitionAnswer::Readable { bytes: 1 << 20, at_once: true });
    let behind = stand.next_ask();
    stand.reply(&behind, read(17 << 20));
    stand.reply(&watches[0], readable(5));
    let head = stand.next_ask();
    stand.reply(&head, read(5));
    for number in numbers {
        answer(&mut stand, conn, number);
    }
}

#[test]
fn record_bytes_are_sent_without_a_copy() {
    let mut stand = stand();
    let conn = stand.connect();
    stand.send(conn, &request(&[0]), 12);
    let watch = stand.next_ask();
    stand.reply(&watch, readable(5_000));
    let ask = stand.next_ask();
    let records = Bytes::from(vec![7; 5_000]);
    let at = records.as_ptr();
    let mut answer = ReadAnswer::error(ErrorCode::None);
    answer.records = vec![records];
    let mut sent = Vec::new();
    stand.tell(|broker, env, out| {
        broker.on_reply(ask.ask, Reply::Replica(PartitionAnswer::Read(answer)), env, out);
        sent = std::mem::take(out);
    });
    let crate::broker::Output::Session(crate::session::Output::Send { parts, .. }) = &sent[0] else {
        panic!("{sent:?}")
    };
    assert!(parts.iter().any(|part| part.as_ptr() == at && part.len() == 5_000));
}
