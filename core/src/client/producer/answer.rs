//! What answers, and requests without one, mean for the batches that were sent.

use super::batch::State;
use super::delivery::{AttemptEnd, Outcome, ProducerNews};
use super::{Asked, Entry, Identity, Outputs, Producer};
use crate::client::cluster::{Purpose, read};
use crate::client::connection::Answered;
use crate::client::output::Output;
use crate::client::retry::{is_metadata_stale, is_retriable};
use crate::client::wake::backoff_ms;
use crate::io::Draws;
use crate::types::{ErrorCode, Instant, Now, Offset, ProducerEpoch, ProducerId, Timestamp};
use crate::wire::produce::PartitionProduceResponse;
use crate::wire::{InitProducerIdResponse, ProduceResponse};

/// The first version of Produce that names topics by id (KIP-516).
const BY_ID: i16 = 13;

impl Producer {
    /// Takes an answer in; `false` where it cannot be read.
    pub(super) fn on_answer(
        &mut self,
        answered: &Answered<Purpose<Asked>>,
        now: Now,
        draws: &mut dyn Draws,
        out: &mut Outputs,
    ) -> bool {
        match &answered.purpose {
            Purpose::Of(Asked::ProducerId) => {
                let Some(answer) = read::<InitProducerIdResponse, _>(answered) else { return false };
                self.on_producer_id(&answer, now.mono, out);
            }
            Purpose::Of(Asked::Produce(entries)) => {
                let Some(answer) = read::<ProduceResponse, _>(answered) else { return false };
                self.on_produced(entries, answered.version, answer, now, draws, out);
            }
            Purpose::Versions | Purpose::Metadata => unreachable!("the cluster keeps its own answers"),
        }
        true
    }

    fn on_producer_id(&mut self, answer: &InitProducerIdResponse, now: Instant, out: &mut Outputs) {
        let id = ProducerId::from_wire(answer.producer_id).zip(ProducerEpoch::from_wire(answer.producer_epoch));
        self.identity = match (ErrorCode::from_wire(answer.error_code), id) {
            (ErrorCode::None, Some((id, epoch))) => {
                out.push(Output::News(ProducerNews::Identified { id, epoch }));
                Identity::Known(id, epoch)
            }
            _ => Identity::Wanted(now.plus_ms(self.config.cluster.retry_backoff_ms)),
        };
    }

    fn on_produced(
        &mut self,
        entries: &[Entry],
        version: i16,
        answer: ProduceResponse,
        now: Now,
        draws: &mut dyn Draws,
        out: &mut Outputs,
    ) {
        for node in &answer.node_endpoints {
            self.cluster.metadata.learn_node(node.node_id, &node.host, node.port);
        }
        for entry in entries {
            let queue = &self.queues[entry.queue as usize];
            let is_topic = |name: &str, id| if version >= BY_ID { id == entry.topic_id } else { name == &*queue.topic };
            let mut topics = answer.responses.iter().filter(|topic| is_topic(&topic.name, topic.topic_id));
            let row = topics.find_map(|it| it.partition_responses.iter().find(|row| row.index == queue.partition));
            match row {
                Some(row) => self.on_row(*entry, row, now.mono, draws, out),
                // A broker that leaves a partition out has said nothing of it.
                None => self.on_error(*entry, ErrorCode::UnknownServerError, now.mono, draws, out),
            }
        }
    }

