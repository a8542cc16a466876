//! Fetches: what is seen from where, long polls, cold reads, and lookups of offsets.

use super::bench::{Node, batch, consumer, replica, settings};
use crate::io::TraceEvent;
use crate::replica::{
    Acks, FetchFrom, Fetcher, Isolation, OffsetFound, OffsetSpec, Output, PartitionAnswer, PartitionAsk, Role,
    TopicSettings,
};
use crate::types::{ErrorCode, LeaderEpoch, Offset, Timestamp};

const CONSUMER: Fetcher = Fetcher::Consumer(Isolation::ReadUncommitted);

/// A leader of two replicas with `records` records, of which none is committed.
fn leader(records: usize) -> Node {
    let mut one = Node::new(1, settings());
    one.assign(1, 1, 1, &[1, 2], &[1, 2]);
    for number in 0..records {
        one.produce(number as u64, Acks::Leader, &["x"]);
        one.produced(number as u64).expect("taken");
    }
    one
}

fn watch(node: &mut Node, number: u64, from: FetchFrom) -> (u32, bool) {
    node.ask(number, PartitionAsk::Watch { from, most: 1 << 20 });
    readable(node, number)
}

fn readable(node: &mut Node, number: u64) -> (u32, bool) {
    match node.answer(number) {
        PartitionAnswer::Readable { bytes, at_once } => (bytes, at_once),
        other => panic!("{other:?} answers no watch"),
    }
}

#[test]
fn a_consumer_sees_what_is_committed_and_a_follower_sees_all() {
    let mut one = leader(3);
    assert!(one.consume(0).is_empty());
    let all = one.read(replica(2, 1, 0, None));
    assert_eq!(all.len(), 3 * batch(&["x"]).len());
    one.read(replica(2, 1, 2, Some(1)));
    let seen = one.consume(0);
    assert_eq!(seen.len(), 2 * batch(&["x"]).len());
    assert_eq!((seen.high_watermark, seen.last_stable), (Some(Offset(2)), Some(Offset(2))));
    assert_eq!(seen.log_start, Some(Offset(0)));
}

#[test]
fn beyond_the_high_watermark_there_is_nothing_yet_and_beyond_the_end_nothing_at_all() {
    let mut one = leader(3);
    one.read(replica(2, 1, 1, Some(1)));
    for offset in 1..=3 {
        let answer = one.consume(offset);
        assert_eq!((answer.error, answer.is_empty()), (ErrorCode::None, true));
    }
    assert_eq!(one.consume(4).error, ErrorCode::OffsetOutOfRange);
    let beyond = one.read(replica(2, 1, 4, Some(1)));
    assert_eq!(beyond.diverging, Some((LeaderEpoch(1), Offset(3))), "a follower is told where its log parts");
}

#[test]
fn a_fetch_under_another_epoch_is_told_so() {
    let mut one = leader(1);
    one.assign(1, 5, 2, &[1, 2], &[1, 2]);
    let under = |epoch| FetchFrom { current_leader_epoch: Some(LeaderEpoch(epoch)), ..consumer(0) };
    assert_eq!(one.read(under(4)).error, ErrorCode::FencedLeaderEpoch);
    assert_eq!(one.read(under(6)).error, ErrorCode::UnknownLeaderEpoch);
    assert_eq!(one.read(under(5)).error, ErrorCode::None);
}

#[test]
fn a_follower_of_an_epoch_that_the_leader_never_had_is_told_where_its_log_parts() {
    let mut one = leader(2);
    one.assign(1, 5, 2, &[1, 2], &[1, 2]);
    one.produce(9, Acks::Leader, &["y"]);
    one.produced(9).expect("taken");
    let parted =
        |epoch, offset| FetchFrom { last_fetched_epoch: Some(LeaderEpoch(epoch)), ..replica(2, 5, offset, None) };
    assert_eq!(one.read(parted(3, 3)).diverging, Some((LeaderEpoch(1), Offset(2))), "KIP-279");
    assert_eq!(one.read(parted(1, 3)).diverging, Some((LeaderEpoch(1), Offset(2))), "KIP-101");
    assert_eq!(one.read(parted(1, 2)).diverging, None);
    assert_eq!(one.read(parted(5, 3)).diverging, None);
}

#[test]
fn a_long_poll_hears_of_records_once_they_are_committed() {
    let mut one = leader(0);
    assert_eq!(watch(&mut one, 50, consumer(0)), (0, false));
    one.produce(1, Acks::All, &["a"]);
    one.turn_end();
    assert!(one.is_silent(), "not committed yet");
    one.read(replica(2, 1, 1, Some(1)));
    one.produced(1).expect("taken");
    one.turn_end();
    assert_eq!(readable(&mut one, 50), (batch(&["a"]).len() as u32, false));
    one.turn_end();
    assert!(one.is_silent(), "news is told once");
}

