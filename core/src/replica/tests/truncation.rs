//! Logs that diverge and agree again: by truncation by leader epoch alone.

use super::bench::{Node, catch_up, fetch, gated, settings};
use crate::io::{DirId, FilePath, Files, Mutant, Site};
use crate::replica::{Acks, Role, TopicSettings};
use crate::types::ErrorCode;

const ALL: &[i32] = &[1, 2, 3];

fn nodes() -> [Node; 3] {
    [1, 2, 3].map(|id| Node::new(id, settings()))
}

/// Tells all three nodes at once who leads.
fn elect(nodes: &mut [Node; 3], leader: i32, epoch: i32) {
    for node in nodes {
        node.assign(leader, epoch, epoch, ALL, ALL);
    }
}

/// Borrows two of the nodes at once.
fn two_of(nodes: &mut [Node; 3], a: usize, b: usize) -> (&mut Node, &mut Node) {
    let [a, b] = nodes.get_disjoint_mut([a - 1, b - 1]).expect("two nodes");
    (a, b)
}

fn produce(node: &mut Node, value: &str) {
    node.produce(1, Acks::Leader, &[value]);
    node.produced(1).expect("taken");
}

fn values(node: &mut Node) -> Vec<(i32, String)> {
    node.contents()
}

fn log(expected: &[(i32, &str)]) -> Vec<(i32, String)> {
    expected.iter().map(|(epoch, value)| (*epoch, (*value).into())).collect()
}

#[test]
fn a_former_leaders_own_records_give_way_to_the_new_leaders() {
    let mut nodes = nodes();
    elect(&mut nodes, 1, 1);
    produce(&mut nodes[0], "both");
    let (two, one) = two_of(&mut nodes, 2, 1);
    catch_up(two, one);
    produce(one, "only 1");
    produce(one, "only 1 too");
    elect(&mut nodes, 2, 2);
    produce(&mut nodes[1], "of 2");
    let (one, two) = two_of(&mut nodes, 1, 2);
    catch_up(one, two);
    assert_eq!(values(one), log(&[(1, "both"), (2, "of 2")]));
    assert_eq!(values(two), log(&[(1, "both"), (2, "of 2")]));
}

#[test]
fn a_diverging_fetch_moves_no_high_watermark_on_either_side() {
    let mut nodes = nodes();
    elect(&mut nodes, 1, 1);
    for value in ["a", "b", "c"] {
        produce(&mut nodes[0], value);
    }
    elect(&mut nodes, 2, 2);
    for value in ["x", "y", "z"] {
        produce(&mut nodes[1], value);
    }
    nodes[1].assign(2, 2, 3, ALL, &[2]);
    assert_eq!(nodes[1].high_watermark(), 3);
    let (one, two) = two_of(&mut nodes, 1, 2);
    fetch(one, two);
    assert_eq!((one.end(), one.high_watermark()), (0, 0), "KAFKA-14704: cut, and the leader's mark not taken yet");
    catch_up(one, two);
    assert_eq!((one.end(), one.high_watermark()), (3, 3));
}

/// S18: a follower that does not know the leader's high watermark yet restarts, and is then the only replica left to
/// lead.
fn restarted_before_it_knew(mutant: Option<Mutant>) -> Vec<(i32, String)> {
    let mut nodes = nodes();
    elect(&mut nodes, 1, 1);
    produce(&mut nodes[0], "r1");
    produce(&mut nodes[0], "r2");
    for follower in [2, 3] {
        let (follower, one) = two_of(&mut nodes, follower, 1);
        fetch(follower, one);
    }
    // The followers' next fetches commit r1 and r2. Node 2 is stopped before it hears of the new high watermark.
    for follower in [2, 3] {
        let (follower, one) = two_of(&mut nodes, follower, 1);
        let position = follower.position.expect("it fetches");
        fetch(follower, one);
        assert_eq!(position.offset.0, 2);
    }
    assert_eq!(nodes[0].high_watermark(), 2);
    let [one, two, three] = nodes;
    assert_eq!(two.high_watermark(), 0, "it heard of no high watermark yet");
    let mut two = two.restart(settings(), false);
    two.host.probes.mutant = mutant;
    two.assign(1, 1, 1, ALL, ALL);
    drop(one);
    let mut nodes = [Node::new(1, settings()), two, three];
    for node in &mut nodes[1..] {
        node.assign(2, 2, 2, ALL, &[2, 3]);
    }
    let (three, two) = two_of(&mut nodes, 3, 2);
    catch_up(three, two);
    values(three)
}

#[test]
fn a_follower_that_restarts_before_it_knew_the_high_watermark_keeps_its_records() {
    assert_eq!(restarted_before_it_knew(None), log(&[(1, "r1"), (1, "r2")]));
}

