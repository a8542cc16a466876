//! The group coordinator: members of classic groups, and committed offsets.
//!
//! One [`Coordinator`] lives on each partition of `__consumer_offsets` that this node leads. It loads the partition's
//! log into a state, answers questions about its groups, and appends what it decides to the same log.
//!
//! **Invariants**
//! - The persisted state is the fold of the log (G3). What else a group has (who is joining, parked requests, timers)
//!   is
//!   soft state, which a new coordinator builds again.
//! - Every question is answered exactly once.
//! - Nothing is answered with success before the records that it depends on are committed: neither a commit, nor the
//!   assignments of a generation, nor a fetch that asked for stable offsets.
//! - The generation of a group only grows within a leadership; a commit is taken only from a member of the current
//!   generation, or for a group without members (G1).
//! - Work per call is bounded by the request, or by a constant.
//!
//! **In Kafka**: `GroupCoordinatorService`, `GroupCoordinatorShard`, `GroupMetadataManager` (its classic half) and
//! `OffsetMetadataManager`; KIP-62, KIP-211, KIP-345, KIP-389, KIP-394, KIP-447, KIP-496, KIP-559, KIP-800, KIP-814,
//! KIP-1043. Differences are listed in `docs/decisions`.

mod answer;
mod ask;
mod classic;
mod config;
mod context;
mod coordinator;
mod jobs;
mod live;
mod offsets;
mod parked;
mod records;
mod state;
#[cfg(test)]
mod tests;
mod timers;

pub use answer::GroupAnswer;
pub use ask::{GroupAsk, JoinAsk, RemovedTopic};
pub use classic::{GroupState, TRANSITIONS};
pub use config::GroupConfig;
pub use coordinator::{Coordinator, GroupLog, Output};
