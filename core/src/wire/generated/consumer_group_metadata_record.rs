//! `ConsumerGroupMetadataKey` and `ConsumerGroupMetadataValue`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{DecodeError, Decoder, Encoder, Message, RecordKey};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `ConsumerGroupMetadataKey` (record type 3), versions 0 to 0.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ConsumerGroupMetadataKey {
    /// `GroupId`.
    pub group_id: ByteString,
}

impl Message for ConsumerGroupMetadataKey {
    const NAME: &'static str = "ConsumerGroupMetadataKey";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = None;

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            group_id: input.string(false)?,
        })
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.group_id, false);
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            group_id: from.string(),
        }
    }
}

impl RecordKey for ConsumerGroupMetadataKey {
    const TYPE: i16 = 3;
    type Value = ConsumerGroupMetadataValue;
}

/// Kafka's `ConsumerGroupMetadataValue`, versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ConsumerGroupMetadataValue {
    /// `Epoch`.
    pub epoch: i32,
    /// `MetadataHash`, tag 0.
    pub metadata_hash: i64,
}

impl Message for ConsumerGroupMetadataValue {
    const NAME: &'static str = "ConsumerGroupMetadataValue";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let mut this = Self {
            epoch: input.int32()?,
            metadata_hash: 0,
        };
        input.tags(|input, tag| {
            match tag {
                0 => this.metadata_hash = input.int64()?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.epoch);
        let has_0 = self.metadata_hash != 0;
        out.tag_count(u32::from(has_0));
        if has_0 {
            out.tag(0, |out| out.int64(self.metadata_hash));
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            epoch: from.int32(),
            metadata_hash: from.int64(),
        }
    }
}