#[cfg(feature = "mutants")]
#[test]
fn a_follower_that_truncates_to_its_own_high_watermark_loses_them() {
    assert_eq!(restarted_before_it_knew(Some(Mutant::M18)), log(&[]));
}

/// S19: fast failovers. Node 2 asks node 1 for an epoch that node 1 never had.
fn failed_over_there_and_back(mutant: Option<Mutant>) -> [Vec<(i32, String)>; 2] {
    let mut nodes = nodes();
    nodes.iter_mut().for_each(|node| node.host.probes.mutant = mutant);
    elect(&mut nodes, 1, 1);
    for value in ["0", "1", "2", "3", "4"] {
        produce(&mut nodes[0], value);
    }
    let (two, one) = two_of(&mut nodes, 2, 1);
    catch_up(two, one);
    produce(one, "a");
    elect(&mut nodes, 2, 2);
    produce(&mut nodes[1], "b");
    elect(&mut nodes, 1, 3);
    produce(&mut nodes[0], "c");
    let (two, one) = two_of(&mut nodes, 2, 1);
    catch_up(two, one);
    [values(one), values(two)]
}

#[test]
fn fast_failovers_leave_equal_logs() {
    let [one, two] = failed_over_there_and_back(None);
    assert_eq!(one, two);
    assert_eq!(one[5..], log(&[(1, "a"), (3, "c")]));
}

#[cfg(feature = "mutants")]
#[test]
fn a_leader_that_does_not_know_an_epoch_it_never_had_leaves_diverging_logs() {
    let [one, two] = failed_over_there_and_back(Some(Mutant::M19));
    assert_ne!(one, two);
}

/// A follower misses two elections, so that it sees the same leader before and after them.
fn missed_two_elections(mutant: Option<Mutant>) -> [Vec<(i32, String)>; 2] {
    let mut nodes = nodes();
    nodes.iter_mut().for_each(|node| node.host.probes.mutant = mutant);
    elect(&mut nodes, 1, 1);
    produce(&mut nodes[0], "kept");
    for follower in [2, 3] {
        let (follower, one) = two_of(&mut nodes, follower, 1);
        catch_up(follower, one);
    }
    produce(&mut nodes[0], "gone");
    let (three, one) = two_of(&mut nodes, 3, 1);
    catch_up(three, one);
    for node in &mut nodes[..2] {
        node.assign(2, 2, 2, ALL, &[1, 2]);
    }
    produce(&mut nodes[1], "of 2");
    let (one, two) = two_of(&mut nodes, 1, 2);
    catch_up(one, two);
    elect(&mut nodes, 1, 3);
    produce(&mut nodes[0], "of 1");
    let (three, one) = two_of(&mut nodes, 3, 1);
    catch_up(three, one);
    [values(one), values(three)]
}

#[test]
fn a_follower_that_missed_elections_asks_though_the_leader_is_the_same() {
    let [one, three] = missed_two_elections(None);
    assert_eq!(one, log(&[(1, "kept"), (2, "of 2"), (3, "of 1")]));
    assert_eq!(one, three);
}

#[cfg(feature = "mutants")]
#[test]
fn a_follower_that_compares_leaders_and_not_epochs_ends_with_another_log() {
    let [one, three] = missed_two_elections(Some(Mutant::M20));
    assert_ne!(one, three);
}

#[test]
fn leaderships_without_a_record_part_no_logs() {
    let mut nodes = nodes();
    elect(&mut nodes, 1, 1);
    produce(&mut nodes[0], "a");
    let (two, one) = two_of(&mut nodes, 2, 1);
    catch_up(two, one);
    for (epoch, leader) in [(2, 2), (3, 1), (4, 2), (5, 1)] {
        elect(&mut nodes, leader, epoch);
    }
    let (two, one) = two_of(&mut nodes, 2, 1);
    catch_up(two, one);
    assert_eq!(values(two), log(&[(1, "a")]));
    produce(one, "b");
    catch_up(two, one);
    assert_eq!(values(two), log(&[(1, "a"), (5, "b")]));
}

#[test]
fn a_batch_of_a_later_epoch_than_the_fetch_is_not_appended() {
    let mut nodes = nodes();
    elect(&mut nodes, 1, 1);
    produce(&mut nodes[0], "a");
    elect(&mut nodes, 1, 2);
    produce(&mut nodes[0], "b");
    let (two, one) = two_of(&mut nodes, 2, 1);
    two.assign(1, 2, 2, ALL, ALL);
    let position = two.position.expect("it fetches");
    let records = one.read(super::bench::replica(2, 2, 0, None)).records;
    let mut mixed = records.concat();
    let at = mixed.len() / 2;
    mixed[at + 12..at + 16].copy_from_slice(&9_i32.to_be_bytes());
    let fetched = crate::replica::FetchedPartition {
        leader_epoch: position.leader_epoch,
        offset: position.offset,
        error: ErrorCode::None,
        high_watermark: None,
        log_start: None,
        diverging: None,
        held: mixed.len() as u32,
        records: mixed.into(),
    };
    two.call(|it, env, out| it.on_fetched(fetched, env, out));
    assert_eq!(values(two), log(&[(1, "a")]), "KAFKA-18723");
    let position = two.position.expect("it goes on");
    assert!(position.after_error);
    assert_eq!(position.offset.0, 1);
}

