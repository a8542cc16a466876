//! How many cases a property test or a test over seeds runs: as many as the test itself says, or `GRACCHUS_DEEP` times as
//! many, as `cargo xtask test --deep` asks for.
//!
//! **Invariants**
//! - Only tests depend on this package. The core, the world and the server read no environment variable through it.
//! - A count that is reported is the number of cases that began. A property reports its number as it begins, because
//!   proptest runs exactly so many cases of a test that passes.

use proptest::test_runner::Config;
use std::env;
use std::fs::OpenOptions;
use std::io::Write;
use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The environment variable that says how many times the ordinary number of cases each test runs; 1 where it is absent.
pub const DEEP: &str = "GRACCHUS_DEEP";

/// The environment variable that names the file to which tests report their cases. Tests report nothing where it is absent.
pub const REPORT: &str = "GRACCHUS_DEEP_REPORT";

/// Cases of a property that has no reason for another number: proptest's own default.
pub const ORDINARY: u32 = 256;

/// How often a test over seeds reports how far it is.
const REPORT_EVERY: Duration = Duration::from_secs(5);

/// The configuration of a property test that ordinarily runs `ordinary` cases.
///
/// # Panics
///
/// Panics where `GRACCHUS_DEEP` is not a number from 1 to 1,000,000.
#[must_use]
pub fn property(ordinary: u32) -> Config {
    let cases = u32::try_from(scaled(ordinary.into())).unwrap_or(u32::MAX);
    report("property", cases.into(), cases.into());
    let config = Config::default();
    // Cases that a test throws away grow with those that it runs.
    let rejects = u32::try_from(scaled(config.max_global_rejects.into())).unwrap_or(u32::MAX);
    Config { cases, max_global_rejects: rejects, ..config }
}

/// The seeds of a test that ordinarily runs the seeds from 0 up to, but not including, `ordinary`.
///
/// # Panics
///
/// Panics where `GRACCHUS_DEEP` is not a number from 1 to 1,000,000.
#[must_use]
pub fn seeds(ordinary: u64) -> Seeds {
    let planned = scaled(ordinary);
    report("seeds", 0, planned);
    Seeds { left: 0..planned, planned, reported: 0, reported_at: Instant::now() }
}

/// How many seeds a test gives to a campaign that ordinarily runs `ordinary` seeds.
///
/// # Panics
///
/// Panics where `GRACCHUS_DEEP` is not a number from 1 to 1,000,000.
#[must_use]
pub fn campaign(ordinary: u64) -> u64 {
    let seeds = scaled(ordinary);
    report("seeds", seeds, seeds);
    seeds
}

/// Seeds that a test goes through; its report counts those that it began.
#[derive(Debug)]
pub struct Seeds {
    left: Range<u64>,
    planned: u64,
    /// Seeds that the report has.
    reported: u64,
    reported_at: Instant,
}

impl Seeds {
    /// How many seeds the test goes through in all.
    #[must_use]
    pub fn planned(&self) -> u64 {
        self.planned
    }

    fn report(&mut self) {
        report("seeds", self.left.start - self.reported, 0);
        self.reported = self.left.start;
        self.reported_at = Instant::now();
    }
}

impl Iterator for Seeds {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        if self.reported_at.elapsed() >= REPORT_EVERY {
            self.report();
        }
        self.left.next()
    }
}

impl Drop for Seeds {
    /// Names the seed that failed, because assertions seldom do.
    fn drop(&mut self) {
        if thread::panicking() && self.left.start > 0 {
            eprintln!("failed at seed {}", self.left.start - 1);
        }
        self.report();
    }
}

/// The number of cases that stands for `ordinary` ones.
fn scaled(ordinary: u64) -> u64 {
    times(env::var(DEEP).ok().as_deref()).saturating_mul(ordinary)
}

fn times(deep: Option<&str>) -> u64 {
    let Some(text) = deep else { return 1 };
    let times = text.parse().ok().filter(|times| (1..=1_000_000).contains(times));
    times.unwrap_or_else(|| panic!("{DEEP} is a number from 1 to 1,000,000, not {text:?}"))
}

/// Appends a line to the report: the test's name, its kind, how many cases more it has begun and how many more it plans,
/// and the time in milliseconds since 1970, with tabs between them. A reader adds the lines of a test up.
fn report(kind: &str, begun: u64, planned: u64) {
    let Some(path) = env::var_os(REPORT) else { return };
    // libtest names the thread of each test after the test.
    let thread = thread::current();
    let name = thread.name().unwrap_or("unnamed");
    let at_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_millis());
    let line = format!("{name}\t{kind}\t{begun}\t{planned}\t{at_ms}\n");
    let file = OpenOptions::new().append(true).create(true).open(&path);
    let written = file.and_then(|mut file| file.write_all(line.as_bytes()));
    written.unwrap_or_else(|why| panic!("{REPORT}: {} cannot be written: {why}", path.display()));
}

#[cfg(test)]
mod tests {
    use super::times;

    #[test]
    fn tests_run_their_ordinary_number_of_cases_unless_more_are_asked_for() {
        assert_eq!(times(None), 1);
        assert_eq!(times(Some("100")), 100);
    }

    #[test]
    #[should_panic(expected = "GRACCHUS_DEEP is a number from 1 to 1,000,000, not \"many\"")]
    fn another_word_than_a_number_is_refused() {
        let _ = times(Some("many"));
    }
}
