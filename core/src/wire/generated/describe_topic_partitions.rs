//! `DescribeTopicPartitionsRequest` and `DescribeTopicPartitionsResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `DescribeTopicPartitionsRequest` (key 75), versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DescribeTopicPartitionsRequest {
    /// `Topics`.
    pub topics: Vec<TopicRequest>,
    /// `ResponsePartitionLimit`.
    pub response_partition_limit: i32,
    /// `Cursor`; may be null.
    pub cursor: Option<DescribeTopicPartitionsRequestCursor>,
}

impl Default for DescribeTopicPartitionsRequest {
    fn default() -> Self {
        Self {
            topics: Vec::new(),
            response_partition_limit: 2000,
            cursor: None,
        }
    }
}

impl Message for DescribeTopicPartitionsRequest {
    const NAME: &'static str = "DescribeTopicPartitionsRequest";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            topics: input.array(true, 2, |input| TopicRequest::decode(input, version))?,
            response_partition_limit: input.int32()?,
            cursor: if input.is_null()? { None } else { Some(DescribeTopicPartitionsRequestCursor::decode(input, version)?) },
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.array(&self.topics, true, |out, it| it.encode(out, version));
        out.int32(self.response_partition_limit);
        out.nullable(self.cursor.as_ref(), |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topics: from.array(|from| TopicRequest::fill(from, version)),
            response_partition_limit: from.int32(),
            cursor: from.option(|from| DescribeTopicPartitionsRequestCursor::fill(from, version)),
        }
    }
}

impl Request for DescribeTopicPartitionsRequest {
    const KEY: ApiKey = ApiKey::DescribeTopicPartitions;
    type Response = DescribeTopicPartitionsResponse;
}

/// `TopicRequest` of [`DescribeTopicPartitionsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TopicRequest {
    /// `Name`.
    pub name: ByteString,
}

impl TopicRequest {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            name: input.string(true)?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.name, true);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            name: from.string(),
        }
    }
}

/// `Cursor` of [`DescribeTopicPartitionsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeTopicPartitionsRequestCursor {
    /// `TopicName`.
    pub topic_name: ByteString,
    /// `PartitionIndex`.
    pub partition_index: i32,
}

impl DescribeTopicPartitionsRequestCursor {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            topic_name: input.string(true)?,
            partition_index: input.int32()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.topic_name, true);
        out.int32(self.partition_index);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            topic_name: from.string(),
            partition_index: from.int32(),
        }
    }
}

/// Kafka's `DescribeTopicPartitionsResponse`, versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeTopicPartitionsResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `Topics`.
    pub topics: Vec<DescribeTopicPartitionsResponseTopic>,
    /// `NextCursor`; may be null.
    pub next_cursor: Option<DescribeTopicPartitionsResponseCursor>,
}

impl Message for DescribeTopicPartitionsResponse {
    const NAME: &'static str = "DescribeTopicPartitionsResponse";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            throttle_time_ms: input.int32()?,
            topics: input.array(true, 26, |input| DescribeTopicPartitionsResponseTopic::decode(input, version))?,
            next_cursor: if input.is_null()? { None } else { Some(DescribeTopicPartitionsResponseCursor::decode(input, version)?) },
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.throttle_time_ms);
        out.array(&self.topics, true, |out, it| it.encode(out, version));
        out.nullable(self.next_cursor.as_ref(), |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            topics: from.array(|from| DescribeTopicPartitionsResponseTopic::fill(from, version)),
            next_cursor: from.option(|from| DescribeTopicPartitionsResponseCursor::fill(from, version)),
        }
    }
}

impl Response for DescribeTopicPartitionsResponse {
    const KEY: ApiKey = ApiKey::DescribeTopicPartitions;
}

/// `DescribeTopicPartitionsResponseTopic` of [`DescribeTopicPartitionsResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DescribeTopicPartitionsResponseTopic {
    /// `ErrorCode`.
    pub error_code: i16,
    /// `Name`; may be null.
    pub name: Option<ByteString>,
    /// `TopicId`.
    pub topic_id: Uuid,
    /// `IsInternal`.
    pub is_internal: bool,
    /// `Partitions`.
    pub partitions: Vec<DescribeTopicPartitionsResponsePartition>,
    /// `TopicAuthorizedOperations`.
    pub topic_authorized_operations: i32,
}

