//! Records of the metadata log, byte for byte and in every version.

use super::versions::highest_version;
use super::*;
use crate::metadata::features::MetadataVersion;
use crate::types::Uuid;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn encoded(record: &Versioned<MetadataRecord>) -> Bytes {
    record.message.encode_as(record.version, &mut BytesMut::new())
}

fn written(record: impl Into<MetadataRecord>, at: MetadataVersion) -> Result<Bytes, String> {
    record.into().encode(at, &mut BytesMut::new()).map_err(|why| why.to_string())
}

fn version_at(record: impl Into<MetadataRecord>, at: MetadataVersion) -> i16 {
    let value = record.into().encode(at, &mut BytesMut::new()).expect("it can be written");
    MetadataRecord::decode(value).expect("it can be read").version
}

#[test]
fn a_topic_byte_for_byte() {
    let record = TopicRecord { name: "t".into(), topic_id: Uuid([7; 16]) };
    let value = [&[1, 2, 0, 2, b't'], &[7; 16][..], &[0]].concat();
    assert_eq!(written(record.clone(), MetadataVersion::MINIMUM), Ok(value.clone().into()));
    assert_eq!(MetadataRecord::decode(value.into()), Ok(Versioned { version: 0, message: record.into() }));
}

#[test]
fn a_change_of_a_partition_byte_for_byte() {
    // The leader stays, which is -2, and two fields are tagged.
    let record = PartitionChangeRecord {
        partition_id: 3,
        topic_id: Uuid([7; 16]),
        isr: Some(vec![1]),
        eligible_leader_replicas: Some(vec![]),
        ..Default::default()
    };
    let value = [&[1, 5, 2, 0, 0, 0, 3], &[7; 16][..], &[2, 0, 5, 2, 0, 0, 0, 1, 6, 1, 1]].concat();
    assert_eq!(written(record.clone(), MetadataVersion::IBP_4_0_IV1), Ok(value.clone().into()));
    assert_eq!(MetadataRecord::decode(value.into()), Ok(Versioned { version: 2, message: record.into() }));
}

#[test]
fn the_types_are_kafkas() {
    let types: BTreeMap<i16, &str> =
        MetadataRecord::fill_each(&[]).iter().map(|it| (it.message.record_type(), it.message.name())).collect();
    let absent = |it: &i16| [6, 13, 16].contains(it);
    assert_eq!(types.keys().copied().collect::<Vec<_>>(), (0..30).filter(|it| !absent(it)).collect::<Vec<_>>());
    assert_eq!(
        (types[&0], types[&20], types[&29]),
        ("RegisterBrokerRecord", "NoOpRecord", "UnregisterControllerRecord")
    );
}

#[test]
fn what_cannot_be_read_is_named() {
    let read = |value: &[u8]| {
        MetadataRecord::decode(Bytes::copy_from_slice(value)).map(|it| it.message.name()).map_err(|why| why.to_string())
    };
    let refused = |text: &str| Err(text.to_owned());
    let short = "more bytes are announced than there are";
    assert_eq!(read(&[1, 20, 0, 0]), Ok("NoOpRecord"));
    assert_eq!(
        read(&[]),
        refused(&format!("the frame version of a metadata record cannot be read: byte 0: 1 {short}"))
    );
    assert_eq!(read(&[1]), refused(&format!("the type of a metadata record cannot be read: byte 1: 1 {short}")));
    assert_eq!(read(&[1, 20]), refused(&format!("the version of a metadata record cannot be read: byte 2: 1 {short}")));
    let of_2_8 = "metadata records of frame version 0 are those of Kafka 2.8, from which there is no upgrade";
    assert_eq!(read(&[0, 20, 0, 0]), refused(of_2_8));
    assert_eq!(read(&[2, 20, 0, 0]), refused("metadata records of frame version 2 are unknown"));
    assert_eq!(read(&[1, 30, 0, 0]), refused("metadata records of type 30 are unknown"));
    assert_eq!(read(&[1, 6, 0, 0]), refused("metadata records of type 6 are unknown"));
    assert_eq!(read(&[1, 0x94, 0x80, 0x04, 0, 0]), refused("metadata records of type 65556 are unknown"));
    assert_eq!(read(&[1, 20, 1, 0]), refused("version 1 of a NoOpRecord is unknown"));
    assert_eq!(read(&[1, 20, 0x80, 0x80, 0x04, 0]), refused("version 65536 of a NoOpRecord is unknown"));
    let of_fields = "a NoOpRecord of version 0 cannot be read";
    assert_eq!(read(&[1, 20, 0]), refused(&format!("{of_fields}: byte 3: 1 {short}")));
    assert_eq!(read(&[1, 20, 0, 0, 9]), refused(&format!("{of_fields}: byte 4: 1 bytes behind the message's end")));
}

#[test]
fn a_record_that_is_cut_anywhere_or_goes_on_is_refused() {
    for record in MetadataRecord::fill_each(&[9; 200]) {
        let value = encoded(&record);
        for cut in 0..value.len() {
            assert!(MetadataRecord::decode(value.slice(..cut)).is_err(), "{record:?} at {cut}");
        }
        let longer = [&value[..], &[0]].concat();
        let read = MetadataRecord::decode(longer.into());
        let Err(BadMetadataRecord::Fields { why: DecodeError::Trailing { left: 1, .. }, .. }) = read else {
            panic!("{record:?}: {read:?}");
        };
    }
}

