//! Bytes that no client should send.

use super::fetch;
use super::produce::request as produce;
use super::stand::{Stand, produced, stand};
use crate::wire::{MetadataRequest, frame_request};
use bytes::{BufMut, Bytes, BytesMut};
use proptest::prelude::*;

fn frame(api: i16, version: i16, body: &[u8]) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_i16(api);
    frame.put_i16(version);
    frame.put_i32(1);
    frame.put_slice(body);
    frame.freeze()
}

fn ends_with(frame: Bytes, why: &str) {
    let mut stand = stand();
    let conn = stand.connect();
    stand.send_bytes(conn, frame);
    assert_eq!(stand.rude(), vec![why]);
    assert_eq!(stand.flow, vec!["close c1 after_drain=false"]);
    stand.send_bytes(conn, Bytes::from_static(b"and more of it"));
    assert_eq!(stand.rude().len(), 1, "a connection that was closed is not listened to");
}

#[test]
fn what_cannot_be_answered_ends_the_connection_with_its_reason() {
    ends_with(Bytes::new(), "a request header that cannot be read");
    ends_with(Bytes::from_static(&[0, 18, 0, 99]), "a request header that cannot be read");
    ends_with(frame(999, 0, &[0, 0]), "an API that this broker does not have");
    ends_with(frame(-1, 0, &[0, 0]), "an API that this broker does not have");
    ends_with(frame(3, 99, &[0, 0]), "a version that the API does not have");
    ends_with(frame(0, 2, &[0, 0]), "a version that the API does not have");
    ends_with(frame(3, 1, &[0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]), "a request that cannot be read");
    ends_with(frame(3, 1, &[0x7f, 0xff]), "a request header that cannot be read");
}

#[test]
fn bytes_behind_a_request_end_the_connection() {
    let parts = frame_request(None, 1, &MetadataRequest::default(), 9, &mut BytesMut::new());
    let mut whole = BytesMut::new();
    parts.iter().for_each(|part| whole.extend_from_slice(part));
    whole.put_u8(0);
    ends_with(whole.freeze().slice(4..), "a request that cannot be read");
}

#[test]
fn a_request_that_names_more_than_any_cluster_has_ends_the_connection() {
    let mut many = fetch::request(&[0]);
    let partitions = &mut many.topics[0].partitions;
    *partitions = vec![partitions[0].clone(); 100_000];
    let parts = frame_request(None, 1, &many, 12, &mut BytesMut::new());
    let whole: Vec<u8> = parts.iter().flatten().copied().collect();
    ends_with(Bytes::from(whole).slice(4..), "a request that names more than any cluster has");
}

#[test]
fn a_request_of_many_partitions_counts_for_more_than_its_bytes() {
    let mut stand = stand();
    let conn = stand.connect();
    let mut many = fetch::request(&[0]);
    let partitions = &mut many.topics[0].partitions;
    *partitions = vec![partitions[0].clone(); 40_000];
    stand.send(conn, &many, 12);
    assert_eq!(stand.flow, vec!["pause c1"]);
}

#[test]
fn a_rude_client_takes_its_running_requests_with_it() {
    let mut stand = stand();
    let conn = stand.connect();
    stand.send(conn, &produce(-1, &[0]), 9);
    stand.send(conn, &fetch::request(&[0]), 12);
    let asked = stand.next_ask();
    stand.send_bytes(conn, Bytes::new());
    assert_eq!(stand.broker.next_wake(), None);
    stand.reply(&asked, produced(0));
    assert!(stand.is_silent(conn));
    stand.close(conn);
    assert!(stand.broker.is_idle());
}

#[test]
fn a_frame_for_a_connection_that_is_gone_is_nothing() {
    let mut stand = stand();
    let conn = stand.connect();
    stand.close(conn);
    stand.send_bytes(conn, frame(3, 1, &[]));
    stand.tell(|broker, env, out| broker.on_drained(conn, env, out));
    assert!(stand.flow.is_empty() && stand.is_silent(conn));
}

/// Sends a frame. The broker may answer it, ask a question, wait, or close the connection, but must not panic.
fn endure(stand: &mut Stand, frame: Bytes) {
    let conn = stand.connect();
    stand.send_bytes(conn, frame);
    stand.pass_ms(120_000);
    stand.turn_end();
    stand.close(conn);
    assert!(stand.broker.is_idle());
}

proptest! {
    #![proptest_config(gracchus_cases::property(2_000))]

    #[test]
    fn no_body_of_any_api_and_version_breaks_the_broker(
        api in prop::sample::select(vec![0i16, 1, 2, 3, 10, 18, 19, 22, 23]),
        version in 0i16..14,
        body in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let mut stand = stand();
        // A header with a null client id and without tagged fields, so that the broker decodes the body.
        let mut whole = vec![0xff, 0xff, 0x00];
        whole.extend_from_slice(&body);
        endure(&mut stand, frame(api, version, &whole));
        endure(&mut stand, frame(api, version, &body));
    }

    #[test]
    fn no_change_of_one_byte_breaks_the_broker(at in 0usize..200, to in any::<u8>(), version in 9i16..14) {
        let mut stand = stand();
        for parts in [
            frame_request(None, 1, &produce(1, &[0, 1]), version, &mut BytesMut::new()),
            frame_request(None, 1, &fetch::request(&[0, 1]), version, &mut BytesMut::new()),
        ] {
            let mut bytes: Vec<u8> = parts.iter().flatten().copied().skip(4).collect();
            let at = at % bytes.len();
            bytes[at] = to;
            endure(&mut stand, Bytes::from(bytes));
        }
    }
}
