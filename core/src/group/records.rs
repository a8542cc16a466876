//! Builds the records that a coordinator writes, and reads records from batches of the log.
//!
//! A record that a coordinator builds shares no memory with the request. Its strings are copied: a slice of the request
//! would keep the request's whole frame in memory for as long as the group exists.

use super::state::CommittedOffset;
use crate::record::{Batch, Batches, Codec};
use crate::types::{Offset, Uuid};
use crate::wire::{
    GROUP_METADATA_VALUE_VERSION, GroupCoordinatorRecord, GroupMetadataKey, GroupMetadataValue, OffsetCommitKey,
    OffsetCommitValue, RecordError, Versioned, offset_commit_value_version,
};
use bytes::Bytes;
use bytestring::ByteString;

/// Returns a copy that shares no memory with `text`.
pub(super) fn owned(text: &str) -> ByteString {
    if text.is_empty() { ByteString::new() } else { ByteString::from(text) }
}

/// Returns a copy that shares no memory with `bytes`.
pub(super) fn owned_bytes(bytes: &Bytes) -> Bytes {
    if bytes.is_empty() { Bytes::new() } else { Bytes::copy_from_slice(bytes) }
}

/// Builds the GroupMetadata record of a group.
pub(super) fn group(group: &ByteString, value: GroupMetadataValue) -> GroupCoordinatorRecord {
    let value = Versioned { version: GROUP_METADATA_VALUE_VERSION, message: value };
    GroupCoordinatorRecord::GroupMetadata { key: GroupMetadataKey { group: group.clone() }, value: Some(value) }
}

/// Builds the first GroupMetadata record of a group. It has no members (`newEmptyGroupMetadataRecord`).
pub(super) fn new_group(name: &ByteString, current_state_timestamp: i64) -> GroupCoordinatorRecord {
    group(name, GroupMetadataValue { current_state_timestamp, ..GroupMetadataValue::default() })
}

/// Builds the tombstone that deletes a group.
pub(super) fn group_tombstone(group: &ByteString) -> GroupCoordinatorRecord {
    GroupCoordinatorRecord::GroupMetadata { key: GroupMetadataKey { group: group.clone() }, value: None }
}

/// Builds the record of a committed offset. An offset with its own expiration time is written in version 1 of the
/// value, which has no leader epoch and no topic id. The returned record leaves these out too, so that replaying it now
/// gives the same state as loading it later.
pub(super) fn offset(
    group: &ByteString,
    topic: &ByteString,
    partition: i32,
    committed: &CommittedOffset,
) -> GroupCoordinatorRecord {
    let expires = committed.expire_timestamp.is_some();
    let message = OffsetCommitValue {
        offset: committed.offset,
        leader_epoch: if expires { -1 } else { committed.leader_epoch },
        metadata: committed.metadata.clone(),
        commit_timestamp: committed.commit_timestamp,
        expire_timestamp: committed.expire_timestamp.unwrap_or(-1),
        topic_id: if expires { Uuid::ZERO } else { committed.topic_id },
    };
    let value = Versioned { version: offset_commit_value_version(expires), message };
    GroupCoordinatorRecord::OffsetCommit { key: offset_key(group, topic, partition), value: Some(value) }
}

/// Builds the tombstone that deletes a committed offset.
pub(super) fn offset_tombstone(group: &ByteString, topic: &ByteString, partition: i32) -> GroupCoordinatorRecord {
    GroupCoordinatorRecord::OffsetCommit { key: offset_key(group, topic, partition), value: None }
}

fn offset_key(group: &ByteString, topic: &ByteString, partition: i32) -> OffsetCommitKey {
    OffsetCommitKey { group: group.clone(), topic: topic.clone(), partition }
}

/// Why a log cannot be loaded. The coordinator does not skip a batch that it cannot read, because it would then answer
/// with wrong offsets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unreadable {
    /// The bytes are not batches, or a batch is damaged.
    Corrupt,
    /// A batch is compressed, as Apache Kafka writes it if `offsets.topic.compression.codec` is set.
    Compressed,
    /// A batch belongs to a transaction. Its offsets are valid only if the transaction was committed, and this
    /// coordinator does not evaluate transaction markers.
    Transactional,
    /// A record has a known type but cannot be decoded.
    Record,
}

impl Unreadable {
    /// The reason in words, for the trace.
    pub(super) fn text(self) -> &'static str {
        match self {
            Unreadable::Corrupt => "a batch of the log is corrupt",
            Unreadable::Compressed => "a batch of the log is compressed",
            Unreadable::Transactional => "the log holds offsets that were committed in a transaction",
            Unreadable::Record => "a record of the log has a known type and cannot be read",
        }
    }
}

/// The records of one batch.
#[derive(Debug)]
pub(super) struct LoadedBatch {
    /// The offset after the last record of the batch.
    pub(super) next: Offset,
    pub(super) records: Vec<GroupCoordinatorRecord>,
    /// How many records were skipped because this coordinator does not handle their type.
    pub(super) skipped: u64,
}

/// Reads the batches in `pieces`, one by one. The iterator yields an error for a batch that cannot be read. A piece may
/// end inside a batch, because the log in memory has each batch in two pieces: the head that the log stamped, and the
/// rest.
pub(super) fn batches(pieces: &[Bytes]) -> impl Iterator<Item = Result<LoadedBatch, Unreadable>> {
    let whole = match pieces {
        [piece] => piece.clone(),
        several => Bytes::from(several.concat()),
    };
    Batches::new(whole).map(|batch| read(&batch.map_err(|_| Unreadable::Corrupt)?))
}

fn read(batch: &Batch) -> Result<LoadedBatch, Unreadable> {
    let header = batch.header();
    let mut loaded = LoadedBatch { next: header.next(), records: Vec::new(), skipped: 0 };
    if !batch.is_intact() {
        return Err(Unreadable::Corrupt);
    }
    // Control batches and empty batches have nothing to load. A transaction marker in a control batch matters only for
    // offsets of its transaction, and a batch with such offsets is refused below. An empty batch is what compaction
    // leaves when it removes all records of a batch.
    if header.is_control() || header.count == 0 {
        return Ok(loaded);
    }
    if header.is_transactional() {
        return Err(Unreadable::Transactional);
    }
    if header.codec() != Some(Codec::None) {
        return Err(Unreadable::Compressed);
    }
    for record in batch.records() {
        let record = record.map_err(|_| Unreadable::Corrupt)?;
        // A record without a key counts as undecodable. No coordinator writes one, and a compacted topic does not
        // accept it.
        let key = Bytes::copy_from_slice(record.key.ok_or(Unreadable::Record)?);
        match GroupCoordinatorRecord::decode(key, record.value.map(Bytes::copy_from_slice)) {
            Ok(record) if is_served(&record) => loaded.records.push(record),
            Ok(_) | Err(RecordError::UnknownType { .. }) => loaded.skipped += 1,
            Err(_) => return Err(Unreadable::Record),
        }
    }
    Ok(loaded)
}

fn is_served(record: &GroupCoordinatorRecord) -> bool {
    use GroupCoordinatorRecord::{GroupMetadata, LegacyOffsetCommit, OffsetCommit};
    matches!(record, GroupMetadata { .. } | OffsetCommit { .. } | LegacyOffsetCommit { .. })
}
