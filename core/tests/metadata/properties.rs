//! What holds for every sequence of records and for every image.

use super::draw::Draw;
use super::images;
use super::sequence::Sequence;
use bytes::BytesMut;
use gracchus_core::metadata::{
    MetadataDelta, MetadataFold, MetadataImage, MetadataRecord, MetadataVersion, PartitionDelta, SnapshotFold,
};
use gracchus_core::types::{ImageVersion, Offset, TopicPartition};
use gracchus_core::wire::{AbortTransactionRecord, BeginTransactionRecord, EndTransactionRecord};
use imbl::ordmap::DiffItem;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// An image that came from records, or one whose fields were drawn.
fn an_image(seeds: &[u64], is_drawn: bool) -> MetadataImage {
    match is_drawn {
        true => images::image(MetadataVersion::LATEST, &mut Draw::new(seeds.first().copied().unwrap_or(0))),
        false => Sequence::of(MetadataVersion::LATEST, seeds).image,
    }
}

/// The image of these records as a snapshot that was made of `of`.
fn snapshot_of(of: &MetadataImage, records: impl IntoIterator<Item = MetadataRecord>) -> MetadataImage {
    let mut snapshot = SnapshotFold::new(of);
    records.into_iter().for_each(|record| snapshot.replay(&record).unwrap_or_else(|bad| panic!("{bad}\n{record:?}")));
    let last = Offset(i64::try_from(of.version.0).expect("an offset"));
    snapshot.finish(last).unwrap_or_else(|why| panic!("{why}"))
}

/// The image with the level at which it was written.
fn at_level(image: &MetadataImage, at: MetadataVersion) -> MetadataImage {
    let mut image = image.clone();
    image.features.metadata_version = Some(at);
    image
}

fn of_version(image: &MetadataImage, version: ImageVersion) -> MetadataImage {
    let mut image = image.clone();
    image.version = version;
    image
}

/// Writes the record and reads it again.
fn through_bytes(record: &MetadataRecord, at: MetadataVersion) -> MetadataRecord {
    let value = record.encode(at, &mut BytesMut::new()).unwrap_or_else(|why| panic!("{why}"));
    MetadataRecord::decode(value).unwrap_or_else(|why| panic!("{why}")).message
}

/// The types of the records in Kafka's order, each once where several follow each other.
fn sections(records: &[MetadataRecord]) -> Vec<&'static str> {
    let mut names: Vec<_> = records.iter().map(MetadataRecord::name).collect();
    names.iter_mut().filter(|it| **it == "PartitionRecord").for_each(|it| *it = "TopicRecord");
    names.dedup();
    names
}

/// The partitions that differ, found by a look at all of them.
fn differing<'a>(before: &'a MetadataImage, after: &'a MetadataImage) -> Vec<PartitionDelta<'a>> {
    fn all(image: &MetadataImage) -> impl Iterator<Item = TopicPartition> {
        let of = |topic, count| (0..count as i32).map(move |partition| TopicPartition { topic, partition });
        image.topics.iter().flat_map(move |(id, topic)| of(*id, topic.partitions.len()))
    }
    let of: BTreeSet<TopicPartition> = all(before).chain(all(after)).collect();
    let delta = |of| PartitionDelta { of, before: before.partition(of), after: after.partition(of) };
    of.into_iter().map(delta).filter(|it| it.before != it.after).collect()
}

fn seeds() -> impl Strategy<Value = Vec<u64>> {
    proptest::collection::vec(any::<u64>(), 1..120)
}

