//! A log's batches follow each other, epochs never fall, and a batch of one leader epoch is the same on every replica.

use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::{Batch, Partition, Role, ShadowLog};

/// A batch was appended to a replica's log.
pub fn on_appended(partition: &mut Partition, at: usize, batch: Batch, as_leader: bool, found: &mut Findings) {
    let other = partition.note_ever(batch);
    let Partition { name, replicas, .. } = partition;
    let replica = &mut replicas[at];
    let place = Place::replica(replica.node, name);
    let begins = replica.log.start().max(replica.begins);
    let is_bare = replica.log.place_of(begins) == replica.log.len();
    if is_bare && batch.base != replica.log.end() && batch.base <= begins && begins <= batch.last {
        // A follower that begins above nought, where the leader's log begins, perhaps within a batch.
        replica.log = ShadowLog::starting_at(batch.base);
    }
    let end = replica.log.end();
    // What lies below the log's start may be of a history that its leader never had.
    let newest = replica.log.batches().last().filter(|last| last.last >= replica.begins).map(|last| last.epoch);
    // No topic here is compacted, so offsets leave no gap.
    found.demand(Check::BatchOrder, batch.base == end && batch.last >= batch.base, place, || {
        format!("offsets {} to {} were appended to a log that ends at {end}", batch.base, batch.last)
    });
    found.demand(Check::BatchOrder, newest.is_none_or(|newest| newest <= batch.epoch), place, || {
        format!("a batch of epoch {} was appended behind one of epoch {newest:?}, at {}", batch.epoch, batch.base)
    });
    let lawful = match &replica.role {
        Role::Leader(leading) => as_leader && leading.epoch == batch.epoch,
        Role::Follower { epoch, .. } => !as_leader && batch.epoch <= *epoch,
        Role::None => false,
    };
    found.demand(Check::BatchOrder, lawful, place, || {
        let how = if as_leader { "as leader" } else { "as follower" };
        format!(
            "a batch of epoch {} was appended {how} at {} by a replica that is {:?}",
            batch.epoch, batch.base, replica.role
        )
    });
    found.demand(Check::EpochOffsetIdentity, other.is_none(), place, || {
        format!("in epoch {} offset {} is {other:?} and {batch:?}", batch.epoch, batch.base)
    });
    replica.log.push(batch);
    replica.regained(&batch);
    replica.touched = true;
}
