//! Random choices and probes: how the simulator steers and watches, and how production stays silent.

use super::{Mutant, Site};

/// Random choices, keyed so that removing one operation from a run leaves all others as they were.
pub trait Draws {
    /// A number below `bound` (which is at least 1). The host keys it by (node, incarnation, site, subject, ordinal).
    fn below(&mut self, site: Site, subject: u64, bound: u64) -> u64;
}

/// Properties, interesting states, and perturbations. Use the macros `always!`, `sometimes!`, `buggify!`, `mutant!`.
pub trait Probes {
    /// A property of ours was looked at. Production panics where it does not hold; the simulator ends the run with it.
    fn always(&mut self, site: Site, held: bool);
    /// An interesting state was looked for.
    fn sometimes(&mut self, site: Site, reached: bool);
    /// Whether to perturb here, legally. Always `false` in production.
    fn buggify(&mut self, site: Site) -> bool;
    /// Whether a known bug is switched on. Only ever asked in a build with the `mutants` feature.
    fn mutant(&self, which: Mutant) -> bool;
}

/// States a property of this project's own code. A broken one is a panic in production and a verdict in the simulator.
#[macro_export]
macro_rules! always {
    ($env:expr, $cond:expr, $site:expr) => {
        $env.probes.always($site, $cond)
    };
}

/// Marks a state worth reaching; one that no run ever reached shows in the report.
#[macro_export]
macro_rules! sometimes {
    ($env:expr, $cond:expr, $site:expr) => {
        $env.probes.sometimes($site, $cond)
    };
}

/// `true` now and then in the simulator, never in production: perturb behaviour within what the contract allows.
#[macro_export]
macro_rules! buggify {
    ($env:expr, $site:expr) => {
        $env.probes.buggify($site)
    };
}

/// Whether a known bug is switched on; the constant `false` in every build without the `mutants` feature.
#[macro_export]
macro_rules! mutant {
    ($env:expr, $which:expr) => {
        $crate::MUTANTS && $env.probes.mutant($which)
    };
}
