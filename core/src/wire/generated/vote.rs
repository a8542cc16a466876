//! `VoteRequest` and `VoteResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `VoteRequest` (key 52), versions 0 to 2, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VoteRequest {
    /// `ClusterId`; may be null.
    pub cluster_id: Option<ByteString>,
    /// `VoterId`, from version 1.
    pub voter_id: i32,
    /// `Topics`.
    pub topics: Vec<VoteRequestTopicData>,
}

impl Default for VoteRequest {
    fn default() -> Self {
        Self {
            cluster_id: None,
            voter_id: -1,
            topics: Vec::new(),
        }
    }
}

impl Message for VoteRequest {
    const NAME: &'static str = "VoteRequest";
    const VERSIONS: (i16, i16) = (0, 2);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            cluster_id: input.nullable_string(true)?,
            voter_id: if version >= 1 { input.int32()? } else { -1 },
            topics: input.array(true, 3, |input| VoteRequestTopicData::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.nullable_string(self.cluster_id.as_deref(), true);
        if version >= 1 {
            out.int32(self.voter_id);
        }
        out.array(&self.topics, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            cluster_id: from.option(|from| from.string()),
            voter_id: if version >= 1 { from.int32() } else { -1 },
            topics: from.array(|from| VoteRequestTopicData::fill(from, version)),
        }
    }
}

impl Request for VoteRequest {
    const KEY: ApiKey = ApiKey::Vote;
    type Response = VoteResponse;
}

/// `TopicData` of [`VoteRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VoteRequestTopicData {
    /// `TopicName`.
    pub topic_name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<VoteRequestPartitionData>,
}

impl VoteRequestTopicData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            topic_name: input.string(true)?,
            partitions: input.array(true, 25, |input| VoteRequestPartitionData::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.string(&self.topic_name, true);
        out.array(&self.partitions, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topic_name: from.string(),
            partitions: from.array(|from| VoteRequestPartitionData::fill(from, version)),
        }
    }
}

/// `PartitionData` of [`VoteRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VoteRequestPartitionData {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `ReplicaEpoch`.
    pub replica_epoch: i32,
    /// `ReplicaId`.
    pub replica_id: i32,
    /// `ReplicaDirectoryId`, from version 1.
    pub replica_directory_id: Uuid,
    /// `VoterDirectoryId`, from version 1.
    pub voter_directory_id: Uuid,
    /// `LastOffsetEpoch`.
    pub last_offset_epoch: i32,
    /// `LastOffset`.
    pub last_offset: i64,
    /// `PreVote`, from version 2.
    pub pre_vote: bool,
}

impl VoteRequestPartitionData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            partition_index: input.int32()?,
            replica_epoch: input.int32()?,
            replica_id: input.int32()?,
            replica_directory_id: if version >= 1 { input.uuid()? } else { Uuid::ZERO },
            voter_directory_id: if version >= 1 { input.uuid()? } else { Uuid::ZERO },
            last_offset_epoch: input.int32()?,
            last_offset: input.int64()?,
            pre_vote: if version >= 2 { input.bool()? } else { false },
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.partition_index);
        out.int32(self.replica_epoch);
        out.int32(self.replica_id);
        if version >= 1 {
            out.uuid(self.replica_directory_id);
        }
        if version >= 1 {
            out.uuid(self.voter_directory_id);
        }
        out.int32(self.last_offset_epoch);
        out.int64(self.last_offset);
        if version >= 2 {
            out.bool(self.pre_vote);
        }
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            replica_epoch: from.int32(),
            replica_id: from.int32(),
            replica_directory_id: if version >= 1 { from.uuid() } else { Uuid::ZERO },
            voter_directory_id: if version >= 1 { from.uuid() } else { Uuid::ZERO },
            last_offset_epoch: from.int32(),
            last_offset: from.int64(),
            pre_vote: if version >= 2 { from.bool() } else { false },
        }
    }
}

/// Kafka's `VoteResponse`, versions 0 to 2, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VoteResponse {
    /// `ErrorCode`.
    pub error_code: i16,
    /// `Topics`.
    pub topics: Vec<VoteResponseTopicData>,
    /// `NodeEndpoints`, from version 1, tag 0.
    pub node_endpoints: Vec<NodeEndpoint>,
}

impl Message for VoteResponse {
    const NAME: &'static str = "VoteResponse";
    const VERSIONS: (i16, i16) = (0, 2);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let mut this = Self {
            error_code: input.int16()?,
            topics: input.array(true, 3, |input| VoteResponseTopicData::decode(input, version))?,
            node_endpoints: Vec::new(),
        };
        input.tags(|input, tag| {
            match tag {
                0 if version >= 1 => this.node_endpoints = input.array(true, 8, |input| NodeEndpoint::decode(input, version))?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int16(self.error_code);
        out.array(&self.topics, true, |out, it| it.encode(out, version));
        let has_0 = version >= 1 && !self.node_endpoints.is_empty();
        out.tag_count(u32::from(has_0));
        if has_0 {
            out.tag(0, |out| out.array(&self.node_endpoints, true, |out, it| it.encode(out, version)));
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            error_code: from.int16(),
            topics: from.array(|from| VoteResponseTopicData::fill(from, version)),
            node_endpoints: if version >= 1 { from.array(|from| NodeEndpoint::fill(from, version)) } else { Vec::new() },
        }
    }
}

impl Response for VoteResponse {
    const KEY: ApiKey = ApiKey::Vote;
}

/// `TopicData` of [`VoteResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VoteResponseTopicData {
    /// `TopicName`.
    pub topic_name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<VoteResponsePartitionData>,
}

impl VoteResponseTopicData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            topic_name: input.string(true)?,
            partitions: input.array(true, 16, |input| VoteResponsePartitionData::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.string(&self.topic_name, true);
        out.array(&self.partitions, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topic_name: from.string(),
            partitions: from.array(|from| VoteResponsePartitionData::fill(from, version)),
        }
    }
}

/// `PartitionData` of [`VoteResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VoteResponsePartitionData {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `LeaderId`.
    pub leader_id: i32,
    /// `LeaderEpoch`.
    pub leader_epoch: i32,
    /// `VoteGranted`.
    pub vote_granted: bool,
}

impl VoteResponsePartitionData {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            partition_index: input.int32()?,
            error_code: input.int16()?,
            leader_id: input.int32()?,
            leader_epoch: input.int32()?,
            vote_granted: input.bool()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.partition_index);
        out.int16(self.error_code);
        out.int32(self.leader_id);
        out.int32(self.leader_epoch);
        out.bool(self.vote_granted);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            error_code: from.int16(),
            leader_id: from.int32(),
            leader_epoch: from.int32(),
            vote_granted: from.bool(),
        }
    }
}

/// `NodeEndpoint` of [`VoteResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NodeEndpoint {
    /// `NodeId`.
    pub node_id: i32,
    /// `Host`.
    pub host: ByteString,
    /// `Port`.
    pub port: u16,
}

impl NodeEndpoint {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            node_id: input.int32()?,
            host: input.string(true)?,
            port: input.uint16()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.node_id);
        out.string(&self.host, true);
        out.uint16(self.port);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            node_id: from.int32(),
            host: from.string(),
            port: from.uint16(),
        }
    }
}
