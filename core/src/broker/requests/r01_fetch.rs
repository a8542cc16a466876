//! Fetch: wait until enough can be read, then read once.
//!
//! The session owns the wait and the limits of size. Each partition says how much can be read there and wakes the
//! session when that grows; then there is one read pass over all partitions. So a fetch over several shards sees each
//! partition's high watermark, last stable offset and records as of one moment.

use super::leaders::Leaders;
use crate::broker::ground::{Ground, Spread, partition_of};
use crate::broker::running::{Answer, Begun, Progress, Scene, Work};
use crate::io::Site;
use crate::replica::{FetchFrom, Fetcher, Isolation, PartitionAsk, ReadAnswer};
use crate::sometimes;
use crate::types::{BrokerEpoch, ErrorCode, Instant, LeaderEpoch, NodeId, Offset, TopicPartition, Uuid};
use crate::wire::fetch::{
    EpochEndOffset, FetchPartition, FetchableTopicResponse, LeaderIdAndEpoch, NodeEndpoint, PartitionData,
};
use crate::wire::{FetchRequest, FetchResponse, Records};
use bytestring::ByteString;

/// The first version that names topics by id (KIP-516).
const BY_ID: i16 = 13;

/// The first version whose replica says which incarnation it is (KIP-903).
const WITH_REPLICA_STATE: i16 = 15;

/// A shard that has not even said how much can be read is waited for so much longer than the client asked.
const UNHEARD_MS: i64 = 1_000;

/// A read that stays away so long is answered for with KAFKA_STORAGE_ERROR: consumers take REQUEST_TIMED_OUT in a
/// partition for a bug, and after this one they look for the leader and ask again.
const READ_MS: i64 = 10_000;

/// A fetch that waits or reads.
#[derive(Clone, Debug)]
pub(in crate::broker) struct Fetch {
    topics: Vec<Topic>,
    /// All partitions of all topics, in the order of the request.
    slices: Vec<Slice>,
    fetcher: Fetcher,
    min_bytes: u64,
    max_bytes: u64,
    phase: Phase,
}

/// A topic, as the request named it, and how many slices are of it.
#[derive(Clone, Debug)]
struct Topic {
    name: ByteString,
    id: Uuid,
    partitions: usize,
}

#[derive(Clone, Debug)]
struct Slice {
    index: i32,
    state: SliceState,
}

#[derive(Clone, Debug)]
enum SliceState {
    /// Never asked.
    Refused(ErrorCode),
    /// Asked to tell of readable bytes, or to read.
    Asked(Asked),
    /// Read.
    Answered(TopicPartition, ReadAnswer),
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    partition: TopicPartition,
    from: FetchFrom,
    /// The partition's own limit.
    most: u32,
    /// What it last said.
    readable: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Watching {
        /// Partitions that have not said anything yet.
        unheard: usize,
        /// What the others could give together.
        readable: u64,
        wait: Wait,
    },
    Reading {
        missing: usize,
        /// Bytes that the reads may bring.
        budget: u64,
    },
}

/// Whether the client still wants to wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wait {
    On,
    Over,
}

/// Whether it comes from a follower.
pub(in crate::broker) fn is_replica(request: &FetchRequest, version: i16) -> bool {
    matches!(fetcher(request, version), Fetcher::Replica { .. })
}

/// Where its partitions live.
pub(in crate::broker) fn home(request: &FetchRequest, version: i16, ground: &Ground) -> Spread {
    ground.spread(request.topics.iter().flat_map(|topic| {
        let found = ground.topic(&topic.topic, topic.topic_id, version >= BY_ID);
        let indexes = topic.partitions.iter().map(|row| row.partition);
        indexes.filter_map(move |index| partition_of(found?, index))
    }))
}

