//! `RegisterBrokerRecord`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{DecodeError, Decoder, Encoder, Message, MetadataMessage};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `RegisterBrokerRecord` (record type 0), versions 0 to 4, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterBrokerRecord {
    /// `BrokerId`.
    pub broker_id: i32,
    /// `IsMigratingZkBroker`, from version 2.
    pub is_migrating_zk_broker: bool,
    /// `IncarnationId`.
    pub incarnation_id: Uuid,
    /// `BrokerEpoch`.
    pub broker_epoch: i64,
    /// `EndPoints`.
    pub end_points: Vec<BrokerEndpoint>,
    /// `Features`.
    pub features: Vec<BrokerFeature>,
    /// `Rack`; may be null.
    pub rack: Option<ByteString>,
    /// `Fenced`.
    pub fenced: bool,
    /// `InControlledShutdown`, from version 1.
    pub in_controlled_shutdown: bool,
    /// `LogDirs`, from version 3, tag 0.
    pub log_dirs: Vec<Uuid>,
    /// `CordonedLogDirs`, from version 4, tag 1; may be null.
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
}

impl Default for RegisterBrokerRecord {
    fn default() -> Self {
        Self {
            broker_id: 0,
            is_migrating_zk_broker: false,
            incarnation_id: Uuid::ZERO,
            broker_epoch: 0,
            end_points: Vec::new(),
            features: Vec::new(),
            rack: None,
            fenced: true,
            in_controlled_shutdown: false,
            log_dirs: Vec::new(),
            cordoned_log_dirs: None,
        }
    }
}

impl Message for RegisterBrokerRecord {
    const NAME: &'static str = "RegisterBrokerRecord";
    const VERSIONS: (i16, i16) = (0, 4);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let mut this = Self {
            broker_id: input.int32()?,
            is_migrating_zk_broker: if version >= 2 { input.bool()? } else { false },
            incarnation_id: input.uuid()?,
            broker_epoch: input.int64()?,
            end_points: input.array(true, 7, |input| BrokerEndpoint::decode(input, version))?,
            features: input.array(true, 6, |input| BrokerFeature::decode(input, version))?,
            rack: input.nullable_string(true)?,
            fenced: input.bool()?,
            in_controlled_shutdown: if version >= 1 { input.bool()? } else { false },
            log_dirs: Vec::new(),
            cordoned_log_dirs: None,
        };
        input.tags(|input, tag| {
            match tag {
                0 if version >= 3 => this.log_dirs = input.array(true, 16, |input| input.uuid())?,
                1 if version >= 4 => this.cordoned_log_dirs = input.nullable_array(true, 16, |input| input.uuid())?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.broker_id);
        if version >= 2 {
            out.bool(self.is_migrating_zk_broker);
        }
        out.uuid(self.incarnation_id);
        out.int64(self.broker_epoch);
        out.array(&self.end_points, true, |out, it| it.encode(out, version));
        out.array(&self.features, true, |out, it| it.encode(out, version));
        out.nullable_string(self.rack.as_deref(), true);
        out.bool(self.fenced);
        if version >= 1 {
            out.bool(self.in_controlled_shutdown);
        }
        let has_0 = version >= 3 && !self.log_dirs.is_empty();
        let has_1 = version >= 4 && self.cordoned_log_dirs.is_some();
        out.tag_count(u32::from(has_0) + u32::from(has_1));
        if has_0 {
            out.tag(0, |out| out.array(&self.log_dirs, true, |out, it| out.uuid(*it)));
        }
        if has_1 {
            out.tag(1, |out| out.nullable_array(self.cordoned_log_dirs.as_deref(), true, |out, it| out.uuid(*it)));
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            broker_id: from.int32(),
            is_migrating_zk_broker: if version >= 2 { from.bool() } else { false },
            incarnation_id: from.uuid(),
            broker_epoch: from.int64(),
            end_points: from.array(|from| BrokerEndpoint::fill(from, version)),
            features: from.array(|from| BrokerFeature::fill(from, version)),
            rack: from.option(|from| from.string()),
            fenced: from.bool(),
            in_controlled_shutdown: if version >= 1 { from.bool() } else { false },
            log_dirs: if version >= 3 { from.array(|from| from.uuid()) } else { Vec::new() },
            cordoned_log_dirs: if version >= 4 { from.option(|from| from.array(|from| from.uuid())) } else { None },
        }
    }
}

impl MetadataMessage for RegisterBrokerRecord {
    const TYPE: i16 = 0;

    fn least_version(&self) -> i16 {
        if self.cordoned_log_dirs.is_some() {
            return 4;
        }
        if !self.log_dirs.is_empty() {
            return 3;
        }
        if self.is_migrating_zk_broker {
            return 2;
        }
        if self.in_controlled_shutdown {
            return 1;
        }
        0
    }
}

/// `BrokerEndpoint` of [`RegisterBrokerRecord`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BrokerEndpoint {
    /// `Name`.
    pub name: ByteString,
    /// `Host`.
    pub host: ByteString,
    /// `Port`.
    pub port: u16,
    /// `SecurityProtocol`.
    pub security_protocol: i16,
}

impl BrokerEndpoint {
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

/// `BrokerFeature` of [`RegisterBrokerRecord`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BrokerFeature {
    /// `Name`.
    pub name: ByteString,
    /// `MinSupportedVersion`.
    pub min_supported_version: i16,
    /// `MaxSupportedVersion`.
    pub max_supported_version: i16,
}

impl BrokerFeature {
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
