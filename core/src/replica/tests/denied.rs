//! What a replica does when a file operation is denied though the disk is well: it refuses or waits, and tries again.

use super::bench::{Node, catch_up, consumer, fetch_only, gated, settings};
use super::host::Host;
use crate::io::{FileError, TraceEvent};
use crate::replica::{Acks, Opening, Output, PartitionAnswer, PartitionAsk, Role, TopicSettings};
use crate::types::{ErrorCode, Offset};

const DENIED: FileError = FileError::TooManyOpenFiles;

fn leader(settings: TopicSettings) -> Node {
    let mut one = Node::new(1, settings);
    one.assign(1, 1, 1, &[1], &[1]);
    one.sync_all();
    one
}

/// Lets the time come that the replica asked to be woken at.
fn wake(node: &mut Node) {
    node.host.now.mono = node.partition.next_wake().expect("it tries again");
    node.call(|it, env, out| it.on_wake(env, out));
    node.turn_end();
}

/// Every sync under way could not begin.
fn deny_syncs(node: &mut Node) {
    for _ in 0..node.syncs.len() {
        node.synced(Err(DENIED));
    }
}

fn denials_told(node: &mut Node) -> usize {
    node.told().iter().filter(|it| matches!(it, TraceEvent::LogDenied { why: DENIED, .. })).count()
}

#[test]
fn a_flush_that_could_not_begin_is_tried_again_a_second_later() {
    let mut one = leader(gated());
    one.told();
    one.produce(1, Acks::All, &["a"]);
    one.turn_end();
    for _ in 0..3 {
        assert!(!one.syncs.is_empty());
        deny_syncs(&mut one);
        one.turn_end();
        assert!(one.syncs.is_empty() && one.is_silent(), "it waits");
        wake(&mut one);
    }
    assert_eq!((one.partition.role(), one.failed, denials_told(&mut one)), (Role::Leader, None, 1));
    one.sync_all();
    one.produced(1).expect("it is durable");
}

#[test]
fn one_sync_of_a_flush_that_could_not_begin_spoils_the_flush() {
    let mut one = leader(gated());
    one.produce(1, Acks::All, &["a"]);
    one.turn_end();
    one.sync_all();
    one.produced(1).expect("taken");
    // A later flush has several syncs: the files of two segments, and names.
    let big = "x".repeat(1 << 19);
    for number in 2..5 {
        one.produce(number, Acks::All, &[&big]);
    }
    one.turn_end();
    assert!(one.syncs.len() > 1);
    one.synced(Err(DENIED));
    while !one.syncs.is_empty() {
        assert!(one.is_silent());
        one.synced(Ok(()));
    }
    assert!(one.is_silent(), "not everything is durable");
    wake(&mut one);
    one.sync_all();
    for number in 2..5 {
        one.produced(number).expect("it is durable");
    }
}

#[test]
fn a_sync_that_failed_ends_the_directory_whatever_befell_the_others() {
    let mut one = leader(gated());
    let big = "x".repeat(1 << 19);
    for number in 1..4 {
        one.produce(number, Acks::All, &[&big]);
    }
    one.turn_end();
    assert!(one.syncs.len() > 1);
    one.synced(Err(DENIED));
    one.synced(Err(FileError::Io));
    assert_eq!((one.partition.role(), one.failed), (Role::Offline, Some(FileError::Io)));
}

#[test]
fn a_read_that_is_denied_is_refused_and_nothing_else_is() {
    let mut one = leader(TopicSettings { tail_cache_bytes: 0, ..settings() });
    // The newest batch stays in memory.
    for number in 3..7 {
        one.produce(number, Acks::Leader, &["a"]);
        one.produced(number).expect("taken");
    }
    one.holds_reads = true;
    one.ask(2, PartitionAsk::Read { from: consumer(0), most: 1 << 20, at_least_one: true });
    let Some(Output::Read { ticket, .. }) = one.reads.pop_front() else { panic!("it reads the disk") };
    one.call(|it, env, out| it.on_read_done(ticket, Err(DENIED), env, out));
    let PartitionAnswer::Read(answer) = one.answer(2) else { panic!("a read") };
    assert_eq!(answer.error, ErrorCode::KafkaStorageError);
    assert_eq!((one.partition.role(), &one.failed), (Role::Leader, &None));
    one.holds_reads = false;
    assert!(!one.consume(0).is_empty());
}

#[test]
fn a_log_that_cannot_be_opened_is_opened_when_it_can() {
    let mut one = leader(settings());
    one.produce(1, Acks::All, &["a"]);
    one.produced(1).expect("taken");
    let ends = one.ends();
    let mut host: Host = one.host;
    host.disk.denied = Some(DENIED);
    let opening = Opening::Existing {
        clean: false,
        recovery_point: ends.recovery_point,
        log_start: Offset(0),
        high_watermark: Offset(0),
    };
    let mut one = Node::open(1, settings(), opening, host);
    for _ in 0..3 {
        assert_eq!((one.partition.role(), &one.failed), (Role::Loading, &None));
        wake(&mut one);
    }
    assert_eq!(denials_told(&mut one), 1);
    one.host.disk.denied = None;
    wake(&mut one);
    one.load();
    assert_eq!(one.end(), 1);
}

