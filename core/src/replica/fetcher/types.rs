//! A fetcher's settings and outputs.

use crate::types::{ErrorCode, LeaderEpoch, Offset, TopicPartition};
use bytes::Bytes;

/// The broker configuration of the fetches. Times are milliseconds.
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
    /// `replica.fetch.backoff.ms`: how long to wait before a partition is fetched again after an error, or before the
    /// next connection is dialed after one failed.
    pub backoff_ms: i32,
    /// `replica.socket.timeout.ms`: if a fetch is not answered within this time, the connection is closed.
    pub socket_timeout_ms: i32,
}

/// What a fetcher wants done. A fetcher has at most one connection, so its outputs do not say which connection they
/// mean: the shard keeps a connection id for each fetcher. After [`FetcherOutput::Close`] the shard hands the fetcher
/// no more events of that connection.
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
    /// Hand this answer to the partition ([`crate::replica::Partition::on_fetched`]).
    Fetched {
        /// The partition.
        partition: TopicPartition,
        /// The leader's answer for the partition.
        fetched: FetchedPartition,
    },
}

/// A leader's answer for one partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FetchedPartition {
    /// The leader epoch under which the fetch was made.
    pub leader_epoch: LeaderEpoch,
    /// The offset from which the fetch was made.
    pub offset: Offset,
    /// `NONE`, or why there are no records.
    pub error: ErrorCode,
    /// The leader's high watermark.
    pub high_watermark: Option<Offset>,
    /// The leader's log start offset.
    pub log_start: Option<Offset>,
    /// Set if the follower's log diverges from the leader's: the leader's greatest epoch that is not above the
    /// follower's last one, and the offset where that epoch ends (KIP-595).
    pub diverging: Option<(LeaderEpoch, Offset)>,
    /// The fetched batches. The last one may be incomplete, because the leader may cut it off at the size limit.
    pub records: Bytes,
    /// The size in bytes of the frame that `records` keeps alive in memory.
    pub held: u32,
}
