//! The 61 bytes in front of every batch.

use crate::types::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Timestamp};

/// Bytes of a batch's header.
pub const HEADER_LEN: usize = 61;
/// Bytes in front of what a batch's length field counts: base offset and length.
pub const LOG_OVERHEAD: usize = 12;
/// Bytes that a broker stamps on every batch: base offset, length, leader epoch.
pub const STAMP_LEN: usize = 16;

const MAGIC: u8 = 2;
const CODEC_BITS: i16 = 0b111;
pub(super) const LOG_APPEND_TIME_BIT: i16 = 1 << 3;
pub(super) const TRANSACTIONAL_BIT: i16 = 1 << 4;
pub(super) const CONTROL_BIT: i16 = 1 << 5;
const DELETE_HORIZON_BIT: i16 = 1 << 6;

/// A batch's header, decoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BatchHeader {
    /// The first record's offset; what a client sends is a placeholder.
    pub base: Offset,
    /// Bytes of the whole batch, header included.
    pub len: u32,
    /// Of the leader that appended it; none in what clients send.
    pub leader_epoch: Option<LeaderEpoch>,
    /// CRC-32C of everything from the attributes on.
    pub crc: u32,
    /// Codec, timestamp type, transactional, control, delete horizon.
    pub attributes: i16,
    /// The last record's offset, relative to `base`. Never negative.
    pub last_offset_delta: i32,
    /// What the records' timestamps are relative to.
    pub base_timestamp: i64,
    /// The greatest timestamp of the records, or the time of the append; -1 where they have none.
    pub max_timestamp: i64,
    /// As on the wire; see [`BatchHeader::producer`].
    pub producer_id: i64,
    /// As on the wire.
    pub producer_epoch: i16,
    /// As on the wire.
    pub base_sequence: i32,
    /// Records in the batch.
    pub count: i32,
}

/// What an idempotent producer says of its batch (KIP-98).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BatchProducer {
    /// Who.
    pub id: ProducerId,
    /// Of which session.
    pub epoch: ProducerEpoch,
    /// The first record's sequence number; `-1` in control batches.
    pub first_sequence: i32,
    /// The last record's sequence number.
    pub last_sequence: i32,
}

/// The three low bits of the attributes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Codec {
    /// Plain records.
    None,
    /// gzip.
    Gzip,
    /// Snappy.
    Snappy,
    /// LZ4.
    Lz4,
    /// Zstandard (KIP-110).
    Zstd,
}

/// Why bytes are not a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadBatch {
    /// They end before the batch does; it needs this many bytes, as far as they tell.
    Partial(u32),
    /// The length field is less than a header needs.
    Length,
    /// Another message format.
    Magic(i8),
    /// A field that no batch can have, such as a negative offset.
    Field,
    /// The checksum is not that of the bytes.
    Crc,
}

impl BatchHeader {
    /// Decodes the header at the start of `bytes` and checks what needs no more than that: length, magic, signs. The
    /// batch's other bytes need not be there.
    pub fn parse(bytes: &[u8]) -> Result<BatchHeader, BadBatch> {
        let Some(raw) = bytes.first_chunk::<HEADER_LEN>() else {
            return Err(short(bytes));
        };
        let len = i32::from_be_bytes(part(raw, 8));
        if len < (HEADER_LEN - LOG_OVERHEAD) as i32 || len > i32::MAX - LOG_OVERHEAD as i32 {
            return Err(BadBatch::Length);
        }
        if raw[16] != MAGIC {
            return Err(BadBatch::Magic(raw[16] as i8));
        }
        let header = BatchHeader {
            base: Offset(i64::from_be_bytes(part(raw, 0))),
            len: len as u32 + LOG_OVERHEAD as u32,
            leader_epoch: LeaderEpoch::from_wire(i32::from_be_bytes(part(raw, 12))),
            crc: u32::from_be_bytes(part(raw, 17)),
            attributes: i16::from_be_bytes(part(raw, 21)),
            last_offset_delta: i32::from_be_bytes(part(raw, 23)),
            base_timestamp: i64::from_be_bytes(part(raw, 27)),
            max_timestamp: i64::from_be_bytes(part(raw, 35)),
            producer_id: i64::from_be_bytes(part(raw, 43)),
            producer_epoch: i16::from_be_bytes(part(raw, 51)),
            base_sequence: i32::from_be_bytes(part(raw, 53)),
            count: i32::from_be_bytes(part(raw, 57)),
        };
        let last = header.base.0.checked_add(i64::from(header.last_offset_delta));
        if header.base.0 < 0 || header.last_offset_delta < 0 || header.count < 0 || last.is_none_or(|it| it == i64::MAX)
        {
            return Err(BadBatch::Field);
        }
        Ok(header)
    }

    /// The last record's offset.
    #[must_use]
    pub fn last(&self) -> Offset {
        Offset(self.base.0 + i64::from(self.last_offset_delta))
    }

    /// The offset behind the last record.
    #[must_use]
    pub fn next(&self) -> Offset {
        Offset(self.last().0 + 1)
    }

    /// How the records are compressed; none for a number that no codec has.
    #[must_use]
    pub fn codec(&self) -> Option<Codec> {
        match self.attributes & CODEC_BITS {
            0 => Some(Codec::None),
            1 => Some(Codec::Gzip),
            2 => Some(Codec::Snappy),
            3 => Some(Codec::Lz4),
            4 => Some(Codec::Zstd),
            _ => None,
        }
    }

