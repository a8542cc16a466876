//! What is to happen: a heap of (virtual time, sequence).
//!
//! **Invariants**: time never goes back; what is due at one time comes in the order in which it was put in.

use crate::network::{ConnRef, Side};
use gracchus_core::types::Instant;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Something that is to happen. Small: whatever is large waits where it belongs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum What {
    /// A node's process begins, if it is still in that life.
    Boot { node: u16, incarnation: u32 },
    /// A shard takes its turn, if it still has something to take.
    Lane { node: u16, shard: u16 },
    /// The time that a shard asked for may have come.
    Timer { node: u16, shard: u16 },
    /// A read or sync ends.
    OpDone { node: u16, slot: u32, generation: u32 },
    /// A dial reaches its host.
    Dial(ConnRef),
    /// The news that a dial was answered comes back.
    DialAnswered(ConnRef),
    /// A dial gives up.
    DialFails(ConnRef),
    /// The next packet of that side of a connection arrives.
    Deliver(ConnRef, Side),
    /// That side of a connection waited too long for its peer.
    TimeOut(ConnRef, Side),
    /// That side of a connection asks whether its peer is still there.
    KeepAlive(ConnRef, Side),
    /// An actor is told that it begins.
    ActorStart(u32),
    /// The time that an actor asked for may have come.
    ActorTimer(u32),
    /// An image reaches a node.
    ImageArrives(u16),
    /// The controller looks how a node is.
    LookAt(u16),
    /// The controller looks who lags.
    LagCheck,
}

/// The heap.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    now: u64,
    sequence: u64,
    heap: BinaryHeap<Due>,
}

/// An entry: its time and, below it, its sequence, as one number.
#[derive(Clone, Copy, Debug)]
struct Due {
    key: u128,
    what: What,
}

impl Due {
    fn at(&self) -> u64 {
        (self.key >> 64) as u64
    }
}

/// The earliest is the greatest: the standard heap gives that first. No two have the same key.
impl Ord for Due {
    #[inline]
    fn cmp(&self, other: &Due) -> Ordering {
        other.key.cmp(&self.key)
    }
}

impl PartialOrd for Due {
    #[inline]
    fn partial_cmp(&self, other: &Due) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Due) -> bool {
        self.key == other.key
    }
}

impl Eq for Due {}

impl Queue {
    /// Virtual time.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Something is to happen at `at`, or now where that is past.
    pub fn push(&mut self, at: u64, what: What) {
        self.sequence += 1;
        let key = u128::from(at.max(self.now)) << 64 | u128::from(self.sequence);
        self.heap.push(Due { key, what });
    }

    /// When the next thing is due.
    pub fn next_due(&self) -> Option<Instant> {
        self.heap.peek().map(|due| Instant(due.at()))
    }

    /// Takes what is next, and moves the time there.
    pub fn pop(&mut self) -> Option<What> {
        let due = self.heap.pop()?;
        assert!(due.at() >= self.now, "time never goes back");
        self.now = due.at();
        Some(due.what)
    }

    /// Moves the time on over a stretch in which nothing is due.
    pub fn advance_to(&mut self, at: u64) {
        assert!(self.next_due().is_none_or(|due| due.0 >= at), "something is due before {at}");
        self.now = self.now.max(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_at_one_time_comes_in_order() {
        let mut queue = Queue::default();
        queue.push(20, What::LagCheck);
        queue.push(10, What::ActorTimer(2));
        queue.push(10, What::ActorTimer(1));
        assert_eq!(queue.pop(), Some(What::ActorTimer(2)));
        assert_eq!(queue.pop(), Some(What::ActorTimer(1)));
        queue.push(5, What::ActorStart(0));
        assert_eq!((queue.pop(), queue.now()), (Some(What::ActorStart(0)), 10));
        assert_eq!((queue.pop(), queue.now(), queue.pop()), (Some(What::LagCheck), 20, None));
    }
}
