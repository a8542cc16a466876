//! DeleteGroups: deletes groups that have no members, together with all their committed offsets (KIP-229).

use super::group_call::{PATIENCE_MS, coordinator_partition};
use crate::broker::question::{Question, Reply};
use crate::broker::request::{Answer, Begun, BrokerApis, Client, Progress, RequestContext, Serve, Waiting};
use crate::broker::slices::Slices;
use crate::group::{GroupAnswer, GroupAsk};
use crate::types::ErrorCode;
use crate::wire::DeleteGroupsRequest;
use crate::wire::delete_groups::{DeletableGroupResult, DeleteGroupsResponse};

/// A DeleteGroups request that waits for the coordinators of its groups.
#[derive(Clone, Debug)]
struct Deleting {
    rows: Vec<DeletableGroupResult>,
    slices: Slices,
}

impl Serve<BrokerApis> for DeleteGroupsRequest {
    fn breadth(&self) -> usize {
        self.groups_names.len()
    }

    /// Asks the coordinator of each group to delete the group.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        let mut deleting = Deleting { rows: Vec::new(), slices: Slices::default() };
        for group in self.groups_names {
            deleting.rows.push(DeletableGroupResult {
                group_id: group.clone(),
                error_code: ErrorCode::NotCoordinator.to_wire(),
                ..DeletableGroupResult::default()
            });
            let Some(partition) = coordinator_partition(&group, cx.view) else { continue };
            let n = deleting.slices.push(deleting.rows.len() - 1, 0);
            cx.ask_partition(n, partition, Question::Group(Box::new(GroupAsk::Delete { group })));
        }
        if deleting.slices.is_complete() {
            return Begun::Done(deleting.finish(cx));
        }
        let deadline = cx.now().plus_ms(PATIENCE_MS);
        Begun::waiting(deleting, deadline)
    }
}

impl Waiting<BrokerApis> for Deleting {
    fn questions(&self) -> usize {
        self.slices.len()
    }

    fn on_reply(&mut self, n: usize, reply: Reply, cx: &mut RequestContext<'_, '_>) -> Progress {
        let Reply::Group(answer) = reply else { return Progress::Wait };
        let GroupAnswer::Delete(answer) = *answer else { return Progress::Wait };
        let Some((at, _)) = self.slices.take(n) else { return Progress::Wait };
        self.rows[at] = answer;
        if self.slices.is_complete() { Progress::Done(self.finish(cx)) } else { Progress::Wait }
    }

    fn on_deadline(&mut self, cx: &mut RequestContext<'_, '_>) -> Progress {
        Progress::Done(self.finish(cx))
    }
}

impl Deleting {
    /// Encodes the response. Groups whose coordinator has not answered keep NOT_COORDINATOR, so that the client looks
    /// the coordinator up again.
    fn finish(&mut self, cx: &mut RequestContext<'_, '_>) -> Answer {
        cx.answer(&DeleteGroupsResponse { throttle_time_ms: 0, results: core::mem::take(&mut self.rows) })
    }
}
