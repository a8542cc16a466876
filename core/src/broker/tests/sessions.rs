//! The order of answers, the flow of requests, and sessions that move.

use super::fetch;
use super::produce::request as produce;
use super::stand::{Stand, code, produced, stand, stand_with, topic};
use crate::broker::Broker;
use crate::io::{ConnId, ShardId, Site};
use crate::metadata::{NodeConfig, placement};
use crate::replica::{PartitionAnswer, PartitionAsk};
use crate::types::ErrorCode;
use crate::wire::{FetchResponse, FindCoordinatorRequest, FindCoordinatorResponse, ProduceResponse};
use std::sync::Arc;

fn coordinator() -> FindCoordinatorRequest {
    FindCoordinatorRequest::default()
}

#[test]
fn answers_leave_in_the_order_of_the_requests() {
    let mut stand = stand();
    let conn = stand.connect();
    let first = stand.send(conn, &produce(1, &[0]), 9);
    let second = stand.send(conn, &coordinator(), 3);
    let third = stand.send(conn, &produce(1, &[1]), 9);
    let (one, three) = (stand.next_ask(), stand.next_ask());
    stand.reply(&three, produced(1));
    assert!(stand.is_silent(conn), "two answers wait behind the first");
    stand.reply(&one, produced(0));
    let _: ProduceResponse = stand.answer(conn, first, 9);
    let _: FindCoordinatorResponse = stand.answer(conn, second, 3);
    let _: ProduceResponse = stand.answer(conn, third, 9);
}

#[test]
fn a_produce_with_acks_0_has_no_place_among_the_answers() {
    let mut stand = stand();
    let conn = stand.connect();
    let first = stand.send(conn, &produce(1, &[0]), 9);
    stand.send(conn, &produce(0, &[0]), 9);
    let third = stand.send(conn, &coordinator(), 3);
    let (one, silent) = (stand.next_ask(), stand.next_ask());
    stand.reply(&one, produced(0));
    let _: ProduceResponse = stand.answer(conn, first, 9);
    let _: FindCoordinatorResponse = stand.answer(conn, third, 3);
    stand.reply(&silent, produced(1));
    assert!(stand.is_silent(conn) && stand.flow.is_empty());
}

#[test]
fn pipelined_produces_reach_a_partition_in_the_order_in_which_they_came() {
    let mut stand = stand();
    let conn = stand.connect();
    let numbers: Vec<i32> = (0..5).map(|_| stand.send(conn, &produce(-1, &[0]), 9)).collect();
    let asks: Vec<_> = (0..5).map(|_| stand.next_ask()).collect();
    assert!(asks.windows(2).all(|pair| pair[0].ask < pair[1].ask), "asked at once, one behind the other");
    for (at, ask) in asks.iter().enumerate() {
        stand.reply(ask, produced(at as i64));
    }
    for number in numbers {
        let _: ProduceResponse = stand.answer(conn, number, 9);
    }
}

#[test]
fn a_connection_is_paused_at_its_bound_and_resumed_well_below_it() {
    let mut stand = stand_with(|config| config.max_in_flight_per_connection = 4, |_| {});
    let conn = stand.connect();
    for _ in 0..3 {
        stand.send(conn, &produce(1, &[0]), 9);
    }
    stand.send(conn, &produce(0, &[0]), 9);
    assert_eq!(stand.flow, vec!["pause c1"], "one that wants no answer counts too");
    assert!(stand.reached.contains(&Site::BrokerPaused));
    stand.send(conn, &produce(1, &[0]), 9);
    assert_eq!(stand.asks.len(), 5, "a frame of the same turn is taken still");
    for _ in 0..2 {
        let ask = stand.next_ask();
        stand.reply(&ask, produced(0));
    }
    assert_eq!(stand.flow, vec!["pause c1"], "three are unanswered");
    let ask = stand.next_ask();
    stand.reply(&ask, produced(0));
    assert_eq!(stand.flow, vec!["pause c1", "resume c1"]);
}

#[test]
fn a_client_that_does_not_read_its_answers_is_paused_until_they_have_left() {
    let mut stand = stand();
    let conn = stand.connect();
    let number = stand.send(conn, &fetch::request(&[0]), 12);
    fetch::bring(&mut stand, 17 << 20);
    let _: FetchResponse = stand.answer(conn, number, 12);
    assert_eq!(stand.flow, vec!["pause c1"]);
    stand.tell(|broker, env, out| broker.on_drained(conn, env, out));
    assert_eq!(stand.flow, vec!["pause c1", "resume c1"]);
}

#[test]
fn unanswered_frames_that_are_large_together_pause_a_connection() {
    let mut stand = stand();
    let conn = stand.connect();
    for _ in 0..2 {
        assert!(stand.flow.is_empty());
        stand.send(conn, &fetch::large_produce(9 << 20), 9);
    }
    assert_eq!(stand.flow, vec!["pause c1"]);
}

