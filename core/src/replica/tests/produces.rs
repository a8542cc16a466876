//! Produces: who is acknowledged, when, and who is refused.

use super::bench::{Node, batch, batch_of, catch_up, fetch, replica, settings};
use crate::io::{FileError, TraceEvent};
use crate::replica::{Acks, PartitionAsk, Role, TopicSettings};
use crate::types::{ErrorCode, LeaderEpoch, NodeId, Offset};
use bytes::Bytes;

/// A leader of two replicas, both in sync, and its follower.
fn pair(min_insync_replicas: u32) -> (Node, Node) {
    let settings = TopicSettings { min_insync_replicas, ..settings() };
    let (mut one, mut two) = (Node::new(1, settings), Node::new(2, settings));
    one.assign(1, 1, 1, &[1, 2], &[1, 2]);
    two.assign(1, 1, 1, &[1, 2], &[1, 2]);
    (one, two)
}

#[test]
fn acks_1_is_answered_at_the_append_and_acks_all_when_the_follower_has_it() {
    let (mut one, mut two) = pair(1);
    one.produce(1, Acks::Leader, &["a"]);
    assert_eq!(one.produced(1).expect("taken").base, Offset(0));
    one.produce(2, Acks::All, &["b", "c"]);
    assert!(one.is_silent());
    fetch(&mut two, &mut one);
    assert!(one.is_silent(), "records on their way are not records that arrived");
    fetch(&mut two, &mut one);
    assert_eq!(one.produced(2).expect("taken").base, Offset(1));
    assert_eq!(one.high_watermark(), 3);
}

#[test]
fn acks_0_is_answered_to_its_session_at_the_append() {
    let (mut one, _) = pair(2);
    one.produce(1, Acks::None, &["a"]);
    assert!(one.produced(1).is_ok());
}

#[test]
fn waiters_are_answered_in_the_order_of_their_offsets() {
    let (mut one, mut two) = pair(1);
    for number in 1..=3 {
        one.produce(number, Acks::All, &["x"]);
    }
    catch_up(&mut two, &mut one);
    for number in 1..=3 {
        assert_eq!(one.produced(number).expect("taken").base, Offset(number as i64 - 1));
    }
}

#[test]
fn a_duplicate_is_answered_with_its_originals_offset_and_waits_like_it() {
    let (mut one, mut two) = pair(1);
    one.produce_batch(1, Acks::All, batch_of(7, 0, &["a", "b"]));
    one.produce_batch(2, Acks::All, batch_of(7, 0, &["a", "b"]));
    assert!(one.is_silent(), "what the original waits for, its duplicate waits for");
    assert_eq!(one.end(), 2, "and it is in the log once");
    one.produce_batch(3, Acks::Leader, batch_of(7, 0, &["a", "b"]));
    assert_eq!(one.produced(3).expect("known").base, Offset(0));
    catch_up(&mut two, &mut one);
    assert_eq!(one.produced(1).expect("taken").base, Offset(0));
    assert_eq!(one.produced(2).expect("known").base, Offset(0));
    let duplicates = one.told().into_iter().filter(|it| matches!(it, TraceEvent::Duplicate { .. })).count();
    assert_eq!(duplicates, 2);
}

#[test]
fn a_sequence_that_skips_is_refused() {
    let (mut one, _) = pair(1);
    one.produce_batch(1, Acks::Leader, batch_of(7, 0, &["a"]));
    one.produced(1).expect("taken");
    one.produce_batch(2, Acks::Leader, batch_of(7, 5, &["b"]));
    assert_eq!(one.refused(2), ErrorCode::OutOfOrderSequenceNumber);
    assert_eq!(one.end(), 1);
}

