//! Helpers that ask the questions of a client, and check the answers.

use super::stand::{Stand, join_of};
use crate::group::{GroupAnswer, GroupAsk, JoinAsk};
use crate::types::ErrorCode;
use crate::wire::describe_groups::DescribedGroup;
use crate::wire::leave_group::MemberIdentity;
use crate::wire::list_groups::ListedGroup;
use crate::wire::offset_commit::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use crate::wire::offset_delete::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
use crate::wire::offset_fetch::{OffsetFetchRequestGroup, OffsetFetchRequestTopics};
use crate::wire::sync_group::SyncGroupRequestAssignment;
use crate::wire::{
    HeartbeatRequest, JoinGroupResponse, LeaveGroupRequest, LeaveGroupResponse, OffsetCommitRequest,
    OffsetDeleteRequest, SyncGroupRequest, SyncGroupResponse,
};
use bytes::Bytes;

pub fn error(code: i16) -> ErrorCode {
    ErrorCode::from_wire(code)
}

/// Builds a SyncGroup of version 5 with the leader's assignments.
pub fn sync_of(group: &str, member: &str, generation: i32, assignments: &[(&str, &str)]) -> SyncGroupRequest {
    SyncGroupRequest {
        group_id: group.into(),
        generation_id: generation,
        member_id: member.into(),
        assignments: assignments
            .iter()
            .map(|(member, assignment)| SyncGroupRequestAssignment {
                member_id: (*member).into(),
                assignment: Bytes::copy_from_slice(assignment.as_bytes()),
            })
            .collect(),
        ..SyncGroupRequest::default()
    }
}

/// Builds an OffsetCommit of one partition.
pub fn commit_of(group: &str, member: &str, generation: i32, topic: &str, offset: i64) -> OffsetCommitRequest {
    OffsetCommitRequest {
        group_id: group.into(),
        generation_id_or_member_epoch: generation,
        member_id: member.into(),
        topics: vec![OffsetCommitRequestTopic {
            name: topic.into(),
            partitions: vec![OffsetCommitRequestPartition {
                partition_index: 0,
                committed_offset: offset,
                committed_leader_epoch: 4,
                committed_metadata: Some("m".into()),
            }],
            ..OffsetCommitRequestTopic::default()
        }],
        ..OffsetCommitRequest::default()
    }
}

/// Builds an OffsetFetch of partition 0 of these topics. `None`: of all topics.
pub fn fetch_of(group: &str, topics: Option<&[&str]>) -> OffsetFetchRequestGroup {
    let topic = |name: &&str| OffsetFetchRequestTopics {
        name: (*name).into(),
        partition_indexes: vec![0],
        ..OffsetFetchRequestTopics::default()
    };
    OffsetFetchRequestGroup {
        group_id: group.into(),
        topics: topics.map(|topics| topics.iter().map(topic).collect()),
        ..OffsetFetchRequestGroup::default()
    }
}

impl Stand {
    pub fn join(&mut self, ask: JoinAsk) -> u64 {
        self.ask(GroupAsk::Join(ask))
    }

    /// Returns the answer to a JoinGroup.
    pub fn join_answer(&mut self, id: u64) -> JoinGroupResponse {
        let GroupAnswer::Join(answer) = self.answer(id) else { panic!("not an answer to JoinGroup") };
        answer
    }

    /// Returns the answer to a JoinGroup, which must be a success.
    pub fn joined(&mut self, id: u64) -> JoinGroupResponse {
        let answer = self.join_answer(id);
        assert_eq!(error(answer.error_code), ErrorCode::None);
        answer
    }

    pub fn join_error(&mut self, id: u64) -> ErrorCode {
        error(self.join_answer(id).error_code)
    }

    /// Returns the id of a new dynamic member that has not joined yet (KIP-394).
    pub fn member_id(&mut self, group: &str) -> String {
        let id = self.join(join_of(group, "", None));
        let answer = self.join_answer(id);
        assert_eq!(error(answer.error_code), ErrorCode::MemberIdRequired);
        answer.member_id.to_string()
    }

