//! What shards of one node say to each other.

/// A message from one shard of a node to another; FIFO per pair, never dropped.
#[derive(Clone, Debug)]
pub enum ShardMail {}
