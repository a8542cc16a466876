//! The partitions of a shard that have not reached the shard's image yet, and the questions that wait for them.
//!
//! An image can change ten thousand partitions. A shard takes the image at once and brings a bounded number of
//! partitions up to it in each turn: it opens, closes or retargets their replicas. A partition that is behind goes on as
//! the earlier image said, except that questions wait for it, since they were asked under the image.
//!
//! **Invariants**
//! - A question that comes to a partition that is behind is asked when the partition has reached the image, behind the
//!   questions that came earlier.
//! - A partition reaches the newest image in one step, also if it was behind several images.

use crate::broker::Question;
use crate::io::Asker;
use crate::types::TopicPartition;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A question, and who asks.
pub(super) type Asked = (Asker, Question);

/// The partitions that are behind the image.
#[derive(Clone, Debug, Default)]
pub(super) struct Behind {
    /// Partitions to be brought up to the image, in the order in which they fell behind.
    line: VecDeque<TopicPartition>,
    /// The same partitions, to find one.
    partitions: BTreeSet<TopicPartition>,
    waiting: BTreeMap<TopicPartition, VecDeque<Asked>>,
}

impl Behind {
    /// Notes that a partition is not what the image says.
    pub(super) fn add(&mut self, which: TopicPartition) {
        if self.partitions.insert(which) {
            self.line.push_back(which);
        }
    }

    /// Removes and returns the next partition that is to be brought up to the image.
    pub(super) fn next(&mut self) -> Option<TopicPartition> {
        let which = self.line.pop_front()?;
        self.partitions.remove(&which);
        Some(which)
    }

    /// Removes and returns the questions that wait for a partition, in the order in which they came.
    pub(super) fn take_waiting(&mut self, which: TopicPartition) -> VecDeque<Asked> {
        self.waiting.remove(&which).unwrap_or_default()
    }

    /// Removes and returns all questions that wait, by partition.
    pub(super) fn take_all_waiting(&mut self) -> BTreeMap<TopicPartition, VecDeque<Asked>> {
        std::mem::take(&mut self.waiting)
    }

    /// Lets a question wait until its partition has reached the image.
    pub(super) fn wait(&mut self, which: TopicPartition, asked: Asked) {
        self.waiting.entry(which).or_default().push_back(asked);
    }

    /// Whether a partition has not reached the image.
    pub(super) fn has(&self, which: TopicPartition) -> bool {
        self.partitions.contains(&which)
    }

    /// The number of partitions that have not reached the image.
    pub(super) fn len(&self) -> usize {
        self.line.len()
    }

    /// Whether every partition has reached the image.
    pub(super) fn is_empty(&self) -> bool {
        self.line.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{AskId, Desk, ShardId};
    use crate::replica::PartitionAsk;

    fn partition(partition: i32) -> TopicPartition {
        TopicPartition { partition, ..TopicPartition::default() }
    }

    fn asked(ask: u64) -> Asked {
        (Asker { shard: ShardId(1), desk: Desk::Session, ask: AskId(ask) }, Question::Replica(PartitionAsk::LogSize))
    }

    #[test]
    fn partitions_are_brought_up_once_in_their_order() {
        let mut behind = Behind::default();
        [3, 1, 3, 2].into_iter().for_each(|index| behind.add(partition(index)));
        assert!(behind.has(partition(1)) && !behind.has(partition(0)));
        let order: Vec<i32> = std::iter::from_fn(|| behind.next()).map(|it| it.partition).collect();
        assert_eq!(order, [3, 1, 2]);
        assert!(behind.is_empty() && !behind.has(partition(1)));
        behind.add(partition(3));
        assert_eq!(behind.next(), Some(partition(3)), "a partition can fall behind again");
    }

    #[test]
    fn questions_wait_in_their_order() {
        let mut behind = Behind::default();
        behind.wait(partition(1), asked(1));
        behind.wait(partition(2), asked(2));
        behind.wait(partition(1), asked(3));
        let order: Vec<u64> = behind.take_waiting(partition(1)).into_iter().map(|(asker, _)| asker.ask.0).collect();
        assert_eq!(order, [1, 3]);
        assert!(behind.take_waiting(partition(1)).is_empty());
        assert_eq!(behind.take_all_waiting().len(), 1);
    }
}
