//! `ConsumerGroupPartitionMetadataKey` and `ConsumerGroupPartitionMetadataValue`.
//
// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.

use crate::types::Uuid;
use crate::wire::{DecodeError, Decoder, Encoder, Message, RecordKey};
use bytestring::ByteString;

#[cfg(test)]
use crate::wire::filler::Filler;

/// Kafka's `ConsumerGroupPartitionMetadataKey` (record type 4), versions 0 to 0.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ConsumerGroupPartitionMetadataKey {
    /// `GroupId`.
    pub group_id: ByteString,
}

impl Message for ConsumerGroupPartitionMetadataKey {
    const NAME: &'static str = "ConsumerGroupPartitionMetadataKey";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = None;

    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            group_id: input.string(false)?,
        })
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.string(&self.group_id, false);
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            group_id: from.string(),
        }
    }
}

impl RecordKey for ConsumerGroupPartitionMetadataKey {
    const TYPE: i16 = 4;
    type Value = ConsumerGroupPartitionMetadataValue;
}

/// Kafka's `ConsumerGroupPartitionMetadataValue`, versions 0 to 0, all flexible.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ConsumerGroupPartitionMetadataValue {
    /// `Topics`.
    pub topics: Vec<TopicMetadata>,
}

impl Message for ConsumerGroupPartitionMetadataValue {
    const NAME: &'static str = "ConsumerGroupPartitionMetadataValue";
    const VERSIONS: (i16, i16) = (0, 0);
    const FLEXIBLE_FROM: Option<i16> = Some(0);

    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            topics: input.array(true, 23, |input| TopicMetadata::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.array(&self.topics, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topics: from.array(|from| TopicMetadata::fill(from, version)),
        }
    }
}

/// `TopicMetadata` of [`ConsumerGroupPartitionMetadataValue`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TopicMetadata {
    /// `TopicId`.
    pub topic_id: Uuid,
    /// `TopicName`.
    pub topic_name: ByteString,
    /// `NumPartitions`.
    pub num_partitions: i32,
    /// `PartitionMetadata`.
    pub partition_metadata: Vec<PartitionMetadata>,
}

impl TopicMetadata {
    fn decode(input: &mut Decoder, version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            topic_id: input.uuid()?,
            topic_name: input.string(true)?,
            num_partitions: input.int32()?,
            partition_metadata: input.array(true, 6, |input| PartitionMetadata::decode(input, version))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, version: i16) {
        out.uuid(self.topic_id);
        out.string(&self.topic_name, true);
        out.int32(self.num_partitions);
        out.array(&self.partition_metadata, true, |out, it| it.encode(out, version));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, version: i16) -> Self {
        Self {
            topic_id: from.uuid(),
            topic_name: from.string(),
            num_partitions: from.int32(),
            partition_metadata: from.array(|from| PartitionMetadata::fill(from, version)),
        }
    }
}

/// `PartitionMetadata` of [`ConsumerGroupPartitionMetadataValue`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PartitionMetadata {
    /// `Partition`.
    pub partition: i32,
    /// `Racks`.
    pub racks: Vec<ByteString>,
}

impl PartitionMetadata {
    fn decode(input: &mut Decoder, _version: i16) -> Result<Self, DecodeError> {
        let this = Self {
            partition: input.int32()?,
            racks: input.array(true, 1, |input| input.string(true))?,
        };
        input.skip_tags()?;
        Ok(this)
    }

    fn encode(&self, out: &mut Encoder<'_>, _version: i16) {
        out.int32(self.partition);
        out.array(&self.racks, true, |out, it| out.string(it, true));
        out.no_tags();
    }

    #[cfg(test)]
    fn fill(from: &mut Filler, _version: i16) -> Self {
        Self {
            partition: from.int32(),
            racks: from.array(|from| from.string()),
        }
    }
}
