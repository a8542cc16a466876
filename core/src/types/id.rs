//! Numbers and identifiers, each of a type of its own.

use core::fmt;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($raw:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub struct $name(pub $raw);

        impl $name {
            /// The number if it is one: Kafka's negative sentinels mean that there is none.
            #[must_use]
            pub fn from_wire(raw: $raw) -> Option<Self> {
                (raw >= 0).then_some(Self(raw))
            }

            /// What goes on the wire or on disk: `-1` where there is none.
            #[must_use]
            pub fn to_wire(this: Option<Self>) -> $raw {
                this.map_or(-1, |it| it.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

number!(
    /// A record's place in its partition's log, from 0.
    Offset(i64)
);
number!(
    /// Counts the leaderships of a partition; a batch carries that of the leader that appended it (KIP-101).
    LeaderEpoch(i32)
);
number!(
    /// Counts every change of a partition's registration in the metadata (KIP-497).
    PartitionEpoch(i32)
);
number!(
    /// One registration of a broker; a new incarnation has a greater one (KIP-631, KIP-903).
    BrokerEpoch(i64)
);
number!(
    /// An idempotent or transactional producer's session (KIP-98).
    ProducerId(i64)
);
number!(
    /// Fences older users of one producer id (KIP-98).
    ProducerEpoch(i16)
);
number!(
    /// A broker's or controller's `node.id`.
    NodeId(i32)
);

impl Offset {
    /// Where every log begins.
    pub const ZERO: Offset = Offset(0);

    /// This offset moved on by `count` records.
    #[must_use]
    pub fn plus(self, count: i64) -> Offset {
        Offset(self.0.checked_add(count).expect("offsets stay below 2^63"))
    }
}

/// Orders metadata images: the offset of the last metadata record that an image has applied.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct ImageVersion(pub u64);

/// Sixteen bytes, written as Kafka writes them: 22 characters of URL-safe base64 without padding.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Uuid(pub [u8; 16]);

/// As its bytes are ordered, compared as one number: maps of partitions are searched all the time.
impl Ord for Uuid {
    #[inline]
    fn cmp(&self, other: &Uuid) -> core::cmp::Ordering {
        u128::from_be_bytes(self.0).cmp(&u128::from_be_bytes(other.0))
    }
}

impl PartialOrd for Uuid {
    #[inline]
    fn partial_cmp(&self, other: &Uuid) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl Uuid {
    /// All zeroes: Kafka's "no id".
    pub const ZERO: Uuid = Uuid([0; 16]);

    /// From two halves, as Kafka's `Uuid(long, long)`.
    #[must_use]
    pub fn from_halves(high: u64, low: u64) -> Uuid {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&high.to_be_bytes());
        bytes[8..].copy_from_slice(&low.to_be_bytes());
        Uuid(bytes)
    }

    /// Reads the 22 characters; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Uuid> {
        if text.len() != 22 {
            return None;
        }
        let mut value: u128 = 0;
        let mut tail = 0;
        for (at, byte) in text.bytes().enumerate() {
            let digit = BASE64.iter().position(|known| *known == byte)? as u128;
            if at < 21 {
                value = (value << 6) | digit;
            } else {
                tail = digit;
            }
        }
        (tail & 0b1111 == 0).then(|| Uuid(((value << 2) | (tail >> 4)).to_be_bytes()))
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = u128::from_be_bytes(self.0);
        for at in 0..21 {
            let digit = (value >> (122 - 6 * at)) & 63;
            write!(f, "{}", char::from(BASE64[digit as usize]))?;
        }
        write!(f, "{}", char::from(BASE64[((value & 3) << 4) as usize]))
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A topic's identity, which a topic created again under the same name does not share (KIP-516).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TopicId(pub Uuid);

impl fmt::Display for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// One partition of one incarnation of a topic.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TopicPartition {
    /// Whose partition.
    pub topic: TopicId,
    /// Which one, from 0.
    pub partition: i32,
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

impl fmt::Debug for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_reads_what_it_wrote() {
        // Uuid(0, 1) is the metadata topic's id, whose text Kafka fixes.
        assert_eq!(Uuid::from_halves(0, 1).to_string(), "AAAAAAAAAAAAAAAAAAAAAQ");
        let id = Uuid::from_halves(0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210);
        assert_eq!(Uuid::parse(&id.to_string()), Some(id));
    }

    #[test]
    fn a_uuid_refuses_what_kafka_never_writes() {
        assert_eq!(Uuid::parse("AAAAAAAAAAAAAAAAAAAAAR"), None, "bits beyond the sixteenth byte");
        assert_eq!(Uuid::parse("AAAAAAAAAAAAAAAAAAAA+Q"), None, "not the URL-safe alphabet");
        assert_eq!(Uuid::parse("short"), None);
    }

    #[test]
    fn a_negative_number_on_the_wire_is_none() {
        assert_eq!(LeaderEpoch::from_wire(-1), None);
        assert_eq!(LeaderEpoch::to_wire(None), -1);
        assert_eq!(LeaderEpoch::from_wire(0), Some(LeaderEpoch(0)));
    }
}
