//! What the control records of the metadata log and of its snapshots say.
//!
//! Each value begins with the version that it is written in. Bytes behind a value's fields are ignored, as in Kafka.
//!
//! **In Kafka**: `ControlRecord`, `ControlRecordUtils`.

use crate::record::{ControlRecord, ControlType};
use crate::wire::{
    DecodeError, Decoder, Encoder, KRaftVersionRecord, LeaderChangeMessage, Message, SnapshotFooterRecord,
    SnapshotHeaderRecord, VotersRecord,
};
use bytes::{Bytes, BytesMut};
use core::fmt;

/// Why a control record says nothing to a quorum.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadControlMessage {
    /// A record of another log: the end of a transaction.
    OtherLog(ControlType),
    /// A value of a version that this build does not have.
    Version {
        /// The name of the record's message.
        message: &'static str,
        /// The version.
        version: i16,
    },
    /// The value cannot be read.
    Fields {
        /// The name of the record's message.
        message: &'static str,
        /// What is wrong, by the place in the value.
        why: DecodeError,
    },
}

impl fmt::Display for BadControlMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadControlMessage::OtherLog(control_type) => {
                write!(f, "a control record of type {} is in the metadata log", control_type.to_wire())
            }
            BadControlMessage::Version { message, version } => write!(f, "version {version} of a {message} is unknown"),
            BadControlMessage::Fields { message, why } => write!(f, "a {message} cannot be read: {why}"),
        }
    }
}

impl core::error::Error for BadControlMessage {}

macro_rules! control_messages {
    ($($variant:ident: $message:ident;)*) => {
        /// What a control record says, by its type.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub enum ControlMessage {
            $(
                #[doc = concat!("Kafka's `", stringify!($message), "`.")]
                $variant($message),
            )*
        }

        impl ControlMessage {
            /// Reads what a record says. Strings are slices of the record's value.
            pub fn decode(record: &ControlRecord) -> Result<ControlMessage, BadControlMessage> {
                match record.control_type {
                    $(ControlType::$variant => decoded::<$message>(&record.value).map(ControlMessage::$variant),)*
                    other => Err(BadControlMessage::OtherLog(other)),
                }
            }

            /// The type and the value of the record that says it, for [`crate::record::control_batch`]. The value is
            /// written in the version that the message's own field `version` names, which must be one that the message
            /// has; it is cut from `scratch`, which must be empty.
            #[must_use]
            pub fn encode(&self, scratch: &mut BytesMut) -> (ControlType, Bytes) {
                match self {
                    $(
                        ControlMessage::$variant(message) => {
                            (ControlType::$variant, encoded(message, message.version, scratch))
                        }
                    )*
                }
            }

            /// Messages whose fields are drawn from a test's bytes, of every type and every version.
            #[cfg(test)]
            fn fill_each(seed: &[u8]) -> Vec<ControlMessage> {
                let mut messages = Vec::new();
                $(
                    for version in $message::VERSIONS.0..=$message::VERSIONS.1 {
                        let mut message = $message::fill(&mut crate::wire::Filler::new(seed.to_vec()), version);
                        message.version = version;
                        messages.push(ControlMessage::$variant(message));
                    }
                )*
                messages
            }
        }
    };
}

control_messages! {
    LeaderChange: LeaderChangeMessage;
    SnapshotHeader: SnapshotHeaderRecord;
    SnapshotFooter: SnapshotFooterRecord;
    KRaftVersion: KRaftVersionRecord;
    KRaftVoters: VotersRecord;
}

fn decoded<M: Message>(value: &Bytes) -> Result<M, BadControlMessage> {
    let of_fields = |why| BadControlMessage::Fields { message: M::NAME, why };
    let version = Decoder::new(value.clone()).int16().map_err(of_fields)?;
    if !has_version::<M>(version) {
        return Err(BadControlMessage::Version { message: M::NAME, version });
    }
    M::decode(&mut Decoder::new(value.clone()), version).map_err(of_fields)
}

fn encoded<M: Message>(message: &M, version: i16, scratch: &mut BytesMut) -> Bytes {
    assert!(has_version::<M>(version), "{} has version {version}", M::NAME);
    let mut out = Encoder::new(scratch);
    message.encode(&mut out, version);
    out.finish_whole()
}

