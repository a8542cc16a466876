//! `DescribeConfigsRequest` and `DescribeConfigsResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `DescribeConfigsRequest` (key 32), versions 1 to 4, flexible from 4.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeConfigsRequest {
    /// `Resources`.
    pub resources: Vec<DescribeConfigsResource>,
    /// `IncludeSynonyms`.
    pub include_synonyms: bool,
    /// `IncludeDocumentation`, from version 3.
    pub include_documentation: bool,
}

impl Message for DescribeConfigsRequest {
    const NAME: &'static str = "DescribeConfigsRequest";
    const VERSIONS: (i16, i16) = (1, 4);
    const FLEXIBLE_FROM: Option<i16> = Some(4);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            resources: input.array(flexible, 4, |input| DescribeConfigsResource::decode(input, version))?,
            include_synonyms: input.bool()?,
            include_documentation: if version >= 3 { input.bool()? } else { false },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        out.array(&self.resources, flexible, |out, it| it.encode(out, version));
        out.bool(self.include_synonyms);
        if version >= 3 {
            out.bool(self.include_documentation);
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            resources: from.array(|from| DescribeConfigsResource::fill(from, version)),
            include_synonyms: from.bool(),
            include_documentation: if version >= 3 { from.bool() } else { false },
        }
    }
}

impl Request for DescribeConfigsRequest {
    const KEY: ApiKey = ApiKey::DescribeConfigs;
    type Response = DescribeConfigsResponse;
}

/// `DescribeConfigsResource` of [`DescribeConfigsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeConfigsResource {
    /// `ResourceType`.
    pub resource_type: i8,
    /// `ResourceName`.
    pub resource_name: ByteString,
    /// `ConfigurationKeys`; may be null.
    pub configuration_keys: Option<Vec<ByteString>>,
}

impl DescribeConfigsResource {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            resource_type: input.int8()?,
            resource_name: input.string(flexible)?,
            configuration_keys: input.nullable_array(flexible, 1, |input| input.string(flexible))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        out.int8(self.resource_type);
        out.string(&self.resource_name, flexible);
        out.nullable_array(self.configuration_keys.as_deref(), flexible, |out, it| out.string(it, flexible));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            resource_type: from.int8(),
            resource_name: from.string(),
            configuration_keys: from.option(|from| from.array(|from| from.string())),
        }
    }
}

/// Kafka's `DescribeConfigsResponse`, versions 1 to 4, flexible from 4.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeConfigsResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `Results`.
    pub results: Vec<DescribeConfigsResult>,
}

impl Message for DescribeConfigsResponse {
    const NAME: &'static str = "DescribeConfigsResponse";
    const VERSIONS: (i16, i16) = (1, 4);
    const FLEXIBLE_FROM: Option<i16> = Some(4);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            throttle_time_ms: input.int32()?,
            results: input.array(flexible, 7, |input| DescribeConfigsResult::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
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
            results: from.array(|from| DescribeConfigsResult::fill(from, version)),
        }
    }
}

impl Response for DescribeConfigsResponse {
    const KEY: ApiKey = ApiKey::DescribeConfigs;
}

/// `DescribeConfigsResult` of [`DescribeConfigsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeConfigsResult {
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ErrorMessage`; may be null.
    pub error_message: Option<ByteString>,
    /// `ResourceType`.
    pub resource_type: i8,
    /// `ResourceName`.
    pub resource_name: ByteString,
    /// `Configs`.
    pub configs: Vec<DescribeConfigsResourceResult>,
}

impl DescribeConfigsResult {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            error_code: input.int16()?,
            error_message: input.nullable_string(flexible)?,
            resource_type: input.int8()?,
            resource_name: input.string(flexible)?,
            configs: input.array(flexible, 9, |input| DescribeConfigsResourceResult::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        out.int16(self.error_code);
        out.nullable_string(self.error_message.as_deref(), flexible);
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
            error_code: from.int16(),
            error_message: from.option(|from| from.string()),
            resource_type: from.int8(),
            resource_name: from.string(),
            configs: from.array(|from| DescribeConfigsResourceResult::fill(from, version)),
        }
    }
}

/// `DescribeConfigsResourceResult` of [`DescribeConfigsResponse`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DescribeConfigsResourceResult {
    /// `Name`.
    pub name: ByteString,
    /// `Value`; may be null.
    pub value: Option<ByteString>,
    /// `ReadOnly`.
    pub read_only: bool,
    /// `ConfigSource`.
    pub config_source: i8,
    /// `IsSensitive`.
    pub is_sensitive: bool,
    /// `Synonyms`.
    pub synonyms: Vec<DescribeConfigsSynonym>,
    /// `ConfigType`, from version 3.
    pub config_type: i8,
    /// `Documentation`, from version 3; may be null.
    pub documentation: Option<ByteString>,
}

impl Default for DescribeConfigsResourceResult {
    fn default() -> Self {
        Self {
            name: ByteString::new(),
            value: None,
            read_only: false,
            config_source: -1,
            is_sensitive: false,
            synonyms: Vec::new(),
            config_type: 0,
            documentation: None,
        }
    }
}

impl DescribeConfigsResourceResult {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            name: input.string(flexible)?,
            value: input.nullable_string(flexible)?,
            read_only: input.bool()?,
            config_source: input.int8()?,
            is_sensitive: input.bool()?,
            synonyms: input.array(flexible, 4, |input| DescribeConfigsSynonym::decode(input, version))?,
            config_type: if version >= 3 { input.int8()? } else { 0 },
            documentation: if version >= 3 { input.nullable_string(flexible)? } else { None },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        out.string(&self.name, flexible);
        out.nullable_string(self.value.as_deref(), flexible);
        out.bool(self.read_only);
        out.int8(self.config_source);
        out.bool(self.is_sensitive);
        out.array(&self.synonyms, flexible, |out, it| it.encode(out, version));
        if version >= 3 {
            out.int8(self.config_type);
        }
        if version >= 3 {
            out.nullable_string(self.documentation.as_deref(), flexible);
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            name: from.string(),
            value: from.option(|from| from.string()),
            read_only: from.bool(),
            config_source: from.int8(),
            is_sensitive: from.bool(),
            synonyms: from.array(|from| DescribeConfigsSynonym::fill(from, version)),
            config_type: if version >= 3 { from.int8() } else { 0 },
            documentation: if version >= 3 { from.option(|from| from.string()) } else { None },
        }
    }
}

/// `DescribeConfigsSynonym` of [`DescribeConfigsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DescribeConfigsSynonym {
    /// `Name`.
    pub name: ByteString,
    /// `Value`; may be null.
    pub value: Option<ByteString>,
    /// `Source`.
    pub source: i8,
}

impl DescribeConfigsSynonym {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            name: input.string(flexible)?,
            value: input.nullable_string(flexible)?,
            source: input.int8()?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        out.string(&self.name, flexible);
        out.nullable_string(self.value.as_deref(), flexible);
        out.int8(self.source);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            name: from.string(),
            value: from.option(|from| from.string()),
            source: from.int8(),
        }
    }
}
