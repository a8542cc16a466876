//! `EnvelopeRequest` and `EnvelopeResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytes::Bytes;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `EnvelopeRequest` (key 58), versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EnvelopeRequest {
    /// `RequestData`.
    pub request_data: Bytes,
    /// `RequestPrincipal`; may be null.
    pub request_principal: Option<Bytes>,
    /// `ClientHostAddress`.
    pub client_host_address: Bytes,
}

impl Message for EnvelopeRequest {
    const NAME: &'static str = "EnvelopeRequest";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            request_data: input.bytes(true)?,
            request_principal: input.nullable_bytes(true)?,
            client_host_address: input.bytes(true)?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.bytes(&self.request_data, true);
        out.nullable_bytes(self.request_principal.as_deref(), true);
        out.bytes(&self.client_host_address, true);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            request_data: from.bytes(),
            request_principal: from.option(|from| from.bytes()),
            client_host_address: from.bytes(),
        }
    }
}

impl Request for EnvelopeRequest {
    const KEY: ApiKey = ApiKey::Envelope;
    type Response = EnvelopeResponse;
}

/// Kafka's `EnvelopeResponse`, versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EnvelopeResponse {
    /// `ResponseData`; may be null.
    pub response_data: Option<Bytes>,
    /// `ErrorCode`.
    pub error_code: i16,
}

impl Message for EnvelopeResponse {
    const NAME: &'static str = "EnvelopeResponse";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            response_data: input.nullable_bytes(true)?,
            error_code: input.int16()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.nullable_bytes(self.response_data.as_deref(), true);
        out.int16(self.error_code);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            response_data: from.option(|from| from.bytes()),
            error_code: from.int16(),
        }
    }
}

impl Response for EnvelopeResponse {
    const KEY: ApiKey = ApiKey::Envelope;
}
