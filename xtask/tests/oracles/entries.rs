//! Every generated message, with what our code and the crate `kafka-protocol` make of its bytes.

use bytes::{Bytes, BytesMut};
use gracchus_core::wire::{self, Decoder, Encoder, Message};
use kafka_protocol::messages as other;
use kafka_protocol::protocol::{Decodable, Encodable};
use xtask::codegen::table;

/// Reads a message of that version, which must be all of the bytes, and writes it again.
type Rewrite = fn(&Bytes, i16) -> Result<Bytes, String>;

/// One message.
pub struct Entry {
    pub name: &'static str,
    /// The lowest and the highest version that our code has.
    pub versions: (i16, i16),
    pub ours: Rewrite,
    pub other: Option<Other>,
}

/// The same message in the crate `kafka-protocol`.
pub struct Other {
    /// The lowest and the highest version that the crate has.
    pub versions: (i16, i16),
    pub rewrite: Rewrite,
}

fn rewritten<M: Message>(bytes: &Bytes, version: i16) -> Result<Bytes, String> {
    let mut input = Decoder::new(bytes.clone());
    let message: M = wire::decode_body(&mut input, version).map_err(|why| why.to_string())?;
    let mut scratch = BytesMut::new();
    let mut out = Encoder::new(&mut scratch);
    message.encode(&mut out, version);
    Ok(out.finish().concat().into())
}

fn rewritten_by_other<O: Decodable + Encodable>(bytes: &Bytes, version: i16) -> Result<Bytes, String> {
    let mut rest = bytes.clone();
    let message = O::decode(&mut rest, version).map_err(|why| format!("not read: {why}"))?;
    if !rest.is_empty() {
        return Err(format!("{} bytes left", rest.len()));
    }
    let mut out = BytesMut::new();
    message.encode(&mut out, version).map_err(|why| format!("not written: {why}"))?;
    Ok(out.freeze())
}

macro_rules! entries {
    (in both: $($both:ident)*; ours alone: $($alone:ident)*;) => {
        /// Every generated message.
        pub fn entries() -> Vec<Entry> {
            use kafka_protocol::protocol::Message as _;
            vec![
                $(Entry {
                    name: stringify!($both),
                    versions: wire::$both::VERSIONS,
                    ours: rewritten::<wire::$both>,
                    other: Some(Other {
                        versions: (other::$both::VERSIONS.min, other::$both::VERSIONS.max),
                        rewrite: rewritten_by_other::<other::$both>,
                    }),
                },)*
                $(Entry {
                    name: stringify!($alone),
                    versions: wire::$alone::VERSIONS,
                    ours: rewritten::<wire::$alone>,
                    other: None,
                },)*
            ]
        }
    };
}

