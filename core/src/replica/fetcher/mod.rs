//! One follower shard's fetches from one leader node: a connection, one fetch in flight over all its partitions.
//!
//! After an answer the next fetch waits until every partition that was given records or an error has said at which
//! offset it continues, so that all partitions are in the next fetch. A partition that takes longer than
//! `replica.fetch.wait.max.ms`, such as for a sync on a slow disk, is left out until it is ready. Each fetch names all
//! its partitions (session id 0, epoch -1), because incremental fetch sessions (KIP-227) are not used.
//!
//! **In Kafka**: `ReplicaFetcherThread`, `AbstractFetcherThread`, `RemoteLeaderEndPoint`.

mod request;
mod types;

#[cfg(test)]
mod tests;

pub use types::{FetchedPartition, FetcherOutput, FetcherSettings};

use super::FetchPosition;
use crate::io::{Env, Site};
use crate::types::{BrokerEpoch, ErrorCode, Instant, NodeId, Offset, Timers, TopicPartition};
use bytes::Bytes;
use request::Requests;
use std::collections::{BTreeMap, BTreeSet};

/// Fetches from one leader node for one shard.
#[derive(Clone, Debug)]
pub struct ReplicaFetcher {
    leader: NodeId,
    settings: FetcherSettings,
    line: Line,
    partitions: BTreeMap<TopicPartition, Followed>,
    /// The number of partitions that were given records or an error, and have not told the fetcher yet at which offset
    /// to continue.
    awaited: usize,
    /// The time until which the next fetch waits for the partitions that `awaited` counts.
    awaits_until: Instant,
    /// The partitions that had an error, each with the time before which it is not fetched again.
    resting: Timers<TopicPartition>,
    /// The partitions that had an error in this turn. Their back-off begins at the turn's end.
    erred: BTreeSet<TopicPartition>,
    requests: Requests,
}

/// The state of the connection to the leader's node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Line {
    /// There is no connection. One is dialed as soon as a partition is to be fetched.
    Down,
    /// There is no connection, and none is dialed before `until`, because the last one failed or was closed.
    Resting { until: Instant },
    /// The connection is being made.
    Dialing { deadline: Instant },
    /// The connection is up, and no fetch is in flight.
    Free,
    /// A fetch is in flight.
    Fetching { correlation: i32, deadline: Instant },
}

/// A partition that is fetched.
#[derive(Clone, Copy, Debug)]
struct Followed {
    position: FetchPosition,
    /// The leader's high watermark and log start offset that the partition was last told. An answer without records is
    /// handed to the partition only if it differs from these, or reports an error or a divergence.
    told: (Option<Offset>, Option<Offset>),
    place: FetchState,
}

/// Where a partition is in the cycle of fetches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum FetchState {
    /// The partition will be in the next fetch.
    Next,
    /// The partition is in the fetch in flight.
    InFlight,
    /// The replica was given fetched records or an error, and has not told the fetcher yet at which offset to continue.
    Awaited,
    /// The partition is left out of all fetches until its back-off is over (`replica.fetch.backoff.ms`).
    Resting,
}

impl ReplicaFetcher {
    /// Makes a fetcher for node `me` from node `leader`; `epoch` is the present registration of `me`, if there is one.
    /// Nothing is dialed before a partition is to be fetched.
    #[must_use]
    pub fn new(leader: NodeId, me: NodeId, epoch: Option<BrokerEpoch>, settings: FetcherSettings) -> ReplicaFetcher {
        ReplicaFetcher {
            leader,
            settings,
            line: Line::Down,
            partitions: BTreeMap::new(),
            awaited: 0,
            awaits_until: Instant::default(),
            resting: Timers::default(),
            erred: BTreeSet::new(),
            requests: Requests::new(leader, me, epoch),
        }
    }

    /// Takes the broker epoch of this node's new registration (KIP-903).
    pub fn on_registered(&mut self, epoch: BrokerEpoch) {
        self.requests.on_registered(epoch);
    }

