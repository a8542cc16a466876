//! The metadata image: what sequences of records make of it, by Kafka's own classes and by ours, compared by the records
//! that each writes of it.

#[path = "../../../../core/tests/metadata/draw.rs"]
mod draw;
#[path = "../../../../core/tests/metadata/sequence.rs"]
mod sequence;

use super::{hex, java, unhex};
use bytes::BytesMut;
use draw::Draw;
use gracchus_core::metadata::{MetadataImage, MetadataRecord, MetadataVersion, SnapshotFold};
use gracchus_core::types::{Offset, Uuid};
use gracchus_core::wire::{
    BrokerRegistrationChangeRecord, ClearElrRecord, DelegationTokenRecord, FeatureLevelRecord, FenceBrokerRecord,
    PartitionChangeRecord, PartitionRecord, RemoveAccessControlEntryRecord, RemoveTopicRecord, TopicRecord,
    UnfenceBrokerRecord, Versioned,
};
use sequence::Sequence;
use std::collections::BTreeSet;

/// The metadata.version at which sequences are made and images are written: the last one of Kafka 4.3.
const AT: MetadataVersion = MetadataVersion::IBP_4_3_IV0;

const SEQUENCES: u64 = 200;

/// Batches in a sequence.
const BATCHES: u64 = 150;

fn line(record: &MetadataRecord) -> String {
    let value = record.encode(AT, &mut BytesMut::new()).unwrap_or_else(|why| panic!("{why}: {record:?}"));
    format!("metadata {}\n", hex(&value))
}

fn write() -> String {
    format!("apply\nwrite {}\n", AT.level())
}

/// Whether Kafka's delta makes what its controller does not make of the record together with others of one delta, so that
/// it needs a delta of its own. A delta that both sets a topic's configuration and removes the topic keeps the
/// configuration, and one that removes a mechanism's only credential and puts another may lose that.
fn is_alone(record: &MetadataRecord) -> bool {
    matches!(record, MetadataRecord::RemoveTopic(_) | MetadataRecord::RemoveUserScramCredential(_))
}

/// A sequence as lines for Kafka's image, with deltas that end anywhere.
fn lines_of(sequence: &mut Sequence, seed: u64) -> String {
    let mut draw = Draw::new(seed);
    let mut lines = sequence.records.iter().map(line).collect::<String>();
    for _ in 0..BATCHES {
        for record in sequence.extend(draw.next()) {
            match is_alone(record) {
                true => lines += &format!("apply\n{}apply\n", line(record)),
                false => lines += &line(record),
            }
        }
        if draw.one_in(4) {
            lines += "apply\n";
        }
    }
    lines
}

/// The records that Kafka's image is written as, for each image. Each is in the version that ours would have.
fn images_of(answers: &[String]) -> Vec<Vec<MetadataRecord>> {
    let mut images = vec![Vec::new()];
    for answer in answers {
        if answer == "end" {
            images.push(Vec::new());
            continue;
        }
        let value = answer.strip_prefix("metadata ").unwrap_or_else(|| panic!("{answer}"));
        let Versioned { version, message } = MetadataRecord::decode(unhex(value)).expect("ours reads it");
        assert_eq!(message.version_at(AT), Ok(version), "{message:?}");
        images.last_mut().expect("one was begun").push(message);
    }
    assert_eq!(images.pop(), Some(Vec::new()), "an end is the last line");
    images
}

/// The record with what Kafka keeps in hash maps in the order of its names.
fn in_order(mut record: MetadataRecord) -> MetadataRecord {
    match &mut record {
        MetadataRecord::RegisterBroker(it) => {
            it.end_points.sort_by(|one, other| one.name.cmp(&other.name));
            it.features.sort_by(|one, other| one.name.cmp(&other.name));
        }
        MetadataRecord::RegisterController(it) => {
            it.end_points.sort_by(|one, other| one.name.cmp(&other.name));
            it.features.sort_by(|one, other| one.name.cmp(&other.name));
        }
        MetadataRecord::ClientQuota(it) => it.entity.sort_by(|one, other| one.entity_type.cmp(&other.entity_type)),
        _ => {}
    }
    record
}

fn as_set(records: impl IntoIterator<Item = MetadataRecord>) -> BTreeSet<String> {
    records.into_iter().map(|record| format!("{:?}", in_order(record))).collect()
}

/// What is in order where Kafka has one: the subjects, `metadata.version`, and each topic before its partitions.
fn order(records: &[MetadataRecord]) -> Vec<&'static str> {
    let Some(MetadataRecord::FeatureLevel(first)) = records.first() else { panic!("no level comes first") };
    assert_eq!((&*first.name, first.feature_level), (MetadataVersion::FEATURE, AT.level()));
    let mut topics = BTreeSet::new();
    let mut names = Vec::new();
    for record in records {
        match record {
            MetadataRecord::Topic(topic) => assert!(topics.insert(topic.topic_id)),
            MetadataRecord::Partition(it) => assert!(topics.contains(&it.topic_id)),
            _ => {}
        }
        let is_partition = record.name() == "PartitionRecord";
        names.push(if is_partition { "TopicRecord" } else { record.name() });
    }
    names.dedup();
    names
}

