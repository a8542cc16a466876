//! Runs repeat: the same seed gives the same trace hash, in one process and in several, on one thread and on many, under
//! each number of shards; and a failure is replayed as it was recorded.

use gracchus_scenarios::exit::Exit;
use gracchus_scenarios::run::run;
use gracchus_scenarios::scenario::{Found, find};
use gracchus_world::trial::Forced;
use gracchus_world::verdict::Verdict;
use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Mutex;
use std::thread;

fn shipped() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn gracchus_sim(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gracchus-sim")).current_dir(folder).args(arguments).output().expect("it runs")
}

/// A campaign in a process of its own, as it printed itself.
fn campaign(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    let output = gracchus_sim(folder, &[&["run", "--json"], arguments].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    })
}

#[test]
fn every_scenario_passes_a_seed_that_repeats() {
    let mut scenarios = find(shipped()).expect("read");
    // An hour of nothing says nothing more about repeating than a minute of something.
    scenarios.retain(|found| found.scenario.name != "bench-idle");
    // A benchmark's load and its lack of faults are fixed: more of its seeds say little more about repeating.
    let seeds_of = |found: &Found| {
        let is_benchmark = found.path.to_string_lossy().contains("/benchmarks/");
        gracchus_cases::seeds(1).take(if is_benchmark { 1 } else { usize::MAX })
    };
    let runs = scenarios.iter().flat_map(|found| seeds_of(found).map(move |seed| (&found.scenario, seed + 1)));
    side_by_side(runs, |(scenario, seed)| {
        let run = run(scenario, seed, &Forced::default(), true);
        assert_eq!(run.outcome.verdict, Verdict::Passed, "{} seed {seed}", scenario.name);
        assert_eq!(run.outcome.trace_hash.len(), 16, "{} seed {seed}", scenario.name);
    });
}

/// Calls `check` with every item, on as many threads as there are processors. They have the name of the test's thread, by
/// which its cases are counted.
fn side_by_side<T>(items: impl Iterator<Item = T> + Send, check: impl Fn(T) + Sync) {
    let items = Mutex::new(items);
    let name = thread::current().name().unwrap_or_default().to_owned();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            let work = || {
                while let Some(item) = items.lock().ok().and_then(|mut items| items.next()) {
                    check(item);
                }
            };
            thread::Builder::new().name(name.clone()).spawn_scoped(scope, work).expect("a thread can be started");
        }
    });
}

#[test]
fn two_processes_agree_whatever_their_number_of_threads_under_each_number_of_shards() {
    let folder = tempfile::tempdir().expect("a folder");
    let swarm = shipped().join("swarm.scenario.toml").display().to_string();
    let seeds = gracchus_cases::campaign(3).to_string();
    let mut hashes = Vec::new();
    for shards in ["1", "2", "3"] {
        let with = |jobs| {
            campaign(
                folder.path(),
                &[&swarm, "--seed", "5", "--seeds", &seeds, "--data-shards", shards, "--jobs", jobs],
            )
        };
        let (one, two) = (with("1"), with("2"));
        assert_eq!(one["hash"], two["hash"], "{shards} data shards");
        assert_eq!(one["scenarios"][0]["tally"]["events"], two["scenarios"][0]["tally"]["events"]);
        hashes.push(one["hash"].clone());
    }
    assert!(hashes[0] != hashes[1] && hashes[1] != hashes[2], "the number of shards changes nothing: {hashes:?}");
}

#[test]
fn a_failure_is_replayed_as_it_was_recorded() {
    // What cannot come to rest in a millisecond is stuck: a failure that does not need a bug.
    let hasty =
        "title = \"t\"\ndescription = \"d\"\n[nemesis]\nend-ms = 3000\n[bounds]\nconverge-ms = 1\ndrain-ms = 1\n";
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("hasty.scenario.toml"), hasty).expect("written");
    let output = gracchus_sim(folder.path(), &["run", "hasty.scenario.toml", "--seed", "3", "--out", "out"]);
    assert_eq!(
        output.status.code(),
        Some(i32::from(Exit::Stuck.code())),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    let file = "out/hasty-3.failure.json";
    for _ in 0..3 {
        let replay = gracchus_sim(folder.path(), &["replay", file]);
        assert_eq!(replay.status.code(), output.status.code(), "{}", String::from_utf8_lossy(&replay.stderr));
    }

    let path = folder.path().join(file);
    let recorded = fs::read_to_string(&path).expect("read");
    fs::write(&path, recorded.replacen("\"seed\": 3", "\"seed\": 4", 1)).expect("written");
    assert_eq!(gracchus_sim(folder.path(), &["replay", file]).status.code(), Some(64), "a changed file is refused");
}
