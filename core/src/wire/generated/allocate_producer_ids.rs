//! `AllocateProducerIdsRequest` and `AllocateProducerIdsResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `AllocateProducerIdsRequest` (key 67), versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AllocateProducerIdsRequest {
    /// `BrokerId`.
    pub broker_id: i32,
    /// `BrokerEpoch`.
    pub broker_epoch: i64,
}

impl Default for AllocateProducerIdsRequest {
    fn default() -> Self {
        Self {
            broker_id: 0,
            broker_epoch: -1,
        }
    }
}

impl Message for AllocateProducerIdsRequest {
    const NAME: &'static str = "AllocateProducerIdsRequest";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            broker_id: input.int32()?,
            broker_epoch: input.int64()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.broker_id);
        out.int64(self.broker_epoch);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            broker_id: from.int32(),
            broker_epoch: from.int64(),
        }
    }
}

impl Request for AllocateProducerIdsRequest {
    const KEY: ApiKey = ApiKey::AllocateProducerIds;
    type Response = AllocateProducerIdsResponse;
}

/// Kafka's `AllocateProducerIdsResponse`, versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AllocateProducerIdsResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ProducerIdStart`.
    pub producer_id_start: i64,
    /// `ProducerIdLen`.
    pub producer_id_len: i32,
}

impl Message for AllocateProducerIdsResponse {
    const NAME: &'static str = "AllocateProducerIdsResponse";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            throttle_time_ms: input.int32()?,
            error_code: input.int16()?,
            producer_id_start: input.int64()?,
            producer_id_len: input.int32()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.throttle_time_ms);
        out.int16(self.error_code);
        out.int64(self.producer_id_start);
        out.int32(self.producer_id_len);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            error_code: from.int16(),
            producer_id_start: from.int64(),
            producer_id_len: from.int32(),
        }
    }
}

impl Response for AllocateProducerIdsResponse {
    const KEY: ApiKey = ApiKey::AllocateProducerIds;
}
