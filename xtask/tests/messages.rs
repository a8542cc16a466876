//! Our messages against those of another implementation: what ours writes, the other reads and writes again as the same
//! bytes, in every version that both have.

use bytes::{Bytes, BytesMut};
use bytestring::ByteString;
use gracchus_core::types::Uuid;
use gracchus_core::wire::{self, Decoder, Encoder, Message, Records};
use kafka_protocol::messages as other;
use kafka_protocol::protocol::{Decodable, Encodable};

const ID: Uuid = Uuid([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2, 3, 4, 5, 6]);

fn text(text: &str) -> ByteString {
    ByteString::from(text)
}

fn records() -> Option<Records> {
    Some(Records::from(vec![Bytes::from_static(b"some bytes"), Bytes::from(vec![3; 700])]))
}

fn is_read_alike<O, M>(message: &M)
where
    O: Decodable + Encodable + kafka_protocol::protocol::Message,
    M: Message + PartialEq + std::fmt::Debug,
{
    let versions = M::VERSIONS.0.max(O::VERSIONS.min)..=M::VERSIONS.1.min(O::VERSIONS.max);
    assert!(!versions.is_empty(), "{}", M::NAME);
    for version in versions {
        let mut scratch = BytesMut::new();
        let mut out = Encoder::new(&mut scratch);
        message.encode(&mut out, version);
        let ours = Bytes::from(out.finish().concat());

        let mut rest = ours.clone();
        let read = O::decode(&mut rest, version).unwrap_or_else(|why| panic!("{} v{version}: {why}", M::NAME));
        assert!(rest.is_empty(), "{} v{version}: {} bytes left", M::NAME, rest.len());
        let mut theirs = BytesMut::new();
        read.encode(&mut theirs, version).unwrap_or_else(|why| panic!("{} v{version}: {why}", M::NAME));
        assert_eq!(theirs.freeze(), ours, "{} v{version}", M::NAME);

        let again: M = wire::decode_body(&mut Decoder::new(ours.clone()), version).unwrap();
        let mut scratch = BytesMut::new();
        let mut out = Encoder::new(&mut scratch);
        again.encode(&mut out, version);
        assert_eq!(Bytes::from(out.finish().concat()), ours, "{} v{version}", M::NAME);
    }
}

#[test]
fn headers() {
    is_read_alike::<other::RequestHeader, _>(&wire::RequestHeader {
        request_api_key: 3,
        request_api_version: 12,
        correlation_id: 77,
        client_id: Some(text("client")),
    });
    is_read_alike::<other::ResponseHeader, _>(&wire::ResponseHeader { correlation_id: -5 });
}

#[test]
fn produce() {
    use wire::produce::*;
    let partition = |index| PartitionProduceData { index, records: records() };
    let topic = |name: &str| TopicProduceData {
        name: text(name),
        topic_id: ID,
        partition_data: vec![partition(0), partition(7)],
    };
    is_read_alike::<other::ProduceRequest, _>(&wire::ProduceRequest {
        transactional_id: Some(text("tx")),
        acks: -1,
        timeout_ms: 30_000,
        topic_data: vec![topic("orders"), topic("größe")],
    });
    let row = PartitionProduceResponse {
        index: 3,
        error_code: 6,
        base_offset: 1 << 40,
        log_append_time_ms: 12,
        log_start_offset: 5,
        record_errors: vec![BatchIndexAndErrorMessage { batch_index: 1, batch_index_error_message: Some(text("why")) }],
        error_message: Some(text("no")),
        current_leader: LeaderIdAndEpoch { leader_id: 2, leader_epoch: 9 },
    };
    let rows = vec![row, PartitionProduceResponse::default()];
    is_read_alike::<other::ProduceResponse, _>(&wire::ProduceResponse {
        responses: vec![TopicProduceResponse { name: text("orders"), topic_id: ID, partition_responses: rows }],
        throttle_time_ms: 4,
        node_endpoints: vec![NodeEndpoint { node_id: 2, host: text("h"), port: 9092, rack: Some(text("r")) }],
    });
}

