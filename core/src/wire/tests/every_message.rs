//! Round trips and hostile bytes, for every message in every version.

use super::{decoded, encoded};
use crate::wire::filler::Filler;
use crate::wire::*;
use bytes::Bytes;
use proptest::prelude::*;

/// The most that a decode may reserve: the largest element that a few bytes can stand for, and for each level of nesting
/// the reserve of an array that turns out to be a lie.
fn reserve_most(bytes: usize) -> usize {
    128 * bytes + 4 * 16 * 1024
}

fn versions<M: Message>() -> std::ops::RangeInclusive<i16> {
    M::VERSIONS.0..=M::VERSIONS.1
}

fn comes_back<M: Message + PartialEq + std::fmt::Debug>(seed: &[u8]) {
    for version in versions::<M>() {
        let message = M::fill(&mut Filler::new(seed.to_vec()), version);
        let bytes = encoded(&message, version);
        let (read, reserved) = decoded::<M>(bytes.clone(), version);
        let read = read.unwrap_or_else(|why| panic!("{} v{version}: {why}", M::NAME));
        assert_eq!(read, message, "{} v{version}", M::NAME);
        assert_eq!(encoded(&read, version), bytes, "{} v{version}", M::NAME);
        assert!(reserved <= reserve_most(bytes.len()), "{} v{version}: {reserved} for {}", M::NAME, bytes.len());
    }
}

fn refuses_every_cut<M: Message>(seed: &[u8]) {
    for version in versions::<M>() {
        let bytes = encoded(&M::fill(&mut Filler::new(seed.to_vec()), version), version);
        for cut in 0..bytes.len() {
            let (read, reserved) = decoded::<M>(bytes.slice(..cut), version);
            assert!(read.is_err(), "{} v{version} cut at {cut} of {}", M::NAME, bytes.len());
            assert!(reserved <= reserve_most(cut), "{} v{version} reserved {reserved}", M::NAME);
        }
        let longer = Bytes::from([&bytes[..], &[0]].concat());
        let (read, _) = decoded::<M>(longer, version);
        assert!(matches!(read, Err(DecodeError::Trailing { left: 1, .. })), "{} v{version}", M::NAME);
    }
}

/// Lengths and counts of every kind, written over every place of a valid message.
fn survives_every_lie<M: Message>(seed: &[u8]) {
    const LIES: [&[u8]; 8] = [
        &[0x7f, 0xff, 0xff, 0xff],
        &[0x80, 0, 0, 0],
        &[0xff, 0xff, 0xff, 0xfe],
        &[0x00, 0x0f, 0xff, 0xff],
        &[0xff, 0xff, 0xff, 0xff, 0x0f],
        &[0xff, 0xff, 0xff, 0xff, 0xff],
        &[0xff, 0x7f],
        &[0],
    ];
    for version in versions::<M>() {
        let bytes = encoded(&M::fill(&mut Filler::new(seed.to_vec()), version), version);
        for lie in LIES {
            for at in 0..bytes.len().saturating_sub(lie.len()) {
                let mut bytes = bytes.to_vec();
                bytes[at..at + lie.len()].copy_from_slice(lie);
                survives::<M>(bytes, version);
            }
        }
    }
}

fn survives<M: Message>(bytes: Vec<u8>, version: i16) {
    let length = bytes.len();
    let (read, reserved) = decoded::<M>(Bytes::from(bytes), version);
    assert!(reserved <= reserve_most(length), "{} v{version} reserved {reserved} for {length}", M::NAME);
    if let Ok(message) = read {
        // Whatever was read can be written: no string or array has grown beyond what a frame may hold.
        let _ = encoded(&message, version);
    }
}

fn survives_in_every_version<M: Message>(bytes: &[u8]) {
    for version in versions::<M>() {
        survives::<M>(bytes.to_vec(), version);
    }
}

proptest! {
    #![proptest_config(gracchus_cases::property(48))]

    #[test]
    fn every_message_comes_back_in_every_version(seed in proptest::collection::vec(any::<u8>(), 0..300)) {
        macro_rules! check { ($message:ident) => { comes_back::<$message>(&seed) } }
        for_each_message!(check);
    }

    #[test]
    fn no_bytes_make_a_decode_panic_or_reserve_much(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        macro_rules! check { ($message:ident) => { survives_in_every_version::<$message>(&bytes) } }
        for_each_message!(check);
    }

    #[test]
    fn small_numbers_do_not_either(bytes in proptest::collection::vec(0u8..6, 0..600)) {
        macro_rules! check { ($message:ident) => { survives_in_every_version::<$message>(&bytes) } }
        for_each_message!(check);
    }
}

