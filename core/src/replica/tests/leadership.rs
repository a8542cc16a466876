//! What a coordinator that lives with a partition's leadership is told, and how its records get into the log.

use super::bench::{Node, batch, catch_up, consumer, gated, replica, settings};
use crate::io::FileError;
use crate::replica::{Acks, Ends, FetchFrom, Fetcher, Output, TopicSettings};
use crate::types::{ErrorCode, LeaderEpoch, Offset};
use bytes::Bytes;

/// A leader of epoch 1 with one other replica in sync, `min.insync.replicas` 2, and three records of clients.
fn leader() -> Node {
    let mut one = Node::new(1, TopicSettings { min_insync_replicas: 2, ..settings() });
    one.assign(1, 1, 1, &[1, 2], &[1, 2]);
    one.produce(1, Acks::Leader, &["a", "b", "c"]);
    one.produced(1).expect("taken");
    one
}

fn append(node: &mut Node, records: Bytes) -> Result<Offset, ErrorCode> {
    let mut result = None;
    node.call(|it, env, out| result = Some(it.append(records, env, out)));
    result.expect("called")
}

#[test]
fn a_leadership_is_told_with_its_offsets_and_its_end_is_told_once() {
    let mut one = leader();
    let start = Ends {
        start: Offset(0),
        saved_start: Offset(0),
        recovery_point: Offset(0),
        high_watermark: Offset(0),
        end: Offset(0),
    };
    assert_eq!(one.leadership, [Output::LeadershipGained { epoch: LeaderEpoch(1), ends: start }]);
    one.leadership.clear();
    one.assign(2, 2, 2, &[1, 2], &[1, 2]);
    assert_eq!(one.leadership, [Output::LeadershipLost]);
    one.leadership.clear();
    one.assign(1, 3, 3, &[1, 2], &[1, 2]);
    let [Output::LeadershipGained { epoch: LeaderEpoch(3), ends }] = one.leadership[..] else {
        panic!("{:?}", one.leadership);
    };
    assert_eq!(ends.end, Offset(3), "its own records begin behind what it has");
    one.leadership.clear();
    one.call(|it, env, out| it.on_dir_failed(env, out));
    assert_eq!(one.leadership, [Output::LeadershipLost], "an offline replica leads nothing");
}

#[test]
fn another_in_sync_set_within_the_epoch_is_no_news_of_leadership() {
    let mut one = leader();
    one.leadership.clear();
    one.assign(1, 1, 2, &[1, 2], &[1]);
    assert_eq!(one.leadership, []);
}

#[test]
fn the_high_watermark_is_told_at_the_turns_end_and_only_when_it_moved() {
    let mut one = leader();
    one.leadership.clear();
    one.read(replica(2, 1, 1, Some(1)));
    one.read(replica(2, 1, 3, Some(1)));
    assert_eq!(one.leadership, []);
    one.turn_end();
    assert_eq!(one.leadership, [Output::HighWatermark(Offset(3))]);
    one.turn_end();
    assert_eq!(one.leadership.len(), 1);
}

#[test]
fn records_from_inside_are_appended_whole_replicated_and_committed_like_any() {
    let mut one = leader();
    let mut two = Node::new(2, settings());
    two.assign(1, 1, 1, &[1, 2], &[1, 2]);
    assert_eq!(append(&mut one, batch(&["d", "e"])), Ok(Offset(5)));
    assert_eq!(one.high_watermark(), 0, "nobody has fetched them");
    catch_up(&mut two, &mut one);
    assert_eq!(one.high_watermark(), 5);
}

#[test]
fn records_from_inside_are_refused_like_those_of_acks_all() {
    let mut one = leader();
    one.assign(1, 1, 2, &[1, 2], &[1]);
    assert_eq!(append(&mut one, batch(&["d"])), Err(ErrorCode::NotEnoughReplicas));
    one.assign(2, 2, 3, &[1, 2], &[1, 2]);
    assert_eq!(append(&mut one, batch(&["d"])), Err(ErrorCode::NotLeaderOrFollower));
    one.call(|it, env, out| it.on_dir_failed(env, out));
    assert_eq!(append(&mut one, batch(&["d"])), Err(ErrorCode::KafkaStorageError));
    assert!(one.partition.ends().is_none());
}

#[test]
fn an_append_from_inside_that_the_disk_fails_takes_the_directory() {
    let mut one = leader();
    one.leadership.clear();
    one.host.disk.appends_end_with = Some(FileError::Io);
    assert_eq!(append(&mut one, batch(&["d"])), Err(ErrorCode::KafkaStorageError));
    assert!(one.failed.is_some());
    assert_eq!(one.leadership, [Output::LeadershipLost]);
}

#[test]
fn with_flush_messages_1_records_from_inside_count_when_they_are_synced() {
    let mut one = Node::new(1, gated());
    one.assign(1, 1, 1, &[1], &[1]);
    assert_eq!(append(&mut one, batch(&["a"])), Ok(Offset(1)));
    assert_eq!(one.high_watermark(), 0);
    one.sync_all();
    assert_eq!(one.high_watermark(), 1);
}

#[test]
fn a_coordinator_reads_to_the_log_end_and_counts_for_no_follower() {
    let mut one = leader();
    let from = FetchFrom { fetcher: Fetcher::Coordinator, ..consumer(0) };
    assert_eq!(one.read(from).len(), batch(&["a", "b", "c"]).len());
    assert_eq!(one.high_watermark(), 0);
}
