//! `RequestHeader` and `ResponseHeader`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{DecodeError, Decoder, Encoder, Message};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `RequestHeader`, versions 1 to 2, flexible from 2.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RequestHeader {
    /// `RequestApiKey`.
    pub request_api_key: i16,
    /// `RequestApiVersion`.
    pub request_api_version: i16,
    /// `CorrelationId`.
    pub correlation_id: i32,
    /// `ClientId`; may be null.
    pub client_id: Option<ByteString>,
}

impl Message for RequestHeader {
    const NAME: &'static str = "RequestHeader";
    const VERSIONS: (i16, i16) = (1, 2);
    const FLEXIBLE_FROM: Option<i16> = Some(2);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            request_api_key: input.int16()?,
            request_api_version: input.int16()?,
            correlation_id: input.int32()?,
            client_id: input.nullable_string(false)?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.int16(self.request_api_key);
        out.int16(self.request_api_version);
        out.int32(self.correlation_id);
        out.nullable_string(self.client_id.as_deref(), false);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            request_api_key: from.int16(),
            request_api_version: from.int16(),
            correlation_id: from.int32(),
            client_id: from.option(|from| from.string()),
        }
    }
}

/// Kafka's `ResponseHeader`, versions 0 to 1, flexible from 1.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ResponseHeader {
    /// `CorrelationId`.
    pub correlation_id: i32,
}

impl Message for ResponseHeader {
    const NAME: &'static str = "ResponseHeader";
    const VERSIONS: (i16, i16) = (0, 1);
    const FLEXIBLE_FROM: Option<i16> = Some(1);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        let this = Self {
            correlation_id: input.int32()?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 1;
        out.int32(self.correlation_id);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            correlation_id: from.int32(),
        }
    }
}
