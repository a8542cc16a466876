//! What a scenario says about faults.

use super::FaultKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The `[nemesis]` table of a scenario.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct NemesisConfig {
    /// Faults by name. Each is drawn on or off per seed where `swarm` is set.
    pub faults: BTreeMap<FaultKind, FaultRate>,
    /// Whether each seed draws a subset of the faults for itself.
    pub swarm: bool,
    /// One seed in so many has no faults at all; 0 for none.
    pub fault_free_one_in: u64,
    /// Whether a crash may cut a call after any of its file operations.
    pub cuts: bool,
    /// What a power loss does to each unsynced page; drawn where absent, as whole write-backs that were under way.
    pub pages: Option<PageFates>,
    /// When the faults begin, milliseconds from the start.
    pub begin_ms: u64,
    /// When they end and everything is healed.
    pub end_ms: u64,
    /// What is done with a fault that could take more than the configuration promises to survive.
    pub beyond_promise: BeyondPromise,
    /// At most so many nodes are down or cut off at one moment, as far as faults draw their targets; 0 for no bound.
    pub most_down: u32,
}

impl Default for NemesisConfig {
    fn default() -> NemesisConfig {
        NemesisConfig {
            faults: BTreeMap::new(),
            swarm: true,
            fault_free_one_in: 4,
            cuts: true,
            pages: None,
            begin_ms: 2_000,
            end_ms: 60_000,
            beyond_promise: BeyondPromise::Refuse,
            most_down: 0,
        }
    }
}

/// How often a fault comes and how long it lasts. A bare number in a scenario is `every-ms`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct FaultRate {
    /// The mean time between two of this kind; each gap is drawn from nought to twice as much.
    pub every_ms: u64,
    /// The shortest time that it lasts, or that a node stays down.
    pub least_ms: u64,
    /// The longest.
    pub most_ms: u64,
    /// Which nodes it may strike; none named means all.
    pub nodes: Vec<i32>,
    /// Where a fault has a strength: percent of resets, factor of slowness.
    pub strength: u64,
}

impl Default for FaultRate {
    fn default() -> FaultRate {
        FaultRate { every_ms: 10_000, least_ms: 200, most_ms: 4_000, nodes: Vec::new(), strength: 0 }
    }
}

/// What becomes of an unsynced page when the power fails, in parts per hundred; the rest is dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PageFates {
    /// Of pages that had reached the disk all the same.
    pub kept: u64,
    /// Of pages of which a part had.
    pub torn: u64,
}

impl Default for PageFates {
    fn default() -> PageFates {
        PageFates { kept: 40, torn: 20 }
    }
}

/// What is done with a fault that the configuration does not promise to survive.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BeyondPromise {
    /// It does not take place, and is counted as refused.
    Refuse,
    /// It does, and what is lost by it is an expected loss.
    Mark,
}
