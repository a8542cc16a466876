//! Writes `core/src/wire/generated` from `core/schemas/kafka.txt`.
//!
//! **Invariants**
//! - The output is a function of the table and of `GENERATED` alone: the same bytes on every machine.
//! - The whole table parses, also the part that nothing is generated from yet.
//! - A new message is one more line in `GENERATED`.
//!
//! **In Kafka**: the `generator` module (`MessageGenerator`, `MessageDataGenerator`).

mod emit;
pub mod frames;
mod index;
mod names;
pub mod sample;
pub mod table;

use std::path::PathBuf;

/// One generated file.
struct File {
    /// Its module's name.
    module: &'static str,
    /// The messages in it, by their names in the table.
    messages: &'static [&'static str],
    /// The lowest version that is advertised, where that is not the lowest that is served.
    advertised_min: Option<i16>,
}

const fn file(module: &'static str, messages: &'static [&'static str]) -> File {
    File { module, messages, advertised_min: None }
}

/// What is generated: APIs in the order of their keys, then other messages.
const GENERATED: &[File] = &[
    file("header", &["RequestHeader", "ResponseHeader"]),
    // KAFKA-18659: librdkafka silently stops compressing where the advertised minimum is above 0.
    File { module: "produce", messages: &["ProduceRequest", "ProduceResponse"], advertised_min: Some(0) },
    file("fetch", &["FetchRequest", "FetchResponse"]),
    file("list_offsets", &["ListOffsetsRequest", "ListOffsetsResponse"]),
    file("metadata", &["MetadataRequest", "MetadataResponse"]),
    file("offset_commit", &["OffsetCommitRequest", "OffsetCommitResponse"]),
    file("offset_fetch", &["OffsetFetchRequest", "OffsetFetchResponse"]),
    file("find_coordinator", &["FindCoordinatorRequest", "FindCoordinatorResponse"]),
    file("join_group", &["JoinGroupRequest", "JoinGroupResponse"]),
    file("heartbeat", &["HeartbeatRequest", "HeartbeatResponse"]),
    file("leave_group", &["LeaveGroupRequest", "LeaveGroupResponse"]),
    file("sync_group", &["SyncGroupRequest", "SyncGroupResponse"]),
    file("describe_groups", &["DescribeGroupsRequest", "DescribeGroupsResponse"]),
    file("list_groups", &["ListGroupsRequest", "ListGroupsResponse"]),
    file("api_versions", &["ApiVersionsRequest", "ApiVersionsResponse"]),
    file("create_topics", &["CreateTopicsRequest", "CreateTopicsResponse"]),
    file("delete_topics", &["DeleteTopicsRequest", "DeleteTopicsResponse"]),
    file("delete_records", &["DeleteRecordsRequest", "DeleteRecordsResponse"]),
    file("init_producer_id", &["InitProducerIdRequest", "InitProducerIdResponse"]),
    file("offset_for_leader_epoch", &["OffsetForLeaderEpochRequest", "OffsetForLeaderEpochResponse"]),
    file("describe_configs", &["DescribeConfigsRequest", "DescribeConfigsResponse"]),
    file("alter_configs", &["AlterConfigsRequest", "AlterConfigsResponse"]),
    file("alter_replica_log_dirs", &["AlterReplicaLogDirsRequest", "AlterReplicaLogDirsResponse"]),
    file("describe_log_dirs", &["DescribeLogDirsRequest", "DescribeLogDirsResponse"]),
    file("create_partitions", &["CreatePartitionsRequest", "CreatePartitionsResponse"]),
    file("delete_groups", &["DeleteGroupsRequest", "DeleteGroupsResponse"]),
    file("elect_leaders", &["ElectLeadersRequest", "ElectLeadersResponse"]),
    file("incremental_alter_configs", &["IncrementalAlterConfigsRequest", "IncrementalAlterConfigsResponse"]),
    file(
        "alter_partition_reassignments",
        &["AlterPartitionReassignmentsRequest", "AlterPartitionReassignmentsResponse"],
    ),
    file("list_partition_reassignments", &["ListPartitionReassignmentsRequest", "ListPartitionReassignmentsResponse"]),
    file("offset_delete", &["OffsetDeleteRequest", "OffsetDeleteResponse"]),
    file("vote", &["VoteRequest", "VoteResponse"]),
    file("begin_quorum_epoch", &["BeginQuorumEpochRequest", "BeginQuorumEpochResponse"]),
    file("end_quorum_epoch", &["EndQuorumEpochRequest", "EndQuorumEpochResponse"]),
    file("describe_quorum", &["DescribeQuorumRequest", "DescribeQuorumResponse"]),
    file("alter_partition", &["AlterPartitionRequest", "AlterPartitionResponse"]),
    file("update_features", &["UpdateFeaturesRequest", "UpdateFeaturesResponse"]),
    file("envelope", &["EnvelopeRequest", "EnvelopeResponse"]),
    file("fetch_snapshot", &["FetchSnapshotRequest", "FetchSnapshotResponse"]),
    file("describe_cluster", &["DescribeClusterRequest", "DescribeClusterResponse"]),
    file("describe_producers", &["DescribeProducersRequest", "DescribeProducersResponse"]),
    file("broker_registration", &["BrokerRegistrationRequest", "BrokerRegistrationResponse"]),
    file("broker_heartbeat", &["BrokerHeartbeatRequest", "BrokerHeartbeatResponse"]),
    file("unregister_broker", &["UnregisterBrokerRequest", "UnregisterBrokerResponse"]),
    file("allocate_producer_ids", &["AllocateProducerIdsRequest", "AllocateProducerIdsResponse"]),
    file("controller_registration", &["ControllerRegistrationRequest", "ControllerRegistrationResponse"]),
    file("assign_replicas_to_dirs", &["AssignReplicasToDirsRequest", "AssignReplicasToDirsResponse"]),
    file("list_config_resources", &["ListConfigResourcesRequest", "ListConfigResourcesResponse"]),
    file("describe_topic_partitions", &["DescribeTopicPartitionsRequest", "DescribeTopicPartitionsResponse"]),
    file("add_raft_voter", &["AddRaftVoterRequest", "AddRaftVoterResponse"]),
    file("remove_raft_voter", &["RemoveRaftVoterRequest", "RemoveRaftVoterResponse"]),
    file("update_raft_voter", &["UpdateRaftVoterRequest", "UpdateRaftVoterResponse"]),
    file("unregister_controller", &["UnregisterControllerRequest", "UnregisterControllerResponse"]),
    // The principal inside an Envelope request.
    file("default_principal_data", &["DefaultPrincipalData"]),
    // What consumers and coordinators exchange inside the bytes of JoinGroup and SyncGroup.
    file("consumer_protocol_subscription", &["ConsumerProtocolSubscription"]),
    file("consumer_protocol_assignment", &["ConsumerProtocolAssignment"]),
    // Keys and values of the records in `__consumer_offsets`, in the order of their types.
    file("legacy_offset_commit_record", &["LegacyOffsetCommitKey", "LegacyOffsetCommitValue"]),
    file("offset_commit_record", &["OffsetCommitKey", "OffsetCommitValue"]),
    file("group_metadata_record", &["GroupMetadataKey", "GroupMetadataValue"]),
    file("consumer_group_metadata_record", &["ConsumerGroupMetadataKey", "ConsumerGroupMetadataValue"]),
    file(
        "consumer_group_partition_metadata_record",
        &["ConsumerGroupPartitionMetadataKey", "ConsumerGroupPartitionMetadataValue"],
    ),
    file(
        "consumer_group_member_metadata_record",
        &["ConsumerGroupMemberMetadataKey", "ConsumerGroupMemberMetadataValue"],
    ),
    file(
        "consumer_group_target_assignment_metadata_record",
        &["ConsumerGroupTargetAssignmentMetadataKey", "ConsumerGroupTargetAssignmentMetadataValue"],
    ),
    file(
        "consumer_group_target_assignment_member_record",
        &["ConsumerGroupTargetAssignmentMemberKey", "ConsumerGroupTargetAssignmentMemberValue"],
    ),
    file(
        "consumer_group_current_member_assignment_record",
        &["ConsumerGroupCurrentMemberAssignmentKey", "ConsumerGroupCurrentMemberAssignmentValue"],
    ),
    file(
        "consumer_group_regular_expression_record",
        &["ConsumerGroupRegularExpressionKey", "ConsumerGroupRegularExpressionValue"],
    ),
    // Values of the control records in the metadata log and in its snapshots, in the order of their types.
    file("leader_change_message", &["LeaderChangeMessage"]),
    file("snapshot_header_record", &["SnapshotHeaderRecord"]),
    file("snapshot_footer_record", &["SnapshotFooterRecord"]),
    file("k_raft_version_record", &["KRaftVersionRecord"]),
    file("voters_record", &["VotersRecord"]),
    // What a controller's `quorum-state` file holds, as JSON.
    // Records of the metadata log, in the order of their types.
    file("register_broker_record", &["RegisterBrokerRecord"]),
    file("unregister_broker_record", &["UnregisterBrokerRecord"]),
    file("topic_record", &["TopicRecord"]),
    file("partition_record", &["PartitionRecord"]),
    file("config_record", &["ConfigRecord"]),
    file("partition_change_record", &["PartitionChangeRecord"]),
    file("fence_broker_record", &["FenceBrokerRecord"]),
    file("unfence_broker_record", &["UnfenceBrokerRecord"]),
    file("remove_topic_record", &["RemoveTopicRecord"]),
    file("delegation_token_record", &["DelegationTokenRecord"]),
    file("user_scram_credential_record", &["UserScramCredentialRecord"]),
    file("feature_level_record", &["FeatureLevelRecord"]),
    file("client_quota_record", &["ClientQuotaRecord"]),
    file("producer_ids_record", &["ProducerIdsRecord"]),
    file("broker_registration_change_record", &["BrokerRegistrationChangeRecord"]),
    file("access_control_entry_record", &["AccessControlEntryRecord"]),
    file("remove_access_control_entry_record", &["RemoveAccessControlEntryRecord"]),
    file("no_op_record", &["NoOpRecord"]),
    file("zk_migration_state_record", &["ZkMigrationStateRecord"]),
    file("remove_user_scram_credential_record", &["RemoveUserScramCredentialRecord"]),
    file("begin_transaction_record", &["BeginTransactionRecord"]),
    file("end_transaction_record", &["EndTransactionRecord"]),
    file("abort_transaction_record", &["AbortTransactionRecord"]),
    file("remove_delegation_token_record", &["RemoveDelegationTokenRecord"]),
    file("register_controller_record", &["RegisterControllerRecord"]),
    file("clear_elr_record", &["ClearElrRecord"]),
    file("unregister_controller_record", &["UnregisterControllerRecord"]),
];

/// Writes every file, and removes those that are no longer generated.
pub fn run() -> Result<(), String> {
    let folder = repository().join("core/src/wire/generated");
    let files = generate(&read_table()?)?;
    std::fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    for entry in std::fs::read_dir(&folder).map_err(|why| format!("{}: {why}", folder.display()))? {
        let path = entry.map_err(|why| why.to_string())?.path();
        let known = path.file_name().is_some_and(|name| files.iter().any(|(file, _)| name == file.as_str()));
        if !known {
            std::fs::remove_file(&path).map_err(|why| format!("{}: {why}", path.display()))?;
        }
    }
    for (name, text) in &files {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|why| format!("{}: {why}", path.display()))?;
    }
    println!("{} files in {}", files.len(), folder.display());
    Ok(())
}

