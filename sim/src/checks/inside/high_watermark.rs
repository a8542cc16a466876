//! The high watermark moves only over what every in-sync replica reported, and only while there are enough of them; it
//! never falls under one leadership, and no replica's is above what a leader reached or above its own log.

use super::{completeness, stale};
use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::{Batch, Partition, Role};
use gracchus_core::types::{LeaderEpoch, NodeId, Offset, PartitionEpoch};

/// A leader took an in-sync set as its own.
pub fn on_in_sync(partition: &mut Partition, at: usize, epoch: LeaderEpoch, taken: PartitionEpoch) {
    let isr = partition.registered_at(taken).map(|registered| registered.isr.clone());
    if let (Some(isr), Role::Leader(leading)) = (isr, &mut partition.replicas[at].role)
        && leading.epoch == epoch
    {
        leading.isr = isr;
    }
    partition.review_in_sync(at);
}

/// A leader noted how far a follower is.
pub fn on_follower_at(partition: &mut Partition, at: usize, epoch: LeaderEpoch, follower: NodeId, end: Offset) {
    if let Role::Leader(leading) = &mut partition.replicas[at].role
        && leading.epoch == epoch
    {
        match leading.followers.iter_mut().find(|(node, _)| *node == follower) {
            Some((_, known)) => *known = end,
            None => leading.followers.push((follower, end)),
        }
    }
    partition.review_in_sync(at);
}

/// A replica's high watermark moved.
pub fn on_high_watermark(
    partition: &mut Partition,
    at: usize,
    epoch: LeaderEpoch,
    to: Offset,
    as_leader: bool,
    found: &mut Findings,
) {
    let replica = &partition.replicas[at];
    let place = Place::replica(replica.node, &partition.name);
    let end = replica.log.end();
    found.demand(Check::LogBounds, replica.log.start() <= to && to <= end, place, || {
        format!("the high watermark is {to} in a log from {} to {end}", replica.log.start())
    });
    let ceiling = partition.ceiling;
    match replica.leading().filter(|leading| as_leader && leading.epoch == epoch) {
        Some(_) => on_leaders(partition, at, to, found),
        // A checkpoint or a leader's word: either way some leader was there before.
        None => found.demand(Check::HighWatermarkMonotonic, to <= ceiling, place, || {
            format!(
                "a replica that does not lead has the high watermark {to}, and no leader's was ever above {ceiling}"
            )
        }),
    }
    partition.replicas[at].high_watermark = to;
}

fn on_leaders(partition: &mut Partition, at: usize, to: Offset, found: &mut Findings) {
    let replica = &partition.replicas[at];
    let place = Place::replica(replica.node, &partition.name);
    let Some(leading) = replica.leading() else { return };
    let before = leading.high_watermark.unwrap_or(replica.high_watermark);
    found.demand(Check::HighWatermarkMonotonic, before <= to, place, || {
        format!("under leader epoch {} the high watermark fell from {before} to {to}", leading.epoch)
    });
    if to > before {
        let behind = leading
            .isr
            .iter()
            .find(|node| **node != replica.node && leading.follower_at(**node).is_none_or(|reported| reported < to));
        found.demand(Check::HighWatermarkQuorum, behind.is_none(), place, || {
            format!(
                "the high watermark went from {before} to {to}, but of the in-sync set {:?} node {behind:?} is not known \
                 to be there in epoch {}: {:?}",
                leading.isr, leading.epoch, leading.followers
            )
        });
        // KIP-966: below min.insync.replicas the high watermark stands still.
        found.demand(Check::HighWatermarkQuorum, leading.isr.len() >= partition.min_isr, place, || {
            format!(
                "the high watermark went from {before} to {to} with {:?} in sync, of {} that are required",
                leading.isr, partition.min_isr
            )
        });
    }
    if let Role::Leader(leading) = &mut partition.replicas[at].role {
        leading.high_watermark = Some(to);
    }
    advance_committed(partition, at, to, found);
}

/// What a leader has below its high watermark is committed: consumers see it.
pub fn advance_committed(partition: &mut Partition, at: usize, to: Offset, found: &mut Findings) {
    partition.ceiling = partition.ceiling.max(to);
    if let Some(loss) = stale::loss_ahead(partition, at) {
        stale::lose(partition, at, to, loss, found);
    }
    let stale = stale::is_stale(partition, at);
    let known = partition.committed_end();
    if to <= known && !stale {
        return;
    }
    let agrees = partition.replicas[at].agree_with(&partition.committed);
    if agrees < partition.committed.len() && !stale {
        // Said when it was elected.
        return;
    }
    let log = &partition.replicas[at].log;
    let shared = partition.committed[..agrees].last().map_or(log.start(), |batch| batch.last.plus(1));
    let fresh = log.from_to(log.place_of(shared), to).iter();
    let is_over = |batch: &&Batch| stale && partition.is_gone(batch.base, batch.epoch);
    let fresh: Vec<_> = fresh.take_while(|batch| !is_over(batch)).copied().collect();
    if fresh.is_empty() {
        return;
    }
    if stale::is_kept(partition, at, to, &fresh, found) && agrees == partition.committed.len() {
        partition.committed.extend(fresh);
        completeness::on_committed(partition, found);
    }
}
