//! Flush policies: what waits for a sync, what shares one, and what a failed one means.

use super::bench::{Node, catch_up, fetch, gated, settings};
use crate::io::{FileError, TraceEvent};
use crate::replica::{Acks, Role, TopicSettings};
use crate::types::ErrorCode;

fn lone(settings: TopicSettings) -> Node {
    let mut one = Node::new(1, settings);
    one.assign(1, 1, 1, &[1], &[1]);
    one.sync_all();
    one
}

#[test]
fn by_default_nothing_is_synced() {
    let mut one = lone(settings());
    one.produce(1, Acks::All, &["a"]);
    one.produced(1).expect("taken");
    one.turn_end();
    assert!(one.syncs.is_empty());
}

#[test]
fn with_a_gate_answers_and_high_watermark_wait_for_the_sync() {
    for acks in [Acks::Leader, Acks::All] {
        let mut one = lone(gated());
        one.produce(1, acks, &["a"]);
        one.turn_end();
        assert!(one.is_silent());
        assert_eq!(one.high_watermark(), 0, "only durable bytes count");
        assert!(one.consume(0).is_empty());
        one.sync_all();
        one.produced(1).expect("durable");
        assert_eq!(one.high_watermark(), 1);
    }
}

#[test]
fn produces_of_one_turn_share_one_sync() {
    let mut one = lone(gated());
    for number in 1..=5 {
        one.produce(number, Acks::Leader, &["a"]);
    }
    one.turn_end();
    let syncs = one.syncs.len();
    while !one.syncs.is_empty() {
        one.synced(Ok(()));
    }
    for number in 1..=5 {
        one.produced(number).expect("durable");
    }
    let mut single = lone(gated());
    single.produce(1, Acks::Leader, &["a"]);
    single.turn_end();
    assert_eq!(syncs, single.syncs.len(), "five produces cost what one does");
}

#[test]
fn produces_during_a_sync_join_the_next() {
    let mut one = lone(gated());
    one.produce(1, Acks::Leader, &["a"]);
    one.turn_end();
    let under_way = one.syncs.len();
    one.produce(2, Acks::Leader, &["b"]);
    one.produce(3, Acks::Leader, &["c"]);
    one.turn_end();
    assert_eq!(one.syncs.len(), under_way, "one flush is under way at a time");
    for _ in 0..under_way {
        one.synced(Ok(()));
    }
    one.produced(1).expect("durable");
    assert!(one.is_silent(), "a sync covers what was appended before it, and nothing more");
    one.turn_end();
    assert!(!one.syncs.is_empty());
    one.sync_all();
    one.produced(2).expect("durable");
    one.produced(3).expect("durable");
}

#[test]
fn a_failed_sync_acknowledges_nothing_and_ends_the_directory() {
    for acks in [Acks::Leader, Acks::All] {
        let mut one = lone(gated());
        one.produce(1, acks, &["a"]);
        one.turn_end();
        one.synced(Err(FileError::Io));
        assert_eq!(one.refused(1), ErrorCode::KafkaStorageError);
        assert_eq!((one.partition.role(), &one.failed), (Role::Offline, &Some(FileError::Io)));
        one.turn_end();
        while !one.syncs.is_empty() {
            one.synced(Ok(()));
        }
        assert!(one.is_silent(), "a sync that succeeds later proves nothing");
        assert!(!one.told().iter().any(|it| matches!(it, TraceEvent::Acknowledged { .. })));
    }
}

#[test]
fn another_partitions_failed_disk_ends_this_one_too() {
    let mut one = lone(gated());
    one.produce(1, Acks::All, &["a"]);
    one.call(|it, env, out| it.on_dir_failed(env, out));
    assert_eq!(one.refused(1), ErrorCode::KafkaStorageError);
    assert_eq!((one.partition.role(), one.failed), (Role::Offline, None));
}

