//! Committed offsets: OffsetCommit, OffsetFetch, OffsetDelete, and what expires.
//!
//! **In Kafka**: `OffsetMetadataManager`, `OffsetExpirationConditionImpl`.

pub(super) mod commit;
pub(super) mod delete;
pub(super) mod expiry;
pub(super) mod fetch;
