//! Whole clusters, from a seed to a verdict.

use gracchus_world::checks::Check;
use gracchus_world::clients::{AdminConfig, Drawn, GroupConfig, WorkloadConfig};
use gracchus_world::nemesis::{FaultKind, FaultRate, NemesisConfig};
use gracchus_world::trial::{self, ClusterConfig, Forced, OffsetsTopicSetup, TopicSetup, Trial};
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
        Check::GroupDeletion,
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

#[test]
fn a_rotten_disk_is_replaced_though_it_has_partitions_that_nobody_else_has() {
    // A bit flips before `__consumer_offsets` is made, of which every node has a partition alone.
    let rot = FaultRate { every_ms: 100, ..FaultRate::default() };
    let nemesis = NemesisConfig {
        faults: [(FaultKind::BitRot, rot)].into(),
        swarm: false,
        fault_free_one_in: 0,
        end_ms: 12_000,
        ..NemesisConfig::default()
    };
    let mut trial = Trial { nemesis, ..Trial::default() };
    trial.cluster.topics = vec![TopicSetup { partitions: 1, ..TopicSetup::default() }];
    trial.cluster.topics[0].configs.insert("flush.messages".to_string(), "1".to_string());
    trial.cluster.offsets_topic =
        OffsetsTopicSetup { partitions: Drawn::always(3), replication_factor: Drawn::always(1) };
    trial.workload.groups = vec![GroupConfig::default()];
    let is_replaced = |outcome: &Outcome| outcome.timeline.iter().any(|it| it.what == "gets new disks");
    let mut replaced = 0;
    // One seed in ten replaces a disk.
    for seed in gracchus_cases::seeds(100) {
        let outcome = run(&trial, seed);
        passes(&outcome);
        replaced += u32::from(is_replaced(&outcome));
    }
    assert!(replaced > 0, "no disk rotted in time");
}
