//! `ElectLeadersRequest` and `ElectLeadersResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `ElectLeadersRequest` (key 43), versions 0 to 2, flexible from 2.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ElectLeadersRequest {
    /// `ElectionType`, from version 1.
    pub election_type: i8,
    /// `TopicPartitions`; may be null.
    pub topic_partitions: Option<Vec<TopicPartitions>>,
    /// `TimeoutMs`.
    pub timeout_ms: i32,
}

impl Default for ElectLeadersRequest {
    fn default() -> Self {
        Self {
            election_type: 0,
            topic_partitions: None,
            timeout_ms: 60000,
        }
    }
}

impl Message for ElectLeadersRequest {
    const NAME: &'static str = "ElectLeadersRequest";
    const VERSIONS: (i16, i16) = (0, 2);
    const FLEXIBLE_FROM: Option<i16> = Some(2);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            election_type: if version >= 1 { input.int8()? } else { 0 },
            topic_partitions: input.nullable_array(flexible, 3, |input| TopicPartitions::decode(input, version))?,
            timeout_ms: input.int32()?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        if version >= 1 {
            out.int8(self.election_type);
        }
        out.nullable_array(self.topic_partitions.as_deref(), flexible, |out, it| it.encode(out, version));
        out.int32(self.timeout_ms);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            election_type: if version >= 1 { from.int8() } else { 0 },
            topic_partitions: from.option(|from| from.array(|from| TopicPartitions::fill(from, version))),
            timeout_ms: from.int32(),
        }
    }
}

impl Request for ElectLeadersRequest {
    const KEY: ApiKey = ApiKey::ElectLeaders;
    type Response = ElectLeadersResponse;
}

/// `TopicPartitions` of [`ElectLeadersRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TopicPartitions {
    /// `Topic`.
    pub topic: ByteString,
    /// `Partitions`.
    pub partitions: Vec<i32>,
}

impl TopicPartitions {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            topic: input.string(flexible)?,
            partitions: input.array(flexible, 4, |input| input.int32())?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.string(&self.topic, flexible);
        out.array(&self.partitions, flexible, |out, it| out.int32(*it));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            topic: from.string(),
            partitions: from.array(|from| from.int32()),
        }
    }
}

/// Kafka's `ElectLeadersResponse`, versions 0 to 2, flexible from 2.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ElectLeadersResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `ErrorCode`, from version 1.
    pub error_code: i16,
    /// `ReplicaElectionResults`.
    pub replica_election_results: Vec<ReplicaElectionResult>,
}

impl Message for ElectLeadersResponse {
    const NAME: &'static str = "ElectLeadersResponse";
    const VERSIONS: (i16, i16) = (0, 2);
    const FLEXIBLE_FROM: Option<i16> = Some(2);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            throttle_time_ms: input.int32()?,
            error_code: if version >= 1 { input.int16()? } else { 0 },
            replica_election_results: input.array(flexible, 3, |input| ReplicaElectionResult::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.int32(self.throttle_time_ms);
        if version >= 1 {
            out.int16(self.error_code);
        }
        out.array(&self.replica_election_results, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            error_code: if version >= 1 { from.int16() } else { 0 },
            replica_election_results: from.array(|from| ReplicaElectionResult::fill(from, version)),
        }
    }
}

impl Response for ElectLeadersResponse {
    const KEY: ApiKey = ApiKey::ElectLeaders;
}

/// `ReplicaElectionResult` of [`ElectLeadersResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReplicaElectionResult {
    /// `Topic`.
    pub topic: ByteString,
    /// `PartitionResult`.
    pub partition_result: Vec<PartitionResult>,
}

impl ReplicaElectionResult {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            topic: input.string(flexible)?,
            partition_result: input.array(flexible, 8, |input| PartitionResult::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.string(&self.topic, flexible);
        out.array(&self.partition_result, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topic: from.string(),
            partition_result: from.array(|from| PartitionResult::fill(from, version)),
        }
    }
}

/// `PartitionResult` of [`ElectLeadersResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PartitionResult {
    /// `PartitionId`.
    pub partition_id: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ErrorMessage`; may be null.
    pub error_message: Option<ByteString>,
}

impl PartitionResult {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            partition_id: input.int32()?,
            error_code: input.int16()?,
            error_message: input.nullable_string(flexible)?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.int32(self.partition_id);
        out.int16(self.error_code);
        out.nullable_string(self.error_message.as_deref(), flexible);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            partition_id: from.int32(),
            error_code: from.int16(),
            error_message: from.option(|from| from.string()),
        }
    }
}
