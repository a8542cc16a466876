//! JoinGroup: a member enters a group, or begins the next generation with the others.

use super::group_call::ask_group;
use crate::broker::request::{Begun, Client, RequestContext, Serve};
use crate::group::{GroupAnswer, GroupAsk, JoinAsk};
use crate::wire::JoinGroupRequest;
use bytestring::ByteString;

/// The coordinator answers when the other members have joined, at the latest after the group's rebalance timeout, which
/// any member may have set. A JoinGroup is given up only when the coordinator stays away beyond that.
const PATIENCE_MS: i64 = 600_000;

impl Serve for JoinGroupRequest {
    fn breadth(&self) -> usize {
        self.protocols.len()
    }

    fn begin(self, client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        let patience_ms = PATIENCE_MS + i64::from(self.rebalance_timeout_ms.max(self.session_timeout_ms).max(0));
        let join = JoinAsk {
            version: cx.head.version,
            client_id: client.id.cloned().unwrap_or_default(),
            client_host: ByteString::from(format!("/{}", client.peer.ip())),
            request: self,
        };
        let group = join.request.group_id.clone();
        ask_group(&group, GroupAsk::Join(join), respond, patience_ms, cx)
    }
}

fn respond(answer: GroupAnswer) -> Option<crate::wire::JoinGroupResponse> {
    match answer {
        GroupAnswer::Join(body) => Some(body),
        _ => None,
    }
}