#[test]
fn bad_bytes_on_the_way_are_not_appended_and_fetched_again() {
    let mut nodes = nodes();
    elect(&mut nodes, 1, 1);
    produce(&mut nodes[0], "a");
    let (two, one) = two_of(&mut nodes, 2, 1);
    let position = two.position.expect("it fetches");
    let mut bytes = one.read(super::bench::replica(2, 1, 0, None)).records.concat();
    *bytes.last_mut().expect("it has bytes") ^= 1;
    let fetched = crate::replica::FetchedPartition {
        leader_epoch: position.leader_epoch,
        offset: position.offset,
        error: ErrorCode::None,
        high_watermark: Some(crate::types::Offset(1)),
        log_start: None,
        diverging: None,
        held: bytes.len() as u32,
        records: bytes.into(),
    };
    two.call(|it, env, out| it.on_fetched(fetched, env, out));
    assert_eq!((two.end(), two.high_watermark(), two.partition.role()), (0, 0, Role::Follower));
    assert!(two.position.expect("it goes on").after_error);
    catch_up(two, one);
    assert_eq!(values(two), log(&[(1, "a")]));
}

#[test]
fn an_answer_to_an_earlier_leadership_is_dropped() {
    let mut nodes = nodes();
    elect(&mut nodes, 1, 1);
    produce(&mut nodes[0], "a");
    let (two, one) = two_of(&mut nodes, 2, 1);
    let position = two.position.expect("it fetches");
    let records = one.read(super::bench::replica(2, 1, 0, None)).records.concat();
    let fetched = crate::replica::FetchedPartition {
        leader_epoch: position.leader_epoch,
        offset: position.offset,
        error: ErrorCode::None,
        high_watermark: None,
        log_start: None,
        diverging: None,
        held: records.len() as u32,
        records: records.into(),
    };
    two.assign(3, 2, 2, ALL, ALL);
    two.call(|it, env, out| it.on_fetched(fetched, env, out));
    assert_eq!(two.end(), 0);
    assert_eq!(two.position.expect("of the new leader").leader.0, 3);
}

#[test]
fn a_follower_below_its_leaders_start_goes_on_there() {
    let mut nodes = nodes();
    elect(&mut nodes, 1, 1);
    let two = &mut nodes[1];
    let position = two.position.expect("it fetches");
    let fetched = crate::replica::FetchedPartition {
        leader_epoch: position.leader_epoch,
        offset: position.offset,
        error: ErrorCode::OffsetOutOfRange,
        high_watermark: Some(crate::types::Offset(9)),
        log_start: Some(crate::types::Offset(7)),
        diverging: None,
        records: bytes::Bytes::new(),
        held: 0,
    };
    two.call(|it, env, out| it.on_fetched(fetched, env, out));
    two.saved();
    let position = two.position.expect("it goes on");
    assert_eq!((position.offset.0, position.log_start.0, two.high_watermark()), (7, 7, 7));
}

#[test]
fn a_cut_that_lies_far_back_is_made_by_loading_the_log_again() {
    let forgetful = TopicSettings { tail_cache_bytes: 0, ..settings() };
    let mut nodes = [1, 2, 3].map(|id| Node::new(id, forgetful));
    elect(&mut nodes, 1, 1);
    produce(&mut nodes[0], "both");
    let (two, one) = two_of(&mut nodes, 2, 1);
    catch_up(two, one);
    let many = 3000;
    for number in 0..many {
        produce(one, &format!("only 1: {number}"));
    }
    elect(&mut nodes, 2, 2);
    produce(&mut nodes[1], "of 2");
    let (one, two) = two_of(&mut nodes, 1, 2);
    assert_eq!(one.end(), many + 1);
    catch_up(one, two);
    let was_deep = one.host.probes.reached.contains(&Site::LogDeepTruncation);
    assert!(was_deep, "this test is of that");
    assert_eq!(values(one), log(&[(1, "both"), (2, "of 2")]));
    assert_eq!((one.partition.role(), one.high_watermark()), (Role::Follower, 0), "3 has not fetched");
}

