//! Membership: the member's identity in the group, and where it is between joining and leaving.
//!
//! **Invariants**
//! - The answer to a request changes nothing if the attempt to join to which the request belongs has ended.
//! - A member without a generation owns no partition whose offset it may commit.
//! - Heartbeats are sent from the JoinGroup response on, until the member joins again or leaves the group.
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

/// The protocol type of groups of consumers.
const CONSUMER: ByteString = ByteString::from_static("consumer");

/// The first version of LeaveGroup that names several members (KIP-345).
const BATCHED_LEAVE: i16 = 3;

/// The member id and generation that the coordinator has given the member.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Identity {
    pub(super) generation: Option<Generation>,
    /// Empty until the coordinator has given one.
    pub(super) id: ByteString,
}

/// The membership of one consumer.
#[derive(Clone, Debug)]
pub(super) struct Member {
    group_id: ByteString,
    instance_id: Option<ByteString>,
    identity: Identity,
    state: State,
    /// The number of the current attempt to join. Answers to earlier attempts are ignored.
    attempt: u64,
    /// Attempts to join that failed since the last one that succeeded.
    failures: u32,
    /// Whether the member must join again.
    wants_rejoin: bool,
    /// The assignor of the current generation.
    assignor: Option<Assignor>,
    /// The partition counts on which the leader based its assignment. The leader joins again when one of them changes.
    /// `None` for other members.
    shared_out: Option<PartitionCounts>,
    /// The subscription that the last JoinGroup request had.
    joined_topics: BTreeSet<ByteString>,
    next_heartbeat: Instant,
    is_heartbeat_in_flight: bool,
    /// The time at which the session expires unless the coordinator answers before (`session.timeout.ms`).
    session_deadline: Instant,
}

#[derive(Clone, Debug)]
enum State {
    /// The consumer is not in the group. The next poll joins it.
    Unjoined,
    /// JoinGroup is sent at this time or later.
    Joining {
        not_before: Instant,
    },
    JoinSent,
    /// The member is the leader, and needs the partition counts of these topics for the assignment.
    Assigning {
        members: Vec<GroupMember>,
        topics: BTreeSet<ByteString>,
        /// Whether the coordinator wants no new assignment (KIP-814).
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

/// What the group consumer must do after an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    Done,
    /// Look the coordinator up again.
    FindCoordinator,
    /// End the membership for good with this error.
    Fail(ErrorCode),
    /// Close the connection: the bytes of the answer cannot be read.
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

    /// Whether the member has left one generation and is not in the next one yet.
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

    /// Asks for a rebalance if the subscription has changed since the member joined or, for the leader, if a partition
    /// count has.
    pub(super) fn note_changes(&mut self, topics: &BTreeSet<ByteString>, count: impl Fn(&ByteString) -> Option<i32>) {
        let mut shared_out = self.shared_out.iter().flatten();
        let has_other_counts = shared_out.any(|(topic, known)| count(topic).unwrap_or(0) != *known);
        if self.is_stable() && (*topics != self.joined_topics || has_other_counts) {
            self.wants_rejoin = true;
        }
    }

    /// For the leader: the topics of the whole group, whose partition counts it must know besides those of its own
    /// topics.
    pub(super) fn group_topics(&self) -> BTreeSet<ByteString> {
        match (&self.state, &self.shared_out) {
            (State::Assigning { topics, .. }, _) => topics.clone(),
            (_, Some(shared_out)) => shared_out.keys().cloned().collect(),
            (_, None) => BTreeSet::new(),
        }
    }

    /// Begins to join the group with the present member id, if there is one.
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

    /// Leaves the group without telling the coordinator. The member id is kept only if `keeps_id` is set.
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

    /// Does [`Member::forget`] if the failed request was sent under the identity that the member still has.
    pub(super) fn forget_if(&mut self, sent: &Identity, keeps_id: bool) {
        if *sent == self.identity {
            self.forget(keeps_id);
        }
    }

    /// Schedules another attempt to join at `retry_at`, after a failed JoinGroup or SyncGroup.
    pub(super) fn on_join_lost(&mut self, attempt: u64, retry_at: Instant) {
        if attempt == self.attempt && self.is_joining() && !self.is_synced() {
            self.join_at(retry_at);
        }
    }

    /// Counts a failure, for the length of the back-off.
    pub(super) fn count_failure(&mut self) -> u32 {
        self.failures = self.failures.saturating_add(1);
        self.failures
    }
}

/// Joining.
impl Member {
    /// The time at which JoinGroup is to be sent. `None` if it is not to be sent.
    pub(super) fn join_due(&self) -> Option<Instant> {
        match self.state {
            State::Joining { not_before } => Some(not_before),
            _ => None,
        }
    }

