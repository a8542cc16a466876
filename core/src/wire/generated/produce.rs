//! `ProduceRequest` and `ProduceResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Records, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `ProduceRequest` (key 0), versions 3 to 13, flexible from 9.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ProduceRequest {
    /// `TransactionalId`; may be null.
    pub transactional_id: Option<ByteString>,
    /// `Acks`.
    pub acks: i16,
    /// `TimeoutMs`.
    pub timeout_ms: i32,
    /// `TopicData`.
    pub topic_data: Vec<TopicProduceData>,
}

impl Message for ProduceRequest {
    const NAME: &'static str = "ProduceRequest";
    const VERSIONS: (i16, i16) = (3, 13);
    const FLEXIBLE_FROM: Option<i16> = Some(9);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let this = Self {
            transactional_id: input.nullable_string(flexible)?,
            acks: input.int16()?,
            timeout_ms: input.int32()?,
            topic_data: input.array(flexible, 3, |input| TopicProduceData::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 9;
        out.nullable_string(self.transactional_id.as_deref(), flexible);
        out.int16(self.acks);
        out.int32(self.timeout_ms);
        out.array(&self.topic_data, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            transactional_id: from.option(|from| from.string()),
            acks: from.int16(),
            timeout_ms: from.int32(),
            topic_data: from.array(|from| TopicProduceData::fill(from, version)),
        }
    }
}

impl Request for ProduceRequest {
    const KEY: ApiKey = ApiKey::Produce;
    type Response = ProduceResponse;
}

/// `TopicProduceData` of [`ProduceRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TopicProduceData {
    /// `Name`, to version 12.
    pub name: ByteString,
    /// `TopicId`, from version 13.
    pub topic_id: Uuid,
    /// `PartitionData`.
    pub partition_data: Vec<PartitionProduceData>,
}

impl TopicProduceData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let this = Self {
            name: if version <= 12 { input.string(flexible)? } else { ByteString::new() },
            topic_id: if version >= 13 { input.uuid()? } else { Uuid::ZERO },
            partition_data: input.array(flexible, 6, |input| PartitionProduceData::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 9;
        if version <= 12 {
            out.string(&self.name, flexible);
        }
        if version >= 13 {
            out.uuid(self.topic_id);
        }
        out.array(&self.partition_data, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            name: if version <= 12 { from.string() } else { ByteString::new() },
            topic_id: if version >= 13 { from.uuid() } else { Uuid::ZERO },
            partition_data: from.array(|from| PartitionProduceData::fill(from, version)),
        }
    }
}

/// `PartitionProduceData` of [`ProduceRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PartitionProduceData {
    /// `Index`.
    pub index: i32,
    /// `Records`; may be null.
    pub records: Option<Records>,
}

impl PartitionProduceData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let this = Self {
            index: input.int32()?,
            records: input.nullable_records(flexible)?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 9;
        out.int32(self.index);
        out.nullable_records(self.records.as_ref(), flexible);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            index: from.int32(),
            records: from.option(|from| from.records()),
        }
    }
}

/// Kafka's `ProduceResponse`, versions 3 to 13, flexible from 9.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ProduceResponse {
    /// `Responses`.
    pub responses: Vec<TopicProduceResponse>,
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `NodeEndpoints`, from version 10, tag 0.
    pub node_endpoints: Vec<NodeEndpoint>,
}

