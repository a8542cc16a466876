//! Produce: one batch for each partition, each accepted or refused by itself.

use super::leaders::Leaders;
use crate::broker::context::{BrokerContext, partition_of};
use crate::broker::question::Reply;
use crate::broker::request::{Answer, Begun, Belongs, BrokerApis, Client, Progress, RequestContext, Serve, Waiting};
use crate::broker::slices::{Seen, Slices};
use crate::io::Site;
use crate::metadata::is_internal_topic;
use crate::replica::{Acks, PartitionAnswer, PartitionAsk, ProduceRefusal, Produced};
use crate::sometimes;
use crate::types::{ErrorCode, Offset};
use crate::wire::produce::{
    BatchIndexAndErrorMessage, LeaderIdAndEpoch, NodeEndpoint, PartitionProduceData, PartitionProduceResponse,
    ProduceResponse, TopicProduceResponse,
};
use crate::wire::{ProduceRequest, Records};
use bytes::Bytes;
use bytestring::ByteString;

/// The first version that names topics by id (KIP-516).
const BY_ID: i16 = 13;

/// The first version whose clients know zstd (KIP-110).
const ZSTD: i16 = 7;

/// The client id that may write to internal topics, as in Kafka (`AdminUtils.ADMIN_CLIENT_ID`).
const ADMIN_CLIENT: &str = "__admin_client";

/// Time in milliseconds that the session waits beyond the request's own deadline. Each partition answers by that
/// deadline, unless its shard is stuck. A partition that has still not answered gets REQUEST_TIMED_OUT from the
/// session.
const GRACE_MS: i64 = 500;

/// A Produce request whose partitions have not all answered.
#[derive(Clone, Debug)]
pub(in crate::broker) struct Produce {
    acks: Acks,
    /// The rows of the response. A row that is not answered yet has REQUEST_TIMED_OUT.
    rows: Vec<TopicProduceResponse>,
    slices: Slices,
    /// The current leaders of partitions that this broker does not lead. The response includes their addresses
    /// (KIP-951).
    leaders: Leaders,
}

impl Serve<BrokerApis> for ProduceRequest {
    fn breadth(&self) -> usize {
        self.topic_data.iter().map(|topic| 1 + topic.partition_data.len()).sum()
    }

    fn belongs(&self, version: i16, broker: &BrokerContext) -> Belongs {
        let partitions = self.topic_data.iter().flat_map(|topic| {
            let found = broker.topic(&topic.name, topic.topic_id, version >= BY_ID);
            let indexes = topic.partition_data.iter().map(|row| row.index);
            indexes.filter_map(move |index| partition_of(found?, index))
        });
        Belongs::with(partitions, false, broker)
    }

    /// Sends each batch to its partition, in the order of the request.
    fn begin(self, client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
        begin(self, client, cx)
    }
}

fn begin(request: ProduceRequest, client: &Client<'_>, cx: &mut RequestContext<'_, '_>) -> Begun {
    // As in Kafka, only a client with this client id may write to internal topics (`KafkaApis.handleProduceRequest`).
    let may_write_internal = client.id.is_some_and(|id| &**id == ADMIN_CLIENT);
    let acks = Acks::from_wire(request.acks);
    let is_transactional = request.transactional_id.is_some();
    let deadline = cx.now().plus_ms(i64::from(request.timeout_ms));
    let mut produce = Produce {
        acks: acks.unwrap_or(Acks::Leader),
        rows: Vec::with_capacity(request.topic_data.len()),
        slices: Slices::default(),
        leaders: Leaders::default(),
    };
    let mut seen = Seen::default();
    for topic in request.topic_data {
        let by_id = cx.head.version >= BY_ID;
        let found = cx.view.topic(&topic.name, topic.topic_id, by_id);
        let is_closed = !may_write_internal && found.is_some_and(|found| is_internal_topic(&found.name));
        let mut rows = Vec::with_capacity(topic.partition_data.len());
        for PartitionProduceData { index, records } in topic.partition_data {
            let partition = found.and_then(|found| partition_of(found, index));
            let checked = match partition {
                None if by_id && found.is_none() => Err(ErrorCode::UnknownTopicId),
                None => Err(ErrorCode::UnknownTopicOrPartition),
                Some(partition) => match looked_at(records, cx.head.version) {
                    Ok(_) if acks.is_none() => Err(ErrorCode::InvalidRequiredAcks),
                    // There is no transaction coordinator yet. So the producer gets the error that a coordinator gives
                    // for an unknown transactional id (KIP-890).
                    Ok(_) if is_transactional => Err(ErrorCode::InvalidProducerIdMapping),
                    Ok(_) if is_closed => Err(ErrorCode::InvalidTopicException),
                    looked_at => looked_at.map(|records| (partition, records)),
                },
            };
            let error = match checked {
                // Clients find a row of the response by its partition, so a second batch for one partition could not be
                // answered. It is refused rather than silently dropped.
                Ok((partition, _)) if !seen.is_first(partition) => ErrorCode::InvalidRequest,
                Ok((partition, records)) => {
                    let slice = produce.slices.push(produce.rows.len(), rows.len());
                    let (acks, held) = (produce.acks, cx.head.frame);
                    let what = PartitionAsk::Produce { records, held, acks, deadline, transactional: false };
                    cx.ask(slice, partition, what);
                    ErrorCode::RequestTimedOut
                }
                Err(error) => error,
            };
            rows.push(row(index, error));
        }
        let (name, topic_id) = (topic.name, topic.topic_id);
        produce.rows.push(TopicProduceResponse { name, topic_id, partition_responses: rows });
    }
    if produce.slices.is_complete() {
        return Begun::Done(produce.finish(cx));
    }
    Begun::waiting(produce, deadline.plus_ms(GRACE_MS))
}

