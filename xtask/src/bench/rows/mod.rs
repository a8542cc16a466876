//! The rows that are measured, one file for each kind of load.

mod fetch;
mod flush;
mod groups;
mod idle;
mod produce;
mod recovery;
mod shards;
mod start;

pub use fetch::fetch;
pub use flush::flush;
pub use groups::groups;
pub use idle::idle;
pub use produce::produce;
pub use recovery::recovery;
pub use shards::shards;
pub use start::start;

use super::Bench;
use super::load::Run;
use super::pair::{Pair, Side};
use super::usage::mebibytes;

/// Seconds of load before a row is measured, at most: Java compiles what is hot meanwhile.
pub const WARM_UP: u64 = 8;

/// Seconds of one repetition, at most.
const REPETITION: u64 = 3;

/// How much one run of a load may be.
#[derive(Clone, Copy)]
struct Bounds {
    seconds: u64,
    records: u64,
}

/// Warms every broker up, then lets them take the repetitions in turn.
fn in_turn(
    bench: &mut Bench,
    pair: &Pair,
    row: &str,
    run: impl Fn(&Side, Bounds) -> Result<Run, String>,
    mut note: impl FnMut(&mut Bench, &Side, &Run),
) -> Result<(), String> {
    for side in pair.sides() {
        bench.say(&format!("{row}: {} warms up", side.broker.name()));
        bench.ground.ready_memory()?;
        run(side, Bounds { seconds: bench.options.seconds(WARM_UP), records: 12_000_000 })?;
    }
    let times = bench.options.repetitions();
    for time in 1..=times {
        for side in pair.sides() {
            bench.ground.ready_memory()?;
            let bounds = Bounds { seconds: bench.options.seconds(REPETITION), records: 6_000_000 };
            let measured = run(side, bounds)?;
            bench.say(&format!(
                "{row}: {} {time} of {times}: {:.0} requests/s, {:.3} CPU s per million records",
                side.broker.name(),
                measured.per_second(measured.printed.requests),
                measured.cpu_per_million()
            ));
            note(bench, side, &measured);
        }
    }
    Ok(())
}

/// The figures of a row whose load is records.
fn note_records(bench: &mut Bench, side: &Side, row: &str, run: &Run) {
    let mut note = |what, value| bench.sheet.note(side.broker, row, what, value);
    note("records/s", run.per_second(run.printed.records));
    note("CPU s per million records", run.cpu_per_million());
    note("CPU s per GB", run.cpu_per_gigabyte());
    note("ms, p50", run.printed.p50_us as f64 / 1e3);
    note("ms, p99", run.printed.p99_us as f64 / 1e3);
    note("resident MiB", mebibytes(side.running.memory()));
}
