//! `DescribeQuorumRequest` and `DescribeQuorumResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `DescribeQuorumRequest` (key 55), versions 0 to 2, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeQuorumRequest {
    /// `Topics`.
    pub topics: Vec<DescribeQuorumRequestTopicData>,
}

impl Message for DescribeQuorumRequest {
    const NAME: &'static str = "DescribeQuorumRequest";
    const VERSIONS: (i16, i16) = (0, 2);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            topics: input.array(true, 3, |input| DescribeQuorumRequestTopicData::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.array(&self.topics, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topics: from.array(|from| DescribeQuorumRequestTopicData::fill(from, version)),
        }
    }
}

impl Request for DescribeQuorumRequest {
    const KEY: ApiKey = ApiKey::DescribeQuorum;
    type Response = DescribeQuorumResponse;
}

/// `TopicData` of [`DescribeQuorumRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeQuorumRequestTopicData {
    /// `TopicName`.
    pub topic_name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<DescribeQuorumRequestPartitionData>,
}

impl DescribeQuorumRequestTopicData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            topic_name: input.string(true)?,
            partitions: input.array(true, 5, |input| DescribeQuorumRequestPartitionData::decode(input, version))?,
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
            partitions: from.array(|from| DescribeQuorumRequestPartitionData::fill(from, version)),
        }
    }
}

/// `PartitionData` of [`DescribeQuorumRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeQuorumRequestPartitionData {
    /// `PartitionIndex`.
    pub partition_index: i32,
}

impl DescribeQuorumRequestPartitionData {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            partition_index: input.int32()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.partition_index);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            partition_index: from.int32(),
        }
    }
}

/// Kafka's `DescribeQuorumResponse`, versions 0 to 2, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeQuorumResponse {
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ErrorMessage`, from version 2; may be null.
    pub error_message: Option<ByteString>,
    /// `Topics`.
    pub topics: Vec<DescribeQuorumResponseTopicData>,
    /// `Nodes`, from version 2.
    pub nodes: Vec<Node>,
}

impl Message for DescribeQuorumResponse {
    const NAME: &'static str = "DescribeQuorumResponse";
    const VERSIONS: (i16, i16) = (0, 2);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            error_code: input.int16()?,
            error_message: if version >= 2 { input.nullable_string(true)? } else { None },
            topics: input.array(true, 3, |input| DescribeQuorumResponseTopicData::decode(input, version))?,
            nodes: if version >= 2 { input.array(true, 6, |input| Node::decode(input, version))? } else { Vec::new() },
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int16(self.error_code);
        if version >= 2 {
            out.nullable_string(self.error_message.as_deref(), true);
        }
        out.array(&self.topics, true, |out, it| it.encode(out, version));
        if version >= 2 {
            out.array(&self.nodes, true, |out, it| it.encode(out, version));
        }
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            error_code: from.int16(),
            error_message: if version >= 2 { from.option(|from| from.string()) } else { None },
            topics: from.array(|from| DescribeQuorumResponseTopicData::fill(from, version)),
            nodes: if version >= 2 { from.array(|from| Node::fill(from, version)) } else { Vec::new() },
        }
    }
}

impl Response for DescribeQuorumResponse {
    const KEY: ApiKey = ApiKey::DescribeQuorum;
}

/// `TopicData` of [`DescribeQuorumResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeQuorumResponseTopicData {
    /// `TopicName`.
    pub topic_name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<DescribeQuorumResponsePartitionData>,
}

impl DescribeQuorumResponseTopicData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            topic_name: input.string(true)?,
            partitions: input.array(true, 25, |input| DescribeQuorumResponsePartitionData::decode(input, version))?,
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
            partitions: from.array(|from| DescribeQuorumResponsePartitionData::fill(from, version)),
        }
    }
}

