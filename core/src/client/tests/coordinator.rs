//! A group coordinator, small and correct: classic groups with dynamic and static members, as Kafka has them
//! (KIP-345, KIP-394, KIP-429, KIP-814). It answers requests when their answers are due and loses soft state when it moves.

use super::stage::Request;
use crate::client::PartitionName;
use crate::types::{ErrorCode, Instant};
use crate::wire::join_group::JoinGroupResponseMember;
use crate::wire::offset_commit::{OffsetCommitResponsePartition, OffsetCommitResponseTopic};
use crate::wire::offset_fetch::{OffsetFetchResponseGroup, OffsetFetchResponsePartitions, OffsetFetchResponseTopics};
use crate::wire::*;
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};

/// Who asked: which client, and its request.
pub type Ticket = (usize, Request);

/// An answer that is due.
#[derive(Clone, Debug)]
pub enum Answer {
    Join(JoinGroupResponse),
    Sync(SyncGroupResponse),
    Heartbeat(HeartbeatResponse),
    Leave(LeaveGroupResponse),
    Commit(OffsetCommitResponse),
    Offsets(OffsetFetchResponse),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    Empty,
    Preparing { deadline: Instant },
    Completing { deadline: Instant },
    Stable,
}

#[derive(Clone, Debug)]
pub struct Member {
    pub instance_id: Option<String>,
    protocols: Vec<(String, Bytes)>,
    session_ms: i64,
    rebalance_ms: i64,
    heard: Instant,
    join: Option<Ticket>,
    sync: Option<Ticket>,
    pub assignment: Bytes,
}

/// What survives a move of the coordinator.
#[derive(Clone, Debug, Default)]
struct Persisted {
    members: BTreeMap<String, Member>,
    leader: String,
    protocol: String,
}

/// The one group.
#[derive(Clone, Debug)]
pub struct Group {
    pub phase: Phase,
    pub generation: i32,
    pub members: BTreeMap<String, Member>,
    pub leader: String,
    pub protocol: String,
    pending: BTreeSet<String>,
    next_id: u32,
    /// The member id that each instance id was given last.
    static_ids: BTreeMap<String, String>,
    pub offsets: BTreeMap<PartitionName, i64>,
    persisted: Persisted,
    /// Answers that are due.
    pub answers: Vec<(Ticket, Answer)>,
    pub now: Instant,
}

impl Group {
    pub fn new() -> Group {
        Group {
            phase: Phase::Empty,
            generation: 0,
            members: BTreeMap::new(),
            leader: String::new(),
            protocol: String::new(),
            pending: BTreeSet::new(),
            next_id: 0,
            static_ids: BTreeMap::new(),
            offsets: BTreeMap::new(),
            persisted: Persisted::default(),
            answers: Vec::new(),
            now: Instant(0),
        }
    }

    /// Takes a request in. Its answer comes in `answers`, now or later.
    pub fn take(&mut self, ticket: Ticket) {
        match ticket.1.key {
            ApiKey::JoinGroup => self.join(ticket),
            ApiKey::SyncGroup => self.sync(ticket),
            ApiKey::Heartbeat => self.heartbeat(ticket),
            ApiKey::LeaveGroup => self.leave(ticket),
            ApiKey::OffsetCommit => self.commit(ticket),
            ApiKey::OffsetFetch => self.fetch_offsets(ticket),
            other => panic!("a coordinator is not asked {other:?}"),
        }
    }

    /// Answers with an error what would else be taken in.
    pub fn refuse(&mut self, ticket: Ticket, error: ErrorCode) {
        let code = error.to_wire();
        let answer = match ticket.1.key {
            ApiKey::JoinGroup => Answer::Join(JoinGroupResponse { error_code: code, ..no_generation() }),
            ApiKey::SyncGroup => Answer::Sync(SyncGroupResponse { error_code: code, ..Default::default() }),
            ApiKey::Heartbeat => Answer::Heartbeat(HeartbeatResponse { error_code: code, ..Default::default() }),
            ApiKey::LeaveGroup => Answer::Leave(LeaveGroupResponse { error_code: code, ..Default::default() }),
            ApiKey::OffsetCommit => Answer::Commit(committed(&ticket.1.read(), error)),
            ApiKey::OffsetFetch => {
                let group = OffsetFetchResponseGroup { group_id: "g".into(), error_code: code, ..Default::default() };
                Answer::Offsets(OffsetFetchResponse { groups: vec![group], ..Default::default() })
            }
            other => panic!("a coordinator is not asked {other:?}"),
        };
        self.answers.push((ticket, answer));
    }

