//! One partition's replica: leader or follower, its in-sync set, its high watermark, and the requests that wait for it.
//!
//! **Invariants**
//! - The high watermark never moves back while a log is open. It passes a record only if every member of the in-sync
//!   set has reported in this leadership that it has the record, and the member's log agrees with the leader's (H2,
//!   H3).
//! - Only the leadership that appended the records answers an acks=all request without error, and only after the high
//!   watermark has passed them.
//! - A consumer sees no record at or above the high watermark. A read takes the high watermark and the log start offset
//!   once, when it is planned, so that they fit together (H6).
//! - A follower truncates by leader epoch, never to its own high watermark, and does so before it takes over the
//!   leader's high watermark (H2).
//! - The log start offset is on disk before any reader or other replica sees it, and never above the high watermark
//!   (C5).
//! - After a failed append or sync of any kind no more records are acknowledged, and the append or sync is not repeated
//!   (L6).
//!
//! The codes in brackets, such as H2, name the simulator's checks of these invariants (`sim/src/checks/name.rs`).
//!
//! **In Kafka**: `Partition`, `ReplicaManager`, `DelayedProduce`, `DelayedFetch`, `DelayedDeleteRecords`,
//! `AbstractFetcherThread`; KIP-101, KIP-207, KIP-279, KIP-320, KIP-595, KIP-903, KIP-966.

mod ask;
mod assignment;
mod deletions;
mod early;
mod fetcher;
mod fetches;
mod flushes;
mod follower;
mod in_sync;
mod leader;
mod loaded;
mod offsets;
mod opening;
mod output;
mod partition;
mod queue;
mod reads;
mod refusal;
mod retention;
mod role;
mod role_changes;
mod settings;
mod starts;
mod waiters;
mod watches;

#[cfg(test)]
mod tests;

pub use ask::{
    Acks, FetchFrom, Fetcher, Isolation, LogSize, OffsetFound, OffsetSpec, PartitionAnswer, PartitionAsk,
    ProduceRefusal, Produced, ReadAnswer, RecordError,
};
pub use assignment::{Assignment, Opening};
pub use fetcher::{FetchedPartition, FetcherOutput, FetcherSettings, ReplicaFetcher};
pub use in_sync::LiveBroker;
pub use output::{Ends, FetchPosition, Output, ReadTicket, SyncTicket};
pub use partition::Partition;
pub use role::{Role, TRANSITIONS};
pub use settings::TopicSettings;
