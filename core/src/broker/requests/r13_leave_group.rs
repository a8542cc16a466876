//! LeaveGroup: members leave a group, several at once from version 3 on (KIP-345).

use super::group_call::{PATIENCE_MS, ask_group};
use crate::broker::request::{Begun, BrokerApis, Client, RequestContext, Serve};
use crate::group::{GroupAnswer, GroupAsk};
use crate::wire::{LeaveGroupRequest, LeaveGroupResponse};

impl Serve<BrokerApis> for LeaveGroupRequest {
    fn breadth(&self) -> usize {
        self.members.len()
    }

    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        let group = self.group_id.clone();
        ask_group(&group, GroupAsk::Leave { version: cx.head.version, request: self }, respond, PATIENCE_MS, cx)
    }
}

fn respond(answer: GroupAnswer) -> Option<LeaveGroupResponse> {
    match answer {
        GroupAnswer::Leave(body) => Some(body),
        _ => None,
    }
}
