//! Which offsets have expired (KIP-211).

use crate::group::GroupConfig;
use crate::group::classic::{ClassicGroup, GroupState};
use crate::group::state::CommittedOffset;
use crate::types::Timestamp;

/// From when the retention time of a group's offsets counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::group) enum Retention {
    /// They do not expire.
    Unlimited,
    /// From the commit of each offset.
    SinceCommit,
    /// From when the group became empty.
    SinceEmpty(Timestamp),
}

impl Retention {
    /// The rule for a group; none has offsets and nothing else.
    pub(in crate::group) fn of(group: Option<&ClassicGroup>) -> Retention {
        let Some(group) = group else { return Retention::SinceCommit };
        if group.state() == GroupState::Dead {
            return Retention::Unlimited;
        }
        if !group.has_protocol_type() {
            return Retention::SinceCommit;
        }
        match group.state() {
            // Records of brokers before 2.1 do not say since when.
            GroupState::Empty => group.since().map_or(Retention::SinceCommit, Retention::SinceEmpty),
            // Of topics that nobody subscribed to; the caller asks for those only.
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

/// Whether a group without offsets may be removed. One with pending members is not, because they are about to join.
pub(in crate::group) fn may_be_removed(group: Option<&ClassicGroup>) -> bool {
    group.is_none_or(ClassicGroup::is_vacant)
}
