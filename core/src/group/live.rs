//! What a coordinator keeps in memory only: its groups with their members, and the timers of the groups. None of it is
//! in the log; a new coordinator builds it again from the records of the groups.
//!
//! **Invariants**
//! - Every group with a GroupMetadata record is here. A group without such a record is here only while it has members
//!   or pending members, or is being deleted.
//! - `bytes` is the sum of what all groups take.

use super::classic::ClassicGroup;
use super::context::Cx;
use super::timers::{TimerKey, Timers};
use super::{GroupConfig, Output};
use crate::io::Env;
use crate::types::Instant;
use bytestring::ByteString;
use std::collections::BTreeMap;

/// All groups of a coordinator, as they are in memory, with their timers.
#[derive(Clone, Debug, Default)]
pub(super) struct Live {
    groups: BTreeMap<ByteString, ClassicGroup>,
    timers: Timers,
    /// The last [`StoreId`](super::classic::StoreId) that was given out, 0 if none was. A group gets such an id for
    /// each record whose commit it waits for. The id tells the group which of its records was committed or refused.
    stores: u64,
    /// An estimate of how many bytes of memory the members of all groups take.
    bytes: usize,
}

/// The parts of the coordinator outside of [`Live`] that a group needs during one call.
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

    /// An estimate of how many bytes of memory the members of all groups take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a group. There must be no group with the same id yet.
    pub(super) fn insert(&mut self, group: ClassicGroup) {
        self.bytes += group.bytes();
        let before = self.groups.insert(group.id().clone(), group);
        assert!(before.is_none(), "a group is put in once");
    }

    /// Removes a group and its timers. No request of the group may be parked.
    pub(super) fn remove(&mut self, id: &str) {
        let Some(group) = self.groups.remove(id) else { return };
        self.bytes -= group.bytes();
        group.cancel_timers(&mut self.timers);
    }

    /// Runs `act` on a group and returns its result. `None` if there is no such group.
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

    /// Adds the group that `make` builds.
    pub(super) fn make(&mut self, host: Host<'_, '_>, make: impl FnOnce(&mut Cx<'_, '_>) -> ClassicGroup) {
        let Host { config, partition, env, out } = host;
        let mut cx = Cx { config, partition, timers: &mut self.timers, stores: &mut self.stores, env, out };
        let group = make(&mut cx);
        self.insert(group);
    }

    /// Removes and returns the key of the earliest timer, if that timer is due.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<TimerKey> {
        self.timers.pop_due(now)
    }

    /// Returns the most members that the timer's work may concern. A call runs due timers only until the sum of these
    /// numbers reaches a bound.
    pub(super) fn weight(&self, key: &TimerKey) -> usize {
        match key {
            TimerKey::Session { .. } => 1,
            TimerKey::Join { group } | TimerKey::Sync { group } => 1 + self.get(group).map_or(0, ClassicGroup::size),
        }
    }

    /// Returns when the earliest timer is due.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        self.timers.next_wake()
    }

    /// Returns all groups. Their timers are dropped, because the coordinator stops.
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
