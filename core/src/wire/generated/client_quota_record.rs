//! `ClientQuotaRecord`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{DecodeError, Decoder, Encoder, Message, MetadataMessage};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `ClientQuotaRecord` (record type 14), versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ClientQuotaRecord {
    /// `Entity`.
    pub entity: Vec<EntityData>,
    /// `Key`.
    pub key: ByteString,
    /// `Value`.
    pub value: f64,
    /// `Remove`.
    pub remove: bool,
}

impl Message for ClientQuotaRecord {
    const NAME: &'static str = "ClientQuotaRecord";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            entity: input.array(true, 3, |input| EntityData::decode(input, version))?,
            key: input.string(true)?,
            value: input.float64()?,
            remove: input.bool()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.array(&self.entity, true, |out, it| it.encode(out, version));
        out.string(&self.key, true);
        out.float64(self.value);
        out.bool(self.remove);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            entity: from.array(|from| EntityData::fill(from, version)),
            key: from.string(),
            value: from.float64(),
            remove: from.bool(),
        }
    }
}

impl MetadataMessage for ClientQuotaRecord {
    const TYPE: i16 = 14;

    fn least_version(&self) -> i16 {
        0
    }
}

/// `EntityData` of [`ClientQuotaRecord`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EntityData {
    /// `EntityType`.
    pub entity_type: ByteString,
    /// `EntityName`; may be null.
    pub entity_name: Option<ByteString>,
}

impl EntityData {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            entity_type: input.string(true)?,
            entity_name: input.nullable_string(true)?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.entity_type, true);
        out.nullable_string(self.entity_name.as_deref(), true);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            entity_type: from.string(),
            entity_name: from.option(|from| from.string()),
        }
    }
}
