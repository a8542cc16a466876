//! What a broker wants done, in its own words. The shard translates and routes.

use super::question::Question;
use crate::io::{AskId, ConnId, ListenerId, ShardId};

use crate::types::{ErrorCode, ImageVersion, NodeId, ProducerId, TopicId, TopicPartition};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

/// Something to be done, in order.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send one whole frame, length prefix included.
    Send {
        /// On which connection.
        conn: ConnId,
        /// The frame's bytes, in order.
        parts: Vec<Bytes>,
    },
    /// End a connection.
    Close {
        /// Which.
        conn: ConnId,
        /// Whether what was sent leaves first.
        after_drain: bool,
    },
    /// Hand in no more frames of a connection, from the next turn on.
    Pause {
        /// Which.
        conn: ConnId,
    },
    /// Hand in its frames again.
    Resume {
        /// Which.
        conn: ConnId,
    },
    /// Give a connection and its session to another shard. Comes out of `on_turn_end` only, after every other output
    /// on this connection; the session is the target's from here on.
    HandOver {
        /// Which.
        conn: ConnId,
        /// To whom.
        to: ShardId,
        /// Travels by mail, ahead of the connection.
        session: Box<SessionHandOver>,
    },
    /// Put a question to a partition, wherever on this node it lives. A partition that does not live here at all is
    /// answered for by the shard that would have it. Questions of one session to one partition arrive in order.
    Ask {
        /// Which partition.
        partition: TopicPartition,
        /// The session's name for the question; its answers carry it.
        ask: AskId,
        /// The question.
        what: Question,
        /// The image that the session decided under: the partition's shard looks at the question when it has that
        /// image too.
        image: ImageVersion,
    },
    /// Put a question to the control shard.
    AskControl {
        /// The request's name for the question.
        ask: AskId,
        /// The question.
        what: ControlQuestion,
    },
}

/// A session on its way to another shard of the node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionHandOver {
    /// Its connection.
    pub conn: ConnId,
    /// Where it came in.
    pub listener: ListenerId,
    /// From where.
    pub peer: SocketAddr,
    /// Who it is, where TLS told.
    pub principal: Option<Arc<str>>,
    /// The request that showed where the session belongs, and what came behind it in the same turn; not yet looked at.
    pub frames: Vec<Bytes>,
    /// Bytes sent of which the driver has not yet said that they left.
    pub unsent: u64,
}

/// A question to the control shard.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ControlQuestion {
    /// Create topics, each by itself. Answered with [`ControlAnswer::TopicsCreated`].
    CreateTopics {
        /// Names are valid, configs are known keys with valid values, and no name comes twice.
        topics: Vec<TopicSpec>,
        /// Only say what would happen.
        validate_only: bool,
    },
    /// A block of producer ids that no one else on any node has or will have (KIP-730), its upper bound durable.
    /// Answered with [`ControlAnswer::ProducerIds`].
    AllocateProducerIds,
}

/// A topic to be created.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TopicSpec {
    /// Its name.
    pub name: Arc<str>,
    /// Its partitions.
    pub partitions: PartitionsSpec,
    /// Its configuration, with Kafka's keys.
    pub configs: BTreeMap<Arc<str>, Arc<str>>,
}

/// How many partitions, and on which brokers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PartitionsSpec {
    /// The controller chooses the brokers.
    Count {
        /// At least 1; the session has filled in `num.partitions`.
        partitions: i32,
        /// At least 1; the session has filled in `default.replication.factor`.
        replication_factor: i16,
    },
    /// The client chose them, by partition, the preferred leader first. Not empty, no broker twice in one partition,
    /// as many replicas in each.
    Assigned(Vec<Vec<NodeId>>),
}

/// The control shard's answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ControlAnswer {
    /// To `CreateTopics`: one outcome per topic asked for, in order.
    TopicsCreated {
        /// By topic.
        outcomes: Vec<TopicOutcome>,
        /// The image in which they show. The session answers its client when it has that image.
        image: ImageVersion,
    },
    /// To `AllocateProducerIds`.
    ProducerIds(Result<ProducerIdBlock, ErrorCode>),
}

/// What became of one topic of a `CreateTopics`.
pub type TopicOutcome = Result<TopicCreated, TopicRefused>;

/// A topic that was created, or would have been.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TopicCreated {
    /// Its identity; zero where it was only validated.
    pub id: TopicId,
    /// How many partitions it has.
    pub partitions: i32,
    /// How many replicas each of them has.
    pub replication_factor: i16,
}

/// Why a topic was not created.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TopicRefused {
    /// Kafka's code, such as TOPIC_ALREADY_EXISTS or INVALID_REPLICATION_FACTOR.
    pub error: ErrorCode,
    /// In words.
    pub message: Option<Arc<str>>,
}

/// Producer ids `first` to `first + count - 1`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProducerIdBlock {
    /// The first.
    pub first: ProducerId,
    /// How many; at least 1.
    pub count: i32,
}
