//! What answers mean for the positions.

use super::assigned_partition::{Position, RequestState, Spec, State};
use super::news::{ConsumerNews, Fetched};
use super::{Asked, Consumer, Entry, Outputs, What};
use crate::client::cluster::{Purpose, read};
use crate::client::connection::Answered;
use crate::client::output::Output;
use crate::client::retry::{is_metadata_stale, is_retriable};
use crate::client::wake::backoff_ms;
use crate::io::Draws;
use crate::record::{BadBatch, Batch, Batches};
use crate::types::{ErrorCode, Instant, LeaderEpoch, NodeId, Now, Offset};
use crate::wire::fetch::PartitionData;
use crate::wire::list_offsets::ListOffsetsPartitionResponse;
use crate::wire::offset_for_leader_epoch::EpochEndOffset;
use crate::wire::{FetchResponse, ListOffsetsResponse, OffsetForLeaderEpochResponse};

/// The first version of Fetch that names topics by id (KIP-516).
const BY_ID: i16 = 13;

/// A compressed batch whose records are more bytes is an error for the user. No producer's batch comes near.
const PLAIN_MAX: usize = 256 << 20;

impl Consumer {
    /// Takes an answer in; `false` where it cannot be read.
    pub(super) fn on_answer(
        &mut self,
        answered: &Answered<Purpose<Asked>>,
        now: Now,
        draws: &mut dyn Draws,
        out: &mut Outputs,
    ) -> bool {
        let Purpose::Of(asked) = &answered.purpose else { unreachable!("the cluster keeps its own answers") };
        match asked.what {
            What::Offsets => {
                let Some(answer) = read::<ListOffsetsResponse, _>(answered) else { return false };
                self.on_offsets(asked, &answer, now.mono, draws, out);
            }
            What::EpochEnds => {
                let Some(answer) = read::<OffsetForLeaderEpochResponse, _>(answered) else { return false };
                self.on_epoch_ends(asked, &answer, now.mono, draws, out);
            }
            What::Records => {
                let Some(answer) = read::<FetchResponse, _>(answered) else { return false };
                self.fetching.remove(&asked.node);
                self.on_fetched(asked, answered.version, answer, now.mono, draws, out);
            }
        }
        true
    }

    /// Requests whose connection is gone are made again.
    pub(super) fn on_lost(&mut self, lost: Vec<Asked>, now: Now, draws: &mut dyn Draws) {
        for asked in lost {
            if asked.what == What::Records {
                self.fetching.remove(&asked.node);
            }
            for entry in &asked.entries {
                if self.is_wanted(entry) {
                    self.back_off(entry.slot, now.mono, draws);
                }
            }
        }
    }

    fn is_wanted(&self, entry: &Entry) -> bool {
        self.places[entry.slot as usize].serial == entry.serial
    }

    fn back_off(&mut self, slot: u32, now: Instant, draws: &mut dyn Draws) {
        let (base, most) = (self.config.cluster.retry_backoff_ms, self.config.cluster.retry_backoff_max_ms);
        let place = &mut self.places[slot as usize];
        place.failures = place.failures.saturating_add(1);
        place.ask_again(now.plus_ms(backoff_ms(base, most, place.failures, u64::from(slot), draws)));
    }

    fn on_offsets(
        &mut self,
        asked: &Asked,
        answer: &ListOffsetsResponse,
        now: Instant,
        draws: &mut dyn Draws,
        out: &mut Outputs,
    ) {
        for entry in asked.entries.iter().filter(|entry| self.is_wanted(entry)).copied().collect::<Vec<_>>() {
            let place = &self.places[entry.slot as usize];
            let topic = answer.topics.iter().find(|topic| topic.name == place.topic);
            let row = topic.and_then(|it| it.partitions.iter().find(|row| row.partition_index == place.partition));
            match row.map(|row| (row, ErrorCode::from_wire(row.error_code))) {
                Some((row, ErrorCode::None)) if row.offset >= 0 => self.on_offset(entry, row, out),
                Some((_, error)) if error.is_error() => self.on_error(entry.slot, error, now, draws, out),
                _ => self.back_off(entry.slot, now, draws),
            }
        }
    }