/// `PartitionData` of [`DescribeQuorumResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeQuorumResponsePartitionData {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ErrorMessage`, from version 2; may be null.
    pub error_message: Option<ByteString>,
    /// `LeaderId`.
    pub leader_id: i32,
    /// `LeaderEpoch`.
    pub leader_epoch: i32,
    /// `HighWatermark`.
    pub high_watermark: i64,
    /// `CurrentVoters`.
    pub current_voters: Vec<ReplicaState>,
    /// `Observers`.
    pub observers: Vec<ReplicaState>,
}

impl DescribeQuorumResponsePartitionData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            partition_index: input.int32()?,
            error_code: input.int16()?,
            error_message: if version >= 2 { input.nullable_string(true)? } else { None },
            leader_id: input.int32()?,
            leader_epoch: input.int32()?,
            high_watermark: input.int64()?,
            current_voters: input.array(true, 13, |input| ReplicaState::decode(input, version))?,
            observers: input.array(true, 13, |input| ReplicaState::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.partition_index);
        out.int16(self.error_code);
        if version >= 2 {
            out.nullable_string(self.error_message.as_deref(), true);
        }
        out.int32(self.leader_id);
        out.int32(self.leader_epoch);
        out.int64(self.high_watermark);
        out.array(&self.current_voters, true, |out, it| it.encode(out, version));
        out.array(&self.observers, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            error_code: from.int16(),
            error_message: if version >= 2 { from.option(|from| from.string()) } else { None },
            leader_id: from.int32(),
            leader_epoch: from.int32(),
            high_watermark: from.int64(),
            current_voters: from.array(|from| ReplicaState::fill(from, version)),
            observers: from.array(|from| ReplicaState::fill(from, version)),
        }
    }
}

/// `ReplicaState` of [`DescribeQuorumResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReplicaState {
    /// `ReplicaId`.
    pub replica_id: i32,
    /// `ReplicaDirectoryId`, from version 2.
    pub replica_directory_id: Uuid,
    /// `LogEndOffset`.
    pub log_end_offset: i64,
    /// `LastFetchTimestamp`, from version 1.
    pub last_fetch_timestamp: i64,
    /// `LastCaughtUpTimestamp`, from version 1.
    pub last_caught_up_timestamp: i64,
}

impl Default for ReplicaState {
    fn default() -> Self {
        Self {
            replica_id: 0,
            replica_directory_id: Uuid::ZERO,
            log_end_offset: 0,
            last_fetch_timestamp: -1,
            last_caught_up_timestamp: -1,
        }
    }
}

impl ReplicaState {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            replica_id: input.int32()?,
            replica_directory_id: if version >= 2 { input.uuid()? } else { Uuid::ZERO },
            log_end_offset: input.int64()?,
            last_fetch_timestamp: if version >= 1 { input.int64()? } else { -1 },
            last_caught_up_timestamp: if version >= 1 { input.int64()? } else { -1 },
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.replica_id);
        if version >= 2 {
            out.uuid(self.replica_directory_id);
        }
        out.int64(self.log_end_offset);
        if version >= 1 {
            out.int64(self.last_fetch_timestamp);
        }
        if version >= 1 {
            out.int64(self.last_caught_up_timestamp);
        }
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            replica_id: from.int32(),
            replica_directory_id: if version >= 2 { from.uuid() } else { Uuid::ZERO },
            log_end_offset: from.int64(),
            last_fetch_timestamp: if version >= 1 { from.int64() } else { -1 },
            last_caught_up_timestamp: if version >= 1 { from.int64() } else { -1 },
        }
    }
}

/// `Node` of [`DescribeQuorumResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Node {
    /// `NodeId`.
    pub node_id: i32,
    /// `Listeners`.
    pub listeners: Vec<Listener>,
}

impl Node {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            node_id: input.int32()?,
            listeners: input.array(true, 5, |input| Listener::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.node_id);
        out.array(&self.listeners, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            node_id: from.int32(),
            listeners: from.array(|from| Listener::fill(from, version)),
        }
    }
}

/// `Listener` of [`DescribeQuorumResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Listener {
    /// `Name`.
    pub name: ByteString,
    /// `Host`.
    pub host: ByteString,
    /// `Port`.
    pub port: u16,
}

impl Listener {
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
