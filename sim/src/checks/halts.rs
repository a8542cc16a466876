//! Which nodes ended themselves though nothing that befell them asks for it. The design wants a node to end itself when
//! its metadata directory's device failed, or when something was denied to it while it started or stopped, and never
//! because of a limit that it meets while it serves.

use crate::observer::{DiskFaultSeen, Seen};
use gracchus_core::io::DirId;
use gracchus_core::shard::Halt;
use gracchus_core::types::NodeId;
use std::collections::BTreeMap;

/// The directory with the metadata: the first one that is configured.
const METADATA: DirId = DirId(0);

/// What befell each node in its present life, and the halts that nothing explains.
#[derive(Clone, Debug, Default)]
pub(super) struct Halts {
    lives: BTreeMap<NodeId, Life>,
    unasked: Vec<(u64, NodeId, String)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Life {
    /// The device under the metadata directory failed a read, a write or a sync.
    has_failed: bool,
    /// Something was denied: room, a file descriptor, a path.
    was_denied: bool,
    /// The node's shards have said something, so that its start is over.
    has_begun: bool,
}

impl Halts {
    /// The halts that nothing explains: when, which node, and its reason.
    pub(super) fn unasked(&self) -> &[(u64, NodeId, String)] {
        &self.unasked
    }

    pub(super) fn see(&mut self, at: u64, seen: &Seen<'_>) {
        match seen {
            Seen::Started { node, .. } => drop(self.lives.insert(*node, Life::default())),
            Seen::Trace { node, .. } => self.lives.entry(*node).or_default().has_begun = true,
            Seen::Disk { node, path, fault, .. } => self.lives.entry(*node).or_default().note(path.dir, *fault),
            Seen::Halted { node, why, .. } => {
                let life = self.lives.get(node).copied().unwrap_or_default();
                if !life.asks_for(why) {
                    self.unasked.push((at, *node, format!("{why:?}")));
                }
            }
            _ => {}
        }
    }
}

impl Life {
    fn note(&mut self, dir: DirId, fault: DiskFaultSeen) {
        match fault {
            DiskFaultSeen::WriteFailed | DiskFaultSeen::ReadFailed | DiskFaultSeen::SyncFailed => {
                self.has_failed |= dir == METADATA;
            }
            DiskFaultSeen::NoSpace | DiskFaultSeen::Denied(_) => self.was_denied = true,
            DiskFaultSeen::SyncFailureTold | DiskFaultSeen::Rotted { .. } => {}
        }
    }

    fn asks_for(self, why: &Halt) -> bool {
        match why {
            Halt::Clean => true,
            Halt::Unclean(_) => self.was_denied,
            Halt::Storage(_) => self.has_failed || (self.was_denied && !self.has_begun),
            Halt::Configuration(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gracchus_core::io::FileError;

    const DENIED: DiskFaultSeen = DiskFaultSeen::Denied(FileError::TooManyOpenFiles);

    fn life(faults: &[(DirId, DiskFaultSeen)], has_begun: bool) -> Life {
        let mut life = Life { has_begun, ..Life::default() };
        faults.iter().for_each(|(dir, fault)| life.note(*dir, *fault));
        life
    }

    #[test]
    fn only_the_metadata_directorys_device_ends_a_node_that_serves() {
        let (storage, other) = (Halt::Storage("".into()), DirId(1));
        for fault in [DiskFaultSeen::WriteFailed, DiskFaultSeen::ReadFailed, DiskFaultSeen::SyncFailed] {
            assert!(life(&[(METADATA, fault)], true).asks_for(&storage), "{fault:?}");
            assert!(!life(&[(other, fault)], true).asks_for(&storage), "{fault:?} of another directory");
        }
        for fault in [DENIED, DiskFaultSeen::NoSpace, DiskFaultSeen::Rotted { at: 1 }] {
            assert!(!life(&[(METADATA, fault)], true).asks_for(&storage), "{fault:?}");
        }
        assert!(!life(&[], true).asks_for(&storage));
    }

    #[test]
    fn what_is_denied_may_end_a_start_or_spoil_a_stop() {
        for fault in [DENIED, DiskFaultSeen::NoSpace] {
            assert!(life(&[(METADATA, fault)], false).asks_for(&Halt::Storage("".into())), "{fault:?}");
            assert!(life(&[(METADATA, fault)], true).asks_for(&Halt::Unclean("".into())), "{fault:?}");
        }
        assert!(!life(&[], true).asks_for(&Halt::Unclean("".into())));
        assert!(!life(&[(METADATA, DENIED)], false).asks_for(&Halt::Configuration("".into())));
        assert!(life(&[], true).asks_for(&Halt::Clean));
    }
}
