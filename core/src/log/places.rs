//! Where the last cold reads ended: a reader that goes on there begins with its own batch, while the index would send it
//! to the one before.
//!
//! **Invariants**: a batch stays where it is for as long as its file is that long. A log that was cut goes on in another
//! file.

use crate::io::FileId;
use crate::types::Offset;
use std::collections::VecDeque;

/// So many readers go on without the index.
const MOST: usize = 16;

/// The positions of some batches, those of the latest reads first.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(VecDeque<Place>);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Place {
    offset: Offset,
    file: FileId,
    at: u64,
}

impl Places {
    /// The batch that has `offset`, or follows it, begins at `at`.
    pub(super) fn note(&mut self, offset: Offset, file: FileId, at: u64) {
        self.0.retain(|place| place.offset != offset);
        self.0.push_front(Place { offset, file, at });
        self.0.truncate(MOST);
    }

    /// Where in `file` it begins.
    pub(super) fn find(&self, offset: Offset, file: FileId) -> Option<u64> {
        self.0.iter().find(|place| place.offset == offset && place.file == file).map(|place| place.at)
    }
}