/// The names of all messages that are generated, in the order of their files.
pub fn generated_names() -> impl Iterator<Item = &'static str> {
    GENERATED.iter().flat_map(|file| file.messages.iter().copied())
}

/// Every generated file: its name and its text.
fn generate(table: &[table::Message]) -> Result<Vec<(String, String)>, String> {
    let find = |name: &str| {
        table.iter().find(|message| message.name == name).ok_or_else(|| format!("the table has no message {name}"))
    };
    let mut files = Vec::new();
    for file in GENERATED {
        let messages = file.messages.iter().map(|name| find(name)).collect::<Result<Vec<_>, _>>()?;
        files.push((format!("{}.rs", file.module), emit::file(&messages)));
    }
    files.push(("api_key.rs".to_owned(), index::api_keys(GENERATED, table)));
    files.push(("mod.rs".to_owned(), index::modules(GENERATED, table)));
    Ok(files)
}

/// Reads the table of every message that Kafka has.
pub fn read_table() -> Result<Vec<table::Message>, String> {
    let path = repository().join("core/schemas/kafka.txt");
    let text = std::fs::read_to_string(&path).map_err(|why| format!("{}: {why}", path.display()))?;
    table::parse(&text).map_err(|why| format!("{}: {why}", path.display()))
}

/// The folder that everything lies in.
#[must_use]
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").to_owned()
}