impl Waiting<BrokerApis> for Produce {
    fn questions(&self) -> usize {
        self.slices.len()
    }

    fn is_silent(&self) -> bool {
        self.acks == Acks::None
    }

    fn on_reply(&mut self, n: usize, reply: Reply, cx: &mut RequestContext<'_, '_>) -> Progress {
        let Reply::Replica(PartitionAnswer::Produced(answer)) = reply else { return Progress::Wait };
        self.on_produced(n, answer, cx)
    }

    fn on_deadline(&mut self, cx: &mut RequestContext<'_, '_>) -> Progress {
        Progress::Done(self.finish(cx))
    }
}

impl Produce {
    fn on_produced(
        &mut self,
        slice: usize,
        answer: Result<Produced, ProduceRefusal>,
        cx: &mut RequestContext<'_, '_>,
    ) -> Progress {
        let Some((topic, row)) = self.slices.take(slice) else { return Progress::Wait };
        let TopicProduceResponse { name, topic_id, partition_responses } = &mut self.rows[topic];
        let row = &mut partition_responses[row];
        match answer {
            Ok(produced) => accept(row, produced),
            Err(refusal) => {
                // KIP-951: the response names the leader, so that the client needs no Metadata request to find the
                // leader.
                if refusal.error == ErrorCode::NotLeaderOrFollower {
                    let broker = cx.view;
                    let found = broker.topic(name, *topic_id, cx.head.version >= BY_ID);
                    let partition = found.and_then(|found| partition_of(found, row.index));
                    let leader = refusal.current_leader.or_else(|| broker.leader(partition?));
                    let (leader_id, leader_epoch) = leader.map_or((-1, -1), |leader| self.leaders.note(leader));
                    row.current_leader = LeaderIdAndEpoch { leader_id, leader_epoch };
                }
                refuse(row, refusal);
            }
        }
        if self.slices.is_complete() { Progress::Done(self.finish(cx)) } else { Progress::Wait }
    }

    /// Ends the request with its response, or without one for acks=0. Rows that were not answered keep
    /// REQUEST_TIMED_OUT.
    fn finish(&mut self, cx: &mut RequestContext<'_, '_>) -> Answer {
        if !self.slices.is_complete() {
            sometimes!(cx.env, true, Site::BrokerSliceTimedOut);
        }
        let rows = core::mem::take(&mut self.rows);
        if self.acks == Acks::None {
            // A client that expects no response learns of an error because its connection is closed.
            let failed = rows.iter().flat_map(|topic| &topic.partition_responses).any(|row| row.error_code != 0);
            return if failed { Answer::HangUp } else { Answer::Silence };
        }
        let addresses = self.leaders.addresses(cx.view, cx.head.listener);
        let node_endpoints =
            addresses.map(|it| NodeEndpoint { node_id: it.node, host: it.host, port: it.port, rack: it.rack });
        let body = ProduceResponse { responses: rows, throttle_time_ms: 0, node_endpoints: node_endpoints.collect() };
        cx.answer(&body)
    }
}

/// Makes the session's checks of the records, and returns their bytes. There must be records, and a client of a version
/// before zstd must not send zstd. The partition makes all other checks.
fn looked_at(records: Option<Records>, version: i16) -> Result<Bytes, ErrorCode> {
    /// Position of a batch's attributes: behind the base offset, length, leader epoch, magic byte and checksum.
    const ATTRIBUTES: usize = 21;
    const CODEC_MASK: u8 = 0b111;
    const CODEC_ZSTD: u8 = 4;
    let records = records.unwrap_or_default().into_bytes();
    if records.is_empty() {
        return Err(ErrorCode::InvalidRecord);
    }
    let codec = records.get(ATTRIBUTES + 1).map(|low| low & CODEC_MASK);
    if version < ZSTD && codec == Some(CODEC_ZSTD) {
        return Err(ErrorCode::UnsupportedCompressionType);
    }
    Ok(records)
}

fn row(index: i32, error: ErrorCode) -> PartitionProduceResponse {
    PartitionProduceResponse {
        index,
        error_code: error.to_wire(),
        base_offset: -1,
        ..PartitionProduceResponse::default()
    }
}

fn accept(row: &mut PartitionProduceResponse, produced: Produced) {
    row.error_code = ErrorCode::None.to_wire();
    row.base_offset = produced.base.0;
    row.log_append_time_ms = produced.log_append_time.map_or(-1, |time| time.0);
    row.log_start_offset = produced.log_start.0;
}

fn refuse(row: &mut PartitionProduceResponse, refusal: ProduceRefusal) {
    row.error_code = refusal.error.to_wire();
    row.log_start_offset = Offset::to_wire(refusal.log_start);
    row.error_message = refusal.message.map(ByteString::from_static);
    let blame = |record: &crate::replica::RecordError| BatchIndexAndErrorMessage {
        batch_index: record.index,
        batch_index_error_message: Some(ByteString::from_static(record.message)),
    };
    row.record_errors = refusal.records.iter().map(blame).collect();
}
