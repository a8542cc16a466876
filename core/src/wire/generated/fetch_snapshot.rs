//! `FetchSnapshotRequest` and `FetchSnapshotResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Records, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `FetchSnapshotRequest` (key 59), versions 0 to 1, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FetchSnapshotRequest {
    /// `ClusterId`, tag 0; may be null.
    pub cluster_id: Option<ByteString>,
    /// `ReplicaId`.
    pub replica_id: i32,
    /// `MaxBytes`.
    pub max_bytes: i32,
    /// `Topics`.
    pub topics: Vec<FetchSnapshotRequestTopicSnapshot>,
}

impl Default for FetchSnapshotRequest {
    fn default() -> Self {
        Self {
            cluster_id: None,
            replica_id: -1,
            max_bytes: i32::MAX,
            topics: Vec::new(),
        }
    }
}

impl Message for FetchSnapshotRequest {
    const NAME: &'static str = "FetchSnapshotRequest";
    const VERSIONS: (i16, i16) = (0, 1);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let mut this = Self {
            cluster_id: None,
            replica_id: input.int32()?,
            max_bytes: input.int32()?,
            topics: input.array(true, 3, |input| FetchSnapshotRequestTopicSnapshot::decode(input, version))?,
        };
        input.tags(|input, tag| {
            match tag {
                0 => this.cluster_id = input.nullable_string(true)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.replica_id);
        out.int32(self.max_bytes);
        out.array(&self.topics, true, |out, it| it.encode(out, version));
        let has_0 = self.cluster_id.is_some();
        out.tag_count(u32::from(has_0));
        if has_0 {
            out.tag(0, |out| out.nullable_string(self.cluster_id.as_deref(), true));
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            cluster_id: from.option(|from| from.string()),
            replica_id: from.int32(),
            max_bytes: from.int32(),
            topics: from.array(|from| FetchSnapshotRequestTopicSnapshot::fill(from, version)),
        }
    }
}

impl Request for FetchSnapshotRequest {
    const KEY: ApiKey = ApiKey::FetchSnapshot;
    type Response = FetchSnapshotResponse;
}

/// `TopicSnapshot` of [`FetchSnapshotRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FetchSnapshotRequestTopicSnapshot {
    /// `Name`.
    pub name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<FetchSnapshotRequestPartitionSnapshot>,
}

impl FetchSnapshotRequestTopicSnapshot {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            name: input.string(true)?,
            partitions: input.array(true, 30, |input| FetchSnapshotRequestPartitionSnapshot::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.string(&self.name, true);
        out.array(&self.partitions, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            name: from.string(),
            partitions: from.array(|from| FetchSnapshotRequestPartitionSnapshot::fill(from, version)),
        }
    }
}

/// `PartitionSnapshot` of [`FetchSnapshotRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FetchSnapshotRequestPartitionSnapshot {
    /// `Partition`.
    pub partition: i32,
    /// `CurrentLeaderEpoch`.
    pub current_leader_epoch: i32,
    /// `SnapshotId`.
    pub snapshot_id: FetchSnapshotRequestSnapshotId,
    /// `Position`.
    pub position: i64,
    /// `ReplicaDirectoryId`, from version 1, tag 0.
    pub replica_directory_id: Uuid,
}

impl FetchSnapshotRequestPartitionSnapshot {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let mut this = Self {
            partition: input.int32()?,
            current_leader_epoch: input.int32()?,
            snapshot_id: FetchSnapshotRequestSnapshotId::decode(input, version)?,
            position: input.int64()?,
            replica_directory_id: Uuid::ZERO,
        };
        input.tags(|input, tag| {
            match tag {
                0 if version >= 1 => this.replica_directory_id = input.uuid()?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.partition);
        out.int32(self.current_leader_epoch);
        self.snapshot_id.encode(out, version);
        out.int64(self.position);
        let has_0 = version >= 1 && self.replica_directory_id != Uuid::ZERO;
        out.tag_count(u32::from(has_0));
        if has_0 {
            out.tag(0, |out| out.uuid(self.replica_directory_id));
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            partition: from.int32(),
            current_leader_epoch: from.int32(),
            snapshot_id: FetchSnapshotRequestSnapshotId::fill(from, version),
            position: from.int64(),
            replica_directory_id: if version >= 1 { from.uuid() } else { Uuid::ZERO },
        }
    }
}

/// `SnapshotId` of [`FetchSnapshotRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FetchSnapshotRequestSnapshotId {
    /// `EndOffset`.
    pub end_offset: i64,
    /// `Epoch`.
    pub epoch: i32,
}

impl FetchSnapshotRequestSnapshotId {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            end_offset: input.int64()?,
            epoch: input.int32()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int64(self.end_offset);
        out.int32(self.epoch);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            end_offset: from.int64(),
            epoch: from.int32(),
        }
    }
}

