//! `OffsetFetchRequest` and `OffsetFetchResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `OffsetFetchRequest` (key 9), versions 1 to 10, flexible from 6.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OffsetFetchRequest {
    /// `GroupId`, to version 7.
    pub group_id: ByteString,
    /// `Topics`, to version 7; may be null from version 2.
    pub topics: Option<Vec<OffsetFetchRequestTopic>>,
    /// `Groups`, from version 8.
    pub groups: Vec<OffsetFetchRequestGroup>,
    /// `RequireStable`, from version 7.
    pub require_stable: bool,
}

impl Message for OffsetFetchRequest {
    const NAME: &'static str = "OffsetFetchRequest";
    const VERSIONS: (i16, i16) = (1, 10);
    const FLEXIBLE_FROM: Option<i16> = Some(6);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let this = Self {
            group_id: if version <= 7 { input.string(flexible)? } else { ByteString::new() },
            topics: if version <= 7 { if version >= 2 { input.nullable_array(flexible, 3, |input| OffsetFetchRequestTopic::decode(input, version))? } else { Some(input.array(flexible, 3, |input| OffsetFetchRequestTopic::decode(input, version))?) } } else { None },
            groups: if version >= 8 { input.array(true, 3, |input| OffsetFetchRequestGroup::decode(input, version))? } else { Vec::new() },
            require_stable: if version >= 7 { input.bool()? } else { false },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 6;
        if version <= 7 {
            out.string(&self.group_id, flexible);
        }
        if version <= 7 {
            if version >= 2 { out.nullable_array(self.topics.as_deref(), flexible, |out, it| it.encode(out, version)) } else { out.array(self.topics.as_deref().unwrap_or_default(), flexible, |out, it| it.encode(out, version)) }
        }
        if version >= 8 {
            out.array(&self.groups, true, |out, it| it.encode(out, version));
        }
        if version >= 7 {
            out.bool(self.require_stable);
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            group_id: if version <= 7 { from.string() } else { ByteString::new() },
            topics: if version <= 7 { if version >= 2 { from.option(|from| from.array(|from| OffsetFetchRequestTopic::fill(from, version))) } else { Some(from.array(|from| OffsetFetchRequestTopic::fill(from, version))) } } else { None },
            groups: if version >= 8 { from.array(|from| OffsetFetchRequestGroup::fill(from, version)) } else { Vec::new() },
            require_stable: if version >= 7 { from.bool() } else { false },
        }
    }
}

impl Request for OffsetFetchRequest {
    const KEY: ApiKey = ApiKey::OffsetFetch;
    type Response = OffsetFetchResponse;
}

/// `OffsetFetchRequestTopic` of [`OffsetFetchRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OffsetFetchRequestTopic {
    /// `Name`.
    pub name: ByteString,
    /// `PartitionIndexes`.
    pub partition_indexes: Vec<i32>,
}

impl OffsetFetchRequestTopic {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let this = Self {
            name: input.string(flexible)?,
            partition_indexes: input.array(flexible, 4, |input| input.int32())?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 6;
        out.string(&self.name, flexible);
        out.array(&self.partition_indexes, flexible, |out, it| out.int32(*it));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            name: from.string(),
            partition_indexes: from.array(|from| from.int32()),
        }
    }
}

/// `OffsetFetchRequestGroup` of [`OffsetFetchRequest`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OffsetFetchRequestGroup {
    /// `GroupId`.
    pub group_id: ByteString,
    /// `MemberId`, from version 9; may be null.
    pub member_id: Option<ByteString>,
    /// `MemberEpoch`, from version 9.
    pub member_epoch: i32,
    /// `Topics`; may be null.
    pub topics: Option<Vec<OffsetFetchRequestTopics>>,
}

impl Default for OffsetFetchRequestGroup {
    fn default() -> Self {
        Self {
            group_id: ByteString::new(),
            member_id: None,
            member_epoch: -1,
            topics: None,
        }
    }
}

