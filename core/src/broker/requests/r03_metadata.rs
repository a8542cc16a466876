//! Metadata: the brokers, the topics and their leaders, with the addresses of the listener that the client uses.

use super::authorized_operations;
use super::new_topics::{Names, by_name, name_fault};
use crate::broker::context::BrokerContext;
use crate::broker::control::{ControlOutcome, ControlQuestion, Refusal, TopicCreated};
use crate::broker::question::Reply;
use crate::broker::request::{Answer, Begun, BrokerApis, Client, Progress, RequestContext, Serve, Waiting};
use crate::io::ListenerId;
use crate::metadata::{PartitionRegistration, TopicImage, is_internal_topic};
use crate::types::{ErrorCode, NodeId, TopicId, Uuid};
use crate::wire::MetadataRequest;
use crate::wire::metadata::{
    MetadataRequestTopic, MetadataResponse, MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use bytestring::ByteString;
use std::collections::{BTreeMap, BTreeSet};

/// Time in milliseconds that a request waits for the topics that it creates. After that time, the response has
/// LEADER_NOT_AVAILABLE for these topics, so that the client retries.
const PATIENCE_MS: i64 = 2_000;

/// The most topics that one Metadata request creates. The other missing topics get UNKNOWN_TOPIC_OR_PARTITION, and
/// clients retry after that error.
const NEW_MOST: usize = 1_000;

/// The first version that may name topics by id (KIP-516).
const BY_ID: i16 = 12;

/// The first version whose clients know LISTENER_NOT_FOUND (KIP-302).
const LISTENER_NOT_FOUND: i16 = 6;

/// A request that waits for the topics that it creates.
#[derive(Clone, Debug)]
pub(in crate::broker) struct Creating {
    wanted: RequestedTopics,
    /// Sorted names of the topics being created. The control shard is asked for the topics in this order, and answers
    /// in it.
    asked: Vec<ByteString>,
    /// Names of topics that could not be created, each with its error.
    refused: BTreeMap<ByteString, ErrorCode>,
    /// The operations that the client may perform on the cluster, as bits, if it asked for them (KIP-430).
    cluster_operations: i32,
    /// The operations that the client may perform on each topic, as bits, if it asked for them (KIP-430).
    topic_operations: i32,
}

/// The topics that a client asks about. A topic that is named several times has one row in the response, so that a
/// request cannot ask for a response of unbounded size.
#[derive(Clone, Debug)]
enum RequestedTopics {
    All,
    These { names: BTreeSet<ByteString>, ids: BTreeSet<Uuid> },
}

impl Serve<BrokerApis> for MetadataRequest {
    fn breadth(&self) -> usize {
        self.topics.as_ref().map_or(0, Vec::len)
    }

    /// Answers at once, unless topics must be created first.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        begin(self, cx)
    }
}

fn begin(request: MetadataRequest, cx: &mut RequestContext<'_, '_>) -> Begun {
    if request.topics.iter().flatten().any(|topic| !is_named(topic, cx.head.version)) {
        return cx.done(&refused(request.topics.unwrap_or_default()));
    }
    let may_create = request.allow_auto_topic_creation && cx.view.config.auto_create_topics;
    let wanted = wanted(request.topics, cx.head.version);
    let asked = if may_create { missing(&wanted, cx.view) } else { Vec::new() };
    let mut creating = Creating {
        wanted,
        asked,
        refused: BTreeMap::new(),
        cluster_operations: authorized_operations::of_cluster(request.include_cluster_authorized_operations),
        topic_operations: authorized_operations::of_topic(request.include_topic_authorized_operations),
    };
    if creating.asked.is_empty() {
        return Begun::Done(creating.finish(cx));
    }
    let topics = creating.asked.iter().filter_map(|name| by_name(name, cx.view)).collect();
    cx.ask_control(ControlQuestion::CreateTopics { topics, validate_only: false });
    let deadline = cx.now().plus_ms(PATIENCE_MS);
    Begun::waiting(creating, deadline)
}

impl Waiting<BrokerApis> for Creating {
    fn on_reply(&mut self, _n: usize, reply: Reply, cx: &mut RequestContext<'_, '_>) -> Progress {
        let Reply::Control(ControlOutcome::TopicsCreated(outcomes)) = reply else { return Progress::Wait };
        self.on_created(&outcomes);
        Progress::Done(self.finish(cx))
    }

