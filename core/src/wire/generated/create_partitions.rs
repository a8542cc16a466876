//! `CreatePartitionsRequest` and `CreatePartitionsResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `CreatePartitionsRequest` (key 37), versions 0 to 3, flexible from 2.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CreatePartitionsRequest {
    /// `Topics`.
    pub topics: Vec<CreatePartitionsTopic>,
    /// `TimeoutMs`.
    pub timeout_ms: i32,
    /// `ValidateOnly`.
    pub validate_only: bool,
}

impl Message for CreatePartitionsRequest {
    const NAME: &'static str = "CreatePartitionsRequest";
    const VERSIONS: (i16, i16) = (0, 3);
    const FLEXIBLE_FROM: Option<i16> = Some(2);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            topics: input.array(flexible, 7, |input| CreatePartitionsTopic::decode(input, version))?,
            timeout_ms: input.int32()?,
            validate_only: input.bool()?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
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
            topics: from.array(|from| CreatePartitionsTopic::fill(from, version)),
            timeout_ms: from.int32(),
            validate_only: from.bool(),
        }
    }
}

impl Request for CreatePartitionsRequest {
    const KEY: ApiKey = ApiKey::CreatePartitions;
    type Response = CreatePartitionsResponse;
}

/// `CreatePartitionsTopic` of [`CreatePartitionsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CreatePartitionsTopic {
    /// `Name`.
    pub name: ByteString,
    /// `Count`.
    pub count: i32,
    /// `Assignments`; may be null.
    pub assignments: Option<Vec<CreatePartitionsAssignment>>,
}

impl CreatePartitionsTopic {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            name: input.string(flexible)?,
            count: input.int32()?,
            assignments: input.nullable_array(flexible, 2, |input| CreatePartitionsAssignment::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.string(&self.name, flexible);
        out.int32(self.count);
        out.nullable_array(self.assignments.as_deref(), flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            name: from.string(),
            count: from.int32(),
            assignments: from.option(|from| from.array(|from| CreatePartitionsAssignment::fill(from, version))),
        }
    }
}

/// `CreatePartitionsAssignment` of [`CreatePartitionsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CreatePartitionsAssignment {
    /// `BrokerIds`.
    pub broker_ids: Vec<i32>,
}

impl CreatePartitionsAssignment {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            broker_ids: input.array(flexible, 4, |input| input.int32())?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.array(&self.broker_ids, flexible, |out, it| out.int32(*it));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            broker_ids: from.array(|from| from.int32()),
        }
    }
}

/// Kafka's `CreatePartitionsResponse`, versions 0 to 3, flexible from 2.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CreatePartitionsResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `Results`.
    pub results: Vec<CreatePartitionsTopicResult>,
}

impl Message for CreatePartitionsResponse {
    const NAME: &'static str = "CreatePartitionsResponse";
    const VERSIONS: (i16, i16) = (0, 3);
    const FLEXIBLE_FROM: Option<i16> = Some(2);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            throttle_time_ms: input.int32()?,
            results: input.array(flexible, 5, |input| CreatePartitionsTopicResult::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.int32(self.throttle_time_ms);
        out.array(&self.results, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            results: from.array(|from| CreatePartitionsTopicResult::fill(from, version)),
        }
    }
}

impl Response for CreatePartitionsResponse {
    const KEY: ApiKey = ApiKey::CreatePartitions;
}

/// `CreatePartitionsTopicResult` of [`CreatePartitionsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CreatePartitionsTopicResult {
    /// `Name`.
    pub name: ByteString,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ErrorMessage`; may be null.
    pub error_message: Option<ByteString>,
}

impl CreatePartitionsTopicResult {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            name: input.string(flexible)?,
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
        out.string(&self.name, flexible);
        out.int16(self.error_code);
        out.nullable_string(self.error_message.as_deref(), flexible);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            name: from.string(),
            error_code: from.int16(),
            error_message: from.option(|from| from.string()),
        }
    }
}
