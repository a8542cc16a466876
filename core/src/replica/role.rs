//! What a replica can be, and what it can become.

/// What a replica is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// Its log is being read, or waits for room on the disk. Where it is to lead, produces wait; other questions are
    /// answered NOT_LEADER_OR_FOLLOWER, which clients retry.
    Loading,
    /// Loaded, and not told yet what it is.
    Unassigned,
    /// It takes records.
    Leader,
    /// It fetches them.
    Follower,
    /// It syncs what it has.
    Stopping,
    /// Stopped in good order.
    Stopped,
    /// Its disk failed; questions are answered KAFKA_STORAGE_ERROR.
    Offline,
}

impl Role {
    /// Every role, in the order of a life.
    pub const ALL: [Role; 7] =
        [Role::Loading, Role::Unassigned, Role::Leader, Role::Follower, Role::Stopping, Role::Stopped, Role::Offline];
}

/// Which role may come after which. A leader that becomes a leader, or a follower a follower, does so under another
/// epoch; a follower loads again when a truncation reaches far back, and a loading begins anew when a full disk has
/// room again; offline and stopped end a life.
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

/// Whether a replica may go from one role to another.
#[must_use]
pub(super) fn may_turn_into(from: Role, to: Role) -> bool {
    TRANSITIONS.iter().any(|(it, next)| *it == from && next.contains(&to))
}
