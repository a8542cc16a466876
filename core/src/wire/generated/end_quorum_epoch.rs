//! `EndQuorumEpochRequest` and `EndQuorumEpochResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `EndQuorumEpochRequest` (key 54), versions 0 to 1, flexible from 1.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EndQuorumEpochRequest {
    /// `ClusterId`; may be null.
    pub cluster_id: Option<ByteString>,
    /// `Topics`.
    pub topics: Vec<EndQuorumEpochRequestTopicData>,
    /// `LeaderEndpoints`, from version 1.
    pub leader_endpoints: Vec<LeaderEndpoint>,
}

impl Message for EndQuorumEpochRequest {
    const NAME: &'static str = "EndQuorumEpochRequest";
    const VERSIONS: (i16, i16) = (0, 1);
    const FLEXIBLE_FROM: Option<i16> = Some(1);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let this = Self {
            cluster_id: input.nullable_string(flexible)?,
            topics: input.array(flexible, 3, |input| EndQuorumEpochRequestTopicData::decode(input, version))?,
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
            topics: from.array(|from| EndQuorumEpochRequestTopicData::fill(from, version)),
            leader_endpoints: if version >= 1 { from.array(|from| LeaderEndpoint::fill(from, version)) } else { Vec::new() },
        }
    }
}

impl Request for EndQuorumEpochRequest {
    const KEY: ApiKey = ApiKey::EndQuorumEpoch;
    type Response = EndQuorumEpochResponse;
}

/// `TopicData` of [`EndQuorumEpochRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EndQuorumEpochRequestTopicData {
    /// `TopicName`.
    pub topic_name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<EndQuorumEpochRequestPartitionData>,
}

impl EndQuorumEpochRequestTopicData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let this = Self {
            topic_name: input.string(flexible)?,
            partitions: input.array(flexible, 14, |input| EndQuorumEpochRequestPartitionData::decode(input, version))?,
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
            partitions: from.array(|from| EndQuorumEpochRequestPartitionData::fill(from, version)),
        }
    }
}

/// `PartitionData` of [`EndQuorumEpochRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EndQuorumEpochRequestPartitionData {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `LeaderId`.
    pub leader_id: i32,
    /// `LeaderEpoch`.
    pub leader_epoch: i32,
    /// `PreferredSuccessors`, to version 0.
    pub preferred_successors: Vec<i32>,
    /// `PreferredCandidates`, from version 1.
    pub preferred_candidates: Vec<ReplicaInfo>,
}

impl EndQuorumEpochRequestPartitionData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let this = Self {
            partition_index: input.int32()?,
            leader_id: input.int32()?,
            leader_epoch: input.int32()?,
            preferred_successors: if version <= 0 { input.array(false, 4, |input| input.int32())? } else { Vec::new() },
            preferred_candidates: if version >= 1 { input.array(true, 21, |input| ReplicaInfo::decode(input, version))? } else { Vec::new() },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 1;
        out.int32(self.partition_index);
        out.int32(self.leader_id);
        out.int32(self.leader_epoch);
        if version <= 0 {
            out.array(&self.preferred_successors, false, |out, it| out.int32(*it));
        }
        if version >= 1 {
            out.array(&self.preferred_candidates, true, |out, it| it.encode(out, version));
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            leader_id: from.int32(),
            leader_epoch: from.int32(),
            preferred_successors: if version <= 0 { from.array(|from| from.int32()) } else { Vec::new() },
            preferred_candidates: if version >= 1 { from.array(|from| ReplicaInfo::fill(from, version)) } else { Vec::new() },
        }
    }
}

/// `ReplicaInfo` of [`EndQuorumEpochRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReplicaInfo {
    /// `CandidateId`.
    pub candidate_id: i32,
    /// `CandidateDirectoryId`.
    pub candidate_directory_id: Uuid,
}

impl ReplicaInfo {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            candidate_id: input.int32()?,
            candidate_directory_id: input.uuid()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.candidate_id);
        out.uuid(self.candidate_directory_id);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            candidate_id: from.int32(),
            candidate_directory_id: from.uuid(),
        }
    }
}

/// `LeaderEndpoint` of [`EndQuorumEpochRequest`].
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

/// Kafka's `EndQuorumEpochResponse`, versions 0 to 1, flexible from 1.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EndQuorumEpochResponse {
    /// `ErrorCode`.
    pub error_code: i16,
    /// `Topics`.
    pub topics: Vec<EndQuorumEpochResponseTopicData>,
    /// `NodeEndpoints`, from version 1, tag 0.
    pub node_endpoints: Vec<NodeEndpoint>,
}

impl Message for EndQuorumEpochResponse {
    const NAME: &'static str = "EndQuorumEpochResponse";
    const VERSIONS: (i16, i16) = (0, 1);
    const FLEXIBLE_FROM: Option<i16> = Some(1);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let mut this = Self {
            error_code: input.int16()?,
            topics: input.array(flexible, 3, |input| EndQuorumEpochResponseTopicData::decode(input, version))?,
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
            topics: from.array(|from| EndQuorumEpochResponseTopicData::fill(from, version)),
            node_endpoints: if version >= 1 { from.array(|from| NodeEndpoint::fill(from, version)) } else { Vec::new() },
        }
    }
}

impl Response for EndQuorumEpochResponse {
    const KEY: ApiKey = ApiKey::EndQuorumEpoch;
}

/// `TopicData` of [`EndQuorumEpochResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EndQuorumEpochResponseTopicData {
    /// `TopicName`.
    pub topic_name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<EndQuorumEpochResponsePartitionData>,
}

impl EndQuorumEpochResponseTopicData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let this = Self {
            topic_name: input.string(flexible)?,
            partitions: input.array(flexible, 14, |input| EndQuorumEpochResponsePartitionData::decode(input, version))?,
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
            partitions: from.array(|from| EndQuorumEpochResponsePartitionData::fill(from, version)),
        }
    }
}

/// `PartitionData` of [`EndQuorumEpochResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EndQuorumEpochResponsePartitionData {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `LeaderId`.
    pub leader_id: i32,
    /// `LeaderEpoch`.
    pub leader_epoch: i32,
}

impl EndQuorumEpochResponsePartitionData {
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

/// `NodeEndpoint` of [`EndQuorumEpochResponse`].
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
