//! `cargo xtask bench`: Gracchus beside Apache Kafka on this machine, both alive, measured in turn under the same load.
//!
//! **Invariants**: every row is bounded by time and by bytes; a row has fresh brokers on fresh folders; a figure is the
//! median of its repetitions, which the brokers take in turn, so that what disturbs the machine disturbs both.

mod broker;
mod ground;
mod head;
mod kafka;
mod load;
mod options;
mod pair;
mod rows;
mod sheet;
mod usage;

use crate::kafka::target;
use ground::Ground;
use options::{Options, Row};
use sheet::Sheet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

/// Where results are kept with `--save`.
const SAVED: &str = "docs/bench.md";

/// From here on that file is written by hand, and stays.
const NOTES: &str = "\n## Notes\n";

/// Measures the rows of one kind.
type Measure = fn(&mut Bench) -> Result<(), String>;

/// In the order of the tables.
const ROWS: [(Row, Measure); 8] = [
    (Row::Start, rows::start),
    (Row::Idle, rows::idle),
    (Row::Produce, rows::produce),
    (Row::Fetch, rows::fetch),
    (Row::Flush, rows::flush),
    (Row::Groups, rows::groups),
    (Row::Recovery, rows::recovery),
    (Row::Shards, rows::shards),
];

/// Measures, and prints tables.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let options = Options::parse(arguments)?;
    build()?;
    if !options.alone {
        crate::kafka::fetch().map_err(|why| format!("{why}, or use --alone"))?;
    }
    let ground = Ground::new(&target())?;
    let mut bench = Bench { options, ground, sheet: Sheet::default(), alone: Sheet::default(), began: Instant::now() };
    for (row, measure) in ROWS {
        if bench.options.wants(row) {
            measure(&mut bench)?;
        }
    }
    let text = head::head(&bench) + &bench.sheet.beside() + &bench.alone.alone();
    println!("\n{text}");
    if bench.options.save { save(&text) } else { Ok(()) }
}

/// A run of the bench.
struct Bench {
    options: Options,
    ground: Ground,
    /// Figures that have both brokers.
    sheet: Sheet,
    /// Figures of Gracchus alone.
    alone: Sheet,
    began: Instant,
}

impl Bench {
    /// A line of progress.
    fn say(&self, what: &str) {
        let seconds = self.began.elapsed().as_secs();
        println!("[{}:{:02}] {what}", seconds / 60, seconds % 60);
    }
}

fn save(text: &str) -> Result<(), String> {
    let before = fs::read_to_string(SAVED).unwrap_or_default();
    let notes = before.find(NOTES).map_or("", |at| &before[at..]);
    fs::write(SAVED, format!("{text}{notes}")).map_err(|why| format!("{SAVED} cannot be written: {why}"))
}

/// The server and the load generator, both of them.
fn binary() -> PathBuf {
    target().join("release/gracchus")
}

fn build() -> Result<(), String> {
    println!("building gracchus");
    let mut command = Command::new("cargo");
    command.args(["build", "--release", "--quiet", "--package", "gracchus-server"]);
    let built = command.status().map_err(|why| format!("cargo could not be started: {why}"))?;
    if built.success() { Ok(()) } else { Err("the server does not build".to_owned()) }
}
