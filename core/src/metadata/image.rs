//! The image and what it is made of. Its maps are persistent: a new image shares what did not change.

use super::dynamic_config::DynamicConfigs;
use crate::types::{BrokerEpoch, ImageVersion, LeaderEpoch, NodeId, PartitionEpoch, TopicId, TopicPartition};
use imbl::OrdMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything the metadata log says, up to one record.
#[derive(Clone, Debug, Default)]
pub struct MetadataImage {
    /// Which image this is; a later one has a greater version.
    pub version: ImageVersion,
    /// `cluster.id`.
    pub cluster_id: Arc<str>,
    /// Who leads the metadata quorum.
    pub controller: Option<NodeId>,
    /// Registered brokers.
    pub brokers: OrdMap<NodeId, Arc<BrokerRegistration>>,
    /// Topics by name.
    pub names: OrdMap<Arc<str>, TopicId>,
    /// Topics by id.
    pub topics: OrdMap<TopicId, Arc<TopicImage>>,
    /// What is set for brokers while they run.
    pub dynamic_configs: Arc<DynamicConfigs>,
    /// The partitions of all topics.
    partition_count: usize,
}

impl MetadataImage {
    /// The image of this version, of a cluster that has nothing yet.
    #[must_use]
    pub fn of_version(version: ImageVersion) -> MetadataImage {
        MetadataImage { version, ..MetadataImage::default() }
    }

    /// The topic of that name.
    #[must_use]
    pub fn topic_named(&self, name: &str) -> Option<&Arc<TopicImage>> {
        self.names.get(name).and_then(|id| self.topics.get(id))
    }

    /// What is registered for a partition.
    #[must_use]
    pub fn partition(&self, of: TopicPartition) -> Option<&PartitionRegistration> {
        let index = usize::try_from(of.partition).ok()?;
        self.topics.get(&of.topic)?.partitions.get(index)
    }

    /// Takes a topic out. Returns whether it was there.
    pub fn remove_topic(&mut self, id: TopicId) -> bool {
        let Some(topic) = self.topics.remove(&id) else { return false };
        self.partition_count -= topic.partitions.len();
        if self.names.get(&topic.name) == Some(&id) {
            self.names.remove(&topic.name);
        }
        true
    }

    /// Puts a topic in, replacing the one of the same id.
    pub fn put_topic(&mut self, topic: TopicImage) {
        self.names.insert(topic.name.clone(), topic.id);
        self.partition_count += topic.partitions.len();
        if let Some(before) = self.topics.insert(topic.id, Arc::new(topic)) {
            self.partition_count -= before.partitions.len();
        }
    }

    /// The number of partitions of all topics.
    #[must_use]
    pub fn partition_count(&self) -> usize {
        self.partition_count
    }
}

/// One broker's registration (KIP-631).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BrokerRegistration {
    /// `node.id`.
    pub id: NodeId,
    /// Of this incarnation.
    pub epoch: BrokerEpoch,
    /// Where it listens, by listener name.
    pub end_points: Vec<EndPoint>,
    /// `broker.rack`.
    pub rack: Option<Arc<str>>,
    /// A fenced broker leads nothing.
    pub fenced: bool,
}

/// Where a broker listens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EndPoint {
    /// The listener's name, such as `PLAINTEXT`.
    pub listener: Arc<str>,
    /// Host name or address.
    pub host: Arc<str>,
    /// TCP port.
    pub port: u16,
}

/// A topic: its identity, its configuration as it was set, and its partitions by index.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TopicImage {
    /// Its name, which another incarnation may have too.
    pub name: Arc<str>,
    /// Its identity.
    pub id: TopicId,
    /// Keys that were set for this topic, with Kafka's names; what is absent has the broker's default.
    pub configs: BTreeMap<Arc<str>, Arc<str>>,
    /// By index.
    pub partitions: Vec<PartitionRegistration>,
}

/// One partition's state as the controller decided it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PartitionRegistration {
    /// Who holds it, the preferred leader first.
    pub replicas: Vec<NodeId>,
    /// Who is in sync.
    pub isr: Vec<NodeId>,
    /// Who leads; none while no acceptable replica is alive.
    pub leader: Option<NodeId>,
    /// Counts leaderships.
    pub leader_epoch: LeaderEpoch,
    /// Counts changes.
    pub partition_epoch: PartitionEpoch,
}
