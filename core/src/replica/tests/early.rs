//! Produce requests that come before the log is loaded.

use super::bench::{Node, batch_of, settings};
use super::host::Host;
use crate::io::FileError;
use crate::replica::{Acks, Opening, Role};
use crate::types::{ErrorCode, Offset};

/// A leader that was killed with one batch of producer 7 in its log, and is being loaded again.
fn loading() -> Node {
    let mut one = Node::new(1, settings());
    one.assign(1, 1, 1, &[1], &[1]);
    one.produce_batch(1, Acks::All, batch_of(7, 0, &["a"]));
    one.produced(1).expect("taken");
    let ends = one.ends();
    let opening = Opening::Existing {
        clean: false,
        recovery_point: ends.recovery_point,
        log_start: ends.start,
        high_watermark: ends.high_watermark,
    };
    let one = Node::open(1, settings(), opening, one.host);
    assert_eq!(one.partition.role(), Role::Loading);
    one
}

/// Sends the producer's unanswered batch again, and a further one.
fn send_again(node: &mut Node) {
    node.produce_batch(1, Acks::All, batch_of(7, 0, &["a"]));
    node.produce_batch(2, Acks::All, batch_of(7, 1, &["b"]));
}

#[test]
fn they_are_taken_in_their_order_once_it_is_loaded() {
    let mut one = loading();
    one.assign(1, 1, 1, &[1], &[1]);
    send_again(&mut one);
    assert!(one.is_silent(), "neither may be refused: the other could be taken");
    one.load();
    let bases = [1, 2].map(|number| one.produced(number).expect("taken").base);
    assert_eq!((bases, one.end()), ([Offset(0), Offset(1)], 2), "the first is a duplicate, the second is new");
}

#[test]
fn they_are_refused_where_another_node_leads() {
    let mut one = loading();
    one.assign(2, 1, 1, &[1, 2], &[1, 2]);
    send_again(&mut one);
    assert_eq!([1, 2].map(|number| one.refused(number)), [ErrorCode::NotLeaderOrFollower; 2]);
}

#[test]
fn they_are_refused_once_another_node_leads() {
    let mut one = loading();
    one.assign(1, 1, 1, &[1, 2], &[1, 2]);
    send_again(&mut one);
    one.assign(1, 1, 2, &[1, 2], &[1]);
    assert!(one.is_silent(), "it is still to lead");
    one.assign(2, 2, 3, &[1, 2], &[2]);
    assert_eq!([1, 2].map(|number| one.refused(number)), [ErrorCode::NotLeaderOrFollower; 2]);
    one.load();
    assert_eq!((one.partition.role(), one.end()), (Role::Follower, 1));
}

#[test]
fn all_of_them_are_told_when_the_first_has_waited_too_long() {
    let mut one = loading();
    one.assign(1, 1, 1, &[1], &[1]);
    one.produce_batch(1, Acks::All, batch_of(7, 0, &["a"]));
    one.host.pass_ms(29_000);
    one.produce_batch(2, Acks::All, batch_of(7, 1, &["b"]));
    assert_eq!(one.partition.next_wake(), Some(one.host.now.mono.plus_ms(1000)));
    one.call(|it, env, out| it.on_wake(env, out));
    assert!(one.is_silent(), "a wake may be spurious");
    one.host.pass_ms(1000);
    one.call(|it, env, out| it.on_wake(env, out));
    assert_eq!([1, 2].map(|number| one.refused(number)), [ErrorCode::RequestTimedOut; 2]);
    assert_eq!(one.partition.next_wake(), None);
    one.load();
    assert_eq!(one.end(), 1);
}

#[test]
fn they_wait_for_room_on_the_disk_too() {
    let mut host = Host::new();
    host.disk.is_full = true;
    let mut one = Node::open(1, settings(), Opening::New, host);
    one.assign(1, 1, 1, &[1], &[1]);
    one.produce_batch(1, Acks::All, batch_of(7, 0, &["a"]));
    assert!(one.is_silent());
    one.host.disk.is_full = false;
    one.host.pass_ms(1000);
    one.call(|it, env, out| it.on_wake(env, out));
    one.load();
    assert_eq!(one.produced(1).expect("taken").base, Offset(0));
}

#[test]
fn they_are_refused_when_the_replica_ends() {
    type End = fn(&mut Node);
    let ends: [(End, ErrorCode); 4] = [
        (|it| it.call(|it, env, out| it.stop(env, out)), ErrorCode::NotLeaderOrFollower),
        (|it| it.call(|it, env, out| it.clone().close(env, out)), ErrorCode::NotLeaderOrFollower),
        (|it| it.call(|it, env, out| it.on_dir_failed(env, out)), ErrorCode::KafkaStorageError),
        (|it| it.call(|it, env, out| it.refuse_early(ErrorCode::NotLeaderOrFollower, env, out)), {
            ErrorCode::NotLeaderOrFollower
        }),
    ];
    for (end, error) in ends {
        let mut one = loading();
        one.assign(1, 1, 1, &[1], &[1]);
        send_again(&mut one);
        end(&mut one);
        assert_eq!([1, 2].map(|number| one.refused(number)), [error; 2]);
    }
}

#[test]
fn they_are_refused_where_the_disk_fails_as_the_log_is_read() {
    let mut one = loading();
    one.assign(1, 1, 1, &[1], &[1]);
    send_again(&mut one);
    one.holds_reads = true;
    one.call(|it, env, out| it.step(env, out));
    let Some(crate::replica::Output::Read { ticket, .. }) = one.reads.pop_front() else { panic!("it reads the log") };
    one.call(|it, env, out| it.on_read_done(ticket, Err(FileError::Io), env, out));
    assert_eq!([1, 2].map(|number| one.refused(number)), [ErrorCode::KafkaStorageError; 2]);
}
