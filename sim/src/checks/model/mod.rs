//! The cluster as it is seen from outside: a shadow of every replica's log, what the controller decided, and the
//! committed log of every partition, kept up event by event at a constant cost each.
//!
//! **Invariants**: the committed log is what some leader had below its high watermark; a batch leaves it only by a
//! ruling of the ledger; batches are compared by offsets, epoch and checksum, which name their bytes.

mod coordinator;
mod log;
mod partition;
mod replica;

pub use coordinator::GroupSeen;
pub use log::{Batch, ShadowLog};
pub use partition::{Election, Gone, Loss, Partition, Registered, Retention};
pub use replica::{Cache, Leading, Life, Replica, Role};

use gracchus_core::metadata::MetadataImage;
use gracchus_core::types::{NodeId, TopicPartition};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A partition's place in the model.
pub type PartitionIndex = usize;

/// All partitions.
#[derive(Clone, Debug, Default)]
pub struct Model {
    index: BTreeMap<TopicPartition, PartitionIndex>,
    partitions: Vec<Partition>,
    default_min_isr: usize,
    /// Groups, by node, partition of `__consumer_offsets` and name.
    pub coordinated: BTreeMap<(NodeId, i32, String), GroupSeen>,
    /// How often coordinators wrote the tombstone of each group that had a record of its own.
    pub ended: BTreeMap<String, u32>,
}

impl Model {
    /// An empty one; topics that do not set `min.insync.replicas` have this.
    #[must_use]
    pub fn new(default_min_isr: usize) -> Model {
        Model { default_min_isr, ..Model::default() }
    }

    /// Makes room for the partitions that an image has and the model has not, and notes which are deleted.
    pub fn learn(&mut self, image: &MetadataImage) {
        for partition in &mut self.partitions {
            partition.deleted = !image.topics.contains_key(&partition.id.topic);
        }
        for topic in image.topics.values() {
            let min_isr = topic.configs.get("min.insync.replicas").and_then(|text| text.parse().ok());
            for (number, registration) in (0_i32..).zip(&topic.partitions) {
                let id = TopicPartition { topic: topic.id, partition: number };
                let retention = retention_of(&topic.configs);
                if let Some(known) = self.index.get(&id) {
                    self.partitions[*known].retention.widen(retention);
                } else {
                    self.index.insert(id, self.partitions.len());
                    let name = format!("{}-{number}", topic.name);
                    let min_isr = min_isr.unwrap_or(self.default_min_isr);
                    let fresh = Partition::new(id, name, min_isr, &registration.replicas);
                    self.partitions.push(Partition { retention, ..fresh });
                }
            }
        }
    }

    /// Where a partition is kept.
    #[must_use]
    pub fn place_of(&self, id: TopicPartition) -> Option<PartitionIndex> {
        self.index.get(&id).copied()
    }

    /// The partition of that id.
    #[must_use]
    pub fn partition(&self, id: TopicPartition) -> Option<&Partition> {
        self.place_of(id).map(|at| &self.partitions[at])
    }

    /// The partition of that id.
    pub fn partition_mut(&mut self, id: TopicPartition) -> Option<&mut Partition> {
        self.place_of(id).map(|at| &mut self.partitions[at])
    }

    /// The partition of that name, as `topic-0`.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Partition> {
        self.live().find(|partition| partition.name == name)
    }

    /// The same, to change it.
    pub fn named_mut(&mut self, name: &str) -> Option<&mut Partition> {
        self.partitions.iter_mut().find(|partition| !partition.deleted && partition.name == name)
    }

    /// Those of topics that are not deleted.
    pub fn live(&self) -> impl Iterator<Item = &Partition> {
        self.partitions.iter().filter(|partition| !partition.deleted)
    }

    /// All of them, those of deleted topics among them.
    #[must_use]
    pub fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    /// All of them.
    pub fn partitions_mut(&mut self) -> &mut [Partition] {
        &mut self.partitions
    }

    /// Every partition that a node has a replica of.
    pub fn of_node(&mut self, node: NodeId) -> impl Iterator<Item = &mut Partition> {
        self.partitions.iter_mut().filter(move |partition| partition.place_of(node).is_some())
    }
}

fn retention_of(configs: &BTreeMap<Arc<str>, Arc<str>>) -> Retention {
    let set = |key: &str| configs.get(key).and_then(|text| text.parse::<i64>().ok());
    let deletes = configs.get("cleanup.policy").is_none_or(|policy| policy.contains("delete"));
    Retention {
        by_size: deletes && set("retention.bytes").is_some_and(|bytes| bytes >= 0),
        by_time: deletes && set("retention.ms").is_none_or(|ms| ms >= 0),
    }
}
