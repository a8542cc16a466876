//! The producer: records are collected into batches, batches go to their partitions' leaders, and again until they are
//! answered for good.
//!
//! **Invariants**
//! - Of one partition, batches are first sent in the order of their records. A retry is overtaken by none of them where
//!   one request is in flight at a time, or where the producer is idempotent (KAFKA-3197, KIP-98).
//! - A batch keeps its id, epoch and sequence through all attempts. It takes others only where every attempt was refused
//!   before the append, and the epoch is told to the user when it changes.
//!
//! **In Kafka**: `KafkaProducer`, `RecordAccumulator`, `Sender`, `TransactionManager`.

mod answer;
mod batch;
mod config;
mod delivery;
mod queue;
mod request;

pub use config::{ProducerConfig, Record};
pub use delivery::{Attempt, AttemptEnd, Delivery, Outcome, ProducerNews, SendId};

use super::cluster::{Arrived, Cluster, Purpose};
use super::config::Acks;
use super::output::{Conn, Output};
use crate::io::Draws;
use crate::types::{ErrorCode, Instant, LeaderEpoch, NodeId, Now, ProducerEpoch, ProducerId, Uuid};
use crate::wire::{ApiKey, InitProducerIdRequest};
use bytes::Bytes;
use bytestring::ByteString;
use queue::{Order, Queue, record_size};
use std::collections::{BTreeMap, BTreeSet};

/// Collects records into batches, finds the leaders, sends, and sends again.
///
/// Every call may add to `out`, which the caller then performs in order.
#[derive(Clone, Debug)]
pub struct Producer {
    config: ProducerConfig,
    cluster: Cluster<Asked>,
    identity: Identity,
    queues: Vec<Queue>,
    by_name: BTreeMap<ByteString, BTreeMap<i32, u32>>,
    /// Queues with a batch that is not in flight.
    active: BTreeSet<u32>,
    unanswered: u64,
}

type Outputs = Vec<Output<ProducerNews>>;

/// What a request was for.
#[derive(Clone, Debug)]
enum Asked {
    ProducerId,
    Produce(Vec<Entry>),
}

/// One batch of a produce request.
#[derive(Clone, Copy, Debug)]
struct Entry {
    queue: u32,
    serial: u64,
    topic_id: Uuid,
}

/// An idempotent producer's id (KIP-98).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Identity {
    /// The producer is not idempotent.
    Unneeded,
    /// To be asked for, not before this.
    Wanted(Instant),
    Asked,
    Known(ProducerId, ProducerEpoch),
}

impl Producer {
    /// A producer that has dialed nobody yet. Idempotence needs `acks=all`.
    #[must_use]
    pub fn new(config: ProducerConfig) -> Producer {
        assert!(!config.idempotence || config.acks == Acks::All, "enable.idempotence needs acks=all");
        assert!(config.in_flight_most > 0, "max.in.flight.requests.per.connection is at least 1");
        Producer {
            cluster: Cluster::new(config.cluster.clone()),
            identity: if config.idempotence { Identity::Wanted(Instant(0)) } else { Identity::Unneeded },
            config,
            queues: Vec::new(),
            by_name: BTreeMap::new(),
            active: BTreeSet::new(),
            unanswered: 0,
        }
    }

    /// Hands in one record. Its answer is a [`ProducerNews::Done`] that covers the id.
    pub fn send(
        &mut self,
        topic: &str,
        partition: i32,
        record: Record<'_>,
        now: Now,
        draws: &mut dyn Draws,
        out: &mut Outputs,
    ) -> SendId {
        self.send_all(topic, partition, core::iter::once(record), now, draws, out)
    }

