//! A classic group: its generation, its members and its state. Also checks whether a request comes from a member of the
//! group.

use super::member::{Member, Members, Pending};
use super::phase::{GroupState, Phase, StoreId};
use super::static_member::Replaced;
use crate::group::Output;
use crate::group::answer::{refused_join, refused_sync};
use crate::group::context::Cx;
use crate::group::records::owned;
use crate::group::timers::{TimerKey, Timers};
use crate::io::{Mutant, TraceEvent, TraceKind};
use crate::mutant;
use crate::types::{ErrorCode, Timestamp};
use crate::wire::group_metadata_record::MemberMetadata;
use crate::wire::{ConsumerProtocolSubscription, Decoder, GroupMetadataValue, Message};
use bytestring::ByteString;
use std::collections::{BTreeMap, BTreeSet};

/// One classic group.
#[derive(Clone, Debug)]
pub(in crate::group) struct ClassicGroup {
    pub(super) id: ByteString,
    pub(super) generation: Generation,
    pub(super) members: Members,
    pub(super) pending: Pending,
    pub(super) phase: Phase,
    /// When the group entered its current state (`currentStateTimestamp`). `None` if the group's record was written by
    /// a broker before 2.1, which did not store the time.
    pub(super) since: Option<Timestamp>,
}

/// The generation of a group: its number, and the protocol and leader that its members agreed on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Generation {
    pub(super) id: i32,
    /// Protocol type, such as `consumer`. `None` until a member has joined.
    pub(super) protocol_type: Option<ByteString>,
    /// Protocol, such as `range`. `None` while the group has no members.
    pub(super) protocol: Option<ByteString>,
    /// Member id of the leader. `None` while the group has no members.
    pub(super) leader: Option<ByteString>,
    /// Topics that the members subscribed to. `None` if the members are not consumers, or if a subscription cannot be
    /// read.
    pub(super) subscribed: Option<BTreeSet<ByteString>>,
}

/// Why a group asks for a GroupMetadata record to be appended. The reason decides what happens when the record is
/// committed.
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use]
pub(in crate::group) enum Store {
    /// The group has lost its last member. Nothing waits for the commit of this record.
    Emptied,
    /// The leader has sent assignments. After the commit, [`ClassicGroup::on_assignments_stored`] sends them to the
    /// members.
    Assignments(StoreId),
    /// A static member has got another member id. After the commit, [`ClassicGroup::on_rejoin_stored`] answers its
    /// JoinGroup.
    StaticMember(Box<Replaced>),
}

pub(super) const CONSUMER: &str = "consumer";

impl ClassicGroup {
    /// Creates a group without members.
    pub(in crate::group) fn new(id: &str, now: Timestamp) -> ClassicGroup {
        ClassicGroup {
            id: owned(id),
            generation: Generation::default(),
            members: Members::default(),
            pending: Pending::default(),
            phase: Phase::Empty,
            since: Some(now),
        }
    }

    pub(in crate::group) fn state(&self) -> GroupState {
        self.phase.state()
    }

    pub(in crate::group) fn id(&self) -> &ByteString {
        &self.id
    }

    #[cfg(test)]
    pub(in crate::group) fn generation(&self) -> i32 {
        self.generation.id
    }

    /// When the group entered its current state.
    pub(in crate::group) fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// Returns whether the group has neither members nor pending members, and is not being deleted.
    pub(in crate::group) fn is_vacant(&self) -> bool {
        self.state() == GroupState::Empty && self.pending.is_empty()
    }

    /// The number of members.
    pub(in crate::group) fn size(&self) -> usize {
        self.members.len()
    }

    /// Bytes of memory that the members and pending members take, roughly.
    pub(in crate::group) fn bytes(&self) -> usize {
        self.members.bytes() + self.pending.bytes()
    }

    /// Returns whether the members are consumers. Only then can the coordinator read their subscriptions.
    pub(in crate::group) fn is_of_consumers(&self) -> bool {
        self.generation.protocol_type.as_deref() == Some(CONSUMER)
    }

    /// Returns whether the group has a protocol type. A group that never had members has none.
    pub(in crate::group) fn has_protocol_type(&self) -> bool {
        self.generation.protocol_type.is_some()
    }

