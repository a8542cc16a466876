//! What a campaign came to: many seeds of one or more scenarios, summed up.
//!
//! **Invariants**: sums do not depend on the order in which runs ended; a run that failed is kept whole, up to a bound.

use gracchus_world::checks::Check;
use gracchus_world::ledger::Row;
use gracchus_world::nemesis::FaultKind;
use gracchus_world::verdict::{Outcome, Records};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that a command over scenarios found out.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Campaign {
    /// The build that ran it, in words.
    pub build: String,
    /// Mutants that were switched on.
    pub mutants: Vec<String>,
    /// What was fixed instead of drawn, in words: `data-shards 2`.
    pub forced: Vec<String>,
    /// The first seed.
    pub first_seed: u64,
    /// In the order of their files.
    pub scenarios: Vec<ScenarioResult>,
    /// States of the core, by site name, that no run reached.
    pub unreached: Vec<String>,
    /// Chained over the trace hashes of all runs, in the order of scenarios and seeds; lower-case hex.
    pub hash: String,
    /// How long it took, by the clock.
    pub wall_ns: u64,
    /// Runs that went on at one moment.
    pub jobs: usize,
    /// The command's exit code.
    pub exit: u8,
}

/// One scenario's seeds.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ScenarioResult {
    /// The file's name without folder and ending.
    pub name: String,
    /// In a few words.
    pub title: String,
    /// Seeds that were run; the first is the campaign's.
    pub seeds: u64,
    /// Of these, so many were run twice and their hashes compared.
    pub twice: u64,
    /// How many ended how, by the verdict's word.
    pub verdicts: BTreeMap<String, u64>,
    /// All that the runs did.
    pub tally: Tally,
    /// Runs that did not pass, the first ones whole.
    pub failures: Vec<FailedRun>,
    /// What was required and never came, a line each. Empty for a lone seed, which cannot be asked for everything.
    pub unmet: Vec<String>,
    /// The same, where it only is to be known.
    pub absent: Vec<String>,
    /// Chained over the trace hashes, in the order of seeds; of a lone run its trace hash itself. Lower-case hex.
    pub hash: String,
}

/// A run that did not pass.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FailedRun {
    /// Its seed.
    pub seed: u64,
    /// Everything that was kept of it.
    pub outcome: Outcome,
    /// The file that replays it, where one was written.
    pub file: Option<String>,
}

/// Sums over runs.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Tally {
    /// Virtual nanoseconds.
    pub virtual_ns: u64,
    /// CPU nanoseconds, of the first of two runs where a seed was run twice.
    pub cpu_ns: u64,
    /// Kernel events.
    pub events: u64,
    /// Requests that a node answered.
    pub rpcs: u64,
    /// What the workload did.
    pub records: Records,
    /// How often each check had something to look at.
    pub checks: BTreeMap<Check, u64>,
    /// How often each fault took place.
    pub faults: BTreeMap<FaultKind, u64>,
    /// Finer counts, by name.
    pub counters: BTreeMap<String, u64>,
    /// Interesting states, by site name.
    pub sites: BTreeMap<String, u64>,
    /// Losses that the configuration permits, by what permits them.
    pub losses: BTreeMap<Row, LossTally>,
}

/// Permitted losses of one kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct LossTally {
    /// Runs of offsets.
    pub ranges: u64,
    /// Offsets in them.
    pub offsets: u64,
}

impl Tally {
    /// Adds one run.
    pub fn add_run(&mut self, outcome: &Outcome, cpu_ns: u64) {
        self.virtual_ns += outcome.virtual_ns;
        self.cpu_ns += cpu_ns;
        self.events += outcome.events;
        self.rpcs += outcome.rpcs;
        add_records(&mut self.records, &outcome.records);
        add_map(&mut self.checks, &outcome.checks);
        add_map(&mut self.faults, &outcome.faults);
        add_map(&mut self.counters, &outcome.counters);
        add_map(&mut self.sites, &outcome.sites);
        for loss in &outcome.expected_losses {
            let tally = self.losses.entry(loss.row).or_default();
            tally.ranges += 1;
            tally.offsets += loss.to.saturating_sub(loss.from).max(0).unsigned_abs();
        }
    }

    /// Adds another sum.
    pub fn add(&mut self, other: &Tally) {
        self.virtual_ns += other.virtual_ns;
        self.cpu_ns += other.cpu_ns;
        self.events += other.events;
        self.rpcs += other.rpcs;
        add_records(&mut self.records, &other.records);
        add_map(&mut self.checks, &other.checks);
        add_map(&mut self.faults, &other.faults);
        add_map(&mut self.counters, &other.counters);
        add_map(&mut self.sites, &other.sites);
        for (row, loss) in &other.losses {
            let tally = self.losses.entry(*row).or_default();
            tally.ranges += loss.ranges;
            tally.offsets += loss.offsets;
        }
    }

    /// A counter, nought where it never counted.
    #[must_use]
    pub fn counter(&self, name: &str) -> u64 {
        self.counters.get(name).copied().unwrap_or(0)
    }

    /// Offsets whose loss was permitted.
    #[must_use]
    pub fn lost_offsets(&self) -> u64 {
        self.losses.values().map(|loss| loss.offsets).sum()
    }

    /// Simulated seconds per CPU-second.
    #[must_use]
    pub fn speed(&self) -> Option<f64> {
        (self.cpu_ns > 0).then(|| self.virtual_ns as f64 / self.cpu_ns as f64)
    }

    /// Microseconds of CPU per answered request, everything included.
    #[must_use]
    pub fn rpc_cost(&self) -> Option<f64> {
        (self.rpcs > 0).then(|| self.cpu_ns as f64 / 1_000.0 / self.rpcs as f64)
    }
}

impl ScenarioResult {
    /// Runs that did not pass.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.seeds - self.verdicts.get("passed").copied().unwrap_or(0)
    }
}

impl Campaign {
    /// Everything that all scenarios' runs did.
    #[must_use]
    pub fn total(&self) -> Tally {
        let mut total = Tally::default();
        for scenario in &self.scenarios {
            total.add(&scenario.tally);
        }
        total
    }
}

fn add_records(to: &mut Records, more: &Records) {
    to.sent += more.sent;
    to.acknowledged += more.acknowledged;
    to.unknown += more.unknown;
    to.failed += more.failed;
    to.read += more.read;
}

fn add_map<K: Ord + Clone>(to: &mut BTreeMap<K, u64>, more: &BTreeMap<K, u64>) {
    for (key, count) in more {
        match to.get_mut(key) {
            Some(sum) => *sum += count,
            None => {
                to.insert(key.clone(), *count);
            }
        }
    }
}
