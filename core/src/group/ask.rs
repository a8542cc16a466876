//! The questions to a coordinator: one variant for each request, each about one group.

use super::GroupAnswer;
use crate::types::{ErrorCode, TopicId};
use crate::wire::delete_groups::DeletableGroupResult;
use crate::wire::describe_groups::DescribedGroup;
use crate::wire::offset_commit::{OffsetCommitRequestTopic, OffsetCommitResponsePartition, OffsetCommitResponseTopic};
use crate::wire::offset_fetch::{OffsetFetchRequestGroup, OffsetFetchResponseGroup};
use crate::wire::{
    HeartbeatRequest, HeartbeatResponse, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, LeaveGroupResponse,
    ListGroupsResponse, OffsetCommitRequest, OffsetCommitResponse, OffsetDeleteRequest, OffsetDeleteResponse,
    SyncGroupRequest, SyncGroupResponse,
};
use bytestring::ByteString;

/// A question to the coordinator of a group. A request about several groups becomes one question for each of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GroupAsk {
    /// A JoinGroup request.
    Join(JoinAsk),
    /// A SyncGroup request.
    Sync(SyncGroupRequest),
    /// A Heartbeat request.
    Heartbeat(HeartbeatRequest),
    /// A LeaveGroup request.
    Leave {
        /// The request as decoded. Up to version 2, the member that leaves is in `member_id`; from version 3 on, in
        /// `members`.
        request: LeaveGroupRequest,
        /// Version of the request.
        version: i16,
    },
    /// An OffsetCommit request.
    CommitOffsets {
        /// The request. In every version, the broker has filled in the name of every topic, and the topic's id if the
        /// broker knows it. Unknown topics and partitions are not in it: the broker itself answers those with
        /// UNKNOWN_TOPIC_OR_PARTITION or UNKNOWN_TOPIC_ID.
        request: OffsetCommitRequest,
        /// Version of the request.
        version: i16,
    },
    /// One group of an OffsetFetch. A request up to version 7 names one group, and the broker translates it into this
    /// form.
    FetchOffsets {
        /// The request. The broker has filled in the name of every topic. For a topic with an id, only offsets that
        /// were committed for that id are returned (KAFKA-19154). `topics: None` means all topics.
        request: OffsetFetchRequestGroup,
        /// `RequireStable` (KIP-447). If `true`, the answer has the newest offsets, including those that are appended
        /// but not committed yet, and is sent when these are committed.
        require_stable: bool,
    },
    /// One group of a DescribeGroups.
    Describe {
        /// The group id.
        group: ByteString,
        /// Version of the request. From version 6 on, an unknown group gets GROUP_ID_NOT_FOUND (KIP-1043).
        version: i16,
    },
    /// A ListGroups request. It is about all groups of this coordinator.
    List {
        /// Names of states, in upper or lower case (KIP-518). Empty means all states.
        states: Vec<ByteString>,
        /// Names of group types, in upper or lower case (KIP-848). Empty means all types.
        types: Vec<ByteString>,
    },
    /// One group of a DeleteGroups.
    Delete {
        /// The group id.
        group: ByteString,
    },
    /// An OffsetDelete request (KIP-496). The broker has left out topics and partitions that do not exist.
    DeleteOffsets(OffsetDeleteRequest),
}

/// A JoinGroup request and the client that sent it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JoinAsk {
    /// The request.
    pub request: JoinGroupRequest,
    /// Version of the request.
    pub version: i16,
    /// Client id from the header of the request. Empty if the header has none.
    pub client_id: ByteString,
    /// The client's address as Kafka writes it, such as `/10.0.0.7`.
    pub client_host: ByteString,
}

/// A topic that was removed from the metadata.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RemovedTopic {
    /// Name of the topic. The name alone does not identify the topic: it may have been made anew under the same name
    /// since, with another id.
    pub name: ByteString,
    /// Id of the removed topic. It tells this topic from a newer one of the same name.
    pub id: TopicId,
}

impl GroupAsk {
    /// Builds the answer that refuses the question with `error`, in the shape of Kafka's `getErrorResponse`.
    #[must_use]
    pub fn refuse(&self, error: ErrorCode) -> GroupAnswer {
        let error_code = error.to_wire();
        match self {
            GroupAsk::Join(_) => GroupAnswer::Join(JoinGroupResponse { error_code, ..JoinGroupResponse::default() }),
            GroupAsk::Sync(_) => GroupAnswer::Sync(SyncGroupResponse { error_code, ..SyncGroupResponse::default() }),
            GroupAsk::Heartbeat(_) => GroupAnswer::Heartbeat(HeartbeatResponse { error_code, throttle_time_ms: 0 }),
            GroupAsk::Leave { .. } => {
                GroupAnswer::Leave(LeaveGroupResponse { error_code, ..LeaveGroupResponse::default() })
            }
            GroupAsk::CommitOffsets { request, .. } => GroupAnswer::CommitOffsets(refused_commit(request, error)),
            GroupAsk::FetchOffsets { request, .. } => GroupAnswer::FetchOffsets(OffsetFetchResponseGroup {
                group_id: request.group_id.clone(),
                error_code,
                ..OffsetFetchResponseGroup::default()
            }),
            GroupAsk::Describe { group, .. } => GroupAnswer::Describe(DescribedGroup {
                group_id: group.clone(),
                error_code,
                ..DescribedGroup::default()
            }),
            GroupAsk::List { .. } => {
                GroupAnswer::List(ListGroupsResponse { error_code, ..ListGroupsResponse::default() })
            }
            GroupAsk::Delete { group } => GroupAnswer::Delete(DeletableGroupResult {
                group_id: group.clone(),
                error_code,
                ..DeletableGroupResult::default()
            }),
            GroupAsk::DeleteOffsets(_) => {
                GroupAnswer::DeleteOffsets(OffsetDeleteResponse { error_code, ..OffsetDeleteResponse::default() })
            }
        }
    }

    /// Returns the id of the group that the question is about. `None` if the question is about all groups.
    #[must_use]
    pub fn group(&self) -> Option<&ByteString> {
        match self {
            GroupAsk::Join(join) => Some(&join.request.group_id),
            GroupAsk::Sync(request) => Some(&request.group_id),
            GroupAsk::Heartbeat(request) => Some(&request.group_id),
            GroupAsk::Leave { request, .. } => Some(&request.group_id),
            GroupAsk::CommitOffsets { request, .. } => Some(&request.group_id),
            GroupAsk::FetchOffsets { request, .. } => Some(&request.group_id),
            GroupAsk::Describe { group, .. } | GroupAsk::Delete { group } => Some(group),
            GroupAsk::DeleteOffsets(request) => Some(&request.group_id),
            GroupAsk::List { .. } => None,
        }
    }
}

/// Refuses every partition of an OffsetCommit with `error` (`OffsetCommitRequest.getErrorResponse`).
fn refused_commit(request: &OffsetCommitRequest, error: ErrorCode) -> OffsetCommitResponse {
    let topic = |topic: &OffsetCommitRequestTopic| OffsetCommitResponseTopic {
        name: topic.name.clone(),
        topic_id: topic.topic_id,
        partitions: topic
            .partitions
            .iter()
            .map(|partition| OffsetCommitResponsePartition {
                partition_index: partition.partition_index,
                error_code: error.to_wire(),
            })
            .collect(),
    };
    OffsetCommitResponse { throttle_time_ms: 0, topics: request.topics.iter().map(topic).collect() }
}
