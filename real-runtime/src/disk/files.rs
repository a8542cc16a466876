//! [`Files`] on `std::fs`: one table of open files for each shard.

use super::LogDirs;
use bytes::{Buf, Bytes};
use gracchus_core::io::{Entry, FileError, FileId, FilePath, Files, Open};
use rustix::fs::fstatfs;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, IoSlice, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracing::error;

/// More parts than this go down in several calls; an append has two or three.
const PARTS_AT_ONCE: usize = 16;

/// One shard's files.
pub struct DiskFiles {
    dirs: Arc<LogDirs>,
    slots: Vec<Slot>,
    free: Vec<u32>,
}

/// Where an open file is kept; the generation counts the files that it has held.
struct Slot {
    generation: u32,
    open: Option<OpenFile>,
}

struct OpenFile {
    handle: Handle,
    len: u64,
}

/// An open file, for a read or sync that outlives its id.
#[derive(Clone)]
pub struct Handle {
    pub(super) file: Arc<File>,
    /// What it was called when this was given out, for messages.
    pub(super) path: Arc<Path>,
    pub(super) medium: Medium,
}

/// Where a file's bytes are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Medium {
    /// On a device, and perhaps in the page cache.
    Device,
    /// In memory and nowhere else: no read ever waits.
    Memory,
}

impl DiskFiles {
    /// No file is open.
    #[must_use]
    pub fn new(dirs: Arc<LogDirs>) -> DiskFiles {
        DiskFiles { dirs, slots: Vec::new(), free: Vec::new() }
    }

    /// The open file, for a read or sync that outlives its id.
    pub fn handle(&self, id: FileId) -> Result<Handle, FileError> {
        self.slots
            .get(id.slot as usize)
            .filter(|slot| slot.generation == id.generation)
            .and_then(|slot| slot.open.as_ref())
            .map(|open| open.handle.clone())
            .ok_or(FileError::Stale)
    }

    /// Where a path of the core's lies.
    #[must_use]
    pub fn place(&self, path: &FilePath) -> PathBuf {
        self.dirs.place(path)
    }

    fn open_file(&mut self, id: FileId) -> Result<&mut OpenFile, FileError> {
        self.slots
            .get_mut(id.slot as usize)
            .filter(|slot| slot.generation == id.generation)
            .and_then(|slot| slot.open.as_mut())
            .ok_or(FileError::Stale)
    }

    fn keep(&mut self, open: OpenFile) -> FileId {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: 0, open: None });
            u32::try_from(self.slots.len() - 1).expect("fewer than 2^32 files are open")
        });
        let held = &mut self.slots[slot as usize];
        held.generation += 1;
        held.open = Some(open);
        FileId { slot, generation: held.generation }
    }
}

impl Files for DiskFiles {
    fn open(&mut self, path: &FilePath, how: Open) -> Result<FileId, FileError> {
        let path = self.dirs.place(path);
        let mut options = OpenOptions::new();
        options.read(true).append(true);
        match how {
            Open::Existing => {}
            Open::New => {
                options.create_new(true);
            }
            Open::Any => {
                options.create(true);
            }
        }
        let file = options.open(&path).map_err(|error| failure("open", &path, &error))?;
        let len = file.metadata().map_err(|error| failure("stat", &path, &error))?.len();
        let medium = medium(&file);
        let handle = Handle { file: Arc::new(file), path: path.into(), medium };
        Ok(self.keep(OpenFile { handle, len }))
    }

    fn close(&mut self, file: FileId) {
        if self.open_file(file).is_ok() {
            self.slots[file.slot as usize].open = None;
            self.free.push(file.slot);
        }
    }

    fn len(&mut self, file: FileId) -> Result<u64, FileError> {
        self.open_file(file).map(|open| open.len)
    }

    fn append(&mut self, file: FileId, parts: &[Bytes]) -> Result<u64, FileError> {
        let open = self.open_file(file)?;
        let result = parts.chunks(PARTS_AT_ONCE).try_fold(0, |sum, some| Ok(sum + write_all(&open.handle.file, some)?));
        match result {
            Ok(written) => {
                open.len += written;
                Ok(open.len)
            }
            Err(error) => {
                // Part of it may have gone down: the file's own word counts, and the caller cuts back to what it knows.
                open.len = open.handle.file.metadata().map_or(open.len, |now| now.len());
                Err(failure("append to", &open.handle.path, &error))
            }
        }
    }

    fn rewrite(&mut self, file: FileId, at: u64, bytes: &Bytes) -> Result<(), FileError> {
        let open = self.open_file(file)?;
        // The file is open for appending, where Linux ignores the place of a write.
        let written =
            OpenOptions::new().write(true).open(&open.handle.path).and_then(|again| again.write_all_at(bytes, at));
        written.map_err(|error| failure("rewrite", &open.handle.path, &error))
    }

