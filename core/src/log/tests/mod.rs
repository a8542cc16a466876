//! The log against a small disk that loses what was not synced.

mod append;
mod damage;
mod denied;
mod disk;
mod flush;
mod gaps;
mod hostile;
mod join;
mod model;
mod own_files;
mod read;
mod recovery;
mod retention;
mod truncate;

use super::*;
use crate::io::{
    Deed, DirId, Draws, Env, Fault, FileError, FilePath, Mutant, Offsets, Probes, Repair, Site, SyncWhat, Trace,
    TraceEvent, TraceKinds, Work,
};
use crate::record::{Batch, BatchBuilder, Batches, Rules, TimestampRule, ValidBatch, validate};
use crate::types::*;
use bytes::Bytes;
use disk::Disk;

const PARTITION: TopicPartition = TopicPartition { topic: TopicId(Uuid([7; 16])), partition: 0 };

const CONFIG: LogConfig = LogConfig {
    segment_bytes: 1000,
    segment_ms: 1_000_000,
    segment_index_bytes: 10_000,
    index_interval_bytes: 200,
    producer_id_expiration_ms: i64::MAX,
    deletes: true,
    retention_ms: -1,
    retention_bytes: -1,
    cache_bytes: 1 << 20,
};

/// Rules that accept every batch.
const RULES: Rules = Rules {
    max_bytes: u32::MAX,
    timestamps: TimestampRule::CreateTime { before_max_ms: i64::MAX, after_max_ms: i64::MAX },
    compacted: false,
    now: Timestamp(0),
};

const HINTS: LoadHints =
    LoadHints { clean: false, recovery_point: Offset(0), high_watermark: Offset(0), log_start: Offset(0) };

fn folder() -> FilePath {
    FilePath::new(DirId(0), "orders-0")
}

/// A host without randomness, which perturbs only the sites in `perturbed`.
#[derive(Clone, Debug)]
struct Host {
    disk: Disk,
    now: Now,
    trace: Vec<TraceEvent>,
    mutant: Option<Mutant>,
    /// The sites that are perturbed.
    perturbed: Vec<Site>,
}

struct Quiet(Option<Mutant>, Vec<Site>);

impl Draws for Quiet {
    fn below(&mut self, _: Site, _: u64, _: u64) -> u64 {
        0
    }
}

impl Probes for Quiet {
    fn always(&mut self, site: Site, held: bool) {
        assert!(held, "{site:?}");
    }
    fn sometimes(&mut self, _: Site, _: bool) {}
    fn buggify(&mut self, site: Site) -> bool {
        self.1.contains(&site)
    }
    fn mutant(&self, which: Mutant) -> bool {
        self.0 == Some(which)
    }
}

impl Host {
    fn new() -> Host {
        let now = Now { mono: Instant(0), wall: Timestamp(1_000_000) };
        Host { disk: Disk::default(), now, trace: Vec::new(), mutant: None, perturbed: Vec::new() }
    }

