//! A replica's life: opened, loaded, given roles, stopped.

use super::bench::{NAME, Node, catch_up, gated, settings};
use super::host::Host;
use crate::io::{DirId, FileError, FilePath, TraceEvent};
use crate::replica::{Acks, Opening, Output, Partition, PartitionAnswer, Role};
use crate::types::{ErrorCode, NodeId, Offset, TopicId, TopicPartition, Uuid};

#[test]
fn a_loading_replica_sends_readers_away_and_takes_its_role_when_it_is_loaded() {
    let mut one = Node::new(1, settings());
    one.assign(1, 1, 1, &[1], &[1]);
    one.produce(1, Acks::All, &["a"]);
    one.produced(1).expect("taken");
    let ends = one.ends();
    let opening = crate::replica::Opening::Existing {
        clean: false,
        recovery_point: ends.recovery_point,
        log_start: ends.start,
        high_watermark: ends.high_watermark,
    };
    let mut one = Node::open(1, settings(), opening, one.host);
    assert_eq!((one.partition.role(), one.partition.ends()), (Role::Loading, None));
    one.assign(1, 1, 1, &[1], &[1]);
    assert_eq!(one.consume(0).error, ErrorCode::NotLeaderOrFollower);
    one.load();
    assert_eq!(one.partition.role(), Role::Leader);
    assert_eq!((one.end(), one.high_watermark()), (1, 1));
    assert!(!one.consume(0).is_empty());
}

#[test]
fn a_stop_syncs_everything_and_then_says_so() {
    let mut one = Node::new(1, settings());
    one.assign(1, 1, 1, &[1, 2], &[1, 2]);
    one.produce(1, Acks::All, &["a"]);
    one.call(|it, env, out| it.stop(env, out));
    assert_eq!(one.refused(1), ErrorCode::NotLeaderOrFollower);
    assert!(one.stopped.is_none(), "the log's end is not durable yet");
    one.produce(2, Acks::Leader, &["b"]);
    assert_eq!(one.refused(2), ErrorCode::NotLeaderOrFollower);
    while !one.syncs.is_empty() {
        one.synced(Ok(()));
    }
    let ends = one.stopped.expect("stopped");
    assert_eq!((ends.end.0, ends.recovery_point.0, ends.high_watermark.0), (1, 1, 0));
    assert_eq!((one.partition.role(), one.partition.ends()), (Role::Stopped, Some(ends)));
    let one = one.restart(settings(), true);
    assert_eq!((one.end(), one.ends().recovery_point.0), (1, 1));
}

#[test]
fn a_stop_during_a_sync_waits_for_it_and_for_the_next() {
    let mut one = Node::new(1, gated());
    one.assign(1, 1, 1, &[1], &[1]);
    one.sync_all();
    one.produce(1, Acks::All, &["a"]);
    one.turn_end();
    one.produce(2, Acks::All, &["b"]);
    one.call(|it, env, out| it.stop(env, out));
    assert!(one.stopped.is_none());
    while !one.syncs.is_empty() {
        one.synced(Ok(()));
    }
    assert_eq!(one.stopped.expect("stopped").recovery_point.0, 2);
}

#[test]
fn a_sync_that_fails_at_the_stop_is_no_clean_stop() {
    let mut one = Node::new(1, settings());
    one.assign(1, 1, 1, &[1], &[1]);
    one.produce(1, Acks::All, &["a"]);
    one.produced(1).expect("taken");
    one.call(|it, env, out| it.stop(env, out));
    one.synced(Err(FileError::Io));
    assert_eq!((one.stopped, one.failed, one.partition.role()), (None, Some(FileError::Io), Role::Offline));
}

#[test]
fn the_trace_tells_of_roles_and_of_the_in_sync_set_that_was_taken() {
    let mut one = Node::new(1, settings());
    one.assign(1, 1, 1, &[1, 2], &[1, 2]);
    one.assign(1, 1, 2, &[1, 2], &[1]);
    one.assign(2, 2, 3, &[1, 2], &[1, 2]);
    let roles: Vec<String> = one
        .told()
        .into_iter()
        .filter_map(|it| match it {
            TraceEvent::BecameLeader { epoch, start, .. } => Some(format!("leader {epoch} from {start}")),
            TraceEvent::BecameFollower { epoch, leader, .. } => Some(format!("follower {epoch} of {leader:?}")),
            TraceEvent::InSync { epoch, partition_epoch, .. } => Some(format!("in sync {epoch} {partition_epoch}")),
            _ => None,
        })
        .collect();
    assert_eq!(roles, ["leader 1 from 0", "in sync 1 1", "in sync 1 2", "follower 2 of Some(2)"]);
}

#[test]
fn without_a_leader_there_is_nobody_to_fetch_from() {
    let mut two = Node::new(2, settings());
    two.assign(1, 1, 1, &[1, 2], &[1, 2]);
    assert!(two.position.is_some());
    let nobody = crate::replica::Assignment {
        leader: None,
        leader_epoch: crate::types::LeaderEpoch(2),
        partition_epoch: crate::types::PartitionEpoch(2),
        replicas: vec![],
        isr: vec![],
    };
    two.call(|it, env, out| it.on_assignment(nobody, env, out));
    assert_eq!((two.position, two.partition.role()), (None, Role::Follower));
}

