//! Counts what a shard does to files, and puts off closing them.

use super::{Closing, Entry, FileError, FileId, FilePath, Files, Open, Work, WorkKind};
use bytes::Bytes;

/// The host's files, with a count of the operations. A file that is closed waits among those that are to be closed.
pub struct CountedFiles<'a> {
    files: &'a mut dyn Files,
    closing: &'a mut Closing,
    operations: u64,
    bytes: u64,
}

impl<'a> CountedFiles<'a> {
    /// Nothing is counted yet.
    pub fn new(files: &'a mut dyn Files, closing: &'a mut Closing) -> CountedFiles<'a> {
        CountedFiles { files, closing, operations: 0, bytes: 0 }
    }

    /// Adds what was counted.
    pub fn count_into(&self, work: &mut Work) {
        work.add(WorkKind::FileOps, self.operations);
        work.add(WorkKind::FileBytes, self.bytes);
    }

    fn once(&mut self, bytes: usize) -> &mut dyn Files {
        self.operations += 1;
        self.bytes += bytes as u64;
        self.files
    }
}

impl Files for CountedFiles<'_> {
    fn open(&mut self, path: &FilePath, how: Open) -> Result<FileId, FileError> {
        self.once(0).open(path, how)
    }

    fn close(&mut self, file: FileId) {
        self.closing.push(file);
    }

    fn len(&mut self, file: FileId) -> Result<u64, FileError> {
        self.files.len(file)
    }

    fn append(&mut self, file: FileId, parts: &[Bytes]) -> Result<u64, FileError> {
        self.once(parts.iter().map(Bytes::len).sum()).append(file, parts)
    }

    fn rewrite(&mut self, file: FileId, at: u64, bytes: &Bytes) -> Result<(), FileError> {
        self.once(bytes.len()).rewrite(file, at, bytes)
    }

    fn truncate(&mut self, file: FileId, len: u64) -> Result<(), FileError> {
        self.once(0).truncate(file, len)
    }

    fn rename(&mut self, from: &FilePath, to: &FilePath) -> Result<(), FileError> {
        self.once(0).rename(from, to)
    }

    fn remove(&mut self, path: &FilePath) -> Result<(), FileError> {
        self.once(0).remove(path)
    }

    fn create_dir(&mut self, path: &FilePath) -> Result<(), FileError> {
        self.once(0).create_dir(path)
    }

    fn remove_dir(&mut self, path: &FilePath) -> Result<(), FileError> {
        self.once(0).remove_dir(path)
    }

    fn list(&mut self, path: &FilePath) -> Result<Vec<Entry>, FileError> {
        self.once(0).list(path)
    }

    fn read_small(&mut self, path: &FilePath, most: u64) -> Result<Bytes, FileError> {
        let read = self.once(0).read_small(path, most);
        self.bytes += read.as_ref().map_or(0, |bytes| bytes.len() as u64);
        read
    }

    fn replace(&mut self, path: &FilePath, bytes: &[u8]) -> Result<(), FileError> {
        self.once(bytes.len()).replace(path, bytes)
    }
}
