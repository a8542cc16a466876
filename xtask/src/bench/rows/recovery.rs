//! A gibibyte in a hundred partitions: after a kill -9, and after a clean stop.

use crate::bench::broker::{Broker, Running};
use crate::bench::ground::Kind;
use crate::bench::load::{create_topic, output, perf};
use crate::bench::sheet::Aim;
use crate::bench::{Bench, binary, usage};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

const PARTITIONS: u64 = 100;
const BATCH: u64 = 600;
const RECORDS: u64 = 9_780_000;

const KILLED: &str = "start after kill -9 with 1 GiB in 100 partitions";
const CLEAN: &str = "start after a clean stop with 1 GiB in 100 partitions";

/// What `gracchus perf firsts --json` prints: of each kind the first partition, the median and the last.
#[derive(Deserialize)]
struct Firsts {
    metadata_us: u64,
    produce_us: [u64; 3],
    fetch_us: [u64; 3],
}

/// Each broker alone on the machine.
pub fn recovery(bench: &mut Bench) -> Result<(), String> {
    for &broker in bench.options.brokers() {
        let folder = bench.ground.folder(Kind::Disk, &format!("recovery-{}", broker.name().to_lowercase()));
        let running = broker.start(&folder, &[], "info")?;
        bench.say(&format!("{KILLED}: {} is filled", broker.name()));
        let records = fill(bench, &running)?;
        running.kill();
        let unflushed = unflushed(&folder, records / PARTITIONS);
        bench.sheet.note(broker, KILLED, "MiB unflushed", usage::mebibytes(unflushed));
        let (running, firsts) = watched_start(broker, &folder)?;
        note(bench, broker, KILLED, &firsts);
        running.stop();
        let (running, firsts) = watched_start(broker, &folder)?;
        note(bench, broker, CLEAN, &firsts);
        running.stop();
        let _ = fs::remove_dir_all(&folder);
    }
    bench.sheet.aim(CLEAN, "ms to the first Metadata", Aim::AtMost(100.0));
    Ok(())
}

/// Returns how many records there are, evenly in all partitions.
fn fill(bench: &Bench, running: &Running) -> Result<u64, String> {
    create_topic(running, "recovery", PARTITIONS, &[])?;
    let records = if bench.options.quick { RECORDS / 10 } else { RECORDS };
    let arguments = format!(
        "--batch-records {BATCH} --records {records} --connections {PARTITIONS} --partitions {PARTITIONS} --in-flight 1"
    );
    perf(running, "produce", "recovery", &arguments).map(|run| run.printed.records)
}

/// Starts the broker while somebody waits for each of its partitions.
fn watched_start(broker: Broker, folder: &Path) -> Result<(Running, Firsts), String> {
    let port = crate::bench::broker::free_port()?;
    thread::scope(|scope| {
        let watching = scope.spawn(move || {
            let mut command = Command::new(binary());
            command.args(["perf", "firsts", "--json", "--topic", "recovery", "--seconds", "120"]);
            command.args(["--partitions", &PARTITIONS.to_string(), "--bootstrap", &format!("127.0.0.1:{port}")]);
            output(command)
        });
        let running = broker.start_at(port, folder, &[], "info");
        let text = watching.join().map_err(|_| "the watching thread panicked".to_owned())?;
        let (running, text) = (running?, text?);
        let firsts = serde_json::from_str(&text).map_err(|why| format!("perf printed {text:?}: {why}"))?;
        Ok((running, firsts))
    })
}

fn note(bench: &mut Bench, broker: Broker, row: &str, firsts: &Firsts) {
    let Firsts { metadata_us, produce_us, fetch_us } = firsts;
    let figures = [
        ("ms to the first Metadata", metadata_us),
        ("ms to a Fetch of the first partition", &fetch_us[0]),
        ("ms to a Fetch of half of them", &fetch_us[1]),
        ("ms to a Fetch of the last", &fetch_us[2]),
        ("ms to a Produce to the first partition", &produce_us[0]),
        ("ms to a Produce to half of them", &produce_us[1]),
        ("ms to a Produce to the last", &produce_us[2]),
    ];
    for (what, us) in figures {
        bench.sheet.note(broker, row, what, *us as f64 / 1e3);
    }
    let last = produce_us[2] as f64 / 1e3;
    bench.say(&format!(
        "{row}: {}: Metadata after {:.1} ms, all partitions after {last:.1} ms",
        broker.name(),
        *metadata_us as f64 / 1e3
    ));
}

/// Bytes beyond the recovery points that are on record, in folders whose partitions hold `records` each.
fn unflushed(folder: &Path, records: u64) -> u64 {
    let text = fs::read_to_string(folder.join("recovery-point-offset-checkpoint")).unwrap_or_default();
    let flushed = recovery_points(&text);
    let of_one = |partition: u64| {
        let name = format!("recovery-{partition}");
        let entries = fs::read_dir(folder.join(&name)).into_iter().flatten().flatten();
        let logs = entries.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "log"));
        let bytes: u64 = logs.filter_map(|entry| entry.metadata().ok()).map(|about| about.len()).sum();
        let flushed = flushed.get(&name).copied().unwrap_or(0).min(records);
        bytes - bytes * flushed / records.max(1)
    };
    (0..PARTITIONS).map(of_one).sum()
}

/// `recovery-point-offset-checkpoint`: a version, a count, then `TOPIC PARTITION OFFSET` in each line.
fn recovery_points(text: &str) -> BTreeMap<String, u64> {
    let point = |line: &str| {
        let mut words = line.split(' ');
        let name = format!("{}-{}", words.next()?, words.next()?);
        Some((name, words.next()?.parse().ok()?))
    };
    text.lines().skip(2).filter_map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::recovery_points;

    #[test]
    fn recovery_points_are_read_as_kafka_writes_them() {
        let points = recovery_points("0\n2\nrecovery 0 17\nrecovery 12 400\n");
        assert_eq!(points.get("recovery-0"), Some(&17));
        assert_eq!(points.get("recovery-12"), Some(&400));
        assert_eq!(points.len(), 2);
    }
}