impl Default for DescribeTopicPartitionsResponseTopic {
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

impl DescribeTopicPartitionsResponseTopic {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            error_code: input.int16()?,
            name: input.nullable_string(true)?,
            topic_id: input.uuid()?,
            is_internal: input.bool()?,
            partitions: input.array(true, 20, |input| DescribeTopicPartitionsResponsePartition::decode(input, version))?,
            topic_authorized_operations: input.int32()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int16(self.error_code);
        out.nullable_string(self.name.as_deref(), true);
        out.uuid(self.topic_id);
        out.bool(self.is_internal);
        out.array(&self.partitions, true, |out, it| it.encode(out, version));
        out.int32(self.topic_authorized_operations);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            error_code: from.int16(),
            name: from.option(|from| from.string()),
            topic_id: from.uuid(),
            is_internal: from.bool(),
            partitions: from.array(|from| DescribeTopicPartitionsResponsePartition::fill(from, version)),
            topic_authorized_operations: from.int32(),
        }
    }
}

/// `DescribeTopicPartitionsResponsePartition` of [`DescribeTopicPartitionsResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DescribeTopicPartitionsResponsePartition {
    /// `ErrorCode`.
    pub error_code: i16,
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `LeaderId`.
    pub leader_id: i32,
    /// `LeaderEpoch`.
    pub leader_epoch: i32,
    /// `ReplicaNodes`.
    pub replica_nodes: Vec<i32>,
    /// `IsrNodes`.
    pub isr_nodes: Vec<i32>,
    /// `EligibleLeaderReplicas`; may be null.
    pub eligible_leader_replicas: Option<Vec<i32>>,
    /// `LastKnownElr`; may be null.
    pub last_known_elr: Option<Vec<i32>>,
    /// `OfflineReplicas`.
    pub offline_replicas: Vec<i32>,
}

impl Default for DescribeTopicPartitionsResponsePartition {
    fn default() -> Self {
        Self {
            error_code: 0,
            partition_index: 0,
            leader_id: 0,
            leader_epoch: -1,
            replica_nodes: Vec::new(),
            isr_nodes: Vec::new(),
            eligible_leader_replicas: None,
            last_known_elr: None,
            offline_replicas: Vec::new(),
        }
    }
}

impl DescribeTopicPartitionsResponsePartition {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            error_code: input.int16()?,
            partition_index: input.int32()?,
            leader_id: input.int32()?,
            leader_epoch: input.int32()?,
            replica_nodes: input.array(true, 4, |input| input.int32())?,
            isr_nodes: input.array(true, 4, |input| input.int32())?,
            eligible_leader_replicas: input.nullable_array(true, 4, |input| input.int32())?,
            last_known_elr: input.nullable_array(true, 4, |input| input.int32())?,
            offline_replicas: input.array(true, 4, |input| input.int32())?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int16(self.error_code);
        out.int32(self.partition_index);
        out.int32(self.leader_id);
        out.int32(self.leader_epoch);
        out.array(&self.replica_nodes, true, |out, it| out.int32(*it));
        out.array(&self.isr_nodes, true, |out, it| out.int32(*it));
        out.nullable_array(self.eligible_leader_replicas.as_deref(), true, |out, it| out.int32(*it));
        out.nullable_array(self.last_known_elr.as_deref(), true, |out, it| out.int32(*it));
        out.array(&self.offline_replicas, true, |out, it| out.int32(*it));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            error_code: from.int16(),
            partition_index: from.int32(),
            leader_id: from.int32(),
            leader_epoch: from.int32(),
            replica_nodes: from.array(|from| from.int32()),
            isr_nodes: from.array(|from| from.int32()),
            eligible_leader_replicas: from.option(|from| from.array(|from| from.int32())),
            last_known_elr: from.option(|from| from.array(|from| from.int32())),
            offline_replicas: from.array(|from| from.int32()),
        }
    }
}

/// `Cursor` of [`DescribeTopicPartitionsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeTopicPartitionsResponseCursor {
    /// `TopicName`.
    pub topic_name: ByteString,
    /// `PartitionIndex`.
    pub partition_index: i32,
}

impl DescribeTopicPartitionsResponseCursor {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            topic_name: input.string(true)?,
            partition_index: input.int32()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.topic_name, true);
        out.int32(self.partition_index);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            topic_name: from.string(),
            partition_index: from.int32(),
        }
    }
}
