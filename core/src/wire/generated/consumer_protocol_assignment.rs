//! `ConsumerProtocolAssignment`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{DecodeError, Decoder, Encoder, Message};
use bytes::Bytes;
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `ConsumerProtocolAssignment`, versions 0 to 3.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ConsumerProtocolAssignment {
    /// `AssignedPartitions`.
    pub assigned_partitions: Vec<TopicPartition>,
    /// `UserData`; may be null.
    pub user_data: Option<Bytes>,
}

impl Message for ConsumerProtocolAssignment {
    const NAME: &'static str = "ConsumerProtocolAssignment";
    const VERSIONS: (i16, i16) = (0, 3);
    const FLEXIBLE_FROM: Option<i16> = None;

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            assigned_partitions: input.array(false, 6, |input| TopicPartition::decode(input, version))?,
            user_data: input.nullable_bytes(false)?,
        })
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.array(&self.assigned_partitions, false, |out, it| it.encode(out, version));
        out.nullable_bytes(self.user_data.as_deref(), false);
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            assigned_partitions: from.array(|from| TopicPartition::fill(from, version)),
            user_data: from.option(|from| from.bytes()),
        }
    }
}

/// `TopicPartition` of [`ConsumerProtocolAssignment`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TopicPartition {
    /// `Topic`.
    pub topic: ByteString,
    /// `Partitions`.
    pub partitions: Vec<i32>,
}

impl TopicPartition {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            topic: input.string(false)?,
            partitions: input.array(false, 4, |input| input.int32())?,
        })
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.topic, false);
        out.array(&self.partitions, false, |out, it| out.int32(*it));
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            topic: from.string(),
            partitions: from.array(|from| from.int32()),
        }
    }
}
