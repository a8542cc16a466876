//! DescribeProducers: the idempotent and transactional producers in the producer state of a partition.
//!
//! **In Kafka**: `KafkaApis.handleDescribeProducersRequest`, `Partition.activeProducerState`; KIP-664.

use super::new_topics::name_fault;
use crate::broker::context::partition_of;
use crate::broker::question::Reply;
use crate::broker::request::{Answer, Begun, BrokerApis, Client, Progress, RequestContext, Serve, Waiting};
use crate::broker::slices::{Seen, Slices};
use crate::log::ActiveProducer;
use crate::replica::{PartitionAnswer, PartitionAsk};
use crate::types::ErrorCode;
use crate::wire::DescribeProducersRequest;
use crate::wire::describe_producers::{DescribeProducersResponse, PartitionResponse, ProducerState, TopicResponse};
use bytestring::ByteString;

/// Time in milliseconds that the session waits for the partitions' answers.
const PATIENCE_MS: i64 = 10_000;

const NO_SUCH_TOPIC: &str = "There is no topic of that name; check the name, or make the topic.";

/// A DescribeProducers request whose partitions have not all answered.
#[derive(Clone, Debug)]
pub(in crate::broker) struct Producers {
    /// The rows of the response. A row that is not answered yet has REQUEST_TIMED_OUT.
    rows: Vec<TopicResponse>,
    slices: Slices,
}

impl Serve<BrokerApis> for DescribeProducersRequest {
    fn breadth(&self) -> usize {
        self.topics.iter().map(|topic| 1 + topic.partition_indexes.len()).sum()
    }

    /// Asks each partition once. If the request names a partition again, the second row is refused, because a
    /// partition's answer may be large.
    fn begin(self, _client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        begin(self, cx)
    }
}

fn begin(request: DescribeProducersRequest, cx: &mut RequestContext<'_, '_>) -> Begun {
    let mut producers = Producers { rows: Vec::with_capacity(request.topics.len()), slices: Slices::default() };
    let mut seen = Seen::default();
    for topic in request.topics {
        let fault = name_fault(&topic.name);
        let found = cx.view.image.topic_named(&topic.name);
        let mut rows = Vec::with_capacity(topic.partition_indexes.len());
        for index in topic.partition_indexes {
            let partition = found.and_then(|found| partition_of(found, index));
            let (error, message) = match (fault, partition) {
                (Some(fault), _) => (ErrorCode::InvalidTopicException, Some(fault)),
                // As in Kafka, a missing topic is refused with a message, and a missing partition without one.
                (None, None) if found.is_none() => (ErrorCode::UnknownTopicOrPartition, Some(NO_SUCH_TOPIC)),
                (None, None) => (ErrorCode::UnknownTopicOrPartition, None),
                (None, Some(partition)) if !seen.is_first(partition) => {
                    (ErrorCode::InvalidRequest, Some("The partition is named more than once."))
                }
                (None, Some(partition)) => {
                    let question = producers.slices.push(producers.rows.len(), rows.len());
                    cx.ask(question, partition, PartitionAsk::Producers);
                    (ErrorCode::RequestTimedOut, None)
                }
            };
            rows.push(PartitionResponse {
                partition_index: index,
                error_code: error.to_wire(),
                error_message: message.map(ByteString::from_static),
                active_producers: Vec::new(),
            });
        }
        producers.rows.push(TopicResponse { name: topic.name, partitions: rows });
    }
    if producers.slices.is_complete() {
        return Begun::Done(producers.finish(cx));
    }
    let deadline = cx.now().plus_ms(PATIENCE_MS);
    Begun::waiting(producers, deadline)
}

impl Waiting<BrokerApis> for Producers {
    fn questions(&self) -> usize {
        self.slices.len()
    }

    fn on_reply(&mut self, n: usize, reply: Reply, cx: &mut RequestContext<'_, '_>) -> Progress {
        let Reply::Replica(PartitionAnswer::Producers(answer)) = reply else { return Progress::Wait };
        let Some((topic, row)) = self.slices.take(n) else { return Progress::Wait };
        let row = &mut self.rows[topic].partitions[row];
        match answer {
            Ok(active) => {
                row.error_code = ErrorCode::None.to_wire();
                row.active_producers = active.into_iter().map(state).collect();
            }
            Err(error) => row.error_code = error.to_wire(),
        }
        if self.slices.is_complete() { Progress::Done(self.finish(cx)) } else { Progress::Wait }
    }

    fn on_deadline(&mut self, cx: &mut RequestContext<'_, '_>) -> Progress {
        Progress::Done(self.finish(cx))
    }
}

impl Producers {
    /// Encodes the response. Rows that were not answered keep REQUEST_TIMED_OUT.
    fn finish(&mut self, cx: &mut RequestContext<'_, '_>) -> Answer {
        cx.answer(&DescribeProducersResponse { throttle_time_ms: 0, topics: core::mem::take(&mut self.rows) })
    }
}

/// Converts a producer for the response, where -1 stands for an unknown value.
fn state(producer: ActiveProducer) -> ProducerState {
    ProducerState {
        producer_id: producer.id.0,
        producer_epoch: i32::from(producer.epoch.0),
        last_sequence: producer.last_sequence.unwrap_or(-1),
        last_timestamp: producer.last_timestamp.0,
        coordinator_epoch: producer.coordinator_epoch.unwrap_or(-1),
        current_txn_start_offset: producer.open_transaction.map_or(-1, |offset| offset.0),
    }
}
