//! What moves the high watermark, and what must not move it.

use super::bench::{Node, catch_up, fetch, replica, settings};
use crate::io::TraceEvent;
use crate::replica::{Acks, FetchFrom, Fetcher, TopicSettings};
use crate::types::{BrokerEpoch, ErrorCode, LeaderEpoch, NodeId, Offset};

fn leader(replicas: &[i32], isr: &[i32]) -> Node {
    let mut one = Node::new(1, settings());
    one.assign(1, 1, 1, replicas, isr);
    one
}

fn filled(mut node: Node, records: usize) -> Node {
    for number in 0..records {
        node.produce(number as u64, Acks::Leader, &["x"]);
        node.produced(number as u64).expect("taken");
    }
    node
}

#[test]
fn a_lone_replica_commits_at_its_append() {
    let one = filled(leader(&[1], &[1]), 3);
    assert_eq!(one.high_watermark(), 3);
}

#[test]
fn the_slowest_of_the_in_sync_set_holds_it_and_others_do_not() {
    let mut one = filled(leader(&[1, 2, 3, 4], &[1, 2, 3]), 5);
    one.read(replica(2, 1, 4, Some(1)));
    assert_eq!(one.high_watermark(), 0, "3 has not said anything yet");
    one.read(replica(3, 1, 2, Some(1)));
    assert_eq!(one.high_watermark(), 2);
    one.read(replica(4, 1, 5, Some(1)));
    assert_eq!(one.high_watermark(), 2, "4 is not in sync");
    one.read(replica(3, 1, 5, Some(1)));
    assert_eq!(one.high_watermark(), 4);
}

#[test]
fn it_never_moves_back() {
    let mut one = filled(leader(&[1, 2], &[1, 2]), 5);
    one.read(replica(2, 1, 5, Some(1)));
    one.read(replica(2, 1, 1, Some(1)));
    assert_eq!(one.high_watermark(), 5);
    let moves: Vec<i64> = one.told().iter().filter_map(moved).collect();
    assert!(moves.is_sorted());
}

fn moved(event: &TraceEvent) -> Option<i64> {
    match event {
        TraceEvent::HighWatermark { to, .. } => Some(to.0),
        _ => None,
    }
}

#[test]
fn what_followers_reported_in_another_epoch_does_not_count() {
    let mut one = filled(leader(&[1, 2], &[1, 2]), 2);
    one.read(replica(2, 1, 2, Some(1)));
    one.assign(1, 2, 2, &[1, 2], &[1, 2]);
    let mut one = filled(one, 1);
    assert_eq!(one.high_watermark(), 2);
    assert_eq!(one.read(replica(2, 1, 3, Some(1))).error, ErrorCode::FencedLeaderEpoch);
    assert_eq!(one.high_watermark(), 2, "a fetch under the old epoch reports nothing");
    one.read(replica(2, 2, 3, Some(2)));
    assert_eq!(one.high_watermark(), 3);
}

#[test]
fn a_follower_whose_log_parts_reports_nothing() {
    // KAFKA-13141: the follower's fetch offset counts records that it is about to truncate.
    let mut one = filled(leader(&[1, 2], &[1, 2]), 3);
    one.assign(1, 3, 2, &[1, 2], &[1, 2]);
    let mut one = filled(one, 3);
    let answer = one.read(replica(2, 3, 6, Some(2)));
    assert_eq!(answer.diverging, Some((LeaderEpoch(1), Offset(3))));
    assert!(answer.is_empty());
    assert_eq!(one.high_watermark(), 0);
    one.read(replica(2, 3, 3, Some(1)));
    assert_eq!(one.high_watermark(), 3);
}

#[test]
fn a_late_fetch_of_an_older_incarnation_reports_nothing() {
    // KIP-903: what the older incarnation had may be lost.
    let mut one = filled(leader(&[1, 2], &[1, 2]), 3);
    let of = |epoch, offset| FetchFrom {
        fetcher: Fetcher::Replica { node: NodeId(2), epoch: Some(BrokerEpoch(epoch)) },
        ..replica(2, 1, offset, Some(1))
    };
    one.read(of(8, 1));
    assert_eq!(one.read(of(7, 3)).error, ErrorCode::NotLeaderOrFollower);
    assert_eq!(one.high_watermark(), 1);
    one.read(of(9, 2));
    assert_eq!(one.high_watermark(), 2);
}

#[test]
fn a_node_that_holds_no_replica_is_turned_away() {
    let mut one = filled(leader(&[1, 2], &[1]), 1);
    assert_eq!(one.read(replica(9, 1, 0, None)).error, ErrorCode::NotLeaderOrFollower);
}

#[test]
fn it_stands_still_below_the_minimum_whatever_is_replicated() {
    let settings = TopicSettings { min_insync_replicas: 2, ..settings() };
    let mut one = Node::new(1, settings);
    one.assign(1, 1, 1, &[1, 2, 3], &[1]);
    let mut one = filled(one, 3);
    one.read(replica(2, 1, 3, Some(1)));
    assert_eq!(one.high_watermark(), 0, "KIP-966");
    one.assign(1, 1, 2, &[1, 2, 3], &[1, 2]);
    assert_eq!(one.high_watermark(), 3);
}

#[test]
fn a_lower_minimum_lets_it_move_at_once() {
    let mut one = Node::new(1, TopicSettings { min_insync_replicas: 2, ..settings() });
    one.assign(1, 1, 1, &[1, 2], &[1]);
    let mut one = filled(one, 2);
    one.call(|it, env, out| it.on_settings(settings(), env, out));
    assert_eq!(one.high_watermark(), 2);
}

#[test]
fn a_follower_takes_the_leaders_up_to_its_own_end() {
    let mut one = filled(leader(&[1, 2], &[1, 2]), 3);
    let mut two = Node::new(2, settings());
    two.assign(1, 1, 1, &[1, 2], &[1, 2]);
    fetch(&mut two, &mut one);
    assert_eq!((two.end(), two.high_watermark()), (3, 0), "the leader's own was 0 when it answered");
    fetch(&mut two, &mut one);
    assert_eq!((one.high_watermark(), two.high_watermark()), (3, 3));
}

#[test]
fn a_new_leader_begins_with_what_it_knew_as_a_follower() {
    let mut one = filled(leader(&[1, 2], &[1, 2]), 3);
    let mut two = Node::new(2, settings());
    two.assign(1, 1, 1, &[1, 2], &[1, 2]);
    catch_up(&mut two, &mut one);
    two.assign(2, 2, 2, &[1, 2], &[1, 2]);
    assert_eq!(two.high_watermark(), 3);
}

#[test]
fn an_older_assignment_changes_nothing() {
    let mut one = filled(leader(&[1, 2], &[1]), 1);
    one.assign(1, 2, 5, &[1, 2], &[1, 2]);
    let mut one = filled(one, 1);
    one.assign(1, 2, 4, &[1, 2], &[1]);
    one.assign(2, 1, 6, &[1, 2], &[1]);
    assert_eq!(one.high_watermark(), 1, "2 is still in sync");
    one.told();
    one.produce(9, Acks::Leader, &["y"]);
    one.produced(9).expect("still the leader");
}
