//! `LeaveGroupRequest` and `LeaveGroupResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `LeaveGroupRequest` (key 13), versions 0 to 5, flexible from 4.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LeaveGroupRequest {
    /// `GroupId`.
    pub group_id: ByteString,
    /// `MemberId`, to version 2.
    pub member_id: ByteString,
    /// `Members`, from version 3.
    pub members: Vec<MemberIdentity>,
}

impl Message for LeaveGroupRequest {
    const NAME: &'static str = "LeaveGroupRequest";
    const VERSIONS: (i16, i16) = (0, 5);
    const FLEXIBLE_FROM: Option<i16> = Some(4);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            group_id: input.string(flexible)?,
            member_id: if version <= 2 { input.string(false)? } else { ByteString::new() },
            members: if version >= 3 { input.array(flexible, 3, |input| MemberIdentity::decode(input, version))? } else { Vec::new() },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        out.string(&self.group_id, flexible);
        if version <= 2 {
            out.string(&self.member_id, false);
        }
        if version >= 3 {
            out.array(&self.members, flexible, |out, it| it.encode(out, version));
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            group_id: from.string(),
            member_id: if version <= 2 { from.string() } else { ByteString::new() },
            members: if version >= 3 { from.array(|from| MemberIdentity::fill(from, version)) } else { Vec::new() },
        }
    }
}

impl Request for LeaveGroupRequest {
    const KEY: ApiKey = ApiKey::LeaveGroup;
    type Response = LeaveGroupResponse;
}

/// `MemberIdentity` of [`LeaveGroupRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MemberIdentity {
    /// `MemberId`.
    pub member_id: ByteString,
    /// `GroupInstanceId`; may be null.
    pub group_instance_id: Option<ByteString>,
    /// `Reason`, from version 5; may be null.
    pub reason: Option<ByteString>,
}

impl MemberIdentity {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            member_id: input.string(flexible)?,
            group_instance_id: input.nullable_string(flexible)?,
            reason: if version >= 5 { input.nullable_string(true)? } else { None },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        out.string(&self.member_id, flexible);
        out.nullable_string(self.group_instance_id.as_deref(), flexible);
        if version >= 5 {
            out.nullable_string(self.reason.as_deref(), true);
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            member_id: from.string(),
            group_instance_id: from.option(|from| from.string()),
            reason: if version >= 5 { from.option(|from| from.string()) } else { None },
        }
    }
}

/// Kafka's `LeaveGroupResponse`, versions 0 to 5, flexible from 4.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LeaveGroupResponse {
    /// `ThrottleTimeMs`, from version 1.
    pub throttle_time_ms: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `Members`, from version 3.
    pub members: Vec<MemberResponse>,
}

impl Message for LeaveGroupResponse {
    const NAME: &'static str = "LeaveGroupResponse";
    const VERSIONS: (i16, i16) = (0, 5);
    const FLEXIBLE_FROM: Option<i16> = Some(4);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            throttle_time_ms: if version >= 1 { input.int32()? } else { 0 },
            error_code: input.int16()?,
            members: if version >= 3 { input.array(flexible, 5, |input| MemberResponse::decode(input, version))? } else { Vec::new() },
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
        if version >= 3 {
            out.array(&self.members, flexible, |out, it| it.encode(out, version));
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: if version >= 1 { from.int32() } else { 0 },
            error_code: from.int16(),
            members: if version >= 3 { from.array(|from| MemberResponse::fill(from, version)) } else { Vec::new() },
        }
    }
}

impl Response for LeaveGroupResponse {
    const KEY: ApiKey = ApiKey::LeaveGroup;
}

/// `MemberResponse` of [`LeaveGroupResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MemberResponse {
    /// `MemberId`.
    pub member_id: ByteString,
    /// `GroupInstanceId`; may be null.
    pub group_instance_id: Option<ByteString>,
    /// `ErrorCode`.
    pub error_code: i16,
}

impl MemberResponse {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            member_id: input.string(flexible)?,
            group_instance_id: input.nullable_string(flexible)?,
            error_code: input.int16()?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        out.string(&self.member_id, flexible);
        out.nullable_string(self.group_instance_id.as_deref(), flexible);
        out.int16(self.error_code);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            member_id: from.string(),
            group_instance_id: from.option(|from| from.string()),
            error_code: from.int16(),
        }
    }
}
