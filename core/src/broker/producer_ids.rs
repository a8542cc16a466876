//! A shard's stock of producer ids, from which InitProducerId is answered.

use super::control::ProducerIdBlock;
use crate::io::AskId;
use crate::types::ProducerId;

/// This shard's stock of producer ids, which no other shard or node gives to producers, and the requests that wait for
/// an id.
#[derive(Clone, Debug, Default)]
pub(super) struct ProducerIds {
    next: i64,
    left: i32,
    /// The size of the block from which ids are given out.
    count: i32,
    /// The id of the unanswered question to the control shard for the next block, if there is one.
    pub(super) asked: Option<AskId>,
    /// The next block, if it has arrived before the current block is used up.
    spare: Option<ProducerIdBlock>,
    /// Requests that wait because they found the stock empty, the oldest first.
    pub(super) waiting: Vec<AskId>,
}

impl ProducerIds {
    /// Removes an id from the stock and returns it; `None` if the stock is empty.
    pub(super) fn take(&mut self) -> Option<ProducerId> {
        if self.left == 0 {
            let block = self.spare.take()?;
            self.begin(block);
        }
        let id = self.next;
        self.next += 1;
        self.left -= 1;
        Some(ProducerId(id))
    }

    /// Returns whether the control shard must be asked for another block. The shard needs another block if a request
    /// waits for an id, or if only a tenth of the current block is left (as in Kafka's `ProducerIdManager`). It
    /// does not ask if the next block has already arrived or has been asked for.
    pub(super) fn is_low(&self) -> bool {
        let is_wanted = !self.waiting.is_empty() || (self.count > 0 && self.left <= self.count / 10);
        is_wanted && self.spare.is_none() && self.asked.is_none()
    }

    /// Removes a request from the waiting requests, because its deadline has passed or its connection is gone.
    pub(super) fn forget(&mut self, of: AskId) {
        self.waiting.retain(|waiting| *waiting != of);
    }

    /// Adds a block that has arrived to the stock.
    pub(super) fn on_block(&mut self, block: ProducerIdBlock) {
        assert!(block.count > 0, "a block has ids in it");
        if self.left == 0 { self.begin(block) } else { self.spare = Some(block) }
    }

    fn begin(&mut self, block: ProducerIdBlock) {
        self.next = block.first.0;
        self.left = block.count;
        self.count = block.count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(first: i64, count: i32) -> ProducerIdBlock {
        ProducerIdBlock { first: ProducerId(first), count }
    }

    #[test]
    fn ids_come_block_by_block_and_more_are_asked_for_in_time() {
        let mut ids = ProducerIds::default();
        assert!(!ids.is_low(), "nobody wants one");
        assert_eq!(ids.take(), None);
        ids.waiting.push(AskId(7));
        assert!(ids.is_low());
        ids.forget(AskId(7));
        assert!(!ids.is_low());
        ids.on_block(block(100, 20));
        let taken: Vec<_> = (0..18).filter_map(|_| ids.take()).collect();
        assert_eq!((taken.first(), taken.last()), (Some(&ProducerId(100)), Some(&ProducerId(117))));
        assert!(ids.is_low(), "a tenth is left");
        ids.on_block(block(5000, 2));
        assert!(!ids.is_low());
        let rest: Vec<_> = (0..5).filter_map(|_| ids.take()).collect();
        assert_eq!(rest, vec![ProducerId(118), ProducerId(119), ProducerId(5000), ProducerId(5001)]);
    }
}