    /// Returns whether the coordinator knows the topics that the members subscribed to.
    pub(in crate::group) fn knows_subscriptions(&self) -> bool {
        self.generation.subscribed.is_some()
    }

    /// Returns whether a member subscribed to the topic. If the members are consumers whose subscriptions are not
    /// known, every topic counts as subscribed. Its committed offsets then do not expire, and OffsetDelete does not
    /// delete them.
    pub(in crate::group) fn is_subscribed_to(&self, topic: &str) -> bool {
        self.generation.subscribed.as_ref().map_or(self.is_of_consumers(), |topics| topics.contains(topic))
    }

    /// Changes the state of the group, and returns the previous phase. Panics if [`super::TRANSITIONS`] does not allow
    /// the change.
    pub(super) fn turn_into(&mut self, phase: Phase, cx: &mut Cx<'_, '_>) -> Phase {
        let (from, to) = (self.state(), phase.state());
        assert!(from.may_turn_into(to), "a group that is {} does not become {}", from.name(), to.name());
        self.since = Some(cx.env.now.wall);
        let (group, generation) = (&self.id, self.generation.id);
        cx.trace(TraceKind::GroupState, |partition| TraceEvent::GroupState {
            partition,
            group: group.clone(),
            generation,
            state: to.name(),
        });
        std::mem::replace(&mut self.phase, phase)
    }

    /// Returns the member id of the member that a request names (`ClassicGroup.validateMember`). If the request has an
    /// instance id that belongs to another member id, it is refused with FENCED_INSTANCE_ID (KIP-345).
    pub(super) fn validate_member(
        &self,
        member: &ByteString,
        instance: Option<&ByteString>,
        cx: &Cx<'_, '_>,
    ) -> Result<ByteString, ErrorCode> {
        if let Some(instance) = instance {
            match self.members.id_of(instance) {
                None => return Err(ErrorCode::UnknownMemberId),
                Some(known) if known == member => {}
                Some(known) if mutant!(cx.env, Mutant::M93) => return Ok(known.clone()),
                Some(_) => return Err(ErrorCode::FencedInstanceId),
            }
        }
        self.members.get(member).map(|it| it.id.clone()).ok_or(ErrorCode::UnknownMemberId)
    }

    /// Removes a member and answers its parked request with an error. Does nothing if the group has no member with this
    /// id. If the member was the leader, the first remaining member becomes leader.
    pub(super) fn remove_member(&mut self, id: &ByteString, cx: &mut Cx<'_, '_>) {
        self.members.remove(id);
        if self.generation.leader.as_ref() == Some(id) {
            self.generation.leader = self.members.iter().next().map(|member| member.id.clone());
        }
        cx.timers.cancel(self.session_key(id));
        self.refuse_parked(id, cx);
    }

    /// Answers the parked request of a member that is being removed with UNKNOWN_MEMBER_ID, so that the client joins as
    /// a new member.
    fn refuse_parked(&mut self, id: &ByteString, cx: &mut Cx<'_, '_>) {
        let error = ErrorCode::UnknownMemberId;
        match &mut self.phase {
            Phase::PreparingRebalance(it) => {
                if let Some(asker) = it.joins.remove(id) {
                    cx.refuse_join(asker, error, &ByteString::new());
                }
            }
            Phase::CompletingRebalance(it) => {
                if let Some(asker) = it.syncs.remove(id) {
                    cx.refuse_sync(asker, error);
                }
            }
            Phase::Stable(it) => {
                it.unsynced.remove(id);
                if let Some(rejoining) = it.rejoining.remove(id) {
                    cx.refuse_join(rejoining.asker, error, &ByteString::new());
                }
            }
            Phase::Empty | Phase::Dead => {}
        }
    }

