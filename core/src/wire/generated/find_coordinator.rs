//! `FindCoordinatorRequest` and `FindCoordinatorResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `FindCoordinatorRequest` (key 10), versions 0 to 6, flexible from 3.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FindCoordinatorRequest {
    /// `Key`, to version 3.
    pub key: ByteString,
    /// `KeyType`, from version 1.
    pub key_type: i8,
    /// `CoordinatorKeys`, from version 4.
    pub coordinator_keys: Vec<ByteString>,
}

impl Message for FindCoordinatorRequest {
    const NAME: &'static str = "FindCoordinatorRequest";
    const VERSIONS: (i16, i16) = (0, 6);
    const FLEXIBLE_FROM: Option<i16> = Some(3);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        let this = Self {
            key: if version <= 3 { input.string(flexible)? } else { ByteString::new() },
            key_type: if version >= 1 { input.int8()? } else { 0 },
            coordinator_keys: if version >= 4 { input.array(true, 1, |input| input.string(true))? } else { Vec::new() },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 3;
        if version <= 3 {
            out.string(&self.key, flexible);
        }
        if version >= 1 {
            out.int8(self.key_type);
        }
        if version >= 4 {
            out.array(&self.coordinator_keys, true, |out, it| out.string(it, true));
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            key: if version <= 3 { from.string() } else { ByteString::new() },
            key_type: if version >= 1 { from.int8() } else { 0 },
            coordinator_keys: if version >= 4 { from.array(|from| from.string()) } else { Vec::new() },
        }
    }
}

impl Request for FindCoordinatorRequest {
    const KEY: ApiKey = ApiKey::FindCoordinator;
    type Response = FindCoordinatorResponse;
}

/// Kafka's `FindCoordinatorResponse`, versions 0 to 6, flexible from 3.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FindCoordinatorResponse {
    /// `ThrottleTimeMs`, from version 1.
    pub throttle_time_ms: i32,
    /// `ErrorCode`, to version 3.
    pub error_code: i16,
    /// `ErrorMessage`, versions 1 to 3; may be null.
    pub error_message: Option<ByteString>,
    /// `NodeId`, to version 3.
    pub node_id: i32,
    /// `Host`, to version 3.
    pub host: ByteString,
    /// `Port`, to version 3.
    pub port: i32,
    /// `Coordinators`, from version 4.
    pub coordinators: Vec<Coordinator>,
}

impl Message for FindCoordinatorResponse {
    const NAME: &'static str = "FindCoordinatorResponse";
    const VERSIONS: (i16, i16) = (0, 6);
    const FLEXIBLE_FROM: Option<i16> = Some(3);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        let this = Self {
            throttle_time_ms: if version >= 1 { input.int32()? } else { 0 },
            error_code: if version <= 3 { input.int16()? } else { 0 },
            error_message: if (1..=3).contains(&version) { input.nullable_string(flexible)? } else { None },
            node_id: if version <= 3 { input.int32()? } else { 0 },
            host: if version <= 3 { input.string(flexible)? } else { ByteString::new() },
            port: if version <= 3 { input.int32()? } else { 0 },
            coordinators: if version >= 4 { input.array(true, 14, |input| Coordinator::decode(input, version))? } else { Vec::new() },
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 3;
        if version >= 1 {
            out.int32(self.throttle_time_ms);
        }
        if version <= 3 {
            out.int16(self.error_code);
        }
        if (1..=3).contains(&version) {
            out.nullable_string(self.error_message.as_deref(), flexible);
        }
        if version <= 3 {
            out.int32(self.node_id);
        }
        if version <= 3 {
            out.string(&self.host, flexible);
        }
        if version <= 3 {
            out.int32(self.port);
        }
        if version >= 4 {
            out.array(&self.coordinators, true, |out, it| it.encode(out, version));
        }
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: if version >= 1 { from.int32() } else { 0 },
            error_code: if version <= 3 { from.int16() } else { 0 },
            error_message: if (1..=3).contains(&version) { from.option(|from| from.string()) } else { None },
            node_id: if version <= 3 { from.int32() } else { 0 },
            host: if version <= 3 { from.string() } else { ByteString::new() },
            port: if version <= 3 { from.int32() } else { 0 },
            coordinators: if version >= 4 { from.array(|from| Coordinator::fill(from, version)) } else { Vec::new() },
        }
    }
}

impl Response for FindCoordinatorResponse {
    const KEY: ApiKey = ApiKey::FindCoordinator;
}

/// `Coordinator` of [`FindCoordinatorResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Coordinator {
    /// `Key`.
    pub key: ByteString,
    /// `NodeId`.
    pub node_id: i32,
    /// `Host`.
    pub host: ByteString,
    /// `Port`.
    pub port: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ErrorMessage`; may be null.
    pub error_message: Option<ByteString>,
}

impl Coordinator {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            key: input.string(true)?,
            node_id: input.int32()?,
            host: input.string(true)?,
            port: input.int32()?,
            error_code: input.int16()?,
            error_message: input.nullable_string(true)?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.key, true);
        out.int32(self.node_id);
        out.string(&self.host, true);
        out.int32(self.port);
        out.int16(self.error_code);
        out.nullable_string(self.error_message.as_deref(), true);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            key: from.string(),
            node_id: from.int32(),
            host: from.string(),
            port: from.int32(),
            error_code: from.int16(),
            error_message: from.option(|from| from.string()),
        }
    }
}