    /// Forgets requests of a connection that is over: nobody is there to be answered.
    pub fn forget(&mut self, is_gone: impl Fn(&Ticket) -> bool) {
        for member in self.members.values_mut() {
            member.join.take_if(|ticket| is_gone(ticket));
            member.sync.take_if(|ticket| is_gone(ticket));
        }
        self.answers.retain(|(ticket, _)| !is_gone(ticket));
    }

    /// Time passes.
    pub fn pass(&mut self, now: Instant) {
        self.now = now;
        let is_late = |member: &Member| {
            member.join.is_none() && member.sync.is_none() && member.heard.plus_ms(member.session_ms) <= now
        };
        let late: Vec<String> = self.members.iter().filter(|(_, it)| is_late(it)).map(|(id, _)| id.clone()).collect();
        late.into_iter().for_each(|id| self.remove(&id));
        match self.phase {
            Phase::Preparing { deadline } if deadline <= now => {
                self.members.retain(|_, member| member.join.is_some());
                self.complete();
            }
            Phase::Completing { deadline } if deadline <= now => {
                let slow = self.members.iter().filter(|(_, member)| member.sync.is_none());
                let slow: Vec<String> = slow.map(|(id, _)| id.clone()).collect();
                slow.iter().for_each(|id| _ = self.members.remove(id));
                self.prepare();
            }
            _ => {}
        }
    }

    /// The group is coordinated by another broker. It knows what was written down, and the newest member id of every static
    /// member, also of one that the group has lost since. Otherwise it would fence a member that came back just before.
    pub fn move_away(&mut self) {
        for (former, member) in std::mem::take(&mut self.persisted.members) {
            let newest = member.instance_id.as_ref().and_then(|instance| self.static_ids.get(instance));
            let id = newest.unwrap_or(&former).clone();
            if self.persisted.leader == former {
                self.persisted.leader = id.clone();
            }
            self.persisted.members.insert(id, member);
        }
        for (_, mut member) in std::mem::take(&mut self.members) {
            for ticket in [member.join.take(), member.sync.take()].into_iter().flatten() {
                self.refuse(ticket, ErrorCode::NotCoordinator);
            }
        }
        self.pending.clear();
        let Persisted { mut members, leader, protocol } = self.persisted.clone();
        members.values_mut().for_each(|member| member.heard = self.now);
        self.phase = if members.is_empty() { Phase::Empty } else { Phase::Stable };
        (self.members, self.leader, self.protocol) = (members, leader, protocol);
    }

    fn join(&mut self, ticket: Ticket) {
        let request: JoinGroupRequest = ticket.1.read();
        let instance_id = request.group_instance_id.as_ref().map(ToString::to_string);
        let mut id = request.member_id.to_string();
        let known = self.static_id(instance_id.as_ref());
        match (&instance_id, known) {
            (Some(_), Some(known)) if id.is_empty() => return self.replace(known, ticket),
            (Some(_), Some(known)) if known != id => return self.refuse(ticket, ErrorCode::FencedInstanceId),
            (Some(instance_id), None) if id.is_empty() => {
                id = self.fresh_id();
                self.static_ids.insert(instance_id.clone(), id.clone());
            }
            (None, _) if id.is_empty() && ticket.1.version >= 4 => {
                let id = self.fresh_id();
                self.pending.insert(id.clone());
                let error_code = ErrorCode::MemberIdRequired.to_wire();
                let answer = JoinGroupResponse { error_code, member_id: id.as_str().into(), ..no_generation() };
                return self.answers.push((ticket, Answer::Join(answer)));
            }
            (None, _) if id.is_empty() => id = self.fresh_id(),
            _ if !self.members.contains_key(&id) && !self.pending.contains(&id) => {
                return self.refuse(ticket, ErrorCode::UnknownMemberId);
            }
            _ => {}
        }
        self.pending.remove(&id);
        let protocols = protocols(&request);
        let is_unchanged = self.members.get(&id).is_some_and(|member| member.protocols == protocols);
        match self.phase {
            Phase::Stable if is_unchanged && self.leader != id => return self.answer_join(&id, ticket, false),
            Phase::Completing { .. } if is_unchanged => return self.answer_join(&id, ticket, false),
            _ => {}
        }
        let member = self.members.entry(id).or_insert_with(|| Member::new(&request, instance_id));
        member.protocols = protocols;
        member.heard = self.now;
        member.join = Some(ticket);
        if !matches!(self.phase, Phase::Preparing { .. }) {
            self.prepare();
        }
        self.maybe_complete();
    }

