//! `OffsetDeleteRequest` and `OffsetDeleteResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `OffsetDeleteRequest` (key 47), versions 0 to 0.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OffsetDeleteRequest {
    /// `GroupId`.
    pub group_id: ByteString,
    /// `Topics`.
    pub topics: Vec<OffsetDeleteRequestTopic>,
}

impl Message for OffsetDeleteRequest {
    const NAME: &'static str = "OffsetDeleteRequest";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = None;

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            group_id: input.string(false)?,
            topics: input.array(false, 6, |input| OffsetDeleteRequestTopic::decode(input, version))?,
        })
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.string(&self.group_id, false);
        out.array(&self.topics, false, |out, it| it.encode(out, version));
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            group_id: from.string(),
            topics: from.array(|from| OffsetDeleteRequestTopic::fill(from, version)),
        }
    }
}

impl Request for OffsetDeleteRequest {
    const KEY: ApiKey = ApiKey::OffsetDelete;
    type Response = OffsetDeleteResponse;
}

/// `OffsetDeleteRequestTopic` of [`OffsetDeleteRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OffsetDeleteRequestTopic {
    /// `Name`.
    pub name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<OffsetDeleteRequestPartition>,
}

impl OffsetDeleteRequestTopic {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            name: input.string(false)?,
            partitions: input.array(false, 4, |input| OffsetDeleteRequestPartition::decode(input, version))?,
        })
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.string(&self.name, false);
        out.array(&self.partitions, false, |out, it| it.encode(out, version));
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            name: from.string(),
            partitions: from.array(|from| OffsetDeleteRequestPartition::fill(from, version)),
        }
    }
}

/// `OffsetDeleteRequestPartition` of [`OffsetDeleteRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OffsetDeleteRequestPartition {
    /// `PartitionIndex`.
    pub partition_index: i32,
}

impl OffsetDeleteRequestPartition {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            partition_index: input.int32()?,
        })
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.partition_index);
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            partition_index: from.int32(),
        }
    }
}

/// Kafka's `OffsetDeleteResponse`, versions 0 to 0.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OffsetDeleteResponse {
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `Topics`.
    pub topics: Vec<OffsetDeleteResponseTopic>,
}

impl Message for OffsetDeleteResponse {
    const NAME: &'static str = "OffsetDeleteResponse";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = None;

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            error_code: input.int16()?,
            throttle_time_ms: input.int32()?,
            topics: input.array(false, 6, |input| OffsetDeleteResponseTopic::decode(input, version))?,
        })
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int16(self.error_code);
        out.int32(self.throttle_time_ms);
        out.array(&self.topics, false, |out, it| it.encode(out, version));
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            error_code: from.int16(),
            throttle_time_ms: from.int32(),
            topics: from.array(|from| OffsetDeleteResponseTopic::fill(from, version)),
        }
    }
}

impl Response for OffsetDeleteResponse {
    const KEY: ApiKey = ApiKey::OffsetDelete;
}

/// `OffsetDeleteResponseTopic` of [`OffsetDeleteResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OffsetDeleteResponseTopic {
    /// `Name`.
    pub name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<OffsetDeleteResponsePartition>,
}

impl OffsetDeleteResponseTopic {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            name: input.string(false)?,
            partitions: input.array(false, 6, |input| OffsetDeleteResponsePartition::decode(input, version))?,
        })
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.string(&self.name, false);
        out.array(&self.partitions, false, |out, it| it.encode(out, version));
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            name: from.string(),
            partitions: from.array(|from| OffsetDeleteResponsePartition::fill(from, version)),
        }
    }
}

/// `OffsetDeleteResponsePartition` of [`OffsetDeleteResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OffsetDeleteResponsePartition {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `ErrorCode`.
    pub error_code: i16,
}

impl OffsetDeleteResponsePartition {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            partition_index: input.int32()?,
            error_code: input.int16()?,
        })
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.partition_index);
        out.int16(self.error_code);
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            error_code: from.int16(),
        }
    }
}
