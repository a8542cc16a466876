//! CreateTopics: the session checks each topic as far as it can, and the control shard creates those that are valid.

use super::new_topics::{Configs, Names, assigned, configured, counted, refused};
use super::text;
use crate::broker::context::BrokerContext;
use crate::broker::control::{ControlOutcome, ControlQuestion, PartitionsSpec, Refusal, TopicCreated, TopicSpec};
use crate::broker::question::Reply;
use crate::broker::request::{Answer, Begun, BrokerApis, Client, Progress, RequestContext, Serve, Waiting};
use crate::metadata::{ConfigEntry, TopicDefaults};
use crate::types::{ErrorCode, NodeId};
use crate::wire::CreateTopicsRequest;
use crate::wire::create_topics::{CreatableTopic, CreatableTopicConfigs, CreatableTopicResult, CreateTopicsResponse};
use bytestring::ByteString;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The most partitions that one request creates (`ReplicationControlManager.MAX_PARTITIONS_PER_BATCH`).
const PARTITIONS_MOST: i64 = 10_000;

/// Topics that the control shard is creating.
#[derive(Clone, Debug)]
pub(in crate::broker) struct Creating {
    /// The rows of the response. A row that is not answered yet has REQUEST_TIMED_OUT.
    rows: Vec<CreatableTopicResult>,
    /// For each topic that the control shard was asked to create, in order: its index in `rows`, and its configuration.
    asked: Vec<(usize, Configs)>,
}

impl Serve<BrokerApis> for CreateTopicsRequest {
    fn breadth(&self) -> usize {
        self.topics.iter().map(|topic| 1 + topic.assignments.len() + topic.configs.len()).sum()
    }

    /// Checks each topic by itself, and asks the control shard to create the valid ones.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        begin(self, cx)
    }
}

fn begin(request: CreateTopicsRequest, cx: &mut RequestContext<'_, '_>) -> Begun {
    let broker = cx.view;
    let mut creating = Creating { rows: Vec::new(), asked: Vec::new() };
    let mut topics = Vec::new();
    let repeated = repeated(&request.topics);
    let total: i64 = request.topics.iter().map(|topic| partitions_asked(topic, broker)).sum();
    let mut names = Names::new(broker);
    let mut told: BTreeSet<ByteString> = BTreeSet::new();
    for topic in &request.topics {
        let judged = if repeated.contains(&*topic.name) {
            // One row answers for all topics with this name.
            if !told.insert(topic.name.clone()) {
                continue;
            }
            Err(refused(ErrorCode::InvalidRequest, "Duplicate topic name."))
        } else if total > PARTITIONS_MOST {
            Err(refused(ErrorCode::PolicyViolation, "Excessively large number of partitions per request."))
        } else {
            judge(topic, &mut names, broker)
        };
        let (name, configs) = (topic.name.clone(), Some(Vec::new()));
        let mut row = CreatableTopicResult { name, configs, ..CreatableTopicResult::default() };
        match judged {
            // The configuration of a topic that is not made is empty and not null, because null would mean that the
            // client may not see it.
            Ok(spec) => {
                row.error_code = ErrorCode::RequestTimedOut.to_wire();
                creating.asked.push((creating.rows.len(), spec.configs.clone()));
                topics.push(spec);
            }
            Err(refusal) => refuse(&mut row, &refusal),
        }
        creating.rows.push(row);
    }
    if topics.is_empty() {
        return Begun::Done(creating.finish(cx));
    }
    cx.ask_control(ControlQuestion::CreateTopics { topics, validate_only: request.validate_only });
    let deadline = cx.now().plus_ms(i64::from(request.timeout_ms));
    Begun::waiting(creating, deadline)
}

impl Waiting<BrokerApis> for Creating {
    fn on_reply(&mut self, _n: usize, reply: Reply, cx: &mut RequestContext<'_, '_>) -> Progress {
        let Reply::Control(ControlOutcome::TopicsCreated(outcomes)) = reply else { return Progress::Wait };
        self.on_created(outcomes, cx);
        Progress::Done(self.finish(cx))
    }