#[test]
fn a_record_is_written_in_the_version_that_the_metadata_version_asks_for() {
    use MetadataVersion as V;
    let versions = |record: MetadataRecord| {
        [V::MINIMUM, V::IBP_3_4_IV0, V::IBP_3_7_IV2, V::IBP_4_0_IV1, V::IBP_4_3_IV0, V::LATEST]
            .map(|at| version_at(record.clone(), at))
    };
    assert_eq!(versions(RegisterBrokerRecord::default().into()), [1, 2, 3, 3, 4, 4]);
    assert_eq!(versions(PartitionRecord::default().into()), [0, 0, 1, 2, 2, 2]);
    assert_eq!(versions(PartitionChangeRecord::default().into()), [0, 0, 1, 2, 2, 2]);
    assert_eq!(versions(ConfigRecord::default().into()), [0; 6]);
}

#[test]
fn a_changed_registration_is_written_in_the_lowest_version_that_has_its_fields() {
    let record = BrokerRegistrationChangeRecord::default;
    let version = |record: BrokerRegistrationChangeRecord| version_at(record, MetadataVersion::LATEST);
    assert_eq!(version(BrokerRegistrationChangeRecord { fenced: 1, ..record() }), 0);
    assert_eq!(version(BrokerRegistrationChangeRecord { in_controlled_shutdown: 1, ..record() }), 1);
    assert_eq!(version(BrokerRegistrationChangeRecord { log_dirs: vec![Uuid([1; 16])], ..record() }), 2);
    assert_eq!(version(BrokerRegistrationChangeRecord { cordoned_log_dirs: Some(vec![]), ..record() }), 3);
}

#[test]
fn a_record_that_would_lose_something_is_refused() {
    let broker = RegisterBrokerRecord { log_dirs: vec![Uuid([1; 16])], ..Default::default() };
    assert!(written(broker.clone(), MetadataVersion::IBP_3_7_IV2).is_ok());
    assert_eq!(
        written(broker, MetadataVersion::IBP_3_7_IV0),
        Err("a RegisterBrokerRecord with a field of version 3 cannot be written at metadata.version 3.7-IV0, which has \
             version 2 of it: raise metadata.version first"
            .to_owned())
    );
    assert_eq!(
        written(UnregisterControllerRecord::default(), MetadataVersion::IBP_4_3_IV0),
        Err("metadata.version 4.3-IV0 has no UnregisterControllerRecord: raise metadata.version first".to_owned())
    );
}

#[test]
fn every_type_has_its_highest_version_at_the_latest_metadata_version_and_never_falls() {
    for record in MetadataRecord::fill_each(&[]) {
        let versions: Vec<_> =
            MetadataVersion::all().map(|at| highest_version(record.message.record_type(), at)).collect();
        assert!(versions.is_sorted(), "{}: {versions:?}", record.message.name());
        let latest = versions.last().copied().flatten();
        assert!(latest >= Some(record.version), "{} has version {}", record.message.name(), record.version);
    }
}

#[test]
fn records_come_and_change_only_with_levels_that_say_so() {
    for (below, at) in MetadataVersion::all().zip(MetadataVersion::all().skip(1)) {
        let changed = MetadataRecord::fill_each(&[]).iter().any(|it| {
            highest_version(it.message.record_type(), below) != highest_version(it.message.record_type(), at)
        });
        // ACL records of this level may hold ranges of addresses, in the same version.
        let is_other_content = at == MetadataVersion::IBP_4_4_IV1;
        assert_eq!(changed || is_other_content, at.changed_records(), "{at}");
    }
}

proptest! {
    #![proptest_config(gracchus_cases::property(200))]

    #[test]
    fn every_record_comes_back_in_every_version(seed in proptest::collection::vec(any::<u8>(), 0..300)) {
        for record in MetadataRecord::fill_each(&seed) {
            prop_assert_eq!(MetadataRecord::decode(encoded(&record)), Ok(record));
        }
    }

    #[test]
    fn a_record_that_is_written_at_any_level_loses_nothing(seed in proptest::collection::vec(any::<u8>(), 0..300)) {
        for record in MetadataRecord::fill_each(&seed) {
            for at in MetadataVersion::all() {
                if let Ok(value) = record.message.encode(at, &mut BytesMut::new()) {
                    let read = MetadataRecord::decode(value).map(|it| it.message);
                    prop_assert_eq!(read.as_ref(), Ok(&record.message), "{} at {}", record.message.name(), at);
                }
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic_or_take_much_memory(
        record_type in 0u8..32,
        version in 0u8..6,
        fields in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200),
            proptest::collection::vec(0u8..6, 0..400),
        ],
    ) {
        let value = Bytes::from([&[1, record_type, version], &fields[..]].concat());
        let mut read = None;
        let used = allocation_counter::measure(|| read = Some(MetadataRecord::decode(value.clone()))).bytes_max;
        prop_assert!(used <= 64 * value.len() as u64 + (96 << 10), "{} bytes for {:?}", used, value);
        if let Some(Ok(record)) = read {
            let _ = encoded(&record);
        }
    }

    #[test]
    fn any_bytes_do_not_either(value in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = MetadataRecord::decode(value.into());
    }
}
