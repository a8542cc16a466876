//! Which row of an answer each question is about, and how many are still away.

use crate::types::TopicPartition;
use std::collections::BTreeSet;

/// The questions of one request, in the order of its rows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Slices {
    /// Topic and partition by index; none once answered.
    places: Vec<Option<(u32, u32)>>,
    missing: usize,
}

impl Slices {
    /// One more question, about that row; its number.
    pub(super) fn push(&mut self, topic: usize, row: usize) -> usize {
        self.places.push(Some((topic as u32, row as u32)));
        self.missing += 1;
        self.places.len() - 1
    }

    /// The row of a question that is answered now; none where it was answered before.
    pub(super) fn take(&mut self, slice: usize) -> Option<(usize, usize)> {
        let (topic, row) = self.places.get_mut(slice)?.take()?;
        self.missing -= 1;
        Some((topic as usize, row as usize))
    }

    /// How many questions there were.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether every question is answered.
    pub(super) fn is_complete(&self) -> bool {
        self.missing == 0
    }
}

/// The partitions that a request has named so far.
#[derive(Debug, Default)]
pub(super) struct Seen {
    few: Vec<TopicPartition>,
    many: BTreeSet<TopicPartition>,
}

impl Seen {
    /// So many are looked through one by one; a tree costs more there.
    const FEW: usize = 32;

    /// Whether that partition is named for the first time.
    pub(super) fn is_first(&mut self, partition: TopicPartition) -> bool {
        if self.many.is_empty() {
            if self.few.contains(&partition) {
                return false;
            }
            self.few.push(partition);
            if self.few.len() > Seen::FEW {
                self.many = self.few.drain(..).collect();
            }
            return true;
        }
        self.many.insert(partition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_is_answered_once() {
        let mut slices = Slices::default();
        assert_eq!((slices.push(0, 0), slices.push(0, 1)), (0, 1));
        assert_eq!(slices.take(1), Some((0, 1)));
        assert_eq!(slices.take(1), None);
        assert_eq!(slices.take(9), None);
        assert!(!slices.is_complete());
        assert_eq!(slices.take(0), Some((0, 0)));
        assert!(slices.is_complete());
    }

    #[test]
    fn a_repeated_partition_is_noticed_among_few_and_among_many() {
        let mut seen = Seen::default();
        for round in 0..2 {
            for partition in 0..100 {
                let named = TopicPartition { partition, ..TopicPartition::default() };
                assert_eq!(seen.is_first(named), round == 0);
            }
        }
    }
}
