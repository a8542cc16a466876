//! One partition's log: segments with their indexes, leader epochs, producer state, recovery.
//!
//! **Invariants**
//! - Offsets in the log only grow; a batch's base is behind the last record of the batch before it. Between the two
//!   offsets may be missing, where compaction removed their records (`gaps`).
//! - What a failed append left in the file is cut off before the next append, and is never cached.
//! - Producer state changes only after an append succeeded. Except for expired producers, it is the result of applying
//!   all batches of the log in order.
//! - Epochs and their start offsets are strictly increasing, and no epoch starts behind the log's end.
//! - Recovery never cuts records below the recovery point, except those below the log start offset.
//! - Whatever a loading cuts, removes, builds again or leaves unused, it says so through `repair`.
//! - A log start offset is durable in `log-start-offset-checkpoint` before the log uses it. Retention removes a segment
//!   only when all of its records lie below the log start offset.
//! - The producer snapshot at a segment's base names the log's last batch at the time when the segment was begun.
//!   Recovery continues in the segment only if it has found the log to end with that batch.
//! - Bytes read from a file are checked before they are returned, and dropped if the log was truncated meanwhile.
//!
//! **In Kafka**: `UnifiedLog`, `LocalLog`, `LogSegment`, `LogLoader`, `OffsetIndex`, `TimeIndex`,
//! `ProducerStateManager`, `LeaderEpochFileCache` (KIP-101, KIP-279, KIP-320).

mod append;
mod bound;
mod config;
mod epochs;
mod error;
mod flush;
mod folder;
mod gaps;
mod index;
mod join;
mod load;
mod partition_log;
mod places;
mod producer_snapshot;
mod producers;
mod read;
mod repair;
mod retention;
mod scan;
mod seam;
mod search;
mod segment;
mod tail;
mod truncate;
mod within;

pub use append::Appended;
pub use config::{LoadHints, LogConfig};
pub use error::{AppendError, LogError};
pub use flush::{Flush, FlushTicket, FlushUpTo};
pub use folder::{note_doubt, read_metadata as topic_of_folder};
pub use partition_log::Log;
pub use producers::ActiveProducer;
pub use read::{ColdRead, Finished, ReadAsk, ReadError, ReadPlan};
pub use retention::{Expired, LetGo};
pub use scan::{Loading, Scanned, Step};
pub use search::{ColdSearch, Found, SearchPlan, Searched};
pub use truncate::Truncated;

#[cfg(test)]
mod tests;
