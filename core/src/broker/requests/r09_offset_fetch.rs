//! OffsetFetch: the committed offsets of one group, or of many from version 8 on (KIP-709).

use super::group_call::{PATIENCE_MS, coordinator_partition};
use super::known_partitions::name_of;
use crate::broker::context::BrokerContext;
use crate::broker::question::{Question, Reply};
use crate::broker::request::{Answer, Begun, BrokerApis, Client, Progress, RequestContext, Serve, Waiting};
use crate::broker::slices::Slices;
use crate::group::{GroupAnswer, GroupAsk};
use crate::types::{ErrorCode, Uuid};
use crate::wire::OffsetFetchRequest;
use crate::wire::offset_fetch::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopics, OffsetFetchResponse, OffsetFetchResponseGroup,
    OffsetFetchResponsePartition, OffsetFetchResponsePartitions, OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use bytestring::ByteString;

/// The first version whose response has an error code for the group (KIP-88). Before it, the group's error is in the row
/// of every requested partition.
const OWN_ERROR: i16 = 2;

/// The first version that asks for several groups (KIP-709).
const SEVERAL: i16 = 8;

/// The first version that names topics by id (KIP-848).
const BY_ID: i16 = 10;

/// A request about groups whose coordinators have not all answered.
#[derive(Clone, Debug, Default)]
struct Fetching {
    /// The groups of the response, in the order of the request. A group whose coordinator has not answered yet has
    /// NOT_COORDINATOR.
    groups: Vec<OffsetFetchResponseGroup>,
    /// For each group, the rows of topics whose ids are unknown. They follow the coordinator's rows in the response.
    unknown: Vec<Vec<OffsetFetchResponseTopics>>,
    /// The requested topics, if an error of the group must be in the rows of their partitions; otherwise empty.
    requested: Vec<OffsetFetchRequestTopics>,
    slices: Slices,
}

impl Serve<BrokerApis> for OffsetFetchRequest {
    fn breadth(&self) -> usize {
        let old = self.topics.iter().flatten().map(|topic| 1 + topic.partition_indexes.len()).sum::<usize>();
        let topics = |group: &OffsetFetchRequestGroup| -> usize {
            group.topics.iter().flatten().map(|topic| 1 + topic.partition_indexes.len()).sum()
        };
        old + self.groups.iter().map(|group| 1 + topics(group)).sum::<usize>()
    }

    /// Asks the coordinator of each group for the group's committed offsets.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        let version = cx.head.version;
        let require_stable = self.require_stable;
        let groups = if version >= SEVERAL { self.groups } else { vec![only_group(self)] };
        let mut fetching = Fetching::default();
        for mut group in groups {
            if version < OWN_ERROR {
                fetching.requested = group.topics.clone().unwrap_or_default();
            }
            let mut row =
                OffsetFetchResponseGroup { group_id: group.group_id.clone(), ..OffsetFetchResponseGroup::default() };
            let unknown = if version >= BY_ID { take_unknown(&mut group, cx.view) } else { Vec::new() };
            match coordinator_partition(&group.group_id, cx.view) {
                Some(partition) => {
                    let n = fetching.slices.push(fetching.groups.len(), 0);
                    row.error_code = ErrorCode::NotCoordinator.to_wire();
                    let what = GroupAsk::FetchOffsets { request: group, require_stable };
                    cx.ask_partition(n, partition, Question::Group(Box::new(what)));
                }
                None => row.error_code = ErrorCode::NotCoordinator.to_wire(),
            }
            fetching.groups.push(row);
            fetching.unknown.push(unknown);
        }
        if fetching.slices.is_complete() {
            return Begun::Done(fetching.finish(cx));
        }
        let deadline = cx.now().plus_ms(PATIENCE_MS);
        Begun::waiting(fetching, deadline)
    }
}

impl Waiting<BrokerApis> for Fetching {
    fn questions(&self) -> usize {
        self.slices.len()
    }

    fn on_reply(&mut self, n: usize, reply: Reply, cx: &mut RequestContext<'_, '_>) -> Progress {
        let Reply::Group(answer) = reply else { return Progress::Wait };
        let GroupAnswer::FetchOffsets(answer) = *answer else { return Progress::Wait };
        let Some((at, _)) = self.slices.take(n) else { return Progress::Wait };
        self.groups[at] = answer;
        if self.slices.is_complete() { Progress::Done(self.finish(cx)) } else { Progress::Wait }
    }

