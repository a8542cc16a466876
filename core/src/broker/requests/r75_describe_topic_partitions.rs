//! DescribeTopicPartitions: topics and their partitions, page by page.
//!
//! **In Kafka**: `DescribeTopicPartitionsRequestHandler`, `KRaftMetadataCache.describeTopicResponse`; KIP-966.

use super::authorized_operations;
use super::new_topics::name_fault;
use crate::broker::context::BrokerContext;
use crate::broker::request::{Begun, BrokerApis, Client, RequestContext, Serve};
use crate::io::ListenerId;
use crate::metadata::{PartitionRegistration, TopicImage, is_internal_topic};
use crate::types::{ErrorCode, NodeId, Uuid};
use crate::wire::DescribeTopicPartitionsRequest;
use crate::wire::describe_topic_partitions::{
    DescribeTopicPartitionsRequestCursor, DescribeTopicPartitionsResponse, DescribeTopicPartitionsResponseCursor,
    DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic,
};
use bytestring::ByteString;
use core::ops::Bound;
use std::collections::BTreeSet;

impl Serve<BrokerApis> for DescribeTopicPartitionsRequest {
    fn breadth(&self) -> usize {
        self.topics.len()
    }

    /// Answers with one page: topics sorted by name, starting at the cursor. The request and the broker's configuration
    /// limit the number of partitions of a page.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        let body = describe(&self, cx.view, cx.head.listener);
        cx.done(&body)
    }
}

fn describe(
    request: &DescribeTopicPartitionsRequest,
    broker: &BrokerContext,
    listener: ListenerId,
) -> DescribeTopicPartitionsResponse {
    let names: BTreeSet<&str> = request.topics.iter().map(|topic| &*topic.name).collect();
    let from = request.cursor.as_ref().map_or("", |cursor| &*cursor.topic_name);
    if !is_valid(request.cursor.as_ref(), &names) {
        return refused(&names);
    }
    let limit = broker.config.max_request_partition_size_limit.min(request.response_partition_limit).max(1);
    let mut page = Page {
        broker,
        listener,
        cursor: request.cursor.as_ref(),
        left: limit as usize,
        topics: Vec::new(),
        next_cursor: None,
    };
    if names.is_empty() {
        let all = broker.image.names.range::<_, str>((Bound::Included(from), Bound::Unbounded));
        page.fill(all.map(|(name, _)| &**name));
    } else {
        page.fill(names.range(from..).copied());
    }
    DescribeTopicPartitionsResponse { throttle_time_ms: 0, topics: page.topics, next_cursor: page.next_cursor }
}

/// Returns whether the request's cursor is valid. A valid cursor has no negative partition index, and points to a topic
/// that the request asks for. A request without a cursor is valid too.
fn is_valid(cursor: Option<&DescribeTopicPartitionsRequestCursor>, names: &BTreeSet<&str>) -> bool {
    cursor.is_none_or(|cursor| cursor.partition_index >= 0 && (names.is_empty() || names.contains(&*cursor.topic_name)))
}

/// Refuses a request because of its cursor: every named topic gets the error. If the request asks for all topics, the
/// response has no row that could carry the error, as in Kafka.
fn refused(names: &BTreeSet<&str>) -> DescribeTopicPartitionsResponse {
    let topic = |name: &&str| DescribeTopicPartitionsResponseTopic {
        error_code: ErrorCode::InvalidRequest.to_wire(),
        name: Some(ByteString::from(*name)),
        ..DescribeTopicPartitionsResponseTopic::default()
    };
    let topics = names.iter().map(topic).collect();
    DescribeTopicPartitionsResponse { topics, ..DescribeTopicPartitionsResponse::default() }
}

