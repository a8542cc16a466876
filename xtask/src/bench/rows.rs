//! The rows that are measured.

use super::broker::{Broker, Running};
use super::load::{Run, create_topic, perf};
use super::table::Figure;
use super::{Options, with_broker};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// Records of a batch, and how many are sent in all.
const PRODUCE: [(u64, u64); 3] = [(150, 4_000_000), (1200, 8_000_000), (9000, 8_000_000)];

/// Connections that write with `flush.messages=1`.
const FLUSHING: u64 = 16;

/// All rows of one broker.
pub fn measure(broker: Broker, scratch: &Path, options: Options) -> Result<Vec<Figure>, String> {
    let folder = scratch.join(broker.name().to_lowercase());
    println!("{}: starting", broker.name());
    let mut figures = Vec::new();
    let (flushed, log) = with_broker(broker.start(&folder, &[], "info"), |running| {
        start_and_idle(running, options, &mut figures)?;
        produce(broker, running, options, &mut figures)?;
        fetch(broker, running, options, &mut figures)?;
        let flushed = flush(broker, running, scratch, options, &mut figures)?;
        figures.push(Figure::new("after the load", "resident MiB", mebibytes(running)));
        Ok(flushed)
    })?;
    figures.extend(syncs(&log, flushed));
    // What one broker wrote must not be written back while the other is measured.
    fs::remove_dir_all(&folder).map_err(|why| format!("{} stays: {why}", folder.display()))?;
    Ok(figures)
}

fn mebibytes(running: &Running) -> f64 {
    running.memory() as f64 / f64::from(1 << 20)
}

fn start_and_idle(running: &Running, options: Options, figures: &mut Vec<Figure>) -> Result<(), String> {
    let row = "start on an empty directory";
    figures.push(Figure::new(row, "ms to the first Metadata", running.started_in.as_secs_f64() * 1e3));
    create_topic(running, "idle", 1, &[])?;
    thread::sleep(Duration::from_secs(if options.quick { 2 } else { 15 }));
    figures.push(Figure::new("idle", "resident MiB", mebibytes(running)));
    let watched = Duration::from_secs(if options.quick { 5 } else { 30 });
    let before = running.cpu();
    thread::sleep(watched);
    let used = running.cpu().saturating_sub(before);
    figures.push(Figure::new("idle", "CPU %", used.as_secs_f64() * 100.0 / watched.as_secs_f64()));
    Ok(())
}

fn produce(broker: Broker, running: &Running, options: Options, figures: &mut Vec<Figure>) -> Result<(), String> {
    for (batch, records) in PRODUCE {
        let (topic, records) = (format!("produce-{batch}"), options.scaled(records));
        create_topic(running, &topic, 1, &[])?;
        println!("{}: batches of {batch}", broker.name());
        produce_run(running, &topic, batch, records / 2)?;
        let run = produce_run(running, &topic, batch, records)?;
        let row = format!("produce, batches of {batch}");
        figures.push(Figure::new(&row, "records/s", run.per_second(run.printed.records)));
        figures.push(Figure::new(&row, "CPU s per million records", run.cpu_per_million()));
        figures.push(Figure::new(&row, "CPU s per GB", run.cpu_per_gigabyte()));
        latencies(&row, &run, figures);
    }
    Ok(())
}

/// One connection, five requests in flight.
fn produce_run(running: &Running, topic: &str, batch: u64, records: u64) -> Result<Run, String> {
    let arguments = [format!("--batch-records={batch}"), format!("--records={records}"), "--in-flight=5".to_owned()];
    perf(running, "produce", topic, &arguments)
}

fn latencies(row: &str, run: &Run, figures: &mut Vec<Figure>) {
    figures.push(Figure::new(row, "ms, p50", run.printed.p50_us as f64 / 1e3));
    figures.push(Figure::new(row, "ms, p99", run.printed.p99_us as f64 / 1e3));
}

fn fetch(broker: Broker, running: &Running, options: Options, figures: &mut Vec<Figure>) -> Result<(), String> {
    let rows = [
        ("fetch, 1 MiB at a time", "produce-1200", 1 << 20, 16_000_000),
        ("fetch, one batch of 150 at a time", "produce-150", 1000, 4_000_000),
    ];
    for (row, topic, max_bytes, records) in rows {
        println!("{}: {row}", broker.name());
        let arguments =
            |records: u64| [format!("--max-bytes={max_bytes}"), format!("--records={}", options.scaled(records))];
        perf(running, "fetch", topic, &arguments(records / 2))?;
        let run = perf(running, "fetch", topic, &arguments(records))?;
        figures.push(Figure::new(row, "records/s", run.per_second(run.printed.records)));
        figures.push(Figure::new(row, "requests/s", run.per_second(run.printed.requests)));
        figures.push(Figure::new(row, "CPU s per million records", run.cpu_per_million()));
        figures.push(Figure::new(row, "CPU s per GB", run.cpu_per_gigabyte()));
        latencies(row, &run, figures);
    }
    Ok(())
}

/// The row of group commit.
const FLUSH: &str = "produce, flush.messages=1, 16 connections";

