//! `DescribeGroupsRequest` and `DescribeGroupsResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytes::Bytes;
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `DescribeGroupsRequest` (key 15), versions 0 to 6, flexible from 5.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeGroupsRequest {
    /// `Groups`.
    pub groups: Vec<ByteString>,
    /// `IncludeAuthorizedOperations`, from version 3.
    pub include_authorized_operations: bool,
}

impl Message for DescribeGroupsRequest {
    const NAME: &'static str = "DescribeGroupsRequest";
    const VERSIONS: (i16, i16) = (0, 6);
    const FLEXIBLE_FROM: Option<i16> = Some(5);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        let this = Self {
            groups: input.array(flexible, 1, |input| input.string(flexible))?,
            include_authorized_operations: if version >= 3 { input.bool()? } else { false },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 5;
        out.array(&self.groups, flexible, |out, it| out.string(it, flexible));
        if version >= 3 {
            out.bool(self.include_authorized_operations);
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            groups: from.array(|from| from.string()),
            include_authorized_operations: if version >= 3 { from.bool() } else { false },
        }
    }
}

impl Request for DescribeGroupsRequest {
    const KEY: ApiKey = ApiKey::DescribeGroups;
    type Response = DescribeGroupsResponse;
}

/// Kafka's `DescribeGroupsResponse`, versions 0 to 6, flexible from 5.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeGroupsResponse {
    /// `ThrottleTimeMs`, from version 1.
    pub throttle_time_ms: i32,
    /// `Groups`.
    pub groups: Vec<DescribedGroup>,
}

impl Message for DescribeGroupsResponse {
    const NAME: &'static str = "DescribeGroupsResponse";
    const VERSIONS: (i16, i16) = (0, 6);
    const FLEXIBLE_FROM: Option<i16> = Some(5);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        let this = Self {
            throttle_time_ms: if version >= 1 { input.int32()? } else { 0 },
            groups: input.array(flexible, 12, |input| DescribedGroup::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 5;
        if version >= 1 {
            out.int32(self.throttle_time_ms);
        }
        out.array(&self.groups, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: if version >= 1 { from.int32() } else { 0 },
            groups: from.array(|from| DescribedGroup::fill(from, version)),
        }
    }
}

impl Response for DescribeGroupsResponse {
    const KEY: ApiKey = ApiKey::DescribeGroups;
}

/// `DescribedGroup` of [`DescribeGroupsResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DescribedGroup {
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ErrorMessage`, from version 6; may be null.
    pub error_message: Option<ByteString>,
    /// `GroupId`.
    pub group_id: ByteString,
    /// `GroupState`.
    pub group_state: ByteString,
    /// `ProtocolType`.
    pub protocol_type: ByteString,
    /// `ProtocolData`.
    pub protocol_data: ByteString,
    /// `Members`.
    pub members: Vec<DescribedGroupMember>,
    /// `AuthorizedOperations`, from version 3.
    pub authorized_operations: i32,
}

impl Default for DescribedGroup {
    fn default() -> Self {
        Self {
            error_code: 0,
            error_message: None,
            group_id: ByteString::new(),
            group_state: ByteString::new(),
            protocol_type: ByteString::new(),
            protocol_data: ByteString::new(),
            members: Vec::new(),
            authorized_operations: i32::MIN,
        }
    }
}

impl DescribedGroup {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        let this = Self {
            error_code: input.int16()?,
            error_message: if version >= 6 { input.nullable_string(true)? } else { None },
            group_id: input.string(flexible)?,
            group_state: input.string(flexible)?,
            protocol_type: input.string(flexible)?,
            protocol_data: input.string(flexible)?,
            members: input.array(flexible, 7, |input| DescribedGroupMember::decode(input, version))?,
            authorized_operations: if version >= 3 { input.int32()? } else { i32::MIN },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 5;
        out.int16(self.error_code);
        if version >= 6 {
            out.nullable_string(self.error_message.as_deref(), true);
        }
        out.string(&self.group_id, flexible);
        out.string(&self.group_state, flexible);
        out.string(&self.protocol_type, flexible);
        out.string(&self.protocol_data, flexible);
        out.array(&self.members, flexible, |out, it| it.encode(out, version));
        if version >= 3 {
            out.int32(self.authorized_operations);
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            error_code: from.int16(),
            error_message: if version >= 6 { from.option(|from| from.string()) } else { None },
            group_id: from.string(),
            group_state: from.string(),
            protocol_type: from.string(),
            protocol_data: from.string(),
            members: from.array(|from| DescribedGroupMember::fill(from, version)),
            authorized_operations: if version >= 3 { from.int32() } else { i32::MIN },
        }
    }
}

/// `DescribedGroupMember` of [`DescribeGroupsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribedGroupMember {
    /// `MemberId`.
    pub member_id: ByteString,
    /// `GroupInstanceId`, from version 4; may be null.
    pub group_instance_id: Option<ByteString>,
    /// `ClientId`.
    pub client_id: ByteString,
    /// `ClientHost`.
    pub client_host: ByteString,
    /// `MemberMetadata`.
    pub member_metadata: Bytes,
    /// `MemberAssignment`.
    pub member_assignment: Bytes,
}

impl DescribedGroupMember {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        let this = Self {
            member_id: input.string(flexible)?,
            group_instance_id: if version >= 4 { input.nullable_string(flexible)? } else { None },
            client_id: input.string(flexible)?,
            client_host: input.string(flexible)?,
            member_metadata: input.bytes(flexible)?,
            member_assignment: input.bytes(flexible)?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 5;
        out.string(&self.member_id, flexible);
        if version >= 4 {
            out.nullable_string(self.group_instance_id.as_deref(), flexible);
        }
        out.string(&self.client_id, flexible);
        out.string(&self.client_host, flexible);
        out.bytes(&self.member_metadata, flexible);
        out.bytes(&self.member_assignment, flexible);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            member_id: from.string(),
            group_instance_id: if version >= 4 { from.option(|from| from.string()) } else { None },
            client_id: from.string(),
            client_host: from.string(),
            member_metadata: from.bytes(),
            member_assignment: from.bytes(),
        }
    }
}
