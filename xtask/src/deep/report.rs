//! The file that tests report their cases to, as `gracchus-cases` writes it.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Every test that has reported, by name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report(BTreeMap<String, Cases>);

/// The cases of one test.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Cases {
    /// Whether a property drew the cases; seeds did otherwise.
    is_property: bool,
    /// Cases that began.
    pub begun: u64,
    planned: u64,
    /// When the test reported first, milliseconds since 1970.
    began_ms: u64,
    /// How long the test has been running.
    pub lasted: Duration,
}

impl Report {
    /// Reads the file; a file that is absent is an empty report.
    pub fn read(path: &Path) -> Report {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Report::parse(&fs::read_to_string(path).unwrap_or_default(), now)
    }

    fn parse(text: &str, now: Duration) -> Report {
        let mut report = Report::default();
        for line in text.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let [test, kind, begun, planned, at_ms] = fields[..] else { continue };
            let number = |text: &str| text.parse::<u64>().unwrap_or(0);
            let fresh = Cases { began_ms: number(at_ms), ..Cases::default() };
            let cases = report.0.entry(test.to_owned()).or_insert(fresh);
            cases.is_property |= kind == "property";
            cases.begun += number(begun);
            cases.planned += number(planned);
            cases.lasted = now.saturating_sub(Duration::from_millis(cases.began_ms));
        }
        report
    }

    /// The cases of one test; none where it has reported nothing.
    pub fn take(&self, test: &str) -> Option<Cases> {
        self.0.get(test).copied()
    }

    /// The tests that have reported and not ended, in words.
    pub fn running(&self, has_ended: impl Fn(&str) -> bool) -> String {
        let running = self.0.iter().filter(|(test, _)| !has_ended(test));
        let words = running.map(|(test, cases)| match cases.is_property {
            // proptest tells nobody how far it is.
            true => format!("{test} ({} cases, for {} s)", cases.planned, cases.lasted.as_secs()),
            false => format!("{test} ({} of {} seeds, for {} s)", cases.begun, cases.planned, cases.lasted.as_secs()),
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Cases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_property { "cases" } else { "seeds" };
        write!(f, "{} {kind} in {:.1} s", self.begun, self.lasted.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tests_report_adds_up() {
        let text =
            "a::one\tseeds\t0\t40\t1000\nb::two\tproperty\t256\t256\t1500\na::one\tseeds\t25\t0\t2000\nhalf a li";
        let report = Report::parse(text, Duration::from_millis(3_000));
        assert_eq!(report.running(|_| false), "a::one (25 of 40 seeds, for 2 s), b::two (256 cases, for 1 s)");
        assert_eq!(report.running(|test| test == "a::one"), "b::two (256 cases, for 1 s)");
        assert_eq!(report.take("a::one").map(|it| it.to_string()), Some("25 seeds in 2.0 s".to_owned()));
        assert_eq!(report.take("c::three"), None);
    }
}