fn flush(
    broker: Broker,
    running: &Running,
    scratch: &Path,
    options: Options,
    figures: &mut Vec<Figure>,
) -> Result<u64, String> {
    println!("{}: {FLUSH}", broker.name());
    create_topic(running, "flush", 1, &["flush.messages=1"])?;
    let run = |requests: u64| {
        let arguments = [
            "--batch-records=1".to_owned(),
            "--in-flight=1".to_owned(),
            format!("--records={requests}"),
            format!("--connections={FLUSHING}"),
        ];
        perf(running, "produce", "flush", &arguments)
    };
    let requests = if broker == Broker::Gracchus { 200_000 } else { 20_000 };
    let warm = run(options.scaled(requests) / 4)?;
    let run = run(options.scaled(requests))?;
    figures.push(Figure::new(FLUSH, "requests/s", run.per_second(run.printed.requests)));
    figures.push(Figure::new(FLUSH, "CPU s per million requests", run.cpu_per_million()));
    latencies(FLUSH, &run, figures);
    figures.push(Figure::new(FLUSH, "ms of a bare fdatasync here", bare_sync(scratch)? * 1e3));
    Ok(warm.printed.requests + run.printed.requests)
}

/// What this disk takes for one: the median of many, after a small append each.
fn bare_sync(scratch: &Path) -> Result<f64, String> {
    let path = scratch.join("sync");
    let mut file = OpenOptions::new().create(true).append(true).open(path).map_err(|why| why.to_string())?;
    let mut times = Vec::new();
    for _ in 0..101 {
        file.write_all(&[0; 200]).map_err(|why| why.to_string())?;
        let began = Instant::now();
        file.sync_data().map_err(|why| why.to_string())?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2].as_secs_f64())
}

/// What Gracchus itself says of its syncs when it stops: `synced 1234 times, 0.56 ms each`. All but a few of the run's
/// were for the requests that waited for one.
fn syncs(log: &str, requests: u64) -> Vec<Figure> {
    let said = log.lines().rev().find_map(|line| line.split_once(" synced ")).map_or("", |(_, rest)| rest);
    let mut numbers = said.split_whitespace().filter_map(|word| word.parse::<f64>().ok());
    let (Some(count), Some(each)) = (numbers.next(), numbers.next()) else { return Vec::new() };
    vec![Figure::new(FLUSH, "ms of each sync", each), Figure::new(FLUSH, "requests by sync", requests as f64 / count)]
}

/// One data shard against two, and a partition on the connection's own shard against another's.
pub fn shards(scratch: &Path, options: Options) -> Result<String, String> {
    let records = options.scaled(8_000_000);
    let mut text =
        "\n## Shards\n\n| Gracchus alone | records/s | CPU s per million records |\n|---|---:|---:|\n".to_owned();
    for shards in [1, 2] {
        for connections in [1, 4] {
            println!("Gracchus: {shards} data shards, {connections} connections");
            let folder = scratch.join(format!("shards-{shards}-{connections}"));
            let setting = format!("gracchus.data.shards={shards}");
            let (run, _) = with_broker(Broker::Gracchus.start(&folder, &[&setting], "info"), |running| {
                create_topic(running, "spread", connections, &[])?;
                produce_spread(running, records / 4, connections)?;
                produce_spread(running, records, connections)
            })?;
            let row = format!("data shards: {shards}, connections and partitions: {connections}");
            text += &line(&row, &run);
            let _ = fs::remove_dir_all(&folder);
        }
    }
    text += &own_and_other(scratch, records)?;
    Ok(text)
}

fn line(row: &str, run: &Run) -> String {
    format!("| {row} | {:.0} | {:.3} |\n", run.per_second(run.printed.records), run.cpu_per_million())
}

/// Each connection has a partition of its own.
fn produce_spread(running: &Running, records: u64, connections: u64) -> Result<Run, String> {
    let arguments = [
        "--batch-records=1200".to_owned(),
        format!("--records={records}"),
        format!("--connections={connections}"),
        format!("--partitions={connections}"),
    ];
    perf(running, "produce", "spread", &arguments)
}

/// Connections are dealt to the two shards in turn and stay there, so that of two runs one is on the partition's shard.
fn own_and_other(scratch: &Path, records: u64) -> Result<String, String> {
    println!("Gracchus: own shard and another");
    let folder = scratch.join("own-and-other");
    let settings = ["gracchus.data.shards=2", "gracchus.hand.over.clients=false"];
    let (rows, _) = with_broker(Broker::Gracchus.start(&folder, &settings, "debug"), |running| {
        create_topic(running, "one", 1, &[])?;
        let arguments = |records: u64| ["--batch-records=1200".to_owned(), format!("--records={records}")];
        perf(running, "produce", "one", &arguments(records / 4))?;
        let mut rows = String::new();
        for _ in 0..2 {
            let run = perf(running, "produce", "one", &arguments(records))?;
            rows += &line(&format!("two data shards, no hand-over: {}", whose(&running.log())), &run);
        }
        Ok(rows)
    })?;
    Ok(rows)
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
    word.strip_prefix('s')
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()))
}
