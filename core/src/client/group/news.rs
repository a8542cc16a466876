//! What a consumer in a group tells its user.

use super::config::Assignor;
use crate::client::consumer::{ConsumerNews, Fetched};
use crate::types::{ErrorCode, Instant, LeaderEpoch, Offset};
use bytestring::ByteString;
use core::fmt;
use std::sync::Arc;

/// The generation of a group: counts its rebalances.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Generation(pub i32);

impl Generation {
    /// The number on the wire: -1 where there is no generation.
    #[must_use]
    pub fn to_wire(generation: Option<Generation>) -> i32 {
        generation.map_or(-1, |generation| generation.0)
    }

    /// The generation of that number; none where it is negative.
    #[must_use]
    pub fn from_wire(number: i32) -> Option<Generation> {
        (number >= 0).then_some(Generation(number))
    }
}

/// A partition by the name of its topic.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PartitionName {
    /// The topic.
    pub topic: ByteString,
    /// The partition, from 0.
    pub partition: i32,
}

impl PartitionName {
    /// The partition of that topic.
    #[must_use]
    pub fn new(topic: impl Into<ByteString>, partition: i32) -> PartitionName {
        PartitionName { topic: topic.into(), partition }
    }
}

impl fmt::Display for PartitionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// What a consumer in a group tells its user. Everything but commits comes from `poll` and `close` only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GroupNews {
    /// The member is in a new generation of the group.
    Joined(Box<Joined>),
    /// Partitions that the member owns from now on, besides those that it owned before.
    Assigned(Ownership),
    /// Partitions that the member is about to give up. The next poll gives them up, once every commit that was asked for
    /// in between is answered: this is the time to commit their offsets. Their records are not handed out any more.
    Revoking(Ownership),
    /// Partitions that the member has given up.
    Revoked(Ownership),
    /// Partitions that the member owned in a group that it is no longer a member of: somebody else may own them already,
    /// and their offsets can no longer be committed.
    Lost(Ownership),
    /// A commit was sent or answered.
    Commit(Box<Commit>),
    /// Records, or at least offsets that come with none.
    Polled(Box<Fetched>),
    /// What the fetching consumer tells besides records: positions, truncations and refusals.
    Position(ConsumerNews),
    /// A partition has no committed offset and `auto.offset.reset` is none: nothing is fetched from it.
    NoOffset(PartitionName),
    /// The member left the group because it had not polled for `max.poll.interval.ms`. The next poll joins again.
    PollIntervalExceeded,
    /// The member cannot go on: an error that Kafka's client throws to its user. Only `close` is of use after it.
    Failed(ErrorCode),
    /// Closing is done.
    Closed,
}

/// A member's place in a generation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Joined {
    /// The generation.
    pub generation: Generation,
    /// The member's id.
    pub member_id: ByteString,
    /// Whether the member leads the group, that is, shares the partitions out.
    pub is_leader: bool,
    /// How the group's partitions are shared out.
    pub assignor: Assignor,
}

/// Partitions whose owner changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ownership {
    /// The generation in which the member got them.
    pub generation: Generation,
    /// When, on the clock of the call.
    pub at: Instant,
    /// The partitions, sorted.
    pub partitions: Vec<PartitionName>,
}

/// One commit, as its caller knows it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CommitId(pub u64);

/// An offset to be committed for one partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CommitOffset {
    /// The partition.
    pub partition: PartitionName,
    /// The next offset to be read.
    pub offset: Offset,
    /// The leader epoch of the record before it, where that is known.
    pub leader_epoch: Option<LeaderEpoch>,
    /// Whatever the user wants to keep with it, shorter than the coordinator's `offset.metadata.max.bytes`.
    pub metadata: ByteString,
}

/// How a commit is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CommitMode {
    /// Sent once, as `commitAsync`.
    Async,
    /// Sent again after errors that may go by, until `default.api.timeout.ms`, as `commitSync`.
    Sync,
}

/// What became of a commit. A commit ends with exactly one `Done` or `Failed`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Commit {
    /// Which commit.
    pub id: CommitId,
    /// The generation in which it was asked for; none for a member that was in none.
    pub generation: Option<Generation>,
    /// When, on the clock of the call.
    pub at: Instant,
    /// What was to be committed.
    pub offsets: Arc<[CommitOffset]>,
    /// What became of it.
    pub step: CommitStep,
}

/// A step in a commit's life.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CommitStep {
    /// A request with it left.
    Sent,
    /// All its offsets are committed.
    Done,
    /// Some offset is not committed, as far as is known.
    Failed {
        /// The first error.
        error: ErrorCode,
        /// Partitions and their errors where the coordinator named any.
        refused: Vec<(PartitionName, ErrorCode)>,
        /// Whether offsets may be committed all the same: a request was sent whose answer did not come.
        may_be_applied: bool,
    },
}
