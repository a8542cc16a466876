//! `BrokerRegistrationRequest` and `BrokerRegistrationResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `BrokerRegistrationRequest` (key 62), versions 0 to 4, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BrokerRegistrationRequest {
    /// `BrokerId`.
    pub broker_id: i32,
    /// `ClusterId`.
    pub cluster_id: ByteString,
    /// `IncarnationId`.
    pub incarnation_id: Uuid,
    /// `Listeners`.
    pub listeners: Vec<Listener>,
    /// `Features`.
    pub features: Vec<Feature>,
    /// `Rack`; may be null.
    pub rack: Option<ByteString>,
    /// `IsMigratingZkBroker`, from version 1.
    pub is_migrating_zk_broker: bool,
    /// `LogDirs`, from version 2.
    pub log_dirs: Vec<Uuid>,
    /// `PreviousBrokerEpoch`, from version 3.
    pub previous_broker_epoch: i64,
}

impl Default for BrokerRegistrationRequest {
    fn default() -> Self {
        Self {
            broker_id: 0,
            cluster_id: ByteString::new(),
            incarnation_id: Uuid::ZERO,
            listeners: Vec::new(),
            features: Vec::new(),
            rack: None,
            is_migrating_zk_broker: false,
            log_dirs: Vec::new(),
            previous_broker_epoch: -1,
        }
    }
}

impl Message for BrokerRegistrationRequest {
    const NAME: &'static str = "BrokerRegistrationRequest";
    const VERSIONS: (i16, i16) = (0, 4);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            broker_id: input.int32()?,
            cluster_id: input.string(true)?,
            incarnation_id: input.uuid()?,
            listeners: input.array(true, 7, |input| Listener::decode(input, version))?,
            features: input.array(true, 6, |input| Feature::decode(input, version))?,
            rack: input.nullable_string(true)?,
            is_migrating_zk_broker: if version >= 1 { input.bool()? } else { false },
            log_dirs: if version >= 2 { input.array(true, 16, |input| input.uuid())? } else { Vec::new() },
            previous_broker_epoch: if version >= 3 { input.int64()? } else { -1 },
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.broker_id);
        out.string(&self.cluster_id, true);
        out.uuid(self.incarnation_id);
        out.array(&self.listeners, true, |out, it| it.encode(out, version));
        out.array(&self.features, true, |out, it| it.encode(out, version));
        out.nullable_string(self.rack.as_deref(), true);
        if version >= 1 {
            out.bool(self.is_migrating_zk_broker);
        }
        if version >= 2 {
            out.array(&self.log_dirs, true, |out, it| out.uuid(*it));
        }
        if version >= 3 {
            out.int64(self.previous_broker_epoch);
        }
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            broker_id: from.int32(),
            cluster_id: from.string(),
            incarnation_id: from.uuid(),
            listeners: from.array(|from| Listener::fill(from, version)),
            features: from.array(|from| Feature::fill(from, version)),
            rack: from.option(|from| from.string()),
            is_migrating_zk_broker: if version >= 1 { from.bool() } else { false },
            log_dirs: if version >= 2 { from.array(|from| from.uuid()) } else { Vec::new() },
            previous_broker_epoch: if version >= 3 { from.int64() } else { -1 },
        }
    }
}

impl Request for BrokerRegistrationRequest {
    const KEY: ApiKey = ApiKey::BrokerRegistration;
    type Response = BrokerRegistrationResponse;
}

/// `Listener` of [`BrokerRegistrationRequest`].
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

/// `Feature` of [`BrokerRegistrationRequest`].
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

/// Kafka's `BrokerRegistrationResponse`, versions 0 to 4, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BrokerRegistrationResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `BrokerEpoch`.
    pub broker_epoch: i64,
}

impl Default for BrokerRegistrationResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: 0,
            broker_epoch: -1,
        }
    }
}

impl Message for BrokerRegistrationResponse {
    const NAME: &'static str = "BrokerRegistrationResponse";
    const VERSIONS: (i16, i16) = (0, 4);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            throttle_time_ms: input.int32()?,
            error_code: input.int16()?,
            broker_epoch: input.int64()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.throttle_time_ms);
        out.int16(self.error_code);
        out.int64(self.broker_epoch);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            error_code: from.int16(),
            broker_epoch: from.int64(),
        }
    }
}

impl Response for BrokerRegistrationResponse {
    const KEY: ApiKey = ApiKey::BrokerRegistration;
}
