//! A shard's driver, its connections, the listeners, and the node they make.
//!
//! **Invariants**: the driver decides nothing; at most 64 events are handed in before a
//! [`gracchus_core::shard::Event::TurnEnd`], and then all effects are performed in order; a connection has one owner, and
//! moves with its buffered and unsent bytes; a frame's buffer never grows ahead of the bytes that arrive by more than the
//! budget lends.
//!
//! **In Kafka**: `SocketServer` (`Acceptor`, `ConnectionQuotas`, `Processor`, `RequestChannel`), `MemoryPool`,
//! `KafkaRaftServer`.

mod acceptor;
mod budget;
mod chance;
mod connection;
mod descriptors;
mod driver;
mod frame;
mod jobs;
mod node;
mod porter;
mod post;
mod quotas;
mod ready;
mod told;
mod turns;

pub use budget::FrameBudget;
pub use chance::Chance;
pub use descriptors::Descriptors;
pub use node::{Core, Node, NodeNews, NodeParts, Stopper};
pub use quotas::ConnectionLimits;
