//! Records of `__consumer_offsets`: committed offsets and groups, as keys and values of a log's records.
//!
//! A record's key is its type (i16) and the body of that type's key message, always in version 0. Its value is a version
//! (i16) and the body of the value message in that version. A null value is a tombstone: it deletes what the key names.
//!
//! **Invariants**
//! - No bytes make a decode panic, and none make it reserve more than a small constant times their length.
//! - A record of an unknown type is an error of its own, because a coordinator skips it with a warning, so that it can
//!   load what a newer broker wrote. Every other error ends the loading: what would be skipped there would be lost.
//! - Bytes behind the body of a key or a value are ignored, as in Kafka, which loads such a record.
//!
//! **In Kafka**: `CoordinatorRecordSerde`, `GroupCoordinatorRecordSerde` and the generated `CoordinatorRecordType`; which
//! versions are written comes from `GroupCoordinatorRecordHelpers`.

use super::*;
use bytes::{Bytes, BytesMut};
use core::fmt;

#[cfg(test)]
use super::filler::Filler;

/// The version of [`GroupMetadataValue`] that Kafka 4.3 writes, for groups with members and for empty groups
/// (`GroupCoordinatorRecordHelpers.newGroupMetadataRecord` and `newEmptyGroupMetadataRecord`). Version 4 differs by
/// being flexible only; Kafka reads it and does not write it.
pub const GROUP_METADATA_VALUE_VERSION: i16 = 3;

/// Returns the version of [`OffsetCommitValue`] that Kafka 4.3 writes (`GroupCoordinatorRecordHelpers`,
/// `offsetCommitValueVersion`).
///
/// It is 1 for an offset with an expiration time of its own (OffsetCommit up to version 4), because no later version has
/// `expire_timestamp`; such a record loses its leader epoch and topic id. It is 4 for every other offset. Kafka up to
/// 4.0 wrote version 3 there, which has no topic id.
#[must_use]
pub fn offset_commit_value_version(has_expire_timestamp: bool) -> i16 {
    if has_expire_timestamp { 1 } else { 4 }
}

/// A value and the version that its record has or is to have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Versioned<V> {
    /// One of the versions that the message has.
    pub version: i16,
    /// The value.
    pub message: V,
}

/// A record's key and value as bytes, ready for a batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EncodedRecord {
    /// The type and the key's body.
    pub key: Bytes,
    /// The version and the value's body; `None` is a tombstone.
    pub value: Option<Bytes>,
}

/// Why bytes are no record of the group coordinator. Kafka skips a record of an unknown type and stops loading the
/// partition on every other error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RecordError {
    /// This build has no messages for the record's type, for example those of share and streams groups.
    UnknownType {
        /// The type in front of the key.
        record_type: i16,
    },
    /// The key has no type, or its body is not the message of that type.
    Key(DecodeError),
    /// The value has no version, or its body is not the message of that version.
    Value {
        /// The record's type.
        record_type: i16,
        /// What is wrong, by the place in the value.
        why: DecodeError,
    },
    /// The value has a version that this build does not have.
    ValueVersion {
        /// The record's type.
        record_type: i16,
        /// The version in front of the value.
        version: i16,
    },
}

