//! The controller's decisions: epochs never go back, another leader has another epoch, leaders and in-sync sets are of
//! the partition's replicas.

use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::{Model, Partition, Registered};
use gracchus_core::metadata::{MetadataImage, PartitionRegistration};
use gracchus_core::types::TopicPartition;

/// The controller made a new image.
pub fn on_published(image: &MetadataImage, model: &mut Model, found: &mut Findings) {
    model.learn(image);
    for topic in image.topics.values() {
        for (number, registration) in (0_i32..).zip(&topic.partitions) {
            let id = TopicPartition { topic: topic.id, partition: number };
            if let Some(partition) = model.partition_mut(id) {
                on_registration(partition, registration, found);
            }
        }
    }
}

fn on_registration(partition: &mut Partition, made: &PartitionRegistration, found: &mut Findings) {
    let place = Place::partition(&partition.name);
    let now = Registered {
        partition_epoch: made.partition_epoch,
        leader_epoch: made.leader_epoch,
        leader: made.leader,
        isr: made.isr.clone(),
    };
    if let Some(before) = partition.registered.last() {
        if *before == now {
            return;
        }
        found.demand(Check::ImageEpochs, before.partition_epoch < now.partition_epoch, place, || {
            format!("a decision came without a greater partition epoch: {before:?}, then {now:?}")
        });
        let another = now.leader.is_some() && now.leader != before.leader;
        let lawful =
            if another { before.leader_epoch < now.leader_epoch } else { before.leader_epoch <= now.leader_epoch };
        found.demand(Check::ImageEpochs, lawful, place, || {
            format!("the leader epoch does not count leaderships: {before:?}, then {now:?}")
        });
    }
    let known = now.isr.iter().chain(&now.leader).all(|node| made.replicas.contains(node));
    let leads = now.leader.is_none_or(|leader| now.isr.contains(&leader));
    found.demand(Check::ImageEpochs, known && leads, place, || {
        format!("of the replicas {:?}, the decision is {now:?}", made.replicas)
    });
    note_broken_rules(partition, &now);
    partition.register(now);
}

/// A decision against the rules endangers whatever its new members lack.
fn note_broken_rules(partition: &mut Partition, now: &Registered) {
    if !std::mem::take(&mut partition.rules_broken) {
        return;
    }
    let before = partition.registered.last().map(|it| it.isr.clone()).unwrap_or_default();
    let fresh = now.isr.iter().filter(|node| !before.contains(node)).chain(&now.leader);
    for node in fresh {
        if !partition.unsound.contains(node) {
            partition.unsound.push(*node);
        }
    }
}