impl Message for ProduceResponse {
    const NAME: &'static str = "ProduceResponse";
    const VERSIONS: (i16, i16) = (3, 13);
    const FLEXIBLE_FROM: Option<i16> = Some(9);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let mut this = Self {
            responses: input.array(flexible, 3, |input| TopicProduceResponse::decode(input, version))?,
            throttle_time_ms: input.int32()?,
            node_endpoints: Vec::new(),
        };
        if flexible {
            input.tags(|input, tag| {
                match tag {
                    0 if version >= 10 => this.node_endpoints = input.array(true, 11, |input| NodeEndpoint::decode(input, version))?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 9;
        out.array(&self.responses, flexible, |out, it| it.encode(out, version));
        out.int32(self.throttle_time_ms);
        if flexible {
            let has_0 = version >= 10 && !self.node_endpoints.is_empty();
            out.tag_count(u32::from(has_0));
            if has_0 {
                out.tag(0, |out| out.array(&self.node_endpoints, true, |out, it| it.encode(out, version)));
            }
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            responses: from.array(|from| TopicProduceResponse::fill(from, version)),
            throttle_time_ms: from.int32(),
            node_endpoints: if version >= 10 { from.array(|from| NodeEndpoint::fill(from, version)) } else { Vec::new() },
        }
    }
}

impl Response for ProduceResponse {
    const KEY: ApiKey = ApiKey::Produce;
}

/// `TopicProduceResponse` of [`ProduceResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TopicProduceResponse {
    /// `Name`, to version 12.
    pub name: ByteString,
    /// `TopicId`, from version 13.
    pub topic_id: Uuid,
    /// `PartitionResponses`.
    pub partition_responses: Vec<PartitionProduceResponse>,
}

impl TopicProduceResponse {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let this = Self {
            name: if version <= 12 { input.string(flexible)? } else { ByteString::new() },
            topic_id: if version >= 13 { input.uuid()? } else { Uuid::ZERO },
            partition_responses: input.array(flexible, 22, |input| PartitionProduceResponse::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 9;
        if version <= 12 {
            out.string(&self.name, flexible);
        }
        if version >= 13 {
            out.uuid(self.topic_id);
        }
        out.array(&self.partition_responses, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            name: if version <= 12 { from.string() } else { ByteString::new() },
            topic_id: if version >= 13 { from.uuid() } else { Uuid::ZERO },
            partition_responses: from.array(|from| PartitionProduceResponse::fill(from, version)),
        }
    }
}

/// `PartitionProduceResponse` of [`ProduceResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartitionProduceResponse {
    /// `Index`.
    pub index: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `BaseOffset`.
    pub base_offset: i64,
    /// `LogAppendTimeMs`.
    pub log_append_time_ms: i64,
    /// `LogStartOffset`, from version 5.
    pub log_start_offset: i64,
    /// `RecordErrors`, from version 8.
    pub record_errors: Vec<BatchIndexAndErrorMessage>,
    /// `ErrorMessage`, from version 8; may be null.
    pub error_message: Option<ByteString>,
    /// `CurrentLeader`, from version 10, tag 0.
    pub current_leader: LeaderIdAndEpoch,
}

impl Default for PartitionProduceResponse {
    fn default() -> Self {
        Self {
            index: 0,
            error_code: 0,
            base_offset: 0,
            log_append_time_ms: -1,
            log_start_offset: -1,
            record_errors: Vec::new(),
            error_message: None,
            current_leader: LeaderIdAndEpoch::default(),
        }
    }
}

impl PartitionProduceResponse {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let mut this = Self {
            index: input.int32()?,
            error_code: input.int16()?,
            base_offset: input.int64()?,
            log_append_time_ms: input.int64()?,
            log_start_offset: if version >= 5 { input.int64()? } else { -1 },
            record_errors: if version >= 8 { input.array(flexible, 6, |input| BatchIndexAndErrorMessage::decode(input, version))? } else { Vec::new() },
            error_message: if version >= 8 { input.nullable_string(flexible)? } else { None },
            current_leader: LeaderIdAndEpoch::default(),
        };
        if flexible {
            input.tags(|input, tag| {
                match tag {
                    0 if version >= 10 => this.current_leader = LeaderIdAndEpoch::decode(input, version)?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 9;
        out.int32(self.index);
        out.int16(self.error_code);
        out.int64(self.base_offset);
        out.int64(self.log_append_time_ms);
        if version >= 5 {
            out.int64(self.log_start_offset);
        }
        if version >= 8 {
            out.array(&self.record_errors, flexible, |out, it| it.encode(out, version));
        }
        if version >= 8 {
            out.nullable_string(self.error_message.as_deref(), flexible);
        }
        if flexible {
            let has_0 = version >= 10 && self.current_leader != LeaderIdAndEpoch::default();
            out.tag_count(u32::from(has_0));
            if has_0 {
                out.tag(0, |out| self.current_leader.encode(out, version));
            }
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            index: from.int32(),
            error_code: from.int16(),
            base_offset: from.int64(),
            log_append_time_ms: from.int64(),
            log_start_offset: if version >= 5 { from.int64() } else { -1 },
            record_errors: if version >= 8 { from.array(|from| BatchIndexAndErrorMessage::fill(from, version)) } else { Vec::new() },
            error_message: if version >= 8 { from.option(|from| from.string()) } else { None },
            current_leader: if version >= 10 { LeaderIdAndEpoch::fill(from, version) } else { LeaderIdAndEpoch::default() },
        }
    }
}

/// `BatchIndexAndErrorMessage` of [`ProduceResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BatchIndexAndErrorMessage {
    /// `BatchIndex`.
    pub batch_index: i32,
    /// `BatchIndexErrorMessage`; may be null.
    pub batch_index_error_message: Option<ByteString>,
}

impl BatchIndexAndErrorMessage {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let this = Self {
            batch_index: input.int32()?,
            batch_index_error_message: input.nullable_string(flexible)?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 9;
        out.int32(self.batch_index);
        out.nullable_string(self.batch_index_error_message.as_deref(), flexible);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            batch_index: from.int32(),
            batch_index_error_message: from.option(|from| from.string()),
        }
    }
}

/// `LeaderIdAndEpoch` of [`ProduceResponse`].
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

/// `NodeEndpoint` of [`ProduceResponse`].
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
