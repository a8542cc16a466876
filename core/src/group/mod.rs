//! The group coordinator: members of classic groups, and committed offsets.
//!
//! There is one [`Coordinator`] for each partition of `__consumer_offsets` that this node leads. It loads the
//! partition's log into a state, answers questions about its groups, and appends what it decides to the same log.
//!
//! **Invariants**
//! - G3: the persistent state is the result of replaying the records of the log in order. Everything else of a group
//!   (who is joining, parked requests, timers) is in memory only, and a new coordinator builds it again.
//! - Every question is answered exactly once.
//! - A success is answered only after the records that it depends on are committed. This holds for a commit, for the
//!   assignments of a generation, and for a fetch that asked for stable offsets.
//! - G1: the generation of a group only grows within a leadership. A commit is accepted only from a member of the
//!   current generation, or for a group without members.
//! - The work of a call is bounded by the size of the request, or by a constant.
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
