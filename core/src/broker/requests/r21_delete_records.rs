//! DeleteRecords: deletes the records below an offset, on every live replica.
//!
//! **In Kafka**: `KafkaApis.handleDeleteRecordsRequest`, `ReplicaManager.deleteRecords`; KIP-107.

use crate::broker::context::partition_of;
use crate::broker::question::Reply;
use crate::broker::request::{Answer, Begun, BrokerApis, Client, Progress, RequestContext, Serve, Waiting};
use crate::broker::slices::{Seen, Slices};
use crate::metadata::is_internal_topic;
use crate::replica::{PartitionAnswer, PartitionAsk};
use crate::types::{ErrorCode, Offset};
use crate::wire::DeleteRecordsRequest;
use crate::wire::delete_records::{DeleteRecordsPartitionResult, DeleteRecordsResponse, DeleteRecordsTopicResult};

/// The offset in a DeleteRecords request that stands for the partition's high watermark.
const HIGH_WATERMARK: i64 = -1;

/// Time in milliseconds that the session waits beyond the request's own deadline. Each partition answers by that
/// deadline, unless its shard is stuck. A partition that has still not answered gets REQUEST_TIMED_OUT from the
/// session.
const GRACE_MS: i64 = 500;

/// A DeleteRecords request whose partitions have not all answered.
#[derive(Clone, Debug)]
pub(in crate::broker) struct DeleteRecords {
    /// The rows of the response. A row that is not answered yet has REQUEST_TIMED_OUT.
    rows: Vec<DeleteRecordsTopicResult>,
    slices: Slices,
}

impl Serve<BrokerApis> for DeleteRecordsRequest {
    fn breadth(&self) -> usize {
        self.topics.iter().map(|topic| 1 + topic.partitions.len()).sum()
    }

    /// Asks each partition once. If the request names a partition again, the second row is refused, because the
    /// partition cannot answer for two offsets.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        begin(self, cx)
    }
}

fn begin(request: DeleteRecordsRequest, cx: &mut RequestContext<'_, '_>) -> Begun {
    let mut deletion = DeleteRecords { rows: Vec::with_capacity(request.topics.len()), slices: Slices::default() };
    let deadline = cx.now().plus_ms(i64::from(request.timeout_ms.max(0)));
    let mut seen = Seen::default();
    for topic in request.topics {
        let found = cx.view.image.topic_named(&topic.name);
        let mut rows = Vec::with_capacity(topic.partitions.len());
        for asked in topic.partitions {
            let partition = found.and_then(|found| partition_of(found, asked.partition_index));
            let to = Offset::from_wire(asked.offset);
            let error = match partition {
                None => ErrorCode::UnknownTopicOrPartition,
                Some(_) if is_internal_topic(&topic.name) => ErrorCode::InvalidTopicException,
                Some(partition) if !seen.is_first(partition) => ErrorCode::InvalidRequest,
                Some(_) if to.is_none() && asked.offset != HIGH_WATERMARK => ErrorCode::OffsetOutOfRange,
                Some(partition) => {
                    let slice = deletion.slices.push(deletion.rows.len(), rows.len());
                    cx.ask(slice, partition, PartitionAsk::DeleteRecords { to, deadline });
                    ErrorCode::RequestTimedOut
                }
            };
            rows.push(DeleteRecordsPartitionResult {
                partition_index: asked.partition_index,
                low_watermark: -1,
                error_code: error.to_wire(),
            });
        }
        deletion.rows.push(DeleteRecordsTopicResult { name: topic.name, partitions: rows });
    }
    if deletion.slices.is_complete() {
        return Begun::Done(deletion.finish(cx));
    }
    Begun::waiting(deletion, deadline.plus_ms(GRACE_MS))
}

impl Waiting<BrokerApis> for DeleteRecords {
    fn questions(&self) -> usize {
        self.slices.len()
    }

    fn on_reply(&mut self, n: usize, reply: Reply, cx: &mut RequestContext<'_, '_>) -> Progress {
        let Reply::Replica(PartitionAnswer::RecordsDeleted(answer)) = reply else { return Progress::Wait };
        let Some((topic, row)) = self.slices.take(n) else { return Progress::Wait };
        let row = &mut self.rows[topic].partitions[row];
        match answer {
            Ok(low) => {
                row.error_code = ErrorCode::None.to_wire();
                row.low_watermark = low.0;
            }
            Err(error) => row.error_code = error.to_wire(),
        }
        if self.slices.is_complete() { Progress::Done(self.finish(cx)) } else { Progress::Wait }
    }

    fn on_deadline(&mut self, cx: &mut RequestContext<'_, '_>) -> Progress {
        Progress::Done(self.finish(cx))
    }
}

impl DeleteRecords {
    /// Encodes the response. Rows that were not answered keep REQUEST_TIMED_OUT.
    fn finish(&mut self, cx: &mut RequestContext<'_, '_>) -> Answer {
        cx.answer(&DeleteRecordsResponse { throttle_time_ms: 0, topics: core::mem::take(&mut self.rows) })
    }
}
