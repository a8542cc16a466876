//! `MetadataRequest` and `MetadataResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `MetadataRequest` (key 3), versions 0 to 13, flexible from 9.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MetadataRequest {
    /// `Topics`; may be null from version 1.
    pub topics: Option<Vec<MetadataRequestTopic>>,
    /// `AllowAutoTopicCreation`, from version 4.
    pub allow_auto_topic_creation: bool,
    /// `IncludeClusterAuthorizedOperations`, versions 8 to 10.
    pub include_cluster_authorized_operations: bool,
    /// `IncludeTopicAuthorizedOperations`, from version 8.
    pub include_topic_authorized_operations: bool,
}

impl Default for MetadataRequest {
    fn default() -> Self {
        Self {
            topics: None,
            allow_auto_topic_creation: true,
            include_cluster_authorized_operations: false,
            include_topic_authorized_operations: false,
        }
    }
}

impl Message for MetadataRequest {
    const NAME: &'static str = "MetadataRequest";
    const VERSIONS: (i16, i16) = (0, 13);
    const FLEXIBLE_FROM: Option<i16> = Some(9);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let this = Self {
            topics: if version >= 1 { input.nullable_array(flexible, 2, |input| MetadataRequestTopic::decode(input, version))? } else { Some(input.array(flexible, 2, |input| MetadataRequestTopic::decode(input, version))?) },
            allow_auto_topic_creation: if version >= 4 { input.bool()? } else { true },
            include_cluster_authorized_operations: if (8..=10).contains(&version) { input.bool()? } else { false },
            include_topic_authorized_operations: if version >= 8 { input.bool()? } else { false },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 9;
        if version >= 1 { out.nullable_array(self.topics.as_deref(), flexible, |out, it| it.encode(out, version)) } else { out.array(self.topics.as_deref().unwrap_or_default(), flexible, |out, it| it.encode(out, version)) }
        if version >= 4 {
            out.bool(self.allow_auto_topic_creation);
        }
        if (8..=10).contains(&version) {
            out.bool(self.include_cluster_authorized_operations);
        }
        if version >= 8 {
            out.bool(self.include_topic_authorized_operations);
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topics: if version >= 1 { from.option(|from| from.array(|from| MetadataRequestTopic::fill(from, version))) } else { Some(from.array(|from| MetadataRequestTopic::fill(from, version))) },
            allow_auto_topic_creation: if version >= 4 { from.bool() } else { true },
            include_cluster_authorized_operations: if (8..=10).contains(&version) { from.bool() } else { false },
            include_topic_authorized_operations: if version >= 8 { from.bool() } else { false },
        }
    }
}

impl Request for MetadataRequest {
    const KEY: ApiKey = ApiKey::Metadata;
    type Response = MetadataResponse;
}

/// `MetadataRequestTopic` of [`MetadataRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MetadataRequestTopic {
    /// `TopicId`, from version 10.
    pub topic_id: Uuid,
    /// `Name`; may be null from version 10.
    pub name: Option<ByteString>,
}

impl MetadataRequestTopic {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let this = Self {
            topic_id: if version >= 10 { input.uuid()? } else { Uuid::ZERO },
            name: if version >= 10 { input.nullable_string(flexible)? } else { Some(input.string(flexible)?) },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 9;
        if version >= 10 {
            out.uuid(self.topic_id);
        }
        if version >= 10 { out.nullable_string(self.name.as_deref(), flexible) } else { out.string(self.name.as_deref().unwrap_or_default(), flexible) }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topic_id: if version >= 10 { from.uuid() } else { Uuid::ZERO },
            name: if version >= 10 { from.option(|from| from.string()) } else { Some(from.string()) },
        }
    }
}

/// Kafka's `MetadataResponse`, versions 0 to 13, flexible from 9.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MetadataResponse {
    /// `ThrottleTimeMs`, from version 3.
    pub throttle_time_ms: i32,
    /// `Brokers`.
    pub brokers: Vec<MetadataResponseBroker>,
    /// `ClusterId`, from version 2; may be null.
    pub cluster_id: Option<ByteString>,
    /// `ControllerId`, from version 1.
    pub controller_id: i32,
    /// `Topics`.
    pub topics: Vec<MetadataResponseTopic>,
    /// `ClusterAuthorizedOperations`, versions 8 to 10.
    pub cluster_authorized_operations: i32,
    /// `ErrorCode`, from version 13.
    pub error_code: i16,
}

