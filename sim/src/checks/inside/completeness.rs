//! Every running in-sync replica has every committed record.

use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::{Life, Partition};
use gracchus_core::types::{NodeId, Offset};

/// The committed log grew.
pub fn on_committed(partition: &mut Partition, found: &mut Findings) {
    for at in 0..partition.replicas.len() {
        judge(partition, at, found);
    }
}

/// A replica cut its log back.
pub fn on_truncated(partition: &mut Partition, at: usize, to: Offset, found: &mut Findings) {
    let Partition { replicas, committed, .. } = partition;
    let replica = &mut replicas[at];
    replica.log.truncate(to);
    replica.agrees = replica.agrees.min(committed.partition_point(|batch| batch.last < to));
    replica.flushed = replica.flushed.min(replica.log.end());
    replica.high_watermark = replica.high_watermark.min(replica.log.end());
    replica.touched = true;
    judge(partition, at, found);
}

fn judge(partition: &mut Partition, at: usize, found: &mut Findings) {
    let node = partition.replicas[at].node;
    if partition.committed.is_empty() || !is_held_to_it(partition, node) {
        return;
    }
    let Partition { name, replicas, committed, .. } = partition;
    let agrees = replicas[at].agree_with(committed);
    found.demand(Check::IsrCompleteness, agrees == committed.len(), Place::replica(node, name), || {
        format!(
            "an in-sync replica whose log ends at {} lacks the committed {:?}",
            replicas[at].log.end(),
            committed[agrees]
        )
    });
}

/// Whether a node is in sync by the controller's account and by the leader's, runs, and lost nothing to a fault.
/// The leader's account is needed since only it can wait for the node.
fn is_held_to_it(partition: &Partition, node: NodeId) -> bool {
    let Some(replica) = partition.replica(node) else { return false };
    let registered = partition.surely_in_sync.contains(&node);
    let taken = partition.newest_leader().is_some_and(|(epoch, leader)| {
        leader == node
            || partition
                .replica(leader)
                .and_then(|leader| leader.leading())
                .is_some_and(|leading| leading.epoch == epoch && leading.isr.contains(&node))
    });
    registered
        && taken
        && replica.life == Life::Live
        && !replica.is_lossy()
        && !replica.offline
        && !partition.unsound.contains(&node)
}
