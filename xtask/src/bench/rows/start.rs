//! From nothing to the first answer.

use crate::bench::Bench;
use crate::bench::ground::Kind;
use crate::bench::sheet::Aim;
use std::fs;

const START: &str = "start on an empty directory";
const FIRST: &str = "ms to the first Metadata";

/// Several times, each on a fresh folder.
pub fn start(bench: &mut Bench) -> Result<(), String> {
    for &broker in bench.options.brokers() {
        for time in 1..=bench.options.repetitions() {
            let folder = bench.ground.folder(Kind::Disk, &format!("start-{}-{time}", broker.name().to_lowercase()));
            let running = broker.start(&folder, &[], "info")?;
            let ms = running.started_in.as_secs_f64() * 1e3;
            bench.say(&format!("{START}: {} {time}: {ms:.1} ms", broker.name()));
            bench.sheet.note(broker, START, FIRST, ms);
            running.stop();
            let _ = fs::remove_dir_all(&folder);
        }
    }
    bench.sheet.aim(START, FIRST, Aim::AtMost(100.0));
    Ok(())
}
