//! `GroupMetadataKey` and `GroupMetadataValue`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{DecodeError, Decoder, Encoder, Message, RecordKey};
use bytes::Bytes;
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `GroupMetadataKey` (record type 2), versions 0 to 0.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct GroupMetadataKey {
    /// `group`.
    pub group: ByteString,
}

impl Message for GroupMetadataKey {
    const NAME: &'static str = "GroupMetadataKey";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = None;

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            group: input.string(false)?,
        })
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.group, false);
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            group: from.string(),
        }
    }
}

impl RecordKey for GroupMetadataKey {
    const TYPE: i16 = 2;
    type Value = GroupMetadataValue;
}

/// Kafka's `GroupMetadataValue`, versions 0 to 4, flexible from 4.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupMetadataValue {
    /// `protocolType`.
    pub protocol_type: ByteString,
    /// `generation`.
    pub generation: i32,
    /// `protocol`; may be null.
    pub protocol: Option<ByteString>,
    /// `leader`; may be null.
    pub leader: Option<ByteString>,
    /// `currentStateTimestamp`, from version 2.
    pub current_state_timestamp: i64,
    /// `members`.
    pub members: Vec<MemberMetadata>,
}

impl Default for GroupMetadataValue {
    fn default() -> Self {
        Self {
            protocol_type: ByteString::new(),
            generation: 0,
            protocol: None,
            leader: None,
            current_state_timestamp: -1,
            members: Vec::new(),
        }
    }
}

impl Message for GroupMetadataValue {
    const NAME: &'static str = "GroupMetadataValue";
    const VERSIONS: (i16, i16) = (0, 4);
    const FLEXIBLE_FROM: Option<i16> = Some(4);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            protocol_type: input.string(flexible)?,
            generation: input.int32()?,
            protocol: input.nullable_string(flexible)?,
            leader: input.nullable_string(flexible)?,
            current_state_timestamp: if version >= 2 { input.int64()? } else { -1 },
            members: input.array(flexible, 15, |input| MemberMetadata::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        out.string(&self.protocol_type, flexible);
        out.int32(self.generation);
        out.nullable_string(self.protocol.as_deref(), flexible);
        out.nullable_string(self.leader.as_deref(), flexible);
        if version >= 2 {
            out.int64(self.current_state_timestamp);
        }
        out.array(&self.members, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            protocol_type: from.string(),
            generation: from.int32(),
            protocol: from.option(|from| from.string()),
            leader: from.option(|from| from.string()),
            current_state_timestamp: if version >= 2 { from.int64() } else { -1 },
            members: from.array(|from| MemberMetadata::fill(from, version)),
        }
    }
}

/// `MemberMetadata` of [`GroupMetadataValue`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemberMetadata {
    /// `memberId`.
    pub member_id: ByteString,
    /// `groupInstanceId`, from version 3; may be null.
    pub group_instance_id: Option<ByteString>,
    /// `clientId`.
    pub client_id: ByteString,
    /// `clientHost`.
    pub client_host: ByteString,
    /// `rebalanceTimeout`, from version 1.
    pub rebalance_timeout: i32,
    /// `sessionTimeout`.
    pub session_timeout: i32,
    /// `subscription`.
    pub subscription: Bytes,
    /// `assignment`.
    pub assignment: Bytes,
}

impl Default for MemberMetadata {
    fn default() -> Self {
        Self {
            member_id: ByteString::new(),
            group_instance_id: None,
            client_id: ByteString::new(),
            client_host: ByteString::new(),
            rebalance_timeout: -1,
            session_timeout: 0,
            subscription: Bytes::new(),
            assignment: Bytes::new(),
        }
    }
}

impl MemberMetadata {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        let this = Self {
            member_id: input.string(flexible)?,
            group_instance_id: if version >= 3 { input.nullable_string(flexible)? } else { None },
            client_id: input.string(flexible)?,
            client_host: input.string(flexible)?,
            rebalance_timeout: if version >= 1 { input.int32()? } else { -1 },
            session_timeout: input.int32()?,
            subscription: input.bytes(flexible)?,
            assignment: input.bytes(flexible)?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 4;
        out.string(&self.member_id, flexible);
        if version >= 3 {
            out.nullable_string(self.group_instance_id.as_deref(), flexible);
        }
        out.string(&self.client_id, flexible);
        out.string(&self.client_host, flexible);
        if version >= 1 {
            out.int32(self.rebalance_timeout);
        }
        out.int32(self.session_timeout);
        out.bytes(&self.subscription, flexible);
        out.bytes(&self.assignment, flexible);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            member_id: from.string(),
            group_instance_id: if version >= 3 { from.option(|from| from.string()) } else { None },
            client_id: from.string(),
            client_host: from.string(),
            rebalance_timeout: if version >= 1 { from.int32() } else { -1 },
            session_timeout: from.int32(),
            subscription: from.bytes(),
            assignment: from.bytes(),
        }
    }
}
