//! What all sessions of a shard decide by, between two images: configuration, metadata, and who listens where.

use crate::io::{ListenerId, ShardId};
use crate::metadata::{BrokerRegistration, MetadataImage, NodeConfig, TopicImage, placement};
use crate::types::{LeaderEpoch, NodeId, TopicId, TopicPartition, Uuid};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The ground that requests stand on.
#[derive(Clone, Debug)]
pub(super) struct Ground {
    pub(super) config: Arc<NodeConfig>,
    pub(super) me: ShardId,
    pub(super) image: Arc<MetadataImage>,
    /// Ports that listeners really have, where the configuration said 0.
    pub(super) ports: BTreeMap<ListenerId, u16>,
}

impl Ground {
    pub(super) fn listener_name(&self, listener: ListenerId) -> &str {
        let mut listeners = self.config.listeners.iter();
        listeners.find(|known| known.id == listener).map_or("", |known| &*known.name)
    }

    /// Where clients of that listener reach a broker; none where it has no listener of that name or is fenced.
    pub(super) fn end_point<'a>(
        &'a self,
        broker: &'a BrokerRegistration,
        listener: ListenerId,
    ) -> Option<(&'a Arc<str>, u16)> {
        if broker.fenced {
            return None;
        }
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

    /// The topic that a request means: by id where the version has ids, else by name.
    pub(super) fn topic(&self, name: &str, id: Uuid, by_id: bool) -> Option<&Arc<TopicImage>> {
        if by_id { self.image.topics.get(&TopicId(id)) } else { self.image.topic_named(name) }
    }

    /// Who leads a partition, as the image has it.
    pub(super) fn leader(&self, of: TopicPartition) -> Option<(Option<NodeId>, LeaderEpoch)> {
        self.image.partition(of).map(|partition| (partition.leader, partition.leader_epoch))
    }

    /// Where these live.
    pub(super) fn spread(&self, mut of: impl Iterator<Item = TopicPartition>) -> Spread {
        let shards = self.config.shards;
        let Some(first) = of.next() else { return Spread::Nowhere };
        let home = placement(first, shards);
        if of.all(|partition| placement(partition, shards) == home) { Spread::On(home) } else { Spread::Several }
    }
}

/// Over which shards partitions are spread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Spread {
    Nowhere,
    On(ShardId),
    Several,
}

/// The partition of that index, if the topic has it.
pub(super) fn partition_of(topic: &TopicImage, index: i32) -> Option<TopicPartition> {
    let at = usize::try_from(index).ok()?;
    (at < topic.partitions.len()).then_some(TopicPartition { topic: topic.id, partition: index })
}
