//! JoinGroup: who may join, with which member id, and whether the answer has to wait.

use super::group::{ClassicGroup, Store};
use super::member::{Member, bytes_of, protocols_of};
use super::phase::{GroupState, Phase};
use super::rebalance::Began;
use crate::group::GroupAnswer;
use crate::group::ask::JoinAsk;
use crate::group::context::Cx;
use crate::group::records::owned;
use crate::io::{Asker, Site};
use crate::sometimes;
use crate::types::ErrorCode;
use crate::wire::JoinGroupResponse;
use crate::wire::join_group::JoinGroupResponseMember;
use bytes::Bytes;
use bytestring::ByteString;

/// The first JoinGroup version in which a new member gets MEMBER_ID_REQUIRED and joins again with its member id
/// (KIP-394).
const MEMBER_ID_REQUIRED_FROM: i16 = 4;

/// The fields of a JoinGroup. The fields that a member keeps are copied, so that the member does not keep the frame of
/// the request in memory.
pub(super) struct Join {
    pub(super) asker: Asker,
    pub(super) version: i16,
    pub(super) member: ByteString,
    pub(super) instance: Option<ByteString>,
    pub(super) client_id: ByteString,
    pub(super) client_host: ByteString,
    pub(super) rebalance_timeout_ms: i32,
    pub(super) session_timeout_ms: i32,
    pub(super) protocol_type: ByteString,
    pub(super) protocols: Vec<(ByteString, Bytes)>,
}

impl Join {
    fn new(asker: Asker, ask: &JoinAsk) -> Join {
        let request = &ask.request;
        Join {
            asker,
            version: ask.version,
            member: request.member_id.clone(),
            instance: request.group_instance_id.as_deref().map(owned),
            client_id: owned(&ask.client_id),
            client_host: owned(&ask.client_host),
            // KIP-62: version 0 has no rebalance timeout; its session timeout is used for both.
            rebalance_timeout_ms: if ask.version == 0 {
                request.session_timeout_ms
            } else {
                request.rebalance_timeout_ms
            },
            session_timeout_ms: request.session_timeout_ms,
            protocol_type: owned(&request.protocol_type),
            protocols: protocols_of(&request.protocols),
        }
    }
}

impl ClassicGroup {
    /// Handles a JoinGroup. The answer is sent now, at the end of the join phase, or when a record is committed. A new
    /// member whose protocols take more than `bytes_left` bytes of memory is refused
    /// (`GroupConfig::members_max_bytes`).
    pub(in crate::group) fn on_join(
        &mut self,
        asker: Asker,
        ask: &JoinAsk,
        bytes_left: usize,
        cx: &mut Cx<'_, '_>,
    ) -> Option<Store> {
        let join = Join::new(asker, ask);
        if self.state() == GroupState::Dead {
            cx.refuse_join(asker, ErrorCode::CoordinatorNotAvailable, &join.member);
            return None;
        }
        if !self.has_room_for(&join, bytes_left, cx) {
            sometimes!(cx.env, true, Site::GroupMaxSizeReached);
            self.pending.remove(&join.member);
            self.remove_member(&join.member, cx);
            cx.refuse_join(asker, ErrorCode::GroupMaxSizeReached, &ByteString::new());
            // The refused client may have been a member that is now removed. If the join phase was waiting only for
            // that member, all others have joined.
            return self.maybe_complete_join(cx);
        }
        if !self.agrees_with(&join) {
            cx.refuse_join(asker, ErrorCode::InconsistentGroupProtocol, &join.member);
            return None;
        }
        if join.member.is_empty() { self.on_join_of_new(join, cx) } else { self.on_join_of_known(join, cx) }
    }

    /// Returns whether the group has room for the member that wants to join. A static member that is already in the
    /// group always has room. For any other client, two bounds hold:
    /// - The protocols of a client that is not a member yet take at most `bytes_left` bytes of memory.
    /// - The group has fewer members than `group.max.size` (KIP-389). In the join phase, only members that have joined
    ///   are counted. So if `group.max.size` was lowered, the last members to join are refused. In the sync phase and
    ///   in a Stable group, all members are counted, and a client that is a member already is not refused.
    fn has_room_for(&self, join: &Join, bytes_left: usize, cx: &Cx<'_, '_>) -> bool {
        let is_back = join.instance.as_ref().is_some_and(|instance| self.members.id_of(instance).is_some());
        if !is_back && !self.members.has(&join.member) && bytes_of(&join.protocols) > bytes_left {
            return false;
        }
        match &self.phase {
            Phase::Empty | Phase::Dead => true,
            Phase::PreparingRebalance(it) => {
                is_back || it.joins.contains_key(&join.member) || it.joins.len() < cx.config.max_size
            }
            Phase::CompletingRebalance(_) | Phase::Stable(_) => {
                is_back || self.members.has(&join.member) || self.members.len() < cx.config.max_size
            }
        }
    }

