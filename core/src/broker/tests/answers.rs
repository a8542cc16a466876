//! The budget of all connections' answers.

use super::fetch::{read, request};
use super::stand::*;
use crate::io::{ConnId, Site};
use crate::replica::{PartitionAnswer, PartitionAsk};
use crate::wire::ApiVersionsRequest;

const BUDGET: usize = 4 << 20;
const EACH: usize = 1 << 20;

fn stand_of(budget: usize) -> Stand {
    stand_with(|config| config.answer_budget_bytes = budget as u64, |_| {})
}

/// Connections that each fetch a mebibyte, which is there.
fn that_fetch(stand: &mut Stand, count: usize) -> Vec<ConnId> {
    let conns: Vec<ConnId> = (0..count).map(|_| stand.connect()).collect();
    for conn in &conns {
        stand.send(*conn, &request(&[0]), 12);
    }
    for watch in stand.asks.drain(..).collect::<Vec<_>>() {
        stand.reply(&watch, PartitionAnswer::Readable { bytes: EACH as u32, at_once: true });
    }
    conns
}

/// Ends the turn, and answers the reads that the partitions were asked for. Returns how many there were.
fn read_all(stand: &mut Stand) -> usize {
    stand.tell(|broker, env, out| broker.on_turn_end(env, out));
    let asks: Vec<Asked> = stand.asks.drain(..).collect();
    assert!(asks.iter().all(|asked| matches!(asked.what, PartitionAsk::Read { .. })), "{asks:?}");
    for ask in &asks {
        stand.reply(ask, read(EACH));
    }
    asks.len()
}

/// Has all partitions read that may, and answer with as many bytes as they may. Returns how many KiB these were.
fn read_shares(stand: &mut Stand) -> Vec<u32> {
    let mut shares = Vec::new();
    loop {
        stand.tell(|broker, env, out| broker.on_turn_end(env, out));
        let asks: Vec<Asked> = stand.asks.drain(..).collect();
        if asks.is_empty() {
            return shares;
        }
        for ask in &asks {
            let PartitionAsk::Read { most, .. } = ask.what else { panic!("{ask:?}") };
            stand.reply(ask, read(most as usize));
            shares.push(most.div_ceil(1 << 10));
        }
    }
}

fn drain(stand: &mut Stand, conn: ConnId) {
    stand.tell(|broker, env, out| broker.on_drained(conn, env, out));
}

fn has_answer(stand: &mut Stand, conn: ConnId) -> bool {
    stand.next_frame(conn).is_some()
}

fn flow(stand: &mut Stand) -> Vec<String> {
    core::mem::take(&mut stand.flow)
}

#[test]
fn fetches_wait_for_room_and_get_it_in_turn() {
    let mut stand = stand_of(BUDGET);
    let conns = that_fetch(&mut stand, 10);
    // The reads under way take the whole budget, whatever they will return.
    assert_eq!(read_all(&mut stand), 4);
    assert_eq!(read_all(&mut stand), 0);
    assert!(stand.reached.contains(&Site::BrokerAnswersFull));
    for (at, conn) in conns.iter().enumerate() {
        assert!(has_answer(&mut stand, *conn), "{at} is served before those behind it");
        drain(&mut stand, *conn);
        assert_eq!(read_all(&mut stand), usize::from(at + 4 < conns.len()));
    }
    assert!(flow(&mut stand).iter().all(|it| !it.starts_with("close")));
}

#[test]
fn a_client_that_takes_no_answers_is_closed_while_others_wait() {
    let mut stand = stand_of(BUDGET);
    let conns = that_fetch(&mut stand, 6);
    read_all(&mut stand);
    stand.pass_ms(5_000);
    // A client that takes its answers is not closed, nor one that came later.
    assert!(has_answer(&mut stand, conns[0]));
    drain(&mut stand, conns[0]);
    assert_eq!(read_all(&mut stand), 1);
    flow(&mut stand);
    stand.pass_ms(4_999);
    assert!(flow(&mut stand).is_empty());
    stand.pass_ms(1);
    assert_eq!(flow(&mut stand), [format!("close {:?} after_drain=false", conns[1])]);
    assert!(stand.reached.contains(&Site::BrokerUntakenClosed));
    // There is room now, and nobody else is closed for the time being.
    assert_eq!(read_all(&mut stand), 1);
    for late in &conns[4..] {
        assert!(has_answer(&mut stand, *late));
    }
}

