//! The consumer: partitions assigned by hand, without a group.
//!
//! **Invariants**
//! - Of one partition, records come in the order of their offsets, each once, from the position on.
//! - A position is fetched from under the epoch that it was validated under, and no other (KIP-320).
//! - An answer to a question that is no longer asked changes nothing.
//!
//! **In Kafka**: `AbstractFetch`, `FetchCollector`, `OffsetFetcher`, `SubscriptionState`.

mod answer;
mod assigned_partition;
mod config;
mod news;
mod request;

pub use config::{ConsumerConfig, OffsetReset, StartAt};
pub use news::{ConsumerNews, Fetched, FetchedRecord, FetchedRecords};

use super::cluster::{Arrived, Cluster, Purpose};
use super::metadata::Metadata;
use super::output::{Conn, Output};
use crate::io::Draws;
use crate::types::{Instant, LeaderEpoch, NodeId, Now, Offset, Uuid};
use assigned_partition::{AssignedPartition, State};
use bytes::Bytes;
use bytestring::ByteString;
use std::collections::{BTreeMap, BTreeSet};

/// Fetches assigned partitions from their leaders, one fetch in flight for each, and keeps the positions.
///
/// Every call may add to `out`, which the caller then performs in order.
#[derive(Clone, Debug)]
pub struct Consumer {
    config: ConsumerConfig,
    cluster: Cluster<Asked>,
    places: Vec<AssignedPartition>,
    by_name: BTreeMap<ByteString, BTreeMap<i32, u32>>,
    /// Leaders that a fetch is in flight to.
    fetching: BTreeSet<NodeId>,
    /// Of the metadata that the places were last held against.
    generation: u64,
    /// Which place comes first in the next fetch, so that none is always last.
    turn: usize,
}

type Outputs = Vec<Output<ConsumerNews>>;

/// What a request was for.
#[derive(Clone, Debug)]
struct Asked {
    what: What,
    node: NodeId,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum What {
    Offsets,
    EpochEnds,
    Records,
}

/// One partition of a request.
#[derive(Clone, Copy, Debug)]
struct Entry {
    slot: u32,
    /// The place's then: where it has changed, the answer is not wanted.
    serial: u32,
    topic_id: Uuid,
    leader_epoch: Option<LeaderEpoch>,
}

impl Consumer {
    /// A consumer that has dialed nobody yet and is assigned nothing.
    #[must_use]
    pub fn new(config: ConsumerConfig) -> Consumer {
        Consumer {
            cluster: Cluster::new(config.cluster.clone()),
            config,
            places: Vec::new(),
            by_name: BTreeMap::new(),
            fetching: BTreeSet::new(),
            generation: 0,
            turn: 0,
        }
    }

    /// Begins to fetch a partition, or moves its position where it is fetched already.
    pub fn assign(
        &mut self,
        topic: &str,
        partition: i32,
        start: StartAt,
        now: Now,
        draws: &mut dyn Draws,
        out: &mut Outputs,
    ) {
        let slot = self.slot(topic, partition);
        let place = &mut self.places[slot as usize];
        place.turn_to(State::starting(start));
        place.failures = 0;
        self.cluster.want(&place.topic, now.mono);
        note_leader(place, &self.cluster.metadata);
        self.advance(now, draws, out);
    }

    /// Fetches a partition no more. Records that are on their way are dropped.
    pub fn unassign(&mut self, topic: &str, partition: i32) {
        if let Some(place) = self.place_mut(topic, partition) {
            place.turn_to(State::Stopped);
            place.is_paused = false;
        }
        let of_topic = self.by_name.get(topic).into_iter().flat_map(BTreeMap::values);
        if of_topic.copied().all(|slot| self.places[slot as usize].state == State::Stopped) {
            self.cluster.metadata.forget(topic);
        }
    }

    /// Leaves a partition out of the next fetches.
    pub fn pause(&mut self, topic: &str, partition: i32) {
        if let Some(place) = self.place_mut(topic, partition) {
            place.is_paused = true;
        }
    }

    /// Fetches a paused partition again.
    pub fn resume(&mut self, topic: &str, partition: i32, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        if let Some(place) = self.place_mut(topic, partition) {
            place.is_paused = false;
        }
        self.advance(now, draws, out);
    }

    /// The next offset to be fetched, where it is known.
    #[must_use]
    pub fn position(&self, topic: &str, partition: i32) -> Option<Offset> {
        let slot = self.by_name.get(topic)?.get(&partition)?;
        match self.places[*slot as usize].state {
            State::Fetching { position, .. } | State::Validating { position, .. } => Some(position.offset),
            State::Stopped | State::Looking { .. } => None,
        }
    }

    /// Ends every connection.
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
            Arrived::Broken(lost) => self.on_lost(lost, now, draws),
            Arrived::Answer(answered) => {
                if !self.on_answer(&answered, now, draws, out) {
                    let mut lost = self.cluster.end(conn, now.mono, draws, out);
                    if let Purpose::Of(asked) = answered.purpose {
                        lost.insert(0, asked);
                    }
                    self.on_lost(lost, now, draws);
                }
            }
        }
        self.advance(now, draws, out);
    }

    /// A connection is over.
    pub fn on_closed(&mut self, conn: Conn, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        let lost = self.cluster.on_closed(conn, now.mono, draws);
        self.on_lost(lost, now, draws);
        self.advance(now, draws, out);
    }

    /// The time asked for has come, or any other.
    pub fn on_wake(&mut self, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        let lost = self.cluster.on_wake(now.mono, draws, out);
        self.on_lost(lost, now, draws);
        self.advance(now, draws, out);
    }

    /// When `on_wake` is due, as the last [`Output::WakeAt`] said.
    #[must_use]
    pub fn next_wake(&self) -> Option<Instant> {
        self.cluster.wake.next()
    }

    fn slot(&mut self, topic: &str, partition: i32) -> u32 {
        if let Some(slot) = self.by_name.get(topic).and_then(|it| it.get(&partition)) {
            return *slot;
        }
        let topic = ByteString::from(topic);
        let slot = u32::try_from(self.places.len()).expect("fewer partitions than 2^32");
        self.places.push(AssignedPartition::new(topic.clone(), partition));
        self.by_name.entry(topic).or_default().insert(partition, slot);
        slot
    }

    fn place_mut(&mut self, topic: &str, partition: i32) -> Option<&mut AssignedPartition> {
        let slot = self.by_name.get(topic)?.get(&partition)?;
        Some(&mut self.places[*slot as usize])
    }

    /// Does all that may be done now.
    fn advance(&mut self, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        self.note_leaders();
        self.ask(now.mono, out);
        self.cluster.refresh(now.mono, draws, out);
        self.cluster.wake.tell(out);
    }

    /// Holds every place against metadata that has changed.
    fn note_leaders(&mut self) {
        let generation = self.cluster.metadata.generation();
        if self.generation == generation {
            return;
        }
        self.generation = generation;
        for place in &mut self.places {
            note_leader(place, &self.cluster.metadata);
        }
    }
}

fn note_leader(place: &mut AssignedPartition, metadata: &Metadata) {
    place.topic_id = metadata.topic(&place.topic).map_or(Uuid::ZERO, |topic| topic.id);
    place.on_leader(metadata.leader(&place.topic, place.partition));
}
