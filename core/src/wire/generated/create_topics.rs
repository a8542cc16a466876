//! `CreateTopicsRequest` and `CreateTopicsResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `CreateTopicsRequest` (key 19), versions 2 to 7, flexible from 5.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CreateTopicsRequest {
    /// `Topics`.
    pub topics: Vec<CreatableTopic>,
    /// `timeoutMs`.
    pub timeout_ms: i32,
    /// `validateOnly`.
    pub validate_only: bool,
}

impl Default for CreateTopicsRequest {
    fn default() -> Self {
        Self {
            topics: Vec::new(),
            timeout_ms: 60000,
            validate_only: false,
        }
    }
}

impl Message for CreateTopicsRequest {
    const NAME: &'static str = "CreateTopicsRequest";
    const VERSIONS: (i16, i16) = (2, 7);
    const FLEXIBLE_FROM: Option<i16> = Some(5);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        let this = Self {
            topics: input.array(flexible, 10, |input| CreatableTopic::decode(input, version))?,
            timeout_ms: input.int32()?,
            validate_only: input.bool()?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 5;
        out.array(&self.topics, flexible, |out, it| it.encode(out, version));
        out.int32(self.timeout_ms);
        out.bool(self.validate_only);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topics: from.array(|from| CreatableTopic::fill(from, version)),
            timeout_ms: from.int32(),
            validate_only: from.bool(),
        }
    }
}

impl Request for CreateTopicsRequest {
    const KEY: ApiKey = ApiKey::CreateTopics;
    type Response = CreateTopicsResponse;
}

/// `CreatableTopic` of [`CreateTopicsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CreatableTopic {
    /// `Name`.
    pub name: ByteString,
    /// `NumPartitions`.
    pub num_partitions: i32,
    /// `ReplicationFactor`.
    pub replication_factor: i16,
    /// `Assignments`.
    pub assignments: Vec<CreatableReplicaAssignment>,
    /// `Configs`.
    pub configs: Vec<CreatableTopicConfig>,
}

impl CreatableTopic {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        let this = Self {
            name: input.string(flexible)?,
            num_partitions: input.int32()?,
            replication_factor: input.int16()?,
            assignments: input.array(flexible, 6, |input| CreatableReplicaAssignment::decode(input, version))?,
            configs: input.array(flexible, 3, |input| CreatableTopicConfig::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 5;
        out.string(&self.name, flexible);
        out.int32(self.num_partitions);
        out.int16(self.replication_factor);
        out.array(&self.assignments, flexible, |out, it| it.encode(out, version));
        out.array(&self.configs, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            name: from.string(),
            num_partitions: from.int32(),
            replication_factor: from.int16(),
            assignments: from.array(|from| CreatableReplicaAssignment::fill(from, version)),
            configs: from.array(|from| CreatableTopicConfig::fill(from, version)),
        }
    }
}

/// `CreatableReplicaAssignment` of [`CreateTopicsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CreatableReplicaAssignment {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `BrokerIds`.
    pub broker_ids: Vec<i32>,
}

impl CreatableReplicaAssignment {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        let this = Self {
            partition_index: input.int32()?,
            broker_ids: input.array(flexible, 4, |input| input.int32())?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 5;
        out.int32(self.partition_index);
        out.array(&self.broker_ids, flexible, |out, it| out.int32(*it));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            broker_ids: from.array(|from| from.int32()),
        }
    }
}

/// `CreatableTopicConfig` of [`CreateTopicsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CreatableTopicConfig {
    /// `Name`.
    pub name: ByteString,
    /// `Value`; may be null.
    pub value: Option<ByteString>,
}

impl CreatableTopicConfig {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        let this = Self {
            name: input.string(flexible)?,
            value: input.nullable_string(flexible)?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 5;
        out.string(&self.name, flexible);
        out.nullable_string(self.value.as_deref(), flexible);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            name: from.string(),
            value: from.option(|from| from.string()),
        }
    }
}

/// Kafka's `CreateTopicsResponse`, versions 2 to 7, flexible from 5.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CreateTopicsResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `Topics`.
    pub topics: Vec<CreatableTopicResult>,
}

