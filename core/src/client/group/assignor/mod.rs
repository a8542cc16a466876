//! How the leader of a group assigns the group's partitions. Pure functions of the members' subscriptions and the
//! topics' partition counts.
//!
//! **Invariants**
//! - Every partition of every topic that a member subscribes to is given to exactly one member, which subscribes to the
//!   topic. The cooperative assignor leaves out partitions that their present owner must give up first.
//! - The same input gives the same assignment, whatever the order of the members in the JoinGroup response.
//!
//! **In Kafka**: `AbstractPartitionAssignor`, `RangeAssignor`, `RoundRobinAssignor`, `AbstractStickyAssignor`,
//! `CooperativeStickyAssignor`. Racks are read and not considered (KIP-881).

mod range;
mod round_robin;
mod sticky;
#[cfg(test)]
mod tests;

use super::config::Assignor;
use super::news::PartitionName;
use super::protocol::Subscription;
use bytestring::ByteString;
use std::collections::{BTreeMap, BTreeSet};

/// A member as the leader sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct GroupMember {
    pub(super) id: ByteString,
    pub(super) instance_id: Option<ByteString>,
    pub(super) subscription: Subscription,
}

impl GroupMember {
    /// Static members come first, in the order of their instance ids, so that their share does not depend on the member
    /// ids, which change with a restart (KIP-345).
    fn order(&self) -> (bool, &ByteString) {
        (self.instance_id.is_none(), self.instance_id.as_ref().unwrap_or(&self.id))
    }
}

/// Partition counts by topic.
pub(super) type PartitionCounts = BTreeMap<ByteString, i32>;

/// Partitions by member id.
pub(super) type Assignments = BTreeMap<ByteString, BTreeSet<PartitionName>>;

impl Assignor {
    /// Assigns the partitions of `counts` to the members. Every member is in the result, also one that gets no
    /// partition.
    pub(super) fn assign(self, members: &[GroupMember], counts: &PartitionCounts) -> Assignments {
        let mut members: Vec<&GroupMember> = members.iter().collect();
        members.sort_by_key(|member| member.order());
        let shares = match self {
            Assignor::Range => range::assign(&members, counts),
            Assignor::RoundRobin => round_robin::assign(&members, counts),
            Assignor::CooperativeSticky => sticky::assign(&members, counts),
        };
        members.iter().map(|member| member.id.clone()).zip(shares).collect()
    }
}

/// What each member gets, in the order of the members.
type Shares = Vec<BTreeSet<PartitionName>>;

fn no_shares(members: &[&GroupMember]) -> Shares {
    vec![BTreeSet::new(); members.len()]
}

/// The positions in `members` of those that subscribe to a topic.
fn subscribers(members: &[&GroupMember], topic: &ByteString) -> Vec<usize> {
    let subscribes = |at: &usize| members[*at].subscription.topics.contains(topic);
    (0..members.len()).filter(subscribes).collect()
}

/// All partitions of a topic, in order.
fn partitions(topic: &ByteString, count: i32) -> impl Iterator<Item = PartitionName> {
    (0..count).map(move |partition| PartitionName { topic: topic.clone(), partition })
}
