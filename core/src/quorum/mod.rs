//! The metadata quorum (KRaft): the controllers that keep the metadata log and elect its leader.
//!
//! So far the room has what a quorum writes, as values: the control records between the metadata records, the election
//! state in `quorum-state`, the names of snapshots, and `meta.properties`, which says whose a directory is.
//!
//! **Invariants**
//! - Reading and writing are pure: no function here touches a file.
//! - What cannot be read is an error that names it. None of these files is ever taken for absent because it is damaged:
//!   a voter that forgets its vote could vote twice in one epoch.
//! - No bytes make a function here panic, and none make it reserve more than a small constant times their length.
//!
//! **In Kafka**: the package `raft` (`KafkaRaftClient`, `ElectionState`, `FileQuorumStateStore`, `ControlRecord`,
//! `Snapshots`) and `MetaProperties`; KIP-595, KIP-630, KIP-853.

mod control_message;
mod election_state;
mod json;
mod meta_properties;
mod snapshot_file;

pub use control_message::{BadControlMessage, ControlMessage};
pub use election_state::{BadElectionState, DataVersion, ElectionState, ReplicaKey};
pub use json::BadJson;
pub use meta_properties::{BadMetaProperties, MetaProperties};
pub use snapshot_file::{BadSnapshotName, SnapshotFile, SnapshotId, SnapshotStage};
