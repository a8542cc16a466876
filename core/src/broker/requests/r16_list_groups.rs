//! ListGroups: all groups that this broker coordinates.

use super::group_call::PATIENCE_MS;
use crate::broker::question::{Question, Reply};
use crate::broker::request::{Answer, Begun, BrokerApis, Client, Progress, RequestContext, Serve, Waiting};
use crate::broker::slices::Slices;
use crate::group::{GroupAnswer, GroupAsk, GroupState};
use crate::metadata::CONSUMER_OFFSETS;
use crate::types::{ErrorCode, TopicPartition};
use crate::wire::ListGroupsRequest;
use crate::wire::list_groups::{ListGroupsResponse, ListedGroup};
use bytestring::ByteString;

/// A ListGroups request that waits for the coordinators on this broker's partitions of `__consumer_offsets`.
#[derive(Clone, Debug)]
struct Listing {
    groups: Vec<ListedGroup>,
    /// The first error that a partition answered, which is the error of the whole response.
    error: ErrorCode,
    slices: Slices,
}

impl Serve<BrokerApis> for ListGroupsRequest {
    fn breadth(&self) -> usize {
        self.states_filter.len() + self.types_filter.len()
    }

    /// Asks for the groups on every partition of `__consumer_offsets` that this broker leads.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        let mut listing = Listing { groups: Vec::new(), error: ErrorCode::None, slices: Slices::default() };
        let states = matching(&self.states_filter, &GroupState::ALL.map(GroupState::name));
        let types = matching(&self.types_filter, &["classic"]);
        let topic = cx.view.image.topic_named(CONSUMER_OFFSETS).cloned();
        for (partition, registration) in (0..).zip(topic.iter().flat_map(|topic| &topic.partitions)) {
            if registration.leader != Some(cx.view.config.node_id) {
                continue;
            }
            let which = TopicPartition { topic: topic.as_ref().expect("has partitions").id, partition };
            let n = listing.slices.push(0, 0);
            let (states, types) = (states.clone(), types.clone());
            cx.ask_partition(n, which, Question::Group(Box::new(GroupAsk::List { states, types })));
        }
        if listing.slices.is_complete() {
            return Begun::Done(listing.finish(cx));
        }
        let deadline = cx.now().plus_ms(PATIENCE_MS);
        Begun::waiting(listing, deadline)
    }
}

/// Returns those of the names that a filter has, so that each partition is asked about a few names, however many the
/// request has. A filter that has none of them keeps one of its own names, which no group has.
fn matching(filter: &[ByteString], names: &[&'static str]) -> Vec<ByteString> {
    let is_wanted = |name: &&&'static str| filter.iter().any(|wanted| wanted.trim().eq_ignore_ascii_case(name));
    let wanted: Vec<_> = names.iter().filter(is_wanted).map(|name| ByteString::from_static(name)).collect();
    if wanted.is_empty() { filter.iter().take(1).cloned().collect() } else { wanted }
}

impl Waiting<BrokerApis> for Listing {
    fn questions(&self) -> usize {
        self.slices.len()
    }

    fn on_reply(&mut self, n: usize, reply: Reply, cx: &mut RequestContext<'_, '_>) -> Progress {
        let Reply::Group(answer) = reply else { return Progress::Wait };
        let GroupAnswer::List(answer) = *answer else { return Progress::Wait };
        if self.slices.take(n).is_none() {
            return Progress::Wait;
        }
        match ErrorCode::from_wire(answer.error_code) {
            // NOT_COORDINATOR: another broker leads the partition by now, and lists its groups.
            ErrorCode::None | ErrorCode::NotCoordinator => self.groups.extend(answer.groups),
            error => self.error = if self.error.is_error() { self.error } else { error },
        }
        if self.slices.is_complete() { Progress::Done(self.finish(cx)) } else { Progress::Wait }
    }

    fn on_deadline(&mut self, cx: &mut RequestContext<'_, '_>) -> Progress {
        self.error = ErrorCode::CoordinatorNotAvailable;
        Progress::Done(self.finish(cx))
    }
}

impl Listing {
    /// Encodes the response: all groups, or only the error, because a client could not tell an incomplete list from a
    /// complete one.
    fn finish(&mut self, cx: &mut RequestContext<'_, '_>) -> Answer {
        let mut groups = core::mem::take(&mut self.groups);
        if self.error.is_error() {
            groups.clear();
        }
        groups.sort_by(|one, other| one.group_id.cmp(&other.group_id));
        cx.answer(&ListGroupsResponse { throttle_time_ms: 0, error_code: self.error.to_wire(), groups })
    }
}
