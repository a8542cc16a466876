//! `BeginTransactionRecord`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{DecodeError, Decoder, Encoder, Message, MetadataMessage};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `BeginTransactionRecord` (record type 23), versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BeginTransactionRecord {
    /// `Name`, tag 0; may be null.
    pub name: Option<ByteString>,
}

impl Message for BeginTransactionRecord {
    const NAME: &'static str = "BeginTransactionRecord";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let mut this = Self {
            name: None,
        };
        input.tags(|input, tag| {
            match tag {
                0 => this.name = input.nullable_string(true)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        let has_0 = self.name.is_some();
        out.tag_count(u32::from(has_0));
        if has_0 {
            out.tag(0, |out| out.nullable_string(self.name.as_deref(), true));
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            name: from.option(|from| from.string()),
        }
    }
}

impl MetadataMessage for BeginTransactionRecord {
    const TYPE: i16 = 23;

    fn least_version(&self) -> i16 {
        0
    }
}