    /// Hands in records of one partition together: with `linger.ms` 0 they leave as one batch, as far as `batch.size` lets
    /// them. Returns the id of the first; the ids of the others follow it. The answers are [`ProducerNews::Done`] that cover
    /// the ids.
    pub fn send_all<'r>(
        &mut self,
        topic: &str,
        partition: i32,
        records: impl IntoIterator<Item = Record<'r>>,
        now: Now,
        draws: &mut dyn Draws,
        out: &mut Outputs,
    ) -> SendId {
        let slot = self.slot(topic, partition, now.mono);
        let first = SendId { queue: slot, ordinal: self.queues[slot as usize].peek_ordinal() };
        let mut is_news = false;
        for record in records {
            is_news |= self.hand_in(slot, &record, now, out);
        }
        if is_news {
            self.active.insert(slot);
            self.cluster.wake.by(now.mono.plus_ms(self.config.delivery_timeout_ms));
            self.advance(now, draws, out);
        }
        first
    }

    /// Puts a record into its partition's queue. Returns whether a batch began or became full with it.
    fn hand_in(&mut self, slot: u32, record: &Record<'_>, now: Now, out: &mut Outputs) -> bool {
        self.unanswered += 1;
        let queue = &mut self.queues[slot as usize];
        if record_size(record) > self.config.max_request_size {
            let id = SendId { queue: slot, ordinal: queue.next_ordinal() };
            self.refuse(id, ErrorCode::MessageTooLarge, out);
            return false;
        }
        let ready_at = match self.config.linger_ms {
            0 => Instant(0),
            linger => now.mono.plus_ms(linger),
        };
        let deadline = now.mono.plus_ms(self.config.delivery_timeout_ms);
        let (at, batch_size) = (record.timestamp.unwrap_or(now.wall), self.config.batch_size);
        queue.append(record, at, batch_size, ready_at, deadline)
    }

    /// Sends what has been handed in without waiting for more.
    pub fn flush(&mut self, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        self.queues.iter_mut().for_each(Queue::flush);
        self.advance(now, draws, out);
    }

    /// How many records were handed in and not answered yet.
    #[must_use]
    pub fn unanswered(&self) -> u64 {
        self.unanswered
    }

    /// Ends every connection. What was not answered never will be.
    pub fn close(&mut self, out: &mut Outputs) {
        self.cluster.end_all(out);
    }

    /// A dialed connection stands.
    pub fn on_dialed(&mut self, conn: Conn, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        self.cluster.on_dialed(conn, now.mono, out);
        self.advance(now, draws, out);
    }

    /// It does not.
    pub fn on_dial_failed(&mut self, conn: Conn, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        self.on_closed(conn, now, draws, out);
    }

    /// A whole frame arrived, its length prefix taken off.
    pub fn on_frame(&mut self, conn: Conn, frame: Bytes, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        match self.cluster.on_frame(conn, frame, now.mono, draws, out) {
            Arrived::Settled => {}
            Arrived::Broken(lost) => self.on_lost(lost, now, draws, out),
            Arrived::Answer(answered) => {
                if !self.on_answer(&answered, now, draws, out) {
                    let mut lost = self.cluster.end(conn, now.mono, draws, out);
                    if let Purpose::Of(asked) = answered.purpose {
                        lost.insert(0, asked);
                    }
                    self.on_lost(lost, now, draws, out);
                }
            }
        }
        self.advance(now, draws, out);
    }

    /// A connection is over.
    pub fn on_closed(&mut self, conn: Conn, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        let lost = self.cluster.on_closed(conn, now.mono, draws);
        self.on_lost(lost, now, draws, out);
        self.advance(now, draws, out);
    }

    /// The time asked for has come, or any other.
    pub fn on_wake(&mut self, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        let lost = self.cluster.on_wake(now.mono, draws, out);
        self.on_lost(lost, now, draws, out);
        self.give_up_late(now.mono, out);
        self.advance(now, draws, out);
    }

    /// When `on_wake` is due, as the last [`Output::WakeAt`] said.
    #[must_use]
    pub fn next_wake(&self) -> Option<Instant> {
        self.cluster.wake.next()
    }

    fn slot(&mut self, topic: &str, partition: i32, now: Instant) -> u32 {
        if let Some(slot) = self.by_name.get(topic).and_then(|it| it.get(&partition)) {
            return *slot;
        }
        let topic = ByteString::from(topic);
        self.cluster.want(&topic, now);
        let slot = u32::try_from(self.queues.len()).expect("fewer partitions than 2^32");
        self.queues.push(Queue::new(topic.clone(), partition));
        self.by_name.entry(topic).or_default().insert(partition, slot);
        slot
    }

    /// Does all that may be done now.
    fn advance(&mut self, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        self.ask_producer_id(now.mono, draws, out);
        while self.send_round(now.mono, out) {}
        self.cluster.refresh(now.mono, draws, out);
        self.cluster.wake.tell(out);
    }

    fn ask_producer_id(&mut self, now: Instant, draws: &mut dyn Draws, out: &mut Outputs) {
        let Identity::Wanted(not_before) = self.identity else { return };
        if not_before > now {
            return self.cluster.wake.by(not_before);
        }
        let wanted = self.config.cluster.versions.init_producer_id;
        let deadline = now.plus_ms(self.config.cluster.request_timeout_ms);
        // Without an id nothing is sent, so that no leader is dialed either: the request needs a connection of its own.
        let Some(connection) = self.cluster.any_ready_or_dialed(now, draws, out) else { return };
        let Some(version) = connection.version(ApiKey::InitProducerId, wanted) else { return };
        let request = InitProducerIdRequest { transactional_id: None, ..Default::default() };
        let parts = connection.request(&request, version, deadline, Purpose::Of(Asked::ProducerId));
        out.push(Output::Send { conn: connection.conn(), parts });
        self.cluster.wake.by(deadline);
        self.identity = Identity::Asked;
    }

    fn order(&self) -> Order {
        match self.identity {
            _ if self.config.in_flight_most == 1 => Order::Strict,
            Identity::Unneeded => Order::Loose,
            Identity::Wanted(_) | Identity::Asked | Identity::Known(..) => Order::BySequence,
        }
    }

    /// Gives up the batches whose delivery timeout is over, and notes when the next one's will be.
    fn give_up_late(&mut self, now: Instant, out: &mut Outputs) {
        for slot in 0..self.queues.len() as u32 {
            while let Some(batch) = self.queues[slot as usize].batches.front() {
                if batch.deadline > now {
                    self.cluster.wake.by(batch.deadline);
                    break;
                }
                let outcome = batch.given_up(ErrorCode::RequestTimedOut);
                self.resolve(slot, 0, outcome, out);
            }
        }
    }

    /// Tells what became of a batch.
    fn resolve(&mut self, slot: u32, place: usize, outcome: Outcome, out: &mut Outputs) {
        let queue = &mut self.queues[slot as usize];
        let batch = queue.resolve(place, outcome);
        if queue.batches.iter().all(batch::Batch::is_in_flight) {
            self.active.remove(&slot);
        }
        self.unanswered -= u64::from(batch.count);
        let delivery = Delivery {
            topic: queue.topic.clone(),
            partition: queue.partition,
            first: SendId { queue: slot, ordinal: batch.first },
            count: batch.count,
            outcome,
            producer: batch.producer,
            attempts: batch.attempts,
        };
        out.push(Output::News(ProducerNews::Done(Box::new(delivery))));
    }

    /// Refuses one record that is in no batch.
    fn refuse(&mut self, id: SendId, error: ErrorCode, out: &mut Outputs) {
        let queue = &self.queues[id.queue as usize];
        self.unanswered -= 1;
        let delivery = Delivery {
            topic: queue.topic.clone(),
            partition: queue.partition,
            first: id,
            count: 1,
            outcome: Outcome::Failed(error),
            producer: None,
            attempts: Vec::new(),
        };
        out.push(Output::News(ProducerNews::Done(Box::new(delivery))));
    }

    /// Who leads a queue's partition, looked up again when the metadata has changed.
    fn leader(&mut self, slot: u32) -> Option<(NodeId, Option<LeaderEpoch>)> {
        let generation = self.cluster.metadata.generation();
        let queue = &mut self.queues[slot as usize];
        if queue.leader.0 != generation {
            queue.leader = (generation, self.cluster.metadata.leader(&queue.topic, queue.partition));
        }
        queue.leader.1
    }
}
