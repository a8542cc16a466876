//! A state machine over a log of records. Its state changes only by replaying records. Therefore loading the log again
//! would always give the state that is in memory.
//!
//! A coordinator decides from the latest state, which includes records that are not committed. A decision is a list of
//! records and a waiter: the answer that is held back until the records are committed. The records are appended to the
//! partition's log as one batch and replayed; the waiter is released when the high watermark has passed the batch.
//! Clients see the committed state only.
//!
//! **Invariants**
//! - Replaying all records of the log gives the latest state. Replaying the records below the high watermark gives the
//!   committed state.
//! - A refused append does not change the state, and its waiter is returned with the error.
//! - Every waiter is returned exactly once, and with success only after its records are committed.
//! - No record is decided before the log has been replayed up to the offset at which the leadership began, and that
//!   offset is committed.
//!
//! **In Kafka**: `CoordinatorRuntime`, `SnapshottableCoordinator`, `DeferredEventQueue` and the `timeline` package,
//! where a version of the state is a snapshot of hash maps. Here a version is a clone of a state of persistent maps.

#[cfg(test)]
mod tests;
mod versions;
mod waiters;

pub use versions::{Applied, Machine, Released};

use crate::types::{ErrorCode, Offset};

/// A state that results from replaying a log of records. The machine clones it for every batch of records. So a clone
/// must be cheap: the state should consist of persistent maps.
pub trait State: Clone {
    /// A record of the log.
    type Record;

    /// Applies one record. It does the same whether the record was just decided or is loaded from the log. It must
    /// accept any record, in any order that a compacted log can have.
    fn replay(&mut self, record: &Self::Record);
}

/// Appends a coordinator's records to the log of its partition.
pub trait Journal<R> {
    /// Appends all records as one batch, or none of them. Returns the offset after the last record.
    fn append(&mut self, records: &[R]) -> Result<Offset, ErrorCode>;
}
