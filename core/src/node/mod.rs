//! A node: the fixed vector of shards that one configuration asks for.
//!
//! **Invariants**: shard 0 is control, all others hold data; the vector never changes while the node lives.
//!
//! **In Kafka**: `KafkaRaftServer`, which composes `BrokerServer` and `ControllerServer` by `process.roles`.

use crate::io::ShardId;
use crate::metadata::NodeConfig;
use crate::shard::Shard;
use std::sync::Arc;

/// The shards of one node, control first.
///
/// # Panics
/// Where the configuration asks for no data shard.
#[must_use]
pub fn shards(config: &Arc<NodeConfig>) -> Vec<Shard> {
    assert!(config.shards >= 2, "a node has control and at least one data shard");
    (0..config.shards).map(|me| Shard::new(config.clone(), ShardId(me))).collect()
}
