//! A log's configuration, and what the node knows of a log before it is loaded.

use crate::types::Offset;

/// The part of the topic's and the node's configuration that a log needs.
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
    /// Whether `cleanup.policy` contains `delete`: only then does retention remove segments.
    pub deletes: bool,
    /// `retention.ms`: a segment is removed when its newest record is older. If negative, no segment is too old.
    pub retention_ms: i64,
    /// `retention.bytes`: the oldest segment is removed while the others hold at least this much. If negative, there is
    /// no limit.
    pub retention_bytes: i64,
    /// The most bytes of recent appends that this log keeps in memory for reads.
    pub cache_bytes: u64,
}

/// What the files of a log directory (the marker of a clean stop and the checkpoints) say about a log when the node
/// starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LoadHints {
    /// Whether the log directory has the marker of a clean stop (`.kafka_cleanshutdown`).
    pub clean: bool,
    /// From `recovery-point-offset-checkpoint`, 0 without an entry: every record below it was durable.
    pub recovery_point: Offset,
    /// From `replication-offset-checkpoint`, 0 without an entry. Records below it were never truncated, unless the file
    /// `cut-below` records a truncation. So a bad checksum below both this and the recovery point is corruption, and
    /// not the trace of a truncation.
    pub high_watermark: Offset,
    /// From `log-start-offset-checkpoint`, 0 without an entry.
    pub log_start: Offset,
}
