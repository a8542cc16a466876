//! Bytes that no client should send.

use super::fetch;
use super::produce::request as produce;
use super::stand::{Stand, produced, stand, topic};
use crate::broker::table::TABLE;
use crate::wire::{API_KEYS, ApiKey, Decoder, Message};
use crate::wire::{ApiVersionsRequest, IncrementalAlterConfigsRequest};
use crate::wire::{ResponseHeader, frame_request, incremental_alter_configs, open_response, response_header_version};
use bytes::{BufMut, Bytes, BytesMut};
use proptest::prelude::*;
use xtask::codegen::frames::{CORRELATION, Requests};

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
fn an_api_that_this_build_has_messages_for_and_does_not_serve_ends_the_connection() {
    let is_served = |key: ApiKey| TABLE.iter().any(|row| row.api().key == key);
    let others: Vec<_> = API_KEYS.iter().filter(|api| !is_served(api.key)).collect();
    assert!(others.iter().any(|api| api.key == ApiKey::Vote), "the calls among controllers are not served by brokers");
    for api in others {
        ends_with(frame(api.key.to_wire(), api.max, &[0, 0]), "an API that this broker does not have");
    }
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
    let many = fetch::request(&(0..40_000).collect::<Vec<_>>());
    stand.publish(|image| image.put_topic(topic("t", 1, &[1; 40_000])));
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

/// Every API and version that is served.
fn served() -> Vec<(ApiKey, i16)> {
    TABLE.iter().flat_map(|row| (row.api().min..=row.api().max).map(|version| (row.api().key, version))).collect()
}

/// Returns the answer to a frame, at the latest when every deadline has passed. Panics if there is none: only Produce
/// with acks=0 has no answer.
fn answered(key: ApiKey, version: i16, frame: &[u8]) -> Option<Bytes> {
    let mut stand = stand();
    let conn = stand.connect();
    stand.send_bytes(conn, Bytes::copy_from_slice(frame));
    // Longer than any time that a request may name in 32 bits of milliseconds.
    stand.pass_ms(3 * i64::from(i32::MAX));
    assert_eq!(stand.rude(), Vec::<&str>::new(), "{key:?} v{version}: {frame:x?}");
    let answer = stand.next_frame(conn);
    let is_silent = stand.flow.iter().any(|flow| flow.contains("after_drain=true"));
    assert!(answer.is_some() || is_silent || key == ApiKey::Produce, "{key:?} v{version}: {frame:x?}");
    let answer = answer?;
    let header = ResponseHeader::decode(&mut Decoder::new(answer.clone()), response_header_version(key, version));
    assert_eq!(header.expect("an answer has a header").correlation_id, CORRELATION);
    Some(answer)
}

proptest! {
    #![proptest_config(gracchus_cases::property(48))]

    #[test]
    fn any_bytes_in_any_string_of_any_request_get_an_answer(seed in any::<u64>()) {
        let requests = Requests::of_table();
        for (key, version) in served() {
            answered(key, version, &requests.with_any_strings(seed, key.to_wire(), version));
        }
    }

    #[test]
    fn bytes_behind_a_request_change_nothing(seed in any::<u64>(), behind in prop::collection::vec(any::<u8>(), 1..40)) {
        let requests = Requests::of_table();
        for (key, version) in served() {
            let frame = requests.with_any_strings(seed, key.to_wire(), version);
            let longer = [&frame[..], &behind].concat();
            prop_assert_eq!(answered(key, version, &frame), answered(key, version, &longer), "{:?} v{}", key, version);
        }
    }
}

#[test]
fn a_client_id_in_latin_1_is_served() {
    for version in [2, 3] {
        let mut frame = BytesMut::from(&frame(18, version, &[0, 4, b'c', b'a', b'f', 0xe9])[..]);
        let tail: &[u8] = if version >= 3 { &[0, 2, b'n', 2, b'v', 0] } else { &[] };
        frame.put_slice(tail);
        let mut stand = stand();
        let conn = stand.connect();
        stand.send_bytes(conn, frame.freeze());
        assert!(stand.rude().is_empty());
        let answer = stand.next_frame(conn).expect("there is an answer");
        let answer = open_response::<<ApiVersionsRequest as crate::wire::Request>::Response>(answer, 1, version);
        assert_eq!(answer.expect("it can be read").error_code, 0);
    }
}

#[test]
fn words_around_the_longest_name_still_fit_the_answer() {
    let longest: bytestring::ByteString = "x".repeat(i16::MAX as usize).into();
    let mut stand = stand();
    let conn = stand.connect();
    let resource = incremental_alter_configs::AlterConfigsResource {
        resource_type: 2,
        resource_name: "t".into(),
        configs: vec![incremental_alter_configs::AlterableConfig {
            name: longest.clone(),
            config_operation: 0,
            value: None,
        }],
    };
    let request = IncrementalAlterConfigsRequest { resources: vec![resource], validate_only: false };
    let answer = stand.call(conn, &request, 1);
    let message = answer.responses[0].error_message.as_ref().expect("has words");
    assert!(message.starts_with("Null value not supported for : x"), "{message}");
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
        (key, version) in prop::sample::select(served()),
        body in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let mut stand = stand();
        // A header with a null client id and without tagged fields, so that the broker decodes the body.
        let mut whole = vec![0xff, 0xff, 0x00];
        whole.extend_from_slice(&body);
        endure(&mut stand, frame(key.to_wire(), version, &whole));
        endure(&mut stand, frame(key.to_wire(), version, &body));
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
