//! How a client finds brokers, and finds them again.

use super::stage::{First, Stage, TOPIC};
use crate::client::*;
use std::sync::Arc;

fn stage(cluster: ClusterConfig) -> Stage<Producer> {
    Stage::new(Producer::new(ProducerConfig { cluster, ..Default::default() }))
}

fn config() -> ClusterConfig {
    ClusterConfig {
        bootstrap: vec![(Arc::from("boot"), 9000), (Arc::from("boot"), 8999)],
        dial_timeout_ms: 5_000,
        ..Default::default()
    }
}

impl Stage<Producer> {
    fn hand_in(&mut self) {
        let record = Record { value: Some(b"v"), ..Default::default() };
        let mut out = Vec::new();
        self.client.send(TOPIC, 0, record, self.now, &mut First, &mut out);
        self.perform(out);
    }
}

#[test]
fn a_bootstrap_server_that_is_down_is_passed_over() {
    let mut stage = stage(config());
    stage.down.insert(0);
    stage.hand_in();
    assert_eq!(stage.dials[..2], [0, -1]);
    assert_eq!(stage.next_request().node, 1);
}

#[test]
fn bootstrap_servers_are_left_when_the_brokers_are_known() {
    let mut stage = stage(config());
    stage.hand_in();
    assert_eq!(stage.dials, [0, 1]);
    assert_eq!(stage.closes, [Conn(0)]);
}

#[test]
fn bootstrap_servers_are_asked_again_when_no_broker_can_be_reached() {
    let mut stage = stage(config());
    stage.hand_in();
    let request = stage.next_request();
    stage.down.extend([1, 2, 3]);
    stage.lose(request.conn);
    stage.dials.clear();
    stage.pass(1_000);
    assert!(stage.dials.contains(&0), "{:?}", stage.dials);
}

#[test]
fn brokers_that_are_down_are_not_dialed_without_a_pause() {
    let mut stage = stage(config());
    stage.down.extend([0, -1]);
    stage.hand_in();
    stage.pass(60_000);
    assert!(stage.dials.len() < 170, "{} in a minute", stage.dials.len());
}

#[test]
fn a_client_that_asks_for_no_versions_speaks_its_own() {
    let versions = Versions { produce: 9, metadata: 9, init_producer_id: 2, ..Versions::default() };
    let mut stage = stage(ClusterConfig { asks_versions: false, versions, ..config() });
    stage.hand_in();
    assert_eq!(stage.next_request().version, 9);
}

#[test]
fn a_topic_that_nobody_knows_is_asked_for_until_the_records_are_given_up() {
    let mut stage = stage(config());
    let record = Record { value: Some(b"v"), ..Default::default() };
    let mut out = Vec::new();
    stage.client.send("elsewhere", 0, record, stage.now, &mut First, &mut out);
    stage.perform(out);
    stage.pass(119_999);
    assert!((100..1_300).contains(&stage.refreshes), "{} in two minutes", stage.refreshes);
    assert_eq!(stage.client.unanswered(), 1);
    stage.pass(1);
    assert_eq!(stage.client.unanswered(), 0);
}

#[test]
fn a_closed_client_ends_its_connections() {
    let mut stage = stage(config());
    stage.hand_in();
    let conn = stage.next_request().conn;
    let mut out = Vec::new();
    stage.client.close(&mut out);
    assert_eq!(out, [Output::Close { conn }]);
}

#[test]
fn a_copy_goes_on_as_its_original_would() {
    let mut stage = stage(config());
    stage.hand_in();
    let mut copy = stage.client.clone();
    let later = crate::types::Now { mono: stage.now.mono.plus_ms(31_000), ..stage.now };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    stage.client.on_wake(later, &mut First, &mut ours);
    copy.on_wake(later, &mut First, &mut theirs);
    assert!(!ours.is_empty());
    assert_eq!(ours, theirs);
}

#[test]
fn a_leader_that_is_not_among_the_brokers_is_asked_about_again_and_not_without_a_pause() {
    let mut stage = stage(config());
    stage.unlisted.insert(1);
    stage.hand_in();
    stage.pass(10_000);
    assert!((10..110).contains(&stage.refreshes), "{} in ten seconds", stage.refreshes);
    stage.unlisted.clear();
    stage.pass(1_000);
    assert_eq!(stage.next_request().node, 1);
}
