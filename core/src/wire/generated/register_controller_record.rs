//! `RegisterControllerRecord`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{DecodeError, Decoder, Encoder, Message, MetadataMessage};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `RegisterControllerRecord` (record type 27), versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RegisterControllerRecord {
    /// `ControllerId`.
    pub controller_id: i32,
    /// `IncarnationId`.
    pub incarnation_id: Uuid,
    /// `ZkMigrationReady`.
    pub zk_migration_ready: bool,
    /// `EndPoints`.
    pub end_points: Vec<ControllerEndpoint>,
    /// `Features`.
    pub features: Vec<ControllerFeature>,
}

impl Message for RegisterControllerRecord {
    const NAME: &'static str = "RegisterControllerRecord";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            controller_id: input.int32()?,
            incarnation_id: input.uuid()?,
            zk_migration_ready: input.bool()?,
            end_points: input.array(true, 7, |input| ControllerEndpoint::decode(input, version))?,
            features: input.array(true, 6, |input| ControllerFeature::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.controller_id);
        out.uuid(self.incarnation_id);
        out.bool(self.zk_migration_ready);
        out.array(&self.end_points, true, |out, it| it.encode(out, version));
        out.array(&self.features, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            controller_id: from.int32(),
            incarnation_id: from.uuid(),
            zk_migration_ready: from.bool(),
            end_points: from.array(|from| ControllerEndpoint::fill(from, version)),
            features: from.array(|from| ControllerFeature::fill(from, version)),
        }
    }
}

impl MetadataMessage for RegisterControllerRecord {
    const TYPE: i16 = 27;

    fn least_version(&self) -> i16 {
        0
    }
}

/// `ControllerEndpoint` of [`RegisterControllerRecord`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ControllerEndpoint {
    /// `Name`.
    pub name: ByteString,
    /// `Host`.
    pub host: ByteString,
    /// `Port`.
    pub port: u16,
    /// `SecurityProtocol`.
    pub security_protocol: i16,
}

impl ControllerEndpoint {
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

/// `ControllerFeature` of [`RegisterControllerRecord`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ControllerFeature {
    /// `Name`.
    pub name: ByteString,
    /// `MinSupportedVersion`.
    pub min_supported_version: i16,
    /// `MaxSupportedVersion`.
    pub max_supported_version: i16,
}

impl ControllerFeature {
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
