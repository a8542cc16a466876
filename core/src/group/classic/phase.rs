//! The states of a classic group, the data of each state, and the table of transitions.

use crate::io::Asker;
use bytes::Bytes;
use bytestring::ByteString;
use std::collections::{BTreeMap, BTreeSet};

/// The state of a classic group, by Kafka's names (`ClassicGroupState`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum GroupState {
    /// The group has no members. It may have committed offsets and pending members.
    Empty,
    /// Members join. JoinGroup requests are parked until all members have joined or the rebalance timeout has passed.
    PreparingRebalance,
    /// Members wait for the leader's assignments. SyncGroup requests are parked until the record of the assignments is
    /// committed.
    CompletingRebalance,
    /// Every member has an assignment of the current generation.
    Stable,
    /// The group is being deleted.
    Dead,
}

impl GroupState {
    /// All states, in the order of the rows of [`TRANSITIONS`].
    pub const ALL: [GroupState; 5] = [
        GroupState::Empty,
        GroupState::PreparingRebalance,
        GroupState::CompletingRebalance,
        GroupState::Stable,
        GroupState::Dead,
    ];

    /// The name that DescribeGroups and ListGroups show.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            GroupState::Empty => "Empty",
            GroupState::PreparingRebalance => "PreparingRebalance",
            GroupState::CompletingRebalance => "CompletingRebalance",
            GroupState::Stable => "Stable",
            GroupState::Dead => "Dead",
        }
    }

    /// Returns whether [`TRANSITIONS`] allows a group to go from this state to `to`.
    #[must_use]
    pub(in crate::group) fn may_turn_into(self, to: GroupState) -> bool {
        TRANSITIONS.iter().any(|(from, next)| *from == self && next.contains(&to))
    }
}

/// Which states may follow each state. A rebalance goes through PreparingRebalance and CompletingRebalance to Stable. A
/// join phase that ends without members leads to Empty, and only an Empty group is deleted.
#[rustfmt::skip]
pub const TRANSITIONS: [(GroupState, &[GroupState]); 5] = [
    (GroupState::Empty,               &[GroupState::PreparingRebalance, GroupState::Dead]),
    (GroupState::PreparingRebalance,  &[GroupState::CompletingRebalance, GroupState::Empty]),
    (GroupState::CompletingRebalance, &[GroupState::Stable, GroupState::PreparingRebalance]),
    (GroupState::Stable,              &[GroupState::PreparingRebalance]),
    (GroupState::Dead,                &[]),
];

/// A state with its data. Before a phase is dropped, every request parked in it is answered, or is parked in the next
/// phase.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    Empty,
    PreparingRebalance(Preparing),
    CompletingRebalance(Completing),
    Stable(Stable),
    Dead,
}

/// Data of a group in PreparingRebalance, the join phase.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Preparing {
    /// Members that have joined, with the parked JoinGroup of each.
    pub(super) joins: BTreeMap<ByteString, Asker>,
    /// Whether the group was Empty before this join phase. If so, a JoinGroup of the last missing member does not end
    /// the phase. The phase waits for its timer, because more new members may join.
    pub(super) is_first: bool,
    /// The delay of an initial rebalance. `None` for any other rebalance, and after the delay has passed.
    pub(super) delay: Option<InitialDelay>,
}

/// The delay of an initial rebalance (`group.initial.rebalance.delay.ms`). It consists of one or several waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct InitialDelay {
    /// Length of the current wait, in milliseconds.
    pub(super) delay_ms: i32,
    /// By how many milliseconds further waits may extend the initial rebalance delay. The delay as a whole is never
    /// longer than the rebalance timeout.
    pub(super) remaining_ms: i32,
    /// Whether a new member has joined during the current wait. If so, another wait follows.
    pub(super) has_new_member: bool,
}

/// Data of a group in CompletingRebalance, the sync phase. A member that is not in `syncs` has not sent a SyncGroup in
/// this generation.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Completing {
    /// The parked SyncGroup of each member, by member id.
    pub(super) syncs: BTreeMap<ByteString, Asker>,
    /// The leader's assignments from its SyncGroup on, until their record is committed.
    pub(super) storing: Option<Storing>,
}

/// Assignments whose record is not committed yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Storing {
    pub(super) id: StoreId,
    /// Assignments by member id. A member that the leader left out is missing here, and gets an empty assignment.
    pub(super) assignments: BTreeMap<ByteString, Bytes>,
}

/// Identifies a record that a group asked for. The id tells the group which of its records was committed. A coordinator
/// uses each id once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::group) struct StoreId(pub(in crate::group) u64);

/// Data of a group in Stable.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Stable {
    /// Members that have not sent a SyncGroup in this generation. If they do not send it before the sync timer fires,
    /// they are removed.
    pub(super) unsynced: BTreeSet<ByteString>,
    /// Static members that got a new member id whose record is not committed yet, by that new id.
    pub(super) rejoining: BTreeMap<ByteString, Rejoining>,
}

/// The JoinGroup of a static member that got a new member id (KIP-345). It is parked until the record of the new id is
/// committed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Rejoining {
    pub(super) id: StoreId,
    pub(super) asker: Asker,
    /// Version of the JoinGroup.
    pub(super) version: i16,
    /// Member id of the group's leader before the static member got its new id. The answer to an old JoinGroup version
    /// names this id as the leader, so that the client does not assign partitions.
    pub(super) leader_before: Option<ByteString>,
}

impl Phase {
    pub(super) fn state(&self) -> GroupState {
        match self {
            Phase::Empty => GroupState::Empty,
            Phase::PreparingRebalance(_) => GroupState::PreparingRebalance,
            Phase::CompletingRebalance(_) => GroupState::CompletingRebalance,
            Phase::Stable(_) => GroupState::Stable,
            Phase::Dead => GroupState::Dead,
        }
    }

    /// Returns whether a JoinGroup or SyncGroup of the member is parked.
    pub(super) fn has_parked(&self, member: &str) -> bool {
        match self {
            Phase::PreparingRebalance(it) => it.joins.contains_key(member),
            Phase::CompletingRebalance(it) => it.syncs.contains_key(member),
            Phase::Stable(it) => it.rejoining.contains_key(member),
            Phase::Empty | Phase::Dead => false,
        }
    }
}
