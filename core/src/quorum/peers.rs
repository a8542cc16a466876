//! Requests under way to other replicas: one at a time to each, with a back-off after failures.
//!
//! **In Kafka**: `RequestManager`.

use super::output::{Correlation, PeerId};
use crate::types::Instant;
use core::time::Duration;
use std::collections::BTreeMap;

/// What a request is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    PreVote,
    Vote,
    BeginQuorumEpoch,
    EndQuorumEpoch,
    Fetch,
    FetchSnapshot,
    VoterChange,
    ApiVersions,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Peer {
    waiting: Option<(Correlation, Purpose, Instant)>,
    failures: u32,
    backoff_until: Option<Instant>,
}

/// The other replicas, by what is under way to them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Peers {
    peers: BTreeMap<PeerId, Peer>,
    sent: u64,
}

impl Peers {
    /// Whether a request may go to the peer.
    pub(super) fn is_ready(&self, id: PeerId, now: Instant) -> bool {
        let Some(peer) = self.peers.get(&id) else { return true };
        peer.waiting.is_none() && peer.backoff_until.is_none_or(|until| until <= now)
    }

    /// Whether the peer failed lately and is left alone for a while.
    pub(super) fn is_backing_off(&self, id: PeerId, now: Instant) -> bool {
        self.peers.get(&id).is_some_and(|it| it.backoff_until.is_some_and(|until| until > now))
    }

    /// Whether that request is under way.
    pub(super) fn is_waiting(&self, id: PeerId, correlation: Correlation) -> bool {
        self.peers.get(&id).is_some_and(|it| it.waiting.is_some_and(|it| it.0 == correlation))
    }

    /// Whether a fetch, of the log or of a snapshot, is under way to anybody.
    pub(super) fn is_fetching(&self) -> bool {
        let purposes = self.peers.values().filter_map(|it| it.waiting.map(|(_, purpose, _)| purpose));
        purposes.into_iter().any(|it| matches!(it, Purpose::Fetch | Purpose::FetchSnapshot))
    }

    /// Notes a request that is sent.
    pub(super) fn send(&mut self, id: PeerId, purpose: Purpose, until: Instant) -> Correlation {
        self.sent += 1;
        let correlation = Correlation(self.sent);
        self.peers.entry(id).or_default().waiting = Some((correlation, purpose, until));
        correlation
    }

    /// Ends the wait for that request; none if nobody waits for it any more.
    pub(super) fn take(&mut self, id: PeerId, correlation: Correlation) -> Option<Purpose> {
        let peer = self.peers.get_mut(&id)?;
        let (_, purpose, _) = peer.waiting.take_if(|it| it.0 == correlation)?;
        Some(purpose)
    }

    /// The peer answered as it should.
    pub(super) fn succeeded(&mut self, id: PeerId) {
        let peer = self.peers.entry(id).or_default();
        peer.failures = 0;
        peer.backoff_until = None;
    }

    /// The peer did not. Waits `base` at first, and twice as long after each further failure, but not longer than
    /// `most`; a fifth of it, as `jitter_percent` of 0 to 39 says, more or less.
    pub(super) fn failed(&mut self, id: PeerId, now: Instant, base: Duration, most: Duration, jitter_percent: u32) {
        let peer = self.peers.entry(id).or_default();
        let wait = base.saturating_mul(1 << peer.failures.min(20)).min(most);
        peer.failures = peer.failures.saturating_add(1);
        peer.backoff_until = Some(now + wait * (80 + jitter_percent) / 100);
    }

    /// Forgets what is under way, so that late answers are ignored.
    pub(super) fn forget_requests(&mut self) {
        self.peers.values_mut().for_each(|it| it.waiting = None);
    }

    /// Forgets what is under way, and all failures.
    pub(super) fn reset(&mut self) {
        self.peers.clear();
    }

    /// Requests that were not answered in time.
    pub(super) fn overdue(&self, now: Instant) -> Vec<(PeerId, Correlation)> {
        let waiting = self.peers.iter().filter_map(|(id, it)| Some((*id, it.waiting?)));
        waiting.filter(|(_, it)| it.2 <= now).map(|(id, it)| (id, it.0)).collect()
    }

    /// When the next request is overdue, or the next back-off ends.
    pub(super) fn next_wake(&self, now: Instant) -> Option<Instant> {
        let waits = self.peers.values().flat_map(|it| [it.waiting.map(|it| it.2), it.backoff_until]);
        waits.flatten().filter(|it| *it > now).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::NodeId;

    const PEER: PeerId = PeerId::Node(NodeId(1));

    fn ms(ms: u64) -> Instant {
        Instant(ms * 1_000_000)
    }

    #[test]
    fn waits_after_failures_double_up_to_the_longest() {
        let mut peers = Peers::default();
        let (base, most) = (Duration::from_millis(20), Duration::from_millis(50));
        for (at, until) in [(0, 20), (100, 140), (200, 250), (300, 350)] {
            peers.failed(PEER, ms(at), base, most, 20);
            assert!(!peers.is_ready(PEER, ms(until - 1)) && peers.is_ready(PEER, ms(until)), "at {at}");
        }
        peers.succeeded(PEER);
        peers.failed(PEER, ms(400), base, most, 20);
        assert!(peers.is_ready(PEER, ms(420)));
    }

    #[test]
    fn an_answer_counts_once_and_only_under_its_name() {
        let mut peers = Peers::default();
        let first = peers.send(PEER, Purpose::Vote, ms(10));
        assert!(!peers.is_ready(PEER, ms(0)));
        assert_eq!(peers.overdue(ms(10)), [(PEER, first)]);
        assert_eq!(peers.take(PEER, Correlation(77)), None);
        assert_eq!(peers.take(PEER, first), Some(Purpose::Vote));
        assert_eq!(peers.take(PEER, first), None);
        let second = peers.send(PEER, Purpose::Fetch, ms(20));
        assert!(peers.is_fetching());
        peers.forget_requests();
        assert_eq!(peers.take(PEER, second), None, "late answers are ignored");
    }
}
