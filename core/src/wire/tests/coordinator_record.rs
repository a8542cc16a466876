//! Records of `__consumer_offsets` as bytes.

use crate::types::Uuid;
use crate::wire::*;
use bytes::{Bytes, BytesMut};
use proptest::prelude::*;

fn encoded(record: &GroupCoordinatorRecord) -> EncodedRecord {
    record.encode(&mut BytesMut::new())
}

fn offset(value: Option<Versioned<OffsetCommitValue>>) -> GroupCoordinatorRecord {
    let key = OffsetCommitKey { group: "g".into(), topic: "t".into(), partition: 3 };
    GroupCoordinatorRecord::OffsetCommit { key, value }
}

fn bytes(groups: &[&[u8]]) -> Bytes {
    groups.concat().into()
}

/// Both ways: the record is written as these bytes, and the bytes are read as this record.
fn is_record(record: &GroupCoordinatorRecord, key: &[&[u8]], value: Option<&[&[u8]]>) {
    let expected = EncodedRecord { key: bytes(key), value: value.map(bytes) };
    assert_eq!(encoded(record), expected);
    assert_eq!(GroupCoordinatorRecord::decode(expected.key, expected.value).as_ref(), Ok(record));
}

#[test]
fn committed_offsets_byte_for_byte() {
    let key: &[&[u8]] = &[&[0, 1], &[0, 1, b'g'], &[0, 1, b't'], &[0, 0, 0, 3]];
    let message = OffsetCommitValue {
        offset: 5,
        leader_epoch: 2,
        metadata: "m".into(),
        commit_timestamp: 9,
        topic_id: Uuid([7; 16]),
        ..Default::default()
    };
    let (offset_5, epoch_2, time_9): (&[u8], &[u8], &[u8]) =
        (&[0, 0, 0, 0, 0, 0, 0, 5], &[0, 0, 0, 2], &[0, 0, 0, 0, 0, 0, 0, 9]);
    let value = Some(Versioned { version: 4, message: message.clone() });
    let topic_id: &[&[u8]] = &[&[1, 0, 16], &[7; 16]];
    is_record(&offset(value), key, Some(&[&[&[0, 4], offset_5, epoch_2, &[2, b'm'], time_9], topic_id].concat()));

    // Version 1 has the expiration time, and neither the leader epoch nor the topic id.
    let message = OffsetCommitValue { leader_epoch: -1, expire_timestamp: 8, topic_id: Uuid::ZERO, ..message };
    let value = Some(Versioned { version: offset_commit_value_version(true), message });
    let time_8: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 8];
    is_record(&offset(value), key, Some(&[&[0, 1], offset_5, &[0, 1, b'm'], time_9, time_8]));

    is_record(&offset(None), key, None);
}

#[test]
fn an_empty_group_byte_for_byte() {
    let message = GroupMetadataValue { current_state_timestamp: 9, ..Default::default() };
    let record = GroupCoordinatorRecord::GroupMetadata {
        key: GroupMetadataKey { group: "g".into() },
        value: Some(Versioned { version: GROUP_METADATA_VALUE_VERSION, message }),
    };
    let (type_and_generation, null): (&[u8], &[u8]) = (&[0, 0, 0, 0, 0, 0], &[0xff, 0xff]);
    let (time, members): (&[u8], &[u8]) = (&[0, 0, 0, 0, 0, 0, 0, 9], &[0, 0, 0, 0]);
    is_record(&record, &[&[0, 2, 0, 1, b'g']], Some(&[&[0, 3], type_and_generation, null, null, time, members]));
}

#[test]
fn a_member_of_a_consumer_group_byte_for_byte() {
    // Kafka's classes write "no classic member" as a tagged field, and leave out the empty one that no group has.
    let member = |classic_member_metadata| GroupCoordinatorRecord::ConsumerGroupMemberMetadata {
        key: ConsumerGroupMemberMetadataKey { group_id: "g".into(), member_id: "m".into() },
        value: Some(Versioned {
            version: 0,
            message: ConsumerGroupMemberMetadataValue { classic_member_metadata, ..Default::default() },
        }),
    };
    let key: &[&[u8]] = &[&[0, 5], &[0, 1, b'g'], &[0, 1, b'm']];
    let fields: &[u8] = &[0, 0, 0, 0, 1, 1, 1, 0, 0xff, 0xff, 0xff, 0xff, 0];
    is_record(&member(None), key, Some(&[fields, &[1, 0, 1, 0]]));

    let classic = consumer_group_member_metadata_record::ClassicMemberMetadata::default();
    is_record(&member(Some(classic.clone())), key, Some(&[fields, &[0]]));

    let classic =
        Some(consumer_group_member_metadata_record::ClassicMemberMetadata { session_timeout_ms: 9, ..classic });
    is_record(&member(classic), key, Some(&[fields, &[1, 0, 7, 1, 0, 0, 0, 9, 1, 0]]));
}

