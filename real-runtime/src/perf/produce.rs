//! The load of producers.

use super::Outcome;
use crate::caller::{CallError, Caller};
use bytes::Bytes;
use core::time::Duration;
use gracchus_core::record::BatchBuilder;
use gracchus_core::types::Timestamp;
use gracchus_core::wire::produce::{PartitionProduceData, TopicProduceData};
use gracchus_core::wire::{ProduceRequest, ProduceResponse};
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// What to send.
#[derive(Clone, Debug)]
pub struct ProduceLoad {
    /// `HOST:PORT`.
    pub bootstrap: String,
    /// To which topic.
    pub topic: String,
    /// To which of its partitions: connection number modulo this many, from the first on.
    pub partitions: i32,
    /// The first partition.
    pub first_partition: i32,
    /// In all.
    pub records: u64,
    /// Bytes of each record's value.
    pub record_size: usize,
    /// Records of each batch; one batch a request.
    pub batch_records: u64,
    /// Unanswered requests of each connection.
    pub in_flight: usize,
    /// Connections, each on a thread.
    pub connections: u64,
    /// 0, 1, or -1 for all.
    pub acks: i16,
}

/// One connection's part.
struct Share {
    latencies: Vec<Duration>,
    records: u64,
    bytes: u64,
}

/// Sends it, and measures.
pub fn produce(load: &ProduceLoad) -> Result<Outcome, CallError> {
    let callers: Vec<Caller<Option<Instant>>> = (0..load.connections).map(|_| greet(load)).collect::<Result<_, _>>()?;
    let batch = batch(load);
    let began = Instant::now();
    let shares: Vec<Share> = thread::scope(|scope| {
        let runs: Vec<_> = callers
            .into_iter()
            .zip(0i32..)
            .map(|(caller, number)| {
                let batch = batch.clone();
                scope.spawn(move || run(load, caller, load.first_partition + number % load.partitions, &batch))
            })
            .collect();
        runs.into_iter().map(|run| run.join().expect("a load's thread does not panic")).collect::<Result<_, _>>()
    })?;
    let elapsed = began.elapsed();
    let records = shares.iter().map(|share| share.records).sum();
    let bytes = shares.iter().map(|share| share.bytes).sum();
    let latencies = shares.into_iter().flat_map(|share| share.latencies).collect();
    Ok(Outcome::new(latencies, records, bytes, elapsed))
}

/// Connects, and waits until the topic is there.
fn greet(load: &ProduceLoad) -> Result<Caller<Option<Instant>>, CallError> {
    let mut caller = Caller::connect(&load.bootstrap)?;
    loop {
        let metadata = caller.metadata(&load.topic)?;
        let topic = metadata.topics.first();
        match topic.map(|topic| (topic.error_code, topic.partitions.len())) {
            Some((0, count)) if count >= (load.first_partition + load.partitions) as usize => return Ok(caller),
            // UNKNOWN_TOPIC_OR_PARTITION and LEADER_NOT_AVAILABLE pass while it is being created.
            Some((0 | 3 | 5, _)) => thread::sleep(Duration::from_millis(20)),
            Some((code, _)) => return Err(CallError::Code(code)),
            None => return Err(CallError::Code(-1)),
        }
    }
}

fn batch(load: &ProduceLoad) -> Bytes {
    let value = vec![b'x'; load.record_size];
    let mut batch = BatchBuilder::new((load.record_size + 16) * load.batch_records as usize);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
    for _ in 0..load.batch_records {
        batch.append(Timestamp(now), None, Some(&value), &[]);
    }
    batch.build()
}

fn run(load: &ProduceLoad, mut caller: Caller<Option<Instant>>, index: i32, batch: &Bytes) -> Result<Share, CallError> {
    let records = Some(batch.clone().into());
    let partition_data = vec![PartitionProduceData { index, records }];
    let topic = TopicProduceData { name: load.topic.as_str().into(), partition_data, ..TopicProduceData::default() };
    let body = ProduceRequest { transactional_id: None, acks: load.acks, timeout_ms: 30_000, topic_data: vec![topic] };
    let requests = (load.records / load.connections).div_ceil(load.batch_records);
    let mut share = Share { latencies: Vec::with_capacity(requests as usize), records: 0, bytes: 0 };
    let mut sent = 0;
    while sent < requests || caller.in_flight() > 0 {
        while sent < requests && caller.in_flight() < load.in_flight {
            let at = Instant::now();
            if load.acks == 0 {
                caller.send_unanswered(&body)?;
                share.latencies.push(at.elapsed());
            } else {
                caller.send(&body, Some(at))?;
            }
            sent += 1;
            share.records += load.batch_records;
            share.bytes += batch.len() as u64;
        }
        if caller.in_flight() > 0 {
            let answer = caller.receive()?;
            share.latencies.push(answer.purpose.map_or(Duration::ZERO, |sent| sent.elapsed()));
            check(&answer.read().map_err(CallError::Decode)?)?;
        }
    }
    Ok(share)
}

fn check(answer: &ProduceResponse) -> Result<(), CallError> {
    let rows = answer.responses.iter().flat_map(|topic| &topic.partition_responses);
    match rows.map(|row| row.error_code).find(|code| *code != 0) {
        Some(code) => Err(CallError::Code(code)),
        None => Ok(()),
    }
}