proptest! {
    #![proptest_config(gracchus_cases::property(gracchus_cases::ORDINARY))]

    #[test]
    fn an_image_is_the_fold_of_the_records_that_it_writes(seeds in seeds(), is_drawn in any::<bool>()) {
        let image = an_image(&seeds, is_drawn);
        let at = MetadataVersion::LATEST;
        prop_assert_eq!(image.losses(at), vec![]);
        let records = image.records(at).map(|record| through_bytes(&record, at));
        prop_assert_eq!(snapshot_of(&image, records), at_level(&image, at));
    }

    #[test]
    fn at_any_metadata_version_an_image_loses_nothing_or_says_what(seeds in seeds(), is_drawn in any::<bool>()) {
        let image = an_image(&seeds, is_drawn);
        for at in MetadataVersion::all() {
            let refused = image.records(at).filter(|it| it.encode(at, &mut BytesMut::new()).is_err()).count();
            prop_assert_eq!(image.losses(at).is_empty(), refused == 0, "{}", at);
            if refused == 0 {
                let records = image.records(at).map(|record| through_bytes(&record, at));
                prop_assert_eq!(snapshot_of(&image, records), at_level(&image, at), "{}", at);
            }
        }
    }

    #[test]
    fn the_order_of_a_snapshots_records_means_nothing_but_that_a_topic_is_before_its_partitions(
        seeds in seeds(),
        is_drawn in any::<bool>(),
        order in any::<u64>(),
    ) {
        let image = an_image(&seeds, is_drawn);
        let mut records: Vec<_> = image.records(MetadataVersion::LATEST).collect();
        Draw::new(order).shuffle(&mut records);
        let (mut before, mut waiting) = (Vec::new(), BTreeMap::<_, Vec<_>>::new());
        for record in records {
            match &record {
                MetadataRecord::Topic(topic) => {
                    let id = topic.topic_id;
                    before.push(record);
                    before.extend(waiting.remove(&id).unwrap_or_default());
                }
                MetadataRecord::Partition(partition) if !before.iter().any(
                    |it| matches!(it, MetadataRecord::Topic(topic) if topic.topic_id == partition.topic_id)
                ) => waiting.entry(partition.topic_id).or_default().push(record),
                _ => before.push(record),
            }
        }
        prop_assert_eq!(snapshot_of(&image, before), at_level(&image, MetadataVersion::LATEST));
    }

    #[test]
    fn the_records_are_in_kafkas_order(seeds in seeds(), is_drawn in any::<bool>()) {
        let records: Vec<_> = an_image(&seeds, is_drawn).records(MetadataVersion::LATEST).collect();
        let order = [
            "FeatureLevelRecord",
            "RegisterBrokerRecord",
            "RegisterControllerRecord",
            "TopicRecord",
            "ConfigRecord",
            "ClientQuotaRecord",
            "ProducerIdsRecord",
            "AccessControlEntryRecord",
            "UserScramCredentialRecord",
            "DelegationTokenRecord",
        ];
        let sections = sections(&records);
        let places: Vec<_> = sections.iter().map(|name| order.iter().position(|it| it == name)).collect();
        prop_assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{:?}", sections);
    }

    #[test]
    fn a_transaction_is_all_or_nothing(seeds in seeds(), begins in any::<usize>(), ends in any::<bool>()) {
        let records = Sequence::of(MetadataVersion::LATEST, &seeds).records;
        let (first, second) = records.split_at(begins % records.len());
        let end = if ends { EndTransactionRecord::default().into() } else { AbortTransactionRecord::default().into() };
        let mut fold = MetadataFold::default();
        let mut at = 0;
        let mut replay = |fold: &mut MetadataFold, record: &MetadataRecord| {
            fold.replay(record, Offset(at)).unwrap_or_else(|bad| panic!("{bad}"));
            at += 1;
        };
        first.iter().for_each(|record| replay(&mut fold, record));
        let before = fold.image().clone();
        replay(&mut fold, &BeginTransactionRecord::default().into());
        for record in second {
            replay(&mut fold, record);
            prop_assert_eq!(fold.image(), &before);
        }
        let ahead = fold.image_ahead().clone();
        replay(&mut fold, &end);
        let version = ImageVersion(records.len() as u64 + 1);
        let expected = of_version(if ends { &ahead } else { &before }, version);
        prop_assert_eq!(fold.image(), &expected);
        let mut plain = MetadataFold::default();
        (0..).zip(&records).for_each(|(at, record)| plain.replay(record, Offset(at)).expect("it was valid"));
        prop_assert_eq!(of_version(plain.image(), ahead.version), ahead);
    }

    #[test]
    fn a_delta_names_what_differs_and_nothing_else(seeds in seeds(), until in any::<usize>()) {
        let (first, second) = seeds.split_at(until % seeds.len());
        let mut sequence = Sequence::of(MetadataVersion::LATEST, first);
        let before = sequence.image.clone();
        for seed in second {
            sequence.extend(*seed);
        }
        let after = &sequence.image;
        for (before, after) in [(&before, after), (after, &before), (after, after)] {
            let delta = MetadataDelta::new(before, after);
            prop_assert_eq!(delta.partitions().collect::<Vec<_>>(), differing(before, after));
            let mut topics = before.topics.clone();
            for change in delta.topics() {
                match change {
                    DiffItem::Add(id, topic) | DiffItem::Update { new: (id, topic), .. } => {
                        prop_assert_ne!(before.topics.get(id), Some(topic));
                        topics.insert(*id, topic.clone());
                    }
                    DiffItem::Remove(id, _) => drop(topics.remove(id)),
                }
            }
            prop_assert_eq!(&topics, &after.topics);
            prop_assert_eq!(delta.has_features(), before.features != after.features);
            prop_assert_eq!(delta.has_dynamic_configs(), before.dynamic_configs != after.dynamic_configs);
            let counts = [
                (delta.brokers().count(), before.brokers == after.brokers),
                (delta.controllers().count(), before.controllers == after.controllers),
                (delta.names().count(), before.names == after.names),
                (delta.group_configs().count(), before.group_configs == after.group_configs),
                (delta.client_metrics().count(), before.client_metrics == after.client_metrics),
                (delta.client_quotas().count(), before.client_quotas == after.client_quotas),
                (delta.scram().count(), before.scram == after.scram),
                (delta.delegation_tokens().count(), before.delegation_tokens == after.delegation_tokens),
                (delta.acls().count(), before.acls == after.acls),
            ];
            for (at, (count, is_same)) in counts.into_iter().enumerate() {
                prop_assert_eq!(count == 0, is_same, "{}", at);
            }
        }
    }
}

#[test]
fn sequences_have_records_of_every_type() {
    let seeds: Vec<u64> = (0..1000).collect();
    let names: BTreeSet<_> =
        Sequence::of(MetadataVersion::LATEST, &seeds).records.iter().map(MetadataRecord::name).collect();
    assert_eq!(names.len(), 24, "all of the 27 but those of transactions: {names:?}");
}
