//! SyncGroup: the group's leader sends the assignment of all members, and every member gets its own.

use super::group_call::ask_group;
use crate::broker::request::{Begun, BrokerApis, Client, RequestContext, Serve};
use crate::group::{GroupAnswer, GroupAsk};
use crate::types::ErrorCode;
use crate::wire::{SyncGroupRequest, SyncGroupResponse};

/// The first version that has the protocol's type and name (KIP-559).
const WITH_PROTOCOL: i16 = 5;

/// Time in milliseconds that a SyncGroup waits for the coordinator. The coordinator answers when the group's leader has
/// sent the assignment, at the latest after the group's rebalance timeout. Hardly any group has a rebalance timeout as
/// long as this wait.
const PATIENCE_MS: i64 = 3_600_000;

impl Serve<BrokerApis> for SyncGroupRequest {
    fn breadth(&self) -> usize {
        self.assignments.len()
    }

    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        // KIP-559: from this version on a member says which protocol it has joined with. A member that does not is
        // refused before its group is looked at.
        if cx.head.version >= WITH_PROTOCOL && (self.protocol_type.is_none() || self.protocol_name.is_none()) {
            let error_code = ErrorCode::InconsistentGroupProtocol.to_wire();
            return cx.done(&SyncGroupResponse { error_code, ..SyncGroupResponse::default() });
        }
        let group = self.group_id.clone();
        ask_group(&group, GroupAsk::Sync(self), respond, PATIENCE_MS, cx)
    }
}

fn respond(answer: GroupAnswer) -> Option<SyncGroupResponse> {
    match answer {
        GroupAnswer::Sync(body) => Some(body),
        _ => None,
    }
}
