//! Fetch: wait until enough can be read, then read once.
//!
//! The session decides how long the fetch waits and how much it returns. Each partition reports how many bytes can be
//! read, and reports again when the number grows. When the wait is over, the session reads each partition once. So the
//! high watermark, last stable offset and records of one partition belong to the same moment.
//!
//! INCONSISTENT_TOPIC_ID is never answered. A topic id names one incarnation of a topic, and the id of any other
//! incarnation gets UNKNOWN_TOPIC_ID.

use super::isolation;
use super::leaders::Leaders;
use crate::broker::context::{BrokerContext, partition_of};
use crate::broker::question::Reply;
use crate::broker::request::{Answer, Begun, Belongs, BrokerApis, Client, Progress, RequestContext, Serve, Waiting};
use crate::broker::slices::Seen;
use crate::io::Site;
use crate::replica::{FetchFrom, Fetcher, Isolation, PartitionAnswer, PartitionAsk, ReadAnswer};
use crate::sometimes;
use crate::types::{BrokerEpoch, ErrorCode, Instant, LeaderEpoch, NodeId, Offset, TopicId, TopicPartition, Uuid};
use crate::wire::fetch::{
    EpochEndOffset, FetchPartition, FetchTopic, FetchableTopicResponse, LeaderIdAndEpoch, NodeEndpoint, PartitionData,
};
use crate::wire::{FetchRequest, FetchResponse, Records};
use bytestring::ByteString;
use std::collections::BTreeMap;

/// The first version that names topics by id (KIP-516).
const BY_ID: i16 = 13;

/// The first version in which a follower gives its broker epoch (KIP-903).
const WITH_REPLICA_STATE: i16 = 15;

/// Time in milliseconds that a fetch waits beyond its `max_wait_ms` for partitions that have not reported yet how many
/// bytes can be read.
const UNHEARD_MS: i64 = 1_000;

/// The bytes of a batch by the default `max.message.bytes`. The first batch of a response is returned whole (KIP-74), so
/// that a read with less room can return this.
const FIRST_BATCH: u64 = 1_048_588;

/// Time in milliseconds that a fetch waits for the reads of its partitions. A partition that has not been read by then
/// gets KAFKA_STORAGE_ERROR. Consumers refresh their metadata and retry after that error, while they treat
/// REQUEST_TIMED_OUT of a partition as a bug of the broker.
const READ_MS: i64 = 10_000;

/// A fetch that waits for records, or reads them.
#[derive(Clone, Debug)]
pub(in crate::broker) struct Fetch {
    /// The rows of the response. A row that is not read yet has KAFKA_STORAGE_ERROR.
    rows: Vec<FetchableTopicResponse>,
    /// The partitions that are read, in the order of the request.
    slices: Vec<Slice>,
    /// The leaders that the response's rows name (KIP-951).
    leaders: Leaders,
    min_bytes: u64,
    max_bytes: u64,
    phase: FetchPhase,
}

#[derive(Clone, Copy, Debug)]
struct Slice {
    partition: TopicPartition,
    /// The partition's row in the response: index of the topic, index of the partition.
    place: (usize, usize),
    from: FetchFrom,
    /// The most record bytes to read from this partition: its `partition_max_bytes` in the request, but no more than
    /// the fetch's `max_bytes`.
    most: u32,
    news: News,
}

/// What a partition has answered so far.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum News {
    None,
    /// This number of bytes can be read.
    Readable(u32),
    /// The partition has been read.
    Read,
}

#[derive(Clone, Copy, Debug)]
enum FetchPhase {
    Watching {
        /// The number of partitions that have not reported yet how many bytes can be read.
        unheard: usize,
        /// The sum of the bytes that can be read, over the partitions that have reported.
        readable: u64,
        wait: Wait,
    },
    Reading {
        missing: usize,
        /// The record bytes that the reads are expected to return at most.
        budget: u64,
    },
}

/// Whether the fetch may still wait for more records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wait {
    On,
    Over,
}

