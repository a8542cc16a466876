//! OffsetCommit: stores the offsets that a group has reached. The session refuses partitions that do not exist, as
//! Kafka's `KafkaApis` does; the coordinator commits the offsets of the others.

use super::group_call::{PATIENCE_MS, coordinator_partition};
use super::known_partitions::has_partition;
use crate::broker::question::{Question, Reply};
use crate::broker::request::{Answer, Begun, BrokerApis, Client, Progress, RequestContext, Serve, Waiting};
use crate::group::{GroupAnswer, GroupAsk};
use crate::types::{ErrorCode, TopicId};
use crate::wire::OffsetCommitRequest;
use crate::wire::offset_commit::{
    OffsetCommitRequestTopic, OffsetCommitResponse, OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use bytestring::ByteString;

/// The first version that names topics by id (KIP-848).
const BY_ID: i16 = 10;

/// A commit that the coordinator has not answered yet.
#[derive(Clone, Debug)]
struct Committing {
    /// The rows of the response, in the order of the request. A row that is not answered yet has REQUEST_TIMED_OUT.
    rows: Vec<OffsetCommitResponseTopic>,
    /// The place in `rows` of each partition that the coordinator was asked about: the index of the topic and the index
    /// of the partition. The order is that of the coordinator's answer.
    asked: Vec<(usize, usize)>,
}

impl Serve<BrokerApis> for OffsetCommitRequest {
    fn breadth(&self) -> usize {
        self.topics.iter().map(|topic| 1 + topic.partitions.len()).sum()
    }

    /// Sends the partitions that exist to the group's coordinator.
    fn begin(mut self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        let version = cx.head.version;
        let mut committing = Committing { rows: Vec::with_capacity(self.topics.len()), asked: Vec::new() };
        let mut known = Vec::with_capacity(self.topics.len());
        for topic in core::mem::take(&mut self.topics) {
            known.extend(committing.sort(topic, version, cx));
        }
        if committing.asked.is_empty() {
            return Begun::Done(committing.finish(cx));
        }
        self.topics = known;
        let Some(partition) = coordinator_partition(&self.group_id, cx.view) else {
            committing.fail(ErrorCode::NotCoordinator);
            return Begun::Done(committing.finish(cx));
        };
        cx.ask_partition(0, partition, Question::Group(Box::new(GroupAsk::CommitOffsets { request: self, version })));
        let deadline = cx.now().plus_ms(PATIENCE_MS);
        Begun::waiting(committing, deadline)
    }
}

impl Committing {
    /// Adds the topic's rows to the response. Returns the topic with only those partitions that exist, for the
    /// coordinator; `None` if none of them exists.
    fn sort(
        &mut self,
        mut topic: OffsetCommitRequestTopic,
        version: i16,
        cx: &RequestContext<'_, '_>,
    ) -> Option<OffsetCommitRequestTopic> {
        let image = &cx.view.image;
        let by_id = version >= BY_ID;
        let found = match by_id {
            true => image.topics.get(&TopicId(topic.topic_id)),
            false => image.topic_named(&topic.name),
        };
        let unknown =
            if by_id && found.is_none() { ErrorCode::UnknownTopicId } else { ErrorCode::UnknownTopicOrPartition };
        let mut rows = Vec::with_capacity(topic.partitions.len());
        let at = self.rows.len();
        topic.partitions.retain(|partition| {
            let is_known = found.is_some_and(|found| has_partition(found, partition.partition_index));
            if is_known {
                self.asked.push((at, rows.len()));
            }
            let error = if is_known { ErrorCode::RequestTimedOut } else { unknown };
            rows.push(OffsetCommitResponsePartition {
                partition_index: partition.partition_index,
                error_code: error.to_wire(),
            });
            is_known
        });
        let (name, topic_id) = (topic.name.clone(), topic.topic_id);
        self.rows.push(OffsetCommitResponseTopic { name, topic_id, partitions: rows });
        let found = found.filter(|_| !topic.partitions.is_empty())?;
        topic.name = ByteString::from(&*found.name);
        topic.topic_id = found.id.0;
        Some(topic)
    }

    fn fail(&mut self, error: ErrorCode) {
        for (topic, row) in core::mem::take(&mut self.asked) {
            self.rows[topic].partitions[row].error_code = error.to_wire();
        }
    }

    fn finish(&mut self, cx: &mut RequestContext<'_, '_>) -> Answer {
        cx.answer(&OffsetCommitResponse { throttle_time_ms: 0, topics: core::mem::take(&mut self.rows) })
    }
}

impl Waiting<BrokerApis> for Committing {
    fn on_reply(&mut self, _n: usize, reply: Reply, cx: &mut RequestContext<'_, '_>) -> Progress {
        let Reply::Group(answer) = reply else { return Progress::Wait };
        let GroupAnswer::CommitOffsets(answer) = *answer else { return Progress::Wait };
        let answered = answer.topics.iter().flat_map(|topic| &topic.partitions);
        for ((topic, row), answered) in core::mem::take(&mut self.asked).into_iter().zip(answered) {
            self.rows[topic].partitions[row].error_code = answered.error_code;
        }
        Progress::Done(self.finish(cx))
    }

    fn on_deadline(&mut self, cx: &mut RequestContext<'_, '_>) -> Progress {
        Progress::Done(self.finish(cx))
    }
}
