//! A host for tests: files in memory, whose disk can be full, fail, or forget what was not synced.

use crate::io::{
    Draws, Entry, Env, FileError, FileId, FilePath, Files, Mutant, Open, Probes, Site, SyncWhat, Trace, TraceEvent,
    TraceKinds, Work,
};
use crate::types::{Instant, Now, Timestamp};
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};

/// One node's host.
pub struct Host {
    pub now: Now,
    pub disk: Disk,
    pub probes: Watcher,
    pub trace: Trace,
    draws: Halves,
    /// What the calls have cost.
    pub work: Work,
}

impl Host {
    pub fn new() -> Host {
        Host {
            now: Now { mono: Instant(1_000_000_000), wall: Timestamp(1_700_000_000_000) },
            disk: Disk::default(),
            probes: Watcher::default(),
            trace: Trace::new(TraceKinds::ALL),
            draws: Halves,
            work: Work::default(),
        }
    }

    pub fn env(&mut self) -> Env<'_> {
        let Host { now, disk, probes, trace, draws, work } = self;
        Env { now: *now, files: disk, draws, probes, trace, work }
    }

    pub fn pass_ms(&mut self, ms: i64) {
        self.now.mono = self.now.mono.plus_ms(ms);
        self.now.wall.0 += ms;
    }

    /// The trace events since the last call.
    pub fn told(&mut self) -> Vec<TraceEvent> {
        self.trace.drain().collect()
    }
}

/// Draws the middle of every range.
struct Halves;

impl Draws for Halves {
    fn below(&mut self, _site: Site, _subject: u64, bound: u64) -> u64 {
        bound / 2
    }
}

/// Fails if a property does not hold, and notes the states that were reached.
#[derive(Default)]
pub struct Watcher {
    pub reached: BTreeSet<Site>,
    pub mutant: Option<Mutant>,
}

impl Probes for Watcher {
    fn always(&mut self, site: Site, held: bool) {
        assert!(held, "{}", site.name());
    }

    fn sometimes(&mut self, site: Site, reached: bool) {
        if reached {
            self.reached.insert(site);
        }
    }

    fn buggify(&mut self, _site: Site) -> bool {
        false
    }

    fn mutant(&self, which: Mutant) -> bool {
        self.mutant == Some(which)
    }
}

/// Files in memory.
#[derive(Default)]
pub struct Disk {
    files: BTreeMap<FilePath, Vec<u8>>,
    dirs: BTreeSet<FilePath>,
    open: BTreeMap<FileId, FilePath>,
    opened: u32,
    /// The error with which appends to open files end.
    pub appends_end_with: Option<FileError>,
    /// The disk has no room for anything new.
    pub is_full: bool,
    /// Nothing can be opened, read or listed by its path.
    pub denied: Option<FileError>,
}

impl Disk {
    fn of(&mut self, file: FileId) -> Result<&mut Vec<u8>, FileError> {
        let path = self.open.get(&file).ok_or(FileError::Stale)?;
        self.files.get_mut(path).ok_or(FileError::NotFound)
    }

    fn permit(&self) -> Result<(), FileError> {
        self.denied.map_or(Ok(()), Err)
    }

    fn has_room(&self) -> Result<(), FileError> {
        if self.is_full { Err(FileError::NoSpace) } else { Ok(()) }
    }

    /// How many files are open.
    pub fn open_files(&self) -> usize {
        self.open.len()
    }

    /// The result of an asynchronous read.
    pub fn read(&mut self, file: FileId, at: u64, len: u32) -> Result<Bytes, FileError> {
        let bytes = self.of(file)?;
        let from = bytes.len().min(at as usize);
        let to = bytes.len().min(from + len as usize);
        Ok(Bytes::copy_from_slice(&bytes[from..to]))
    }

    /// Changes one byte of a file, as rot does.
    pub fn rot(&mut self, name: &str, at: usize) {
        let (_, bytes) = self.files.iter_mut().find(|(path, _)| path.name() == name).expect("the file is there");
        bytes[at] ^= 1;
    }

    /// Whether the file or folder that is to be synced exists.
    pub fn has(&self, what: &SyncWhat) -> bool {
        match what {
            SyncWhat::File(file) => self.open.contains_key(file),
            SyncWhat::Path(path) => self.files.contains_key(path),
            SyncWhat::Dir(path) => path.path.is_empty() || self.dirs.contains(path),
        }
    }
}

