//! One consumer, in large answers and in small ones, of records that the page cache holds.

use super::{Bounds, in_turn, note_records};
use crate::bench::Bench;
use crate::bench::ground::Kind;
use crate::bench::load::{create_topic, perf};
use crate::bench::pair::{Pair, Side};
use crate::bench::sheet::Aim;

/// What is read over and over: more than any tail cache holds.
const RECORDS: u64 = 3_000_000;

struct Load {
    row: &'static str,
    /// Records of the batches that are read.
    batch: u64,
    max_bytes: u64,
    /// The aim for the ratio of CPU.
    most: f64,
}

const LOADS: [Load; 2] = [
    Load { row: "fetch, 1 MiB at a time", batch: 1200, max_bytes: 1 << 20, most: 1.0 },
    Load { row: "fetch, one batch of 150 at a time", batch: 150, max_bytes: 1000, most: 0.5 },
];

/// One connection, one request at a time.
pub fn fetch(bench: &mut Bench) -> Result<(), String> {
    for Load { row, batch, max_bytes, most } in LOADS {
        let pair = Pair::start(bench, Kind::Cpu)?;
        for side in pair.sides() {
            bench.say(&format!("{row}: {} is filled", side.broker.name()));
            create_topic(&side.running, "fetch", 1, &[])?;
            let arguments = format!("--batch-records {batch} --records {RECORDS}");
            perf(&side.running, "produce", "fetch", &arguments)?;
        }
        let run = |side: &Side, Bounds { seconds, .. }: Bounds| {
            let arguments = format!("--max-bytes {max_bytes} --records {} --seconds {seconds}", u64::MAX);
            perf(&side.running, "fetch", "fetch", &arguments)
        };
        in_turn(bench, &pair, row, run, |bench, side, run| {
            bench.sheet.note(side.broker, row, "requests/s", run.per_second(run.printed.requests));
            note_records(bench, side, row, run);
        })?;
        bench.sheet.aim(row, "CPU s per million records", Aim::RatioAtMost(most));
        pair.stop();
    }
    Ok(())
}
