//! Which shard of a node a partition lives on: the same on every node with as many shards, for the life of the process.

use crate::io::ShardId;
use crate::types::TopicPartition;

/// The data shard of a partition on a node of `shards` shards, control among them. A topic's partitions are dealt in
/// turn, so that they spread evenly, from a place that its id decides.
///
/// # Panics
/// Where there is no data shard.
#[must_use]
pub fn placement(of: TopicPartition, shards: u16) -> ShardId {
    assert!(shards >= 2, "a node has control and at least one data shard");
    let mut high = [0; 8];
    let mut low = [0; 8];
    high.copy_from_slice(&of.topic.0.0[..8]);
    low.copy_from_slice(&of.topic.0.0[8..]);
    let first = mixed(u64::from_be_bytes(high) ^ mixed(u64::from_be_bytes(low)));
    let data_shards = u64::from(shards - 1);
    let dealt = (first % data_shards + u64::from(of.partition.unsigned_abs()) % data_shards) % data_shards;
    ShardId(1 + dealt as u16)
}

/// The finaliser of SplitMix64: every bit of the input moves half the bits of the output.
fn mixed(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{TopicId, Uuid};
    use std::collections::BTreeMap;

    fn partition(topic: u64, partition: i32) -> TopicPartition {
        TopicPartition { topic: TopicId(Uuid::from_halves(topic, topic.wrapping_mul(7))), partition }
    }

    #[test]
    fn control_never_has_a_partition_and_a_lone_data_shard_has_all() {
        for index in 0..100 {
            assert_eq!(placement(partition(5, index), 2), ShardId(1));
            assert!((1..4).contains(&placement(partition(5, index), 4).0));
        }
    }

    #[test]
    fn a_topics_partitions_spread_evenly_and_topics_begin_in_different_places() {
        let mut counts = BTreeMap::new();
        for index in 0..12 {
            *counts.entry(placement(partition(9, index), 5)).or_insert(0) += 1;
        }
        assert_eq!(counts.values().copied().collect::<Vec<_>>(), vec![3, 3, 3, 3]);
        let mut firsts = BTreeMap::new();
        for topic in 0..400 {
            *firsts.entry(placement(partition(topic, 0), 5)).or_insert(0) += 1;
        }
        assert!(firsts.values().all(|count| (70..130).contains(count)), "{firsts:?}");
    }
}