#[test]
fn a_followers_long_poll_hears_of_records_at_once_but_not_of_the_high_watermark_alone() {
    let mut one = leader(1);
    assert_eq!(watch(&mut one, 50, replica(2, 1, 1, Some(1))), (0, false));
    assert_eq!(one.high_watermark(), 1, "a watch reports the follower's end like a read");
    one.turn_end();
    assert!(one.is_silent());
    one.produce(1, Acks::Leader, &["b"]);
    one.produced(1).expect("taken");
    one.turn_end();
    assert_eq!(readable(&mut one, 50).0, batch(&["b"]).len() as u32);
}

#[test]
fn a_turn_of_many_produces_tells_a_long_poll_once() {
    let mut one = leader(0);
    watch(&mut one, 50, replica(2, 1, 0, None));
    for number in 1..=3 {
        one.produce(number, Acks::Leader, &["a"]);
        one.produced(number).expect("taken");
    }
    one.turn_end();
    assert_eq!(readable(&mut one, 50).0, 3 * batch(&["a"]).len() as u32);
    assert!(one.is_silent());
}

#[test]
fn a_watch_ends_with_its_withdrawal_or_its_read() {
    let mut one = leader(0);
    watch(&mut one, 50, replica(2, 1, 0, None));
    one.ask(50, PartitionAsk::Unwatch);
    watch(&mut one, 999, replica(2, 1, 0, None));
    one.read(replica(2, 1, 0, None));
    one.produce(1, Acks::Leader, &["a"]);
    one.produced(1).expect("taken");
    one.turn_end();
    assert!(one.is_silent());
}

#[test]
fn a_watch_that_can_only_end_in_an_error_or_a_divergence_ends_at_once() {
    let mut one = leader(2);
    assert_eq!(watch(&mut one, 50, consumer(7)), (0, true));
    assert_eq!(watch(&mut one, 51, replica(2, 0, 0, None)), (0, true));
    assert_eq!(watch(&mut one, 52, replica(2, 1, 5, Some(1))), (0, true));
    watch(&mut one, 53, consumer(0));
    one.assign(2, 2, 2, &[1, 2], &[1, 2]);
    assert_eq!(readable(&mut one, 53), (0, true), "the leadership that was watched is over");
    assert_eq!(watch(&mut one, 54, consumer(0)), (0, true), "a follower has nothing to watch");
}

#[test]
fn at_most_so_many_bytes_come_but_at_least_one_batch() {
    let mut one = leader(3);
    let of = |most, at_least_one| PartitionAsk::Read { from: replica(2, 1, 0, None), most, at_least_one };
    let one_batch = batch(&["x"]).len();
    for (most, at_least_one, batches) in [(1, true, 1), (1, false, 0), (2 * one_batch as u32, true, 2)] {
        one.ask(1, of(most, at_least_one));
        let PartitionAnswer::Read(answer) = one.answer(1) else { panic!("a read") };
        assert_eq!(answer.len(), batches * one_batch);
    }
}

/// A leader whose records are only on disk, not in the tail cache.
fn cold() -> Node {
    let mut one = Node::new(1, TopicSettings { tail_cache_bytes: 0, ..settings() });
    one.assign(1, 1, 1, &[1], &[1]);
    for number in 0..4 {
        one.produce(number, Acks::Leader, &["x"]);
        one.produced(number).expect("taken");
    }
    one
}

#[test]
fn a_cold_read_takes_its_offsets_when_it_is_asked_for() {
    let mut one = cold();
    one.holds_reads = true;
    one.ask(1, PartitionAsk::Read { from: consumer(0), most: 1 << 20, at_least_one: true });
    assert!(one.is_silent());
    one.produce(2, Acks::Leader, &["y"]);
    one.produced(2).expect("a cold read stalls nobody");
    finish_reads(&mut one);
    let PartitionAnswer::Read(answer) = one.answer(1) else { panic!("a read") };
    assert_eq!((answer.high_watermark, answer.len()), (Some(Offset(4)), 4 * batch(&["x"]).len()));
}

fn finish_reads(node: &mut Node) {
    while let Some(Output::Read { ticket, file, at, len }) = node.reads.pop_front() {
        let result = node.host.disk.read(file, at, len);
        node.call(|it, env, out| it.on_read_done(ticket, result, env, out));
    }
}

#[test]
fn a_cold_read_that_outlives_its_leadership_is_answered_when_that_ends() {
    let mut one = cold();
    one.holds_reads = true;
    one.ask(1, PartitionAsk::Read { from: consumer(0), most: 1 << 20, at_least_one: true });
    one.assign(1, 2, 2, &[1], &[1]);
    let PartitionAnswer::Read(answer) = one.answer(1) else { panic!("a read") };
    assert_eq!(answer.error, ErrorCode::NotLeaderOrFollower);
    finish_reads(&mut one);
    assert!(one.is_silent());
}

