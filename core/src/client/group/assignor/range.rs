//! `RangeAssignor`: each topic is divided into one contiguous range of partitions for each subscriber. If the
//! partitions cannot be divided evenly, the first members get one partition more.

use super::{GroupMember, PartitionCounts, Shares, no_shares, partitions, subscribers};

pub(super) fn assign(members: &[&GroupMember], counts: &PartitionCounts) -> Shares {
    let mut shares = no_shares(members);
    for (topic, count) in counts {
        let subscribers = subscribers(members, topic);
        if subscribers.is_empty() {
            continue;
        }
        let count = (*count).max(0);
        let (each, more) = (count as usize / subscribers.len(), count as usize % subscribers.len());
        let mut all = partitions(topic, count);
        for (place, member) in subscribers.into_iter().enumerate() {
            let len = each + usize::from(place < more);
            shares[member].extend(all.by_ref().take(len));
        }
    }
    shares
}
