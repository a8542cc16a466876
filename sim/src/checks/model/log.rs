//! A shadow of one replica's log: what each batch is, not its bytes.

use gracchus_core::types::{LeaderEpoch, Offset};

/// A batch by what names it. Two batches with the same four are the same batch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Batch {
    /// Its first record's offset.
    pub base: Offset,
    /// Its last record's offset.
    pub last: Offset,
    /// The epoch of the leader that appended it.
    pub epoch: LeaderEpoch,
    /// The checksum over its content.
    pub crc: u32,
}

/// The batches of a log, in order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ShadowLog {
    start: Offset,
    batches: Vec<Batch>,
}

impl ShadowLog {
    /// An empty log that begins at `start`.
    #[must_use]
    pub fn starting_at(start: Offset) -> ShadowLog {
        ShadowLog { start, batches: Vec::new() }
    }

    /// A log of these batches.
    #[must_use]
    pub fn of(start: Offset, batches: Vec<Batch>) -> ShadowLog {
        ShadowLog { start, batches }
    }

    /// Where it begins.
    #[must_use]
    pub fn start(&self) -> Offset {
        self.start
    }

    /// Behind its last record.
    #[must_use]
    pub fn end(&self) -> Offset {
        self.batches.last().map_or(self.start, |batch| batch.last.plus(1))
    }

    /// All of them.
    #[must_use]
    pub fn batches(&self) -> &[Batch] {
        &self.batches
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.batches.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// One more at the end.
    pub fn push(&mut self, batch: Batch) {
        self.batches.push(batch);
    }

    /// Takes off every batch that has a record at or above `to`, and returns them.
    pub fn truncate(&mut self, to: Offset) -> Vec<Batch> {
        let keep = self.batches.partition_point(|batch| batch.last < to);
        self.batches.split_off(keep)
    }

    /// The place of the first batch that has a record at or above `offset`.
    #[must_use]
    pub fn place_of(&self, offset: Offset) -> usize {
        self.batches.partition_point(|batch| batch.last < offset)
    }

    /// The batch that has this offset.
    #[must_use]
    pub fn at(&self, offset: Offset) -> Option<&Batch> {
        self.batches.get(self.place_of(offset)).filter(|batch| batch.base <= offset)
    }

    /// The batches below `upper`, from the place `from` on.
    #[must_use]
    pub fn from_to(&self, from: usize, upper: Offset) -> &[Batch] {
        let to = self.batches.partition_point(|batch| batch.last < upper);
        self.batches.get(from..to.max(from)).unwrap_or(&[])
    }
}
