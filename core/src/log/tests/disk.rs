//! A disk in memory. Appends are in a page cache until they are synced, and a crash keeps, drops or tears what was not
//! synced.

use super::super::ReadAsk;
use crate::io::{Entry, FileError, FileId, FilePath, Files, Open, SyncWhat};
use bytes::Bytes;
use std::collections::BTreeMap;

/// The size of a page of the page cache.
const PAGE: usize = 64;
/// The size of a sector, which a disk writes whole: an eighth of a page, as with sectors of 512 bytes. A sector has at
/// least eight bytes, so that the sector with a batch's epoch, which no checksum covers, also has bytes of the batch
/// that show whether the sector was written.
const SECTOR: usize = 8;

#[derive(Clone, Debug, Default)]
pub(super) struct Disk {
    inodes: Vec<Inode>,
    names: BTreeMap<FilePath, usize>,
    durable_names: BTreeMap<FilePath, usize>,
    /// The changes of file names since the folder was last synced.
    changes: Vec<Change>,
    open: BTreeMap<FileId, usize>,
    next_id: u32,
    /// Makes appends fail from now on, after that many bytes of the next one.
    pub(super) fail_append: Option<(FileError, usize)>,
    /// Files whose names end with this cannot be read by `read_small`.
    pub(super) fail_read: Option<&'static str>,
    pub(super) fail_replace: Option<FileError>,
    pub(super) fail_truncate: Option<FileError>,
    pub(super) fail_open: Option<FileError>,
    pub(super) fail_sync: bool,
    /// After so many more operations, one is denied with this error.
    pub(super) deny: Option<(usize, FileError)>,
    pub(super) reads: usize,
    /// The names that files were renamed to, in order.
    pub(super) renamed: Vec<String>,
    /// After this many more changes of files, the disk's state is copied to `kept`, with half of the next append.
    pub(super) keep_after: Option<usize>,
    pub(super) kept: Option<Box<Disk>>,
}

#[derive(Clone, Debug, Default)]
struct Inode {
    bytes: Vec<u8>,
    durable: Vec<u8>,
    /// How many bytes at the front count as clean: a sync does not write them.
    clean: usize,
}

#[derive(Clone, Debug)]
enum Change {
    Made(FilePath, usize),
    Removed(FilePath),
    Renamed(FilePath, FilePath),
}

impl Change {
    fn folder(&self) -> FilePath {
        match self {
            Change::Made(path, _) | Change::Removed(path) | Change::Renamed(path, _) => path.parent(),
        }
    }

    fn apply(self, names: &mut BTreeMap<FilePath, usize>) {
        match self {
            Change::Made(path, inode) => drop(names.insert(path, inode)),
            Change::Removed(path) => drop(names.remove(&path)),
            Change::Renamed(from, to) => {
                if let Some(inode) = names.remove(&from) {
                    names.insert(to, inode);
                }
            }
        }
    }
}

impl Disk {
    pub(super) fn read(&mut self, ask: &ReadAsk) -> Result<Bytes, FileError> {
        self.permit()?;
        self.reads += 1;
        let bytes = &self.inodes[*self.open.get(&ask.file).ok_or(FileError::Stale)?].bytes;
        let from = (ask.at as usize).min(bytes.len());
        let to = (from + ask.len as usize).min(bytes.len());
        Ok(Bytes::copy_from_slice(&bytes[from..to]))
    }

