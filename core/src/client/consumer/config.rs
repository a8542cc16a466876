//! What a consumer is told.

use crate::client::config::ClusterConfig;
use crate::types::{LeaderEpoch, Offset};

/// A consumer's configuration, by Kafka's names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConsumerConfig {
    /// Where the brokers are. `request.timeout.ms` must be longer than `fetch.max.wait.ms`.
    pub cluster: ClusterConfig,
    /// `fetch.max.wait.ms`.
    pub max_wait_ms: i32,
    /// `fetch.min.bytes`.
    pub min_bytes: i32,
    /// `fetch.max.bytes`.
    pub max_bytes: i32,
    /// `max.partition.fetch.bytes`.
    pub max_partition_bytes: i32,
    /// `isolation.level=read_committed`.
    pub read_committed: bool,
    /// `auto.offset.reset`.
    pub reset: OffsetReset,
    /// `check.crcs`.
    pub check_crcs: bool,
}

impl Default for ConsumerConfig {
    fn default() -> ConsumerConfig {
        ConsumerConfig {
            cluster: ClusterConfig::default(),
            max_wait_ms: 500,
            min_bytes: 1,
            max_bytes: 50 << 20,
            max_partition_bytes: 1 << 20,
            read_committed: false,
            reset: OffsetReset::Latest,
            check_crcs: true,
        }
    }
}

/// Where to go on when the position is in no log (`auto.offset.reset`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OffsetReset {
    /// At the log start.
    Earliest,
    /// At the log's end.
    Latest,
    /// Nowhere: the partition stops, and its user decides.
    None,
}

/// Where a partition's position begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StartAt {
    /// There.
    Offset(Offset),
    /// At an offset that was committed, together with the leader epoch of the record before it. A newer leader is asked
    /// first whether its log still has that record (KIP-320).
    Committed(Offset, LeaderEpoch),
    /// At the log start.
    Earliest,
    /// At the log's end.
    Latest,
}
