//! `BeginQuorumEpochRequest` and `BeginQuorumEpochResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `BeginQuorumEpochRequest` (key 53), versions 0 to 1, flexible from 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BeginQuorumEpochRequest {
    /// `ClusterId`; may be null.
    pub cluster_id: Option<ByteString>,
    /// `VoterId`, from version 1.
    pub voter_id: i32,
    /// `Topics`.
    pub topics: Vec<BeginQuorumEpochRequestTopicData>,
    /// `LeaderEndpoints`, from version 1.
    pub leader_endpoints: Vec<LeaderEndpoint>,
}

impl Default for BeginQuorumEpochRequest {
    fn default() -> Self {
        Self {
            cluster_id: None,
            voter_id: -1,
            topics: Vec::new(),
            leader_endpoints: Vec::new(),
        }
    }
}

impl Message for BeginQuorumEpochRequest {
    const NAME: &'static str = "BeginQuorumEpochRequest";
    const VERSIONS: (i16, i16) = (0, 1);
    const FLEXIBLE_FROM: Option<i16> = Some(1);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let this = Self {
            cluster_id: input.nullable_string(flexible)?,
            voter_id: if version >= 1 { input.int32()? } else { -1 },
            topics: input.array(flexible, 3, |input| BeginQuorumEpochRequestTopicData::decode(input, version))?,
            leader_endpoints: if version >= 1 { input.array(true, 5, |input| LeaderEndpoint::decode(input, version))? } else { Vec::new() },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 1;
        out.nullable_string(self.cluster_id.as_deref(), flexible);
        if version >= 1 {
            out.int32(self.voter_id);
        }
        out.array(&self.topics, flexible, |out, it| it.encode(out, version));
        if version >= 1 {
            out.array(&self.leader_endpoints, true, |out, it| it.encode(out, version));
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            cluster_id: from.option(|from| from.string()),
            voter_id: if version >= 1 { from.int32() } else { -1 },
            topics: from.array(|from| BeginQuorumEpochRequestTopicData::fill(from, version)),
            leader_endpoints: if version >= 1 { from.array(|from| LeaderEndpoint::fill(from, version)) } else { Vec::new() },
        }
    }
}

impl Request for BeginQuorumEpochRequest {
    const KEY: ApiKey = ApiKey::BeginQuorumEpoch;
    type Response = BeginQuorumEpochResponse;
}

/// `TopicData` of [`BeginQuorumEpochRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BeginQuorumEpochRequestTopicData {
    /// `TopicName`.
    pub topic_name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<BeginQuorumEpochRequestPartitionData>,
}

impl BeginQuorumEpochRequestTopicData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let this = Self {
            topic_name: input.string(flexible)?,
            partitions: input.array(flexible, 12, |input| BeginQuorumEpochRequestPartitionData::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 1;
        out.string(&self.topic_name, flexible);
        out.array(&self.partitions, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topic_name: from.string(),
            partitions: from.array(|from| BeginQuorumEpochRequestPartitionData::fill(from, version)),
        }
    }
}

/// `PartitionData` of [`BeginQuorumEpochRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BeginQuorumEpochRequestPartitionData {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `VoterDirectoryId`, from version 1.
    pub voter_directory_id: Uuid,
    /// `LeaderId`.
    pub leader_id: i32,
    /// `LeaderEpoch`.
    pub leader_epoch: i32,
}

impl BeginQuorumEpochRequestPartitionData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let this = Self {
            partition_index: input.int32()?,
            voter_directory_id: if version >= 1 { input.uuid()? } else { Uuid::ZERO },
            leader_id: input.int32()?,
            leader_epoch: input.int32()?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 1;
        out.int32(self.partition_index);
        if version >= 1 {
            out.uuid(self.voter_directory_id);
        }
        out.int32(self.leader_id);
        out.int32(self.leader_epoch);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            voter_directory_id: if version >= 1 { from.uuid() } else { Uuid::ZERO },
            leader_id: from.int32(),
            leader_epoch: from.int32(),
        }
    }
}

