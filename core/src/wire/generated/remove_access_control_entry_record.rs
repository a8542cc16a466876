//! `RemoveAccessControlEntryRecord`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{DecodeError, Decoder, Encoder, Message, MetadataMessage};

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `RemoveAccessControlEntryRecord` (record type 19), versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RemoveAccessControlEntryRecord {
    /// `Id`.
    pub id: Uuid,
}

impl Message for RemoveAccessControlEntryRecord {
    const NAME: &'static str = "RemoveAccessControlEntryRecord";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            id: input.uuid()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.uuid(self.id);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            id: from.uuid(),
        }
    }
}

impl MetadataMessage for RemoveAccessControlEntryRecord {
    const TYPE: i16 = 19;

    fn least_version(&self) -> i16 {
        0
    }
}
