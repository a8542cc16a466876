//! What a group's administrator asks, as requests, and what the answers say.

use super::tap;
use crate::actor::ActorCx;
use crate::clients::Target;
use crate::clients::caller::Caller;
use crate::history::{CallId, CommittedOffset, GroupAnswer, GroupId, GroupQuestion, Identity};
use gracchus_core::client::Answered;
use gracchus_core::types::{ErrorCode, Instant, NodeId, TopicPartition};
use gracchus_core::wire::offset_commit::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use gracchus_core::wire::offset_delete::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
use gracchus_core::wire::offset_fetch::{OffsetFetchRequestGroup, OffsetFetchRequestTopics};
use gracchus_core::wire::{
    DeleteGroupsRequest, DeleteGroupsResponse, DescribeGroupsRequest, DescribeGroupsResponse, FindCoordinatorRequest,
    FindCoordinatorResponse, ListGroupsRequest, ListGroupsResponse, OffsetCommitRequest, OffsetCommitResponse,
    OffsetDeleteRequest, OffsetDeleteResponse, OffsetFetchRequest,
};
use std::collections::BTreeMap;
use std::sync::Arc;

const FIND_COORDINATOR: i16 = 4;
const OFFSET_FETCH: i16 = 9;
const OFFSET_DELETE: i16 = 0;
/// With topics by name; the oldest two may name a retention time, which these do not.
const OFFSET_COMMIT: [i16; 4] = [2, 4, 7, 9];
const DELETE_GROUPS: [i16; 3] = [0, 1, 2];
const LIST_GROUPS: [i16; 3] = [0, 4, 5];

/// A request under way.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    /// FindCoordinator.
    Find(GroupId),
    /// What is asked of a coordinator.
    Question { group: GroupId, call: CallId, question: GroupQuestion },
}

/// Looks for a group's coordinator.
pub(super) fn find(caller: &mut Caller<Ask>, group: GroupId, now: Instant, cx: &mut ActorCx<'_>) {
    let body = FindCoordinatorRequest { coordinator_keys: vec![group.name().into()], ..Default::default() };
    caller.send(&body, FIND_COORDINATOR, Ask::Find(group), now, cx);
}

/// Where the coordinator is, if the broker knows it.
pub(super) fn read_coordinator(answered: &Answered<Ask>) -> Option<(NodeId, Arc<str>, u16)> {
    let found = answered.read::<FindCoordinatorResponse>().ok()?.coordinators.into_iter().next()?;
    let port = u16::try_from(found.port).ok()?;
    (found.error_code == 0).then(|| (NodeId(found.node_id), Arc::from(&*found.host), port))
}

/// Sends a question.
pub(super) fn send(caller: &mut Caller<Ask>, ask: Ask, targets: &[Target], now: Instant, cx: &mut ActorCx<'_>) {
    let Ask::Question { group, question, .. } = &ask else { return };
    let group_id = group.name().into();
    let one_of = |versions: &[i16], cx: &mut ActorCx<'_>| versions[cx.draws.below(versions.len() as u64) as usize];
    match question.clone() {
        GroupQuestion::Commit(identity, offsets) => {
            let body = commit(&group.name(), &identity, &offsets, targets);
            caller.send(&body, one_of(&OFFSET_COMMIT, cx), ask, now, cx);
        }
        GroupQuestion::Fetch(partitions) => {
            let topic = |name: &str, partition_indexes| OffsetFetchRequestTopics {
                name: name.into(),
                partition_indexes,
                ..Default::default()
            };
            let topics = Some(by_topic(&partitions, targets, topic));
            let groups = vec![OffsetFetchRequestGroup { group_id, topics, ..Default::default() }];
            let require_stable = cx.draws.below(2) == 0;
            let body = OffsetFetchRequest { groups, require_stable, ..Default::default() };
            caller.send(&body, OFFSET_FETCH, ask, now, cx);
        }
        GroupQuestion::DeleteGroup => {
            let body = DeleteGroupsRequest { groups_names: vec![group_id] };
            caller.send(&body, one_of(&DELETE_GROUPS, cx), ask, now, cx);
        }
        GroupQuestion::DeleteOffsets(partitions) => {
            let row = |partition_index| OffsetDeleteRequestPartition { partition_index };
            let topics = by_topic(&partitions, targets, |name, numbers| OffsetDeleteRequestTopic {
                name: name.into(),
                partitions: numbers.into_iter().map(row).collect(),
            });
            caller.send(&OffsetDeleteRequest { group_id, topics }, OFFSET_DELETE, ask, now, cx);
        }
        GroupQuestion::Describe(version) => {
            let body = DescribeGroupsRequest { groups: vec![group_id], include_authorized_operations: false };
            caller.send(&body, version, ask, now, cx);
        }
        GroupQuestion::List => {
            caller.send(&ListGroupsRequest::default(), one_of(&LIST_GROUPS, cx), ask, now, cx);
        }
        // Members and readers ask the others.
        _ => {}
    }
}