impl Default for MetadataResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            brokers: Vec::new(),
            cluster_id: None,
            controller_id: -1,
            topics: Vec::new(),
            cluster_authorized_operations: i32::MIN,
            error_code: 0,
        }
    }
}

impl Message for MetadataResponse {
    const NAME: &'static str = "MetadataResponse";
    const VERSIONS: (i16, i16) = (0, 13);
    const FLEXIBLE_FROM: Option<i16> = Some(9);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let this = Self {
            throttle_time_ms: if version >= 3 { input.int32()? } else { 0 },
            brokers: input.array(flexible, 10, |input| MetadataResponseBroker::decode(input, version))?,
            cluster_id: if version >= 2 { input.nullable_string(flexible)? } else { None },
            controller_id: if version >= 1 { input.int32()? } else { -1 },
            topics: input.array(flexible, 8, |input| MetadataResponseTopic::decode(input, version))?,
            cluster_authorized_operations: if (8..=10).contains(&version) { input.int32()? } else { i32::MIN },
            error_code: if version >= 13 { input.int16()? } else { 0 },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 9;
        if version >= 3 {
            out.int32(self.throttle_time_ms);
        }
        out.array(&self.brokers, flexible, |out, it| it.encode(out, version));
        if version >= 2 {
            out.nullable_string(self.cluster_id.as_deref(), flexible);
        }
        if version >= 1 {
            out.int32(self.controller_id);
        }
        out.array(&self.topics, flexible, |out, it| it.encode(out, version));
        if (8..=10).contains(&version) {
            out.int32(self.cluster_authorized_operations);
        }
        if version >= 13 {
            out.int16(self.error_code);
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: if version >= 3 { from.int32() } else { 0 },
            brokers: from.array(|from| MetadataResponseBroker::fill(from, version)),
            cluster_id: if version >= 2 { from.option(|from| from.string()) } else { None },
            controller_id: if version >= 1 { from.int32() } else { -1 },
            topics: from.array(|from| MetadataResponseTopic::fill(from, version)),
            cluster_authorized_operations: if (8..=10).contains(&version) { from.int32() } else { i32::MIN },
            error_code: if version >= 13 { from.int16() } else { 0 },
        }
    }
}

impl Response for MetadataResponse {
    const KEY: ApiKey = ApiKey::Metadata;
}

/// `MetadataResponseBroker` of [`MetadataResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MetadataResponseBroker {
    /// `NodeId`.
    pub node_id: i32,
    /// `Host`.
    pub host: ByteString,
    /// `Port`.
    pub port: i32,
    /// `Rack`, from version 1; may be null.
    pub rack: Option<ByteString>,
}

impl MetadataResponseBroker {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let this = Self {
            node_id: input.int32()?,
            host: input.string(flexible)?,
            port: input.int32()?,
            rack: if version >= 1 { input.nullable_string(flexible)? } else { None },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 9;
        out.int32(self.node_id);
        out.string(&self.host, flexible);
        out.int32(self.port);
        if version >= 1 {
            out.nullable_string(self.rack.as_deref(), flexible);
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            node_id: from.int32(),
            host: from.string(),
            port: from.int32(),
            rack: if version >= 1 { from.option(|from| from.string()) } else { None },
        }
    }
}

/// `MetadataResponseTopic` of [`MetadataResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MetadataResponseTopic {
    /// `ErrorCode`.
    pub error_code: i16,
    /// `Name`; may be null from version 12.
    pub name: Option<ByteString>,
    /// `TopicId`, from version 10.
    pub topic_id: Uuid,
    /// `IsInternal`, from version 1.
    pub is_internal: bool,
    /// `Partitions`.
    pub partitions: Vec<MetadataResponsePartition>,
    /// `TopicAuthorizedOperations`, from version 8.
    pub topic_authorized_operations: i32,
}

