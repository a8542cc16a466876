//! Files with page-cache semantics: an append is visible at once and durable after a sync.

use bytes::Bytes;
use core::fmt;
use std::sync::Arc;

/// A log directory (`log.dirs`), by its place in the configuration.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct DirId(pub u16);

/// A file or folder below a log directory.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilePath {
    /// Which log directory.
    pub dir: DirId,
    /// Below it, parts joined by `/`, neither `.` nor `..` among them; empty for the log directory itself.
    pub path: Arc<str>,
}

impl FilePath {
    /// `path` below `dir`.
    #[must_use]
    pub fn new(dir: DirId, path: &str) -> FilePath {
        FilePath { dir, path: path.into() }
    }

    /// `name` inside this folder.
    #[must_use]
    pub fn join(&self, name: &str) -> FilePath {
        if self.path.is_empty() {
            return FilePath::new(self.dir, name);
        }
        FilePath { dir: self.dir, path: format!("{}/{name}", self.path).into() }
    }

    /// The folder that holds this.
    #[must_use]
    pub fn parent(&self) -> FilePath {
        FilePath::new(self.dir, self.path.rsplit_once('/').map_or("", |(parent, _)| parent))
    }

    /// The last part.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit_once('/').map_or(&*self.path, |(_, name)| name)
    }
}

impl fmt::Debug for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "d{}:{}", self.dir.0, self.path)
    }
}

/// An open file. Slots are reused, generations are not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct FileId {
    /// Where the host keeps it.
    pub slot: u32,
    /// Which of the slot's files.
    pub generation: u32,
}

/// How to open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Open {
    /// It must be there.
    Existing,
    /// It must not be there.
    New,
    /// Either way.
    Any,
}

/// What a folder holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its name in the folder.
    pub name: Arc<str>,
    /// Whether it is a folder.
    pub is_dir: bool,
    /// Bytes, nought for a folder.
    pub len: u64,
}

/// What a sync makes durable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SyncWhat {
    /// Everything appended to the file (and its length) before the sync was emitted.
    File(FileId),
    /// The same for a small file that is not held open.
    Path(FilePath),
    /// The names in a folder: creations, renames and removals.
    Dir(FilePath),
}

/// Why an operation on a file failed. Never an answer to a client as it stands.
///
/// [`FileError::Io`] alone speaks of the device. Every other error is a limit of the process, of the disk's room or of
/// one path: the operation changed nothing that lasts, and the same operation may succeed later.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FileError {
    /// No such file or folder.
    NotFound,
    /// There is one already.
    Exists,
    /// The disk is full (ENOSPC, EDQUOT).
    NoSpace,
    /// The process or the machine has no file descriptor left (EMFILE, ENFILE).
    TooManyOpenFiles,
    /// The process may not use this path (EACCES, EPERM).
    PermissionDenied,
    /// The file would be larger than the process or the file system permits (EFBIG).
    FileSizeLimit,
    /// The machine has no memory for the operation (ENOMEM).
    NoMemory,
    /// Something else stands at this path than was expected: a folder where a file should be, a loop of links, a folder
    /// that is not empty (EISDIR, ENOTDIR, ELOOP, ENOTEMPTY, ENAMETOOLONG, EBUSY).
    WrongPath,
    /// The device failed (EIO, EROFS, ENODEV, EUCLEAN and every error that is not named here), or a sync that had begun
    /// failed, whatever its error. What was written since the last good sync may be gone.
    Io,
    /// The id's file was closed.
    Stale,
    /// Larger than the caller allows, in bytes.
    TooLarge(u64),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileError::TooLarge(len) => write!(f, "{len} bytes are more than this file may have"),
            other => f.write_str(other.cause()),
        }
    }
}

impl FileError {
    /// Whether the device failed, so that nothing on its log directory can be trusted any more.
    #[must_use]
    pub fn is_of_device(self) -> bool {
        self == FileError::Io
    }

    /// The cause in words that fit every path and size.
    #[must_use]
    pub fn cause(self) -> &'static str {
        match self {
            FileError::NotFound => "no such file or folder",
            FileError::Exists => "the file is there already",
            FileError::NoSpace => "the disk is full",
            FileError::TooManyOpenFiles => "too many files are open",
            FileError::PermissionDenied => "permission denied",
            FileError::FileSizeLimit => "the file has reached the limit on file sizes",
            FileError::NoMemory => "the machine has no memory left",
            FileError::WrongPath => "something else stands at this path",
            FileError::Io => "the disk failed",
            FileError::Stale => "the file was closed",
            FileError::TooLarge(_) => "the file is larger than such a file may be",
        }
    }

    /// What an operator can do about the cause.
    #[must_use]
    pub fn next_step(self) -> &'static str {
        match self {
            FileError::NoSpace => "free space on the disk, or lower retention.bytes or retention.ms",
            FileError::TooManyOpenFiles => "raise the limit on open files (ulimit -n, or LimitNOFILE of the service)",
            FileError::PermissionDenied => "give the server's user the rights to read and write it",
            FileError::FileSizeLimit => "raise the limit on file sizes (ulimit -f)",
            FileError::NoMemory => "give the machine more memory",
            FileError::NotFound | FileError::Exists | FileError::WrongPath => {
                "look for another program that changes files in the directory"
            }
            FileError::Io => "check the disk and the kernel's log",
            FileError::Stale | FileError::TooLarge(_) => "look at the file",
        }
    }
}

/// The host's files. Every call is synchronous against the page cache; reads of record bytes and all syncs are effects
/// ([`crate::shard::Effect`]) whose results come back as events.
pub trait Files {
    /// Opens a file for appending and for asynchronous reads. With [`Open::New`] and [`Open::Any`] the folder must be there.
    fn open(&mut self, path: &FilePath, how: Open) -> Result<FileId, FileError>;
    /// Gives the id up; reads and syncs under way still complete.
    fn close(&mut self, file: FileId);
    /// The file's length in bytes.
    fn len(&mut self, file: FileId) -> Result<u64, FileError>;
    /// Appends the parts, one behind the other, and returns the new end. After an error the end is unknown: cut back.
    fn append(&mut self, file: FileId, parts: &[Bytes]) -> Result<u64, FileError>;
    /// Writes once more what the file has at `at` already, so that the next sync carries it: after a failed sync the page
    /// cache shows bytes for clean that never reached the disk.
    fn rewrite(&mut self, file: FileId, at: u64, bytes: &Bytes) -> Result<(), FileError>;
    /// Cuts the file to `len` bytes; a longer length is an error of the caller.
    fn truncate(&mut self, file: FileId, len: u64) -> Result<(), FileError>;
    /// Renames within one log directory, replacing what is there.
    fn rename(&mut self, from: &FilePath, to: &FilePath) -> Result<(), FileError>;
    /// Removes a file.
    fn remove(&mut self, path: &FilePath) -> Result<(), FileError>;
    /// Makes a folder in one that is there.
    fn create_dir(&mut self, path: &FilePath) -> Result<(), FileError>;
    /// Removes a folder, which must be empty.
    fn remove_dir(&mut self, path: &FilePath) -> Result<(), FileError>;
    /// What is in a folder, by name in ascending byte order.
    fn list(&mut self, path: &FilePath) -> Result<Vec<Entry>, FileError>;
    /// A whole small file of at most `most` bytes.
    fn read_small(&mut self, path: &FilePath, most: u64) -> Result<Bytes, FileError>;
    /// Writes a whole small file, neither atomically nor durably: sync it, rename it, sync the folder.
    fn replace(&mut self, path: &FilePath, bytes: &[u8]) -> Result<(), FileError>;
}
