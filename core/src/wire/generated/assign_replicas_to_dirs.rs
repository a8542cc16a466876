//! `AssignReplicasToDirsRequest` and `AssignReplicasToDirsResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `AssignReplicasToDirsRequest` (key 73), versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AssignReplicasToDirsRequest {
    /// `BrokerId`.
    pub broker_id: i32,
    /// `BrokerEpoch`.
    pub broker_epoch: i64,
    /// `Directories`.
    pub directories: Vec<AssignReplicasToDirsRequestDirectoryData>,
}

impl Default for AssignReplicasToDirsRequest {
    fn default() -> Self {
        Self {
            broker_id: 0,
            broker_epoch: -1,
            directories: Vec::new(),
        }
    }
}

impl Message for AssignReplicasToDirsRequest {
    const NAME: &'static str = "AssignReplicasToDirsRequest";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            broker_id: input.int32()?,
            broker_epoch: input.int64()?,
            directories: input.array(true, 18, |input| AssignReplicasToDirsRequestDirectoryData::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.broker_id);
        out.int64(self.broker_epoch);
        out.array(&self.directories, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            broker_id: from.int32(),
            broker_epoch: from.int64(),
            directories: from.array(|from| AssignReplicasToDirsRequestDirectoryData::fill(from, version)),
        }
    }
}

impl Request for AssignReplicasToDirsRequest {
    const KEY: ApiKey = ApiKey::AssignReplicasToDirs;
    type Response = AssignReplicasToDirsResponse;
}

/// `DirectoryData` of [`AssignReplicasToDirsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AssignReplicasToDirsRequestDirectoryData {
    /// `Id`.
    pub id: Uuid,
    /// `Topics`.
    pub topics: Vec<AssignReplicasToDirsRequestTopicData>,
}

impl AssignReplicasToDirsRequestDirectoryData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            id: input.uuid()?,
            topics: input.array(true, 18, |input| AssignReplicasToDirsRequestTopicData::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.uuid(self.id);
        out.array(&self.topics, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            id: from.uuid(),
            topics: from.array(|from| AssignReplicasToDirsRequestTopicData::fill(from, version)),
        }
    }
}

/// `TopicData` of [`AssignReplicasToDirsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AssignReplicasToDirsRequestTopicData {
    /// `TopicId`.
    pub topic_id: Uuid,
    /// `Partitions`.
    pub partitions: Vec<AssignReplicasToDirsRequestPartitionData>,
}

impl AssignReplicasToDirsRequestTopicData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            topic_id: input.uuid()?,
            partitions: input.array(true, 5, |input| AssignReplicasToDirsRequestPartitionData::decode(input, version))?,
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
            partitions: from.array(|from| AssignReplicasToDirsRequestPartitionData::fill(from, version)),
        }
    }
}

/// `PartitionData` of [`AssignReplicasToDirsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AssignReplicasToDirsRequestPartitionData {
    /// `PartitionIndex`.
    pub partition_index: i32,
}

impl AssignReplicasToDirsRequestPartitionData {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            partition_index: input.int32()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.partition_index);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            partition_index: from.int32(),
        }
    }
}

/// Kafka's `AssignReplicasToDirsResponse`, versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AssignReplicasToDirsResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `ErrorCode`.
    pub error_code: i16,
    /// `Directories`.
    pub directories: Vec<AssignReplicasToDirsResponseDirectoryData>,
}

impl Message for AssignReplicasToDirsResponse {
    const NAME: &'static str = "AssignReplicasToDirsResponse";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            throttle_time_ms: input.int32()?,
            error_code: input.int16()?,
            directories: input.array(true, 18, |input| AssignReplicasToDirsResponseDirectoryData::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.int32(self.throttle_time_ms);
        out.int16(self.error_code);
        out.array(&self.directories, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            error_code: from.int16(),
            directories: from.array(|from| AssignReplicasToDirsResponseDirectoryData::fill(from, version)),
        }
    }
}

impl Response for AssignReplicasToDirsResponse {
    const KEY: ApiKey = ApiKey::AssignReplicasToDirs;
}

/// `DirectoryData` of [`AssignReplicasToDirsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AssignReplicasToDirsResponseDirectoryData {
    /// `Id`.
    pub id: Uuid,
    /// `Topics`.
    pub topics: Vec<AssignReplicasToDirsResponseTopicData>,
}

impl AssignReplicasToDirsResponseDirectoryData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            id: input.uuid()?,
            topics: input.array(true, 18, |input| AssignReplicasToDirsResponseTopicData::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.uuid(self.id);
        out.array(&self.topics, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            id: from.uuid(),
            topics: from.array(|from| AssignReplicasToDirsResponseTopicData::fill(from, version)),
        }
    }
}

/// `TopicData` of [`AssignReplicasToDirsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AssignReplicasToDirsResponseTopicData {
    /// `TopicId`.
    pub topic_id: Uuid,
    /// `Partitions`.
    pub partitions: Vec<AssignReplicasToDirsResponsePartitionData>,
}

impl AssignReplicasToDirsResponseTopicData {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            topic_id: input.uuid()?,
            partitions: input.array(true, 7, |input| AssignReplicasToDirsResponsePartitionData::decode(input, version))?,
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
            partitions: from.array(|from| AssignReplicasToDirsResponsePartitionData::fill(from, version)),
        }
    }
}

/// `PartitionData` of [`AssignReplicasToDirsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AssignReplicasToDirsResponsePartitionData {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `ErrorCode`.
    pub error_code: i16,
}

impl AssignReplicasToDirsResponsePartitionData {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            partition_index: input.int32()?,
            error_code: input.int16()?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.partition_index);
        out.int16(self.error_code);
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            error_code: from.int16(),
        }
    }
}
