//! `CooperativeStickyAssignor`: the members' shares differ as little as their subscriptions allow, and members keep the
//! partitions that they own where possible. A partition that has to move is assigned to nobody until its owner has
//! given it up (KIP-429).

use super::{GroupMember, PartitionCounts, Shares, no_shares, partitions, subscribers};
use crate::client::group::news::PartitionName;
use bytestring::ByteString;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub(super) fn assign(members: &[&GroupMember], counts: &PartitionCounts) -> Shares {
    let owners = Owners::of(members, counts);
    let mut shares = no_shares(members);
    for (partition, owner) in &owners.sole {
        shares[*owner].insert(partition.clone());
    }
    let is_uniform = members.windows(2).all(|pair| pair[0].subscription.topics == pair[1].subscription.topics);
    if is_uniform {
        share_evenly(&mut shares, wanted(members, counts));
    } else {
        share_by_subscription(&mut shares, members, counts);
    }
    for (member, share) in shares.iter_mut().enumerate() {
        share.retain(|partition| !owners.has_another(partition, member));
    }
    shares
}

/// Which partitions the members own, according to their subscriptions.
struct Owners {
    /// Partitions with one owner, and the owner's index. If several members claim a partition, the claim of the latest
    /// generation counts (KIP-792).
    sole: BTreeMap<PartitionName, usize>,
    /// Partitions that several members claim in the same generation. None of these members keeps such a partition.
    contested: BTreeSet<PartitionName>,
}

impl Owners {
    fn of(members: &[&GroupMember], counts: &PartitionCounts) -> Owners {
        let mut claims: BTreeMap<&PartitionName, Vec<usize>> = BTreeMap::new();
        for (member, GroupMember { subscription, .. }) in members.iter().enumerate() {
            for partition in &subscription.owned {
                let exists =
                    counts.get(&partition.topic).is_some_and(|count| (0..*count).contains(&partition.partition));
                if exists {
                    claims.entry(partition).or_default().push(member);
                }
            }
        }
        let mut owners = Owners { sole: BTreeMap::new(), contested: BTreeSet::new() };
        for (partition, claimants) in claims {
            let generation = |member: &usize| members[*member].subscription.generation;
            let latest = claimants.iter().map(generation).max().expect("a claim has a claimant");
            let mut latest = claimants.iter().filter(|member| generation(member) == latest);
            match (latest.next(), latest.next()) {
                (Some(_), Some(_)) => _ = owners.contested.insert(partition.clone()),
                (Some(owner), None) => _ = owners.sole.insert(partition.clone(), *owner),
                (None, _) => unreachable!("the latest generation is somebody's"),
            }
        }
        // A member may own partitions of a topic that it no longer subscribes to. It remains their owner here until it
        // has given them up.
        owners
    }

    /// Returns whether a member other than `member` must give the partition up before `member` may get it.
    fn has_another(&self, partition: &PartitionName, member: usize) -> bool {
        self.contested.contains(partition) || self.sole.get(partition).is_some_and(|owner| *owner != member)
    }
}

/// Returns the partitions of all topics that a member subscribes to, sorted.
fn wanted(members: &[&GroupMember], counts: &PartitionCounts) -> Vec<PartitionName> {
    let is_wanted = |topic: &ByteString| members.iter().any(|member| member.subscription.topics.contains(topic));
    counts.iter().filter(|(topic, _)| is_wanted(topic)).flat_map(|(topic, count)| partitions(topic, *count)).collect()
}

/// Assigns the partitions `all` in a group whose members all subscribe to the same topics. The sizes of the shares then
/// differ by one at most. At the call, `shares` holds the partitions that each member owns.
fn share_evenly(shares: &mut Shares, all: Vec<PartitionName>) {
    let (each, mut larger_left) = (all.len() / shares.len().max(1), all.len() % shares.len().max(1));
    let all: BTreeSet<PartitionName> = all.into_iter().collect();
    for share in shares.iter_mut() {
        share.retain(|partition| all.contains(partition));
        let mut keeps = each;
        if share.len() > each && larger_left > 0 {
            larger_left -= 1;
            keeps += 1;
        }
        while share.len() > keeps {
            share.pop_last();
        }
    }
    let kept: BTreeSet<&PartitionName> = shares.iter().flatten().collect();
    let free: Vec<PartitionName> = all.iter().filter(|partition| !kept.contains(partition)).cloned().collect();
    let mut short: VecDeque<usize> = (0..shares.len()).filter(|at| shares[*at].len() < each).collect();
    let mut even: VecDeque<usize> = (0..shares.len()).filter(|at| shares[*at].len() == each).collect();
    for partition in free {
        if let Some(member) = short.pop_front() {
            shares[member].insert(partition);
            match shares[member].len() < each {
                true => short.push_back(member),
                false => even.push_back(member),
            }
        } else {
            let member = even.pop_front().expect("the shares add up to all partitions");
            shares[member].insert(partition);
        }
    }
}

/// Assigns the partitions in a group whose members subscribe to different topics. Each partition goes to the subscriber
/// with the smallest share, beginning with partitions that have the fewest subscribers. Then partitions move from
/// larger to smaller shares as long as that makes the shares more even.
fn share_by_subscription(shares: &mut Shares, members: &[&GroupMember], counts: &PartitionCounts) {
    let mut rows: Vec<(Vec<usize>, PartitionName)> = Vec::new();
    for (topic, count) in counts {
        let subscribers = subscribers(members, topic);
        rows.extend(partitions(topic, *count).map(|partition| (subscribers.clone(), partition)));
    }
    rows.retain(|(subscribers, _)| !subscribers.is_empty());
    rows.sort_by_key(|(subscribers, _)| subscribers.len());
    for (member, share) in shares.iter_mut().enumerate() {
        share.retain(|partition| members[member].subscription.topics.contains(&partition.topic));
    }
    let mut owners: BTreeMap<PartitionName, usize> = BTreeMap::new();
    for (member, share) in shares.iter().enumerate() {
        owners.extend(share.iter().map(|partition| (partition.clone(), member)));
    }
    let smallest = |shares: &Shares, subscribers: &[usize]| {
        *subscribers.iter().min_by_key(|member| (shares[**member].len(), **member)).expect("somebody subscribes")
    };
    for (subscribers, partition) in &rows {
        if !owners.contains_key(partition) {
            let member = smallest(shares, subscribers);
            shares[member].insert(partition.clone());
            owners.insert(partition.clone(), member);
        }
    }
    // The moves come to an end, because each lowers the sum of the squared sizes of the shares.
    let mut has_moved = true;
    while has_moved {
        has_moved = false;
        for (subscribers, partition) in &rows {
            let owner = owners[partition];
            let member = smallest(shares, subscribers);
            if shares[owner].len() > shares[member].len() + 1 {
                shares[owner].remove(partition);
                shares[member].insert(partition.clone());
                owners.insert(partition.clone(), member);
                has_moved = true;
            }
        }
    }
}
