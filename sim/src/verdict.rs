//! What a run is worth, in values that reports render and failure files keep.
//!
//! **Invariants**: a loss that the configuration permits is never a violation and never passes unmentioned; a check that
//! had nothing to look at counts nought.

use crate::checks::Check;
use crate::ledger::ExpectedLoss;
use crate::nemesis::{FaultKind, Plan};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a run ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Verdict {
    /// Every check held, and everything came to rest in time.
    Passed,
    /// A check did not hold.
    Violation(Violation),
    /// Every check held, but after the faults had ended the cluster did not come to rest in time.
    Stuck(Stuck),
    /// The core panicked, or a node ended itself without being asked to.
    Crash(Crash),
    /// Two runs of one seed differed.
    NotDeterministic(NotDeterministic),
}

impl Verdict {
    /// The word for it in reports.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Passed => "passed",
            Verdict::Violation(_) => "violation",
            Verdict::Stuck(_) => "stuck",
            Verdict::Crash(_) => "crash",
            Verdict::NotDeterministic(_) => "not deterministic",
        }
    }

    /// Whether it passed.
    #[must_use]
    pub fn is_passed(&self) -> bool {
        *self == Verdict::Passed
    }
}

/// A check that did not hold.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Violation {
    /// Which.
    pub check: Check,
    /// Virtual time, nanoseconds from the start.
    pub at: u64,
    /// On which node, where there is one.
    pub node: Option<i32>,
    /// Of which partition, as `topic-0`, where there is one.
    pub partition: Option<String>,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What else is worth knowing, a line each.
    pub details: Vec<String>,
}

/// What did not come to rest.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stuck {
    /// Virtual time, nanoseconds from the start.
    pub at: u64,
    /// What was waited for, in a sentence.
    pub waiting_for: String,
    /// The state of everything that is not at rest, a line each.
    pub state: Vec<String>,
}

/// A node that ended without being asked to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Crash {
    /// Virtual time, nanoseconds from the start.
    pub at: u64,
    /// Which node.
    pub node: i32,
    /// The panic's message, or the reason that the node gave.
    pub message: String,
}

/// Two runs of one seed that differed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NotDeterministic {
    /// The trace hashes, lower-case hex.
    pub hashes: Vec<String>,
    /// Where they parted, where that is known.
    pub message: String,
}

/// Everything that is kept of a run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub verdict: Verdict,
    /// The chained hash of all that happened, lower-case hex.
    pub trace_hash: String,
    /// How often each check had something to look at.
    pub checks: BTreeMap<Check, u64>,
    /// How often each fault took place; kinds that did not are absent.
    pub faults: BTreeMap<FaultKind, u64>,
    /// Finer counts of what disks, network and processes did: pages dropped and torn, calls cut, syncs failed.
    pub counters: BTreeMap<String, u64>,
    /// What was lost and was permitted to be.
    pub expected_losses: Vec<ExpectedLoss>,
    /// Interesting states, by site name, and how often each was reached.
    pub sites: BTreeMap<String, u64>,
    /// What the nemesis had decided to do.
    pub plan: Plan,
    /// What happened that a reader wants to see on a timeline, in order.
    pub timeline: Vec<Moment>,
    /// Virtual nanoseconds from the start to the end.
    pub virtual_ns: u64,
    /// Kernel events.
    pub events: u64,
    /// Requests that a node answered or took without an answer.
    pub rpcs: u64,
    /// Records that were acknowledged, and that consumers were given.
    pub records: Records,
}

/// How much the workload did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Records {
    /// Sent, each counted once.
    pub sent: u64,
    /// Acknowledged without error.
    pub acknowledged: u64,
    /// Neither acknowledged nor surely refused.
    pub unknown: u64,
    /// Surely not written.
    pub failed: u64,
    /// Given to consumers, again and again.
    pub read: u64,
}

/// A line of the timeline.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Moment {
    /// Virtual time, nanoseconds from the start.
    pub at: u64,
    /// On which node, where there is one.
    pub node: Option<i32>,
    /// `fault`, `heal`, `election`, `loss`, `script` or `verdict`.
    pub kind: String,
    /// In words.
    pub what: String,
}
