//! The soft state of a coordinator: its groups with their members, and their timers.
//!
//! **Invariants**
//! - A group with a GroupMetadata record is in here. A group without one is in here only while it has members or pending
//!   members.
//! - The bytes are those of all groups.

use super::classic::ClassicGroup;
use super::context::Cx;
use super::timers::{TimerKey, Timers};
use super::{GroupConfig, Output};
use crate::io::Env;
use crate::types::Instant;
use bytestring::ByteString;
use std::collections::BTreeMap;

/// All groups that have more than committed offsets.
#[derive(Clone, Debug, Default)]
pub(super) struct Live {
    groups: BTreeMap<ByteString, ClassicGroup>,
    timers: Timers,
    /// Records that were named so far.
    stores: u64,
    /// Bytes of memory that members take, roughly.
    bytes: usize,
}

/// What does not change from group to group.
pub(super) struct Host<'a, 'e> {
    pub(super) config: &'a GroupConfig,
    pub(super) partition: i32,
    pub(super) env: &'a mut Env<'e>,
    pub(super) out: &'a mut Vec<Output>,
}

impl Live {
    pub(super) fn get(&self, id: &str) -> Option<&ClassicGroup> {
        self.groups.get(id)
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.groups.contains_key(id)
    }

    /// Bytes of memory that members take, roughly.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Puts a group in that is not there.
    pub(super) fn insert(&mut self, group: ClassicGroup) {
        self.bytes += group.bytes();
        let before = self.groups.insert(group.id().clone(), group);
        assert!(before.is_none(), "a group is put in once");
    }

    /// Takes a group out, with its timers. Nobody may wait for an answer of it.
    pub(super) fn remove(&mut self, id: &str) {
        let Some(group) = self.groups.remove(id) else { return };
        self.bytes -= group.bytes();
        group.cancel_timers(&mut self.timers);
    }

    /// Runs `act` on a group; none if there is no such group.
    pub(super) fn with<R>(
        &mut self,
        id: &str,
        host: Host<'_, '_>,
        act: impl FnOnce(&mut ClassicGroup, &mut Cx<'_, '_>) -> R,
    ) -> Option<R> {
        let group = self.groups.get_mut(id)?;
        let Host { config, partition, env, out } = host;
        let before = group.bytes();
        let mut cx = Cx { config, partition, timers: &mut self.timers, stores: &mut self.stores, env, out };
        let result = act(group, &mut cx);
        self.bytes = self.bytes - before + group.bytes();
        Some(result)
    }

    /// Makes a group with the means of this coordinator, and puts it in.
    pub(super) fn make(&mut self, host: Host<'_, '_>, make: impl FnOnce(&mut Cx<'_, '_>) -> ClassicGroup) {
        let Host { config, partition, env, out } = host;
        let mut cx = Cx { config, partition, timers: &mut self.timers, stores: &mut self.stores, env, out };
        let group = make(&mut cx);
        self.insert(group);
    }

    /// Takes the earliest timer whose time has come.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<TimerKey> {
        self.timers.pop_due(now)
    }

    /// How many members a timer has to do with.
    pub(super) fn weight(&self, key: &TimerKey) -> usize {
        match key {
            TimerKey::Session { .. } => 1,
            TimerKey::Join { group } | TimerKey::Sync { group } => 1 + self.get(group).map_or(0, ClassicGroup::size),
        }
    }

    /// When the next timer is due.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        self.timers.next_wake()
    }

    /// All groups, which are of no use to anybody after that.
    pub(super) fn into_groups(self) -> impl Iterator<Item = ClassicGroup> {
        self.groups.into_values()
    }

    #[cfg(test)]
    pub(super) fn timers(&self) -> &Timers {
        &self.timers
    }

    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = &ClassicGroup> {
        self.groups.values()
    }
}