    fn truncate(&mut self, file: FileId, len: u64) -> Result<(), FileError> {
        let open = self.open_file(file)?;
        assert!(len <= open.len, "a truncation shortens: {} from {} to {len}", open.handle.path.display(), open.len);
        open.handle.file.set_len(len).map_err(|error| failure("truncate", &open.handle.path, &error))?;
        open.len = len;
        Ok(())
    }

    fn rename(&mut self, from: &FilePath, to: &FilePath) -> Result<(), FileError> {
        assert_eq!(from.dir, to.dir, "a rename stays in its log directory");
        let (from, to) = (self.dirs.place(from), self.dirs.place(to));
        fs::rename(&from, &to).map_err(|error| failure("rename", &from, &error))?;
        // Messages about a file name it as it is called now.
        for open in self.slots.iter_mut().filter_map(|slot| slot.open.as_mut()) {
            if let Ok(below) = open.handle.path.strip_prefix(&from) {
                let now = if below.as_os_str().is_empty() { to.clone() } else { to.join(below) };
                open.handle.path = now.into();
            }
        }
        Ok(())
    }

    fn remove(&mut self, path: &FilePath) -> Result<(), FileError> {
        let path = self.dirs.place(path);
        fs::remove_file(&path).map_err(|error| failure("remove", &path, &error))
    }

    fn create_dir(&mut self, path: &FilePath) -> Result<(), FileError> {
        let path = self.dirs.place(path);
        fs::create_dir(&path).map_err(|error| failure("create", &path, &error))
    }

    fn remove_dir(&mut self, path: &FilePath) -> Result<(), FileError> {
        let path = self.dirs.place(path);
        fs::remove_dir(&path).map_err(|error| failure("remove", &path, &error))
    }

    fn list(&mut self, path: &FilePath) -> Result<Vec<Entry>, FileError> {
        let path = self.dirs.place(path);
        let mut entries = entries(&path).map_err(|error| failure("list", &path, &error))?;
        entries.sort_unstable_by(|one, other| one.name.as_bytes().cmp(other.name.as_bytes()));
        Ok(entries)
    }

    fn read_small(&mut self, path: &FilePath, most: u64) -> Result<Bytes, FileError> {
        let path = self.dirs.place(path);
        let len = fs::metadata(&path).map_err(|error| failure("stat", &path, &error))?.len();
        if len > most {
            return Err(FileError::TooLarge(len));
        }
        fs::read(&path).map(Bytes::from).map_err(|error| failure("read", &path, &error))
    }

    fn replace(&mut self, path: &FilePath, bytes: &[u8]) -> Result<(), FileError> {
        let path = self.dirs.place(path);
        fs::write(&path, bytes).map_err(|error| failure("write", &path, &error))
    }
}

fn medium(file: &File) -> Medium {
    /// `TMPFS_MAGIC` and `RAMFS_MAGIC` of the kernel's `magic.h`.
    const IN_MEMORY: [u64; 2] = [0x0102_1994, 0x8584_58f6];
    match fstatfs(file) {
        Ok(about) if IN_MEMORY.contains(&(about.f_type as u64)) => Medium::Memory,
        _ => Medium::Device,
    }
}

/// News of a failed call, for the core; what only the operator can use goes to the log.
pub(super) fn failure(verb: &str, path: &Path, error: &io::Error) -> FileError {
    match error.kind() {
        ErrorKind::NotFound => FileError::NotFound,
        ErrorKind::AlreadyExists => FileError::Exists,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => FileError::NoSpace,
        _ => {
            error!("cannot {verb} {}: {error}", path.display());
            FileError::Io
        }
    }
}

/// Writes the parts to the file's end, one behind the other.
fn write_all(file: &File, parts: &[Bytes]) -> io::Result<u64> {
    let mut slices = [IoSlice::new(&[]); PARTS_AT_ONCE];
    let mut total = 0;
    for (slice, part) in slices.iter_mut().zip(parts) {
        *slice = IoSlice::new(part);
        total += part.remaining() as u64;
    }
    let mut left = &mut slices[..parts.len()];
    IoSlice::advance_slices(&mut left, 0);
    while !left.is_empty() {
        match (&*file).write_vectored(left) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut left, written),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(total)
}

fn entries(path: &Path) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        // What has another name than UTF-8 can be no file of Kafka's.
        let Ok(name) = std::str::from_utf8(entry.file_name().as_bytes()).map(Arc::from) else { continue };
        let about = match fs::metadata(entry.path()) {
            Ok(about) => about,
            // Gone meanwhile, or a link to nowhere.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let is_dir = about.is_dir();
        entries.push(Entry { name, is_dir, len: if is_dir { 0 } else { about.len() } });
    }
    Ok(entries)
}
