//! The load of consumers.

use super::Outcome;
use crate::caller::{CallError, Caller};
use core::time::Duration;
use gracchus_core::record::BatchHeader;
use gracchus_core::wire::fetch::{FetchPartition, FetchTopic};
use gracchus_core::wire::{FetchRequest, FetchResponse};
use std::thread;
use std::time::Instant;

/// What to read.
#[derive(Clone, Debug)]
pub struct FetchLoad {
    /// `HOST:PORT`.
    pub bootstrap: String,
    /// Of which topic.
    pub topic: String,
    /// Of which partition.
    pub partition: i32,
    /// In all and per connection, at most; at the end of the partition it begins again.
    pub records: u64,
    /// Nothing new is asked for after that.
    pub time: Option<Duration>,
    /// `max.partition.fetch.bytes`.
    pub max_bytes: i32,
    /// Connections, each on a thread.
    pub connections: u64,
}

struct Share {
    latencies: Vec<Duration>,
    records: u64,
    bytes: u64,
}

/// Reads it, and measures.
pub fn fetch(load: &FetchLoad) -> Result<Outcome, CallError> {
    let callers: Vec<Caller<()>> =
        (0..load.connections).map(|_| Caller::connect(&load.bootstrap)).collect::<Result<_, _>>()?;
    let began = Instant::now();
    let shares: Vec<Share> = thread::scope(|scope| {
        let runs: Vec<_> = callers.into_iter().map(|caller| scope.spawn(move || run(load, caller))).collect();
        runs.into_iter().map(|run| run.join().expect("a load's thread does not panic")).collect::<Result<_, _>>()
    })?;
    let elapsed = began.elapsed();
    let records = shares.iter().map(|share| share.records).sum();
    let bytes = shares.iter().map(|share| share.bytes).sum();
    Ok(Outcome::new(shares.into_iter().flat_map(|share| share.latencies).collect(), records, bytes, elapsed))
}

fn run(load: &FetchLoad, mut caller: Caller<()>) -> Result<Share, CallError> {
    let mut share = Share { latencies: Vec::new(), records: 0, bytes: 0 };
    let mut offset = 0;
    let began = Instant::now();
    let mut at = began;
    while share.records < load.records && load.time.is_none_or(|most| at - began < most) {
        at = Instant::now();
        let answer = caller.call(&request(load, offset))?;
        share.latencies.push(at.elapsed());
        let read = read(&answer)?;
        share.records += read.records;
        share.bytes += read.bytes;
        offset = match read.next {
            Some(next) if next < read.high_watermark => next,
            Some(_) => 0,
            // Nothing came though nothing was at its end: the topic is empty.
            None if offset == 0 => return Err(CallError::Code(1)),
            None => 0,
        };
    }
    Ok(share)
}

fn request(load: &FetchLoad, offset: i64) -> FetchRequest {
    let partition = FetchPartition {
        partition: load.partition,
        fetch_offset: offset,
        partition_max_bytes: load.max_bytes,
        ..FetchPartition::default()
    };
    let topic = FetchTopic { topic: load.topic.as_str().into(), partitions: vec![partition], ..FetchTopic::default() };
    FetchRequest {
        max_wait_ms: 500,
        min_bytes: 1,
        max_bytes: 52_428_800,
        session_epoch: -1,
        topics: vec![topic],
        ..FetchRequest::default()
    }
}

/// What one answer brought.
struct Brought {
    records: u64,
    bytes: u64,
    next: Option<i64>,
    high_watermark: i64,
}

/// Walks the batches' heads. An answer may end in the midst of one, which counts for nothing (KIP-74).
fn read(answer: &FetchResponse) -> Result<Brought, CallError> {
    if answer.error_code != 0 {
        return Err(CallError::Code(answer.error_code));
    }
    let rows: Vec<_> = answer.responses.iter().flat_map(|topic| &topic.partitions).collect();
    let [row] = rows[..] else { return Err(CallError::Code(-1)) };
    if row.error_code != 0 {
        return Err(CallError::Code(row.error_code));
    }
    let mut brought = Brought { records: 0, bytes: 0, next: None, high_watermark: row.high_watermark };
    let bytes = row.records.clone().unwrap_or_default().into_bytes();
    let mut rest = &bytes[..];
    while let Ok(head) = BatchHeader::parse(rest) {
        let len = head.len as usize;
        if len > rest.len() {
            break;
        }
        brought.records += u64::try_from(head.count).unwrap_or(0);
        brought.bytes += len as u64;
        brought.next = Some(head.next().0);
        rest = &rest[len..];
    }
    Ok(brought)
}
