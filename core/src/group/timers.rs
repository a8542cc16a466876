//! Timers of one coordinator. Each key has at most one timer.
//!
//! **In Kafka**: `CoordinatorTimer`, with the keys of `GroupMetadataManager` (`heartbeat-`, `join-`, `sync-`).

use crate::types::Instant;
use bytestring::ByteString;
use std::collections::{BTreeMap, BTreeSet};

/// What a timer is for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum TimerKey {
    /// Ends the session of a member or a pending member.
    Session { group: ByteString, member: ByteString },
    /// Ends a join phase, or the current wait of an initial rebalance.
    Join { group: ByteString },
    /// Removes members that have not sent a SyncGroup in time.
    Sync { group: ByteString },
}

/// The timers of a coordinator, indexed by deadline and by key. Both indexes hold the same timers.
#[derive(Clone, Debug, Default)]
pub(super) struct Timers {
    by_deadline: BTreeSet<(Instant, TimerKey)>,
    by_key: BTreeMap<TimerKey, Instant>,
}

impl Timers {
    /// Sets the timer of `key`. If the key already has a timer, replaces it.
    pub(super) fn schedule(&mut self, key: TimerKey, at: Instant) {
        if let Some(before) = self.by_key.insert(key.clone(), at) {
            self.by_deadline.remove(&(before, key.clone()));
        }
        self.by_deadline.insert((at, key));
        assert_eq!(self.by_key.len(), self.by_deadline.len(), "both indexes hold every timer");
    }

    /// Removes the timer of `key`, if it has one.
    pub(super) fn cancel(&mut self, key: TimerKey) {
        if let Some(at) = self.by_key.remove(&key) {
            self.by_deadline.remove(&(at, key));
        }
    }

    /// Removes the earliest timer and returns its key, if that timer is due.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<TimerKey> {
        if self.by_deadline.first()?.0 > now {
            return None;
        }
        let (_, key) = self.by_deadline.pop_first()?;
        let indexed = self.by_key.remove(&key);
        assert!(indexed.is_some(), "both indexes hold every timer");
        Some(key)
    }

    /// Returns when the earliest timer is due.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        self.by_deadline.first().map(|(at, _)| *at)
    }

    /// Returns when the timer of `key` is due.
    #[cfg(test)]
    pub(super) fn at(&self, key: &TimerKey) -> Option<Instant> {
        self.by_key.get(key).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(member: &'static str) -> TimerKey {
        TimerKey::Session { group: "g".into(), member: member.into() }
    }

    #[test]
    fn a_key_has_one_timer_and_due_timers_come_in_order() {
        let mut timers = Timers::default();
        timers.schedule(session("a"), Instant(30));
        timers.schedule(session("b"), Instant(20));
        timers.schedule(session("a"), Instant(10));
        timers.schedule(session("c"), Instant(5));
        timers.cancel(session("c"));
        assert_eq!(timers.next_wake(), Some(Instant(10)));
        assert_eq!(timers.pop_due(Instant(9)), None);
        assert_eq!(timers.pop_due(Instant(25)), Some(session("a")));
        assert_eq!(timers.pop_due(Instant(25)), Some(session("b")));
        assert_eq!((timers.pop_due(Instant(25)), timers.next_wake()), (None, None));
    }
}
