//! Writers and readers of topics that come and go: they address a topic by its id, and go on for a while with one that was
//! deleted.

use super::requests::{METADATA, metadata_of};
use crate::actor::ActorCx;
use crate::clients::Drawn;
use crate::clients::caller::{Asker, Caller};
use crate::history::{AdminEvent, ClientEvent, ConsumerId, Damage, Poll, Read, Sent, Session, SessionKind, Value};
use crate::note::Note;
use gracchus_core::client::Answered;
use gracchus_core::record::{Batch, BatchBuilder, Batches};
use gracchus_core::types::{
    ErrorCode, LeaderEpoch, NodeId, Now, Offset, ProducerEpoch, ProducerId, TopicId, TopicPartition, Uuid,
};
use gracchus_core::wire::fetch::{FetchPartition, FetchTopic, PartitionData};
use gracchus_core::wire::produce::{PartitionProduceData, TopicProduceData};
use gracchus_core::wire::{
    FetchRequest, FetchResponse, InitProducerIdRequest, InitProducerIdResponse, MetadataResponse, ProduceRequest,
    ProduceResponse, Records,
};
use std::collections::BTreeMap;
use std::sync::Arc;

const PRODUCE: i16 = 13;
const FETCH: i16 = 17;
/// The last version of Fetch that names topics.
const FETCH_BY_NAME: i16 = 12;
const INIT_PRODUCER_ID: i16 = 4;
/// Topics that were deleted, of which a user goes on to write and read so many.
const OLD_MOST: usize = 4;
/// Sessions and readers of these topics are numbered from here.
const USERS: u32 = 2_000;

/// One writer or one reader.
#[derive(Clone, Debug)]
pub struct TopicUser {
    role: Role,
    every_ms: Drawn,
    names: Vec<Arc<str>>,
    caller: Caller<Task>,
    topics: Vec<Known>,
    /// Topics that had the names before, the newest last.
    old: Vec<Known>,
}

#[derive(Clone, Debug)]
enum Role {
    Writer(Writer),
    Reader { id: ConsumerId, positions: BTreeMap<TopicPartition, Offset> },
}

#[derive(Clone, Debug)]
struct Writer {
    number: u32,
    life: u32,
    /// The session's producer id and epoch, once it has them.
    producer: Option<(ProducerId, ProducerEpoch)>,
    /// How many records the session has sent, by partition.
    sent: BTreeMap<TopicPartition, u32>,
}

/// A topic as Metadata described it last.
#[derive(Clone, Debug)]
struct Known {
    name: Arc<str>,
    id: TopicId,
    /// Leader epochs, by partition.
    epochs: Vec<i32>,
}

/// A request under way.
#[derive(Clone, Debug)]
pub(crate) enum Task {
    Metadata,
    Identify,
    Produce(Sent),
    /// A fetch by topic id.
    Fetch(TopicPartition, i32, Offset),
    /// A fetch by topic name, sent at this time.
    FetchByName(Arc<str>, u64),
}

impl TopicUser {
    /// Writer `number` of topics of these names.
    #[must_use]
    pub fn writer(number: u32, every_ms: Drawn, names: &[Arc<str>], brokers: Vec<(Arc<str>, u16)>) -> TopicUser {
        let writer = Writer { number: USERS + number, life: 0, producer: None, sent: BTreeMap::new() };
        TopicUser::new(Role::Writer(writer), format!("topic-writer-{number}"), every_ms, names, brokers)
    }

    /// Reader `number` of topics of these names.
    #[must_use]
    pub fn reader(number: u32, every_ms: Drawn, names: &[Arc<str>], brokers: Vec<(Arc<str>, u16)>) -> TopicUser {
        let reader = Role::Reader { id: ConsumerId(USERS + number), positions: BTreeMap::new() };
        TopicUser::new(reader, format!("topic-reader-{number}"), every_ms, names, brokers)
    }

    fn new(
        role: Role,
        client_id: String,
        every_ms: Drawn,
        names: &[Arc<str>],
        brokers: Vec<(Arc<str>, u16)>,
    ) -> TopicUser {
        TopicUser {
            role,
            every_ms,
            names: names.to_vec(),
            caller: Caller::new(client_id, brokers),
            topics: Vec::new(),
            old: Vec::new(),
        }
    }

