//! Wake-up times, at most one for each key.

use super::Instant;
use std::collections::{BTreeMap, BTreeSet};

/// Wake-up times by key. The earliest time is found without a search.
#[derive(Clone, Debug)]
pub(crate) struct Timers<K> {
    by_time: BTreeSet<(Instant, K)>,
    by_key: BTreeMap<K, Instant>,
}

impl<K> Default for Timers<K> {
    fn default() -> Self {
        Timers { by_time: BTreeSet::new(), by_key: BTreeMap::new() }
    }
}

impl<K: Copy + Ord> Timers<K> {
    /// Sets the wake-up time of `key`, in place of an earlier one. If `at` is `None`, only removes the earlier one.
    pub(crate) fn set(&mut self, key: K, at: Option<Instant>) {
        if at.is_none() && self.by_key.is_empty() {
            return;
        }
        let before = match at {
            Some(at) => self.by_key.insert(key, at),
            None => self.by_key.remove(&key),
        };
        if before == at {
            return;
        }
        if let Some(before) = before {
            self.by_time.remove(&(before, key));
        }
        if let Some(at) = at {
            self.by_time.insert((at, key));
        }
    }

    /// The earliest wake-up time.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Removes and returns a key whose wake-up time has come, the earliest first.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<K> {
        let (at, key) = *self.by_time.first()?;
        if at > now {
            return None;
        }
        self.by_time.pop_first();
        self.by_key.remove(&key);
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_replaces_the_one_before_and_is_granted_once() {
        let mut timers = Timers::default();
        timers.set('a', Some(Instant(5)));
        timers.set('b', Some(Instant(3)));
        timers.set('a', Some(Instant(2)));
        timers.set('b', None);
        assert_eq!(timers.next(), Some(Instant(2)));
        assert_eq!(timers.take_due(Instant(1)), None);
        assert_eq!(timers.take_due(Instant(9)), Some('a'));
        assert_eq!(timers.take_due(Instant(9)), None);
    }
}
