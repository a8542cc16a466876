//! Topics that are made when somebody first wants them, as `__consumer_offsets` is.

use super::Controller;
use super::start::laid_out;
use super::watch::Watch;
use gracchus_core::types::{NodeId, TopicPartition};

impl Controller {
    /// Makes a topic that is made at first use, unless it is there. Replicas whose nodes are dead or out of touch are not in
    /// sync; where that leaves nobody the topic is not made, and whoever wants it asks again.
    pub(super) fn make(&mut self, name: &str) {
        if self.now().topic_named(name).is_some() {
            return;
        }
        let Some(spec) = self.at_first_use.iter().find(|spec| spec.name == name) else { return };
        let nodes: Vec<NodeId> = self.brokers.keys().copied().collect();
        let first = usize::from(spec.first.expect("a topic that is made at first use names its first replica")) - 1;
        let mut topic = laid_out(spec, first, &nodes);
        for partition in &mut topic.partitions {
            partition.isr.retain(|node| self.brokers[node].registered);
            partition.leader = partition.isr.first().copied();
            if partition.leader.is_none() {
                return;
            }
        }
        for (number, partition) in (0_i32..).zip(&topic.partitions) {
            let id = TopicPartition { topic: topic.id, partition: number };
            self.watches.insert(id, Watch::new(partition));
        }
        self.draft().put_topic(topic);
    }
}
