//! What stands above the tables: the machine, the versions, and what was done.

use super::Bench;
use std::fs;
use std::process::Command;

/// The first lines of what is printed and saved.
pub fn head(bench: &Bench) -> String {
    let options = &bench.options;
    format!(
        "# Gracchus beside Apache Kafka {kafka}\n\n\
         Written by `cargo xtask bench{quick}` at {commit} in {minutes} min on {cores} cores of {cpu}, {memory} GiB of \
         memory, Linux {linux}, {java}; load average at the end {load}.\n\n\
         Both brokers are alive, and one has load at a time (`gracchus perf`, on the same cores): they take the \
         repetitions of a row in turn, and a figure is the median of {times}. Records have \
         100 B, batches are not compressed, acks=all with one replica, topics have one partition unless a row says \
         otherwise; one connection with five requests in flight produces, one with one request at a time fetches. CPU \
         is the broker process's own, user and system. Kafka is a single KRaft node with the flags of its own start \
         script. Each row has fresh brokers, warmed up for {warm_up} s or 12 million records. The data of the produce, \
         fetch and shards rows is {ground}, that of the others on disk.\n\n\
         A ratio is Gracchus by Kafka; behind it, the least and the greatest of the repetitions.\n",
        kafka = crate::kafka::VERSION,
        quick = if options.quick { " --quick" } else { "" },
        commit = said("git", &["rev-parse", "--short", "HEAD"]),
        minutes = bench.began.elapsed().as_secs().div_ceil(60),
        cores = std::thread::available_parallelism().map_or(0, usize::from),
        cpu = field("/proc/cpuinfo", "model name"),
        memory =
            field("/proc/meminfo", "MemTotal").split(' ').next().unwrap_or_default().parse().unwrap_or(0_u64) >> 20,
        linux = said("uname", &["-r"]),
        java = java(),
        load = fs::read_to_string("/proc/loadavg").unwrap_or_default().split(' ').next().unwrap_or_default(),
        times = options.repetitions(),
        ground = if bench.ground.has_memory() { "in memory (tmpfs)" } else { "on disk" },
        warm_up = options.seconds(super::rows::WARM_UP),
    )
}

/// The first line of a file of `/proc` with that name in front.
fn field(path: &str, name: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("unknown");
    line.trim_start_matches([' ', '\t', ':']).to_owned()
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or_else(|_| "unknown".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Java says its version on standard error: `openjdk version "17.0.15" 2025-04-15`.
fn java() -> String {
    let Ok(output) = Command::new("java").arg("-version").output() else { return "no Java".to_owned() };
    let text = String::from_utf8_lossy(&output.stderr);
    format!("Java {}", text.split('"').nth(1).unwrap_or("unknown"))
}
