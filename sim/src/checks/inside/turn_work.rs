//! A turn's work is bounded by what the turn was given: nobody else is served meanwhile.

use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::node::TurnInput;
use gracchus_core::io::{ShardId, Work, WorkKind};
use gracchus_core::types::NodeId;

/// How much work of one kind a turn may do.
struct Bound {
    kind: WorkKind,
    /// Whatever the turn was given: jobs in steps, such as loading and retention, and the checkpoints.
    always: u64,
    /// For each event.
    event: u64,
    /// For each KiB, or part of one, of frames and of reads that have ended.
    kib: u64,
    /// For each partition of the shard, in a turn with news for all of them: an image, a stop, a failed directory.
    partition: u64,
}

/// Chosen by what a turn needs: a step of loading or retention uses a few dozen files, a partition that is opened, closed
/// or stopped a dozen, a roll within a long fetch answer eight, and a request asks about a partition with at least four of
/// its bytes.
const BOUNDS: [Bound; 5] = [
    Bound { kind: WorkKind::FileOps, always: 400, event: 24, kib: 4, partition: 24 },
    Bound { kind: WorkKind::FileBytes, always: 4 << 20, event: 64 << 10, kib: 4 << 10, partition: 64 << 10 },
    Bound { kind: WorkKind::Partitions, always: 64, event: 16, kib: 1 << 10, partition: 16 },
    Bound { kind: WorkKind::Records, always: 4_096, event: 64, kib: 1 << 10, partition: 64 },
    Bound { kind: WorkKind::QueueSteps, always: 256, event: 64, kib: 1 << 10, partition: 64 },
];

impl Bound {
    fn most(&self, input: &TurnInput) -> u64 {
        let wide = if input.is_wide { input.partitions * self.partition } else { 0 };
        self.always + input.events * self.event + input.bytes.div_ceil(1 << 10) * self.kib + wide
    }
}

/// A shard has taken a turn.
pub fn on_turn(node: NodeId, shard: ShardId, input: &TurnInput, work: &Work, found: &mut Findings) {
    for bound in &BOUNDS {
        let (done, most) = (work.of(bound.kind), bound.most(input));
        found.demand(Check::TurnWork, done <= most, Place { node: Some(node), partition: None }, || {
            format!(
                "one turn of {shard} did {done} {}, and {most} are its bound, with {} events, {} bytes and {} partitions",
                bound.kind.name(),
                input.events,
                input.bytes,
                input.partitions
            )
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(kind: WorkKind, count: u64, input: &TurnInput) -> bool {
        let (mut work, mut found) = (Work::default(), Findings::default());
        work.add(kind, count);
        on_turn(NodeId(1), ShardId(1), input, &work, &mut found);
        found.first().is_none()
    }

    #[test]
    fn a_turn_may_do_as_much_as_it_was_given_and_no_more() {
        for bound in &BOUNDS {
            let narrow = TurnInput { events: 3, bytes: 100, partitions: 50, is_wide: false };
            let wide = TurnInput { is_wide: true, ..narrow };
            for input in [&narrow, &wide] {
                assert!(judged(bound.kind, bound.most(input), input), "{}", bound.kind.name());
                assert!(!judged(bound.kind, bound.most(input) + 1, input), "{}", bound.kind.name());
            }
            assert!(bound.most(&wide) > bound.most(&narrow));
        }
    }
}
