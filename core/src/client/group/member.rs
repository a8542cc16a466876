//! Membership: the member's identity in the group, and its state between joining and leaving.
//!
//! **Invariants**
//! - Each JoinGroup and SyncGroup belongs to an attempt to join. If that attempt has ended, the answer changes nothing.
//! - A member without a generation commits no offsets, because another member may own its partitions.
//! - The member sends heartbeats from the answer to its JoinGroup on, until it joins again or leaves the group.
//!
//! **In Kafka**: `AbstractCoordinator` (`MemberState`, `Generation`, `Heartbeat`); KIP-62, KIP-345, KIP-394, KIP-800,
//! KIP-814.

use super::assignor::{Assignments, GroupMember, PartitionCounts};
use super::config::{Assignor, GroupConsumerConfig};
use super::news::{Generation, PartitionName};
use super::protocol::{Subscription, decode_assignment, encode_assignment};
use super::reaction::{GroupApi, Reaction, reaction};
use crate::types::{ErrorCode, Instant};
use crate::wire::join_group::JoinGroupRequestProtocol;
use crate::wire::leave_group::MemberIdentity;
use crate::wire::sync_group::SyncGroupRequestAssignment;
use crate::wire::{
    HeartbeatRequest, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, SyncGroupRequest, SyncGroupResponse,
};
use bytestring::ByteString;
use std::collections::{BTreeMap, BTreeSet};

/// The `protocol_type` of consumers in JoinGroup and SyncGroup.
const CONSUMER: ByteString = ByteString::from_static("consumer");

/// The first version of LeaveGroup that can name several members (KIP-345).
const BATCHED_LEAVE: i16 = 3;

/// The member id and generation that the coordinator has given the member.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Identity {
    pub(super) generation: Option<Generation>,
    /// The member id. Empty until the coordinator has given one.
    pub(super) id: ByteString,
}

/// A consumer's membership in its group.
#[derive(Clone, Debug)]
pub(super) struct Member {
    group_id: ByteString,
    instance_id: Option<ByteString>,
    identity: Identity,
    state: State,
    /// The number of the current attempt to join. Answers to earlier attempts are ignored.
    attempt: u64,
    /// How many attempts to join have failed since the last success. The back-off depends on this number.
    failures: u32,
    /// Whether the member must join again, as soon as it has given up the partitions that it must.
    wants_rejoin: bool,
    /// The assignor of the current generation.
    assignor: Option<Assignor>,
    /// The partition counts on which the leader based its assignment. If one of them changes, the leader joins again.
    /// `None` if the member is not the leader.
    shared_out: Option<PartitionCounts>,
    /// The topics of the subscription in the last JoinGroup request.
    joined_topics: BTreeSet<ByteString>,
    next_heartbeat: Instant,
    is_heartbeat_in_flight: bool,
    /// The time at which the session expires (`session.timeout.ms`). [`Member::on_heard`] postpones it.
    session_deadline: Instant,
}

#[derive(Clone, Debug)]
enum State {
    /// The consumer is not in the group. The next poll joins it.
    Unjoined,
    /// JoinGroup is to be sent, but not before this time.
    Joining {
        not_before: Instant,
    },
    JoinSent,
    /// The member is the leader. It waits for the partition counts of `topics`, which it needs for the assignment.
    Assigning {
        members: Vec<GroupMember>,
        topics: BTreeSet<ByteString>,
        /// Whether the coordinator has asked the leader to make no new assignment (KIP-814).
        skips: bool,
    },
    /// SyncGroup is to be sent, with the assignments if the member is the leader.
    Syncing {
        assignments: Assignments,
    },
    SyncSent,
    /// The assignment has arrived. The next poll applies it.
    Synced {
        partitions: BTreeSet<PartitionName>,
    },
    Stable,
}

/// What the group consumer must do after the member has handled an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    Done,
    /// Look the coordinator up again.
    FindCoordinator,
    /// End the membership for good with this error.
    Fail(ErrorCode),
    /// Close the connection, because the answer cannot be decoded.
    Unreadable,
}

impl Member {
    pub(super) fn new(config: &GroupConsumerConfig) -> Member {
        Member {
            group_id: ByteString::from(&*config.group_id),
            instance_id: config.instance_id.as_deref().map(ByteString::from),
            identity: Identity::default(),
            state: State::Unjoined,
            attempt: 0,
            failures: 0,
            wants_rejoin: false,
            assignor: None,
            shared_out: None,
            joined_topics: BTreeSet::new(),
            next_heartbeat: Instant(0),
            is_heartbeat_in_flight: false,
            session_deadline: Instant(u64::MAX),
        }
    }