impl OffsetFetchRequestGroup {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            group_id: input.string(true)?,
            member_id: if version >= 9 { input.nullable_string(true)? } else { None },
            member_epoch: if version >= 9 { input.int32()? } else { -1 },
            topics: input.nullable_array(true, 3, |input| OffsetFetchRequestTopics::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.string(&self.group_id, true);
        if version >= 9 {
            out.nullable_string(self.member_id.as_deref(), true);
        }
        if version >= 9 {
            out.int32(self.member_epoch);
        }
        out.nullable_array(self.topics.as_deref(), true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            group_id: from.string(),
            member_id: if version >= 9 { from.option(|from| from.string()) } else { None },
            member_epoch: if version >= 9 { from.int32() } else { -1 },
            topics: from.option(|from| from.array(|from| OffsetFetchRequestTopics::fill(from, version))),
        }
    }
}

/// `OffsetFetchRequestTopics` of [`OffsetFetchRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OffsetFetchRequestTopics {
    /// `Name`, to version 9.
    pub name: ByteString,
    /// `TopicId`, from version 10.
    pub topic_id: Uuid,
    /// `PartitionIndexes`.
    pub partition_indexes: Vec<i32>,
}

impl OffsetFetchRequestTopics {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            name: if version <= 9 { input.string(true)? } else { ByteString::new() },
            topic_id: if version >= 10 { input.uuid()? } else { Uuid::ZERO },
            partition_indexes: input.array(true, 4, |input| input.int32())?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        if version <= 9 {
            out.string(&self.name, true);
        }
        if version >= 10 {
            out.uuid(self.topic_id);
        }
        out.array(&self.partition_indexes, true, |out, it| out.int32(*it));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            name: if version <= 9 { from.string() } else { ByteString::new() },
            topic_id: if version >= 10 { from.uuid() } else { Uuid::ZERO },
            partition_indexes: from.array(|from| from.int32()),
        }
    }
}

/// Kafka's `OffsetFetchResponse`, versions 1 to 10, flexible from 6.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OffsetFetchResponse {
    /// `ThrottleTimeMs`, from version 3.
    pub throttle_time_ms: i32,
    /// `Topics`, to version 7.
    pub topics: Vec<OffsetFetchResponseTopic>,
    /// `ErrorCode`, versions 2 to 7.
    pub error_code: i16,
    /// `Groups`, from version 8.
    pub groups: Vec<OffsetFetchResponseGroup>,
}

impl Message for OffsetFetchResponse {
    const NAME: &'static str = "OffsetFetchResponse";
    const VERSIONS: (i16, i16) = (1, 10);
    const FLEXIBLE_FROM: Option<i16> = Some(6);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let this = Self {
            throttle_time_ms: if version >= 3 { input.int32()? } else { 0 },
            topics: if version <= 7 { input.array(flexible, 3, |input| OffsetFetchResponseTopic::decode(input, version))? } else { Vec::new() },
            error_code: if (2..=7).contains(&version) { input.int16()? } else { 0 },
            groups: if version >= 8 { input.array(true, 5, |input| OffsetFetchResponseGroup::decode(input, version))? } else { Vec::new() },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 6;
        if version >= 3 {
            out.int32(self.throttle_time_ms);
        }
        if version <= 7 {
            out.array(&self.topics, flexible, |out, it| it.encode(out, version));
        }
        if (2..=7).contains(&version) {
            out.int16(self.error_code);
        }
        if version >= 8 {
            out.array(&self.groups, true, |out, it| it.encode(out, version));
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: if version >= 3 { from.int32() } else { 0 },
            topics: if version <= 7 { from.array(|from| OffsetFetchResponseTopic::fill(from, version)) } else { Vec::new() },
            error_code: if (2..=7).contains(&version) { from.int16() } else { 0 },
            groups: if version >= 8 { from.array(|from| OffsetFetchResponseGroup::fill(from, version)) } else { Vec::new() },
        }
    }
}

impl Response for OffsetFetchResponse {
    const KEY: ApiKey = ApiKey::OffsetFetch;
}

/// `OffsetFetchResponseTopic` of [`OffsetFetchResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OffsetFetchResponseTopic {
    /// `Name`.
    pub name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<OffsetFetchResponsePartition>,
}

impl OffsetFetchResponseTopic {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let this = Self {
            name: input.string(flexible)?,
            partitions: input.array(flexible, 16, |input| OffsetFetchResponsePartition::decode(input, version))?,
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
            partitions: from.array(|from| OffsetFetchResponsePartition::fill(from, version)),
        }
    }
}

