//! `DescribeProducersRequest` and `DescribeProducersResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `DescribeProducersRequest` (key 61), versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeProducersRequest {
    /// `Topics`.
    pub topics: Vec<TopicRequest>,
}

impl Message for DescribeProducersRequest {
    const NAME: &'static str = "DescribeProducersRequest";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            topics: input.array(true, 3, |input| TopicRequest::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.array(&self.topics, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topics: from.array(|from| TopicRequest::fill(from, version)),
        }
    }
}

impl Request for DescribeProducersRequest {
    const KEY: ApiKey = ApiKey::DescribeProducers;
    type Response = DescribeProducersResponse;
}

/// `TopicRequest` of [`DescribeProducersRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TopicRequest {
    /// `Name`.
    pub name: ByteString,
    /// `PartitionIndexes`.
    pub partition_indexes: Vec<i32>,
}

impl TopicRequest {
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

/// Kafka's `DescribeProducersResponse`, versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeProducersResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `Topics`.
    pub topics: Vec<TopicResponse>,
}

impl Message for DescribeProducersResponse {
    const NAME: &'static str = "DescribeProducersResponse";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            throttle_time_ms: input.int32()?,
            topics: input.array(true, 3, |input| TopicResponse::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.throttle_time_ms);
        out.array(&self.topics, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            topics: from.array(|from| TopicResponse::fill(from, version)),
        }
    }
}

impl Response for DescribeProducersResponse {
    const KEY: ApiKey = ApiKey::DescribeProducers;
}

/// `TopicResponse` of [`DescribeProducersResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TopicResponse {
    /// `Name`.
    pub name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<PartitionResponse>,
}

impl TopicResponse {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            name: input.string(true)?,
            partitions: input.array(true, 9, |input| PartitionResponse::decode(input, version))?,
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
            partitions: from.array(|from| PartitionResponse::fill(from, version)),
        }
    }
}

/// `PartitionResponse` of [`DescribeProducersResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PartitionResponse {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ErrorMessage`; may be null.
    pub error_message: Option<ByteString>,
    /// `ActiveProducers`.
    pub active_producers: Vec<ProducerState>,
}

impl PartitionResponse {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            partition_index: input.int32()?,
            error_code: input.int16()?,
            error_message: input.nullable_string(true)?,
            active_producers: input.array(true, 37, |input| ProducerState::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.partition_index);
        out.int16(self.error_code);
        out.nullable_string(self.error_message.as_deref(), true);
        out.array(&self.active_producers, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            error_code: from.int16(),
            error_message: from.option(|from| from.string()),
            active_producers: from.array(|from| ProducerState::fill(from, version)),
        }
    }
}

/// `ProducerState` of [`DescribeProducersResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProducerState {
    /// `ProducerId`.
    pub producer_id: i64,
    /// `ProducerEpoch`.
    pub producer_epoch: i32,
    /// `LastSequence`.
    pub last_sequence: i32,
    /// `LastTimestamp`.
    pub last_timestamp: i64,
    /// `CoordinatorEpoch`.
    pub coordinator_epoch: i32,
    /// `CurrentTxnStartOffset`.
    pub current_txn_start_offset: i64,
}

impl Default for ProducerState {
    fn default() -> Self {
        Self {
            producer_id: 0,
            producer_epoch: 0,
            last_sequence: -1,
            last_timestamp: -1,
            coordinator_epoch: 0,
            current_txn_start_offset: -1,
        }
    }
}

impl ProducerState {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            producer_id: input.int64()?,
            producer_epoch: input.int32()?,
            last_sequence: input.int32()?,
            last_timestamp: input.int64()?,
            coordinator_epoch: input.int32()?,
            current_txn_start_offset: input.int64()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int64(self.producer_id);
        out.int32(self.producer_epoch);
        out.int32(self.last_sequence);
        out.int64(self.last_timestamp);
        out.int32(self.coordinator_epoch);
        out.int64(self.current_txn_start_offset);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            producer_id: from.int64(),
            producer_epoch: from.int32(),
            last_sequence: from.int32(),
            last_timestamp: from.int64(),
            coordinator_epoch: from.int32(),
            current_txn_start_offset: from.int64(),
        }
    }
}
