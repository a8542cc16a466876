//! Metadata: brokers, topics and who leads them, as clients of the session's listener see them.

use super::new_topics::{Names, by_default, name_fault};
use crate::broker::context::BrokerContext;
use crate::broker::control::{ControlOutcome, ControlQuestion, Refusal, TopicCreated};
use crate::broker::question::Reply;
use crate::broker::request::{Answer, Begun, Client, Progress, RequestContext, Serve, Waiting};
use crate::io::ListenerId;
use crate::metadata::{PartitionRegistration, TopicImage, is_internal_topic};
use crate::types::{ErrorCode, NodeId, TopicId, Uuid};
use crate::wire::MetadataRequest;
use crate::wire::metadata::{
    MetadataRequestTopic, MetadataResponse, MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use bytestring::ByteString;
use std::collections::{BTreeMap, BTreeSet};

/// How long a client waits for a topic that is made for it, before it is told LEADER_NOT_AVAILABLE and asks again.
const PATIENCE_MS: i64 = 2_000;

/// The most topics that one request makes.
const NEW_MOST: usize = 1_000;

/// The first version whose clients know that a listener may be missing (KIP-302's LISTENER_NOT_FOUND).
const LISTENER_NOT_FOUND: i16 = 6;

/// A request that waits for the topics which it made to be.
#[derive(Clone, Debug)]
pub(in crate::broker) struct Creating {
    wanted: Wanted,
    /// Those that are being made, in the order of the question, which is theirs by name; and why one is not.
    asked: Vec<ByteString>,
    refused: BTreeMap<ByteString, ErrorCode>,
}

/// Which topics a client wants. Each is told of once, however often it was named: an answer must not grow beyond all
/// bounds.
#[derive(Clone, Debug)]
enum Wanted {
    All,
    These { names: BTreeSet<ByteString>, ids: BTreeSet<Uuid> },
}

impl Serve for MetadataRequest {
    fn breadth(&self) -> usize {
        self.topics.as_ref().map_or(0, Vec::len)
    }

    /// Answers, unless topics must be made first.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        begin(self, cx)
    }
}

fn begin(request: MetadataRequest, cx: &mut RequestContext<'_, '_>) -> Begun {
    let may_create = request.allow_auto_topic_creation && cx.broker.config.auto_create_topics;
    let wanted = wanted(request.topics, cx.head.version);
    let asked = if may_create { missing(&wanted, cx.broker) } else { Vec::new() };
    let mut creating = Creating { wanted, asked, refused: BTreeMap::new() };
    if creating.asked.is_empty() {
        return Begun::Done(creating.finish(cx));
    }
    let topics = creating.asked.iter().map(|name| by_default(name, cx.broker)).collect();
    cx.ask_control(ControlQuestion::CreateTopics { topics, validate_only: false });
    let deadline = cx.now().plus_ms(PATIENCE_MS);
    Begun::waiting(creating, deadline)
}

impl Waiting for Creating {
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
                // Somebody else was quicker, and it shows.
                Err(refusal) if refusal.error != ErrorCode::TopicAlreadyExists => {
                    self.refused.insert(name.clone(), refusal.error);
                }
                _ => {}
            }
        }
    }

    /// Answers with what is there.
    fn finish(&mut self, cx: &mut RequestContext<'_, '_>) -> Answer {
        let view = View { broker: cx.broker, listener: cx.head.listener, version: cx.head.version };
        let topics = match &self.wanted {
            Wanted::All => view.all(),
            Wanted::These { names, ids } => {
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
            // It is being made still: the client asks again.
            ErrorCode::LeaderNotAvailable
        } else {
            ErrorCode::UnknownTopicOrPartition
        };
        unknown(error, Some(name.clone()), Uuid::ZERO)
    }
}

fn wanted(topics: Option<Vec<MetadataRequestTopic>>, version: i16) -> Wanted {
    let Some(topics) = topics else { return Wanted::All };
    // Version 0 knows no null: there the empty list asks for all topics.
    if version == 0 && topics.is_empty() {
        return Wanted::All;
    }
    let (mut names, mut ids) = (BTreeSet::new(), BTreeSet::new());
    for topic in topics {
        match topic.name {
            Some(name) if topic.topic_id == Uuid::ZERO => {
                names.insert(name);
            }
            // KIP-516: an id says it all; the zero id is nobody's.
            _ => {
                ids.insert(topic.topic_id);
            }
        }
    }
    Wanted::These { names, ids }
}

/// Names that could be topics and are not.
fn missing(wanted: &Wanted, broker: &BrokerContext) -> Vec<ByteString> {
    let Wanted::These { names, .. } = wanted else { return Vec::new() };
    let mut taken = Names::new(broker);
    let unknown = names.iter().filter(|name| broker.image.topic_named(name).is_none());
    unknown.filter(|name| taken.take(name).is_ok()).take(NEW_MOST).cloned().collect()
}

fn unknown(error: ErrorCode, name: Option<ByteString>, topic_id: Uuid) -> MetadataResponseTopic {
    MetadataResponseTopic { error_code: error.to_wire(), name, topic_id, ..MetadataResponseTopic::default() }
}

/// The image as clients of one listener see it, in one version.
struct View<'a> {
    broker: &'a BrokerContext,
    listener: ListenerId,
    version: i16,
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
        let broker = self.broker.image.brokers.get(&node);
        broker.is_some_and(|broker| self.broker.end_point(broker, self.listener).is_some())
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
            ..MetadataResponseTopic::default()
        }
    }

    fn partition(&self, index: i32, partition: &PartitionRegistration) -> MetadataResponsePartition {
        let is_alive = |node: &&NodeId| self.broker.is_alive(**node);
        // Version 0 lists the living only, and calls it an error when one is missing.
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
        MetadataResponsePartition {
            error_code: error.to_wire(),
            partition_index: index,
            leader_id: NodeId::to_wire(leader.filter(|leader| self.is_reachable(*leader))),
            leader_epoch: partition.leader_epoch.0,
            replica_nodes: listed(&partition.replicas),
            isr_nodes: listed(&partition.isr),
            offline_replicas: partition.replicas.iter().filter(|node| !is_alive(node)).map(|node| node.0).collect(),
        }
    }
}
