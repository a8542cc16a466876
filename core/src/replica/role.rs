//! The roles of a replica, and which role may follow which.

/// The role of a replica.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// The log is being read, or waits for room on the disk. If the replica is to lead, produce requests wait; other
    /// questions are answered NOT_LEADER_OR_FOLLOWER, which clients retry.
    Loading,
    /// The log is loaded, but the replica has no assignment yet.
    Unassigned,
    /// The replica accepts records from clients.
    Leader,
    /// The replica fetches records from the leader.
    Follower,
    /// The replica syncs what is not durable yet, before it stops.
    Stopping,
    /// The replica was told to stop, and has stopped.
    Stopped,
    /// The disk failed, or the log is corrupt or belongs to another topic. Questions are answered KAFKA_STORAGE_ERROR.
    Offline,
}

impl Role {
    /// Every role, in the order of a replica's life.
    pub const ALL: [Role; 7] =
        [Role::Loading, Role::Unassigned, Role::Leader, Role::Follower, Role::Stopping, Role::Stopped, Role::Offline];
}

/// Which role may follow which. A leader that becomes a leader, or a follower that becomes a follower, does so for
/// another leadership. A follower loads its log again when a truncation reaches far back. A loading begins anew when a
/// full disk has room again. A replica that is offline or stopped stays so.
#[rustfmt::skip]
pub const TRANSITIONS: [(Role, &[Role]); 7] = [
    (Role::Loading,    &[Role::Loading, Role::Unassigned, Role::Stopped, Role::Offline]),
    (Role::Unassigned, &[Role::Leader, Role::Follower, Role::Stopping, Role::Offline]),
    (Role::Leader,     &[Role::Leader, Role::Follower, Role::Stopping, Role::Offline]),
    (Role::Follower,   &[Role::Leader, Role::Follower, Role::Loading, Role::Stopping, Role::Offline]),
    (Role::Stopping,   &[Role::Stopped, Role::Offline]),
    (Role::Stopped,    &[]),
    (Role::Offline,    &[]),
];

/// Returns whether a replica may go from the role `from` to the role `to`.
#[must_use]
pub(super) fn may_turn_into(from: Role, to: Role) -> bool {
    TRANSITIONS.iter().any(|(it, next)| *it == from && next.contains(&to))
}
