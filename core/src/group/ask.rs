//! What a coordinator is asked: one variant for each request, about one group each.

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

/// A question to the coordinator of the group. Requests about several groups are one question for each of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GroupAsk {
    /// JoinGroup.
    Join(JoinAsk),
    /// SyncGroup.
    Sync(SyncGroupRequest),
    /// Heartbeat.
    Heartbeat(HeartbeatRequest),
    /// LeaveGroup.
    Leave {
        /// As decoded: up to version 2 the member is `member_id`, later `members`.
        request: LeaveGroupRequest,
        /// Of the request.
        version: i16,
    },
    /// OffsetCommit.
    CommitOffsets {
        /// Every topic has a name and, where the broker knows it, an id, whichever of them the version carries. Unknown
        /// topics and partitions are left out: the broker answers UNKNOWN_TOPIC_OR_PARTITION or UNKNOWN_TOPIC_ID.
        request: OffsetCommitRequest,
        /// Of the request.
        version: i16,
    },
    /// One group of an OffsetFetch; versions up to 7 are translated into this.
    FetchOffsets {
        /// Every topic has a name; a topic with an id matches only offsets that were committed for that id
        /// (KAFKA-19154). Topics that are null mean all.
        request: OffsetFetchRequestGroup,
        /// `RequireStable` (KIP-447): wait for what is written and not committed yet.
        require_stable: bool,
    },
    /// One group of a DescribeGroups.
    Describe {
        /// Its name.
        group: ByteString,
        /// Of the request: from 6 on an unknown group gets GROUP_ID_NOT_FOUND (KIP-1043).
        version: i16,
    },
    /// ListGroups: all groups of this coordinator.
    List {
        /// Names of states, in any case; empty means all (KIP-518).
        states: Vec<ByteString>,
        /// Names of types, in any case; empty means all (KIP-848).
        types: Vec<ByteString>,
    },
    /// One group of a DeleteGroups.
    Delete {
        /// Its name.
        group: ByteString,
    },
    /// OffsetDelete (KIP-496), without unknown topics and partitions.
    DeleteOffsets(OffsetDeleteRequest),
}

/// A JoinGroup and who sent it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JoinAsk {
    /// As decoded.
    pub request: JoinGroupRequest,
    /// Of the request.
    pub version: i16,
    /// From the request's header; empty where there is none.
    pub client_id: ByteString,
    /// The client's address as Kafka writes it, such as `/10.0.0.7`.
    pub client_host: ByteString,
}

/// A topic that was removed from the metadata.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RemovedTopic {
    /// Its name, which another topic may have by now.
    pub name: ByteString,
    /// Its identity.
    pub id: TopicId,
}

impl GroupAsk {
    /// The answer that refuses the question with `error`, as Kafka's handlers build it for each request.
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

    /// The group; none where the question is about all groups.
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

/// The error for every partition (`OffsetCommitRequest.getErrorResponse`).
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
