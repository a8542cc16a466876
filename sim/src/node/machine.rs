//! What a node runs: the core's shards, or a stand-in for them in tests of the world itself.

use core::fmt::Debug;
use gracchus_core::io::ShardId;
use gracchus_core::metadata::NodeConfig;
use gracchus_core::shard::{Cx, Data, Event, Shard};
use gracchus_core::types::Now;
use std::sync::Arc;

/// A shard, as the driver sees it.
pub trait Machine: Debug + Send {
    /// The one entry point.
    fn handle(&mut self, now: Now, event: Event, cx: &mut Cx<'_>);
    /// A copy that behaves as the original.
    fn fork(&self) -> Box<dyn Machine>;
    /// How many partitions it has.
    fn partitions(&self) -> usize {
        0
    }
}

/// Makes a shard of a node.
pub type MakeMachine = fn(Arc<NodeConfig>, ShardId) -> Box<dyn Machine>;

impl Machine for Shard {
    fn handle(&mut self, now: Now, event: Event, cx: &mut Cx<'_>) {
        Shard::handle(self, now, event, cx);
    }

    fn fork(&self) -> Box<dyn Machine> {
        Box::new(self.clone())
    }

    fn partitions(&self) -> usize {
        self.data().map_or(0, Data::partition_count)
    }
}