#[test]
fn a_stop_tries_to_flush_again_and_in_the_end_stops_uncleanly() {
    for (denials, is_clean) in [(4, true), (5, false)] {
        let mut one = leader(settings());
        one.produce(1, Acks::All, &["a"]);
        one.produced(1).expect("taken");
        one.call(|it, env, out| it.stop(env, out));
        for _ in 0..denials {
            assert_eq!(one.partition.role(), Role::Stopping);
            deny_syncs(&mut one);
            if one.partition.role() == Role::Stopping {
                wake(&mut one);
            }
        }
        one.sync_all();
        assert_eq!((one.partition.role(), one.stopped.is_some()), (Role::Stopped, is_clean));
        assert_eq!(one.partition.ends().is_some(), is_clean);
    }
}

#[test]
fn a_stop_is_clean_only_once_the_leader_epochs_are_written() {
    for (denials, is_clean) in [(4, true), (5, false)] {
        let mut one = leader(settings());
        one.host.disk.is_full = true;
        one.assign(1, 2, 2, &[1], &[1]);
        one.call(|it, env, out| it.stop(env, out));
        for denied in 1..=denials {
            one.host.disk.is_full = denied < denials;
            if one.partition.role() == Role::Stopping {
                assert!(one.syncs.is_empty(), "nothing is flushed before the epochs are written");
                wake(&mut one);
            }
        }
        one.sync_all();
        assert_eq!((one.partition.role(), one.stopped.is_some()), (Role::Stopped, is_clean));
    }
}

#[test]
fn a_truncation_that_is_denied_closes_the_log_and_says_so() {
    let [mut one, mut two] = [1, 2].map(|id| Node::new(id, settings()));
    for node in [&mut one, &mut two] {
        node.assign(1, 1, 1, &[1, 2], &[1, 2]);
    }
    one.produce(1, Acks::Leader, &["only 1"]);
    one.produced(1).expect("taken");
    for node in [&mut one, &mut two] {
        node.assign(2, 2, 2, &[1, 2], &[1, 2]);
    }
    two.produce(1, Acks::Leader, &["of 2"]);
    two.produced(1).expect("taken");
    one.told();
    // The truncation drops the only record, so that it makes a new file.
    one.host.disk.denied = Some(DENIED);
    while one.partition.role() == Role::Follower {
        assert!(fetch_only(&mut one, &mut two), "it fetches");
    }
    let is_closed = |it: &&TraceEvent| matches!(it, TraceEvent::LogClosed { why: DENIED, .. });
    assert_eq!(one.told().iter().filter(is_closed).count(), 1);
    assert_eq!((one.partition.role(), &one.failed, one.host.disk.open_files()), (Role::Loading, &None, 0));
    one.host.disk.denied = None;
    wake(&mut one);
    one.load();
    catch_up(&mut one, &mut two);
    assert_eq!(one.contents(), two.contents());
}

#[test]
fn a_loading_that_is_given_up_leaves_no_files_open() {
    let mut one = leader(settings());
    one.produce(1, Acks::Leader, &["a"]);
    one.produced(1).expect("taken");
    let opening = one.partition.reopening().expect("it is loaded");
    let host: Host = one.host;
    let before = host.disk.open_files();
    let mut one = Node::open(1, settings(), opening, host);
    one.holds_reads = true;
    for _ in 0..3 {
        one.call(|it, env, out| it.step(env, out));
        let Some(Output::Read { ticket, .. }) = one.reads.pop_front() else { panic!("it reads the log") };
        assert!(one.host.disk.open_files() > before);
        one.call(|it, env, out| it.on_read_done(ticket, Err(DENIED), env, out));
        assert_eq!((one.partition.role(), one.host.disk.open_files()), (Role::Loading, before));
        wake(&mut one);
    }
}

#[test]
fn leader_epochs_that_could_not_be_written_are_written_a_second_later_without_an_append() {
    let mut one = leader(settings());
    one.host.disk.is_full = true;
    one.assign(1, 2, 2, &[1], &[1]);
    one.turn_end();
    one.told();
    for _ in 0..3 {
        wake(&mut one);
    }
    assert_eq!(one.told().iter().filter(|it| matches!(it, TraceEvent::LogDenied { .. })).count(), 1);
    assert!(one.partition.log().expect("it is loaded").owes_epochs());
    one.host.disk.is_full = false;
    wake(&mut one);
    assert!(!one.partition.log().expect("it is loaded").owes_epochs());
    one.turn_end();
    assert_eq!((one.partition.role(), one.partition.next_wake()), (Role::Leader, None), "there is nothing left to do");
}
