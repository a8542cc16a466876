//! `ConsumerGroupTargetAssignmentMemberKey` and `ConsumerGroupTargetAssignmentMemberValue`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{DecodeError, Decoder, Encoder, Message, RecordKey};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `ConsumerGroupTargetAssignmentMemberKey` (record type 7), versions 0 to 0.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ConsumerGroupTargetAssignmentMemberKey {
    /// `GroupId`.
    pub group_id: ByteString,
    /// `MemberId`.
    pub member_id: ByteString,
}

impl Message for ConsumerGroupTargetAssignmentMemberKey {
    const NAME: &'static str = "ConsumerGroupTargetAssignmentMemberKey";
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

impl RecordKey for ConsumerGroupTargetAssignmentMemberKey {
    const TYPE: i16 = 7;
    type Value = ConsumerGroupTargetAssignmentMemberValue;
}

/// Kafka's `ConsumerGroupTargetAssignmentMemberValue`, versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ConsumerGroupTargetAssignmentMemberValue {
    /// `TopicPartitions`.
    pub topic_partitions: Vec<TopicPartition>,
}

impl Message for ConsumerGroupTargetAssignmentMemberValue {
    const NAME: &'static str = "ConsumerGroupTargetAssignmentMemberValue";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            topic_partitions: input.array(true, 18, |input| TopicPartition::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.array(&self.topic_partitions, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topic_partitions: from.array(|from| TopicPartition::fill(from, version)),
        }
    }
}

/// `TopicPartition` of [`ConsumerGroupTargetAssignmentMemberValue`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TopicPartition {
    /// `TopicId`.
    pub topic_id: Uuid,
    /// `Partitions`.
    pub partitions: Vec<i32>,
}

impl TopicPartition {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            topic_id: input.uuid()?,
            partitions: input.array(true, 4, |input| input.int32())?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.uuid(self.topic_id);
        out.array(&self.partitions, true, |out, it| out.int32(*it));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            topic_id: from.uuid(),
            partitions: from.array(|from| from.int32()),
        }
    }
}
