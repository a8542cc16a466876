//! A replica's life: opened, loaded, given roles, stopped.

use super::bench::{Node, catch_up, gated, settings};
use crate::io::{FileError, TraceEvent};
use crate::replica::{Acks, Role};
use crate::types::ErrorCode;

#[test]
fn a_loading_replica_sends_everyone_away_and_takes_its_role_when_it_is_loaded() {
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
    one.produce(1, Acks::All, &["b"]);
    assert_eq!(one.refused(1), ErrorCode::NotLeaderOrFollower);
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
