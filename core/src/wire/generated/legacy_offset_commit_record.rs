//! `LegacyOffsetCommitKey` and `LegacyOffsetCommitValue`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{DecodeError, Decoder, Encoder, Message, RecordKey};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `LegacyOffsetCommitKey` (record type 0), versions 0 to 0.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LegacyOffsetCommitKey {
    /// `group`.
    pub group: ByteString,
    /// `topic`.
    pub topic: ByteString,
    /// `partition`.
    pub partition: i32,
}

impl Message for LegacyOffsetCommitKey {
    const NAME: &'static str = "LegacyOffsetCommitKey";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = None;

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            group: input.string(false)?,
            topic: input.string(false)?,
            partition: input.int32()?,
        })
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.group, false);
        out.string(&self.topic, false);
        out.int32(self.partition);
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            group: from.string(),
            topic: from.string(),
            partition: from.int32(),
        }
    }
}

impl RecordKey for LegacyOffsetCommitKey {
    const TYPE: i16 = 0;
    type Value = LegacyOffsetCommitValue;
}

/// Kafka's `LegacyOffsetCommitValue`, versions 0 to 0.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LegacyOffsetCommitValue {
    /// `offset`.
    pub offset: i64,
    /// `metadata`.
    pub metadata: ByteString,
    /// `commitTimestamp`.
    pub commit_timestamp: i64,
}

impl Message for LegacyOffsetCommitValue {
    const NAME: &'static str = "LegacyOffsetCommitValue";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = None;

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            offset: input.int64()?,
            metadata: input.string(false)?,
            commit_timestamp: input.int64()?,
        })
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int64(self.offset);
        out.string(&self.metadata, false);
        out.int64(self.commit_timestamp);
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            offset: from.int64(),
            metadata: from.string(),
            commit_timestamp: from.int64(),
        }
    }
}
