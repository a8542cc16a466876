//! A thousand consumer groups of ten members: how they form, and what their heartbeats cost.

use crate::bench::Bench;
use crate::bench::ground::Kind;
use crate::bench::load::{create_topic, form_groups};
use crate::bench::pair::Pair;
use crate::bench::usage::mebibytes;

const GROUPS: &str = "1,000 groups of 10 members";
const ASSIGNED: &str = "s to the last assignment";
const JOIN_CPU: &str = "CPU s while joining";
const HEARTBEAT_CPU: &str = "CPU µs per heartbeat";
const HEARTBEAT_P99: &str = "ms per heartbeat, p99";
const MEMORY: &str = "resident MiB with all groups";

/// Seconds for which the groups stay.
const STAY: u64 = 30;

/// One broker after the other, each with nothing else to do.
pub fn groups(bench: &mut Bench) -> Result<(), String> {
    let pair = Pair::start(bench, Kind::Disk)?;
    for side in pair.sides() {
        bench.say(&format!("{GROUPS}: {}", side.broker.name()));
        create_topic(&side.running, "groups", 10, &[])?;
        let run = form_groups(&side.running, "groups", 1_000, 10, bench.options.seconds(STAY))?;
        let heartbeats = run.stayed.heartbeats.max(1) as f64;
        let mut note = |what, value| bench.sheet.note(side.broker, GROUPS, what, value);
        note(ASSIGNED, run.formed.last_us as f64 / 1e6);
        note(JOIN_CPU, run.join_cpu.as_secs_f64());
        note(HEARTBEAT_CPU, run.stay_cpu.as_secs_f64() * 1e6 / heartbeats);
        note(HEARTBEAT_P99, run.stayed.p99_us as f64 / 1e3);
        note(MEMORY, mebibytes(run.memory));
        if run.stayed.rejoined > 0 {
            return Err(format!("{} members of {} had to join again", run.stayed.rejoined, side.broker.name()));
        }
    }
    pair.stop();
    Ok(())
}
