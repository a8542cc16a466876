//! `OffsetCommitRequest` and `OffsetCommitResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `OffsetCommitRequest` (key 8), versions 2 to 10, flexible from 8.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OffsetCommitRequest {
    /// `GroupId`.
    pub group_id: ByteString,
    /// `GenerationIdOrMemberEpoch`.
    pub generation_id_or_member_epoch: i32,
    /// `MemberId`.
    pub member_id: ByteString,
    /// `GroupInstanceId`, from version 7; may be null.
    pub group_instance_id: Option<ByteString>,
    /// `RetentionTimeMs`, to version 4.
    pub retention_time_ms: i64,
    /// `Topics`.
    pub topics: Vec<OffsetCommitRequestTopic>,
}

impl Default for OffsetCommitRequest {
    fn default() -> Self {
        Self {
            group_id: ByteString::new(),
            generation_id_or_member_epoch: -1,
            member_id: ByteString::new(),
            group_instance_id: None,
            retention_time_ms: -1,
            topics: Vec::new(),
        }
    }
}

impl Message for OffsetCommitRequest {
    const NAME: &'static str = "OffsetCommitRequest";
    const VERSIONS: (i16, i16) = (2, 10);
    const FLEXIBLE_FROM: Option<i16> = Some(8);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 8;
        let this = Self {
            group_id: input.string(flexible)?,
            generation_id_or_member_epoch: input.int32()?,
            member_id: input.string(flexible)?,
            group_instance_id: if version >= 7 { input.nullable_string(flexible)? } else { None },
            retention_time_ms: if version <= 4 { input.int64()? } else { -1 },
            topics: input.array(flexible, 3, |input| OffsetCommitRequestTopic::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 8;
        out.string(&self.group_id, flexible);
        out.int32(self.generation_id_or_member_epoch);
        out.string(&self.member_id, flexible);
        if version >= 7 {
            out.nullable_string(self.group_instance_id.as_deref(), flexible);
        }
        if version <= 4 {
            out.int64(self.retention_time_ms);
        }
        out.array(&self.topics, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            group_id: from.string(),
            generation_id_or_member_epoch: from.int32(),
            member_id: from.string(),
            group_instance_id: if version >= 7 { from.option(|from| from.string()) } else { None },
            retention_time_ms: if version <= 4 { from.int64() } else { -1 },
            topics: from.array(|from| OffsetCommitRequestTopic::fill(from, version)),
        }
    }
}

impl Request for OffsetCommitRequest {
    const KEY: ApiKey = ApiKey::OffsetCommit;
    type Response = OffsetCommitResponse;
}

/// `OffsetCommitRequestTopic` of [`OffsetCommitRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OffsetCommitRequestTopic {
    /// `Name`, to version 9.
    pub name: ByteString,
    /// `TopicId`, from version 10.
    pub topic_id: Uuid,
    /// `Partitions`.
    pub partitions: Vec<OffsetCommitRequestPartition>,
}

impl OffsetCommitRequestTopic {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 8;
        let this = Self {
            name: if version <= 9 { input.string(flexible)? } else { ByteString::new() },
            topic_id: if version >= 10 { input.uuid()? } else { Uuid::ZERO },
            partitions: input.array(flexible, 14, |input| OffsetCommitRequestPartition::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 8;
        if version <= 9 {
            out.string(&self.name, flexible);
        }
        if version >= 10 {
            out.uuid(self.topic_id);
        }
        out.array(&self.partitions, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            name: if version <= 9 { from.string() } else { ByteString::new() },
            topic_id: if version >= 10 { from.uuid() } else { Uuid::ZERO },
            partitions: from.array(|from| OffsetCommitRequestPartition::fill(from, version)),
        }
    }
}

/// `OffsetCommitRequestPartition` of [`OffsetCommitRequest`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OffsetCommitRequestPartition {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `CommittedOffset`.
    pub committed_offset: i64,
    /// `CommittedLeaderEpoch`, from version 6.
    pub committed_leader_epoch: i32,
    /// `CommittedMetadata`; may be null.
    pub committed_metadata: Option<ByteString>,
}

impl Default for OffsetCommitRequestPartition {
    fn default() -> Self {
        Self {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            committed_metadata: None,
        }
    }
}

impl OffsetCommitRequestPartition {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 8;
        let this = Self {
            partition_index: input.int32()?,
            committed_offset: input.int64()?,
            committed_leader_epoch: if version >= 6 { input.int32()? } else { -1 },
            committed_metadata: input.nullable_string(flexible)?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 8;
        out.int32(self.partition_index);
        out.int64(self.committed_offset);
        if version >= 6 {
            out.int32(self.committed_leader_epoch);
        }
        out.nullable_string(self.committed_metadata.as_deref(), flexible);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            committed_offset: from.int64(),
            committed_leader_epoch: if version >= 6 { from.int32() } else { -1 },
            committed_metadata: from.option(|from| from.string()),
        }
    }
}

/// Kafka's `OffsetCommitResponse`, versions 2 to 10, flexible from 8.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OffsetCommitResponse {
    /// `ThrottleTimeMs`, from version 3.
    pub throttle_time_ms: i32,
    /// `Topics`.
    pub topics: Vec<OffsetCommitResponseTopic>,
}

impl Message for OffsetCommitResponse {
    const NAME: &'static str = "OffsetCommitResponse";
    const VERSIONS: (i16, i16) = (2, 10);
    const FLEXIBLE_FROM: Option<i16> = Some(8);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 8;
        let this = Self {
            throttle_time_ms: if version >= 3 { input.int32()? } else { 0 },
            topics: input.array(flexible, 3, |input| OffsetCommitResponseTopic::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 8;
        if version >= 3 {
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
            throttle_time_ms: if version >= 3 { from.int32() } else { 0 },
            topics: from.array(|from| OffsetCommitResponseTopic::fill(from, version)),
        }
    }
}

impl Response for OffsetCommitResponse {
    const KEY: ApiKey = ApiKey::OffsetCommit;
}

/// `OffsetCommitResponseTopic` of [`OffsetCommitResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OffsetCommitResponseTopic {
    /// `Name`, to version 9.
    pub name: ByteString,
    /// `TopicId`, from version 10.
    pub topic_id: Uuid,
    /// `Partitions`.
    pub partitions: Vec<OffsetCommitResponsePartition>,
}

impl OffsetCommitResponseTopic {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 8;
        let this = Self {
            name: if version <= 9 { input.string(flexible)? } else { ByteString::new() },
            topic_id: if version >= 10 { input.uuid()? } else { Uuid::ZERO },
            partitions: input.array(flexible, 6, |input| OffsetCommitResponsePartition::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 8;
        if version <= 9 {
            out.string(&self.name, flexible);
        }
        if version >= 10 {
            out.uuid(self.topic_id);
        }
        out.array(&self.partitions, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            name: if version <= 9 { from.string() } else { ByteString::new() },
            topic_id: if version >= 10 { from.uuid() } else { Uuid::ZERO },
            partitions: from.array(|from| OffsetCommitResponsePartition::fill(from, version)),
        }
    }
}

/// `OffsetCommitResponsePartition` of [`OffsetCommitResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OffsetCommitResponsePartition {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `ErrorCode`.
    pub error_code: i16,
}

impl OffsetCommitResponsePartition {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 8;
        let this = Self {
            partition_index: input.int32()?,
            error_code: input.int16()?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 8;
        out.int32(self.partition_index);
        out.int16(self.error_code);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            error_code: from.int16(),
        }
    }
}