    /// Answers all parked requests with `error`, because this coordinator stops.
    pub(in crate::group) fn resign(self, error: ErrorCode, out: &mut Vec<Output>) {
        let (joins, syncs) = match self.phase {
            Phase::PreparingRebalance(it) => (it.joins, BTreeMap::new()),
            Phase::CompletingRebalance(it) => (BTreeMap::new(), it.syncs),
            Phase::Stable(it) => (it.rejoining.into_iter().map(|(id, it)| (id, it.asker)).collect(), BTreeMap::new()),
            Phase::Empty | Phase::Dead => return,
        };
        let joins = joins.into_iter().map(|(id, to)| Output::Answer { to, answer: refused_join(error, &id) });
        out.extend(joins);
        out.extend(syncs.into_values().map(|to| Output::Answer { to, answer: refused_sync(error) }));
    }

    /// Builds the group's GroupMetadata record. While the record of the leader's new assignments is not committed yet,
    /// the value has those assignments.
    pub(in crate::group) fn record_value(&self) -> GroupMetadataValue {
        let storing = match &self.phase {
            Phase::CompletingRebalance(it) => it.storing.as_ref(),
            _ => None,
        };
        let assignment = |member: &Member| match storing {
            Some(storing) => storing.assignments.get(&member.id).cloned().unwrap_or_default(),
            None => member.assignment.clone(),
        };
        let protocol = self.generation.protocol.as_deref();
        let members = self.members.iter().map(|member| MemberMetadata {
            member_id: member.id.clone(),
            group_instance_id: member.instance.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            rebalance_timeout: member.rebalance_timeout_ms,
            session_timeout: member.session_timeout_ms,
            subscription: protocol.and_then(|name| member.metadata(name)).cloned().unwrap_or_default(),
            assignment: assignment(member),
        });
        GroupMetadataValue {
            protocol_type: self.generation.protocol_type.clone().unwrap_or_default(),
            generation: self.generation.id,
            protocol: self.generation.protocol.clone(),
            leader: self.generation.leader.clone(),
            current_state_timestamp: self.since.map_or(-1, |since| since.0),
            members: members.collect(),
        }
    }

    /// Returns the topics that the members subscribed to (`ClassicGroup.computeSubscribedTopics`). `None` if the
    /// members are not consumers, or if a subscription cannot be read.
    pub(super) fn subscriptions(&self) -> Option<BTreeSet<ByteString>> {
        if !self.is_of_consumers() {
            return None;
        }
        let mut topics = BTreeSet::new();
        if self.members.is_empty() {
            return Some(topics);
        }
        let protocol = self.generation.protocol.as_ref()?;
        for member in self.members.iter() {
            let mut input = Decoder::new(member.metadata(protocol)?.clone());
            input.int16().ok()?;
            // A subscription of any version begins with the fields of version 0, which include the topics.
            let subscription = ConsumerProtocolSubscription::decode(&mut input, 0).ok()?;
            for topic in subscription.topics {
                if !topics.contains(&topic) {
                    topics.insert(owned(&topic));
                }
            }
        }
        Some(topics)
    }

    pub(super) fn session_key(&self, member: &ByteString) -> TimerKey {
        TimerKey::Session { group: self.id.clone(), member: member.clone() }
    }

    pub(super) fn join_key(&self) -> TimerKey {
        TimerKey::Join { group: self.id.clone() }
    }

    pub(super) fn sync_key(&self) -> TimerKey {
        TimerKey::Sync { group: self.id.clone() }
    }

    /// Makes the group Dead, because it is being deleted. Drops its pending members.
    pub(in crate::group) fn die(&mut self, cx: &mut Cx<'_, '_>) {
        for id in std::mem::take(&mut self.pending).iter() {
            cx.timers.cancel(self.session_key(id));
        }
        self.turn_into(Phase::Dead, cx);
    }

    /// Cancels all timers of the group.
    pub(in crate::group) fn cancel_timers(&self, timers: &mut Timers) {
        let members = self.members.iter().map(|member| &member.id);
        members.chain(self.pending.iter()).for_each(|id| timers.cancel(self.session_key(id)));
        timers.cancel(self.join_key());
        timers.cancel(self.sync_key());
    }

    /// Restarts a member's session timer.
    pub(super) fn extend_session(&self, id: &ByteString, cx: &mut Cx<'_, '_>) {
        if let Some(member) = self.members.get(id) {
            cx.schedule(self.session_key(id), member.session_timeout_ms);
        }
    }
}
