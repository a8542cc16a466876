//! A shard with its inbox: one queue per source, served in turn.

use super::{DiskSeen, Machine};
use crate::disk::SyncTicket;
use gracchus_core::io::{ConnId, FileError, FilePath, OpId, ShardId};
use gracchus_core::shard::{Effect, Event, ShardMail};
use std::collections::VecDeque;

/// Never.
const NEVER: u64 = u64::MAX;

/// A shard and what waits for it.
#[derive(Debug)]
pub struct Lane {
    pub(super) machine: Box<dyn Machine>,
    /// Start, images, listeners, stop.
    pub(super) control: VecDeque<Event>,
    /// Ends of reads and syncs.
    pub(super) disk: VecDeque<Event>,
    /// Syncs among those that failed on the disk, and of which files.
    failed_syncs: Vec<(OpId, FilePath)>,
    /// Connections that have something to hand in, in the order in which they will.
    pub(super) ready: VecDeque<ConnId>,
    /// From each shard, with the time at which it arrives.
    pub(super) mail: Vec<VecDeque<(u64, Post)>>,
    /// Connections whose sends have all left, with the time at which that is news enough for a turn of its own.
    pub(super) drained: VecDeque<(u64, ConnId)>,
    /// When the shard wants to be woken, by the world's time.
    wake_at: u64,
    /// When the earliest timer that is in the kernel's heap goes off.
    timer_at: u64,
    /// When it has done what it does now.
    pub(super) busy_until: u64,
    /// When the turn that is in the kernel's heap begins, and for what was ready when.
    scheduled: (u64, u64),
    /// Which source is served first in the next turn.
    pub(super) first_source: usize,
    /// What waits for a stuck disk; the shard waits with it.
    pub(super) held: Option<Held>,
}

/// What a turn left to be done.
#[derive(Clone, Debug)]
pub struct Held {
    /// Effects, in order.
    pub effects: Vec<Effect>,
    /// What the syncs among them cover, in their order.
    pub syncs: Vec<SyncAsk>,
    /// Disk faults that took effect in the turn, in order, each with its place among the effects.
    pub seen: Vec<DiskSeen>,
}

/// What a sync covers, fixed when the shard asked for it.
pub type SyncAsk = Result<(FilePath, SyncTicket), FileError>;

/// What one shard puts into another's mailbox.
#[derive(Clone, Debug)]
pub enum Post {
    /// A letter.
    Mail(ShardMail),
    /// A connection, behind the letter that its session travels in.
    HandedOver(ConnId),
}

impl Clone for Lane {
    fn clone(&self) -> Lane {
        Lane {
            machine: self.machine.fork(),
            control: self.control.clone(),
            disk: self.disk.clone(),
            failed_syncs: self.failed_syncs.clone(),
            ready: self.ready.clone(),
            mail: self.mail.clone(),
            drained: self.drained.clone(),
            held: self.held.clone(),
            ..*self
        }
    }
}

impl Lane {
    pub(super) fn new(machine: Box<dyn Machine>, shards: u16) -> Lane {
        Lane {
            machine,
            control: VecDeque::new(),
            disk: VecDeque::new(),
            failed_syncs: Vec::new(),
            ready: VecDeque::new(),
            mail: vec![VecDeque::new(); shards.into()],
            drained: VecDeque::new(),
            wake_at: NEVER,
            timer_at: NEVER,
            busy_until: 0,
            scheduled: (NEVER, NEVER),
            first_source: 0,
            held: None,
        }
    }

    /// Puts an event into the control queue.
    pub fn tell(&mut self, event: Event) {
        self.control.push_back(event);
    }

    /// Puts the end of a read or sync into its queue.
    pub fn tell_of_disk(&mut self, event: Event) {
        self.disk.push_back(event);
    }

    /// The end of sync `op`, which is in its queue, is that of one which the disk failed.
    pub fn note_failed_sync(&mut self, op: OpId, path: FilePath) {
        self.failed_syncs.push((op, path));
    }

