//! Heartbeat: a member says that it is alive, and learns of rebalances.

use super::group_call::{PATIENCE_MS, ask_group};
use crate::broker::request::{Begun, BrokerApis, Client, RequestContext, Serve};
use crate::group::{GroupAnswer, GroupAsk};
use crate::wire::{HeartbeatRequest, HeartbeatResponse};

impl Serve<BrokerApis> for HeartbeatRequest {
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        let group = self.group_id.clone();
        ask_group(&group, GroupAsk::Heartbeat(self), respond, PATIENCE_MS, cx)
    }
}

fn respond(answer: GroupAnswer) -> Option<HeartbeatResponse> {
    match answer {
        GroupAnswer::Heartbeat(body) => Some(body),
        _ => None,
    }
}
