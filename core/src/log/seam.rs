//! Where a segment joins the one before it: the batch that the log ended with, and the first batch of the segment.
//!
//! A power loss may keep the changes of a folder in any order. A file from before a truncation and a file begun after
//! it can then lie beside each other, with checksums, offsets and epochs that fit. Only a seam tells them apart. It is
//! stored in the producer snapshot at the segment's base, behind the producers, and written before the segment's first
//! batch. The first segment of a log needs none.
//!
//! A seam also has the checksums of the previous segment's indexes. The end of that segment may have been made durable
//! by a flush from before the segment was closed, which did not sync the indexes. The checksums show whether the index
//! files are those of the closed segment.
//!
//! **Invariants**: a segment's batches and the snapshot at its base become durable by the same flush, so that a durable
//! segment has its seam. (leader epoch, offset) names one batch for ever, and with it all batches before it (KIP-101):
//! two files that agree on the batch at which they meet belong to the same log.

use crate::record::BatchHeader;
use crate::types::{LeaderEpoch, Offset};
use bytes::{Buf, BufMut};

/// Identifies a batch: no two batches of a partition have the same three values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct BatchId {
    base: Offset,
    epoch: Option<LeaderEpoch>,
    crc: u32,
}

/// The batch that a log ends with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum LogTail {
    /// Unknown, because the log was loaded from a snapshot that Apache Kafka wrote, which has no seam.
    #[default]
    Unknown,
    /// The log has no batch up to here.
    Nothing,
    /// The log's last batch.
    Batch(BatchId),
}

/// What a producer snapshot says, besides the producers, of the segment that begins at its offset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Seam {
    /// The batch that the log ended with before the segment; none if the log begins with the segment.
    before: Option<BatchId>,
    /// The first batch of the segment; none if no segment begins here.
    first: Option<BatchId>,
    /// The checksums of the previous segment's offset index and time index, if there is such a segment. They tell
    /// whether the indexes that a crash left are whole, because not every flush syncs indexes.
    pub(super) indexes: Option<[u32; 2]>,
}

/// The version of a seam's layout. A reader treats a seam of another version as absent.
const VERSION: u8 = 0;
const HAS_BEFORE: u8 = 1;
const HAS_FIRST: u8 = 2;
const HAS_INDEXES: u8 = 4;
const BATCH: usize = 16;

impl BatchId {
    /// Identifies the batch with this header.
    pub(super) fn of(header: &BatchHeader) -> BatchId {
        BatchId { base: header.base, epoch: header.leader_epoch, crc: header.crc }
    }

    fn put(batch: Option<BatchId>, bytes: &mut Vec<u8>) {
        bytes.put_i64(batch.map_or(-1, |it| it.base.0));
        bytes.put_i32(batch.and_then(|it| it.epoch).map_or(-1, |it| it.0));
        bytes.put_u32(batch.map_or(0, |it| it.crc));
    }

    fn get(bytes: &mut &[u8]) -> BatchId {
        BatchId { base: Offset(bytes.get_i64()), epoch: LeaderEpoch::from_wire(bytes.get_i32()), crc: bytes.get_u32() }
    }
}

impl Seam {
    /// The length of an encoded seam.
    pub(super) const LEN: usize = 2 + 2 * BATCH + 8;

    /// Makes the seam of the segment that has `first` as its first batch, in a log that ends with `before`. `first` is
    /// none for a snapshot at whose offset no segment begins. `indexes` are the checksums of the previous segment's
    /// offset index and time index. Returns none if the log's last batch is unknown.
    pub(super) fn new(before: LogTail, first: Option<BatchId>, indexes: Option<[u32; 2]>) -> Option<Seam> {
        match before {
            LogTail::Unknown => None,
            LogTail::Nothing => Some(Seam { before: None, first, indexes }),
            LogTail::Batch(batch) => Some(Seam { before: Some(batch), first, indexes }),
        }
    }

