//! The scripts' group members: requests of consumer groups, and their answers as lines. A member is called m1, m2, ...
//! in the order in which the coordinator named them.

use super::client::whole;
use bytes::{Bytes, BytesMut};
use bytestring::ByteString;
use gracchus_core::types::ErrorCode;
use gracchus_core::wire::{self, Request, Response};
use std::collections::BTreeMap;

/// What a member waits for.
#[derive(Clone, Copy)]
pub enum Waiting {
    Join(i16),
    Sync,
    Heartbeat,
    Leave,
    Commit,
    Committed,
}

/// Member ids by the names that the scripts have for them.
#[derive(Default)]
pub struct Members {
    ids: BTreeMap<String, ByteString>,
}

impl Members {
    fn id(&self, name: &str) -> ByteString {
        self.ids.get(name).cloned().unwrap_or_else(|| ByteString::from(name))
    }

    fn name(&mut self, id: &ByteString) -> String {
        if id.is_empty() {
            return "nobody".to_owned();
        }
        if let Some((name, _)) = self.ids.iter().find(|(_, known)| *known == id) {
            return name.clone();
        }
        let name = format!("m{}", self.ids.len() + 1);
        self.ids.insert(name.clone(), id.clone());
        name
    }

    /// The frame of a command such as `join g`, `sync g m1 generation=1 m1=a m2=b` or `commit g m1 generation=1 t-0@5`.
    pub fn frame(&self, correlation: i32, words: &[&str]) -> (Waiting, Bytes) {
        let [verb, group, rest @ ..] = words else { panic!("a group's command names the group: {words:?}") };
        let group = ByteString::from(*group);
        let member = rest.first().filter(|word| !word.contains('=')).map(|name| self.id(name)).unwrap_or_default();
        let value = |key: &str| rest.iter().find_map(|word| word.split_once('=').filter(|(name, _)| *name == key));
        let generation = value("generation").map_or(-1, |(_, number)| number.parse().expect("a number"));
        let instance = value("instance").map(|(_, name)| ByteString::from(name));
        match *verb {
            "join" => join(correlation, group, member, instance),
            "sync" => {
                let assigned =
                    rest.iter().filter_map(|word| word.split_once('=')).filter(|(name, _)| name.starts_with('m'));
                let assignment = |(name, what): (&str, &str)| wire::sync_group::SyncGroupRequestAssignment {
                    member_id: self.id(name),
                    assignment: Bytes::copy_from_slice(what.as_bytes()),
                };
                let body = wire::SyncGroupRequest {
                    group_id: group,
                    generation_id: generation,
                    member_id: member,
                    group_instance_id: instance,
                    assignments: assigned.map(assignment).collect(),
                    ..Default::default()
                };
                (Waiting::Sync, frame(correlation, &body, 3))
            }
            "heartbeat" => {
                let body = wire::HeartbeatRequest {
                    group_id: group,
                    generation_id: generation,
                    member_id: member,
                    group_instance_id: instance,
                };
                (Waiting::Heartbeat, frame(correlation, &body, 3))
            }
            "leave" => {
                let body = wire::LeaveGroupRequest { group_id: group, member_id: member, ..Default::default() };
                (Waiting::Leave, frame(correlation, &body, 2))
            }
            "commit" => {
                let body = wire::OffsetCommitRequest {
                    group_id: group,
                    generation_id_or_member_epoch: generation,
                    member_id: member,
                    topics: rest.iter().filter_map(|word| word.split_once('@')).map(committed_topic).collect(),
                    ..Default::default()
                };
                (Waiting::Commit, frame(correlation, &body, 8))
            }
            "committed" => {
                let body = wire::OffsetFetchRequest { group_id: group, topics: None, ..Default::default() };
                (Waiting::Committed, frame(correlation, &body, 7))
            }
            other => panic!("no such command of groups: {other}"),
        }
    }