/// Kafka's `FetchSnapshotResponse`, versions 0 to 1, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FetchSnapshotResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `Topics`.
    pub topics: Vec<FetchSnapshotResponseTopicSnapshot>,
    /// `NodeEndpoints`, from version 1, tag 0.
    pub node_endpoints: Vec<NodeEndpoint>,
}

impl Message for FetchSnapshotResponse {
    const NAME: &'static str = "FetchSnapshotResponse";
    const VERSIONS: (i16, i16) = (0, 1);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let mut this = Self {
            throttle_time_ms: input.int32()?,
            error_code: input.int16()?,
            topics: input.array(true, 3, |input| FetchSnapshotResponseTopicSnapshot::decode(input, version))?,
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
        out.int32(self.throttle_time_ms);
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
            throttle_time_ms: from.int32(),
            error_code: from.int16(),
            topics: from.array(|from| FetchSnapshotResponseTopicSnapshot::fill(from, version)),
            node_endpoints: if version >= 1 { from.array(|from| NodeEndpoint::fill(from, version)) } else { Vec::new() },
        }
    }
}

impl Response for FetchSnapshotResponse {
    const KEY: ApiKey = ApiKey::FetchSnapshot;
}

/// `TopicSnapshot` of [`FetchSnapshotResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FetchSnapshotResponseTopicSnapshot {
    /// `Name`.
    pub name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<FetchSnapshotResponsePartitionSnapshot>,
}

impl FetchSnapshotResponseTopicSnapshot {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            name: input.string(true)?,
            partitions: input.array(true, 37, |input| FetchSnapshotResponsePartitionSnapshot::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.string(&self.name, true);
        out.array(&self.partitions, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            name: from.string(),
            partitions: from.array(|from| FetchSnapshotResponsePartitionSnapshot::fill(from, version)),
        }
    }
}

/// `PartitionSnapshot` of [`FetchSnapshotResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FetchSnapshotResponsePartitionSnapshot {
    /// `Index`.
    pub index: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `SnapshotId`.
    pub snapshot_id: FetchSnapshotResponseSnapshotId,
    /// `CurrentLeader`, tag 0.
    pub current_leader: LeaderIdAndEpoch,
    /// `Size`.
    pub size: i64,
    /// `Position`.
    pub position: i64,
    /// `UnalignedRecords`.
    pub unaligned_records: Records,
}

impl FetchSnapshotResponsePartitionSnapshot {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let mut this = Self {
            index: input.int32()?,
            error_code: input.int16()?,
            snapshot_id: FetchSnapshotResponseSnapshotId::decode(input, version)?,
            current_leader: LeaderIdAndEpoch::default(),
            size: input.int64()?,
            position: input.int64()?,
            unaligned_records: input.records(true)?,
        };
        input.tags(|input, tag| {
            match tag {
                0 => this.current_leader = LeaderIdAndEpoch::decode(input, version)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.index);
        out.int16(self.error_code);
        self.snapshot_id.encode(out, version);
        out.int64(self.size);
        out.int64(self.position);
        out.records(&self.unaligned_records, true);
        let has_0 = self.current_leader != LeaderIdAndEpoch::default();
        out.tag_count(u32::from(has_0));
        if has_0 {
            out.tag(0, |out| self.current_leader.encode(out, version));
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            index: from.int32(),
            error_code: from.int16(),
            snapshot_id: FetchSnapshotResponseSnapshotId::fill(from, version),
            current_leader: LeaderIdAndEpoch::fill(from, version),
            size: from.int64(),
            position: from.int64(),
            unaligned_records: from.records(),
        }
    }
}

/// `SnapshotId` of [`FetchSnapshotResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FetchSnapshotResponseSnapshotId {
    /// `EndOffset`.
    pub end_offset: i64,
    /// `Epoch`.
    pub epoch: i32,
}

impl FetchSnapshotResponseSnapshotId {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            end_offset: input.int64()?,
            epoch: input.int32()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int64(self.end_offset);
        out.int32(self.epoch);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            end_offset: from.int64(),
            epoch: from.int32(),
        }
    }
}

/// `LeaderIdAndEpoch` of [`FetchSnapshotResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LeaderIdAndEpoch {
    /// `LeaderId`.
    pub leader_id: i32,
    /// `LeaderEpoch`.
    pub leader_epoch: i32,
}

impl LeaderIdAndEpoch {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            leader_id: input.int32()?,
            leader_epoch: input.int32()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.leader_id);
        out.int32(self.leader_epoch);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            leader_id: from.int32(),
            leader_epoch: from.int32(),
        }
    }
}

/// `NodeEndpoint` of [`FetchSnapshotResponse`].
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
