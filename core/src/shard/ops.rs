//! Names for reads and syncs under way.

use crate::io::OpId;

/// Counts a shard's operations; a name is never given twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ops {
    last: u64,
}

impl Ops {
    /// The next name.
    pub(crate) fn next(&mut self) -> OpId {
        self.last += 1;
        OpId(self.last)
    }
}
