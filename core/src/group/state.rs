//! The persistent state of a coordinator: the result of replaying the records of one `__consumer_offsets` partition.
//!
//! **Invariants**
//! - The state depends only on the last record of each key. Therefore a compacted log gives the same state.
//! - A group exists while it has a GroupMetadata record or a committed offset. A group with offsets but without that
//!   record is a simple group: the offsets were committed without members.
//! - The state shares no memory with the frames of requests, nor with batches of the log.
//!
//! **In Kafka**: `GroupMetadataManager.replay`, `OffsetMetadataManager.replay`, `OffsetAndMetadata`.

use super::records::owned;
use crate::machine::State;
use crate::types::Uuid;
use crate::wire::{GroupCoordinatorRecord, GroupMetadataValue, OffsetCommitValue};
use bytestring::ByteString;
use imbl::OrdMap;
use std::sync::Arc;

/// All groups of the partition. A clone shares its memory with the original.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Groups {
    groups: OrdMap<ByteString, PersistedGroup>,
}

/// One group, as the records in the log describe it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct PersistedGroup {
    /// The last GroupMetadata record. `None` for a simple group.
    pub(super) metadata: Option<Arc<GroupMetadataValue>>,
    /// Committed offsets by topic and partition. No topic has an empty map.
    pub(super) offsets: OrdMap<ByteString, OrdMap<i32, CommittedOffset>>,
}

/// A committed offset.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct CommittedOffset {
    pub(super) offset: i64,
    /// The leader epoch of the record before the offset; -1 if it is not known (KIP-320).
    pub(super) leader_epoch: i32,
    pub(super) metadata: ByteString,
    /// When the offset was committed, in wall-clock milliseconds.
    pub(super) commit_timestamp: i64,
    /// When the offset expires, in wall-clock milliseconds. `None` unless the OffsetCommit named a retention time,
    /// which it may do up to version 4.
    pub(super) expire_timestamp: Option<i64>,
    /// The id of the topic that the offset was committed for; zero if it is not known (KAFKA-19141).
    pub(super) topic_id: Uuid,
}

impl Groups {
    /// Returns the group with this id.
    pub(super) fn get(&self, group: &str) -> Option<&PersistedGroup> {
        self.groups.get(group)
    }

    /// The number of groups.
    pub(super) fn len(&self) -> usize {
        self.groups.len()
    }

    /// All groups, in the order of their ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&ByteString, &PersistedGroup)> {
        self.groups.iter()
    }

    /// The groups whose ids come after `after`, in order. With `None`, all groups.
    pub(super) fn iter_after(
        &self,
        after: Option<&ByteString>,
    ) -> impl Iterator<Item = (&ByteString, &PersistedGroup)> {
        use core::ops::Bound::{Excluded, Unbounded};
        let from = after.map_or(Unbounded, |group| Excluded(group.clone()));
        self.groups.range((from, Unbounded))
    }

    /// Returns `false` if the record is a tombstone for something that is not in the state. Only mutant M89 calls this.
    pub(super) fn knows_deleted(&self, record: &GroupCoordinatorRecord) -> bool {
        match record {
            GroupCoordinatorRecord::GroupMetadata { key, value: None } => self.get(&key.group).is_some(),
            GroupCoordinatorRecord::OffsetCommit { key, value: None } => {
                self.get(&key.group).is_some_and(|it| it.offset(&key.topic, key.partition).is_some())
            }
            _ => true,
        }
    }

    fn put_offset(&mut self, group: &ByteString, topic: &ByteString, partition: i32, offset: CommittedOffset) {
        let offsets = &mut entry(&mut self.groups, group).offsets;
        entry(offsets, topic).insert(partition, offset);
    }

    fn remove_offset(&mut self, group: &str, topic: &str, partition: i32) {
        // A tombstone for an offset that is not in the state is legal, because compaction may have removed the offset's
        // record (KAFKA-17306).
        let Some(persisted) = self.groups.get_mut(group) else { return };
        let Some(partitions) = persisted.offsets.get_mut(topic) else { return };
        partitions.remove(&partition);
        if partitions.is_empty() {
            persisted.offsets.remove(topic);
        }
        self.remove_if_empty(group);
    }

    fn put_metadata(&mut self, group: &ByteString, metadata: GroupMetadataValue) {
        entry(&mut self.groups, group).metadata = Some(Arc::new(metadata));
    }

    fn remove_metadata(&mut self, group: &str) {
        let Some(persisted) = self.groups.get_mut(group) else { return };
        persisted.metadata = None;
        self.remove_if_empty(group);
    }

    fn remove_if_empty(&mut self, group: &str) {
        if self.groups.get(group).is_some_and(|it| it.metadata.is_none() && it.offsets.is_empty()) {
            self.groups.remove(group);
        }
    }
}

/// Returns the value of `key`; inserts a default if there is none.
fn entry<'a, V: Clone + Default>(map: &'a mut OrdMap<ByteString, V>, key: &ByteString) -> &'a mut V {
    if !map.contains_key(key) {
        map.insert(owned(key), V::default());
    }
    map.get_mut(key).expect("the key was just inserted")
}

impl PersistedGroup {
    /// Returns the committed offset of a partition.
    pub(super) fn offset(&self, topic: &str, partition: i32) -> Option<&CommittedOffset> {
        self.offsets.get(topic)?.get(&partition)
    }
}

impl CommittedOffset {
    /// Reads a committed offset from the value of its record. The metadata is copied, so that the rest of the record
    /// does not stay in memory.
    pub(super) fn of_record(value: &OffsetCommitValue) -> CommittedOffset {
        CommittedOffset {
            offset: value.offset,
            leader_epoch: value.leader_epoch,
            metadata: owned(&value.metadata),
            commit_timestamp: value.commit_timestamp,
            expire_timestamp: (value.expire_timestamp != -1).then_some(value.expire_timestamp),
            topic_id: value.topic_id,
        }
    }
}

impl State for Groups {
    type Record = GroupCoordinatorRecord;

    fn replay(&mut self, record: &GroupCoordinatorRecord) {
        match record {
            GroupCoordinatorRecord::GroupMetadata { key, value: Some(value) } => {
                self.put_metadata(&key.group, value.message.clone());
            }
            GroupCoordinatorRecord::GroupMetadata { key, value: None } => self.remove_metadata(&key.group),
            GroupCoordinatorRecord::OffsetCommit { key, value: Some(value) } => {
                let offset = CommittedOffset::of_record(&value.message);
                self.put_offset(&key.group, &key.topic, key.partition, offset);
            }
            GroupCoordinatorRecord::OffsetCommit { key, value: None } => {
                self.remove_offset(&key.group, &key.topic, key.partition);
            }
            GroupCoordinatorRecord::LegacyOffsetCommit { key, value: Some(value) } => {
                let offset = CommittedOffset::of_record(&OffsetCommitValue {
                    offset: value.message.offset,
                    metadata: value.message.metadata.clone(),
                    commit_timestamp: value.message.commit_timestamp,
                    ..OffsetCommitValue::default()
                });
                self.put_offset(&key.group, &key.topic, key.partition, offset);
            }
            GroupCoordinatorRecord::LegacyOffsetCommit { key, value: None } => {
                self.remove_offset(&key.group, &key.topic, key.partition);
            }
            // Records of consumer groups (KIP-848) are skipped before they are replayed.
            _ => {}
        }
    }
}