    pub(super) fn group_id(&self) -> &ByteString {
        &self.group_id
    }

    pub(super) fn instance_id(&self) -> Option<&ByteString> {
        self.instance_id.as_ref()
    }

    pub(super) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(super) fn attempt(&self) -> u64 {
        self.attempt
    }

    pub(super) fn is_unjoined(&self) -> bool {
        matches!(self.state, State::Unjoined)
    }

    pub(super) fn is_stable(&self) -> bool {
        matches!(self.state, State::Stable)
    }

    pub(super) fn is_synced(&self) -> bool {
        matches!(self.state, State::Synced { .. })
    }

    /// Returns whether the member is between two generations: it has begun to join, and has not applied a new
    /// assignment yet.
    pub(super) fn is_joining(&self) -> bool {
        !matches!(self.state, State::Unjoined | State::Stable)
    }

    pub(super) fn is_join_in_flight(&self) -> bool {
        matches!(self.state, State::JoinSent)
    }

    pub(super) fn wants_rejoin(&self) -> bool {
        self.wants_rejoin
    }

    pub(super) fn want_rejoin(&mut self) {
        self.wants_rejoin = true;
    }

    pub(super) fn assignor(&self) -> Option<Assignor> {
        self.assignor
    }

    pub(super) fn is_leader(&self) -> bool {
        self.shared_out.is_some()
    }

    /// Makes a stable member join again if its subscription has changed since it joined. If the member is the leader, a
    /// changed partition count has the same effect.
    pub(super) fn note_changes(&mut self, topics: &BTreeSet<ByteString>, count: impl Fn(&ByteString) -> Option<i32>) {
        let mut shared_out = self.shared_out.iter().flatten();
        let has_other_counts = shared_out.any(|(topic, known)| count(topic).unwrap_or(0) != *known);
        if self.is_stable() && (*topics != self.joined_topics || has_other_counts) {
            self.wants_rejoin = true;
        }
    }

    /// Returns all topics to which the group's members subscribe, if this member is the leader, because the leader
    /// needs their partition counts. Otherwise returns no topics.
    pub(super) fn group_topics(&self) -> BTreeSet<ByteString> {
        match (&self.state, &self.shared_out) {
            (State::Assigning { topics, .. }, _) => topics.clone(),
            (_, Some(shared_out)) => shared_out.keys().cloned().collect(),
            (_, None) => BTreeSet::new(),
        }
    }

    /// Begins an attempt to join the group, with the present member id if there is one.
    pub(super) fn begin_join(&mut self, now: Instant) {
        self.join_at(now);
        self.failures = 0;
    }

    fn join_at(&mut self, not_before: Instant) {
        self.attempt += 1;
        self.wants_rejoin = false;
        self.shared_out = None;
        self.state = State::Joining { not_before };
    }

    /// Ends the membership on the client's side. The coordinator is not told. The member id is kept only if `keeps_id`
    /// is set.
    pub(super) fn forget(&mut self, keeps_id: bool) {
        self.attempt += 1;
        self.identity.generation = None;
        if !keeps_id {
            self.identity.id = ByteString::new();
        }
        self.wants_rejoin = false;
        self.shared_out = None;
        self.assignor = None;
        self.state = State::Unjoined;
        self.session_deadline = Instant(u64::MAX);
    }

    /// Does the same as [`Member::forget`], but only if the member still has the identity `sent`, under which it sent
    /// the request that failed.
    pub(super) fn forget_if(&mut self, sent: &Identity, keeps_id: bool) {
        if *sent == self.identity {
            self.forget(keeps_id);
        }
    }

    /// Schedules another attempt to join at `retry_at`, because a JoinGroup or SyncGroup of `attempt` got no answer.
    /// Does nothing if `attempt` is not the current attempt any more.
    pub(super) fn on_join_lost(&mut self, attempt: u64, retry_at: Instant) {
        if attempt == self.attempt && self.is_joining() && !self.is_synced() {
            self.join_at(retry_at);
        }
    }

