use super::*;
use crate::replica::tests::host::Host;
use crate::types::{LeaderEpoch, TopicId, Uuid};
use crate::wire::fetch::{EpochEndOffset, FetchableTopicResponse, PartitionData};
use crate::wire::{FetchRequest, FetchResponse, Records, decode_body, frame_response, open_request};
use bytes::BytesMut;

const SETTINGS: FetcherSettings = FetcherSettings {
    max_wait_ms: 500,
    min_bytes: 1,
    partition_max_bytes: 1 << 20,
    response_max_bytes: 10 << 20,
    backoff_ms: 1000,
    socket_timeout_ms: 30_000,
};

fn name(topic: u64, partition: i32) -> TopicPartition {
    TopicPartition { topic: TopicId(Uuid::from_halves(0, topic)), partition }
}

fn at(offset: i64) -> FetchPosition {
    FetchPosition {
        leader: NodeId(2),
        leader_epoch: LeaderEpoch(4),
        offset: Offset(offset),
        last_fetched_epoch: Some(LeaderEpoch(3)),
        log_start: Offset::ZERO,
        after_error: false,
    }
}

/// A fetcher and the host that it lives on.
struct Bench {
    host: Host,
    fetcher: ReplicaFetcher,
}

impl Bench {
    fn new() -> Bench {
        let fetcher = ReplicaFetcher::new(NodeId(2), NodeId(1), Some(BrokerEpoch(7)), SETTINGS);
        Bench { host: Host::new(), fetcher }
    }

    fn turn_end(&mut self) -> Vec<FetcherOutput> {
        let mut out = Vec::new();
        self.fetcher.on_turn_end(&mut self.host.env(), &mut out);
        out
    }

    fn frame(&mut self, frame: Bytes) -> Vec<FetcherOutput> {
        let mut out = Vec::new();
        self.fetcher.on_frame(frame, &mut self.host.env(), &mut out);
        out
    }

    fn wake(&mut self) -> Vec<FetcherOutput> {
        let mut out = Vec::new();
        self.fetcher.on_wake(&mut self.host.env(), &mut out);
        out
    }

    fn dialed(&mut self) {
        assert_eq!(self.turn_end(), [FetcherOutput::Dial]);
        self.fetcher.on_dialed(&mut self.host.env(), &mut Vec::new());
    }

    /// The fetch that leaves at this turn's end, with its correlation id.
    fn fetch(&mut self) -> (i32, FetchRequest) {
        let out = self.turn_end();
        let [FetcherOutput::Send { parts }] = &out[..] else { panic!("{out:?} is not one fetch") };
        let frame = Bytes::from(parts.concat()).slice(4..);
        let (_, header, mut body) = open_request(frame).expect("a request");
        (header.correlation_id, decode_body(&mut body, header.request_api_version).expect("a fetch"))
    }

    fn answer(&mut self, correlation: i32, partitions: Vec<(TopicPartition, PartitionData)>) -> Vec<FetcherOutput> {
        self.frame(answer(correlation, partitions))
    }
}

fn answer(correlation: i32, partitions: Vec<(TopicPartition, PartitionData)>) -> Bytes {
    let responses = partitions.into_iter().map(|(name, data)| FetchableTopicResponse {
        topic_id: name.topic.0,
        partitions: vec![PartitionData { partition_index: name.partition, ..data }],
        ..FetchableTopicResponse::default()
    });
    let body = FetchResponse { responses: responses.collect(), ..FetchResponse::default() };
    Bytes::from(frame_response(correlation, &body, 17, &mut BytesMut::new()).concat()).slice(4..)
}

fn nothing(high_watermark: i64) -> PartitionData {
    PartitionData { high_watermark, log_start_offset: 0, ..PartitionData::default() }
}

fn records(high_watermark: i64) -> PartitionData {
    PartitionData { records: Some(Records::from(Bytes::from_static(b"batches"))), ..nothing(high_watermark) }
}