#[test]
fn a_gated_follower_reports_what_it_fetched_only_once_it_is_durable() {
    let mut one = Node::new(1, settings());
    let mut two = Node::new(2, gated());
    for node in [&mut one, &mut two] {
        node.assign(1, 1, 1, &[1, 2], &[1, 2]);
        node.sync_all();
    }
    one.produce(1, Acks::All, &["a"]);
    fetch(&mut two, &mut one);
    two.turn_end();
    assert_eq!((two.end(), two.position), (1, None), "the next fetch would say that it has the record");
    assert!(!fetch(&mut two, &mut one));
    assert_eq!(one.high_watermark(), 0);
    two.sync_all();
    fetch(&mut two, &mut one);
    one.produced(1).expect("durable on the follower");
}

#[test]
fn a_follower_whose_sync_fails_fetches_no_more() {
    let mut one = Node::new(1, settings());
    let mut two = Node::new(2, gated());
    for node in [&mut one, &mut two] {
        node.assign(1, 1, 1, &[1, 2], &[1, 2]);
        node.sync_all();
    }
    one.produce(1, Acks::All, &["a"]);
    fetch(&mut two, &mut one);
    two.turn_end();
    two.synced(Err(FileError::Io));
    assert_eq!((two.partition.role(), two.position), (Role::Offline, None));
    assert_eq!(one.high_watermark(), 0);
}

#[test]
fn larger_numbers_of_messages_ask_for_a_sync_and_gate_nothing() {
    let mut one = lone(TopicSettings { flush_messages: 3, ..settings() });
    for number in 1..=2 {
        one.produce(number, Acks::All, &["a"]);
        one.produced(number).expect("taken");
        one.turn_end();
    }
    assert!(one.syncs.is_empty());
    one.produce(3, Acks::All, &["a"]);
    one.produced(3).expect("taken");
    one.turn_end();
    assert!(!one.syncs.is_empty());
    one.sync_all();
    assert_eq!(one.ends().recovery_point.0, 3);
}

#[test]
fn time_asks_for_a_sync_and_gates_nothing() {
    let mut one = lone(TopicSettings { flush_ms: 100, ..settings() });
    one.produce(1, Acks::All, &["a"]);
    one.produced(1).expect("taken");
    one.turn_end();
    assert!(one.syncs.is_empty());
    assert_eq!(one.partition.next_wake(), Some(one.host.now.mono.plus_ms(100)));
    one.host.pass_ms(100);
    one.call(|it, env, out| it.on_wake(env, out));
    one.turn_end();
    assert!(!one.syncs.is_empty());
    one.sync_all();
    assert_eq!((one.ends().recovery_point.0, one.partition.next_wake()), (1, None));
}

#[test]
fn a_gate_that_is_lifted_lets_everyone_go() {
    let mut one = lone(gated());
    one.produce(1, Acks::Leader, &["a"]);
    one.produce(2, Acks::All, &["b"]);
    one.call(|it, env, out| it.on_settings(settings(), env, out));
    let mut answered = [one.answers.pop_front(), one.answers.pop_front()].map(|it| it.expect("answered").0);
    answered.sort_unstable();
    assert_eq!(answered, [1, 2]);
}

#[test]
fn a_gated_leader_that_was_killed_counts_its_tail_only_after_a_sync() {
    let mut one = Node::new(1, settings());
    one.assign(1, 1, 1, &[1, 2], &[1, 2]);
    one.produce(1, Acks::Leader, &["a"]);
    one.produced(1).expect("taken");
    let mut one = one.restart(gated(), false);
    one.assign(1, 2, 2, &[1, 2], &[1, 2]);
    assert_eq!((one.end(), one.ends().recovery_point.0), (1, 0), "read back, and not known to be durable");
    let mut two = Node::new(2, settings());
    two.assign(1, 2, 2, &[1, 2], &[1, 2]);
    catch_up(&mut two, &mut one);
    assert_eq!((two.end(), one.high_watermark()), (1, 0));
    one.sync_all();
    assert_eq!(one.high_watermark(), 1);
}