    /// Counts a failed attempt to join, and returns how many have failed since the last success. The back-off depends
    /// on this number.
    pub(super) fn count_failure(&mut self) -> u32 {
        self.failures = self.failures.saturating_add(1);
        self.failures
    }
}

/// How the member joins the group.
impl Member {
    /// Returns when JoinGroup is to be sent. `None` if the member need not send one.
    pub(super) fn join_due(&self) -> Option<Instant> {
        match self.state {
            State::Joining { not_before } => Some(not_before),
            _ => None,
        }
    }

    /// Makes the JoinGroup request, which the caller must send at once. The request says that the member subscribes to
    /// `topics` and owns `owned`.
    pub(super) fn join(
        &mut self,
        config: &GroupConsumerConfig,
        topics: &BTreeSet<ByteString>,
        owned: BTreeSet<PartitionName>,
    ) -> JoinGroupRequest {
        let subscription = Subscription {
            topics: topics.clone(),
            owned,
            generation: self.identity.generation,
            rack: config.rack.as_deref().map(ByteString::from),
        };
        self.joined_topics = topics.clone();
        self.state = State::JoinSent;
        let protocol = |assignor: &Assignor| JoinGroupRequestProtocol {
            name: ByteString::from_static(assignor.name()),
            metadata: subscription.encode(*assignor, config.protocol_version),
        };
        JoinGroupRequest {
            group_id: self.group_id.clone(),
            session_timeout_ms: config.session_timeout_ms,
            rebalance_timeout_ms: config.max_poll_interval_ms,
            member_id: self.identity.id.clone(),
            group_instance_id: self.instance_id.clone(),
            protocol_type: CONSUMER,
            protocols: config.assignors.iter().map(protocol).collect(),
            reason: None,
        }
    }

    /// Handles the answer to a JoinGroup. If it is an error that may pass, JoinGroup is sent again at `retry_at`.
    pub(super) fn on_joined(
        &mut self,
        attempt: u64,
        answer: JoinGroupResponse,
        config: &GroupConsumerConfig,
        now: Instant,
        retry_at: Instant,
    ) -> Step {
        if attempt != self.attempt || !matches!(self.state, State::JoinSent) {
            return Step::Done;
        }
        let error = ErrorCode::from_wire(answer.error_code);
        match reaction(GroupApi::JoinGroup, error) {
            Reaction::Proceed => return self.on_generation(answer, config, now),
            // KIP-394: this error comes with a member id. The coordinator adds the member only after a second JoinGroup
            // with that id.
            Reaction::TakeMemberId => {
                self.identity = Identity { generation: None, id: answer.member_id };
                self.join_at(now);
            }
            Reaction::Rejoin | Reaction::Retry => self.join_at(retry_at),
            Reaction::FindCoordinator => {
                self.join_at(retry_at);
                return Step::FindCoordinator;
            }
            Reaction::ForgetMember => self.forget(false),
            Reaction::ForgetGeneration => self.forget(true),
            Reaction::GiveUp | Reaction::Fail => return Step::Fail(error),
        }
        Step::Done
    }

    fn on_generation(&mut self, answer: JoinGroupResponse, config: &GroupConsumerConfig, now: Instant) -> Step {
        let (Some(generation), false) = (Generation::from_wire(answer.generation_id), answer.member_id.is_empty())
        else {
            return Step::Unreadable;
        };
        let is_consumers = answer.protocol_type.as_ref().is_none_or(|protocol_type| *protocol_type == CONSUMER);
        let assignor = answer.protocol_name.as_deref().and_then(Assignor::from_name);
        let Some(assignor) = assignor.filter(|assignor| is_consumers && config.assignors.contains(assignor)) else {
            return Step::Fail(ErrorCode::InconsistentGroupProtocol);
        };
        let leads = answer.leader == answer.member_id;
        self.identity = Identity { generation: Some(generation), id: answer.member_id };
        self.assignor = Some(assignor);
        self.failures = 0;
        self.next_heartbeat = now.plus_ms(config.heartbeat_interval_ms);
        self.on_heard(config, now);
        if !leads {
            self.state = State::Syncing { assignments: Assignments::new() };
            return Step::Done;
        }
        let mut members = BTreeMap::new();
        for member in answer.members {
            // If a member's subscription cannot be decoded, the member gets no partition. The group works on without
            // it.
            let subscription = Subscription::decode(member.metadata, assignor).unwrap_or_default();
            let id = member.member_id;
            let member = GroupMember { id: id.clone(), instance_id: member.group_instance_id, subscription };
            members.insert(id, member);
        }
        let members: Vec<GroupMember> = members.into_values().collect();
        let topics = members.iter().flat_map(|member| member.subscription.topics.iter().cloned()).collect();
        self.state = State::Assigning { members, topics, skips: answer.skip_assignment };
        Step::Done
    }

