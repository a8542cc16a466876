//! Puts batches into requests.

use super::batch::State;
use super::delivery::{Attempt, AttemptEnd, Outcome, ProducerNews};
use super::queue::{Next, Numbered};
use super::{Asked, Entry, Identity, Outputs, Producer};
use crate::client::cluster::Purpose;
use crate::client::config::Acks;
use crate::client::output::Output;
use crate::types::{Instant, LeaderEpoch, NodeId};
use crate::wire::produce::{PartitionProduceData, TopicProduceData};
use crate::wire::{ApiKey, ProduceRequest, Records};

/// A batch that goes into the next request to its leader.
struct Chosen {
    slot: u32,
    place: usize,
    leader_epoch: Option<LeaderEpoch>,
}

impl Producer {
    /// One request to each leader that has room for it, with at most one batch of each partition, as Produce has it
    /// since version 3. Whether there was any.
    pub(super) fn send_round(&mut self, now: Instant, out: &mut Outputs) -> bool {
        if self.active.is_empty() || matches!(self.identity, Identity::Wanted(_) | Identity::Asked) {
            return false;
        }
        let mut sent = false;
        for (node, chosen) in self.choose(now, out) {
            sent |= self.send_to(node, chosen, now, out);
        }
        sent
    }

    fn choose(&mut self, now: Instant, out: &mut Outputs) -> Vec<(NodeId, Vec<Chosen>)> {
        let (order, batch_size) = (self.order(), self.config.batch_size);
        let mut by_node: Vec<(NodeId, Vec<Chosen>)> = Vec::new();
        let mut idle = Vec::new();
        let mut leaderless = false;
        let slots = core::mem::take(&mut self.active);
        for slot in &slots {
            match self.queues[*slot as usize].next_to_send(now, order, batch_size) {
                Next::NotBefore(at) => self.cluster.wake.by(at),
                Next::AfterAnAnswer => {}
                Next::Nothing => idle.push(*slot),
                Next::Send(place) => {
                    let Some((node, leader_epoch)) = self.leader(*slot) else {
                        leaderless = true;
                        continue;
                    };
                    let chosen = Chosen { slot: *slot, place, leader_epoch };
                    match by_node.iter_mut().find(|(it, _)| *it == node) {
                        Some((_, all)) => all.push(chosen),
                        None => by_node.push((node, vec![chosen])),
                    }
                }
            }
        }
        self.active = slots;
        idle.iter().for_each(|slot| _ = self.active.remove(slot));
        if leaderless {
            self.cluster.alarm(now);
        }
        by_node.retain(|(node, _)| {
            let connection = self.cluster.ready(*node, now, out);
            connection.is_some_and(|it| it.in_flight() < self.config.in_flight_most)
        });
        by_node
    }

    fn send_to(&mut self, node: NodeId, chosen: Vec<Chosen>, now: Instant, out: &mut Outputs) -> bool {
        let Some(connection) = self.cluster.ready(node, now, out) else { return false };
        let conn = connection.conn();
        let Some(version) = connection.version(ApiKey::Produce, self.config.cluster.versions.produce) else {
            return false;
        };
        let mut request = ProduceRequest {
            transactional_id: None,
            acks: self.config.acks.to_wire(),
            timeout_ms: i32::try_from(self.config.cluster.request_timeout_ms).unwrap_or(i32::MAX),
            topic_data: Vec::new(),
        };
        let mut entries = Vec::with_capacity(chosen.len());
        let mut size = 0;
        for Chosen { slot, place, leader_epoch } in chosen {
            let length = self.queues[slot as usize].batches[place].len();
            if size > 0 && size + length > self.config.max_request_size {
                break;
            }
            if !self.number(slot, place, out) {
                continue;
            }
            size += length;
            let queue = &mut self.queues[slot as usize];
            let batch = &mut queue.batches[place];
            batch.state = State::InFlight { conn, as_oldest: place == 0 };
            batch.attempts.push(Attempt { node, leader_epoch, sent: now, end: AttemptEnd::Pending });
            let records = Some(Records::from(batch.seal()));
            let serial = batch.serial;
            let topic_id = self.cluster.metadata.topic(&queue.topic).map(|it| it.id).unwrap_or_default();
            entries.push(Entry { queue: slot, serial, topic_id });
            let data = PartitionProduceData { index: queue.partition, records };
            match request.topic_data.iter_mut().find(|topic| topic.name == queue.topic) {
                Some(topic) => topic.partition_data.push(data),
                None => request.topic_data.push(TopicProduceData {
                    name: queue.topic.clone(),
                    topic_id,
                    partition_data: vec![data],
                }),
            }
        }
        if entries.is_empty() {
            return false;
        }
        self.put(node, &request, entries, version, now, out);
        true
    }

    /// Gives a batch its sequence, where the producer is idempotent; whether it may go.
    fn number(&mut self, slot: u32, place: usize, out: &mut Outputs) -> bool {
        let Identity::Known(id, epoch) = self.identity else { return self.identity == Identity::Unneeded };
        let queue = &mut self.queues[slot as usize];
        match queue.number(place, id, epoch) {
            Numbered::Goes => true,
            Numbered::GoesUnderNewEpoch(id, epoch) => {
                let (topic, partition) = (queue.topic.clone(), queue.partition);
                out.push(Output::News(ProducerNews::EpochBumped { topic, partition, id, epoch }));
                true
            }
            Numbered::NeedsId => {
                self.identity = Identity::Wanted(Instant(0));
                false
            }
        }
    }

    fn put(
        &mut self,
        node: NodeId,
        request: &ProduceRequest,
        entries: Vec<Entry>,
        version: i16,
        now: Instant,
        out: &mut Outputs,
    ) {
        let deadline = now.plus_ms(self.config.cluster.request_timeout_ms);
        let is_answered = self.config.acks != Acks::None;
        if is_answered {
            self.cluster.wake.by(deadline);
        }
        let connection = self.cluster.ready(node, now, out).expect("it was ready a moment ago");
        let conn = connection.conn();
        if is_answered {
            let parts = connection.request(request, version, deadline, Purpose::Of(Asked::Produce(entries)));
            return out.push(Output::Send { conn, parts });
        }
        let parts = connection.request_unanswered(request, version);
        out.push(Output::Send { conn, parts });
        for Entry { queue, serial, .. } in entries {
            let place = self.queues[queue as usize].place_of(serial).expect("it was sent just now");
            self.resolve(queue, place, Outcome::Unacknowledged, out);
        }
    }
}