    fn on_metadata(&mut self, answered: &Answered<Task>) {
        let Ok(body) = answered.read::<MetadataResponse>() else { return };
        for topic in body.topics {
            let Some(name) = topic.name.as_deref() else { continue };
            let here = self.topics.iter().position(|known| *known.name == *name);
            if ErrorCode::from_wire(topic.error_code) != ErrorCode::None {
                if let Some(here) = here {
                    let gone = self.topics.remove(here);
                    self.keep_old(gone);
                }
                continue;
            }
            let mut partitions = topic.partitions;
            partitions.sort_unstable_by_key(|partition| partition.partition_index);
            let epochs = partitions.iter().map(|partition| partition.leader_epoch).collect();
            let fresh = Known { name: name.into(), id: TopicId(topic.topic_id), epochs };
            match here {
                Some(here) if self.topics[here].id == fresh.id => self.topics[here] = fresh,
                Some(here) => {
                    let gone = std::mem::replace(&mut self.topics[here], fresh);
                    self.keep_old(gone);
                }
                None => self.topics.push(fresh),
            }
        }
    }

    fn keep_old(&mut self, known: Known) {
        self.old.push(known);
        if self.old.len() > OLD_MOST {
            self.old.remove(0);
        }
    }

    fn on_fetched(
        &mut self,
        partition: TopicPartition,
        epoch: i32,
        at: Offset,
        row: PartitionData,
        cx: &mut ActorCx<'_>,
    ) {
        let source = self.caller.node();
        let Role::Reader { id, positions } = &mut self.role else { return };
        match ErrorCode::from_wire(row.error_code) {
            ErrorCode::None => {
                let poll = poll_of(*id, partition, epoch, at, source, row);
                let next = poll.records.last().map_or(at, |read| read.offset.plus(1));
                positions.insert(partition, next);
                cx.note(Note::Client(ClientEvent::Polled(Box::new(poll))));
            }
            ErrorCode::OffsetOutOfRange => {
                // The log begins later, or ends before: whoever reads goes back to its beginning.
                let to = Offset::from_wire(row.log_start_offset).filter(|start| *start > at).unwrap_or(Offset::ZERO);
                positions.insert(partition, to);
                cx.note(Note::Client(ClientEvent::Positioned { consumer: *id, partition, at: to }));
            }
            _ => {}
        }
    }
}

impl Asker for TopicUser {
    type Ask = Task;

    fn caller(&self) -> &Caller<Task> {
        &self.caller
    }

    fn caller_mut(&mut self) -> &mut Caller<Task> {
        &mut self.caller
    }

    fn ask(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        let pause_ms = cx.draws.between(self.every_ms.least.max(1), self.every_ms.most.max(1)) as i64;
        self.caller.pause(now.mono.plus_ms(pause_ms));
        let is_old = !self.old.is_empty() && cx.draws.below(8) == 0;
        let among = if is_old { &self.old } else { &self.topics };
        let known = match among.len() {
            0 => None,
            many => Some(among[cx.draws.below(many as u64) as usize].clone()),
        };
        let Some(known) = known.filter(|known| !known.epochs.is_empty() && cx.draws.below(10) > 0) else {
            return self.caller.send(&metadata_of(self.names.clone()), METADATA, Task::Metadata, now.mono, cx);
        };
        let partition = cx.draws.below(known.epochs.len() as u64) as usize;
        let target = TopicPartition { topic: known.id, partition: partition as i32 };
        match &mut self.role {
            Role::Writer(writer) => writer.write(target, now, &mut self.caller, cx),
            Role::Reader { positions, .. } => {
                let at = positions.get(&target).copied().unwrap_or(Offset::ZERO);
                if cx.draws.below(6) == 0 {
                    return fetch_by_name(&known, partition, now, &mut self.caller, cx);
                }
                fetch(target, known.epochs[partition], at, now, &mut self.caller, cx);
            }
        }
    }

