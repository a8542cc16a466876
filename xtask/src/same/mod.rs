//! `cargo xtask same REV`: whether the simulator of the working tree does what the simulator of revision REV did, seed by
//! seed.
//!
//! **Invariants**
//! - Each build runs the scenario files of its own tree.
//! - Only "equal" ends with exit code 0. A command that could not compare ends with 64 and never with 0, 1 or 2.

pub mod builds;
mod comparison;
mod figures;
mod options;
mod runs;

use builds::Builds;
use comparison::Comparison;
use options::{Asked, Options};
use std::process::ExitCode;

/// The exit code of a command that could not compare, as `gracchus-sim` has it.
const CANNOT: u8 = 64;

/// The oldest revision whose `gracchus-sim` runs a trial to its verdict.
const OLDEST: &str = "3648673";

/// Compares, prints the table, and returns how the command ends.
pub fn run(arguments: &[String]) -> ExitCode {
    let compared = match Options::parse(arguments) {
        Ok(Asked::Help) => {
            println!("{}", options::USAGE);
            return ExitCode::SUCCESS;
        }
        Ok(Asked::Compare(options)) => compare(&options),
        Err(why) => Err(format!("{why}\n{}", options::USAGE)),
    };
    match compared {
        Ok(comparison) => {
            print!("{comparison}");
            ExitCode::from(comparison.level().code())
        }
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::from(CANNOT)
        }
    }
}

fn compare(options: &Options) -> Result<Comparison, String> {
    let builds = Builds::make(&options.revision)?;
    let (list, notes) = runs::list(&builds, options)?;
    let mut comparison = Comparison::new(&builds.working_tree.name, &builds.revision.name, notes);
    runs::execute(&builds, &list, options.jobs, &mut comparison)?;
    Ok(comparison)
}
