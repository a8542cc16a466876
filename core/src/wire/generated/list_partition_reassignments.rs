//! `ListPartitionReassignmentsRequest` and `ListPartitionReassignmentsResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `ListPartitionReassignmentsRequest` (key 46), versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListPartitionReassignmentsRequest {
    /// `TimeoutMs`.
    pub timeout_ms: i32,
    /// `Topics`; may be null.
    pub topics: Option<Vec<ListPartitionReassignmentsTopics>>,
}

impl Default for ListPartitionReassignmentsRequest {
    fn default() -> Self {
        Self {
            timeout_ms: 60000,
            topics: None,
        }
    }
}

impl Message for ListPartitionReassignmentsRequest {
    const NAME: &'static str = "ListPartitionReassignmentsRequest";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            timeout_ms: input.int32()?,
            topics: input.nullable_array(true, 3, |input| ListPartitionReassignmentsTopics::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.timeout_ms);
        out.nullable_array(self.topics.as_deref(), true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            timeout_ms: from.int32(),
            topics: from.option(|from| from.array(|from| ListPartitionReassignmentsTopics::fill(from, version))),
        }
    }
}

impl Request for ListPartitionReassignmentsRequest {
    const KEY: ApiKey = ApiKey::ListPartitionReassignments;
    type Response = ListPartitionReassignmentsResponse;
}

/// `ListPartitionReassignmentsTopics` of [`ListPartitionReassignmentsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ListPartitionReassignmentsTopics {
    /// `Name`.
    pub name: ByteString,
    /// `PartitionIndexes`.
    pub partition_indexes: Vec<i32>,
}

impl ListPartitionReassignmentsTopics {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            name: input.string(true)?,
            partition_indexes: input.array(true, 4, |input| input.int32())?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.name, true);
        out.array(&self.partition_indexes, true, |out, it| out.int32(*it));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            name: from.string(),
            partition_indexes: from.array(|from| from.int32()),
        }
    }
}

/// Kafka's `ListPartitionReassignmentsResponse`, versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ListPartitionReassignmentsResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ErrorMessage`; may be null.
    pub error_message: Option<ByteString>,
    /// `Topics`.
    pub topics: Vec<OngoingTopicReassignment>,
}

impl Message for ListPartitionReassignmentsResponse {
    const NAME: &'static str = "ListPartitionReassignmentsResponse";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            throttle_time_ms: input.int32()?,
            error_code: input.int16()?,
            error_message: input.nullable_string(true)?,
            topics: input.array(true, 3, |input| OngoingTopicReassignment::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.throttle_time_ms);
        out.int16(self.error_code);
        out.nullable_string(self.error_message.as_deref(), true);
        out.array(&self.topics, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            error_code: from.int16(),
            error_message: from.option(|from| from.string()),
            topics: from.array(|from| OngoingTopicReassignment::fill(from, version)),
        }
    }
}

impl Response for ListPartitionReassignmentsResponse {
    const KEY: ApiKey = ApiKey::ListPartitionReassignments;
}

/// `OngoingTopicReassignment` of [`ListPartitionReassignmentsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OngoingTopicReassignment {
    /// `Name`.
    pub name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<OngoingPartitionReassignment>,
}

impl OngoingTopicReassignment {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            name: input.string(true)?,
            partitions: input.array(true, 8, |input| OngoingPartitionReassignment::decode(input, version))?,
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
            partitions: from.array(|from| OngoingPartitionReassignment::fill(from, version)),
        }
    }
}

/// `OngoingPartitionReassignment` of [`ListPartitionReassignmentsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OngoingPartitionReassignment {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `Replicas`.
    pub replicas: Vec<i32>,
    /// `AddingReplicas`.
    pub adding_replicas: Vec<i32>,
    /// `RemovingReplicas`.
    pub removing_replicas: Vec<i32>,
}

impl OngoingPartitionReassignment {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            partition_index: input.int32()?,
            replicas: input.array(true, 4, |input| input.int32())?,
            adding_replicas: input.array(true, 4, |input| input.int32())?,
            removing_replicas: input.array(true, 4, |input| input.int32())?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.partition_index);
        out.array(&self.replicas, true, |out, it| out.int32(*it));
        out.array(&self.adding_replicas, true, |out, it| out.int32(*it));
        out.array(&self.removing_replicas, true, |out, it| out.int32(*it));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            replicas: from.array(|from| from.int32()),
            adding_replicas: from.array(|from| from.int32()),
            removing_replicas: from.array(|from| from.int32()),
        }
    }
}
