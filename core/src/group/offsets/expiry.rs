//! Decides which offsets have expired (KIP-211).

use crate::group::GroupConfig;
use crate::group::classic::{ClassicGroup, GroupState};
use crate::group::state::CommittedOffset;
use crate::types::Timestamp;

/// When the retention time of a group's offsets begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::group) enum Retention {
    /// The offsets do not expire.
    Unlimited,
    /// At the commit of each offset.
    SinceCommit,
    /// When the group became Empty.
    SinceEmpty(Timestamp),
}

impl Retention {
    /// The rule for a group (`ClassicGroup.offsetExpirationCondition`). `None` is a group that has only offsets.
    pub(in crate::group) fn of(group: Option<&ClassicGroup>) -> Retention {
        let Some(group) = group else { return Retention::SinceCommit };
        if group.state() == GroupState::Dead {
            return Retention::Unlimited;
        }
        if !group.has_protocol_type() {
            return Retention::SinceCommit;
        }
        match group.state() {
            // Records of brokers before 2.1 do not say when the group became Empty.
            GroupState::Empty => group.since().map_or(Retention::SinceCommit, Retention::SinceEmpty),
            // The caller asks only about topics to which no member subscribed.
            GroupState::Stable if group.is_of_consumers() && group.knows_subscriptions() => Retention::SinceCommit,
            _ => Retention::Unlimited,
        }
    }

    /// Whether an offset has expired at `now`.
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

/// Whether a group without offsets may be removed. A group with pending members stays, because these are about to join.
pub(in crate::group) fn may_be_removed(group: Option<&ClassicGroup>) -> bool {
    group.is_none_or(ClassicGroup::is_vacant)
}
