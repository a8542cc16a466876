//! `ConsumerGroupMemberMetadataKey` and `ConsumerGroupMemberMetadataValue`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{DecodeError, Decoder, Encoder, Message, RecordKey};
use bytes::Bytes;
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `ConsumerGroupMemberMetadataKey` (record type 5), versions 0 to 0.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ConsumerGroupMemberMetadataKey {
    /// `GroupId`.
    pub group_id: ByteString,
    /// `MemberId`.
    pub member_id: ByteString,
}

impl Message for ConsumerGroupMemberMetadataKey {
    const NAME: &'static str = "ConsumerGroupMemberMetadataKey";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = None;

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            group_id: input.string(false)?,
            member_id: input.string(false)?,
        })
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.group_id, false);
        out.string(&self.member_id, false);
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            group_id: from.string(),
            member_id: from.string(),
        }
    }
}

impl RecordKey for ConsumerGroupMemberMetadataKey {
    const TYPE: i16 = 5;
    type Value = ConsumerGroupMemberMetadataValue;
}

/// Kafka's `ConsumerGroupMemberMetadataValue`, versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConsumerGroupMemberMetadataValue {
    /// `InstanceId`; may be null.
    pub instance_id: Option<ByteString>,
    /// `RackId`; may be null.
    pub rack_id: Option<ByteString>,
    /// `ClientId`.
    pub client_id: ByteString,
    /// `ClientHost`.
    pub client_host: ByteString,
    /// `SubscribedTopicNames`.
    pub subscribed_topic_names: Vec<ByteString>,
    /// `SubscribedTopicRegex`; may be null.
    pub subscribed_topic_regex: Option<ByteString>,
    /// `RebalanceTimeoutMs`.
    pub rebalance_timeout_ms: i32,
    /// `ServerAssignor`; may be null.
    pub server_assignor: Option<ByteString>,
    /// `ClassicMemberMetadata`, tag 0; may be null.
    pub classic_member_metadata: Option<ClassicMemberMetadata>,
}

impl Default for ConsumerGroupMemberMetadataValue {
    fn default() -> Self {
        Self {
            instance_id: None,
            rack_id: None,
            client_id: ByteString::new(),
            client_host: ByteString::new(),
            subscribed_topic_names: Vec::new(),
            subscribed_topic_regex: None,
            rebalance_timeout_ms: -1,
            server_assignor: None,
            classic_member_metadata: None,
        }
    }
}

impl Message for ConsumerGroupMemberMetadataValue {
    const NAME: &'static str = "ConsumerGroupMemberMetadataValue";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let mut this = Self {
            instance_id: input.nullable_string(true)?,
            rack_id: input.nullable_string(true)?,
            client_id: input.string(true)?,
            client_host: input.string(true)?,
            subscribed_topic_names: input.array(true, 1, |input| input.string(true))?,
            subscribed_topic_regex: input.nullable_string(true)?,
            rebalance_timeout_ms: input.int32()?,
            server_assignor: input.nullable_string(true)?,
            classic_member_metadata: None,
        };
        input.tags(|input, tag| {
            match tag {
                0 => this.classic_member_metadata = if input.is_null()? { None } else { Some(ClassicMemberMetadata::decode(input, version)?) },
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.nullable_string(self.instance_id.as_deref(), true);
        out.nullable_string(self.rack_id.as_deref(), true);
        out.string(&self.client_id, true);
        out.string(&self.client_host, true);
        out.array(&self.subscribed_topic_names, true, |out, it| out.string(it, true));
        out.nullable_string(self.subscribed_topic_regex.as_deref(), true);
        out.int32(self.rebalance_timeout_ms);
        out.nullable_string(self.server_assignor.as_deref(), true);
        let has_0 = self.classic_member_metadata.is_some();
        out.tag_count(u32::from(has_0));
        if has_0 {
            out.tag(0, |out| out.nullable(self.classic_member_metadata.as_ref(), |out, it| it.encode(out, version)));
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            instance_id: from.option(|from| from.string()),
            rack_id: from.option(|from| from.string()),
            client_id: from.string(),
            client_host: from.string(),
            subscribed_topic_names: from.array(|from| from.string()),
            subscribed_topic_regex: from.option(|from| from.string()),
            rebalance_timeout_ms: from.int32(),
            server_assignor: from.option(|from| from.string()),
            classic_member_metadata: from.option(|from| ClassicMemberMetadata::fill(from, version)),
        }
    }
}

/// `ClassicMemberMetadata` of [`ConsumerGroupMemberMetadataValue`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ClassicMemberMetadata {
    /// `SessionTimeoutMs`.
    pub session_timeout_ms: i32,
    /// `SupportedProtocols`.
    pub supported_protocols: Vec<ClassicProtocol>,
}

impl ClassicMemberMetadata {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            session_timeout_ms: input.int32()?,
            supported_protocols: input.array(true, 3, |input| ClassicProtocol::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.session_timeout_ms);
        out.array(&self.supported_protocols, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            session_timeout_ms: from.int32(),
            supported_protocols: from.array(|from| ClassicProtocol::fill(from, version)),
        }
    }
}

/// `ClassicProtocol` of [`ConsumerGroupMemberMetadataValue`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ClassicProtocol {
    /// `Name`.
    pub name: ByteString,
    /// `Metadata`.
    pub metadata: Bytes,
}

impl ClassicProtocol {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            name: input.string(true)?,
            metadata: input.bytes(true)?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.name, true);
        out.bytes(&self.metadata, true);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            name: from.string(),
            metadata: from.bytes(),
        }
    }
}
