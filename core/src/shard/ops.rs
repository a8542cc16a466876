//! Ids of reads and syncs.

use crate::io::OpId;

/// Gives out the ids of a shard's reads and syncs, each id once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ops {
    last: u64,
}

impl Ops {
    /// Returns the next id.
    pub(crate) fn next(&mut self) -> OpId {
        self.last += 1;
        OpId(self.last)
    }
}
