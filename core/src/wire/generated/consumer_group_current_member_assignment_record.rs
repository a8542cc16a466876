//! `ConsumerGroupCurrentMemberAssignmentKey` and `ConsumerGroupCurrentMemberAssignmentValue`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{DecodeError, Decoder, Encoder, Message, RecordKey};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `ConsumerGroupCurrentMemberAssignmentKey` (record type 8), versions 0 to 0.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ConsumerGroupCurrentMemberAssignmentKey {
    /// `GroupId`.
    pub group_id: ByteString,
    /// `MemberId`.
    pub member_id: ByteString,
}

impl Message for ConsumerGroupCurrentMemberAssignmentKey {
    const NAME: &'static str = "ConsumerGroupCurrentMemberAssignmentKey";
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

impl RecordKey for ConsumerGroupCurrentMemberAssignmentKey {
    const TYPE: i16 = 8;
    type Value = ConsumerGroupCurrentMemberAssignmentValue;
}

/// Kafka's `ConsumerGroupCurrentMemberAssignmentValue`, versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ConsumerGroupCurrentMemberAssignmentValue {
    /// `MemberEpoch`.
    pub member_epoch: i32,
    /// `PreviousMemberEpoch`.
    pub previous_member_epoch: i32,
    /// `State`.
    pub state: i8,
    /// `AssignedPartitions`.
    pub assigned_partitions: Vec<TopicPartitions>,
    /// `PartitionsPendingRevocation`.
    pub partitions_pending_revocation: Vec<TopicPartitions>,
}

impl Message for ConsumerGroupCurrentMemberAssignmentValue {
    const NAME: &'static str = "ConsumerGroupCurrentMemberAssignmentValue";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            member_epoch: input.int32()?,
            previous_member_epoch: input.int32()?,
            state: input.int8()?,
            assigned_partitions: input.array(true, 18, |input| TopicPartitions::decode(input, version))?,
            partitions_pending_revocation: input.array(true, 18, |input| TopicPartitions::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.member_epoch);
        out.int32(self.previous_member_epoch);
        out.int8(self.state);
        out.array(&self.assigned_partitions, true, |out, it| it.encode(out, version));
        out.array(&self.partitions_pending_revocation, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            member_epoch: from.int32(),
            previous_member_epoch: from.int32(),
            state: from.int8(),
            assigned_partitions: from.array(|from| TopicPartitions::fill(from, version)),
            partitions_pending_revocation: from.array(|from| TopicPartitions::fill(from, version)),
        }
    }
}

/// `TopicPartitions` of [`ConsumerGroupCurrentMemberAssignmentValue`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TopicPartitions {
    /// `TopicId`.
    pub topic_id: Uuid,
    /// `Partitions`.
    pub partitions: Vec<i32>,
    /// `AssignmentEpochs`, tag 0; may be null.
    pub assignment_epochs: Option<Vec<i32>>,
}

impl TopicPartitions {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let mut this = Self {
            topic_id: input.uuid()?,
            partitions: input.array(true, 4, |input| input.int32())?,
            assignment_epochs: None,
        };
        input.tags(|input, tag| {
            match tag {
                0 => this.assignment_epochs = input.nullable_array(true, 4, |input| input.int32())?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.uuid(self.topic_id);
        out.array(&self.partitions, true, |out, it| out.int32(*it));
        let has_0 = self.assignment_epochs.is_some();
        out.tag_count(u32::from(has_0));
        if has_0 {
            out.tag(0, |out| out.nullable_array(self.assignment_epochs.as_deref(), true, |out, it| out.int32(*it)));
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            topic_id: from.uuid(),
            partitions: from.array(|from| from.int32()),
            assignment_epochs: from.option(|from| from.array(|from| from.int32())),
        }
    }
}
