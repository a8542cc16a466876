//! The score sheet: what it takes to find each known bug.

use crate::build::Build;
use crate::campaign::{Order, Twice, Watcher};
use crate::failure_file::Failure;
use crate::run::{Run, run};
use crate::scenario::Found;
use gracchus_core::io::Mutant;
use gracchus_world::trial::Forced;
use gracchus_world::verdict::Verdict;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// How often each failure is run again.
const REPLAYS: usize = 3;

/// How to measure.
#[derive(Debug)]
pub struct Score<'p> {
    /// The first seed of the first start.
    pub first: u64,
    /// Starts of each mutant.
    pub starts: u64,
    /// Seeds after which a start gives up.
    pub most_seeds: u64,
    /// Threads.
    pub jobs: usize,
    /// Where failure files go.
    pub out: &'p Path,
}

/// All rows.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Sheet {
    /// A row for each mutant and scenario.
    pub rows: Vec<Row>,
}

/// A mutant and a scenario that is to find it.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Row {
    /// Its number.
    pub mutant: String,
    /// The scenario's name.
    pub scenario: String,
    /// Crashes may fall inside calls.
    pub with_cuts: Vec<Start>,
    /// They may not.
    pub without_cuts: Vec<Start>,
}

/// One start from one first seed.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Start {
    /// From which.
    pub first_seed: u64,
    /// Seeds that were run, the one that found it included.
    pub seeds: u64,
    /// CPU nanoseconds of these.
    pub cpu_ns: u64,
    /// What found it: a check's name, or another verdict's word. Nothing where it was not found.
    pub found_by: Option<String>,
    /// How many of three replays ended the same way with the same trace hash.
    pub replayed: usize,
    /// Whether the core without the bug passes the very seed: else it was not the bug that was found.
    pub sound: bool,
}

impl Score<'_> {
    /// Measures one row.
    #[must_use]
    pub fn measure(&self, mutant: Mutant, found: &Found) -> Row {
        let starts = |cuts| (0..self.starts).map(|start| self.start(mutant, found, start, cuts)).collect();
        Row {
            mutant: mutant.id().to_owned(),
            scenario: found.scenario.name.clone(),
            with_cuts: starts(None),
            without_cuts: starts(Some(false)),
        }
    }

    fn start(&self, mutant: Mutant, found: &Found, start: u64, cuts: Option<bool>) -> Start {
        let forced = Forced { mutant: Some(mutant.id().to_owned()), cuts, ..Forced::default() };
        let order = Order {
            scenarios: vec![found.clone()],
            // Starts are far apart: none runs into the next one's seeds.
            first: self.first.wrapping_add(start * 1_000_000_007),
            seeds: Some(self.most_seeds),
            until: None,
            jobs: self.jobs,
            forced: forced.clone(),
            twice: Twice::First(0),
            stop_at_failure: true,
        };
        let mut costs = Costs::default();
        let results = order.execute(&mut costs);
        let failure = results.scenarios[0].failures.first();
        let last = failure.map_or(u64::MAX, |failure| failure.seed);
        let runs = costs.cpu_ns.range(order.first..=last);
        let (seeds, cpu_ns) = runs.fold((0, 0), |(seeds, sum), (_, cpu_ns)| (seeds + 1, sum + cpu_ns));
        let replayed = failure.map_or(0, |failure| {
            let again = (0..REPLAYS).map(|_| run(&found.scenario, failure.seed, &forced, false).outcome);
            again.filter(|outcome| *outcome == failure.outcome).count()
        });
        let unmutated = Forced { mutant: None, ..forced.clone() };
        let sound = failure.is_some_and(|failure| {
            run(&found.scenario, failure.seed, &unmutated, false).outcome.verdict == Verdict::Passed
        });
        if let Some(failure) = failure {
            self.keep(mutant, found, &forced, failure.seed, &failure.outcome);
        }
        let found_by = failure.map(|failure| word(&failure.outcome.verdict));
        Start { first_seed: order.first, seeds, cpu_ns, found_by, replayed, sound }
    }

    fn keep(
        &self,
        mutant: Mutant,
        found: &Found,
        forced: &Forced,
        seed: u64,
        outcome: &gracchus_world::verdict::Outcome,
    ) {
        let failure = Failure {
            scenario_file: found.path.display().to_string(),
            scenario: found.scenario.text.clone(),
            build: Build::this(),
            mutants: vec![mutant.id().to_owned()],
            forced: forced.clone(),
            seed,
            outcome: outcome.clone(),
        };
        let path = self.out.join(format!("{}-{}-{seed}.failure.json", mutant.id(), found.scenario.name));
        if let Err(error) = failure.write(&path) {
            eprintln!("{} cannot be written: {error}", path.display());
        }
    }
}

/// What each run cost.
#[derive(Default)]
struct Costs {
    cpu_ns: BTreeMap<u64, u64>,
}