    fn on_deadline(&mut self, cx: &mut RequestContext<'_, '_>) -> Progress {
        Progress::Done(self.finish(cx))
    }
}

impl Creating {
    fn on_created(&mut self, outcomes: &[Result<TopicCreated, Refusal>]) {
        for (name, outcome) in self.asked.iter().zip(outcomes) {
            match outcome {
                // TOPIC_ALREADY_EXISTS is no failure: another request created the topic, and the image has it.
                Err(refusal) if refusal.error != ErrorCode::TopicAlreadyExists => {
                    self.refused.insert(name.clone(), refusal.error);
                }
                _ => {}
            }
        }
    }

    /// Encodes the response from the current image.
    fn finish(&mut self, cx: &mut RequestContext<'_, '_>) -> Answer {
        let (broker, listener, version) = (cx.view, cx.head.listener, cx.head.version);
        let view = View { broker, listener, version, topic_operations: self.topic_operations };
        let topics = match &self.wanted {
            RequestedTopics::All => view.all(),
            RequestedTopics::These { names, ids } => {
                let by_name = names.iter().map(|name| self.named(name, &view));
                by_name.chain(ids.iter().map(|id| view.with_id(*id))).collect()
            }
        };
        let image = &view.broker.image;
        let body = MetadataResponse {
            brokers: view.brokers(),
            cluster_id: Some(ByteString::from(&*image.cluster_id)),
            controller_id: NodeId::to_wire(image.controller.filter(|node| view.is_reachable(*node))),
            topics,
            cluster_authorized_operations: self.cluster_operations,
            ..MetadataResponse::default()
        };
        cx.answer(&body)
    }

    fn named(&self, name: &ByteString, view: &View<'_>) -> MetadataResponseTopic {
        if let Some(topic) = view.broker.image.topic_named(name) {
            return view.topic(topic);
        }
        let error = if name_fault(name).is_some() {
            ErrorCode::InvalidTopicException
        } else if let Some(error) = self.refused.get(name) {
            *error
        } else if self.asked.binary_search(name).is_ok() {
            // The topic is still being created: the client retries after this error.
            ErrorCode::LeaderNotAvailable
        } else {
            ErrorCode::UnknownTopicOrPartition
        };
        MetadataResponseTopic {
            topic_authorized_operations: self.topic_operations,
            ..unknown(error, Some(name.clone()), Uuid::ZERO)
        }
    }
}

/// Whether a request names a topic as its version may: by name, or by id from version 12 on (KIP-516).
fn is_named(topic: &MetadataRequestTopic, version: i16) -> bool {
    match version {
        BY_ID.. => topic.name.is_some() || topic.topic_id != Uuid::ZERO,
        _ => topic.name.is_some() && topic.topic_id == Uuid::ZERO,
    }
}

/// Refuses a request of which one topic is not named: each topic gets the error, and no broker is told, as in Kafka.
fn refused(topics: Vec<MetadataRequestTopic>) -> MetadataResponse {
    let refused = |topic: MetadataRequestTopic| {
        unknown(ErrorCode::InvalidRequest, Some(topic.name.unwrap_or_default()), topic.topic_id)
    };
    let topics = topics.into_iter().map(refused).collect();
    MetadataResponse { controller_id: -1, topics, ..MetadataResponse::default() }
}

fn wanted(topics: Option<Vec<MetadataRequestTopic>>, version: i16) -> RequestedTopics {
    let Some(topics) = topics else { return RequestedTopics::All };
    // Version 0 has no null list: an empty list asks for all topics there.
    if version == 0 && topics.is_empty() {
        return RequestedTopics::All;
    }
    let (mut names, mut ids) = (BTreeSet::new(), BTreeSet::new());
    for topic in topics {
        match topic.name {
            Some(name) if topic.topic_id == Uuid::ZERO => {
                names.insert(name);
            }
            // KIP-516: a topic id other than zero identifies the topic, and the name is ignored.
            _ => {
                ids.insert(topic.topic_id);
            }
        }
    }
    RequestedTopics::These { names, ids }
}

