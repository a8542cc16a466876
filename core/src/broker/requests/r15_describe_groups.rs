//! DescribeGroups: state and members of classic groups.

use super::authorized_operations;
use super::group_call::{PATIENCE_MS, coordinator_partition};
use crate::broker::question::{Question, Reply};
use crate::broker::request::{Answer, Begun, BrokerApis, Client, Progress, RequestContext, Serve, Waiting};
use crate::broker::slices::Slices;
use crate::group::{GroupAnswer, GroupAsk};
use crate::types::ErrorCode;
use crate::wire::DescribeGroupsRequest;
use crate::wire::describe_groups::{DescribeGroupsResponse, DescribedGroup};
use bytestring::ByteString;

/// A DescribeGroups request that waits for the coordinators of its groups.
#[derive(Clone, Debug)]
struct Describing {
    groups: Vec<DescribedGroup>,
    slices: Slices,
    /// Whether the client asked for the operations that it may perform.
    with_operations: bool,
}

impl Serve<BrokerApis> for DescribeGroupsRequest {
    fn breadth(&self) -> usize {
        self.groups.len()
    }

    /// Asks the coordinator of each group to describe the group.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        let version = cx.head.version;
        let with_operations = self.include_authorized_operations;
        let mut describing = Describing { groups: Vec::new(), slices: Slices::default(), with_operations };
        for group in self.groups {
            describing.groups.push(refused(group.clone(), ErrorCode::NotCoordinator));
            let Some(partition) = coordinator_partition(&group, cx.view) else { continue };
            let n = describing.slices.push(describing.groups.len() - 1, 0);
            cx.ask_partition(n, partition, Question::Group(Box::new(GroupAsk::Describe { group, version })));
        }
        if describing.slices.is_complete() {
            return Begun::Done(describing.finish(cx));
        }
        let deadline = cx.now().plus_ms(PATIENCE_MS);
        Begun::waiting(describing, deadline)
    }
}

impl Waiting<BrokerApis> for Describing {
    fn questions(&self) -> usize {
        self.slices.len()
    }

    fn on_reply(&mut self, n: usize, reply: Reply, cx: &mut RequestContext<'_, '_>) -> Progress {
        let Reply::Group(answer) = reply else { return Progress::Wait };
        let GroupAnswer::Describe(answer) = *answer else { return Progress::Wait };
        let Some((at, _)) = self.slices.take(n) else { return Progress::Wait };
        self.groups[at] = answer;
        if self.slices.is_complete() { Progress::Done(self.finish(cx)) } else { Progress::Wait }
    }

    fn on_deadline(&mut self, cx: &mut RequestContext<'_, '_>) -> Progress {
        Progress::Done(self.finish(cx))
    }
}

impl Describing {
    /// Encodes the response. Groups whose coordinator has not answered keep NOT_COORDINATOR, so that the client looks
    /// the coordinator up again.
    fn finish(&mut self, cx: &mut RequestContext<'_, '_>) -> Answer {
        let mut groups = core::mem::take(&mut self.groups);
        for group in &mut groups {
            // As in Kafka, a group that is described as Dead, without an error, has operations too.
            let is_described = group.error_code == ErrorCode::None.to_wire();
            group.authorized_operations = authorized_operations::of_group(self.with_operations && is_described);
        }
        cx.answer(&DescribeGroupsResponse { throttle_time_ms: 0, groups })
    }
}

fn refused(group_id: ByteString, error: ErrorCode) -> DescribedGroup {
    DescribedGroup { group_id, error_code: error.to_wire(), ..DescribedGroup::default() }
}