impl Watcher for Costs {
    fn on_run(&mut self, _scenario: &Found, run: &Run) {
        self.cpu_ns.insert(run.seed, run.cpu_ns);
    }

    fn on_failure(&mut self, _scenario: &Found, _run: &Run) -> Option<String> {
        None
    }
}

fn word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Violation(violation) => violation.check.name().to_owned(),
        other => other.word().to_owned(),
    }
}

impl Sheet {
    /// Whether every mutant was found in every start with cuts, by some scenario, every failure could be replayed, and the
    /// core without the bug passed each of their seeds.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let found = |mutant: &str| {
            self.rows
                .iter()
                .any(|row| row.mutant == mutant && row.with_cuts.iter().all(|start| start.found_by.is_some()))
        };
        let starts = || self.rows.iter().flat_map(|row| row.with_cuts.iter().chain(&row.without_cuts));
        self.rows.iter().all(|row| found(&row.mutant))
            && starts().all(|start| start.found_by.is_none() || (start.replayed == REPLAYS && start.sound))
    }
}

/// The start whose number of seeds is the median; one that found nothing counts as more than any that did.
fn median(starts: &[Start]) -> Option<&Start> {
    let mut sorted: Vec<&Start> = starts.iter().collect();
    sorted.sort_by_key(|start| (start.found_by.is_none(), start.seeds));
    sorted.get((sorted.len().max(1) - 1) / 2).copied()
}

fn cell(starts: &[Start]) -> String {
    let ms = |start: &Start| start.cpu_ns.div_ceil(1_000_000);
    match median(starts) {
        None => "-".to_owned(),
        Some(start) if start.found_by.is_none() => format!("not in {} seeds ({} CPU-ms)", start.seeds, ms(start)),
        Some(start) => format!("{} seeds, {} CPU-ms", start.seeds, ms(start)),
    }
}

impl Row {
    /// The checks that found it, each once.
    fn checks(&self) -> String {
        let mut names: Vec<&str> =
            self.with_cuts.iter().chain(&self.without_cuts).filter_map(|start| start.found_by.as_deref()).collect();
        names.sort_unstable();
        names.dedup();
        names.join(", ")
    }

    fn replays(&self) -> String {
        let starts = || self.with_cuts.iter().chain(&self.without_cuts).filter(|start| start.found_by.is_some());
        let replayed: usize = starts().map(|start| start.replayed).sum();
        format!("{replayed}/{}", REPLAYS * starts().count())
    }

    fn sound(&self) -> String {
        let starts = || self.with_cuts.iter().chain(&self.without_cuts).filter(|start| start.found_by.is_some());
        format!("{}/{}", starts().filter(|start| start.sound).count(), starts().count())
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells = [
            &self.mutant,
            &self.scenario,
            &self.checks(),
            &cell(&self.with_cuts),
            &cell(&self.without_cuts),
            &self.replays(),
            &self.sound(),
        ];
        write!(f, "| {} |", cells.map(String::as_str).join(" | "))
    }
}

impl fmt::Display for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| mutant | scenario | found by | median with cuts | median without cuts | replayed | seeds that pass without it |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|")?;
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Row, Sheet, Start, cell};

    fn start(seeds: u64, found: bool) -> Start {
        let found_by = found.then(|| "lost-write".to_owned());
        Start {
            first_seed: 1,
            seeds,
            cpu_ns: seeds * 1_000_000_000,
            found_by,
            replayed: if found { 3 } else { 0 },
            sound: found,
        }
    }

    #[test]
    fn the_median_start_counts_and_one_that_found_nothing_is_the_slowest() {
        assert_eq!(cell(&[start(9, true), start(2, true), start(4, true)]), "4 seeds, 4000 CPU-ms");
        assert_eq!(cell(&[start(1, false), start(2, true), start(4, true)]), "4 seeds, 4000 CPU-ms");
        assert_eq!(cell(&[start(1, false), start(2, false), start(4, true)]), "not in 1 seeds (1000 CPU-ms)");
    }

    #[test]
    fn a_sheet_is_complete_when_every_start_found_its_mutant_and_every_failure_was_replayed() {
        let row = |with_cuts: Vec<Start>| Row {
            mutant: "M01".to_owned(),
            scenario: "swarm".to_owned(),
            with_cuts,
            without_cuts: vec![start(3, false)],
        };
        assert!(Sheet { rows: vec![row(vec![start(1, true)])] }.is_complete());
        assert!(!Sheet { rows: vec![row(vec![start(1, true), start(9, false)])] }.is_complete());
        let unlike = Start { replayed: 2, ..start(1, true) };
        assert!(!Sheet { rows: vec![row(vec![unlike])] }.is_complete());
        let another_bug = Start { sound: false, ..start(1, true) };
        assert!(!Sheet { rows: vec![row(vec![another_bug])] }.is_complete());
    }
}
