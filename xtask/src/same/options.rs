//! What the command line asks for.

use std::num::NonZero;
use std::thread;

pub const USAGE: &str = "\
usage: cargo xtask same REV [--seeds N] [--seed FIRST] [--jobs J]

Builds gracchus-sim twice, from the working tree and from git revision REV, runs the same seeds with both, and compares
what each seed did: verdict, events, requests, records, checks, faults, counters, sites, losses, virtual time and hash.
Every scenario runs three seeds, the swarm runs N. Each build runs the scenario files of its own tree.

  --seeds N      seeds of the swarm [default: 300]
  --seed FIRST   the first seed of every scenario [default: 1]
  --jobs J       seeds that run at the same time [default: one for each processor]

Exit codes: 0 everything is equal; 1 only trace hashes and the number of bytes in frames differ, as they do when names,
texts or a frame's content changed; 2 something else differs; 64 the comparison could not be made.";

/// What is to be done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Asked {
    Help,
    Compare(Options),
}

/// What is compared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// The git revision, as the user named it.
    pub revision: String,
    /// Seeds of the swarm.
    pub seeds: u64,
    /// The first seed of every scenario.
    pub first: u64,
    /// Seeds that run at the same time.
    pub jobs: usize,
}

impl Options {
    /// Reads the arguments.
    pub fn parse(arguments: &[String]) -> Result<Asked, String> {
        let jobs = thread::available_parallelism().map_or(1, NonZero::get);
        let mut options = Options { revision: String::new(), seeds: 300, first: 1, jobs };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--help" | "-h" => return Ok(Asked::Help),
                "--seeds" => options.seeds = number("--seeds", arguments.next(), 1, 1_000_000)?,
                "--seed" => options.first = number("--seed", arguments.next(), 0, u64::MAX - 1_000_000)?,
                "--jobs" => {
                    options.jobs =
                        usize::try_from(number("--jobs", arguments.next(), 1, 1_024)?).expect("at most 1024");
                }
                flag if flag.starts_with('-') => return Err(format!("there is no option {flag}")),
                revision if options.revision.is_empty() => revision.clone_into(&mut options.revision),
                another => return Err(format!("one revision is compared, and {another:?} is the second")),
            }
        }
        if options.revision.is_empty() {
            return Err("same needs a git revision to compare with, such as main".to_owned());
        }
        Ok(Asked::Compare(options))
    }
}

fn number(option: &str, value: Option<&String>, least: u64, most: u64) -> Result<u64, String> {
    let given = value.ok_or_else(|| format!("{option} needs a number"))?;
    let number = given.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("{option} takes a number from {least} to {most}, not {given:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Asked, String> {
        Options::parse(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn a_revision_is_needed_and_numbers_have_bounds() {
        let Ok(Asked::Compare(options)) = parse("main --seeds 20 --seed 7 --jobs 1") else {
            panic!("it is well formed")
        };
        assert_eq!(options, Options { revision: "main".to_owned(), seeds: 20, first: 7, jobs: 1 });
        assert_eq!(
            parse("main --seeds many --help"),
            Err("--seeds takes a number from 1 to 1000000, not \"many\"".into())
        );
        assert_eq!(parse("--help"), Ok(Asked::Help));
        for wrong in ["", "--seeds 3", "main --seeds", "main --seeds 0", "main --jobs 0", "main other", "main --sed 1"]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
