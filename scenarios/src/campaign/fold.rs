//! Sums a scenario's runs up in the order of their seeds, in whatever order they end.

use super::Watcher;
use crate::exit::Exit;
use crate::run::Run;
use crate::scenario::Found;
use gracchus_reports::{FailedRun, ScenarioResult};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use xxhash_rust::xxh3::xxh3_64;

/// Failures that are kept whole, for each scenario; the others are counted.
const FAILURES_MAX: usize = 10;

/// A hash over hashes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chain(u64);

impl Chain {
    /// Adds one.
    pub fn add(&mut self, hash: &str) {
        let mut link = self.0.to_be_bytes().to_vec();
        link.extend_from_slice(hash.as_bytes());
        self.0 = xxh3_64(&link);
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// One scenario's sum so far.
#[derive(Debug)]
pub struct Fold {
    result: ScenarioResult,
    chain: Chain,
    /// The only run's hash, while there is only one.
    lone: Option<String>,
    exits: BTreeSet<u8>,
    next: u64,
    /// Runs that ended before one of an earlier seed.
    early: BTreeMap<u64, Run>,
}

/// A finished sum, and how its runs ended.
#[derive(Debug)]
pub struct Folded {
    /// The sum.
    pub result: ScenarioResult,
    /// Every end that there was, once.
    pub exits: Vec<Exit>,
}

impl Fold {
    /// Nothing yet; `first` is the first seed.
    pub fn new(found: &Found, first: u64) -> Fold {
        let result = ScenarioResult {
            name: found.scenario.name.clone(),
            title: found.scenario.title.clone(),
            ..ScenarioResult::default()
        };
        Fold {
            result,
            chain: Chain::default(),
            lone: None,
            exits: BTreeSet::new(),
            next: first,
            early: BTreeMap::new(),
        }
    }

    /// Takes a run, and adds all whose turn it is.
    pub fn take(&mut self, run: Run, found: &Found, watcher: &mut dyn Watcher) {
        self.early.insert(run.seed, run);
        while let Some(run) = self.early.remove(&self.next) {
            self.next = self.next.wrapping_add(1);
            self.add(run, found, watcher);
        }
    }

    /// The sum. Seeds are handed out in a row, so that none is missing before the last.
    pub fn finish(mut self) -> Folded {
        assert!(self.early.is_empty(), "a seed before {:?} never ended", self.early.keys().next());
        self.result.hash = self.lone.unwrap_or_else(|| self.chain.to_string());
        let all = [Exit::Violation, Exit::Stuck, Exit::Crash, Exit::NotDeterministic];
        let exits = all.into_iter().filter(|exit| self.exits.contains(&exit.code())).collect();
        Folded { result: self.result, exits }
    }

    fn add(&mut self, run: Run, found: &Found, watcher: &mut dyn Watcher) {
        self.chain.add(&run.outcome.trace_hash);
        self.lone = (self.result.seeds == 0).then(|| run.outcome.trace_hash.clone());
        self.exits.insert(Exit::of(&run.outcome.verdict).code());
        let result = &mut self.result;
        result.seeds += 1;
        result.twice += u64::from(run.twice);
        *result.verdicts.entry(run.outcome.verdict.word().to_owned()).or_default() += 1;
        result.tally.add_run(&run.outcome, run.cpu_ns);
        if !run.outcome.verdict.is_passed() && result.failures.len() < FAILURES_MAX {
            let file = watcher.on_failure(found, &run);
            result.failures.push(FailedRun { seed: run.seed, outcome: run.outcome, file });
        }
    }
}
