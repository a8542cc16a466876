//! Who leads and who is in sync: the rules, and the one place where a partition's registration changes.

use super::Controller;
use crate::observer::Incarnation;
use gracchus_core::types::{LeaderEpoch, NodeId, PartitionEpoch, TopicPartition};
use std::sync::Arc;

/// A change of one partition.
#[derive(Clone, Debug, Default)]
pub(super) struct Change {
    /// A new leader, or none.
    pub(super) leader: Option<Option<NodeId>>,
    /// A new in-sync set.
    pub(super) isr: Option<Vec<NodeId>>,
    /// Whether the leader gets a new epoch though it stays the same.
    pub(super) again: bool,
}

impl Controller {
    /// A node is dead or out of touch: it leads nothing, and leaves every in-sync set of which it is not the last.
    pub(super) fn fence(&mut self, node: NodeId) {
        let incarnation = self.brokers[&node].incarnation;
        self.set_broker(node, incarnation, false);
        if !self.automatic {
            return;
        }
        for partition in self.watches.keys().copied().collect::<Vec<_>>() {
            self.fence_in(node, partition);
        }
    }

    /// The same for one partition, whose disk may be all that failed.
    pub(super) fn fence_in(&mut self, node: NodeId, partition: TopicPartition) {
        let registration = self.registration(partition).clone();
        if !self.automatic || !registration.isr.contains(&node) {
            return;
        }
        let was_leader = registration.leader == Some(node);
        let mut isr = registration.isr.clone();
        if was_leader {
            // Whoever was just put in, and whom the dead leader had not begun to wait for, is not in sync after all.
            let watch = &self.watches[&partition];
            isr.retain(|member| watch.is_confirmed(*member));
        }
        if isr.iter().any(|member| *member != node) {
            isr.retain(|member| *member != node);
        }
        let isr_changed = isr != registration.isr;
        if isr_changed {
            self.change(partition, Change { isr: Some(isr), ..Change::default() });
        }
        if was_leader {
            let leader = self.electable(partition).first().copied();
            self.change(partition, Change { leader: Some(leader), ..Change::default() });
        }
    }

    /// A node is alive and in touch, in a new life or again in the old one.
    pub(super) fn register(&mut self, node: NodeId, incarnation: Incarnation) {
        let is_new = self.brokers[&node].incarnation != incarnation;
        self.set_broker(node, incarnation, true);
        for partition in self.watches.keys().copied().collect::<Vec<_>>() {
            if !self.registration(partition).replicas.contains(&node) {
                continue;
            }
            self.watch(partition).on_registered(node, is_new);
            let leader = self.registration(partition).leader;
            if self.automatic && leader.is_none() && self.is_electable(partition, node) {
                self.change(partition, Change { leader: Some(Some(node)), ..Change::default() });
            } else if is_new && leader == Some(node) {
                // Nobody took the lead from it meanwhile, and what it did before may be lost: an epoch names one life.
                self.change(partition, Change { again: true, ..Change::default() });
            }
        }
    }

    /// Whether a replica may lead: in sync and surely so, alive, its disk well.
    pub(super) fn is_electable(&self, partition: TopicPartition, node: NodeId) -> bool {
        let watch = &self.watches[&partition];
        self.registration(partition).isr.contains(&node)
            && watch.is_confirmed(node)
            && !watch.is_offline(node)
            && self.brokers[&node].registered
    }

    /// The leader said something new: a follower may have caught up, or a member may now be electable.
    pub(super) fn follow_up(&mut self, partition: TopicPartition) {
        if !self.automatic {
            return;
        }
        let registration = self.registration(partition).clone();
        for node in &registration.replicas {
            let registered = self.brokers[node].registered;
            let watch = self.watch(partition);
            if registration.leader == Some(*node) || watch.is_offline(*node) || !registered {
                continue;
            }
            let may_join = watch.has_taken(registration.partition_epoch) && watch.has_caught_up(*node);
            if !registration.isr.contains(node) && may_join {
                let mut isr = self.registration(partition).isr.clone();
                isr.push(*node);
                // Replicas stay in their preferred order, whatever the order of their return.
                isr.sort_by_key(|member| registration.replicas.iter().position(|replica| replica == member));
                self.change(partition, Change { isr: Some(isr), ..Change::default() });
            } else if registration.isr.contains(node) && watch.is_confirmable(*node, registration.partition_epoch) {
                watch.confirm(*node);
                self.wants_check |= self.config.preferred_leaders && registration.replicas[0] == *node;
            }
        }
    }

    pub(super) fn prefer(&mut self, partition: TopicPartition) {
        let registration = self.registration(partition);
        let preferred = registration.replicas[0];
        if registration.leader.is_some() && registration.leader != Some(preferred) {
            self.move_leader(partition, preferred);
        }
    }

    /// Changes a registration: another leader has another leader epoch, every change another partition epoch.
    pub(super) fn change(&mut self, partition: TopicPartition, change: Change) {
        let before = self.registration(partition).clone();
        let mut after = before.clone();
        if let Some(leader) = change.leader {
            after.leader = leader;
        }
        if let Some(isr) = change.isr {
            self.shrinks += before.isr.iter().filter(|node| !isr.contains(node)).count() as u64;
            self.expands += isr.iter().filter(|node| !before.isr.contains(node)).count() as u64;
            after.isr = isr;
        }
        if after == before && !change.again {
            return;
        }
        if after.leader != before.leader || change.again {
            after.leader_epoch = LeaderEpoch(before.leader_epoch.0 + 1);
            self.elections += u64::from(after.leader.is_some());
        }
        after.partition_epoch = PartitionEpoch(before.partition_epoch.0 + 1);
        self.watch(partition).on_changed(&after);
        let draft = self.draft();
        let mut topic = (*draft.topics[&partition.topic]).clone();
        topic.partitions[partition.partition as usize] = after;
        draft.topics.insert(partition.topic, Arc::new(topic));
    }
}
