//! A produce with acks=all is acknowledged by the leader of that epoch, behind its high watermark.

use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::Partition;
use gracchus_core::types::{LeaderEpoch, Offset};

/// A produce was acknowledged without error.
pub fn on_acknowledged(
    partition: &mut Partition,
    at: usize,
    epoch: LeaderEpoch,
    end: Offset,
    acks: i16,
    found: &mut Findings,
) {
    let replica = &partition.replicas[at];
    let place = Place::replica(replica.node, &partition.name);
    // Whatever the acks: no leader says yes to what it does not have.
    found.demand(Check::AckIdentity, replica.log.end() >= end, place, || {
        format!("offsets up to {end} were acknowledged by a log that ends at {}", replica.log.end())
    });
    if acks != -1 {
        return;
    }
    // What a leader knew before it led counts: a retried batch below that needs no new word.
    let reached = replica
        .leading()
        .filter(|leading| leading.epoch == epoch)
        .and_then(|leading| leading.high_watermark.max(Some(leading.known).filter(|known| *known > Offset::ZERO)));
    found.demand(Check::AckBehindHighWatermark, reached.is_some_and(|reached| reached >= end), place, || {
        format!(
            "acks=all was answered for offsets up to {end} in epoch {epoch}, with the high watermark at {reached:?} \
             and the replica {:?}",
            replica.role
        )
    });
}
