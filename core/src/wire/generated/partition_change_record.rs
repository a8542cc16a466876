//! `PartitionChangeRecord`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{DecodeError, Decoder, Encoder, Message, MetadataMessage};

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `PartitionChangeRecord` (record type 5), versions 0 to 2, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartitionChangeRecord {
    /// `PartitionId`.
    pub partition_id: i32,
    /// `TopicId`.
    pub topic_id: Uuid,
    /// `Isr`, tag 0; may be null.
    pub isr: Option<Vec<i32>>,
    /// `Leader`, tag 1.
    pub leader: i32,
    /// `Replicas`, tag 2; may be null.
    pub replicas: Option<Vec<i32>>,
    /// `RemovingReplicas`, tag 3; may be null.
    pub removing_replicas: Option<Vec<i32>>,
    /// `AddingReplicas`, tag 4; may be null.
    pub adding_replicas: Option<Vec<i32>>,
    /// `LeaderRecoveryState`, tag 5.
    pub leader_recovery_state: i8,
    /// `Directories`, from version 1, tag 8; may be null.
    pub directories: Option<Vec<Uuid>>,
    /// `EligibleLeaderReplicas`, from version 2, tag 6; may be null.
    pub eligible_leader_replicas: Option<Vec<i32>>,
    /// `LastKnownElr`, from version 2, tag 7; may be null.
    pub last_known_elr: Option<Vec<i32>>,
}

impl Default for PartitionChangeRecord {
    fn default() -> Self {
        Self {
            partition_id: -1,
            topic_id: Uuid::ZERO,
            isr: None,
            leader: -2,
            replicas: None,
            removing_replicas: None,
            adding_replicas: None,
            leader_recovery_state: -1,
            directories: None,
            eligible_leader_replicas: None,
            last_known_elr: None,
        }
    }
}

impl Message for PartitionChangeRecord {
    const NAME: &'static str = "PartitionChangeRecord";
    const VERSIONS: (i16, i16) = (0, 2);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let mut this = Self {
            partition_id: input.int32()?,
            topic_id: input.uuid()?,
            isr: None,
            leader: -2,
            replicas: None,
            removing_replicas: None,
            adding_replicas: None,
            leader_recovery_state: -1,
            directories: None,
            eligible_leader_replicas: None,
            last_known_elr: None,
        };
        input.tags(|input, tag| {
            match tag {
                0 => this.isr = input.nullable_array(true, 4, |input| input.int32())?,
                1 => this.leader = input.int32()?,
                2 => this.replicas = input.nullable_array(true, 4, |input| input.int32())?,
                3 => this.removing_replicas = input.nullable_array(true, 4, |input| input.int32())?,
                4 => this.adding_replicas = input.nullable_array(true, 4, |input| input.int32())?,
                5 => this.leader_recovery_state = input.int8()?,
                6 if version >= 2 => this.eligible_leader_replicas = input.nullable_array(true, 4, |input| input.int32())?,
                7 if version >= 2 => this.last_known_elr = input.nullable_array(true, 4, |input| input.int32())?,
                8 if version >= 1 => this.directories = input.nullable_array(true, 16, |input| input.uuid())?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.partition_id);
        out.uuid(self.topic_id);
        let has_0 = self.isr.is_some();
        let has_1 = self.leader != -2;
        let has_2 = self.replicas.is_some();
        let has_3 = self.removing_replicas.is_some();
        let has_4 = self.adding_replicas.is_some();
        let has_5 = self.leader_recovery_state != -1;
        let has_6 = version >= 2 && self.eligible_leader_replicas.is_some();
        let has_7 = version >= 2 && self.last_known_elr.is_some();
        let has_8 = version >= 1 && self.directories.is_some();
        out.tag_count(u32::from(has_0) + u32::from(has_1) + u32::from(has_2) + u32::from(has_3) + u32::from(has_4) + u32::from(has_5) + u32::from(has_6) + u32::from(has_7) + u32::from(has_8));
        if has_0 {
            out.tag(0, |out| out.nullable_array(self.isr.as_deref(), true, |out, it| out.int32(*it)));
        }
        if has_1 {
            out.tag(1, |out| out.int32(self.leader));
        }
        if has_2 {
            out.tag(2, |out| out.nullable_array(self.replicas.as_deref(), true, |out, it| out.int32(*it)));
        }
        if has_3 {
            out.tag(3, |out| out.nullable_array(self.removing_replicas.as_deref(), true, |out, it| out.int32(*it)));
        }
        if has_4 {
            out.tag(4, |out| out.nullable_array(self.adding_replicas.as_deref(), true, |out, it| out.int32(*it)));
        }
        if has_5 {
            out.tag(5, |out| out.int8(self.leader_recovery_state));
        }
        if has_6 {
            out.tag(6, |out| out.nullable_array(self.eligible_leader_replicas.as_deref(), true, |out, it| out.int32(*it)));
        }
        if has_7 {
            out.tag(7, |out| out.nullable_array(self.last_known_elr.as_deref(), true, |out, it| out.int32(*it)));
        }
        if has_8 {
            out.tag(8, |out| out.nullable_array(self.directories.as_deref(), true, |out, it| out.uuid(*it)));
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            partition_id: from.int32(),
            topic_id: from.uuid(),
            isr: from.option(|from| from.array(|from| from.int32())),
            leader: from.int32(),
            replicas: from.option(|from| from.array(|from| from.int32())),
            removing_replicas: from.option(|from| from.array(|from| from.int32())),
            adding_replicas: from.option(|from| from.array(|from| from.int32())),
            leader_recovery_state: from.int8(),
            directories: if version >= 1 { from.option(|from| from.array(|from| from.uuid())) } else { None },
            eligible_leader_replicas: if version >= 2 { from.option(|from| from.array(|from| from.int32())) } else { None },
            last_known_elr: if version >= 2 { from.option(|from| from.array(|from| from.int32())) } else { None },
        }
    }
}

impl MetadataMessage for PartitionChangeRecord {
    const TYPE: i16 = 5;

    fn least_version(&self) -> i16 {
        if self.eligible_leader_replicas.is_some() {
            return 2;
        }
        if self.last_known_elr.is_some() {
            return 2;
        }
        if self.directories.is_some() {
            return 1;
        }
        0
    }
}
