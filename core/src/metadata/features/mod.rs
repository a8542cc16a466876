//! What brokers and controllers may do in a cluster: the levels of `metadata.version` and of the other features.
//!
//! **In Kafka**: `MetadataVersion`, `Feature` and the classes of its levels (`KRaftVersion`, `TransactionVersion`,
//! `GroupVersion`, `EligibleLeaderReplicasVersion`, `ShareVersion`, `StreamsVersion`); KIP-584 and KIP-1022. The levels
//! up to 30 are compared with Kafka's classes by `cargo xtask apache-records`.

mod feature;
mod metadata_version;

pub use feature::Feature;
pub use metadata_version::MetadataVersion;
