//! What a replica is in its epoch.

use super::ballot::Ballot;
use super::leader::Leader;
use super::{Endpoints, ReplicaKey, SnapshotId};
use crate::types::{Instant, NodeId};
use std::collections::BTreeSet;

/// What a replica is. The header of the room shows which role follows which.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Role {
    Unattached(Unattached),
    Prospective(Prospective),
    Candidate(Candidate),
    Leader(Box<Leader>),
    Follower(Follower),
    Resigned(Resigned),
}

/// A replica that knows no leader that it could fetch from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Unattached {
    /// Whom it voted for in the epoch.
    pub(super) voted: Option<ReplicaKey>,
    /// Who leads, where that is known and its listeners are not.
    pub(super) leader: Option<NodeId>,
    /// When a voter asks for pre-votes.
    pub(super) until: Instant,
}

/// A voter that asks for pre-votes (KIP-996).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Prospective {
    /// Whom it voted for in the epoch.
    pub(super) voted: Option<ReplicaKey>,
    /// The leader that it lost, and whom it follows again if the others did not.
    pub(super) leader: Option<(NodeId, Endpoints)>,
    pub(super) ballot: Ballot,
    /// When it gives the round up.
    pub(super) until: Instant,
    /// How many elections in a row it lost.
    pub(super) lost: u32,
}

/// A voter that asks for votes. It voted for itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Candidate {
    pub(super) ballot: Ballot,
    /// When it gives the election up.
    pub(super) until: Instant,
    /// Whether the election is lost, so that `until` is the end of the wait for the next one.
    pub(super) is_lost: bool,
    /// How many elections in a row it lost before.
    pub(super) lost: u32,
}

/// A replica that fetches from a leader.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Follower {
    pub(super) leader: NodeId,
    pub(super) endpoints: Endpoints,
    /// Whom it voted for in the epoch.
    pub(super) voted: Option<ReplicaKey>,
    /// When it takes the leader for lost.
    pub(super) until: Instant,
    /// Whether any fetch succeeded since it began to follow.
    pub(super) has_fetched: bool,
    /// The snapshot that it fetches.
    pub(super) snapshot: Option<SnapshotFetch>,
    /// When it looks next whether the voters name it as it is (KIP-853).
    pub(super) update_voter_at: Instant,
}

/// A snapshot that is being fetched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct SnapshotFetch {
    pub(super) id: SnapshotId,
    /// How many bytes there are.
    pub(super) position: u64,
    /// Whether all bytes are there, and are being made durable.
    pub(super) is_whole: bool,
}

/// A replica that led the epoch and does no longer. It neither votes nor leads in that epoch again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Resigned {
    /// Voters that have not answered the EndQuorumEpoch.
    pub(super) unacknowledged: BTreeSet<ReplicaKey>,
    /// The other voters, the most complete log first.
    pub(super) preferred: Vec<ReplicaKey>,
    /// When it leaves the epoch.
    pub(super) until: Instant,
}
