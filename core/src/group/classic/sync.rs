//! SyncGroup: appends a record with the assignments that the group's leader made, and sends them to the members when
//! that record is committed.

use super::group::{ClassicGroup, Store};
use super::phase::{GroupState, Phase, Stable, StoreId, Storing};
use crate::group::GroupAnswer;
use crate::group::answer::error_after_append;
use crate::group::context::Cx;
use crate::group::records::owned_bytes;
use crate::io::{Asker, Site};
use crate::sometimes;
use crate::types::ErrorCode;
use crate::wire::{SyncGroupRequest, SyncGroupResponse};
use bytestring::ByteString;
use std::collections::{BTreeMap, BTreeSet};

impl ClassicGroup {
    /// Handles a SyncGroup. The answer is sent now, or when the record of the leader's assignments is committed.
    pub(in crate::group) fn on_sync(
        &mut self,
        asker: Asker,
        request: &SyncGroupRequest,
        cx: &mut Cx<'_, '_>,
    ) -> Option<Store> {
        let id = match self.validate_sync(request, cx) {
            Ok(id) => id,
            Err(error) => {
                cx.refuse_sync(asker, error);
                return None;
            }
        };
        match &mut self.phase {
            Phase::CompletingRebalance(completing) => {
                if let Some(overtaken) = completing.syncs.insert(id.clone(), asker) {
                    sometimes!(cx.env, true, Site::GroupRequestOvertaken);
                    cx.refuse_sync(overtaken, ErrorCode::RebalanceInProgress);
                }
                self.cancel_sync_timer_if_all_synced(cx);
                self.store_assignments(&id, request, cx)
            }
            Phase::Stable(stable) => {
                stable.unsynced.remove(&id);
                self.cancel_sync_timer_if_all_synced(cx);
                self.answer_sync(asker, &id, cx);
                None
            }
            _ => {
                cx.refuse_sync(asker, ErrorCode::RebalanceInProgress);
                None
            }
        }
    }

    fn validate_sync(&self, request: &SyncGroupRequest, cx: &Cx<'_, '_>) -> Result<ByteString, ErrorCode> {
        match self.state() {
            GroupState::Dead => return Err(ErrorCode::CoordinatorNotAvailable),
            GroupState::Empty => return Err(ErrorCode::UnknownMemberId),
            _ => {}
        }
        let id = self.validate_member(&request.member_id, request.group_instance_id.as_ref(), cx)?;
        if request.generation_id != self.generation.id {
            return Err(ErrorCode::IllegalGeneration);
        }
        // KIP-559: a client may name the protocol type and the protocol that it expects. They must be those of the
        // group.
        let differs = |named: &Option<ByteString>, known: &Option<ByteString>| {
            named.is_some() && known.is_some() && named != known
        };
        let generation = &self.generation;
        if differs(&request.protocol_type, &generation.protocol_type)
            || differs(&request.protocol_name, &generation.protocol)
        {
            return Err(ErrorCode::InconsistentGroupProtocol);
        }
        Ok(id)
    }

    /// Keeps the assignments from the leader's SyncGroup, and asks for their record to be appended. No member gets an
    /// assignment before the record is committed. Until then, a second SyncGroup of the leader changes nothing, so that
    /// members get exactly the assignments that are in the log.
    fn store_assignments(&mut self, id: &ByteString, request: &SyncGroupRequest, cx: &mut Cx<'_, '_>) -> Option<Store> {
        let Phase::CompletingRebalance(completing) = &mut self.phase else { return None };
        if self.generation.leader.as_ref() != Some(id) || completing.storing.is_some() {
            return None;
        }
        let given: BTreeMap<&ByteString, _> =
            request.assignments.iter().map(|it| (&it.member_id, &it.assignment)).collect();
        let of = |member: &ByteString| given.get(member).map(|assignment| (member.clone(), owned_bytes(assignment)));
        let assignments: BTreeMap<_, _> = self.members.iter().filter_map(|member| of(&member.id)).collect();
        sometimes!(cx.env, assignments.len() < self.members.len(), Site::GroupMemberWithoutAssignment);
        let store = cx.next_store();
        completing.storing = Some(Storing { id: store, assignments });
        Some(Store::Assignments(store))
    }

