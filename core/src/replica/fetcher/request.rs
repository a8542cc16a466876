//! Encodes a follower's fetches and decodes the answers.

use super::{FetchedPartition, FetcherSettings};
use crate::replica::FetchPosition;
use crate::types::{BrokerEpoch, ErrorCode, LeaderEpoch, NodeId, Offset, TopicId, TopicPartition};
use crate::wire::fetch::{FetchPartition, FetchTopic, PartitionData, ReplicaState};
use crate::wire::{DecodeError, FetchRequest, FetchResponse, frame_request, open_response};
use bytes::{Bytes, BytesMut};
use bytestring::ByteString;

/// The version of Fetch that names topics by id (KIP-516) and carries the follower's registration (KIP-903).
const VERSION: i16 = 17;

/// Encodes Fetch requests. Their buffers are kept from one request to the next.
#[derive(Clone, Debug)]
pub(super) struct Requests {
    client: ByteString,
    correlation: i32,
    request: FetchRequest,
    scratch: BytesMut,
}

impl Requests {
    pub(super) fn new(leader: NodeId, me: NodeId, epoch: Option<BrokerEpoch>) -> Requests {
        let replica_state = ReplicaState { replica_id: me.0, replica_epoch: BrokerEpoch::to_wire(epoch) };
        Requests {
            client: format!("broker-{me}-fetcher-{leader}").into(),
            correlation: 0,
            request: FetchRequest { replica_state, ..FetchRequest::default() },
            scratch: BytesMut::new(),
        }
    }

    pub(super) fn on_registered(&mut self, epoch: BrokerEpoch) {
        self.request.replica_state.replica_epoch = epoch.0;
    }

    /// Encodes the next fetch for `partitions`, which come sorted, so that the partitions of a topic are neighbours.
    /// Returns the correlation id and the frame, or `None` if there are no partitions.
    pub(super) fn next(
        &mut self,
        partitions: impl Iterator<Item = (TopicPartition, FetchPosition)>,
        settings: &FetcherSettings,
    ) -> Option<(i32, Vec<Bytes>)> {
        let request = &mut self.request;
        request.max_wait_ms = settings.max_wait_ms;
        request.min_bytes = settings.min_bytes;
        request.max_bytes = settings.response_max_bytes;
        let mut topics = 0;
        for (name, position) in partitions {
            if topics == 0 || request.topics[topics - 1].topic_id != name.topic.0 {
                if request.topics.len() == topics {
                    request.topics.push(FetchTopic::default());
                }
                request.topics[topics].topic_id = name.topic.0;
                request.topics[topics].partitions.clear();
                topics += 1;
            }
            request.topics[topics - 1].partitions.push(partition(name, &position, settings));
        }
        request.topics.truncate(topics);
        if topics == 0 {
            return None;
        }
        self.correlation = self.correlation.wrapping_add(1) & i32::MAX;
        let parts = frame_request(Some(&self.client), self.correlation, request, VERSION, &mut self.scratch);
        Some((self.correlation, parts))
    }
}

fn partition(name: TopicPartition, position: &FetchPosition, settings: &FetcherSettings) -> FetchPartition {
    FetchPartition {
        partition: name.partition,
        current_leader_epoch: position.leader_epoch.0,
        fetch_offset: position.offset.0,
        last_fetched_epoch: LeaderEpoch::to_wire(position.last_fetched_epoch),
        log_start_offset: position.log_start.0,
        partition_max_bytes: settings.partition_max_bytes,
        ..FetchPartition::default()
    }
}

/// Why an answer cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Useless {
    /// The frame is not an answer to the request.
    Undecodable(DecodeError),
    /// The whole fetch was refused.
    Refused(ErrorCode),
}

/// Decodes the answer to the fetch with this correlation id.
pub(super) fn answer(frame: Bytes, correlation: i32) -> Result<FetchResponse, Useless> {
    let answer = open_response::<FetchResponse>(frame, correlation, VERSION).map_err(Useless::Undecodable)?;
    match ErrorCode::from_wire(answer.error_code) {
        ErrorCode::None => Ok(answer),
        error => Err(Useless::Refused(error)),
    }
}

/// Returns the answer for each partition. The answer does not say under which leader epoch and from which offset the
/// partition was fetched. The caller knows them, and must set `leader_epoch` and `offset`.
pub(super) fn partitions(answer: FetchResponse, held: u32) -> impl Iterator<Item = (TopicPartition, FetchedPartition)> {
    answer.responses.into_iter().flat_map(move |topic| {
        let id = TopicId(topic.topic_id);
        topic.partitions.into_iter().map(move |data| {
            let name = TopicPartition { topic: id, partition: data.partition_index };
            (name, fetched(data, held))
        })
    })
}

fn fetched(data: PartitionData, held: u32) -> FetchedPartition {
    let diverging = &data.diverging_epoch;
    FetchedPartition {
        leader_epoch: LeaderEpoch::default(),
        offset: Offset::ZERO,
        error: ErrorCode::from_wire(data.error_code),
        high_watermark: Offset::from_wire(data.high_watermark),
        log_start: Offset::from_wire(data.log_start_offset),
        diverging: LeaderEpoch::from_wire(diverging.epoch).zip(Offset::from_wire(diverging.end_offset)),
        records: data.records.map(|records| records.into_bytes()).unwrap_or_default(),
        held,
    }
}
