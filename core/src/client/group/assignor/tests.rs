//! What assignors promise, over tables and over drawn groups.

use super::*;
use crate::client::group::news::Generation;
use proptest::prelude::*;

fn member(id: &str, topics: &[&str]) -> GroupMember {
    let topics = topics.iter().map(|topic| ByteString::from(*topic)).collect();
    GroupMember { id: id.into(), instance_id: None, subscription: Subscription { topics, ..Default::default() } }
}

fn owning(id: &str, topics: &[&str], owned: &[(&str, i32)], generation: i32) -> GroupMember {
    let mut member = member(id, topics);
    member.subscription.owned = owned.iter().map(|(topic, number)| PartitionName::new(*topic, *number)).collect();
    member.subscription.generation = Generation::from_wire(generation);
    member
}

fn counts(topics: &[(&str, i32)]) -> PartitionCounts {
    topics.iter().map(|(topic, count)| (ByteString::from(*topic), *count)).collect()
}

/// Assignments as text, such as `m: a-0 a-1 | n: b-0`: members `m` and `n`, topics `a` and `b`.
fn shown(assignments: &Assignments) -> String {
    let line = |(member, share): (&ByteString, &BTreeSet<PartitionName>)| {
        let names: Vec<String> = share.iter().map(PartitionName::to_string).collect();
        format!("{member}: {}", names.join(" "))
    };
    assignments.iter().map(line).collect::<Vec<_>>().join(" | ")
}

fn assigned(assignor: Assignor, members: &[GroupMember], topics: &[(&str, i32)]) -> String {
    shown(&assignor.assign(members, &counts(topics)))
}

#[test]
fn range_gives_the_first_members_one_more_of_each_topic() {
    let members = [member("m2", &["a", "b"]), member("m1", &["a", "b"]), member("m3", &["b"])];
    let found = assigned(Assignor::Range, &members, &[("a", 3), ("b", 4), ("c", 9)]);
    assert_eq!(found, "m1: a-0 a-1 b-0 b-1 | m2: a-2 b-2 | m3: b-3");
}

#[test]
fn static_members_come_first_by_their_instance_ids() {
    let mut members = [member("m1", &["a"]), member("m2", &["a"]), member("m3", &["a"])];
    members[2].instance_id = Some("a".into());
    members[1].instance_id = Some("b".into());
    assert_eq!(assigned(Assignor::Range, &members, &[("a", 4)]), "m1: a-3 | m2: a-2 | m3: a-0 a-1");
    assert_eq!(assigned(Assignor::RoundRobin, &members, &[("a", 4)]), "m1: a-2 | m2: a-1 | m3: a-0 a-3");
}

#[test]
fn round_robin_deals_all_topics_in_turn_and_passes_over_who_does_not_want_one() {
    let members = [member("m1", &["a", "b"]), member("m2", &["a", "b"])];
    let found = assigned(Assignor::RoundRobin, &members, &[("a", 3), ("b", 3)]);
    assert_eq!(found, "m1: a-0 a-2 b-1 | m2: a-1 b-0 b-2");
    // Kafka's own example: t1 has one partition, t2 two, t3 three.
    let members = [member("m1", &["t1"]), member("m2", &["t1", "t2"]), member("m3", &["t1", "t2", "t3"])];
    let found = assigned(Assignor::RoundRobin, &members, &[("t1", 1), ("t2", 2), ("t3", 3)]);
    assert_eq!(found, "m1: t1-0 | m2: t2-0 | m3: t2-1 t3-0 t3-1 t3-2");
}

#[test]
fn a_partition_that_moves_is_given_to_nobody_until_its_owner_has_given_it_up() {
    let all = [("a", 0), ("a", 1), ("a", 2), ("a", 3)];
    let first = [owning("m1", &["a"], &all, 1), member("m2", &["a"])];
    assert_eq!(assigned(Assignor::CooperativeSticky, &first, &[("a", 4)]), "m1: a-0 a-1 | m2: ");
    let second = [owning("m1", &["a"], &all[..2], 2), owning("m2", &["a"], &[], 2)];
    assert_eq!(assigned(Assignor::CooperativeSticky, &second, &[("a", 4)]), "m1: a-0 a-1 | m2: a-2 a-3");
}

#[test]
fn who_leaves_has_its_partitions_shared_and_nothing_else_moves() {
    let left = [owning("m1", &["a"], &[("a", 0), ("a", 3)], 4), owning("m2", &["a"], &[("a", 1), ("a", 4)], 4)];
    assert_eq!(assigned(Assignor::CooperativeSticky, &left, &[("a", 6)]), "m1: a-0 a-2 a-3 | m2: a-1 a-4 a-5");
}

#[test]
fn of_two_claims_the_later_generation_counts_and_of_equal_ones_none() {
    let stale = [owning("m1", &["a"], &[("a", 0)], 3), owning("m2", &["a"], &[("a", 0), ("a", 1)], 4)];
    assert_eq!(assigned(Assignor::CooperativeSticky, &stale, &[("a", 2)]), "m1:  | m2: a-0");
    let both = [owning("m1", &["a"], &[("a", 0)], 4), owning("m2", &["a"], &[("a", 0), ("a", 1)], 4)];
    assert_eq!(assigned(Assignor::CooperativeSticky, &both, &[("a", 2)]), "m1:  | m2: a-1");
}

