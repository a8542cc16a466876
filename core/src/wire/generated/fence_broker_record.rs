//! `FenceBrokerRecord`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{DecodeError, Decoder, Encoder, Message, MetadataMessage};

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `FenceBrokerRecord` (record type 7), versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FenceBrokerRecord {
    /// `Id`.
    pub id: i32,
    /// `Epoch`.
    pub epoch: i64,
}

impl Message for FenceBrokerRecord {
    const NAME: &'static str = "FenceBrokerRecord";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            id: input.int32()?,
            epoch: input.int64()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.id);
        out.int64(self.epoch);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            id: from.int32(),
            epoch: from.int64(),
        }
    }
}

impl MetadataMessage for FenceBrokerRecord {
    const TYPE: i16 = 7;

    fn least_version(&self) -> i16 {
        0
    }
}