/// Asks every partition what can be read.
pub(in crate::broker) fn begin(request: FetchRequest, scene: &mut Scene<'_, '_>) -> Begun {
    // KIP-227: every answer says session 0, so that no client has a session to go on with. Epochs 0 and -1 ask for a
    // full fetch, whatever the session.
    if !matches!(request.session_epoch, 0 | -1) {
        let error_code = ErrorCode::FetchSessionIdNotFound.to_wire();
        return Begun::Done(scene.answer(&FetchResponse { error_code, ..FetchResponse::default() }));
    }
    let broker_most = scene.ground.config.fetch_max_bytes;
    let mut fetch = Fetch {
        topics: Vec::with_capacity(request.topics.len()),
        slices: Vec::with_capacity(request.topics.iter().map(|topic| topic.partitions.len()).sum()),
        fetcher: fetcher(&request, scene.head.version),
        min_bytes: request.min_bytes.max(0) as u64,
        max_bytes: u64::from(broker_most.min(request.max_bytes.max(0) as u32)),
        phase: Phase::Reading { missing: 0, budget: 0 },
    };
    for topic in request.topics {
        let by_id = scene.head.version >= BY_ID;
        let found = scene.ground.topic(&topic.topic, topic.topic_id, by_id);
        for asked in &topic.partitions {
            let state = match found.and_then(|found| partition_of(found, asked.partition)) {
                Some(_) if asked.fetch_offset < 0 => SliceState::Refused(ErrorCode::OffsetOutOfRange),
                Some(partition) => SliceState::Asked(fetch.asked(asked, partition)),
                None if by_id && found.is_none() => SliceState::Refused(ErrorCode::UnknownTopicId),
                None => SliceState::Refused(ErrorCode::UnknownTopicOrPartition),
            };
            fetch.slices.push(Slice { index: asked.partition, state });
        }
        fetch.topics.push(Topic { name: topic.topic, id: topic.topic_id, partitions: topic.partitions.len() });
    }
    fetch.watch(scene.now().plus_ms(i64::from(request.max_wait_ms)), scene)
}

impl Fetch {
    pub(in crate::broker) fn asks(&self) -> usize {
        self.slices.len()
    }

    pub(in crate::broker) fn reading(&self) -> u64 {
        match self.phase {
            Phase::Reading { budget, .. } => budget,
            Phase::Watching { .. } => 0,
        }
    }

    fn asked(&self, asked: &FetchPartition, partition: TopicPartition) -> Asked {
        let from = FetchFrom {
            fetcher: self.fetcher,
            offset: Offset(asked.fetch_offset),
            current_leader_epoch: LeaderEpoch::from_wire(asked.current_leader_epoch),
            last_fetched_epoch: LeaderEpoch::from_wire(asked.last_fetched_epoch),
            log_start: Offset::from_wire(asked.log_start_offset),
        };
        let most = self.max_bytes.min(asked.partition_max_bytes.max(0) as u64) as u32;
        Asked { partition, from, most, readable: None }
    }

    fn watch(mut self, until: Instant, scene: &mut Scene<'_, '_>) -> Begun {
        let mut unheard = 0;
        let mut refused = false;
        for (at, slice) in self.slices.iter().enumerate() {
            match &slice.state {
                SliceState::Asked(asked) => {
                    unheard += 1;
                    scene.ask(at, asked.partition, PartitionAsk::Watch { from: asked.from, most: asked.most });
                }
                _ => refused = true,
            }
        }
        let now = scene.now();
        let waits = !refused && self.min_bytes > 0 && until > now;
        if unheard == 0 && !waits {
            return Begun::Done(self.finish(scene));
        }
        // A fetch of no partitions waits all the same: an answer at once would make its client ask in a busy loop.
        let wait = if waits { Wait::On } else { Wait::Over };
        self.phase = Phase::Watching { unheard, readable: 0, wait };
        let deadline = if waits { until } else { now.plus_ms(UNHEARD_MS) };
        Begun::Run(Work::Fetch(Box::new(self)), Some(deadline))
    }

