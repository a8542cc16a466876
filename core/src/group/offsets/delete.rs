//! OffsetDelete (KIP-496), and the tombstones of a whole group.

use crate::group::classic::{ClassicGroup, GroupState};
use crate::group::jobs::Budget;
use crate::group::records;
use crate::group::state::PersistedGroup;
use crate::types::ErrorCode;
use crate::wire::offset_delete::{OffsetDeleteResponsePartition, OffsetDeleteResponseTopic};
use crate::wire::{GroupCoordinatorRecord, OffsetDeleteRequest, OffsetDeleteResponse};
use bytestring::ByteString;

/// Checks whether offsets of the group may be deleted (`ClassicGroup.validateOffsetDelete`). If the group has members,
/// they must be consumers: offsets of subscribed topics are kept, and only the subscriptions of consumers can be read.
pub(in crate::group) fn validate(group: Option<&ClassicGroup>, is_known: bool) -> Result<(), ErrorCode> {
    match group.map(|group| (group.state(), group.is_of_consumers())) {
        None if is_known => Ok(()),
        None | Some((GroupState::Dead, _)) => Err(ErrorCode::GroupIdNotFound),
        Some((GroupState::Empty, _) | (_, true)) => Ok(()),
        Some((_, false)) => Err(ErrorCode::NonEmptyGroup),
    }
}

/// Returns the tombstones of an OffsetDelete, and the answer to send when they are committed.
pub(in crate::group) fn decide(
    request: &OffsetDeleteRequest,
    group: Option<&ClassicGroup>,
    persisted: Option<&PersistedGroup>,
) -> (Vec<GroupCoordinatorRecord>, OffsetDeleteResponse) {
    let mut tombstones = Vec::new();
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in &request.topics {
        let is_subscribed = group.is_some_and(|group| group.is_subscribed_to(&topic.name));
        let error = if is_subscribed { ErrorCode::GroupSubscribedToTopic } else { ErrorCode::None };
        let partitions = topic.partitions.iter().map(|partition| partition.partition_index);
        for partition in partitions.clone().filter(|_| !is_subscribed) {
            if persisted.is_some_and(|it| it.offset(&topic.name, partition).is_some()) {
                tombstones.push(records::offset_tombstone(&request.group_id, &topic.name, partition));
            }
        }
        let answer = |partition_index| OffsetDeleteResponsePartition { partition_index, error_code: error.to_wire() };
        topics
            .push(OffsetDeleteResponseTopic { name: topic.name.clone(), partitions: partitions.map(answer).collect() });
    }
    (tombstones, OffsetDeleteResponse { topics, ..OffsetDeleteResponse::default() })
}

/// Builds tombstones for the offsets of a group, as many as the budget allows. If all offsets fit, adds the tombstone
/// of the group itself and returns `true` with the tombstones. Otherwise returns `false`.
pub(in crate::group) fn whole_group(
    group: &ByteString,
    persisted: &PersistedGroup,
    mut budget: Budget,
) -> (Vec<GroupCoordinatorRecord>, bool) {
    let mut tombstones = Vec::new();
    for (topic, partitions) in &persisted.offsets {
        for partition in partitions.keys() {
            if !budget.take(group.len() + topic.len()) {
                return (tombstones, false);
            }
            tombstones.push(records::offset_tombstone(group, topic, *partition));
        }
    }
    tombstones.push(records::group_tombstone(group));
    (tombstones, true)
}
