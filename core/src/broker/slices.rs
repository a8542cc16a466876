//! For a request that asks several partitions: which row of the response each question is about, and how many questions
//! are not answered yet.

use crate::types::TopicPartition;
use std::collections::BTreeSet;

/// The questions that one request has asked, in the order of the response's rows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Slices {
    /// For each question, the indexes of the topic's row and of the partition's row. `None` once it is answered.
    places: Vec<Option<(u32, u32)>>,
    missing: usize,
}

impl Slices {
    /// Adds a question about a row, and returns the question's number.
    pub(super) fn push(&mut self, topic: usize, row: usize) -> usize {
        self.places.push(Some((topic as u32, row as u32)));
        self.missing += 1;
        self.places.len() - 1
    }

    /// Marks a question as answered and returns its row. `None` if it was answered before.
    pub(super) fn take(&mut self, slice: usize) -> Option<(usize, usize)> {
        let (topic, row) = self.places.get_mut(slice)?.take()?;
        self.missing -= 1;
        Some((topic as usize, row as usize))
    }

    /// The number of questions, answered or not.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether every question is answered.
    pub(super) fn is_complete(&self) -> bool {
        self.missing == 0
    }
}

/// The partitions of a request that were checked so far, in order to notice one that is named twice.
#[derive(Debug, Default)]
pub(super) struct Seen {
    few: Vec<TopicPartition>,
    many: BTreeSet<TopicPartition>,
}

impl Seen {
    /// Up to this number of partitions, a linear search costs less than a tree.
    const FEW: usize = 32;

    /// Notes a partition, and returns whether the request names it for the first time.
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
