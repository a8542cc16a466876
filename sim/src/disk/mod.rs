//! A disk with a page cache: what is appended is visible at once, durable after a sync, and in between at the mercy of
//! the next power loss.

/// One log directory's disk.
#[derive(Clone, Debug)]
pub struct Disk {}
