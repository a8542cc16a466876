//! The scripts' client: writes one request at a time into a frame and reads the answer back into a line.

use bytes::{Bytes, BytesMut};
use gracchus_core::record::{BatchBuilder, Batches};
use gracchus_core::types::{ErrorCode, Timestamp, Uuid};
use gracchus_core::wire;

/// What a client waits for, by correlation id.
#[derive(Clone, Copy)]
pub enum Waiting {
    Produce,
    Fetch,
    DeleteRecords,
    Group(super::groups::Waiting),
}

pub fn produce(correlation: i32, topic: &str, partition: i32, values: &[&str], acks: i16) -> Bytes {
    let mut batch = BatchBuilder::new(256);
    for value in values {
        batch.append(Timestamp(1_700_000_000_000), None, Some(value.as_bytes()), &[]);
    }
    let request = wire::ProduceRequest {
        acks,
        timeout_ms: 1500,
        topic_data: vec![wire::produce::TopicProduceData {
            name: topic.into(),
            partition_data: vec![wire::produce::PartitionProduceData {
                index: partition,
                records: Some(wire::Records::from(batch.build())),
            }],
            ..Default::default()
        }],
        ..Default::default()
    };
    whole(wire::frame_request(None, correlation, &request, 9, &mut BytesMut::new()))
}

pub fn fetch(correlation: i32, id: Uuid, from: &[(i32, i64)], max_wait_ms: i32) -> Bytes {
    let partitions = from.iter().map(|(partition, offset)| wire::fetch::FetchPartition {
        partition: *partition,
        fetch_offset: *offset,
        partition_max_bytes: 1 << 20,
        ..Default::default()
    });
    let request = wire::FetchRequest {
        max_wait_ms,
        min_bytes: 1,
        max_bytes: 1 << 20,
        topics: vec![wire::fetch::FetchTopic { topic_id: id, partitions: partitions.collect(), ..Default::default() }],
        ..Default::default()
    };
    whole(wire::frame_request(None, correlation, &request, 13, &mut BytesMut::new()))
}

pub fn delete_records(correlation: i32, topic: &str, partition: i32, offset: i64, timeout_ms: i32) -> Bytes {
    let partition = wire::delete_records::DeleteRecordsPartition { partition_index: partition, offset };
    let topic = wire::delete_records::DeleteRecordsTopic { name: topic.into(), partitions: vec![partition] };
    let request = wire::DeleteRecordsRequest { topics: vec![topic], timeout_ms };
    whole(wire::frame_request(None, correlation, &request, 2, &mut BytesMut::new()))
}

/// A frame as a driver hands it in: in one piece, its length taken off.
pub fn whole(parts: Vec<Bytes>) -> Bytes {
    let mut frame = BytesMut::new();
    parts.iter().for_each(|part| frame.extend_from_slice(part));
    frame.freeze().slice(4..)
}

pub fn show_answer(waiting: Waiting, correlation: i32, frame: Bytes) -> String {
    match waiting {
        Waiting::Produce => {
            let answer: wire::ProduceResponse = wire::open_response(frame, correlation, 9).expect("an answer is whole");
            let partition = &answer.responses[0].partition_responses[0];
            match ErrorCode::from_wire(partition.error_code) {
                ErrorCode::None => format!("Produce {}: taken at {}", partition.index, partition.base_offset),
                error => format!("Produce {}: {error}", partition.index),
            }
        }
        Waiting::Fetch => {
            let answer: wire::FetchResponse = wire::open_response(frame, correlation, 13).expect("an answer is whole");
            let partitions = answer.responses.iter().flat_map(|topic| &topic.partitions).map(|partition| {
                let records = partition.records.clone().map(wire::Records::into_bytes).unwrap_or_default();
                let values: Vec<String> = values(records);
                let error = match ErrorCode::from_wire(partition.error_code) {
                    ErrorCode::None => String::new(),
                    error => format!(" {error}"),
                };
                format!("{}:{error} hw {} [{}]", partition.partition_index, partition.high_watermark, values.join(" "))
            });
            format!("Fetch {}", partitions.collect::<Vec<_>>().join(", "))
        }
        Waiting::DeleteRecords => {
            let answer: wire::DeleteRecordsResponse =
                wire::open_response(frame, correlation, 2).expect("an answer is whole");
            let partition = &answer.topics[0].partitions[0];
            match ErrorCode::from_wire(partition.error_code) {
                ErrorCode::None => {
                    format!("DeleteRecords {}: low watermark {}", partition.partition_index, partition.low_watermark)
                }
                error => format!("DeleteRecords {}: {error}", partition.partition_index),
            }
        }
        Waiting::Group(_) => unreachable!("groups show their own answers"),
    }
}

fn values(records: Bytes) -> Vec<String> {
    let mut values = Vec::new();
    for batch in Batches::new(records) {
        let batch = batch.expect("a served batch is whole");
        for (at, record) in batch.records().enumerate() {
            let record = record.expect("a served record is whole");
            let value = String::from_utf8_lossy(record.value.unwrap_or_default()).into_owned();
            values.push(format!("{}={value}", batch.header().base.0 + at as i64));
        }
    }
    values
}
