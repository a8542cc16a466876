//! Checks what must be true of a group between any two calls of the coordinator. Tests run these checks after each
//! call.

use super::group::ClassicGroup;
use super::phase::{GroupState, Phase};
use crate::group::timers::Timers;
use crate::wire::GroupMetadataValue;

impl ClassicGroup {
    /// Panics if the group contradicts itself, its timers, or `record`, which is its last GroupMetadata record.
    pub(in crate::group) fn check(&self, timers: &Timers, record: Option<&GroupMetadataValue>) {
        let is_member = |id: &bytestring::ByteString| self.members.has(id);
        let parked: Vec<_> = match &self.phase {
            Phase::PreparingRebalance(it) => it.joins.keys().collect(),
            Phase::CompletingRebalance(it) => it.syncs.keys().collect(),
            Phase::Stable(it) => it.rejoining.keys().chain(&it.unsynced).collect(),
            Phase::Empty | Phase::Dead => Vec::new(),
        };
        assert!(parked.into_iter().all(is_member), "parked requests belong to members: {self:?}");
        match self.state() {
            GroupState::Empty | GroupState::Dead => assert!(self.members.is_empty(), "no members: {self:?}"),
            GroupState::PreparingRebalance => {}
            GroupState::CompletingRebalance | GroupState::Stable => {
                assert!(!self.members.is_empty(), "members: {self:?}")
            }
        }
        assert_eq!(self.generation.leader.is_some(), !self.members.is_empty(), "members have a leader: {self:?}");
        assert!(self.generation.leader.as_ref().is_none_or(is_member), "the leader is a member: {self:?}");
        let is_joining = self.state() == GroupState::PreparingRebalance;
        assert_eq!(timers.at(&self.join_key()).is_some(), is_joining, "the join timer: {self:?}");
        let is_synced = match &self.phase {
            Phase::CompletingRebalance(it) => it.syncs.len() == self.members.len(),
            Phase::Stable(it) => it.unsynced.is_empty(),
            _ => true,
        };
        assert!(is_synced || timers.at(&self.sync_key()).is_some(), "the sync timer: {self:?}");
        for member in self.members.iter() {
            let is_watched = timers.at(&self.session_key(&member.id)).is_some();
            assert!(is_watched || self.phase.has_parked(&member.id), "a session: {} of {self:?}", member.id);
        }
        for id in self.pending.iter() {
            assert!(timers.at(&self.session_key(id)).is_some(), "a pending member's session: {id} of {self:?}");
        }
        if self.state() == GroupState::Stable {
            self.check_record(record.expect("a Stable group has a record"));
        }
    }

    /// Checks that the last GroupMetadata record of a Stable group has the group's members, generation and assignments
    /// (G1 in `group/mod.rs`).
    fn check_record(&self, record: &GroupMetadataValue) {
        let expected =
            GroupMetadataValue { current_state_timestamp: record.current_state_timestamp, ..self.record_value() };
        assert_eq!(&expected, record, "a Stable group is what its last record says");
    }
}
