//! OffsetCommit: checks commits for groups without members, and decides the records of a valid commit.

use crate::group::GroupConfig;
use crate::group::records::{self, owned};
use crate::group::state::{CommittedOffset, PersistedGroup};
use crate::types::{ErrorCode, Timestamp};
use crate::wire::offset_commit::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic, OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use crate::wire::{GroupCoordinatorRecord, OffsetCommitRequest, OffsetCommitResponse};
use bytestring::ByteString;

/// The first OffsetCommit version in which clients know GROUP_ID_NOT_FOUND.
const GROUP_ID_NOT_FOUND_FROM: i16 = 9;

/// Checks a commit for a group without members. Tools commit without a generation, and so do consumers that assign
/// partitions to themselves.
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

/// Decides the records of a commit, and the answer to send when they are committed. `persisted` is the current state of
/// the group; the records share its topic names.
pub(in crate::group) fn decide(
    request: &OffsetCommitRequest,
    persisted: Option<&PersistedGroup>,
    config: &GroupConfig,
    now: Timestamp,
) -> (Vec<GroupCoordinatorRecord>, OffsetCommitResponse) {
    let group = owned(&request.group_id);
    // Versions up to 4 may name a retention time of their own; -1 means none.
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

/// Whether metadata is too long. Kafka compares `String.length()`, which counts UTF-16 units, with the limit.
fn is_too_long(metadata: Option<&ByteString>, config: &GroupConfig) -> bool {
    let most = config.offset_metadata_max_bytes;
    metadata.is_some_and(|text| text.len() > most && text.encode_utf16().count() > most)
}
