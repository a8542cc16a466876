//! What is known of a group at one of its coordinators.

use gracchus_core::types::{LeaderEpoch, Offset};

/// A group, as its coordinator said last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupSeen {
    /// Under which leadership of the group's partition.
    pub epoch: LeaderEpoch,
    /// In which generation it is.
    pub generation: i32,
    /// In which state, by Kafka's name.
    pub state: &'static str,
    /// Where the log ended when its members last began to wait for their assignments.
    pub waits_from: Offset,
}
