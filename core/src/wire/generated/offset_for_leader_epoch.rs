//! `OffsetForLeaderEpochRequest` and `OffsetForLeaderEpochResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `OffsetForLeaderEpochRequest` (key 23), versions 2 to 4, flexible from 4.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OffsetForLeaderEpochRequest {
    /// `ReplicaId`, from version 3.
    pub replica_id: i32,
    /// `Topics`.
    pub topics: Vec<OffsetForLeaderTopic>,
}

impl Default for OffsetForLeaderEpochRequest {
    fn default() -> Self {
        Self {
            replica_id: -2,
            topics: Vec::new(),
        }
    }
}

impl Message for OffsetForLeaderEpochRequest {
    const NAME: &'static str = "OffsetForLeaderEpochRequest";
    const VERSIONS: (i16, i16) = (2, 4);
    const FLEXIBLE_FROM: Option<i16> = Some(4);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            replica_id: if version >= 3 { input.int32()? } else { -2 },
            topics: input.array(flexible, 3, |input| OffsetForLeaderTopic::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        if version >= 3 {
            out.int32(self.replica_id);
        }
        out.array(&self.topics, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            replica_id: if version >= 3 { from.int32() } else { -2 },
            topics: from.array(|from| OffsetForLeaderTopic::fill(from, version)),
        }
    }
}

impl Request for OffsetForLeaderEpochRequest {
    const KEY: ApiKey = ApiKey::OffsetForLeaderEpoch;
    type Response = OffsetForLeaderEpochResponse;
}

/// `OffsetForLeaderTopic` of [`OffsetForLeaderEpochRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OffsetForLeaderTopic {
    /// `Topic`.
    pub topic: ByteString,
    /// `Partitions`.
    pub partitions: Vec<OffsetForLeaderPartition>,
}

impl OffsetForLeaderTopic {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            topic: input.string(flexible)?,
            partitions: input.array(flexible, 12, |input| OffsetForLeaderPartition::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        out.string(&self.topic, flexible);
        out.array(&self.partitions, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topic: from.string(),
            partitions: from.array(|from| OffsetForLeaderPartition::fill(from, version)),
        }
    }
}

/// `OffsetForLeaderPartition` of [`OffsetForLeaderEpochRequest`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OffsetForLeaderPartition {
    /// `Partition`.
    pub partition: i32,
    /// `CurrentLeaderEpoch`.
    pub current_leader_epoch: i32,
    /// `LeaderEpoch`.
    pub leader_epoch: i32,
}

impl Default for OffsetForLeaderPartition {
    fn default() -> Self {
        Self {
            partition: 0,
            current_leader_epoch: -1,
            leader_epoch: 0,
        }
    }
}

impl OffsetForLeaderPartition {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            partition: input.int32()?,
            current_leader_epoch: input.int32()?,
            leader_epoch: input.int32()?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        out.int32(self.partition);
        out.int32(self.current_leader_epoch);
        out.int32(self.leader_epoch);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            partition: from.int32(),
            current_leader_epoch: from.int32(),
            leader_epoch: from.int32(),
        }
    }
}

/// Kafka's `OffsetForLeaderEpochResponse`, versions 2 to 4, flexible from 4.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OffsetForLeaderEpochResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `Topics`.
    pub topics: Vec<OffsetForLeaderTopicResult>,
}

impl Message for OffsetForLeaderEpochResponse {
    const NAME: &'static str = "OffsetForLeaderEpochResponse";
    const VERSIONS: (i16, i16) = (2, 4);
    const FLEXIBLE_FROM: Option<i16> = Some(4);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            throttle_time_ms: input.int32()?,
            topics: input.array(flexible, 3, |input| OffsetForLeaderTopicResult::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        out.int32(self.throttle_time_ms);
        out.array(&self.topics, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            topics: from.array(|from| OffsetForLeaderTopicResult::fill(from, version)),
        }
    }
}

impl Response for OffsetForLeaderEpochResponse {
    const KEY: ApiKey = ApiKey::OffsetForLeaderEpoch;
}

/// `OffsetForLeaderTopicResult` of [`OffsetForLeaderEpochResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OffsetForLeaderTopicResult {
    /// `Topic`.
    pub topic: ByteString,
    /// `Partitions`.
    pub partitions: Vec<EpochEndOffset>,
}

impl OffsetForLeaderTopicResult {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            topic: input.string(flexible)?,
            partitions: input.array(flexible, 18, |input| EpochEndOffset::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        out.string(&self.topic, flexible);
        out.array(&self.partitions, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topic: from.string(),
            partitions: from.array(|from| EpochEndOffset::fill(from, version)),
        }
    }
}

/// `EpochEndOffset` of [`OffsetForLeaderEpochResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EpochEndOffset {
    /// `ErrorCode`.
    pub error_code: i16,
    /// `Partition`.
    pub partition: i32,
    /// `LeaderEpoch`.
    pub leader_epoch: i32,
    /// `EndOffset`.
    pub end_offset: i64,
}

impl Default for EpochEndOffset {
    fn default() -> Self {
        Self {
            error_code: 0,
            partition: 0,
            leader_epoch: -1,
            end_offset: -1,
        }
    }
}

impl EpochEndOffset {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            error_code: input.int16()?,
            partition: input.int32()?,
            leader_epoch: input.int32()?,
            end_offset: input.int64()?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        out.int16(self.error_code);
        out.int32(self.partition);
        out.int32(self.leader_epoch);
        out.int64(self.end_offset);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            error_code: from.int16(),
            partition: from.int32(),
            leader_epoch: from.int32(),
            end_offset: from.int64(),
        }
    }
}
