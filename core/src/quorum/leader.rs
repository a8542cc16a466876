//! What a leader knows of its epoch: how far each replica is, which fetches wait, which change of the voters is under
//! way.
//!
//! **In Kafka**: `LeaderState`, `BatchAccumulator`, `ThresholdPurgatory`, `AddVoterHandlerState`.

use super::message::{AddVoter, Fetch, FetchSnapshot, ReplicaDescription};
use super::output::{Correlation, PeerId, ReadId};
use super::{QuorumConfig, ReplicaKey, VoterSet};
use crate::io::Asker;
use crate::types::{Instant, Now, Offset, Timestamp};
use bytes::Bytes;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

/// How long an observer that does not fetch is remembered.
const OBSERVER_SESSION: Duration = Duration::from_secs(300);

/// The most observers that a leader remembers: a fetch may name any id.
const OBSERVERS_MOST: usize = 1_000;

/// How long ago a replica may have been caught up to become a voter.
const CAUGHT_UP_WITHIN: Duration = Duration::from_secs(3_600);

/// How far a replica is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Progress {
    /// Its last fetch offset. What lies before is durable at the replica.
    pub(super) end: Option<Offset>,
    last_fetch: Option<(Instant, Timestamp)>,
    /// The log end of the leader at the replica's last fetch.
    leader_end: Option<Offset>,
    last_caught_up: Option<(Instant, Timestamp)>,
}

/// A fetch that waits for news.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ParkedFetch {
    pub(super) asker: Asker,
    pub(super) fetch: Fetch,
    pub(super) until: Instant,
}

/// A question that waits for bytes from the disk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum ParkedRead {
    Log(Asker, Fetch),
    Snapshot { asker: Asker, fetch: FetchSnapshot, size: u64 },
}

/// A change of the voters that is under way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct VoterChange {
    /// Who waits for the answer; nobody once it is given.
    pub(super) asker: Option<Asker>,
    pub(super) until: Instant,
    pub(super) stage: ChangeStage,
}

/// How far a change of the voters is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum ChangeStage {
    /// The new voter is asked which levels of `kraft.version` it supports.
    AskingVersions { add: AddVoter, peer: PeerId, correlation: Correlation },
    /// The KRAFT_VOTERS record that adds a voter lies at this offset.
    Adding(Offset),
    /// The KRAFT_VOTERS record that removes a voter lies at this offset.
    Removing(Offset),
}

/// The leader's own view of its epoch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Leader {
    /// Where the epoch begins.
    pub(super) start: Offset,
    /// The high watermark, once an entry of the epoch is committed.
    pub(super) high_watermark: Option<Offset>,
    progress: BTreeMap<ReplicaKey, Progress>,
    /// Voters that fetched since the check of the quorum began.
    fetched: BTreeSet<ReplicaKey>,
    pub(super) check_quorum_at: Instant,
    /// When voters that do not fetch are told again who leads.
    pub(super) begin_at: Instant,
    pub(super) parked: Vec<ParkedFetch>,
    pub(super) reads: BTreeMap<ReadId, ParkedRead>,
    pub(super) change: Option<VoterChange>,
    /// Batches that are not in the log yet, the first one at the log's end.
    pub(super) pending: Vec<Bytes>,
    pub(super) pending_bytes: usize,
    /// Where the next batch begins.
    pub(super) pending_end: Offset,
    /// When the pending batches are written.
    pub(super) drain_at: Option<Instant>,
    /// Whether the leader removed itself from the voters and the removal is committed.
    pub(super) is_removed: bool,
}

impl Leader {
    /// A leader whose epoch begins at `start`.
    pub(super) fn new(start: Offset, now: Instant, config: &QuorumConfig) -> Leader {
        Leader {
            start,
            high_watermark: None,
            progress: BTreeMap::new(),
            fetched: BTreeSet::new(),
            check_quorum_at: now + config.check_quorum_timeout(),
            begin_at: now,
            parked: Vec::new(),
            reads: BTreeMap::new(),
            change: None,
            pending: Vec::new(),
            pending_bytes: 0,
            pending_end: start,
            drain_at: None,
            is_removed: false,
        }
    }

    /// Notes a fetch: what lies before `offset` is durable at that replica.
    pub(super) fn on_fetch(&mut self, key: ReplicaKey, is_voter: bool, offset: Offset, leader_end: Offset, now: Now) {
        if !is_voter && !self.progress.contains_key(&key) && !self.has_room_for_observer(now.mono) {
            return;
        }
        let progress = self.progress.entry(key).or_default();
        let at = (now.mono, now.wall);
        if offset >= leader_end {
            progress.last_caught_up = Some(at);
        } else if progress.leader_end.is_some_and(|end| end > Offset::ZERO && offset >= end) {
            // The replica has all that the leader had at the replica's fetch before this one.
            progress.last_caught_up = progress.last_caught_up.max(progress.last_fetch);
        }
        progress.leader_end = Some(leader_end);
        progress.last_fetch = Some(at);
        progress.end = Some(offset);
    }