#[test]
fn the_types_are_kafkas() {
    let mut types: Vec<i16> = GroupCoordinatorRecord::fill_each(&[]).iter().map(|it| it.record_type()).collect();
    types.dedup();
    assert_eq!(types, [0, 1, 2, 3, 4, 5, 6, 7, 8, 16]);
}

#[test]
fn a_record_of_an_unknown_type_is_told_apart_from_one_that_is_broken() {
    // 10 to 15, 17 and 19 to 23 are share and streams groups.
    for record_type in [-1i16, 9, 10, 15, 17, 23, 24, i16::MAX] {
        let key = bytes(&[&record_type.to_be_bytes(), b"whatever"]);
        let read = GroupCoordinatorRecord::decode(key, Some(Bytes::new()));
        assert_eq!(read, Err(RecordError::UnknownType { record_type }));
    }
    let read = |key: &[u8], value: &[u8]| {
        GroupCoordinatorRecord::decode(Bytes::copy_from_slice(key), Some(Bytes::copy_from_slice(value)))
            .map_err(|why| why.to_string())
    };
    let refused = |text: &str| Err(text.to_owned());
    let (key, short) = (&[0, 2, 0, 1, b'g'], "more bytes are announced than there are");
    assert_eq!(read(&[], &[]), refused(&format!("the record's key cannot be read: byte 0: 2 {short}")));
    assert_eq!(read(&[0, 2, 0, 2, b'g'], &[]), refused(&format!("the record's key cannot be read: byte 4: 1 {short}")));
    let of_value = "the value of a record of type 2 cannot be read";
    assert_eq!(read(key, &[0]), refused(&format!("{of_value}: byte 0: 1 {short}")));
    assert_eq!(read(key, &[0, 3, 0]), refused(&format!("{of_value}: byte 2: 1 {short}")));
    assert_eq!(read(key, &[0, 5, 0]), refused("records of type 2 have no value of version 5"));
    assert_eq!(read(key, &[0xff, 0xff]), refused("records of type 2 have no value of version -1"));
}

#[test]
fn bytes_behind_a_record_are_ignored_as_kafka_ignores_them() {
    for record in GroupCoordinatorRecord::fill_each(&[7; 200]) {
        let EncodedRecord { key, value } = encoded(&record);
        let longer = |it: Bytes| bytes(&[&it, b"more"]);
        assert_eq!(GroupCoordinatorRecord::decode(longer(key), value.map(longer)), Ok(record));
    }
}

#[test]
fn a_record_that_is_cut_anywhere_is_refused() {
    for record in GroupCoordinatorRecord::fill_each(&[9; 200]) {
        let EncodedRecord { key, value } = encoded(&record);
        for cut in 0..key.len() {
            assert!(GroupCoordinatorRecord::decode(key.slice(..cut), value.clone()).is_err(), "{record:?} at {cut}");
        }
        let Some(value) = value else { continue };
        for cut in 0..value.len() {
            let read = GroupCoordinatorRecord::decode(key.clone(), Some(value.slice(..cut)));
            assert!(matches!(read, Err(RecordError::Value { .. })), "{record:?} at {cut}: {read:?}");
        }
    }
}

proptest! {
    #![proptest_config(gracchus_cases::property(200))]

    #[test]
    fn every_record_comes_back_in_every_version(seed in proptest::collection::vec(any::<u8>(), 0..300)) {
        for record in GroupCoordinatorRecord::fill_each(&seed) {
            let EncodedRecord { key, value } = encoded(&record);
            prop_assert_eq!(GroupCoordinatorRecord::decode(key, value), Ok(record));
        }
    }

    #[test]
    fn no_bytes_make_it_panic(
        record_type in 0i16..18,
        version in 0i16..5,
        key in proptest::collection::vec(0u8..4, 0..40),
        value in proptest::collection::vec(0u8..6, 0..200),
    ) {
        let key = bytes(&[&record_type.to_be_bytes(), &key]);
        let value = bytes(&[&version.to_be_bytes(), &value]);
        if let Ok(record) = GroupCoordinatorRecord::decode(key, Some(value)) {
            prop_assert_eq!(record.record_type(), record_type);
            let _ = encoded(&record);
        }
    }
}
