//! `cargo xtask bench`: Gracchus beside Apache Kafka on this machine, one after the other under the same load.

mod broker;
mod kafka;
mod load;
mod rows;
mod table;
mod usage;

use broker::{Broker, Running};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use table::Table;

/// Where results are kept with `--save`.
const SAVED: &str = "docs/bench.md";

/// What the command line asks for.
#[derive(Clone, Copy, Default)]
pub struct Options {
    /// A tenth of the load: for a first look.
    quick: bool,
    /// Writes the tables to the documentation.
    save: bool,
    /// Leaves Apache Kafka out.
    alone: bool,
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Options, String> {
        let mut options = Options::default();
        for argument in arguments {
            match argument.as_str() {
                "--quick" => options.quick = true,
                "--save" => options.save = true,
                "--alone" => options.alone = true,
                other => return Err(format!("bench takes --quick, --save and --alone, not {other:?}")),
            }
        }
        Ok(options)
    }

    /// A number of records, or what stands for it in a first look.
    fn scaled(self, records: u64) -> u64 {
        if self.quick { records / 10 } else { records }
    }
}

/// Measures, and prints tables.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let options = Options::parse(arguments)?;
    let scratch = Scratch::new()?;
    build()?;
    let gracchus = rows::measure(Broker::Gracchus, &scratch.0, options)?;
    let kafka = match options.alone {
        true => None,
        false => {
            kafka::fetch()?;
            Some(rows::measure(Broker::Kafka, &scratch.0, options)?)
        }
    };
    let mut text = head(options);
    text += &Table::beside(&gracchus, kafka.as_deref()).to_string();
    text += &rows::shards(&scratch.0, options)?;
    println!("\n{text}");
    if options.save {
        fs::write(SAVED, text).map_err(|why| format!("{SAVED} cannot be written: {why}"))?;
    }
    Ok(())
}

/// A folder below `target` that goes with the run.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Scratch, String> {
        let folder = target().join(format!("bench-{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|why| format!("{} cannot be made: {why}", folder.display()))?;
        Ok(Scratch(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Where cargo builds.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new("target").to_owned(), PathBuf::from)
}

/// The server and the load generator, both of them.
fn binary() -> PathBuf {
    target().join("release/gracchus")
}

fn build() -> Result<(), String> {
    let mut command = Command::new("cargo");
    command.args(["build", "--release", "--quiet", "--package", "gracchus-server"]);
    let built = command.status().map_err(|why| format!("cargo could not be started: {why}"))?;
    if built.success() { Ok(()) } else { Err("the server does not build".to_owned()) }
}

fn head(options: Options) -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    let model = model.trim_start_matches([' ', '\t', ':']);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown");
    format!(
        "# Gracchus beside Apache Kafka {version}\n\n\
         Written by `cargo xtask bench{quick}`. One broker at a time, alone with its load generator (`gracchus perf`) on \
         {cores} cores of {model}; load average at the end {load}.\n\
         Records of 100 B, acks=all, one replica. CPU is the broker process's own, user and system. Kafka is a single \
         KRaft node with the flags of its own start script, and warmed up before it is measured; so is Gracchus.\n\
         A ratio is Gracchus by Kafka.\n",
        version = kafka::VERSION,
        quick = if options.quick { " --quick" } else { "" },
    )
}

/// Stops a broker however its row ended.
fn with_broker<T>(
    running: Result<Running, String>,
    work: impl FnOnce(&Running) -> Result<T, String>,
) -> Result<(T, String), String> {
    let running = running?;
    let done = work(&running);
    let log = running.stop();
    done.map(|done| (done, log))
}
