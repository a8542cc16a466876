//! Many producers that want every record on the disk before its answer: the row of group commit.

use super::{Bounds, in_turn};
use crate::bench::Bench;
use crate::bench::broker::Broker;
use crate::bench::ground::Kind;
use crate::bench::load::{create_topic, perf};
use crate::bench::pair::{Pair, Side};
use crate::bench::sheet::Aim;
use std::cell::Cell;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

const FLUSH: &str = "produce, flush.messages=1, 16 connections on one partition";
const REQUESTS: &str = "requests/s";

/// Each connection waits for its answer before it asks again.
pub fn flush(bench: &mut Bench) -> Result<(), String> {
    let pair = Pair::start(bench, Kind::Disk)?;
    for side in pair.sides() {
        create_topic(&side.running, "flush", 1, &["flush.messages=1"])?;
    }
    let flushed = Cell::new(0);
    let run = |side: &Side, Bounds { seconds, records }: Bounds| {
        let arguments =
            format!("--batch-records 1 --in-flight 1 --connections 16 --records {records} --seconds {seconds}");
        let run = perf(&side.running, "produce", "flush", &arguments)?;
        if side.broker == Broker::Gracchus {
            flushed.set(flushed.get() + run.printed.requests);
        }
        Ok(run)
    };
    in_turn(bench, &pair, FLUSH, run, |bench, side, run| {
        let mut note = |what, value| bench.sheet.note(side.broker, FLUSH, what, value);
        note(REQUESTS, run.per_second(run.printed.requests));
        note("CPU s per million requests", run.cpu_per_million());
        note("ms, p50", run.printed.p50_us as f64 / 1e3);
        note("ms, p99", run.printed.p99_us as f64 / 1e3);
    })?;
    bench.sheet.aim(FLUSH, REQUESTS, Aim::RatioAtLeast(10.0));
    let mut note = |what, value| bench.sheet.note(Broker::Gracchus, FLUSH, what, value);
    if let Some((count, each)) = syncs(&pair.stop()) {
        note("ms of each sync", each);
        note("requests by sync", flushed.get() as f64 / count.max(1.0));
    }
    note("ms of a bare fdatasync on this disk", bare_sync(&bench.ground.folder(Kind::Disk, "sync"))? * 1e3);
    Ok(())
}

/// What this disk takes for one: the median of many, after a small append each.
fn bare_sync(path: &Path) -> Result<f64, String> {
    let mut file = OpenOptions::new().create(true).append(true).open(path).map_err(|why| why.to_string())?;
    let mut times = Vec::new();
    for _ in 0..201 {
        file.write_all(&[0; 200]).map_err(|why| why.to_string())?;
        let began = Instant::now();
        file.sync_data().map_err(|why| why.to_string())?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2].as_secs_f64())
}

/// How many syncs Gracchus says that there were, and what each took. All but a few were for the requests that waited.
///
/// `synced 1234 times, 0.56 ms each`
fn syncs(log: &str) -> Option<(f64, f64)> {
    let said = log.lines().rev().find_map(|line| line.split_once(" synced ")).map(|(_, rest)| rest)?;
    let mut numbers = said.split_whitespace().filter_map(|word| word.parse::<f64>().ok());
    Some((numbers.next()?, numbers.next()?))
}

#[cfg(test)]
mod tests {
    use super::syncs;

    #[test]
    fn the_servers_last_words_tell_its_syncs() {
        let log = "INFO up\n2026-01-01 INFO synced 1234 times, 0.560 ms each\nINFO stopped in good order\n";
        assert_eq!(syncs(log), Some((1234.0, 0.56)));
        assert_eq!(syncs("INFO stopped"), None);
    }
}
