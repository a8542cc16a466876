//! One leader in an epoch, the one that the controller named; and a new leader has every committed record, unless the
//! ledger rules that its loss was permitted.

use super::high_watermark;
use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::{Batch, Election, Gone, Leading, Loss, Partition, Role};
use crate::ledger::{Acked, Circumstances, Eligible, Promise, Ruling};
use gracchus_core::types::{LeaderEpoch, NodeId, Offset};

/// A replica began to lead.
pub fn on_became_leader(
    partition: &mut Partition,
    at: usize,
    epoch: LeaderEpoch,
    start: Offset,
    known: Offset,
    found: &mut Findings,
) {
    let node = partition.replicas[at].node;
    let place = Place::replica(node, &partition.name);
    let other = partition.leaders.get(&epoch).copied().filter(|other| *other != node);
    found.demand(Check::OneLeaderPerEpoch, other.is_none(), place, || {
        format!("nodes {node} and {other:?} both lead in epoch {epoch}")
    });
    let named = partition.elected_in(epoch).and_then(|(registered, _)| registered.leader);
    found.demand(Check::OneLeaderPerEpoch, named == Some(node), place, || {
        format!("node {node} leads in epoch {epoch}, for which the controller named {named:?}")
    });
    let end = partition.replicas[at].log.end();
    found.demand(Check::LogBounds, start == end, place, || {
        format!("leadership begins at {start} in a log that ends at {end}")
    });
    judge_completeness(partition, at, epoch, found);
    partition.leaders.insert(epoch, node);
    let isr = partition.elected_in(epoch).map(|(registered, _)| registered.isr.clone()).unwrap_or_default();
    partition.replicas[at].role =
        Role::Leader(Leading { epoch, start, isr, followers: Vec::new(), high_watermark: None, known });
    partition.replicas[at].high_watermark = known;
    high_watermark::advance_committed(partition, at, known, found);
}

fn judge_completeness(partition: &mut Partition, at: usize, epoch: LeaderEpoch, found: &mut Findings) {
    // H1 speaks of leaders that are not stale: one that learns late of an election that another has followed can commit
    // nothing.
    if partition.newest_leader().is_some_and(|(newest, _)| newest > epoch) {
        return;
    }
    let election = election(partition, at, epoch);
    partition.elections.insert(epoch, election.clone());
    let Partition { replicas, committed, .. } = partition;
    if committed.is_empty() {
        return;
    }
    let agrees = replicas[at].agree_with(committed);
    if agrees == committed.len() {
        found.looked(Check::LeaderCompleteness, 1);
        let node = replicas[at].node;
        partition.unsound.retain(|unsound| *unsound != node);
        return;
    }
    let missing = committed[agrees..].to_vec();
    let mut gone = Vec::with_capacity(missing.len());
    let from = missing[0].base;
    for batch in missing {
        match election.rule(&promise(partition), &batch) {
            Ruling::Expected(row) => gone.push(Gone { batch, at: found.time(), row, loss: partition.losses + 1 }),
            // It lies below a log start, and nobody misses it.
            Ruling::Bug if batch.last < partition.let_go => {}
            Ruling::Bug => {
                report(partition, at, epoch, &batch, &election, found);
                return;
            }
        }
    }
    partition.losses += 1;
    if let Some(first) = gone.first() {
        partition.last_loss = Some(Loss { epoch, from, row: first.row });
    }
    partition.cuts.push(from);
    partition.gone.extend(gone);
    partition.committed.truncate(agrees);
    for replica in &mut partition.replicas {
        replica.agrees = replica.agrees.min(agrees);
    }
}

/// What the partition's configuration promises. Eligible leader replicas come with the controller.
#[must_use]
pub fn promise(partition: &Partition) -> Promise {
    Promise { min_isr: partition.min_isr, replicas: partition.replicas.len(), eligible: Eligible::Off }
}

/// The election of the replica at `at`, which begins to lead in `epoch`.
fn election(partition: &Partition, at: usize, epoch: LeaderEpoch) -> Election {
    let elected = &partition.replicas[at];
    let before = partition.elected_in(epoch).and_then(|(_, before)| before);
    let in_sync: &[NodeId] = before.map_or(&[], |before| &before.isr);
    // Whoever was put in, and whom the leader had not begun to wait for, was not in sync after all.
    let in_sync = in_sync.iter().filter(|node| partition.surely_in_sync.contains(node));
    let in_sync: Vec<_> = in_sync.filter(|node| **node != elected.node).collect();
    let others = partition.replicas.iter().filter(|it| in_sync.contains(&&it.node));
    let lossy = partition.replicas.iter().filter(|it| it.is_lossy()).count();
    let flagged_unclean = partition.unsound.contains(&elected.node);
    let circumstances = Circumstances {
        acked: Acked::All,
        moved_before_commit: false,
        leader_lost_it: false,
        sound_in_sync: others.filter(|it| !it.is_lossy()).count(),
        lossy,
        unclean: lossy,
        flagged_unclean,
    };
    let had = flagged_unclean.then(|| elected.log.clone());
    Election { lost: elected.lost.clone(), circumstances, had }
}

fn report(
    partition: &Partition,
    at: usize,
    epoch: LeaderEpoch,
    batch: &Batch,
    election: &Election,
    found: &mut Findings,
) {
    let node = partition.replicas[at].node;
    let message = format!(
        "node {node} leads from epoch {epoch} on, with a log that ends at {}, and lacks the committed {batch:?}",
        partition.replicas[at].log.end()
    );
    let lost_it = if election.lost.contains(batch) { "lost" } else { "did not lose" };
    let mut details = vec![format!("it {lost_it} the batch to a fault; {:?}", election.circumstances)];
    for replica in &partition.replicas {
        let has = replica.log.at(batch.base) == Some(batch);
        details.push(format!(
            "node {}: {:?}, {:?}, log end {}, {} it, lost {} batches",
            replica.node,
            replica.life,
            replica.role,
            replica.log.end(),
            if has { "has" } else { "lacks" },
            replica.lost.len()
        ));
    }
    details.extend(partition.registered.iter().rev().take(6).map(|it| format!("{it:?}")));
    found.looked(Check::LeaderCompleteness, 1);
    found.wrong(Check::LeaderCompleteness, Place::replica(node, &partition.name), message, details);
}
