//! Remembers where the last reads from disk ended, so that a reader which continues there begins with the batch it
//! wants. The index would send the reader to an earlier batch.
//!
//! **Invariants**: a batch keeps its position as long as its file reaches that far. A truncated log continues in
//! another file.

use crate::io::FileId;
use crate::types::Offset;
use std::collections::VecDeque;

/// The number of remembered places: so many readers can continue without the index.
const MOST: usize = 16;

/// The positions at which some batches begin, those noted last first.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(VecDeque<Place>);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Place {
    offset: Offset,
    file: FileId,
    at: u64,
}

impl Places {
    /// Notes that the batch that has `offset`, or follows it, begins at position `at` of `file`.
    pub(super) fn note(&mut self, offset: Offset, file: FileId, at: u64) {
        self.0.retain(|place| place.offset != offset);
        self.0.push_front(Place { offset, file, at });
        self.0.truncate(MOST);
    }

    /// Returns the position in `file` of the batch that was noted for `offset`.
    pub(super) fn find(&self, offset: Offset, file: FileId) -> Option<u64> {
        self.0.iter().find(|place| place.offset == offset && place.file == file).map(|place| place.at)
    }
}
