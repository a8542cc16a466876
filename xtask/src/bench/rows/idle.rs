//! What a broker takes that nobody asks for anything.

use crate::bench::ground::Kind;
use crate::bench::load::create_topic;
use crate::bench::pair::Pair;
use crate::bench::sheet::Aim;
use crate::bench::{Bench, usage};
use std::thread;
use std::time::Duration;

const IDLE: &str = "idle with one topic";
const CPU: &str = "CPU %";
const MEMORY: &str = "resident MiB";

/// A start's last work is over by then.
const REST: u64 = 8;
const WATCHED: u64 = 30;

/// All brokers at once: each has nothing to do.
pub fn idle(bench: &mut Bench) -> Result<(), String> {
    let pair = Pair::start(bench, Kind::Disk)?;
    for side in pair.sides() {
        create_topic(&side.running, "idle", 1, &[])?;
    }
    let watched = bench.options.seconds(WATCHED);
    bench.say(&format!("{IDLE}: all brokers for {watched} s"));
    thread::sleep(Duration::from_secs(bench.options.seconds(REST)));
    let before: Vec<Duration> = pair.sides().iter().map(|side| side.running.cpu()).collect();
    thread::sleep(Duration::from_secs(watched));
    for (side, before) in pair.sides().iter().zip(before) {
        let used = side.running.cpu().saturating_sub(before).as_secs_f64() * 100.0 / watched as f64;
        bench.sheet.note(side.broker, IDLE, CPU, used);
        bench.sheet.note(side.broker, IDLE, MEMORY, usage::mebibytes(side.running.memory()));
    }
    bench.sheet.aim(IDLE, CPU, Aim::AtMost(0.2));
    bench.sheet.aim(IDLE, MEMORY, Aim::AtMost(16.0));
    pair.stop();
    Ok(())
}
