//! Reads and syncs under way.

use crate::disk::{Ino, SyncTicket};
use gracchus_core::io::{FilePath, OpId, ShardId};

/// One of them.
#[derive(Clone, Debug)]
pub struct Op {
    /// Whose.
    pub shard: ShardId,
    /// The shard's name for it.
    pub op: OpId,
    /// On which log directory.
    pub dir: u16,
    /// On which file, for faults and checks.
    pub path: FilePath,
    /// What.
    pub kind: OpKind,
}

/// What is under way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OpKind {
    /// A read.
    Read {
        /// Of which file.
        ino: Ino,
        /// From which byte.
        at: u64,
        /// How many.
        len: u32,
    },
    /// A sync.
    Sync(SyncTicket),
}

/// All of one node's. Slots are reused, generations are not, not even by the next process.
#[derive(Clone, Debug, Default)]
pub struct Ops {
    slots: Vec<(u32, Option<Op>)>,
    free: Vec<u32>,
    /// Those that ended on a disk that is stuck.
    pub stuck: Vec<(u32, u32)>,
}

impl Ops {
    /// One more; its slot and generation.
    pub fn insert(&mut self, op: Op) -> (u32, u32) {
        if let Some(slot) = self.free.pop() {
            let (generation, place) = &mut self.slots[slot as usize];
            *place = Some(op);
            return (slot, *generation);
        }
        self.slots.push((0, Some(op)));
        (self.slots.len() as u32 - 1, 0)
    }

    /// Looks at one that is still under way.
    #[must_use]
    pub fn get(&self, slot: u32, generation: u32) -> Option<&Op> {
        let (current, op) = &self.slots[slot as usize];
        if *current == generation { op.as_ref() } else { None }
    }

    /// Takes one that ended.
    pub fn take(&mut self, slot: u32, generation: u32) -> Option<Op> {
        let (current, place) = &mut self.slots[slot as usize];
        if *current != generation {
            return None;
        }
        let op = place.take()?;
        *current += 1;
        self.free.push(slot);
        Some(op)
    }

    /// The process is gone: none of them ends.
    pub fn clear(&mut self) {
        self.stuck.clear();
        for (slot, (generation, place)) in self.slots.iter_mut().enumerate() {
            if place.take().is_some() {
                *generation += 1;
                self.free.push(slot as u32);
            }
        }
    }
}