    /// The file of a sync that the disk failed, as its end leaves the queue; none of any other event.
    pub(super) fn take_failed_sync(&mut self, event: &Event) -> Option<FilePath> {
        let Event::Synced { op, .. } = event else { return None };
        let at = self.failed_syncs.iter().position(|(failed, _)| failed == op)?;
        Some(self.failed_syncs.swap_remove(at).1)
    }

    /// Puts something into the mailbox from `from`; it arrives at `at`, behind what was sent before.
    pub fn post(&mut self, from: ShardId, at: u64, post: Post) -> u64 {
        let queue = &mut self.mail[usize::from(from.0)];
        let at = queue.back().map_or(at, |(before, _)| at.max(*before));
        queue.push_back((at, post));
        at
    }

    /// All that was sent on a connection has left; worth a turn of its own from `at` on.
    pub fn note_drained(&mut self, at: u64, conn: ConnId) {
        self.drained.push_back((at, conn));
    }

    /// A connection has something to hand in.
    pub fn queue_up(&mut self, conn: ConnId) {
        self.ready.push_back(conn);
    }

    /// When something waits for this shard that is worth a turn, as far as is known at `now`.
    pub fn next_turn(&self, now: u64) -> Option<u64> {
        if self.held.is_some() {
            return None;
        }
        let waits = !self.control.is_empty() || !self.disk.is_empty() || !self.ready.is_empty() || self.wake_at <= now;
        if waits {
            return Some(now.max(self.busy_until));
        }
        let arrivals = self.mail.iter().filter_map(|queue| Some(queue.front()?.0));
        let at = arrivals.chain(self.drained.front().map(|(at, _)| *at)).min()?;
        Some(at.max(self.busy_until).max(now))
    }

    /// Whether a turn for what is ready at `ready` has to be put into the heap.
    pub fn wants_turn(&self, ready: u64) -> bool {
        ready < self.scheduled.1
    }

    /// It is put into the heap, for `at`.
    pub fn schedule(&mut self, at: u64, ready: u64) {
        self.scheduled = (at, ready);
    }

    /// The node stood still: a turn of the heap may have gone by.
    pub fn forget_turn(&mut self) {
        self.scheduled = (NEVER, NEVER);
    }

    /// A turn of the heap has come; whether it is the one that counts.
    pub fn is_due(&mut self, now: u64) -> bool {
        let due = self.scheduled.0 == now;
        if due {
            self.scheduled = (NEVER, NEVER);
        }
        due
    }

    /// The shard wants to be woken at `at`, by the world's time. Whether that has to be put into the heap.
    pub fn wake_at(&mut self, at: u64) -> bool {
        self.wake_at = at;
        let earlier = at < self.timer_at;
        if earlier {
            self.timer_at = at;
        }
        earlier
    }

    /// A timer of the heap went off. The time that has to be put into the heap instead, where it came too early.
    pub fn on_timer(&mut self, now: u64) -> Option<u64> {
        if self.timer_at <= now {
            self.timer_at = NEVER;
        }
        if self.wake_at <= now || self.wake_at >= self.timer_at {
            return None;
        }
        self.timer_at = self.wake_at;
        Some(self.wake_at)
    }

    /// Takes the wake that is due.
    pub(super) fn take_wake(&mut self, now: u64) -> Option<Event> {
        (self.wake_at <= now).then(|| {
            self.wake_at = NEVER;
            Event::Wake
        })
    }

    /// Takes the effects that waited for a stuck disk.
    pub fn take_held(&mut self) -> Option<Held> {
        self.held.take()
    }

    /// The effects that wait for a stuck disk.
    pub fn held_mut(&mut self) -> Option<&mut Held> {
        self.held.as_mut()
    }

    /// The effects wait for a stuck disk, and the shard with them.
    pub fn hold(&mut self, held: Held) {
        self.held = Some(held);
    }
}
