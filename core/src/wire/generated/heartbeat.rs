//! `HeartbeatRequest` and `HeartbeatResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `HeartbeatRequest` (key 12), versions 0 to 4, flexible from 4.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HeartbeatRequest {
    /// `GroupId`.
    pub group_id: ByteString,
    /// `GenerationId`.
    pub generation_id: i32,
    /// `MemberId`.
    pub member_id: ByteString,
    /// `GroupInstanceId`, from version 3; may be null.
    pub group_instance_id: Option<ByteString>,
}

impl Message for HeartbeatRequest {
    const NAME: &'static str = "HeartbeatRequest";
    const VERSIONS: (i16, i16) = (0, 4);
    const FLEXIBLE_FROM: Option<i16> = Some(4);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            group_id: input.string(flexible)?,
            generation_id: input.int32()?,
            member_id: input.string(flexible)?,
            group_instance_id: if version >= 3 { input.nullable_string(flexible)? } else { None },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        out.string(&self.group_id, flexible);
        out.int32(self.generation_id);
        out.string(&self.member_id, flexible);
        if version >= 3 {
            out.nullable_string(self.group_instance_id.as_deref(), flexible);
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            group_id: from.string(),
            generation_id: from.int32(),
            member_id: from.string(),
            group_instance_id: if version >= 3 { from.option(|from| from.string()) } else { None },
        }
    }
}

impl Request for HeartbeatRequest {
    const KEY: ApiKey = ApiKey::Heartbeat;
    type Response = HeartbeatResponse;
}

/// Kafka's `HeartbeatResponse`, versions 0 to 4, flexible from 4.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HeartbeatResponse {
    /// `ThrottleTimeMs`, from version 1.
    pub throttle_time_ms: i32,
    /// `ErrorCode`.
    pub error_code: i16,
}

impl Message for HeartbeatResponse {
    const NAME: &'static str = "HeartbeatResponse";
    const VERSIONS: (i16, i16) = (0, 4);
    const FLEXIBLE_FROM: Option<i16> = Some(4);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            throttle_time_ms: if version >= 1 { input.int32()? } else { 0 },
            error_code: input.int16()?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        if version >= 1 {
            out.int32(self.throttle_time_ms);
        }
        out.int16(self.error_code);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: if version >= 1 { from.int32() } else { 0 },
            error_code: from.int16(),
        }
    }
}

impl Response for HeartbeatResponse {
    const KEY: ApiKey = ApiKey::Heartbeat;
}
