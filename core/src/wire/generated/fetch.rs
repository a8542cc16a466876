//! `FetchRequest` and `FetchResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Records, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `FetchRequest` (key 1), versions 4 to 18, flexible from 12.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FetchRequest {
    /// `ClusterId`, from version 12, tag 0; may be null.
    pub cluster_id: Option<ByteString>,
    /// `ReplicaId`, to version 14.
    pub replica_id: i32,
    /// `ReplicaState`, from version 15, tag 1.
    pub replica_state: ReplicaState,
    /// `MaxWaitMs`.
    pub max_wait_ms: i32,
    /// `MinBytes`.
    pub min_bytes: i32,
    /// `MaxBytes`.
    pub max_bytes: i32,
    /// `IsolationLevel`.
    pub isolation_level: i8,
    /// `SessionId`, from version 7.
    pub session_id: i32,
    /// `SessionEpoch`, from version 7.
    pub session_epoch: i32,
    /// `Topics`.
    pub topics: Vec<FetchTopic>,
    /// `ForgottenTopicsData`, from version 7.
    pub forgotten_topics_data: Vec<ForgottenTopic>,
    /// `RackId`, from version 11.
    pub rack_id: ByteString,
}

impl Default for FetchRequest {
    fn default() -> Self {
        Self {
            cluster_id: None,
            replica_id: -1,
            replica_state: ReplicaState::default(),
            max_wait_ms: 0,
            min_bytes: 0,
            max_bytes: i32::MAX,
            isolation_level: 0,
            session_id: 0,
            session_epoch: -1,
            topics: Vec::new(),
            forgotten_topics_data: Vec::new(),
            rack_id: ByteString::new(),
        }
    }
}

impl Message for FetchRequest {
    const NAME: &'static str = "FetchRequest";
    const VERSIONS: (i16, i16) = (4, 18);
    const FLEXIBLE_FROM: Option<i16> = Some(12);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let mut this = Self {
            cluster_id: None,
            replica_id: if version <= 14 { input.int32()? } else { -1 },
            replica_state: ReplicaState::default(),
            max_wait_ms: input.int32()?,
            min_bytes: input.int32()?,
            max_bytes: input.int32()?,
            isolation_level: input.int8()?,
            session_id: if version >= 7 { input.int32()? } else { 0 },
            session_epoch: if version >= 7 { input.int32()? } else { -1 },
            topics: input.array(flexible, 3, |input| FetchTopic::decode(input, version))?,
            forgotten_topics_data: if version >= 7 { input.array(flexible, 3, |input| ForgottenTopic::decode(input, version))? } else { Vec::new() },
            rack_id: if version >= 11 { input.string(flexible)? } else { ByteString::new() },
        };
        if flexible {
            input.tags(|input, tag| {
                match tag {
                    0 => this.cluster_id = input.nullable_string(true)?,
                    1 if version >= 15 => this.replica_state = ReplicaState::decode(input, version)?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 12;
        if version <= 14 {
            out.int32(self.replica_id);
        }
        out.int32(self.max_wait_ms);
        out.int32(self.min_bytes);
        out.int32(self.max_bytes);
        out.int8(self.isolation_level);
        if version >= 7 {
            out.int32(self.session_id);
        }
        if version >= 7 {
            out.int32(self.session_epoch);
        }
        out.array(&self.topics, flexible, |out, it| it.encode(out, version));
        if version >= 7 {
            out.array(&self.forgotten_topics_data, flexible, |out, it| it.encode(out, version));
        }
        if version >= 11 {
            out.string(&self.rack_id, flexible);
        }
        if flexible {
            let has_0 = self.cluster_id.is_some();
            let has_1 = version >= 15 && self.replica_state != ReplicaState::default();
            out.tag_count(u32::from(has_0) + u32::from(has_1));
            if has_0 {
                out.tag(0, |out| out.nullable_string(self.cluster_id.as_deref(), true));
            }
            if has_1 {
                out.tag(1, |out| self.replica_state.encode(out, version));
            }
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            cluster_id: if version >= 12 { from.option(|from| from.string()) } else { None },
            replica_id: if version <= 14 { from.int32() } else { -1 },
            replica_state: if version >= 15 { ReplicaState::fill(from, version) } else { ReplicaState::default() },
            max_wait_ms: from.int32(),
            min_bytes: from.int32(),
            max_bytes: from.int32(),
            isolation_level: from.int8(),
            session_id: if version >= 7 { from.int32() } else { 0 },
            session_epoch: if version >= 7 { from.int32() } else { -1 },
            topics: from.array(|from| FetchTopic::fill(from, version)),
            forgotten_topics_data: if version >= 7 { from.array(|from| ForgottenTopic::fill(from, version)) } else { Vec::new() },
            rack_id: if version >= 11 { from.string() } else { ByteString::new() },
        }
    }
}

impl Request for FetchRequest {
    const KEY: ApiKey = ApiKey::Fetch;
    type Response = FetchResponse;
}

/// `ReplicaState` of [`FetchRequest`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReplicaState {
    /// `ReplicaId`.
    pub replica_id: i32,
    /// `ReplicaEpoch`.
    pub replica_epoch: i64,
}

impl Default for ReplicaState {
    fn default() -> Self {
        Self {
            replica_id: -1,
            replica_epoch: -1,
        }
    }
}

impl ReplicaState {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            replica_id: input.int32()?,
            replica_epoch: input.int64()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.replica_id);
        out.int64(self.replica_epoch);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            replica_id: from.int32(),
            replica_epoch: from.int64(),
        }
    }
}

