//! `ConfigRecord`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{DecodeError, Decoder, Encoder, Message, MetadataMessage};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `ConfigRecord` (record type 4), versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ConfigRecord {
    /// `ResourceType`.
    pub resource_type: i8,
    /// `ResourceName`.
    pub resource_name: ByteString,
    /// `Name`.
    pub name: ByteString,
    /// `Value`; may be null.
    pub value: Option<ByteString>,
}

impl Message for ConfigRecord {
    const NAME: &'static str = "ConfigRecord";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            resource_type: input.int8()?,
            resource_name: input.string(true)?,
            name: input.string(true)?,
            value: input.nullable_string(true)?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int8(self.resource_type);
        out.string(&self.resource_name, true);
        out.string(&self.name, true);
        out.nullable_string(self.value.as_deref(), true);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            resource_type: from.int8(),
            resource_name: from.string(),
            name: from.string(),
            value: from.option(|from| from.string()),
        }
    }
}

impl MetadataMessage for ConfigRecord {
    const TYPE: i16 = 4;

    fn least_version(&self) -> i16 {
        0
    }
}
