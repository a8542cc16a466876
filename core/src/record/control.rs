//! Control batches: their records are written by brokers and controllers, and no client sees them. One record ends a
//! transaction (KIP-98); the metadata log and its snapshots have one or several of other types (KIP-595, KIP-630,
//! KIP-853).
//!
//! A record's key is a version (i16) and the record's type (i16). What the values of the metadata log's types mean is
//! said by the room of the quorum.

use super::{Batch, BatchBuilder, Codec, Malformed};
use crate::types::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Timestamp};
use bytes::Bytes;
use core::fmt;

/// What a control record is about (`ControlRecordType`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(i16)]
pub enum ControlType {
    /// A transaction was aborted.
    Abort = 0,
    /// A transaction was committed.
    Commit = 1,
    /// A new leader of the metadata quorum, and the voters that elected it (KIP-595).
    LeaderChange = 2,
    /// What a snapshot begins with (KIP-630).
    SnapshotHeader = 3,
    /// What a snapshot ends with (KIP-630).
    SnapshotFooter = 4,
    /// The level of `kraft.version` from here on (KIP-853).
    KRaftVersion = 5,
    /// The voters of the quorum from here on (KIP-853).
    KRaftVoters = 6,
}

impl ControlType {
    /// Every type, in the order of the numbers.
    pub const ALL: [ControlType; 7] = [
        ControlType::Abort,
        ControlType::Commit,
        ControlType::LeaderChange,
        ControlType::SnapshotHeader,
        ControlType::SnapshotFooter,
        ControlType::KRaftVersion,
        ControlType::KRaftVoters,
    ];

    /// The type of that number; `None` where this build knows none.
    #[must_use]
    pub fn from_wire(number: i16) -> Option<ControlType> {
        ControlType::ALL.get(usize::try_from(number).ok()?).copied()
    }

    /// Its number.
    #[must_use]
    pub fn to_wire(self) -> i16 {
        self as i16
    }

    /// The key of its records: version 0, and the number.
    fn key(self) -> [u8; 4] {
        let mut key = [0; 4];
        key[2..].copy_from_slice(&self.to_wire().to_be_bytes());
        key
    }

    /// The type in a record's key. A later version of the key may append fields, which are ignored as in Kafka.
    fn of_key(key: &[u8]) -> Result<ControlType, BadControlRecord> {
        let (Some(version), Some(number)) = (number_at(key, 0), number_at(key, 2)) else {
            return Err(BadControlRecord::Key);
        };
        if version < 0 {
            return Err(BadControlRecord::Key);
        }
        ControlType::from_wire(number).ok_or(BadControlRecord::UnknownType(number))
    }
}

fn number_at(bytes: &[u8], at: usize) -> Option<i16> {
    Some(i16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// A record of a control batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ControlRecord {
    /// The record's offset.
    pub offset: Offset,
    /// What it is about.
    pub control_type: ControlType,
    /// What it says: a slice of the batch.
    pub value: Bytes,
}

/// Why a batch, or one of its records, is none of control records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadControlRecord {
    /// A batch of other records.
    OtherBatch,
    /// The batch is compressed: [`Batch::unpacked`] comes first.
    Compressed,
    /// The batch's records cannot be read.
    Record(Malformed),
    /// A record without a key, or with one that is too short or has a negative version.
    Key,
    /// A record of a type that this build does not know.
    UnknownType(i16),
    /// A record without a value.
    Value(ControlType),
}

impl fmt::Display for BadControlRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadControlRecord::OtherBatch => f.write_str("a batch of control records is due, and this is one of others"),
            BadControlRecord::Compressed => f.write_str("the control records are compressed"),
            BadControlRecord::Record(Malformed(why)) => write!(f, "a control record cannot be read: {why}"),
            BadControlRecord::Key => f.write_str("the key of a control record names no type"),
            BadControlRecord::UnknownType(number) => write!(f, "control records of type {number} are unknown"),
            BadControlRecord::Value(control_type) => {
                write!(f, "a control record of type {} has no value", control_type.to_wire())
            }
        }
    }
}

impl core::error::Error for BadControlRecord {}