#[test]
fn a_topic_that_its_owner_no_longer_wants_waits_until_it_is_given_up() {
    let members = [owning("m1", &["b"], &[("a", 0)], 4), owning("m2", &["a"], &[], 4)];
    assert_eq!(assigned(Assignor::CooperativeSticky, &members, &[("a", 1), ("b", 1)]), "m1: b-0 | m2: ");
    let members = [owning("m1", &["b"], &[("b", 0)], 5), owning("m2", &["a"], &[], 5)];
    assert_eq!(assigned(Assignor::CooperativeSticky, &members, &[("a", 1), ("b", 1)]), "m1: b-0 | m2: a-0");
}

#[test]
fn claims_of_what_does_not_exist_count_for_nothing() {
    let members = [owning("m1", &["a"], &[("a", 0), ("a", 7), ("gone", 0)], 4), member("m2", &["a"])];
    assert_eq!(assigned(Assignor::CooperativeSticky, &members, &[("a", 2)]), "m1: a-0 | m2: a-1");
}

/// A group of up to 6 members with drawn subscriptions over up to 3 topics, and what it was assigned before.
fn groups() -> impl Strategy<Value = (Vec<GroupMember>, PartitionCounts)> {
    let topics = proptest::collection::vec(0i32..7, 1..4);
    let wants = proptest::collection::vec((any::<u8>(), any::<bool>()), 1..7);
    (topics, wants, any::<bool>()).prop_map(|(topics, wants, is_uniform)| {
        let names: Vec<String> = (0..topics.len()).map(|at| format!("t{at}")).collect();
        let counts = names.iter().zip(&topics).map(|(name, count)| (ByteString::from(name.as_str()), *count)).collect();
        let draw = |(at, (wants, is_static)): (usize, &(u8, bool))| {
            let subscribes = |place: &usize| is_uniform || wants >> place & 1 == 1;
            let topics: Vec<&str> = (0..names.len()).filter(subscribes).map(|place| &*names[place]).collect();
            let mut member = member(&format!("m{at}"), &topics);
            member.instance_id = is_static.then(|| format!("i{}", 9 - at).into());
            member
        };
        (wants.iter().enumerate().map(draw).collect(), counts)
    })
}

/// Nothing is given twice, nobody gets what it does not want, and nothing that somebody wants is left over.
fn check_complete(assignments: &Assignments, members: &[GroupMember], counts: &PartitionCounts) {
    let mut given = BTreeSet::new();
    for member in members {
        for partition in &assignments[&member.id] {
            assert!(member.subscription.topics.contains(&partition.topic), "{} is not wanted", partition);
            assert!(given.insert(partition.clone()), "{partition} is given twice");
        }
    }
    let is_wanted = |topic| members.iter().any(|member| member.subscription.topics.contains(topic));
    let all: BTreeSet<_> = counts.iter().filter(|it| is_wanted(it.0)).flat_map(|it| partitions(it.0, *it.1)).collect();
    assert_eq!(given, all);
}

/// No partition could go to a member that has two fewer than its owner.
fn check_balanced(assignments: &Assignments, members: &[GroupMember]) {
    for owner in members {
        for partition in &assignments[&owner.id] {
            let others = members.iter().filter(|it| it.subscription.topics.contains(&partition.topic));
            let least = others.map(|other| assignments[&other.id].len()).min().unwrap_or(0);
            assert!(assignments[&owner.id].len() <= least + 1, "{partition} of {}: {}", owner.id, shown(assignments));
        }
    }
}

/// What each member has becomes what it claims, as in the rebalance that follows.
fn rejoin(members: &mut [GroupMember], assignments: &Assignments, generation: i32) {
    for member in members {
        member.subscription.owned = assignments.get(&member.id).cloned().unwrap_or_default();
        member.subscription.generation = Some(Generation(generation));
    }
}

proptest! {
    #[test]
    fn every_assignor_gives_each_partition_to_one_member_that_wants_it((members, counts) in groups()) {
        for assignor in [Assignor::Range, Assignor::RoundRobin, Assignor::CooperativeSticky] {
            let assignments = assignor.assign(&members, &counts);
            check_complete(&assignments, &members, &counts);
            let mut turned = members.clone();
            turned.reverse();
            assert_eq!(assignor.assign(&turned, &counts), assignments, "the order of the members means nothing");
        }
    }

    #[test]
    fn sticky_comes_to_a_balance_in_a_few_rounds_and_then_stays_as_it_is(
        (mut members, counts) in groups(),
        (mut others, _) in groups(),
        leaves in 0usize..6,
    ) {
        let sticky = Assignor::CooperativeSticky;
        // The group is shared out, then a member leaves and others with other wishes come.
        let first = sticky.assign(&members, &counts);
        check_balanced(&first, &members);
        rejoin(&mut members, &first, 1);
        if leaves < members.len() {
            members.remove(leaves);
        }
        others.iter_mut().for_each(|other| other.id = format!("x{}", other.id).into());
        others.iter_mut().for_each(|other| other.instance_id = None);
        members.extend(others);
        for generation in 2..8 {
            let owners: BTreeMap<PartitionName, ByteString> = members.iter()
                .flat_map(|member| member.subscription.owned.iter().map(|it| (it.clone(), member.id.clone())))
                .collect();
            let next = sticky.assign(&members, &counts);
            for (member, share) in &next {
                for partition in share {
                    assert!(owners.get(partition).is_none_or(|owner| owner == member), "{partition} has an owner still");
                }
            }
            rejoin(&mut members, &next, generation);
        }
        let last = sticky.assign(&members, &counts);
        check_complete(&last, &members, &counts);
        check_balanced(&last, &members);
        rejoin(&mut members, &last, 8);
        assert_eq!(sticky.assign(&members, &counts), last);
    }
}