    /// A static member that has come back without its id takes the place that it had.
    fn replace(&mut self, known: String, ticket: Ticket) {
        let mut member = self.members.remove(&known).expect("it is known");
        for old in [member.join.take(), member.sync.take()].into_iter().flatten() {
            self.refuse(old, ErrorCode::FencedInstanceId);
        }
        let id = self.fresh_id();
        if let Some(instance_id) = &member.instance_id {
            self.static_ids.insert(instance_id.clone(), id.clone());
        }
        let protocols = protocols(&ticket.1.read());
        let is_unchanged = member.protocols.iter().map(|it| &it.0).eq(protocols.iter().map(|it| &it.0));
        member.protocols = protocols;
        member.heard = self.now;
        let leads = self.leader == known;
        if leads {
            self.leader = id.clone();
        }
        self.members.insert(id.clone(), member);
        if self.phase == Phase::Stable && is_unchanged {
            self.persist();
            return self.answer_join(&id, ticket, leads);
        }
        self.members.get_mut(&id).expect("inserted above").join = Some(ticket);
        if !matches!(self.phase, Phase::Preparing { .. }) {
            self.prepare();
        }
        self.maybe_complete();
    }

    fn fresh_id(&mut self) -> String {
        self.next_id += 1;
        format!("member-{}", self.next_id)
    }

    fn static_id(&self, instance_id: Option<&String>) -> Option<String> {
        let instance_id = instance_id?;
        self.members.iter().find(|(_, it)| it.instance_id.as_ref() == Some(instance_id)).map(|(id, _)| id.clone())
    }

    /// A new rebalance: all members have to join.
    fn prepare(&mut self) {
        let syncs: Vec<Ticket> = self.members.values_mut().filter_map(|member| member.sync.take()).collect();
        syncs.into_iter().for_each(|ticket| self.refuse(ticket, ErrorCode::RebalanceInProgress));
        let longest = self.members.values().map(|member| member.rebalance_ms).max().unwrap_or(0);
        self.phase = Phase::Preparing { deadline: self.now.plus_ms(longest) };
        self.maybe_complete();
    }

    fn maybe_complete(&mut self) {
        let all_joined = self.members.values().all(|member| member.join.is_some());
        if matches!(self.phase, Phase::Preparing { .. }) && all_joined {
            self.complete();
        }
    }

    fn complete(&mut self) {
        self.generation += 1;
        if self.members.is_empty() {
            self.phase = Phase::Empty;
            return self.persist();
        }
        if !self.members.contains_key(&self.leader) {
            self.leader = self.members.keys().next().expect("it is not empty").clone();
        }
        let names = |member: &Member| member.protocols.iter().map(|it| it.0.clone()).collect::<BTreeSet<_>>();
        let leader = &self.members[&self.leader];
        let common = leader.protocols.iter().find(|(name, _)| self.members.values().all(|it| names(it).contains(name)));
        self.protocol = common.expect("the members have a protocol in common").0.clone();
        let longest = self.members.values().map(|member| member.rebalance_ms).max().unwrap_or(0);
        self.phase = Phase::Completing { deadline: self.now.plus_ms(longest) };
        let ids: Vec<String> = self.members.keys().cloned().collect();
        for id in ids {
            let member = self.members.get_mut(&id).expect("it is there");
            member.heard = self.now;
            member.assignment = Bytes::new();
            // One whose connection is gone is not there to be told, and is found out by its session.
            if let Some(ticket) = member.join.take() {
                self.answer_join(&id, ticket, false);
            }
        }
    }

