//! Requests that wait for something that only grows, such as an offset, and that each give up at a time of their own.

use crate::types::Instant;
use std::collections::{BTreeMap, BTreeSet};

/// Waiting requests `V`, ordered by the `K` that each waits for, and then by the order in which they came. Tens of
/// thousands may wait for one partition: no step looks at requests that are neither released nor expired.
#[derive(Clone, Debug)]
pub(super) struct Queue<K, V> {
    entries: BTreeMap<(K, u64), (Instant, V)>,
    deadlines: BTreeSet<(Instant, K, u64)>,
    /// How many requests have come so far.
    came: u64,
}

impl<K, V> Default for Queue<K, V> {
    fn default() -> Self {
        Queue { entries: BTreeMap::new(), deadlines: BTreeSet::new(), came: 0 }
    }
}

impl<K: Copy + Ord, V> Queue<K, V> {
    /// Adds a request that waits for `key` and gives up at `deadline`.
    pub(super) fn push(&mut self, key: K, deadline: Instant, value: V) {
        self.came += 1;
        self.deadlines.insert((deadline, key, self.came));
        self.entries.insert((key, self.came), (deadline, value));
    }

    /// Removes and returns the next request that waits for a key of at most `reached`.
    pub(super) fn release(&mut self, reached: K) -> Option<V> {
        let ((key, _), _) = self.entries.first_key_value()?;
        if *key > reached { None } else { self.pop() }
    }

    /// Removes and returns the next request, whatever it waits for.
    pub(super) fn pop(&mut self) -> Option<V> {
        let ((key, came), (deadline, value)) = self.entries.pop_first()?;
        self.deadlines.remove(&(deadline, key, came));
        Some(value)
    }

    /// Removes and returns the next request whose deadline has come, the earliest deadline first.
    pub(super) fn expire(&mut self, now: Instant) -> Option<V> {
        let (_, key, came) = *self.deadlines.first().filter(|(deadline, ..)| *deadline <= now)?;
        self.deadlines.pop_first();
        self.entries.remove(&(key, came)).map(|(_, value)| value)
    }

    /// The time at which [`Queue::expire`] must be called next; none if no request waits.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, ..)| *deadline)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(entries: &[(i64, u64, char)]) -> Queue<i64, char> {
        let mut queue = Queue::default();
        entries.iter().for_each(|(key, deadline, name)| queue.push(*key, Instant(*deadline), *name));
        queue
    }

    fn released(queue: &mut Queue<i64, char>, reached: i64) -> String {
        core::iter::from_fn(|| queue.release(reached)).collect()
    }

    #[test]
    fn requests_leave_in_the_order_of_what_they_wait_for() {
        let mut queue = queue(&[(5, 9, 'a'), (7, 9, 'b'), (5, 9, 'c')]);
        assert_eq!(released(&mut queue, 4), "");
        assert_eq!(released(&mut queue, 5), "ac", "a duplicate of the first leaves with it, not behind the second");
        assert_eq!(released(&mut queue, 9), "b");
    }

    #[test]
    fn a_deadline_takes_out_only_those_that_it_is_up_for() {
        let mut queue = queue(&[(5, 30, 'a'), (6, 10, 'b'), (7, 20, 'c')]);
        assert_eq!(queue.next_wake(), Some(Instant(10)));
        assert_eq!(queue.expire(Instant(9)), None);
        let expired: String = core::iter::from_fn(|| queue.expire(Instant(20))).collect();
        assert_eq!(expired, "bc");
        assert_eq!(queue.next_wake(), Some(Instant(30)));
        assert_eq!(released(&mut queue, 9), "a");
        assert_eq!((queue.next_wake(), queue.is_empty()), (None, true));
    }
}