/// `FetchTopic` of [`FetchRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FetchTopic {
    /// `Topic`, to version 12.
    pub topic: ByteString,
    /// `TopicId`, from version 13.
    pub topic_id: Uuid,
    /// `Partitions`.
    pub partitions: Vec<FetchPartition>,
}

impl FetchTopic {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let this = Self {
            topic: if version <= 12 { input.string(flexible)? } else { ByteString::new() },
            topic_id: if version >= 13 { input.uuid()? } else { Uuid::ZERO },
            partitions: input.array(flexible, 16, |input| FetchPartition::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 12;
        if version <= 12 {
            out.string(&self.topic, flexible);
        }
        if version >= 13 {
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
            topic: if version <= 12 { from.string() } else { ByteString::new() },
            topic_id: if version >= 13 { from.uuid() } else { Uuid::ZERO },
            partitions: from.array(|from| FetchPartition::fill(from, version)),
        }
    }
}

/// `FetchPartition` of [`FetchRequest`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FetchPartition {
    /// `Partition`.
    pub partition: i32,
    /// `CurrentLeaderEpoch`, from version 9.
    pub current_leader_epoch: i32,
    /// `FetchOffset`.
    pub fetch_offset: i64,
    /// `LastFetchedEpoch`, from version 12.
    pub last_fetched_epoch: i32,
    /// `LogStartOffset`, from version 5.
    pub log_start_offset: i64,
    /// `PartitionMaxBytes`.
    pub partition_max_bytes: i32,
    /// `ReplicaDirectoryId`, from version 17, tag 0.
    pub replica_directory_id: Uuid,
    /// `HighWatermark`, from version 18, tag 1.
    pub high_watermark: i64,
}

impl Default for FetchPartition {
    fn default() -> Self {
        Self {
            partition: 0,
            current_leader_epoch: -1,
            fetch_offset: 0,
            last_fetched_epoch: -1,
            log_start_offset: -1,
            partition_max_bytes: 0,
            replica_directory_id: Uuid::ZERO,
            high_watermark: i64::MAX,
        }
    }
}

