//! Files that are to be closed. A log can have ten thousand segments, so that a shard closes a bounded number of files in
//! each turn.

use super::{FileId, Files};
use std::collections::VecDeque;

/// How many files are closed in one turn.
pub const CLOSES_PER_TURN: usize = 128;

/// The files that are to be closed, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct Closing(VecDeque<FileId>);

impl Closing {
    /// Adds a file that nobody uses any more.
    pub(super) fn push(&mut self, file: FileId) {
        self.0.push_back(file);
    }

    /// Closes as many files as a turn may. Returns how many.
    pub fn step(&mut self, files: &mut dyn Files) -> u64 {
        let now = self.0.len().min(CLOSES_PER_TURN);
        self.0.drain(..now).for_each(|file| files.close(file));
        now as u64
    }

    /// Whether every file is closed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