impl Serve<BrokerApis> for FetchRequest {
    fn breadth(&self) -> usize {
        self.topics.iter().map(|topic| 1 + topic.partitions.len()).sum()
    }

    fn belongs(&self, version: i16, broker: &BrokerContext) -> Belongs {
        let partitions = self.topics.iter().flat_map(|topic| {
            let found = broker.topic(&topic.topic, topic.topic_id, version >= BY_ID);
            let indexes = topic.partitions.iter().map(|row| row.partition);
            indexes.filter_map(move |index| partition_of(found?, index))
        });
        let is_follower = matches!(fetcher(self, version), Fetcher::Replica { .. });
        Belongs::with(partitions, is_follower, broker)
    }

    /// Asks every partition how many bytes can be read.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        begin(self, cx)
    }
}

fn begin(request: FetchRequest, cx: &mut RequestContext<'_, '_>) -> Begun {
    // KIP-227: this broker opens no fetch sessions, which it tells clients by session id 0 in every response. So a
    // request that continues a session is refused. Epochs 0 and -1 ask for a full fetch, which needs no session.
    if !matches!(request.session_epoch, 0 | -1) {
        let error_code = ErrorCode::FetchSessionIdNotFound.to_wire();
        return Begun::Done(cx.answer(&FetchResponse { error_code, ..FetchResponse::default() }));
    }
    let fetcher = fetcher(&request, cx.head.version);
    let broker_most = cx.view.config.fetch_max_bytes;
    let mut fetch = Fetch {
        rows: Vec::with_capacity(request.topics.len()),
        slices: Vec::with_capacity(request.topics.iter().map(|topic| topic.partitions.len()).sum()),
        leaders: Leaders::default(),
        min_bytes: request.min_bytes.max(0) as u64,
        max_bytes: u64::from(broker_most.min(request.max_bytes.max(0) as u32)),
        phase: FetchPhase::Reading { missing: 0, budget: 0 },
    };
    let mut is_refused = false;
    for topic in folded(request.topics) {
        let by_id = cx.head.version >= BY_ID;
        let found = cx.view.topic(&topic.topic, topic.topic_id, by_id);
        let mut rows = Vec::with_capacity(topic.partitions.len());
        for asked in &topic.partitions {
            let error = match found.and_then(|found| partition_of(found, asked.partition)) {
                Some(_) if isolation(request.isolation_level).is_none() => ErrorCode::InvalidRequest,
                Some(_) if asked.fetch_offset < 0 => ErrorCode::OffsetOutOfRange,
                Some(partition) => {
                    let place = (fetch.rows.len(), rows.len());
                    fetch.slices.push(slice(asked, partition, place, fetcher, fetch.max_bytes));
                    ErrorCode::KafkaStorageError
                }
                None if by_id && found.is_none() => ErrorCode::UnknownTopicId,
                None => ErrorCode::UnknownTopicOrPartition,
            };
            is_refused |= error != ErrorCode::KafkaStorageError;
            rows.push(empty_row(asked.partition, error, fetcher));
        }
        fetch.rows.push(FetchableTopicResponse { topic: topic.topic, topic_id: topic.topic_id, partitions: rows });
    }
    let until = cx.now().plus_ms(i64::from(request.max_wait_ms));
    fetch.watch(until, is_refused, cx)
}

impl Waiting<BrokerApis> for Fetch {
    fn questions(&self) -> usize {
        self.slices.len()
    }

    fn on_reply(&mut self, n: usize, reply: Reply, cx: &mut RequestContext<'_, '_>) -> Progress {
        match reply {
            Reply::Replica(PartitionAnswer::Readable { bytes, at_once }) => self.on_readable(n, bytes, at_once, cx),
            Reply::Replica(PartitionAnswer::Read(answer)) => self.on_read(n, answer, cx),
            _ => Progress::Wait,
        }
    }

