//! What members of consumer groups did and saw: what their users were told, and every request to a coordinator with its
//! answer, as they stand on the wire.
//!
//! **Invariants**: a call is answered once at most; one without an answer may have been served all the same, at any time
//! after it was asked.

use gracchus_core::types::{ErrorCode, NodeId, Offset, TopicPartition};
use std::sync::Arc;

/// A consumer group, by its place in the workload.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct GroupId(pub u32);

/// Groups without members are numbered from here.
const SIDES: u32 = 1 << 24;
/// So many groups without members a group's administrator makes at most.
const SIDES_MOST: u32 = 1 << 8;

impl GroupId {
    /// One of the groups without members that this group's administrator makes.
    #[must_use]
    pub fn side(self, number: u32) -> GroupId {
        assert!(number < SIDES_MOST, "an administrator makes few groups");
        GroupId(SIDES + self.0 * SIDES_MOST + number)
    }

    /// `group.id`.
    #[must_use]
    pub fn name(self) -> String {
        match self.0.checked_sub(SIDES) {
            Some(side) => format!("side-{}-{}", side / SIDES_MOST, side % SIDES_MOST),
            None => format!("group-{}", self.0),
        }
    }
}

/// One life of one member's process. A process that begins anew has another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct MemberLife {
    /// The member's place among all members of the workload; asks of others than members are numbered on.
    pub seat: u32,
    /// Counts its lives from 0.
    pub life: u32,
}

/// A request to a coordinator, by a number that no other request has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct CallId(pub u64);

/// A generation of a group; negative where a request names none.
pub type Generation = i32;

/// Who a request says that it is from.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Identity {
    /// The member id; empty for a newcomer.
    pub member: Arc<str>,
    /// `group.instance.id`, for a static member.
    pub instance: Option<Arc<str>>,
    /// The generation.
    pub generation: Generation,
}

/// An offset that is committed or to be committed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CommittedOffset {
    /// Of which partition.
    pub partition: TopicPartition,
    /// The next offset to be read.
    pub offset: Offset,
    /// What stands with it: for commits that users ask for, words that no other commit has.
    pub metadata: Arc<str>,
}

/// A request to a coordinator, or to those who lead what a group reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GroupQuestion {
    /// JoinGroup.
    Join(Identity),
    /// SyncGroup.
    Sync(Identity),
    /// Heartbeat.
    Heartbeat(Identity),
    /// LeaveGroup.
    Leave(Identity),
    /// OffsetCommit.
    Commit(Identity, Vec<CommittedOffset>),
    /// OffsetFetch of these partitions.
    Fetch(Vec<TopicPartition>),
    /// ListOffsets of the latest offsets of these partitions, which their leaders are asked for.
    Ends(Vec<TopicPartition>),
    /// DeleteGroups.
    DeleteGroup,
    /// OffsetDelete of these partitions' offsets.
    DeleteOffsets(Vec<TopicPartition>),
    /// DescribeGroups, in this version.
    Describe(i16),
    /// ListGroups: whether the group is among them.
    List,
}

/// The answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GroupAnswer {
    /// JoinGroup was refused.
    NotJoined(ErrorCode),
    /// JoinGroup: the member has a place in a generation.
    Joined {
        /// Who it is from now on.
        identity: Identity,
        /// The member that leads.
        leader: Arc<str>,
        /// All members, where this one leads: their ids and instance ids.
        members: Vec<(Arc<str>, Option<Arc<str>>)>,
    },
    /// SyncGroup: the error, and what the member is assigned where there is none.
    Synced(ErrorCode, Vec<TopicPartition>),
    /// Heartbeat.
    Heartbeat(ErrorCode),
    /// LeaveGroup.
    Left(ErrorCode),
    /// OffsetCommit, by partition.
    Committed(Vec<(TopicPartition, ErrorCode)>),
    /// OffsetFetch failed as a whole.
    NotFetched(ErrorCode),
    /// OffsetFetch, by partition: none is committed, this is, or an error.
    Fetched(Vec<(TopicPartition, Result<Option<CommittedOffset>, ErrorCode>)>),
    /// ListOffsets, by partition.
    Ends(Vec<(TopicPartition, Result<Offset, ErrorCode>)>),
    /// DeleteGroups.
    GroupDeleted(ErrorCode),
    /// OffsetDelete failed as a whole.
    OffsetsNotDeleted(ErrorCode),
    /// OffsetDelete, by partition.
    OffsetsDeleted(Vec<(TopicPartition, ErrorCode)>),
    /// DescribeGroups: the error, and the state by Kafka's name.
    Described(ErrorCode, Arc<str>),
    /// ListGroups failed, or whether the group is listed.
    Listed(Result<bool, ErrorCode>),
}

/// Something that a member did or saw.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GroupAct {
    /// The process began, subscribed to these partitions' topics.
    Began(Arc<[TopicPartition]>),
    /// A request left for a broker.
    Asked(CallId, NodeId, GroupQuestion),
    /// It was answered.
    Told(CallId, GroupAnswer),
    /// The user was told of a new generation.
    Joined(Generation),
    /// The user owns these partitions from now on, besides those that it owned before.
    Assigned(Generation, Vec<TopicPartition>),
    /// The user has given these partitions up.
    Revoked(Vec<TopicPartition>),
    /// The user was told that these partitions may be another's already.
    Lost(Vec<TopicPartition>),
    /// The member left of its own accord, or cannot go on: it knows that its partitions are not its own any more.
    Left,
    /// The user's reading begins at this offset, or goes on there: by what was committed, by `auto.offset.reset`, or because
    /// the log ends before where it was.
    Positioned(TopicPartition, Offset),
    /// The user is done with the records from one offset up to another.
    Processed(TopicPartition, Offset, Offset),
    /// The process ended, in whatever way.
    Ended,
}

/// Something that a member of a group did or saw.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupEvent {
    /// Of which group.
    pub group: GroupId,
    /// Which member, in which life.
    pub member: MemberLife,
    /// What.
    pub act: GroupAct,
}
