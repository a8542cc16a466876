//! The classic protocol of one group: members join, their leader assigns partitions, members sync (KIP-62, KIP-345,
//! KIP-394).
//!
//! Only the last GroupMetadata record of a group is persistent. Everything else here is in memory only: when another
//! coordinator takes over, it builds the group again from that record.
//!
//! **Invariants**
//! - The generation only grows, except that 1 follows 2^31 - 1. The members, the generation and the assignments of a
//!   Stable group are those of its last record.
//! - Parked requests belong to members of the group. If the member is removed or replaced, or sends a newer request,
//!   the parked request is answered.
//! - A member that is neither new nor waiting for an answer has a session timer.
//!
//! **In Kafka**: `ClassicGroup`, and the classic half of `GroupMetadataManager`.

#[cfg(test)]
mod check;
mod describe;
mod group;
mod heartbeat;
mod join;
mod leave;
mod member;
mod phase;
mod rebalance;
mod restore;
mod static_member;
mod sync;
#[cfg(test)]
mod tests;

pub(super) use describe::list_of;
pub(super) use group::{ClassicGroup, Store};
pub(super) use leave::answer_leave;
pub(super) use phase::StoreId;
pub use phase::{GroupState, TRANSITIONS};
pub(super) use static_member::Replaced;
