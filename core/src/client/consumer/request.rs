//! Puts questions about partitions into requests to their leaders.

use super::assigned_partition::{AssignedPartition, RequestState, State};
use super::{Asked, Consumer, Entry, Outputs, What};
use crate::client::cluster::Purpose;
use crate::client::output::Output;
use crate::types::{Instant, LeaderEpoch, NodeId, Uuid};
use crate::wire::fetch::{FetchPartition, FetchTopic};
use crate::wire::list_offsets::{ListOffsetsPartition, ListOffsetsTopic};
use crate::wire::offset_for_leader_epoch::{OffsetForLeaderPartition, OffsetForLeaderTopic};
use crate::wire::{FetchRequest, ListOffsetsRequest, OffsetForLeaderEpochRequest, Request};
use std::collections::BTreeMap;

/// The last version of Fetch that names topics by name (KIP-516).
const BY_NAME: i16 = 12;

/// No replica: a consumer.
const CONSUMER: i32 = -1;

impl Consumer {
    /// Sends each leader what its partitions want to know: positions, epochs, records.
    pub(super) fn ask(&mut self, now: Instant, out: &mut Outputs) {
        for ((node, what), entries) in self.questions(now) {
            if self.cluster.ready(node, now, out).is_none() {
                continue;
            }
            let versions = self.config.cluster.versions;
            let asked = Asked { what, node, entries };
            match what {
                What::Offsets => {
                    let request = self.offsets(&asked.entries);
                    self.put(asked, &request, versions.list_offsets, now, out);
                }
                What::EpochEnds => {
                    let request = self.epoch_ends(&asked.entries);
                    self.put(asked, &request, versions.offset_for_leader_epoch, now, out);
                }
                What::Records => {
                    let is_nameless = asked.entries.iter().any(|entry| entry.topic_id == Uuid::ZERO);
                    let version = if is_nameless { versions.fetch.min(BY_NAME) } else { versions.fetch };
                    let request = self.fetch(&asked.entries);
                    self.put(asked, &request, version, now, out);
                }
            }
        }
    }

    /// What is to be asked now, by leader and kind.
    fn questions(&mut self, now: Instant) -> BTreeMap<(NodeId, What), Vec<Entry>> {
        let mut questions = BTreeMap::<_, Vec<_>>::new();
        let mut is_leaderless = false;
        let count = self.places.len();
        for at in 0..count {
            // Whoever was first last time is last this time (as in Kafka's `PartitionStates`).
            let slot = (at + self.turn) % count;
            let place = &self.places[slot];
            let Some(RequestState::Waiting(not_before)) = place.state.phase() else { continue };
            let what = match place.state {
                State::Looking { .. } => What::Offsets,
                State::Validating { .. } => What::EpochEnds,
                _ if place.is_paused => continue,
                _ => What::Records,
            };
            if not_before > now {
                self.cluster.wake.by(not_before);
                continue;
            }
            let Some((node, leader_epoch)) = place.leader else {
                is_leaderless = true;
                continue;
            };
            if what == What::Records && self.fetching.contains(&node) {
                continue;
            }
            let AssignedPartition { serial, topic_id, .. } = *place;
            let entry = Entry { slot: slot as u32, serial, topic_id, leader_epoch };
            questions.entry((node, what)).or_default().push(entry);
        }
        if is_leaderless {
            self.cluster.alarm(now);
        }
        questions
    }

    fn place(&self, entry: &Entry) -> &AssignedPartition {
        &self.places[entry.slot as usize]
    }

