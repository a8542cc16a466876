//! Produce requests that wait: with acks=all for the high watermark, with acks=1 and `flush.messages=1` for a sync of
//! the leader's log.

use super::Acks;
use crate::io::Asker;
use crate::types::{Instant, Offset, Timestamp};
use std::collections::VecDeque;

/// A produce request whose records are in the log and that is not answered yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Waiter {
    /// Whom to answer.
    pub(super) asker: Asker,
    /// The request's acks, which say whether it waits for the high watermark or for a sync.
    pub(super) acks: Acks,
    /// The first record's offset.
    pub(super) base: Offset,
    /// The offset behind the last record. The request is answered when the high watermark or the synced end of the log
    /// has reached this offset.
    pub(super) end: Offset,
    /// The timestamp that the leader gave the records, if the topic has `message.timestamp.type=LogAppendTime`.
    pub(super) log_append_time: Option<Timestamp>,
    /// When to answer REQUEST_TIMED_OUT, if the request still waits then.
    pub(super) deadline: Instant,
}

/// Waiting requests, ordered by the offset that each waits for.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiters {
    queue: VecDeque<Waiter>,
    /// Lower bound of all deadlines. It is not recalculated when a request is released, so that a wake-up may find
    /// nothing expired.
    earliest: Option<Instant>,
}

impl Waiters {
    /// Adds a waiting request behind those that wait for the same or a lower offset. Requests do not always come in the
    /// order of their offsets, because a duplicate waits for its original's offset.
    pub(super) fn park(&mut self, waiter: Waiter) {
        self.earliest = Some(self.earliest.map_or(waiter.deadline, |it| it.min(waiter.deadline)));
        let behind = self.queue.iter().rposition(|it| it.end <= waiter.end).map_or(0, |at| at + 1);
        if behind == self.queue.len() {
            self.queue.push_back(waiter);
        } else {
            self.queue.insert(behind, waiter);
        }
    }

    /// Removes and returns the next request that waits for an offset of at most `reached`.
    pub(super) fn release(&mut self, reached: Offset) -> Option<Waiter> {
        if self.queue.front()?.end > reached {
            return None;
        }
        self.queue.pop_front()
    }

    /// Removes and returns the next request, whatever offset it waits for.
    pub(super) fn release_any(&mut self) -> Option<Waiter> {
        self.queue.pop_front()
    }

    /// Removes and returns the requests whose deadline has come.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Waiter> {
        if self.earliest.is_none_or(|earliest| earliest > now) {
            return Vec::new();
        }
        let (expired, rest) = self.queue.drain(..).partition::<Vec<_>, _>(|it| it.deadline <= now);
        self.queue = rest.into();
        self.earliest = self.queue.iter().map(|it| it.deadline).min();
        expired
    }

    /// The time at which [`Waiters::expire`] must be called next; none if no request waits.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        if self.queue.is_empty() { None } else { self.earliest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{AskId, Desk, ShardId};

    fn waiter(ask: u64, end: i64, deadline: u64) -> Waiter {
        Waiter {
            asker: Asker { shard: ShardId(1), desk: Desk::Test, ask: AskId(ask) },
            acks: Acks::All,
            base: Offset(end - 1),
            end: Offset(end),
            log_append_time: None,
            deadline: Instant(deadline),
        }
    }

    fn released(waiters: &mut Waiters, reached: i64) -> Vec<u64> {
        core::iter::from_fn(|| waiters.release(Offset(reached))).map(|it| it.asker.ask.0).collect()
    }

    #[test]
    fn waiters_leave_in_the_order_of_their_offsets() {
        let mut waiters = Waiters::default();
        waiters.park(waiter(1, 5, 9));
        waiters.park(waiter(2, 7, 9));
        waiters.park(waiter(3, 5, 9));
        assert_eq!(released(&mut waiters, 4), [0; 0]);
        assert_eq!(released(&mut waiters, 5), [1, 3], "a duplicate of the first leaves with it, not behind the second");
        assert_eq!(released(&mut waiters, 9), [2]);
    }

    #[test]
    fn a_deadline_takes_out_only_those_that_it_is_up_for() {
        let mut waiters = Waiters::default();
        waiters.park(waiter(1, 5, 30));
        waiters.park(waiter(2, 6, 10));
        waiters.park(waiter(3, 7, 20));
        assert_eq!(waiters.next_wake(), Some(Instant(10)));
        assert!(waiters.expire(Instant(9)).is_empty());
        let expired: Vec<_> = waiters.expire(Instant(20)).iter().map(|it| it.asker.ask.0).collect();
        assert_eq!(expired, [2, 3]);
        assert_eq!(waiters.next_wake(), Some(Instant(30)));
        assert_eq!(released(&mut waiters, 9), [1]);
        assert_eq!(waiters.next_wake(), None);
    }
}