    /// Makes the group Stable and answers every parked SyncGroup, because the record of the assignments is committed.
    /// Does nothing if the group is not waiting for this record any more, because another rebalance has begun.
    pub(in crate::group) fn on_assignments_stored(&mut self, store: StoreId, cx: &mut Cx<'_, '_>) {
        if !self.is_storing(store) {
            return;
        }
        let Phase::CompletingRebalance(completing) = &self.phase else { return };
        let is_unsynced = |id: &&ByteString| !completing.syncs.contains_key(*id);
        let unsynced: BTreeSet<_> = self.members.iter().map(|member| &member.id).filter(is_unsynced).cloned().collect();
        let before = self.turn_into(Phase::Stable(Stable { unsynced, ..Stable::default() }), cx);
        let Phase::CompletingRebalance(completing) = before else { panic!("only a sync phase stores assignments") };
        let mut storing = completing.storing.expect("the assignments are being stored");
        self.members.assign(|member| storing.assignments.remove(&member.id).unwrap_or_default());
        for (id, asker) in completing.syncs {
            self.answer_sync(asker, &id, cx);
            self.extend_session(&id, cx);
        }
    }

    /// Begins another rebalance, because the record of the assignments was refused or was not committed in time. Does
    /// nothing if the group is not waiting for this record any more.
    pub(in crate::group) fn on_assignments_failed(
        &mut self,
        store: StoreId,
        error: ErrorCode,
        cx: &mut Cx<'_, '_>,
    ) -> Option<Store> {
        if !self.is_storing(store) {
            return None;
        }
        sometimes!(cx.env, true, Site::GroupAssignmentNotStored);
        let Phase::CompletingRebalance(completing) = &mut self.phase else { return None };
        completing.storing = None;
        let parked = std::mem::take(completing);
        self.abandon_syncs(parked, error_after_append(error), cx);
        self.prepare_rebalance(cx)
    }

    /// Returns the id of the assignments' record, if the group is waiting for the commit of that record.
    pub(in crate::group) fn storing(&self) -> Option<StoreId> {
        let Phase::CompletingRebalance(completing) = &self.phase else { return None };
        completing.storing.as_ref().map(|storing| storing.id)
    }

    fn is_storing(&self, store: StoreId) -> bool {
        self.storing() == Some(store)
    }

    fn answer_sync(&self, to: Asker, id: &ByteString, cx: &mut Cx<'_, '_>) {
        let assignment = self.members.get(id).map(|member| member.assignment.clone()).unwrap_or_default();
        let answer = SyncGroupResponse {
            protocol_type: self.generation.protocol_type.clone(),
            protocol_name: self.generation.protocol.clone(),
            assignment,
            ..SyncGroupResponse::default()
        };
        cx.answer(to, GroupAnswer::Sync(answer));
    }

    fn cancel_sync_timer_if_all_synced(&self, cx: &mut Cx<'_, '_>) {
        let have_all = match &self.phase {
            Phase::CompletingRebalance(it) => it.syncs.len() == self.members.len(),
            Phase::Stable(it) => it.unsynced.is_empty(),
            _ => false,
        };
        if have_all {
            cx.timers.cancel(self.sync_key());
        }
    }

    /// Runs the sync timer when it is due: removes members that have not sent a SyncGroup, and begins a rebalance.
    pub(in crate::group) fn on_sync_timer(&mut self, cx: &mut Cx<'_, '_>) -> Option<Store> {
        let unsynced: Vec<ByteString> = match &self.phase {
            Phase::CompletingRebalance(it) => {
                let ids = self.members.iter().map(|member| &member.id);
                ids.filter(|id| !it.syncs.contains_key(*id)).cloned().collect()
            }
            Phase::Stable(it) => it.unsynced.iter().cloned().collect(),
            _ => panic!("a group has a sync timer only while members may sync"),
        };
        if unsynced.is_empty() {
            return None;
        }
        sometimes!(cx.env, true, Site::GroupSyncTimedOut);
        for id in unsynced {
            self.remove_member(&id, cx);
        }
        self.prepare_rebalance(cx)
    }
}