    fn answer_join(&mut self, id: &str, ticket: Ticket, skip_assignment: bool) {
        self.members.get_mut(id).expect("it is a member").heard = self.now;
        let row = |(id, member): (&String, &Member)| JoinGroupResponseMember {
            member_id: id.as_str().into(),
            group_instance_id: member.instance_id.as_deref().map(Into::into),
            metadata: member.metadata(&self.protocol),
        };
        let is_leader = self.leader == id;
        let answer = JoinGroupResponse {
            generation_id: self.generation,
            protocol_type: Some("consumer".into()),
            protocol_name: Some(self.protocol.as_str().into()),
            leader: self.leader.as_str().into(),
            skip_assignment,
            member_id: id.into(),
            members: if is_leader { self.members.iter().map(row).collect() } else { Vec::new() },
            ..Default::default()
        };
        self.answers.push((ticket, Answer::Join(answer)));
    }

    fn sync(&mut self, ticket: Ticket) {
        let request: SyncGroupRequest = ticket.1.read();
        let id = request.member_id.to_string();
        if let Some(error) = self.check(&id, request.group_instance_id.as_deref(), request.generation_id) {
            return self.refuse(ticket, error);
        }
        match self.phase {
            Phase::Empty => self.refuse(ticket, ErrorCode::UnknownMemberId),
            Phase::Preparing { .. } => self.refuse(ticket, ErrorCode::RebalanceInProgress),
            Phase::Stable => self.answer_sync(&id, ticket),
            Phase::Completing { .. } => {
                self.members.get_mut(&id).expect("it was checked").sync = Some(ticket);
                if self.leader != id {
                    return;
                }
                for row in request.assignments {
                    if let Some(member) = self.members.get_mut(&*row.member_id) {
                        member.assignment = row.assignment;
                    }
                }
                self.phase = Phase::Stable;
                self.persist();
                let ids: Vec<String> = self.members.keys().cloned().collect();
                for id in ids {
                    if let Some(ticket) = self.members.get_mut(&id).and_then(|member| member.sync.take()) {
                        self.answer_sync(&id, ticket);
                    }
                }
            }
        }
    }

    fn answer_sync(&mut self, id: &str, ticket: Ticket) {
        let member = self.members.get_mut(id).expect("it is a member");
        member.heard = self.now;
        let answer = SyncGroupResponse {
            protocol_type: Some("consumer".into()),
            protocol_name: Some(self.protocol.as_str().into()),
            assignment: member.assignment.clone(),
            ..Default::default()
        };
        self.answers.push((ticket, Answer::Sync(answer)));
    }

    fn heartbeat(&mut self, ticket: Ticket) {
        let request: HeartbeatRequest = ticket.1.read();
        let id = request.member_id.to_string();
        let error = match self.check(&id, request.group_instance_id.as_deref(), request.generation_id) {
            Some(error) => error,
            None => {
                self.members.get_mut(&id).expect("it was checked").heard = self.now;
                match self.phase {
                    Phase::Preparing { .. } => ErrorCode::RebalanceInProgress,
                    _ => ErrorCode::None,
                }
            }
        };
        self.refuse(ticket, error);
    }

    fn leave(&mut self, ticket: Ticket) {
        let request: LeaveGroupRequest = ticket.1.read();
        let mut ids: Vec<String> = request.members.iter().map(|member| member.member_id.to_string()).collect();
        if ticket.1.version < 3 {
            ids.push(request.member_id.to_string());
        }
        let is_known = ids.iter().all(|id| self.members.contains_key(id));
        for id in ids {
            self.pending.remove(&id);
            self.remove(&id);
        }
        self.refuse(ticket, if is_known { ErrorCode::None } else { ErrorCode::UnknownMemberId });
    }

    fn remove(&mut self, id: &str) {
        let Some(mut member) = self.members.remove(id) else { return };
        for ticket in [member.join.take(), member.sync.take()].into_iter().flatten() {
            self.refuse(ticket, ErrorCode::UnknownMemberId);
        }
        match self.phase {
            Phase::Stable | Phase::Completing { .. } => self.prepare(),
            Phase::Preparing { .. } => self.maybe_complete(),
            Phase::Empty => {}
        }
    }

