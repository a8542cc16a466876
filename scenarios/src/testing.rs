//! Outcomes as tests need them.

use gracchus_world::checks::Check;
use gracchus_world::ledger::{ExpectedLoss, Row};
use gracchus_world::nemesis::{FaultKind, Plan};
use gracchus_world::verdict::{Moment, Outcome, Records, Verdict, Violation};

/// A run of nine virtual seconds that passed.
pub fn passed() -> Outcome {
    Outcome {
        verdict: Verdict::Passed,
        trace_hash: "0123456789abcdef".to_owned(),
        checks: [(Check::LostWrite, 40), (Check::LogMatching, 3)].into(),
        faults: [(FaultKind::PowerLoss, 2)].into(),
        counters: [("torn_pages".to_owned(), 5), ("cuts".to_owned(), 1)].into(),
        expected_losses: vec![ExpectedLoss {
            partition: "orders-0".to_owned(),
            at: 5,
            from: 10,
            to: 14,
            row: Row::AcksNone,
        }],
        sites: [("shard.fresh-uuid".to_owned(), 1)].into(),
        plan: Plan::default(),
        timeline: vec![moment(1_000_000_000, Some(1), "fault", "power-loss of node 1")],
        virtual_ns: 9_000_000_000,
        events: 1_234,
        rpcs: 100,
        records: Records { sent: 50, acknowledged: 40, unknown: 5, failed: 5, read: 80 },
    }
}

/// The same with a lost record.
pub fn violation() -> Outcome {
    let violation = Violation {
        check: Check::LostWrite,
        at: 8_000_000_000,
        node: Some(2),
        partition: Some("orders-0".to_owned()),
        message: "record 7 of producer 1 <is> gone".to_owned(),
        details: vec!["acknowledged at 3.2 s".to_owned()],
    };
    Outcome { verdict: Verdict::Violation(violation), ..passed() }
}

fn moment(at: u64, node: Option<i32>, kind: &str, what: &str) -> Moment {
    Moment { at, node, kind: kind.to_owned(), what: what.to_owned() }
}
