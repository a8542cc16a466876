//! The part of a topic's configuration that a replica needs.

use crate::log::LogConfig;

/// A topic's configuration, as far as a replica needs it. Sizes are in bytes, times in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TopicSettings {
    /// `min.insync.replicas`, at least 1.
    pub min_insync_replicas: u32,
    /// `flush.messages`. With 1, answers to produce requests and a follower's fetches wait for a sync; with larger
    /// values nothing waits.
    pub flush_messages: i64,
    /// `flush.ms`.
    pub flush_ms: i64,
    /// `max.message.bytes`, the limit for a whole batch.
    pub max_message_bytes: u32,
    /// Whether the leader stamps records (`message.timestamp.type=LogAppendTime`).
    pub log_append_time: bool,
    /// `message.timestamp.before.max.ms`.
    pub timestamp_before_max_ms: i64,
    /// `message.timestamp.after.max.ms`.
    pub timestamp_after_max_ms: i64,
    /// Whether `cleanup.policy` contains `compact`: then every record needs a key.
    pub compacted: bool,
    /// Whether `cleanup.policy` contains `delete`: then retention removes segments, and clients may delete records.
    pub deletes: bool,
    /// `retention.ms`; if negative, records stay for ever.
    pub retention_ms: i64,
    /// `retention.bytes`; if negative, there is no limit.
    pub retention_bytes: i64,
    /// `file.delete.delay.ms`.
    pub file_delete_delay_ms: i64,
    /// `segment.bytes`.
    pub segment_bytes: u32,
    /// `segment.ms`.
    pub segment_ms: i64,
    /// `segment.index.bytes`.
    pub segment_index_bytes: u32,
    /// `index.interval.bytes`.
    pub index_interval_bytes: u32,
    /// `producer.id.expiration.ms`, which is a setting of the broker and not of the topic.
    pub producer_id_expiration_ms: i64,
    /// How many bytes of its newest records the partition keeps in memory: its share of `gracchus.tail.cache.bytes`,
    /// which a shard divides between its partitions.
    pub tail_cache_bytes: u64,
}

impl TopicSettings {
    /// The part of the configuration that the log needs.
    pub(super) fn log(&self) -> LogConfig {
        LogConfig {
            segment_bytes: self.segment_bytes,
            segment_ms: self.segment_ms,
            segment_index_bytes: self.segment_index_bytes,
            index_interval_bytes: self.index_interval_bytes,
            producer_id_expiration_ms: self.producer_id_expiration_ms,
            deletes: self.deletes,
            retention_ms: self.retention_ms,
            retention_bytes: self.retention_bytes,
            cache_bytes: self.tail_cache_bytes,
        }
    }

    /// Whether answers to produce requests, and a follower's fetches, wait for a sync.
    #[must_use]
    pub fn gates_on_sync(&self) -> bool {
        self.flush_messages == 1
    }
}