    fn on_row(
        &mut self,
        entry: Entry,
        row: &PartitionProduceResponse,
        now: Instant,
        draws: &mut dyn Draws,
        out: &mut Outputs,
    ) {
        let error = ErrorCode::from_wire(row.error_code);
        if !matches!(error, ErrorCode::None | ErrorCode::DuplicateSequenceNumber) {
            // KIP-951: the answer may say who leads instead.
            let (queue, leader) = (&self.queues[entry.queue as usize], &row.current_leader);
            let (node, epoch) = (leader.leader_id, leader.leader_epoch);
            self.cluster.metadata.learn_leader(&queue.topic, queue.partition, node, epoch);
            return self.on_error(entry, error, now, draws, out);
        }
        let Some(place) = self.place_of(entry) else { return };
        self.queues[entry.queue as usize].batches[place].end_attempt(AttemptEnd::Answered(error));
        let base = Offset::from_wire(row.base_offset).filter(|_| !error.is_error());
        let log_append_time = (row.log_append_time_ms >= 0).then_some(Timestamp(row.log_append_time_ms));
        self.resolve(entry.queue, place, Outcome::Ok { base, log_append_time }, out);
    }

    /// An answer with an error.
    fn on_error(&mut self, entry: Entry, error: ErrorCode, now: Instant, draws: &mut dyn Draws, out: &mut Outputs) {
        if is_metadata_stale(error) {
            self.cluster.alarm(now);
        }
        let Some(place) = self.place_of(entry) else { return };
        let queue = &mut self.queues[entry.queue as usize];
        let batch = &mut queue.batches[place];
        batch.end_attempt(AttemptEnd::Answered(error));
        let State::InFlight { as_oldest, .. } = batch.state else { unreachable!("it was in flight until now") };
        if error == ErrorCode::OutOfOrderSequenceNumber && batch.producer.is_some() {
            let (serial, may_be_applied) = (batch.serial, batch.may_be_applied());
            match as_oldest {
                // An older batch was under way: the answer may be about that one.
                false => self.retry(entry.queue, place, error, now, draws, out),
                // A batch before it is missing, and so was never followed: this one may come instead, under a new epoch.
                true if queue.is_broken_before(serial) && !may_be_applied => {
                    queue.unnumber(place);
                    self.active.insert(entry.queue);
                }
                true => self.give_up(entry.queue, place, error, out),
            }
        } else if is_retriable(error) {
            self.retry(entry.queue, place, error, now, draws, out);
        } else {
            self.give_up(entry.queue, place, error, out);
        }
    }

    /// Requests whose connection is gone: nobody knows what became of them.
    pub(super) fn on_lost(&mut self, lost: Vec<Asked>, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        for asked in lost {
            match asked {
                Asked::ProducerId => {
                    self.identity = Identity::Wanted(now.mono.plus_ms(self.config.cluster.retry_backoff_ms));
                }
                Asked::Produce(entries) => {
                    for entry in entries {
                        let Some(place) = self.place_of(entry) else { continue };
                        self.queues[entry.queue as usize].batches[place].end_attempt(AttemptEnd::Lost);
                        self.retry(entry.queue, place, ErrorCode::NetworkException, now.mono, draws, out);
                    }
                }
            }
        }
    }

    /// Where the batch is; none where it was given up before its answer.
    fn place_of(&self, entry: Entry) -> Option<usize> {
        self.queues[entry.queue as usize].place_of(entry.serial)
    }

    /// Sends a batch again after a while, unless that was the last time.
    fn retry(
        &mut self,
        slot: u32,
        place: usize,
        error: ErrorCode,
        now: Instant,
        draws: &mut dyn Draws,
        out: &mut Outputs,
    ) {
        let batch = &mut self.queues[slot as usize].batches[place];
        let attempts = u32::try_from(batch.attempts.len()).unwrap_or(u32::MAX);
        if attempts > self.config.retries {
            return self.give_up(slot, place, error, out);
        }
        let (base, most) = (self.config.cluster.retry_backoff_ms, self.config.cluster.retry_backoff_max_ms);
        let wait = backoff_ms(base, most, attempts, u64::from(slot), draws);
        batch.state = State::Waiting(now.plus_ms(wait));
        self.active.insert(slot);
    }

    fn give_up(&mut self, slot: u32, place: usize, error: ErrorCode, out: &mut Outputs) {
        let outcome = self.queues[slot as usize].batches[place].given_up(error);
        self.resolve(slot, place, outcome, out);
    }
}
