//! What the brokers know of groups: who is in them, and what they committed.
//!
//! **In Kafka**: `ListGroups`, `DescribeGroups`, `OffsetFetch` (KIP-709), as `ConsumerGroupCommand` asks them.

use crate::caller::{Brokers, LATEST};
use crate::cli::failure::{Failure, nearest};
use crate::cli::selection::Partition;
use gracchus_core::types::ErrorCode;
use gracchus_core::wire::describe_groups::{DescribedGroup, DescribedGroupMember};
use gracchus_core::wire::offset_fetch::{OffsetFetchRequestGroup, OffsetFetchResponse};
use gracchus_core::wire::{
    ConsumerProtocolAssignment, DescribeGroupsRequest, ListGroupsRequest, OffsetFetchRequest, decode_consumer_protocol,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// The first version of OffsetFetch that asks for several groups (KIP-709).
const BATCHED_OFFSETS: i16 = 8;

/// One group of the cluster's.
#[derive(Serialize)]
pub struct Listed {
    pub group: String,
    pub state: String,
    pub protocol_type: String,
    /// Empty where the broker is too old to tell.
    #[serde(rename = "type")]
    pub kind: String,
    pub coordinator: i32,
}

/// One member.
#[derive(Serialize)]
pub struct Member {
    pub id: String,
    pub instance: Option<String>,
    pub client: String,
    pub host: String,
    #[serde(serialize_with = "partitions_as_rows")]
    pub partitions: Vec<Partition>,
}

/// What was committed for a partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Committed {
    pub offset: i64,
    pub metadata: String,
}

#[derive(Serialize)]
struct PartitionRow<'a> {
    topic: &'a str,
    partition: i32,
}

fn partitions_as_rows<S: serde::Serializer>(partitions: &[Partition], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(partitions.iter().map(|(topic, partition)| PartitionRow { topic, partition: *partition }))
}

/// All groups, sorted by name.
pub fn list(brokers: &mut Brokers) -> Result<Vec<Listed>, Failure> {
    let mut groups = Vec::new();
    let nodes: Vec<i32> = brokers.addresses().keys().copied().collect();
    for node in nodes {
        let answer = brokers.node(node)?.call(&ListGroupsRequest::default())?;
        if answer.error_code != 0 {
            return Err(Failure::refused(
                format!("the groups of broker {node} are not known"),
                answer.error_code,
                None,
            ));
        }
        groups.extend(answer.groups.into_iter().map(|group| Listed {
            group: group.group_id.to_string(),
            state: group.group_state.to_string(),
            protocol_type: group.protocol_type.to_string(),
            kind: group.group_type.to_string(),
            coordinator: node,
        }));
    }
    groups.sort_by(|one, other| one.group.cmp(&other.group));
    Ok(groups)
}

/// A group as its coordinator knows it; none where there is no such group.
pub fn describe(brokers: &mut Brokers, name: &str) -> Result<Option<DescribedGroup>, Failure> {
    let body = DescribeGroupsRequest { groups: vec![name.into()], include_authorized_operations: false };
    let first = |rows: &[DescribedGroup]| rows.first().map_or(-1, |row| row.error_code);
    let mut answer = brokers.ask_coordinator(name, &body, |answer| first(&answer.groups))?;
    let Some(group) = answer.groups.pop() else {
        return Err(Failure::new(1, format!("group {name}: its coordinator says nothing of it")));
    };
    match ErrorCode::from_wire(group.error_code) {
        // Brokers before Kafka 4.0 call a group dead that does not exist.
        ErrorCode::None => Ok(Some(group).filter(|group| &*group.group_state != "Dead")),
        ErrorCode::GroupIdNotFound => {
            // A group of the new protocol (KIP-848) is unknown to this request only.
            let of_that_name = list(brokers)?.into_iter().find(|listed| listed.group == name);
            match of_that_name.filter(|listed| listed.kind.eq_ignore_ascii_case("consumer")) {
                Some(_) => {
                    let what = "its members use the new consumer protocol (KIP-848), which this command does not speak";
                    Err(Failure::new(1, format!("group {name}: {what}")))
                }
                None => Ok(None),
            }
        }
        _ => {
            let what = format!("group {name} cannot be described");
            Err(Failure::refused(what, group.error_code, group.error_message.as_deref()))
        }
    }
}