#[test]
fn without_need_nobody_is_closed_for_answers_that_lie_untaken() {
    let mut stand = stand_of(BUDGET);
    that_fetch(&mut stand, 3);
    assert_eq!(read_all(&mut stand), 3);
    stand.pass_ms(100_000);
    assert!(flow(&mut stand).is_empty());
}

#[test]
fn a_client_with_untaken_answers_is_not_read_from_while_the_budget_is_used_up() {
    let mut stand = stand_of(BUDGET);
    let conns = that_fetch(&mut stand, 4);
    read_all(&mut stand);
    let pauses: Vec<String> = conns.iter().map(|conn| format!("pause {conn:?}")).collect();
    assert_eq!(flow(&mut stand), pauses);
    // One that takes its answers is served meanwhile.
    let other = stand.connect();
    for _ in 0..2 {
        let _ = stand.call(other, &ApiVersionsRequest::default(), 0);
        drain(&mut stand, other);
        assert_eq!(flow(&mut stand), [format!("pause {other:?}"), format!("resume {other:?}")]);
    }
    drain(&mut stand, conns[0]);
    assert_eq!(flow(&mut stand), [format!("resume {:?}", conns[0])]);
    // There is room again.
    let _ = stand.call(other, &ApiVersionsRequest::default(), 0);
    assert!(flow(&mut stand).is_empty());
}

#[test]
fn answers_that_wait_behind_one_that_is_not_read_yet_do_not_use_the_budget_for_ever() {
    let mut stand = stand_of(BUDGET);
    let conn = stand.connect();
    // Two fetches: the second one is read first, and its answer takes more than the budget.
    for _ in 0..2 {
        stand.send(conn, &request(&[0]), 12);
    }
    let watches: Vec<Asked> = stand.asks.drain(..).collect();
    stand.reply(&watches[1], PartitionAnswer::Readable { bytes: 1, at_once: true });
    let behind = stand.next_ask();
    stand.reply(&behind, read(BUDGET));
    stand.reply(&watches[0], PartitionAnswer::Readable { bytes: 1, at_once: true });
    assert_eq!(read_all(&mut stand), 1, "it must be answered first");
    assert!(has_answer(&mut stand, conn) && has_answer(&mut stand, conn));
}

#[test]
fn a_few_clients_that_take_nothing_do_not_get_the_whole_budget_and_the_others_share_what_they_leave() {
    let mut stand = stand_of(BUDGET);
    let mut first = Vec::new();
    for _ in 0..6 {
        that_fetch(&mut stand, 1);
        first.extend(read_shares(&mut stand));
    }
    // The headers of answers count too, so that it is a little less.
    assert_eq!(first, [1024, 1024, 1024, 512, 256, 128]);
    that_fetch(&mut stand, 2);
    assert_eq!(read_shares(&mut stand), [64; 2], "nobody reads less");
    let late = that_fetch(&mut stand, 20);
    assert!(read_shares(&mut stand).is_empty());
    stand.pass_ms(10_000);
    // One client is closed at a time, and the others share its room.
    let mut shares = read_shares(&mut stand);
    stand.pass_ms(1);
    shares.extend(read_shares(&mut stand));
    assert_eq!(shares.len(), late.len());
    assert!(*shares.iter().min().unwrap() >= 64 && *shares.iter().max().unwrap() <= 512, "{shares:?}");
    assert!(late.iter().all(|conn| has_answer(&mut stand, *conn)));
}

#[test]
fn a_thousand_clients_that_take_nothing_hold_no_more_than_the_budget() {
    let mut stand = stand_of(BUDGET);
    let hoarders = that_fetch(&mut stand, 1_000);
    let mut closed = 0;
    for _ in 0..20 {
        read_all(&mut stand);
        closed += flow(&mut stand).iter().filter(|it| it.starts_with("close")).count();
        let answered = hoarders.iter().filter(|conn| !stand.is_silent(**conn)).count();
        assert!((answered - closed) * EACH <= BUDGET, "{} answers are in memory", answered - closed);
        stand.pass_ms(10_000);
    }
    assert!(closed > 10, "others got their turn");
}
