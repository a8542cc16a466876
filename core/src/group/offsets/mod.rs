//! Committed offsets: OffsetCommit, OffsetFetch, OffsetDelete, and the expiry of offsets.
//!
//! **In Kafka**: `OffsetMetadataManager`, `OffsetExpirationConditionImpl`.

pub(super) mod commit;
pub(super) mod delete;
pub(super) mod expiry;
pub(super) mod fetch;
