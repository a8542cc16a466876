//! [`Files`] on `std::fs`: one table of open files for each shard.

use super::LogDirs;
use super::errors::failure;
use super::open_files::{Handle, OpenFiles};
use bytes::{Buf, Bytes};
use gracchus_core::io::{Entry, FileError, FileId, FilePath, Files, Open};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, IoSlice, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// More parts than this go down in several calls; an append has two or three.
const PARTS_AT_ONCE: usize = 16;

/// One shard's files.
pub struct DiskFiles {
    dirs: Arc<LogDirs>,
    files: OpenFiles,
}

impl DiskFiles {
    /// No file is open. All open files together hold at most `descriptors` file descriptors between two calls.
    #[must_use]
    pub fn new(dirs: Arc<LogDirs>, descriptors: usize) -> DiskFiles {
        DiskFiles { dirs, files: OpenFiles::new(descriptors) }
    }

    /// The open file, for a read or sync that outlives its id.
    pub fn handle(&mut self, id: FileId) -> Result<Handle, FileError> {
        self.files.handle(id)
    }

    /// The open file, for a sync; none if everything in it is synced already.
    pub fn unsynced(&mut self, id: FileId) -> Result<Option<Handle>, FileError> {
        if self.files.get(id)?.is_synced() { Ok(None) } else { self.files.handle(id).map(Some) }
    }

    /// Where a path of the core's lies.
    #[must_use]
    pub fn place(&self, path: &FilePath) -> PathBuf {
        self.dirs.place(path)
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
        self.files.open(path, &options)
    }

    fn close(&mut self, file: FileId) {
        self.files.close(file);
    }

    fn len(&mut self, file: FileId) -> Result<u64, FileError> {
        self.files.get(file).map(|open| open.len)
    }

    fn append(&mut self, file: FileId, parts: &[Bytes]) -> Result<u64, FileError> {
        let (open, file) = self.files.in_hand(file)?;
        open.note_write();
        let result = parts.chunks(PARTS_AT_ONCE).try_fold(0, |sum, some| Ok(sum + write_all(&file, some)?));
        match result {
            Ok(written) => {
                open.len += written;
                Ok(open.len)
            }
            Err(error) => {
                // Part of it may have gone down: the file's own word counts, and the caller cuts back to what it knows.
                open.len = file.metadata().map_or(open.len, |now| now.len());
                Err(failure("append to", open.path(), &error))
            }
        }
    }

    fn rewrite(&mut self, file: FileId, at: u64, bytes: &Bytes) -> Result<(), FileError> {
        let (open, _) = self.files.in_hand(file)?;
        open.note_write();
        // The file is open for appending, where Linux ignores the place of a write.
        let written = OpenOptions::new().write(true).open(open.path()).and_then(|again| again.write_all_at(bytes, at));
        written.map_err(|error| failure("rewrite", open.path(), &error))
    }

    fn truncate(&mut self, file: FileId, len: u64) -> Result<(), FileError> {
        let open = self.files.get(file)?;
        assert!(len <= open.len, "a truncation shortens: {} from {} to {len}", open.path().display(), open.len);
        // After an append of which nothing went down there is nothing to cut, and perhaps no descriptor either.
        if len == open.len {
            return Ok(());
        }
        let (open, file) = self.files.in_hand(file)?;
        open.note_write();
        file.set_len(len).map_err(|error| failure("truncate", open.path(), &error))?;
        open.len = len;
        Ok(())
    }

    fn rename(&mut self, from: &FilePath, to: &FilePath) -> Result<(), FileError> {
        assert_eq!(from.dir, to.dir, "a rename stays in its log directory");
        let (from, to) = (self.dirs.place(from), self.dirs.place(to));
        fs::rename(&from, &to).map_err(|error| failure("rename", &from, &error))?;
        self.files.rename(&from, &to);
        Ok(())
    }

    fn remove(&mut self, path: &FilePath) -> Result<(), FileError> {
        let path = self.dirs.place(path);
        fs::remove_file(&path).map_err(|error| failure("remove", &path, &error))?;
        self.files.remove(&path);
        Ok(())
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
