//! One run of the load generator, and what it cost the broker.

use super::binary;
use super::broker::Running;
use serde::Deserialize;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// No command of ours takes longer. A load that a broker no longer answers must not hold up the rest.
const PATIENCE: Duration = Duration::from_secs(180);

/// What `gracchus perf --json` prints.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Printed {
    pub requests: u64,
    pub records: u64,
    pub bytes: u64,
    pub elapsed_us: u64,
    pub p50_us: u64,
    pub p99_us: u64,
}

/// A run.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    pub printed: Printed,
    /// The broker's.
    pub cpu: Duration,
}

impl Run {
    /// Records or requests per second.
    pub fn per_second(&self, count: u64) -> f64 {
        count as f64 * 1e6 / self.printed.elapsed_us.max(1) as f64
    }

    /// The broker's CPU-seconds for each million records.
    pub fn cpu_per_million(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.printed.records.max(1) as f64
    }

    /// The broker's CPU-seconds for each gigabyte.
    pub fn cpu_per_gigabyte(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e9 / self.printed.bytes.max(1) as f64
    }
}

/// Makes a topic of one replica.
pub fn create_topic(broker: &Running, name: &str, partitions: u64, config: &[&str]) -> Result<(), String> {
    let mut command = Command::new(binary());
    command.args(["topic", "create", name, "--partitions", &partitions.to_string()]);
    command.args(["--replication-factor", "1", "--bootstrap", &broker.address]);
    for pair in config {
        command.args(["--config", pair]);
    }
    output(command).map(|_| ())
}

/// Runs `gracchus perf KIND` with the arguments, `--name value --name value`.
pub fn perf(broker: &Running, kind: &str, topic: &str, arguments: &str) -> Result<Run, String> {
    let mut command = Command::new(binary());
    command.args(["perf", kind, "--json", "--bootstrap", &broker.address, "--topic", topic]);
    command.args(arguments.split_whitespace());
    let before = broker.cpu();
    let text = output(command)?;
    let cpu = broker.cpu().saturating_sub(before);
    let printed = serde_json::from_str(&text).map_err(|why| format!("perf printed {text:?}: {why}"))?;
    Ok(Run { printed, cpu })
}

/// The first line of `gracchus perf groups --json`.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Formed {
    pub last_us: u64,
}

/// Its second line.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Stayed {
    pub heartbeats: u64,
    pub rejoined: u64,
    pub p99_us: u64,
}

/// Groups that formed and stayed, and what each cost the broker.
#[derive(Clone, Copy, Debug)]
pub struct GroupsRun {
    pub formed: Formed,
    pub stayed: Stayed,
    pub join_cpu: Duration,
    pub stay_cpu: Duration,
    /// Resident bytes at the end, with all groups there.
    pub memory: u64,
}

/// Runs `gracchus perf groups`.
pub fn form_groups(
    broker: &Running,
    topic: &str,
    groups: u64,
    members: u64,
    seconds: u64,
) -> Result<GroupsRun, String> {
    let mut command = Command::new(binary());
    command.args(["perf", "groups", "--json", "--bootstrap", &broker.address, "--topic", topic]);
    for (name, value) in [("--groups", groups), ("--members", members), ("--seconds", seconds)] {
        command.args([name, &value.to_string()]);
    }
    let before = broker.cpu();
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = child.map_err(|why| format!("{command:?} could not be started: {why}"))?;
    let mut lines = BufReader::new(child.stdout.take().expect("its output is a pipe")).lines();
    let mut line = || lines.next().and_then(Result::ok).ok_or_else(|| format!("{command:?} failed"));
    let formed = line()?;
    let between = broker.cpu();
    let stayed = line()?;
    let (after, memory) = (broker.cpu(), broker.memory());
    let _ = child.wait();
    let wrong = |why: serde_json::Error| format!("perf groups printed {formed:?} and {stayed:?}: {why}");
    Ok(GroupsRun {
        formed: serde_json::from_str(&formed).map_err(wrong)?,
        stayed: serde_json::from_str(&stayed).map_err(wrong)?,
        join_cpu: between.saturating_sub(before),
        stay_cpu: after.saturating_sub(between),
        memory,
    })
}

/// Runs a command to its end, and returns what it printed.
pub fn output(mut command: Command) -> Result<String, String> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(|why| format!("{command:?} could not be started: {why}"))?;
    let began = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if began.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(2)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("{command:?} did not end within {} s", PATIENCE.as_secs()));
            }
            Err(why) => return Err(format!("{command:?} cannot be waited for: {why}")),
        }
    };
    // What these commands print fits a pipe.
    let (mut said, mut errors) = (String::new(), String::new());
    let _ = child.stdout.take().map(|mut out| out.read_to_string(&mut said));
    let _ = child.stderr.take().map(|mut out| out.read_to_string(&mut errors));
    if status.success() { Ok(said.trim().to_owned()) } else { Err(format!("{command:?} failed: {errors}")) }
}
