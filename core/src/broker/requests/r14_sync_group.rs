//! SyncGroup: the group's leader sends the assignment of all members, and every member gets its own.

use super::group_call::ask_group;
use crate::broker::request::{Begun, Client, RequestContext, Serve};
use crate::group::{GroupAnswer, GroupAsk};
use crate::wire::{SyncGroupRequest, SyncGroupResponse};

/// Time in milliseconds that a SyncGroup waits for the coordinator. The coordinator answers when the group's leader has
/// sent the assignment, at the latest after the group's rebalance timeout. Hardly any group has a rebalance timeout as
/// long as this wait.
const PATIENCE_MS: i64 = 3_600_000;

impl Serve for SyncGroupRequest {
    fn breadth(&self) -> usize {
        self.assignments.len()
    }

    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
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
