//! OffsetFetch: builds the answer from the state that the caller passes. This is the committed state, or the latest
//! state, which also has records that are not committed yet.

use crate::group::state::{CommittedOffset, PersistedGroup};
use crate::types::{ErrorCode, Uuid};
use crate::wire::offset_fetch::{
    OffsetFetchRequestGroup, OffsetFetchResponseGroup, OffsetFetchResponsePartitions, OffsetFetchResponseTopics,
};
use bytestring::ByteString;

/// The offset in an answer that means "no committed offset".
const INVALID_OFFSET: i64 = -1;

/// Builds the answer for one group. For a group that does not exist, the answer has no offsets and no error.
pub(in crate::group) fn answer(
    request: &OffsetFetchRequestGroup,
    persisted: Option<&PersistedGroup>,
) -> OffsetFetchResponseGroup {
    let topics = match &request.topics {
        None => persisted.map(all_topics).unwrap_or_default(),
        Some(topics) => topics
            .iter()
            .map(|topic| {
                let offset = |partition: &i32| {
                    let found = persisted.and_then(|it| it.offset(&topic.name, *partition));
                    partition_answer(*partition, found.filter(|it| is_of(it, topic.topic_id)))
                };
                OffsetFetchResponseTopics {
                    name: topic.name.clone(),
                    topic_id: topic.topic_id,
                    partitions: topic.partition_indexes.iter().map(offset).collect(),
                }
            })
            .collect(),
    };
    OffsetFetchResponseGroup { group_id: request.group_id.clone(), topics, error_code: ErrorCode::None.to_wire() }
}

/// Returns whether an offset was committed for the topic that the request means (KAFKA-19154). The caller has found the
/// offset by the topic's name. If both the offset and the request have a topic id, the ids must be equal too.
fn is_of(committed: &CommittedOffset, topic: Uuid) -> bool {
    topic == Uuid::ZERO || committed.topic_id == Uuid::ZERO || committed.topic_id == topic
}

fn all_topics(persisted: &PersistedGroup) -> Vec<OffsetFetchResponseTopics> {
    let topic = |(name, offsets): (&ByteString, &imbl::OrdMap<i32, CommittedOffset>)| OffsetFetchResponseTopics {
        name: name.clone(),
        topic_id: Uuid::ZERO,
        partitions: offsets.iter().map(|(partition, it)| partition_answer(*partition, Some(it))).collect(),
    };
    persisted.offsets.iter().map(topic).collect()
}

fn partition_answer(partition_index: i32, committed: Option<&CommittedOffset>) -> OffsetFetchResponsePartitions {
    OffsetFetchResponsePartitions {
        partition_index,
        committed_offset: committed.map_or(INVALID_OFFSET, |it| it.offset),
        committed_leader_epoch: committed.map_or(-1, |it| it.leader_epoch),
        metadata: Some(committed.map(|it| it.metadata.clone()).unwrap_or_default()),
        error_code: ErrorCode::None.to_wire(),
    }
}
