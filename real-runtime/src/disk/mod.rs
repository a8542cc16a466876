//! The core's files on the real file system.
//!
//! **Invariants**: no path leaves its log directory; an id whose file was closed is answered with
//! [`gracchus_core::io::FileError::Stale`]; a shard's thread never waits for a device, except in the synchronous calls
//! of [`gracchus_core::io::Files`], which go to the page cache.
//!
//! **In Kafka**: `FileRecords`, `LogManager.lockLogDirs`, `Utils.flushDir`.

mod dirs;
mod errors;
mod files;
mod job;
mod open_files;

pub use dirs::{DirFailure, LogDirs};
pub use files::DiskFiles;
pub use job::{Read, Sync, SyncMeter};
pub use open_files::Handle;
