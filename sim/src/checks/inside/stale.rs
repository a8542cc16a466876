//! A leader that another has followed, and that has not heard of it yet, can commit what in-sync replicas told it before.
//! The newest leader has that too, unless the ledger rules that an election since was permitted to lose it: that one's
//! leader had lost it to a fault, whoever leads by now.

use super::leadership::promise;
use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::{Batch, Gone, Loss, Partition};
use crate::ledger::Ruling;
use core::ops::Bound::{Excluded, Unbounded};
use gracchus_core::types::{LeaderEpoch, Offset};

/// The last permitted loss, where it was of an election that the leader at `at` has not heard of.
pub fn loss_ahead(partition: &Partition, at: usize) -> Option<Loss> {
    partition.last_loss.filter(|loss| Some(loss.epoch) > partition.replicas[at].epoch())
}

/// Whether another has followed the leader at `at`.
pub fn is_stale(partition: &Partition, at: usize) -> bool {
    partition.newest_leader().is_some_and(|(newest, _)| Some(newest) > partition.replicas[at].epoch())
}

/// Whether what a leader commits, up to `to`, is kept: nobody newer leads, or has all of that.
pub fn is_kept(partition: &mut Partition, at: usize, to: Offset, fresh: &[Batch], found: &mut Findings) -> bool {
    let epoch = partition.replicas[at].epoch();
    let newer = partition.newest_leader().filter(|(newer, _)| Some(*newer) > epoch);
    let Some((newer, elected)) = newer.and_then(|(newer, node)| Some((newer, partition.place_of(node)?))) else {
        return true;
    };
    let theirs = &partition.replicas[elected];
    let missing: Vec<_> = fresh.iter().filter(|batch| theirs.log.at(batch.base) != Some(batch)).copied().collect();
    if let Some(loss) = epoch.and_then(|epoch| permitted(partition, epoch, &missing)) {
        if loss_ahead(partition, at).is_none() {
            partition.last_loss = Some(loss);
        }
        lose(partition, at, to, loss, found);
        return false;
    }
    if theirs.leading().is_none_or(|leading| leading.epoch != newer) {
        // It may have lost since what it had when it was elected: that is for the next election to judge.
        return true;
    }
    found.demand(Check::LeaderCompleteness, missing.is_empty(), Place::replica(theirs.node, &partition.name), || {
        format!(
            "node {} committed up to {to} in epoch {epoch:?}, which the leader of epoch {newer} does not have",
            partition.replicas[at].node,
        )
    });
    missing.is_empty()
}

/// The loss of what the newest leader lacks, if each batch of that was lost, with the ledger's permission, by an election
/// after `epoch`.
fn permitted(partition: &Partition, epoch: LeaderEpoch, missing: &[Batch]) -> Option<Loss> {
    let promise = promise(partition);
    let lost_by = |batch: &Batch| {
        let mut since = partition.elections.range((Excluded(epoch), Unbounded));
        since.find_map(|(epoch, election)| match election.rule(&promise, batch) {
            Ruling::Expected(row) => Some(Loss { epoch: *epoch, from: batch.base, row }),
            Ruling::Bug => None,
        })
    };
    let losses: Option<Vec<_>> = missing.iter().map(lost_by).collect();
    losses?.first().copied()
}

/// A leader commits up to `to` what the election of a later one had lost already, with permission.
pub fn lose(partition: &mut Partition, at: usize, to: Offset, loss: Loss, found: &Findings) {
    let log = &partition.replicas[at].log;
    let is_committed = |batch: &Batch| {
        let place = partition.committed.binary_search_by_key(&batch.base, |it| it.base);
        place.is_ok_and(|place| partition.committed[place] == *batch)
    };
    let late = log.from_to(log.place_of(loss.from), to).iter();
    let fresh = late.filter(|batch| !is_committed(batch) && !partition.is_gone(batch.base, batch.epoch));
    let at = found.time();
    // Nobody can tell whether what was sent to the stale leader was sent before it was one.
    let gone: Vec<_> = fresh.map(|batch| Gone { batch: *batch, at, row: loss.row, loss: u32::MAX }).collect();
    partition.gone.extend(gone);
}
