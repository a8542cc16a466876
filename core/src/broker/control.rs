//! Questions of requests to the control shard, and its answers.

use crate::types::{ErrorCode, ImageVersion, NodeId, ProducerId, TopicId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A question to the control shard. Each is decided whole, in one change of the metadata.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ControlQuestion {
    /// Create topics, each by itself. Answered with [`ControlOutcome::TopicsCreated`].
    CreateTopics {
        /// Names are valid, configs are known keys with valid values, and no name comes twice.
        topics: Vec<TopicSpec>,
        /// Whether the control shard only checks the request, and changes nothing.
        validate_only: bool,
    },
    /// Add partitions to topics, each topic by itself. Answered with [`ControlOutcome::Judged`], a row for each topic.
    CreatePartitions {
        /// No name comes twice.
        topics: Vec<MorePartitions>,
        /// Whether the control shard only checks the request, and changes nothing.
        validate_only: bool,
    },
    /// Delete topics, each by itself. Answered with [`ControlOutcome::Judged`], a row for each topic.
    DeleteTopics(Vec<TopicId>),
    /// Change what is set for topics and brokers, each by itself. Answered with [`ControlOutcome::Judged`], a row for each.
    AlterConfigs {
        /// None comes twice.
        resources: Vec<AlteredConfig>,
        /// Whether the control shard only checks the request, and changes nothing.
        validate_only: bool,
    },
    /// Allocate a block of producer ids that no other shard or node gets (KIP-730). The block is durable before the
    /// answer.
    /// Answered with [`ControlOutcome::ProducerIds`].
    AllocateProducerIds,
}

/// A topic to be created.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TopicSpec {
    /// The topic's name.
    pub name: Arc<str>,
    /// The topic's partitions.
    pub partitions: PartitionsSpec,
    /// The topic's configuration, with Kafka's keys.
    pub configs: BTreeMap<Arc<str>, Arc<str>>,
}

/// The partitions of a new topic, and their replicas.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PartitionsSpec {
    /// The controller chooses the brokers.
    Count {
        /// At least 1; the session has filled in `num.partitions`.
        partitions: i32,
        /// At least 1; the session has filled in `default.replication.factor`.
        replication_factor: i16,
    },
    /// The client chose the brokers, by partition, the preferred leader first. Not empty, no broker twice in one
    /// partition, as many replicas in each.
    Assigned(Vec<Vec<NodeId>>),
}

/// A topic that is to have more partitions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MorePartitions {
    /// The topic's name.
    pub name: Arc<str>,
    /// How many partitions the topic is to have in all.
    pub count: i32,
    /// The brokers of each new partition, where the client chose them.
    pub assigned: Option<Vec<Vec<NodeId>>>,
}

/// Changes to what is set for one topic, or for brokers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlteredConfig {
    /// What they are for.
    pub of: ConfigOf,
    /// Whether keys that are not named lose their value (AlterConfigs) or keep it (IncrementalAlterConfigs, KIP-339).
    pub replaces: bool,
    /// By key, in the order of the request.
    pub changes: Vec<(Arc<str>, ConfigChange)>,
}

/// What a configuration is of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ConfigOf {
    /// The topic of that name.
    Topic(Arc<str>),
    /// A broker, or all brokers.
    Broker(Option<NodeId>),
}

/// A change to one key (KIP-339).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ConfigChange {
    /// The key has this value.
    Set(Arc<str>),
    /// The key has its default again.
    Delete,
    /// These values, separated by commas, are added to the key's list.
    Append(Arc<str>),
    /// These values, separated by commas, are taken out of the key's list.
    Subtract(Arc<str>),
}

/// The control shard's answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ControlAnswer {
    /// The image that shows the outcome. A request sees the answer when its own shard has that image, so that a client
    /// which goes on to use what it made finds it.
    pub image: ImageVersion,
    /// The decision.
    pub outcome: ControlOutcome,
}

/// What the control shard decided.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ControlOutcome {
    /// On `CreateTopics`: one for each topic asked for, in order.
    TopicsCreated(Vec<Result<TopicCreated, Refusal>>),
    /// On a question whose rows are done or refused: one for each row, in order.
    Judged(Vec<Result<(), Refusal>>),
    /// On `AllocateProducerIds`.
    ProducerIds(Result<ProducerIdBlock, ErrorCode>),
}

/// A topic that was created, or would have been.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TopicCreated {
    /// The topic's id; zero where the creation was only validated.
    pub id: TopicId,
    /// How many partitions the topic has.
    pub partitions: i32,
    /// How many replicas each partition has.
    pub replication_factor: i16,
}

/// Why something was not done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Kafka's code, such as TOPIC_ALREADY_EXISTS or INVALID_REPLICATION_FACTOR.
    pub error: ErrorCode,
    /// The reason, in words for the client.
    pub message: Option<Arc<str>>,
}

impl Refusal {
    /// A refusal with its reason in words.
    #[must_use]
    pub fn new(error: ErrorCode, message: &str) -> Refusal {
        Refusal { error, message: Some(message.into()) }
    }
}

/// Producer ids `first` to `first + count - 1`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProducerIdBlock {
    /// The first id.
    pub first: ProducerId,
    /// How many ids; at least 1.
    pub count: i32,
}
