//! The votes of one election, or of one round of pre-votes.
//!
//! **In Kafka**: `EpochElection` (KIP-996).

use super::{ReplicaKey, VoterSet};
use std::collections::BTreeMap;

/// Who was asked, and what they said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Ballot(BTreeMap<ReplicaKey, Option<bool>>);

impl Ballot {
    /// A ballot among those voters, of whom none has answered.
    pub(super) fn new(voters: &VoterSet) -> Ballot {
        Ballot(voters.iter().map(|it| (it.key, None)).collect())
    }

    /// Notes what a voter said. Somebody who was not asked has no vote.
    pub(super) fn record(&mut self, voter: ReplicaKey, granted: bool) {
        if let Some(vote) = self.0.get_mut(&voter) {
            *vote = Some(granted);
        }
    }

    /// Who has not answered.
    pub(super) fn unanswered(&self) -> Vec<ReplicaKey> {
        self.0.iter().filter(|it| it.1.is_none()).map(|it| *it.0).collect()
    }

    /// Who granted.
    pub(super) fn granting(&self) -> Vec<ReplicaKey> {
        self.0.iter().filter(|it| *it.1 == Some(true)).map(|it| *it.0).collect()
    }

    /// Whether a majority granted.
    pub(super) fn is_won(&self) -> bool {
        self.granting().len() > self.0.len() / 2
    }

    /// Whether so many refused that the others are no majority.
    pub(super) fn is_lost(&self) -> bool {
        let refused = self.0.values().filter(|it| **it == Some(false)).count();
        self.0.len() - refused <= self.0.len() / 2
    }
}

#[cfg(test)]
mod tests {
    use super::super::Voter;
    use super::*;
    use crate::types::NodeId;

    #[test]
    fn a_majority_of_those_who_were_asked_decides() {
        let key = |id| ReplicaKey { id: NodeId(id), directory_id: None };
        let voter = |id| Voter { key: key(id), endpoints: Default::default(), kraft_versions: (0, 0) };
        for (voters, majority) in [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)] {
            let set = VoterSet::new((0..voters).map(voter));
            let (mut won, mut lost) = (Ballot::new(&set), Ballot::new(&set));
            won.record(key(9), true);
            for id in 0..voters {
                assert_eq!(
                    (won.is_won(), lost.is_lost()),
                    (id >= majority, id > voters - majority),
                    "{id} of {voters}"
                );
                won.record(key(id), true);
                lost.record(key(id), false);
            }
            assert_eq!(won.granting().len(), voters as usize);
            assert!(won.unanswered().is_empty());
        }
    }
}