#[test]
fn a_client_that_sends_no_more_gets_what_it_is_owed_and_then_the_end() {
    let mut stand = stand();
    let (conn, idle) = (stand.connect(), stand.connect());
    let written = stand.send(conn, &produce(-1, &[0]), 9);
    let fetched = stand.send(conn, &fetch::request(&[1]), 12);
    let (append, watch) = (stand.next_ask(), stand.next_ask());
    stand.reply(&watch, PartitionAnswer::Readable { bytes: 0, at_once: false });
    stand.tell(|broker, env, out| broker.on_half_closed(conn, env, out));
    let read = stand.next_ask();
    stand.reply(&read, fetch::empty_read());
    assert!(stand.flow.is_empty() && stand.is_silent(conn), "an append is under way");
    stand.reply(&append, produced(7));
    let _: ProduceResponse = stand.answer(conn, written, 9);
    let _: FetchResponse = stand.answer(conn, fetched, 12);
    assert_eq!(stand.flow, vec!["close c1 after_drain=true"]);
    stand.tell(|broker, env, out| broker.on_half_closed(idle, env, out));
    assert_eq!(stand.flow.len(), 2, "nothing was owed: {:?}", stand.flow);
}

#[test]
fn a_closed_connection_takes_its_waits_with_it() {
    let mut stand = stand();
    let conn = stand.connect();
    stand.send(conn, &fetch::request(&[0, 1]), 12);
    stand.asks.clear();
    stand.close(conn);
    let withdrawn: Vec<_> = stand.asks.drain(..).map(|asked| asked.what).collect();
    assert_eq!(withdrawn, vec![PartitionAsk::Unwatch, PartitionAsk::Unwatch]);
    assert!(stand.broker.is_idle());
    assert_eq!(stand.broker.next_wake(), None, "no timer is left");
}

#[test]
fn two_connections_do_not_wait_for_each_other() {
    let mut stand = stand();
    let (slow, quick) = (stand.connect(), stand.connect());
    stand.send(slow, &produce(1, &[0]), 9);
    stand.call(quick, &coordinator(), 3);
    assert!(stand.is_silent(slow));
}

#[test]
fn stopping_ends_waits_answers_what_runs_and_closes_behind_it() {
    let mut stand = stand();
    let (waiting, writing, idle) = (stand.connect(), stand.connect(), stand.connect());
    let fetched = stand.send(waiting, &fetch::request(&[0]), 12);
    let watch = stand.next_ask();
    stand.reply(&watch, PartitionAnswer::Readable { bytes: 0, at_once: false });
    let written = stand.send(writing, &produce(1, &[0]), 9);
    let produce_ask = stand.next_ask();
    stand.tell(|broker, env, out| broker.stop(env, out));
    assert!(stand.flow.contains(&format!("close {idle:?} after_drain=true")));
    assert!(!stand.flow.contains(&format!("close {writing:?} after_drain=true")));
    let read = stand.next_ask();
    stand.reply(&read, fetch::empty_read());
    let _: FetchResponse = stand.answer(waiting, fetched, 12);
    stand.send(writing, &coordinator(), 3);
    stand.reply(&produce_ask, produced(0));
    let _: ProduceResponse = stand.answer(writing, written, 9);
    assert!(stand.is_silent(writing), "no request is taken any more");
    for conn in [waiting, writing, idle] {
        assert!(stand.flow.contains(&format!("close {conn:?} after_drain=true")));
        assert!(!stand.broker.is_idle());
        stand.close(conn);
    }
    assert!(stand.broker.is_idle());
}

#[test]
fn a_connection_that_comes_while_stopping_is_closed() {
    let mut stand = stand();
    stand.tell(|broker, env, out| broker.stop(env, out));
    stand.connect();
    stand.turn_end();
    assert_eq!(stand.flow, vec!["pause c1", "close c1 after_drain=true"]);
}

/// A stand with three data shards. Also returns, for each of the two shards that are not the stand's own, a partition
/// of topic `t` that lives there.
fn sharded(configure: impl FnOnce(&mut NodeConfig)) -> (Stand, Vec<(i32, ShardId)>) {
    let stand = stand_with(
        |config| {
            config.shards = 4;
            configure(config);
        },
        |image| image.put_topic(topic("t", 1, &[1; 6])),
    );
    let places = (0..6).map(|partition| (partition, placement(super::stand::place(1, partition), 4)));
    let places = places.filter(|(_, shard)| *shard != ShardId(1)).collect();
    (stand, places)
}

