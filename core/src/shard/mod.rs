//! The driver's only face: events in, effects out.
//!
//! **Invariants**: all that a shard does, it does in [`Shard::handle`]; a clone behaves as its original; effects on one
//! connection, one file or one target shard are performed in order.
//!
//! **In Kafka**: `SocketServer`, `KafkaApis`, `ReplicaManager` and `BrokerServer` share this work between threads.

mod contract;
mod mail;

pub use contract::{Cx, Effect, Effects, Event, Halt, Inventory, ListenError, LogDir};
pub use mail::ShardMail;

use crate::io::ShardId;
use crate::metadata::NodeConfig;
use crate::types::Now;
use std::sync::Arc;

/// One shard of a node.
#[derive(Clone, Debug)]
pub struct Shard {}

impl Shard {
    /// Shard `me` of a node that has `config.shards` of them. Nothing happens before [`Event::Start`].
    #[must_use]
    pub fn new(_config: Arc<NodeConfig>, _me: ShardId) -> Shard {
        Shard {}
    }

    /// The one entry point.
    pub fn handle(&mut self, _now: Now, _event: Event, _cx: &mut Cx<'_>) {}
}

const fn is_clone_and_send<T: Clone + Send>() {}
const _: () = is_clone_and_send::<Shard>();
