//! DeleteTopics: the session finds topics by name or by id (KIP-516), and the control shard deletes them.

use crate::broker::control::{ControlOutcome, ControlQuestion, Refusal};
use crate::broker::question::Reply;
use crate::broker::request::{Answer, Begun, BrokerApis, Client, Progress, RequestContext, Serve, Waiting};
use crate::metadata::TopicImage;
use crate::types::{ErrorCode, TopicId, Uuid};
use crate::wire::DeleteTopicsRequest;
use crate::wire::delete_topics::{DeletableTopicResult, DeleteTopicState, DeleteTopicsResponse};
use bytestring::ByteString;
use std::collections::{BTreeMap, BTreeSet};

/// The first version of DeleteTopics with the field `topics`, which names each topic by name or by id (KIP-516). Older
/// versions have a list of names only.
const BY_ID: i16 = 6;

/// Topics that the control shard is deleting.
#[derive(Clone, Debug)]
struct Deleting {
    /// The rows of the response. A row that is not answered yet has REQUEST_TIMED_OUT.
    rows: Vec<DeletableTopicResult>,
    /// The topics that the control shard was asked to delete, in the order of the question: their indexes in `rows`.
    asked: Vec<usize>,
}

impl Serve<BrokerApis> for DeleteTopicsRequest {
    fn breadth(&self) -> usize {
        self.topics.len() + self.topic_names.len()
    }

    /// Finds each topic, and asks the control shard to delete those that exist.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        let wanted = if cx.head.version >= BY_ID {
            self.topics
        } else {
            let named = |name| DeleteTopicState { name: Some(name), topic_id: Uuid::ZERO };
            self.topic_names.into_iter().map(named).collect()
        };
        let mut deleting = Deleting { rows: Vec::new(), asked: Vec::new() };
        let mut topics = Vec::new();
        let repeated = repeated(&wanted, cx);
        let mut answered = BTreeSet::new();
        for topic in wanted {
            // As in Kafka, a topic that is named several times gets one row with an error, and is not deleted.
            let is_repeated = repeated.contains(&(topic.name.clone(), topic.topic_id));
            if is_repeated && !answered.insert((topic.name.clone(), topic.topic_id)) {
                continue;
            }
            let mut row = DeletableTopicResult {
                name: topic.name.clone(),
                topic_id: topic.topic_id,
                ..DeletableTopicResult::default()
            };
            match found(&topic, is_repeated, cx) {
                Ok(found) => {
                    row.name = Some(ByteString::from(&*found.name));
                    row.topic_id = found.id.0;
                    row.error_code = ErrorCode::RequestTimedOut.to_wire();
                    deleting.asked.push(deleting.rows.len());
                    topics.push(found.id);
                }
                Err(refusal) => refuse(&mut row, &refusal),
            }
            deleting.rows.push(row);
        }
        if topics.is_empty() {
            return Begun::Done(deleting.finish(cx));
        }
        cx.ask_control(ControlQuestion::DeleteTopics(topics));
        let deadline = cx.now().plus_ms(i64::from(self.timeout_ms));
        Begun::waiting(deleting, deadline)
    }
}

impl Waiting<BrokerApis> for Deleting {
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

impl Deleting {
    /// Encodes the response. Rows that were not answered keep REQUEST_TIMED_OUT.
    fn finish(&mut self, cx: &mut RequestContext<'_, '_>) -> Answer {
        cx.answer(&DeleteTopicsResponse { throttle_time_ms: 0, responses: core::mem::take(&mut self.rows) })
    }
}

/// Returns the topics that the request names more than once: several times by name, several times by id, or by both.
/// Each is returned with the name and id that the request has.
fn repeated(wanted: &[DeleteTopicState], cx: &RequestContext<'_, '_>) -> BTreeSet<(Option<ByteString>, Uuid)> {
    let mut times: BTreeMap<TopicId, usize> = BTreeMap::new();
    let mut spelt: BTreeMap<(Option<ByteString>, Uuid), usize> = BTreeMap::new();
    for topic in wanted {
        *spelt.entry((topic.name.clone(), topic.topic_id)).or_default() += 1;
        if let Ok(found) = found(topic, false, cx) {
            *times.entry(found.id).or_default() += 1;
        }
    }
    let is_repeated = |topic: &&DeleteTopicState| {
        spelt[&(topic.name.clone(), topic.topic_id)] > 1
            || found(topic, false, cx).is_ok_and(|found| times[&found.id] > 1)
    };
    wanted.iter().filter(is_repeated).map(|topic| (topic.name.clone(), topic.topic_id)).collect()
}

/// Finds the topic that one entry of the request names. The checks are in the order of Kafka's
/// `ControllerApis.deleteTopics`.
fn found<'a>(
    topic: &DeleteTopicState,
    is_repeated: bool,
    cx: &'a RequestContext<'_, '_>,
) -> Result<&'a TopicImage, Refusal> {
    if topic.name.is_none() && topic.topic_id == Uuid::ZERO {
        return Err(Refusal::new(ErrorCode::InvalidRequest, "Neither topic name nor id were specified."));
    }
    if topic.name.is_some() && topic.topic_id != Uuid::ZERO {
        return Err(Refusal::new(ErrorCode::InvalidRequest, "You may not specify both topic name and topic id."));
    }
    if is_repeated {
        let message = if topic.name.is_some() { "Duplicate topic name." } else { "Duplicate topic id." };
        return Err(Refusal::new(ErrorCode::InvalidRequest, message));
    }
    let image = &cx.view.image;
    match &topic.name {
        Some(name) => {
            let unknown = "This server does not host this topic-partition.";
            let refused = || Refusal::new(ErrorCode::UnknownTopicOrPartition, unknown);
            image.topic_named(name).map(|topic| &**topic).ok_or_else(refused)
        }
        None => {
            let refused = || Refusal::new(ErrorCode::UnknownTopicId, "This server does not host this topic ID.");
            image.topics.get(&TopicId(topic.topic_id)).map(|topic| &**topic).ok_or_else(refused)
        }
    }
}

fn refuse(row: &mut DeletableTopicResult, refusal: &Refusal) {
    row.error_code = refusal.error.to_wire();
    row.error_message = refusal.message.as_deref().map(ByteString::from);
}
