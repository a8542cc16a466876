//! LeaveGroup: members leave by member id, and static members by instance id (KIP-345).

use super::group::{ClassicGroup, Store};
use super::phase::GroupState;
use crate::group::context::Cx;
use crate::types::ErrorCode;
use crate::wire::leave_group::{MemberIdentity, MemberResponse};
use crate::wire::{LeaveGroupRequest, LeaveGroupResponse};

/// The first LeaveGroup version that names several members, and whose answer has an error code for each (KIP-345).
const MEMBERS_FROM: i16 = 3;

impl ClassicGroup {
    /// Handles a LeaveGroup. Returns the answer, which has an error code for each member.
    pub(in crate::group) fn on_leave(
        &mut self,
        request: &LeaveGroupRequest,
        version: i16,
        cx: &mut Cx<'_, '_>,
    ) -> (LeaveGroupResponse, Option<Store>) {
        if self.state() == GroupState::Dead {
            let error_code = ErrorCode::CoordinatorNotAvailable.to_wire();
            return (LeaveGroupResponse { error_code, ..LeaveGroupResponse::default() }, None);
        }
        let errors: Vec<ErrorCode> =
            leaving(request, version).iter().map(|member| self.remove_leaving(member, cx)).collect();
        let has_changed = errors.contains(&ErrorCode::None);
        let store = match self.state() {
            GroupState::Stable | GroupState::CompletingRebalance if has_changed => self.prepare_rebalance(cx),
            GroupState::PreparingRebalance if has_changed => self.maybe_complete_join(cx),
            _ => None,
        };
        (answer_leave(request, version, |at| errors[at]), store)
    }

    fn remove_leaving(&mut self, member: &MemberIdentity, cx: &mut Cx<'_, '_>) -> ErrorCode {
        let instance = member.group_instance_id.as_ref();
        // Without a member id, the instance id alone names the member: an administrator can remove a static member
        // without knowing its member id.
        if member.member_id.is_empty() {
            let Some(id) = instance.and_then(|instance| self.members.id_of(instance)).cloned() else {
                return ErrorCode::UnknownMemberId;
            };
            self.remove_member(&id, cx);
            return ErrorCode::None;
        }
        if self.pending.remove(&member.member_id) {
            cx.timers.cancel(self.session_key(&member.member_id));
            return ErrorCode::None;
        }
        match self.validate_member(&member.member_id, instance, cx) {
            Ok(id) => {
                self.remove_member(&id, cx);
                ErrorCode::None
            }
            Err(error) => error,
        }
    }
}

/// Returns the members that a LeaveGroup names. Up to version 2 it names one member, without an instance id.
fn leaving(request: &LeaveGroupRequest, version: i16) -> Vec<MemberIdentity> {
    if version >= MEMBERS_FROM {
        return request.members.clone();
    }
    vec![MemberIdentity { member_id: request.member_id.clone(), ..MemberIdentity::default() }]
}

/// Builds the answer to a LeaveGroup. `error(at)` is the error of the member at index `at` of the request. Up to
/// version 2, a request names one member, and that member's error is the error of the whole answer.
pub(in crate::group) fn answer_leave(
    request: &LeaveGroupRequest,
    version: i16,
    error: impl Fn(usize) -> ErrorCode,
) -> LeaveGroupResponse {
    if version < MEMBERS_FROM {
        return LeaveGroupResponse { error_code: error(0).to_wire(), ..LeaveGroupResponse::default() };
    }
    let member = |(at, member): (usize, &MemberIdentity)| MemberResponse {
        member_id: member.member_id.clone(),
        group_instance_id: member.group_instance_id.clone(),
        error_code: error(at).to_wire(),
    };
    let members = request.members.iter().enumerate().map(member).collect();
    LeaveGroupResponse { members, ..LeaveGroupResponse::default() }
}
