//! A disk in memory that fails only where a test says so: scripts hold back or fail its reads and syncs.

use bytes::Bytes;
use gracchus_core::io::{DirId, Entry, FileError, FileId, FilePath, Files, Open};
use std::collections::BTreeMap;

#[derive(Clone, Default)]
pub struct Disk {
    dirs: BTreeMap<FilePath, ()>,
    names: BTreeMap<FilePath, usize>,
    inodes: Vec<Vec<u8>>,
    open: Vec<usize>,
    /// Directories in which no small file can be written.
    pub failing: Vec<DirId>,
    /// What the host denies: to write small files and make new ones, and unless the disk is merely full, also to open,
    /// list and read; without permission, also to rename and remove.
    pub denied: Option<FileError>,
}

impl Disk {
    pub fn read(&self, file: FileId, at: u64, len: u32) -> Bytes {
        let bytes = &self.inodes[self.open[file.slot as usize]];
        let from = (at as usize).min(bytes.len());
        let to = (from + len as usize).min(bytes.len());
        Bytes::copy_from_slice(&bytes[from..to])
    }

    /// The name under which an open file can be found, for the trace.
    /// The files in a folder of the first log directory.
    pub fn names_in(&self, folder: &str) -> Vec<String> {
        let inside = self.names.keys().filter(|path| &*path.parent().path == folder);
        inside.map(|path| path.name().to_owned()).collect()
    }

    pub fn name_of(&self, file: FileId) -> String {
        let inode = self.open[file.slot as usize];
        let found = self.names.iter().find(|(_, named)| **named == inode);
        found.map_or_else(|| "a removed file".to_owned(), |(path, _)| path.path.to_string())
    }

    fn permit_write(&self) -> Result<(), FileError> {
        self.denied.map_or(Ok(()), Err)
    }

    fn permit_read(&self) -> Result<(), FileError> {
        self.denied.filter(|why| *why != FileError::NoSpace).map_or(Ok(()), Err)
    }

    fn permit_name(&self) -> Result<(), FileError> {
        self.denied.filter(|why| *why == FileError::PermissionDenied).map_or(Ok(()), Err)
    }

    fn inode(&self, path: &FilePath) -> Result<usize, FileError> {
        self.names.get(path).copied().ok_or(FileError::NotFound)
    }

    fn create(&mut self, path: &FilePath) -> usize {
        self.inodes.push(Vec::new());
        self.names.insert(path.clone(), self.inodes.len() - 1);
        self.inodes.len() - 1
    }

    fn is_dir(&self, path: &FilePath) -> bool {
        path.path.is_empty() || self.dirs.contains_key(path)
    }
}

impl Files for Disk {
    fn open(&mut self, path: &FilePath, how: Open) -> Result<FileId, FileError> {
        if !self.is_dir(&path.parent()) {
            return Err(FileError::NotFound);
        }
        if how == Open::Existing { self.permit_read() } else { self.permit_write() }?;
        let inode = match (self.inode(path), how) {
            (Ok(_), Open::New) => return Err(FileError::Exists),
            (Ok(inode), _) => inode,
            (Err(why), Open::Existing) => return Err(why),
            (Err(_), _) => self.create(path),
        };
        self.open.push(inode);
        Ok(FileId { slot: self.open.len() as u32 - 1, generation: 0 })
    }

    fn close(&mut self, _file: FileId) {}

    fn len(&mut self, file: FileId) -> Result<u64, FileError> {
        Ok(self.inodes[self.open[file.slot as usize]].len() as u64)
    }

    fn append(&mut self, file: FileId, parts: &[Bytes]) -> Result<u64, FileError> {
        let bytes = &mut self.inodes[self.open[file.slot as usize]];
        parts.iter().for_each(|part| bytes.extend_from_slice(part));
        Ok(bytes.len() as u64)
    }

    fn rewrite(&mut self, file: FileId, at: u64, bytes: &Bytes) -> Result<(), FileError> {
        let there = &self.inodes[self.open[file.slot as usize]][at as usize..];
        assert!(there.starts_with(bytes), "a rewrite changes nothing that a reader sees");
        Ok(())
    }

    fn truncate(&mut self, file: FileId, len: u64) -> Result<(), FileError> {
        self.inodes[self.open[file.slot as usize]].truncate(len as usize);
        Ok(())
    }

    fn rename(&mut self, from: &FilePath, to: &FilePath) -> Result<(), FileError> {
        self.permit_name()?;
        if self.dirs.remove(from).is_some() {
            self.dirs.insert(to.clone(), ());
            let inside: Vec<_> = below(&self.names, from).map(|(path, _)| path.clone()).collect();
            for path in inside {
                let inode = self.names.remove(&path).expect("listed above");
                self.names.insert(to.join(path.name()), inode);
            }
            return Ok(());
        }
        let inode = self.names.remove(from).ok_or(FileError::NotFound)?;
        self.names.insert(to.clone(), inode);
        Ok(())
    }

    fn remove(&mut self, path: &FilePath) -> Result<(), FileError> {
        self.permit_name()?;
        self.names.remove(path).map(|_| ()).ok_or(FileError::NotFound)
    }

    fn create_dir(&mut self, path: &FilePath) -> Result<(), FileError> {
        self.permit_name()?;
        match self.dirs.insert(path.clone(), ()) {
            Some(()) => Err(FileError::Exists),
            None => Ok(()),
        }
    }

    fn remove_dir(&mut self, path: &FilePath) -> Result<(), FileError> {
        self.permit_name()?;
        self.dirs.remove(path).ok_or(FileError::NotFound)
    }

    fn list(&mut self, path: &FilePath) -> Result<Vec<Entry>, FileError> {
        self.permit_read()?;
        if !self.is_dir(path) {
            return Err(FileError::NotFound);
        }
        let dirs = below(&self.dirs, path).map(|(it, ())| it).filter(|it| it.parent() == *path);
        let files = below(&self.names, path).filter(|(it, _)| it.parent() == *path);
        let mut entries: Vec<Entry> = dirs.map(|it| Entry { name: it.name().into(), is_dir: true, len: 0 }).collect();
        entries.extend(files.map(|(it, inode)| Entry {
            name: it.name().into(),
            is_dir: false,
            len: self.inodes[*inode].len() as u64,
        }));
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(entries)
    }

    fn read_small(&mut self, path: &FilePath, most: u64) -> Result<Bytes, FileError> {
        self.permit_read()?;
        let bytes = &self.inodes[self.inode(path)?];
        match bytes.len() as u64 <= most {
            true => Ok(Bytes::copy_from_slice(bytes)),
            false => Err(FileError::TooLarge(bytes.len() as u64)),
        }
    }

    fn replace(&mut self, path: &FilePath, bytes: &[u8]) -> Result<(), FileError> {
        if self.failing.contains(&path.dir) {
            return Err(FileError::Io);
        }
        self.permit_write()?;
        let inode = self.inode(path).unwrap_or_else(|_| self.create(path));
        self.inodes[inode] = bytes.to_vec();
        Ok(())
    }
}

/// What lies below a folder, without a look at the rest of the disk.
fn below<'a, T>(all: &'a BTreeMap<FilePath, T>, folder: &FilePath) -> impl Iterator<Item = (&'a FilePath, &'a T)> {
    let prefix = if folder.path.is_empty() { String::new() } else { format!("{}/", folder.path) };
    let dir = folder.dir;
    let first = FilePath::new(dir, &prefix);
    all.range(first..)
        .take_while(move |(it, _)| it.dir == dir && it.path.starts_with(&prefix))
        .filter(|(it, _)| !it.path.is_empty())
}