impl FetchPartition {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let mut this = Self {
            partition: input.int32()?,
            current_leader_epoch: if version >= 9 { input.int32()? } else { -1 },
            fetch_offset: input.int64()?,
            last_fetched_epoch: if version >= 12 { input.int32()? } else { -1 },
            log_start_offset: if version >= 5 { input.int64()? } else { -1 },
            partition_max_bytes: input.int32()?,
            replica_directory_id: Uuid::ZERO,
            high_watermark: i64::MAX,
        };
        if flexible {
            input.tags(|input, tag| {
                match tag {
                    0 if version >= 17 => this.replica_directory_id = input.uuid()?,
                    1 if version >= 18 => this.high_watermark = input.int64()?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 12;
        out.int32(self.partition);
        if version >= 9 {
            out.int32(self.current_leader_epoch);
        }
        out.int64(self.fetch_offset);
        if version >= 12 {
            out.int32(self.last_fetched_epoch);
        }
        if version >= 5 {
            out.int64(self.log_start_offset);
        }
        out.int32(self.partition_max_bytes);
        if flexible {
            let has_0 = version >= 17 && self.replica_directory_id != Uuid::ZERO;
            let has_1 = version >= 18 && self.high_watermark != i64::MAX;
            out.tag_count(u32::from(has_0) + u32::from(has_1));
            if has_0 {
                out.tag(0, |out| out.uuid(self.replica_directory_id));
            }
            if has_1 {
                out.tag(1, |out| out.int64(self.high_watermark));
            }
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            partition: from.int32(),
            current_leader_epoch: if version >= 9 { from.int32() } else { -1 },
            fetch_offset: from.int64(),
            last_fetched_epoch: if version >= 12 { from.int32() } else { -1 },
            log_start_offset: if version >= 5 { from.int64() } else { -1 },
            partition_max_bytes: from.int32(),
            replica_directory_id: if version >= 17 { from.uuid() } else { Uuid::ZERO },
            high_watermark: if version >= 18 { from.int64() } else { i64::MAX },
        }
    }
}

/// `ForgottenTopic` of [`FetchRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ForgottenTopic {
    /// `Topic`, to version 12.
    pub topic: ByteString,
    /// `TopicId`, from version 13.
    pub topic_id: Uuid,
    /// `Partitions`.
    pub partitions: Vec<i32>,
}

impl ForgottenTopic {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let this = Self {
            topic: if version <= 12 { input.string(flexible)? } else { ByteString::new() },
            topic_id: if version >= 13 { input.uuid()? } else { Uuid::ZERO },
            partitions: input.array(flexible, 4, |input| input.int32())?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 12;
        if version <= 12 {
            out.string(&self.topic, flexible);
        }
        if version >= 13 {
            out.uuid(self.topic_id);
        }
        out.array(&self.partitions, flexible, |out, it| out.int32(*it));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topic: if version <= 12 { from.string() } else { ByteString::new() },
            topic_id: if version >= 13 { from.uuid() } else { Uuid::ZERO },
            partitions: from.array(|from| from.int32()),
        }
    }
}

/// Kafka's `FetchResponse`, versions 4 to 18, flexible from 12.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FetchResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `ErrorCode`, from version 7.
    pub error_code: i16,
    /// `SessionId`, from version 7.
    pub session_id: i32,
    /// `Responses`.
    pub responses: Vec<FetchableTopicResponse>,
    /// `NodeEndpoints`, from version 16, tag 0.
    pub node_endpoints: Vec<NodeEndpoint>,
}

