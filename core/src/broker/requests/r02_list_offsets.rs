//! ListOffsets: the offset at which a partition's log begins, ends, or reaches a timestamp.

use super::isolation;
use crate::broker::context::partition_of;
use crate::broker::question::Reply;
use crate::broker::request::{Answer, Begun, BrokerApis, Client, Progress, RequestContext, Serve, Waiting};
use crate::broker::slices::{Seen, Slices};
use crate::replica::{Fetcher, Isolation, OffsetFound, OffsetSpec, PartitionAnswer, PartitionAsk};
use crate::types::{ErrorCode, LeaderEpoch, NodeId, Timestamp};
use crate::wire::ListOffsetsRequest;
use crate::wire::list_offsets::{ListOffsetsPartitionResponse, ListOffsetsResponse, ListOffsetsTopicResponse};
use std::collections::BTreeSet;

/// The first version whose clients know OFFSET_NOT_AVAILABLE (KIP-207).
const OFFSET_NOT_AVAILABLE: i16 = 5;

/// Time in milliseconds that a partition has for its answer. A search for a timestamp may have to read from disk.
const PATIENCE_MS: i64 = 10_000;

/// A ListOffsets request whose partitions have not all answered.
#[derive(Clone, Debug)]
pub(in crate::broker) struct ListOffsets {
    /// The rows of the response. A row that is not answered yet has REQUEST_TIMED_OUT.
    rows: Vec<ListOffsetsTopicResponse>,
    slices: Slices,
    /// Questions that are asked only to learn whether the partition answers with an error: their row has no offset.
    without_offset: BTreeSet<usize>,
}

/// What a requested timestamp stands for.
enum TimestampMeaning {
    /// This offset of the partition.
    Offset(OffsetSpec),
    /// An offset that no partition has here. A partition that this broker does not lead still answers with its error.
    Nothing,
    /// Nothing, in the version of the request.
    Unsupported,
}

impl Serve<BrokerApis> for ListOffsetsRequest {
    fn breadth(&self) -> usize {
        self.topics.iter().map(|topic| 1 + topic.partitions.len()).sum()
    }

    /// Asks each partition that the request names, unless the session can answer for it.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        begin(self, cx)
    }
}

fn begin(request: ListOffsetsRequest, cx: &mut RequestContext<'_, '_>) -> Begun {
    let isolation = isolation(request.isolation_level);
    let fetcher = match NodeId::from_wire(request.replica_id) {
        Some(node) => Fetcher::Replica { node, epoch: None },
        None => Fetcher::Consumer(isolation.unwrap_or(Isolation::ReadUncommitted)),
    };
    let (rows, slices) = (Vec::with_capacity(request.topics.len()), Slices::default());
    let mut list = ListOffsets { rows, slices, without_offset: BTreeSet::new() };
    let mut seen = Seen::default();
    for topic in request.topics {
        let found = cx.view.image.topic_named(&topic.name);
        let mut rows = Vec::with_capacity(topic.partitions.len());
        for asked in topic.partitions {
            let partition = found.and_then(|found| partition_of(found, asked.partition_index));
            let error = match (partition, meaning(asked.timestamp, cx.head.version)) {
                _ if isolation.is_none() => ErrorCode::InvalidRequest,
                (Some(partition), _) if !seen.is_first(partition) => ErrorCode::InvalidRequest,
                (_, TimestampMeaning::Unsupported) => ErrorCode::UnsupportedVersion,
                (None, _) => ErrorCode::UnknownTopicOrPartition,
                // Only -1 stands for no epoch. Any other negative epoch is older than the leader's.
                (Some(_), _) if asked.current_leader_epoch < -1 => ErrorCode::FencedLeaderEpoch,
                (Some(partition), meaning) => {
                    let slice = list.slices.push(list.rows.len(), rows.len());
                    let spec = match meaning {
                        TimestampMeaning::Offset(spec) => spec,
                        _ => {
                            list.without_offset.insert(slice);
                            OffsetSpec::Earliest
                        }
                    };
                    let current_leader_epoch = LeaderEpoch::from_wire(asked.current_leader_epoch);
                    cx.ask(slice, partition, PartitionAsk::ListOffset { spec, current_leader_epoch, fetcher });
                    ErrorCode::RequestTimedOut
                }
            };
            rows.push(ListOffsetsPartitionResponse {
                partition_index: asked.partition_index,
                error_code: error.to_wire(),
                ..ListOffsetsPartitionResponse::default()
            });
        }
        list.rows.push(ListOffsetsTopicResponse { name: topic.name, partitions: rows });
    }
    if list.slices.is_complete() {
        return Begun::Done(list.finish(cx));
    }
    let deadline = cx.now().plus_ms(PATIENCE_MS);
    Begun::waiting(list, deadline)
}