/// The image of the records as a snapshot.
fn snapshot(records: &[MetadataRecord], of: &MetadataImage) -> MetadataImage {
    let mut snapshot = SnapshotFold::new(of);
    records.iter().for_each(|record| snapshot.replay(record).unwrap_or_else(|bad| panic!("{bad}")));
    snapshot.finish(Offset(of.version.0 as i64)).unwrap_or_else(|why| panic!("{why}"))
}

/// An image without the order of what Kafka keeps in hash maps.
fn unordered(image: &MetadataImage) -> MetadataImage {
    let records: Vec<_> = image.records(AT).map(in_order).collect();
    snapshot(&records, image)
}

#[test]
#[ignore = "needs Maven and Java: run `cargo xtask apache-records`"]
fn apaches_image_of_the_same_records_is_ours() {
    let (mut input, mut ours, mut count) = (String::new(), Vec::new(), 0);
    for seed in 0..SEQUENCES {
        let mut sequence = Sequence::new(AT);
        input += "new\n";
        input += &lines_of(&mut sequence, seed);
        input += &write();
        count += sequence.records.len();
        ours.push(sequence.image);
    }
    let theirs = images_of(&java(&["images"], input));
    assert_eq!(theirs.len(), ours.len());
    for (theirs, ours) in theirs.iter().zip(&ours) {
        let records: Vec<_> = ours.records(AT).collect();
        assert_eq!(as_set(theirs.iter().cloned()), as_set(records.iter().cloned()));
        assert_eq!((theirs.len(), order(theirs)), (records.len(), order(&records)));
        assert_eq!(unordered(&snapshot(theirs, ours)), unordered(ours), "Kafka's snapshot gives the image");
    }
    println!("{count} metadata records in {SEQUENCES} logs, of which Apache makes the same images");
}

#[test]
#[ignore = "needs Maven and Java: run `cargo xtask apache-records`"]
fn apache_reads_our_snapshots() {
    let mut input = String::new();
    let mut ours = Vec::new();
    for seed in 0..SEQUENCES {
        let mut draw = Draw::new(seed ^ 0x5eed);
        let seeds: Vec<u64> = (0..BATCHES).map(|_| draw.next()).collect();
        let records: Vec<_> = Sequence::of(AT, &seeds).image.records(AT).collect();
        input += "new\n";
        input.extend(records.iter().map(line));
        input += &write();
        ours.push(records);
    }
    let theirs = images_of(&java(&["images"], input));
    assert_eq!(theirs.len(), ours.len());
    for (theirs, ours) in theirs.into_iter().zip(ours) {
        assert_eq!(as_set(theirs), as_set(ours));
    }
}

#[test]
#[ignore = "needs Maven and Java: run `cargo xtask apache-records`"]
fn apache_refuses_what_contradicts_a_log_in_its_image_too() {
    let id = Uuid([7; 16]);
    let contradictions: Vec<MetadataRecord> = vec![
        RemoveTopicRecord { topic_id: Uuid([8; 16]) }.into(),
        PartitionRecord { topic_id: Uuid([8; 16]), ..Default::default() }.into(),
        PartitionChangeRecord { topic_id: Uuid([8; 16]), partition_id: 0, ..Default::default() }.into(),
        PartitionChangeRecord { topic_id: id, partition_id: 3, ..Default::default() }.into(),
        PartitionRecord { topic_id: id, partition_id: 0, directories: vec![id], ..Default::default() }.into(),
        ClearElrRecord { topic_name: "bills".into() }.into(),
        FenceBrokerRecord { id: 1, epoch: 2 }.into(),
        UnfenceBrokerRecord { id: 1, epoch: 2 }.into(),
        BrokerRegistrationChangeRecord { broker_id: 1, broker_epoch: 2, ..Default::default() }.into(),
        RemoveAccessControlEntryRecord { id }.into(),
        FeatureLevelRecord { name: MetadataVersion::FEATURE.into(), feature_level: 6 }.into(),
        DelegationTokenRecord { owner: "alice".into(), requester: "User:a".into(), ..Default::default() }.into(),
    ];
    let topic: MetadataRecord = TopicRecord { name: "orders".into(), topic_id: id }.into();
    let mut image = MetadataImage::default();
    image.replay(&topic, Offset(0)).expect("it is taken");
    for record in &contradictions {
        assert!(image.replay(record, Offset(1)).is_err(), "{record:?}");
    }
    let input: String = contradictions.iter().map(|it| format!("new\n{}apply\n{}", line(&topic), line(it))).collect();
    let answers = java(&["images"], input);
    assert_eq!(answers.len(), contradictions.len(), "{answers:#?}");
    assert!(answers.iter().all(|it| it.starts_with("refused ")), "{answers:#?}");
}
