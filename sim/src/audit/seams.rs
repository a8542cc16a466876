//! Reads what a producer snapshot tells of the segment at its offset: behind which batch it was begun, and with which batch
//! it begins. It stands behind the producers and their earlier batches, which are passed over.

use crate::history::checksum;
use gracchus_core::types::{LeaderEpoch, Offset};

/// A batch by its base offset, its epoch and its checksum.
pub type Name = (Offset, LeaderEpoch, u32);

/// What stands in a snapshot besides the producers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seam {
    /// The last batch before the segment; none where the log begins with it.
    pub before: Option<Name>,
    /// The segment's first batch; none where no segment begins there.
    pub first: Option<Name>,
}

/// What a snapshot is worth.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Told {
    /// It is absent, or not whole.
    Lost,
    /// It is whole and tells of producers only, as Apache Kafka's do.
    Nothing,
    /// That.
    Seam(Seam),
}

/// Version and checksum, and the number of producers.
const HEAD: usize = 10;
const PRODUCER: usize = 46;
/// A byte that begins the list of earlier batches, and their number.
const EARLIER_HEAD: usize = 5;
const EARLIER_BATCH: usize = 32;
/// Flags, two batches, and the checksums of two indexes.
const SEAM: usize = 42;

/// Reads a snapshot's bytes.
#[must_use]
pub fn told(bytes: &[u8]) -> Told {
    let whole = bytes.len() >= HEAD
        && bytes[..2] == [0, 1]
        && u32::from_be_bytes([bytes[2], bytes[3], bytes[4], bytes[5]]) == checksum(&bytes[6..]);
    if !whole {
        return Told::Lost;
    }
    let count = u32::from_be_bytes([bytes[6], bytes[7], bytes[8], bytes[9]]) as usize;
    let Some(seam) = bytes.get(HEAD + count * PRODUCER..).and_then(behind_earlier_batches) else { return Told::Lost };
    if seam.len() != SEAM || seam[0] != 0 {
        return Told::Nothing;
    }
    let name = |flag: u8, at: usize| {
        let number = |from: usize| i32::from_be_bytes([seam[from], seam[from + 1], seam[from + 2], seam[from + 3]]);
        let base = i64::from(number(at)) << 32 | i64::from(number(at + 4) as u32);
        (seam[1] & flag != 0).then_some((Offset(base), LeaderEpoch(number(at + 8)), number(at + 12) as u32))
    };
    Told::Seam(Seam { before: name(1, 2), first: name(2, 18) })
}

/// What is behind the list of earlier batches; all of it where there is no such list.
fn behind_earlier_batches(bytes: &[u8]) -> Option<&[u8]> {
    let Some([1, a, b, c, d]) = bytes.first_chunk::<EARLIER_HEAD>() else { return Some(bytes) };
    bytes.get(EARLIER_HEAD + u32::from_be_bytes([*a, *b, *c, *d]) as usize * EARLIER_BATCH..)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A snapshot without producers.
    pub(crate) fn snapshot(seam: Option<Seam>) -> Vec<u8> {
        let mut bytes = vec![0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        if let Some(seam) = seam {
            bytes.extend([0, u8::from(seam.before.is_some()) | u8::from(seam.first.is_some()) << 1]);
            for name in [seam.before, seam.first] {
                let (base, epoch, crc) = name.unwrap_or_default();
                bytes.extend(base.0.to_be_bytes());
                bytes.extend(epoch.0.to_be_bytes());
                bytes.extend(crc.to_be_bytes());
            }
            bytes.extend([0; 8]);
        }
        let crc = checksum(&bytes[6..]);
        bytes[2..6].copy_from_slice(&crc.to_be_bytes());
        bytes
    }

    #[test]
    fn a_snapshot_tells_its_seam_or_nothing_or_is_lost() {
        let name = Some((Offset(1 << 40), LeaderEpoch(7), 0xfedc_ba98));
        for seam in [Seam { before: name, first: None }, Seam { before: None, first: name }] {
            let bytes = snapshot(Some(seam));
            assert_eq!(told(&bytes), Told::Seam(seam));
            assert_eq!(told(&bytes[..bytes.len() - 1]), Told::Lost);
        }
        assert_eq!(told(&snapshot(None)), Told::Nothing);
        assert_eq!(told(b""), Told::Lost);
        let behind = |earlier: &[u8]| behind_earlier_batches(earlier).map(<[u8]>::to_vec);
        assert_eq!(behind(&[0, 9]), Some(vec![0, 9]), "no list");
        assert_eq!(behind(&[1, 0, 0, 0, 0, 0, 9]), Some(vec![0, 9]), "an empty list");
        assert_eq!(behind(&[&[1, 0, 0, 0, 1][..], &[5; 32], &[0, 9]].concat()), Some(vec![0, 9]));
        assert_eq!(behind(&[1, 0, 0, 0, 1, 5]), None);
    }
}
