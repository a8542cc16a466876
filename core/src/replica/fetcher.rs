//! One follower shard's fetches from one leader node: a connection, one fetch in flight over all its partitions.

use super::FetchPosition;
use crate::io::Env;
use crate::types::{BrokerEpoch, ErrorCode, Instant, LeaderEpoch, NodeId, Offset, TopicPartition};
use bytes::Bytes;

/// How to fetch. Times are milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FetcherSettings {
    /// `replica.fetch.wait.max.ms`.
    pub max_wait_ms: i32,
    /// `replica.fetch.min.bytes`.
    pub min_bytes: i32,
    /// `replica.fetch.max.bytes`, per partition.
    pub partition_max_bytes: i32,
    /// `replica.fetch.response.max.bytes`.
    pub response_max_bytes: i32,
    /// `replica.fetch.backoff.ms`: for a partition that had an error and for a connection that failed.
    pub backoff_ms: i32,
    /// `replica.socket.timeout.ms`: a fetch that stays unanswered so long ends its connection.
    pub socket_timeout_ms: i32,
}

/// What a fetcher wants done. It has one connection at a time: the shard names it, keeps it by leader node, and after
/// [`FetcherOutput::Close`] tells the fetcher nothing more of the old one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FetcherOutput {
    /// Connect to the leader's node.
    Dial,
    /// Send one whole frame, length prefix included.
    Send {
        /// The frame's bytes, in order.
        parts: Vec<Bytes>,
    },
    /// End the connection.
    Close,
    /// Hand this to the partition ([`super::Partition::on_fetched`]).
    Fetched {
        /// Which.
        partition: TopicPartition,
        /// What the leader said of it.
        fetched: FetchedPartition,
    },
}

/// A leader's answer for one partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FetchedPartition {
    /// Under which leadership it was asked.
    pub leader_epoch: LeaderEpoch,
    /// From where it was asked.
    pub offset: Offset,
    /// `NONE`, or why there are no records.
    pub error: ErrorCode,
    /// The leader's high watermark.
    pub high_watermark: Option<Offset>,
    /// The leader's log start.
    pub log_start: Option<Offset>,
    /// The follower's log parts from the leader's: the leader's greatest epoch not above the last fetched one, and where
    /// that ends (KIP-595).
    pub diverging: Option<(LeaderEpoch, Offset)>,
    /// Whole batches, the last one perhaps cut short.
    pub records: Bytes,
    /// The size of the allocation that `records` keeps alive.
    pub held: u32,
}

/// Fetches from one leader node for one shard.
#[derive(Clone, Debug)]
pub struct ReplicaFetcher {}

impl ReplicaFetcher {
    /// For node `me`, in its present registration where there is one, from `leader`. Nothing is dialed before a
    /// partition is to be fetched.
    #[must_use]
    pub fn new(
        _leader: NodeId,
        _me: NodeId,
        _epoch: Option<BrokerEpoch>,
        _settings: FetcherSettings,
    ) -> ReplicaFetcher {
        todo!()
    }

    /// This node was registered anew (KIP-903).
    pub fn on_registered(&mut self, _epoch: BrokerEpoch) {
        todo!()
    }

    /// Fetch this partition from there, from the next fetch on.
    pub fn follow(&mut self, _partition: TopicPartition, _position: FetchPosition) {
        todo!()
    }

    /// Fetch it no more.
    pub fn forget(&mut self, _partition: TopicPartition) {
        todo!()
    }

    /// The connection stands.
    pub fn on_dialed(&mut self, _env: &mut Env<'_>, _out: &mut Vec<FetcherOutput>) {
        todo!()
    }

    /// It does not, or is over.
    pub fn on_closed(&mut self, _env: &mut Env<'_>, _out: &mut Vec<FetcherOutput>) {
        todo!()
    }

    /// A whole frame arrived, its length prefix taken off.
    pub fn on_frame(&mut self, _frame: Bytes, _env: &mut Env<'_>, _out: &mut Vec<FetcherOutput>) {
        todo!()
    }

    /// The time asked for by [`ReplicaFetcher::next_wake`] has come; may be spurious.
    pub fn on_wake(&mut self, _env: &mut Env<'_>, _out: &mut Vec<FetcherOutput>) {
        todo!()
    }

    /// The turn's events were all handed in: the next fetch leaves, where none is under way. Call it after the
    /// partitions' own `on_turn_end`.
    pub fn on_turn_end(&mut self, _env: &mut Env<'_>, _out: &mut Vec<FetcherOutput>) {
        todo!()
    }

    /// When [`ReplicaFetcher::on_wake`] is wanted.
    #[must_use]
    pub fn next_wake(&self) -> Option<Instant> {
        todo!()
    }

    /// Whether it has no partition left; the shard may close its connection and drop it.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        todo!()
    }
}
