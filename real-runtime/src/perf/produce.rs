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

/// How long a topic may take to be made.
const PATIENCE: Duration = Duration::from_secs(30);

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
    /// In all, at most.
    pub records: u64,
    /// Records a second, over all connections, at most. With none the next batch follows at once.
    pub throughput: Option<u64>,
    /// Nothing new is sent after that.
    pub time: Option<Duration>,
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

impl ProduceLoad {
    /// When the batch that follows after `sent` batches of one connection may be sent; none where that is at any time.
    fn due(&self, began: Instant, sent: u64) -> Option<Instant> {
        let seconds = (sent * self.batch_records * self.connections) as f64 / self.throughput?.max(1) as f64;
        Some(began + Duration::from_secs_f64(seconds.min(1e9)))
    }
}

/// One connection's part.
struct Share {
    latencies: Vec<Duration>,
    records: u64,
    bytes: u64,
}

/// Sends it, and measures.
pub fn produce(load: &ProduceLoad) -> Result<Outcome, CallError> {
    let batch = batch(load);
    let batch_len = batch.len() as u64;
    let share = |number: i32| {
        let body = body(load, load.first_partition + number % load.partitions, &batch);
        Ok((greet(load, &body)?, body))
    };
    let shares: Vec<_> = (0..load.connections as i32).map(share).collect::<Result<_, CallError>>()?;
    let began = Instant::now();
    let shares: Vec<Share> = thread::scope(|scope| {
        let runs: Vec<_> =
            shares.into_iter().map(|(caller, body)| scope.spawn(move || run(load, caller, &body, batch_len))).collect();
        runs.into_iter().map(|run| run.join().expect("a load's thread does not panic")).collect::<Result<_, _>>()
    })?;
    let elapsed = began.elapsed();
    let records = shares.iter().map(|share| share.records).sum();
    let bytes = shares.iter().map(|share| share.bytes).sum();
    let latencies = shares.into_iter().flat_map(|share| share.latencies).collect();
    Ok(Outcome::new(latencies, records, bytes, elapsed))
}

/// Connects, and waits until the partition takes a first batch, which is not measured.
fn greet(load: &ProduceLoad, body: &ProduceRequest) -> Result<Caller<Option<Instant>>, CallError> {
    let began = Instant::now();
    let mut caller = Caller::connect(&load.bootstrap)?;
    let first = ProduceRequest { acks: 1, ..body.clone() };
    loop {
        // Asking makes the topic where the broker does that.
        caller.metadata(&load.topic)?;
        match check(&caller.call(&first)?) {
            // UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE and NOT_LEADER_OR_FOLLOWER pass while it is being made.
            Err(CallError::Code(3 | 5 | 6)) if began.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(20)),
            done => return done.map(|()| caller),
        }
    }
}

fn body(load: &ProduceLoad, index: i32, batch: &Bytes) -> ProduceRequest {
    let partition_data = vec![PartitionProduceData { index, records: Some(batch.clone().into()) }];
    let topic = TopicProduceData { name: load.topic.as_str().into(), partition_data, ..TopicProduceData::default() };
    ProduceRequest { transactional_id: None, acks: load.acks, timeout_ms: 30_000, topic_data: vec![topic] }
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

fn run(
    load: &ProduceLoad,
    mut caller: Caller<Option<Instant>>,
    body: &ProduceRequest,
    batch_len: u64,
) -> Result<Share, CallError> {
    let requests = (load.records / load.connections).div_ceil(load.batch_records);
    let mut share = Share { latencies: Vec::new(), records: 0, bytes: 0 };
    let began = Instant::now();
    let (mut sent, mut at) = (0, began);
    let is_over = |sent: u64, at: Instant| sent >= requests || load.time.is_some_and(|most| at - began >= most);
    while !is_over(sent, at) || caller.in_flight() > 0 {
        while !is_over(sent, at) && caller.in_flight() < load.in_flight {
            at = Instant::now();
            if let Some(early) = load.due(began, sent).and_then(|due| due.checked_duration_since(at)) {
                if caller.in_flight() > 0 {
                    break;
                }
                thread::sleep(early);
                continue;
            }
            if load.acks == 0 {
                caller.send_unanswered(body)?;
                share.latencies.push(at.elapsed());
            } else {
                caller.send(body, Some(at))?;
            }
            sent += 1;
            share.records += load.batch_records;
            share.bytes += batch_len;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_all_connections_together() {
        let load = |throughput| ProduceLoad {
            bootstrap: String::new(),
            topic: String::new(),
            partitions: 1,
            first_partition: 0,
            records: 0,
            throughput,
            time: None,
            record_size: 0,
            batch_records: 50,
            in_flight: 1,
            connections: 4,
            acks: 1,
        };
        let began = Instant::now();
        assert_eq!(load(None).due(began, 3), None, "at any time");
        assert_eq!(load(Some(100)).due(began, 0), Some(began));
        assert_eq!(load(Some(100)).due(began, 3), Some(began + Duration::from_secs(6)));
        assert!(load(Some(1)).due(began, u64::MAX / 1_000) > Some(began), "a far time is no panic");
    }
}
