//! Values that say themselves where they belong, and show every change of a byte.

use super::Session;
use gracchus_core::types::{TopicId, TopicPartition, Uuid};

/// The shortest value.
pub const LEAST: usize = 36;

const MAGIC: [u8; 4] = *b"GRV1";

/// What a record's value says of itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Value {
    /// Who sent it.
    pub session: Session,
    /// The how-manieth record of that session to that partition.
    pub number: u32,
}

/// What is wrong with the bytes of a value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Damage {
    /// No value of ours is that short, or begins so.
    Foreign,
    /// Its checksum is another.
    Changed,
    /// It was sent to another partition.
    Misrouted,
}

impl Value {
    /// Its bytes, `len` of them, at least [`LEAST`].
    #[must_use]
    pub fn encode(self, to: TopicPartition, len: usize) -> Vec<u8> {
        let len = len.max(LEAST);
        let mut bytes = Vec::with_capacity(len);
        bytes.extend(MAGIC);
        bytes.extend([0; 4]);
        bytes.extend(to.topic.0.0);
        bytes.extend(to.partition.to_be_bytes());
        bytes.extend(self.session.0.to_be_bytes());
        bytes.extend(self.number.to_be_bytes());
        let fill = self.session.0.wrapping_mul(31).wrapping_add(self.number) as u8;
        bytes.extend((LEAST..len).map(|at| fill.wrapping_add(at as u8)));
        let crc = checksum(&bytes[8..]);
        bytes[4..8].copy_from_slice(&crc.to_be_bytes());
        bytes
    }

    /// Reads a value that was found in a partition.
    pub fn decode(bytes: &[u8], found_in: TopicPartition) -> Result<Value, Damage> {
        let (said, value) = Value::addressed(bytes)?;
        if said == found_in { Ok(value) } else { Err(Damage::Misrouted) }
    }

    /// Reads a value, and the partition that it was sent to.
    pub fn addressed(bytes: &[u8]) -> Result<(TopicPartition, Value), Damage> {
        if bytes.len() < LEAST || bytes[..4] != MAGIC {
            return Err(Damage::Foreign);
        }
        let number = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        if number(4) != checksum(&bytes[8..]) {
            return Err(Damage::Changed);
        }
        let mut topic = [0; 16];
        topic.copy_from_slice(&bytes[8..24]);
        let said = TopicPartition { topic: TopicId(Uuid(topic)), partition: number(24) as i32 };
        Ok((said, Value { session: Session(number(28)), number: number(32) }))
    }
}

/// CRC-32C.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u32 {
    crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, bytes) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: TopicPartition = TopicPartition { topic: TopicId(Uuid([7; 16])), partition: 3 };
    const VALUE: Value = Value { session: Session(5), number: 9 };

    #[test]
    fn a_value_reads_back_at_any_length() {
        for len in [0, LEAST, LEAST + 1, 1000] {
            assert_eq!(Value::decode(&VALUE.encode(HOME, len), HOME), Ok(VALUE));
        }
    }

    #[test]
    fn every_changed_byte_shows() {
        let good = VALUE.encode(HOME, 100);
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            assert!(Value::decode(&bad, HOME).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_value_of_another_partition_shows() {
        let elsewhere = TopicPartition { partition: 4, ..HOME };
        assert_eq!(Value::decode(&VALUE.encode(HOME, 50), elsewhere), Err(Damage::Misrouted));
    }
}
