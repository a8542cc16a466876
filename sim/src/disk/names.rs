//! One folder: the names that a reader sees, and what became of them since the last sync of the folder.

use std::collections::BTreeMap;
use std::sync::Arc;

/// A file or folder, whatever it is called.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Ino(pub u32);

/// A folder's inode.
#[derive(Clone, Debug, Default)]
pub struct DirNode {
    pub(super) names: BTreeMap<Arc<str>, Ino>,
    platter: BTreeMap<Arc<str>, Ino>,
    journal: Vec<(u64, NameOp)>,
    next_op: u64,
}

/// A change of a folder. A rename within one folder is one change, as on every journalling file system.
#[derive(Clone, Debug)]
enum NameOp {
    Link { name: Arc<str>, ino: Ino },
    Unlink { name: Arc<str> },
    Rename { from: Arc<str>, to: Arc<str>, ino: Ino },
}

impl NameOp {
    fn apply(self, names: &mut BTreeMap<Arc<str>, Ino>) {
        match self {
            NameOp::Link { name, ino } => {
                names.insert(name, ino);
            }
            NameOp::Unlink { name } => {
                names.remove(&name);
            }
            NameOp::Rename { from, to, ino } => {
                names.remove(&from);
                names.insert(to, ino);
            }
        }
    }
}

impl DirNode {
    /// Gives a name; what had it before has it no more.
    pub(super) fn link(&mut self, name: &str, ino: Ino) {
        self.log(NameOp::Link { name: name.into(), ino });
    }

    /// Takes a name away.
    pub(super) fn unlink(&mut self, name: &str) {
        self.log(NameOp::Unlink { name: name.into() });
    }

    /// Renames within this folder.
    pub(super) fn rename(&mut self, from: &str, to: &str, ino: Ino) {
        self.log(NameOp::Rename { from: from.into(), to: to.into(), ino });
    }

    /// A sync begins: it will cover every change so far.
    pub(super) fn begin_sync(&self) -> u64 {
        self.next_op
    }

    /// The sync ended well.
    pub(super) fn end_sync(&mut self, covered: u64) {
        let rest = self.journal.split_off(self.journal.partition_point(|(at, _)| *at < covered));
        let done = std::mem::replace(&mut self.journal, rest);
        done.into_iter().for_each(|(_, op)| op.apply(&mut self.platter));
    }

    /// A power loss: each change since the last sync is kept where `keep` says so. Answers how many were not.
    pub(super) fn crash(&mut self, mut keep: impl FnMut() -> bool) -> u64 {
        let mut dropped = 0;
        for (_, op) in std::mem::take(&mut self.journal) {
            if keep() {
                op.apply(&mut self.platter);
            } else {
                dropped += 1;
            }
        }
        self.names = self.platter.clone();
        dropped
    }

    fn log(&mut self, op: NameOp) {
        op.clone().apply(&mut self.names);
        self.journal.push((self.next_op, op));
        self.next_op += 1;
    }
}
