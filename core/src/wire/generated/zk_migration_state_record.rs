//! `ZkMigrationStateRecord`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{DecodeError, Decoder, Encoder, Message, MetadataMessage};

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `ZkMigrationStateRecord` (record type 21), versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ZkMigrationStateRecord {
    /// `ZkMigrationState`.
    pub zk_migration_state: i8,
}

impl Message for ZkMigrationStateRecord {
    const NAME: &'static str = "ZkMigrationStateRecord";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            zk_migration_state: input.int8()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int8(self.zk_migration_state);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            zk_migration_state: from.int8(),
        }
    }
}

impl MetadataMessage for ZkMigrationStateRecord {
    const TYPE: i16 = 21;

    fn least_version(&self) -> i16 {
        0
    }
}
