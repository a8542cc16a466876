//! One partition's log: segments with their indexes, leader epochs, producer state, recovery.
//!
//! **Invariants**
//! - Offsets in the log only grow; a batch's base is behind the last record of the one before.
//! - What a failed append left in the file is cut off before anything else is appended; nothing of it is cached.
//! - Producer state changes only after its append succeeded, and equals the fold of the log's batches, but for expiry.
//! - Epochs and their start offsets are strictly increasing, and no epoch starts behind the log's end.
//! - Nothing below the recovery point is ever cut by recovery, but for what lies below the start.
//! - The start is in the checkpoint, durably, before the log goes by it; a file goes only when all of it lies below.
//! - A segment's snapshot tells behind which batch it was begun; recovery goes on behind no other.
//! - Bytes read from a file are checked before they are given out, and only if no truncation came in between.
//!
//! **In Kafka**: `UnifiedLog`, `LocalLog`, `LogSegment`, `LogLoader`, `OffsetIndex`, `TimeIndex`, `ProducerStateManager`,
//! `LeaderEpochFileCache` (KIP-101, KIP-279, KIP-320).

mod append;
mod bound;
mod config;
mod epochs;
mod error;
mod flush;
mod folder;
mod index;
mod join;
mod load;
mod partition_log;
mod places;
mod producer_snapshot;
mod producers;
mod read;
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
pub use scan::{Loading, Step};
pub use search::{ColdSearch, Found, SearchPlan, Searched};
pub use truncate::Truncated;

#[cfg(test)]
mod tests;
