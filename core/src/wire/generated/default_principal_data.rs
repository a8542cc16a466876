//! `DefaultPrincipalData`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{DecodeError, Decoder, Encoder, Message};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `DefaultPrincipalData`, versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DefaultPrincipalData {
    /// `Type`.
    pub r#type: ByteString,
    /// `Name`.
    pub name: ByteString,
    /// `TokenAuthenticated`.
    pub token_authenticated: bool,
}

impl Message for DefaultPrincipalData {
    const NAME: &'static str = "DefaultPrincipalData";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            r#type: input.string(true)?,
            name: input.string(true)?,
            token_authenticated: input.bool()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.r#type, true);
        out.string(&self.name, true);
        out.bool(self.token_authenticated);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            r#type: from.string(),
            name: from.string(),
            token_authenticated: from.bool(),
        }
    }
}
