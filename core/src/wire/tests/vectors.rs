//! Messages written out by hand from Kafka's protocol guide.

use super::joined;
use crate::types::Uuid;
use crate::wire::*;
use bytes::{Bytes, BytesMut};

fn bytes(groups: &[&[u8]]) -> Bytes {
    groups.concat().into()
}

/// Both ways: the value is written as these bytes, and the bytes are read as this value.
fn is_request<R: Request + PartialEq + std::fmt::Debug>(body: &R, version: i16, expected: &[&[u8]]) {
    let parts = frame_request(Some(&"kc".into()), 7, body, version, &mut BytesMut::new());
    assert_eq!(joined(&parts).slice(4..), bytes(expected), "{} v{version}", R::NAME);
    let (key, header, mut input) = open_request(bytes(expected)).unwrap();
    assert_eq!((key, header.request_api_version, header.correlation_id), (R::KEY, version, 7));
    assert_eq!(decode_body::<R>(&mut input, version).as_ref(), Ok(body));
}

fn is_response<R: Response + PartialEq + std::fmt::Debug>(body: &R, version: i16, expected: &[&[u8]]) {
    let parts = frame_response(7, body, version, &mut BytesMut::new());
    assert_eq!(joined(&parts).slice(4..), bytes(expected), "{} v{version}", R::NAME);
    assert_eq!(open_response::<R>(bytes(expected), 7, version).as_ref(), Ok(body));
}

#[test]
fn api_versions_v0() {
    is_request(&ApiVersionsRequest::default(), 0, &[&[0, 18, 0, 0], &[0, 0, 0, 7], &[0, 2, b'k', b'c']]);
    let body = ApiVersionsResponse {
        error_code: 35,
        api_keys: vec![api_versions::ApiVersion { api_key: 18, min_version: 0, max_version: 4 }],
        ..Default::default()
    };
    is_response(&body, 0, &[&[0, 0, 0, 7], &[0, 35], &[0, 0, 0, 1], &[0, 18, 0, 0, 0, 4]]);
}

#[test]
fn api_versions_v3() {
    let body = ApiVersionsRequest {
        client_software_name: "librdkafka".into(),
        client_software_version: "2".into(),
        ..Default::default()
    };
    // The client id keeps its two-byte length in the flexible header.
    let header: &[u8] = &[0, 18, 0, 3, 0, 0, 0, 7, 0, 2, b'k', b'c', 0];
    is_request(&body, 3, &[header, &[11], b"librdkafka", &[2, b'2'], &[0]]);

    let body = ApiVersionsResponse {
        api_keys: vec![api_versions::ApiVersion { api_key: 0, min_version: 0, max_version: 13 }],
        throttle_time_ms: 5,
        finalized_features_epoch: 1,
        finalized_features: vec![api_versions::FinalizedFeatureKey {
            name: "kv".into(),
            max_version_level: 2,
            min_version_level: 1,
        }],
        ..Default::default()
    };
    let epoch: &[u8] = &[1, 8, 0, 0, 0, 0, 0, 0, 0, 1];
    let features: &[u8] = &[2, 9, 2, 3, b'k', b'v', 0, 2, 0, 1, 0];
    // No tagged fields in the header: it is the old one.
    is_response(&body, 3, &[&[0, 0, 0, 7], &[0, 0], &[2, 0, 0, 0, 0, 0, 13, 0], &[0, 0, 0, 5], &[2], epoch, features]);
}