/// `OffsetFetchResponsePartition` of [`OffsetFetchResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OffsetFetchResponsePartition {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `CommittedOffset`.
    pub committed_offset: i64,
    /// `CommittedLeaderEpoch`, from version 5.
    pub committed_leader_epoch: i32,
    /// `Metadata`; may be null.
    pub metadata: Option<ByteString>,
    /// `ErrorCode`.
    pub error_code: i16,
}

impl Default for OffsetFetchResponsePartition {
    fn default() -> Self {
        Self {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            metadata: None,
            error_code: 0,
        }
    }
}

impl OffsetFetchResponsePartition {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let this = Self {
            partition_index: input.int32()?,
            committed_offset: input.int64()?,
            committed_leader_epoch: if version >= 5 { input.int32()? } else { -1 },
            metadata: input.nullable_string(flexible)?,
            error_code: input.int16()?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 6;
        out.int32(self.partition_index);
        out.int64(self.committed_offset);
        if version >= 5 {
            out.int32(self.committed_leader_epoch);
        }
        out.nullable_string(self.metadata.as_deref(), flexible);
        out.int16(self.error_code);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            committed_offset: from.int64(),
            committed_leader_epoch: if version >= 5 { from.int32() } else { -1 },
            metadata: from.option(|from| from.string()),
            error_code: from.int16(),
        }
    }
}

/// `OffsetFetchResponseGroup` of [`OffsetFetchResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OffsetFetchResponseGroup {
    /// `GroupId`.
    pub group_id: ByteString,
    /// `Topics`.
    pub topics: Vec<OffsetFetchResponseTopics>,
    /// `ErrorCode`.
    pub error_code: i16,
}

impl OffsetFetchResponseGroup {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            group_id: input.string(true)?,
            topics: input.array(true, 3, |input| OffsetFetchResponseTopics::decode(input, version))?,
            error_code: input.int16()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.string(&self.group_id, true);
        out.array(&self.topics, true, |out, it| it.encode(out, version));
        out.int16(self.error_code);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            group_id: from.string(),
            topics: from.array(|from| OffsetFetchResponseTopics::fill(from, version)),
            error_code: from.int16(),
        }
    }
}

/// `OffsetFetchResponseTopics` of [`OffsetFetchResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OffsetFetchResponseTopics {
    /// `Name`, to version 9.
    pub name: ByteString,
    /// `TopicId`, from version 10.
    pub topic_id: Uuid,
    /// `Partitions`.
    pub partitions: Vec<OffsetFetchResponsePartitions>,
}

impl OffsetFetchResponseTopics {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            name: if version <= 9 { input.string(true)? } else { ByteString::new() },
            topic_id: if version >= 10 { input.uuid()? } else { Uuid::ZERO },
            partitions: input.array(true, 20, |input| OffsetFetchResponsePartitions::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        if version <= 9 {
            out.string(&self.name, true);
        }
        if version >= 10 {
            out.uuid(self.topic_id);
        }
        out.array(&self.partitions, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            name: if version <= 9 { from.string() } else { ByteString::new() },
            topic_id: if version >= 10 { from.uuid() } else { Uuid::ZERO },
            partitions: from.array(|from| OffsetFetchResponsePartitions::fill(from, version)),
        }
    }
}

/// `OffsetFetchResponsePartitions` of [`OffsetFetchResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OffsetFetchResponsePartitions {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `CommittedOffset`.
    pub committed_offset: i64,
    /// `CommittedLeaderEpoch`.
    pub committed_leader_epoch: i32,
    /// `Metadata`; may be null.
    pub metadata: Option<ByteString>,
    /// `ErrorCode`.
    pub error_code: i16,
}

impl Default for OffsetFetchResponsePartitions {
    fn default() -> Self {
        Self {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            metadata: None,
            error_code: 0,
        }
    }
}

impl OffsetFetchResponsePartitions {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            partition_index: input.int32()?,
            committed_offset: input.int64()?,
            committed_leader_epoch: input.int32()?,
            metadata: input.nullable_string(true)?,
            error_code: input.int16()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.partition_index);
        out.int64(self.committed_offset);
        out.int32(self.committed_leader_epoch);
        out.nullable_string(self.metadata.as_deref(), true);
        out.int16(self.error_code);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            committed_offset: from.int64(),
            committed_leader_epoch: from.int32(),
            metadata: from.option(|from| from.string()),
            error_code: from.int16(),
        }
    }
}
