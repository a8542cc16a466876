//! What clients asked of the controller and saw of its topics.
//!
//! **Invariants**: a call ends once: with an answer, or with the connection that it went on; one without an answer may take
//! effect at any time until the process that it reached is gone.

use gracchus_core::types::{ErrorCode, TopicId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A topic's configuration, by Kafka's keys.
pub type TopicConfigs = BTreeMap<Arc<str>, Arc<str>>;

/// A request of an administrator.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct AdminCall {
    /// Who asks.
    pub who: u32,
    /// On which of its connections.
    pub conn: u64,
    /// Counts its requests.
    pub number: u64,
}

/// What it asks. Topics are named; each name has one administrator.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AdminQuestion {
    /// CreateTopics.
    Create {
        /// With so many partitions.
        partitions: u32,
        /// With this configuration.
        configs: TopicConfigs,
    },
    /// DeleteTopics: by id where one is given, else by name.
    Delete(Option<TopicId>),
    /// CreatePartitions: the topic is to have so many.
    Grow(u32),
    /// IncrementalAlterConfigs: each key is set to a value, or has its default again.
    Alter(BTreeMap<Arc<str>, Option<Arc<str>>>),
    /// Metadata.
    Describe,
    /// DescribeConfigs.
    DescribeConfigs,
}

impl AdminQuestion {
    /// Whether it creates the topic.
    #[must_use]
    pub fn is_create(&self) -> bool {
        matches!(self, AdminQuestion::Create { .. })
    }

    /// Whether it deletes the topic.
    #[must_use]
    pub fn is_delete(&self) -> bool {
        matches!(self, AdminQuestion::Delete(_))
    }
}

/// A topic as Metadata describes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TopicShape {
    /// Its id.
    pub id: TopicId,
    /// How many partitions it has.
    pub partitions: u32,
}

/// The answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AdminAnswer {
    /// The topic was created.
    Created(TopicId),
    /// The topic of that id was deleted.
    Deleted(TopicId),
    /// Partitions were added, or a configuration was changed.
    Done,
    /// Nothing was done.
    Refused(ErrorCode),
    /// The topic; none where there is no topic of that name.
    Topic(Option<TopicShape>),
    /// What is set for the topic.
    Configs(TopicConfigs),
}

/// Something that an administrator did or saw.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AdminEvent {
    /// A request about the topic of that name left.
    Asked(AdminCall, Arc<str>, AdminQuestion),
    /// It was answered.
    Told(AdminCall, AdminAnswer),
    /// It will not be answered.
    Unanswered(AdminCall),
    /// Somebody read a topic by its name, and was given records that were sent to the topics of these ids.
    ReadByName {
        /// The name.
        topic: Arc<str>,
        /// When the fetch was sent, in nanoseconds.
        asked: u64,
        /// The ids that the records name.
        ids: Vec<TopicId>,
    },
}
