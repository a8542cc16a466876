//! `DeleteGroupsRequest` and `DeleteGroupsResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `DeleteGroupsRequest` (key 42), versions 0 to 3, flexible from 2.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeleteGroupsRequest {
    /// `GroupsNames`.
    pub groups_names: Vec<ByteString>,
}

impl Message for DeleteGroupsRequest {
    const NAME: &'static str = "DeleteGroupsRequest";
    const VERSIONS: (i16, i16) = (0, 3);
    const FLEXIBLE_FROM: Option<i16> = Some(2);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            groups_names: input.array(flexible, 1, |input| input.string(flexible))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.array(&self.groups_names, flexible, |out, it| out.string(it, flexible));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            groups_names: from.array(|from| from.string()),
        }
    }
}

impl Request for DeleteGroupsRequest {
    const KEY: ApiKey = ApiKey::DeleteGroups;
    type Response = DeleteGroupsResponse;
}

/// Kafka's `DeleteGroupsResponse`, versions 0 to 3, flexible from 2.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeleteGroupsResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `Results`.
    pub results: Vec<DeletableGroupResult>,
}

impl Message for DeleteGroupsResponse {
    const NAME: &'static str = "DeleteGroupsResponse";
    const VERSIONS: (i16, i16) = (0, 3);
    const FLEXIBLE_FROM: Option<i16> = Some(2);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            throttle_time_ms: input.int32()?,
            results: input.array(flexible, 4, |input| DeletableGroupResult::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.int32(self.throttle_time_ms);
        out.array(&self.results, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            results: from.array(|from| DeletableGroupResult::fill(from, version)),
        }
    }
}

impl Response for DeleteGroupsResponse {
    const KEY: ApiKey = ApiKey::DeleteGroups;
}

/// `DeletableGroupResult` of [`DeleteGroupsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeletableGroupResult {
    /// `GroupId`.
    pub group_id: ByteString,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ErrorMessage`, from version 3; may be null.
    pub error_message: Option<ByteString>,
}

impl DeletableGroupResult {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            group_id: input.string(flexible)?,
            error_code: input.int16()?,
            error_message: if version >= 3 { input.nullable_string(true)? } else { None },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.string(&self.group_id, flexible);
        out.int16(self.error_code);
        if version >= 3 {
            out.nullable_string(self.error_message.as_deref(), true);
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            group_id: from.string(),
            error_code: from.int16(),
            error_message: if version >= 3 { from.option(|from| from.string()) } else { None },
        }
    }
}
