//! What the core says of itself, as log lines.

use super::frame::Ending;
use gracchus_core::io::{ConnId, Loads, ShardId, TraceEvent, TraceKind, TraceKinds};
use std::sync::Mutex;
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
        TraceKind::Repaired | TraceKind::LogDenied | TraceKind::FileDenied => Level::WARN,
        TraceKind::Truncated | TraceKind::Rude | TraceKind::GroupState | TraceKind::LogsLoaded => Level::INFO,
        TraceKind::Loaded | TraceKind::BecameLeader | TraceKind::BecameFollower | TraceKind::Rolled => Level::DEBUG,
        TraceKind::LogStart | TraceKind::SegmentGone | TraceKind::Tidied | TraceKind::LogClosed => Level::DEBUG,
        TraceKind::Refused | TraceKind::InSync | TraceKind::GroupsLoaded => Level::DEBUG,
        _ => Level::TRACE,
    }
}

/// What all shards of a node have loaded at its start: one line of the log for the whole node.
#[derive(Debug)]
pub struct LoadsOfNode(Mutex<(u16, Loads)>);

impl LoadsOfNode {
    /// For a node with this many data shards.
    #[must_use]
    pub fn new(data_shards: u16) -> LoadsOfNode {
        LoadsOfNode(Mutex::new((data_shards, Loads::default())))
    }

    /// Adds what one shard has loaded; the sum where that was the last shard and the node had any logs.
    fn add(&self, of_shard: &Loads) -> Option<Loads> {
        let mut inner = self.0.lock().expect("no holder of this lock panics");
        let (left, sum) = &mut *inner;
        *left = left.saturating_sub(1);
        *sum += *of_shard;
        (*left == 0 && sum.logs > 0).then_some(*sum)
    }
}

/// Logs one event of a shard. What a shard has loaded is logged when the others have told theirs.
pub fn tell(shard: ShardId, event: &TraceEvent, loads_of_node: &LoadsOfNode) {
    if let TraceEvent::LogsLoaded { loads } = event {
        if let Some(loads) = loads_of_node.add(loads) {
            info!("{loads}");
        }
        return;
    }
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

    #[test]
    fn damage_is_a_warning_and_a_log_without_damage_is_a_detail() {
        let of = |kind| (kind, level(kind));
        let expected = [
            (TraceKind::Corrupt, Level::ERROR),
            (TraceKind::Offline, Level::ERROR),
            (TraceKind::Repaired, Level::WARN),
            (TraceKind::LogDenied, Level::WARN),
            (TraceKind::LogsLoaded, Level::INFO),
            (TraceKind::Loaded, Level::DEBUG),
            (TraceKind::Tidied, Level::DEBUG),
        ];
        assert_eq!(expected.map(|(kind, _)| of(kind)), expected);
    }

    #[test]
    fn what_a_node_loaded_is_told_once_by_the_last_of_its_shards() {
        let node = LoadsOfNode::new(2);
        let one = Loads { logs: 3, recovered: 1, bytes: 10, ms: 7, ..Loads::default() };
        assert_eq!(node.add(&one), None);
        let other = Loads { logs: 2, refused: 1, bytes: 5, ms: 4, ..Loads::default() };
        let sum = Loads { logs: 5, recovered: 1, refused: 1, bytes: 15, ms: 7, ..Loads::default() };
        assert_eq!(node.add(&other), Some(sum));
        assert_eq!(LoadsOfNode::new(1).add(&Loads::default()), None, "a new node has nothing to tell");
    }
}
