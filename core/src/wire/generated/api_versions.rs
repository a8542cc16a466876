//! `ApiVersionsRequest` and `ApiVersionsResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `ApiVersionsRequest` (key 18), versions 0 to 5, flexible from 3.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApiVersionsRequest {
    /// `ClientSoftwareName`, from version 3.
    pub client_software_name: ByteString,
    /// `ClientSoftwareVersion`, from version 3.
    pub client_software_version: ByteString,
    /// `ClusterId`, from version 5; may be null.
    pub cluster_id: Option<ByteString>,
    /// `NodeId`, from version 5.
    pub node_id: i32,
}

impl Default for ApiVersionsRequest {
    fn default() -> Self {
        Self {
            client_software_name: ByteString::new(),
            client_software_version: ByteString::new(),
            cluster_id: None,
            node_id: -1,
        }
    }
}

impl Message for ApiVersionsRequest {
    const NAME: &'static str = "ApiVersionsRequest";
    const VERSIONS: (i16, i16) = (0, 5);
    const FLEXIBLE_FROM: Option<i16> = Some(3);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        let this = Self {
            client_software_name: if version >= 3 { input.string(true)? } else { ByteString::new() },
            client_software_version: if version >= 3 { input.string(true)? } else { ByteString::new() },
            cluster_id: if version >= 5 { input.nullable_string(true)? } else { None },
            node_id: if version >= 5 { input.int32()? } else { -1 },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 3;
        if version >= 3 {
            out.string(&self.client_software_name, true);
        }
        if version >= 3 {
            out.string(&self.client_software_version, true);
        }
        if version >= 5 {
            out.nullable_string(self.cluster_id.as_deref(), true);
        }
        if version >= 5 {
            out.int32(self.node_id);
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            client_software_name: if version >= 3 { from.string() } else { ByteString::new() },
            client_software_version: if version >= 3 { from.string() } else { ByteString::new() },
            cluster_id: if version >= 5 { from.option(|from| from.string()) } else { None },
            node_id: if version >= 5 { from.int32() } else { -1 },
        }
    }
}

impl Request for ApiVersionsRequest {
    const KEY: ApiKey = ApiKey::ApiVersions;
    type Response = ApiVersionsResponse;
}