/// Enough bytes to fill every field with something.
fn seed() -> Vec<u8> {
    (0..160u32).map(|it| (it.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

#[test]
fn a_message_that_is_cut_anywhere_is_refused() {
    macro_rules! check {
        ($message:ident) => {
            refuses_every_cut::<$message>(&seed())
        };
    }
    for_each_message!(check);
}

#[test]
fn lengths_and_counts_that_lie_are_survived() {
    macro_rules! check {
        ($message:ident) => {
            survives_every_lie::<$message>(&seed())
        };
    }
    for_each_message!(check);
}

/// Arrays of as many elements as their bytes can hold, each of the smallest size that the version allows.
fn wide_arrays_stay_within_the_rule<M: Message + PartialEq + std::fmt::Debug>() {
    for version in versions::<M>() {
        for depth in 1..=4 {
            let message = M::fill(&mut Filler::wide(depth, 4200), version);
            let bytes = encoded(&message, version);
            let (read, reserved) = decoded::<M>(bytes.clone(), version);
            assert_eq!(read.as_ref(), Ok(&message), "{} v{version}", M::NAME);
            let most = reserve_most(bytes.len());
            assert!(reserved <= most, "{} v{version} depth {depth}: {reserved} for {}", M::NAME, bytes.len());
        }
    }
}

#[test]
fn arrays_of_the_smallest_elements_reserve_no_more_than_the_rule() {
    macro_rules! check {
        ($message:ident) => {
            wide_arrays_stay_within_the_rule::<$message>()
        };
    }
    for_each_message!(check);
}

#[test]
fn four_bytes_do_not_reserve_gigabytes() {
    for (count, version) in [([0x7f, 0xff, 0xff, 0xff], 8), ([0xff, 0xff, 0xff, 0x7f], 9)] {
        let (read, reserved) = decoded::<MetadataRequest>(Bytes::copy_from_slice(&count), version);
        assert!(matches!(read, Err(DecodeError::Short { .. })), "{read:?}");
        assert_eq!(reserved, 0);
    }
}

#[test]
fn nested_counts_that_lie_reserve_no_product() {
    // Every topic claims as many partitions as there are bytes left.
    let mut bytes = Vec::from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    bytes.extend([0, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend(1000u32.to_be_bytes());
    for _ in 0..1000 {
        bytes.extend([0, 0, 0, 0, 1, 0]);
    }
    survives_in_every_version::<FetchRequest>(&bytes);
    survives_in_every_version::<ProduceRequest>(&bytes);
}

#[test]
fn unknown_tagged_fields_are_skipped() {
    let plain = encoded(&InitProducerIdRequest::default(), 4);
    let mut tagged = plain[..plain.len() - 1].to_vec();
    // Two fields: tag 7 of 3 bytes, tag 300 of none.
    tagged.extend([2, 7, 3, 9, 9, 9, 0xac, 0x02, 0]);
    let (read, _) = decoded::<InitProducerIdRequest>(tagged.into(), 4);
    assert_eq!(read, Ok(InitProducerIdRequest::default()));
}

#[test]
fn a_known_tagged_field_must_be_as_long_as_it_says() {
    let plain = encoded(&FetchRequest::default(), 15);
    let mut tagged = plain[..plain.len() - 1].to_vec();
    // The replica state is 13 bytes, its own tags included, and not 14.
    tagged.extend([1, 1, 14]);
    tagged.extend([0; 14]);
    let (read, _) = decoded::<FetchRequest>(tagged.into(), 15);
    assert!(matches!(read, Err(DecodeError::Tag { tag: 1, .. })), "{read:?}");
}

#[test]
fn null_without_leave_and_negative_lengths_are_refused_and_text_that_is_not_utf8_is_read() {
    let header = |client: &[u8]| {
        let bytes = [&[0, 18, 0, 0, 0, 0, 0, 1], client].concat();
        open_request(Bytes::from(bytes)).map(|(_, header, _)| header.client_id).map_err(|why| why.to_string())
    };
    assert_eq!(header(&[0, 2, b'k', b'c']), Ok(Some("kc".into())));
    assert_eq!(header(&[0xff, 0xff]), Ok(None));
    assert_eq!(header(&[0, 2, 0xc3, 0x28]), Ok(Some("\u{fffd}(".into())));
    assert_eq!(header(&[0xff, 0xfe]), Err("byte 8: -2 is no length".to_owned()));
    assert_eq!(header(&[0, 9, b'k']), Err("byte 10: 8 more bytes are announced than there are".to_owned()));
    let (read, _) = decoded::<OffsetForLeaderEpochRequest>(Bytes::from_static(&[0xff; 8]), 3);
    assert_eq!(read, Err(DecodeError::Null { at: 4 }));
}

#[test]
fn a_number_of_more_than_32_bits_is_refused() {
    let mut input = Decoder::new(Bytes::from_static(&[0xff, 0xff, 0xff, 0xff, 0x1f]));
    assert_eq!(input.uvarint(), Err(DecodeError::Varint { at: 0 }));
    let mut input = Decoder::new(Bytes::from_static(&[0xff, 0xff, 0xff, 0xff, 0x0f]));
    assert_eq!(input.uvarint(), Ok(u32::MAX));
}

#[test]
fn records_are_slices_of_the_frame_and_parts_of_the_answer() {
    let records = Bytes::from(vec![7; 5000]);
    let at = records.as_ptr();
    let body = FetchResponse {
        responses: vec![fetch::FetchableTopicResponse {
            partitions: vec![fetch::PartitionData {
                records: Some(Records::from(vec![records.clone(), records])),
                ..Default::default()
            }],
            ..Default::default()
        }],
        ..Default::default()
    };
    let parts = frame_response(1, &body, 16, &mut bytes::BytesMut::new());
    assert!(parts.iter().filter(|part| part.as_ptr() == at).count() == 2, "both parts are the log's own bytes");

    let frame = super::joined(&parts).slice(4..);
    let within = frame.as_ptr_range();
    let read: FetchResponse = open_response(frame.clone(), 1, 16).unwrap();
    assert_eq!(read, body);
    let records = read.responses[0].partitions[0].records.clone().unwrap();
    assert!(within.contains(&records.parts()[0].as_ptr()));
}