/// Returns the requested names that no topic has yet, and that a new topic may have.
fn missing(wanted: &RequestedTopics, broker: &BrokerContext) -> Vec<ByteString> {
    let RequestedTopics::These { names, .. } = wanted else { return Vec::new() };
    let mut taken = Names::new(broker);
    let unknown = names.iter().filter(|name| broker.image.topic_named(name).is_none());
    let wanted = unknown.filter(|name| by_name(name, broker).is_some() && taken.take(name).is_ok());
    wanted.take(NEW_MOST).cloned().collect()
}

fn unknown(error: ErrorCode, name: Option<ByteString>, topic_id: Uuid) -> MetadataResponseTopic {
    MetadataResponseTopic { error_code: error.to_wire(), name, topic_id, ..MetadataResponseTopic::default() }
}

/// The image as clients of one listener see it, in one version of the Metadata API.
struct View<'a> {
    broker: &'a BrokerContext,
    listener: ListenerId,
    version: i16,
    topic_operations: i32,
}

impl View<'_> {
    fn brokers(&self) -> Vec<MetadataResponseBroker> {
        let alive = self.broker.image.brokers.values();
        let reachable = alive.filter_map(|broker| {
            let (host, port) = self.broker.end_point(broker, self.listener)?;
            Some(MetadataResponseBroker {
                node_id: broker.id.0,
                host: ByteString::from(&**host),
                port: i32::from(port),
                rack: broker.rack.as_deref().map(ByteString::from),
            })
        });
        reachable.collect()
    }

    fn is_reachable(&self, node: NodeId) -> bool {
        self.broker.is_reachable(node, self.listener)
    }

    fn all(&self) -> Vec<MetadataResponseTopic> {
        let image = &self.broker.image;
        image.names.values().filter_map(|id| image.topics.get(id)).map(|topic| self.topic(topic)).collect()
    }

    fn with_id(&self, id: Uuid) -> MetadataResponseTopic {
        match self.broker.image.topics.get(&TopicId(id)) {
            Some(topic) => self.topic(topic),
            None => unknown(ErrorCode::UnknownTopicId, None, id),
        }
    }

    fn topic(&self, topic: &TopicImage) -> MetadataResponseTopic {
        let partitions = (0..).zip(&topic.partitions).map(|(index, partition)| self.partition(index, partition));
        MetadataResponseTopic {
            error_code: ErrorCode::None.to_wire(),
            name: Some(ByteString::from(&*topic.name)),
            topic_id: topic.id.0,
            is_internal: is_internal_topic(&topic.name),
            partitions: partitions.collect(),
            topic_authorized_operations: self.topic_operations,
        }
    }

    fn partition(&self, index: i32, partition: &PartitionRegistration) -> MetadataResponsePartition {
        let is_alive = |node: &&NodeId| self.broker.is_alive(**node);
        // Version 0 leaves brokers that are not alive out of the list of replicas, and reports the partition with an
        // error.
        let listed = |nodes: &[NodeId]| -> Vec<i32> {
            nodes.iter().filter(|node| self.version > 0 || is_alive(node)).map(|node| node.0).collect()
        };
        let leader = partition.leader.filter(|leader| self.broker.is_alive(*leader));
        let error = match leader {
            None => ErrorCode::LeaderNotAvailable,
            Some(leader) if !self.is_reachable(leader) && self.version >= LISTENER_NOT_FOUND => {
                ErrorCode::ListenerNotFound
            }
            Some(leader) if !self.is_reachable(leader) => ErrorCode::LeaderNotAvailable,
            Some(_) if self.version == 0 && !partition.replicas.iter().all(|node| self.broker.is_alive(*node)) => {
                ErrorCode::ReplicaNotAvailable
            }
            Some(_) => ErrorCode::None,
        };
        let offline = partition.replicas.iter().filter(|node| !self.is_reachable(**node));
        MetadataResponsePartition {
            error_code: error.to_wire(),
            partition_index: index,
            leader_id: NodeId::to_wire(leader.filter(|leader| self.is_reachable(*leader))),
            leader_epoch: partition.leader_epoch.0,
            replica_nodes: listed(&partition.replicas),
            isr_nodes: listed(&partition.isr),
            // As in Kafka, a replica that the client cannot reach counts as offline, even if its broker is alive.
            offline_replicas: offline.map(|node| node.0).collect(),
        }
    }
}