    /// Why a member of that id and generation is refused.
    fn check(&self, id: &str, instance_id: Option<&str>, generation: i32) -> Option<ErrorCode> {
        if let Some(known) = self.static_id(instance_id.map(str::to_owned).as_ref())
            && known != id
        {
            return Some(ErrorCode::FencedInstanceId);
        }
        match self.members.get(id) {
            None => Some(ErrorCode::UnknownMemberId),
            Some(_) if generation != self.generation => Some(ErrorCode::IllegalGeneration),
            Some(_) => None,
        }
    }

    fn commit(&mut self, ticket: Ticket) {
        let request: OffsetCommitRequest = ticket.1.read();
        let generation = request.generation_id_or_member_epoch;
        let error = match self.check(&request.member_id, request.group_instance_id.as_deref(), generation) {
            Some(error) => error,
            None if matches!(self.phase, Phase::Completing { .. }) => ErrorCode::RebalanceInProgress,
            None => {
                for topic in &request.topics {
                    for row in &topic.partitions {
                        let name = PartitionName::new(topic.name.clone(), row.partition_index);
                        let before = self.offsets.insert(name.clone(), row.committed_offset);
                        let now = row.committed_offset;
                        assert!(before.is_none_or(|before| before <= now), "{name} went back: {before:?} to {now}");
                    }
                }
                self.members.get_mut(&*request.member_id).expect("it was checked").heard = self.now;
                ErrorCode::None
            }
        };
        self.answers.push((ticket, Answer::Commit(committed(&request, error))));
    }

    fn fetch_offsets(&mut self, ticket: Ticket) {
        let request: OffsetFetchRequest = ticket.1.read();
        let group = request.groups[0].clone();
        let topics = group.topics.unwrap().into_iter().map(|topic| OffsetFetchResponseTopics {
            partitions: topic
                .partition_indexes
                .iter()
                .map(|index| OffsetFetchResponsePartitions {
                    partition_index: *index,
                    committed_offset: *self.offsets.get(&PartitionName::new(topic.name.clone(), *index)).unwrap_or(&-1),
                    committed_leader_epoch: -1,
                    metadata: Some("".into()),
                    error_code: 0,
                })
                .collect(),
            name: topic.name,
            ..Default::default()
        });
        let group = OffsetFetchResponseGroup { group_id: group.group_id, topics: topics.collect(), error_code: 0 };
        let answer = OffsetFetchResponse { groups: vec![group], ..Default::default() };
        self.answers.push((ticket, Answer::Offsets(answer)));
    }

    fn persist(&mut self) {
        let mut members = self.members.clone();
        members.values_mut().for_each(|member| (member.join, member.sync) = (None, None));
        self.persisted = Persisted { members, leader: self.leader.clone(), protocol: self.protocol.clone() };
    }
}

impl Member {
    fn new(request: &JoinGroupRequest, instance_id: Option<String>) -> Member {
        Member {
            instance_id,
            protocols: Vec::new(),
            session_ms: i64::from(request.session_timeout_ms),
            rebalance_ms: i64::from(request.rebalance_timeout_ms),
            heard: Instant(0),
            join: None,
            sync: None,
            assignment: Bytes::new(),
        }
    }

    /// What the member said under a protocol.
    pub fn metadata(&self, protocol: &str) -> Bytes {
        self.protocols.iter().find(|(name, _)| name == protocol).map(|it| it.1.clone()).unwrap_or_default()
    }
}

fn protocols(request: &JoinGroupRequest) -> Vec<(String, Bytes)> {
    request.protocols.iter().map(|it| (it.name.to_string(), it.metadata.clone())).collect()
}

fn no_generation() -> JoinGroupResponse {
    JoinGroupResponse { generation_id: -1, protocol_name: Some("".into()), ..Default::default() }
}

/// The answer to a commit, every partition with the same error.
pub fn committed(request: &OffsetCommitRequest, error: ErrorCode) -> OffsetCommitResponse {
    let topics = request.topics.iter().map(|topic| OffsetCommitResponseTopic {
        name: topic.name.clone(),
        topic_id: topic.topic_id,
        partitions: topic
            .partitions
            .iter()
            .map(|row| OffsetCommitResponsePartition {
                partition_index: row.partition_index,
                error_code: error.to_wire(),
            })
            .collect(),
    });
    OffsetCommitResponse { topics: topics.collect(), ..Default::default() }
}
