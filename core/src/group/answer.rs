//! The answers of a coordinator, and the errors in them.

use crate::types::ErrorCode;
use crate::wire::delete_groups::DeletableGroupResult;
use crate::wire::describe_groups::DescribedGroup;
use crate::wire::offset_fetch::OffsetFetchResponseGroup;
use crate::wire::{
    HeartbeatResponse, JoinGroupResponse, LeaveGroupResponse, ListGroupsResponse, OffsetCommitResponse,
    OffsetDeleteResponse, SyncGroupResponse,
};
use bytestring::ByteString;

/// The answer to a [`super::GroupAsk`]. Each variant answers the question with the same name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GroupAnswer {
    /// The answer to a JoinGroup.
    Join(JoinGroupResponse),
    /// The answer to a SyncGroup.
    Sync(SyncGroupResponse),
    /// The answer to a Heartbeat.
    Heartbeat(HeartbeatResponse),
    /// The answer to a LeaveGroup. Up to version 2 the request names one member, and that member's error is the error
    /// of the whole answer.
    Leave(LeaveGroupResponse),
    /// The answer to an OffsetCommit.
    CommitOffsets(OffsetCommitResponse),
    /// The answer for one group of an OffsetFetch.
    FetchOffsets(OffsetFetchResponseGroup),
    /// The answer for one group of a DescribeGroups, without authorized operations. The broker adds these.
    Describe(DescribedGroup),
    /// The answer to a ListGroups.
    List(ListGroupsResponse),
    /// The answer for one group of a DeleteGroups.
    Delete(DeletableGroupResult),
    /// The answer to an OffsetDelete.
    DeleteOffsets(OffsetDeleteResponse),
}

impl GroupAnswer {
    /// Turns the answer into an error answer of the same kind, because the records that it waited for were refused or
    /// not committed in time.
    pub(super) fn failed(self, error: ErrorCode) -> GroupAnswer {
        let error_code = error_after_append(error).to_wire();
        match self {
            GroupAnswer::Join(it) => refused_join(error_after_append(error), &it.member_id),
            GroupAnswer::Sync(_) => refused_sync(error_after_append(error)),
            GroupAnswer::Heartbeat(_) => GroupAnswer::Heartbeat(HeartbeatResponse { error_code, throttle_time_ms: 0 }),
            GroupAnswer::Leave(_) => {
                GroupAnswer::Leave(LeaveGroupResponse { error_code, ..LeaveGroupResponse::default() })
            }
            GroupAnswer::CommitOffsets(mut it) => {
                it.topics.iter_mut().flat_map(|topic| &mut topic.partitions).for_each(|partition| {
                    partition.error_code = error_code;
                });
                GroupAnswer::CommitOffsets(it)
            }
            GroupAnswer::FetchOffsets(it) => GroupAnswer::FetchOffsets(OffsetFetchResponseGroup {
                group_id: it.group_id,
                error_code: error_of_fetch(error).to_wire(),
                ..OffsetFetchResponseGroup::default()
            }),
            GroupAnswer::Describe(it) => {
                let group_id = it.group_id;
                GroupAnswer::Describe(DescribedGroup { group_id, error_code, ..DescribedGroup::default() })
            }
            GroupAnswer::List(_) => {
                GroupAnswer::List(ListGroupsResponse { error_code, ..ListGroupsResponse::default() })
            }
            GroupAnswer::Delete(it) => {
                let group_id = it.group_id;
                GroupAnswer::Delete(DeletableGroupResult { group_id, error_code, ..DeletableGroupResult::default() })
            }
            GroupAnswer::DeleteOffsets(_) => {
                GroupAnswer::DeleteOffsets(OffsetDeleteResponse { error_code, ..OffsetDeleteResponse::default() })
            }
        }
    }
}

/// Builds the error answer to a JoinGroup. `member` is the member id in the answer.
pub(super) fn refused_join(error: ErrorCode, member: &ByteString) -> GroupAnswer {
    let error_code = error.to_wire();
    GroupAnswer::Join(JoinGroupResponse { error_code, member_id: member.clone(), ..JoinGroupResponse::default() })
}

/// Builds the error answer to a SyncGroup.
pub(super) fn refused_sync(error: ErrorCode) -> GroupAnswer {
    GroupAnswer::Sync(SyncGroupResponse { error_code: error.to_wire(), ..SyncGroupResponse::default() })
}

/// Translates an error of an append to the coordinator's partition of `__consumer_offsets` into an error that group
/// clients know (`CoordinatorOperationExceptionHelper.handleOperationException`).
pub(super) fn error_after_append(error: ErrorCode) -> ErrorCode {
    match error {
        ErrorCode::NetworkException => ErrorCode::CoordinatorLoadInProgress,
        ErrorCode::UnknownTopicOrPartition | ErrorCode::NotEnoughReplicas | ErrorCode::RequestTimedOut => {
            ErrorCode::CoordinatorNotAvailable
        }
        ErrorCode::NotLeaderOrFollower | ErrorCode::KafkaStorageError => ErrorCode::NotCoordinator,
        ErrorCode::MessageTooLarge | ErrorCode::RecordListTooLarge | ErrorCode::InvalidFetchSize => {
            ErrorCode::UnknownServerError
        }
        other => other,
    }
}

/// Translates an error of an append into an error for an OffsetFetch that waits until the appended offsets are
/// committed (`RequireStable`). The result is never COORDINATOR_NOT_AVAILABLE, because clients before 3.9 do not retry
/// an OffsetFetch after that error (`GroupCoordinatorService.handleOffsetFetchException`).
fn error_of_fetch(error: ErrorCode) -> ErrorCode {
    match error_after_append(error) {
        ErrorCode::CoordinatorNotAvailable => ErrorCode::NotCoordinator,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_an_append_become_errors_of_a_group() {
        use ErrorCode::*;
        let cases = [
            (NetworkException, CoordinatorLoadInProgress, CoordinatorLoadInProgress),
            (UnknownTopicOrPartition, CoordinatorNotAvailable, NotCoordinator),
            (NotEnoughReplicas, CoordinatorNotAvailable, NotCoordinator),
            (RequestTimedOut, CoordinatorNotAvailable, NotCoordinator),
            (NotLeaderOrFollower, NotCoordinator, NotCoordinator),
            (KafkaStorageError, NotCoordinator, NotCoordinator),
            (MessageTooLarge, UnknownServerError, UnknownServerError),
            (RecordListTooLarge, UnknownServerError, UnknownServerError),
            (InvalidFetchSize, UnknownServerError, UnknownServerError),
            (NotCoordinator, NotCoordinator, NotCoordinator),
        ];
        for (error, group, fetch) in cases {
            assert_eq!((error_after_append(error), error_of_fetch(error)), (group, fetch), "{error}");
        }
    }
}
