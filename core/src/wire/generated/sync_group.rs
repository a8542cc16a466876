//! `SyncGroupRequest` and `SyncGroupResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytes::Bytes;
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `SyncGroupRequest` (key 14), versions 0 to 5, flexible from 4.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SyncGroupRequest {
    /// `GroupId`.
    pub group_id: ByteString,
    /// `GenerationId`.
    pub generation_id: i32,
    /// `MemberId`.
    pub member_id: ByteString,
    /// `GroupInstanceId`, from version 3; may be null.
    pub group_instance_id: Option<ByteString>,
    /// `ProtocolType`, from version 5; may be null.
    pub protocol_type: Option<ByteString>,
    /// `ProtocolName`, from version 5; may be null.
    pub protocol_name: Option<ByteString>,
    /// `Assignments`.
    pub assignments: Vec<SyncGroupRequestAssignment>,
}

impl Message for SyncGroupRequest {
    const NAME: &'static str = "SyncGroupRequest";
    const VERSIONS: (i16, i16) = (0, 5);
    const FLEXIBLE_FROM: Option<i16> = Some(4);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            group_id: input.string(flexible)?,
            generation_id: input.int32()?,
            member_id: input.string(flexible)?,
            group_instance_id: if version >= 3 { input.nullable_string(flexible)? } else { None },
            protocol_type: if version >= 5 { input.nullable_string(true)? } else { None },
            protocol_name: if version >= 5 { input.nullable_string(true)? } else { None },
            assignments: input.array(flexible, 3, |input| SyncGroupRequestAssignment::decode(input, version))?,
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
        if version >= 5 {
            out.nullable_string(self.protocol_type.as_deref(), true);
        }
        if version >= 5 {
            out.nullable_string(self.protocol_name.as_deref(), true);
        }
        out.array(&self.assignments, flexible, |out, it| it.encode(out, version));
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
            protocol_type: if version >= 5 { from.option(|from| from.string()) } else { None },
            protocol_name: if version >= 5 { from.option(|from| from.string()) } else { None },
            assignments: from.array(|from| SyncGroupRequestAssignment::fill(from, version)),
        }
    }
}

impl Request for SyncGroupRequest {
    const KEY: ApiKey = ApiKey::SyncGroup;
    type Response = SyncGroupResponse;
}

/// `SyncGroupRequestAssignment` of [`SyncGroupRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SyncGroupRequestAssignment {
    /// `MemberId`.
    pub member_id: ByteString,
    /// `Assignment`.
    pub assignment: Bytes,
}

impl SyncGroupRequestAssignment {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            member_id: input.string(flexible)?,
            assignment: input.bytes(flexible)?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        out.string(&self.member_id, flexible);
        out.bytes(&self.assignment, flexible);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            member_id: from.string(),
            assignment: from.bytes(),
        }
    }
}

/// Kafka's `SyncGroupResponse`, versions 0 to 5, flexible from 4.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SyncGroupResponse {
    /// `ThrottleTimeMs`, from version 1.
    pub throttle_time_ms: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ProtocolType`, from version 5; may be null.
    pub protocol_type: Option<ByteString>,
    /// `ProtocolName`, from version 5; may be null.
    pub protocol_name: Option<ByteString>,
    /// `Assignment`.
    pub assignment: Bytes,
}

impl Message for SyncGroupResponse {
    const NAME: &'static str = "SyncGroupResponse";
    const VERSIONS: (i16, i16) = (0, 5);
    const FLEXIBLE_FROM: Option<i16> = Some(4);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            throttle_time_ms: if version >= 1 { input.int32()? } else { 0 },
            error_code: input.int16()?,
            protocol_type: if version >= 5 { input.nullable_string(true)? } else { None },
            protocol_name: if version >= 5 { input.nullable_string(true)? } else { None },
            assignment: input.bytes(flexible)?,
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
        if version >= 5 {
            out.nullable_string(self.protocol_type.as_deref(), true);
        }
        if version >= 5 {
            out.nullable_string(self.protocol_name.as_deref(), true);
        }
        out.bytes(&self.assignment, flexible);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: if version >= 1 { from.int32() } else { 0 },
            error_code: from.int16(),
            protocol_type: if version >= 5 { from.option(|from| from.string()) } else { None },
            protocol_name: if version >= 5 { from.option(|from| from.string()) } else { None },
            assignment: from.bytes(),
        }
    }
}

impl Response for SyncGroupResponse {
    const KEY: ApiKey = ApiKey::SyncGroup;
}