    pub fn sync(&mut self, request: SyncGroupRequest) -> u64 {
        self.ask(GroupAsk::Sync(request))
    }

    pub fn sync_answer(&mut self, id: u64) -> SyncGroupResponse {
        let GroupAnswer::Sync(answer) = self.answer(id) else { panic!("not an answer to SyncGroup") };
        answer
    }

    /// Returns the assignment in the answer to a SyncGroup, which must be a success.
    pub fn synced(&mut self, id: u64) -> String {
        let answer = self.sync_answer(id);
        assert_eq!(error(answer.error_code), ErrorCode::None);
        String::from_utf8(answer.assignment.to_vec()).expect("assignments of tests are text")
    }

    pub fn sync_error(&mut self, id: u64) -> ErrorCode {
        error(self.sync_answer(id).error_code)
    }

    pub fn heartbeat(&mut self, group: &str, member: &str, generation: i32) -> ErrorCode {
        self.heartbeat_of(group, member, None, generation)
    }

    pub fn heartbeat_of(&mut self, group: &str, member: &str, instance: Option<&str>, generation: i32) -> ErrorCode {
        let id = self.ask(GroupAsk::Heartbeat(HeartbeatRequest {
            group_id: group.into(),
            generation_id: generation,
            member_id: member.into(),
            group_instance_id: instance.map(Into::into),
        }));
        self.error_of(id)
    }

    /// Returns the error of an answer. For an OffsetCommit, the error of its first partition.
    pub fn error_of(&mut self, id: u64) -> ErrorCode {
        error(match self.answer(id) {
            GroupAnswer::Join(it) => it.error_code,
            GroupAnswer::Sync(it) => it.error_code,
            GroupAnswer::Heartbeat(it) => it.error_code,
            GroupAnswer::Leave(it) => it.error_code,
            GroupAnswer::FetchOffsets(it) => it.error_code,
            GroupAnswer::Describe(it) => it.error_code,
            GroupAnswer::List(it) => it.error_code,
            GroupAnswer::Delete(it) => it.error_code,
            GroupAnswer::DeleteOffsets(it) => it.error_code,
            GroupAnswer::CommitOffsets(it) => it.topics[0].partitions[0].error_code,
        })
    }

    /// Removes members by member id or instance id. Returns the error of each.
    pub fn leave(&mut self, group: &str, members: &[(&str, Option<&str>)]) -> Vec<ErrorCode> {
        let answer = self.leave_answer(group, members);
        assert_eq!(error(answer.error_code), ErrorCode::None);
        answer.members.iter().map(|member| error(member.error_code)).collect()
    }

    pub fn leave_answer(&mut self, group: &str, members: &[(&str, Option<&str>)]) -> LeaveGroupResponse {
        let id = self.ask_leave(group, members);
        let GroupAnswer::Leave(answer) = self.answer(id) else { panic!("not an answer to LeaveGroup") };
        answer
    }

    pub fn ask_leave(&mut self, group: &str, members: &[(&str, Option<&str>)]) -> u64 {
        let member = |(member, instance): &(&str, Option<&str>)| MemberIdentity {
            member_id: (*member).into(),
            group_instance_id: instance.map(Into::into),
            reason: Some("the test says so".into()),
        };
        let request = LeaveGroupRequest {
            group_id: group.into(),
            members: members.iter().map(member).collect(),
            ..LeaveGroupRequest::default()
        };
        self.ask(GroupAsk::Leave { request, version: 5 })
    }

    pub fn ask_commit(&mut self, request: OffsetCommitRequest) -> u64 {
        self.ask(GroupAsk::CommitOffsets { request, version: 9 })
    }

