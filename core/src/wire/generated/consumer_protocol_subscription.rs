//! `ConsumerProtocolSubscription`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{DecodeError, Decoder, Encoder, Message};
use bytes::Bytes;
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `ConsumerProtocolSubscription`, versions 0 to 3.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConsumerProtocolSubscription {
    /// `Topics`.
    pub topics: Vec<ByteString>,
    /// `UserData`; may be null.
    pub user_data: Option<Bytes>,
    /// `OwnedPartitions`, from version 1.
    pub owned_partitions: Vec<TopicPartition>,
    /// `GenerationId`, from version 2.
    pub generation_id: i32,
    /// `RackId`, from version 3; may be null.
    pub rack_id: Option<ByteString>,
}

impl Default for ConsumerProtocolSubscription {
    fn default() -> Self {
        Self {
            topics: Vec::new(),
            user_data: None,
            owned_partitions: Vec::new(),
            generation_id: -1,
            rack_id: None,
        }
    }
}

impl Message for ConsumerProtocolSubscription {
    const NAME: &'static str = "ConsumerProtocolSubscription";
    const VERSIONS: (i16, i16) = (0, 3);
    const FLEXIBLE_FROM: Option<i16> = None;

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            topics: input.array(false, 2, |input| input.string(false))?,
            user_data: input.nullable_bytes(false)?,
            owned_partitions: if version >= 1 { input.array(false, 6, |input| TopicPartition::decode(input, version))? } else { Vec::new() },
            generation_id: if version >= 2 { input.int32()? } else { -1 },
            rack_id: if version >= 3 { input.nullable_string(false)? } else { None },
        })
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.array(&self.topics, false, |out, it| out.string(it, false));
        out.nullable_bytes(self.user_data.as_deref(), false);
        if version >= 1 {
            out.array(&self.owned_partitions, false, |out, it| it.encode(out, version));
        }
        if version >= 2 {
            out.int32(self.generation_id);
        }
        if version >= 3 {
            out.nullable_string(self.rack_id.as_deref(), false);
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topics: from.array(|from| from.string()),
            user_data: from.option(|from| from.bytes()),
            owned_partitions: if version >= 1 { from.array(|from| TopicPartition::fill(from, version)) } else { Vec::new() },
            generation_id: if version >= 2 { from.int32() } else { -1 },
            rack_id: if version >= 3 { from.option(|from| from.string()) } else { None },
        }
    }
}

/// `TopicPartition` of [`ConsumerProtocolSubscription`].
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
