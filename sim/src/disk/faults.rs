//! What is wrong with a disk, beyond the chances that its configuration gives.

use crate::fault::{Denial, DiskFault, OnFiles};
use gracchus_core::io::{FileError, ShardId};

/// A kind of operation that can be made to fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    /// Appends and every change of names and lengths.
    Write,
    /// Asynchronous and small reads.
    Read,
    /// Syncs of files and folders.
    Sync,
}

/// What an operation needs beside a device that works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Needs {
    /// It opens a file or folder, if only for a moment.
    Descriptor,
    /// It changes names.
    Name,
    /// It writes to a file that is open.
    Growth,
}

/// The faults that a disk has at the moment.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DiskFaults {
    planned: Vec<Planned>,
    denied: Vec<(Denial, OnFiles)>,
    slow_percent: Option<u32>,
    stuck: bool,
    slow_control_percent: Option<u32>,
    stuck_control: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Planned {
    operation: Operation,
    left: u32,
    on: OnFiles,
}

impl DiskFaults {
    /// Whether the next `operation` on `path` is to fail; it is then one fewer.
    pub fn strikes(&mut self, operation: Operation, path: &str) -> bool {
        if self.planned.is_empty() {
            return false;
        }
        let Some(at) = self.planned.iter().position(|plan| plan.operation == operation && plan.on.has(path)) else {
            return false;
        };
        self.planned[at].left -= 1;
        if self.planned[at].left == 0 {
            self.planned.remove(at);
        }
        true
    }

    /// Why an operation that `needs` this is denied on `path`; none if it is permitted.
    #[must_use]
    pub fn denial(&self, needs: Needs, path: &str) -> Option<FileError> {
        let denies = |why: Denial| match why {
            Denial::OpenFiles => needs == Needs::Descriptor,
            Denial::Permission => needs != Needs::Growth,
            Denial::FileSize => needs == Needs::Growth,
        };
        let (why, _) = self.denied.iter().find(|(why, on)| denies(*why) && on.has(path))?;
        Some(match why {
            Denial::OpenFiles => FileError::TooManyOpenFiles,
            Denial::Permission => FileError::PermissionDenied,
            Denial::FileSize => FileError::FileSizeLimit,
        })
    }

    /// A duration on this disk of something that `shard` does.
    #[must_use]
    pub fn stretch(&self, ns: u64, shard: ShardId) -> u64 {
        let control = self.slow_control_percent.filter(|_| shard == ShardId::CONTROL);
        // The slower of two faults counts. Both at once would let a sync last longer than a run waits for the cluster.
        let percent = [self.slow_percent, control].into_iter().flatten().max();
        percent.map_or(ns, |percent| ns.saturating_mul(percent.into()) / 100)
    }

    /// Whether nothing ends on it that `shard` does.
    #[must_use]
    pub fn is_stuck(&self, shard: ShardId) -> bool {
        self.stuck || self.stuck_control && shard == ShardId::CONTROL
    }

    /// Takes a fault that lasts; the others are the disk's own to do.
    pub(super) fn take(&mut self, fault: &DiskFault) {
        let (operation, left, on) = match fault {
            DiskFault::FailWrites { count, on } => (Operation::Write, *count, on),
            DiskFault::FailReads { count, on } => (Operation::Read, *count, on),
            DiskFault::FailSyncs { count, on } => (Operation::Sync, *count, on),
            DiskFault::Deny { why, on } => return self.denied.push((*why, on.clone())),
            DiskFault::Permit => return self.denied.clear(),
            DiskFault::Slow(percent) => return self.slow_percent = (*percent != 100).then_some(*percent),
            DiskFault::Stuck(stuck) => return self.stuck = *stuck,
            DiskFault::SlowControl(percent) => {
                return self.slow_control_percent = (*percent != 100).then_some(*percent);
            }
            DiskFault::StuckControl(stuck) => return self.stuck_control = *stuck,
            DiskFault::Capacity(_) | DiskFault::Spare(_) | DiskFault::Rot { .. } => return,
            DiskFault::Wipe | DiskFault::WipeBut(_) => return,
            DiskFault::Heal => return *self = DiskFaults::default(),
        };
        if left > 0 {
            self.planned.push(Planned { operation, left, on: on.clone() });
        }
    }
}

impl OnFiles {
    /// Whether a path is among them.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        match self {
            OnFiles::All => true,
            OnFiles::Ending(end) => path.ends_with(end.as_str()),
            OnFiles::Containing(part) => path.contains(part.as_str()),
        }
    }
}