    fn has_room_for_observer(&mut self, now: Instant) -> bool {
        if self.progress.len() < OBSERVERS_MOST {
            return true;
        }
        self.progress.retain(|_, it| it.last_fetch.is_some_and(|at| now.since(at.0) < OBSERVER_SESSION));
        self.progress.len() < OBSERVERS_MOST
    }

    /// Notes that a voter fetched the log or a snapshot. The check of the quorum begins anew when so many voters
    /// fetched that they are a majority, together with the leader where the leader is a voter itself.
    pub(super) fn note_fetched(
        &mut self,
        key: ReplicaKey,
        local: ReplicaKey,
        voters: &VoterSet,
        now: Instant,
        config: &QuorumConfig,
    ) {
        self.fetched.insert(key);
        self.fetched.retain(|it| voters.has(*it));
        let own = usize::from(voters.has(local));
        if self.fetched.len() + own >= voters.majority() {
            self.fetched.clear();
            self.check_quorum_at = now + config.check_quorum_timeout();
        }
    }

    /// The offset that a majority of the voters has made durable, where a record of the leader's own epoch lies before
    /// it. `synced` is the leader's own durable end, which counts where the leader is a voter.
    pub(super) fn committed(&self, local: ReplicaKey, synced: Offset, voters: &VoterSet) -> Option<Offset> {
        let end = |key: ReplicaKey| {
            if voters.get(local).is_some_and(|it| it.key == key) { Some(synced) } else { self.end_of(key) }
        };
        let mut ends: Vec<_> = voters.iter().map(|it| end(it.key).unwrap_or(Offset::ZERO)).collect();
        ends.sort_unstable_by(|one, other| other.cmp(one));
        let committed = *ends.get(voters.majority() - 1)?;
        // Raft, section 5.4.2; KAFKA-12619: records of earlier epochs are committed by one of the leader's own only.
        (committed > self.start).then_some(committed)
    }

    /// A replica's last fetch offset.
    pub(super) fn end_of(&self, key: ReplicaKey) -> Option<Offset> {
        self.progress.get(&key)?.end
    }

    /// Whether that voter fetched lately, so that it need not be told who leads.
    pub(super) fn follows(&self, key: ReplicaKey, now: Instant, config: &QuorumConfig) -> bool {
        let last = self.progress.get(&key).and_then(|it| it.last_fetch);
        last.is_some_and(|at| now.since(at.0) < config.begin_quorum_period())
    }

    /// Whether a replica was caught up within the last hour, and fetched within it (KIP-853).
    pub(super) fn is_caught_up(&self, key: ReplicaKey, now: Instant) -> bool {
        let lately = |at: Option<(Instant, Timestamp)>| at.is_some_and(|at| now.since(at.0) < CAUGHT_UP_WITHIN);
        self.progress.get(&key).is_some_and(|it| lately(it.last_caught_up) && lately(it.last_fetch))
    }

    /// The voters but the leader, the most complete log first.
    pub(super) fn successors(&self, local: ReplicaKey, voters: &VoterSet) -> Vec<ReplicaKey> {
        let mut keys: Vec<_> = voters.iter().filter(|it| !it.is(local)).map(|it| it.key).collect();
        keys.sort_by_key(|key| core::cmp::Reverse(self.end_of(*key)));
        keys
    }

    /// What DescribeQuorum says of the voters, or of the other replicas that fetched lately.
    pub(super) fn describe_voters(
        &self,
        local: ReplicaKey,
        log_end: Offset,
        voters: &VoterSet,
        now: Now,
    ) -> Vec<ReplicaDescription> {
        let of = |it: &super::Voter| {
            if it.is(local) {
                let at = Some(now.wall);
                return ReplicaDescription { key: it.key, log_end: Some(log_end), last_fetch: at, last_caught_up: at };
            }
            self.progress.get(&it.key).map_or_else(|| describe(it.key, &Progress::default()), |at| describe(it.key, at))
        };
        voters.iter().map(of).collect()
    }

    /// What DescribeQuorum says of the replicas that do not vote and fetched within the last five minutes.
    pub(super) fn describe_observers(&self, voters: &VoterSet, now: Instant) -> Vec<ReplicaDescription> {
        let observers = self.progress.iter().filter(|(key, it)| {
            !voters.has(**key) && it.last_fetch.is_some_and(|at| now.since(at.0) < OBSERVER_SESSION)
        });
        observers.map(|(key, it)| describe(*key, it)).collect()
    }

    /// When the leader has to act next.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        let parked = self.parked.iter().map(|it| it.until);
        let change = self.change.iter().filter(|it| it.asker.is_some()).map(|it| it.until);
        parked.chain(change).chain(self.drain_at).chain([self.check_quorum_at, self.begin_at]).min()
    }
}

fn describe(key: ReplicaKey, progress: &Progress) -> ReplicaDescription {
    ReplicaDescription {
        key,
        log_end: progress.end,
        last_fetch: progress.last_fetch.map(|it| it.1),
        last_caught_up: progress.last_caught_up.map(|it| it.1),
    }
}
