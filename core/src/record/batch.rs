//! A whole batch as a view over its bytes, and a walk over the batches in a buffer.

use super::{BadBatch, BatchHeader, Codec, HEADER_LEN, LOG_OVERHEAD, Records, Undecodable, decompress};
use bytes::{Bytes, BytesMut};
use core::ops::Range;

/// Where the bytes begin that the checksum covers: at the attributes.
pub(super) const CRC_FROM: usize = 21;

const LENGTH: Range<usize> = 8..12;
const CRC: Range<usize> = 17..CRC_FROM;
/// The byte of the attributes whose lowest bits name the codec.
const ATTRIBUTES_LOW: usize = CRC_FROM + 1;
const CODEC_BITS_LOW: u8 = 0b111;

/// One whole batch of magic 2; its checksum is checked on demand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Batch {
    header: BatchHeader,
    bytes: Bytes,
}

impl Batch {
    /// The batch at the start of `bytes`, which may go on behind it.
    pub fn parse(bytes: &Bytes) -> Result<Batch, BadBatch> {
        let header = BatchHeader::parse(bytes)?;
        if bytes.len() < header.len as usize {
            return Err(BadBatch::Partial(header.len));
        }
        Ok(Batch { header, bytes: bytes.slice(..header.len as usize) })
    }

    /// Its header.
    #[must_use]
    pub fn header(&self) -> &BatchHeader {
        &self.header
    }

    /// All its bytes.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Whether the checksum is that of the bytes.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        crc32c(&self.bytes[CRC_FROM..]) == self.header.crc
    }

    /// What follows its header, made plain: [`Records::new`] walks it. More than `most` bytes are an error.
    pub fn plain(&self, most: usize) -> Result<Bytes, Undecodable> {
        let codec = self.header.codec().ok_or(Undecodable::Corrupt)?;
        decompress(codec, &self.bytes.slice(HEADER_LEN..), most)
    }

    /// The batch with its records plain, its length and its checksum as fits them. More than `most` plain bytes are an
    /// error; a batch that is not compressed stays as it is.
    pub fn unpacked(&self, most: usize) -> Result<Batch, Undecodable> {
        if self.header.codec() == Some(Codec::None) {
            return Ok(self.clone());
        }
        let plain = self.plain(most)?;
        let mut bytes = BytesMut::with_capacity(HEADER_LEN + plain.len());
        bytes.extend_from_slice(&self.bytes[..HEADER_LEN]);
        bytes.extend_from_slice(&plain);
        let len = i32::try_from(bytes.len() - LOG_OVERHEAD).map_err(|_| Undecodable::TooLarge)?;
        bytes[LENGTH].copy_from_slice(&len.to_be_bytes());
        bytes[ATTRIBUTES_LOW] &= !CODEC_BITS_LOW;
        let crc = crc32c(&bytes[CRC_FROM..]);
        bytes[CRC].copy_from_slice(&crc.to_be_bytes());
        Batch::parse(&bytes.freeze()).map_err(|_| Undecodable::Corrupt)
    }

    /// Its records, which must not be compressed.
    #[must_use]
    pub fn records(&self) -> Records<'_> {
        Records::new(&self.bytes[HEADER_LEN..], self.header.count)
    }
}

/// CRC-32C (Castagnoli) of `bytes`.
#[must_use]
pub fn crc32c(bytes: &[u8]) -> u32 {
    crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, bytes) as u32
}

/// CRC-32C of `parts`, one behind the other.
#[must_use]
pub(super) fn crc32c_of(parts: [&[u8]; 2]) -> u32 {
    let mut digest = crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc32Iscsi);
    parts.into_iter().for_each(|part| digest.update(part));
    digest.finalize() as u32
}

/// Walks the batches that lie one behind the other in a buffer. Ends after the first error; a batch that the buffer
/// holds only in part is one.
#[derive(Clone, Debug)]
pub struct Batches {
    rest: Bytes,
}

impl Batches {
    /// Over `bytes`.
    #[must_use]
    pub fn new(bytes: Bytes) -> Batches {
        Batches { rest: bytes }
    }
}

impl Iterator for Batches {
    type Item = Result<Batch, BadBatch>;

    fn next(&mut self) -> Option<Result<Batch, BadBatch>> {
        if self.rest.is_empty() {
            return None;
        }
        let batch = Batch::parse(&self.rest);
        match &batch {
            Ok(batch) => drop(self.rest.split_to(batch.bytes.len())),
            Err(_) => self.rest.clear(),
        }
        Some(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::BatchBuilder;
    use crate::types::Timestamp;
    use proptest::prelude::*;

    fn one(value: &[u8]) -> Bytes {
        let mut builder = BatchBuilder::new(0);
        builder.append(Timestamp(5), None, Some(value), &[]);
        builder.build()
    }

    #[test]
    fn batches_come_one_by_one_and_a_partial_one_ends_the_walk() {
        let buffer = [one(b"a"), one(b"bb"), one(b"ccc").slice(..70)].concat();
        let walked: Vec<_> = Batches::new(buffer.into()).collect();
        assert_eq!(walked.len(), 3);
        let values: Vec<_> = walked[..2]
            .iter()
            .map(|it| it.as_ref().unwrap().records().next().unwrap().unwrap().value.unwrap().to_vec())
            .collect();
        assert_eq!(values, [b"a".to_vec(), b"bb".to_vec()]);
        assert_eq!(walked[2], Err(BadBatch::Partial(one(b"ccc").len() as u32)));
    }

    #[test]
    fn one_changed_bit_behind_the_checksum_shows() {
        let bytes = one(b"value");
        assert!(Batch::parse(&bytes).unwrap().is_intact());
        for at in CRC_FROM..bytes.len() {
            let mut changed = bytes.to_vec();
            changed[at] ^= 1;
            // Some changes already break the header's own rules.
            assert!(!Batch::parse(&changed.into()).is_ok_and(|it| it.is_intact()), "byte {at}");
        }
    }

    #[test]
    fn a_checksum_over_parts_is_that_of_the_whole() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c_of([b"1234", b"56789"]), crc32c(b"123456789"));
    }

    proptest! {
        #![proptest_config(gracchus_cases::property(gracchus_cases::ORDINARY))]

        #[test]
        fn random_bytes_end_the_walk(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let len = bytes.len();
            let walked: usize = Batches::new(bytes.into()).flatten().map(|it| it.bytes().len()).sum();
            prop_assert!(walked <= len);
        }
    }
}