#[test]
fn fetch() {
    use wire::fetch::*;
    let partition = FetchPartition {
        partition: 4,
        current_leader_epoch: 3,
        fetch_offset: 99,
        last_fetched_epoch: 2,
        log_start_offset: 1,
        partition_max_bytes: 1 << 20,
        replica_directory_id: ID,
        high_watermark: 98,
    };
    is_read_alike::<other::FetchRequest, _>(&wire::FetchRequest {
        cluster_id: Some(text("cluster")),
        replica_id: 5,
        replica_state: ReplicaState { replica_id: 5, replica_epoch: 6 },
        max_wait_ms: 500,
        min_bytes: 1,
        max_bytes: 1 << 25,
        isolation_level: 1,
        session_id: 8,
        session_epoch: 9,
        topics: vec![FetchTopic { topic: text("orders"), topic_id: ID, partitions: vec![partition] }],
        forgotten_topics_data: vec![ForgottenTopic { topic: text("gone"), topic_id: ID, partitions: vec![1, 2] }],
        rack_id: text("rack"),
    });
    let row = PartitionData {
        partition_index: 4,
        error_code: 1,
        high_watermark: 50,
        last_stable_offset: 49,
        log_start_offset: 3,
        diverging_epoch: EpochEndOffset { epoch: 3, end_offset: 44 },
        current_leader: LeaderIdAndEpoch { leader_id: 1, leader_epoch: 8 },
        snapshot_id: SnapshotId { end_offset: 6, epoch: 1 },
        aborted_transactions: Some(vec![AbortedTransaction { producer_id: 5, first_offset: 40 }]),
        preferred_read_replica: 2,
        records: records(),
    };
    let bare = PartitionData { records: records(), ..Default::default() };
    is_read_alike::<other::FetchResponse, _>(&wire::FetchResponse {
        throttle_time_ms: 1,
        error_code: 70,
        session_id: 11,
        responses: vec![FetchableTopicResponse { topic: text("orders"), topic_id: ID, partitions: vec![row, bare] }],
        node_endpoints: vec![NodeEndpoint { node_id: 2, host: text("h"), port: 9092, rack: None }],
    });
}

#[test]
fn list_offsets() {
    use wire::list_offsets::*;
    let partition = ListOffsetsPartition { partition_index: 1, current_leader_epoch: 2, timestamp: -2 };
    is_read_alike::<other::ListOffsetsRequest, _>(&wire::ListOffsetsRequest {
        replica_id: -1,
        isolation_level: 1,
        topics: vec![ListOffsetsTopic { name: text("orders"), partitions: vec![partition] }],
        timeout_ms: 7,
    });
    let row =
        ListOffsetsPartitionResponse { partition_index: 1, error_code: 0, timestamp: 5, offset: 6, leader_epoch: 7 };
    is_read_alike::<other::ListOffsetsResponse, _>(&wire::ListOffsetsResponse {
        throttle_time_ms: 1,
        topics: vec![ListOffsetsTopicResponse { name: text("orders"), partitions: vec![row] }],
    });
}

#[test]
fn metadata() {
    use wire::metadata::*;
    let topics = vec![MetadataRequestTopic { topic_id: ID, name: Some(text("orders")) }];
    is_read_alike::<other::MetadataRequest, _>(&wire::MetadataRequest {
        topics: Some(topics),
        allow_auto_topic_creation: false,
        include_cluster_authorized_operations: true,
        include_topic_authorized_operations: true,
    });
    let partition = MetadataResponsePartition {
        error_code: 5,
        partition_index: 2,
        leader_id: 1,
        leader_epoch: 4,
        replica_nodes: vec![1, 2, 3],
        isr_nodes: vec![1],
        offline_replicas: vec![2, 3],
    };
    let topic = MetadataResponseTopic {
        error_code: 0,
        name: Some(text("orders")),
        topic_id: ID,
        is_internal: true,
        partitions: vec![partition],
        topic_authorized_operations: 7,
    };
    let broker = MetadataResponseBroker { node_id: 1, host: text("h"), port: 9092, rack: Some(text("r")) };
    is_read_alike::<other::MetadataResponse, _>(&wire::MetadataResponse {
        throttle_time_ms: 1,
        brokers: vec![broker],
        cluster_id: Some(text("cluster")),
        controller_id: 1,
        topics: vec![topic],
        cluster_authorized_operations: 8,
        error_code: 9,
    });
}

