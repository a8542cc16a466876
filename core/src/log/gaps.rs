//! Judges a batch that begins behind a gap: its base offset is greater than the offset behind the batch before it.
//!
//! Compaction by Apache Kafka leaves such gaps. It removes records and whole batches, and a batch that stays keeps its
//! base offset and its last offset. A gap also shows where the disk has changed a batch's base offset, which no
//! checksum covers. The data tells the two apart, whatever `cleanup.policy` the topic has at present: after compaction the next
//! batch begins behind the batch, and after a changed base offset it begins where the batch should have ended, which is
//! before the end that the batch claims. At the end of a file the end of the segment takes the part of the next batch.
//!
//! Between two segments, the seam of the later one names the batch that it follows (see `seam`).

use crate::record::{BatchHeader, HEADER_LEN};

/// What follows a batch in its file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Behind {
    /// The header of the next batch.
    Batch(BatchHeader),
    /// The end of the file, or bytes that are no batch.
    Nothing,
    /// Not known yet: from the batch's first byte on, this many bytes must be read.
    Unread(u32),
}

impl Behind {
    /// Finds what follows the batch with `header`. `bytes` begin with the batch, and the file has `left` bytes from the
    /// batch's first byte on.
    pub(super) fn of(header: &BatchHeader, bytes: &[u8], left: u64) -> Behind {
        let want = header.len as usize + HEADER_LEN;
        if want as u64 > left {
            return Behind::Nothing;
        }
        match bytes.get(header.len as usize..want) {
            Some(next) => BatchHeader::parse(next).map_or(Behind::Nothing, Behind::Batch),
            None => Behind::Unread(want as u32),
        }
    }
}

/// Returns whether compaction has removed records from this batch. No producer leaves out an offset within a batch.
pub(super) fn is_thinned(header: &BatchHeader) -> bool {
    header.count <= header.last_offset_delta
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Batch, BatchBuilder};
    use crate::types::{Offset, Timestamp};

    fn batch(base: i64) -> Vec<u8> {
        let mut builder = BatchBuilder::new(0);
        builder.append(Timestamp(0), None, Some(b"x"), &[]);
        let mut bytes = builder.build().to_vec();
        bytes[..8].copy_from_slice(&base.to_be_bytes());
        bytes
    }

    #[test]
    fn what_follows_a_batch_is_a_batch_or_nothing_or_not_read_yet() {
        let (first, second) = (batch(4), batch(9));
        let header = *Batch::parse(&first.clone().into()).unwrap().header();
        let both = [first.clone(), second.clone()].concat();
        let left = both.len() as u64;
        let Behind::Batch(next) = Behind::of(&header, &both, left) else { panic!("a batch follows") };
        assert_eq!(next.base, Offset(9));
        let want = (first.len() + HEADER_LEN) as u32;
        assert_eq!(Behind::of(&header, &first, left), Behind::Unread(want));
        assert_eq!(Behind::of(&header, &first, first.len() as u64), Behind::Nothing);
        assert_eq!(Behind::of(&header, &[first, vec![0; 90]].concat(), left), Behind::Nothing);
    }

    #[test]
    fn a_batch_with_fewer_records_than_offsets_is_thinned() {
        let header = *Batch::parse(&batch(4).into()).unwrap().header();
        assert!(!is_thinned(&header));
        assert!(is_thinned(&BatchHeader { last_offset_delta: 1, ..header }));
        assert!(is_thinned(&BatchHeader { count: 0, ..header }));
    }
}