    pub(in crate::broker) fn on_readable(
        &mut self,
        slice: usize,
        bytes: u32,
        at_once: bool,
        scene: &mut Scene<'_, '_>,
    ) -> Progress {
        let Phase::Watching { unheard, readable, wait } = &mut self.phase else { return Progress::Wait };
        let Some(Slice { state: SliceState::Asked(asked), .. }) = self.slices.get_mut(slice) else {
            return Progress::Wait;
        };
        let before = asked.readable.replace(bytes);
        *unheard -= usize::from(before.is_none());
        *readable = *readable + u64::from(bytes) - u64::from(before.unwrap_or(0));
        // A partition that reached its own limit has no more to wait for.
        let is_full = bytes > 0 && bytes >= asked.most;
        if at_once || is_full || *readable >= self.min_bytes.min(self.max_bytes) {
            *wait = Wait::Over;
        }
        if before.is_some() && *wait == Wait::Over {
            sometimes!(scene.env, true, Site::BrokerLongPollWoken);
        }
        self.judge()
    }

    /// Reads once nothing is worth waiting for and every partition has been heard.
    fn judge(&self) -> Progress {
        match self.phase {
            Phase::Watching { unheard: 0, wait: Wait::Over, .. } => Progress::WouldRead,
            _ => Progress::Wait,
        }
    }

    pub(in crate::broker) fn on_deadline(&mut self, scene: &mut Scene<'_, '_>) -> Progress {
        match &mut self.phase {
            Phase::Watching { wait: Wait::Over, .. } => Progress::WouldRead,
            Phase::Watching { unheard: 0, .. } => self.on_stop(scene),
            Phase::Watching { wait, .. } => {
                *wait = Wait::Over;
                Progress::WaitUntil(scene.now().plus_ms(UNHEARD_MS))
            }
            Phase::Reading { .. } => {
                sometimes!(scene.env, true, Site::BrokerSliceTimedOut);
                Progress::Done(self.finish(scene))
            }
        }
    }

    /// The wait is over, whatever it brought.
    pub(in crate::broker) fn on_stop(&mut self, _scene: &mut Scene<'_, '_>) -> Progress {
        if let Phase::Watching { wait, .. } = &mut self.phase {
            *wait = Wait::Over;
        }
        self.judge()
    }

    /// The read pass: each partition gets what is left of the request's limit behind those before it. One that has said
    /// nothing is readable is asked too, for its offsets and for what may have come since; [`Fetch::finish`] keeps the
    /// sum within the limit.
    pub(in crate::broker) fn on_room(&mut self, scene: &mut Scene<'_, '_>) -> Progress {
        let Phase::Watching { readable, .. } = self.phase else { return Progress::Wait };
        let mut left = self.max_bytes;
        let mut missing = 0;
        // KIP-74: the first partition that has records gives its first batch whole, so that no client is ever stuck.
        let has_records = |slice: &Slice| matches!(&slice.state, SliceState::Asked(it) if it.readable > Some(0));
        let whole = self.slices.iter().position(has_records).unwrap_or(0);
        for (at, slice) in self.slices.iter().enumerate() {
            let SliceState::Asked(asked) = &slice.state else { continue };
            let most = left.min(u64::from(asked.most)) as u32;
            left -= u64::from(most.min(asked.readable.unwrap_or(most)));
            missing += 1;
            let what = PartitionAsk::Read { from: asked.from, most, at_least_one: at == whole };
            scene.ask(at, asked.partition, what);
        }
        self.phase = Phase::Reading { missing, budget: readable.min(self.max_bytes) };
        if missing == 0 {
            return Progress::Done(self.finish(scene));
        }
        Progress::WaitUntil(scene.now().plus_ms(READ_MS))
    }

    pub(in crate::broker) fn on_read(
        &mut self,
        slice: usize,
        answer: ReadAnswer,
        scene: &mut Scene<'_, '_>,
    ) -> Progress {
        let Phase::Reading { missing, .. } = &mut self.phase else { return Progress::Wait };
        let Some(Slice { state, .. }) = self.slices.get_mut(slice) else { return Progress::Wait };
        let SliceState::Asked(asked) = state else { return Progress::Wait };
        *state = SliceState::Answered(asked.partition, answer);
        *missing -= 1;
        if *missing == 0 { Progress::Done(self.finish(scene)) } else { Progress::Wait }
    }