#[test]
fn find_coordinator() {
    use wire::find_coordinator::*;
    // Version 4 and later ask for several keys, earlier ones for one; the other implementation refuses to lose either.
    let one = wire::FindCoordinatorRequest { key: text("group"), ..Default::default() };
    let several = wire::FindCoordinatorRequest { coordinator_keys: vec![text("a"), text("b")], ..Default::default() };
    for version in 0..=6 {
        let mut scratch = BytesMut::new();
        let mut out = Encoder::new(&mut scratch);
        if version < 4 {
            one.encode(&mut out, version)
        } else {
            several.encode(&mut out, version)
        }
        let ours = Bytes::from(out.finish().concat());
        let read = other::FindCoordinatorRequest::decode(&mut ours.clone(), version).unwrap();
        let mut theirs = BytesMut::new();
        read.encode(&mut theirs, version).unwrap();
        assert_eq!(theirs.freeze(), ours, "v{version}");
    }
    let coordinator = Coordinator {
        key: text("a"),
        node_id: 1,
        host: text("h"),
        port: 2,
        error_code: 3,
        error_message: Some(text("m")),
    };
    is_read_alike::<other::FindCoordinatorResponse, _>(&wire::FindCoordinatorResponse {
        throttle_time_ms: 4,
        error_code: 5,
        error_message: Some(text("e")),
        node_id: 6,
        host: text("hh"),
        port: 7,
        coordinators: vec![coordinator],
    });
}

#[test]
fn api_versions() {
    use wire::api_versions::*;
    is_read_alike::<other::ApiVersionsRequest, _>(&wire::ApiVersionsRequest {
        client_software_name: text("client"),
        client_software_version: text("1.2"),
        ..Default::default()
    });
    let feature = SupportedFeatureKey { name: text("metadata.version"), min_version: 7, max_version: 29 };
    is_read_alike::<other::ApiVersionsResponse, _>(&wire::ApiVersionsResponse {
        error_code: 35,
        api_keys: vec![ApiVersion { api_key: 18, min_version: 0, max_version: 4 }],
        throttle_time_ms: 2,
        supported_features: vec![feature],
        finalized_features_epoch: 12,
        finalized_features: vec![FinalizedFeatureKey {
            name: text("metadata.version"),
            max_version_level: 29,
            min_version_level: 29,
        }],
        zk_migration_ready: true,
    });
}

#[test]
fn create_topics() {
    use wire::create_topics::*;
    let topic = CreatableTopic {
        name: text("orders"),
        num_partitions: 3,
        replication_factor: 2,
        assignments: vec![CreatableReplicaAssignment { partition_index: 0, broker_ids: vec![1, 2] }],
        configs: vec![CreatableTopicConfig { name: text("retention.ms"), value: None }],
    };
    is_read_alike::<other::CreateTopicsRequest, _>(&wire::CreateTopicsRequest {
        topics: vec![topic],
        timeout_ms: 5,
        validate_only: true,
    });
    let config = CreatableTopicConfigs {
        name: text("retention.ms"),
        value: Some(text("1")),
        read_only: true,
        config_source: 1,
        is_sensitive: true,
    };
    is_read_alike::<other::CreateTopicsResponse, _>(&wire::CreateTopicsResponse {
        throttle_time_ms: 1,
        topics: vec![CreatableTopicResult {
            name: text("orders"),
            topic_id: ID,
            error_code: 36,
            error_message: Some(text("there")),
            topic_config_error_code: 29,
            num_partitions: 3,
            replication_factor: 2,
            configs: Some(vec![config]),
        }],
    });
}

#[test]
fn init_producer_id() {
    is_read_alike::<other::InitProducerIdRequest, _>(&wire::InitProducerIdRequest {
        transactional_id: Some(text("tx")),
        transaction_timeout_ms: 60_000,
        ..Default::default()
    });
    is_read_alike::<other::InitProducerIdResponse, _>(&wire::InitProducerIdResponse {
        throttle_time_ms: 1,
        error_code: 0,
        producer_id: 1 << 50,
        producer_epoch: 3,
        ..Default::default()
    });
}

#[test]
fn offset_for_leader_epoch() {
    use wire::offset_for_leader_epoch::*;
    let partition = OffsetForLeaderPartition { partition: 1, current_leader_epoch: 2, leader_epoch: 3 };
    is_read_alike::<other::OffsetForLeaderEpochRequest, _>(&wire::OffsetForLeaderEpochRequest {
        replica_id: -2,
        topics: vec![OffsetForLeaderTopic { topic: text("orders"), partitions: vec![partition] }],
    });
    let row = EpochEndOffset { error_code: 74, partition: 1, leader_epoch: 3, end_offset: 99 };
    is_read_alike::<other::OffsetForLeaderEpochResponse, _>(&wire::OffsetForLeaderEpochResponse {
        throttle_time_ms: 1,
        topics: vec![OffsetForLeaderTopicResult { topic: text("orders"), partitions: vec![row] }],
    });
}
