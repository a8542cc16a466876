//! Reads what a member's client sends to coordinators and what comes back, off the wire: the history knows each request
//! by itself, whatever the client makes of it.

use crate::actor::ActorConn;
use crate::clients::Target;
use crate::history::{CallId, CommittedOffset, GroupAct, GroupAnswer, GroupQuestion, Identity};
use bytes::{Bytes, BytesMut};
use gracchus_core::types::{ErrorCode, NodeId, Offset, TopicPartition};
use gracchus_core::wire::list_offsets::ListOffsetsPartitionResponse;
use gracchus_core::wire::offset_commit::OffsetCommitRequestTopic;
use gracchus_core::wire::{
    ApiKey, ConsumerProtocolAssignment, HeartbeatRequest, HeartbeatResponse, JoinGroupRequest, JoinGroupResponse,
    LeaveGroupRequest, LeaveGroupResponse, ListOffsetsRequest, ListOffsetsResponse, OffsetCommitRequest,
    OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse, Response, SyncGroupRequest, SyncGroupResponse,
    decode_body, decode_consumer_protocol, open_request, open_response,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The first version of OffsetFetch that asks for several groups (KIP-709).
const BATCHED_OFFSETS: i16 = 8;
/// The timestamp that stands for the latest offset.
pub(super) const LATEST: i64 = -1;

/// The requests of one actor that are not answered.
#[derive(Clone, Debug)]
pub struct Tap {
    /// Which actor: calls of two actors have different numbers.
    owner: u32,
    calls: u64,
    nodes: BTreeMap<ActorConn, NodeId>,
    waiting: BTreeMap<(ActorConn, i32), Waiting>,
}

#[derive(Clone, Debug)]
struct Waiting {
    call: CallId,
    version: i16,
    question: GroupQuestion,
}

impl Tap {
    /// One that has seen nothing yet.
    #[must_use]
    pub fn new(owner: u32) -> Tap {
        Tap { owner, calls: 0, nodes: BTreeMap::new(), waiting: BTreeMap::new() }
    }

    /// The connections that stand or are dialed.
    #[must_use]
    pub fn conns(&self) -> Vec<ActorConn> {
        self.nodes.keys().copied().collect()
    }

    /// A connection is dialed.
    pub fn on_dial(&mut self, conn: ActorConn, host: &str) {
        let number = host.strip_prefix('b').and_then(|number| number.parse().ok());
        self.nodes.insert(conn, NodeId(number.unwrap_or(-1)));
    }

    /// A connection is over: what was asked on it stays without an answer.
    pub fn on_closed(&mut self, conn: ActorConn) {
        self.nodes.remove(&conn);
        self.waiting.retain(|(of, _), _| *of != conn);
    }

    /// A whole frame leaves, its length prefix included. Says what it asks of a coordinator, if it does.
    pub fn on_sent(&mut self, conn: ActorConn, parts: &[Bytes], targets: &[Target]) -> Option<GroupAct> {
        let node = self.nodes.get(&conn).copied()?;
        let frame = joined(parts).slice(4..);
        let (version, correlation, question) = question_of(frame, targets)?;
        self.calls += 1;
        let call = CallId(u64::from(self.owner) << 32 | self.calls);
        self.waiting.insert((conn, correlation), Waiting { call, version, question: question.clone() });
        Some(GroupAct::Asked(call, node, question))
    }

    /// A whole frame arrived, its length prefix taken off. Says what a coordinator answered, if it did.
    pub fn on_received(&mut self, conn: ActorConn, frame: &Bytes, targets: &[Target]) -> Option<GroupAct> {
        let correlation = i32::from_be_bytes(*frame.first_chunk::<4>()?);
        let Waiting { call, version, question } = self.waiting.remove(&(conn, correlation))?;
        let answer = answer_of(frame.clone(), correlation, version, &question, targets)?;
        Some(GroupAct::Told(call, answer))
    }
}

/// A frame in one piece.
#[must_use]
pub fn joined(parts: &[Bytes]) -> Bytes {
    let mut whole = BytesMut::new();
    parts.iter().for_each(|part| whole.extend_from_slice(part));
    whole.freeze()
}

fn question_of(frame: Bytes, targets: &[Target]) -> Option<(i16, i32, GroupQuestion)> {
    let (key, header, mut body) = open_request(frame).ok()?;
    let version = header.request_api_version;
    let identity = |member: &str, instance: Option<&str>, generation| Identity {
        member: member.into(),
        instance: instance.map(Arc::from),
        generation,
    };
    let question = match key {
        ApiKey::JoinGroup => {
            let it: JoinGroupRequest = decode_body(&mut body, version).ok()?;
            GroupQuestion::Join(identity(&it.member_id, it.group_instance_id.as_deref(), -1))
        }
        ApiKey::SyncGroup => {
            let it: SyncGroupRequest = decode_body(&mut body, version).ok()?;
            GroupQuestion::Sync(identity(&it.member_id, it.group_instance_id.as_deref(), it.generation_id))
        }
        ApiKey::Heartbeat => {
            let it: HeartbeatRequest = decode_body(&mut body, version).ok()?;
            GroupQuestion::Heartbeat(identity(&it.member_id, it.group_instance_id.as_deref(), it.generation_id))
        }
        ApiKey::LeaveGroup => {
            let it: LeaveGroupRequest = decode_body(&mut body, version).ok()?;
            let member = it.members.first().map_or(it.member_id, |member| member.member_id.clone());
            GroupQuestion::Leave(identity(&member, None, -1))
        }
        ApiKey::OffsetCommit => {
            let it: OffsetCommitRequest = decode_body(&mut body, version).ok()?;
            let generation = it.generation_id_or_member_epoch;
            let identity = identity(&it.member_id, it.group_instance_id.as_deref(), generation);
            GroupQuestion::Commit(identity, it.topics.iter().flat_map(|topic| commits_of(topic, targets)).collect())
        }
        ApiKey::OffsetFetch => {
            let it: OffsetFetchRequest = decode_body(&mut body, version).ok()?;
            GroupQuestion::Fetch(fetches_of(&it, version, targets))
        }
        ApiKey::ListOffsets => {
            let it: ListOffsetsRequest = decode_body(&mut body, version).ok()?;
            let rows = it.topics.iter().flat_map(|topic| topic.partitions.iter().map(move |row| (&topic.name, row)));
            let rows: Vec<_> = rows.collect();
            if rows.iter().any(|(_, row)| row.timestamp != LATEST) {
                return None;
            }
            let ids = rows.iter().filter_map(|(topic, row)| found(targets, topic, row.partition_index));
            GroupQuestion::Ends(ids.collect())
        }
        _ => return None,
    };
    Some((version, header.correlation_id, question))
}

fn commits_of(topic: &OffsetCommitRequestTopic, targets: &[Target]) -> Vec<CommittedOffset> {
    let one = |row: &gracchus_core::wire::offset_commit::OffsetCommitRequestPartition| {
        Some(CommittedOffset {
            partition: found(targets, &topic.name, row.partition_index)?,
            offset: Offset(row.committed_offset),
            metadata: row.committed_metadata.as_deref().unwrap_or_default().into(),
        })
    };
    topic.partitions.iter().filter_map(one).collect()
}

fn fetches_of(request: &OffsetFetchRequest, version: i16, targets: &[Target]) -> Vec<TopicPartition> {
    let of = |name: &str, numbers: &[i32]| -> Vec<TopicPartition> {
        numbers.iter().filter_map(|number| found(targets, name, *number)).collect()
    };
    if version < BATCHED_OFFSETS {
        return request.topics.iter().flatten().flat_map(|it| of(&it.name, &it.partition_indexes)).collect();
    }
    let topics = request.groups.iter().flat_map(|group| group.topics.iter().flatten());
    topics.flat_map(|it| of(&it.name, &it.partition_indexes)).collect()
}

fn answer_of(
    frame: Bytes,
    correlation: i32,
    version: i16,
    question: &GroupQuestion,
    targets: &[Target],
) -> Option<GroupAnswer> {
    fn read<R: Response>(frame: Bytes, correlation: i32, version: i16) -> Option<R> {
        open_response(frame, correlation, version).ok()
    }
    Some(match question {
        GroupQuestion::Join(asked) => joined_of(&read(frame, correlation, version)?, asked),
        GroupQuestion::Sync(_) => {
            let it: SyncGroupResponse = read(frame, correlation, version)?;
            let error = ErrorCode::from_wire(it.error_code);
            let assigned = if error.is_error() { Vec::new() } else { assignment_of(it.assignment, targets) };
            GroupAnswer::Synced(error, assigned)
        }
        GroupQuestion::Heartbeat(_) => {
            let it: HeartbeatResponse = read(frame, correlation, version)?;
            GroupAnswer::Heartbeat(ErrorCode::from_wire(it.error_code))
        }
        GroupQuestion::Leave(_) => {
            let it: LeaveGroupResponse = read(frame, correlation, version)?;
            GroupAnswer::Left(ErrorCode::from_wire(it.error_code))
        }
        GroupQuestion::Commit(..) => {
            let it: OffsetCommitResponse = read(frame, correlation, version)?;
            let row = |topic: &str, number: i32, error: i16| {
                Some((found(targets, topic, number)?, ErrorCode::from_wire(error)))
            };
            let rows = it.topics.iter().flat_map(|topic| {
                topic.partitions.iter().filter_map(|it| row(&topic.name, it.partition_index, it.error_code))
            });
            GroupAnswer::Committed(rows.collect())
        }
        GroupQuestion::Ends(_) => {
            let it: ListOffsetsResponse = read(frame, correlation, version)?;
            let row = |topic: &str, row: &ListOffsetsPartitionResponse| {
                let error = ErrorCode::from_wire(row.error_code);
                let end = if error.is_error() { Err(error) } else { Ok(Offset(row.offset)) };
                Some((found(targets, topic, row.partition_index)?, end))
            };
            let rows = it.topics.iter().flat_map(|topic| topic.partitions.iter().filter_map(|it| row(&topic.name, it)));
            GroupAnswer::Ends(rows.collect())
        }
        GroupQuestion::Fetch(_) => fetched_of(&read(frame, correlation, version)?, version, targets),
        // Members ask none of these.
        GroupQuestion::DeleteGroup
        | GroupQuestion::DeleteOffsets(_)
        | GroupQuestion::Describe(_)
        | GroupQuestion::List => return None,
    })
}

fn joined_of(it: &JoinGroupResponse, asked: &Identity) -> GroupAnswer {
    let error = ErrorCode::from_wire(it.error_code);
    if error.is_error() {
        return GroupAnswer::NotJoined(error);
    }
    let shared = |text: &str| -> Arc<str> { text.into() };
    GroupAnswer::Joined {
        identity: Identity {
            member: shared(&it.member_id),
            instance: asked.instance.clone(),
            generation: it.generation_id,
        },
        leader: shared(&it.leader),
        members: it
            .members
            .iter()
            .map(|member| (shared(&member.member_id), member.group_instance_id.as_deref().map(shared)))
            .collect(),
    }
}

fn assignment_of(bytes: Bytes, targets: &[Target]) -> Vec<TopicPartition> {
    let Ok(assignment) = decode_consumer_protocol::<ConsumerProtocolAssignment>(bytes) else { return Vec::new() };
    let topics = assignment.assigned_partitions.iter();
    topics.flat_map(|it| it.partitions.iter().filter_map(|number| found(targets, &it.topic, *number))).collect()
}

pub(super) fn fetched_of(it: &OffsetFetchResponse, version: i16, targets: &[Target]) -> GroupAnswer {
    let row = |topic: &str, number: i32, error: i16, offset: i64, metadata: Option<&str>| {
        let partition = found(targets, topic, number)?;
        let error = ErrorCode::from_wire(error);
        let metadata = metadata.unwrap_or_default().into();
        let committed = Offset::from_wire(offset).map(|offset| CommittedOffset { partition, offset, metadata });
        Some((partition, if error.is_error() { Err(error) } else { Ok(committed) }))
    };
    let mut rows = Vec::new();
    let error = if version < BATCHED_OFFSETS {
        for topic in &it.topics {
            rows.extend(topic.partitions.iter().filter_map(|it| {
                row(&topic.name, it.partition_index, it.error_code, it.committed_offset, it.metadata.as_deref())
            }));
        }
        it.error_code
    } else {
        let Some(group) = it.groups.first() else { return GroupAnswer::NotFetched(ErrorCode::UnknownServerError) };
        for topic in &group.topics {
            rows.extend(topic.partitions.iter().filter_map(|it| {
                row(&topic.name, it.partition_index, it.error_code, it.committed_offset, it.metadata.as_deref())
            }));
        }
        group.error_code
    };
    match ErrorCode::from_wire(error) {
        error if error.is_error() => GroupAnswer::NotFetched(error),
        _ => GroupAnswer::Fetched(rows),
    }
}

/// The partition of that name and number; what is no partition of the workload is nobody's.
fn found(targets: &[Target], topic: &str, number: i32) -> Option<TopicPartition> {
    Target::place_in(targets, topic, number).map(|at| targets[at].id)
}
