//! A disk with a page cache: what is appended is visible at once, durable after a sync, and in between at the mercy of
//! the next power loss.
//!
//! **Invariants**: a sync covers everything appended before it began and nothing more; what is durable changes only by
//! rot; a failed sync leaves its pages clean and off the platter; a name is durable after a sync of its folder.
//!
//! **In Kafka**: the operating system below `FileRecords` and `Utils.flushDir`.

mod content;
mod crash;
mod faults;
mod file;
mod names;
#[cfg(test)]
mod tests;

pub use faults::{DiskFaults, Needs, Operation};
pub use names::Ino;

use crate::choices::{Choices, Stream};
use crate::counters::Counters;
use crate::fault::{DiskFault, OnFiles, Unsynced};
use bytes::Bytes;
use file::FileNode;
use gracchus_core::io::{Entry, FileError};
use names::DirNode;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One log directory's disk. A clone shares all bytes with its original until either changes.
#[derive(Clone, Debug)]
pub struct Disk {
    inodes: BTreeMap<Ino, Arc<Inode>>,
    next: u32,
    used: u64,
    capacity: Option<u64>,
    ordinary_capacity: Option<u64>,
    faults: DiskFaults,
}

#[derive(Clone, Debug)]
enum Inode {
    File(FileNode),
    Dir(DirNode),
}

/// A sync under way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SyncTicket {
    /// Of a file.
    File(Ino, u32),
    /// Of a folder.
    Dir(Ino, u64),
}

/// A file that a power loss left other than its readers saw it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlteredFile {
    /// Its path.
    pub path: Arc<str>,
    /// The first byte that is gone, changed, or back from before a truncation.
    pub from: u64,
    /// Behind its last byte before; nought where its name came back.
    pub to: u64,
}

const ROOT: Ino = Ino(0);

impl Disk {
    /// An empty disk with so much room.
    #[must_use]
    pub fn new(capacity: Option<u64>) -> Disk {
        let root = Arc::new(Inode::Dir(DirNode::default()));
        Disk {
            inodes: BTreeMap::from([(ROOT, root)]),
            next: 1,
            used: 0,
            capacity,
            ordinary_capacity: capacity,
            faults: DiskFaults::default(),
        }
    }

    /// What is wrong with it.
    #[must_use]
    pub fn faults(&self) -> &DiskFaults {
        &self.faults
    }

    /// What is wrong with it.
    pub fn faults_mut(&mut self) -> &mut DiskFaults {
        &mut self.faults
    }

    /// Something happens to it. Answers which durable bytes rotted.
    pub fn apply(&mut self, fault: &DiskFault, choices: &mut Choices) -> Vec<(Arc<str>, u64)> {
        self.faults.take(fault);
        match fault {
            DiskFault::Capacity(capacity) => self.capacity = *capacity,
            DiskFault::Spare(bytes) => self.capacity = Some(self.used + bytes),
            DiskFault::Heal => self.capacity = self.ordinary_capacity,
            DiskFault::Wipe => self.replace(&[]),
            DiskFault::WipeBut(kept) => self.replace(kept),
            DiskFault::Rot { bits, on } => return self.rot(*bits, on, choices),
            _ => {}
        }
        Vec::new()
    }

    /// Another disk takes its place, with copies of the files that are kept.
    fn replace(&mut self, kept: &[OnFiles]) {
        let empty = Disk { faults: self.faults.clone(), ..Disk::new(self.ordinary_capacity) };
        let old = std::mem::replace(self, empty);
        for (path, ino) in old.files() {
            if kept.iter().any(|files| files.has(&path)) {
                self.put_durable(&path, &old.read(ino, 0, old.len(ino)));
            }
        }
    }

    /// A file of these bytes, durable with its name.
    fn put_durable(&mut self, path: &str, bytes: &Bytes) {
        let mut folders = vec![""];
        for (at, _) in path.match_indices('/') {
            folders.push(&path[..at]);
            if self.find(&path[..at]).is_err() {
                self.create_dir(&path[..at]).expect("its parent is there");
            }
        }
        let ino = self.create(path).expect("its folder is there");
        self.append(ino, bytes);
        let mut syncs = vec![self.begin_sync(ino)];
        syncs.extend(folders.into_iter().map(|folder| self.begin_dir_sync(folder).expect("the folder is there")));
        syncs.into_iter().for_each(|sync| self.end_sync(sync, true));
    }

