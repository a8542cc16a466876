//! `AddRaftVoterRequest` and `AddRaftVoterResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `AddRaftVoterRequest` (key 80), versions 0 to 1, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AddRaftVoterRequest {
    /// `ClusterId`; may be null.
    pub cluster_id: Option<ByteString>,
    /// `TimeoutMs`.
    pub timeout_ms: i32,
    /// `VoterId`.
    pub voter_id: i32,
    /// `VoterDirectoryId`.
    pub voter_directory_id: Uuid,
    /// `Listeners`.
    pub listeners: Vec<Listener>,
    /// `AckWhenCommitted`, from version 1.
    pub ack_when_committed: bool,
}

impl Default for AddRaftVoterRequest {
    fn default() -> Self {
        Self {
            cluster_id: None,
            timeout_ms: 0,
            voter_id: 0,
            voter_directory_id: Uuid::ZERO,
            listeners: Vec::new(),
            ack_when_committed: true,
        }
    }
}

impl Message for AddRaftVoterRequest {
    const NAME: &'static str = "AddRaftVoterRequest";
    const VERSIONS: (i16, i16) = (0, 1);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            cluster_id: input.nullable_string(true)?,
            timeout_ms: input.int32()?,
            voter_id: input.int32()?,
            voter_directory_id: input.uuid()?,
            listeners: input.array(true, 5, |input| Listener::decode(input, version))?,
            ack_when_committed: if version >= 1 { input.bool()? } else { true },
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.nullable_string(self.cluster_id.as_deref(), true);
        out.int32(self.timeout_ms);
        out.int32(self.voter_id);
        out.uuid(self.voter_directory_id);
        out.array(&self.listeners, true, |out, it| it.encode(out, version));
        if version >= 1 {
            out.bool(self.ack_when_committed);
        }
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            cluster_id: from.option(|from| from.string()),
            timeout_ms: from.int32(),
            voter_id: from.int32(),
            voter_directory_id: from.uuid(),
            listeners: from.array(|from| Listener::fill(from, version)),
            ack_when_committed: if version >= 1 { from.bool() } else { true },
        }
    }
}

impl Request for AddRaftVoterRequest {
    const KEY: ApiKey = ApiKey::AddRaftVoter;
    type Response = AddRaftVoterResponse;
}

/// `Listener` of [`AddRaftVoterRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Listener {
    /// `Name`.
    pub name: ByteString,
    /// `Host`.
    pub host: ByteString,
    /// `Port`.
    pub port: u16,
}

impl Listener {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            name: input.string(true)?,
            host: input.string(true)?,
            port: input.uint16()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.name, true);
        out.string(&self.host, true);
        out.uint16(self.port);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            name: from.string(),
            host: from.string(),
            port: from.uint16(),
        }
    }
}

/// Kafka's `AddRaftVoterResponse`, versions 0 to 1, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AddRaftVoterResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `ErrorMessage`; may be null.
    pub error_message: Option<ByteString>,
}

impl Message for AddRaftVoterResponse {
    const NAME: &'static str = "AddRaftVoterResponse";
    const VERSIONS: (i16, i16) = (0, 1);
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

impl Response for AddRaftVoterResponse {
    const KEY: ApiKey = ApiKey::AddRaftVoter;
}
