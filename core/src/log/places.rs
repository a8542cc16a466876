//! Remembers at which positions the last reads from disk ended, so that a reader that continues there begins with the
//! batch that it wants. From the sparse offset index alone it would get an earlier position, and read batches again.
//!
//! **Invariants**: a batch keeps its position as long as its file reaches that far. A truncated log continues in
//! another file.

use crate::io::FileId;
use crate::types::Offset;
use std::collections::VecDeque;

/// The greatest number of positions that are remembered, and so of readers that can continue without the index.
const MOST: usize = 16;

/// Positions at which batches begin, the most recently noted first.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(VecDeque<Place>);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Place {
    offset: Offset,
    file: FileId,
    at: u64,
}

impl Places {
    /// Notes that the batch that contains `offset` begins at position `at` of `file`. If no batch contains `offset`,
    /// the next batch behind that offset begins there.
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