    /// Returns whether the joining member has the group's protocol type and offers a protocol that all members offer.
    fn agrees_with(&self, join: &Join) -> bool {
        if self.state() == GroupState::Empty {
            return !join.protocol_type.is_empty() && !join.protocols.is_empty();
        }
        self.generation.protocol_type.as_ref() == Some(&join.protocol_type)
            && self.members.all_offer_one_of(&join.protocols)
    }

    fn on_join_of_new(&mut self, join: Join, cx: &mut Cx<'_, '_>) -> Option<Store> {
        let id = fresh_member_id(join.instance.as_ref().unwrap_or(&join.client_id), cx);
        if let Some(instance) = &join.instance {
            return match self.members.id_of(instance).cloned() {
                Some(old) => self.replace_static_member(&old, id, join, cx),
                None => self.add_member(id, join, cx),
            };
        }
        if join.version < MEMBER_ID_REQUIRED_FROM {
            return self.add_member(id, join, cx);
        }
        // KIP-394: until the new client joins again with its member id, it is only a pending member. If it never does,
        // its session timer removes the pending member, and no rebalance was begun for it.
        self.pending.insert(id.clone());
        cx.schedule(self.session_key(&id), join.session_timeout_ms);
        cx.refuse_join(join.asker, ErrorCode::MemberIdRequired, &id);
        None
    }

    fn on_join_of_known(&mut self, join: Join, cx: &mut Cx<'_, '_>) -> Option<Store> {
        if self.pending.has(&join.member) {
            if join.instance.is_some() {
                // Only clients without an instance id get a pending member id, so this one was not given to this static
                // member.
                cx.refuse_join(join.asker, ErrorCode::UnknownMemberId, &join.member);
                return None;
            }
            let id = owned(&join.member);
            return self.add_member(id, join, cx);
        }
        let id = match self.validate_member(&join.member, join.instance.as_ref(), cx) {
            Ok(id) => id,
            Err(error) => {
                cx.refuse_join(join.asker, error, &join.member);
                return None;
            }
        };
        let member = self.members.get(&id).expect("the member was just found");
        let is_leader = self.generation.leader.as_ref() == Some(&id);
        let is_unchanged = member.matches(&join.protocols);
        match self.state() {
            // The member has already joined this generation. The answer to its first JoinGroup may have been lost.
            GroupState::CompletingRebalance if is_unchanged => self.answer_join(join.asker, &id, cx),
            // A member that does not lead gets the current generation again. A leader, however, may send a JoinGroup to
            // begin a rebalance, for example because a topic has more partitions.
            GroupState::Stable if is_unchanged && !is_leader => self.answer_join(join.asker, &id, cx),
            _ => return self.rejoin(&id, join, cx),
        }
        None
    }

    /// Adds a member, and begins a rebalance if none is under way.
    fn add_member(&mut self, id: ByteString, join: Join, cx: &mut Cx<'_, '_>) -> Option<Store> {
        self.pending.remove(&id);
        if self.members.is_empty() {
            self.generation.protocol_type = Some(join.protocol_type);
        }
        if self.generation.leader.is_none() {
            self.generation.leader = Some(id.clone());
        }
        self.members.add(Member {
            id: id.clone(),
            instance: join.instance,
            client_id: join.client_id,
            client_host: join.client_host,
            rebalance_timeout_ms: join.rebalance_timeout_ms,
            session_timeout_ms: join.session_timeout_ms,
            protocols: join.protocols,
            assignment: Bytes::new(),
            is_new: true,
        });
        // A new member sends no heartbeats before its JoinGroup is answered. Until then its session timer runs for this
        // longer time. If the client has disconnected, the timer removes it.
        cx.schedule(self.session_key(&id), cx.config.new_member_join_timeout_ms);
        if let Phase::PreparingRebalance(it) = &mut self.phase
            && let Some(delay) = &mut it.delay
        {
            delay.has_new_member = true;
        }
        self.park_join(id, join.asker, cx)
    }

    /// Updates a member that has sent another JoinGroup, and parks that JoinGroup.
    fn rejoin(&mut self, id: &ByteString, join: Join, cx: &mut Cx<'_, '_>) -> Option<Store> {
        self.members.update(id, |member| {
            member.protocols = join.protocols;
            member.rebalance_timeout_ms = join.rebalance_timeout_ms;
            member.session_timeout_ms = join.session_timeout_ms;
        });
        self.park_join(id.clone(), join.asker, cx)
    }

