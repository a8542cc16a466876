//! The metadata quorum (KRaft): the controllers that keep the metadata log and elect its leader, and the brokers that
//! read it.
//!
//! [`Quorum`] is one replica of `__cluster_metadata`-0, as a value: requests, answers, ends of syncs and the time go
//! in, [`Output`]s come out. It has no file and no socket: the log is a [`QuorumLog`] that the node implements, and
//! the edge translates [`Request`] and [`Response`] from and to Kafka's messages. Besides, the room has what a quorum
//! writes, as values: control records, `quorum-state`, the names of snapshots, and `meta.properties`.
//!
//! | from | to | when |
//! |---|---|---|
//! | Unattached | Prospective | the election timeout is over; voters only |
//! | Unattached, Prospective, Candidate | Follower | a leader of the epoch is known, and its listener |
//! | Follower | Prospective | no fetch succeeded within the fetch timeout, or the leader's port refuses |
//! | Prospective | Candidate, one epoch on | a majority would vote for it (KIP-996) |
//! | Prospective | Follower, or Unattached | no majority would; the leader that it knew, or none |
//! | Candidate | Leader | a majority voted for it, its own vote being durable |
//! | Candidate | Prospective | the election is lost, and the wait after it is over |
//! | Leader | Resigned | no majority fetches, the disk hangs, it is removed, or it is told to |
//! | Resigned | Unattached, one epoch on | the election timeout is over |
//! | any | Unattached or Follower | a later epoch is seen |
//! | (start) | Resigned, Follower, or Unattached | `quorum-state` names it as leader, another one, or nobody |
//!
//! **Invariants**
//! - One leader an epoch. A vote binds, and a message leaves, only when the election state that it shows is durable;
//!   epochs never fall. Whoever led an epoch or stood in it does neither again in that epoch after a restart.
//! - Only durable records count: a fetch offset is synced at the follower, and the leader counts its own synced end.
//!   The high watermark never falls, passes the start of the leader's epoch before it is shown, and is never cut
//!   below.
//! - Only a directory id votes where `kraft.version` is 1. Voters hold from the record that names them, committed or
//!   not, until that record is cut; one change is uncommitted at a time.
//! - A clone behaves as its original. Nothing here reads a clock or touches a file.
//! - What cannot be read is an error that names it. None of these files is ever taken for absent because it is damaged:
//!   a voter that forgets its vote could vote twice in one epoch.
//! - No bytes make a function here panic, and none make it reserve more than a small constant times their length.
//!
//! Not here yet: the translation from and to Kafka's messages, the node's log behind [`QuorumLog`], and the step from
//! `kraft.version` 0 to 1.
//!
//! **In Kafka**: the package `raft` (`KafkaRaftClient`, `QuorumState`, `LeaderState`, `VoterSet`,
//! `FileQuorumStateStore`, `ControlRecord`, `Snapshots`) and `MetaProperties`; KIP-595, KIP-630, KIP-853, KIP-996,
//! KIP-1166.

mod ballot;
mod changes;
mod config;
mod control_message;
mod election_state;
mod elections;
mod json;
mod leader;
mod log;
mod message;
mod meta_properties;
mod output;
mod peers;
mod replica;
mod replication;
mod role;
mod snapshot_file;
mod snapshots;
#[cfg(test)]
mod tests;
mod transitions;
mod voters;

pub use config::QuorumConfig;
pub use control_message::{BadControlMessage, ControlMessage};
pub use election_state::{BadElectionState, DataVersion, ElectionState, ReplicaKey};
pub use json::BadJson;
pub use log::{LogEnd, LogFailed, LogRead, QuorumLog};
pub use message::{
    AddVoter, BeginQuorumEpoch, CurrentLeader, EndQuorumEpoch, Fetch, FetchSnapshot, Fetched, QuorumDescription,
    ReplicaDescription, Request, Response, SnapshotChunk, UpdateVoter, Vote, VoterChangeAnswer,
};
pub use meta_properties::{BadMetaProperties, MetaProperties};
pub use output::{Context, Correlation, HaltReason, Output, PeerId, ReadId, ReadWhat, RequestFailure};
pub use replica::{Found, Identity, Quorum};
pub use replication::AppendRefused;
pub use snapshot_file::{BadSnapshotName, SnapshotFile, SnapshotId, SnapshotStage};
pub use voters::{ControlState, Endpoint, Endpoints, KRaftVersions, Voter, VoterHistory, VoterSet};