impl Message for FetchResponse {
    const NAME: &'static str = "FetchResponse";
    const VERSIONS: (i16, i16) = (4, 18);
    const FLEXIBLE_FROM: Option<i16> = Some(12);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let mut this = Self {
            throttle_time_ms: input.int32()?,
            error_code: if version >= 7 { input.int16()? } else { 0 },
            session_id: if version >= 7 { input.int32()? } else { 0 },
            responses: input.array(flexible, 3, |input| FetchableTopicResponse::decode(input, version))?,
            node_endpoints: Vec::new(),
        };
        if flexible {
            input.tags(|input, tag| {
                match tag {
                    0 if version >= 16 => this.node_endpoints = input.array(true, 11, |input| NodeEndpoint::decode(input, version))?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 12;
        out.int32(self.throttle_time_ms);
        if version >= 7 {
            out.int16(self.error_code);
        }
        if version >= 7 {
            out.int32(self.session_id);
        }
        out.array(&self.responses, flexible, |out, it| it.encode(out, version));
        if flexible {
            let has_0 = version >= 16 && !self.node_endpoints.is_empty();
            out.tag_count(u32::from(has_0));
            if has_0 {
                out.tag(0, |out| out.array(&self.node_endpoints, true, |out, it| it.encode(out, version)));
            }
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            error_code: if version >= 7 { from.int16() } else { 0 },
            session_id: if version >= 7 { from.int32() } else { 0 },
            responses: from.array(|from| FetchableTopicResponse::fill(from, version)),
            node_endpoints: if version >= 16 { from.array(|from| NodeEndpoint::fill(from, version)) } else { Vec::new() },
        }
    }
}

impl Response for FetchResponse {
    const KEY: ApiKey = ApiKey::Fetch;
}

/// `FetchableTopicResponse` of [`FetchResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FetchableTopicResponse {
    /// `Topic`, to version 12.
    pub topic: ByteString,
    /// `TopicId`, from version 13.
    pub topic_id: Uuid,
    /// `Partitions`.
    pub partitions: Vec<PartitionData>,
}

impl FetchableTopicResponse {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let this = Self {
            topic: if version <= 12 { input.string(flexible)? } else { ByteString::new() },
            topic_id: if version >= 13 { input.uuid()? } else { Uuid::ZERO },
            partitions: input.array(flexible, 30, |input| PartitionData::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 12;
        if version <= 12 {
            out.string(&self.topic, flexible);
        }
        if version >= 13 {
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
            topic: if version <= 12 { from.string() } else { ByteString::new() },
            topic_id: if version >= 13 { from.uuid() } else { Uuid::ZERO },
            partitions: from.array(|from| PartitionData::fill(from, version)),
        }
    }
}

/// `PartitionData` of [`FetchResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartitionData {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `HighWatermark`.
    pub high_watermark: i64,
    /// `LastStableOffset`.
    pub last_stable_offset: i64,
    /// `LogStartOffset`, from version 5.
    pub log_start_offset: i64,
    /// `DivergingEpoch`, from version 12, tag 0.
    pub diverging_epoch: EpochEndOffset,
    /// `CurrentLeader`, from version 12, tag 1.
    pub current_leader: LeaderIdAndEpoch,
    /// `SnapshotId`, from version 12, tag 2.
    pub snapshot_id: SnapshotId,
    /// `AbortedTransactions`; may be null.
    pub aborted_transactions: Option<Vec<AbortedTransaction>>,
    /// `PreferredReadReplica`, from version 11.
    pub preferred_read_replica: i32,
    /// `Records`; may be null.
    pub records: Option<Records>,
}

impl Default for PartitionData {
    fn default() -> Self {
        Self {
            partition_index: 0,
            error_code: 0,
            high_watermark: 0,
            last_stable_offset: -1,
            log_start_offset: -1,
            diverging_epoch: EpochEndOffset::default(),
            current_leader: LeaderIdAndEpoch::default(),
            snapshot_id: SnapshotId::default(),
            aborted_transactions: None,
            preferred_read_replica: -1,
            records: None,
        }
    }
}

impl PartitionData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let mut this = Self {
            partition_index: input.int32()?,
            error_code: input.int16()?,
            high_watermark: input.int64()?,
            last_stable_offset: input.int64()?,
            log_start_offset: if version >= 5 { input.int64()? } else { -1 },
            diverging_epoch: EpochEndOffset::default(),
            current_leader: LeaderIdAndEpoch::default(),
            snapshot_id: SnapshotId::default(),
            aborted_transactions: input.nullable_array(flexible, 16, |input| AbortedTransaction::decode(input, version))?,
            preferred_read_replica: if version >= 11 { input.int32()? } else { -1 },
            records: input.nullable_records(flexible)?,
        };
        if flexible {
            input.tags(|input, tag| {
                match tag {
                    0 => this.diverging_epoch = EpochEndOffset::decode(input, version)?,
                    1 => this.current_leader = LeaderIdAndEpoch::decode(input, version)?,
                    2 => this.snapshot_id = SnapshotId::decode(input, version)?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 12;
        out.int32(self.partition_index);
        out.int16(self.error_code);
        out.int64(self.high_watermark);
        out.int64(self.last_stable_offset);
        if version >= 5 {
            out.int64(self.log_start_offset);
        }
        out.nullable_array(self.aborted_transactions.as_deref(), flexible, |out, it| it.encode(out, version));
        if version >= 11 {
            out.int32(self.preferred_read_replica);
        }
        out.nullable_records(self.records.as_ref(), flexible);
        if flexible {
            let has_0 = self.diverging_epoch != EpochEndOffset::default();
            let has_1 = self.current_leader != LeaderIdAndEpoch::default();
            let has_2 = self.snapshot_id != SnapshotId::default();
            out.tag_count(u32::from(has_0) + u32::from(has_1) + u32::from(has_2));
            if has_0 {
                out.tag(0, |out| self.diverging_epoch.encode(out, version));
            }
            if has_1 {
                out.tag(1, |out| self.current_leader.encode(out, version));
            }
            if has_2 {
                out.tag(2, |out| self.snapshot_id.encode(out, version));
            }
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            error_code: from.int16(),
            high_watermark: from.int64(),
            last_stable_offset: from.int64(),
            log_start_offset: if version >= 5 { from.int64() } else { -1 },
            diverging_epoch: if version >= 12 { EpochEndOffset::fill(from, version) } else { EpochEndOffset::default() },
            current_leader: if version >= 12 { LeaderIdAndEpoch::fill(from, version) } else { LeaderIdAndEpoch::default() },
            snapshot_id: if version >= 12 { SnapshotId::fill(from, version) } else { SnapshotId::default() },
            aborted_transactions: from.option(|from| from.array(|from| AbortedTransaction::fill(from, version))),
            preferred_read_replica: if version >= 11 { from.int32() } else { -1 },
            records: from.option(|from| from.records()),
        }
    }
}

/// `EpochEndOffset` of [`FetchResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EpochEndOffset {
    /// `Epoch`.
    pub epoch: i32,
    /// `EndOffset`.
    pub end_offset: i64,
}

impl Default for EpochEndOffset {
    fn default() -> Self {
        Self {
            epoch: -1,
            end_offset: -1,
        }
    }
}

impl EpochEndOffset {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            epoch: input.int32()?,
            end_offset: input.int64()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.epoch);
        out.int64(self.end_offset);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            epoch: from.int32(),
            end_offset: from.int64(),
        }
    }
}