/// Reads the records of a control batch.
pub fn control_records(
    batch: &Batch,
) -> Result<impl Iterator<Item = Result<ControlRecord, BadControlRecord>>, BadControlRecord> {
    let header = batch.header();
    if !header.is_control() {
        return Err(BadControlRecord::OtherBatch);
    }
    if header.codec() != Some(Codec::None) {
        return Err(BadControlRecord::Compressed);
    }
    let offsets = 0..=header.last_offset_delta;
    Ok(batch.records().map(move |record| {
        let record = record.map_err(BadControlRecord::Record)?;
        if !offsets.contains(&record.offset_delta) {
            return Err(BadControlRecord::Record(Malformed("its offset is outside the batch")));
        }
        let control_type = ControlType::of_key(record.key.ok_or(BadControlRecord::Key)?)?;
        let value = record.value.ok_or(BadControlRecord::Value(control_type))?;
        let offset = header.base.plus(record.offset_delta.into());
        Ok(ControlRecord { offset, control_type, value: batch.bytes().slice_ref(value) })
    }))
}

/// A control batch of the metadata log or of a snapshot: the records' types and values, the first record's offset, and
/// the epoch of the leader that writes it.
#[must_use]
pub fn control_batch(base: Offset, epoch: LeaderEpoch, at: Timestamp, records: &[(ControlType, Bytes)]) -> Bytes {
    assert!(!records.is_empty(), "a control batch has a record");
    let mut builder = BatchBuilder::new(128).control();
    for (control_type, value) in records {
        builder.append(at, Some(&control_type.key()), Some(value), &[]);
    }
    builder.build_at(base, epoch)
}

/// How a transaction ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TransactionResult {
    /// A transaction was aborted.
    Abort,
    /// A transaction was committed.
    Commit,
}

/// The end of a producer's transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EndTxnMarker {
    /// Commit or abort.
    pub result: TransactionResult,
    /// Of the transaction coordinator that wrote it.
    pub coordinator_epoch: i32,
}

impl EndTxnMarker {
    /// The marker in a control batch; none in any other, such as the metadata log's, or in one that cannot be read.
    #[must_use]
    pub fn parse(batch: &Batch) -> Option<EndTxnMarker> {
        if !batch.header().is_control() {
            return None;
        }
        let record = batch.records().next()?.ok()?;
        // Version, then type or epoch; later versions may append fields.
        let result = match ControlType::from_wire(number_at(record.key?, 2)?)? {
            ControlType::Abort => TransactionResult::Abort,
            ControlType::Commit => TransactionResult::Commit,
            _ => return None,
        };
        let coordinator_epoch = i32::from_be_bytes(*record.value?.get(2..)?.first_chunk()?);
        Some(EndTxnMarker { result, coordinator_epoch })
    }
}

