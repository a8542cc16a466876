//! A static member that comes back with another member id (KIP-345, KIP-814).

use super::group::{ClassicGroup, Store};
use super::join::Join;
use super::member::Member;
use super::phase::{Phase, Rejoining, StoreId};
use crate::group::GroupAnswer;
use crate::group::answer::error_after_append;
use crate::group::context::Cx;
use crate::io::{Asker, Site};
use crate::sometimes;
use crate::types::ErrorCode;
use crate::wire::JoinGroupResponse;
use bytestring::ByteString;

/// The first JoinGroup version whose answer can tell a leader not to assign partitions (KIP-814).
const SKIP_ASSIGNMENT_FROM: i16 = 9;

/// A static member as it was before it got a new member id. If the append of the new id's record is refused, this
/// restores the member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::group) struct Replaced {
    id: StoreId,
    old: Member,
    new_id: ByteString,
    was_unsynced: bool,
}

impl ClassicGroup {
    /// Gives a static member another member id, and refuses the parked request of the old id with FENCED_INSTANCE_ID.
    /// In a Stable group whose protocol stays the same, the member keeps its assignment and no rebalance begins.
    pub(super) fn replace_static_member(
        &mut self,
        old_id: &ByteString,
        new_id: ByteString,
        join: Join,
        cx: &mut Cx<'_, '_>,
    ) -> Option<Store> {
        sometimes!(cx.env, true, Site::GroupStaticMemberReplaced);
        let leader_before = self.generation.leader.clone();
        let was_unsynced = matches!(&self.phase, Phase::Stable(it) if it.unsynced.contains(old_id));
        let old = self.rename_member(old_id, &new_id, cx);
        self.members.update(&new_id, |member| {
            member.protocols = join.protocols;
            member.rebalance_timeout_ms = join.rebalance_timeout_ms;
            member.session_timeout_ms = join.session_timeout_ms;
        });
        let keeps_protocol = self.members.select_protocol() == self.generation.protocol;
        let Phase::Stable(stable) = &mut self.phase else {
            // The group is not Stable, so all members have to join again. In the sync phase, for example, the leader
            // may be assigning partitions to the old member id.
            return self.park_join(new_id, join.asker, cx);
        };
        if !keeps_protocol {
            return self.park_join(new_id, join.asker, cx);
        }
        let id = cx.next_store();
        let rejoining = Rejoining { id, asker: join.asker, version: join.version, leader_before };
        stable.rejoining.insert(new_id.clone(), rejoining);
        Some(Store::StaticMember(Box::new(Replaced { id, old, new_id, was_unsynced })))
    }

    /// Changes the member id of a static member and returns the member as it was. The parked request of the old id is
    /// answered with FENCED_INSTANCE_ID.
    fn rename_member(&mut self, old_id: &ByteString, new_id: &ByteString, cx: &mut Cx<'_, '_>) -> Member {
        let old = self.members.remove(old_id).expect("an instance id belongs to a member");
        self.members.add(Member { id: new_id.clone(), is_new: false, ..old.clone() });
        if self.generation.leader.as_ref() == Some(old_id) {
            self.generation.leader = Some(new_id.clone());
        }
        let fenced = ErrorCode::FencedInstanceId;
        match &mut self.phase {
            Phase::PreparingRebalance(it) => {
                if let Some(asker) = it.joins.remove(old_id) {
                    cx.refuse_join(asker, fenced, old_id);
                }
            }
            Phase::CompletingRebalance(it) => {
                if let Some(asker) = it.syncs.remove(old_id) {
                    cx.refuse_sync(asker, fenced);
                }
            }
            Phase::Stable(it) => {
                it.unsynced.remove(old_id);
                if let Some(rejoining) = it.rejoining.remove(old_id) {
                    cx.refuse_join(rejoining.asker, fenced, old_id);
                }
            }
            Phase::Empty | Phase::Dead => panic!("a group without members has no static member"),
        }
        cx.timers.cancel(self.session_key(old_id));
        self.extend_session(new_id, cx);
        old
    }

    /// Answers a static member's JoinGroup. `result` says whether the record of the member's new id was committed in
    /// time. If it was not, the client gets an error and joins again. The member still keeps the new id, because the
    /// record is in the log and may be committed later.
    pub(in crate::group) fn on_rejoin_stored(
        &mut self,
        replaced: &Replaced,
        result: Result<(), ErrorCode>,
        cx: &mut Cx<'_, '_>,
    ) {
        let Some(rejoining) = self.take_rejoining(replaced) else { return };
        match result {
            Ok(()) => self.answer_rejoin(&replaced.new_id, &rejoining, cx),
            Err(error) => self.refuse_rejoin(rejoining.asker, error, cx),
        }
    }

    /// Gives a static member its old id back, because the append of the record of the new id was refused.
    pub(in crate::group) fn on_rejoin_refused(&mut self, replaced: Replaced, error: ErrorCode, cx: &mut Cx<'_, '_>) {
        let Some(rejoining) = self.take_rejoining(&replaced) else { return };
        self.refuse_rejoin(rejoining.asker, error, cx);
        let Replaced { old, new_id, was_unsynced, .. } = replaced;
        let old_id = old.id.clone();
        self.rename_member(&new_id, &old_id, cx);
        self.members.update(&old_id, |member| *member = old);
        if let Phase::Stable(stable) = &mut self.phase
            && was_unsynced
        {
            stable.unsynced.insert(old_id);
        }
    }

    /// Removes and returns the parked JoinGroup that waits for the record of a new member id. `None` if a rebalance has
    /// already answered that JoinGroup, or if the static member has got yet another member id.
    fn take_rejoining(&mut self, replaced: &Replaced) -> Option<Rejoining> {
        let Phase::Stable(stable) = &mut self.phase else { return None };
        stable.rejoining.get(&replaced.new_id).filter(|it| it.id == replaced.id)?;
        stable.rejoining.remove(&replaced.new_id)
    }

    fn answer_rejoin(&self, id: &ByteString, rejoining: &Rejoining, cx: &mut Cx<'_, '_>) {
        let answer = if rejoining.version >= SKIP_ASSIGNMENT_FROM {
            let is_leader = self.generation.leader.as_ref() == Some(id);
            let members = if is_leader { self.members_for_leader() } else { Vec::new() };
            let leader = self.generation.leader.clone().unwrap_or_default();
            JoinGroupResponse { members, skip_assignment: is_leader, ..self.joined(id, leader) }
        } else {
            // The group stays Stable, so nobody may assign partitions now. In older JoinGroup versions, a client does
            // that whenever the answer names it as the leader. So if the rejoining member is the leader, the answer
            // names the leader by its old member id, which the client does not recognize as its own.
            self.joined(id, rejoining.leader_before.clone().unwrap_or_default())
        };
        cx.answer(rejoining.asker, GroupAnswer::Join(answer));
    }

    fn refuse_rejoin(&self, to: Asker, error: ErrorCode, cx: &mut Cx<'_, '_>) {
        cx.refuse_join(to, error_after_append(error), &ByteString::new());
    }
}