impl Files for Disk {
    fn open(&mut self, path: &FilePath, how: Open) -> Result<FileId, FileError> {
        self.permit()?;
        if how != Open::Existing && !self.files.contains_key(path) {
            self.has_room()?;
        }
        match (self.files.contains_key(path), how) {
            (false, Open::Existing) => return Err(FileError::NotFound),
            (true, Open::New) => return Err(FileError::Exists),
            (false, _) => drop(self.files.insert(path.clone(), Vec::new())),
            (true, _) => {}
        }
        self.opened += 1;
        let id = FileId { slot: self.opened, generation: 1 };
        self.open.insert(id, path.clone());
        Ok(id)
    }

    fn close(&mut self, file: FileId) {
        self.open.remove(&file);
    }

    fn len(&mut self, file: FileId) -> Result<u64, FileError> {
        Ok(self.of(file)?.len() as u64)
    }

    fn append(&mut self, file: FileId, parts: &[Bytes]) -> Result<u64, FileError> {
        self.has_room()?;
        if let Some(error) = self.appends_end_with {
            return Err(error);
        }
        let bytes = self.of(file)?;
        parts.iter().for_each(|part| bytes.extend_from_slice(part));
        Ok(bytes.len() as u64)
    }

    fn rewrite(&mut self, file: FileId, at: u64, bytes: &Bytes) -> Result<(), FileError> {
        let there = &self.of(file)?[at as usize..];
        assert!(there.starts_with(bytes), "a rewrite changes nothing that a reader sees");
        Ok(())
    }

    fn truncate(&mut self, file: FileId, len: u64) -> Result<(), FileError> {
        self.of(file)?.truncate(len as usize);
        Ok(())
    }

    fn rename(&mut self, from: &FilePath, to: &FilePath) -> Result<(), FileError> {
        let bytes = self.files.remove(from).ok_or(FileError::NotFound)?;
        // A replaced file stays readable to those who have it open, under a name that no folder lists.
        let replaced = to.join(&format!("replaced-{}", self.opened));
        if let Some(old) = self.files.insert(to.clone(), bytes) {
            self.files.insert(replaced.clone(), old);
        }
        for path in self.open.values_mut() {
            if path == to {
                *path = replaced.clone();
            } else if path == from {
                *path = to.clone();
            }
        }
        Ok(())
    }

    fn remove(&mut self, path: &FilePath) -> Result<(), FileError> {
        self.files.remove(path).map(drop).ok_or(FileError::NotFound)
    }

    fn create_dir(&mut self, path: &FilePath) -> Result<(), FileError> {
        self.has_room()?;
        if self.dirs.insert(path.clone()) { Ok(()) } else { Err(FileError::Exists) }
    }

    fn remove_dir(&mut self, path: &FilePath) -> Result<(), FileError> {
        if self.dirs.remove(path) { Ok(()) } else { Err(FileError::NotFound) }
    }

    fn list(&mut self, path: &FilePath) -> Result<Vec<Entry>, FileError> {
        self.permit()?;
        let files = self.files.iter().map(|(path, bytes)| (path, false, bytes.len() as u64));
        let dirs = self.dirs.iter().map(|path| (path, true, 0));
        let inside = files.chain(dirs).filter(|(it, ..)| it.parent() == *path && it.dir == path.dir);
        let mut entries: Vec<_> =
            inside.map(|(path, is_dir, len)| Entry { name: path.name().into(), is_dir, len }).collect();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn read_small(&mut self, path: &FilePath, most: u64) -> Result<Bytes, FileError> {
        self.permit()?;
        let bytes = self.files.get(path).ok_or(FileError::NotFound)?;
        if bytes.len() as u64 > most {
            return Err(FileError::TooLarge(bytes.len() as u64));
        }
        Ok(Bytes::copy_from_slice(bytes))
    }

    fn replace(&mut self, path: &FilePath, bytes: &[u8]) -> Result<(), FileError> {
        self.has_room()?;
        self.files.insert(path.clone(), bytes.to_vec());
        Ok(())
    }
}