    /// Bytes that are left.
    #[must_use]
    pub fn room(&self) -> u64 {
        self.capacity.map_or(u64::MAX, |capacity| capacity.saturating_sub(self.used))
    }

    // Files by number.

    /// A file's length.
    #[must_use]
    pub fn len(&self, ino: Ino) -> u64 {
        self.file(ino).content.len()
    }

    /// Appends as many of the bytes as there is room for; says whether that was all.
    pub fn append(&mut self, ino: Ino, piece: &Bytes) -> bool {
        let room = self.room();
        let fits = (piece.len() as u64).min(room) as usize;
        self.used += fits as u64;
        let file = self.file_mut(ino);
        if fits == piece.len() {
            file.append(piece);
            return true;
        }
        file.append(&piece.slice(..fits));
        false
    }

    /// Writes bytes once more that a reader sees there already.
    pub fn rewrite(&mut self, ino: Ino, at: u64, bytes: &Bytes) {
        assert_eq!(self.read(ino, at, bytes.len() as u64), bytes, "a rewrite changes nothing that a reader sees");
        self.file_mut(ino).rewrite(at, at + bytes.len() as u64);
    }

    /// Cuts a file.
    pub fn truncate(&mut self, ino: Ino, len: u64) {
        let before = self.len(ino);
        assert!(len <= before, "a cut does not lengthen: {len} of {before}");
        self.used -= before - len;
        self.file_mut(ino).truncate(len);
    }

    /// A file's bytes.
    #[must_use]
    pub fn read(&self, ino: Ino, at: u64, len: u64) -> Bytes {
        self.file(ino).content.read(at, len)
    }

    /// How many of a file's first bytes are surely on the platter.
    #[must_use]
    pub fn durable_len(&self, ino: Ino) -> u64 {
        self.file(ino).durable_len()
    }

    /// Holds a file: it stays when its last name goes.
    pub fn hold(&mut self, ino: Ino) {
        self.file_mut(ino).held += 1;
    }

    /// Lets it go.
    pub fn release(&mut self, ino: Ino) {
        let file = self.file_mut(ino);
        file.held -= 1;
        self.forget_if_nameless(ino);
    }

    /// Begins a sync of a file.
    pub fn begin_sync(&mut self, ino: Ino) -> SyncTicket {
        SyncTicket::File(ino, self.file_mut(ino).begin_sync())
    }

    /// Begins a sync of a folder.
    pub fn begin_dir_sync(&mut self, path: &str) -> Result<SyncTicket, FileError> {
        let ino = self.find(path)?;
        match &*self.inodes[&ino] {
            Inode::Dir(dir) => Ok(SyncTicket::Dir(ino, dir.begin_sync())),
            Inode::File(_) => Err(FileError::NotFound),
        }
    }

    /// A sync ended well, or failed and left its pages clean.
    pub fn end_sync(&mut self, ticket: SyncTicket, well: bool) {
        match ticket {
            SyncTicket::File(ino, sync) if well => self.file_mut(ino).end_sync(sync),
            SyncTicket::File(ino, sync) => self.file_mut(ino).fail_sync(sync),
            SyncTicket::Dir(ino, covered) if well => {
                // A folder that was removed meanwhile has nothing left to make durable.
                if self.inodes.contains_key(&ino) {
                    self.dir_mut(ino).end_sync(covered);
                }
            }
            SyncTicket::Dir(..) => {}
        }
    }

    // Names.

    /// The file or folder of that path; the empty one is the disk's own folder.
    pub fn find(&self, path: &str) -> Result<Ino, FileError> {
        let mut at = ROOT;
        for part in path.split('/').filter(|part| !part.is_empty()) {
            at = match &*self.inodes[&at] {
                Inode::Dir(dir) => *dir.names.get(part).ok_or(FileError::NotFound)?,
                Inode::File(_) => return Err(FileError::NotFound),
            };
        }
        Ok(at)
    }

    /// The file of that path.
    pub fn find_file(&self, path: &str) -> Result<Ino, FileError> {
        let ino = self.find(path)?;
        if self.is_dir(ino) { Err(FileError::NotFound) } else { Ok(ino) }
    }

    /// A new, empty file.
    pub fn create(&mut self, path: &str) -> Result<Ino, FileError> {
        self.make(path, || Inode::File(FileNode { names: 1, ..FileNode::default() }))
    }

    /// A new, empty folder.
    pub fn create_dir(&mut self, path: &str) -> Result<(), FileError> {
        self.make(path, || Inode::Dir(DirNode::default())).map(|_| ())
    }