    /// Makes the JoinGroup request of a member that subscribes to `topics` and owns `owned`. The caller sends it at
    /// once.
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

    /// Handles the JoinGroup response. `retry_at` is the time at which a failed request may be repeated.
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
            // KIP-394: the coordinator adds a member only after a second JoinGroup, with the member id from the first.
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
            // A member whose subscription cannot be read gets no partition, and does not disturb the others.
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

    /// The topics whose partition counts the leader needs for the assignment. `None` if the member makes no assignment.
    pub(super) fn needs_counts(&self) -> Option<&BTreeSet<ByteString>> {
        match &self.state {
            State::Assigning { topics, .. } => Some(topics),
            _ => None,
        }
    }

    /// Assigns the group's partitions, as the leader. Topics without a partition count do not exist.
    pub(super) fn share_out(&mut self, count: impl Fn(&ByteString) -> Option<i32>) {
        let State::Assigning { members, topics, skips } = &self.state else { return };
        let counts: PartitionCounts = topics.iter().filter_map(|topic| Some((topic.clone(), count(topic)?))).collect();
        let assignments = match (self.assignor, skips) {
            (Some(assignor), false) => assignor.assign(members, &counts),
            _ => Assignments::new(),
        };
        // A topic that does not exist yet counts as having no partitions, so that its creation asks for a rebalance. If
        // the coordinator wants no new assignment, the existing one is treated as if it were based on the current
        // counts, as in Kafka.
        self.shared_out = Some(topics.iter().map(|it| (it.clone(), counts.get(it).copied().unwrap_or(0))).collect());
        self.state = State::Syncing { assignments };
    }

    /// Makes the SyncGroup request. `None` if it is not to be sent.
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

    /// Handles the SyncGroup response. `retry_at` is the time at which the member may join again after a failure.
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

    /// Takes the assignment that has arrived. The member is stable from here on.
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

/// Heartbeats and leaving.
impl Member {
    fn beats(&self) -> bool {
        !matches!(self.state, State::Unjoined | State::Joining { .. } | State::JoinSent)
    }

    /// The time of the next heartbeat. `None` if none is to be sent.
    pub(super) fn heartbeat_due(&self) -> Option<Instant> {
        (self.beats() && !self.is_heartbeat_in_flight).then_some(self.next_heartbeat)
    }

    /// The time at which the session expires unless the coordinator answers before (`session.timeout.ms`).
    pub(super) fn session_deadline(&self) -> Option<Instant> {
        self.beats().then_some(self.session_deadline)
    }

    /// Restarts the session timer, because the coordinator has answered or was found again.
    pub(super) fn on_heard(&mut self, config: &GroupConsumerConfig, now: Instant) {
        self.session_deadline = now.plus_ms(i64::from(config.session_timeout_ms));
    }

    /// Makes the Heartbeat request. The caller sends it at once.
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

    /// Handles the response to a heartbeat that was sent under `identity`.
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

    /// Makes the next heartbeat come sooner, after one that failed.
    pub(super) fn on_heartbeat_lost(&mut self, config: &GroupConsumerConfig, now: Instant) {
        self.is_heartbeat_in_flight = false;
        self.next_heartbeat = self.next_heartbeat.min(now.plus_ms(config.consumer.cluster.retry_backoff_ms));
    }

    /// Makes the LeaveGroup request. `None` for static members, which keep their place in the group (KIP-345).
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
