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
    file("describe_log_dirs", &["DescribeLogDirsRequest", "DescribeLogDirsResponse"]),
    file("create_partitions", &["CreatePartitionsRequest", "CreatePartitionsResponse"]),
    file("delete_groups", &["DeleteGroupsRequest", "DeleteGroupsResponse"]),
    file("incremental_alter_configs", &["IncrementalAlterConfigsRequest", "IncrementalAlterConfigsResponse"]),
    file("offset_delete", &["OffsetDeleteRequest", "OffsetDeleteResponse"]),
    file("describe_cluster", &["DescribeClusterRequest", "DescribeClusterResponse"]),
    file("describe_producers", &["DescribeProducersRequest", "DescribeProducersResponse"]),
    file("list_config_resources", &["ListConfigResourcesRequest", "ListConfigResourcesResponse"]),
    file("describe_topic_partitions", &["DescribeTopicPartitionsRequest", "DescribeTopicPartitionsResponse"]),
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
    files.push(("mod.rs".to_owned(), index::modules(GENERATED)));
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
    fn no_element_of_an_array_encodes_to_nothing() {
        for message in &read_table().unwrap() {
            emit::check_element_sizes(message).unwrap();
        }
    }
}