fn has_version<M: Message>(version: i16) -> bool {
    (M::VERSIONS.0..=M::VERSIONS.1).contains(&version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Batch, control_batch, control_records};
    use crate::types::{LeaderEpoch, Offset, Timestamp, Uuid};
    use crate::wire::leader_change_message::Voter;
    use proptest::prelude::*;

    fn record(control_type: ControlType, value: &[u8]) -> ControlRecord {
        ControlRecord { offset: Offset(0), control_type, value: Bytes::copy_from_slice(value) }
    }

    fn read(control_type: ControlType, value: &[u8]) -> Result<ControlMessage, String> {
        ControlMessage::decode(&record(control_type, value)).map_err(|why| why.to_string())
    }

    #[test]
    fn a_leader_change_byte_for_byte() {
        let voter = |voter_id| Voter { voter_id, ..Default::default() };
        let message = ControlMessage::LeaderChange(LeaderChangeMessage {
            version: 0,
            leader_id: 2,
            voters: vec![voter(1), voter(2)],
            granting_voters: vec![voter(2)],
        });
        let value = [&[0, 0, 0, 0, 0, 2, 3][..], &[0, 0, 0, 1, 0], &[0, 0, 0, 2, 0], &[2, 0, 0, 0, 2, 0, 0]].concat();
        let (control_type, encoded) = message.encode(&mut BytesMut::new());
        assert_eq!((control_type, &encoded[..]), (ControlType::LeaderChange, &value[..]));
        assert_eq!(read(ControlType::LeaderChange, &value), Ok(message));
    }

    #[test]
    fn a_value_is_read_in_the_version_that_it_begins_with() {
        let voter = Voter { voter_id: 1, voter_directory_id: Uuid([7; 16]) };
        let message = ControlMessage::LeaderChange(LeaderChangeMessage {
            version: 1,
            leader_id: 1,
            voters: vec![voter],
            granting_voters: vec![],
        });
        let (_, value) = message.encode(&mut BytesMut::new());
        assert_eq!(read(ControlType::LeaderChange, &value), Ok(message));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let refused = |text: &str| Err(text.to_owned());
        let short = "more bytes are announced than there are";
        assert_eq!(read(ControlType::Commit, &[0; 6]), refused("a control record of type 1 is in the metadata log"));
        assert_eq!(
            read(ControlType::SnapshotFooter, &[0]),
            refused(&format!("a SnapshotFooterRecord cannot be read: byte 0: 1 {short}"))
        );
        assert_eq!(
            read(ControlType::SnapshotFooter, &[0, 0]),
            refused(&format!("a SnapshotFooterRecord cannot be read: byte 2: 1 {short}"))
        );
        let unknown = "version 1 of a SnapshotFooterRecord is unknown";
        assert_eq!(read(ControlType::SnapshotFooter, &[0, 1, 0]), refused(unknown));
        let unknown = "version -1 of a VotersRecord is unknown";
        assert_eq!(read(ControlType::KRaftVoters, &[0xff, 0xff, 0]), refused(unknown));
        assert!(read(ControlType::SnapshotFooter, &[0, 0, 0, 9, 9]).is_ok(), "bytes behind the fields are ignored");
    }

    proptest! {
        #![proptest_config(gracchus_cases::property(gracchus_cases::ORDINARY))]

        #[test]
        fn messages_come_back_from_a_batch(seed in proptest::collection::vec(any::<u8>(), 0..200)) {
            let messages = ControlMessage::fill_each(&seed);
            let records: Vec<_> = messages.iter().map(|it| it.encode(&mut BytesMut::new())).collect();
            let batch = Batch::parse(&control_batch(Offset(5), LeaderEpoch(2), Timestamp(1), &records)).unwrap();
            let read = control_records(&batch).unwrap().map(|it| ControlMessage::decode(&it.unwrap()).unwrap());
            prop_assert_eq!(read.collect::<Vec<_>>(), messages);
        }

        #[test]
        fn no_bytes_make_it_panic_or_take_much_memory(
            number in 0i16..7,
            value in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..200),
                proptest::collection::vec(0u8..6, 0..400),
            ],
        ) {
            let record = record(ControlType::from_wire(number).unwrap(), &value);
            let used = allocation_counter::measure(|| drop(ControlMessage::decode(&record))).bytes_max;
            prop_assert!(used <= 64 * value.len() as u64 + (64 << 10), "{} bytes for {:?}", used, value);
        }
    }
}