    fn on_deadline(&mut self, cx: &mut RequestContext<'_, '_>) -> Progress {
        match &mut self.phase {
            FetchPhase::Watching { wait: Wait::Over, .. } => Progress::WouldRead,
            FetchPhase::Watching { unheard: 0, .. } => self.on_stop(cx),
            FetchPhase::Watching { wait, .. } => {
                *wait = Wait::Over;
                Progress::WaitUntil(cx.now().plus_ms(UNHEARD_MS))
            }
            FetchPhase::Reading { .. } => {
                sometimes!(cx.env, true, Site::BrokerSliceTimedOut);
                Progress::Done(self.finish(cx))
            }
        }
    }

    /// Ends the wait, so that the fetch is answered with what can be read now.
    fn on_stop(&mut self, _cx: &mut RequestContext<'_, '_>) -> Progress {
        if let FetchPhase::Watching { wait, .. } = &mut self.phase {
            *wait = Wait::Over;
        }
        self.judge()
    }

    /// Asks all partitions to read. Each partition may return as many bytes as the partitions before it leave of the
    /// fetch's `max_bytes`, or of `most` where that is less. A partition that reported nothing to read is asked too,
    /// because the response needs its offsets, and new records may have arrived. [`Fetch::finish`] keeps the sum of all
    /// partitions within the limit.
    fn on_room(&mut self, most: u64, cx: &mut RequestContext<'_, '_>) -> Progress {
        let FetchPhase::Watching { readable, .. } = self.phase else { return Progress::Wait };
        if self.slices.is_empty() {
            return Progress::Done(self.finish(cx));
        }
        let expected = readable.min(self.max_bytes).min(most.max(FIRST_BATCH));
        self.max_bytes = self.max_bytes.min(most);
        let mut left = self.max_bytes;
        // KIP-74: the first partition with records returns its first batch whole, even beyond the limit. Otherwise a
        // client could never get past a batch larger than the limit.
        let whole = self.slices.iter().position(|slice| slice.news > News::Readable(0)).unwrap_or(0);
        for (at, slice) in self.slices.iter().enumerate() {
            let most = left.min(u64::from(slice.most)) as u32;
            left -= u64::from(match slice.news {
                News::Readable(bytes) => bytes.min(most),
                _ => most,
            });
            let what = PartitionAsk::Read { from: slice.from, most, at_least_one: at == whole };
            cx.ask(at, slice.partition, what);
        }
        self.phase = FetchPhase::Reading { missing: self.slices.len(), budget: expected };
        Progress::WaitUntil(cx.now().plus_ms(READ_MS))
    }

    /// Tells the partitions to report no more, because the fetch's connection is gone.
    fn abandon(&self, cx: &mut RequestContext<'_, '_>) {
        if let FetchPhase::Watching { .. } = self.phase {
            for (at, slice) in self.slices.iter().enumerate() {
                cx.ask(at, slice.partition, PartitionAsk::Unwatch);
            }
        }
    }

    fn reading(&self) -> u64 {
        match self.phase {
            FetchPhase::Reading { budget, .. } => budget,
            FetchPhase::Watching { .. } => 0,
        }
    }
}

impl Fetch {
    fn watch(mut self, until: Instant, is_refused: bool, cx: &mut RequestContext<'_, '_>) -> Begun {
        let now = cx.now();
        let waits = !is_refused && self.min_bytes > 0 && until > now;
        // As in Kafka, a fetch that names no partition to read does not wait.
        if self.slices.is_empty() {
            return Begun::Done(self.finish(cx));
        }
        for (at, slice) in self.slices.iter().enumerate() {
            // A limit of 0 bytes still lets the first batch through (KIP-74), so the fetch must learn whether there is
            // one.
            cx.ask(at, slice.partition, PartitionAsk::Watch { from: slice.from, most: slice.most.max(1) });
        }
        let wait = if waits { Wait::On } else { Wait::Over };
        self.phase = FetchPhase::Watching { unheard: self.slices.len(), readable: 0, wait };
        let deadline = if waits { until } else { now.plus_ms(UNHEARD_MS) };
        Begun::waiting(self, deadline)
    }

