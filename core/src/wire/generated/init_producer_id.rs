//! `InitProducerIdRequest` and `InitProducerIdResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `InitProducerIdRequest` (key 22), versions 0 to 6, flexible from 2.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InitProducerIdRequest {
    /// `TransactionalId`; may be null.
    pub transactional_id: Option<ByteString>,
    /// `TransactionTimeoutMs`.
    pub transaction_timeout_ms: i32,
    /// `ProducerId`, from version 3.
    pub producer_id: i64,
    /// `ProducerEpoch`, from version 3.
    pub producer_epoch: i16,
    /// `Enable2Pc`, from version 6.
    pub enable2_pc: bool,
    /// `KeepPreparedTxn`, from version 6.
    pub keep_prepared_txn: bool,
}

impl Default for InitProducerIdRequest {
    fn default() -> Self {
        Self {
            transactional_id: None,
            transaction_timeout_ms: 0,
            producer_id: -1,
            producer_epoch: -1,
            enable2_pc: false,
            keep_prepared_txn: false,
        }
    }
}

impl Message for InitProducerIdRequest {
    const NAME: &'static str = "InitProducerIdRequest";
    const VERSIONS: (i16, i16) = (0, 6);
    const FLEXIBLE_FROM: Option<i16> = Some(2);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            transactional_id: input.nullable_string(flexible)?,
            transaction_timeout_ms: input.int32()?,
            producer_id: if version >= 3 { input.int64()? } else { -1 },
            producer_epoch: if version >= 3 { input.int16()? } else { -1 },
            enable2_pc: if version >= 6 { input.bool()? } else { false },
            keep_prepared_txn: if version >= 6 { input.bool()? } else { false },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.nullable_string(self.transactional_id.as_deref(), flexible);
        out.int32(self.transaction_timeout_ms);
        if version >= 3 {
            out.int64(self.producer_id);
        }
        if version >= 3 {
            out.int16(self.producer_epoch);
        }
        if version >= 6 {
            out.bool(self.enable2_pc);
        }
        if version >= 6 {
            out.bool(self.keep_prepared_txn);
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            transactional_id: from.option(|from| from.string()),
            transaction_timeout_ms: from.int32(),
            producer_id: if version >= 3 { from.int64() } else { -1 },
            producer_epoch: if version >= 3 { from.int16() } else { -1 },
            enable2_pc: if version >= 6 { from.bool() } else { false },
            keep_prepared_txn: if version >= 6 { from.bool() } else { false },
        }
    }
}

impl Request for InitProducerIdRequest {
    const KEY: ApiKey = ApiKey::InitProducerId;
    type Response = InitProducerIdResponse;
}

/// Kafka's `InitProducerIdResponse`, versions 0 to 6, flexible from 2.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InitProducerIdResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ProducerId`.
    pub producer_id: i64,
    /// `ProducerEpoch`.
    pub producer_epoch: i16,
    /// `OngoingTxnProducerId`, from version 6.
    pub ongoing_txn_producer_id: i64,
    /// `OngoingTxnProducerEpoch`, from version 6.
    pub ongoing_txn_producer_epoch: i16,
}

impl Default for InitProducerIdResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            producer_id: -1,
            producer_epoch: 0,
            ongoing_txn_producer_id: -1,
            ongoing_txn_producer_epoch: -1,
        }
    }
}

impl Message for InitProducerIdResponse {
    const NAME: &'static str = "InitProducerIdResponse";
    const VERSIONS: (i16, i16) = (0, 6);
    const FLEXIBLE_FROM: Option<i16> = Some(2);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            throttle_time_ms: input.int32()?,
            error_code: input.int16()?,
            producer_id: input.int64()?,
            producer_epoch: input.int16()?,
            ongoing_txn_producer_id: if version >= 6 { input.int64()? } else { -1 },
            ongoing_txn_producer_epoch: if version >= 6 { input.int16()? } else { -1 },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.int32(self.throttle_time_ms);
        out.int16(self.error_code);
        out.int64(self.producer_id);
        out.int16(self.producer_epoch);
        if version >= 6 {
            out.int64(self.ongoing_txn_producer_id);
        }
        if version >= 6 {
            out.int16(self.ongoing_txn_producer_epoch);
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            error_code: from.int16(),
            producer_id: from.int64(),
            producer_epoch: from.int16(),
            ongoing_txn_producer_id: if version >= 6 { from.int64() } else { -1 },
            ongoing_txn_producer_epoch: if version >= 6 { from.int16() } else { -1 },
        }
    }
}

impl Response for InitProducerIdResponse {
    const KEY: ApiKey = ApiKey::InitProducerId;
}
