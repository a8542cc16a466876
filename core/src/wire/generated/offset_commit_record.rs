//! `OffsetCommitKey` and `OffsetCommitValue`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{DecodeError, Decoder, Encoder, Message, RecordKey};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `OffsetCommitKey` (record type 1), versions 0 to 0.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OffsetCommitKey {
    /// `group`.
    pub group: ByteString,
    /// `topic`.
    pub topic: ByteString,
    /// `partition`.
    pub partition: i32,
}

impl Message for OffsetCommitKey {
    const NAME: &'static str = "OffsetCommitKey";
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

impl RecordKey for OffsetCommitKey {
    const TYPE: i16 = 1;
    type Value = OffsetCommitValue;
}

/// Kafka's `OffsetCommitValue`, versions 0 to 4, flexible from 4.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OffsetCommitValue {
    /// `offset`.
    pub offset: i64,
    /// `leaderEpoch`, from version 3.
    pub leader_epoch: i32,
    /// `metadata`.
    pub metadata: ByteString,
    /// `commitTimestamp`.
    pub commit_timestamp: i64,
    /// `expireTimestamp`, versions 1 to 1.
    pub expire_timestamp: i64,
    /// `topicId`, from version 4, tag 0.
    pub topic_id: Uuid,
}

impl Default for OffsetCommitValue {
    fn default() -> Self {
        Self {
            offset: 0,
            leader_epoch: -1,
            metadata: ByteString::new(),
            commit_timestamp: 0,
            expire_timestamp: -1,
            topic_id: Uuid::ZERO,
        }
    }
}

impl Message for OffsetCommitValue {
    const NAME: &'static str = "OffsetCommitValue";
    const VERSIONS: (i16, i16) = (0, 4);
    const FLEXIBLE_FROM: Option<i16> = Some(4);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let mut this = Self {
            offset: input.int64()?,
            leader_epoch: if version >= 3 { input.int32()? } else { -1 },
            metadata: input.string(flexible)?,
            commit_timestamp: input.int64()?,
            expire_timestamp: if version == 1 { input.int64()? } else { -1 },
            topic_id: Uuid::ZERO,
        };
        if flexible {
            input.tags(|input, tag| {
                match tag {
                    0 => this.topic_id = input.uuid()?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        out.int64(self.offset);
        if version >= 3 {
            out.int32(self.leader_epoch);
        }
        out.string(&self.metadata, flexible);
        out.int64(self.commit_timestamp);
        if version == 1 {
            out.int64(self.expire_timestamp);
        }
        if flexible {
            let has_0 = self.topic_id != Uuid::ZERO;
            out.tag_count(u32::from(has_0));
            if has_0 {
                out.tag(0, |out| out.uuid(self.topic_id));
            }
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            offset: from.int64(),
            leader_epoch: if version >= 3 { from.int32() } else { -1 },
            metadata: from.string(),
            commit_timestamp: from.int64(),
            expire_timestamp: if version == 1 { from.int64() } else { -1 },
            topic_id: if version >= 4 { from.uuid() } else { Uuid::ZERO },
        }
    }
}
