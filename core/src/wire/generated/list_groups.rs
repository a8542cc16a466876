//! `ListGroupsRequest` and `ListGroupsResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `ListGroupsRequest` (key 16), versions 0 to 5, flexible from 3.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ListGroupsRequest {
    /// `StatesFilter`, from version 4.
    pub states_filter: Vec<ByteString>,
    /// `TypesFilter`, from version 5.
    pub types_filter: Vec<ByteString>,
}

impl Message for ListGroupsRequest {
    const NAME: &'static str = "ListGroupsRequest";
    const VERSIONS: (i16, i16) = (0, 5);
    const FLEXIBLE_FROM: Option<i16> = Some(3);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        let this = Self {
            states_filter: if version >= 4 { input.array(true, 1, |input| input.string(true))? } else { Vec::new() },
            types_filter: if version >= 5 { input.array(true, 1, |input| input.string(true))? } else { Vec::new() },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 3;
        if version >= 4 {
            out.array(&self.states_filter, true, |out, it| out.string(it, true));
        }
        if version >= 5 {
            out.array(&self.types_filter, true, |out, it| out.string(it, true));
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            states_filter: if version >= 4 { from.array(|from| from.string()) } else { Vec::new() },
            types_filter: if version >= 5 { from.array(|from| from.string()) } else { Vec::new() },
        }
    }
}

impl Request for ListGroupsRequest {
    const KEY: ApiKey = ApiKey::ListGroups;
    type Response = ListGroupsResponse;
}

/// Kafka's `ListGroupsResponse`, versions 0 to 5, flexible from 3.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ListGroupsResponse {
    /// `ThrottleTimeMs`, from version 1.
    pub throttle_time_ms: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `Groups`.
    pub groups: Vec<ListedGroup>,
}

impl Message for ListGroupsResponse {
    const NAME: &'static str = "ListGroupsResponse";
    const VERSIONS: (i16, i16) = (0, 5);
    const FLEXIBLE_FROM: Option<i16> = Some(3);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        let this = Self {
            throttle_time_ms: if version >= 1 { input.int32()? } else { 0 },
            error_code: input.int16()?,
            groups: input.array(flexible, 3, |input| ListedGroup::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 3;
        if version >= 1 {
            out.int32(self.throttle_time_ms);
        }
        out.int16(self.error_code);
        out.array(&self.groups, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: if version >= 1 { from.int32() } else { 0 },
            error_code: from.int16(),
            groups: from.array(|from| ListedGroup::fill(from, version)),
        }
    }
}

impl Response for ListGroupsResponse {
    const KEY: ApiKey = ApiKey::ListGroups;
}

/// `ListedGroup` of [`ListGroupsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ListedGroup {
    /// `GroupId`.
    pub group_id: ByteString,
    /// `ProtocolType`.
    pub protocol_type: ByteString,
    /// `GroupState`, from version 4.
    pub group_state: ByteString,
    /// `GroupType`, from version 5.
    pub group_type: ByteString,
}

impl ListedGroup {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        let this = Self {
            group_id: input.string(flexible)?,
            protocol_type: input.string(flexible)?,
            group_state: if version >= 4 { input.string(true)? } else { ByteString::new() },
            group_type: if version >= 5 { input.string(true)? } else { ByteString::new() },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 3;
        out.string(&self.group_id, flexible);
        out.string(&self.protocol_type, flexible);
        if version >= 4 {
            out.string(&self.group_state, true);
        }
        if version >= 5 {
            out.string(&self.group_type, true);
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            group_id: from.string(),
            protocol_type: from.string(),
            group_state: if version >= 4 { from.string() } else { ByteString::new() },
            group_type: if version >= 5 { from.string() } else { ByteString::new() },
        }
    }
}
