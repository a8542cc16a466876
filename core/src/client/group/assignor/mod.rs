//! How the leader of a group assigns the group's partitions. The assignors are pure functions of the members'
//! subscriptions and the topics' partition counts.
//!
//! **Invariants**
//! - Every partition of every subscribed topic is assigned to exactly one member, and that member subscribes to the
//!   topic. But the cooperative assignor leaves out partitions that their present owner must give up first.
//! - The same input gives the same assignment, whatever the order of the members in the JoinGroup response.
//!
//! **In Kafka**: `AbstractPartitionAssignor`, `RangeAssignor`, `RoundRobinAssignor`, `AbstractStickyAssignor`,
//! `CooperativeStickyAssignor`. Unlike Kafka's, these assignors ignore the members' racks (KIP-881).

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

/// A member as the leader sees it in the answer to its JoinGroup.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct GroupMember {
    pub(super) id: ByteString,
    pub(super) instance_id: Option<ByteString>,
    pub(super) subscription: Subscription,
}

impl GroupMember {
    /// Returns the key by which members are sorted. Static members come first, by instance id. Their share then does
    /// not depend on their member ids, which change when they restart (KIP-345).
    fn order(&self) -> (bool, &ByteString) {
        (self.instance_id.is_none(), self.instance_id.as_ref().unwrap_or(&self.id))
    }
}

/// The number of partitions of each topic.
pub(super) type PartitionCounts = BTreeMap<ByteString, i32>;

/// The assigned partitions of each member, by member id.
pub(super) type Assignments = BTreeMap<ByteString, BTreeSet<PartitionName>>;

impl Assignor {
    /// Assigns the partitions of the topics in `counts` to the members. The result has every member, even one that gets
    /// no partition.
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

/// The partitions of each member. A member's share has the same index as the member.
type Shares = Vec<BTreeSet<PartitionName>>;

fn no_shares(members: &[&GroupMember]) -> Shares {
    vec![BTreeSet::new(); members.len()]
}

/// Returns the indexes in `members` of the members that subscribe to a topic.
fn subscribers(members: &[&GroupMember], topic: &ByteString) -> Vec<usize> {
    let subscribes = |at: &usize| members[*at].subscription.topics.contains(topic);
    (0..members.len()).filter(subscribes).collect()
}

/// Returns all partitions of a topic with `count` partitions, in order.
fn partitions(topic: &ByteString, count: i32) -> impl Iterator<Item = PartitionName> {
    (0..count).map(move |partition| PartitionName { topic: topic.clone(), partition })
}
