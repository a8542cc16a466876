//! `ControllerRegistrationRequest` and `ControllerRegistrationResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `ControllerRegistrationRequest` (key 70), versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ControllerRegistrationRequest {
    /// `ControllerId`.
    pub controller_id: i32,
    /// `IncarnationId`.
    pub incarnation_id: Uuid,
    /// `ZkMigrationReady`.
    pub zk_migration_ready: bool,
    /// `Listeners`.
    pub listeners: Vec<Listener>,
    /// `Features`.
    pub features: Vec<Feature>,
}

impl Message for ControllerRegistrationRequest {
    const NAME: &'static str = "ControllerRegistrationRequest";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            controller_id: input.int32()?,
            incarnation_id: input.uuid()?,
            zk_migration_ready: input.bool()?,
            listeners: input.array(true, 7, |input| Listener::decode(input, version))?,
            features: input.array(true, 6, |input| Feature::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.controller_id);
        out.uuid(self.incarnation_id);
        out.bool(self.zk_migration_ready);
        out.array(&self.listeners, true, |out, it| it.encode(out, version));
        out.array(&self.features, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            controller_id: from.int32(),
            incarnation_id: from.uuid(),
            zk_migration_ready: from.bool(),
            listeners: from.array(|from| Listener::fill(from, version)),
            features: from.array(|from| Feature::fill(from, version)),
        }
    }
}

impl Request for ControllerRegistrationRequest {
    const KEY: ApiKey = ApiKey::ControllerRegistration;
    type Response = ControllerRegistrationResponse;
}

/// `Listener` of [`ControllerRegistrationRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Listener {
    /// `Name`.
    pub name: ByteString,
    /// `Host`.
    pub host: ByteString,
    /// `Port`.
    pub port: u16,
    /// `SecurityProtocol`.
    pub security_protocol: i16,
}

impl Listener {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            name: input.string(true)?,
            host: input.string(true)?,
            port: input.uint16()?,
            security_protocol: input.int16()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.name, true);
        out.string(&self.host, true);
        out.uint16(self.port);
        out.int16(self.security_protocol);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            name: from.string(),
            host: from.string(),
            port: from.uint16(),
            security_protocol: from.int16(),
        }
    }
}

/// `Feature` of [`ControllerRegistrationRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Feature {
    /// `Name`.
    pub name: ByteString,
    /// `MinSupportedVersion`.
    pub min_supported_version: i16,
    /// `MaxSupportedVersion`.
    pub max_supported_version: i16,
}

impl Feature {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            name: input.string(true)?,
            min_supported_version: input.int16()?,
            max_supported_version: input.int16()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.name, true);
        out.int16(self.min_supported_version);
        out.int16(self.max_supported_version);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            name: from.string(),
            min_supported_version: from.int16(),
            max_supported_version: from.int16(),
        }
    }
}

/// Kafka's `ControllerRegistrationResponse`, versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ControllerRegistrationResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ErrorMessage`; may be null.
    pub error_message: Option<ByteString>,
}

impl Message for ControllerRegistrationResponse {
    const NAME: &'static str = "ControllerRegistrationResponse";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            throttle_time_ms: input.int32()?,
            error_code: input.int16()?,
            error_message: input.nullable_string(true)?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.throttle_time_ms);
        out.int16(self.error_code);
        out.nullable_string(self.error_message.as_deref(), true);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            error_code: from.int16(),
            error_message: from.option(|from| from.string()),
        }
    }
}

impl Response for ControllerRegistrationResponse {
    const KEY: ApiKey = ApiKey::ControllerRegistration;
}