    /// Fetches this partition from `position`: in the next fetch, or, if the position says that it comes after an
    /// error, when the back-off is over.
    pub fn follow(&mut self, partition: TopicPartition, position: FetchPosition) {
        let place = if position.after_error { FetchState::Resting } else { FetchState::Next };
        let fresh = Followed { position, told: (None, None), place };
        let Some(followed) = self.partitions.get_mut(&partition) else {
            self.partitions.insert(partition, fresh);
            self.rest_if_erred(partition, place);
            return;
        };
        let is_same_epoch = followed.position.leader_epoch == position.leader_epoch;
        let told = if is_same_epoch { followed.told } else { fresh.told };
        let before = core::mem::replace(followed, Followed { told, ..fresh }).place;
        self.left(partition, before);
        self.rest_if_erred(partition, place);
    }

    /// Notes that the partition's log begins at `log_start`, which the next fetches will carry.
    pub fn note_log_start(&mut self, partition: TopicPartition, log_start: Offset) {
        if let Some(followed) = self.partitions.get_mut(&partition) {
            followed.position.log_start = log_start;
        }
    }

    /// Stops fetching this partition.
    pub fn forget(&mut self, partition: TopicPartition) {
        if let Some(followed) = self.partitions.remove(&partition) {
            self.left(partition, followed.place);
        }
    }

    /// Notes that the connection to the leader is up, so that the next fetch can be sent.
    pub fn on_dialed(&mut self, _env: &mut Env<'_>, _out: &mut Vec<FetcherOutput>) {
        if matches!(self.line, Line::Dialing { .. }) {
            self.line = Line::Free;
        }
    }

    /// Notes that the connection to the leader could not be made, or was closed.
    pub fn on_closed(&mut self, env: &mut Env<'_>, _out: &mut Vec<FetcherOutput>) {
        self.rest(env);
    }

    /// Handles the leader's answer to a fetch: a whole frame, without its length prefix.
    pub fn on_frame(&mut self, frame: Bytes, env: &mut Env<'_>, out: &mut Vec<FetcherOutput>) {
        let Line::Fetching { correlation, .. } = self.line else {
            return self.hang_up(env, out);
        };
        let held = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        let Ok(answer) = request::answer(frame, correlation) else {
            return self.hang_up(env, out);
        };
        self.line = Line::Free;
        self.awaits_until = env.now.mono.plus_ms(i64::from(self.settings.max_wait_ms));
        for (partition, fetched) in request::partitions(answer, held) {
            self.on_partition(partition, fetched, out);
        }
        self.recall();
    }

    /// Handles timeouts at the time that [`ReplicaFetcher::next_wake`] asked for. A call at any other time does no
    /// harm.
    pub fn on_wake(&mut self, env: &mut Env<'_>, out: &mut Vec<FetcherOutput>) {
        let now = env.now.mono;
        match self.line {
            Line::Resting { until } if until <= now => self.line = Line::Down,
            // Closes the connection after a timeout. If only the connection was bad, a new one may work.
            Line::Dialing { deadline } | Line::Fetching { deadline, .. } if deadline <= now => self.hang_up(env, out),
            _ => {}
        }
    }

    /// Ends the turn, after all its events were handled: sends the next fetch, if none is in flight. Call it after the
    /// partitions' own `on_turn_end`, in which they say from which offsets to fetch.
    pub fn on_turn_end(&mut self, env: &mut Env<'_>, out: &mut Vec<FetcherOutput>) {
        let now = env.now.mono;
        let until = now.plus_ms(i64::from(self.settings.backoff_ms));
        for partition in core::mem::take(&mut self.erred) {
            self.resting.set(partition, Some(until));
        }
        match self.line {
            Line::Down if !self.partitions.is_empty() => {
                self.line = Line::Dialing { deadline: now.plus_ms(i64::from(self.settings.socket_timeout_ms)) };
                out.push(FetcherOutput::Dial);
            }
            Line::Free if self.awaited == 0 || self.awaits_until <= now => {
                self.fetch(now, out);
                self.awaits_until = now.plus_ms(i64::from(self.settings.max_wait_ms));
            }
            _ => {}
        }
    }

    /// The time at which [`ReplicaFetcher::on_wake`] and [`ReplicaFetcher::on_turn_end`] must be called next; none if
    /// nothing waits.
    #[must_use]
    pub fn next_wake(&self) -> Option<Instant> {
        match self.line {
            Line::Down => None,
            Line::Resting { until } => Some(until),
            Line::Dialing { deadline } | Line::Fetching { deadline, .. } => Some(deadline),
            Line::Free if self.awaited > 0 => Some(self.awaits_until),
            Line::Free => self.resting.next(),
        }
    }

