//! `ListConfigResourcesRequest` and `ListConfigResourcesResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `ListConfigResourcesRequest` (key 74), versions 0 to 1, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ListConfigResourcesRequest {
    /// `ResourceTypes`, from version 1.
    pub resource_types: Vec<i8>,
}

impl Message for ListConfigResourcesRequest {
    const NAME: &'static str = "ListConfigResourcesRequest";
    const VERSIONS: (i16, i16) = (0, 1);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            resource_types: if version >= 1 { input.array(true, 1, |input| input.int8())? } else { Vec::new() },
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        if version >= 1 {
            out.array(&self.resource_types, true, |out, it| out.int8(*it));
        }
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            resource_types: if version >= 1 { from.array(|from| from.int8()) } else { Vec::new() },
        }
    }
}

impl Request for ListConfigResourcesRequest {
    const KEY: ApiKey = ApiKey::ListConfigResources;
    type Response = ListConfigResourcesResponse;
}

/// Kafka's `ListConfigResourcesResponse`, versions 0 to 1, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ListConfigResourcesResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ConfigResources`.
    pub config_resources: Vec<ConfigResource>,
}

impl Message for ListConfigResourcesResponse {
    const NAME: &'static str = "ListConfigResourcesResponse";
    const VERSIONS: (i16, i16) = (0, 1);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            throttle_time_ms: input.int32()?,
            error_code: input.int16()?,
            config_resources: input.array(true, 2, |input| ConfigResource::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.throttle_time_ms);
        out.int16(self.error_code);
        out.array(&self.config_resources, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            error_code: from.int16(),
            config_resources: from.array(|from| ConfigResource::fill(from, version)),
        }
    }
}

impl Response for ListConfigResourcesResponse {
    const KEY: ApiKey = ApiKey::ListConfigResources;
}

/// `ConfigResource` of [`ListConfigResourcesResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfigResource {
    /// `ResourceName`.
    pub resource_name: ByteString,
    /// `ResourceType`, from version 1.
    pub resource_type: i8,
}

impl Default for ConfigResource {
    fn default() -> Self {
        Self {
            resource_name: ByteString::new(),
            resource_type: 16,
        }
    }
}

impl ConfigResource {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            resource_name: input.string(true)?,
            resource_type: if version >= 1 { input.int8()? } else { 16 },
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.string(&self.resource_name, true);
        if version >= 1 {
            out.int8(self.resource_type);
        }
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            resource_name: from.string(),
            resource_type: if version >= 1 { from.int8() } else { 16 },
        }
    }
}
