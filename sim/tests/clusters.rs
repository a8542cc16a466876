//! Whole clusters, from a seed to a verdict.

use gracchus_world::checks::Check;
use gracchus_world::clients::{AdminConfig, GroupConfig, WorkloadConfig};
use gracchus_world::nemesis::NemesisConfig;
use gracchus_world::trial::{self, ClusterConfig, Forced, Trial};
use gracchus_world::verdict::{Outcome, Verdict};

fn run(trial: &Trial, seed: u64) -> Outcome {
    trial::judge(trial, seed, &Forced::default())
}

fn short(nemesis: NemesisConfig) -> Trial {
    let nemesis = NemesisConfig { end_ms: 40_000, ..nemesis };
    Trial { nemesis, ..Trial::default() }
}

#[track_caller]
fn passes(outcome: &Outcome) {
    assert_eq!(outcome.verdict, Verdict::Passed, "{:#?}", outcome.timeline.iter().rev().take(12).collect::<Vec<_>>());
}

#[test]
fn a_healthy_cluster_passes_and_every_check_of_a_healthy_one_had_something_to_look_at() {
    let mut trial = short(NemesisConfig::default());
    trial.workload.groups = vec![GroupConfig::default()];
    let outcome = run(&trial, 1);
    passes(&outcome);
    assert!(outcome.records.acknowledged > 50, "{:?}", outcome.records);
    assert_eq!(outcome.records.sent, outcome.records.acknowledged);
    // An index has its first entry behind more bytes than these few records, and nothing is deleted.
    let beyond_health = [
        Check::NoAppendAfterFailedSync,
        Check::Script,
        Check::OffsetIndex,
        Check::LogStart,
        Check::TopicRegister,
        Check::TopicIncarnation,
    ];
    for (check, count) in &outcome.checks {
        assert!(*count > 0 || beyond_health.contains(check), "{check} had nothing to look at");
    }
}

#[test]
fn topics_come_and_go_on_a_lone_broker_that_is_its_own_controller() {
    let mut trial = short(NemesisConfig::default());
    trial.cluster = ClusterConfig { brokers: 1, own_controller: true, topics: Vec::new(), ..ClusterConfig::default() };
    trial.workload = WorkloadConfig {
        producers: Vec::new(),
        consumers: Vec::new(),
        admins: vec![AdminConfig::default()],
        ..WorkloadConfig::default()
    };
    let outcome = run(&trial, 1);
    passes(&outcome);
    assert!(outcome.records.acknowledged > 50, "{:?}", outcome.records);
    for check in [Check::TopicRegister, Check::TopicIncarnation] {
        assert!(outcome.checks[&check] > 0, "{check} had nothing to look at");
    }
    assert_eq!(run(&trial, 1).trace_hash, outcome.trace_hash);
}
