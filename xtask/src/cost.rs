//! `cargo xtask cost REV`: instructions of the simulator's benchmarks, of the working tree beside revision REV.
//!
//! Instructions are counted by valgrind's callgrind, so that a busy machine does not change them. Each build runs the
//! benchmark files of its own tree: where their load differs, only the figures by record can be compared.

use crate::same::builds::{Build, Builds};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, ExitCode};

const USAGE: &str = "\
usage: cargo xtask cost REV [BENCHMARK ...]

Builds gracchus-sim twice, from the working tree and from git revision REV, runs the files in scenarios/benchmarks with
both under `valgrind --tool=callgrind`, and prints instructions per simulated second, per request and per acknowledged
record. It takes a quarter of an hour for each benchmark; naming some, such as bench-rpc, leaves the others out.";

/// The benchmarks, by the names of their files.
const BENCHMARKS: [&str; 4] = ["bench-rpc", "bench-rpc-50", "bench-five-brokers", "bench-idle"];

/// Counts, and prints the table, the rows of each benchmark as soon as it was counted.
pub fn run(arguments: &[String]) -> ExitCode {
    if arguments.iter().any(|it| matches!(it.as_str(), "--help" | "-h")) {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match compare(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

fn compare(arguments: &[String]) -> Result<(), String> {
    let Some((revision, only)) = arguments.split_first() else { return Err(USAGE.to_owned()) };
    if let Some(unknown) = only.iter().find(|name| !BENCHMARKS.contains(&name.as_str())) {
        return Err(format!("no benchmark {unknown:?}: there are {}", BENCHMARKS.join(", ")));
    }
    let builds = Builds::make(revision)?;
    println!("| benchmark | instructions per | {} | {} | ratio |", builds.revision.name, builds.working_tree.name);
    println!("|---|---|---:|---:|---:|");
    for name in BENCHMARKS.iter().filter(|name| only.is_empty() || only.iter().any(|it| it == *name)) {
        let (before, after) =
            (count(&builds.revision, name, &builds.runs), count(&builds.working_tree, name, &builds.runs));
        let after = after?;
        // A benchmark that the revision does not have yet.
        let before = before.unwrap_or_default();
        for (unit, before, after) in [
            ("simulated second", before.per(before.seconds), after.per(after.seconds)),
            ("request", before.per(before.requests), after.per(after.requests)),
            ("acknowledged record", before.per(before.records), after.per(after.records)),
        ] {
            println!("{}", row(name, unit, before, after));
        }
    }
    Ok(())
}

fn row(name: &str, unit: &str, before: Option<f64>, after: Option<f64>) -> String {
    let shown = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.0}"));
    let ratio = before.zip(after).map_or("–".to_owned(), |(before, after)| format!("{:.3}", after / before));
    format!("| {name} | {unit} | {} | {} | {ratio} |", shown(before), shown(after))
}

/// What one benchmark did under one build.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
struct Counted {
    instructions: f64,
    seconds: f64,
    requests: f64,
    records: f64,
}

impl Counted {
    fn per(&self, units: f64) -> Option<f64> {
        (units > 0.0).then(|| self.instructions / units)
    }
}

fn count(build: &Build, name: &str, out: &Path) -> Result<Counted, String> {
    eprintln!("{name}: {}", build.name);
    let file = build.root.join(format!("scenarios/benchmarks/{name}.scenario.toml"));
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(&build.binary).arg("run").arg(file);
    command.args(["--seed", "1", "--seeds", "1", "--jobs", "1", "--json", "--out"]).arg(out);
    let output = command.output().map_err(|why| format!("valgrind could not be started: {why}; is it installed?"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{name} of {} ended with {}: {said}", build.name, output.status));
    }
    let campaign = serde_json::from_slice(&output.stdout).map_err(|why| format!("{name} printed no JSON: {why}"))?;
    let instructions = instructions(&said).ok_or_else(|| format!("valgrind counted nothing: {said}"))?;
    read(&campaign, instructions).ok_or_else(|| format!("{name} of {} printed a campaign of another form", build.name))
}

/// The count in callgrind's line `==7== Collected : 123456`.
fn instructions(said: &str) -> Option<f64> {
    let line = said.lines().find(|line| line.contains("Collected :"))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// The campaign's figures. A seed that was run twice, to compare its hashes, counts for both runs.
fn read(campaign: &Value, instructions: f64) -> Option<Counted> {
    let scenario = campaign.get("scenarios")?.get(0)?;
    let tally = scenario.get("tally")?;
    let runs = scenario.get("seeds")?.as_f64()? + scenario.get("twice")?.as_f64()?;
    Some(Counted {
        instructions: instructions / runs,
        seconds: tally.get("virtual-ns")?.as_f64()? / 1e9,
        requests: tally.get("rpcs")?.as_f64()?,
        records: tally.get("records")?.get("acknowledged")?.as_f64()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn callgrind_and_the_campaign_are_read() {
        let said = "==7== Events    : Ir\n==7== Collected : 4000\n==7== \n==7== I   refs:      4,000";
        assert_eq!(instructions(said), Some(4000.0));
        assert_eq!(instructions("==7== nothing"), None);
        let campaign = json!({ "scenarios": [{ "seeds": 1, "twice": 1, "tally": {
            "virtual-ns": 2_000_000_000_u64, "rpcs": 10, "records": { "acknowledged": 100 } } }] });
        let counted = read(&campaign, 4000.0).expect("the form is known");
        assert_eq!(counted, Counted { instructions: 2000.0, seconds: 2.0, requests: 10.0, records: 100.0 });
        assert_eq!((counted.per(counted.records), counted.per(0.0)), (Some(20.0), None));
        assert_eq!(read(&json!({}), 1.0), None);
        assert_eq!(row("rpc", "request", Some(200.0), Some(210.0)), "| rpc | request | 200 | 210 | 1.050 |");
    }
}