    /// Renames a file or folder, replacing a file of the new name.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), FileError> {
        let ino = self.find(from)?;
        let ((from_dir, from_name), (to_dir, to_name)) = (self.place(from)?, self.place(to)?);
        if from == to {
            return Ok(());
        }
        if let Ok(replaced) = self.find(to) {
            if self.is_dir(replaced) {
                return Err(FileError::Exists);
            }
            self.drop_name(replaced);
        }
        if from_dir == to_dir {
            self.dir_mut(from_dir).rename(from_name, to_name, ino);
        } else {
            self.dir_mut(from_dir).unlink(from_name);
            self.dir_mut(to_dir).link(to_name, ino);
        }
        Ok(())
    }

    /// Removes a file.
    pub fn remove(&mut self, path: &str) -> Result<(), FileError> {
        let ino = self.find_file(path)?;
        let (dir, name) = self.place(path)?;
        self.dir_mut(dir).unlink(name);
        self.drop_name(ino);
        Ok(())
    }

    /// Removes an empty folder.
    pub fn remove_dir(&mut self, path: &str) -> Result<(), FileError> {
        let ino = self.find(path)?;
        match &*self.inodes[&ino] {
            Inode::Dir(dir) if dir.names.is_empty() && ino != ROOT => {}
            Inode::Dir(_) => return Err(FileError::Exists),
            Inode::File(_) => return Err(FileError::NotFound),
        }
        let (dir, name) = self.place(path)?;
        self.dir_mut(dir).unlink(name);
        Ok(())
    }

    /// What is in a folder, ascending by name.
    pub fn list(&self, path: &str) -> Result<Vec<Entry>, FileError> {
        let Inode::Dir(dir) = &*self.inodes[&self.find(path)?] else { return Err(FileError::NotFound) };
        let entry = |(name, ino): (&Arc<str>, &Ino)| match &*self.inodes[ino] {
            Inode::File(file) => Entry { name: name.clone(), is_dir: false, len: file.content.len() },
            Inode::Dir(_) => Entry { name: name.clone(), is_dir: true, len: 0 },
        };
        Ok(dir.names.iter().map(entry).collect())
    }

    /// Every file with its path, ascending by path.
    #[must_use]
    pub fn files(&self) -> Vec<(Arc<str>, Ino)> {
        let mut files = Vec::new();
        self.walk(ROOT, "", &mut files);
        files
    }

    // Ends of lives.

    /// The process died, the machine did not: what was open is open no more.
    pub fn on_kill(&mut self) {
        for ino in self.inodes.keys().copied().collect::<Vec<_>>() {
            if matches!(&*self.inodes[&ino], Inode::File(file) if file.held > 0) {
                let file = self.file_mut(ino);
                file.held = 0;
                file.pending.clear();
                self.forget_if_nameless(ino);
            }
        }
    }

    /// Power is lost: only the platter is left, and of the page cache what happened to have reached it.
    pub fn on_power_loss(
        &mut self,
        unsynced: Unsynced,
        choices: &mut Choices,
        counters: &mut Counters,
    ) -> Vec<AlteredFile> {
        let before: Vec<_> = self.files().into_iter().map(|(path, ino)| (path, ino, self.len(ino))).collect();
        let mut altered_from = BTreeMap::new();
        for ino in self.inodes.keys().copied().collect::<Vec<_>>() {
            let inode = self.inodes.get_mut(&ino).expect("nothing is removed here");
            match Arc::make_mut(inode) {
                Inode::Dir(dir) => {
                    counters.dropped_names += dir.crash(|| match unsynced {
                        Unsynced::Kept => true,
                        Unsynced::Dropped => false,
                        Unsynced::Drawn | Unsynced::Shares { .. } => choices.below(Stream::Disk, 3) > 0,
                    });
                }
                Inode::File(file) => {
                    if let Some(from) = crash::crash_file(file, unsynced, choices, counters) {
                        altered_from.insert(ino, from);
                    }
                }
            }
        }
        self.sweep();
        let after: BTreeMap<_, _> = self.files().into_iter().collect();
        let names: BTreeSet<_> = before.iter().map(|(path, ..)| path.clone()).collect();
        let back = after.keys().filter(|path| !names.contains(*path));
        let back = back.map(|path| AlteredFile { path: path.clone(), from: 0, to: 0 });
        let altered = before.into_iter().filter_map(|(path, ino, to)| {
            let from = if after.get(&path) == Some(&ino) { *altered_from.get(&ino)? } else { 0 };
            Some(AlteredFile { path, from, to })
        });
        altered.chain(back).collect()
    }

    /// Flips bits in what is durable of the chosen files.
    fn rot(&mut self, bits: u32, on: &OnFiles, choices: &mut Choices) -> Vec<(Arc<str>, u64)> {
        let mut files = self.files();
        files.retain(|(path, ino)| on.has(path) && self.durable_len(*ino) > 0);
        let total: u64 = files.iter().map(|(_, ino)| self.durable_len(*ino)).sum();
        let mut rotted = Vec::new();
        for _ in 0..if total > 0 { bits } else { 0 } {
            let mut at = choices.below(Stream::Disk, total);
            for (path, ino) in &files {
                let len = self.durable_len(*ino);
                if at < len {
                    let mask = 1 << choices.below(Stream::Disk, 8);
                    self.file_mut(*ino).content.flip(at, mask);
                    rotted.push((path.clone(), at));
                    break;
                }
                at -= len;
            }
        }
        rotted
    }

    fn make(&mut self, path: &str, inode: impl FnOnce() -> Inode) -> Result<Ino, FileError> {
        if self.find(path).is_ok() {
            return Err(FileError::Exists);
        }
        let (dir, name) = self.place(path)?;
        let ino = Ino(self.next);
        self.next += 1;
        self.inodes.insert(ino, Arc::new(inode()));
        self.dir_mut(dir).link(name, ino);
        Ok(ino)
    }

    /// The folder that holds a path, which must be there, and the last part.
    fn place<'p>(&self, path: &'p str) -> Result<(Ino, &'p str), FileError> {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let dir = self.find(parent)?;
        if self.is_dir(dir) { Ok((dir, name)) } else { Err(FileError::NotFound) }
    }

    fn drop_name(&mut self, ino: Ino) {
        self.file_mut(ino).names -= 1;
        self.forget_if_nameless(ino);
    }

    /// Gives a nameless file's room back. The inode itself stays until a power loss: its name may still be on the platter.
    fn forget_if_nameless(&mut self, ino: Ino) {
        let file = self.file(ino);
        if file.names == 0 && file.held == 0 {
            self.used = self.used.saturating_sub(file.content.len());
        }
    }

    /// Removes what has no name any more, and counts names and bytes anew.
    fn sweep(&mut self) {
        let (mut reached, mut used) = (BTreeSet::from([ROOT]), 0);
        let mut open = vec![ROOT];
        while let Some(at) = open.pop() {
            let Inode::Dir(dir) = &*self.inodes[&at] else { continue };
            for ino in dir.names.values().copied().collect::<Vec<_>>() {
                if !self.is_dir(ino) {
                    let file = self.file_mut(ino);
                    file.names = if reached.contains(&ino) { file.names + 1 } else { 1 };
                    used += if reached.contains(&ino) { 0 } else { self.len(ino) };
                    reached.insert(ino);
                } else if reached.insert(ino) {
                    open.push(ino);
                }
            }
        }
        self.inodes.retain(|ino, _| reached.contains(ino));
        self.used = used;
    }

    fn walk(&self, at: Ino, path: &str, files: &mut Vec<(Arc<str>, Ino)>) {
        let Inode::Dir(dir) = &*self.inodes[&at] else { return };
        for (name, ino) in &dir.names {
            let path = if path.is_empty() { name.to_string() } else { format!("{path}/{name}") };
            if self.is_dir(*ino) {
                self.walk(*ino, &path, files);
            } else {
                files.push((path.into(), *ino));
            }
        }
    }

    fn is_dir(&self, ino: Ino) -> bool {
        matches!(&*self.inodes[&ino], Inode::Dir(_))
    }

    fn file(&self, ino: Ino) -> &FileNode {
        match &*self.inodes[&ino] {
            Inode::File(file) => file,
            Inode::Dir(_) => panic!("{ino:?} is a folder"),
        }
    }

    fn file_mut(&mut self, ino: Ino) -> &mut FileNode {
        match self.inodes.get_mut(&ino).map(Arc::make_mut) {
            Some(Inode::File(file)) => file,
            _ => panic!("{ino:?} is no file"),
        }
    }

    fn dir_mut(&mut self, ino: Ino) -> &mut DirNode {
        match self.inodes.get_mut(&ino).map(Arc::make_mut) {
            Some(Inode::Dir(dir)) => dir,
            _ => panic!("{ino:?} is no folder"),
        }
    }
}