    fn on_readable(&mut self, slice: usize, bytes: u32, at_once: bool, cx: &mut RequestContext<'_, '_>) -> Progress {
        let FetchPhase::Watching { unheard, readable, wait } = &mut self.phase else { return Progress::Wait };
        let Some(slice) = self.slices.get_mut(slice) else { return Progress::Wait };
        let before = core::mem::replace(&mut slice.news, News::Readable(bytes));
        *readable += u64::from(bytes);
        match before {
            News::Readable(before) => *readable -= u64::from(before),
            _ => *unheard -= 1,
        }
        // A partition that has reached its own limit would not return more records after a longer wait.
        let is_full = bytes > 0 && bytes >= slice.most;
        if at_once || is_full || *readable >= self.min_bytes.min(self.max_bytes.max(1)) {
            *wait = Wait::Over;
        }
        if before != News::None && *wait == Wait::Over {
            sometimes!(cx.env, true, Site::BrokerLongPollWoken);
        }
        self.judge()
    }

    /// Decides to read if the wait is over and every partition has reported how many bytes can be read.
    fn judge(&self) -> Progress {
        match self.phase {
            FetchPhase::Watching { unheard: 0, wait: Wait::Over, .. } => Progress::WouldRead,
            _ => Progress::Wait,
        }
    }

    fn on_read(&mut self, slice: usize, answer: ReadAnswer, cx: &mut RequestContext<'_, '_>) -> Progress {
        let FetchPhase::Reading { missing, .. } = &mut self.phase else { return Progress::Wait };
        let Some(slice) = self.slices.get_mut(slice).filter(|slice| slice.news != News::Read) else {
            return Progress::Wait;
        };
        slice.news = News::Read;
        *missing -= 1;
        let is_last = *missing == 0;
        let (topic, row) = slice.place;
        let row = &mut self.rows[topic].partitions[row];
        // KIP-951: the response names the leader, so that the client needs no Metadata request to find the leader.
        if matches!(answer.error, ErrorCode::NotLeaderOrFollower | ErrorCode::FencedLeaderEpoch) {
            let leader = answer.current_leader.or_else(|| cx.view.leader(slice.partition));
            let (leader_id, leader_epoch) = leader.map_or((-1, -1), |leader| self.leaders.note(leader));
            row.current_leader = LeaderIdAndEpoch { leader_id, leader_epoch };
        }
        fill(row, answer);
        if is_last { Progress::Done(self.finish(cx)) } else { Progress::Wait }
    }

    /// Encodes the response. A row whose records would exceed the fetch's `max_bytes` loses its records, unless it is
    /// the first row with records (KIP-74).
    fn finish(&mut self, cx: &mut RequestContext<'_, '_>) -> Answer {
        let mut responses = core::mem::take(&mut self.rows);
        let mut taken = 0;
        for row in responses.iter_mut().flat_map(|topic| &mut topic.partitions) {
            let size = row.records.as_ref().map_or(0, |records| records.len() as u64);
            if taken > 0 && taken + size > self.max_bytes {
                row.records = Some(Records::EMPTY);
            } else {
                taken += size;
            }
        }
        let addresses = self.leaders.addresses(cx.view, cx.head.listener);
        let node_endpoints =
            addresses.map(|it| NodeEndpoint { node_id: it.node, host: it.host, port: it.port, rack: it.rack });
        let body = FetchResponse { responses, node_endpoints: node_endpoints.collect(), ..FetchResponse::default() };
        cx.answer(&body)
    }
}

