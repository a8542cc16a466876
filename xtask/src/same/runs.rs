//! Runs the seeds with both builds.
//!
//! **Invariants**: a seed runs in a process of its own, so that its figures stand alone; `gracchus-sim` runs a lone seed
//! twice and compares the two runs itself.

use super::OLDEST;
use super::builds::{Build, Builds};
use super::comparison::{Comparison, Notes, SeedName};
use super::figures::Figures;
use super::options::Options;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// The scenario that gets the seeds the user asks for.
const SWARM: &str = "swarm";
/// Seeds of every other scenario.
const SEEDS_EACH: u64 = 3;
/// How often a line of progress is printed.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// The exit code with which `gracchus-sim` refuses a command; all lower ones tell how a run ended.
const REFUSED: i32 = 64;

/// One seed of one scenario, and the scenario's file in either tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seed {
    name: SeedName,
    before: PathBuf,
    after: PathBuf,
}

/// Every seed to be compared, and what is to be known of the scenarios.
pub fn list(builds: &Builds, options: &Options) -> Result<(Vec<Seed>, Notes), String> {
    let before = scenarios(&builds.revision).map_err(|why| too_old(&builds.revision, &why))?;
    let after = scenarios(&builds.working_tree)?;
    let only = |these: &BTreeMap<String, PathBuf>, others: &BTreeMap<String, PathBuf>| {
        these.keys().filter(|name| !others.contains_key(*name)).cloned().collect()
    };
    let mut notes = Notes { removed: only(&before, &after), added: only(&after, &before), edited: Vec::new() };
    let mut seeds = Vec::new();
    for (scenario, before) in &before {
        let Some(after) = after.get(scenario) else { continue };
        if fs::read(before).ok() != fs::read(after).ok() {
            notes.edited.push(scenario.clone());
        }
        let count = if scenario == SWARM { options.seeds } else { SEEDS_EACH };
        for seed in options.first..options.first + count {
            let name = SeedName { place: seeds.len(), scenario: scenario.clone(), seed };
            seeds.push(Seed { name, before: before.clone(), after: after.clone() });
        }
    }
    match seeds.is_empty() {
        true => Err("the two trees have no scenario in common".to_owned()),
        false => Ok((seeds, notes)),
    }
}

/// Runs all seeds, `jobs` at the same time, and adds them to the comparison. Ends at the first that cannot be run.
pub fn execute(builds: &Builds, seeds: &[Seed], jobs: usize, comparison: &mut Comparison) -> Result<(), String> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let result = thread::scope(|scope| {
        for worker in 0..jobs {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                let folder = builds.runs.join(worker.to_string());
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if sender.send(run_both(builds, seed, &folder)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut progress = Progress::new(seeds.len());
        for ran in receiver {
            let (seed, before, after) = ran?;
            comparison.add(&seed.name, &before, &after);
            progress.on_seed(comparison.differing());
        }
        Ok(())
    });
    let _ = fs::remove_dir_all(&builds.runs);
    result
}

fn run_both<'s>(builds: &Builds, seed: &'s Seed, folder: &Path) -> Result<(&'s Seed, Figures, Figures), String> {
    let before = run_one(&builds.revision, &seed.before, seed.name.seed, folder)?;
    let before = Figures::read(&before).map_err(|why| too_old(&builds.revision, &why))?;
    let after = run_one(&builds.working_tree, &seed.after, seed.name.seed, folder)?;
    let after =
        Figures::read(&after).map_err(|why| format!("the working tree's gracchus-sim has another form: {why}"))?;
    Ok((seed, before, after))
}

/// The campaign of one seed, as JSON.
fn run_one(build: &Build, scenario: &Path, seed: u64, folder: &Path) -> Result<Value, String> {
    let _ = fs::remove_dir_all(folder);
    let mut command = Command::new(&build.binary);
    command.current_dir(&build.root).arg("run").arg(scenario).arg("--out").arg(folder);
    command.args(["--seeds", "1", "--jobs", "1", "--json", "--seed", &seed.to_string()]);
    let what = format!("{} seed {seed} of {}", scenario.display(), build.name);
    let output = command.output().map_err(|why| format!("{what} could not be started: {why}"))?;
    match output.status.code() {
        Some(code) if code < REFUSED => {}
        _ => {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("{what} could not be run ({}):\n{}", output.status, said.trim_end()));
        }
    }
    serde_json::from_slice(&output.stdout).map_err(|why| format!("{what} printed no JSON: {why}"))
}

/// The scenarios of a tree and their files, by name.
fn scenarios(build: &Build) -> Result<BTreeMap<String, PathBuf>, String> {
    let mut command = Command::new(&build.binary);
    command.current_dir(&build.root).args(["list", "scenarios", "--json"]);
    let output = command.output().map_err(|why| format!("gracchus-sim could not be started: {why}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("`gracchus-sim list scenarios --json` failed: {}", said.trim_end()));
    }
    let list: Value = serde_json::from_slice(&output.stdout).map_err(|why| format!("its list is no JSON: {why}"))?;
    let rows = list.as_array().ok_or("its list of scenarios is no list")?;
    let scenario = |row: &Value| Some((row["name"].as_str()?.to_owned(), build.root.join(row["file"].as_str()?)));
    rows.iter()
        .map(|row| scenario(row).ok_or_else(|| "its list has a scenario without name or file".to_owned()))
        .collect()
}

fn too_old(revision: &Build, why: &str) -> String {
    format!("{} is too old to compare with: {why}. The oldest revision that works is {OLDEST}", revision.name)
}

/// Lines on standard error, now and then.
struct Progress {
    begun: Instant,
    next: Instant,
    done: usize,
    all: usize,
}

impl Progress {
    fn new(all: usize) -> Progress {
        let begun = Instant::now();
        eprintln!("running {all} seeds with both builds");
        Progress { begun, next: begun + LINE_EVERY, done: 0, all }
    }

    fn on_seed(&mut self, differing: u64) {
        self.done += 1;
        let now = Instant::now();
        if now < self.next && self.done < self.all {
            return;
        }
        self.next = now + LINE_EVERY;
        let elapsed = now.duration_since(self.begun).as_secs();
        let left = elapsed * (self.all - self.done) as u64 / self.done as u64;
        eprintln!("{} of {} seeds, {differing} differ, {elapsed} s, about {left} s left", self.done, self.all);
    }
}
