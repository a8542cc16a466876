//! What users type.

use clap::builder::RangedU64ValueParser;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes: 0 passed, 1 violation, 2 stuck, 3 crash, 4 not deterministic, 5 a required check never ran, \
64 usage. Of several, the first in the order 4, 3, 1, 2, 5.";

const EXAMPLES: &str = "\
Examples:
  gracchus-sim run scenarios                                  every scenario, a few seeds of each
  gracchus-sim run scenarios --seeds 200                      200 seeds of each, from a random first one
  gracchus-sim run scenarios/swarm.scenario.toml --minutes 10 as many seeds as ten minutes allow
  gracchus-sim run scenarios/swarm.scenario.toml --seed 7     seed 7, alone
  gracchus-sim replay runs/7/swarm-7.failure.json             the same failure again, with its story";

/// Runs fault-injection scenarios against simulated clusters, and replays what failed.
#[derive(Parser, Debug)]
#[command(name = "gracchus-sim", version, after_help = EXAMPLES, max_term_width = 110)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run a scenario, or all scenarios of a folder, for many seeds
    #[command(after_help = EXIT_CODES)]
    Run(RunArgs),
    /// Run a failing seed again, exactly, and tell its story
    ///
    /// Exits as the recorded verdict did; 4 when the trace hash is another one; 64 for a file of another commit or with
    /// other mutants.
    Replay(ReplayArgs),
    /// List scenarios
    List(ListArgs),
    /// List the known bugs that the testbed is measured by; a build with the `mutants` feature can measure
    Mutants(MutantsArgs),
    /// Show a run's verdict again, and write its page anew
    Report(ReportArgs),
}

/// Arguments of `run`.
#[derive(clap::Args, Debug)]
pub struct RunArgs {
    /// A `*.scenario.toml` file, or a folder with such files
    pub path: PathBuf,
    /// Seeds of each scenario [default: 10; 1 with --seed alone; no end with --minutes alone]
    #[arg(long, value_name = "COUNT", value_parser = RangedU64ValueParser::<u64>::new().range(1..))]
    pub seeds: Option<u64>,
    /// The first seed [default: random, and printed]
    #[arg(long, value_name = "FIRST")]
    pub seed: Option<u64>,
    /// Begin no run after so many minutes
    #[arg(long, value_name = "M", value_parser = RangedU64ValueParser::<u64>::new().range(1..=100_000))]
    pub minutes: Option<u64>,
    /// Runs at one moment [default: one for each processor]
    #[arg(long, value_name = "J", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_024))]
    pub jobs: Option<usize>,
    /// Where failure files, verdict and page go [default: runs/FIRST]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print the verdict as JSON
    #[arg(long)]
    pub json: bool,
    /// Run every seed twice and compare the trace hashes, not the first three of each scenario only
    #[arg(long)]
    pub check_determinism: bool,
    /// What is fixed instead of drawn
    #[command(flatten)]
    pub fixed: FixedArgs,
}

/// What is fixed instead of drawn.
#[derive(clap::Args, Debug)]
pub struct FixedArgs {
    /// Data shards of every node, instead of what the scenario says
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=8))]
    pub data_shards: Option<u16>,
    /// No crash falls inside a call
    #[arg(long)]
    pub no_cuts: bool,
    /// Switch a known bug on, such as M01 (needs a build with the `mutants` feature)
    #[arg(long, value_name = "ID")]
    pub mutant: Option<String>,
}

/// Arguments of `replay`.
#[derive(clap::Args, Debug)]
pub struct ReplayArgs {
    /// A `*.failure.json` file
    pub file: PathBuf,
    /// Replay on this build although the file is of another commit: the run may take another course
    #[arg(long)]
    pub other_commit: bool,
    /// Tell the whole story, not the moments before the end only
    #[arg(long)]
    pub whole: bool,
    /// Write a page with the timeline
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Print the outcome as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `list`.
#[derive(clap::Args, Debug)]
pub struct ListArgs {
    /// A folder with scenarios, or one scenario
    #[arg(default_value = "scenarios")]
    pub path: PathBuf,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `mutants`.
#[derive(clap::Args, Debug)]
pub struct MutantsArgs {
    /// Only these, such as M01 [default: all]
    pub ids: Vec<String>,
    /// Measure: how many seeds until each is found, by which check, for how many CPU-seconds
    #[arg(long)]
    pub score: bool,
    /// The folder with the scenarios that name the mutants they find
    #[arg(long, value_name = "DIR", default_value = "scenarios")]
    pub scenarios: PathBuf,
    /// Starts of each, from different first seeds; the median counts
    #[arg(long, value_name = "COUNT", default_value_t = 3, value_parser = RangedU64ValueParser::<u64>::new().range(1..=99))]
    pub starts: u64,
    /// The first seed of the first start [default: random, and printed]
    #[arg(long, value_name = "FIRST")]
    pub seed: Option<u64>,
    /// Seeds after which a start gives up
    #[arg(long, value_name = "COUNT", default_value_t = 2_000)]
    pub most_seeds: u64,
    /// Runs at one moment [default: one for each processor]
    #[arg(long, value_name = "J")]
    pub jobs: Option<usize>,
    /// Where failure files go
    #[arg(long, value_name = "DIR", default_value = "runs/mutants")]
    pub out: PathBuf,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `report`.
#[derive(clap::Args, Debug)]
pub struct ReportArgs {
    /// A folder that `run` wrote
    pub folder: PathBuf,
    /// Print the verdict as JSON
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use super::Args;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Args::command().debug_assert();
    }
}
