//! Subscriptions and assignments with the version in front of them.

use crate::wire::*;
use bytes::{Bytes, BytesMut};
use proptest::prelude::*;

fn subscription() -> ConsumerProtocolSubscription {
    ConsumerProtocolSubscription {
        topics: vec!["orders".into()],
        user_data: Some(Bytes::from_static(b"u")),
        owned_partitions: vec![consumer_protocol_subscription::TopicPartition {
            topic: "orders".into(),
            partitions: vec![7],
        }],
        generation_id: 5,
        rack_id: Some("r".into()),
    }
}

#[test]
fn a_subscription_is_its_version_and_its_fields() {
    let topics: &[u8] = &[0, 0, 0, 1, 0, 6, b'o', b'r', b'd', b'e', b'r', b's'];
    let user_data: &[u8] = &[0, 0, 0, 1, b'u'];
    let owned: &[u8] = &[0, 0, 0, 1, 0, 6, b'o', b'r', b'd', b'e', b'r', b's', 0, 0, 0, 1, 0, 0, 0, 7];
    let rest: &[u8] = &[0, 0, 0, 5, 0, 1, b'r'];
    let bytes = encode_consumer_protocol(&subscription(), 3, &mut BytesMut::new());
    assert_eq!(bytes, [&[0, 3], topics, user_data, owned, rest].concat());
    assert_eq!(decode_consumer_protocol(bytes), Ok(subscription()));

    let bytes = encode_consumer_protocol(&subscription(), 0, &mut BytesMut::new());
    assert_eq!(bytes, [&[0, 0], topics, user_data].concat());
}

#[test]
fn a_newer_version_is_read_as_the_newest_known_one() {
    let mut bytes = encode_consumer_protocol(&subscription(), 3, &mut BytesMut::new()).to_vec();
    bytes[1] = 9;
    bytes.extend(b"a field of version 9");
    assert_eq!(decode_consumer_protocol(bytes.into()), Ok(subscription()));
}

#[test]
fn a_version_below_zero_and_a_missing_one_are_refused() {
    let read = |bytes: &'static [u8]| decode_consumer_protocol::<ConsumerProtocolAssignment>(Bytes::from_static(bytes));
    assert_eq!(read(&[0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]), Err(DecodeError::Prefix { version: -1 }));
    assert_eq!(read(&[0]), Err(DecodeError::Short { at: 0, wanted: 1 }));
    assert_eq!(read(&[]), Err(DecodeError::Short { at: 0, wanted: 2 }));
    assert_eq!(read(&[0, 0, 0x7f, 0xff, 0xff, 0xff]), Err(DecodeError::Short { at: 6, wanted: 6 * 0x7fff_ffff }));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(0u8..9, 0..120)) {
        let _ = decode_consumer_protocol::<ConsumerProtocolSubscription>(bytes.clone().into());
        let _ = decode_consumer_protocol::<ConsumerProtocolAssignment>(bytes.into());
    }
}
