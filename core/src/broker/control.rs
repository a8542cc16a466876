//! Questions that requests ask the control shard (shard 0, which changes the metadata), and its answers.

use crate::types::{ErrorCode, ImageVersion, NodeId, ProducerId, TopicId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A question to the control shard. All that one question asks for is decided together, in one change of the metadata.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ControlQuestion {
    /// Create topics. Some may be refused while others are created. Answered with [`ControlOutcome::TopicsCreated`].
    CreateTopics {
        /// The topics to create. Their names are valid, their configs have known keys and valid values, and no name
        /// comes twice.
        topics: Vec<TopicSpec>,
        /// Whether the control shard only checks the request, and changes nothing.
        validate_only: bool,
    },
    /// Add partitions to topics. Some topics may be refused while others get their new partitions. Answered with
    /// [`ControlOutcome::Judged`], which has one result for each topic.
    CreatePartitions {
        /// The topics that are to have more partitions. No name comes twice.
        topics: Vec<MorePartitions>,
        /// Whether the control shard only checks the request, and changes nothing.
        validate_only: bool,
    },
    /// Delete topics. Some may be refused while others are deleted. Answered with [`ControlOutcome::Judged`], which has
    /// one result for each topic.
    DeleteTopics(Vec<TopicId>),
    /// Change configurations of topics and brokers. Some may be refused while others are changed. Answered with
    /// [`ControlOutcome::Judged`], which has one result for each resource.
    AlterConfigs {
        /// The resources (topics and brokers) with their changes. No resource comes twice.
        resources: Vec<AlteredConfig>,
        /// Whether the control shard only checks the request, and changes nothing.
        validate_only: bool,
    },
    /// Allocate a block of producer ids that no other shard or node gets (KIP-730). The allocation is durable before
    /// it is answered with [`ControlOutcome::ProducerIds`].
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
    /// The client gave only numbers, and the controller chooses the brokers.
    Count {
        /// The number of partitions, at least 1. If the client gave no number, the session has filled in
        /// `num.partitions`.
        partitions: i32,
        /// The number of replicas of each partition, at least 1. If the client gave no number, the session has filled
        /// in `default.replication.factor`.
        replication_factor: i16,
    },
    /// The client chose the brokers: one list for each partition, the preferred leader first. There is at least one
    /// list, no list names a broker twice, and all lists have the same length.
    Assigned(Vec<Vec<NodeId>>),
}

/// A topic that is to have more partitions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MorePartitions {
    /// The topic's name.
    pub name: Arc<str>,
    /// How many partitions the topic is to have in total, including the existing ones.
    pub count: i32,
    /// The brokers of each new partition, if the client chose them.
    pub assigned: Option<Vec<Vec<NodeId>>>,
}

/// Changes to the configuration of one topic, of one broker, or of all brokers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlteredConfig {
    /// The topic or the brokers whose configuration changes.
    pub of: ConfigOf,
    /// Whether keys that the request does not name lose their value. True for AlterConfigs, false for
    /// IncrementalAlterConfigs (KIP-339).
    pub replaces: bool,
    /// Each key with its change, in the order of the request.
    pub changes: Vec<(Arc<str>, ConfigChange)>,
}

/// The topic or the brokers that a configuration belongs to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ConfigOf {
    /// The topic with this name.
    Topic(Arc<str>),
    /// One broker, or all brokers if there is no id.
    Broker(Option<NodeId>),
}

/// A change to one configuration key (KIP-339).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ConfigChange {
    /// The key gets this value.
    Set(Arc<str>),
    /// The key gets its default value again.
    Delete,
    /// These values, separated by commas, are added to the key's list.
    Append(Arc<str>),
    /// These values, separated by commas, are removed from the key's list.
    Subtract(Arc<str>),
}

/// The control shard's answer to a question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ControlAnswer {
    /// The version of the image that shows the outcome. A request gets the answer only when its own shard has this
    /// image, so that a client that created a topic can use the topic at once.
    pub image: ImageVersion,
    /// The decision of the control shard.
    pub outcome: ControlOutcome,
}

/// The decision of the control shard. The kind of question determines the variant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ControlOutcome {
    /// Answers `CreateTopics`: one result for each topic, in the order of the question.
    TopicsCreated(Vec<Result<TopicCreated, Refusal>>),
    /// Answers a question about several topics or resources: one result for each of them, in the order of the question.
    Judged(Vec<Result<(), Refusal>>),
    /// Answers `AllocateProducerIds`: the allocated block, or an error.
    ProducerIds(Result<ProducerIdBlock, ErrorCode>),
}

/// A topic that was created, or would have been created if the request were not only validated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TopicCreated {
    /// The topic's id; zero if the creation was only validated.
    pub id: TopicId,
    /// How many partitions the topic has.
    pub partitions: i32,
    /// How many replicas each partition has.
    pub replication_factor: i16,
}

/// Why a topic or a resource was not created, changed or deleted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Kafka's error code, such as TOPIC_ALREADY_EXISTS or INVALID_REPLICATION_FACTOR.
    pub error: ErrorCode,
    /// The reason, in words for the client.
    pub message: Option<Arc<str>>,
}

impl Refusal {
    /// Makes a refusal with a reason in words.
    #[must_use]
    pub fn new(error: ErrorCode, message: &str) -> Refusal {
        Refusal { error, message: Some(message.into()) }
    }
}

/// A block of consecutive producer ids, from `first` to `first + count - 1`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProducerIdBlock {
    /// The first id of the block.
    pub first: ProducerId,
    /// The number of ids in the block, at least 1.
    pub count: i32,
}