    /// Returns the topics whose partition counts the leader needs for the assignment. `None` if the member has no
    /// assignment to make.
    pub(super) fn needs_counts(&self) -> Option<&BTreeSet<ByteString>> {
        match &self.state {
            State::Assigning { topics, .. } => Some(topics),
            _ => None,
        }
    }

    /// Assigns the group's partitions to the members, if this member is the leader. `count` returns a topic's number of
    /// partitions, or `None` if the topic does not exist.
    pub(super) fn share_out(&mut self, count: impl Fn(&ByteString) -> Option<i32>) {
        let State::Assigning { members, topics, skips } = &self.state else { return };
        let counts: PartitionCounts = topics.iter().filter_map(|topic| Some((topic.clone(), count(topic)?))).collect();
        let assignments = match (self.assignor, skips) {
            (Some(assignor), false) => assignor.assign(members, &counts),
            _ => Assignments::new(),
        };
        // A topic that does not exist counts as a topic without partitions, so that a rebalance begins when the topic
        // is created. As in Kafka, the leader notes the current counts even if the coordinator wants no new assignment
        // from it (KIP-814), although the counts may have changed since the present assignment was made: partitions
        // added in between are assigned at the next rebalance.
        self.shared_out = Some(topics.iter().map(|it| (it.clone(), counts.get(it).copied().unwrap_or(0))).collect());
        self.state = State::Syncing { assignments };
    }

    /// Makes the SyncGroup request. `None` if the member does not have to send one now.
    pub(super) fn sync(&mut self, config: &GroupConsumerConfig) -> Option<SyncGroupRequest> {
        let State::Syncing { assignments } = &self.state else { return None };
        let row = |(member, partitions): (&ByteString, &BTreeSet<PartitionName>)| SyncGroupRequestAssignment {
            member_id: member.clone(),
            assignment: encode_assignment(partitions, config.protocol_version),
        };
        let request = SyncGroupRequest {
            group_id: self.group_id.clone(),
            generation_id: Generation::to_wire(self.identity.generation),
            member_id: self.identity.id.clone(),
            group_instance_id: self.instance_id.clone(),
            protocol_type: Some(CONSUMER),
            protocol_name: self.assignor.map(|assignor| ByteString::from_static(assignor.name())),
            assignments: assignments.iter().map(row).collect(),
        };
        self.state = State::SyncSent;
        Some(request)
    }

    /// Handles the answer to a SyncGroup. If it is an error that may pass, the member joins again at `retry_at`.
    pub(super) fn on_synced(
        &mut self,
        attempt: u64,
        answer: SyncGroupResponse,
        now: Instant,
        retry_at: Instant,
    ) -> Step {
        if attempt != self.attempt || !matches!(self.state, State::SyncSent) {
            return Step::Done;
        }
        let error = ErrorCode::from_wire(answer.error_code);
        match reaction(GroupApi::SyncGroup, error) {
            Reaction::Proceed => {
                let is_ours = answer.protocol_type.as_ref().is_none_or(|protocol_type| *protocol_type == CONSUMER)
                    && answer.protocol_name.as_deref().is_none_or(|name| Assignor::from_name(name) == self.assignor);
                match decode_assignment(answer.assignment).ok().filter(|_| is_ours) {
                    Some(partitions) => self.state = State::Synced { partitions },
                    None => return Step::Fail(ErrorCode::InconsistentGroupProtocol),
                }
            }
            Reaction::Rejoin => self.join_at(now),
            Reaction::Retry => self.join_at(retry_at),
            Reaction::FindCoordinator => {
                self.join_at(retry_at);
                return Step::FindCoordinator;
            }
            Reaction::ForgetMember => self.forget(false),
            Reaction::ForgetGeneration => self.forget(true),
            Reaction::TakeMemberId | Reaction::GiveUp | Reaction::Fail => return Step::Fail(error),
        }
        Step::Done
    }