    /// Commits an offset as a member of a generation. Tools have generation -1 and no member id.
    pub fn commit_offset(&mut self, group: &str, member: &str, generation: i32, topic: &str, offset: i64) -> ErrorCode {
        let id = self.ask_commit(commit_of(group, member, generation, topic, offset));
        self.error_of(id)
    }

    pub fn ask_fetch(&mut self, request: OffsetFetchRequestGroup, require_stable: bool) -> u64 {
        self.ask(GroupAsk::FetchOffsets { request, require_stable })
    }

    /// Returns the committed offset of partition 0 of a topic, or -1 if there is none.
    pub fn fetch_offset(&mut self, group: &str, topic: &str) -> i64 {
        let id = self.ask_fetch(fetch_of(group, Some(&[topic])), false);
        self.fetched(id)[0].1
    }

    /// Returns the topics of an OffsetFetch answer, with the offset of the first partition of each.
    pub fn fetched(&mut self, id: u64) -> Vec<(String, i64)> {
        let GroupAnswer::FetchOffsets(answer) = self.answer(id) else { panic!("not an answer to OffsetFetch") };
        assert_eq!(error(answer.error_code), ErrorCode::None);
        answer.topics.iter().map(|topic| (topic.name.to_string(), topic.partitions[0].committed_offset)).collect()
    }

    pub fn describe(&mut self, group: &str) -> DescribedGroup {
        let id = self.ask(GroupAsk::Describe { group: group.into(), version: 6 });
        let GroupAnswer::Describe(answer) = self.answer(id) else { panic!("not an answer to DescribeGroups") };
        answer
    }

    pub fn list(&mut self, states: &[&str], types: &[&str]) -> Vec<ListedGroup> {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).into()).collect();
        let id = self.ask(GroupAsk::List { states: owned(states), types: owned(types) });
        let GroupAnswer::List(answer) = self.answer(id) else { panic!("not an answer to ListGroups") };
        assert_eq!(error(answer.error_code), ErrorCode::None);
        answer.groups
    }

    pub fn delete(&mut self, group: &str) -> ErrorCode {
        let id = self.ask(GroupAsk::Delete { group: group.into() });
        self.error_of(id)
    }

    pub fn delete_offsets_of(group: &str, topic: &str) -> GroupAsk {
        GroupAsk::DeleteOffsets(OffsetDeleteRequest {
            group_id: group.into(),
            topics: vec![OffsetDeleteRequestTopic {
                name: topic.into(),
                partitions: vec![OffsetDeleteRequestPartition { partition_index: 0 }],
            }],
        })
    }

    /// Makes a Stable group of dynamic members, and returns their ids in order. The first leads.
    pub fn stable(&mut self, group: &str, members: usize) -> Vec<String> {
        let ids: Vec<String> = (0..members).map(|_| self.member_id(group)).collect();
        let asks: Vec<u64> = ids.iter().map(|id| self.join(join_of(group, id, None))).collect();
        self.pass_ms(6_000);
        self.settle(group, &asks)
    }

    /// Sends the SyncGroup of each member whose JoinGroup was just answered. Each member is assigned its own id.
    pub fn settle(&mut self, group: &str, asks: &[u64]) -> Vec<String> {
        let joined: Vec<JoinGroupResponse> = asks.iter().map(|id| self.joined(*id)).collect();
        let ids: Vec<String> = joined.iter().map(|it| it.member_id.to_string()).collect();
        let assignments: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), id.as_str())).collect();
        let generation = joined[0].generation_id;
        let of = |answer: &JoinGroupResponse| match answer.leader == answer.member_id {
            true => sync_of(group, &answer.member_id, generation, &assignments),
            false => sync_of(group, &answer.member_id, generation, &[]),
        };
        let syncs: Vec<u64> = joined.iter().map(|answer| self.sync(of(answer))).collect();
        for (sync, id) in syncs.into_iter().zip(&ids) {
            assert_eq!(&self.synced(sync), id);
        }
        ids
    }
}
