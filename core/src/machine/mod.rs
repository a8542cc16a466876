//! Records first: a state that changes only by replaying records, so that what is live is what a load would give.
//!
//! A coordinator decides against the latest state, which includes records that are not committed. What it decides is a
//! list of records and a waiter. The records are appended to the partition's log as one batch and replayed; the waiter
//! is released when the high watermark has passed the batch. Clients are shown the committed state only.
//!
//! **Invariants**
//! - The latest state is the fold of all records in the log; the committed state is the fold of those below the high
//!   watermark.
//! - A refused append changes nothing, and its waiter is handed back with the error.
//! - Every waiter is handed back exactly once, and with success only after its records are committed.
//! - Nothing is decided before the log has been replayed up to where the leadership began and all of that is committed.
//!
//! **In Kafka**: `CoordinatorRuntime`, `SnapshottableCoordinator`, `DeferredEventQueue` and the `timeline` package,
//! where versions are snapshots of hash maps. Here a version is a clone of a state made of persistent maps.

#[cfg(test)]
mod tests;
mod versions;
mod waiters;

pub use versions::{Applied, Machine, Released};

use crate::types::{ErrorCode, Offset};

/// What a log of records folds into. A clone is a version, so cloning must be cheap: persistent maps.
pub trait State: Clone {
    /// What the log holds.
    type Record;

    /// Applies one record, the same way when it was just decided and when it is loaded. Must take any record, in any
    /// order that a compacted log can have.
    fn replay(&mut self, record: &Self::Record);
}

/// The way to a partition's log for the coordinator that lives on the partition.
pub trait Journal<R> {
    /// Appends all records as one batch, or none of them, and returns the offset behind the last one.
    fn append(&mut self, records: &[R]) -> Result<Offset, ErrorCode>;
}