    fn with<T>(&mut self, call: impl FnOnce(&mut Env<'_>) -> T) -> T {
        let mut trace = Trace::new(TraceKinds::ALL);
        let (mut draws, mut probes) = (Quiet(None, Vec::new()), Quiet(self.mutant, self.perturbed.clone()));
        let result = call(&mut Env {
            now: self.now,
            files: &mut self.disk,
            draws: &mut draws,
            probes: &mut probes,
            trace: &mut trace,
            work: &mut Work::default(),
        });
        self.trace.extend(trace.drain());
        result
    }

    /// What was said of damage so far.
    fn repairs(&self) -> Vec<Repair> {
        let of = |event: &TraceEvent| match event {
            TraceEvent::Repaired { repair } => Some(repair.clone()),
            _ => None,
        };
        self.trace.iter().filter_map(of).collect()
    }

    /// The first offset at which durable records were said to be missing.
    fn missing(&self) -> Option<Offset> {
        self.repairs().into_iter().find(|it| it.deed == Deed::Kept).map(|it| match it.offsets {
            Offsets::Range(from, _) | Offsets::From(from) => from,
            Offsets::None => panic!("{it}"),
        })
    }

    fn create(&mut self) -> Log {
        self.create_with(CONFIG)
    }

    fn create_with(&mut self, config: LogConfig) -> Log {
        self.with(|env| Log::create(folder(), PARTITION, config, env)).unwrap()
    }

    fn load(&mut self, hints: LoadHints) -> Result<Log, LogError> {
        self.load_with(CONFIG, hints)
    }

    fn load_with(&mut self, config: LogConfig, hints: LoadHints) -> Result<Log, LogError> {
        let loading = self.with(|env| Log::load(folder(), PARTITION, config, hints, env))?;
        self.finish(loading)
    }

    fn finish(&mut self, mut loading: Loading) -> Result<Log, LogError> {
        let finished = self.step_through(&mut loading);
        self.with(|env| loading.close(env));
        finished
    }

    fn step_through(&mut self, loading: &mut Loading) -> Result<Log, LogError> {
        loop {
            match self.with(|env| loading.step(env))? {
                Step::Again => {}
                Step::Read(ask) => {
                    let read = self.disk.read(&ask);
                    self.with(|env| loading.on_read(read, env))?;
                }
                Step::Done(log) => return Ok(*log),
            }
        }
    }

    fn append(&mut self, log: &mut Log, epoch: i32, batch: &ValidBatch) -> Result<Appended, AppendError> {
        self.with(|env| log.append_as_leader(batch, LeaderEpoch(epoch), env))
    }

    fn follow(&mut self, log: &mut Log, records: &Bytes) -> Result<Option<(Offset, Offset)>, AppendError> {
        self.with(|env| log.append_as_follower(records, records.len() as u32, env))
    }

    fn truncate(&mut self, log: &mut Log, to: i64) {
        if let Truncated::Reload(loading) = self.with(|env| log.truncate_to(Offset(to), env)).unwrap() {
            *log = self.finish(*loading).unwrap();
        }
    }

    /// Reads all batches from `from` on, in as many reads as needed.
    fn read_all(&mut self, log: &mut Log, from: Offset) -> Result<Bytes, ReadError> {
        let (mut all, mut at) = (Vec::new(), from);
        while at < log.end() {
            let bytes = self.read(log, at, log.end(), 300)?;
            at = Batches::new(bytes.clone()).last().unwrap().unwrap().header().next();
            all.extend_from_slice(&bytes);
        }
        Ok(all.into())
    }

    fn read(&mut self, log: &mut Log, from: Offset, upper: Offset, most: u32) -> Result<Bytes, ReadError> {
        match self.with(|env| log.read(from, upper, most, true, env)).unwrap() {
            ReadPlan::Ready(parts) => Ok(parts.concat().into()),
            ReadPlan::OutOfRange => panic!("{from} is not in {}..{}", log.start(), log.end()),
            ReadPlan::Cold(mut cold) => loop {
                let read = self.disk.read(&cold.ask);
                match self.with(|env| log.finish_read(cold, read, env))? {
                    Finished::Ready(parts) => return Ok(parts.concat().into()),
                    Finished::Again(again) => cold = again,
                }
            },
        }
    }

    fn search(&mut self, log: &mut Log, plan: SearchPlan) -> Option<Found> {
        match plan {
            SearchPlan::Ready(found) => found,
            SearchPlan::Cold(mut cold) => loop {
                let read = self.disk.read(&cold.ask);
                match self.with(|env| log.finish_search(cold, read, env)).unwrap() {
                    Searched::Ready(found) => return found,
                    Searched::Again(again) => cold = again,
                }
            },
        }
    }

    fn flush(&mut self, log: &mut Log) {
        if let Some(flush) = log.next_flush(FlushUpTo::End) {
            self.sync(&flush.what);
            self.with(|env| log.on_flushed(flush.ticket, Ok(()), Offset(i64::MAX), env)).unwrap();
        }
    }

    fn sync(&mut self, what: &[SyncWhat]) {
        for what in what {
            self.disk.sync(what).unwrap();
        }
    }

    /// Stops cleanly and loads the log again.
    fn restart(&mut self, mut log: Log) -> Log {
        self.with(|env| log.stop(env)).unwrap();
        self.flush(&mut log);
        let recovery_point = log.recovery_point();
        assert_eq!(recovery_point, log.end());
        let (config, log_start) = (log.config, log.start());
        self.with(|env| log.close(env));
        self.disk.crash(&mut |_| 0);
        self.load_with(config, LoadHints { clean: true, recovery_point, log_start, ..HINTS }).unwrap()
    }
}

/// A batch of `count` records with `size` bytes of value each.
fn batch(count: i32, size: usize) -> ValidBatch {
    batch_of(None, count, size, 1_000_000)
}

fn batch_of(producer: Option<(i64, i16, i32)>, count: i32, size: usize, at: i64) -> ValidBatch {
    let mut builder = BatchBuilder::new(0);
    if let Some((id, epoch, sequence)) = producer {
        builder = builder.with_producer(ProducerId(id), ProducerEpoch(epoch), sequence);
    }
    for record in 0..count {
        builder.append(Timestamp(at + i64::from(record)), None, Some(&vec![record as u8; size]), &[]);
    }
    validate(&builder.build(), &RULES).unwrap()
}

/// Makes choices for a power loss that depend on `seed` alone.
fn drawn(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed | 1;
    move |bound| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    }
}

fn bases(bytes: &Bytes) -> Vec<i64> {
    Batches::new(bytes.clone()).map(|it| it.unwrap().header().base.0).collect()
}

fn new(base: i64, last: i64) -> Result<Appended, AppendError> {
    Ok(Appended::New { base: Offset(base), last: Offset(last) })
}
