//! What a campaign must have shown, besides that nothing failed.

use crate::scenario::{Losses, Scenario};
use gracchus_core::io::Site;
use gracchus_reports::Tally;

/// Whether so many seeds can be asked for everything that their scenario requires: a lone one cannot.
#[must_use]
pub fn is_conclusive(seeds: u64) -> bool {
    seeds > 1
}

/// What a scenario requires and its runs never had, a line each.
#[must_use]
pub fn unmet(scenario: &Scenario, tally: &Tally) -> Vec<String> {
    let requires = &scenario.requires;
    let mut lines = Vec::new();
    let idle = requires.checks.iter().filter(|check| tally.checks.get(check).copied().unwrap_or(0) == 0);
    let idle: Vec<&str> = idle.map(|check| check.name()).collect();
    if !idle.is_empty() {
        lines.push(format!("had nothing to check: {}", idle.join(", ")));
    }
    for kind in &requires.faults {
        if tally.faults.get(kind).copied().unwrap_or(0) == 0 {
            lines.push(format!("fault {kind} never took place"));
        }
    }
    for site in &requires.sites {
        if tally.sites.get(site).copied().unwrap_or(0) == 0 {
            lines.push(format!("site {site} was never reached"));
        }
    }
    for (counter, least) in &requires.counters {
        let count = tally.counter(counter);
        if count < *least {
            lines.push(format!("counter {counter} came to {count}, and at least {least} is required"));
        }
    }
    match scenario.expects.losses {
        Losses::None if tally.lost_offsets() > 0 => {
            lines.push(format!("{} offsets were lost by permission, where none should be", tally.lost_offsets()));
        }
        Losses::Required if tally.lost_offsets() == 0 => {
            lines.push("nothing was lost by permission, where something should be".to_owned());
        }
        _ => {}
    }
    lines
}

/// What is wanted for no scenario in particular, and never came: faults that a scenario asks for, a line each.
#[must_use]
pub fn absent(scenario: &Scenario, tally: &Tally) -> Vec<String> {
    let asked = scenario.trial.nemesis.faults.keys();
    let never = asked.filter(|kind| !tally.faults.contains_key(kind) && !scenario.requires.faults.contains(kind));
    never.map(|kind| format!("fault {kind} never took place")).collect()
}

/// States of the core that no run reached.
#[must_use]
pub fn unreached(total: &Tally) -> Vec<String> {
    let names = Site::ALL.iter().map(|site| site.name());
    names.filter(|name| total.sites.get(*name).copied().unwrap_or(0) == 0).map(str::to_owned).collect()
}
