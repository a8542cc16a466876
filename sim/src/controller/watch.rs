//! What the controller knows of one partition from what its leader says.

use gracchus_core::io::TraceEvent;
use gracchus_core::metadata::PartitionRegistration;
use gracchus_core::types::{LeaderEpoch, NodeId, Offset, PartitionEpoch, TopicPartition};
use std::collections::{BTreeMap, BTreeSet};

/// One partition, as its leader tells.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    /// The leadership that all this is about.
    epoch: LeaderEpoch,
    /// The log end when it began; none before the leader said that it leads.
    start: Option<Offset>,
    end: Offset,
    high_watermark: Offset,
    /// The registration whose in-sync set the leader has taken as its own.
    taken: Option<PartitionEpoch>,
    /// When the in-sync set last grew, as its registration says.
    grown: PartitionEpoch,
    followers: BTreeMap<NodeId, Follower>,
    /// Members of the in-sync set that surely hold everything committed.
    confirmed: BTreeSet<NodeId>,
    isr: Vec<NodeId>,
    /// Replicas whose disk failed.
    offline: BTreeSet<NodeId>,
    leader: Option<NodeId>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Follower {
    /// How far it is in this leadership; none before its first fetch.
    at: Option<Offset>,
    /// When it last had everything.
    caught_up_at: u64,
    /// The leader's end and the time when it was last heard of.
    before: (Offset, u64),
}

impl Watch {
    pub(super) fn new(registration: &PartitionRegistration) -> Watch {
        let mut watch = Watch { confirmed: registration.isr.iter().copied().collect(), ..Watch::default() };
        watch.on_changed(registration);
        watch
    }

    /// The registration changed.
    pub(super) fn on_changed(&mut self, to: &PartitionRegistration) {
        if to.isr.iter().any(|node| !self.isr.contains(node)) {
            self.grown = to.partition_epoch;
        }
        if to.leader_epoch != self.epoch {
            self.epoch = to.leader_epoch;
            (self.start, self.taken) = (None, None);
            self.followers.clear();
        }
        self.leader = to.leader;
        self.isr.clone_from(&to.isr);
        self.confirmed.retain(|node| to.isr.contains(node));
    }

    /// A node is back, in a new life or the old one: its leader will say anew how far it is. A disk that failed is well
    /// again only in a new life.
    pub(super) fn on_registered(&mut self, node: NodeId, in_new_life: bool) {
        self.followers.remove(&node);
        if in_new_life {
            self.offline.remove(&node);
        }
    }

    /// Takes in what the leader of `epoch` said. Whether that can change who is in sync.
    pub(super) fn note(&mut self, event: &TraceEvent, current: LeaderEpoch, at: u64) -> bool {
        match event {
            TraceEvent::BecameLeader { epoch, start, .. } if *epoch == current => {
                (self.start, self.end, self.high_watermark) = (Some(*start), *start, Offset::ZERO);
                for node in self.isr.clone() {
                    self.followers.entry(node).or_default().caught_up_at = at;
                }
                false
            }
            TraceEvent::Appended { epoch, last, as_leader: true, .. } if *epoch == current => {
                self.end = last.plus(1);
                false
            }
            TraceEvent::HighWatermark { epoch, to, as_leader: true, .. } if *epoch == current => {
                self.high_watermark = *to;
                self.anyone_unconfirmed()
            }
            TraceEvent::InSync { epoch, partition_epoch, .. } if *epoch == current => {
                self.taken = Some(*partition_epoch);
                true
            }
            TraceEvent::FollowerAt { epoch, follower, end, .. } if *epoch == current => {
                self.note_follower(*follower, *end, at);
                true
            }
            _ => false,
        }
    }

    /// Whether a replica has everything that is committed (KIP-497: and everything that the leader began with).
    pub(super) fn has_caught_up(&self, node: NodeId) -> bool {
        let at = self.followers.get(&node).and_then(|follower| follower.at);
        let (Some(at), Some(start)) = (at, self.start) else { return false };
        at >= self.high_watermark && at >= start
    }

    /// Whether the leader goes by the present registration: what it says of followers while it goes by an earlier one puts
    /// nobody into the in-sync set (KIP-497).
    pub(super) fn has_taken(&self, current: PartitionEpoch) -> bool {
        self.taken.is_some_and(|taken| taken >= current)
    }

    /// Whether a member of the in-sync set has everything committed for good: the leader waits for it already.
    pub(super) fn is_confirmable(&self, node: NodeId, _current: PartitionEpoch) -> bool {
        !self.is_confirmed(node) && self.taken.is_some_and(|taken| taken >= self.grown) && self.has_caught_up(node)
    }

    pub(super) fn is_confirmed(&self, node: NodeId) -> bool {
        self.confirmed.contains(&node)
    }

    pub(super) fn confirm(&mut self, node: NodeId) {
        self.confirmed.insert(node);
    }

    pub(super) fn anyone_unconfirmed(&self) -> bool {
        self.isr.len() > self.confirmed.len()
    }

    pub(super) fn set_offline(&mut self, node: NodeId) {
        self.offline.insert(node);
    }

    pub(super) fn is_offline(&self, node: NodeId) -> bool {
        self.offline.contains(&node)
    }

    /// Whether some member of the in-sync set does not have everything.
    pub(super) fn anyone_behind(&self) -> bool {
        self.start.is_some() && self.isr.iter().any(|node| Some(*node) != self.leader && self.is_behind(*node))
    }

    /// Whether a follower has been behind for too long (`replica.lag.time.max.ms`).
    pub(super) fn lags(&self, node: NodeId, at: u64, lag_ns: u64) -> bool {
        let since = self.followers.get(&node).map_or(0, |follower| follower.caught_up_at);
        self.start.is_some() && self.is_behind(node) && at.saturating_sub(since) > lag_ns
    }

    fn is_behind(&self, node: NodeId) -> bool {
        self.followers.get(&node).and_then(|follower| follower.at).is_none_or(|at| at < self.end)
    }

    /// A follower that reaches the end which the leader had at the fetch before was caught up at that time.
    fn note_follower(&mut self, node: NodeId, end: Offset, at: u64) {
        let leader_end = self.end;
        let follower = self.followers.entry(node).or_default();
        if end >= leader_end {
            follower.caught_up_at = at;
        } else if end >= follower.before.0 && follower.at.is_some() {
            follower.caught_up_at = follower.caught_up_at.max(follower.before.1);
        }
        follower.at = Some(end);
        follower.before = (leader_end, at);
    }
}

/// Of which partition an event is that the controller listens to.
pub(super) fn partition_of(event: &TraceEvent) -> Option<TopicPartition> {
    match event {
        TraceEvent::Appended { partition, as_leader: true, .. }
        | TraceEvent::HighWatermark { partition, as_leader: true, .. }
        | TraceEvent::BecameLeader { partition, .. }
        | TraceEvent::InSync { partition, .. }
        | TraceEvent::FollowerAt { partition, .. }
        | TraceEvent::Offline { partition, .. } => Some(*partition),
        _ => None,
    }
}
