//! `JoinGroupRequest` and `JoinGroupResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytes::Bytes;
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `JoinGroupRequest` (key 11), versions 0 to 9, flexible from 6.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JoinGroupRequest {
    /// `GroupId`.
    pub group_id: ByteString,
    /// `SessionTimeoutMs`.
    pub session_timeout_ms: i32,
    /// `RebalanceTimeoutMs`, from version 1.
    pub rebalance_timeout_ms: i32,
    /// `MemberId`.
    pub member_id: ByteString,
    /// `GroupInstanceId`, from version 5; may be null.
    pub group_instance_id: Option<ByteString>,
    /// `ProtocolType`.
    pub protocol_type: ByteString,
    /// `Protocols`.
    pub protocols: Vec<JoinGroupRequestProtocol>,
    /// `Reason`, from version 8; may be null.
    pub reason: Option<ByteString>,
}

impl Default for JoinGroupRequest {
    fn default() -> Self {
        Self {
            group_id: ByteString::new(),
            session_timeout_ms: 0,
            rebalance_timeout_ms: -1,
            member_id: ByteString::new(),
            group_instance_id: None,
            protocol_type: ByteString::new(),
            protocols: Vec::new(),
            reason: None,
        }
    }
}

impl Message for JoinGroupRequest {
    const NAME: &'static str = "JoinGroupRequest";
    const VERSIONS: (i16, i16) = (0, 9);
    const FLEXIBLE_FROM: Option<i16> = Some(6);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let this = Self {
            group_id: input.string(flexible)?,
            session_timeout_ms: input.int32()?,
            rebalance_timeout_ms: if version >= 1 { input.int32()? } else { -1 },
            member_id: input.string(flexible)?,
            group_instance_id: if version >= 5 { input.nullable_string(flexible)? } else { None },
            protocol_type: input.string(flexible)?,
            protocols: input.array(flexible, 3, |input| JoinGroupRequestProtocol::decode(input, version))?,
            reason: if version >= 8 { input.nullable_string(true)? } else { None },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 6;
        out.string(&self.group_id, flexible);
        out.int32(self.session_timeout_ms);
        if version >= 1 {
            out.int32(self.rebalance_timeout_ms);
        }
        out.string(&self.member_id, flexible);
        if version >= 5 {
            out.nullable_string(self.group_instance_id.as_deref(), flexible);
        }
        out.string(&self.protocol_type, flexible);
        out.array(&self.protocols, flexible, |out, it| it.encode(out, version));
        if version >= 8 {
            out.nullable_string(self.reason.as_deref(), true);
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            group_id: from.string(),
            session_timeout_ms: from.int32(),
            rebalance_timeout_ms: if version >= 1 { from.int32() } else { -1 },
            member_id: from.string(),
            group_instance_id: if version >= 5 { from.option(|from| from.string()) } else { None },
            protocol_type: from.string(),
            protocols: from.array(|from| JoinGroupRequestProtocol::fill(from, version)),
            reason: if version >= 8 { from.option(|from| from.string()) } else { None },
        }
    }
}

impl Request for JoinGroupRequest {
    const KEY: ApiKey = ApiKey::JoinGroup;
    type Response = JoinGroupResponse;
}

/// `JoinGroupRequestProtocol` of [`JoinGroupRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct JoinGroupRequestProtocol {
    /// `Name`.
    pub name: ByteString,
    /// `Metadata`.
    pub metadata: Bytes,
}

impl JoinGroupRequestProtocol {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let this = Self {
            name: input.string(flexible)?,
            metadata: input.bytes(flexible)?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 6;
        out.string(&self.name, flexible);
        out.bytes(&self.metadata, flexible);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            name: from.string(),
            metadata: from.bytes(),
        }
    }
}

