//! JoinGroup: a member joins a group, or joins the group's next generation together with the other members.

use super::group_call::ask_group;
use crate::broker::request::{Begun, BrokerApis, Client, RequestContext, Serve};
use crate::group::{GroupAnswer, GroupAsk, JoinAsk};
use crate::wire::JoinGroupRequest;
use bytestring::ByteString;

/// Time in milliseconds that a JoinGroup waits for the coordinator beyond the member's own timeouts. The coordinator
/// answers when the other members have joined, at the latest after the group's rebalance timeout. That timeout is the
/// longest that a member has set, so it may be longer than this member's own.
const PATIENCE_MS: i64 = 600_000;

impl Serve<BrokerApis> for JoinGroupRequest {
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
