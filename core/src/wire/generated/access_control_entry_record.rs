//! `AccessControlEntryRecord`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{DecodeError, Decoder, Encoder, Message, MetadataMessage};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `AccessControlEntryRecord` (record type 18), versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AccessControlEntryRecord {
    /// `Id`.
    pub id: Uuid,
    /// `ResourceType`.
    pub resource_type: i8,
    /// `ResourceName`.
    pub resource_name: ByteString,
    /// `PatternType`.
    pub pattern_type: i8,
    /// `Principal`.
    pub principal: ByteString,
    /// `Host`.
    pub host: ByteString,
    /// `Operation`.
    pub operation: i8,
    /// `PermissionType`.
    pub permission_type: i8,
}

impl Message for AccessControlEntryRecord {
    const NAME: &'static str = "AccessControlEntryRecord";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            id: input.uuid()?,
            resource_type: input.int8()?,
            resource_name: input.string(true)?,
            pattern_type: input.int8()?,
            principal: input.string(true)?,
            host: input.string(true)?,
            operation: input.int8()?,
            permission_type: input.int8()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.uuid(self.id);
        out.int8(self.resource_type);
        out.string(&self.resource_name, true);
        out.int8(self.pattern_type);
        out.string(&self.principal, true);
        out.string(&self.host, true);
        out.int8(self.operation);
        out.int8(self.permission_type);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            id: from.uuid(),
            resource_type: from.int8(),
            resource_name: from.string(),
            pattern_type: from.int8(),
            principal: from.string(),
            host: from.string(),
            operation: from.int8(),
            permission_type: from.int8(),
        }
    }
}

impl MetadataMessage for AccessControlEntryRecord {
    const TYPE: i16 = 18;

    fn least_version(&self) -> i16 {
        0
    }
}