    fn on_deadline(&mut self, cx: &mut RequestContext<'_, '_>) -> Progress {
        Progress::Done(self.finish(cx))
    }
}

impl Creating {
    fn on_created(&mut self, outcomes: Vec<Result<TopicCreated, Refusal>>, cx: &RequestContext<'_, '_>) {
        let defaults = TopicDefaults::new(&cx.view.config);
        for ((at, configs), outcome) in core::mem::take(&mut self.asked).into_iter().zip(outcomes) {
            let row = &mut self.rows[at];
            match outcome {
                Ok(created) => {
                    row.error_code = ErrorCode::None.to_wire();
                    row.topic_id = created.id.0;
                    // KIP-525: the response has the number of partitions and replicas and the configuration of the new
                    // topic.
                    row.num_partitions = created.partitions;
                    row.replication_factor = created.replication_factor;
                    row.configs = Some(described(&configs, &defaults));
                }
                Err(refusal) => refuse(row, &refusal),
            }
        }
    }

    /// Encodes the response. Rows that were not answered keep REQUEST_TIMED_OUT.
    fn finish(&mut self, cx: &mut RequestContext<'_, '_>) -> Answer {
        cx.answer(&CreateTopicsResponse { throttle_time_ms: 0, topics: core::mem::take(&mut self.rows) })
    }
}

fn repeated(topics: &[CreatableTopic]) -> BTreeSet<&str> {
    let mut seen = BTreeSet::new();
    topics.iter().map(|topic| &*topic.name).filter(|name| !seen.insert(*name)).collect()
}

fn partitions_asked(topic: &CreatableTopic, broker: &BrokerContext) -> i64 {
    match (topic.assignments.len(), topic.num_partitions) {
        (0, -1) => i64::from(broker.config.num_partitions),
        (0, count) => i64::from(count.max(0)),
        (assigned, _) => assigned as i64,
    }
}

/// Checks one topic of the request. The checks are in the order in which Kafka's controller makes them.
fn judge(topic: &CreatableTopic, names: &mut Names<'_>, broker: &BrokerContext) -> Result<TopicSpec, Refusal> {
    names.take(&topic.name)?;
    let pairs = topic.configs.iter().map(|config| (&*config.name, config.value.as_deref()));
    let configs = configured(pairs, broker)?;
    let partitions = partitions(topic, broker)?;
    Ok(TopicSpec { name: Arc::from(&*topic.name), partitions, configs })
}

fn partitions(topic: &CreatableTopic, broker: &BrokerContext) -> Result<PartitionsSpec, Refusal> {
    if topic.assignments.is_empty() {
        return counted(topic.num_partitions, topic.replication_factor, broker);
    }
    if topic.replication_factor != -1 {
        let message = "A manual partition assignment was specified, but replication factor was not set to -1.";
        return Err(refused(ErrorCode::InvalidRequest, message));
    }
    if topic.num_partitions != -1 {
        let message = "A manual partition assignment was specified, but numPartitions was not set to -1.";
        return Err(refused(ErrorCode::InvalidRequest, message));
    }
    // A negative broker id needs no check here: it is refused like every id that no registered broker has.
    let chosen =
        topic.assignments.iter().map(|it| (it.partition_index, it.broker_ids.iter().map(|id| NodeId(*id)).collect()));
    assigned(&chosen.collect::<Vec<_>>(), broker)
}

/// Writes a refusal into the topic's row.
fn refuse(row: &mut CreatableTopicResult, refusal: &Refusal) {
    row.error_code = refusal.error.to_wire();
    row.error_message = refusal.message.as_deref().map(ByteString::from);
}

/// Describes every configuration key of the topic, with its value and the source of the value (KIP-525), as
/// DescribeConfigs does.
fn described(configs: &Configs, defaults: &TopicDefaults) -> Vec<CreatableTopicConfigs> {
    let describe = |entry: ConfigEntry| CreatableTopicConfigs {
        name: ByteString::from_static(entry.name),
        value: entry.value.map(text),
        read_only: entry.read_only,
        config_source: entry.source.to_wire(),
        is_sensitive: false,
    };
    defaults.describe(configs).into_iter().map(describe).collect()
}