/// `LeaderEndpoint` of [`BeginQuorumEpochRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LeaderEndpoint {
    /// `Name`.
    pub name: ByteString,
    /// `Host`.
    pub host: ByteString,
    /// `Port`.
    pub port: u16,
}

impl LeaderEndpoint {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            name: input.string(true)?,
            host: input.string(true)?,
            port: input.uint16()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.name, true);
        out.string(&self.host, true);
        out.uint16(self.port);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            name: from.string(),
            host: from.string(),
            port: from.uint16(),
        }
    }
}

/// Kafka's `BeginQuorumEpochResponse`, versions 0 to 1, flexible from 1.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BeginQuorumEpochResponse {
    /// `ErrorCode`.
    pub error_code: i16,
    /// `Topics`.
    pub topics: Vec<BeginQuorumEpochResponseTopicData>,
    /// `NodeEndpoints`, from version 1, tag 0.
    pub node_endpoints: Vec<NodeEndpoint>,
}

impl Message for BeginQuorumEpochResponse {
    const NAME: &'static str = "BeginQuorumEpochResponse";
    const VERSIONS: (i16, i16) = (0, 1);
    const FLEXIBLE_FROM: Option<i16> = Some(1);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let mut this = Self {
            error_code: input.int16()?,
            topics: input.array(flexible, 3, |input| BeginQuorumEpochResponseTopicData::decode(input, version))?,
            node_endpoints: Vec::new(),
        };
        if flexible {
            input.tags(|input, tag| {
                match tag {
                    0 => this.node_endpoints = input.array(true, 8, |input| NodeEndpoint::decode(input, version))?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 1;
        out.int16(self.error_code);
        out.array(&self.topics, flexible, |out, it| it.encode(out, version));
        if flexible {
            let has_0 = !self.node_endpoints.is_empty();
            out.tag_count(u32::from(has_0));
            if has_0 {
                out.tag(0, |out| out.array(&self.node_endpoints, true, |out, it| it.encode(out, version)));
            }
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            error_code: from.int16(),
            topics: from.array(|from| BeginQuorumEpochResponseTopicData::fill(from, version)),
            node_endpoints: if version >= 1 { from.array(|from| NodeEndpoint::fill(from, version)) } else { Vec::new() },
        }
    }
}

impl Response for BeginQuorumEpochResponse {
    const KEY: ApiKey = ApiKey::BeginQuorumEpoch;
}

/// `TopicData` of [`BeginQuorumEpochResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BeginQuorumEpochResponseTopicData {
    /// `TopicName`.
    pub topic_name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<BeginQuorumEpochResponsePartitionData>,
}

impl BeginQuorumEpochResponseTopicData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let this = Self {
            topic_name: input.string(flexible)?,
            partitions: input.array(flexible, 14, |input| BeginQuorumEpochResponsePartitionData::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 1;
        out.string(&self.topic_name, flexible);
        out.array(&self.partitions, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topic_name: from.string(),
            partitions: from.array(|from| BeginQuorumEpochResponsePartitionData::fill(from, version)),
        }
    }
}

/// `PartitionData` of [`BeginQuorumEpochResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BeginQuorumEpochResponsePartitionData {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `LeaderId`.
    pub leader_id: i32,
    /// `LeaderEpoch`.
    pub leader_epoch: i32,
}

impl BeginQuorumEpochResponsePartitionData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let this = Self {
            partition_index: input.int32()?,
            error_code: input.int16()?,
            leader_id: input.int32()?,
            leader_epoch: input.int32()?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 1;
        out.int32(self.partition_index);
        out.int16(self.error_code);
        out.int32(self.leader_id);
        out.int32(self.leader_epoch);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            error_code: from.int16(),
            leader_id: from.int32(),
            leader_epoch: from.int32(),
        }
    }
}

/// `NodeEndpoint` of [`BeginQuorumEpochResponse`].
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
