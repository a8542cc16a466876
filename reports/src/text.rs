//! The verdict as text: what a campaign came to, on one screen where nothing failed.

use crate::campaign::{Campaign, FailedRun, ScenarioResult, Tally};
use crate::words::{count, moment, ratio, seconds, several, time};
use gracchus_world::checks::Check;
use gracchus_world::verdict::{Outcome, Verdict};
use std::fmt::Write;

/// Events of disks and processes that every campaign of size should have had, by counter, with a reader's words.
pub const EVENTS: &[(&str, &[&str])] = &[
    ("dropped", &["dropped_pages", "dropped_names"]),
    ("torn", &["torn_pages"]),
    ("failed sync", &["failed_syncs"]),
    ("cut", &["cuts", "effect_cuts"]),
];

/// The whole verdict.
#[must_use]
pub fn verdict(campaign: &Campaign) -> String {
    let mut text = String::new();
    table(&mut text, campaign);
    let total = campaign.total();
    events(&mut text, &total);
    checks(&mut text, &total);
    losses(&mut text, &total);
    if !campaign.unreached.is_empty() {
        let _ = writeln!(text, "states never reached: {}", campaign.unreached.join(", "));
    }
    for scenario in &campaign.scenarios {
        shortfalls(&mut text, scenario);
    }
    for scenario in &campaign.scenarios {
        failures(&mut text, scenario);
    }
    conclusion(&mut text, campaign);
    text
}

fn table(text: &mut String, campaign: &Campaign) {
    let head =
        ["scenario", "seeds", "passed", "failed", "simulated", "CPU-s", "sim-s/CPU-s", "us/RPC", "events", "hash"];
    let mut rows = vec![head.map(str::to_owned)];
    for scenario in &campaign.scenarios {
        rows.push(row(&scenario.name, scenario.seeds, scenario.failed(), &scenario.tally, &scenario.hash));
    }
    if campaign.scenarios.len() > 1 {
        let seeds = campaign.scenarios.iter().map(|scenario| scenario.seeds).sum();
        let failed = campaign.scenarios.iter().map(ScenarioResult::failed).sum();
        rows.push(row("all", seeds, failed, &campaign.total(), &campaign.hash));
    }
    let widths: Vec<usize> =
        (0..head.len()).map(|column| rows.iter().map(|row| row[column].len()).max().unwrap_or(0)).collect();
    for row in &rows {
        let _ = write!(text, "{:<1$}", row[0], widths[0]);
        for (cell, width) in row.iter().zip(&widths).skip(1) {
            let _ = write!(text, "  {cell:>width$}");
        }
        text.push('\n');
    }
    text.push('\n');
}

fn row(name: &str, seeds: u64, failed: u64, tally: &Tally, hash: &str) -> [String; 10] {
    [
        name.to_owned(),
        seeds.to_string(),
        (seeds - failed).to_string(),
        failed.to_string(),
        time(tally.virtual_ns),
        seconds(tally.cpu_ns),
        ratio(tally.speed()),
        ratio(tally.rpc_cost()),
        count(tally.events),
        hash.to_owned(),
    ]
}

fn events(text: &mut String, total: &Tally) {
    let list: Vec<String> = EVENTS
        .iter()
        .map(|(word, counters)| {
            format!("{word} {}", count(counters.iter().map(|counter| total.counter(counter)).sum()))
        })
        .collect();
    let _ = writeln!(text, "disk and crash events: {}", list.join(", "));
    let faults: Vec<String> = total.faults.iter().map(|(kind, times)| format!("{kind} {}", count(*times))).collect();
    let _ = writeln!(text, "faults: {}", if faults.is_empty() { "none".to_owned() } else { faults.join(", ") });
    let records = &total.records;
    let _ = writeln!(
        text,
        "records: {} sent, {} acknowledged, {} unknown, {} refused; {} read",
        count(records.sent),
        count(records.acknowledged),
        count(records.unknown),
        count(records.failed),
        count(records.read),
    );
}

fn checks(text: &mut String, total: &Tally) {
    let looked = |check: &Check| total.checks.get(check).copied().unwrap_or(0);
    let (had, never): (Vec<Check>, Vec<Check>) = Check::ALL.iter().copied().partition(|check| looked(check) > 0);
    let had: Vec<String> = had.iter().map(|check| format!("{check} {}", count(looked(check)))).collect();
    if !had.is_empty() {
        let _ = writeln!(text, "checked: {}", had.join(", "));
    }
    if !never.is_empty() {
        let _ = writeln!(
            text,
            "never had anything to check: {}",
            never.iter().map(|it| it.name()).collect::<Vec<_>>().join(", ")
        );
    }
}

fn losses(text: &mut String, total: &Tally) {
    if total.losses.is_empty() {
        let _ = writeln!(text, "expected losses: none");
        return;
    }
    let list: Vec<String> = total
        .losses
        .iter()
        .map(|(row, loss)| {
            let row =
                serde_json::to_value(row).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default();
            format!("{row} {} in {}", several(loss.offsets, "offset"), several(loss.ranges, "range"))
        })
        .collect();
    let _ = writeln!(text, "expected losses: {}", list.join(", "));
}