#[test]
fn a_fetch_names_each_partition_under_its_topic_with_offset_and_epochs() {
    let mut bench = Bench::new();
    for partition in [name(2, 0), name(1, 1), name(1, 0)] {
        bench.fetcher.follow(partition, at(10 + i64::from(partition.partition)));
    }
    bench.dialed();
    let (_, fetch) = bench.fetch();
    assert_eq!((fetch.replica_state.replica_id, fetch.replica_state.replica_epoch), (1, 7));
    assert_eq!((fetch.max_wait_ms, fetch.min_bytes, fetch.max_bytes), (500, 1, 10 << 20));
    assert_eq!((fetch.session_id, fetch.session_epoch), (0, -1));
    let named: Vec<_> = fetch.topics.iter().map(|it| (it.topic_id, it.partitions.len())).collect();
    assert_eq!(named, [(name(1, 0).topic.0, 2), (name(2, 0).topic.0, 1)]);
    let second = &fetch.topics[0].partitions[1];
    assert_eq!((second.partition, second.fetch_offset), (1, 11));
    assert_eq!((second.current_leader_epoch, second.last_fetched_epoch), (4, 3));
    assert_eq!(bench.turn_end(), [], "one fetch is in flight at a time");
}

#[test]
fn an_answer_without_news_is_followed_by_the_same_fetch() {
    let mut bench = Bench::new();
    bench.fetcher.follow(name(1, 0), at(10));
    bench.dialed();
    let (correlation, first) = bench.fetch();
    let out = bench.answer(correlation, vec![(name(1, 0), nothing(10))]);
    assert!(matches!(&out[..], [FetcherOutput::Fetched { .. }]), "the high watermark is news the first time");
    bench.fetcher.follow(name(1, 0), at(10));
    let (correlation, _) = bench.fetch();
    assert_eq!(bench.answer(correlation, vec![(name(1, 0), nothing(10))]), []);
    assert_eq!(bench.fetch().1, first);
}

#[test]
fn the_next_fetch_waits_until_a_partition_that_got_records_says_where_it_goes_on() {
    let mut bench = Bench::new();
    bench.fetcher.follow(name(1, 0), at(10));
    bench.fetcher.follow(name(1, 1), at(20));
    bench.dialed();
    let (correlation, _) = bench.fetch();
    let out = bench.answer(correlation, vec![(name(1, 0), records(10))]);
    let [FetcherOutput::Fetched { partition, fetched }] = &out[..] else { panic!("{out:?}") };
    assert_eq!((*partition, fetched.offset, fetched.leader_epoch), (name(1, 0), Offset(10), LeaderEpoch(4)));
    assert_eq!((&fetched.records[..], fetched.high_watermark), (&b"batches"[..], Some(Offset(10))));
    assert!(fetched.held as usize > fetched.records.len(), "the whole frame is kept alive");
    assert_eq!(bench.turn_end(), []);
    bench.fetcher.follow(name(1, 0), at(12));
    let offsets: Vec<_> = bench.fetch().1.topics[0].partitions.iter().map(|it| it.fetch_offset).collect();
    assert_eq!(offsets, [12, 20], "the partition that the answer left out is fetched again too");
}

#[test]
fn a_partition_that_takes_long_is_left_behind() {
    let mut bench = Bench::new();
    bench.fetcher.follow(name(1, 0), at(10));
    bench.fetcher.follow(name(1, 1), at(20));
    bench.dialed();
    let (correlation, _) = bench.fetch();
    bench.answer(correlation, vec![(name(1, 0), records(10)), (name(1, 1), records(20))]);
    bench.fetcher.follow(name(1, 1), at(21));
    assert_eq!(bench.fetcher.next_wake(), Some(bench.host.now.mono.plus_ms(500)));
    bench.host.pass_ms(500);
    assert_eq!(bench.wake(), []);
    let (_, fetch) = bench.fetch();
    assert_eq!(fetch.topics[0].partitions.iter().map(|it| it.partition).collect::<Vec<_>>(), [1]);
}

#[test]
fn a_partition_with_an_error_rests_while_the_others_go_on() {
    let mut bench = Bench::new();
    bench.fetcher.follow(name(1, 0), at(10));
    bench.fetcher.follow(name(1, 1), at(20));
    bench.dialed();
    let (correlation, _) = bench.fetch();
    let refused = PartitionData { error_code: ErrorCode::NotLeaderOrFollower.to_wire(), ..nothing(-1) };
    assert_eq!(bench.answer(correlation, vec![(name(1, 0), refused)]), []);
    let (correlation, fetch) = bench.fetch();
    assert_eq!(fetch.topics[0].partitions.len(), 1);
    bench.host.pass_ms(1000);
    bench.answer(correlation, vec![]);
    assert_eq!(bench.fetch().1.topics[0].partitions.len(), 2);
}

