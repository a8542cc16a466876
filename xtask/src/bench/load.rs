//! One run of the load generator, and what it cost the broker.

use super::binary;
use super::broker::Running;
use serde::Deserialize;
use std::process::Command;
use std::time::Duration;

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

/// Runs `gracchus perf <kind>` with the arguments.
pub fn perf(broker: &Running, kind: &str, topic: &str, arguments: &[String]) -> Result<Run, String> {
    let mut command = Command::new(binary());
    command.args(["perf", kind, "--json", "--bootstrap", &broker.address, "--topic", topic]).args(arguments);
    let before = broker.cpu();
    let text = output(command)?;
    let cpu = broker.cpu().saturating_sub(before);
    let printed = serde_json::from_str(&text).map_err(|why| format!("perf printed {text:?}: {why}"))?;
    Ok(Run { printed, cpu })
}

fn output(mut command: Command) -> Result<String, String> {
    let done = command.output().map_err(|why| format!("gracchus could not be started: {why}"))?;
    match done.status.success() {
        true => Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned()),
        false => Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&done.stderr))),
    }
}