#[test]
fn a_replica_that_comes_back_goes_on_where_it_was() {
    let mut one = Node::new(1, settings());
    let mut two = Node::new(2, settings());
    for node in [&mut one, &mut two] {
        node.assign(1, 1, 1, &[1, 2], &[1, 2]);
    }
    one.produce(1, Acks::All, &["a"]);
    catch_up(&mut two, &mut one);
    one.produced(1).expect("taken");
    let mut two = two.restart(settings(), false);
    two.assign(1, 1, 1, &[1, 2], &[1, 2]);
    one.produce(2, Acks::All, &["b"]);
    catch_up(&mut two, &mut one);
    one.produced(2).expect("taken");
    assert_eq!(one.contents(), two.contents());
    assert_eq!(two.high_watermark(), 2);
}

#[test]
fn a_replica_that_is_made_on_a_full_disk_comes_up_when_there_is_room() {
    let mut host = Host::new();
    host.disk.is_full = true;
    let mut one = Node::open(1, settings(), Opening::New, host);
    one.assign(1, 1, 1, &[1], &[1]);
    assert_eq!((one.partition.role(), &one.failed), (Role::Loading, &None), "the directory is sound");
    assert_eq!(one.consume(0).error, ErrorCode::NotLeaderOrFollower);
    let until = one.partition.next_wake().expect("it looks again");
    one.host.now.mono = until;
    one.call(|it, env, out| it.on_wake(env, out));
    assert_eq!(one.partition.role(), Role::Loading);
    one.host.disk.is_full = false;
    one.host.now.mono = one.partition.next_wake().expect("and again");
    one.call(|it, env, out| it.on_wake(env, out));
    one.load();
    one.produce(2, Acks::All, &["a"]);
    one.produced(2).expect("taken");
}

#[test]
fn a_leader_keeps_leading_on_a_full_disk() {
    let mut one = Node::new(1, settings());
    one.assign(1, 1, 1, &[1], &[1]);
    one.host.disk.is_full = true;
    one.assign(1, 2, 2, &[1], &[1]);
    assert_eq!((one.partition.role(), &one.failed), (Role::Leader, &None));
    one.produce(1, Acks::All, &["a"]);
    assert_eq!(one.refused(1), ErrorCode::KafkaStorageError);
    one.host.disk.is_full = false;
    one.produce(2, Acks::All, &["a"]);
    one.produced(2).expect("there is room again");
}

#[test]
fn a_replica_that_ends_gives_its_files_up() {
    let mut one = Node::new(1, settings());
    one.assign(1, 1, 1, &[1], &[1]);
    one.produce(1, Acks::All, &["a"]);
    one.produced(1).expect("taken");
    assert!(one.host.disk.open_files() > 0);
    one.call(|it, env, out| it.on_dir_failed(env, out));
    assert_eq!(one.host.disk.open_files(), 0);
}

#[test]
fn a_folder_of_another_topic_is_not_touched_and_its_directory_goes_on() {
    let one = Node::new(1, settings());
    let mut host = one.host;
    let mut out = Vec::new();
    let other = TopicPartition { topic: TopicId(Uuid::from_halves(0, 5)), ..NAME };
    let opening =
        Opening::Existing { clean: false, recovery_point: Offset(0), log_start: Offset(0), high_watermark: Offset(0) };
    let folder = FilePath::new(DirId(0), "t-0");
    let partition = Partition::open(folder, other, NodeId(1), settings(), opening, &mut host.env(), &mut out);
    assert_eq!((partition.role(), out), (Role::Offline, vec![]));
}

#[test]
fn a_partition_that_comes_back_to_its_node_is_found_there() {
    let mut one = Node::new(1, settings());
    one.assign(1, 1, 1, &[1], &[1]);
    one.produce(1, Acks::All, &["a"]);
    one.produced(1).expect("taken");
    let mut out = Vec::new();
    one.partition.close(&mut one.host.env(), &mut out);
    assert_eq!(one.host.disk.open_files(), 0);
    let mut one = Node::open(1, settings(), Opening::New, one.host);
    one.load();
    assert_eq!((one.end(), one.failed), (1, None));
}

#[test]
fn a_partition_that_leaves_its_node_answers_those_who_wait() {
    let mut one = Node::new(1, settings());
    one.assign(1, 1, 1, &[1, 2], &[1, 2]);
    one.produce(1, Acks::All, &["a"]);
    let mut out = Vec::new();
    one.partition.close(&mut one.host.env(), &mut out);
    let [Output::Answer { answer: PartitionAnswer::Produced(Err(refusal)), .. }, Output::LeadershipLost] = &out[..]
    else {
        panic!("{out:?}")
    };
    assert_eq!(refusal.error, ErrorCode::NotLeaderOrFollower);
}

#[test]
fn a_leader_whose_log_has_an_epoch_that_is_yet_to_come_serves_nothing() {
    let mut one = Node::new(1, settings());
    one.assign(1, 5, 1, &[1], &[1]);
    one.produce(1, Acks::All, &["a"]);
    one.produced(1).expect("taken");
    let mut one = one.restart(settings(), false);
    one.assign(1, 4, 2, &[1], &[1]);
    assert_eq!((one.partition.role(), one.failed), (Role::Offline, None), "its directory is well");
}
