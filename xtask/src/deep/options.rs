//! What the command line asks for.

use super::PACKAGES;

pub const USAGE: &str = "\
usage: cargo xtask test --deep [--times N] [--package NAME] [FILTER]...

Runs all tests in release mode, and each property test and each test over seeds with N times its ordinary cases. Prints
how many cases each suite ran and how long they took.

  --times N        how many times the ordinary number of cases [default: 100]
  --package NAME   the tests of this package alone
  FILTER           the tests whose name contains this text alone";

/// What is to be done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Asked {
    Help,
    Deep(Options),
}

/// Which tests run, and how many cases.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// How many times the ordinary number of cases.
    pub times: u64,
    /// The only package, where one is named.
    package: Option<&'static str>,
    /// Parts of tests' names, as libtest takes them; all tests where there is none.
    pub filters: Vec<String>,
}

impl Options {
    /// Reads the arguments behind `--deep`.
    pub fn parse(arguments: &[String]) -> Result<Asked, String> {
        let mut options = Options { times: 100, package: None, filters: Vec::new() };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--help" | "-h" => return Ok(Asked::Help),
                "--times" => options.times = times(arguments.next())?,
                "--package" => options.package = Some(package(arguments.next())?),
                flag if flag.starts_with('-') => return Err(format!("there is no option {flag}\n{USAGE}")),
                filter => options.filters.push(filter.to_owned()),
            }
        }
        Ok(Asked::Deep(options))
    }

    /// The packages whose tests run.
    pub fn packages(&self) -> impl Iterator<Item = &'static str> {
        PACKAGES.iter().copied().filter(|package| self.package.is_none_or(|only| only == *package))
    }
}

fn times(value: Option<&String>) -> Result<u64, String> {
    let times = value.and_then(|text| text.parse().ok()).filter(|times| (1..=10_000).contains(times));
    times.ok_or_else(|| "--times takes a number from 1 to 10000".to_owned())
}

fn package(value: Option<&String>) -> Result<&'static str, String> {
    let known = value.and_then(|name| PACKAGES.iter().copied().find(|package| package == name));
    known.ok_or_else(|| format!("--package takes one of {}", PACKAGES.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Asked, String> {
        Options::parse(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn a_hundred_times_everything_unless_told_otherwise() {
        let Ok(Asked::Deep(all)) = parse("") else { panic!("it is well formed") };
        assert_eq!((all.times, all.packages().count()), (100, PACKAGES.len()));
        let Ok(Asked::Deep(few)) = parse("--times 3 --package gracchus-world disk:: queue") else {
            panic!("it is, too")
        };
        assert_eq!(few.times, 3);
        assert_eq!(few.packages().collect::<Vec<_>>(), ["gracchus-world"]);
        assert_eq!(few.filters, ["disk::", "queue"]);
        for wrong in ["--times", "--times 0", "--times many", "--package xtask", "--quick"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
