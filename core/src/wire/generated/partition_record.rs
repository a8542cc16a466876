//! `PartitionRecord`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{DecodeError, Decoder, Encoder, Message, MetadataMessage};

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `PartitionRecord` (record type 3), versions 0 to 2, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartitionRecord {
    /// `PartitionId`.
    pub partition_id: i32,
    /// `TopicId`.
    pub topic_id: Uuid,
    /// `Replicas`.
    pub replicas: Vec<i32>,
    /// `Isr`.
    pub isr: Vec<i32>,
    /// `RemovingReplicas`.
    pub removing_replicas: Vec<i32>,
    /// `AddingReplicas`.
    pub adding_replicas: Vec<i32>,
    /// `Leader`.
    pub leader: i32,
    /// `LeaderRecoveryState`, tag 0.
    pub leader_recovery_state: i8,
    /// `LeaderEpoch`.
    pub leader_epoch: i32,
    /// `PartitionEpoch`.
    pub partition_epoch: i32,
    /// `Directories`, from version 1.
    pub directories: Vec<Uuid>,
    /// `EligibleLeaderReplicas`, from version 2, tag 1; may be null.
    pub eligible_leader_replicas: Option<Vec<i32>>,
    /// `LastKnownElr`, from version 2, tag 2; may be null.
    pub last_known_elr: Option<Vec<i32>>,
}

impl Default for PartitionRecord {
    fn default() -> Self {
        Self {
            partition_id: -1,
            topic_id: Uuid::ZERO,
            replicas: Vec::new(),
            isr: Vec::new(),
            removing_replicas: Vec::new(),
            adding_replicas: Vec::new(),
            leader: -1,
            leader_recovery_state: 0,
            leader_epoch: -1,
            partition_epoch: -1,
            directories: Vec::new(),
            eligible_leader_replicas: None,
            last_known_elr: None,
        }
    }
}

impl Message for PartitionRecord {
    const NAME: &'static str = "PartitionRecord";
    const VERSIONS: (i16, i16) = (0, 2);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let mut this = Self {
            partition_id: input.int32()?,
            topic_id: input.uuid()?,
            replicas: input.array(true, 4, |input| input.int32())?,
            isr: input.array(true, 4, |input| input.int32())?,
            removing_replicas: input.array(true, 4, |input| input.int32())?,
            adding_replicas: input.array(true, 4, |input| input.int32())?,
            leader: input.int32()?,
            leader_recovery_state: 0,
            leader_epoch: input.int32()?,
            partition_epoch: input.int32()?,
            directories: if version >= 1 { input.array(true, 16, |input| input.uuid())? } else { Vec::new() },
            eligible_leader_replicas: None,
            last_known_elr: None,
        };
        input.tags(|input, tag| {
            match tag {
                0 => this.leader_recovery_state = input.int8()?,
                1 if version >= 2 => this.eligible_leader_replicas = input.nullable_array(true, 4, |input| input.int32())?,
                2 if version >= 2 => this.last_known_elr = input.nullable_array(true, 4, |input| input.int32())?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.partition_id);
        out.uuid(self.topic_id);
        out.array(&self.replicas, true, |out, it| out.int32(*it));
        out.array(&self.isr, true, |out, it| out.int32(*it));
        out.array(&self.removing_replicas, true, |out, it| out.int32(*it));
        out.array(&self.adding_replicas, true, |out, it| out.int32(*it));
        out.int32(self.leader);
        out.int32(self.leader_epoch);
        out.int32(self.partition_epoch);
        if version >= 1 {
            out.array(&self.directories, true, |out, it| out.uuid(*it));
        }
        let has_0 = self.leader_recovery_state != 0;
        let has_1 = version >= 2 && self.eligible_leader_replicas.is_some();
        let has_2 = version >= 2 && self.last_known_elr.is_some();
        out.tag_count(u32::from(has_0) + u32::from(has_1) + u32::from(has_2));
        if has_0 {
            out.tag(0, |out| out.int8(self.leader_recovery_state));
        }
        if has_1 {
            out.tag(1, |out| out.nullable_array(self.eligible_leader_replicas.as_deref(), true, |out, it| out.int32(*it)));
        }
        if has_2 {
            out.tag(2, |out| out.nullable_array(self.last_known_elr.as_deref(), true, |out, it| out.int32(*it)));
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            partition_id: from.int32(),
            topic_id: from.uuid(),
            replicas: from.array(|from| from.int32()),
            isr: from.array(|from| from.int32()),
            removing_replicas: from.array(|from| from.int32()),
            adding_replicas: from.array(|from| from.int32()),
            leader: from.int32(),
            leader_recovery_state: from.int8(),
            leader_epoch: from.int32(),
            partition_epoch: from.int32(),
            directories: if version >= 1 { from.array(|from| from.uuid()) } else { Vec::new() },
            eligible_leader_replicas: if version >= 2 { from.option(|from| from.array(|from| from.int32())) } else { None },
            last_known_elr: if version >= 2 { from.option(|from| from.array(|from| from.int32())) } else { None },
        }
    }
}

impl MetadataMessage for PartitionRecord {
    const TYPE: i16 = 3;

    fn least_version(&self) -> i16 {
        if self.eligible_leader_replicas.is_some() {
            return 2;
        }
        if self.last_known_elr.is_some() {
            return 2;
        }
        if !self.directories.is_empty() {
            return 1;
        }
        0
    }
}
