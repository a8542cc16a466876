//! What a log is told.

use crate::types::Offset;

/// A log's share of its topic's and its node's configuration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LogConfig {
    /// `segment.bytes`.
    pub segment_bytes: u32,
    /// `segment.ms`.
    pub segment_ms: i64,
    /// `segment.index.bytes`.
    pub segment_index_bytes: u32,
    /// `index.interval.bytes`.
    pub index_interval_bytes: u32,
    /// `producer.id.expiration.ms`.
    pub producer_id_expiration_ms: i64,
    /// Whether `cleanup.policy` has `delete`: only then does retention let segments go.
    pub deletes: bool,
    /// `retention.ms`: a segment goes when its newest record is older; below nought none ever is.
    pub retention_ms: i64,
    /// `retention.bytes`: the oldest segments go while the others hold so much; below nought there is no bound.
    pub retention_bytes: i64,
    /// Whether `cleanup.policy` has `compact`: only then may offsets be missing between batches.
    pub compacted: bool,
    /// Most bytes of recent appends that this log keeps in memory for reads.
    pub cache_bytes: u64,
}

/// What the node remembers of a log from before it stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LoadHints {
    /// Whether the log directory carried the marker of a clean stop.
    pub clean: bool,
    /// From `recovery-point-offset-checkpoint`, 0 where it has none: all below was durable.
    pub recovery_point: Offset,
    /// From `replication-offset-checkpoint`, 0 where it has none. Nothing below was ever truncated, so that a bad
    /// checksum below both this and the recovery point is corruption and not the trace of a truncation.
    pub high_watermark: Offset,
    /// From `log-start-offset-checkpoint`, 0 where it has none.
    pub log_start: Offset,
}