    /// Returns whether this seam was written for a segment whose first batch is `first`, in a log that ended with
    /// `before`.
    pub(super) fn joins(&self, before: LogTail, first: &BatchHeader) -> bool {
        Seam::new(before, Some(BatchId::of(first)), self.indexes) == Some(*self)
    }

    /// The batch that the log ended with when the seam was written.
    pub(super) fn before(&self) -> LogTail {
        self.before.map_or(LogTail::Nothing, LogTail::Batch)
    }

    pub(super) fn put(&self, bytes: &mut Vec<u8>) {
        let flag = |has: bool, flag: u8| if has { flag } else { 0 };
        let batches = flag(self.before.is_some(), HAS_BEFORE) | flag(self.first.is_some(), HAS_FIRST);
        bytes.put_u8(VERSION);
        bytes.put_u8(batches | flag(self.indexes.is_some(), HAS_INDEXES));
        BatchId::put(self.before, bytes);
        BatchId::put(self.first, bytes);
        self.indexes.unwrap_or_default().into_iter().for_each(|it| bytes.put_u32(it));
    }

    /// Parses a seam; none for bytes of another version or length.
    pub(super) fn get(mut bytes: &[u8]) -> Option<Seam> {
        if bytes.len() != Seam::LEN || bytes.get_u8() != VERSION {
            return None;
        }
        let flags = bytes.get_u8();
        let (before, first) = (BatchId::get(&mut bytes), BatchId::get(&mut bytes));
        let indexes = [bytes.get_u32(), bytes.get_u32()];
        let has = |flag: u8| flags & flag != 0;
        Some(Seam {
            before: has(HAS_BEFORE).then_some(before),
            first: has(HAS_FIRST).then_some(first),
            indexes: has(HAS_INDEXES).then_some(indexes),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Batch, BatchBuilder};
    use crate::types::Timestamp;

    fn header(base: i64, epoch: i32, value: u8) -> BatchHeader {
        let mut builder = BatchBuilder::new(0);
        builder.append(Timestamp(base), None, Some(&[value]), &[]);
        let header = *Batch::parse(&builder.build()).unwrap().header();
        BatchHeader { base: Offset(base), leader_epoch: Some(LeaderEpoch(epoch)), ..header }
    }

    fn tail(base: i64, epoch: i32, value: u8) -> LogTail {
        LogTail::Batch(BatchId::of(&header(base, epoch, value)))
    }

    #[test]
    fn a_segment_joins_the_batch_that_it_was_begun_behind_and_no_other() {
        let first = header(4, 2, 7);
        let seam = Seam::new(tail(2, 1, 5), Some(BatchId::of(&first)), Some([8, 9])).unwrap();
        assert!(seam.joins(tail(2, 1, 5), &first));
        for other in [tail(1, 1, 5), tail(2, 0, 5), tail(2, 1, 6), LogTail::Nothing, LogTail::Unknown] {
            assert!(!seam.joins(other, &first), "{other:?}");
        }
        for other in [header(5, 2, 7), header(4, 3, 7), header(4, 2, 8)] {
            assert!(!seam.joins(tail(2, 1, 5), &other), "{other:?}");
        }
        let nothing = Seam::new(tail(2, 1, 5), None, None).unwrap();
        assert!(!nothing.joins(tail(2, 1, 5), &first));
    }

    #[test]
    fn a_seam_comes_back_from_its_bytes() {
        for before in [LogTail::Nothing, tail(2, 1, 5)] {
            for first in [None, Some(BatchId::of(&header(4, 2, 7)))] {
                let seam = Seam::new(before, first, first.map(|_| [8, 9])).unwrap();
                let mut bytes = Vec::new();
                seam.put(&mut bytes);
                assert_eq!((bytes.len(), Seam::get(&bytes)), (Seam::LEN, Some(seam)));
                assert_eq!(seam.before(), before);
                bytes[0] += 1;
                assert_eq!(Seam::get(&bytes), None, "another version");
                assert_eq!(Seam::get(&bytes[1..]), None, "another length");
            }
        }
        assert_eq!(Seam::new(LogTail::Unknown, None, None), None);
    }
}
