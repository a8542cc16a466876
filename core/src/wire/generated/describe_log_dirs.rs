//! `DescribeLogDirsRequest` and `DescribeLogDirsResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `DescribeLogDirsRequest` (key 35), versions 1 to 5, flexible from 2.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeLogDirsRequest {
    /// `Topics`; may be null.
    pub topics: Option<Vec<DescribableLogDirTopic>>,
}

impl Message for DescribeLogDirsRequest {
    const NAME: &'static str = "DescribeLogDirsRequest";
    const VERSIONS: (i16, i16) = (1, 5);
    const FLEXIBLE_FROM: Option<i16> = Some(2);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            topics: input.nullable_array(flexible, 3, |input| DescribableLogDirTopic::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.nullable_array(self.topics.as_deref(), flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topics: from.option(|from| from.array(|from| DescribableLogDirTopic::fill(from, version))),
        }
    }
}

impl Request for DescribeLogDirsRequest {
    const KEY: ApiKey = ApiKey::DescribeLogDirs;
    type Response = DescribeLogDirsResponse;
}

/// `DescribableLogDirTopic` of [`DescribeLogDirsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribableLogDirTopic {
    /// `Topic`.
    pub topic: ByteString,
    /// `Partitions`.
    pub partitions: Vec<i32>,
}

impl DescribableLogDirTopic {
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

/// Kafka's `DescribeLogDirsResponse`, versions 1 to 5, flexible from 2.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeLogDirsResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `ErrorCode`, from version 3.
    pub error_code: i16,
    /// `Results`.
    pub results: Vec<DescribeLogDirsResult>,
}

impl Message for DescribeLogDirsResponse {
    const NAME: &'static str = "DescribeLogDirsResponse";
    const VERSIONS: (i16, i16) = (1, 5);
    const FLEXIBLE_FROM: Option<i16> = Some(2);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            throttle_time_ms: input.int32()?,
            error_code: if version >= 3 { input.int16()? } else { 0 },
            results: input.array(flexible, 5, |input| DescribeLogDirsResult::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.int32(self.throttle_time_ms);
        if version >= 3 {
            out.int16(self.error_code);
        }
        out.array(&self.results, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            error_code: if version >= 3 { from.int16() } else { 0 },
            results: from.array(|from| DescribeLogDirsResult::fill(from, version)),
        }
    }
}

impl Response for DescribeLogDirsResponse {
    const KEY: ApiKey = ApiKey::DescribeLogDirs;
}

/// `DescribeLogDirsResult` of [`DescribeLogDirsResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DescribeLogDirsResult {
    /// `ErrorCode`.
    pub error_code: i16,
    /// `LogDir`.
    pub log_dir: ByteString,
    /// `Topics`.
    pub topics: Vec<DescribeLogDirsTopic>,
    /// `TotalBytes`, from version 4.
    pub total_bytes: i64,
    /// `UsableBytes`, from version 4.
    pub usable_bytes: i64,
    /// `IsCordoned`, from version 5.
    pub is_cordoned: bool,
}

impl Default for DescribeLogDirsResult {
    fn default() -> Self {
        Self {
            error_code: 0,
            log_dir: ByteString::new(),
            topics: Vec::new(),
            total_bytes: -1,
            usable_bytes: -1,
            is_cordoned: false,
        }
    }
}

impl DescribeLogDirsResult {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            error_code: input.int16()?,
            log_dir: input.string(flexible)?,
            topics: input.array(flexible, 3, |input| DescribeLogDirsTopic::decode(input, version))?,
            total_bytes: if version >= 4 { input.int64()? } else { -1 },
            usable_bytes: if version >= 4 { input.int64()? } else { -1 },
            is_cordoned: if version >= 5 { input.bool()? } else { false },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.int16(self.error_code);
        out.string(&self.log_dir, flexible);
        out.array(&self.topics, flexible, |out, it| it.encode(out, version));
        if version >= 4 {
            out.int64(self.total_bytes);
        }
        if version >= 4 {
            out.int64(self.usable_bytes);
        }
        if version >= 5 {
            out.bool(self.is_cordoned);
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            error_code: from.int16(),
            log_dir: from.string(),
            topics: from.array(|from| DescribeLogDirsTopic::fill(from, version)),
            total_bytes: if version >= 4 { from.int64() } else { -1 },
            usable_bytes: if version >= 4 { from.int64() } else { -1 },
            is_cordoned: if version >= 5 { from.bool() } else { false },
        }
    }
}

/// `DescribeLogDirsTopic` of [`DescribeLogDirsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeLogDirsTopic {
    /// `Name`.
    pub name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<DescribeLogDirsPartition>,
}

impl DescribeLogDirsTopic {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            name: input.string(flexible)?,
            partitions: input.array(flexible, 21, |input| DescribeLogDirsPartition::decode(input, version))?,
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
            partitions: from.array(|from| DescribeLogDirsPartition::fill(from, version)),
        }
    }
}

/// `DescribeLogDirsPartition` of [`DescribeLogDirsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeLogDirsPartition {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `PartitionSize`.
    pub partition_size: i64,
    /// `OffsetLag`.
    pub offset_lag: i64,
    /// `IsFutureKey`.
    pub is_future_key: bool,
}

impl DescribeLogDirsPartition {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            partition_index: input.int32()?,
            partition_size: input.int64()?,
            offset_lag: input.int64()?,
            is_future_key: input.bool()?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.int32(self.partition_index);
        out.int64(self.partition_size);
        out.int64(self.offset_lag);
        out.bool(self.is_future_key);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            partition_size: from.int64(),
            offset_lag: from.int64(),
            is_future_key: from.bool(),
        }
    }
}