#[cfg(test)]
mod tests {
    use super::table::Kind;
    use super::*;

    #[test]
    fn what_is_committed_is_what_the_table_says() {
        let folder = repository().join("core/src/wire/generated");
        let files = generate(&read_table().unwrap()).unwrap();
        for (name, text) in &files {
            let committed = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
            assert!(committed == *text, "{name} is not what the table says: run `cargo xtask codegen`");
        }
        let mut committed: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        let mut generated: Vec<_> = files.into_iter().map(|(name, _)| name).collect();
        committed.sort();
        generated.sort();
        assert_eq!(committed, generated, "nothing else lies in the folder");
    }

    #[test]
    fn the_whole_table_parses() {
        let table = read_table().unwrap();
        assert_eq!(table.len(), 286, "messages, headers and records of Kafka 4.4");
        for message in &table {
            // Not compiled, but nothing in the table is beyond the generator.
            let text = emit::file(&[message]);
            assert!(text.contains(&format!("pub struct {}", message.name)), "{}", message.name);
        }
    }

    #[test]
    fn every_record_of_the_metadata_log_is_generated_and_says_the_least_version_that_loses_nothing() {
        // The records of tiered storage have types of their own, and no metadata log holds them.
        let is_of_the_log = |it: &&table::Message| it.kind == Kind::MetadataRecord && !it.name.starts_with("Remote");
        let table = read_table().unwrap();
        let records: Vec<_> = table.iter().filter(is_of_the_log).collect();
        assert_eq!(records.len(), 27, "records of Kafka 4.4");
        let generated: Vec<_> = generated_names().collect();
        for record in records {
            assert!(generated.contains(&record.name.as_str()), "{} is not in GENERATED", record.name);
            // `least_version` looks at the record's own fields only.
            let inner = record.structs.iter().flat_map(|it| &it.fields);
            let younger: Vec<_> = inner.filter(|it| it.versions.min > record.valid.min).map(|it| &it.name).collect();
            assert!(younger.is_empty(), "{}: {younger:?}", record.name);
            let ended = record.fields.iter().find(|it| it.versions.max < record.valid.max);
            assert!(ended.is_none(), "{}: {ended:?}", record.name);
        }
    }

    #[test]
    fn no_element_of_an_array_encodes_to_nothing() {
        for message in &read_table().unwrap() {
            emit::check_element_sizes(message).unwrap();
        }
    }
}
