//! What the core says of itself, as log lines.

use super::frame::Ending;
use gracchus_core::io::{ConnId, ShardId, TraceEvent, TraceKind, TraceKinds};
use tracing::{Level, debug, enabled, error, info, trace, warn};

/// The kinds that the log's level shows; the others are never built.
#[must_use]
pub fn wanted() -> TraceKinds {
    TraceKind::ALL.iter().copied().filter(|kind| shown(*kind)).fold(TraceKinds::NONE, TraceKinds::with)
}

fn shown(kind: TraceKind) -> bool {
    match level(kind) {
        Level::ERROR => enabled!(Level::ERROR),
        Level::WARN => enabled!(Level::WARN),
        Level::INFO => enabled!(Level::INFO),
        Level::DEBUG => enabled!(Level::DEBUG),
        _ => enabled!(Level::TRACE),
    }
}

/// What an operator must see, may want to see, and only a developer looks for.
fn level(kind: TraceKind) -> Level {
    match kind {
        TraceKind::Corrupt | TraceKind::Offline | TraceKind::DirOffline | TraceKind::GroupsRefused => Level::ERROR,
        TraceKind::Truncated | TraceKind::Rude | TraceKind::GroupState => Level::INFO,
        TraceKind::Loaded | TraceKind::BecameLeader | TraceKind::BecameFollower | TraceKind::Rolled => Level::DEBUG,
        TraceKind::LogStart | TraceKind::SegmentGone => Level::DEBUG,
        TraceKind::Refused | TraceKind::InSync | TraceKind::GroupsLoaded => Level::DEBUG,
        _ => Level::TRACE,
    }
}

/// Logs one event.
pub fn tell(shard: ShardId, event: &TraceEvent) {
    match level(event.kind()) {
        Level::ERROR => error!("{shard}: {event}"),
        Level::WARN => warn!("{shard}: {event}"),
        Level::INFO => info!("{shard}: {event}"),
        Level::DEBUG => debug!("{shard}: {event}"),
        _ => trace!("{shard}: {event}"),
    }
}

/// Logs how a connection ended. What no well-behaved client does is worth a line.
pub fn ended(shard: ShardId, conn: ConnId, ending: &Ending) {
    match ending {
        Ending::Length(_) | Ending::Slow => warn!("{shard} closes {conn}: {ending}"),
        Ending::Gone | Ending::Torn | Ending::Broken(_) => debug!("{shard} lost {conn}: {ending}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_operator_must_see_of_groups_is_no_detail() {
        let of = |kind| (kind, level(kind));
        let expected = [
            (TraceKind::GroupsRefused, Level::ERROR),
            (TraceKind::GroupState, Level::INFO),
            (TraceKind::GroupsLoaded, Level::DEBUG),
        ];
        assert_eq!(expected.map(|(kind, _)| of(kind)), expected);
    }
}
