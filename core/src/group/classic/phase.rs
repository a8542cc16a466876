//! The states of a classic group, what each of them carries, and which may follow which.

use crate::io::Asker;
use bytes::Bytes;
use bytestring::ByteString;
use std::collections::{BTreeMap, BTreeSet};

/// The state of a classic group, by Kafka's names (`ClassicGroupState`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum GroupState {
    /// It has no members. It may have offsets, and pending members that were given a member id.
    Empty,
    /// Members join; JoinGroup requests are parked until all have joined or the rebalance timeout has passed.
    PreparingRebalance,
    /// Members wait for the leader's assignment; SyncGroup requests are parked until its record is committed.
    CompletingRebalance,
    /// Every member has an assignment of the current generation.
    Stable,
    /// It is being deleted; nothing but its removal can follow.
    Dead,
}

impl GroupState {
    /// Every state, in the order of a rebalance.
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

    /// Whether a group may go from this state to `to`.
    #[must_use]
    pub(in crate::group) fn may_turn_into(self, to: GroupState) -> bool {
        TRANSITIONS.iter().any(|(from, next)| *from == self && next.contains(&to))
    }
}

/// Which state may come after which. A rebalance goes round the first four; a group without members ends its join phase
/// as Empty, and only an Empty group is deleted.
#[rustfmt::skip]
pub const TRANSITIONS: [(GroupState, &[GroupState]); 5] = [
    (GroupState::Empty,               &[GroupState::PreparingRebalance, GroupState::Dead]),
    (GroupState::PreparingRebalance,  &[GroupState::CompletingRebalance, GroupState::Empty]),
    (GroupState::CompletingRebalance, &[GroupState::Stable, GroupState::PreparingRebalance]),
    (GroupState::Stable,              &[GroupState::PreparingRebalance]),
    (GroupState::Dead,                &[]),
];

/// A state with what belongs to it. Every asker in it is answered before it is dropped.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    Empty,
    PreparingRebalance(Preparing),
    CompletingRebalance(Completing),
    Stable(Stable),
    Dead,
}

/// The join phase.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Preparing {
    /// Members that have joined, with the parked JoinGroup of each.
    pub(super) joins: BTreeMap<ByteString, Asker>,
    /// Whether the group was empty before: then the phase ends by its timer, not when all have joined.
    pub(super) is_first: bool,
    /// The delay of an initial rebalance, while it may be extended.
    pub(super) delay: Option<InitialDelay>,
}

/// The delay of an initial rebalance (`group.initial.rebalance.delay.ms`), in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct InitialDelay {
    /// How long the present wait is.
    pub(super) delay_ms: i32,
    /// How much longer the delay may be extended, so that all of it stays within the rebalance timeout.
    pub(super) remaining_ms: i32,
    /// Whether a member has joined in the present wait.
    pub(super) has_new_member: bool,
}

/// The sync phase. A member whose SyncGroup is not parked here has not sent one in this generation.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Completing {
    /// Parked SyncGroup requests by member.
    pub(super) syncs: BTreeMap<ByteString, Asker>,
    /// The leader's assignments, appended and not committed yet.
    pub(super) storing: Option<Storing>,
}

/// Assignments on their way to the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Storing {
    pub(super) id: StoreId,
    /// By member; a member that the leader left out is not in it.
    pub(super) assignments: BTreeMap<ByteString, Bytes>,
}

/// Names one record on its way to the log; never used twice by a coordinator.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::group) struct StoreId(pub(in crate::group) u64);

/// All members have assignments.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Stable {
    /// Members that have not sent a SyncGroup in this generation.
    pub(super) unsynced: BTreeSet<ByteString>,
    /// Static members that came back under another member id, until the record that says so is committed.
    pub(super) rejoining: BTreeMap<ByteString, Rejoining>,
}

/// A static member's parked JoinGroup (KIP-345).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Rejoining {
    pub(super) id: StoreId,
    pub(super) asker: Asker,
    /// Of the JoinGroup.
    pub(super) version: i16,
    /// The leader's member id before the member came back.
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

    /// Whether a request of the member is parked here.
    pub(super) fn has_parked(&self, member: &str) -> bool {
        match self {
            Phase::PreparingRebalance(it) => it.joins.contains_key(member),
            Phase::CompletingRebalance(it) => it.syncs.contains_key(member),
            Phase::Stable(it) => it.rejoining.contains_key(member),
            Phase::Empty | Phase::Dead => false,
        }
    }
}