    /// Nobody waits any more.
    pub(in crate::broker) fn abandon(&self, scene: &mut Scene<'_, '_>) {
        if let Phase::Watching { .. } = self.phase {
            for (at, slice) in self.slices.iter().enumerate() {
                if let SliceState::Asked(asked) = &slice.state {
                    scene.ask(at, asked.partition, PartitionAsk::Unwatch);
                }
            }
        }
    }

    /// Answers with what is there.
    fn finish(&mut self, scene: &mut Scene<'_, '_>) -> Answer {
        let mut leaders = Leaders::default();
        let mut slices = core::mem::take(&mut self.slices).into_iter();
        let mut responses = Vec::with_capacity(self.topics.len());
        let mut taken = 0;
        for topic in self.topics.drain(..) {
            let mut partitions = Vec::with_capacity(topic.partitions);
            for slice in slices.by_ref().take(topic.partitions) {
                let mut row = row(slice, self.fetcher, &mut leaders, scene.ground);
                let size = row.records.as_ref().map_or(0, |records| records.len() as u64);
                if taken > 0 && taken + size > self.max_bytes {
                    row.records = Some(Records::EMPTY);
                } else {
                    taken += size;
                }
                partitions.push(row);
            }
            responses.push(FetchableTopicResponse { topic: topic.name, topic_id: topic.id, partitions });
        }
        let addresses = leaders.addresses(scene.ground, scene.head.listener);
        let node_endpoints =
            addresses.map(|it| NodeEndpoint { node_id: it.node, host: it.host, port: it.port, rack: it.rack });
        let body = FetchResponse { responses, node_endpoints: node_endpoints.collect(), ..FetchResponse::default() };
        scene.answer(&body)
    }
}

fn fetcher(request: &FetchRequest, version: i16) -> Fetcher {
    let state = &request.replica_state;
    let (id, epoch) =
        if version >= WITH_REPLICA_STATE { (state.replica_id, state.replica_epoch) } else { (request.replica_id, -1) };
    match (NodeId::from_wire(id), request.isolation_level) {
        (Some(node), _) => Fetcher::Replica { node, epoch: BrokerEpoch::from_wire(epoch) },
        (None, 1) => Fetcher::Consumer(Isolation::ReadCommitted),
        (None, _) => Fetcher::Consumer(Isolation::ReadUncommitted),
    }
}

fn row(slice: Slice, fetcher: Fetcher, leaders: &mut Leaders, ground: &Ground) -> PartitionData {
    // Null tells a client to look for no aborted records, which is not the same as that there are none.
    let aborted = (fetcher == Fetcher::Consumer(Isolation::ReadCommitted)).then(Vec::new);
    let empty = PartitionData {
        partition_index: slice.index,
        high_watermark: -1,
        aborted_transactions: aborted,
        records: Some(Records::EMPTY),
        ..PartitionData::default()
    };
    let (partition, answer) = match slice.state {
        SliceState::Answered(partition, answer) => (partition, answer),
        SliceState::Refused(error) => return PartitionData { error_code: error.to_wire(), ..empty },
        SliceState::Asked(_) => {
            return PartitionData { error_code: ErrorCode::KafkaStorageError.to_wire(), ..empty };
        }
    };
    let mut row = PartitionData {
        error_code: answer.error.to_wire(),
        high_watermark: Offset::to_wire(answer.high_watermark),
        last_stable_offset: Offset::to_wire(answer.last_stable),
        log_start_offset: Offset::to_wire(answer.log_start),
        records: Some(Records::from(answer.records)),
        ..empty
    };
    if let Some((epoch, end)) = answer.diverging {
        row.diverging_epoch = EpochEndOffset { epoch: epoch.0, end_offset: end.0 };
    }
    // KIP-951: the client need not ask for metadata.
    if matches!(answer.error, ErrorCode::NotLeaderOrFollower | ErrorCode::FencedLeaderEpoch) {
        let leader = answer.current_leader.or_else(|| ground.leader(partition));
        let (leader_id, leader_epoch) = leader.map_or((-1, -1), |leader| leaders.note(leader));
        row.current_leader = LeaderIdAndEpoch { leader_id, leader_epoch };
    }
    row
}
