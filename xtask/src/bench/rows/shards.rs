//! Gracchus alone: one data shard against two, and a partition on the connection's own shard against another's.

use super::REPETITION;
use crate::bench::Bench;
use crate::bench::broker::{Broker, Running};
use crate::bench::ground::Kind;
use crate::bench::load::{create_topic, perf};
use std::fs;

/// Loads of several shards.
pub fn shards(bench: &mut Bench) -> Result<(), String> {
    for shards in [1, 2] {
        for connections in [1, 4] {
            let row = format!("data shards: {shards}, connections and partitions: {connections}");
            let setting = format!("gracchus.data.shards={shards}");
            on_a_broker(bench, &[&setting], "info", |bench, running| {
                create_topic(running, "spread", connections, &[])?;
                repeat(bench, running, "spread", connections, |_| row.clone())
            })?;
        }
    }
    let settings = ["gracchus.data.shards=2", "gracchus.hand.over.clients=false"];
    on_a_broker(bench, &settings, "debug", |bench, running| {
        create_topic(running, "one", 1, &[])?;
        // Connections are dealt to the two shards in turn and stay there: of two runs one is on the partition's shard.
        for _ in 0..2 {
            repeat(bench, running, "one", 1, |log| format!("two data shards, no hand-over: {}", whose(log)))?;
        }
        Ok(())
    })
}

fn on_a_broker(
    bench: &mut Bench,
    settings: &[&str],
    level: &str,
    work: impl FnOnce(&mut Bench, &Running) -> Result<(), String>,
) -> Result<(), String> {
    let folder = bench.ground.folder(Kind::Cpu, "alone");
    let running = Broker::Gracchus.start(&folder, settings, level)?;
    let done = work(bench, &running);
    running.stop();
    let _ = fs::remove_dir_all(&folder);
    done
}

/// Each connection has a partition of its own, where there are as many. The log tells the row.
fn repeat(
    bench: &mut Bench,
    running: &Running,
    topic: &str,
    connections: u64,
    row: impl Fn(&str) -> String,
) -> Result<(), String> {
    let seconds = bench.options.seconds(REPETITION);
    let spread = format!("--connections {connections} --partitions {connections}");
    let arguments = format!("--batch-records 1200 --records 6000000 {spread} --seconds {seconds}");
    for _ in 0..bench.options.repetitions() {
        bench.ground.ready_memory()?;
        let run = perf(running, "produce", topic, &arguments)?;
        let (row, records) = (row(&running.log()), run.per_second(run.printed.records));
        bench.say(&format!("{row}: {records:.0} records/s"));
        bench.alone.note(Broker::Gracchus, &row, "records/s", records);
        bench.alone.note(Broker::Gracchus, &row, "CPU s per million records", run.cpu_per_million());
    }
    Ok(())
}

/// The log names the shard that leads the partition, and the one that the last connection was on.
fn whose(log: &str) -> &'static str {
    let shard = |line: &str| line.split_whitespace().find(|word| is_shard(word)).map(str::to_owned);
    let leads = log.lines().find(|line| line.contains("BecameLeader")).and_then(shard);
    let served = log.lines().rev().find(|line| line.contains(" lost c")).and_then(shard);
    match (leads, served) {
        (Some(leads), Some(served)) if leads == served => "partition on the connection's own shard",
        (Some(_), Some(_)) => "partition on another shard",
        _ => "unknown",
    }
}

fn is_shard(word: &str) -> bool {
    let digits = word.strip_prefix('s').unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::whose;

    #[test]
    fn the_log_tells_whose_partition_it_is() {
        let log = "DEBUG s2 BecameLeader { .. }\nDEBUG s1 lost c3: gone\n";
        assert_eq!(whose(log), "partition on another shard");
        assert_eq!(whose(&log.replace("s1", "s2")), "partition on the connection's own shard");
        assert_eq!(whose("INFO up"), "unknown");
    }
}
