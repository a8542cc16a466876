//! The storm's arguments.

use std::time::{SystemTime, UNIX_EPOCH};

pub const USAGE: &str = "usage: cargo xtask storm [--minutes N] [--seed N]

  Kills one server of a release build with SIGKILL at random moments and starts it again, for ten minutes or as many as
  are given, under idempotent producers and a group of consumers on Java's client, librdkafka and franz-go. Nothing that
  was acknowledged may be lost, doubled or reordered, and no committed offset may go back. It needs mvn, python3 and go.";

/// What to do.
#[derive(Debug, PartialEq)]
pub struct Options {
    pub minutes: f64,
    pub seed: u64,
}

impl Options {
    /// Reads the arguments; none where they ask for help.
    pub fn read(arguments: &[String]) -> Result<Option<Options>, String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
        let mut options = Options { minutes: 10.0, seed: u64::from(now) };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} takes a number\n{USAGE}"));
            let wrong = |value: &str| format!("{argument} {value}: that is no number it can take\n{USAGE}");
            match argument.as_str() {
                "--help" | "-h" => return Ok(None),
                "--minutes" => {
                    let text = value()?;
                    let minutes = text.parse().ok().filter(|minutes: &f64| (0.0..=10_000.0).contains(minutes));
                    options.minutes = minutes.ok_or_else(|| wrong(text))?;
                }
                "--seed" => {
                    let text = value()?;
                    options.seed = text.parse().map_err(|_| wrong(text))?;
                }
                unknown => return Err(format!("no option {unknown:?}\n{USAGE}")),
            }
        }
        Ok(Some(options))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_or_refused() {
        let read = |text: &str| Options::read(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(read("--minutes 0.5 --seed 7"), Ok(Some(Options { minutes: 0.5, seed: 7 })));
        assert_eq!(read("--help"), Ok(None));
        for wrong in ["--minutes", "--minutes x", "--minutes -1", "--minutes NaN", "--seed -1", "--storm"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