#[test]
fn a_divergence_and_an_offset_out_of_range_are_the_partitions_own_affair() {
    let mut bench = Bench::new();
    bench.fetcher.follow(name(1, 0), at(10));
    bench.fetcher.follow(name(1, 1), at(20));
    bench.dialed();
    let (correlation, _) = bench.fetch();
    let parted = EpochEndOffset { epoch: 2, end_offset: 5 };
    let diverging = PartitionData { diverging_epoch: parted, ..nothing(7) };
    let beyond = PartitionData { error_code: ErrorCode::OffsetOutOfRange.to_wire(), ..nothing(-1) };
    let out = bench.answer(correlation, vec![(name(1, 0), diverging), (name(1, 1), beyond)]);
    let [FetcherOutput::Fetched { fetched: first, .. }, FetcherOutput::Fetched { fetched: second, .. }] = &out[..]
    else {
        panic!("{out:?}")
    };
    assert_eq!(first.diverging, Some((LeaderEpoch(2), Offset(5))));
    assert_eq!((second.error, second.log_start), (ErrorCode::OffsetOutOfRange, Some(Offset::ZERO)));
}

#[test]
fn an_answer_to_an_older_position_is_dropped() {
    let mut bench = Bench::new();
    bench.fetcher.follow(name(1, 0), at(10));
    bench.dialed();
    let (correlation, _) = bench.fetch();
    bench.fetcher.follow(name(1, 0), FetchPosition { leader_epoch: LeaderEpoch(5), ..at(8) });
    assert_eq!(bench.answer(correlation, vec![(name(1, 0), records(10))]), []);
    assert_eq!(bench.fetch().1.topics[0].partitions[0].fetch_offset, 8);
}

#[test]
fn a_fetch_that_stays_unanswered_ends_its_connection_and_another_is_dialed() {
    let mut bench = Bench::new();
    bench.fetcher.follow(name(1, 0), at(10));
    bench.dialed();
    bench.fetch();
    bench.host.pass_ms(29_999);
    assert_eq!(bench.wake(), []);
    bench.host.pass_ms(1);
    assert_eq!(bench.wake(), [FetcherOutput::Close]);
    assert_eq!(bench.turn_end(), [], "not at once");
    let until = bench.fetcher.next_wake().expect("a redial is due");
    assert!(until > bench.host.now.mono && until <= bench.host.now.mono.plus_ms(1000));
    bench.host.now.mono = until;
    bench.wake();
    bench.dialed();
    assert_eq!(bench.fetch().1.topics[0].partitions[0].fetch_offset, 10);
}

#[test]
fn what_is_not_an_answer_ends_the_connection() {
    let refused = FetchResponse { error_code: ErrorCode::FetchSessionIdNotFound.to_wire(), ..FetchResponse::default() };
    let refused = Bytes::from(frame_response(1, &refused, 17, &mut BytesMut::new()).concat()).slice(4..);
    for frame in [Bytes::from_static(b"\0\0\0\x01rubbish"), answer(99, vec![]), Bytes::new(), refused] {
        let mut bench = Bench::new();
        bench.fetcher.follow(name(1, 0), at(10));
        bench.dialed();
        bench.fetch();
        assert_eq!(bench.frame(frame), [FetcherOutput::Close]);
    }
}

#[test]
fn a_fetcher_without_partitions_dials_nobody() {
    let mut bench = Bench::new();
    assert_eq!(bench.turn_end(), []);
    assert!(bench.fetcher.is_idle());
    bench.fetcher.follow(name(1, 0), at(10));
    assert!(!bench.fetcher.is_idle());
    bench.fetcher.forget(name(1, 0));
    assert!(bench.fetcher.is_idle());
    assert_eq!((bench.turn_end(), bench.fetcher.next_wake()), (vec![], None));
}
