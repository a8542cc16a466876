//! `EndTransactionRecord`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{DecodeError, Decoder, Encoder, Message, MetadataMessage};

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `EndTransactionRecord` (record type 24), versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EndTransactionRecord {
}

impl Message for EndTransactionRecord {
    const NAME: &'static str = "EndTransactionRecord";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(_from: &mut Filler, _version: i16) -> Self {
        Self {
        }
    }
}

impl MetadataMessage for EndTransactionRecord {
    const TYPE: i16 = 24;

    fn least_version(&self) -> i16 {
        0
    }
}
