//! A replica's log start offset never goes back, is never above the high watermark, and moves for a reason that the topic's
//! configuration, a client or the leader gives; only what lies below it goes.
//!
//! The shadow of a log keeps the batches that were let go: where a replica has them no more, it is as if they lay below.

use crate::audit::segments;
use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::{Batch, Partition, Replica, ShadowLog};
use crate::observer::NodeFiles;
use gracchus_core::io::FilePath;
use gracchus_core::types::{Offset, StartCause};

/// A log begins later than before.
pub fn on_log_start(partition: &mut Partition, at: usize, to: Offset, cause: StartCause, found: &mut Findings) {
    let Partition { name, replicas, retention, requested, let_go, .. } = partition;
    let replica = &mut replicas[at];
    let place = Place::replica(replica.node, name);
    found.demand(Check::LogStart, replica.begins <= to, place, || {
        format!("the log start went back from {} to {to}, for {cause}", replica.begins)
    });
    // A restart at the leader's start sets both at once.
    let high_watermark = replica.high_watermark.max(replica.log.start());
    found.demand(Check::LogStart, to <= high_watermark, place, || {
        format!("the log start went to {to}, for {cause}, above the high watermark {high_watermark}")
    });
    let is_due = match cause {
        StartCause::Size => retention.by_size,
        StartCause::Time => retention.by_time,
        StartCause::Request => to <= *requested,
        StartCause::Leader => to <= *let_go,
    };
    found.demand(Check::LogStart, is_due, place, || {
        format!("the log start went to {to} for {cause}, which nothing gives a reason for: {retention:?}, {let_go} elsewhere")
    });
    begin_at(replica, to);
    *let_go = to.max(*let_go);
}

/// What lies below is missed by nobody.
fn begin_at(replica: &mut Replica, start: Offset) {
    replica.begins = start;
    replica.lost.retain(|batch| batch.last >= start);
}

/// A client was told that every live replica's log begins at `low` or later.
pub fn on_deleted(partition: &Partition, low: Offset, found: &mut Findings) {
    found.demand(Check::LogStart, low <= partition.let_go, Place::partition(&partition.name), || {
        format!("a client was told that records below {low} are gone, and no log begins above {}", partition.let_go)
    });
}

/// A segment went that ends below `end`.
pub fn on_segment_gone(partition: &mut Partition, at: usize, end: Offset, found: &mut Findings) {
    let replica = &partition.replicas[at];
    found.demand(Check::LogStart, end <= replica.begins, Place::replica(replica.node, &partition.name), || {
        format!("a segment went that ends at {end}, in a log that begins at {}", replica.begins)
    });
}

/// A log was loaded, and begins at `start`.
pub fn on_loaded(partition: &mut Partition, at: usize, start: Offset, found: &mut Findings) {
    let Partition { name, replicas, ceiling, let_go, .. } = partition;
    let replica = &mut replicas[at];
    let place = Place::replica(replica.node, name);
    if !replica.rotted {
        found.demand(Check::LogStart, replica.begins <= start && start <= *ceiling, place, || {
            format!(
                "the log began at {}, and after a start begins at {start}; no high watermark was ever above {ceiling}",
                replica.begins
            )
        });
    }
    begin_at(replica, start);
    *let_go = start.max(*let_go);
}

/// A log was cut to `to`: a cut below its start takes back what was committed, and the start with it.
pub fn on_truncated(partition: &mut Partition, at: usize, to: Offset, found: &mut Findings) {
    let Partition { name, replicas, losses, gone, .. } = partition;
    let replica = &mut replicas[at];
    let is_below = to < replica.begins.max(replica.log.start());
    if to < replica.begins {
        let place = Place::replica(replica.node, name);
        // What a leader committed that another had followed already is lost without an election.
        let was_lost = *losses > 0 || gone.iter().any(|gone| gone.batch.last >= to);
        found.demand(Check::LogStart, was_lost, place, || {
            format!("a log that begins at {} was cut to {to}, and no committed record was ever lost", replica.begins)
        });
        replica.begins = to;
    }
    if is_below || to > replica.log.end() {
        // It goes on at its leader's start, or has no batch any more: what was let go below `to` does not come back, and
        // `to` may lie within a batch of that.
        replica.log = ShadowLog::starting_at(to);
        replica.agrees = 0;
    }
}

/// The log start offsets of a log according to its small files.
#[derive(Clone, Copy, Debug)]
pub struct Begins {
    /// By `log-start-offset-checkpoint`.
    pub saved: Offset,
    /// Where the first epoch of `leader-epoch-checkpoint` begins.
    pub first_epoch: Offset,
}

/// The log that a replica's files hold as its process begins, and whether they hold no batch that counts. The log may
/// begin as `Begins` says, and below `durable_to` it was durable.
pub fn on_disk(
    replica: Option<&Replica>,
    paths: &[FilePath],
    Begins { saved, first_epoch }: Begins,
    durable_to: Offset,
    files: &dyn NodeFiles,
) -> (ShadowLog, bool) {
    let kept = segments::above(paths, saved);
    let log = segments::read(&kept, durable_to, |path| files.read(path));
    let known = replica.map_or(Offset::ZERO, |replica| replica.log.start());
    // A crash can keep the name of a later segment and drop that of the first: nothing is whole then.
    let expected = saved.max(first_epoch);
    let lacks_its_beginning = log.start() > expected;
    let log = match () {
        () if lacks_its_beginning => ShadowLog::starting_at(expected),
        () if log.end() < saved => ShadowLog::starting_at(saved),
        () => log,
    };
    // A log that may begin at offset 0 and has no batch ends there, whatever is made of its files.
    let is_bare = log.is_empty() && log.start() > Offset::ZERO;
    let from = log.batches().first().map_or(log.start(), |batch| batch.base);
    let before = replica.map_or(&[][..], |replica| replica.log.batches());
    let let_go: Vec<Batch> = before.iter().take_while(|batch| batch.last < from).copied().collect();
    let start = if let_go.is_empty() { log.start() } else { known };
    (ShadowLog::of(start, [&let_go, log.batches()].concat()), is_bare)
}
