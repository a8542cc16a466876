//! OffsetCommit: checks commits for groups without members, and builds the records of a valid commit.

use crate::group::GroupConfig;
use crate::group::records::{self, owned};
use crate::group::state::{CommittedOffset, PersistedGroup};
use crate::types::{ErrorCode, Timestamp};
use crate::wire::offset_commit::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic, OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use crate::wire::{GroupCoordinatorRecord, OffsetCommitRequest, OffsetCommitResponse};
use bytestring::ByteString;

/// The first OffsetCommit version whose clients know the error GROUP_ID_NOT_FOUND.
const GROUP_ID_NOT_FOUND_FROM: i16 = 9;

/// Checks a commit for a group without members. A commit without a generation is accepted: tools commit so, and so do
/// consumers that assign partitions to themselves. `is_known` tells whether the group exists.
pub(in crate::group) fn validate_without_members(
    request: &OffsetCommitRequest,
    version: i16,
    is_known: bool,
) -> Result<(), ErrorCode> {
    if request.generation_id_or_member_epoch < 0 {
        return Ok(());
    }
    Err(match is_known {
        true => ErrorCode::UnknownMemberId,
        false if version >= GROUP_ID_NOT_FOUND_FROM => ErrorCode::GroupIdNotFound,
        false => ErrorCode::IllegalGeneration,
    })
}

/// Returns the records of a commit, and the answer to send when they are committed. `persisted` is the current state of
/// the group. To save memory, a record for a topic that is in `persisted` already shares that copy of the topic name.
pub(in crate::group) fn decide(
    request: &OffsetCommitRequest,
    persisted: Option<&PersistedGroup>,
    config: &GroupConfig,
    now: Timestamp,
) -> (Vec<GroupCoordinatorRecord>, OffsetCommitResponse) {
    let group = owned(&request.group_id);
    // Up to version 4, an OffsetCommit may name its own retention time for its offsets. -1 means that it names none.
    let expires = (request.retention_time_ms != -1).then(|| now.0.saturating_add(request.retention_time_ms));
    let mut records = Vec::new();
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in &request.topics {
        let known = persisted.and_then(|it| it.offsets.get_key_value(&topic.name));
        let name = known.map_or_else(|| owned(&topic.name), |(name, _)| name.clone());
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for partition in &topic.partitions {
            let error = if is_too_long(partition.committed_metadata.as_ref(), config) {
                ErrorCode::OffsetMetadataTooLarge
            } else {
                let committed = committed(topic, partition, expires, now);
                records.push(records::offset(&group, &name, partition.partition_index, &committed));
                ErrorCode::None
            };
            let partition_index = partition.partition_index;
            partitions.push(OffsetCommitResponsePartition { partition_index, error_code: error.to_wire() });
        }
        topics.push(OffsetCommitResponseTopic { name: topic.name.clone(), topic_id: topic.topic_id, partitions });
    }
    (records, OffsetCommitResponse { throttle_time_ms: 0, topics })
}

fn committed(
    topic: &OffsetCommitRequestTopic,
    partition: &OffsetCommitRequestPartition,
    expire_timestamp: Option<i64>,
    now: Timestamp,
) -> CommittedOffset {
    CommittedOffset {
        offset: partition.committed_offset,
        leader_epoch: partition.committed_leader_epoch,
        metadata: partition.committed_metadata.as_deref().map(owned).unwrap_or_default(),
        commit_timestamp: now.0,
        expire_timestamp,
        topic_id: topic.topic_id,
    }
}

/// Returns whether the metadata is too long. As in Kafka, which compares `String.length()`, the limit counts UTF-16
/// units.
fn is_too_long(metadata: Option<&ByteString>, config: &GroupConfig) -> bool {
    let most = config.offset_metadata_max_bytes;
    metadata.is_some_and(|text| text.len() > most && text.encode_utf16().count() > most)
}
