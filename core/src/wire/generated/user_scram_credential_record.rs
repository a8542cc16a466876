//! `UserScramCredentialRecord`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{DecodeError, Decoder, Encoder, Message, MetadataMessage};
use bytes::Bytes;
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `UserScramCredentialRecord` (record type 11), versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UserScramCredentialRecord {
    /// `Name`.
    pub name: ByteString,
    /// `Mechanism`.
    pub mechanism: i8,
    /// `Salt`.
    pub salt: Bytes,
    /// `StoredKey`.
    pub stored_key: Bytes,
    /// `ServerKey`.
    pub server_key: Bytes,
    /// `Iterations`.
    pub iterations: i32,
}

impl Message for UserScramCredentialRecord {
    const NAME: &'static str = "UserScramCredentialRecord";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            name: input.string(true)?,
            mechanism: input.int8()?,
            salt: input.bytes(true)?,
            stored_key: input.bytes(true)?,
            server_key: input.bytes(true)?,
            iterations: input.int32()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.name, true);
        out.int8(self.mechanism);
        out.bytes(&self.salt, true);
        out.bytes(&self.stored_key, true);
        out.bytes(&self.server_key, true);
        out.int32(self.iterations);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            name: from.string(),
            mechanism: from.int8(),
            salt: from.bytes(),
            stored_key: from.bytes(),
            server_key: from.bytes(),
            iterations: from.int32(),
        }
    }
}

impl MetadataMessage for UserScramCredentialRecord {
    const TYPE: i16 = 11;

    fn least_version(&self) -> i16 {
        0
    }
}