    fn on_deadline(&mut self, cx: &mut RequestContext<'_, '_>) -> Progress {
        Progress::Done(self.finish(cx))
    }
}

impl Fetching {
    /// Encodes the response in the form of the request's version. Groups that were not answered keep NOT_COORDINATOR.
    fn finish(&mut self, cx: &mut RequestContext<'_, '_>) -> Answer {
        let mut groups = core::mem::take(&mut self.groups);
        if cx.head.version < SEVERAL {
            let mut group = groups.pop().expect("the request was for one group");
            if cx.head.version < OWN_ERROR && group.error_code != ErrorCode::None.to_wire() {
                group.topics = self.requested.iter().map(|topic| refused_topic(topic, group.error_code)).collect();
            }
            let body = OffsetFetchResponse {
                error_code: group.error_code,
                topics: group.topics.into_iter().map(old_topic).collect(),
                ..OffsetFetchResponse::default()
            };
            return cx.answer(&body);
        }
        for (group, unknown) in groups.iter_mut().zip(core::mem::take(&mut self.unknown)) {
            if cx.head.version >= BY_ID {
                name_by_id(group, cx.view);
            }
            if group.error_code == ErrorCode::None.to_wire() {
                group.topics.extend(unknown);
            }
        }
        cx.answer(&OffsetFetchResponse { groups, ..OffsetFetchResponse::default() })
    }
}

/// Returns the one group that a request of a version up to 7 asks for, in the form of later versions.
fn only_group(request: OffsetFetchRequest) -> OffsetFetchRequestGroup {
    let topic = |topic: crate::wire::offset_fetch::OffsetFetchRequestTopic| OffsetFetchRequestTopics {
        name: topic.name,
        topic_id: Uuid::ZERO,
        partition_indexes: topic.partition_indexes,
    };
    OffsetFetchRequestGroup {
        group_id: request.group_id,
        topics: request.topics.map(|topics| topics.into_iter().map(topic).collect()),
        ..OffsetFetchRequestGroup::default()
    }
}

/// Fills in the names of topics that are requested by id. Removes topics whose id is unknown from the question, and
/// returns their rows for the response.
fn take_unknown(group: &mut OffsetFetchRequestGroup, broker: &BrokerContext) -> Vec<OffsetFetchResponseTopics> {
    let Some(topics) = &mut group.topics else { return Vec::new() };
    let mut unknown = Vec::new();
    topics.retain_mut(|topic| match name_of(topic.topic_id, broker) {
        Some(name) => {
            topic.name = name;
            true
        }
        None => {
            unknown.push(refused_topic(topic, ErrorCode::UnknownTopicId.to_wire()));
            false
        }
    });
    unknown
}

/// Returns the rows of a topic for whose partitions there is only an error.
fn refused_topic(topic: &OffsetFetchRequestTopics, error_code: i16) -> OffsetFetchResponseTopics {
    let row = |index: &i32| OffsetFetchResponsePartitions {
        partition_index: *index,
        committed_offset: -1,
        committed_leader_epoch: -1,
        metadata: Some(ByteString::new()),
        error_code,
    };
    OffsetFetchResponseTopics {
        name: topic.name.clone(),
        topic_id: topic.topic_id,
        partitions: topic.partition_indexes.iter().map(row).collect(),
    }
}

/// Fills in the ids of the topics in a group's answer. Removes topics that have no id, because they were deleted since
/// the offsets were committed.
fn name_by_id(group: &mut OffsetFetchResponseGroup, broker: &BrokerContext) {
    group.topics.retain_mut(|topic| {
        if topic.topic_id == Uuid::ZERO
            && let Some(found) = broker.image.topic_named(&topic.name)
        {
            topic.topic_id = found.id.0;
        }
        topic.topic_id != Uuid::ZERO
    });
}

fn old_topic(topic: OffsetFetchResponseTopics) -> OffsetFetchResponseTopic {
    let row = |row: OffsetFetchResponsePartitions| OffsetFetchResponsePartition {
        partition_index: row.partition_index,
        committed_offset: row.committed_offset,
        committed_leader_epoch: row.committed_leader_epoch,
        metadata: row.metadata,
        error_code: row.error_code,
    };
    OffsetFetchResponseTopic { name: topic.name, partitions: topic.partitions.into_iter().map(row).collect() }
}
