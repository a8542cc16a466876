//! `UpdateFeaturesRequest` and `UpdateFeaturesResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `UpdateFeaturesRequest` (key 57), versions 0 to 2, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UpdateFeaturesRequest {
    /// `timeoutMs`.
    pub timeout_ms: i32,
    /// `FeatureUpdates`.
    pub feature_updates: Vec<FeatureUpdateKey>,
    /// `ValidateOnly`, from version 1.
    pub validate_only: bool,
}

impl Default for UpdateFeaturesRequest {
    fn default() -> Self {
        Self {
            timeout_ms: 60000,
            feature_updates: Vec::new(),
            validate_only: false,
        }
    }
}

impl Message for UpdateFeaturesRequest {
    const NAME: &'static str = "UpdateFeaturesRequest";
    const VERSIONS: (i16, i16) = (0, 2);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            timeout_ms: input.int32()?,
            feature_updates: input.array(true, 5, |input| FeatureUpdateKey::decode(input, version))?,
            validate_only: if version >= 1 { input.bool()? } else { false },
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.timeout_ms);
        out.array(&self.feature_updates, true, |out, it| it.encode(out, version));
        if version >= 1 {
            out.bool(self.validate_only);
        }
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            timeout_ms: from.int32(),
            feature_updates: from.array(|from| FeatureUpdateKey::fill(from, version)),
            validate_only: if version >= 1 { from.bool() } else { false },
        }
    }
}

impl Request for UpdateFeaturesRequest {
    const KEY: ApiKey = ApiKey::UpdateFeatures;
    type Response = UpdateFeaturesResponse;
}

/// `FeatureUpdateKey` of [`UpdateFeaturesRequest`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FeatureUpdateKey {
    /// `Feature`.
    pub feature: ByteString,
    /// `MaxVersionLevel`.
    pub max_version_level: i16,
    /// `AllowDowngrade`, to version 0.
    pub allow_downgrade: bool,
    /// `UpgradeType`, from version 1.
    pub upgrade_type: i8,
}

impl Default for FeatureUpdateKey {
    fn default() -> Self {
        Self {
            feature: ByteString::new(),
            max_version_level: 0,
            allow_downgrade: false,
            upgrade_type: 1,
        }
    }
}

impl FeatureUpdateKey {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            feature: input.string(true)?,
            max_version_level: input.int16()?,
            allow_downgrade: if version <= 0 { input.bool()? } else { false },
            upgrade_type: if version >= 1 { input.int8()? } else { 1 },
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.string(&self.feature, true);
        out.int16(self.max_version_level);
        if version <= 0 {
            out.bool(self.allow_downgrade);
        }
        if version >= 1 {
            out.int8(self.upgrade_type);
        }
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            feature: from.string(),
            max_version_level: from.int16(),
            allow_downgrade: if version <= 0 { from.bool() } else { false },
            upgrade_type: if version >= 1 { from.int8() } else { 1 },
        }
    }
}

/// Kafka's `UpdateFeaturesResponse`, versions 0 to 2, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UpdateFeaturesResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ErrorMessage`; may be null.
    pub error_message: Option<ByteString>,
    /// `Results`, to version 1.
    pub results: Vec<UpdatableFeatureResult>,
}

impl Message for UpdateFeaturesResponse {
    const NAME: &'static str = "UpdateFeaturesResponse";
    const VERSIONS: (i16, i16) = (0, 2);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            throttle_time_ms: input.int32()?,
            error_code: input.int16()?,
            error_message: input.nullable_string(true)?,
            results: if version <= 1 { input.array(true, 5, |input| UpdatableFeatureResult::decode(input, version))? } else { Vec::new() },
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.throttle_time_ms);
        out.int16(self.error_code);
        out.nullable_string(self.error_message.as_deref(), true);
        if version <= 1 {
            out.array(&self.results, true, |out, it| it.encode(out, version));
        }
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            error_code: from.int16(),
            error_message: from.option(|from| from.string()),
            results: if version <= 1 { from.array(|from| UpdatableFeatureResult::fill(from, version)) } else { Vec::new() },
        }
    }
}

impl Response for UpdateFeaturesResponse {
    const KEY: ApiKey = ApiKey::UpdateFeatures;
}

/// `UpdatableFeatureResult` of [`UpdateFeaturesResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UpdatableFeatureResult {
    /// `Feature`.
    pub feature: ByteString,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ErrorMessage`; may be null.
    pub error_message: Option<ByteString>,
}

impl UpdatableFeatureResult {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            feature: input.string(true)?,
            error_code: input.int16()?,
            error_message: input.nullable_string(true)?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.feature, true);
        out.int16(self.error_code);
        out.nullable_string(self.error_message.as_deref(), true);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            feature: from.string(),
            error_code: from.int16(),
            error_message: from.option(|from| from.string()),
        }
    }
}