    /// Returns the assignment that has arrived, if any, and makes the member stable.
    pub(super) fn take_assignment(&mut self) -> Option<BTreeSet<PartitionName>> {
        if !self.is_synced() {
            return None;
        }
        match core::mem::replace(&mut self.state, State::Stable) {
            State::Synced { partitions } => Some(partitions),
            _ => unreachable!("it is synced"),
        }
    }
}

/// How the member sends heartbeats and leaves.
impl Member {
    fn beats(&self) -> bool {
        !matches!(self.state, State::Unjoined | State::Joining { .. } | State::JoinSent)
    }

    /// Returns when the next heartbeat is due. `None` if the member sends no heartbeats now, or if one is in flight.
    pub(super) fn heartbeat_due(&self) -> Option<Instant> {
        (self.beats() && !self.is_heartbeat_in_flight).then_some(self.next_heartbeat)
    }

    /// Returns the time at which the session expires (`session.timeout.ms`). `None` if the member sends no heartbeats
    /// now.
    pub(super) fn session_deadline(&self) -> Option<Instant> {
        self.beats().then_some(self.session_deadline)
    }

    /// Restarts the session timer, because the coordinator has answered, was found, or was given up.
    pub(super) fn on_heard(&mut self, config: &GroupConsumerConfig, now: Instant) {
        self.session_deadline = now.plus_ms(i64::from(config.session_timeout_ms));
    }

    /// Makes the Heartbeat request, which the caller must send at once.
    pub(super) fn heartbeat(&mut self, config: &GroupConsumerConfig, now: Instant) -> HeartbeatRequest {
        self.is_heartbeat_in_flight = true;
        self.next_heartbeat = now.plus_ms(config.heartbeat_interval_ms);
        HeartbeatRequest {
            group_id: self.group_id.clone(),
            generation_id: Generation::to_wire(self.identity.generation),
            member_id: self.identity.id.clone(),
            group_instance_id: self.instance_id.clone(),
        }
    }

    /// Handles the answer to a heartbeat that was sent under the identity `sent`.
    pub(super) fn on_heartbeat(
        &mut self,
        sent: &Identity,
        error: ErrorCode,
        config: &GroupConsumerConfig,
        now: Instant,
    ) -> Step {
        self.is_heartbeat_in_flight = false;
        let is_current = *sent == self.identity;
        match reaction(GroupApi::Heartbeat, error) {
            Reaction::Proceed => self.on_heard(config, now),
            Reaction::Rejoin => {
                self.on_heard(config, now);
                if is_current && (self.is_stable() || self.is_synced()) {
                    self.wants_rejoin = true;
                }
            }
            Reaction::ForgetMember => self.forget_if(sent, false),
            Reaction::ForgetGeneration => self.forget_if(sent, true),
            Reaction::FindCoordinator => {
                self.on_heartbeat_lost(config, now);
                return Step::FindCoordinator;
            }
            Reaction::Retry => self.on_heartbeat_lost(config, now),
            Reaction::Fail | Reaction::GiveUp | Reaction::TakeMemberId if is_current => return Step::Fail(error),
            Reaction::Fail | Reaction::GiveUp | Reaction::TakeMemberId => {}
        }
        Step::Done
    }

    /// Schedules the next heartbeat sooner, because the last one failed.
    pub(super) fn on_heartbeat_lost(&mut self, config: &GroupConsumerConfig, now: Instant) {
        self.is_heartbeat_in_flight = false;
        self.next_heartbeat = self.next_heartbeat.min(now.plus_ms(config.consumer.cluster.retry_backoff_ms));
    }

    /// Makes the LeaveGroup request. `None` for a static member, which keeps its place in the group (KIP-345), and for
    /// a member without a member id.
    pub(super) fn leave(&self, version: i16, reason: &'static str) -> Option<LeaveGroupRequest> {
        if self.identity.id.is_empty() || self.instance_id.is_some() {
            return None;
        }
        let (group_id, member_id) = (self.group_id.clone(), self.identity.id.clone());
        let reason = Some(ByteString::from_static(reason));
        Some(match version >= BATCHED_LEAVE {
            true => {
                let members = vec![MemberIdentity { member_id, group_instance_id: None, reason }];
                LeaveGroupRequest { group_id, members, ..Default::default() }
            }
            false => LeaveGroupRequest { group_id, member_id, ..Default::default() },
        })
    }
}