    /// Whether `max_timestamp` is the time of the append, and every record's.
    #[must_use]
    pub fn is_log_append_time(&self) -> bool {
        self.attributes & LOG_APPEND_TIME_BIT != 0
    }

    /// Whether it belongs to a transaction.
    #[must_use]
    pub fn is_transactional(&self) -> bool {
        self.attributes & TRANSACTIONAL_BIT != 0
    }

    /// Whether it holds a control record, which no client writes and no consumer sees.
    #[must_use]
    pub fn is_control(&self) -> bool {
        self.attributes & CONTROL_BIT != 0
    }

    /// Whether `base_timestamp` is a delete horizon (KIP-534).
    #[must_use]
    pub fn has_delete_horizon(&self) -> bool {
        self.attributes & DELETE_HORIZON_BIT != 0
    }

    /// Who produced it, where it says so.
    #[must_use]
    pub fn producer(&self) -> Option<BatchProducer> {
        let id = ProducerId::from_wire(self.producer_id)?;
        let epoch = ProducerEpoch::from_wire(self.producer_epoch)?;
        let last_sequence = match self.base_sequence {
            first if first < 0 => first,
            first => next_sequence(first, self.last_offset_delta),
        };
        Some(BatchProducer { id, epoch, first_sequence: self.base_sequence, last_sequence })
    }

    /// The greatest timestamp, where there is one.
    #[must_use]
    pub fn max_timestamp(&self) -> Option<Timestamp> {
        (self.max_timestamp >= 0).then_some(Timestamp(self.max_timestamp))
    }

    /// The header's bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        let epoch = LeaderEpoch(LeaderEpoch::to_wire(self.leader_epoch));
        bytes[..STAMP_LEN].copy_from_slice(&BatchHeader::stamp(self.base, self.len, epoch));
        bytes[16] = MAGIC;
        bytes[17..21].copy_from_slice(&self.crc.to_be_bytes());
        bytes[21..23].copy_from_slice(&self.attributes.to_be_bytes());
        bytes[23..27].copy_from_slice(&self.last_offset_delta.to_be_bytes());
        bytes[27..35].copy_from_slice(&self.base_timestamp.to_be_bytes());
        bytes[35..43].copy_from_slice(&self.max_timestamp.to_be_bytes());
        bytes[43..51].copy_from_slice(&self.producer_id.to_be_bytes());
        bytes[51..53].copy_from_slice(&self.producer_epoch.to_be_bytes());
        bytes[53..57].copy_from_slice(&self.base_sequence.to_be_bytes());
        bytes[57..].copy_from_slice(&self.count.to_be_bytes());
        bytes
    }

    /// Another timestamp type and maximum; the checksum is then to be made anew.
    pub(super) fn set_timestamps(&mut self, log_append_time: bool, max_timestamp: i64) {
        self.attributes &= !LOG_APPEND_TIME_BIT;
        if log_append_time {
            self.attributes |= LOG_APPEND_TIME_BIT;
        }
        self.max_timestamp = max_timestamp;
    }

    /// The sixteen bytes that a leader puts in front of a client's batch.
    #[must_use]
    pub fn stamp(base: Offset, len: u32, epoch: LeaderEpoch) -> [u8; STAMP_LEN] {
        let mut stamp = [0; STAMP_LEN];
        stamp[..8].copy_from_slice(&base.0.to_be_bytes());
        stamp[8..12].copy_from_slice(&(len - LOG_OVERHEAD as u32).to_be_bytes());
        stamp[12..].copy_from_slice(&epoch.0.to_be_bytes());
        stamp
    }
}

/// The sequence number `by` after `sequence`; behind 2^31-1 comes 0 (KIP-98).
#[must_use]
pub fn next_sequence(sequence: i32, by: i32) -> i32 {
    (i64::from(sequence) + i64::from(by)).rem_euclid(1 << 31) as i32
}

/// What can be told of less than a header.
fn short(bytes: &[u8]) -> BadBatch {
    let Some(raw) = bytes.first_chunk::<LOG_OVERHEAD>() else {
        return BadBatch::Partial(HEADER_LEN as u32);
    };
    let len = i32::from_be_bytes(part(raw, 8));
    if len < (HEADER_LEN - LOG_OVERHEAD) as i32 || len > i32::MAX - LOG_OVERHEAD as i32 {
        return BadBatch::Length;
    }
    BadBatch::Partial(len as u32 + LOG_OVERHEAD as u32)
}

fn part<const N: usize>(raw: &[u8], at: usize) -> [u8; N] {
    *raw[at..].first_chunk().expect("fields lie within the header")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sequences_wrap_behind_the_greatest_int() {
        assert_eq!(next_sequence(0, 4), 4);
        assert_eq!(next_sequence(i32::MAX, 1), 0);
        assert_eq!(next_sequence(i32::MAX - 1, 4), 2);
    }

    proptest! {
        #![proptest_config(gracchus_cases::property(gracchus_cases::ORDINARY))]

        #[test]
        fn a_header_comes_back(raw in proptest::array::uniform32(any::<u8>()), more in proptest::array::uniform29(any::<u8>())) {
            let mut bytes = [raw.as_slice(), more.as_slice()].concat();
            bytes[8] &= 0x7f;
            bytes[16] = 2;
            if let Ok(header) = BatchHeader::parse(&bytes) {
                let mut again = header.encode();
                if header.leader_epoch.is_none() {
                    again[12..16].copy_from_slice(&bytes[12..16]);
                }
                prop_assert_eq!(&again[..], &bytes[..]);
            }
        }
    }
}