/// A page of the response, to which topics are being added.
struct Page<'a> {
    broker: &'a BrokerContext,
    listener: ListenerId,
    /// Where the page begins: a topic, and the first of its partitions. `None` if the page begins at the first topic.
    cursor: Option<&'a DescribeTopicPartitionsRequestCursor>,
    /// How many more partitions the page may have.
    left: usize,
    topics: Vec<DescribeTopicPartitionsResponseTopic>,
    /// Where the next page begins.
    next_cursor: Option<DescribeTopicPartitionsResponseCursor>,
}

impl Page<'_> {
    /// Adds topics until the page is full.
    fn fill<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        for name in names {
            if !self.add(name) {
                break;
            }
        }
    }

    /// Adds a topic with its partitions, or with as many of them as the page has room for. Returns whether more topics
    /// may be added to the page.
    fn add(&mut self, name: &str) -> bool {
        if self.left == 0 {
            self.end(name, 0);
            return false;
        }
        let Some(topic) = self.broker.image.topic_named(name) else {
            let error = match name_fault(name) {
                Some(_) => ErrorCode::InvalidTopicException,
                None => ErrorCode::UnknownTopicOrPartition,
            };
            self.topics.push(row(name, error, Uuid::ZERO, Vec::new()));
            return true;
        };
        let cursor = self.cursor.filter(|cursor| *cursor.topic_name == *name);
        let first = cursor.map_or(0, |cursor| cursor.partition_index as usize);
        let partitions = self.partitions(topic, first);
        let next = first + partitions.len();
        self.left -= partitions.len();
        self.topics.push(row(name, ErrorCode::None, topic.id.0, partitions));
        if next < topic.partitions.len() {
            self.end(name, next);
            return false;
        }
        true
    }

    /// Ends the page: sets the cursor so that the next page begins with this partition.
    fn end(&mut self, name: &str, partition: usize) {
        let partition_index = i32::try_from(partition).expect("a topic has fewer partitions than 2^31");
        self.next_cursor =
            Some(DescribeTopicPartitionsResponseCursor { topic_name: ByteString::from(name), partition_index });
    }

    fn partitions(&self, topic: &TopicImage, first: usize) -> Vec<DescribeTopicPartitionsResponsePartition> {
        let partitions = (0..).zip(&topic.partitions).skip(first).take(self.left);
        partitions.map(|(index, partition)| self.partition(index, partition)).collect()
    }

    fn partition(&self, index: i32, partition: &PartitionRegistration) -> DescribeTopicPartitionsResponsePartition {
        let is_reachable = |node: &NodeId| self.broker.is_reachable(*node, self.listener);
        let listed = |nodes: &[NodeId]| nodes.iter().map(|node| node.0).collect();
        let offline = partition.replicas.iter().filter(|node| !is_reachable(node));
        DescribeTopicPartitionsResponsePartition {
            // Unlike in Metadata, a partition without a leader is no error in this API.
            error_code: ErrorCode::None.to_wire(),
            partition_index: index,
            leader_id: NodeId::to_wire(partition.leader.filter(is_reachable)),
            leader_epoch: partition.leader_epoch.0,
            replica_nodes: listed(&partition.replicas),
            isr_nodes: listed(&partition.isr),
            // KIP-966: eligible leader replicas are replicas outside the in-sync set that may become leader. The lists
            // are empty, because this broker does not have eligible leader replicas yet.
            eligible_leader_replicas: Some(Vec::new()),
            last_known_elr: Some(Vec::new()),
            offline_replicas: offline.map(|node| node.0).collect(),
        }
    }
}

fn row(
    name: &str,
    error: ErrorCode,
    topic_id: Uuid,
    partitions: Vec<DescribeTopicPartitionsResponsePartition>,
) -> DescribeTopicPartitionsResponseTopic {
    DescribeTopicPartitionsResponseTopic {
        error_code: error.to_wire(),
        name: Some(ByteString::from(name)),
        topic_id,
        is_internal: is_internal_topic(name),
        partitions,
        topic_authorized_operations: authorized_operations::of_topic(true),
    }
}
