//! A campaign of two scenarios, one of which failed in every way there is.

use gracchus_reports::{Campaign, FailedRun, ScenarioResult, Tally};
use gracchus_world::checks::Check;
use gracchus_world::ledger::{ExpectedLoss, Row};
use gracchus_world::nemesis::{FaultKind, Plan};
use gracchus_world::verdict::{Crash, Moment, NotDeterministic, Outcome, Records, Stuck, Verdict, Violation};

const SECOND: u64 = 1_000_000_000;

pub fn passed() -> Outcome {
    let moments = [
        (2, None, "fault", "partition of 1 | 2 3"),
        (3, Some(2), "election", "orders-0: leader 1 -> 2, epoch 4"),
        (5, Some(1), "fault", "power-loss: 3 pages dropped, 1 torn, cut inside a call"),
        (6, None, "heal", "partition is over"),
        (9, Some(1), "heal", "started again"),
        (11, Some(3), "loss", "orders-0: 4 offsets, acks-none"),
        (12, None, "script", "expect <converged> & \"quoted\""),
    ];
    Outcome {
        verdict: Verdict::Passed,
        trace_hash: "0123456789abcdef".to_owned(),
        checks: [(Check::LostWrite, 40_000), (Check::LogMatching, 3)].into(),
        faults: [(FaultKind::PowerLoss, 2), (FaultKind::Partition, 1)].into(),
        counters: [("torn_pages", 5), ("cuts", 1), ("dropped_pages", 12), ("failed_syncs", 0)]
            .map(|(name, count)| (name.to_owned(), count))
            .into(),
        expected_losses: vec![ExpectedLoss {
            partition: "orders-0".to_owned(),
            at: 5,
            from: 10,
            to: 14,
            row: Row::AcksNone,
        }],
        sites: [("shard.fresh-uuid".to_owned(), 1)].into(),
        plan: Plan::default(),
        timeline: moments.map(|(s, node, kind, what)| moment(s * SECOND, node, kind, what)).into(),
        virtual_ns: 70 * SECOND,
        events: 1_234_567,
        rpcs: 20_000,
        records: Records { sent: 50_000, acknowledged: 49_000, unknown: 600, failed: 400, read: 98_000 },
    }
}

fn ended(verdict: Verdict) -> Outcome {
    let mut outcome = passed();
    outcome.timeline.push(moment(15 * SECOND, Some(2), "verdict", verdict.word()));
    Outcome { verdict, ..outcome }
}

pub fn violation() -> Outcome {
    ended(Verdict::Violation(Violation {
        check: Check::LostWrite,
        at: 15 * SECOND + 123_456_789,
        node: Some(2),
        partition: Some("orders-0".to_owned()),
        message: "record 7 of producer 1 <script>alert(1)</script> is gone".to_owned(),
        details: vec![
            "acknowledged at 3.200000s by node 1, epoch 3".to_owned(),
            "last held by node 1 & node 3".to_owned(),
        ],
    }))
}

fn failures() -> Vec<FailedRun> {
    let stuck = Verdict::Stuck(Stuck {
        at: 60 * SECOND,
        waiting_for: "every replica to catch up".to_owned(),
        state: vec!["orders-0 on node 3: log end 12 of 20".to_owned()],
    });
    let crash = Verdict::Crash(Crash { at: 4 * SECOND, node: 3, message: "assertion failed: start <= end".to_owned() });
    let two = Verdict::NotDeterministic(NotDeterministic {
        hashes: vec!["aaaa".to_owned(), "bbbb".to_owned()],
        message: "after 3 equal moments".to_owned(),
    });
    [violation(), ended(stuck), ended(crash), ended(two)]
        .into_iter()
        .zip([3, 4, 5, 6])
        .map(|(outcome, seed)| FailedRun { seed, outcome, file: Some(format!("runs/3/swarm-{seed}.failure.json")) })
        .collect()
}

pub fn campaign() -> Campaign {
    let mut tally = Tally::default();
    (0..200).for_each(|_| tally.add_run(&passed(), 80_000_000));
    let calm = ScenarioResult {
        name: "healthy".to_owned(),
        title: "A healthy cluster".to_owned(),
        seeds: 200,
        twice: 3,
        verdicts: [("passed".to_owned(), 200)].into(),
        tally: tally.clone(),
        failures: Vec::new(),
        unmet: vec!["had nothing to check: duplicate".to_owned()],
        absent: Vec::new(),
        hash: "00112233445566ff".to_owned(),
    };
    let wild = ScenarioResult {
        name: "swarm".to_owned(),
        title: "Any faults, any clients".to_owned(),
        verdicts: [("passed", 194), ("violation", 3), ("stuck", 1), ("crash", 1), ("not deterministic", 1)]
            .map(|(word, count)| (word.to_owned(), count))
            .into(),
        failures: failures(),
        unmet: Vec::new(),
        absent: vec!["fault stuck-disk never took place".to_owned()],
        hash: "8899aabbccddeeff".to_owned(),
        ..calm.clone()
    };
    Campaign {
        build: "0123456789ab (sources 89abcdef)".to_owned(),
        mutants: Vec::new(),
        forced: vec!["data shards 2".to_owned()],
        first_seed: 3,
        scenarios: vec![calm, wild],
        unreached: vec!["shard.create-topic-placement".to_owned()],
        hash: "fedcba9876543210".to_owned(),
        wall_ns: 20 * SECOND,
        jobs: 2,
        exit: 4,
    }
}

fn moment(at: u64, node: Option<i32>, kind: &str, what: &str) -> Moment {
    Moment { at, node, kind: kind.to_owned(), what: what.to_owned() }
}