/// `LeaderIdAndEpoch` of [`FetchResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeaderIdAndEpoch {
    /// `LeaderId`.
    pub leader_id: i32,
    /// `LeaderEpoch`.
    pub leader_epoch: i32,
}

impl Default for LeaderIdAndEpoch {
    fn default() -> Self {
        Self {
            leader_id: -1,
            leader_epoch: -1,
        }
    }
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

/// `SnapshotId` of [`FetchResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SnapshotId {
    /// `EndOffset`.
    pub end_offset: i64,
    /// `Epoch`.
    pub epoch: i32,
}

impl Default for SnapshotId {
    fn default() -> Self {
        Self {
            end_offset: -1,
            epoch: -1,
        }
    }
}

impl SnapshotId {
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

/// `AbortedTransaction` of [`FetchResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AbortedTransaction {
    /// `ProducerId`.
    pub producer_id: i64,
    /// `FirstOffset`.
    pub first_offset: i64,
}

impl AbortedTransaction {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let this = Self {
            producer_id: input.int64()?,
            first_offset: input.int64()?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 12;
        out.int64(self.producer_id);
        out.int64(self.first_offset);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            producer_id: from.int64(),
            first_offset: from.int64(),
        }
    }
}

/// `NodeEndpoint` of [`FetchResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NodeEndpoint {
    /// `NodeId`.
    pub node_id: i32,
    /// `Host`.
    pub host: ByteString,
    /// `Port`.
    pub port: i32,
    /// `Rack`; may be null.
    pub rack: Option<ByteString>,
}

impl NodeEndpoint {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            node_id: input.int32()?,
            host: input.string(true)?,
            port: input.int32()?,
            rack: input.nullable_string(true)?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.node_id);
        out.string(&self.host, true);
        out.int32(self.port);
        out.nullable_string(self.rack.as_deref(), true);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            node_id: from.int32(),
            host: from.string(),
            port: from.int32(),
            rack: from.option(|from| from.string()),
        }
    }
}