impl Message for CreateTopicsResponse {
    const NAME: &'static str = "CreateTopicsResponse";
    const VERSIONS: (i16, i16) = (2, 7);
    const FLEXIBLE_FROM: Option<i16> = Some(5);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        let this = Self {
            throttle_time_ms: input.int32()?,
            topics: input.array(flexible, 6, |input| CreatableTopicResult::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 5;
        out.int32(self.throttle_time_ms);
        out.array(&self.topics, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            topics: from.array(|from| CreatableTopicResult::fill(from, version)),
        }
    }
}

impl Response for CreateTopicsResponse {
    const KEY: ApiKey = ApiKey::CreateTopics;
}

/// `CreatableTopicResult` of [`CreateTopicsResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CreatableTopicResult {
    /// `Name`.
    pub name: ByteString,
    /// `TopicId`, from version 7.
    pub topic_id: Uuid,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ErrorMessage`; may be null.
    pub error_message: Option<ByteString>,
    /// `TopicConfigErrorCode`, from version 5, tag 0.
    pub topic_config_error_code: i16,
    /// `NumPartitions`, from version 5.
    pub num_partitions: i32,
    /// `ReplicationFactor`, from version 5.
    pub replication_factor: i16,
    /// `Configs`, from version 5; may be null.
    pub configs: Option<Vec<CreatableTopicConfigs>>,
}

impl Default for CreatableTopicResult {
    fn default() -> Self {
        Self {
            name: ByteString::new(),
            topic_id: Uuid::ZERO,
            error_code: 0,
            error_message: None,
            topic_config_error_code: 0,
            num_partitions: -1,
            replication_factor: -1,
            configs: None,
        }
    }
}

impl CreatableTopicResult {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        let mut this = Self {
            name: input.string(flexible)?,
            topic_id: if version >= 7 { input.uuid()? } else { Uuid::ZERO },
            error_code: input.int16()?,
            error_message: input.nullable_string(flexible)?,
            topic_config_error_code: 0,
            num_partitions: if version >= 5 { input.int32()? } else { -1 },
            replication_factor: if version >= 5 { input.int16()? } else { -1 },
            configs: if version >= 5 { input.nullable_array(true, 6, |input| CreatableTopicConfigs::decode(input, version))? } else { None },
        };
        if flexible {
            input.tags(|input, tag| {
                match tag {
                    0 => this.topic_config_error_code = input.int16()?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 5;
        out.string(&self.name, flexible);
        if version >= 7 {
            out.uuid(self.topic_id);
        }
        out.int16(self.error_code);
        out.nullable_string(self.error_message.as_deref(), flexible);
        if version >= 5 {
            out.int32(self.num_partitions);
        }
        if version >= 5 {
            out.int16(self.replication_factor);
        }
        if version >= 5 {
            out.nullable_array(self.configs.as_deref(), true, |out, it| it.encode(out, version));
        }
        if flexible {
            let has_0 = self.topic_config_error_code != 0;
            out.tag_count(u32::from(has_0));
            if has_0 {
                out.tag(0, |out| out.int16(self.topic_config_error_code));
            }
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            name: from.string(),
            topic_id: if version >= 7 { from.uuid() } else { Uuid::ZERO },
            error_code: from.int16(),
            error_message: from.option(|from| from.string()),
            topic_config_error_code: if version >= 5 { from.int16() } else { 0 },
            num_partitions: if version >= 5 { from.int32() } else { -1 },
            replication_factor: if version >= 5 { from.int16() } else { -1 },
            configs: if version >= 5 { from.option(|from| from.array(|from| CreatableTopicConfigs::fill(from, version))) } else { None },
        }
    }
}

/// `CreatableTopicConfigs` of [`CreateTopicsResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CreatableTopicConfigs {
    /// `Name`.
    pub name: ByteString,
    /// `Value`; may be null.
    pub value: Option<ByteString>,
    /// `ReadOnly`.
    pub read_only: bool,
    /// `ConfigSource`.
    pub config_source: i8,
    /// `IsSensitive`.
    pub is_sensitive: bool,
}

impl Default for CreatableTopicConfigs {
    fn default() -> Self {
        Self {
            name: ByteString::new(),
            value: None,
            read_only: false,
            config_source: -1,
            is_sensitive: false,
        }
    }
}

impl CreatableTopicConfigs {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            name: input.string(true)?,
            value: input.nullable_string(true)?,
            read_only: input.bool()?,
            config_source: input.int8()?,
            is_sensitive: input.bool()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.name, true);
        out.nullable_string(self.value.as_deref(), true);
        out.bool(self.read_only);
        out.int8(self.config_source);
        out.bool(self.is_sensitive);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            name: from.string(),
            value: from.option(|from| from.string()),
            read_only: from.bool(),
            config_source: from.int8(),
            is_sensitive: from.bool(),
        }
    }
}
