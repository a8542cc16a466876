//! `IncrementalAlterConfigsRequest` and `IncrementalAlterConfigsResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `IncrementalAlterConfigsRequest` (key 44), versions 0 to 1, flexible from 1.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct IncrementalAlterConfigsRequest {
    /// `Resources`.
    pub resources: Vec<AlterConfigsResource>,
    /// `ValidateOnly`.
    pub validate_only: bool,
}

impl Message for IncrementalAlterConfigsRequest {
    const NAME: &'static str = "IncrementalAlterConfigsRequest";
    const VERSIONS: (i16, i16) = (0, 1);
    const FLEXIBLE_FROM: Option<i16> = Some(1);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let this = Self {
            resources: input.array(flexible, 4, |input| AlterConfigsResource::decode(input, version))?,
            validate_only: input.bool()?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 1;
        out.array(&self.resources, flexible, |out, it| it.encode(out, version));
        out.bool(self.validate_only);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            resources: from.array(|from| AlterConfigsResource::fill(from, version)),
            validate_only: from.bool(),
        }
    }
}

impl Request for IncrementalAlterConfigsRequest {
    const KEY: ApiKey = ApiKey::IncrementalAlterConfigs;
    type Response = IncrementalAlterConfigsResponse;
}

/// `AlterConfigsResource` of [`IncrementalAlterConfigsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AlterConfigsResource {
    /// `ResourceType`.
    pub resource_type: i8,
    /// `ResourceName`.
    pub resource_name: ByteString,
    /// `Configs`.
    pub configs: Vec<AlterableConfig>,
}

impl AlterConfigsResource {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let this = Self {
            resource_type: input.int8()?,
            resource_name: input.string(flexible)?,
            configs: input.array(flexible, 4, |input| AlterableConfig::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 1;
        out.int8(self.resource_type);
        out.string(&self.resource_name, flexible);
        out.array(&self.configs, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            resource_type: from.int8(),
            resource_name: from.string(),
            configs: from.array(|from| AlterableConfig::fill(from, version)),
        }
    }
}

/// `AlterableConfig` of [`IncrementalAlterConfigsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AlterableConfig {
    /// `Name`.
    pub name: ByteString,
    /// `ConfigOperation`.
    pub config_operation: i8,
    /// `Value`; may be null.
    pub value: Option<ByteString>,
}

impl AlterableConfig {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let this = Self {
            name: input.string(flexible)?,
            config_operation: input.int8()?,
            value: input.nullable_string(flexible)?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 1;
        out.string(&self.name, flexible);
        out.int8(self.config_operation);
        out.nullable_string(self.value.as_deref(), flexible);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            name: from.string(),
            config_operation: from.int8(),
            value: from.option(|from| from.string()),
        }
    }
}

/// Kafka's `IncrementalAlterConfigsResponse`, versions 0 to 1, flexible from 1.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct IncrementalAlterConfigsResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `Responses`.
    pub responses: Vec<AlterConfigsResourceResponse>,
}

impl Message for IncrementalAlterConfigsResponse {
    const NAME: &'static str = "IncrementalAlterConfigsResponse";
    const VERSIONS: (i16, i16) = (0, 1);
    const FLEXIBLE_FROM: Option<i16> = Some(1);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let this = Self {
            throttle_time_ms: input.int32()?,
            responses: input.array(flexible, 6, |input| AlterConfigsResourceResponse::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 1;
        out.int32(self.throttle_time_ms);
        out.array(&self.responses, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            responses: from.array(|from| AlterConfigsResourceResponse::fill(from, version)),
        }
    }
}

impl Response for IncrementalAlterConfigsResponse {
    const KEY: ApiKey = ApiKey::IncrementalAlterConfigs;
}

/// `AlterConfigsResourceResponse` of [`IncrementalAlterConfigsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AlterConfigsResourceResponse {
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ErrorMessage`; may be null.
    pub error_message: Option<ByteString>,
    /// `ResourceType`.
    pub resource_type: i8,
    /// `ResourceName`.
    pub resource_name: ByteString,
}

impl AlterConfigsResourceResponse {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let this = Self {
            error_code: input.int16()?,
            error_message: input.nullable_string(flexible)?,
            resource_type: input.int8()?,
            resource_name: input.string(flexible)?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 1;
        out.int16(self.error_code);
        out.nullable_string(self.error_message.as_deref(), flexible);
        out.int8(self.resource_type);
        out.string(&self.resource_name, flexible);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            error_code: from.int16(),
            error_message: from.option(|from| from.string()),
            resource_type: from.int8(),
            resource_name: from.string(),
        }
    }
}