    fn offsets(&self, entries: &[Entry]) -> ListOffsetsRequest {
        let topics = grouped(
            entries,
            |entry| self.place(entry).topic.clone(),
            |entry| {
                let place = self.place(entry);
                let State::Looking { spec, .. } = place.state else { unreachable!("it is asked for its position") };
                ListOffsetsPartition {
                    partition_index: place.partition,
                    current_leader_epoch: LeaderEpoch::to_wire(entry.leader_epoch),
                    timestamp: spec.to_wire(),
                }
            },
        );
        ListOffsetsRequest {
            replica_id: CONSUMER,
            isolation_level: i8::from(self.config.read_committed),
            topics: topics.into_iter().map(|(name, partitions)| ListOffsetsTopic { name, partitions }).collect(),
            timeout_ms: i32::try_from(self.config.cluster.request_timeout_ms).unwrap_or(i32::MAX),
        }
    }

    fn epoch_ends(&self, entries: &[Entry]) -> OffsetForLeaderEpochRequest {
        let topics = grouped(
            entries,
            |entry| self.place(entry).topic.clone(),
            |entry| {
                let place = self.place(entry);
                let State::Validating { position, .. } = place.state else { unreachable!("it is asked for its epoch") };
                OffsetForLeaderPartition {
                    partition: place.partition,
                    current_leader_epoch: LeaderEpoch::to_wire(entry.leader_epoch),
                    leader_epoch: LeaderEpoch::to_wire(position.epoch),
                }
            },
        );
        OffsetForLeaderEpochRequest {
            replica_id: CONSUMER,
            topics: topics.into_iter().map(|(topic, partitions)| OffsetForLeaderTopic { topic, partitions }).collect(),
        }
    }

    fn fetch(&self, entries: &[Entry]) -> FetchRequest {
        let topics = grouped(
            entries,
            |entry| (self.place(entry).topic.clone(), entry.topic_id),
            |entry| {
                let place = self.place(entry);
                let State::Fetching { position, .. } = place.state else { unreachable!("it is fetched") };
                FetchPartition {
                    partition: place.partition,
                    current_leader_epoch: LeaderEpoch::to_wire(position.leader_epoch),
                    fetch_offset: position.offset.0,
                    partition_max_bytes: self.config.max_partition_bytes,
                    ..Default::default()
                }
            },
        );
        let topic = |((topic, topic_id), partitions)| FetchTopic { topic, topic_id, partitions };
        FetchRequest {
            replica_id: CONSUMER,
            max_wait_ms: self.config.max_wait_ms,
            min_bytes: self.config.min_bytes,
            max_bytes: self.config.max_bytes,
            isolation_level: i8::from(self.config.read_committed),
            topics: topics.into_iter().map(topic).collect(),
            ..Default::default()
        }
    }

    fn put<R: Request>(&mut self, asked: Asked, request: &R, wanted: i16, now: Instant, out: &mut Outputs) {
        let (what, node) = (asked.what, asked.node);
        let deadline = now.plus_ms(self.config.cluster.request_timeout_ms);
        self.cluster.wake.by(deadline);
        let Some(connection) = self.cluster.ready(node, now, out) else { return };
        let Some(version) = connection.version(R::KEY, wanted) else { return };
        for entry in &asked.entries {
            self.places[entry.slot as usize].asked();
        }
        if what == What::Records {
            self.fetching.insert(node);
            self.turn = (asked.entries[0].slot as usize + 1) % self.places.len();
        }
        let connection = self.cluster.ready(node, now, out).expect("it was ready a moment ago");
        let conn = connection.conn();
        let parts = connection.request(request, version, deadline, Purpose::Of(asked));
        out.push(Output::Send { conn, parts });
    }
}

/// Entries by topic, in the order in which the topics first come.
fn grouped<K: PartialEq, P>(
    entries: &[Entry],
    key: impl Fn(&Entry) -> K,
    row: impl Fn(&Entry) -> P,
) -> Vec<(K, Vec<P>)> {
    let mut groups: Vec<(K, Vec<P>)> = Vec::new();
    for entry in entries {
        let key = key(entry);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, rows)) => rows.push(row(entry)),
            None => groups.push((key, vec![row(entry)])),
        }
    }
    groups
}
