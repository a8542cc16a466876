//! Reads and syncs: what may wait for a device, and so runs off the shard's thread.

use super::errors::{failed_sync, failure};
use super::open_files::{Handle, Medium};
use bytes::Bytes;
use core::time::Duration;
use gracchus_core::io::FileError;
use rustix::buffer::spare_capacity;
use rustix::io::{Errno, ReadWriteFlags, pread, preadv2};
use std::fs::File;
use std::io::{self, IoSliceMut};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

/// A read of an open file.
pub struct Read {
    /// Which file; it stays open for as long as this lives.
    pub from: Handle,
    /// From which byte.
    pub at: u64,
    /// How many.
    pub len: u32,
}

impl Read {
    /// The bytes, if memory has all of them: no device is waited for.
    #[must_use]
    pub fn without_waiting(&self) -> Option<Bytes> {
        match self.from.medium {
            Medium::Memory => self.perform().ok(),
            Medium::Device => self.cached_pages(),
        }
    }

    fn cached_pages(&self) -> Option<Bytes> {
        let mut bytes = vec![0; self.len as usize];
        loop {
            let mut parts = [IoSliceMut::new(&mut bytes)];
            match preadv2(&*self.from.file, &mut parts, self.at, ReadWriteFlags::NOWAIT) {
                Ok(read) if read == bytes.len() => return Some(bytes.into()),
                // Short where the file or the cached part of it ends; an error where the file system knows no such flag.
                Ok(_) => return None,
                Err(Errno::INTR) => {}
                Err(_) => return None,
            }
        }
    }

    /// The bytes, fewer only at the file's end.
    pub fn perform(&self) -> Result<Bytes, FileError> {
        let mut bytes = Vec::with_capacity(self.len as usize);
        while bytes.len() < self.len as usize {
            let at = self.at + bytes.len() as u64;
            match pread(&*self.from.file, spare_capacity(&mut bytes), at) {
                Ok(0) => break,
                Ok(_) | Err(Errno::INTR) => {}
                Err(errno) => {
                    let error = io::Error::from(errno);
                    return Err(failure("read", &self.from.path, &error));
                }
            }
        }
        bytes.truncate(self.len as usize);
        Ok(bytes.into())
    }
}

/// A sync.
pub enum Sync {
    /// Of an open file.
    File(Handle),
    /// Of a file or folder by its path.
    Path(PathBuf),
}

/// What a node's syncs cost, for whoever asks.
#[derive(Default)]
pub struct SyncMeter {
    count: AtomicU64,
    nanos: AtomicU64,
}

impl SyncMeter {
    /// One more, which took that long.
    pub fn count(&self, time: Duration) {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.nanos.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// How many there were, and how long each took on average.
    #[must_use]
    pub fn total(&self) -> (u64, Duration) {
        let count = self.count.load(Ordering::Relaxed);
        (count, Duration::from_nanos(self.nanos.load(Ordering::Relaxed) / count.max(1)))
    }
}

impl Sync {
    /// Returns when everything written before the call is durable. An error other than [`FileError::Io`] means that the
    /// sync could not begin.
    pub fn perform(&self) -> Result<(), FileError> {
        match self {
            // Through another descriptor, or a second time, the kernel might not tell of the failure again.
            Sync::File(handle) if handle.has_failed() => Err(FileError::Io),
            Sync::File(handle) => {
                let result = handle.file.sync_data();
                handle.note_synced(result.is_ok());
                result.map_err(|error| failed_sync(&handle.path, &error))
            }
            Sync::Path(path) => {
                let file = File::open(path).map_err(|error| failure("open", path, &error))?;
                file.sync_all().map_err(|error| failed_sync(path, &error))
            }
        }
    }
}