entries! {
    in both:
        RequestHeader ResponseHeader
        ProduceRequest ProduceResponse
        FetchRequest FetchResponse
        ListOffsetsRequest ListOffsetsResponse
        MetadataRequest MetadataResponse
        OffsetCommitRequest OffsetCommitResponse
        OffsetFetchRequest OffsetFetchResponse
        FindCoordinatorRequest FindCoordinatorResponse
        JoinGroupRequest JoinGroupResponse
        HeartbeatRequest HeartbeatResponse
        LeaveGroupRequest LeaveGroupResponse
        SyncGroupRequest SyncGroupResponse
        DescribeGroupsRequest DescribeGroupsResponse
        ListGroupsRequest ListGroupsResponse
        ApiVersionsRequest ApiVersionsResponse
        CreateTopicsRequest CreateTopicsResponse
        DeleteTopicsRequest DeleteTopicsResponse
        DeleteRecordsRequest DeleteRecordsResponse
        InitProducerIdRequest InitProducerIdResponse
        OffsetForLeaderEpochRequest OffsetForLeaderEpochResponse
        DescribeConfigsRequest DescribeConfigsResponse
        AlterConfigsRequest AlterConfigsResponse
        AlterReplicaLogDirsRequest AlterReplicaLogDirsResponse
        DescribeLogDirsRequest DescribeLogDirsResponse
        CreatePartitionsRequest CreatePartitionsResponse
        DeleteGroupsRequest DeleteGroupsResponse
        ElectLeadersRequest ElectLeadersResponse
        IncrementalAlterConfigsRequest IncrementalAlterConfigsResponse
        AlterPartitionReassignmentsRequest AlterPartitionReassignmentsResponse
        ListPartitionReassignmentsRequest ListPartitionReassignmentsResponse
        OffsetDeleteRequest OffsetDeleteResponse
        VoteRequest VoteResponse
        BeginQuorumEpochRequest BeginQuorumEpochResponse
        EndQuorumEpochRequest EndQuorumEpochResponse
        DescribeQuorumRequest DescribeQuorumResponse
        AlterPartitionRequest AlterPartitionResponse
        UpdateFeaturesRequest UpdateFeaturesResponse
        EnvelopeRequest EnvelopeResponse
        FetchSnapshotRequest FetchSnapshotResponse
        DescribeClusterRequest DescribeClusterResponse
        DescribeProducersRequest DescribeProducersResponse
        BrokerRegistrationRequest BrokerRegistrationResponse
        BrokerHeartbeatRequest BrokerHeartbeatResponse
        UnregisterBrokerRequest UnregisterBrokerResponse
        AllocateProducerIdsRequest AllocateProducerIdsResponse
        ControllerRegistrationRequest ControllerRegistrationResponse
        AssignReplicasToDirsRequest AssignReplicasToDirsResponse
        ListConfigResourcesRequest ListConfigResourcesResponse
        DescribeTopicPartitionsRequest DescribeTopicPartitionsResponse
        AddRaftVoterRequest AddRaftVoterResponse
        RemoveRaftVoterRequest RemoveRaftVoterResponse
        UpdateRaftVoterRequest UpdateRaftVoterResponse
        ConsumerProtocolSubscription ConsumerProtocolAssignment DefaultPrincipalData;
    ours alone:
        UnregisterControllerRequest UnregisterControllerResponse
        LegacyOffsetCommitKey LegacyOffsetCommitValue
        OffsetCommitKey OffsetCommitValue
        GroupMetadataKey GroupMetadataValue
        ConsumerGroupMetadataKey ConsumerGroupMetadataValue
        ConsumerGroupPartitionMetadataKey ConsumerGroupPartitionMetadataValue
        ConsumerGroupMemberMetadataKey ConsumerGroupMemberMetadataValue
        ConsumerGroupTargetAssignmentMetadataKey ConsumerGroupTargetAssignmentMetadataValue
        ConsumerGroupTargetAssignmentMemberKey ConsumerGroupTargetAssignmentMemberValue
        ConsumerGroupCurrentMemberAssignmentKey ConsumerGroupCurrentMemberAssignmentValue
        ConsumerGroupRegularExpressionKey ConsumerGroupRegularExpressionValue
        // The crate has these too, and takes their field `Version` for the version that they are read in.
        LeaderChangeMessage SnapshotHeaderRecord SnapshotFooterRecord KRaftVersionRecord VotersRecord
        RegisterBrokerRecord UnregisterBrokerRecord TopicRecord PartitionRecord ConfigRecord PartitionChangeRecord
        FenceBrokerRecord UnfenceBrokerRecord RemoveTopicRecord DelegationTokenRecord UserScramCredentialRecord
        FeatureLevelRecord ClientQuotaRecord ProducerIdsRecord BrokerRegistrationChangeRecord
        AccessControlEntryRecord RemoveAccessControlEntryRecord NoOpRecord ZkMigrationStateRecord
        RemoveUserScramCredentialRecord BeginTransactionRecord EndTransactionRecord AbortTransactionRecord
        RemoveDelegationTokenRecord RegisterControllerRecord ClearElrRecord UnregisterControllerRecord;
}

/// The schema table, and one of its messages by name.
pub struct Table(Vec<table::Message>);

impl Table {
    pub fn read() -> Table {
        Table(xtask::codegen::read_table().expect("the table can be read"))
    }

    pub fn message(&self, name: &str) -> &table::Message {
        self.0.iter().find(|message| message.name == name).unwrap_or_else(|| panic!("no message {name}"))
    }
}

#[test]
fn no_generated_message_is_left_out() {
    let mut listed: Vec<_> = entries().iter().map(|entry| entry.name).collect();
    let mut generated: Vec<_> = xtask::codegen::generated_names().collect();
    listed.sort_unstable();
    generated.sort_unstable();
    assert_eq!(listed, generated);
}
