//! When each partition of a topic first serves: the measure of a start after a crash.

use crate::caller::{CallError, Caller};
use bytes::Bytes;
use core::fmt;
use core::time::Duration;
use gracchus_core::record::BatchBuilder;
use gracchus_core::types::Timestamp;
use gracchus_core::wire::fetch::{FetchPartition, FetchTopic};
use gracchus_core::wire::produce::{PartitionProduceData, TopicProduceData};
use gracchus_core::wire::{FetchRequest, MetadataRequest, ProduceRequest};
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Between two tries. Shorter, and the questions of all partitions would take the CPU that they wait for.
const PAUSE: Duration = Duration::from_millis(2);

/// Each partition is asked by a thread, through a connection, of its own, so that none waits for another.
const STACK: usize = 256 << 10;

/// What to watch.
#[derive(Clone, Debug)]
pub struct FirstsLoad {
    /// `HOST:PORT`; nobody need listen there yet.
    pub bootstrap: String,
    /// Which topic.
    pub topic: String,
    /// Its partitions from 0 on. Each holds records.
    pub partitions: i32,
    /// How long to wait in all.
    pub patience: Duration,
}

/// How long after the call each thing first was, sorted.
#[derive(Clone, PartialEq, Debug)]
pub struct Firsts {
    /// The first answer to Metadata.
    pub metadata: Duration,
    /// The first bytes given, for each partition.
    pub fetches: Vec<Duration>,
    /// The first record taken, for each partition.
    pub produces: Vec<Duration>,
}

/// Asks until every partition has served: each first for a Fetch, then for a Produce.
pub fn firsts(load: &FirstsLoad) -> Result<Firsts, CallError> {
    let watch = Watch { load, began: Instant::now(), batch: batch() };
    let metadata = watch.until(|| {
        let body = MetadataRequest { topics: Some(Vec::new()), ..MetadataRequest::default() };
        Caller::<()>::connect(&load.bootstrap)?.call(&body).map(|_| ())
    })?;
    let all: Vec<(Duration, Duration)> = thread::scope(|scope| {
        let watch = &watch;
        let threads: Vec<_> = (0..load.partitions)
            .map(|index| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || watch.partition(index)))
            .collect();
        threads.into_iter().map(|it| it?.join().expect("a watching thread does not panic")).collect::<Result<_, _>>()
    })?;
    let (mut fetches, mut produces): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    fetches.sort_unstable();
    produces.sort_unstable();
    Ok(Firsts { metadata, fetches, produces })
}

struct Watch<'a> {
    load: &'a FirstsLoad,
    began: Instant,
    batch: Bytes,
}

impl Watch<'_> {
    /// Tries until it succeeds, and says when that was.
    fn until(&self, mut attempt: impl FnMut() -> Result<(), CallError>) -> Result<Duration, CallError> {
        loop {
            match attempt() {
                Ok(()) => return Ok(self.began.elapsed()),
                Err(why) if self.began.elapsed() > self.load.patience => return Err(why),
                Err(_) => thread::sleep(PAUSE),
            }
        }
    }

    fn partition(&self, index: i32) -> Result<(Duration, Duration), CallError> {
        let topic = self.load.topic.as_str();
        let mut caller = None;
        let fetched = self.until(|| on_connection(&mut caller, self.load, |caller| fetch(caller, topic, index)))?;
        let produce = |caller: &mut Caller<()>| produce(caller, topic, index, &self.batch);
        let produced = self.until(|| on_connection(&mut caller, self.load, produce))?;
        Ok((fetched, produced))
    }
}

/// Asks on the connection that there is, or on a new one. After an error code it is as good as before.
fn on_connection(
    kept: &mut Option<Caller<()>>,
    load: &FirstsLoad,
    ask: impl FnOnce(&mut Caller<()>) -> Result<(), CallError>,
) -> Result<(), CallError> {
    let mut caller = match kept.take() {
        Some(caller) => caller,
        None => Caller::connect(&load.bootstrap)?,
    };
    let asked = ask(&mut caller);
    if matches!(asked, Ok(()) | Err(CallError::Code(_))) {
        *kept = Some(caller);
    }
    asked
}

fn batch() -> Bytes {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
    let mut batch = BatchBuilder::new(200);
    batch.append(Timestamp(now), None, Some(&[b'x'; 100]), &[]);
    batch.build()
}

fn produce(caller: &mut Caller<()>, topic: &str, index: i32, batch: &Bytes) -> Result<(), CallError> {
    let partition_data = vec![PartitionProduceData { index, records: Some(batch.clone().into()) }];
    let topic = TopicProduceData { name: topic.into(), partition_data, ..TopicProduceData::default() };
    let body = ProduceRequest { transactional_id: None, acks: 1, timeout_ms: 1000, topic_data: vec![topic] };
    let answer = caller.call(&body)?;
    match answer.responses.iter().flat_map(|topic| &topic.partition_responses).next().map(|row| row.error_code) {
        Some(0) => Ok(()),
        code => Err(CallError::Code(code.unwrap_or(-1))),
    }
}

fn fetch(caller: &mut Caller<()>, topic: &str, index: i32) -> Result<(), CallError> {
    let partition = FetchPartition { partition: index, partition_max_bytes: 1000, ..FetchPartition::default() };
    let topic = FetchTopic { topic: topic.into(), partitions: vec![partition], ..FetchTopic::default() };
    let body = FetchRequest { max_bytes: 1000, session_epoch: -1, topics: vec![topic], ..FetchRequest::default() };
    let answer = caller.call(&body)?;
    match answer.responses.iter().flat_map(|topic| &topic.partitions).next() {
        Some(row) if row.error_code != 0 => Err(CallError::Code(row.error_code)),
        Some(row) if row.records.as_ref().is_some_and(|records| !records.is_empty()) => Ok(()),
        _ => Err(CallError::Code(-1)),
    }
}

impl Firsts {
    /// For programs: one object on one line, in microseconds, of each kind the first, the median and the last.
    #[must_use]
    pub fn to_json(&self) -> String {
        let span = |times: &[Duration]| {
            let at = |place: usize| times.get(place).map_or(0, Duration::as_micros);
            format!("[{},{},{}]", at(0), at(times.len() / 2), at(times.len().saturating_sub(1)))
        };
        format!(
            "{{\"metadata_us\":{},\"produce_us\":{},\"fetch_us\":{}}}",
            self.metadata.as_micros(),
            span(&self.produces),
            span(&self.fetches)
        )
    }
}

impl fmt::Display for Firsts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1e3);
        write!(f, "first answer to Metadata after {:.1} ms", ms(Some(&self.metadata)))?;
        for (what, times) in [("Fetch", &self.fetches), ("Produce", &self.produces)] {
            let (first, median, last) = (times.first(), times.get(times.len() / 2), times.last());
            write!(
                f,
                "\n{what}: first partition {:.1} ms, half {:.1} ms, last {:.1} ms",
                ms(first),
                ms(median),
                ms(last)
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_read_first_median_and_last() {
        let times: Vec<Duration> = (1..=5).map(Duration::from_micros).collect();
        let firsts = Firsts { metadata: Duration::from_micros(9), produces: times.clone(), fetches: times };
        assert_eq!(firsts.to_json(), r#"{"metadata_us":9,"produce_us":[1,3,5],"fetch_us":[1,3,5]}"#);
    }
}
