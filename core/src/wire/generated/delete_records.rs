//! `DeleteRecordsRequest` and `DeleteRecordsResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `DeleteRecordsRequest` (key 21), versions 0 to 2, flexible from 2.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeleteRecordsRequest {
    /// `Topics`.
    pub topics: Vec<DeleteRecordsTopic>,
    /// `TimeoutMs`.
    pub timeout_ms: i32,
}

impl Message for DeleteRecordsRequest {
    const NAME: &'static str = "DeleteRecordsRequest";
    const VERSIONS: (i16, i16) = (0, 2);
    const FLEXIBLE_FROM: Option<i16> = Some(2);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            topics: input.array(flexible, 3, |input| DeleteRecordsTopic::decode(input, version))?,
            timeout_ms: input.int32()?,
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
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topics: from.array(|from| DeleteRecordsTopic::fill(from, version)),
            timeout_ms: from.int32(),
        }
    }
}

impl Request for DeleteRecordsRequest {
    const KEY: ApiKey = ApiKey::DeleteRecords;
    type Response = DeleteRecordsResponse;
}

/// `DeleteRecordsTopic` of [`DeleteRecordsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeleteRecordsTopic {
    /// `Name`.
    pub name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<DeleteRecordsPartition>,
}

impl DeleteRecordsTopic {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            name: input.string(flexible)?,
            partitions: input.array(flexible, 12, |input| DeleteRecordsPartition::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.string(&self.name, flexible);
        out.array(&self.partitions, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            name: from.string(),
            partitions: from.array(|from| DeleteRecordsPartition::fill(from, version)),
        }
    }
}

/// `DeleteRecordsPartition` of [`DeleteRecordsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeleteRecordsPartition {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `Offset`.
    pub offset: i64,
}

impl DeleteRecordsPartition {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            partition_index: input.int32()?,
            offset: input.int64()?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.int32(self.partition_index);
        out.int64(self.offset);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            offset: from.int64(),
        }
    }
}

/// Kafka's `DeleteRecordsResponse`, versions 0 to 2, flexible from 2.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeleteRecordsResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `Topics`.
    pub topics: Vec<DeleteRecordsTopicResult>,
}

impl Message for DeleteRecordsResponse {
    const NAME: &'static str = "DeleteRecordsResponse";
    const VERSIONS: (i16, i16) = (0, 2);
    const FLEXIBLE_FROM: Option<i16> = Some(2);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            throttle_time_ms: input.int32()?,
            topics: input.array(flexible, 3, |input| DeleteRecordsTopicResult::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
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
            topics: from.array(|from| DeleteRecordsTopicResult::fill(from, version)),
        }
    }
}

impl Response for DeleteRecordsResponse {
    const KEY: ApiKey = ApiKey::DeleteRecords;
}

/// `DeleteRecordsTopicResult` of [`DeleteRecordsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeleteRecordsTopicResult {
    /// `Name`.
    pub name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<DeleteRecordsPartitionResult>,
}

impl DeleteRecordsTopicResult {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            name: input.string(flexible)?,
            partitions: input.array(flexible, 14, |input| DeleteRecordsPartitionResult::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.string(&self.name, flexible);
        out.array(&self.partitions, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            name: from.string(),
            partitions: from.array(|from| DeleteRecordsPartitionResult::fill(from, version)),
        }
    }
}

/// `DeleteRecordsPartitionResult` of [`DeleteRecordsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeleteRecordsPartitionResult {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `LowWatermark`.
    pub low_watermark: i64,
    /// `ErrorCode`.
    pub error_code: i16,
}

impl DeleteRecordsPartitionResult {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            partition_index: input.int32()?,
            low_watermark: input.int64()?,
            error_code: input.int16()?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.int32(self.partition_index);
        out.int64(self.low_watermark);
        out.int16(self.error_code);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            low_watermark: from.int64(),
            error_code: from.int16(),
        }
    }
}