    /// Parks a member's JoinGroup. Begins a rebalance if none is under way. Completes the join phase if all members
    /// have joined.
    pub(super) fn park_join(&mut self, id: ByteString, asker: Asker, cx: &mut Cx<'_, '_>) -> Option<Store> {
        let began = self.begin_rebalance(cx);
        let Phase::PreparingRebalance(preparing) = &mut self.phase else { panic!("a rebalance has begun") };
        if let Some(overtaken) = preparing.joins.insert(id, asker) {
            // The member has sent a second JoinGroup before its first was answered. Only the second stays parked. The
            // first is answered with an error upon which a client joins again, in case it still waits for that answer.
            sometimes!(cx.env, true, Site::GroupRequestOvertaken);
            cx.refuse_join(overtaken, ErrorCode::RebalanceInProgress, &ByteString::new());
        }
        match began {
            Began::Already => self.maybe_complete_join(cx),
            Began::Initial => None,
            Began::Again => self.complete_join_or_wait(cx),
        }
    }

    /// Answers a JoinGroup with the current generation. Only the answer to the leader lists the members.
    pub(super) fn answer_join(&self, to: Asker, id: &ByteString, cx: &mut Cx<'_, '_>) {
        let is_leader = self.generation.leader.as_ref() == Some(id);
        let members = if is_leader { self.members_for_leader() } else { Vec::new() };
        let leader = self.generation.leader.clone().unwrap_or_default();
        cx.answer(to, GroupAnswer::Join(JoinGroupResponse { members, ..self.joined(id, leader) }));
    }

    /// Builds the answer to a JoinGroup, without the list of members that only the leader gets.
    pub(super) fn joined(&self, id: &ByteString, leader: ByteString) -> JoinGroupResponse {
        JoinGroupResponse {
            generation_id: self.generation.id,
            protocol_type: self.generation.protocol_type.clone(),
            protocol_name: self.generation.protocol.clone(),
            leader,
            member_id: id.clone(),
            ..JoinGroupResponse::default()
        }
    }

    pub(super) fn members_for_leader(&self) -> Vec<JoinGroupResponseMember> {
        let protocol = self.generation.protocol.as_deref().unwrap_or_default();
        let of = |member: &Member| JoinGroupResponseMember {
            member_id: member.id.clone(),
            group_instance_id: member.instance.clone(),
            metadata: member.metadata(protocol).cloned().unwrap_or_default(),
        };
        self.members.iter().map(of).collect()
    }

    /// Refuses a member's parked JoinGroup, because the group's first GroupMetadata record, which was appended for this
    /// JoinGroup, was refused or not committed in time. The client remains a member.
    pub(in crate::group) fn refuse_parked_join(&mut self, asker: Asker, error: ErrorCode, cx: &mut Cx<'_, '_>) {
        let Phase::PreparingRebalance(it) = &mut self.phase else { return };
        let Some(id) = it.joins.iter().find(|(_, it)| **it == asker).map(|(id, _)| id.clone()) else { return };
        it.joins.remove(&id);
        cx.refuse_join(asker, error, &id);
    }
}

/// Returns a new member id: `prefix` (the client id or the instance id), a dash, and a random UUID
/// (`ClassicGroup.generateMemberId`). A long prefix is cut.
fn fresh_member_id(prefix: &ByteString, cx: &mut Cx<'_, '_>) -> ByteString {
    /// The longest prefix in bytes. With it, a dash and the 36 characters of a UUID just fit into a string on the wire.
    const PREFIX_MAX: usize = i16::MAX as usize - 37;
    let end = (0..=prefix.len().min(PREFIX_MAX)).rev().find(|at| prefix.is_char_boundary(*at)).unwrap_or(0);
    let subject = u64::from(cx.partition.unsigned_abs());
    let mut half = || cx.env.draws.below(Site::GroupMemberId, subject, u64::MAX);
    let (high, low) = (half(), half());
    // The version bits (4) and the variant bits (binary 10) mark the UUID as random.
    let (high, low) = (high & !0xf000 | 0x4000, low & (u64::MAX >> 2) | 1 << 63);
    let [a, b, c] = [high >> 32, high >> 16 & 0xffff, high & 0xffff];
    let [d, e] = [low >> 48, low & 0xffff_ffff_ffff];
    format!("{}-{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}", &prefix[..end]).into()
}