/// A control batch that ends the transaction of `id`.
#[must_use]
pub fn end_txn_batch(id: ProducerId, epoch: ProducerEpoch, at: Timestamp, marker: EndTxnMarker) -> Bytes {
    let control_type = match marker.result {
        TransactionResult::Abort => ControlType::Abort,
        TransactionResult::Commit => ControlType::Commit,
    };
    let mut value = [0; 6];
    value[2..].copy_from_slice(&marker.coordinator_epoch.to_be_bytes());
    let mut builder = BatchBuilder::new(128).with_producer(id, epoch, -1).transactional().control();
    builder.append(at, Some(&control_type.key()), Some(&value), &[]);
    builder.build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &Bytes) -> Result<Vec<ControlRecord>, BadControlRecord> {
        control_records(&Batch::parse(bytes).expect("a batch"))?.collect()
    }

    #[test]
    fn a_marker_comes_back() {
        for result in [TransactionResult::Abort, TransactionResult::Commit] {
            let marker = EndTxnMarker { result, coordinator_epoch: 9 };
            let bytes = end_txn_batch(ProducerId(4), ProducerEpoch(2), Timestamp(1), marker);
            let batch = Batch::parse(&bytes).unwrap();
            assert!(batch.is_intact() && batch.header().is_control() && batch.header().is_transactional());
            assert_eq!(batch.header().producer().unwrap().last_sequence, -1, "markers have no sequence");
            assert_eq!(EndTxnMarker::parse(&batch), Some(marker));
        }
    }

    #[test]
    fn what_is_no_marker_is_none() {
        let mut builder = BatchBuilder::new(0).control();
        builder.append(Timestamp(0), Some(&[0, 0]), Some(&[]), &[]);
        assert_eq!(EndTxnMarker::parse(&Batch::parse(&builder.build()).unwrap()), None);
        let bytes = batch(&[(ControlType::LeaderChange, b"123456")]);
        assert_eq!(EndTxnMarker::parse(&Batch::parse(&bytes).unwrap()), None);
    }

    fn batch(records: &[(ControlType, &'static [u8])]) -> Bytes {
        let records: Vec<_> = records.iter().map(|(it, value)| (*it, Bytes::from_static(value))).collect();
        control_batch(Offset(40), LeaderEpoch(7), Timestamp(1_000), &records)
    }

    #[test]
    fn a_batch_of_several_control_records_lies_where_it_was_told_to() {
        let bytes = batch(&[(ControlType::SnapshotHeader, b"head"), (ControlType::KRaftVoters, b"")]);
        let parsed = Batch::parse(&bytes).unwrap();
        let header = parsed.header();
        assert!(parsed.is_intact() && header.is_control() && !header.is_transactional());
        assert_eq!((header.base, header.leader_epoch, header.producer()), (Offset(40), Some(LeaderEpoch(7)), None));
        let of = |at, control_type, value| ControlRecord { offset: Offset(at), control_type, value };
        let head = of(40, ControlType::SnapshotHeader, Bytes::from_static(b"head"));
        assert_eq!(read(&bytes), Ok(vec![head, of(41, ControlType::KRaftVoters, Bytes::new())]));
    }

    #[test]
    fn a_control_record_byte_for_byte() {
        let bytes = batch(&[(ControlType::SnapshotFooter, &[0, 0, 0])]);
        // Length, attributes, two deltas, the key with its length, the value with its length, no headers.
        assert_eq!(bytes[61..], [26, 0, 0, 0, 8, 0, 0, 0, 4, 6, 0, 0, 0, 0]);
    }

    #[test]
    fn types_have_kafkas_numbers() {
        let numbers = ControlType::ALL.map(ControlType::to_wire);
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6]);
        assert!(ControlType::ALL.into_iter().all(|it| ControlType::from_wire(it.to_wire()) == Some(it)));
        assert_eq!((ControlType::from_wire(7), ControlType::from_wire(-1)), (None, None));
    }

    #[test]
    fn what_is_no_control_record_is_named() {
        let refused = |control: bool, key: Option<&[u8]>, value: Option<&[u8]>| {
            let builder = BatchBuilder::new(0);
            let mut builder = if control { builder.control() } else { builder };
            builder.append(Timestamp(0), key, value, &[]);
            read(&builder.build()).map_err(|why| why.to_string())
        };
        let error = |text: &str| Err(text.to_owned());
        let key: &[u8] = &[0, 0, 0, 2];
        let no_type = "the key of a control record names no type";
        assert!(refused(true, Some(key), Some(b"")).is_ok());
        assert!(refused(true, Some(&[0, 9, 0, 2, 1, 1]), Some(b"")).is_ok(), "a later version of the key is longer");
        let other = "a batch of control records is due, and this is one of others";
        assert_eq!(refused(false, Some(key), Some(b"")), error(other));
        assert_eq!(refused(true, None, Some(b"")), error(no_type));
        assert_eq!(refused(true, Some(&[0, 0, 0]), Some(b"")), error(no_type));
        assert_eq!(refused(true, Some(&[0xff, 0xff, 0, 2]), Some(b"")), error(no_type));
        assert_eq!(refused(true, Some(&[0, 0, 0, 7]), Some(b"")), error("control records of type 7 are unknown"));
        assert_eq!(refused(true, Some(key), None), error("a control record of type 2 has no value"));
    }

    #[test]
    fn a_compressed_control_batch_is_read_when_it_is_unpacked() {
        let mut bytes = batch(&[(ControlType::LeaderChange, b"x")]).to_vec();
        bytes[22] |= 4;
        assert_eq!(read(&bytes.into()), Err(BadControlRecord::Compressed));
    }

    proptest! {
        #![proptest_config(gracchus_cases::property(gracchus_cases::ORDINARY))]

        #[test]
        fn no_bytes_make_the_walk_panic(
            at in 0..120usize,
            lie in any::<u8>(),
            values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 1..4),
        ) {
            let records: Vec<_> = values.into_iter().map(|it| (ControlType::KRaftVoters, Bytes::from(it))).collect();
            let mut bytes = control_batch(Offset(3), LeaderEpoch(0), Timestamp(9), &records).to_vec();
            if let Some(byte) = bytes.get_mut(at) {
                *byte = lie;
            }
            if let Ok(batch) = Batch::parse(&bytes.into())
                && let Ok(walk) = control_records(&batch)
            {
                prop_assert!(walk.count() <= batch.bytes().len());
            }
        }
    }
}
