//! Decides which offsets have expired (KIP-211).

use crate::group::GroupConfig;
use crate::group::classic::{ClassicGroup, GroupState};
use crate::group::state::CommittedOffset;
use crate::types::Timestamp;

/// From when on the retention time of a group's offsets runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::group) enum Retention {
    /// The offsets do not expire.
    Unlimited,
    /// The retention time of each offset runs from its commit.
    SinceCommit,
    /// The retention time of all offsets runs from the time at which the group became Empty.
    SinceEmpty(Timestamp),
}

impl Retention {
    /// Returns from when on the retention time of a group's offsets runs (`ClassicGroup.offsetExpirationCondition`).
    /// `group` is `None` for a simple group, of which only offsets exist.
    pub(in crate::group) fn of(group: Option<&ClassicGroup>) -> Retention {
        let Some(group) = group else { return Retention::SinceCommit };
        if group.state() == GroupState::Dead {
            return Retention::Unlimited;
        }
        if !group.has_protocol_type() {
            return Retention::SinceCommit;
        }
        match group.state() {
            // `since` is `None` if a Kafka broker before 2.1 wrote the GroupMetadata record, because such a broker did
            // not store when the group became Empty.
            GroupState::Empty => group.since().map_or(Retention::SinceCommit, Retention::SinceEmpty),
            // While members subscribe to a topic, its offsets do not expire. The caller has already excluded those
            // topics.
            GroupState::Stable if group.is_of_consumers() && group.knows_subscriptions() => Retention::SinceCommit,
            _ => Retention::Unlimited,
        }
    }

    /// Returns whether an offset has expired at `now`.
    pub(in crate::group) fn has_expired(self, offset: &CommittedOffset, now: Timestamp, config: &GroupConfig) -> bool {
        let base = match self {
            Retention::Unlimited => return false,
            Retention::SinceCommit => offset.commit_timestamp,
            Retention::SinceEmpty(since) => since.0,
        };
        match offset.expire_timestamp {
            Some(at) => now.0 >= at,
            None => now.0.saturating_sub(base) >= config.offsets_retention_ms(),
        }
    }
}

/// Returns whether a group without offsets may be removed. A group with pending members may not, because they are about
/// to join.
pub(in crate::group) fn may_be_removed(group: Option<&ClassicGroup>) -> bool {
    group.is_none_or(ClassicGroup::is_vacant)
}