    fn on_offset(&mut self, entry: Entry, row: &ListOffsetsPartitionResponse, out: &mut Outputs) {
        let place = &mut self.places[entry.slot as usize];
        let State::Looking { from, .. } = place.state else { return };
        let position = Position {
            offset: Offset(row.offset),
            epoch: LeaderEpoch::from_wire(row.leader_epoch),
            leader_epoch: entry.leader_epoch,
        };
        place.failures = 0;
        place.turn_to(State::Fetching { position, phase: RequestState::Waiting(Instant(0)) });
        let (topic, partition) = (place.topic.clone(), place.partition);
        out.push(Output::News(ConsumerNews::Positioned { topic, partition, from, to: position.offset }));
    }

    fn on_epoch_ends(
        &mut self,
        asked: &Asked,
        answer: &OffsetForLeaderEpochResponse,
        now: Instant,
        draws: &mut dyn Draws,
        out: &mut Outputs,
    ) {
        for entry in asked.entries.iter().filter(|entry| self.is_wanted(entry)).copied().collect::<Vec<_>>() {
            let place = &self.places[entry.slot as usize];
            let topic = answer.topics.iter().find(|topic| topic.topic == place.topic);
            let row = topic.and_then(|it| it.partitions.iter().find(|row| row.partition == place.partition));
            match row.map(|row| (row, ErrorCode::from_wire(row.error_code))) {
                Some((row, ErrorCode::None)) => self.on_epoch_end(entry, row, out),
                Some((_, error)) => self.on_error(entry.slot, error, now, draws, out),
                None => self.back_off(entry.slot, now, draws),
            }
        }
    }

    /// KIP-320: where the last record's epoch ends before the position, what was read behind that end is gone.
    fn on_epoch_end(&mut self, entry: Entry, row: &EpochEndOffset, out: &mut Outputs) {
        let place = &mut self.places[entry.slot as usize];
        let State::Validating { mut position, .. } = place.state else { return };
        position.leader_epoch = entry.leader_epoch;
        let from = position.offset;
        let diverged = LeaderEpoch::from_wire(row.leader_epoch).zip(Offset::from_wire(row.end_offset));
        let phase = RequestState::Waiting(Instant(0));
        place.failures = 0;
        let state = match (diverged, Spec::of(self.config.reset)) {
            (Some((_, end)), _) if end >= from => return place.turn_to(State::Fetching { position, phase }),
            (_, None) => State::Stopped,
            (Some((epoch, end)), Some(_)) => {
                let position = Position { offset: end, epoch: Some(epoch), ..position };
                State::Fetching { position, phase }
            }
            (None, Some(spec)) => State::Looking { spec, from: Some(from), phase },
        };
        place.turn_to(state);
        let (topic, partition) = (place.topic.clone(), place.partition);
        out.push(Output::News(ConsumerNews::Truncated { topic, partition, from, diverged }));
    }

    fn on_fetched(
        &mut self,
        asked: &Asked,
        version: i16,
        mut answer: FetchResponse,
        now: Instant,
        draws: &mut dyn Draws,
        out: &mut Outputs,
    ) {
        for node in &answer.node_endpoints {
            self.cluster.metadata.learn_node(node.node_id, &node.host, node.port);
        }
        let whole = ErrorCode::from_wire(answer.error_code);
        for entry in asked.entries.iter().filter(|entry| self.is_wanted(entry)).copied().collect::<Vec<_>>() {
            let place = &self.places[entry.slot as usize];
            let mut topics = answer.responses.iter_mut().filter(|topic| match version >= BY_ID {
                true => topic.topic_id == entry.topic_id,
                false => topic.topic == place.topic,
            });
            let partition = place.partition;
            let row = topics.find_map(|it| it.partitions.iter_mut().find(|row| row.partition_index == partition));
            match row {
                _ if whole.is_error() => self.on_error(entry.slot, whole, now, draws, out),
                Some(row) => self.on_row(asked.node, entry, row, now, draws, out),
                None => self.back_off(entry.slot, now, draws),
            }
        }
    }

