//! What the requests of a shard can read (the configuration, the metadata image, the ports of the listeners, the log
//! directories), and what they can change.

use super::producer_ids::ProducerIds;
use crate::io::{DirId, ListenerId};
use crate::metadata::{BrokerRegistration, MetadataImage, NodeConfig, TopicImage};
use crate::types::{LeaderEpoch, NodeId, TopicId, TopicPartition, Uuid};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the shard knows about the cluster and its own node when it handles a request.
#[derive(Clone, Debug)]
pub(super) struct BrokerContext {
    pub(super) config: Arc<NodeConfig>,
    pub(super) image: Arc<MetadataImage>,
    /// The port on which each listener is open. If the configured port is 0, this is the port that the operating system
    /// has chosen.
    pub(super) ports: BTreeMap<ListenerId, u16>,
    /// The log directories that are in use. A configured directory that is not among them has failed.
    pub(super) log_dirs: Vec<DirId>,
}

/// What the requests of a shard can change.
#[derive(Clone, Debug, Default)]
pub(super) struct BrokerState {
    pub(super) producer_ids: ProducerIds,
}

impl BrokerContext {
    pub(super) fn listener_name(&self, listener: ListenerId) -> &str {
        let mut listeners = self.config.listeners.iter();
        listeners.find(|known| known.id == listener).map_or("", |known| &*known.name)
    }

    /// The address at which clients of a listener reach a broker. `None` if the broker is fenced or has no listener of
    /// that name.
    pub(super) fn end_point<'a>(
        &'a self,
        broker: &'a BrokerRegistration,
        listener: ListenerId,
    ) -> Option<(&'a Arc<str>, u16)> {
        self.address(broker, listener).filter(|_| !broker.fenced)
    }

    /// The address at which clients of a listener would reach a broker, even if the broker is fenced. `None` if the
    /// broker has no listener of that name.
    pub(super) fn address<'a>(
        &'a self,
        broker: &'a BrokerRegistration,
        listener: ListenerId,
    ) -> Option<(&'a Arc<str>, u16)> {
        let name = self.listener_name(listener);
        let found = broker.end_points.iter().find(|known| *known.listener == *name)?;
        let own_port = (broker.id == self.config.node_id).then(|| self.ports.get(&listener).copied()).flatten();
        let port = if found.port == 0 { own_port.unwrap_or(0) } else { found.port };
        Some((&found.host, port))
    }

    /// Whether a broker is registered and not fenced.
    pub(super) fn is_alive(&self, node: NodeId) -> bool {
        self.image.brokers.get(&node).is_some_and(|broker| !broker.fenced)
    }

    /// Whether clients of a listener can reach a broker.
    pub(super) fn is_reachable(&self, node: NodeId, listener: ListenerId) -> bool {
        self.image.brokers.get(&node).is_some_and(|broker| self.end_point(broker, listener).is_some())
    }

    /// Finds the topic that a request names. `by_id` says whether the request's version names topics by id; otherwise
    /// they are named by name.
    pub(super) fn topic(&self, name: &str, id: Uuid, by_id: bool) -> Option<&Arc<TopicImage>> {
        if by_id { self.image.topics.get(&TopicId(id)) } else { self.image.topic_named(name) }
    }

    /// The leader of a partition and its epoch in the current image. `None` if the image does not have the partition.
    pub(super) fn leader(&self, of: TopicPartition) -> Option<(Option<NodeId>, LeaderEpoch)> {
        self.image.partition(of).map(|partition| (partition.leader, partition.leader_epoch))
    }
}

/// The topic's partition with this index, if there is one.
pub(super) fn partition_of(topic: &TopicImage, index: i32) -> Option<TopicPartition> {
    let at = usize::try_from(index).ok()?;
    (at < topic.partitions.len()).then_some(TopicPartition { topic: topic.id, partition: index })
}