    fn on_answer(&mut self, answered: &Answered<Task>, _now: Now, cx: &mut ActorCx<'_>) {
        match answered.purpose.clone() {
            Task::Metadata => self.on_metadata(answered),
            Task::Identify => {
                let Role::Writer(writer) = &mut self.role else { return };
                if let Ok(body) = answered.read::<InitProducerIdResponse>()
                    && ErrorCode::from_wire(body.error_code) == ErrorCode::None
                {
                    writer.begin((ProducerId(body.producer_id), ProducerEpoch(body.producer_epoch)), cx);
                }
            }
            Task::Produce(sent) => {
                let row = answered.read::<ProduceResponse>().ok();
                let row = row.and_then(|body| body.responses.into_iter().next());
                let row = row.and_then(|topic| topic.partition_responses.into_iter().next());
                let Role::Writer(writer) = &mut self.role else { return };
                writer.on_produced(&sent, row.map(|row| (ErrorCode::from_wire(row.error_code), row.base_offset)), cx);
            }
            Task::Fetch(partition, epoch, at) => {
                let row = answered.read::<FetchResponse>().ok();
                let row = row.and_then(|body| body.responses.into_iter().next());
                if let Some(row) = row.and_then(|topic| topic.partitions.into_iter().next()) {
                    self.on_fetched(partition, epoch, at, row, cx);
                }
            }
            Task::FetchByName(name, asked) => {
                let row = answered.read::<FetchResponse>().ok();
                let row = row.and_then(|body| body.responses.into_iter().next());
                if let Some(row) = row.and_then(|topic| topic.partitions.into_iter().next()) {
                    note_named(name, asked, row, cx);
                }
            }
        }
    }

    fn on_lost(&mut self, lost: Option<Task>, cx: &mut ActorCx<'_>) {
        if let (Some(Task::Produce(sent)), Role::Writer(writer)) = (lost, &mut self.role) {
            writer.on_produced(&sent, None, cx);
        }
    }
}

impl Writer {
    fn session(&self) -> Session {
        assert!(self.life < 1 << 16, "a writer has fewer sessions than 2^16");
        Session(self.number << 16 | self.life)
    }

    fn begin(&mut self, producer: (ProducerId, ProducerEpoch), cx: &mut ActorCx<'_>) {
        self.producer = Some(producer);
        let kind = SessionKind { acks: -1, idempotent: true, in_flight: 1 };
        cx.note(Note::Client(ClientEvent::Session(self.session(), kind)));
    }

    fn write(&mut self, to: TopicPartition, now: Now, caller: &mut Caller<Task>, cx: &mut ActorCx<'_>) {
        let Some((id, epoch)) = self.producer else {
            let body =
                InitProducerIdRequest { producer_id: -1, producer_epoch: -1, ..InitProducerIdRequest::default() };
            return caller.send(&body, INIT_PRODUCER_ID, Task::Identify, now.mono, cx);
        };
        let count = cx.draws.between(1, 5) as u32;
        let first = self.sent.get(&to).copied().unwrap_or(0);
        let sent = Sent { session: self.session(), partition: to, first, count };
        cx.note(Note::Client(ClientEvent::Sent(sent)));
        let mut batch = BatchBuilder::new(1024).with_producer(id, epoch, first as i32);
        for number in first..first + count {
            let len = cx.draws.between(40, 300) as usize;
            let value = Value { session: sent.session, number }.encode(to, len);
            batch.append(now.wall, None, Some(&value), &[]);
        }
        self.sent.insert(to, first + count);
        let data = PartitionProduceData { index: to.partition, records: Some(Records::from(batch.build())) };
        let topic =
            TopicProduceData { topic_id: to.topic.0, partition_data: vec![data], ..TopicProduceData::default() };
        let body = ProduceRequest { transactional_id: None, acks: -1, timeout_ms: 2_000, topic_data: vec![topic] };
        caller.send(&body, PRODUCE, Task::Produce(sent), now.mono, cx);
    }

    /// What became of a batch; none where nobody will say.
    fn on_produced(&mut self, sent: &Sent, answer: Option<(ErrorCode, i64)>, cx: &mut ActorCx<'_>) {
        let event = match answer {
            Some((ErrorCode::None, base)) => ClientEvent::Acknowledged(*sent, Offset::from_wire(base)),
            Some((error, _)) => ClientEvent::Unknown(*sent, error),
            None => ClientEvent::Unknown(*sent, ErrorCode::RequestTimedOut),
        };
        cx.note(Note::Client(event));
        // A topic that was deleted takes nothing more of this session; anything else may have been appended.
        let goes_on = [ErrorCode::None, ErrorCode::UnknownTopicId, ErrorCode::UnknownTopicOrPartition];
        if !answer.is_some_and(|(error, _)| goes_on.contains(&error)) {
            cx.note(Note::Client(ClientEvent::Died(self.session())));
            self.life += 1;
            (self.producer, self.sent) = (None, BTreeMap::new());
        }
    }
}