#[test]
fn a_deadline_that_comes_first_is_answered_and_the_record_stays() {
    let (mut one, mut two) = pair(1);
    one.produce(1, Acks::All, &["a"]);
    assert_eq!(one.partition.next_wake(), Some(one.host.now.mono.plus_ms(30_000)));
    one.host.pass_ms(29_999);
    one.call(|it, env, out| it.on_wake(env, out));
    assert!(one.is_silent());
    one.host.pass_ms(1);
    one.call(|it, env, out| it.on_wake(env, out));
    assert_eq!(one.refused(1), ErrorCode::RequestTimedOut);
    catch_up(&mut two, &mut one);
    assert!(one.is_silent(), "nobody is answered twice");
    assert_eq!((one.high_watermark(), two.contents()), (1, vec![(1, "a".into())]));
}

#[test]
fn another_epoch_sends_all_waiters_away_even_if_the_leader_stays() {
    let (mut one, mut two) = pair(1);
    one.produce(1, Acks::All, &["a"]);
    one.assign(1, 2, 2, &[1, 2], &[1, 2]);
    let refusal = one.produced(1).expect_err("the leadership that took it is over");
    assert_eq!(refusal.error, ErrorCode::NotLeaderOrFollower);
    assert_eq!(one.partition.role(), Role::Leader);
    two.assign(1, 2, 2, &[1, 2], &[1, 2]);
    catch_up(&mut two, &mut one);
    assert_eq!(one.high_watermark(), 1, "the record is committed all the same");
    assert!(one.is_silent());
}

#[test]
fn what_does_not_lead_refuses_and_says_who_does() {
    let (_, mut two) = pair(1);
    two.produce(1, Acks::Leader, &["a"]);
    let refusal = two.produced(1).expect_err("a follower");
    assert_eq!(refusal.error, ErrorCode::NotLeaderOrFollower);
    assert_eq!(refusal.current_leader, Some((Some(NodeId(1)), LeaderEpoch(1))));
    let mut idle = Node::new(3, settings());
    idle.produce(2, Acks::Leader, &["a"]);
    assert_eq!(idle.refused(2), ErrorCode::NotLeaderOrFollower);
}

#[test]
fn below_the_minimum_acks_all_is_refused_before_the_append_and_acks_1_is_not() {
    let (mut one, _) = pair(2);
    one.assign(1, 1, 2, &[1, 2], &[1]);
    one.produce(1, Acks::All, &["a"]);
    assert_eq!(one.refused(1), ErrorCode::NotEnoughReplicas);
    assert_eq!(one.end(), 0);
    one.produce(2, Acks::Leader, &["b"]);
    one.produced(2).expect("taken");
    assert_eq!((one.end(), one.high_watermark()), (1, 0), "in the log, and not committed");
}

#[test]
fn a_set_that_shrinks_below_the_minimum_tells_those_who_wait() {
    let (mut one, mut two) = pair(2);
    one.produce(1, Acks::All, &["a"]);
    one.assign(1, 1, 2, &[1, 2], &[1]);
    assert_eq!(one.refused(1), ErrorCode::NotEnoughReplicasAfterAppend);
    assert_eq!(one.high_watermark(), 0, "KIP-966: one replica is not enough to commit");
    one.assign(1, 1, 3, &[1, 2], &[1, 2]);
    catch_up(&mut two, &mut one);
    assert_eq!(one.high_watermark(), 1);
}

#[test]
fn a_smaller_set_that_is_still_enough_commits_without_a_fetch() {
    let (mut one, _) = pair(1);
    one.produce(1, Acks::All, &["a"]);
    one.assign(1, 1, 2, &[1, 2], &[1]);
    one.produced(1).expect("KAFKA-13091: nothing else would come");
    assert_eq!(one.high_watermark(), 1);
}

#[test]
fn a_full_disk_refuses_and_takes_writes_again_by_itself() {
    let (mut one, mut two) = pair(1);
    one.produce(1, Acks::Leader, &["a"]);
    one.produced(1).expect("taken");
    one.host.disk.appends_end_with = Some(FileError::NoSpace);
    one.produce(2, Acks::All, &["b"]);
    assert_eq!(one.refused(2), ErrorCode::KafkaStorageError);
    assert_eq!((one.end(), one.partition.role(), &one.failed), (1, Role::Leader, &None));
    catch_up(&mut two, &mut one);
    assert_eq!(one.consume(0).len(), batch(&["a"]).len(), "reads go on");
    one.host.disk.appends_end_with = None;
    one.produce(3, Acks::Leader, &["c"]);
    assert_eq!(one.produced(3).expect("there is room again").base, Offset(1));
}

