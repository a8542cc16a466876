//! Waiters: answers that are held back until an offset is committed. They are indexed by that offset and by deadline.

use crate::types::{Instant, Offset};
use std::collections::{BTreeMap, BTreeSet};

/// A waiter's key: the offset that must be committed, and a counter. The counter keeps waiters for the same offset in
/// the order of their arrival.
type Place = (Offset, u64);

/// Waiters that are neither released nor timed out, indexed by offset and by deadline. Both indexes hold the same
/// waiters.
#[derive(Clone, Debug)]
pub(super) struct Waiters<W> {
    by_offset: BTreeMap<Place, (Instant, W)>,
    by_deadline: BTreeSet<(Instant, Place)>,
    arrivals: u64,
}

impl<W> Default for Waiters<W> {
    fn default() -> Self {
        Waiters { by_offset: BTreeMap::new(), by_deadline: BTreeSet::new(), arrivals: 0 }
    }
}

impl<W> Waiters<W> {
    /// Parks a waiter until `offset` is committed or `deadline` has come.
    pub(super) fn park(&mut self, offset: Offset, deadline: Instant, waiter: W) {
        let place = (offset, self.arrivals);
        self.arrivals += 1;
        self.by_offset.insert(place, (deadline, waiter));
        self.by_deadline.insert((deadline, place));
        assert_eq!(self.by_offset.len(), self.by_deadline.len(), "both indexes hold every waiter");
    }

    /// Removes and returns the waiter with the lowest offset, if that offset is at or below `committed`.
    pub(super) fn release(&mut self, committed: Offset) -> Option<W> {
        let place = self.first().filter(|(offset, _)| *offset <= committed)?;
        self.take(place)
    }

    /// Removes and returns the waiter with the earliest deadline, if that deadline has come.
    pub(super) fn expire(&mut self, now: Instant) -> Option<W> {
        let (_, place) = *self.by_deadline.first().filter(|(deadline, _)| *deadline <= now)?;
        self.take(place)
    }

    /// Removes and returns the waiter with the lowest offset, even if that offset is not committed.
    pub(super) fn release_any(&mut self) -> Option<W> {
        let place = self.first()?;
        self.take(place)
    }

    /// The lowest offset that a waiter waits for.
    pub(super) fn first_offset(&self) -> Option<Offset> {
        self.first().map(|(offset, _)| offset)
    }

    /// The earliest deadline.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.by_deadline.first().map(|(deadline, _)| *deadline)
    }

    fn first(&self) -> Option<Place> {
        self.by_offset.first_key_value().map(|(place, _)| *place)
    }

    fn take(&mut self, place: Place) -> Option<W> {
        let (deadline, waiter) = self.by_offset.remove(&place)?;
        let indexed = self.by_deadline.remove(&(deadline, place));
        assert!(indexed, "both indexes hold every waiter");
        Some(waiter)
    }
}