/// Says that a group does not exist, and what to do.
pub fn unknown_group(brokers: &mut Brokers, name: &str) -> Failure {
    let known = list(brokers).unwrap_or_default();
    let next = match nearest(name, known.iter().map(|listed| listed.group.as_str())) {
        Some(near) => format!("did you mean {near}?"),
        None => "`gracchus group list` shows the groups".to_owned(),
    };
    Failure::new(1, format!("group {name} does not exist; {next}"))
}

/// What a member is, and what it is assigned.
pub fn member(of: &DescribedGroupMember) -> Member {
    // What another client than a consumer keeps there is its own affair.
    let assignment = decode_consumer_protocol::<ConsumerProtocolAssignment>(of.member_assignment.clone());
    let topics = assignment.map(|assignment| assignment.assigned_partitions).unwrap_or_default();
    let mut partitions: Vec<Partition> = topics
        .iter()
        .flat_map(|topic| topic.partitions.iter().map(|partition| (topic.topic.to_string(), *partition)))
        .collect();
    partitions.sort();
    Member {
        id: of.member_id.to_string(),
        instance: of.group_instance_id.as_ref().map(ToString::to_string),
        client: of.client_id.to_string(),
        host: of.client_host.to_string(),
        partitions,
    }
}

/// All that a group has committed.
pub fn committed(brokers: &mut Brokers, name: &str) -> Result<BTreeMap<Partition, Committed>, Failure> {
    let group = OffsetFetchRequestGroup { group_id: name.into(), topics: None, ..Default::default() };
    let body = OffsetFetchRequest { group_id: name.into(), topics: None, groups: vec![group], require_stable: false };
    let node = brokers.coordinator(name)?;
    let is_batched = brokers.node(node)?.version::<OffsetFetchRequest>()? >= BATCHED_OFFSETS;
    let error = |answer: &OffsetFetchResponse| match is_batched {
        true => answer.groups.first().map_or(-1, |group| group.error_code),
        false => answer.error_code,
    };
    let answer = brokers.ask_coordinator(name, &body, error)?;
    if error(&answer) != 0 {
        return Err(Failure::refused(format!("the offsets of group {name} are not known"), error(&answer), None));
    }
    let old = answer.topics.into_iter().flat_map(|topic| {
        let rows = topic.partitions.into_iter().map(|row| (row.partition_index, row.committed_offset, row.metadata));
        rows.map(move |row| (topic.name.to_string(), row))
    });
    let new = answer.groups.into_iter().flat_map(|group| group.topics).flat_map(|topic| {
        let rows = topic.partitions.into_iter().map(|row| (row.partition_index, row.committed_offset, row.metadata));
        rows.map(move |row| (topic.name.to_string(), row))
    });
    let rows = old.chain(new).filter(|(_, (_, offset, _))| *offset >= 0);
    let committed = rows.map(|(topic, (partition, offset, metadata))| {
        let metadata = metadata.map(|text| text.to_string()).unwrap_or_default();
        ((topic, partition), Committed { offset, metadata })
    });
    Ok(committed.collect())
}

/// Where the logs of these partitions end; those that are not known are left out.
pub fn ends(brokers: &mut Brokers, partitions: &[Partition]) -> Result<BTreeMap<Partition, i64>, Failure> {
    let found = brokers.offsets(partitions, LATEST)?;
    Ok(found.into_iter().filter_map(|(partition, offset)| Some((partition, offset.offset()?))).collect())
}
