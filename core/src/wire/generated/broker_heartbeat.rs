//! `BrokerHeartbeatRequest` and `BrokerHeartbeatResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `BrokerHeartbeatRequest` (key 63), versions 0 to 2, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BrokerHeartbeatRequest {
    /// `BrokerId`.
    pub broker_id: i32,
    /// `BrokerEpoch`.
    pub broker_epoch: i64,
    /// `CurrentMetadataOffset`.
    pub current_metadata_offset: i64,
    /// `WantFence`.
    pub want_fence: bool,
    /// `WantShutDown`.
    pub want_shut_down: bool,
    /// `OfflineLogDirs`, from version 1, tag 0.
    pub offline_log_dirs: Vec<Uuid>,
    /// `CordonedLogDirs`, from version 2, tag 1; may be null.
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
}

impl Default for BrokerHeartbeatRequest {
    fn default() -> Self {
        Self {
            broker_id: 0,
            broker_epoch: -1,
            current_metadata_offset: 0,
            want_fence: false,
            want_shut_down: false,
            offline_log_dirs: Vec::new(),
            cordoned_log_dirs: None,
        }
    }
}

impl Message for BrokerHeartbeatRequest {
    const NAME: &'static str = "BrokerHeartbeatRequest";
    const VERSIONS: (i16, i16) = (0, 2);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let mut this = Self {
            broker_id: input.int32()?,
            broker_epoch: input.int64()?,
            current_metadata_offset: input.int64()?,
            want_fence: input.bool()?,
            want_shut_down: input.bool()?,
            offline_log_dirs: Vec::new(),
            cordoned_log_dirs: None,
        };
        input.tags(|input, tag| {
            match tag {
                0 if version >= 1 => this.offline_log_dirs = input.array(true, 16, |input| input.uuid())?,
                1 if version >= 2 => this.cordoned_log_dirs = input.nullable_array(true, 16, |input| input.uuid())?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.broker_id);
        out.int64(self.broker_epoch);
        out.int64(self.current_metadata_offset);
        out.bool(self.want_fence);
        out.bool(self.want_shut_down);
        let has_0 = version >= 1 && !self.offline_log_dirs.is_empty();
        let has_1 = version >= 2 && self.cordoned_log_dirs.is_some();
        out.tag_count(u32::from(has_0) + u32::from(has_1));
        if has_0 {
            out.tag(0, |out| out.array(&self.offline_log_dirs, true, |out, it| out.uuid(*it)));
        }
        if has_1 {
            out.tag(1, |out| out.nullable_array(self.cordoned_log_dirs.as_deref(), true, |out, it| out.uuid(*it)));
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            broker_id: from.int32(),
            broker_epoch: from.int64(),
            current_metadata_offset: from.int64(),
            want_fence: from.bool(),
            want_shut_down: from.bool(),
            offline_log_dirs: if version >= 1 { from.array(|from| from.uuid()) } else { Vec::new() },
            cordoned_log_dirs: if version >= 2 { from.option(|from| from.array(|from| from.uuid())) } else { None },
        }
    }
}

impl Request for BrokerHeartbeatRequest {
    const KEY: ApiKey = ApiKey::BrokerHeartbeat;
    type Response = BrokerHeartbeatResponse;
}

/// Kafka's `BrokerHeartbeatResponse`, versions 0 to 2, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BrokerHeartbeatResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `IsCaughtUp`.
    pub is_caught_up: bool,
    /// `IsFenced`.
    pub is_fenced: bool,
    /// `ShouldShutDown`.
    pub should_shut_down: bool,
}

impl Default for BrokerHeartbeatResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            is_caught_up: false,
            is_fenced: true,
            should_shut_down: false,
        }
    }
}

impl Message for BrokerHeartbeatResponse {
    const NAME: &'static str = "BrokerHeartbeatResponse";
    const VERSIONS: (i16, i16) = (0, 2);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            throttle_time_ms: input.int32()?,
            error_code: input.int16()?,
            is_caught_up: input.bool()?,
            is_fenced: input.bool()?,
            should_shut_down: input.bool()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.throttle_time_ms);
        out.int16(self.error_code);
        out.bool(self.is_caught_up);
        out.bool(self.is_fenced);
        out.bool(self.should_shut_down);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            error_code: from.int16(),
            is_caught_up: from.bool(),
            is_fenced: from.bool(),
            should_shut_down: from.bool(),
        }
    }
}

impl Response for BrokerHeartbeatResponse {
    const KEY: ApiKey = ApiKey::BrokerHeartbeat;
}