#[test]
fn rotten_bytes_are_never_served_and_end_the_replica_but_not_its_directory() {
    let mut one = cold();
    one.host.disk.rot("00000000000000000000.log", 65);
    let answer = one.consume(0);
    assert_eq!((answer.error, answer.is_empty()), (ErrorCode::KafkaStorageError, true));
    assert_eq!((one.partition.role(), &one.failed), (Role::Offline, &None));
    assert!(one.told().iter().any(|it| matches!(it, TraceEvent::Corrupt { .. })));
    assert_eq!(one.consume(0).error, ErrorCode::KafkaStorageError);
}

fn list(node: &mut Node, spec: OffsetSpec, fetcher: Fetcher) -> Result<Option<OffsetFound>, ErrorCode> {
    node.ask(77, PartitionAsk::ListOffset { spec, current_leader_epoch: None, fetcher });
    match node.answer(77) {
        PartitionAnswer::Offset(answer) => answer,
        other => panic!("{other:?} lists no offset"),
    }
}

#[test]
fn the_latest_offset_is_the_high_watermark_for_clients_and_the_log_end_for_replicas() {
    let mut one = leader(3);
    one.read(replica(2, 1, 2, Some(1)));
    let offset = |it: Result<Option<OffsetFound>, _>| it.expect("no error").expect("found").offset.0;
    assert_eq!(offset(list(&mut one, OffsetSpec::Latest, CONSUMER)), 2);
    assert_eq!(offset(list(&mut one, OffsetSpec::Latest, replica(2, 1, 0, None).fetcher)), 3);
    let earliest = OffsetFound { offset: Offset(0), timestamp: None, epoch: Some(LeaderEpoch(1)) };
    assert_eq!(list(&mut one, OffsetSpec::Earliest, CONSUMER), Ok(Some(earliest)));
}

#[test]
fn a_new_leader_that_may_be_behind_the_old_one_lists_no_latest_offset() {
    let mut one = leader(3);
    one.assign(1, 2, 2, &[1, 2], &[1, 2]);
    let refused = Err(ErrorCode::OffsetNotAvailable);
    assert_eq!(list(&mut one, OffsetSpec::Latest, CONSUMER), refused, "KIP-207");
    assert_eq!(list(&mut one, OffsetSpec::MaxTimestamp, CONSUMER), refused);
    assert_eq!(list(&mut one, OffsetSpec::At(Timestamp(0)), CONSUMER), refused, "the record is not shown yet");
    assert!(list(&mut one, OffsetSpec::Earliest, CONSUMER).is_ok());
    one.read(replica(2, 2, 3, Some(1)));
    assert!(list(&mut one, OffsetSpec::Latest, CONSUMER).is_ok());
}

#[test]
fn an_offset_is_found_by_time_with_its_records_own_epoch() {
    let mut one = leader(1);
    one.assign(1, 4, 2, &[1, 2], &[1]);
    let now = one.host.now.wall;
    let found = list(&mut one, OffsetSpec::At(now), CONSUMER).expect("no error").expect("found");
    assert_eq!((found.offset, found.timestamp, found.epoch), (Offset(0), Some(now), Some(LeaderEpoch(1))));
    assert_eq!(list(&mut one, OffsetSpec::At(Timestamp(now.0 + 1)), CONSUMER), Ok(None));
    let found = list(&mut one, OffsetSpec::MaxTimestamp, CONSUMER).expect("no error").expect("found");
    assert_eq!(found.offset, Offset(0));
}

#[test]
fn an_epochs_end_is_told_for_epochs_that_the_leader_had_and_for_those_it_had_not() {
    let mut one = leader(2);
    one.assign(1, 4, 2, &[1, 2], &[1]);
    one.produce(9, Acks::Leader, &["y"]);
    one.produced(9).expect("taken");
    let mut end = |epoch, current| {
        let ask =
            PartitionAsk::EpochEnd { epoch: LeaderEpoch(epoch), current_leader_epoch: Some(LeaderEpoch(current)) };
        one.ask(5, ask);
        match one.answer(5) {
            PartitionAnswer::EpochEnd(answer) => answer.map(|it| it.map(|(epoch, end)| (epoch.0, end.0))),
            other => panic!("{other:?} tells no end"),
        }
    };
    assert_eq!(end(1, 4), Ok(Some((1, 2))));
    assert_eq!(end(3, 4), Ok(Some((1, 2))), "KIP-279");
    assert_eq!(end(4, 4), Ok(Some((4, 3))));
    assert_eq!(end(9, 4), Ok(None));
    assert_eq!(end(1, 3), Err(ErrorCode::FencedLeaderEpoch));
}
