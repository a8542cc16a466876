//! The image that a world begins with.

use super::watch::Watch;
use super::{Broker, Controller};
use crate::choices::{Choices, Stream};
use crate::config::{TopicSpec, WorldConfig};
use crate::node::{PORT, host_name};
use crate::observer::Incarnation;
use gracchus_core::metadata::{BrokerRegistration, EndPoint, MetadataImage, PartitionRegistration, TopicImage};
use gracchus_core::types::{
    BrokerEpoch, ImageVersion, LeaderEpoch, NodeId, PartitionEpoch, TopicId, TopicPartition, Uuid,
};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Controller {
    /// With every topic of the configuration, and every broker registered for its first life, which is about to begin.
    #[must_use]
    pub fn new(config: &WorldConfig, choices: &mut Choices) -> Controller {
        let nodes: Vec<NodeId> = (1..=i32::from(config.nodes)).map(NodeId).collect();
        let mut image = MetadataImage::of_version(ImageVersion(1));
        image.cluster_id = "gracchus".into();
        for node in &nodes {
            image.brokers.insert(*node, Arc::new(registration_of(*node)));
        }
        for spec in &config.topics {
            let drawn = choices.below(Stream::Controller, nodes.len() as u64) as usize;
            let first = spec.first.map_or(drawn, |node| usize::from(node) - 1);
            image.put_topic(laid_out(spec, first, &nodes));
        }
        let watches = partitions(&image).map(|(partition, known)| (partition, Watch::new(known))).collect();
        let first = Broker { incarnation: Incarnation(1), registered: true };
        Controller {
            config: config.controller.clone(),
            at_first_use: config.at_first_use.clone(),
            brokers: nodes.iter().map(|node| (*node, first)).collect(),
            image: Arc::new(image),
            draft: None,
            automatic: true,
            watches,
            broken: Vec::new(),
            wants_check: false,
            elections: 0,
            shrinks: 0,
            expands: 0,
        }
    }
}

/// A topic with its replicas laid around the ring of nodes, all of them in sync: its logs are empty.
pub(super) fn laid_out(spec: &TopicSpec, first: usize, nodes: &[NodeId]) -> TopicImage {
    let replicas = usize::from(spec.replicas).min(nodes.len());
    let partition = |index: u32| {
        let place = |rank: usize| nodes[(first + index as usize + rank) % nodes.len()];
        let replicas: Vec<NodeId> = (0..replicas).map(place).collect();
        PartitionRegistration {
            isr: replicas.clone(),
            leader: Some(place(0)),
            leader_epoch: LeaderEpoch(0),
            partition_epoch: PartitionEpoch(0),
            replicas,
            ..PartitionRegistration::default()
        }
    };
    TopicImage {
        name: spec.name.as_str().into(),
        id: topic_id(&spec.name),
        configs: spec.configs.iter().map(|(key, value)| (key.as_str().into(), value.as_str().into())).collect(),
        partitions: (0..spec.partitions).map(partition).collect(),
    }
}

fn registration_of(node: NodeId) -> BrokerRegistration {
    let end_point =
        EndPoint { listener: "PLAINTEXT".into(), host: host_name(node).into(), port: PORT, ..EndPoint::default() };
    BrokerRegistration { id: node, epoch: BrokerEpoch(0), end_points: vec![end_point], ..BrokerRegistration::default() }
}

fn partitions(image: &MetadataImage) -> impl Iterator<Item = (TopicPartition, &PartitionRegistration)> {
    image.topics.iter().flat_map(|(id, topic)| {
        let indexed = topic.partitions.iter().enumerate();
        indexed.map(|(index, known)| (TopicPartition { topic: *id, partition: index as i32 }, known))
    })
}

/// A topic's id: of its name, so that one seed's partitions are another's.
#[must_use]
fn topic_id(name: &str) -> TopicId {
    let hash = xxhash_rust::xxh3::xxh3_128(name.as_bytes());
    TopicId(Uuid(hash.to_be_bytes()))
}

/// Partitions by the names of their folders, those included that are made at first use.
#[must_use]
pub fn folder_partitions(image: &MetadataImage, at_first_use: &[TopicSpec]) -> BTreeMap<String, TopicPartition> {
    let name = |partition: TopicPartition| format!("{}-{}", image.topics[&partition.topic].name, partition.partition);
    let later = at_first_use.iter().flat_map(|spec| {
        let id = |number: u32| TopicPartition { topic: topic_id(&spec.name), partition: number as i32 };
        (0..spec.partitions).map(move |number| (format!("{}-{number}", spec.name), id(number)))
    });
    partitions(image).map(|(partition, _)| (name(partition), partition)).chain(later).collect()
}
