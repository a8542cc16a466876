//! OffsetForLeaderEpoch: the end offset of an epoch in the leader's log, from which a follower learns where to truncate
//! its own log (KIP-101).

use crate::broker::context::partition_of;
use crate::broker::question::Reply;
use crate::broker::request::{Answer, Begun, BrokerApis, Client, Progress, RequestContext, Serve, Waiting};
use crate::broker::slices::Slices;
use crate::replica::{PartitionAnswer, PartitionAsk};
use crate::types::{ErrorCode, LeaderEpoch, Offset};
use crate::wire::OffsetForLeaderEpochRequest;
use crate::wire::offset_for_leader_epoch::{EpochEndOffset, OffsetForLeaderEpochResponse, OffsetForLeaderTopicResult};
use std::collections::BTreeSet;

/// Time in milliseconds that the session waits for the partitions' answers.
const PATIENCE_MS: i64 = 10_000;

/// An OffsetForLeaderEpoch request whose partitions have not all answered.
#[derive(Clone, Debug)]
pub(in crate::broker) struct EpochEnds {
    /// The rows of the response. A row that is not answered yet has REQUEST_TIMED_OUT.
    rows: Vec<OffsetForLeaderTopicResult>,
    slices: Slices,
    /// Questions that are asked only to learn whether the partition answers with an error: the request names no epoch
    /// whose end could be told.
    without_end: BTreeSet<usize>,
}

impl Serve<BrokerApis> for OffsetForLeaderEpochRequest {
    fn breadth(&self) -> usize {
        self.topics.iter().map(|topic| 1 + topic.partitions.len()).sum()
    }

    /// Asks each partition that the request names for the end offset of the requested epoch.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        begin(self, cx)
    }
}

fn begin(request: OffsetForLeaderEpochRequest, cx: &mut RequestContext<'_, '_>) -> Begun {
    let (rows, slices) = (Vec::with_capacity(request.topics.len()), Slices::default());
    let mut ends = EpochEnds { rows, slices, without_end: BTreeSet::new() };
    for topic in request.topics {
        let found = cx.view.image.topic_named(&topic.topic);
        let mut rows = Vec::with_capacity(topic.partitions.len());
        for asked in topic.partitions {
            let partition = found.and_then(|found| partition_of(found, asked.partition));
            let error = match partition {
                None => ErrorCode::UnknownTopicOrPartition,
                // Only -1 stands for no epoch. Any other negative epoch is older than the leader's.
                Some(_) if asked.current_leader_epoch < -1 => ErrorCode::FencedLeaderEpoch,
                Some(partition) => {
                    let slice = ends.slices.push(ends.rows.len(), rows.len());
                    // As in Kafka, the end of epoch -1 is at offset -1, unless the partition answers with an error.
                    let epoch = LeaderEpoch::from_wire(asked.leader_epoch).unwrap_or_else(|| {
                        ends.without_end.insert(slice);
                        LeaderEpoch(0)
                    });
                    let current_leader_epoch = LeaderEpoch::from_wire(asked.current_leader_epoch);
                    cx.ask(slice, partition, PartitionAsk::EpochEnd { epoch, current_leader_epoch });
                    ErrorCode::RequestTimedOut
                }
            };
            rows.push(EpochEndOffset {
                partition: asked.partition,
                error_code: error.to_wire(),
                leader_epoch: -1,
                end_offset: -1,
            });
        }
        ends.rows.push(OffsetForLeaderTopicResult { topic: topic.topic, partitions: rows });
    }
    if ends.slices.is_complete() {
        return Begun::Done(ends.finish(cx));
    }
    let deadline = cx.now().plus_ms(PATIENCE_MS);
    Begun::waiting(ends, deadline)
}

impl Waiting<BrokerApis> for EpochEnds {
    fn questions(&self) -> usize {
        self.slices.len()
    }

    fn on_reply(&mut self, n: usize, reply: Reply, cx: &mut RequestContext<'_, '_>) -> Progress {
        let Reply::Replica(PartitionAnswer::EpochEnd(answer)) = reply else { return Progress::Wait };
        self.on_epoch_end(n, answer, cx)
    }

    fn on_deadline(&mut self, cx: &mut RequestContext<'_, '_>) -> Progress {
        Progress::Done(self.finish(cx))
    }
}

impl EpochEnds {
    fn on_epoch_end(
        &mut self,
        slice: usize,
        answer: Result<Option<(LeaderEpoch, Offset)>, ErrorCode>,
        cx: &mut RequestContext<'_, '_>,
    ) -> Progress {
        let Some((topic, row)) = self.slices.take(slice) else { return Progress::Wait };
        let row = &mut self.rows[topic].partitions[row];
        match answer {
            Ok(end) => {
                row.error_code = ErrorCode::None.to_wire();
                if let Some((epoch, offset)) = end.filter(|_| !self.without_end.contains(&slice)) {
                    row.leader_epoch = epoch.0;
                    row.end_offset = offset.0;
                }
            }
            Err(error) => row.error_code = error.to_wire(),
        }
        if self.slices.is_complete() { Progress::Done(self.finish(cx)) } else { Progress::Wait }
    }

    /// Encodes the response. Rows that were not answered keep REQUEST_TIMED_OUT.
    fn finish(&mut self, cx: &mut RequestContext<'_, '_>) -> Answer {
        cx.answer(&OffsetForLeaderEpochResponse { throttle_time_ms: 0, topics: core::mem::take(&mut self.rows) })
    }
}