#[test]
fn a_failed_append_takes_the_replica_and_its_directory_offline() {
    let (mut one, _) = pair(1);
    one.produce(1, Acks::All, &["a"]);
    one.host.disk.appends_end_with = Some(FileError::Io);
    one.produce(2, Acks::Leader, &["b"]);
    assert_eq!(one.refused(2), ErrorCode::KafkaStorageError);
    assert_eq!(one.refused(1), ErrorCode::KafkaStorageError, "nobody waits at a replica that is offline");
    assert_eq!((one.partition.role(), &one.failed), (Role::Offline, &Some(FileError::Io)));
    one.host.disk.appends_end_with = None;
    one.produce(3, Acks::Leader, &["c"]);
    assert_eq!(one.refused(3), ErrorCode::KafkaStorageError);
}

#[test]
fn bytes_that_are_no_batch_get_kafkas_error_and_harm_nothing() {
    let (mut one, _) = pair(1);
    let good = batch(&["a"]);
    let mut changed = good.to_vec();
    *changed.last_mut().expect("it has bytes") ^= 1;
    one.produce_batch(1, Acks::Leader, changed.into());
    assert_eq!(one.refused(1), ErrorCode::CorruptMessage);
    for (number, hostile) in [Bytes::new(), good.slice(..40), Bytes::from_static(&[0xff; 200])].into_iter().enumerate()
    {
        one.produce_batch(10 + number as u64, Acks::Leader, hostile);
        assert!(one.refused(10 + number as u64).is_error());
    }
    one.produce_batch(2, Acks::Leader, batch(&["x"; 200_000]));
    assert_eq!(one.refused(2), ErrorCode::MessageTooLarge);
    one.produce(3, Acks::Leader, &["a"]);
    assert_eq!(one.produced(3).expect("taken").base, Offset(0));
}

#[test]
fn a_transactional_write_is_refused_as_long_as_there_are_no_transactions() {
    let (mut one, _) = pair(1);
    let deadline = one.host.now.mono.plus_ms(1000);
    let records = batch(&["a"]);
    let held = records.len() as u32;
    one.ask(1, PartitionAsk::Produce { records, held, acks: Acks::All, deadline, transactional: true });
    assert_eq!(one.refused(1), ErrorCode::InvalidTxnState);
}

#[test]
fn a_topic_that_stamps_says_when_and_stores_it() {
    let mut one = Node::new(1, TopicSettings { log_append_time: true, ..settings() });
    one.assign(1, 1, 1, &[1], &[1]);
    one.host.pass_ms(5);
    one.produce(1, Acks::All, &["a"]);
    assert_eq!(one.produced(1).expect("taken").log_append_time, Some(one.host.now.wall));
}

#[test]
fn the_trace_says_what_was_acknowledged_and_under_which_epoch() {
    let (mut one, _) = pair(1);
    one.told();
    one.produce(1, Acks::All, &["a", "b"]);
    one.read(replica(2, 1, 2, Some(1)));
    one.produced(1).expect("taken");
    let acknowledged = |it: &TraceEvent| match it {
        TraceEvent::Acknowledged { epoch, base, end, acks, .. } => Some((epoch.0, base.0, end.0, *acks)),
        _ => None,
    };
    let told = one.told();
    assert_eq!(told.iter().find_map(acknowledged), Some((1, 0, 2, -1)));
    let follower = |it: &TraceEvent| matches!(it, TraceEvent::FollowerAt { follower: NodeId(2), end: Offset(2), .. });
    assert!(told.iter().any(follower));
}