/// Returns the request's topics so that each partition is in them once: at its first place, with what its last row asks
/// for, as in Kafka's map of fetched partitions (`FetchRequest.fetchData`). A request could otherwise make the broker
/// read a partition a hundred thousand times.
fn folded(mut topics: Vec<FetchTopic>) -> Vec<FetchTopic> {
    let numbers = first_places(&topics);
    let mut seen = Seen::default();
    let mut rows = topics.iter().zip(&numbers).flat_map(|(topic, number)| {
        topic.partitions.iter().map(move |row| TopicPartition { partition: row.partition, topic: numbered(*number) })
    });
    if rows.all(|row| seen.is_first(row)) {
        return topics;
    }
    let mut places: BTreeMap<(usize, i32), (usize, usize)> = BTreeMap::new();
    let mut folded: Vec<FetchTopic> = Vec::new();
    for (topic, number) in topics.iter_mut().zip(numbers) {
        let rows = core::mem::take(&mut topic.partitions);
        folded.push(FetchTopic { partitions: Vec::new(), ..topic.clone() });
        for row in rows {
            match places.get(&(number, row.partition)) {
                Some((topic, at)) => folded[*topic].partitions[*at] = row,
                None => {
                    let last = folded.len() - 1;
                    places.insert((number, row.partition), (last, folded[last].partitions.len()));
                    folded[last].partitions.push(row);
                }
            }
        }
    }
    folded.retain(|topic| !topic.partitions.is_empty());
    folded
}

/// For each topic, the place of the first one with the same name and id.
fn first_places(topics: &[FetchTopic]) -> Vec<usize> {
    let mut first: BTreeMap<(&ByteString, Uuid), usize> = BTreeMap::new();
    topics.iter().enumerate().map(|(at, it)| *first.entry((&it.topic, it.topic_id)).or_insert(at)).collect()
}

fn numbered(number: usize) -> TopicId {
    TopicId(Uuid::from_halves(0, number as u64))
}

fn fetcher(request: &FetchRequest, version: i16) -> Fetcher {
    let state = &request.replica_state;
    let (id, epoch) =
        if version >= WITH_REPLICA_STATE { (state.replica_id, state.replica_epoch) } else { (request.replica_id, -1) };
    match NodeId::from_wire(id) {
        Some(node) => Fetcher::Replica { node, epoch: BrokerEpoch::from_wire(epoch) },
        None => Fetcher::Consumer(isolation(request.isolation_level).unwrap_or(Isolation::ReadUncommitted)),
    }
}

fn slice(
    asked: &FetchPartition,
    partition: TopicPartition,
    place: (usize, usize),
    fetcher: Fetcher,
    max_bytes: u64,
) -> Slice {
    let from = FetchFrom {
        fetcher,
        offset: Offset(asked.fetch_offset),
        current_leader_epoch: LeaderEpoch::from_wire(asked.current_leader_epoch),
        last_fetched_epoch: LeaderEpoch::from_wire(asked.last_fetched_epoch),
        log_start: Offset::from_wire(asked.log_start_offset),
    };
    let most = max_bytes.min(asked.partition_max_bytes.max(0) as u64) as u32;
    Slice { partition, place, from, most, news: News::None }
}

fn empty_row(partition_index: i32, error: ErrorCode, fetcher: Fetcher) -> PartitionData {
    PartitionData {
        partition_index,
        error_code: error.to_wire(),
        high_watermark: -1,
        // A null list tells the client not to filter out records of aborted transactions. An empty list tells it that
        // there are no such transactions.
        aborted_transactions: (fetcher == Fetcher::Consumer(Isolation::ReadCommitted)).then(Vec::new),
        records: Some(Records::EMPTY),
        ..PartitionData::default()
    }
}

fn fill(row: &mut PartitionData, answer: ReadAnswer) {
    row.error_code = answer.error.to_wire();
    row.high_watermark = Offset::to_wire(answer.high_watermark);
    row.last_stable_offset = Offset::to_wire(answer.last_stable);
    row.log_start_offset = Offset::to_wire(answer.log_start);
    if let Some((epoch, end)) = answer.diverging {
        row.diverging_epoch = EpochEndOffset { epoch: epoch.0, end_offset: end.0 };
    }
    if !answer.records.is_empty() {
        row.records = Some(Records::from(answer.records));
    }
}
