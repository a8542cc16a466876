//! CreatePartitions: the session checks the topics as far as it can, and the control shard adds the partitions.

use crate::broker::control::{ControlOutcome, ControlQuestion, MorePartitions, Refusal};
use crate::broker::question::Reply;
use crate::broker::request::{Answer, Begun, BrokerApis, Client, Progress, RequestContext, Serve, Waiting};
use crate::metadata::is_internal_topic;
use crate::types::{ErrorCode, NodeId};
use crate::wire::CreatePartitionsRequest;
use crate::wire::create_partitions::{CreatePartitionsResponse, CreatePartitionsTopic, CreatePartitionsTopicResult};
use bytestring::ByteString;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Topics to which the control shard is adding partitions.
#[derive(Clone, Debug)]
struct Growing {
    /// The rows of the response. A row that is not answered yet has REQUEST_TIMED_OUT.
    rows: Vec<CreatePartitionsTopicResult>,
    /// Indexes in `rows` of the topics that the control shard was asked about, in the order of the question.
    asked: Vec<usize>,
}

impl Serve<BrokerApis> for CreatePartitionsRequest {
    fn breadth(&self) -> usize {
        self.topics.iter().map(|topic| 1 + topic.assignments.as_ref().map_or(0, Vec::len)).sum()
    }

    /// Sends the topics to the control shard, each with the number of partitions that the topic is to have.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        let mut growing = Growing { rows: Vec::new(), asked: Vec::new() };
        let mut topics = Vec::new();
        let repeated = repeated(&self.topics);
        let mut answered = BTreeSet::new();
        for topic in &self.topics {
            let is_repeated = repeated.contains(&*topic.name);
            if is_repeated && !answered.insert(&topic.name) {
                continue;
            }
            let mut row =
                CreatePartitionsTopicResult { name: topic.name.clone(), ..CreatePartitionsTopicResult::default() };
            if is_repeated {
                refuse(&mut row, &Refusal::new(ErrorCode::InvalidRequest, "Duplicate topic name."));
            } else if is_internal_topic(&topic.name) {
                // The partition of `__consumer_offsets` to which a group belongs depends on the topic's number of
                // partitions. So that number must not change.
                let message = "The number of partitions of an internal topic cannot be changed.";
                refuse(&mut row, &Refusal::new(ErrorCode::InvalidRequest, message));
            } else {
                row.error_code = ErrorCode::RequestTimedOut.to_wire();
                growing.asked.push(growing.rows.len());
                topics.push(wanted(topic));
            }
            growing.rows.push(row);
        }
        if topics.is_empty() {
            return Begun::Done(growing.finish(cx));
        }
        cx.ask_control(ControlQuestion::CreatePartitions { topics, validate_only: self.validate_only });
        let deadline = cx.now().plus_ms(i64::from(self.timeout_ms));
        Begun::waiting(growing, deadline)
    }
}

impl Waiting<BrokerApis> for Growing {
    fn on_reply(&mut self, _n: usize, reply: Reply, cx: &mut RequestContext<'_, '_>) -> Progress {
        let Reply::Control(ControlOutcome::Judged(outcomes)) = reply else { return Progress::Wait };
        for (at, outcome) in core::mem::take(&mut self.asked).into_iter().zip(outcomes) {
            let row = &mut self.rows[at];
            match outcome {
                Ok(()) => row.error_code = ErrorCode::None.to_wire(),
                Err(refusal) => refuse(row, &refusal),
            }
        }
        Progress::Done(self.finish(cx))
    }

    fn on_deadline(&mut self, cx: &mut RequestContext<'_, '_>) -> Progress {
        Progress::Done(self.finish(cx))
    }
}

impl Growing {
    /// Encodes the response. Rows that were not answered keep REQUEST_TIMED_OUT.
    fn finish(&mut self, cx: &mut RequestContext<'_, '_>) -> Answer {
        cx.answer(&CreatePartitionsResponse { throttle_time_ms: 0, results: core::mem::take(&mut self.rows) })
    }
}

fn repeated(topics: &[CreatePartitionsTopic]) -> BTreeSet<&str> {
    let mut seen = BTreeSet::new();
    topics.iter().map(|topic| &*topic.name).filter(|name| !seen.insert(*name)).collect()
}

fn wanted(topic: &CreatePartitionsTopic) -> MorePartitions {
    let replicas = |ids: &[i32]| ids.iter().map(|id| NodeId(*id)).collect();
    let assigned = topic.assignments.as_ref();
    MorePartitions {
        name: Arc::from(&*topic.name),
        count: topic.count,
        assigned: assigned.map(|chosen| chosen.iter().map(|it| replicas(&it.broker_ids)).collect()),
    }
}

fn refuse(row: &mut CreatePartitionsTopicResult, refusal: &Refusal) {
    row.error_code = refusal.error.to_wire();
    row.error_message = refusal.message.as_deref().map(ByteString::from);
}
