//! What replicas of the metadata log say to each other, in the quorum's own words. The edge translates them from and to
//! Kafka's messages: it knows versions, topics and partitions; the quorum knows none of them.

use super::log::LogEnd;
use super::{Endpoints, KRaftVersions, ReplicaKey, SnapshotId};
use crate::types::{ErrorCode, LeaderEpoch, NodeId, Offset, Timestamp};
use bytes::Bytes;
use bytestring::ByteString;
use core::time::Duration;

/// A request to a replica.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Request {
    /// KIP-595, KIP-996.
    Vote(Vote),
    /// "I lead" (KIP-595).
    BeginQuorumEpoch(BeginQuorumEpoch),
    /// "I lead no more" (KIP-595).
    EndQuorumEpoch(EndQuorumEpoch),
    /// A fetch of the metadata log.
    Fetch(Fetch),
    /// KIP-630.
    FetchSnapshot(FetchSnapshot),
    /// KIP-595.
    DescribeQuorum,
    /// KIP-853.
    AddVoter(AddVoter),
    /// KIP-853.
    RemoveVoter(ReplicaKey),
    /// KIP-853.
    UpdateVoter(UpdateVoter),
    /// Which levels of `kraft.version` a node supports. The node's edge answers it, not its quorum.
    ApiVersions,
}

/// A request for a vote.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Vote {
    /// The epoch that the candidate asks for; for a pre-vote the epoch that it is in.
    pub epoch: LeaderEpoch,
    /// Who asks.
    pub candidate: ReplicaKey,
    /// Who is asked; a sender of version 0 does not say.
    pub voter: Option<ReplicaKey>,
    /// The end of the candidate's log.
    pub log_end: LogEnd,
    /// Whether the answer is only whether the vote would be granted (KIP-996).
    pub pre_vote: bool,
}

/// A leader's word that it leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BeginQuorumEpoch {
    /// The leader.
    pub leader: NodeId,
    /// Its epoch.
    pub epoch: LeaderEpoch,
    /// Its listeners; empty from a sender of version 0.
    pub endpoints: Endpoints,
    /// Who is told; a sender of version 0 does not say.
    pub voter: Option<ReplicaKey>,
}

/// A leader's word that it leads no more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EndQuorumEpoch {
    /// The leader.
    pub leader: NodeId,
    /// Its epoch.
    pub epoch: LeaderEpoch,
    /// Its listeners; empty from a sender of version 0.
    pub endpoints: Endpoints,
    /// Who should follow it, the most complete log first.
    pub preferred: Vec<ReplicaKey>,
}

/// A fetch of the metadata log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fetch {
    /// Who fetches; none is a reader that is no replica.
    pub replica: Option<ReplicaKey>,
    /// The epoch that the replica is in.
    pub epoch: LeaderEpoch,
    /// The end of the replica's log, which is durable there.
    pub from: LogEnd,
    /// What the replica knows of the high watermark (KIP-1166); none from a sender before version 18.
    pub high_watermark: Option<Offset>,
    /// How long the leader may hold the fetch.
    pub max_wait: Duration,
    /// The most bytes to be answered.
    pub max_bytes: u32,
}

/// A fetch of a snapshot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FetchSnapshot {
    /// Who fetches.
    pub replica: Option<ReplicaKey>,
    /// The epoch that the replica is in.
    pub epoch: LeaderEpoch,
    /// Which snapshot.
    pub id: SnapshotId,
    /// From which byte.
    pub position: u64,
    /// The most bytes to be answered.
    pub max_bytes: u32,
}

/// A request for one voter more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AddVoter {
    /// The new voter.
    pub voter: ReplicaKey,
    /// Its listeners.
    pub endpoints: Endpoints,
    /// Whether the answer waits until the change is committed.
    pub ack_when_committed: bool,
    /// How long the change may take.
    pub timeout: Duration,
}

/// A voter's own news of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UpdateVoter {
    /// The epoch that the voter is in.
    pub epoch: LeaderEpoch,
    /// The voter.
    pub voter: ReplicaKey,
    /// Its listeners.
    pub endpoints: Endpoints,
    /// The levels of `kraft.version` that it supports.
    pub kraft_versions: KRaftVersions,
}

/// Who leads, as an answer says it: Kafka's `CurrentLeader` with `NodeEndpoints`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CurrentLeader {
    /// The leader, where it is known.
    pub leader: Option<NodeId>,
    /// The epoch.
    pub epoch: LeaderEpoch,
    /// The leader's listeners; empty where they are unknown.
    pub endpoints: Endpoints,
}