impl Default for MetadataResponseTopic {
    fn default() -> Self {
        Self {
            error_code: 0,
            name: None,
            topic_id: Uuid::ZERO,
            is_internal: false,
            partitions: Vec::new(),
            topic_authorized_operations: i32::MIN,
        }
    }
}

impl MetadataResponseTopic {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let this = Self {
            error_code: input.int16()?,
            name: if version >= 12 { input.nullable_string(flexible)? } else { Some(input.string(flexible)?) },
            topic_id: if version >= 10 { input.uuid()? } else { Uuid::ZERO },
            is_internal: if version >= 1 { input.bool()? } else { false },
            partitions: input.array(flexible, 18, |input| MetadataResponsePartition::decode(input, version))?,
            topic_authorized_operations: if version >= 8 { input.int32()? } else { i32::MIN },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 9;
        out.int16(self.error_code);
        if version >= 12 { out.nullable_string(self.name.as_deref(), flexible) } else { out.string(self.name.as_deref().unwrap_or_default(), flexible) }
        if version >= 10 {
            out.uuid(self.topic_id);
        }
        if version >= 1 {
            out.bool(self.is_internal);
        }
        out.array(&self.partitions, flexible, |out, it| it.encode(out, version));
        if version >= 8 {
            out.int32(self.topic_authorized_operations);
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            error_code: from.int16(),
            name: if version >= 12 { from.option(|from| from.string()) } else { Some(from.string()) },
            topic_id: if version >= 10 { from.uuid() } else { Uuid::ZERO },
            is_internal: if version >= 1 { from.bool() } else { false },
            partitions: from.array(|from| MetadataResponsePartition::fill(from, version)),
            topic_authorized_operations: if version >= 8 { from.int32() } else { i32::MIN },
        }
    }
}

/// `MetadataResponsePartition` of [`MetadataResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MetadataResponsePartition {
    /// `ErrorCode`.
    pub error_code: i16,
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `LeaderId`.
    pub leader_id: i32,
    /// `LeaderEpoch`, from version 7.
    pub leader_epoch: i32,
    /// `ReplicaNodes`.
    pub replica_nodes: Vec<i32>,
    /// `IsrNodes`.
    pub isr_nodes: Vec<i32>,
    /// `OfflineReplicas`, from version 5.
    pub offline_replicas: Vec<i32>,
}

impl Default for MetadataResponsePartition {
    fn default() -> Self {
        Self {
            error_code: 0,
            partition_index: 0,
            leader_id: 0,
            leader_epoch: -1,
            replica_nodes: Vec::new(),
            isr_nodes: Vec::new(),
            offline_replicas: Vec::new(),
        }
    }
}

impl MetadataResponsePartition {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let this = Self {
            error_code: input.int16()?,
            partition_index: input.int32()?,
            leader_id: input.int32()?,
            leader_epoch: if version >= 7 { input.int32()? } else { -1 },
            replica_nodes: input.array(flexible, 4, |input| input.int32())?,
            isr_nodes: input.array(flexible, 4, |input| input.int32())?,
            offline_replicas: if version >= 5 { input.array(flexible, 4, |input| input.int32())? } else { Vec::new() },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 9;
        out.int16(self.error_code);
        out.int32(self.partition_index);
        out.int32(self.leader_id);
        if version >= 7 {
            out.int32(self.leader_epoch);
        }
        out.array(&self.replica_nodes, flexible, |out, it| out.int32(*it));
        out.array(&self.isr_nodes, flexible, |out, it| out.int32(*it));
        if version >= 5 {
            out.array(&self.offline_replicas, flexible, |out, it| out.int32(*it));
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            error_code: from.int16(),
            partition_index: from.int32(),
            leader_id: from.int32(),
            leader_epoch: if version >= 7 { from.int32() } else { -1 },
            replica_nodes: from.array(|from| from.int32()),
            isr_nodes: from.array(|from| from.int32()),
            offline_replicas: if version >= 5 { from.array(|from| from.int32()) } else { Vec::new() },
        }
    }
}
