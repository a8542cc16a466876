//! What a change costs: a small constant times one topic, however many topics there are.

use allocation_counter::measure;
use gracchus_core::metadata::{MetadataDelta, MetadataImage, MetadataRecord, PartitionRegistration, TopicImage};
use gracchus_core::types::{NodeId, Offset, TopicId, Uuid};
use gracchus_core::wire::{ConfigRecord, PartitionChangeRecord, RemoveTopicRecord, TopicRecord};
use imbl::OrdMap;
use std::collections::BTreeMap;
use std::sync::Arc;

const FEW: u64 = 100;
const MANY: u64 = 10_000;

/// Bytes that the paths to an entry of each of a few maps may cost: a node of a map has sixteen entries at most.
const PATHS: u64 = 32 << 10;

fn id(topic: u64) -> TopicId {
    TopicId(Uuid::from_halves(topic.wrapping_mul(0x9e37_79b9_7f4a_7c15), topic))
}

/// So many topics, of which one has a hundred partitions and each other has one.
fn image(topics: u64) -> MetadataImage {
    let replicas = vec![NodeId(1), NodeId(2), NodeId(3)];
    let partition = PartitionRegistration {
        isr: replicas.clone(),
        leader: Some(NodeId(1)),
        directories: vec![Uuid([1; 16]); 3],
        replicas,
        ..PartitionRegistration::default()
    };
    let mut image = MetadataImage::default();
    for topic in 0..topics {
        image.put_topic(TopicImage {
            name: format!("topic-{topic}").into(),
            id: id(topic),
            configs: BTreeMap::new(),
            partitions: vec![partition.clone(); if topic == 7 { 100 } else { 1 }],
        });
    }
    image
}

fn change(partition_id: i32) -> MetadataRecord {
    PartitionChangeRecord { partition_id, topic_id: id(7).0, leader: 2, ..PartitionChangeRecord::default() }.into()
}

/// Bytes that are taken when the records are applied to an image that a reader has too.
fn bytes_of(image: &MetadataImage, records: &[MetadataRecord]) -> u64 {
    let mut next = image.clone();
    measure(|| records.iter().for_each(|it| next.replay(it, Offset(9)).expect("it is taken"))).bytes_total
}

#[test]
fn a_change_of_one_partition_copies_one_topic_and_the_path_to_it() {
    let (few, many) = (image(FEW), image(MANY));
    let topic = measure(|| drop(TopicImage::clone(&few.topics[&id(7)]))).bytes_total;
    for image in [&few, &many] {
        let bytes = bytes_of(image, &[change(3)]);
        assert!(bytes <= 2 * topic + PATHS, "{bytes} bytes, where one topic has {topic}");
    }
    // Changes that follow each other copy the topic once.
    let changes: Vec<_> = (0..100).map(change).collect();
    let bytes = bytes_of(&many, &changes);
    assert!(bytes <= 3 * topic + PATHS, "{bytes} bytes for 100 changes, where one topic has {topic}");
}

#[test]
fn topics_come_and_go_and_are_configured_at_the_cost_of_a_path() {
    let topic = TopicRecord { name: "new".into(), topic_id: Uuid([9; 16]) }.into();
    let remove = RemoveTopicRecord { topic_id: id(7).0 }.into();
    let records: [MetadataRecord; 2] = [topic, remove];
    for image in [image(FEW), image(MANY)] {
        let bytes = bytes_of(&image, &records);
        assert!(bytes <= 2 * PATHS, "{bytes} bytes");
    }
    let config = ConfigRecord {
        resource_type: 2,
        resource_name: "topic-7".into(),
        name: "cleanup.policy".into(),
        value: Some("compact".into()),
    };
    let few = image(FEW);
    let topic = measure(|| drop(TopicImage::clone(&few.topics[&id(7)]))).bytes_total;
    let bytes = bytes_of(&image(MANY), &[config.into()]);
    assert!(bytes <= 2 * topic + PATHS, "{bytes} bytes, where one topic has {topic}");
}

#[test]
fn an_image_is_cloned_without_a_copy() {
    let image = image(MANY);
    let bytes = measure(|| drop(image.clone())).bytes_total;
    assert!(bytes <= 1 << 10, "{bytes} bytes");
}

#[test]
fn a_delta_names_one_partition_of_one_topic() {
    let before = image(MANY);
    let mut after = before.clone();
    after.replay(&change(3), Offset(9)).expect("it is taken");
    let delta = MetadataDelta::new(&before, &after);
    let changed: Vec<_> = delta.partitions().map(|it| (it.of.topic, it.of.partition)).collect();
    assert_eq!((changed, delta.topics().count(), delta.names().count()), (vec![(id(7), 3)], 1, 0));
}

mod visits {
    #![expect(clippy::disallowed_types, reason = "a test counts what a reader of a map looks at")]

    use super::*;
    use std::cmp::Ordering;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    /// A key that counts how often it is compared.
    #[derive(Clone)]
    struct Counted(u64, Arc<AtomicU64>);

    impl Ord for Counted {
        fn cmp(&self, other: &Counted) -> Ordering {
            self.1.fetch_add(1, Relaxed);
            self.0.cmp(&other.0)
        }
    }

    impl PartialOrd for Counted {
        fn partial_cmp(&self, other: &Counted) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }

    impl PartialEq for Counted {
        fn eq(&self, other: &Counted) -> bool {
            self.cmp(other).is_eq()
        }
    }

    impl Eq for Counted {}

    /// How many entries of a map with so many are looked at to find one that differs.
    fn visited(entries: u64, change: impl Fn(&mut OrdMap<Counted, u64>, Counted) -> bool) -> u64 {
        let counter = Arc::new(AtomicU64::new(0));
        let key = |at| Counted(at, counter.clone());
        let before: OrdMap<Counted, u64> = (0..entries).map(|at| (key(2 * at), 0u64)).collect();
        let mut after = before.clone();
        assert!(change(&mut after, key(entries)));
        counter.store(0, Relaxed);
        assert_eq!(before.diff(&after).count(), 1);
        counter.load(Relaxed)
    }

    #[test]
    fn what_two_maps_share_is_passed_over() {
        // A map of ten thousand has about 16 children in its root and in each of their nodes: those on the path are
        // looked at, and one entry of each neighbour.
        let counts = [
            visited(MANY, |map, key| map.insert(key, 1).is_some()),
            visited(MANY, |map, key| map.remove(&key).is_some()),
            visited(MANY, |map, Counted(at, counter)| map.insert(Counted(at + 1, counter), 1).is_none()),
        ];
        assert!(counts.iter().all(|it| *it <= 150), "{counts:?} of {MANY} entries are looked at");
    }
}
