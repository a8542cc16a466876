//! A trial: a cluster, its clients, its faults and the bounds of its recovery, run for one seed and judged.
//!
//! **Invariants**: first faults, then none, and only then progress is demanded; a run that a check ended is judged by
//! that check; the same trial and seed give the same outcome, to the last field.
//!
//! **In Kafka**: `RaftEventSimulationTest` comes nearest; the two phases are TigerBeetle's.

mod admins;
mod config;
mod groups;
mod heal;
mod outcome;
mod phases;
mod run;
mod setup;

pub use config::{Bounds, ClusterConfig, Forced, OffsetsTopicSetup, TopicSetup, Trial};

use crate::verdict::Outcome;

/// Runs one seed of a trial to its verdict.
#[must_use]
pub fn judge(trial: &Trial, seed: u64, forced: &Forced) -> Outcome {
    let mut run = setup::prepare(trial, seed, forced);
    let end = phases::go_through(&mut run, trial);
    outcome::of(run, end)
}