/// An answer to a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Response {
    /// Refused before the request was looked at: the error code of the whole answer.
    Refused(ErrorCode),
    /// To [`Request::Vote`].
    Vote {
        /// NONE, or why there is no vote.
        error: ErrorCode,
        /// Who leads.
        current: CurrentLeader,
        /// Whether the vote is granted.
        granted: bool,
    },
    /// To [`Request::BeginQuorumEpoch`].
    BeginQuorumEpoch {
        /// NONE, or what is wrong.
        error: ErrorCode,
        /// Who leads.
        current: CurrentLeader,
    },
    /// To [`Request::EndQuorumEpoch`].
    EndQuorumEpoch {
        /// NONE, or what is wrong.
        error: ErrorCode,
        /// Who leads.
        current: CurrentLeader,
    },
    /// To [`Request::Fetch`].
    Fetch {
        /// NONE, or what is wrong.
        error: ErrorCode,
        /// Who leads.
        current: CurrentLeader,
        /// The high watermark, where the leader knows it for its epoch.
        high_watermark: Option<Offset>,
        /// The leader's first offset.
        log_start: Offset,
        /// What there is for the replica.
        fetched: Fetched,
    },
    /// To [`Request::FetchSnapshot`].
    FetchSnapshot {
        /// NONE, or what is wrong.
        error: ErrorCode,
        /// Who leads.
        current: CurrentLeader,
        /// A part of the snapshot; none with an error.
        chunk: Option<SnapshotChunk>,
    },
    /// To [`Request::DescribeQuorum`].
    DescribeQuorum(Result<QuorumDescription, ErrorCode>),
    /// To [`Request::AddVoter`].
    AddVoter(VoterChangeAnswer),
    /// To [`Request::RemoveVoter`].
    RemoveVoter(VoterChangeAnswer),
    /// To [`Request::UpdateVoter`].
    UpdateVoter {
        /// NONE, or what is wrong.
        error: ErrorCode,
        /// Who leads.
        current: CurrentLeader,
    },
    /// To [`Request::ApiVersions`].
    ApiVersions {
        /// NONE, or what is wrong.
        error: ErrorCode,
        /// The levels of `kraft.version` that the node supports; none where it does not know the feature.
        kraft_versions: Option<KRaftVersions>,
    },
}

/// What a fetch brings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fetched {
    /// Batches, or no byte.
    Records(Bytes),
    /// The logs part at this end of an epoch, or before (KIP-595).
    Diverging(LogEnd),
    /// The replica has to fetch this snapshot first (KIP-630).
    Snapshot(SnapshotId),
}

/// Bytes of a snapshot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SnapshotChunk {
    /// Of which snapshot.
    pub id: SnapshotId,
    /// The size of the whole snapshot.
    pub size: u64,
    /// Where the bytes lie in it.
    pub position: u64,
    /// The bytes.
    pub bytes: Bytes,
}

/// How a change of the voters went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VoterChangeAnswer {
    /// NONE, or why there is no change.
    pub error: ErrorCode,
    /// The reason in words.
    pub message: Option<ByteString>,
}

impl VoterChangeAnswer {
    /// A change that was made.
    pub(super) const DONE: VoterChangeAnswer = VoterChangeAnswer { error: ErrorCode::None, message: None };

    /// A change that is refused.
    pub(super) fn refused(error: ErrorCode, message: impl Into<String>) -> VoterChangeAnswer {
        VoterChangeAnswer { error, message: Some(ByteString::from(message.into())) }
    }

    /// A change that is refused with the code alone.
    pub(super) fn bare(error: ErrorCode) -> VoterChangeAnswer {
        VoterChangeAnswer { error, message: None }
    }
}

/// What a leader says of its quorum.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QuorumDescription {
    /// The leader.
    pub leader: NodeId,
    /// Its epoch.
    pub epoch: LeaderEpoch,
    /// The high watermark, where it is known for this epoch.
    pub high_watermark: Option<Offset>,
    /// The voters.
    pub voters: Vec<ReplicaDescription>,
    /// The other replicas that fetched lately.
    pub observers: Vec<ReplicaDescription>,
    /// The voters' listeners.
    pub endpoints: Vec<(NodeId, Endpoints)>,
}

/// What a leader says of a replica.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReplicaDescription {
    /// The replica.
    pub key: ReplicaKey,
    /// Its last fetch offset; none before its first fetch.
    pub log_end: Option<Offset>,
    /// When it fetched last.
    pub last_fetch: Option<Timestamp>,
    /// When it was caught up last.
    pub last_caught_up: Option<Timestamp>,
}