#[test]
fn metadata_v9() {
    let topic = metadata::MetadataRequestTopic { name: Some("orders".into()), ..Default::default() };
    let body = MetadataRequest { topics: Some(vec![topic]), ..Default::default() };
    let header: &[u8] = &[0, 3, 0, 9, 0, 0, 0, 7, 0, 2, b'k', b'c', 0];
    is_request(&body, 9, &[header, &[2, 7], b"orders", &[0], &[1, 0, 0], &[0]]);
    is_request(&MetadataRequest::default(), 9, &[header, &[0], &[1, 0, 0], &[0]]);

    let body = MetadataResponse {
        brokers: vec![metadata::MetadataResponseBroker { node_id: 1, host: "b".into(), port: 9092, rack: None }],
        cluster_id: Some("c".into()),
        controller_id: 1,
        topics: vec![metadata::MetadataResponseTopic {
            error_code: 0,
            name: Some("t".into()),
            partitions: vec![metadata::MetadataResponsePartition {
                leader_id: 1,
                leader_epoch: 4,
                replica_nodes: vec![1],
                isr_nodes: vec![1],
                ..Default::default()
            }],
            ..Default::default()
        }],
        ..Default::default()
    };
    let broker: &[u8] = &[2, 0, 0, 0, 1, 2, b'b', 0, 0, 0x23, 0x84, 0, 0];
    let partition: &[u8] = &[2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4, 2, 0, 0, 0, 1, 2, 0, 0, 0, 1, 1, 0];
    let topic: &[&[u8]] = &[&[2, 0, 0, 2, b't', 0], partition, &[0x80, 0, 0, 0], &[0]];
    let front: &[&[u8]] = &[&[0, 0, 0, 7, 0], &[0, 0, 0, 0], broker, &[2, b'c'], &[0, 0, 0, 1]];
    let back: &[&[u8]] = &[&[0x80, 0, 0, 0], &[0]];
    is_response(&body, 9, &[front, topic, back].concat());
}

fn produce(records: &'static [u8]) -> ProduceRequest {
    ProduceRequest {
        transactional_id: None,
        acks: -1,
        timeout_ms: 1000,
        topic_data: vec![produce::TopicProduceData {
            name: "t".into(),
            topic_id: Uuid::ZERO,
            partition_data: vec![produce::PartitionProduceData {
                index: 3,
                records: Some(Bytes::from_static(records).into()),
            }],
        }],
    }
}

#[test]
fn produce_v3() {
    let header: &[u8] = &[0, 0, 0, 3, 0, 0, 0, 7, 0, 2, b'k', b'c'];
    let front: &[u8] = &[0xff, 0xff, 0xff, 0xff, 0, 0, 3, 0xe8];
    let topic: &[u8] = &[0, 0, 0, 1, 0, 1, b't', 0, 0, 0, 1, 0, 0, 0, 3];
    is_request(&produce(b"records"), 3, &[header, front, topic, &[0, 0, 0, 7], b"records"]);
}

#[test]
fn produce_v9() {
    let header: &[u8] = &[0, 0, 0, 9, 0, 0, 0, 7, 0, 2, b'k', b'c', 0];
    let front: &[u8] = &[0, 0xff, 0xff, 0, 0, 3, 0xe8];
    let topic: &[u8] = &[2, 2, b't', 2, 0, 0, 0, 3];
    is_request(&produce(b"records"), 9, &[header, front, topic, &[8], b"records", &[0, 0, 0]]);
}

#[test]
fn produce_answers_carry_the_leader_in_a_tagged_field_from_v10() {
    let body = ProduceResponse {
        responses: vec![produce::TopicProduceResponse {
            name: "t".into(),
            partition_responses: vec![produce::PartitionProduceResponse {
                index: 0,
                error_code: 6,
                base_offset: -1,
                current_leader: produce::LeaderIdAndEpoch { leader_id: 2, leader_epoch: 5 },
                ..Default::default()
            }],
            ..Default::default()
        }],
        ..Default::default()
    };
    let offsets: &[u8] = &[0xff; 24];
    let leader: &[u8] = &[1, 0, 9, 0, 0, 0, 2, 0, 0, 0, 5, 0];
    let front: &[u8] = &[0, 0, 0, 7, 0, 2, 2, b't', 2, 0, 0, 0, 0, 0, 6];
    is_response(&body, 10, &[front, offsets, &[1, 0], leader, &[0], &[0, 0, 0, 0], &[0]]);
}
