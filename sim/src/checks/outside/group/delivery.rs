//! No member commits what its user is not done with, so that every record that a group has gone past was handed to one of
//! its users.

use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::Model;
use crate::history::{CommittedOffset, MemberLife};
use gracchus_core::types::{Offset, TopicPartition};
use std::collections::BTreeMap;

/// What users are done with.
#[derive(Clone, Debug, Default)]
pub(super) struct Delivery {
    /// Up to where each user is done, or reads from.
    done: BTreeMap<(MemberLife, TopicPartition), Offset>,
    /// Runs of offsets that some user is done with, from their first to behind their last.
    covered: BTreeMap<TopicPartition, BTreeMap<Offset, Offset>>,
}

impl Delivery {
    pub(super) fn on_assigned(&mut self, member: MemberLife, partitions: &[TopicPartition]) {
        for partition in partitions {
            self.done.remove(&(member, *partition));
        }
    }

    pub(super) fn on_positioned(&mut self, member: MemberLife, partition: TopicPartition, offset: Offset) {
        let done = self.done.entry((member, partition)).or_insert(offset);
        *done = (*done).max(offset);
    }

    pub(super) fn on_processed(&mut self, member: MemberLife, partition: TopicPartition, from: Offset, to: Offset) {
        self.on_positioned(member, partition, to);
        cover(self.covered.entry(partition).or_default(), from, to);
    }

    /// A member's request to commit leaves. Copies of it, which others send, are not looked at.
    pub(super) fn judge_commit(
        &self,
        member: MemberLife,
        offsets: &[CommittedOffset],
        (name, model, found): (&str, &Model, &mut Findings),
    ) {
        for CommittedOffset { partition, offset, .. } in offsets {
            let Some(done) = self.done.get(&(member, *partition)) else { continue };
            let place = Place::partition(model.partition(*partition).map_or("?", |it| &it.name));
            found.demand(Check::CommitBehindWork, offset <= done, place, || {
                format!("{member:?} of {name} commits {offset}, and is done with what lies below {done} only")
            });
        }
    }

    /// Every record was handed to somebody, as far as none was lost.
    pub(super) fn judge_end(&self, name: &str, model: &Model, found: &mut Findings) {
        for partition in model.partitions().iter().filter(|it| it.losses == 0) {
            let Some(runs) = self.covered.get(&partition.id) else { continue };
            let end = partition.committed_end();
            // What retention or a client deleted nobody has to be handed.
            let begin = partition.let_go;
            let run = runs.range(..=begin).next_back();
            let whole = begin >= end || run.is_some_and(|(_, to)| *to >= end);
            found.demand(Check::GroupDelivery, whole, Place::partition(&partition.name), || {
                format!("of all records from {begin} to {end}, users of {name} were handed {runs:?}")
            });
        }
    }
}

/// Adds a run, and joins it with those that it meets.
fn cover(runs: &mut BTreeMap<Offset, Offset>, mut from: Offset, mut to: Offset) {
    if from >= to {
        return;
    }
    while let Some((start, end)) = runs.range(..=to).next_back().map(|(start, end)| (*start, *end))
        && end >= from
    {
        runs.remove(&start);
        (from, to) = (from.min(start), to.max(end));
    }
    runs.insert(from, to);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_meet_are_one() {
        let mut runs = BTreeMap::new();
        for (from, to) in [(4, 6), (0, 2), (8, 9), (2, 3), (3, 4), (5, 5), (1, 8)] {
            cover(&mut runs, Offset(from), Offset(to));
        }
        assert_eq!(runs, BTreeMap::from([(Offset(0), Offset(9))]));
        cover(&mut runs, Offset(11), Offset(12));
        assert_eq!(runs.len(), 2);
    }
}