    /// Returns whether `on_turn_end` would do nothing, because the fetcher waits for the network or the clock, and
    /// nothing has changed.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        let waits = matches!(self.line, Line::Resting { .. } | Line::Dialing { .. } | Line::Fetching { .. });
        waits && self.erred.is_empty()
    }

    /// Returns whether no partition is left, so that the shard may close the connection and drop the fetcher.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.partitions.is_empty()
    }

    /// Sends the next fetch, if there is anything to fetch.
    fn fetch(&mut self, now: Instant, out: &mut Vec<FetcherOutput>) {
        self.wake_resting(now);
        let partitions =
            self.partitions.iter_mut().filter(|(_, it)| it.place == FetchState::Next).map(|(name, followed)| {
                followed.place = FetchState::InFlight;
                (*name, followed.position)
            });
        if let Some((correlation, parts)) = self.requests.next(partitions, &self.settings) {
            let deadline = now.plus_ms(i64::from(self.settings.socket_timeout_ms));
            self.line = Line::Fetching { correlation, deadline };
            out.push(FetcherOutput::Send { parts });
        }
    }

    fn wake_resting(&mut self, now: Instant) {
        while let Some(partition) = self.resting.take_due(now) {
            if let Some(followed) = self.partitions.get_mut(&partition)
                && followed.place == FetchState::Resting
            {
                followed.place = FetchState::Next;
            }
        }
    }

    fn on_partition(&mut self, partition: TopicPartition, mut fetched: FetchedPartition, out: &mut Vec<FetcherOutput>) {
        // The answer is dropped if the partition was stopped, or was given another position, after the fetch was sent:
        // only the answer to a fetch from the new position counts.
        let Some(followed) = self.partitions.get_mut(&partition).filter(|it| it.place == FetchState::InFlight) else {
            return;
        };
        let is_for_partition = matches!(fetched.error, ErrorCode::None | ErrorCode::OffsetOutOfRange);
        if !is_for_partition {
            // The leadership moved, or the leader does not know yet that it leads, or the leader's disk failed. If
            // there is a new leader, the metadata will tell. Until then, the partition is fetched again after the
            // back-off.
            followed.place = FetchState::Resting;
            self.erred.insert(partition);
            return;
        }
        let is_news = fetched.error.is_error()
            || fetched.diverging.is_some()
            || !fetched.records.is_empty()
            || (fetched.high_watermark, fetched.log_start) != followed.told;
        if !is_news {
            followed.place = FetchState::Next;
            return;
        }
        if fetched.diverging.is_none() {
            followed.told = (fetched.high_watermark, fetched.log_start);
        }
        followed.place = FetchState::Awaited;
        self.awaited += 1;
        fetched.leader_epoch = followed.position.leader_epoch;
        fetched.offset = followed.position.offset;
        out.push(FetcherOutput::Fetched { partition, fetched });
    }

    /// Takes a partition whose state was `place` out of `awaited`, `resting` and `erred`.
    fn left(&mut self, partition: TopicPartition, place: FetchState) {
        match place {
            FetchState::Awaited => self.awaited -= 1,
            FetchState::Resting => {
                self.resting.set(partition, None);
                self.erred.remove(&partition);
            }
            FetchState::Next | FetchState::InFlight => {}
        }
    }

    fn rest_if_erred(&mut self, partition: TopicPartition, place: FetchState) {
        if place == FetchState::Resting {
            self.erred.insert(partition);
        }
    }

    /// Puts the partitions of the fetch in flight that have no answer into the next fetch.
    fn recall(&mut self) {
        for followed in self.partitions.values_mut().filter(|it| it.place == FetchState::InFlight) {
            followed.place = FetchState::Next;
        }
    }

    /// Closes the connection.
    fn hang_up(&mut self, env: &mut Env<'_>, out: &mut Vec<FetcherOutput>) {
        out.push(FetcherOutput::Close);
        self.rest(env);
    }

    /// Notes that there is no connection. The next connection is dialed after a random part of the back-off, so that
    /// not all followers dial at once.
    fn rest(&mut self, env: &mut Env<'_>) {
        let half = (self.settings.backoff_ms / 2).max(1) as u64;
        let jitter = env.draws.below(Site::ReplicaRedial, self.leader.0 as u64, half);
        self.line = Line::Resting { until: env.now.mono.plus_ms((half + jitter) as i64) };
        self.recall();
    }
}