/// Kafka's `ApiVersionsResponse`, versions 0 to 5, flexible from 3.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApiVersionsResponse {
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ApiKeys`.
    pub api_keys: Vec<ApiVersion>,
    /// `ThrottleTimeMs`, from version 1.
    pub throttle_time_ms: i32,
    /// `SupportedFeatures`, from version 3, tag 0.
    pub supported_features: Vec<SupportedFeatureKey>,
    /// `FinalizedFeaturesEpoch`, from version 3, tag 1.
    pub finalized_features_epoch: i64,
    /// `FinalizedFeatures`, from version 3, tag 2.
    pub finalized_features: Vec<FinalizedFeatureKey>,
    /// `ZkMigrationReady`, from version 3, tag 3.
    pub zk_migration_ready: bool,
}

impl Default for ApiVersionsResponse {
    fn default() -> Self {
        Self {
            error_code: 0,
            api_keys: Vec::new(),
            throttle_time_ms: 0,
            supported_features: Vec::new(),
            finalized_features_epoch: -1,
            finalized_features: Vec::new(),
            zk_migration_ready: false,
        }
    }
}

impl Message for ApiVersionsResponse {
    const NAME: &'static str = "ApiVersionsResponse";
    const VERSIONS: (i16, i16) = (0, 5);
    const FLEXIBLE_FROM: Option<i16> = Some(3);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        let mut this = Self {
            error_code: input.int16()?,
            api_keys: input.array(flexible, 6, |input| ApiVersion::decode(input, version))?,
            throttle_time_ms: if version >= 1 { input.int32()? } else { 0 },
            supported_features: Vec::new(),
            finalized_features_epoch: -1,
            finalized_features: Vec::new(),
            zk_migration_ready: false,
        };
        if flexible {
            input.tags(|input, tag| {
                match tag {
                    0 => this.supported_features = input.array(true, 6, |input| SupportedFeatureKey::decode(input, version))?,
                    1 => this.finalized_features_epoch = input.int64()?,
                    2 => this.finalized_features = input.array(true, 6, |input| FinalizedFeatureKey::decode(input, version))?,
                    3 => this.zk_migration_ready = input.bool()?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 3;
        out.int16(self.error_code);
        out.array(&self.api_keys, flexible, |out, it| it.encode(out, version));
        if version >= 1 {
            out.int32(self.throttle_time_ms);
        }
        if flexible {
            let has_0 = !self.supported_features.is_empty();
            let has_1 = self.finalized_features_epoch != -1;
            let has_2 = !self.finalized_features.is_empty();
            let has_3 = self.zk_migration_ready;
            out.tag_count(u32::from(has_0) + u32::from(has_1) + u32::from(has_2) + u32::from(has_3));
            if has_0 {
                out.tag(0, |out| out.array(&self.supported_features, true, |out, it| it.encode(out, version)));
            }
            if has_1 {
                out.tag(1, |out| out.int64(self.finalized_features_epoch));
            }
            if has_2 {
                out.tag(2, |out| out.array(&self.finalized_features, true, |out, it| it.encode(out, version)));
            }
            if has_3 {
                out.tag(3, |out| out.bool(self.zk_migration_ready));
            }
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            error_code: from.int16(),
            api_keys: from.array(|from| ApiVersion::fill(from, version)),
            throttle_time_ms: if version >= 1 { from.int32() } else { 0 },
            supported_features: if version >= 3 { from.array(|from| SupportedFeatureKey::fill(from, version)) } else { Vec::new() },
            finalized_features_epoch: if version >= 3 { from.int64() } else { -1 },
            finalized_features: if version >= 3 { from.array(|from| FinalizedFeatureKey::fill(from, version)) } else { Vec::new() },
            zk_migration_ready: if version >= 3 { from.bool() } else { false },
        }
    }
}

impl Response for ApiVersionsResponse {
    const KEY: ApiKey = ApiKey::ApiVersions;
}

/// `ApiVersion` of [`ApiVersionsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ApiVersion {
    /// `ApiKey`.
    pub api_key: i16,
    /// `MinVersion`.
    pub min_version: i16,
    /// `MaxVersion`.
    pub max_version: i16,
}

impl ApiVersion {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        let this = Self {
            api_key: input.int16()?,
            min_version: input.int16()?,
            max_version: input.int16()?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 3;
        out.int16(self.api_key);
        out.int16(self.min_version);
        out.int16(self.max_version);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            api_key: from.int16(),
            min_version: from.int16(),
            max_version: from.int16(),
        }
    }
}

/// `SupportedFeatureKey` of [`ApiVersionsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SupportedFeatureKey {
    /// `Name`.
    pub name: ByteString,
    /// `MinVersion`.
    pub min_version: i16,
    /// `MaxVersion`.
    pub max_version: i16,
}

impl SupportedFeatureKey {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            name: input.string(true)?,
            min_version: input.int16()?,
            max_version: input.int16()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.name, true);
        out.int16(self.min_version);
        out.int16(self.max_version);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            name: from.string(),
            min_version: from.int16(),
            max_version: from.int16(),
        }
    }
}

/// `FinalizedFeatureKey` of [`ApiVersionsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FinalizedFeatureKey {
    /// `Name`.
    pub name: ByteString,
    /// `MaxVersionLevel`.
    pub max_version_level: i16,
    /// `MinVersionLevel`.
    pub min_version_level: i16,
}

impl FinalizedFeatureKey {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            name: input.string(true)?,
            max_version_level: input.int16()?,
            min_version_level: input.int16()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.name, true);
        out.int16(self.max_version_level);
        out.int16(self.min_version_level);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            name: from.string(),
            max_version_level: from.int16(),
            min_version_level: from.int16(),
        }
    }
}
