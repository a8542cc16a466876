//! What a consumer in a group tells its user.

use super::config::Assignor;
use crate::client::consumer::{ConsumerNews, Fetched};
use crate::types::{ErrorCode, Instant, LeaderEpoch, Offset};
use bytestring::ByteString;
use core::fmt;
use std::sync::Arc;

/// The generation of a group, which counts its rebalances.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Generation(pub i32);

impl Generation {
    /// The number in requests: -1 if there is no generation.
    #[must_use]
    pub fn to_wire(generation: Option<Generation>) -> i32 {
        generation.map_or(-1, |generation| generation.0)
    }

    /// The generation with this number; none if the number is negative.
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
    /// The member has joined a new generation of the group.
    Joined(Box<Joined>),
    /// Partitions that the member owns from now on, besides those that it owned before.
    Assigned(Ownership),
    /// Partitions that the member is about to give up. The next poll gives them up, once every commit requested until
    /// then is answered, so that now is the time to commit their offsets. Their records are not handed out any more.
    Revoking(Ownership),
    /// Partitions that the member has given up.
    Revoked(Ownership),
    /// Partitions that the member lost because it is no longer a member of the group. Another member may own them
    /// already, and their offsets can no longer be committed.
    Lost(Ownership),
    /// A commit was sent or answered.
    Commit(Box<Commit>),
    /// Records, or only a new position where a fetch brought no records.
    Polled(Box<Fetched>),
    /// News of the fetching consumer other than records: positions, truncations and refusals.
    Position(ConsumerNews),
    /// A partition has no committed offset and `auto.offset.reset` is none: nothing is fetched from it.
    NoOffset(PartitionName),
    /// The member left the group because it had not polled for `max.poll.interval.ms`. The next poll joins again.
    PollIntervalExceeded,
    /// The membership has ended with an error that Kafka's client throws to its user. Only `close` is of use after
    /// this.
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
    /// Whether the member leads the group, and so assigns the partitions to all members.
    pub is_leader: bool,
    /// The assignor by which the group's partitions are assigned.
    pub assignor: Assignor,
}

/// Partitions whose owner changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ownership {
    /// The generation in which the member got them.
    pub generation: Generation,
    /// The time of the call in which this happened.
    pub at: Instant,
    /// The partitions, sorted.
    pub partitions: Vec<PartitionName>,
}

/// Identifies a commit to its caller.
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
    /// Any text that the user wants to keep with the offset, shorter than the coordinator's
    /// `offset.metadata.max.bytes`.
    pub metadata: ByteString,
}

/// How a commit is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CommitMode {
    /// Sent once, as `commitAsync`.
    Async,
    /// Sent again after errors that may pass, until `default.api.timeout.ms`, as `commitSync`.
    Sync,
}

/// News of a commit. A commit ends with exactly one `Done` or `Failed`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Commit {
    /// The commit's id.
    pub id: CommitId,
    /// The generation in which the commit was requested; none if the member was in none.
    pub generation: Option<Generation>,
    /// The time of the call in which this happened.
    pub at: Instant,
    /// The offsets to be committed.
    pub offsets: Arc<[CommitOffset]>,
    /// What has happened to the commit.
    pub step: CommitStep,
}

/// A step in a commit's life.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CommitStep {
    /// A request with the commit was sent.
    Sent,
    /// All its offsets are committed.
    Done,
    /// At least one offset is not committed, as far as is known.
    Failed {
        /// The first error.
        error: ErrorCode,
        /// The partitions for which the coordinator named an error, with the errors.
        refused: Vec<(PartitionName, ErrorCode)>,
        /// Whether offsets may be committed all the same, because a request was sent whose answer did not come or does
        /// not tell.
        may_be_applied: bool,
    },
}