/// Kafka's `JoinGroupResponse`, versions 0 to 9, flexible from 6.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JoinGroupResponse {
    /// `ThrottleTimeMs`, from version 2.
    pub throttle_time_ms: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `GenerationId`.
    pub generation_id: i32,
    /// `ProtocolType`, from version 7; may be null.
    pub protocol_type: Option<ByteString>,
    /// `ProtocolName`; may be null from version 7.
    pub protocol_name: Option<ByteString>,
    /// `Leader`.
    pub leader: ByteString,
    /// `SkipAssignment`, from version 9.
    pub skip_assignment: bool,
    /// `MemberId`.
    pub member_id: ByteString,
    /// `Members`.
    pub members: Vec<JoinGroupResponseMember>,
}

impl Default for JoinGroupResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            generation_id: -1,
            protocol_type: None,
            protocol_name: None,
            leader: ByteString::new(),
            skip_assignment: false,
            member_id: ByteString::new(),
            members: Vec::new(),
        }
    }
}

impl Message for JoinGroupResponse {
    const NAME: &'static str = "JoinGroupResponse";
    const VERSIONS: (i16, i16) = (0, 9);
    const FLEXIBLE_FROM: Option<i16> = Some(6);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let this = Self {
            throttle_time_ms: if version >= 2 { input.int32()? } else { 0 },
            error_code: input.int16()?,
            generation_id: input.int32()?,
            protocol_type: if version >= 7 { input.nullable_string(true)? } else { None },
            protocol_name: if version >= 7 { input.nullable_string(flexible)? } else { Some(input.string(flexible)?) },
            leader: input.string(flexible)?,
            skip_assignment: if version >= 9 { input.bool()? } else { false },
            member_id: input.string(flexible)?,
            members: input.array(flexible, 4, |input| JoinGroupResponseMember::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 6;
        if version >= 2 {
            out.int32(self.throttle_time_ms);
        }
        out.int16(self.error_code);
        out.int32(self.generation_id);
        if version >= 7 {
            out.nullable_string(self.protocol_type.as_deref(), true);
        }
        if version >= 7 { out.nullable_string(self.protocol_name.as_deref(), flexible) } else { out.string(self.protocol_name.as_deref().unwrap_or_default(), flexible) }
        out.string(&self.leader, flexible);
        if version >= 9 {
            out.bool(self.skip_assignment);
        }
        out.string(&self.member_id, flexible);
        out.array(&self.members, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: if version >= 2 { from.int32() } else { 0 },
            error_code: from.int16(),
            generation_id: from.int32(),
            protocol_type: if version >= 7 { from.option(|from| from.string()) } else { None },
            protocol_name: if version >= 7 { from.option(|from| from.string()) } else { Some(from.string()) },
            leader: from.string(),
            skip_assignment: if version >= 9 { from.bool() } else { false },
            member_id: from.string(),
            members: from.array(|from| JoinGroupResponseMember::fill(from, version)),
        }
    }
}

impl Response for JoinGroupResponse {
    const KEY: ApiKey = ApiKey::JoinGroup;
}

/// `JoinGroupResponseMember` of [`JoinGroupResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct JoinGroupResponseMember {
    /// `MemberId`.
    pub member_id: ByteString,
    /// `GroupInstanceId`, from version 5; may be null.
    pub group_instance_id: Option<ByteString>,
    /// `Metadata`.
    pub metadata: Bytes,
}

impl JoinGroupResponseMember {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        let this = Self {
            member_id: input.string(flexible)?,
            group_instance_id: if version >= 5 { input.nullable_string(flexible)? } else { None },
            metadata: input.bytes(flexible)?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 6;
        out.string(&self.member_id, flexible);
        if version >= 5 {
            out.nullable_string(self.group_instance_id.as_deref(), flexible);
        }
        out.bytes(&self.metadata, flexible);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            member_id: from.string(),
            group_instance_id: if version >= 5 { from.option(|from| from.string()) } else { None },
            metadata: from.bytes(),
        }
    }
}
