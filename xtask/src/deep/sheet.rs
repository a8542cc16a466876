//! Cases and times of all suites. A suite is the tests of one module.

use super::report::Cases;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

/// All suites that have run.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    suites: BTreeMap<(String, String), Suite>,
    ended: BTreeSet<(String, String)>,
    failed: Vec<String>,
    /// Tests without cases.
    others: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Suite {
    tests: u64,
    cases: u64,
    lasted: Duration,
}

impl Sheet {
    /// Adds a test that has ended.
    pub fn add(&mut self, binary: &str, test: &str, cases: Option<Cases>, passed: bool) {
        self.ended.insert((binary.to_owned(), test.to_owned()));
        if !passed {
            self.failed.push(format!("{binary} {test}"));
        }
        let Some(cases) = cases else {
            self.others += 1;
            return;
        };
        let suite = self.suites.entry((binary.to_owned(), suite_of(test).to_owned())).or_default();
        suite.tests += 1;
        suite.cases += cases.begun;
        suite.lasted += cases.lasted;
    }

    /// Whether the test has ended.
    pub fn has(&self, binary: &str, test: &str) -> bool {
        self.ended.contains(&(binary.to_owned(), test.to_owned()))
    }

    /// Tests that failed, with their binaries.
    pub fn failed(&self) -> &[String] {
        &self.failed
    }
}

/// The module of a test: its path without the function and without a last `tests`.
fn suite_of(test: &str) -> &str {
    let module = test.rsplit_once("::").map_or("at the top", |(module, _)| module);
    module.strip_suffix("::tests").unwrap_or(module)
}

impl fmt::Display for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.suites.keys().map(|(binary, suite)| binary.len() + suite.len() + 1).max().unwrap_or(0);
        writeln!(f, "\n{:<width$}  tests       cases  seconds", "suite")?;
        let mut by_time: Vec<_> = self.suites.iter().collect();
        by_time.sort_by_key(|(_, suite)| core::cmp::Reverse(suite.lasted));
        for ((binary, suite), Suite { tests, cases, lasted }) in by_time {
            let name = format!("{binary} {suite}");
            writeln!(f, "{name:<width$}  {tests:>5}  {cases:>10}  {:>7.1}", lasted.as_secs_f64())?;
        }
        let sum = |of: fn(&Suite) -> u64| self.suites.values().map(of).sum::<u64>();
        let seconds: f64 = self.suites.values().map(|suite| suite.lasted.as_secs_f64()).sum();
        let (tests, cases) = (sum(|it| it.tests), sum(|it| it.cases));
        writeln!(f, "{:<width$}  {tests:>5}  {cases:>10}  {seconds:>7.1}", "all")?;
        writeln!(f, "{} tests without cases, {} failed", self.others, self.failed.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_summed_up_by_module_and_failures_are_named() {
        let cases = |begun, seconds| {
            let mut cases = Cases::default();
            (cases.begun, cases.lasted) = (begun, Duration::from_secs(seconds));
            Some(cases)
        };
        let mut sheet = Sheet::default();
        sheet.add("gracchus-core", "log::epochs::tests::one", cases(25_600, 2), true);
        sheet.add("gracchus-core", "log::epochs::tests::two", cases(25_600, 3), false);
        sheet.add("gracchus-world", "at_the_top", cases(7, 60), true);
        sheet.add("gracchus-world", "plain", None, true);
        let table = "
suite                      tests       cases  seconds
gracchus-world at the top      1           7     60.0
gracchus-core log::epochs      2       51200      5.0
all                            3       51207     65.0
1 tests without cases, 1 failed
";
        assert_eq!(sheet.to_string(), table);
        assert_eq!(sheet.failed(), ["gracchus-core log::epochs::tests::two"]);
        assert!(sheet.has("gracchus-world", "plain") && !sheet.has("gracchus-core", "plain"));
    }
}
