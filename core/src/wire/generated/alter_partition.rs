//! `AlterPartitionRequest` and `AlterPartitionResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `AlterPartitionRequest` (key 56), versions 2 to 3, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlterPartitionRequest {
    /// `BrokerId`.
    pub broker_id: i32,
    /// `BrokerEpoch`.
    pub broker_epoch: i64,
    /// `Topics`.
    pub topics: Vec<AlterPartitionRequestTopicData>,
}

impl Default for AlterPartitionRequest {
    fn default() -> Self {
        Self {
            broker_id: 0,
            broker_epoch: -1,
            topics: Vec::new(),
        }
    }
}

impl Message for AlterPartitionRequest {
    const NAME: &'static str = "AlterPartitionRequest";
    const VERSIONS: (i16, i16) = (2, 3);
    const FLEXIBLE_FROM: Option<i16> = Some(2);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            broker_id: input.int32()?,
            broker_epoch: input.int64()?,
            topics: input.array(true, 18, |input| AlterPartitionRequestTopicData::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.broker_id);
        out.int64(self.broker_epoch);
        out.array(&self.topics, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            broker_id: from.int32(),
            broker_epoch: from.int64(),
            topics: from.array(|from| AlterPartitionRequestTopicData::fill(from, version)),
        }
    }
}

impl Request for AlterPartitionRequest {
    const KEY: ApiKey = ApiKey::AlterPartition;
    type Response = AlterPartitionResponse;
}

/// `TopicData` of [`AlterPartitionRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AlterPartitionRequestTopicData {
    /// `TopicId`.
    pub topic_id: Uuid,
    /// `Partitions`.
    pub partitions: Vec<AlterPartitionRequestPartitionData>,
}

impl AlterPartitionRequestTopicData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            topic_id: input.uuid()?,
            partitions: input.array(true, 15, |input| AlterPartitionRequestPartitionData::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.uuid(self.topic_id);
        out.array(&self.partitions, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topic_id: from.uuid(),
            partitions: from.array(|from| AlterPartitionRequestPartitionData::fill(from, version)),
        }
    }
}

/// `PartitionData` of [`AlterPartitionRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AlterPartitionRequestPartitionData {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `LeaderEpoch`.
    pub leader_epoch: i32,
    /// `NewIsr`, to version 2.
    pub new_isr: Vec<i32>,
    /// `NewIsrWithEpochs`, from version 3.
    pub new_isr_with_epochs: Vec<BrokerState>,
    /// `LeaderRecoveryState`.
    pub leader_recovery_state: i8,
    /// `PartitionEpoch`.
    pub partition_epoch: i32,
}

impl AlterPartitionRequestPartitionData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            partition_index: input.int32()?,
            leader_epoch: input.int32()?,
            new_isr: if version <= 2 { input.array(true, 4, |input| input.int32())? } else { Vec::new() },
            new_isr_with_epochs: if version >= 3 { input.array(true, 13, |input| BrokerState::decode(input, version))? } else { Vec::new() },
            leader_recovery_state: input.int8()?,
            partition_epoch: input.int32()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.partition_index);
        out.int32(self.leader_epoch);
        if version <= 2 {
            out.array(&self.new_isr, true, |out, it| out.int32(*it));
        }
        if version >= 3 {
            out.array(&self.new_isr_with_epochs, true, |out, it| it.encode(out, version));
        }
        out.int8(self.leader_recovery_state);
        out.int32(self.partition_epoch);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            leader_epoch: from.int32(),
            new_isr: if version <= 2 { from.array(|from| from.int32()) } else { Vec::new() },
            new_isr_with_epochs: if version >= 3 { from.array(|from| BrokerState::fill(from, version)) } else { Vec::new() },
            leader_recovery_state: from.int8(),
            partition_epoch: from.int32(),
        }
    }
}

/// `BrokerState` of [`AlterPartitionRequest`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BrokerState {
    /// `BrokerId`.
    pub broker_id: i32,
    /// `BrokerEpoch`.
    pub broker_epoch: i64,
}

impl Default for BrokerState {
    fn default() -> Self {
        Self {
            broker_id: 0,
            broker_epoch: -1,
        }
    }
}

impl BrokerState {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            broker_id: input.int32()?,
            broker_epoch: input.int64()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.broker_id);
        out.int64(self.broker_epoch);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            broker_id: from.int32(),
            broker_epoch: from.int64(),
        }
    }
}

/// Kafka's `AlterPartitionResponse`, versions 2 to 3, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AlterPartitionResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `Topics`.
    pub topics: Vec<AlterPartitionResponseTopicData>,
}

impl Message for AlterPartitionResponse {
    const NAME: &'static str = "AlterPartitionResponse";
    const VERSIONS: (i16, i16) = (2, 3);
    const FLEXIBLE_FROM: Option<i16> = Some(2);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            throttle_time_ms: input.int32()?,
            error_code: input.int16()?,
            topics: input.array(true, 18, |input| AlterPartitionResponseTopicData::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.throttle_time_ms);
        out.int16(self.error_code);
        out.array(&self.topics, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            error_code: from.int16(),
            topics: from.array(|from| AlterPartitionResponseTopicData::fill(from, version)),
        }
    }
}

impl Response for AlterPartitionResponse {
    const KEY: ApiKey = ApiKey::AlterPartition;
}

/// `TopicData` of [`AlterPartitionResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AlterPartitionResponseTopicData {
    /// `TopicId`.
    pub topic_id: Uuid,
    /// `Partitions`.
    pub partitions: Vec<AlterPartitionResponsePartitionData>,
}

impl AlterPartitionResponseTopicData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            topic_id: input.uuid()?,
            partitions: input.array(true, 21, |input| AlterPartitionResponsePartitionData::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.uuid(self.topic_id);
        out.array(&self.partitions, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topic_id: from.uuid(),
            partitions: from.array(|from| AlterPartitionResponsePartitionData::fill(from, version)),
        }
    }
}

/// `PartitionData` of [`AlterPartitionResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AlterPartitionResponsePartitionData {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `LeaderId`.
    pub leader_id: i32,
    /// `LeaderEpoch`.
    pub leader_epoch: i32,
    /// `Isr`.
    pub isr: Vec<i32>,
    /// `LeaderRecoveryState`.
    pub leader_recovery_state: i8,
    /// `PartitionEpoch`.
    pub partition_epoch: i32,
}

impl AlterPartitionResponsePartitionData {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            partition_index: input.int32()?,
            error_code: input.int16()?,
            leader_id: input.int32()?,
            leader_epoch: input.int32()?,
            isr: input.array(true, 4, |input| input.int32())?,
            leader_recovery_state: input.int8()?,
            partition_epoch: input.int32()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.partition_index);
        out.int16(self.error_code);
        out.int32(self.leader_id);
        out.int32(self.leader_epoch);
        out.array(&self.isr, true, |out, it| out.int32(*it));
        out.int8(self.leader_recovery_state);
        out.int32(self.partition_epoch);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            error_code: from.int16(),
            leader_id: from.int32(),
            leader_epoch: from.int32(),
            isr: from.array(|from| from.int32()),
            leader_recovery_state: from.int8(),
            partition_epoch: from.int32(),
        }
    }
}