impl Waiting<BrokerApis> for ListOffsets {
    fn questions(&self) -> usize {
        self.slices.len()
    }

    fn on_reply(&mut self, n: usize, reply: Reply, cx: &mut RequestContext<'_, '_>) -> Progress {
        let Reply::Replica(PartitionAnswer::Offset(answer)) = reply else { return Progress::Wait };
        self.on_offset(n, answer, cx)
    }

    fn on_deadline(&mut self, cx: &mut RequestContext<'_, '_>) -> Progress {
        Progress::Done(self.finish(cx))
    }
}

impl ListOffsets {
    fn on_offset(
        &mut self,
        slice: usize,
        answer: Result<Option<OffsetFound>, ErrorCode>,
        cx: &mut RequestContext<'_, '_>,
    ) -> Progress {
        let Some((topic, row)) = self.slices.take(slice) else { return Progress::Wait };
        let row = &mut self.rows[topic].partitions[row];
        match answer {
            Ok(found) => {
                row.error_code = ErrorCode::None.to_wire();
                // It is no error if nothing is found: offset, timestamp and epoch stay at -1.
                if let Some(found) = found.filter(|_| !self.without_offset.contains(&slice)) {
                    row.offset = found.offset.0;
                    row.timestamp = found.timestamp.map_or(-1, |time| time.0);
                    row.leader_epoch = LeaderEpoch::to_wire(found.epoch);
                }
            }
            // KIP-207: a new leader does not know yet which records are committed. Clients before version 5 know only
            // LEADER_NOT_AVAILABLE for this.
            Err(ErrorCode::OffsetNotAvailable) if cx.head.version < OFFSET_NOT_AVAILABLE => {
                row.error_code = ErrorCode::LeaderNotAvailable.to_wire();
            }
            Err(error) => row.error_code = error.to_wire(),
        }
        if self.slices.is_complete() { Progress::Done(self.finish(cx)) } else { Progress::Wait }
    }

    /// Encodes the response. Rows that were not answered keep REQUEST_TIMED_OUT.
    fn finish(&mut self, cx: &mut RequestContext<'_, '_>) -> Answer {
        cx.answer(&ListOffsetsResponse { throttle_time_ms: 0, topics: core::mem::take(&mut self.rows) })
    }
}

/// Finds what a requested timestamp stands for. A negative number that stands for nothing, or for nothing yet in the
/// request's version, is refused (`ReplicaManager.isListOffsetsTimestampUnsupported`).
fn meaning(timestamp: i64, version: i16) -> TimestampMeaning {
    let (meaning, since) = match timestamp {
        -1 => (TimestampMeaning::Offset(OffsetSpec::Latest), 1),
        -2 => (TimestampMeaning::Offset(OffsetSpec::Earliest), 1),
        // KIP-734: the offset of the record with the largest timestamp.
        -3 => (TimestampMeaning::Offset(OffsetSpec::MaxTimestamp), 7),
        // KIP-405: there is no remote storage, so the earliest local offset is the earliest offset.
        -4 => (TimestampMeaning::Offset(OffsetSpec::Earliest), 8),
        // KIP-1005, KIP-1023: the last offset in remote storage, and the earliest offset that waits to be copied there.
        // There is no remote storage, so neither offset exists.
        -5 => (TimestampMeaning::Nothing, 9),
        -6 => (TimestampMeaning::Nothing, 11),
        0.. => (TimestampMeaning::Offset(OffsetSpec::At(Timestamp(timestamp))), 1),
        _ => (TimestampMeaning::Unsupported, 1),
    };
    if version < since { TimestampMeaning::Unsupported } else { meaning }
}
