//! The news that a consumer in a group gives its user.

use super::config::Assignor;
use crate::client::consumer::{ConsumerNews, Fetched};
use crate::types::{ErrorCode, Instant, LeaderEpoch, Offset};
use bytestring::ByteString;
use core::fmt;
use std::sync::Arc;

/// The generation of a group. Each rebalance begins a new one, with a higher number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Generation(pub i32);

impl Generation {
    /// Returns the number that stands for the generation in requests: -1 if there is no generation.
    #[must_use]
    pub fn to_wire(generation: Option<Generation>) -> i32 {
        generation.map_or(-1, |generation| generation.0)
    }

    /// Returns the generation with this number. `None` if the number is negative.
    #[must_use]
    pub fn from_wire(number: i32) -> Option<Generation> {
        (number >= 0).then_some(Generation(number))
    }
}

/// A partition, identified by the name of its topic and its number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PartitionName {
    /// Name of the topic.
    pub topic: ByteString,
    /// Number of the partition, from 0.
    pub partition: i32,
}

impl PartitionName {
    /// Makes the name of a topic's partition.
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

/// The news that a consumer in a group gives its user. News of partitions that are assigned, revoked or lost, and
/// records, come only from `poll`, or after `close` was called. Other news may come from any call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GroupNews {
    /// The member has joined a new generation of the group.
    Joined(Box<Joined>),
    /// Partitions that the member owns from now on, besides those that it owned before.
    Assigned(Ownership),
    /// The member is about to give up these partitions. None of their records is handed out any more. Now is the time
    /// to commit their offsets: the next poll gives the partitions up as soon as all commits are answered.
    Revoking(Ownership),
    /// The member has given up these partitions.
    Revoked(Ownership),
    /// The member has lost these partitions, because it is no longer in the group or in their generation. Another
    /// member may own them already, and their offsets can no longer be committed.
    Lost(Ownership),
    /// A commit was sent or answered.
    Commit(Box<Commit>),
    /// Records of a partition. There may be none, if a fetch has only moved the position.
    Polled(Box<Fetched>),
    /// A new position of a partition, a truncation of its log, or an error that a broker returned for it.
    Position(ConsumerNews),
    /// A partition has no committed offset, and `auto.offset.reset` is none. The partition is not fetched.
    NoOffset(PartitionName),
    /// The member has left the group, because the user had not polled for `max.poll.interval.ms`. The next poll joins
    /// the group again.
    PollIntervalExceeded,
    /// The membership has ended with an error that Kafka's client would throw. After this, the user can only call
    /// `close`.
    Failed(ErrorCode),
    /// The consumer has closed. No other news follows.
    Closed,
}

/// What a member learns about the generation that it has joined.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Joined {
    /// The generation.
    pub generation: Generation,
    /// The member's id.
    pub member_id: ByteString,
    /// Whether the member is the group's leader, which assigns partitions to all members.
    pub is_leader: bool,
    /// The assignor by which the leader assigns the group's partitions.
    pub assignor: Assignor,
}

/// Partitions that the member gets, gives up, or loses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ownership {
    /// The generation of the member's last assignment. If the partitions are new, they came with that assignment.
    pub generation: Generation,
    /// When the consumer reported this change: the time of the call.
    pub at: Instant,
    /// The partitions, sorted.
    pub partitions: Vec<PartitionName>,
}

/// Identifies a commit. The caller of `commit` gets the id, and finds it in the news of the commit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CommitId(pub u64);

/// An offset to be committed for one partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CommitOffset {
    /// The partition.
    pub partition: PartitionName,
    /// The offset of the next record to be read.
    pub offset: Offset,
    /// The leader epoch of the record before `offset`, if known.
    pub leader_epoch: Option<LeaderEpoch>,
    /// Any text that the user wants to keep with the offset. It may not be longer than the coordinator's
    /// `offset.metadata.max.bytes`.
    pub metadata: ByteString,
}

/// Whether a commit that fails is sent again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CommitMode {
    /// The commit is sent once, as with `commitAsync`.
    Async,
    /// After an error that may pass, the commit is sent again, for at most `default.api.timeout.ms`, as with
    /// `commitSync`.
    Sync,
}

/// News of a commit. A commit ends with exactly one `Done` or `Failed`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Commit {
    /// The commit's id.
    pub id: CommitId,
    /// The generation in which the commit was requested. `None` if the member was in no generation.
    pub generation: Option<Generation>,
    /// When the consumer reported this step: the time of the call.
    pub at: Instant,
    /// The offsets to be committed.
    pub offsets: Arc<[CommitOffset]>,
    /// What has happened to the commit.
    pub step: CommitStep,
}

/// A step in the life of a commit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CommitStep {
    /// An OffsetCommit request with these offsets was sent.
    Sent,
    /// The coordinator has committed all the offsets.
    Done,
    /// The commit has ended with an error. As far as the client knows, at least one offset is not committed.
    Failed {
        /// The error of the whole commit. If the coordinator named several errors, this is the one with the gravest
        /// consequence: first an error that ends the membership, then an error after which the member must join again,
        /// then any other.
        error: ErrorCode,
        /// The partitions for which the coordinator named an error, each with its error.
        refused: Vec<(PartitionName, ErrorCode)>,
        /// Whether the coordinator has possibly committed the offsets in spite of the error: a request was sent, but
        /// its answer did not come, or does not tell what happened.
        may_be_applied: bool,
    },
}
