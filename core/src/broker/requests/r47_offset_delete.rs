//! OffsetDelete: deletes a group's committed offsets of single partitions (KIP-496). The session answers for partitions
//! that do not exist, and the coordinator for the others.

use super::group_call::{PATIENCE_MS, coordinator_partition};
use super::known_partitions::has_partition;
use crate::broker::question::{Question, Reply};
use crate::broker::request::{Answer, Begun, BrokerApis, Client, Progress, RequestContext, Serve, Waiting};
use crate::group::{GroupAnswer, GroupAsk};
use crate::types::ErrorCode;
use crate::wire::OffsetDeleteRequest;
use crate::wire::offset_delete::{
    OffsetDeleteRequestTopic, OffsetDeleteResponse, OffsetDeleteResponsePartition, OffsetDeleteResponseTopic,
};

/// An OffsetDelete request that the coordinator has not answered yet.
#[derive(Clone, Debug)]
struct Deleting {
    error: ErrorCode,
    /// The rows of partitions that do not exist.
    unknown: Vec<OffsetDeleteResponseTopic>,
    /// The rows that the coordinator answered.
    answered: Vec<OffsetDeleteResponseTopic>,
}

impl Serve<BrokerApis> for OffsetDeleteRequest {
    fn breadth(&self) -> usize {
        self.topics.iter().map(|topic| 1 + topic.partitions.len()).sum()
    }

    /// Sends the partitions that exist to the group's coordinator.
    fn begin(mut self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        let mut deleting = Deleting { error: ErrorCode::None, unknown: Vec::new(), answered: Vec::new() };
        for topic in &mut self.topics {
            deleting.unknown.extend(take_unknown(topic, cx));
        }
        self.topics.retain(|topic| !topic.partitions.is_empty());
        let Some(partition) = coordinator_partition(&self.group_id, cx.view) else {
            deleting.error = ErrorCode::NotCoordinator;
            return Begun::Done(deleting.finish(cx));
        };
        cx.ask_partition(0, partition, Question::Group(Box::new(GroupAsk::DeleteOffsets(self))));
        let deadline = cx.now().plus_ms(PATIENCE_MS);
        Begun::waiting(deleting, deadline)
    }
}

impl Waiting<BrokerApis> for Deleting {
    fn on_reply(&mut self, _n: usize, reply: Reply, cx: &mut RequestContext<'_, '_>) -> Progress {
        let Reply::Group(answer) = reply else { return Progress::Wait };
        let GroupAnswer::DeleteOffsets(answer) = *answer else { return Progress::Wait };
        self.error = ErrorCode::from_wire(answer.error_code);
        self.answered = answer.topics;
        Progress::Done(self.finish(cx))
    }

    fn on_deadline(&mut self, cx: &mut RequestContext<'_, '_>) -> Progress {
        self.error = ErrorCode::CoordinatorNotAvailable;
        Progress::Done(self.finish(cx))
    }
}

impl Deleting {
    /// Encodes the response: the error of the group, or the rows of its partitions.
    fn finish(&mut self, cx: &mut RequestContext<'_, '_>) -> Answer {
        let mut topics = core::mem::take(&mut self.answered);
        topics.append(&mut self.unknown);
        if self.error.is_error() {
            topics.clear();
        }
        cx.answer(&OffsetDeleteResponse { error_code: self.error.to_wire(), throttle_time_ms: 0, topics })
    }
}

/// Removes the partitions that do not exist from the topic, and returns their rows for the response.
fn take_unknown(
    topic: &mut OffsetDeleteRequestTopic,
    cx: &RequestContext<'_, '_>,
) -> Option<OffsetDeleteResponseTopic> {
    let found = cx.view.image.topic_named(&topic.name);
    let mut rows = Vec::new();
    topic.partitions.retain(|partition| {
        let is_known = found.is_some_and(|found| has_partition(found, partition.partition_index));
        if !is_known {
            rows.push(OffsetDeleteResponsePartition {
                partition_index: partition.partition_index,
                error_code: ErrorCode::UnknownTopicOrPartition.to_wire(),
            });
        }
        is_known
    });
    (!rows.is_empty()).then(|| OffsetDeleteResponseTopic { name: topic.name.clone(), partitions: rows })
}