#[test]
fn a_cut_below_the_high_watermark_waits_until_it_is_written_down() {
    let mut nodes = nodes();
    elect(&mut nodes, 1, 1);
    produce(&mut nodes[0], "a");
    produce(&mut nodes[0], "b");
    nodes[0].assign(1, 1, 2, ALL, &[1]);
    assert_eq!(nodes[0].high_watermark(), 2);
    // An election outside the in-sync set: node 2 has none of these records.
    nodes[0].assign(2, 2, 3, ALL, &[2]);
    nodes[1].assign(2, 2, 3, ALL, &[2]);
    produce(&mut nodes[1], "x");
    let (one, two) = two_of(&mut nodes, 1, 2);
    fetch(one, two);
    assert_eq!((one.end(), one.high_watermark()), (2, 2), "the checkpoints may promise both");
    one.sync_all();
    assert_eq!((one.end(), one.high_watermark()), (0, 0));
    catch_up(one, two);
    assert_eq!(values(one), log(&[(2, "x")]));
}

#[test]
fn a_cut_that_an_earlier_life_wrote_down_waits_until_that_is_synced() {
    let flushed = TopicSettings { flush_ms: 10, ..settings() };
    let mut nodes = [1, 2, 3].map(|id| Node::new(id, flushed));
    elect(&mut nodes, 1, 1);
    produce(&mut nodes[0], "a");
    produce(&mut nodes[0], "b");
    nodes[0].assign(1, 1, 2, ALL, &[1]);
    nodes[0].host.pass_ms(20);
    nodes[0].sync_all();
    nodes[0].assign(2, 2, 3, ALL, &[2]);
    nodes[1].assign(2, 2, 3, ALL, &[2]);
    produce(&mut nodes[1], "x");
    let [mut one, mut two, _] = nodes;
    fetch(&mut one, &mut two);
    // The node is killed after `cut-below` was written and before the truncation was made.
    let mut one = one.restart(flushed, false);
    one.assign(2, 2, 3, ALL, &[2]);
    assert_eq!((one.end(), one.high_watermark()), (2, 0), "the checkpoint of before the cut is no high watermark");
    one.host.pass_ms(20);
    one.turn_end();
    fetch(&mut one, &mut two);
    assert_eq!(one.end(), 2, "the checkpoints promise both");
    one.sync_all();
    assert_eq!(one.end(), 0);
    catch_up(&mut one, &mut two);
    assert_eq!(values(&mut one), log(&[(2, "x")]));
}

fn produce_synced(node: &mut Node, value: &str) {
    node.produce(1, Acks::Leader, &[value]);
    node.sync_all();
    node.produced(1).expect("taken");
}

/// Whether the file `cut-below` is in the replica's folder.
fn has_cut_below(node: &mut Node) -> bool {
    let listed = node.host.disk.list(&FilePath::new(DirId(0), "t-0")).expect("the folder is there");
    listed.iter().any(|it| &*it.name == "cut-below")
}

#[test]
fn the_file_cut_below_goes_whatever_the_flush_policy_once_the_log_is_past_the_cut() {
    for policy in [settings(), gated()] {
        let mut nodes = [1, 2, 3].map(|id| Node::new(id, policy));
        elect(&mut nodes, 1, 1);
        produce_synced(&mut nodes[0], "a");
        produce_synced(&mut nodes[0], "b");
        nodes[0].assign(1, 1, 2, ALL, &[1]);
        assert_eq!(nodes[0].high_watermark(), 2);
        nodes[0].assign(2, 2, 3, ALL, &[2]);
        nodes[1].assign(2, 2, 3, ALL, &[2]);
        let (one, two) = two_of(&mut nodes, 1, 2);
        for (value, is_written) in [("x", true), ("y", false)] {
            produce_synced(two, value);
            catch_up(one, two);
            assert_eq!(has_cut_below(one), is_written, "behind {value}, {policy:?}");
        }
        assert_eq!((one.end(), one.high_watermark()), (2, 2));
        assert!(one.syncs.is_empty());
    }
}

#[test]
fn the_file_cut_below_goes_too_where_the_cut_was_never_made() {
    let mut nodes = nodes();
    elect(&mut nodes, 1, 1);
    produce(&mut nodes[0], "a");
    nodes[0].assign(1, 1, 2, ALL, &[1]);
    nodes[0].assign(2, 2, 3, ALL, &[2]);
    nodes[1].assign(2, 2, 3, ALL, &[2]);
    produce(&mut nodes[1], "x");
    let (one, two) = two_of(&mut nodes, 1, 2);
    fetch(one, two);
    assert_eq!(one.end(), 1, "the cut waits until it is written down");
    one.assign(1, 3, 4, ALL, &[1]);
    one.sync_all();
    assert!(has_cut_below(one), "nothing was appended since");
    produce(one, "b");
    one.sync_all();
    assert!(!has_cut_below(one));
    assert_eq!(values(one), log(&[(1, "a"), (3, "b")]));
}