fn shortfalls(text: &mut String, scenario: &ScenarioResult) {
    for line in &scenario.unmet {
        let _ = writeln!(text, "REQUIRED {}: {line}", scenario.name);
    }
    for line in &scenario.absent {
        let _ = writeln!(text, "note {}: {line}", scenario.name);
    }
}

fn failures(text: &mut String, scenario: &ScenarioResult) {
    for failure in &scenario.failures {
        let _ = writeln!(text, "\nFAILED {} seed {}: {}", scenario.name, failure.seed, cause(&failure.outcome));
        for line in details(&failure.outcome) {
            let _ = writeln!(text, "    {line}");
        }
        let _ = writeln!(text, "    trace hash {}", failure.outcome.trace_hash);
        next_step(text, failure);
    }
    let kept = scenario.failures.len() as u64;
    if scenario.failed() > kept {
        let _ = writeln!(text, "\nFAILED {}: {} besides", scenario.name, several(scenario.failed() - kept, "seed"));
    }
}

fn next_step(text: &mut String, failure: &FailedRun) {
    if let Some(file) = &failure.file {
        let _ = writeln!(text, "    gracchus-sim replay {file}");
    }
}

fn conclusion(text: &mut String, campaign: &Campaign) {
    let mut words = vec![format!("first seed {}", campaign.first_seed)];
    words.extend(campaign.mutants.iter().map(|mutant| format!("mutant {mutant}")));
    words.extend(campaign.forced.iter().cloned());
    words.push(format!("{} on {}", time(campaign.wall_ns), several(campaign.jobs as u64, "job")));
    words.push(format!("hash {}", campaign.hash));
    words.push(format!("build {}", campaign.build));
    let _ = writeln!(text, "\n{}", words.join(", "));
    let _ = writeln!(text, "verdict: {} (exit {})", ending(campaign.exit), campaign.exit);
}

/// The exit code in words.
#[must_use]
pub fn ending(exit: u8) -> &'static str {
    match exit {
        0 => "passed",
        1 => "violation",
        2 => "stuck",
        3 => "crash",
        4 => "not deterministic",
        5 => "something required never came",
        _ => "not run",
    }
}

/// Why a run failed, in a sentence.
#[must_use]
pub fn cause(outcome: &Outcome) -> String {
    match &outcome.verdict {
        Verdict::Passed => "passed".to_owned(),
        Verdict::Violation(violation) => {
            let place = [violation.partition.clone(), violation.node.map(|node| format!("node {node}"))];
            let place: Vec<String> = place.into_iter().flatten().collect();
            let place = if place.is_empty() { String::new() } else { format!(" ({})", place.join(", ")) };
            format!("violation of {} at {}{place}: {}", violation.check, moment(violation.at), violation.message)
        }
        Verdict::Stuck(stuck) => format!("stuck at {}, waiting for: {}", moment(stuck.at), stuck.waiting_for),
        Verdict::Crash(crash) => format!("crash of node {} at {}: {}", crash.node, moment(crash.at), crash.message),
        Verdict::NotDeterministic(two) => {
            format!("not deterministic ({}): {}", two.hashes.join(" against "), two.message)
        }
    }
}

/// What else is worth knowing about a failure, a line each.
#[must_use]
pub fn details(outcome: &Outcome) -> &[String] {
    match &outcome.verdict {
        Verdict::Violation(violation) => &violation.details,
        Verdict::Stuck(stuck) => &stuck.state,
        _ => &[],
    }
}

/// The story of a run: its timeline around the end, or all of it.
#[must_use]
pub fn story(outcome: &Outcome, whole: bool) -> String {
    const LINES: usize = 40;
    let end = match &outcome.verdict {
        Verdict::Violation(violation) => violation.at,
        Verdict::Stuck(stuck) => stuck.at,
        Verdict::Crash(crash) => crash.at,
        Verdict::Passed | Verdict::NotDeterministic(_) => outcome.virtual_ns,
    };
    let mut text = String::new();
    let before = outcome.timeline.iter().take_while(|moment| moment.at <= end).count();
    let (from, to) = if whole {
        (0, outcome.timeline.len())
    } else {
        (before.saturating_sub(LINES), (before + 5).min(outcome.timeline.len()))
    };
    if from > 0 {
        let _ = writeln!(text, "  ... {} before", several(from as u64, "moment"));
    }
    for line in &outcome.timeline[from..to] {
        let node = line.node.map_or_else(String::new, |node| format!("node {node}"));
        let _ = writeln!(text, "  {:>14}  {node:<8}  {:<10}  {}", moment(line.at), line.kind, line.what);
    }
    if to < outcome.timeline.len() {
        let _ = writeln!(text, "  ... {} after", several((outcome.timeline.len() - to) as u64, "moment"));
    }
    text
}