macro_rules! records {
    ($($(#[$doc:meta])* $variant:ident: $key:ident => $value:ident;)*) => {
        /// A record of the group coordinator, by the names of Kafka's `CoordinatorRecordType`.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub enum GroupCoordinatorRecord {
            $(
                $(#[$doc])*
                $variant {
                    /// What the record is about.
                    key: $key,
                    /// What holds for the key from this record on; `None` is a tombstone.
                    value: Option<Versioned<$value>>,
                },
            )*
        }

        impl GroupCoordinatorRecord {
            /// Reads a record. Strings and bytes of the result are slices of `key` and `value`: whoever keeps the result
            /// for longer than the batch copies the key and the value first, or keeps the whole batch in memory.
            pub fn decode(key: Bytes, value: Option<Bytes>) -> Result<GroupCoordinatorRecord, RecordError> {
                let mut input = Decoder::new(key);
                let record_type = input.int16().map_err(RecordError::Key)?;
                Ok(match record_type {
                    $(
                        <$key as RecordKey>::TYPE => GroupCoordinatorRecord::$variant {
                            key: decode_key(&mut input)?,
                            value: value.map(decode_value::<$key>).transpose()?,
                        },
                    )*
                    _ => return Err(RecordError::UnknownType { record_type }),
                })
            }

            /// Writes the record's key and value, each into a buffer of its own that is cut from `scratch`, which must be
            /// empty. Fields that the value's version does not have are left out.
            #[must_use]
            pub fn encode(&self, scratch: &mut BytesMut) -> EncodedRecord {
                match self {
                    $(
                        GroupCoordinatorRecord::$variant { key, value } => EncodedRecord {
                            key: encode_key(key, scratch),
                            value: value.as_ref().map(|value| encode_value(value, scratch)),
                        },
                    )*
                }
            }

            /// Records whose fields are drawn from a test's bytes: for every type a tombstone, and a value of every version.
            #[cfg(test)]
            pub(super) fn fill_each(seed: &[u8]) -> Vec<GroupCoordinatorRecord> {
                let mut records = Vec::new();
                $(
                    let key = $key::fill(&mut Filler::new(seed.to_vec()), KEY_VERSION);
                    records.push(GroupCoordinatorRecord::$variant { key: key.clone(), value: None });
                    for version in $value::VERSIONS.0..=$value::VERSIONS.1 {
                        let message = $value::fill(&mut Filler::new(seed.to_vec()), version);
                        let value = Some(Versioned { version, message });
                        records.push(GroupCoordinatorRecord::$variant { key: key.clone(), value });
                    }
                )*
                records
            }

            /// The type that stands in front of the key.
            #[must_use]
            pub fn record_type(&self) -> i16 {
                match self {
                    $(GroupCoordinatorRecord::$variant { .. } => <$key as RecordKey>::TYPE,)*
                }
            }
        }
    };
}

records! {
    /// Type 0: an offset as brokers before 0.9 committed it. It is read and never written.
    LegacyOffsetCommit: LegacyOffsetCommitKey => LegacyOffsetCommitValue;
    /// Type 1: the offset that a group committed for a partition.
    OffsetCommit: OffsetCommitKey => OffsetCommitValue;
    /// Type 2: a classic group with its members and their assignments.
    GroupMetadata: GroupMetadataKey => GroupMetadataValue;
    /// Type 3: the epoch of a consumer group (KIP-848).
    ConsumerGroupMetadata: ConsumerGroupMetadataKey => ConsumerGroupMetadataValue;
    /// Type 4: the subscribed partitions of a consumer group, as brokers before 4.1 wrote them (KIP-848).
    ConsumerGroupPartitionMetadata: ConsumerGroupPartitionMetadataKey => ConsumerGroupPartitionMetadataValue;
    /// Type 5: a member of a consumer group and its subscription (KIP-848).
    ConsumerGroupMemberMetadata: ConsumerGroupMemberMetadataKey => ConsumerGroupMemberMetadataValue;
    /// Type 6: the epoch of a consumer group's target assignment (KIP-848).
    ConsumerGroupTargetAssignmentMetadata:
        ConsumerGroupTargetAssignmentMetadataKey => ConsumerGroupTargetAssignmentMetadataValue;
    /// Type 7: the target assignment of a member (KIP-848).
    ConsumerGroupTargetAssignmentMember:
        ConsumerGroupTargetAssignmentMemberKey => ConsumerGroupTargetAssignmentMemberValue;
    /// Type 8: the current assignment of a member (KIP-848).
    ConsumerGroupCurrentMemberAssignment:
        ConsumerGroupCurrentMemberAssignmentKey => ConsumerGroupCurrentMemberAssignmentValue;
    /// Type 16: the topics that a regular expression of a group's subscriptions matches (KIP-848).
    ConsumerGroupRegularExpression: ConsumerGroupRegularExpressionKey => ConsumerGroupRegularExpressionValue;
}

fn decode_key<K: RecordKey>(input: &mut Decoder) -> Result<K, RecordError> {
    K::decode(input, KEY_VERSION).map_err(RecordError::Key)
}

fn decode_value<K: RecordKey>(value: Bytes) -> Result<Versioned<K::Value>, RecordError> {
    let of_value = |why| RecordError::Value { record_type: K::TYPE, why };
    let mut input = Decoder::new(value);
    let version = input.int16().map_err(of_value)?;
    if !has_version::<K::Value>(version) {
        return Err(RecordError::ValueVersion { record_type: K::TYPE, version });
    }
    let message = K::Value::decode(&mut input, version).map_err(of_value)?;
    Ok(Versioned { version, message })
}

fn encode_key<K: RecordKey>(key: &K, scratch: &mut BytesMut) -> Bytes {
    let mut out = Encoder::new(scratch);
    out.int16(K::TYPE);
    key.encode(&mut out, KEY_VERSION);
    out.finish_whole()
}

fn encode_value<V: Message>(value: &Versioned<V>, scratch: &mut BytesMut) -> Bytes {
    assert!(has_version::<V>(value.version), "{} has version {}", V::NAME, value.version);
    let mut out = Encoder::new(scratch);
    out.int16(value.version);
    value.message.encode(&mut out, value.version);
    out.finish_whole()
}

fn has_version<M: Message>(version: i16) -> bool {
    (M::VERSIONS.0..=M::VERSIONS.1).contains(&version)
}

/// Every key has one version; a change of a key would be a new type of record.
const KEY_VERSION: i16 = 0;

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecordError::UnknownType { record_type } => write!(f, "records of type {record_type} are unknown"),
            RecordError::Key(why) => write!(f, "the record's key cannot be read: {why}"),
            RecordError::Value { record_type, why } => {
                write!(f, "the value of a record of type {record_type} cannot be read: {why}")
            }
            RecordError::ValueVersion { record_type, version } => {
                write!(f, "records of type {record_type} have no value of version {version}")
            }
        }
    }
}

impl core::error::Error for RecordError {}
