//! Connections without a sign of life.

use super::fetch;
use super::stand::*;
use crate::replica::PartitionAnswer;
use crate::wire::ApiVersionsRequest;

const IDLE_MS: i64 = 600_000;

fn stand_of(idle_ms: i64) -> Stand {
    stand_with(|config| config.connections_max_idle_ms = idle_ms, |_| {})
}

fn closes(stand: &mut Stand) -> Vec<String> {
    core::mem::take(&mut stand.flow).into_iter().filter(|it| it.starts_with("close")).collect()
}

/// A request whose answer the client takes.
fn call(stand: &mut Stand, conn: crate::io::ConnId) {
    let _ = stand.call(conn, &ApiVersionsRequest::default(), 0);
    stand.tell(|broker, env, out| broker.on_drained(conn, env, out));
}

#[test]
fn a_silent_client_is_let_go_and_one_that_speaks_is_not() {
    let mut stand = stand_of(IDLE_MS);
    let (silent, speaks) = (stand.connect(), stand.connect());
    for _ in 0..3 {
        stand.pass_ms(IDLE_MS / 4);
        call(&mut stand, speaks);
    }
    assert!(closes(&mut stand).is_empty());
    stand.pass_ms(IDLE_MS / 4);
    assert_eq!(closes(&mut stand), [format!("close {silent:?} after_drain=false")]);
    stand.pass_ms(IDLE_MS / 2 + 1);
    assert!(closes(&mut stand).is_empty());
    stand.pass_ms(IDLE_MS / 4);
    assert_eq!(closes(&mut stand), [format!("close {speaks:?} after_drain=false")]);
}

#[test]
fn a_client_that_waits_for_its_answer_is_not_silent() {
    let mut stand = stand_of(IDLE_MS);
    let conn = stand.connect();
    let mut request = fetch::request(&[0]);
    request.max_wait_ms = 2 * IDLE_MS as i32;
    stand.send(conn, &request, 12);
    let asked = stand.next_ask();
    stand.reply(&asked, PartitionAnswer::Readable { bytes: 0, at_once: false });
    stand.pass_ms(2 * IDLE_MS - 1);
    assert!(closes(&mut stand).is_empty());
}

#[test]
fn a_client_that_takes_no_answers_is_let_go_whatever_it_waits_for() {
    let mut stand = stand_of(IDLE_MS);
    let conn = stand.connect();
    let _ = stand.call(conn, &ApiVersionsRequest::default(), 0);
    let mut request = fetch::request(&[0]);
    request.max_wait_ms = 2 * IDLE_MS as i32;
    stand.send(conn, &request, 12);
    let asked = stand.next_ask();
    stand.reply(&asked, PartitionAnswer::Readable { bytes: 0, at_once: false });
    stand.pass_ms(IDLE_MS);
    assert_eq!(closes(&mut stand).len(), 1);
}

#[test]
fn a_negative_time_keeps_every_connection() {
    let mut stand = stand_of(-1);
    stand.connect();
    stand.pass_ms(100 * IDLE_MS);
    assert!(closes(&mut stand).is_empty());
}
