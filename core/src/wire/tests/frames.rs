//! Headers, and which version of them goes with what.

use super::joined;
use crate::wire::*;
use bytes::{Bytes, BytesMut};

#[test]
fn the_answer_to_api_versions_has_the_old_header_in_every_version() {
    for version in 0..=5 {
        assert_eq!(response_header_version(ApiKey::ApiVersions, version), 0);
    }
    assert_eq!(response_header_version(ApiKey::Metadata, 8), 0);
    assert_eq!(response_header_version(ApiKey::Metadata, 9), 1);
}

#[test]
fn flexible_requests_have_the_flexible_header() {
    assert_eq!(request_header_version(ApiKey::ApiVersions, 2), 1);
    assert_eq!(request_header_version(ApiKey::ApiVersions, 3), 2);
    assert_eq!(request_header_version(ApiKey::Produce, 8), 1);
    assert_eq!(request_header_version(ApiKey::Produce, 9), 2);
    assert_eq!(request_header_version(ApiKey::OffsetForLeaderEpoch, 3), 1);
}

#[test]
fn produce_claims_version_0_and_serves_from_3() {
    let api = ApiKey::Produce.api();
    assert_eq!((api.advertised_min, api.min, api.max), (0, 3, 13));
    assert!(!api.serves(2) && api.serves(3) && api.serves(13) && !api.serves(14));
}

#[test]
fn unstable_versions_are_not_served() {
    assert_eq!(ApiKey::InitProducerId.api().max, 5);
    assert_eq!(InitProducerIdRequest::VERSIONS, (0, 6));
}

#[test]
fn every_key_finds_its_row() {
    for api in &API_KEYS {
        assert_eq!(ApiKey::from_wire(api.key.to_wire()), Some(api.key));
        assert_eq!(api.key.api(), api);
    }
    assert_eq!(ApiKey::from_wire(4), None, "LeaderAndIsr is gone since 4.0");
}

#[test]
fn a_request_that_is_not_served_still_says_whom_to_answer() {
    let frame = Bytes::from_static(&[0, 18, 0, 99, 0, 0, 0, 7, 0xff, 0xff]);
    assert_eq!(peek(&frame), Ok(FrameHead { api_key: 18, api_version: 99, correlation_id: 7 }));
    assert_eq!(open_request(frame).map(|it| it.0), Err(DecodeError::Version { key: 18, version: 99 }));
    let unknown = Bytes::from_static(&[0x7f, 0, 0, 0, 0, 0, 0, 7]);
    assert_eq!(open_request(unknown).map(|it| it.0), Err(DecodeError::Api { key: 0x7f00 }));
    assert_eq!(peek(&[0, 18, 0]), Err(DecodeError::Short { at: 0, wanted: 5 }));
}

#[test]
fn a_frame_says_its_length_and_leaves_the_buffer_to_the_next() {
    let mut scratch = BytesMut::with_capacity(4096);
    for correlation in 1..=3 {
        let parts = frame_request(Some(&"kc".into()), correlation, &MetadataRequest::default(), 9, &mut scratch);
        let frame = joined(&parts);
        assert_eq!(i32::from_be_bytes(frame[..4].try_into().unwrap()) as usize, frame.len() - 4);
        let (key, header, mut body) = open_request(frame.slice(4..)).unwrap();
        assert_eq!((key, header.correlation_id, header.client_id), (ApiKey::Metadata, correlation, Some("kc".into())));
        let body: MetadataRequest = decode_body(&mut body, header.request_api_version).unwrap();
        assert_eq!(body, MetadataRequest::default());
        assert!(scratch.is_empty() && scratch.capacity() > 0);
    }
}

#[test]
fn an_answer_out_of_turn_is_noticed() {
    let parts = frame_response(8, &InitProducerIdResponse::default(), 4, &mut BytesMut::new());
    let read = open_response::<InitProducerIdResponse>(joined(&parts).slice(4..), 7, 4);
    assert_eq!(read, Err(DecodeError::Correlation { expected: 7, found: 8 }));
}
