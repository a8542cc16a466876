//! Campaigns: many seeds of one or more scenarios, on as many threads as asked for.
//!
//! **Invariants**: a run knows nothing of other runs; what comes out depends on scenarios, seeds and build alone, not on
//! threads or their order, but for times; the seeds that were run are a row without gaps, whenever it ended.

mod fold;
mod rules;

pub use rules::{absent, is_conclusive, unmet, unreached};

use crate::exit::Exit;
use crate::run::{Run, run};
use crate::scenario::Found;
use fold::Fold;
use gracchus_reports::ScenarioResult;
use gracchus_world::trial::Forced;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

/// What a campaign is to do.
#[derive(Debug)]
pub struct Order {
    /// Each with a row of seeds of its own.
    pub scenarios: Vec<Found>,
    /// The first seed of each row.
    pub first: u64,
    /// How many seeds of each; without end where only time ends the campaign.
    pub seeds: Option<u64>,
    /// No run begins after this.
    pub until: Option<Instant>,
    /// Threads.
    pub jobs: usize,
    /// What is fixed instead of drawn.
    pub forced: Forced,
    /// Which seeds are run twice.
    pub twice: Twice,
    /// No run begins after one that failed; those of earlier seeds are finished all the same.
    pub stop_at_failure: bool,
}

/// Which seeds are run twice, to compare their hashes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Twice {
    /// So many of each scenario's first ones.
    First(u64),
    /// All of them.
    All,
}

/// What came out.
#[derive(Debug)]
pub struct Results {
    /// In the order of the scenarios.
    pub scenarios: Vec<ScenarioResult>,
    /// Chained over all runs' hashes.
    pub hash: String,
    /// The heaviest of all ends.
    pub exit: Exit,
}

/// Who looks on while a campaign goes.
pub trait Watcher {
    /// A run ended; they come in the order in which they end.
    fn on_run(&mut self, scenario: &Found, run: &Run);
    /// A run failed, and it is its scenario's turn to say so: failures come in the order of seeds. Says where it was
    /// kept for replay, if anywhere.
    fn on_failure(&mut self, scenario: &Found, run: &Run) -> Option<String>;
}

impl Order {
    /// Runs all of it.
    pub fn execute(&self, watcher: &mut dyn Watcher) -> Results {
        let mut folds: Vec<Fold> = self.scenarios.iter().map(|found| Fold::new(found, self.first)).collect();
        let next = AtomicU64::new(0);
        let stopped = AtomicBool::new(false);
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            for worker in 0..self.jobs.max(1) {
                let (sender, next, stopped) = (sender.clone(), &next, &stopped);
                thread::Builder::new()
                    .name(format!("seeds-{worker}"))
                    .stack_size(16 << 20)
                    .spawn_scoped(scope, move || self.work(next, stopped, &sender))
                    .expect("a thread can be started");
            }
            drop(sender);
            for (index, run) in receiver {
                if self.stop_at_failure && !run.outcome.verdict.is_passed() {
                    stopped.store(true, Ordering::Relaxed);
                }
                watcher.on_run(&self.scenarios[index], &run);
                folds[index].take(run, &self.scenarios[index], watcher);
            }
        });
        self.conclude(folds)
    }

    /// Takes runs off the row until it ends. Scenarios take turns, so that time is shared among them.
    fn work(&self, next: &AtomicU64, stopped: &AtomicBool, results: &mpsc::Sender<(usize, Run)>) {
        let width = self.scenarios.len() as u64;
        loop {
            if stopped.load(Ordering::Relaxed) || self.until.is_some_and(|until| Instant::now() >= until) {
                return;
            }
            let ticket = next.fetch_add(1, Ordering::Relaxed);
            let (ordinal, index) = (ticket / width, ticket % width);
            if self.seeds.is_some_and(|seeds| ordinal >= seeds) {
                return;
            }
            let index = usize::try_from(index).expect("an index of a list");
            let twice = match self.twice {
                Twice::First(count) => ordinal < count,
                Twice::All => true,
            };
            let seed = self.first.wrapping_add(ordinal);
            let run = run(&self.scenarios[index].scenario, seed, &self.forced, twice);
            if results.send((index, run)).is_err() {
                return;
            }
        }
    }

    fn conclude(&self, folds: Vec<Fold>) -> Results {
        let mut chain = fold::Chain::default();
        let mut exits = Vec::new();
        let mut scenarios = Vec::new();
        for (fold, found) in folds.into_iter().zip(&self.scenarios) {
            let mut result = fold.finish();
            exits.extend(result.exits);
            let scenario = &found.scenario;
            if is_conclusive(result.result.seeds) {
                result.result.unmet = unmet(scenario, &result.result.tally);
                exits.extend((!result.result.unmet.is_empty()).then_some(Exit::NeverChecked));
            } else {
                result.result.absent = unmet(scenario, &result.result.tally);
            }
            result.result.absent.extend(absent(scenario, &result.result.tally));
            chain.add(&result.result.hash);
            scenarios.push(result.result);
        }
        Results { scenarios, hash: chain.to_string(), exit: Exit::worst(exits) }
    }
}

#[cfg(test)]
mod tests;