    /// What a member is told.
    pub fn show(&mut self, waiting: Waiting, correlation: i32, frame: Bytes) -> String {
        match waiting {
            Waiting::Join(version) => {
                let answer: wire::JoinGroupResponse = read(frame, correlation, version);
                let me = self.name(&answer.member_id);
                match ErrorCode::from_wire(answer.error_code) {
                    ErrorCode::None => {
                        let members: Vec<String> = answer.members.iter().map(|it| self.name(&it.member_id)).collect();
                        let leader = self.name(&answer.leader);
                        let members =
                            if members.is_empty() { String::new() } else { format!(" of {}", members.join(" ")) };
                        format!("JoinGroup: {me} in generation {}, led by {leader}{members}", answer.generation_id)
                    }
                    error => format!("JoinGroup: {error}"),
                }
            }
            Waiting::Sync => {
                let answer: wire::SyncGroupResponse = read(frame, correlation, 3);
                let assignment = String::from_utf8_lossy(&answer.assignment).into_owned();
                match ErrorCode::from_wire(answer.error_code) {
                    ErrorCode::None => format!("SyncGroup: assigned '{assignment}'"),
                    error => format!("SyncGroup: {error}"),
                }
            }
            Waiting::Heartbeat => {
                let answer: wire::HeartbeatResponse = read(frame, correlation, 3);
                format!("Heartbeat: {}", ErrorCode::from_wire(answer.error_code))
            }
            Waiting::Leave => {
                let answer: wire::LeaveGroupResponse = read(frame, correlation, 2);
                format!("LeaveGroup: {}", ErrorCode::from_wire(answer.error_code))
            }
            Waiting::Commit => {
                let answer: wire::OffsetCommitResponse = read(frame, correlation, 8);
                let row = &answer.topics[0].partitions[0];
                format!("OffsetCommit: {}", ErrorCode::from_wire(row.error_code))
            }
            Waiting::Committed => {
                let answer: wire::OffsetFetchResponse = read(frame, correlation, 7);
                let error = ErrorCode::from_wire(answer.error_code);
                let rows = answer.topics.iter().flat_map(|topic| {
                    topic
                        .partitions
                        .iter()
                        .map(|row| format!("{}-{}@{}", topic.name, row.partition_index, row.committed_offset))
                });
                format!("OffsetFetch: {error} [{}]", rows.collect::<Vec<_>>().join(" "))
            }
        }
    }
}

/// Dynamic members join with version 3, which gives them their id at once; static ones with version 5.
fn join(correlation: i32, group: ByteString, member: ByteString, instance: Option<ByteString>) -> (Waiting, Bytes) {
    let version = if instance.is_some() { 5 } else { 3 };
    let protocol = wire::join_group::JoinGroupRequestProtocol { name: "range".into(), metadata: Bytes::new() };
    let body = wire::JoinGroupRequest {
        group_id: group,
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 60_000,
        member_id: member,
        group_instance_id: instance,
        protocol_type: "consumer".into(),
        protocols: vec![protocol],
        reason: None,
    };
    (Waiting::Join(version), frame(correlation, &body, version))
}

fn committed_topic((partition, offset): (&str, &str)) -> wire::offset_commit::OffsetCommitRequestTopic {
    let (topic, index) = partition.rsplit_once('-').expect("topic-partition");
    wire::offset_commit::OffsetCommitRequestTopic {
        name: topic.into(),
        partitions: vec![wire::offset_commit::OffsetCommitRequestPartition {
            partition_index: index.parse().expect("a number"),
            committed_offset: offset.parse().expect("a number"),
            committed_leader_epoch: -1,
            committed_metadata: None,
        }],
        ..Default::default()
    }
}

fn frame<R: Request>(correlation: i32, body: &R, version: i16) -> Bytes {
    whole(wire::frame_request(
        Some(&ByteString::from_static("client")),
        correlation,
        body,
        version,
        &mut BytesMut::new(),
    ))
}

fn read<R: Response>(frame: Bytes, correlation: i32, version: i16) -> R {
    wire::open_response(frame, correlation, version).expect("an answer is whole")
}
