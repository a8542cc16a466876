//! ListOffsets: the offset at which a partition's log begins, ends, or reaches a timestamp.

use crate::broker::context::partition_of;
use crate::broker::question::Reply;
use crate::broker::request::{Answer, Begun, Client, Progress, RequestContext, Serve, Waiting};
use crate::broker::slices::{Seen, Slices};
use crate::replica::{Fetcher, Isolation, OffsetFound, OffsetSpec, PartitionAnswer, PartitionAsk};
use crate::types::{ErrorCode, LeaderEpoch, NodeId, Timestamp};
use crate::wire::ListOffsetsRequest;
use crate::wire::list_offsets::{
    ListOffsetsPartition, ListOffsetsPartitionResponse, ListOffsetsResponse, ListOffsetsTopicResponse,
};

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
}

/// How a requested timestamp is answered: by a question to the partition, or by the session itself with no offset or
/// with an error.
enum TimestampMeaning {
    Ask(OffsetSpec),
    Nothing,
    Refused(ErrorCode),
}

impl Serve for ListOffsetsRequest {
    fn breadth(&self) -> usize {
        self.topics.iter().map(|topic| 1 + topic.partitions.len()).sum()
    }

    /// Asks each partition that the request names, unless the session can answer for it.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        begin(self, cx)
    }
}

fn begin(request: ListOffsetsRequest, cx: &mut RequestContext<'_, '_>) -> Begun {
    let fetcher = match (NodeId::from_wire(request.replica_id), request.isolation_level) {
        (Some(node), _) => Fetcher::Replica { node, epoch: None },
        (None, 1) => Fetcher::Consumer(Isolation::ReadCommitted),
        (None, _) => Fetcher::Consumer(Isolation::ReadUncommitted),
    };
    let mut list = ListOffsets { rows: Vec::with_capacity(request.topics.len()), slices: Slices::default() };
    let mut seen = Seen::default();
    for topic in request.topics {
        let found = cx.broker.image.topic_named(&topic.name);
        let mut rows = Vec::with_capacity(topic.partitions.len());
        for asked in topic.partitions {
            let partition = found.and_then(|found| partition_of(found, asked.partition_index));
            let wanted = wanted(&asked, cx.head.version);
            let error = match (partition, wanted) {
                (None, _) => ErrorCode::UnknownTopicOrPartition,
                (Some(partition), _) if !seen.is_first(partition) => ErrorCode::InvalidRequest,
                (Some(_), TimestampMeaning::Refused(error)) => error,
                (Some(_), TimestampMeaning::Nothing) => ErrorCode::None,
                (Some(partition), TimestampMeaning::Ask(spec)) => {
                    let slice = list.slices.push(list.rows.len(), rows.len());
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

impl Waiting for ListOffsets {
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
                if let Some(found) = found {
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

/// Finds what a requested timestamp stands for. A special value that the request's version does not have yet is
/// refused. Any other negative number is an ordinary timestamp, earlier than all positive ones.
fn wanted(asked: &ListOffsetsPartition, version: i16) -> TimestampMeaning {
    let (wanted, since) = match asked.timestamp {
        -1 => (TimestampMeaning::Ask(OffsetSpec::Latest), 1),
        -2 => (TimestampMeaning::Ask(OffsetSpec::Earliest), 1),
        // KIP-734: the offset of the record with the largest timestamp.
        -3 => (TimestampMeaning::Ask(OffsetSpec::MaxTimestamp), 7),
        // KIP-405: there is no remote storage, so the earliest local offset is the earliest offset.
        -4 => (TimestampMeaning::Ask(OffsetSpec::Earliest), 8),
        // KIP-1005, KIP-1023: the last offset in remote storage, and the earliest offset that waits to be copied there.
        // There is no remote storage, so neither offset exists.
        -5 => (TimestampMeaning::Nothing, 9),
        -6 => (TimestampMeaning::Nothing, 11),
        time => (TimestampMeaning::Ask(OffsetSpec::At(Timestamp(time))), 1),
    };
    if version < since { TimestampMeaning::Refused(ErrorCode::UnsupportedVersion) } else { wanted }
}