    /// Returns the error if this operation is the one to be denied.
    fn permit(&mut self) -> Result<(), FileError> {
        match &mut self.deny {
            Some((0, why)) => {
                let why = *why;
                self.deny = None;
                Err(why)
            }
            Some((left, _)) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub(super) fn sync(&mut self, what: &SyncWhat) -> Result<(), FileError> {
        self.permit()?;
        let fails = self.fail_sync;
        let inode = match what {
            SyncWhat::File(file) => *self.open.get(file).ok_or(FileError::Stale)?,
            SyncWhat::Path(path) => *self.names.get(path).ok_or(FileError::NotFound)?,
            SyncWhat::Dir(folder) => {
                let (synced, left) = self.changes.drain(..).partition(|it| it.folder() == *folder);
                self.changes = left;
                Vec::into_iter(synced).for_each(|it: Change| it.apply(&mut self.durable_names));
                return Ok(());
            }
        };
        let Inode { bytes, durable, clean } = &mut self.inodes[inode];
        if fails {
            // As on Linux: the pages count as clean, but are never written, so that the disk keeps the bytes that it
            // had there.
            durable.resize(bytes.len(), 0);
        } else {
            durable.resize(*clean, 0);
            durable.extend_from_slice(&bytes[*clean..]);
        }
        *clean = bytes.len();
        if fails { Err(FileError::Io) } else { Ok(()) }
    }

    /// Kills the process: what it wrote stays in the page cache.
    pub(super) fn kill(&mut self) {
        self.open.clear();
    }

    pub(super) fn open_files(&self) -> usize {
        self.open.len()
    }

    /// Simulates a power loss. `below` chooses what becomes of everything that was not synced; if it always returns 0,
    /// all of that is kept.
    pub(super) fn crash(&mut self, below: &mut dyn FnMut(usize) -> usize) {
        for change in core::mem::take(&mut self.changes) {
            // A new folder is always kept, because dropping it would drop all files in it.
            if below(3) == 0 {
                change.apply(&mut self.durable_names);
            }
        }
        self.names = self.durable_names.clone();
        for inode in &mut self.inodes {
            inode.crash(below);
        }
        self.open.clear();
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.names.keys().map(|it| it.name().to_string()).collect()
    }

    /// A file's bytes, which a test may examine or change without the log's knowledge.
    pub(super) fn bytes_mut(&mut self, name: &str) -> &mut Vec<u8> {
        let inode = *self.names.iter().find(|it| it.0.name() == name).unwrap_or_else(|| panic!("no {name}")).1;
        &mut self.inodes[inode].bytes
    }

    pub(super) fn put(&mut self, path: &FilePath, bytes: &[u8]) {
        let inode = self.inode(path);
        (self.inodes[inode].bytes, self.inodes[inode].clean) = (bytes.to_vec(), 0);
    }

    /// Makes a change by calling `next`, and copies the disk if `keep_after` says so.
    fn change<T>(&mut self, half: impl FnOnce(&mut Disk), next: impl FnOnce(&mut Disk) -> T) -> T {
        match self.keep_after {
            Some(0) => {
                self.keep_after = None;
                let mut kept = self.clone();
                half(&mut kept);
                self.kept = Some(Box::new(kept));
            }
            Some(left) => self.keep_after = Some(left - 1),
            None => {}
        }
        next(self)
    }

    fn inode(&mut self, path: &FilePath) -> usize {
        if let Some(inode) = self.names.get(path) {
            return *inode;
        }
        let inode = self.inodes.len();
        self.inodes.push(Inode::default());
        self.names.insert(path.clone(), inode);
        self.changes.push(Change::Made(path.clone(), inode));
        inode
    }

    fn file(&mut self, file: FileId) -> Result<&mut Inode, FileError> {
        let inode = *self.open.get(&file).ok_or(FileError::Stale)?;
        Ok(&mut self.inodes[inode])
    }
}

impl Inode {
    fn crash(&mut self, below: &mut dyn FnMut(usize) -> usize) {
        if self.bytes == self.durable {
            return;
        }
        let len = match below(4) {
            0 => self.bytes.len(),
            1 => self.durable.len(),
            _ => {
                let (short, long) =
                    (self.bytes.len().min(self.durable.len()), self.bytes.len().max(self.durable.len()));
                short + below(long - short + 1)
            }
        };
        let mut left = vec![0; len];
        for (at, page) in left.chunks_mut(PAGE).enumerate() {
            let written = self.bytes.get(at * PAGE..).unwrap_or_default();
            let before = self.durable.get(at * PAGE..).unwrap_or_default();
            let torn = match below(4) {
                0 | 1 => PAGE,
                2 => 0,
                _ => below(PAGE / SECTOR) * SECTOR,
            };
            for (byte, slot) in page.iter_mut().enumerate() {
                let dirty = at * PAGE + byte >= self.clean;
                let source = if byte < torn && dirty { written } else { before };
                *slot = source.get(byte).copied().unwrap_or(0);
            }
        }
        self.clean = left.len();
        self.bytes = left.clone();
        self.durable = left;
    }
}

impl Files for Disk {
    fn open(&mut self, path: &FilePath, how: Open) -> Result<FileId, FileError> {
        self.permit()?;
        if let Some(error) = &self.fail_open {
            return Err(*error);
        }
        match (how, self.names.contains_key(path)) {
            (Open::Existing, false) => return Err(FileError::NotFound),
            (Open::New, true) => return Err(FileError::Exists),
            _ => {}
        }
        let inode = self.inode(path);
        self.next_id += 1;
        let id = FileId { slot: self.next_id, generation: 0 };
        self.open.insert(id, inode);
        Ok(id)
    }

    fn close(&mut self, file: FileId) {
        self.open.remove(&file);
    }

    fn len(&mut self, file: FileId) -> Result<u64, FileError> {
        Ok(self.file(file)?.bytes.len() as u64)
    }

    fn append(&mut self, file: FileId, parts: &[Bytes]) -> Result<u64, FileError> {
        self.permit()?;
        let failure = self.fail_append;
        let mut bytes = parts.concat();
        let half = bytes[..bytes.len() / 2].to_vec();
        if let Some((_, after)) = failure {
            bytes.truncate(after);
        }
        let append = |disk: &mut Disk, bytes: &[u8]| {
            let inode = disk.file(file)?;
            inode.bytes.extend_from_slice(bytes);
            Ok(inode.bytes.len() as u64)
        };
        let end = self.change(|disk| _ = append(disk, &half), |disk| append(disk, &bytes));
        failure.map_or(end, |(error, _)| Err(error))
    }

    fn rewrite(&mut self, file: FileId, at: u64, bytes: &Bytes) -> Result<(), FileError> {
        self.permit()?;
        let inode = self.file(file)?;
        assert!(inode.bytes[at as usize..].starts_with(bytes), "a rewrite changes nothing that a reader sees");
        inode.clean = inode.clean.min(at as usize);
        Ok(())
    }

    fn truncate(&mut self, file: FileId, len: u64) -> Result<(), FileError> {
        self.permit()?;
        if let Some(error) = &self.fail_truncate {
            return Err(*error);
        }
        self.change(
            |_| {},
            |disk| {
                let inode = disk.file(file)?;
                assert!(len <= inode.bytes.len() as u64);
                inode.bytes.truncate(len as usize);
                inode.clean = inode.clean.min(len as usize);
                Ok(())
            },
        )
    }

    fn rename(&mut self, from: &FilePath, to: &FilePath) -> Result<(), FileError> {
        self.permit()?;
        self.change(
            |_| {},
            |disk| {
                let inode = disk.names.remove(from).ok_or(FileError::NotFound)?;
                disk.names.insert(to.clone(), inode);
                disk.renamed.push(to.name().to_string());
                disk.changes.push(Change::Renamed(from.clone(), to.clone()));
                Ok(())
            },
        )
    }

    fn remove(&mut self, path: &FilePath) -> Result<(), FileError> {
        self.permit()?;
        self.change(
            |_| {},
            |disk| {
                disk.names.remove(path).ok_or(FileError::NotFound)?;
                disk.changes.push(Change::Removed(path.clone()));
                Ok(())
            },
        )
    }

    fn create_dir(&mut self, _: &FilePath) -> Result<(), FileError> {
        self.permit()?;
        Ok(())
    }

    fn remove_dir(&mut self, path: &FilePath) -> Result<(), FileError> {
        self.permit()?;
        assert!(self.names.keys().all(|it| it.parent() != *path), "the folder is not empty");
        Ok(())
    }

    fn list(&mut self, path: &FilePath) -> Result<Vec<Entry>, FileError> {
        self.permit()?;
        let inside = self.names.iter().filter(|it| it.0.parent() == *path);
        let entry = |(path, inode): (&FilePath, &usize)| Entry {
            name: path.name().into(),
            is_dir: false,
            len: self.inodes[*inode].bytes.len() as u64,
        };
        Ok(inside.map(entry).collect())
    }

    fn read_small(&mut self, path: &FilePath, most: u64) -> Result<Bytes, FileError> {
        self.permit()?;
        if self.fail_read.is_some_and(|end| path.name().ends_with(end)) {
            return Err(FileError::Io);
        }
        let bytes = &self.inodes[*self.names.get(path).ok_or(FileError::NotFound)?].bytes;
        if bytes.len() as u64 > most {
            return Err(FileError::TooLarge(bytes.len() as u64));
        }
        Ok(Bytes::copy_from_slice(bytes))
    }

    fn replace(&mut self, path: &FilePath, bytes: &[u8]) -> Result<(), FileError> {
        self.permit()?;
        let half = &bytes[..bytes.len() / 2];
        self.change(
            |disk| disk.put(path, half),
            |disk| {
                let failed = disk.fail_replace;
                disk.put(path, if failed.is_some() { &[] } else { bytes });
                failed.map_or(Ok(()), Err)
            },
        )
    }
}
