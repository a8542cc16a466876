//! Heartbeats, sessions, and the generation check of offset commits.

use super::group::{ClassicGroup, Store};
use super::phase::GroupState;
use crate::group::context::Cx;
use crate::io::{Mutant, Site};
use crate::types::ErrorCode;
use crate::wire::{HeartbeatRequest, OffsetCommitRequest};
use crate::{mutant, sometimes};
use bytestring::ByteString;

impl ClassicGroup {
    /// Handles a Heartbeat. Returns the error code of the answer. The caller sends an `Err` answer at once. It sends an
    /// `Ok` answer when all records that were appended before are committed, as in Kafka, where a Heartbeat is a write
    /// operation of the coordinator.
    pub(in crate::group) fn on_heartbeat(
        &self,
        request: &HeartbeatRequest,
        cx: &mut Cx<'_, '_>,
    ) -> Result<ErrorCode, ErrorCode> {
        if self.state() == GroupState::Dead {
            return Err(ErrorCode::CoordinatorNotAvailable);
        }
        let id = self.validate_member(&request.member_id, request.group_instance_id.as_ref(), cx)?;
        if request.generation_id != self.generation.id {
            return Err(ErrorCode::IllegalGeneration);
        }
        self.extend_session(&id, cx);
        match self.state() {
            GroupState::PreparingRebalance => Ok(ErrorCode::RebalanceInProgress),
            // In CompletingRebalance too the heartbeat succeeds: a consumer sends heartbeats as soon as its JoinGroup
            // is answered, before it has an assignment.
            _ => Ok(ErrorCode::None),
        }
    }

    /// Checks that an OffsetCommit comes from a member of the current generation (`ClassicGroup.validateOffsetCommit`).
    /// If it does, restarts the member's session timer, because a valid commit counts as a heartbeat.
    pub(in crate::group) fn validate_commit(
        &self,
        request: &OffsetCommitRequest,
        cx: &mut Cx<'_, '_>,
    ) -> Result<(), ErrorCode> {
        let generation = request.generation_id_or_member_epoch;
        match self.state() {
            GroupState::Dead => return Err(ErrorCode::CoordinatorNotAvailable),
            // Tools, and consumers that assign partitions to themselves, commit without a generation.
            GroupState::Empty if generation < 0 => return Ok(()),
            _ => {}
        }
        if generation < 0 && request.member_id.is_empty() && request.group_instance_id.is_none() {
            return Err(ErrorCode::UnknownMemberId);
        }
        let id = self.validate_member(&request.member_id, request.group_instance_id.as_ref(), cx)?;
        if generation != self.generation.id && !mutant!(cx.env, Mutant::M10) {
            return Err(ErrorCode::IllegalGeneration);
        }
        match self.state() {
            // As in Kafka, a commit fails here although a heartbeat succeeds: the member has joined the new generation
            // but has no assignment in it yet, so it owns no partition. The client finishes the rebalance and then
            // commits.
            GroupState::CompletingRebalance => Err(ErrorCode::RebalanceInProgress),
            _ => {
                self.extend_session(&id, cx);
                Ok(())
            }
        }
    }

    /// Runs a session timer that is due: removes the member or the pending member. A member with a parked request
    /// stays, because it cannot send heartbeats while it waits for the answer. A new member is removed even then,
    /// because its client may have disconnected. Its timer is longer (`GroupConfig::new_member_join_timeout_ms`).
    pub(in crate::group) fn on_session_timer(&mut self, id: &ByteString, cx: &mut Cx<'_, '_>) -> Option<Store> {
        if self.pending.remove(id) {
            sometimes!(cx.env, true, Site::GroupPendingMemberTimedOut);
            return if self.has_all_joined() { self.complete_join(cx) } else { None };
        }
        let member = self.members.get(id)?;
        if !member.is_new && self.phase.has_parked(id) {
            return None;
        }
        sometimes!(cx.env, true, Site::GroupSessionTimedOut);
        self.remove_member(id, cx);
        self.after_removal(cx)
    }

    /// Begins a rebalance, because a member was removed. If the group is in the join phase already, completes that
    /// phase if all remaining members have joined. As in Kafka, this ends even the join phase of a group that was Empty
    /// before, which otherwise lasts until its timer fires.
    fn after_removal(&mut self, cx: &mut Cx<'_, '_>) -> Option<Store> {
        match self.state() {
            GroupState::Stable | GroupState::CompletingRebalance => self.prepare_rebalance(cx),
            GroupState::PreparingRebalance if self.has_all_joined() => self.complete_join(cx),
            _ => None,
        }
    }
}
