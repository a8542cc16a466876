//! `RoundRobinAssignor`: all partitions of all topics are dealt to the members in turn. Members that do not subscribe
//! to a partition's topic are skipped.

use super::{GroupMember, PartitionCounts, Shares, no_shares, partitions};

pub(super) fn assign(members: &[&GroupMember], counts: &PartitionCounts) -> Shares {
    let mut shares = no_shares(members);
    let mut turn = 0;
    for (topic, count) in counts {
        if !members.iter().any(|member| member.subscription.topics.contains(topic)) {
            continue;
        }
        for partition in partitions(topic, *count) {
            while !members[turn % members.len()].subscription.topics.contains(topic) {
                turn += 1;
            }
            shares[turn % members.len()].insert(partition);
            turn += 1;
        }
    }
    shares
}