    fn on_row(
        &mut self,
        node: NodeId,
        entry: Entry,
        row: &mut PartitionData,
        now: Instant,
        draws: &mut dyn Draws,
        out: &mut Outputs,
    ) {
        let place = &mut self.places[entry.slot as usize];
        let State::Fetching { position, .. } = place.state else { return };
        let error = ErrorCode::from_wire(row.error_code);
        if error.is_error() {
            let (leader, epoch) = (row.current_leader.leader_id, row.current_leader.leader_epoch);
            self.cluster.metadata.learn_leader(&place.topic, place.partition, leader, epoch);
            return self.on_error(entry.slot, error, now, draws, out);
        }
        let records = row.records.take().map(crate::wire::Records::into_bytes).unwrap_or_default();
        let (batches, fault) = whole_batches(Batches::new(records), position.offset, self.config.check_crcs);
        let mut moved = position;
        if let Some(last) = batches.last() {
            moved.offset = last.header().next();
            moved.epoch = last.header().leader_epoch;
        }
        place.state = State::Fetching { position: moved, phase: RequestState::Waiting(Instant(0)) };
        place.failures = if fault { place.failures } else { 0 };
        let high_watermark = Offset::from_wire(row.high_watermark);
        if !batches.is_empty() || place.high_watermark != high_watermark {
            place.high_watermark = high_watermark;
            out.push(Output::News(ConsumerNews::Fetched(Box::new(Fetched {
                topic: place.topic.clone(),
                partition: place.partition,
                node,
                leader_epoch: position.leader_epoch,
                from: position.offset,
                next: moved.offset,
                high_watermark,
                last_stable: Offset::from_wire(row.last_stable_offset),
                log_start: Offset::from_wire(row.log_start_offset),
                batches: batches.into_iter().map(|batch| batch.unpacked(PLAIN_MAX).unwrap_or(batch)).collect(),
            }))));
        }
        if fault {
            self.on_error(entry.slot, ErrorCode::CorruptMessage, now, draws, out);
        }
    }

    fn on_error(&mut self, slot: u32, error: ErrorCode, now: Instant, draws: &mut dyn Draws, out: &mut Outputs) {
        if is_metadata_stale(error) {
            self.cluster.alarm(now);
        }
        let place = &mut self.places[slot as usize];
        let stops = match (error, place.state, Spec::of(self.config.reset)) {
            (ErrorCode::OffsetOutOfRange, State::Fetching { position, .. }, Some(spec)) => {
                let from = Some(position.offset);
                return place.turn_to(State::Looking { spec, from, phase: RequestState::Waiting(Instant(0)) });
            }
            // Neither says anything of the partition itself: the next try may find all well.
            (ErrorCode::UnknownServerError | ErrorCode::CorruptMessage, ..) => false,
            _ if is_retriable(error) => return self.back_off(slot, now, draws),
            _ => true,
        };
        let (topic, partition) = (place.topic.clone(), place.partition);
        match stops {
            true => place.turn_to(State::Stopped),
            false => self.back_off(slot, now, draws),
        }
        out.push(Output::News(ConsumerNews::Refused { topic, partition, error, stops }));
    }
}

/// The batches from the one that holds `from` on, and whether what follows them is bad. A broker may cut the last one off.
fn whole_batches(batches: Batches, from: Offset, check_crcs: bool) -> (Vec<Batch>, bool) {
    let mut whole = Vec::new();
    for batch in batches {
        match batch {
            Ok(batch) if batch.header().next() <= from => {}
            Ok(batch) if check_crcs && !batch.is_intact() => return (whole, true),
            Ok(batch) => whole.push(batch),
            Err(BadBatch::Partial(_)) => {
                return {
                    let nothing = whole.is_empty();
                    (whole, nothing)
                };
            }
            Err(_) => return (whole, true),
        }
    }
    (whole, false)
}
