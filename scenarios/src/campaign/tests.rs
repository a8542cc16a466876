use super::fold::{Chain, Fold};
use super::{Watcher, unmet};
use crate::exit::Exit;
use crate::run::Run;
use crate::scenario::{Found, Scenario};
use crate::testing;
use gracchus_world::verdict::Outcome;
use std::path::PathBuf;

struct Nobody;

impl Watcher for Nobody {
    fn on_run(&mut self, _scenario: &Found, _run: &Run) {}
    fn on_failure(&mut self, _scenario: &Found, run: &Run) -> Option<String> {
        Some(format!("{}.failure.json", run.seed))
    }
}

fn found(more: &str) -> Found {
    let text = format!("title = \"t\"\ndescription = \"d\"\n{more}");
    let scenario = Scenario::parse("a.scenario.toml", &text).unwrap_or_else(|error| panic!("{error}"));
    Found { path: PathBuf::from("a.scenario.toml"), scenario }
}

fn run(seed: u64, outcome: Outcome) -> Run {
    Run { seed, outcome, cpu_ns: 1_000, twice: seed == 7 }
}

#[test]
fn runs_are_summed_up_in_the_order_of_seeds_whatever_order_they_end_in() {
    let found = found("");
    let mut runs: Vec<Run> = (7..12).map(|seed| run(seed, testing::passed())).collect();
    runs[2].outcome = testing::violation();
    runs[3].outcome.trace_hash = "ffff".to_owned();
    let sum = |order: [usize; 5]| {
        let mut fold = Fold::new(&found, 7);
        for index in order {
            fold.take(runs[index].clone(), &found, &mut Nobody);
        }
        fold.finish()
    };
    let (straight, mixed) = (sum([0, 1, 2, 3, 4]), sum([4, 2, 0, 3, 1]));
    assert_eq!(straight.result, mixed.result);
    assert_eq!(straight.result.seeds, 5);
    assert_eq!(straight.result.twice, 1);
    assert_eq!(straight.result.failed(), 1);
    assert_eq!(straight.result.failures[0].file.as_deref(), Some("9.failure.json"));
    assert_eq!(straight.result.tally.counter("torn_pages"), 25);
    assert_eq!(straight.exits, [Exit::Violation]);
}

#[test]
fn a_campaigns_hash_depends_on_the_order_of_its_runs_hashes() {
    let chain = |hashes: [&str; 2]| {
        let mut chain = Chain::default();
        hashes.iter().for_each(|hash| chain.add(hash));
        chain.to_string()
    };
    assert_ne!(chain(["a", "b"]), chain(["b", "a"]));
    assert_eq!(chain(["a", "b"]), chain(["a", "b"]));
    assert_eq!(chain(["a", "b"]).len(), 16);
}

#[test]
fn what_is_required_and_never_came_is_named() {
    let requires = "[requires]\nchecks = [\"lost-write\", \"duplicate\", \"phantom\"]\nfaults = [\"kill\"]\n\
                    counters = { torn_pages = 5, cuts = 2 }\n[expects]\nlosses = \"none\"\n[nemesis.faults.kill]\n";
    let mut tally = gracchus_reports::Tally::default();
    tally.add_run(&testing::passed(), 0);
    assert_eq!(
        unmet(&found(requires).scenario, &tally),
        [
            "had nothing to check: duplicate, phantom",
            "fault kill never took place",
            "counter cuts came to 1, and at least 2 is required",
            "4 offsets were lost by permission, where none should be",
        ]
    );
    let losses = found("[expects]\nlosses = \"required\"\n").scenario;
    assert!(unmet(&losses, &tally).is_empty());
    assert_eq!(unmet(&losses, &gracchus_reports::Tally::default()).len(), 1);
}