fn commit(group: &str, identity: &Identity, offsets: &[CommittedOffset], targets: &[Target]) -> OffsetCommitRequest {
    let partitions: Vec<TopicPartition> = offsets.iter().map(|it| it.partition).collect();
    let row = |topic: &str, number: i32| {
        let place = Target::place_in(targets, topic, number)?;
        let committed = offsets.iter().find(|it| it.partition == targets[place].id)?;
        Some(OffsetCommitRequestPartition {
            partition_index: number,
            committed_offset: committed.offset.0,
            committed_leader_epoch: -1,
            committed_metadata: Some(committed.metadata.to_string().into()),
        })
    };
    OffsetCommitRequest {
        group_id: group.into(),
        generation_id_or_member_epoch: identity.generation,
        retention_time_ms: -1,
        topics: by_topic(&partitions, targets, |name, numbers| OffsetCommitRequestTopic {
            name: name.into(),
            partitions: numbers.into_iter().filter_map(|number| row(name, number)).collect(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// A row for each topic, with the numbers of its partitions.
fn by_topic<T>(partitions: &[TopicPartition], targets: &[Target], row: impl Fn(&str, Vec<i32>) -> T) -> Vec<T> {
    let mut topics: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for target in targets.iter().filter(|target| partitions.contains(&target.id)) {
        topics.entry(&target.topic).or_default().push(target.id.partition);
    }
    topics.into_iter().map(|(topic, numbers)| row(topic, numbers)).collect()
}

/// Reads an answer.
pub(super) fn read(answered: &Answered<Ask>, targets: &[Target]) -> Option<GroupAnswer> {
    let Ask::Question { group, question, .. } = &answered.purpose else { return None };
    let row = |topic: &str, number: i32, error: i16| {
        let place = Target::place_in(targets, topic, number)?;
        Some((targets[place].id, ErrorCode::from_wire(error)))
    };
    Some(match question {
        GroupQuestion::Commit(..) => {
            let it: OffsetCommitResponse = answered.read().ok()?;
            let rows = it.topics.iter().flat_map(|topic| {
                topic.partitions.iter().filter_map(|it| row(&topic.name, it.partition_index, it.error_code))
            });
            GroupAnswer::Committed(rows.collect())
        }
        GroupQuestion::Fetch(_) => tap::fetched_of(&answered.read().ok()?, answered.version, targets),
        GroupQuestion::DeleteGroup => {
            let it = answered.read::<DeleteGroupsResponse>().ok()?.results.into_iter().next()?;
            GroupAnswer::GroupDeleted(ErrorCode::from_wire(it.error_code))
        }
        GroupQuestion::DeleteOffsets(_) => {
            let it: OffsetDeleteResponse = answered.read().ok()?;
            let rows = it.topics.iter().flat_map(|topic| {
                topic.partitions.iter().filter_map(|it| row(&topic.name, it.partition_index, it.error_code))
            });
            match ErrorCode::from_wire(it.error_code) {
                ErrorCode::None => GroupAnswer::OffsetsDeleted(rows.collect()),
                error => GroupAnswer::OffsetsNotDeleted(error),
            }
        }
        GroupQuestion::Describe(_) => {
            let it = answered.read::<DescribeGroupsResponse>().ok()?.groups.into_iter().next()?;
            GroupAnswer::Described(ErrorCode::from_wire(it.error_code), Arc::from(&*it.group_state))
        }
        GroupQuestion::List => {
            let it: ListGroupsResponse = answered.read().ok()?;
            let name = group.name();
            GroupAnswer::Listed(match ErrorCode::from_wire(it.error_code) {
                ErrorCode::None => Ok(it.groups.iter().any(|it| *it.group_id == *name)),
                error => Err(error),
            })
        }
        _ => return None,
    })
}
