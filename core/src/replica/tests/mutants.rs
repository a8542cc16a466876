//! Mutants of this module: each known bug has the effect that it is known for.

use super::bench::{Node, gated, settings};
use crate::io::{FileError, Mutant};
use crate::replica::{Acks, Role, TopicSettings};

fn leader_of_two(mutant: Mutant, settings: TopicSettings) -> Node {
    let mut one = Node::new(1, settings);
    one.host.probes.mutant = Some(mutant);
    one.assign(1, 1, 1, &[1, 2], &[1, 2]);
    one
}

#[test]
fn m01_acknowledges_at_the_append() {
    let mut one = leader_of_two(Mutant::M01, settings());
    one.produce(1, Acks::All, &["a"]);
    one.produced(1).expect("too early");
    assert_eq!(one.high_watermark(), 0);
}

#[test]
fn m02_takes_and_commits_with_one_replica_where_two_are_demanded() {
    let mut one = leader_of_two(Mutant::M02, TopicSettings { min_insync_replicas: 2, ..settings() });
    one.assign(1, 1, 2, &[1, 2], &[1]);
    one.produce(1, Acks::All, &["a"]);
    one.produced(1).expect("taken");
    assert_eq!(one.high_watermark(), 1);
}

#[test]
fn m03_shows_consumers_what_is_not_committed() {
    let mut one = leader_of_two(Mutant::M03, settings());
    one.produce(1, Acks::Leader, &["a"]);
    one.produced(1).expect("taken");
    assert!(!one.consume(0).is_empty());
}

#[test]
fn m35_acknowledges_after_a_failed_sync_and_goes_on() {
    let mut one = leader_of_two(Mutant::M35, gated());
    one.produce(1, Acks::Leader, &["a"]);
    one.sync_all();
    one.produced(1).expect("durable");
    one.produce(2, Acks::Leader, &["b"]);
    one.turn_end();
    one.synced(Err(FileError::Io));
    one.produced(2).expect("not durable");
    assert_eq!(one.partition.role(), Role::Leader);
}
