//! How each record changes the image, and what each refuses.

mod cluster;
mod fold;
mod hostile;
mod subjects;
mod topics;
mod written;

use super::*;
use crate::metadata::features::MetadataVersion;
use crate::types::{BrokerEpoch, LeaderEpoch, PartitionEpoch, Timestamp};
use crate::wire::*;
use bytes::Bytes;

const TOPIC: Uuid = Uuid([7; 16]);

const OF: TopicPartition = TopicPartition { topic: TopicId(TOPIC), partition: 0 };

fn uuid(byte: u8) -> Uuid {
    Uuid([byte; 16])
}

fn replay(image: &mut MetadataImage, record: impl Into<MetadataRecord>) -> Result<(), Contradiction> {
    image.replay(&record.into(), Offset(9)).map_err(|bad| bad.why)
}

/// Replays records that must be taken.
fn after(records: impl IntoIterator<Item = MetadataRecord>) -> MetadataImage {
    let mut image = MetadataImage::default();
    for record in records {
        image.replay(&record, Offset(9)).unwrap_or_else(|bad| panic!("{bad}"));
    }
    image
}

fn topic_record(name: &str, id: Uuid) -> MetadataRecord {
    TopicRecord { name: name.into(), topic_id: id }.into()
}

/// A partition of the topic with replicas 1, 2 and 3, of which 1 leads in epoch 4 and all are in sync.
fn partition_record(partition_id: i32) -> PartitionRecord {
    PartitionRecord {
        partition_id,
        topic_id: TOPIC,
        replicas: vec![1, 2, 3],
        isr: vec![1, 2, 3],
        leader: 1,
        leader_epoch: 4,
        partition_epoch: 6,
        ..PartitionRecord::default()
    }
}

/// An image of the topic `orders` with that many partitions.
fn orders(partitions: i32) -> MetadataImage {
    after([topic_record("orders", TOPIC)].into_iter().chain((0..partitions).map(|at| partition_record(at).into())))
}

fn change() -> PartitionChangeRecord {
    PartitionChangeRecord { partition_id: 0, topic_id: TOPIC, ..PartitionChangeRecord::default() }
}

fn config(resource_type: i8, resource: &str, key: &str, value: Option<&str>) -> MetadataRecord {
    ConfigRecord { resource_type, resource_name: resource.into(), name: key.into(), value: value.map(Into::into) }
        .into()
}

fn nodes(ids: &[i32]) -> Vec<NodeId> {
    ids.iter().copied().map(NodeId).collect()
}