fn fetch(from: TopicPartition, epoch: i32, at: Offset, now: Now, caller: &mut Caller<Task>, cx: &mut ActorCx<'_>) {
    let partition = fetch_partition(from.partition, epoch, at);
    let topic = FetchTopic { topic_id: from.topic.0, partitions: vec![partition], ..FetchTopic::default() };
    let body = fetch_request(topic, cx);
    caller.send(&body, FETCH, Task::Fetch(from, epoch, at), now.mono, cx);
}

fn fetch_by_name(known: &Known, partition: usize, now: Now, caller: &mut Caller<Task>, cx: &mut ActorCx<'_>) {
    let partition = fetch_partition(partition as i32, -1, Offset::ZERO);
    let topic = FetchTopic { topic: known.name.to_string().into(), topic_id: Uuid::ZERO, partitions: vec![partition] };
    let body = fetch_request(topic, cx);
    let task = Task::FetchByName(known.name.clone(), now.mono.0);
    caller.send(&body, FETCH_BY_NAME, task, now.mono, cx);
}

fn fetch_partition(partition: i32, epoch: i32, at: Offset) -> FetchPartition {
    FetchPartition {
        partition,
        current_leader_epoch: epoch,
        fetch_offset: at.0,
        last_fetched_epoch: -1,
        log_start_offset: -1,
        partition_max_bytes: 1 << 20,
        ..FetchPartition::default()
    }
}

/// Long polls too: a topic can be deleted, and made anew, while a fetch waits for its records.
fn fetch_request(topic: FetchTopic, cx: &mut ActorCx<'_>) -> FetchRequest {
    FetchRequest {
        replica_id: -1,
        max_wait_ms: [0, 100, 1_500][cx.draws.below(3) as usize],
        min_bytes: [1, 1, 1 << 16][cx.draws.below(3) as usize],
        max_bytes: 1 << 20,
        session_epoch: -1,
        topics: vec![topic],
        ..FetchRequest::default()
    }
}

fn batches(row: &mut PartitionData) -> Vec<Batch> {
    let bytes = row.records.take().map(Records::into_bytes).unwrap_or_default();
    Batches::new(bytes).map_while(Result::ok).collect()
}

fn poll_of(
    consumer: ConsumerId,
    partition: TopicPartition,
    epoch: i32,
    at: Offset,
    source: NodeId,
    mut row: PartitionData,
) -> Poll {
    let mut records = Vec::new();
    for batch in batches(&mut row) {
        let header = *batch.header();
        for record in batch.records() {
            let Ok(record) = record else { break };
            let offset = Offset(header.base.0 + i64::from(record.offset_delta));
            if offset < at {
                continue;
            }
            let value = record.value.ok_or(Damage::Foreign).and_then(|bytes| Value::decode(bytes, partition));
            records.push(Read { offset, epoch: header.leader_epoch.unwrap_or(LeaderEpoch(0)), value });
        }
    }
    let high_watermark = Offset::from_wire(row.high_watermark).unwrap_or(at);
    Poll {
        consumer,
        partition,
        source,
        leader_epoch: LeaderEpoch::from_wire(epoch),
        position: at,
        high_watermark,
        last_stable: Offset::from_wire(row.last_stable_offset).unwrap_or(high_watermark),
        log_start: Offset::from_wire(row.log_start_offset).unwrap_or(Offset::ZERO),
        records,
    }
}

fn note_named(topic: Arc<str>, asked: u64, mut row: PartitionData, cx: &mut ActorCx<'_>) {
    let mut ids = Vec::new();
    for batch in batches(&mut row) {
        for record in batch.records().map_while(Result::ok) {
            if let Some(Ok((said, _))) = record.value.map(Value::addressed)
                && !ids.contains(&said.topic)
            {
                ids.push(said.topic);
            }
        }
    }
    if !ids.is_empty() {
        let event = AdminEvent::ReadByName { topic, asked, ids };
        cx.note(Note::Client(ClientEvent::Admin(Box::new(event))));
    }
}
