//! What a shard's calls cost, counted in steps that do not depend on the machine.
//!
//! The simulator compares the counts of each turn with bounds, tests compare the counts for a thousand and for ten
//! thousand of something, and the server names them when a turn was long.

use core::fmt;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $name:literal)*) => {
        /// A kind of work.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        #[repr(u8)]
        pub enum WorkKind { $($(#[$doc])* $kind,)* }

        impl WorkKind {
            /// Every kind.
            pub const ALL: &[WorkKind] = &[$(WorkKind::$kind,)*];

            /// The name in messages and reports.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(WorkKind::$kind => $name,)* }
            }
        }

        const KINDS: usize = WorkKind::ALL.len();
    };
}

kinds! {
    /// Synchronous operations on files.
    FileOps "file operations"
    /// Bytes that these operations wrote or read.
    FileBytes "bytes of files"
    /// Calls of partitions: a question, a result, a timer, the end of a turn.
    Partitions "calls of partitions"
    /// Batches and records that were looked at.
    Records "records"
    /// Entries of waiting lists that were looked at.
    QueueSteps "steps in queues"
}

/// How much work was done, by kind.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Work([u64; KINDS]);

impl Work {
    /// Counts work.
    pub fn add(&mut self, kind: WorkKind, count: u64) {
        self.0[kind as usize] += count;
    }

    /// How much of this kind was done.
    #[must_use]
    pub fn of(&self, kind: WorkKind) -> u64 {
        self.0[kind as usize]
    }

    /// Counts what another call did.
    pub fn add_all(&mut self, other: &Work) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, more)| *sum += more);
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = WorkKind::ALL.iter().filter(|kind| self.of(**kind) > 0);
        let mut is_first = true;
        for kind in done {
            write!(f, "{}{} {}", if is_first { "" } else { ", " }, self.of(*kind), kind.name())?;
            is_first = false;
        }
        if is_first { f.write_str("no counted work") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_told_by_kind() {
        let mut work = Work::default();
        assert_eq!(work.to_string(), "no counted work");
        work.add(WorkKind::FileOps, 2);
        let mut other = Work::default();
        other.add(WorkKind::QueueSteps, 7);
        other.add(WorkKind::FileOps, 1);
        work.add_all(&other);
        assert_eq!(work.to_string(), "3 file operations, 7 steps in queues");
    }
}
