//! `ConsumerGroupTargetAssignmentMetadataKey` and `ConsumerGroupTargetAssignmentMetadataValue`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{DecodeError, Decoder, Encoder, Message, RecordKey};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `ConsumerGroupTargetAssignmentMetadataKey` (record type 6), versions 0 to 0.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ConsumerGroupTargetAssignmentMetadataKey {
    /// `GroupId`.
    pub group_id: ByteString,
}

impl Message for ConsumerGroupTargetAssignmentMetadataKey {
    const NAME: &'static str = "ConsumerGroupTargetAssignmentMetadataKey";
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

impl RecordKey for ConsumerGroupTargetAssignmentMetadataKey {
    const TYPE: i16 = 6;
    type Value = ConsumerGroupTargetAssignmentMetadataValue;
}

/// Kafka's `ConsumerGroupTargetAssignmentMetadataValue`, versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ConsumerGroupTargetAssignmentMetadataValue {
    /// `AssignmentEpoch`.
    pub assignment_epoch: i32,
    /// `AssignmentTimestamp`, tag 0.
    pub assignment_timestamp: i64,
}

impl Message for ConsumerGroupTargetAssignmentMetadataValue {
    const NAME: &'static str = "ConsumerGroupTargetAssignmentMetadataValue";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let mut this = Self {
            assignment_epoch: input.int32()?,
            assignment_timestamp: 0,
        };
        input.tags(|input, tag| {
            match tag {
                0 => this.assignment_timestamp = input.int64()?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.assignment_epoch);
        let has_0 = self.assignment_timestamp != 0;
        out.tag_count(u32::from(has_0));
        if has_0 {
            out.tag(0, |out| out.int64(self.assignment_timestamp));
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            assignment_epoch: from.int32(),
            assignment_timestamp: from.int64(),
        }
    }
}
