//! `AlterPartitionReassignmentsRequest` and `AlterPartitionReassignmentsResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `AlterPartitionReassignmentsRequest` (key 45), versions 0 to 1, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlterPartitionReassignmentsRequest {
    /// `TimeoutMs`.
    pub timeout_ms: i32,
    /// `AllowReplicationFactorChange`, from version 1.
    pub allow_replication_factor_change: bool,
    /// `Topics`.
    pub topics: Vec<ReassignableTopic>,
}

impl Default for AlterPartitionReassignmentsRequest {
    fn default() -> Self {
        Self {
            timeout_ms: 60000,
            allow_replication_factor_change: true,
            topics: Vec::new(),
        }
    }
}

impl Message for AlterPartitionReassignmentsRequest {
    const NAME: &'static str = "AlterPartitionReassignmentsRequest";
    const VERSIONS: (i16, i16) = (0, 1);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            timeout_ms: input.int32()?,
            allow_replication_factor_change: if version >= 1 { input.bool()? } else { true },
            topics: input.array(true, 3, |input| ReassignableTopic::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.timeout_ms);
        if version >= 1 {
            out.bool(self.allow_replication_factor_change);
        }
        out.array(&self.topics, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            timeout_ms: from.int32(),
            allow_replication_factor_change: if version >= 1 { from.bool() } else { true },
            topics: from.array(|from| ReassignableTopic::fill(from, version)),
        }
    }
}

impl Request for AlterPartitionReassignmentsRequest {
    const KEY: ApiKey = ApiKey::AlterPartitionReassignments;
    type Response = AlterPartitionReassignmentsResponse;
}

/// `ReassignableTopic` of [`AlterPartitionReassignmentsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReassignableTopic {
    /// `Name`.
    pub name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<ReassignablePartition>,
}

impl ReassignableTopic {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            name: input.string(true)?,
            partitions: input.array(true, 6, |input| ReassignablePartition::decode(input, version))?,
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
            partitions: from.array(|from| ReassignablePartition::fill(from, version)),
        }
    }
}

/// `ReassignablePartition` of [`AlterPartitionReassignmentsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReassignablePartition {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `Replicas`; may be null.
    pub replicas: Option<Vec<i32>>,
}

impl ReassignablePartition {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            partition_index: input.int32()?,
            replicas: input.nullable_array(true, 4, |input| input.int32())?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.partition_index);
        out.nullable_array(self.replicas.as_deref(), true, |out, it| out.int32(*it));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            replicas: from.option(|from| from.array(|from| from.int32())),
        }
    }
}

/// Kafka's `AlterPartitionReassignmentsResponse`, versions 0 to 1, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlterPartitionReassignmentsResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `AllowReplicationFactorChange`, from version 1.
    pub allow_replication_factor_change: bool,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ErrorMessage`; may be null.
    pub error_message: Option<ByteString>,
    /// `Responses`.
    pub responses: Vec<ReassignableTopicResponse>,
}

impl Default for AlterPartitionReassignmentsResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            allow_replication_factor_change: true,
            error_code: 0,
            error_message: None,
            responses: Vec::new(),
        }
    }
}

impl Message for AlterPartitionReassignmentsResponse {
    const NAME: &'static str = "AlterPartitionReassignmentsResponse";
    const VERSIONS: (i16, i16) = (0, 1);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            throttle_time_ms: input.int32()?,
            allow_replication_factor_change: if version >= 1 { input.bool()? } else { true },
            error_code: input.int16()?,
            error_message: input.nullable_string(true)?,
            responses: input.array(true, 3, |input| ReassignableTopicResponse::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.throttle_time_ms);
        if version >= 1 {
            out.bool(self.allow_replication_factor_change);
        }
        out.int16(self.error_code);
        out.nullable_string(self.error_message.as_deref(), true);
        out.array(&self.responses, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            allow_replication_factor_change: if version >= 1 { from.bool() } else { true },
            error_code: from.int16(),
            error_message: from.option(|from| from.string()),
            responses: from.array(|from| ReassignableTopicResponse::fill(from, version)),
        }
    }
}

impl Response for AlterPartitionReassignmentsResponse {
    const KEY: ApiKey = ApiKey::AlterPartitionReassignments;
}

/// `ReassignableTopicResponse` of [`AlterPartitionReassignmentsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReassignableTopicResponse {
    /// `Name`.
    pub name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<ReassignablePartitionResponse>,
}

impl ReassignableTopicResponse {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            name: input.string(true)?,
            partitions: input.array(true, 8, |input| ReassignablePartitionResponse::decode(input, version))?,
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
            partitions: from.array(|from| ReassignablePartitionResponse::fill(from, version)),
        }
    }
}

/// `ReassignablePartitionResponse` of [`AlterPartitionReassignmentsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReassignablePartitionResponse {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ErrorMessage`; may be null.
    pub error_message: Option<ByteString>,
}

impl ReassignablePartitionResponse {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            partition_index: input.int32()?,
            error_code: input.int16()?,
            error_message: input.nullable_string(true)?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.partition_index);
        out.int16(self.error_code);
        out.nullable_string(self.error_message.as_deref(), true);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            error_code: from.int16(),
            error_message: from.option(|from| from.string()),
        }
    }
}
