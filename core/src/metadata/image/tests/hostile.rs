//! Records of which any field can be anything.

use super::*;
use proptest::prelude::*;

/// An image in which what records of nought name is there.
fn image() -> MetadataImage {
    after([
        topic_record("", Uuid::ZERO),
        PartitionRecord { topic_id: Uuid::ZERO, ..partition_record(0) }.into(),
        RegisterBrokerRecord { broker_epoch: 0, ..RegisterBrokerRecord::default() }.into(),
        RegisterControllerRecord::default().into(),
        AccessControlEntryRecord {
            resource_type: 2,
            pattern_type: 3,
            operation: 2,
            permission_type: 3,
            ..AccessControlEntryRecord::default()
        }
        .into(),
    ])
}

proptest! {
    #![proptest_config(gracchus_cases::property(gracchus_cases::ORDINARY))]

    #[test]
    fn no_record_makes_a_replay_panic_and_a_refused_one_changes_nothing(
        seeds in proptest::collection::vec(proptest::collection::vec(prop_oneof![0u8..4, any::<u8>()], 0..200), 1..4),
    ) {
        let mut image = image();
        for record in seeds.iter().flat_map(|seed| MetadataRecord::fill_each(seed)) {
            let before = image.clone();
            if let Err(bad) = image.replay(&record.message, Offset(9)) {
                prop_assert_eq!(&image, &before, "{}", bad);
                prop_assert_eq!(bad.record, record.message.name());
            }
            let partitions: usize = image.topics.values().map(|topic| topic.partitions.len()).sum();
            prop_assert_eq!(partitions, image.partition_count());
            prop_assert_eq!(image.names.len(), image.topics.len());
        }
    }
}
