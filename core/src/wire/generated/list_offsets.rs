//! `ListOffsetsRequest` and `ListOffsetsResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `ListOffsetsRequest` (key 2), versions 1 to 11, flexible from 6.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ListOffsetsRequest {
    /// `ReplicaId`.
    pub replica_id: i32,
    /// `IsolationLevel`, from version 2.
    pub isolation_level: i8,
    /// `Topics`.
    pub topics: Vec<ListOffsetsTopic>,
    /// `TimeoutMs`, from version 10.
    pub timeout_ms: i32,
}

impl Message for ListOffsetsRequest {
    const NAME: &'static str = "ListOffsetsRequest";
    const VERSIONS: (i16, i16) = (1, 11);
    const FLEXIBLE_FROM: Option<i16> = Some(6);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let this = Self {
            replica_id: input.int32()?,
            isolation_level: if version >= 2 { input.int8()? } else { 0 },
            topics: input.array(flexible, 3, |input| ListOffsetsTopic::decode(input, version))?,
            timeout_ms: if version >= 10 { input.int32()? } else { 0 },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 6;
        out.int32(self.replica_id);
        if version >= 2 {
            out.int8(self.isolation_level);
        }
        out.array(&self.topics, flexible, |out, it| it.encode(out, version));
        if version >= 10 {
            out.int32(self.timeout_ms);
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            replica_id: from.int32(),
            isolation_level: if version >= 2 { from.int8() } else { 0 },
            topics: from.array(|from| ListOffsetsTopic::fill(from, version)),
            timeout_ms: if version >= 10 { from.int32() } else { 0 },
        }
    }
}

impl Request for ListOffsetsRequest {
    const KEY: ApiKey = ApiKey::ListOffsets;
    type Response = ListOffsetsResponse;
}

/// `ListOffsetsTopic` of [`ListOffsetsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ListOffsetsTopic {
    /// `Name`.
    pub name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<ListOffsetsPartition>,
}

impl ListOffsetsTopic {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let this = Self {
            name: input.string(flexible)?,
            partitions: input.array(flexible, 12, |input| ListOffsetsPartition::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 6;
        out.string(&self.name, flexible);
        out.array(&self.partitions, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            name: from.string(),
            partitions: from.array(|from| ListOffsetsPartition::fill(from, version)),
        }
    }
}

/// `ListOffsetsPartition` of [`ListOffsetsRequest`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListOffsetsPartition {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `CurrentLeaderEpoch`, from version 4.
    pub current_leader_epoch: i32,
    /// `Timestamp`.
    pub timestamp: i64,
}

impl Default for ListOffsetsPartition {
    fn default() -> Self {
        Self {
            partition_index: 0,
            current_leader_epoch: -1,
            timestamp: 0,
        }
    }
}

impl ListOffsetsPartition {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let this = Self {
            partition_index: input.int32()?,
            current_leader_epoch: if version >= 4 { input.int32()? } else { -1 },
            timestamp: input.int64()?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 6;
        out.int32(self.partition_index);
        if version >= 4 {
            out.int32(self.current_leader_epoch);
        }
        out.int64(self.timestamp);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            current_leader_epoch: if version >= 4 { from.int32() } else { -1 },
            timestamp: from.int64(),
        }
    }
}

/// Kafka's `ListOffsetsResponse`, versions 1 to 11, flexible from 6.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ListOffsetsResponse {
    /// `ThrottleTimeMs`, from version 2.
    pub throttle_time_ms: i32,
    /// `Topics`.
    pub topics: Vec<ListOffsetsTopicResponse>,
}

impl Message for ListOffsetsResponse {
    const NAME: &'static str = "ListOffsetsResponse";
    const VERSIONS: (i16, i16) = (1, 11);
    const FLEXIBLE_FROM: Option<i16> = Some(6);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let this = Self {
            throttle_time_ms: if version >= 2 { input.int32()? } else { 0 },
            topics: input.array(flexible, 3, |input| ListOffsetsTopicResponse::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 6;
        if version >= 2 {
            out.int32(self.throttle_time_ms);
        }
        out.array(&self.topics, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: if version >= 2 { from.int32() } else { 0 },
            topics: from.array(|from| ListOffsetsTopicResponse::fill(from, version)),
        }
    }
}

impl Response for ListOffsetsResponse {
    const KEY: ApiKey = ApiKey::ListOffsets;
}

/// `ListOffsetsTopicResponse` of [`ListOffsetsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ListOffsetsTopicResponse {
    /// `Name`.
    pub name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<ListOffsetsPartitionResponse>,
}

impl ListOffsetsTopicResponse {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let this = Self {
            name: input.string(flexible)?,
            partitions: input.array(flexible, 22, |input| ListOffsetsPartitionResponse::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 6;
        out.string(&self.name, flexible);
        out.array(&self.partitions, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            name: from.string(),
            partitions: from.array(|from| ListOffsetsPartitionResponse::fill(from, version)),
        }
    }
}

/// `ListOffsetsPartitionResponse` of [`ListOffsetsResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListOffsetsPartitionResponse {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `Timestamp`.
    pub timestamp: i64,
    /// `Offset`.
    pub offset: i64,
    /// `LeaderEpoch`, from version 4.
    pub leader_epoch: i32,
}

impl Default for ListOffsetsPartitionResponse {
    fn default() -> Self {
        Self {
            partition_index: 0,
            error_code: 0,
            timestamp: -1,
            offset: -1,
            leader_epoch: -1,
        }
    }
}

impl ListOffsetsPartitionResponse {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let this = Self {
            partition_index: input.int32()?,
            error_code: input.int16()?,
            timestamp: input.int64()?,
            offset: input.int64()?,
            leader_epoch: if version >= 4 { input.int32()? } else { -1 },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 6;
        out.int32(self.partition_index);
        out.int16(self.error_code);
        out.int64(self.timestamp);
        out.int64(self.offset);
        if version >= 4 {
            out.int32(self.leader_epoch);
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            error_code: from.int16(),
            timestamp: from.int64(),
            offset: from.int64(),
            leader_epoch: if version >= 4 { from.int32() } else { -1 },
        }
    }
}
