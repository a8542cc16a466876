//! `AlterReplicaLogDirsRequest` and `AlterReplicaLogDirsResponse`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::wire::{ApiKey, DecodeError, Decoder, Encoder, Message, Request, Response};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `AlterReplicaLogDirsRequest` (key 34), versions 1 to 2, flexible from 2.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AlterReplicaLogDirsRequest {
    /// `Dirs`.
    pub dirs: Vec<AlterReplicaLogDir>,
}

impl Message for AlterReplicaLogDirsRequest {
    const NAME: &'static str = "AlterReplicaLogDirsRequest";
    const VERSIONS: (i16, i16) = (1, 2);
    const FLEXIBLE_FROM: Option<i16> = Some(2);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            dirs: input.array(flexible, 3, |input| AlterReplicaLogDir::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.array(&self.dirs, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            dirs: from.array(|from| AlterReplicaLogDir::fill(from, version)),
        }
    }
}

impl Request for AlterReplicaLogDirsRequest {
    const KEY: ApiKey = ApiKey::AlterReplicaLogDirs;
    type Response = AlterReplicaLogDirsResponse;
}

/// `AlterReplicaLogDir` of [`AlterReplicaLogDirsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AlterReplicaLogDir {
    /// `Path`.
    pub path: ByteString,
    /// `Topics`.
    pub topics: Vec<AlterReplicaLogDirTopic>,
}

impl AlterReplicaLogDir {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            path: input.string(flexible)?,
            topics: input.array(flexible, 3, |input| AlterReplicaLogDirTopic::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.string(&self.path, flexible);
        out.array(&self.topics, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            path: from.string(),
            topics: from.array(|from| AlterReplicaLogDirTopic::fill(from, version)),
        }
    }
}

/// `AlterReplicaLogDirTopic` of [`AlterReplicaLogDirsRequest`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AlterReplicaLogDirTopic {
    /// `Name`.
    pub name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<i32>,
}

impl AlterReplicaLogDirTopic {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            name: input.string(flexible)?,
            partitions: input.array(flexible, 4, |input| input.int32())?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.string(&self.name, flexible);
        out.array(&self.partitions, flexible, |out, it| out.int32(*it));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            name: from.string(),
            partitions: from.array(|from| from.int32()),
        }
    }
}

/// Kafka's `AlterReplicaLogDirsResponse`, versions 1 to 2, flexible from 2.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AlterReplicaLogDirsResponse {
    /// `ThrottleTimeMs`.
    pub throttle_time_ms: i32,
    /// `Results`.
    pub results: Vec<AlterReplicaLogDirTopicResult>,
}

impl Message for AlterReplicaLogDirsResponse {
    const NAME: &'static str = "AlterReplicaLogDirsResponse";
    const VERSIONS: (i16, i16) = (1, 2);
    const FLEXIBLE_FROM: Option<i16> = Some(2);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            throttle_time_ms: input.int32()?,
            results: input.array(flexible, 3, |input| AlterReplicaLogDirTopicResult::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.int32(self.throttle_time_ms);
        out.array(&self.results, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            throttle_time_ms: from.int32(),
            results: from.array(|from| AlterReplicaLogDirTopicResult::fill(from, version)),
        }
    }
}

impl Response for AlterReplicaLogDirsResponse {
    const KEY: ApiKey = ApiKey::AlterReplicaLogDirs;
}

/// `AlterReplicaLogDirTopicResult` of [`AlterReplicaLogDirsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AlterReplicaLogDirTopicResult {
    /// `TopicName`.
    pub topic_name: ByteString,
    /// `Partitions`.
    pub partitions: Vec<AlterReplicaLogDirPartitionResult>,
}

impl AlterReplicaLogDirTopicResult {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            topic_name: input.string(flexible)?,
            partitions: input.array(flexible, 6, |input| AlterReplicaLogDirPartitionResult::decode(input, version))?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.string(&self.topic_name, flexible);
        out.array(&self.partitions, flexible, |out, it| it.encode(out, version));
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topic_name: from.string(),
            partitions: from.array(|from| AlterReplicaLogDirPartitionResult::fill(from, version)),
        }
    }
}

/// `AlterReplicaLogDirPartitionResult` of [`AlterReplicaLogDirsResponse`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AlterReplicaLogDirPartitionResult {
    /// `PartitionIndex`.
    pub partition_index: i32,
    /// `ErrorCode`.
    pub error_code: i16,
}

impl AlterReplicaLogDirPartitionResult {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        let this = Self {
            partition_index: input.int32()?,
            error_code: input.int16()?,
        };
        if flexible {
            input.skip_tags()?;
        }
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        let flexible = version >= 2;
        out.int32(self.partition_index);
        out.int16(self.error_code);
        if flexible {
            out.no_tags();
        }
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            partition_index: from.int32(),
            error_code: from.int16(),
        }
    }
}