#[test]
fn a_session_moves_to_the_shard_where_its_partitions_live_with_all_that_came_for_it() {
    let (mut stand, away) = sharded(|_| {});
    let (partition, shard) = away[0];
    let conn = stand.connect();
    stand.call(conn, &coordinator(), 3);
    let first = stand.send(conn, &produce(1, &[partition]), 9);
    let second = stand.send(conn, &coordinator(), 3);
    assert!(stand.asks.is_empty() && stand.is_silent(conn), "nothing is begun here");
    stand.turn_end();
    let (moved, to, session) = stand.hand_overs.pop().expect("it is handed over");
    assert_eq!((moved, to, session.frames.len()), (conn, shard, 2));
    assert!(stand.broker.is_idle());
    assert!(stand.reached.contains(&Site::BrokerHandedOver) && stand.reached.contains(&Site::BrokerHandedOverMore));

    let config = NodeConfig { shards: 4, ..NodeConfig::default() };
    let image = stand.image.clone();
    stand.broker = Broker::new(Arc::new(config), shard);
    stand.tell(|broker, env, out| broker.on_image(image, env, out));
    stand.tell(|broker, env, out| broker.on_handed_over(session, env, out));
    let ask = stand.next_ask();
    stand.reply(&ask, produced(0));
    let _: ProduceResponse = stand.answer(conn, first, 9);
    let _: FindCoordinatorResponse = stand.answer(conn, second, 3);
}

#[test]
fn a_session_moves_at_most_once() {
    let (mut stand, away) = sharded(|_| {});
    let conn = stand.connect();
    let home: Vec<i32> = (0..6).filter(|it| away.iter().all(|(partition, _)| partition != it)).collect();
    stand.send(conn, &produce(0, &home[..1]), 9);
    let ask = stand.next_ask();
    stand.reply(&ask, produced(0));
    stand.send(conn, &produce(1, &[away[0].0]), 9);
    assert_eq!(stand.asks.len(), 1, "its first produce settled it here");
    stand.turn_end();
    assert!(stand.hand_overs.is_empty());
}

#[test]
fn a_session_stays_while_it_is_owed_an_answer_and_moves_later() {
    let (mut stand, away) = sharded(|_| {});
    let conn = stand.connect();
    let metadata = crate::wire::MetadataRequest {
        topics: Some(vec![crate::wire::metadata::MetadataRequestTopic {
            name: Some("new".into()),
            ..Default::default()
        }]),
        ..Default::default()
    };
    stand.send(conn, &metadata, 9);
    stand.send(conn, &produce(0, &[away[0].0]), 9);
    let ask = stand.next_ask();
    stand.reply(&ask, produced(0));
    stand.pass_ms(10_000);
    assert!(stand.next_frame(conn).is_some(), "the metadata was answered");
    stand.send(conn, &produce(1, &[away[0].0]), 9);
    stand.turn_end();
    assert_eq!(stand.hand_overs.len(), 1);
}

#[test]
fn a_session_whose_partitions_live_apart_stays() {
    let (mut stand, away) = sharded(|_| {});
    let conn = stand.connect();
    let apart: Vec<i32> = away.iter().map(|(partition, _)| *partition).collect();
    stand.send(conn, &produce(1, &apart), 9);
    assert_eq!(stand.asks.len(), apart.len());
}

#[test]
fn a_topic_that_nobody_knows_yet_settles_nothing() {
    let (mut stand, away) = sharded(|_| {});
    let conn = stand.connect();
    let mut unknown = produce(1, &[0]);
    unknown.topic_data[0].name = "u".into();
    let answer = stand.call(conn, &unknown, 9);
    assert_eq!(answer.responses[0].partition_responses[0].error_code, code(ErrorCode::UnknownTopicOrPartition));
    stand.send(conn, &produce(1, &[away[0].0]), 9);
    stand.turn_end();
    assert_eq!(stand.hand_overs.len(), 1);
}

#[test]
fn clients_stay_where_they_are_if_the_node_says_so_but_replicas_move() {
    let (mut stand, away) = sharded(|config| config.hand_over_clients = false);
    let (client, replica) = (stand.connect(), stand.connect());
    stand.send(client, &produce(1, &[away[0].0]), 9);
    let mut fetch = fetch::request(&[away[0].0]);
    fetch.replica_id = 2;
    stand.send(replica, &fetch, 12);
    stand.turn_end();
    let moved: Vec<ConnId> = stand.hand_overs.iter().map(|(conn, ..)| *conn).collect();
    assert_eq!(moved, vec![replica]);
}

#[test]
fn a_connection_that_closes_in_the_turn_in_which_it_would_leave_leaves_nobody() {
    let (mut stand, away) = sharded(|_| {});
    let conn = stand.connect();
    stand.send(conn, &produce(1, &[away[0].0]), 9);
    stand.close(conn);
    stand.turn_end();
    assert!(stand.hand_overs.is_empty() && stand.broker.is_idle());
}
