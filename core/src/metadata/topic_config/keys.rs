//! The table of the keys that a topic may set: name, type, range and default of each, as Apache Kafka 4.x has them.

use super::documentation::documentation;
use crate::metadata::values::{ConfigType, INT_MAX, Kind, LONG_MAX, LONG_MAX_TEXT};

/// One key of a topic's configuration.
#[derive(Debug)]
pub struct TopicKey {
    /// As `CreateTopics` has it.
    pub name: &'static str,
    /// The key of `server.properties` that sets the default of all topics; none where Kafka's brokers have no such key.
    pub broker_key: Option<&'static str>,
    /// Apache Kafka's default.
    pub default: &'static str,
    pub(super) kind: Kind,
}

const fn key(name: &'static str, broker_key: &'static str, kind: Kind, default: &'static str) -> TopicKey {
    TopicKey { name, broker_key: Some(broker_key), default, kind }
}

const fn topics_only(name: &'static str, kind: Kind, default: &'static str) -> TopicKey {
    TopicKey { name, broker_key: None, default, kind }
}

/// Kafka's `LogConfig`, by name.
#[rustfmt::skip]
pub const TOPIC_KEYS: &[TopicKey] = &[
    key("cleanup.policy", "log.cleanup.policy", Kind::AnyOf(&["compact", "delete"]), "delete"),
    key("compression.gzip.level", "compression.gzip.level", Kind::GzipLevel, "-1"),
    key("compression.lz4.level", "compression.lz4.level", Kind::Int(1, 17), "9"),
    key("compression.type", "compression.type", Kind::OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]), "producer"),
    key("compression.zstd.level", "compression.zstd.level", Kind::Int(-131_072, 22), "3"),
    key("delete.retention.ms", "log.cleaner.delete.retention.ms", Kind::Long(0, LONG_MAX), "86400000"),
    key("file.delete.delay.ms", "log.segment.delete.delay.ms", Kind::Long(0, LONG_MAX), "60000"),
    key("flush.messages", "log.flush.interval.messages", Kind::Long(1, LONG_MAX), LONG_MAX_TEXT),
    key("flush.ms", "log.flush.interval.ms", Kind::Long(0, LONG_MAX), LONG_MAX_TEXT),
    topics_only("follower.replication.throttled.replicas", Kind::ThrottledReplicas, ""),
    key("index.interval.bytes", "log.index.interval.bytes", Kind::Int(0, INT_MAX), "4096"),
    topics_only("leader.replication.throttled.replicas", Kind::ThrottledReplicas, ""),
    key("local.retention.bytes", "log.local.retention.bytes", Kind::Long(-2, LONG_MAX), "-2"),
    key("local.retention.ms", "log.local.retention.ms", Kind::Long(-2, LONG_MAX), "-2"),
    key("max.compaction.lag.ms", "log.cleaner.max.compaction.lag.ms", Kind::Long(1, LONG_MAX), LONG_MAX_TEXT),
    key("max.message.bytes", "message.max.bytes", Kind::Int(0, INT_MAX), "1048588"),
    key("message.timestamp.after.max.ms", "log.message.timestamp.after.max.ms", Kind::Long(0, LONG_MAX), "3600000"),
    key("message.timestamp.before.max.ms", "log.message.timestamp.before.max.ms", Kind::Long(0, LONG_MAX), LONG_MAX_TEXT),
    key("message.timestamp.type", "log.message.timestamp.type", Kind::OneOf(&["CreateTime", "LogAppendTime"]), "CreateTime"),
    key("min.cleanable.dirty.ratio", "log.cleaner.min.cleanable.ratio", Kind::Ratio, "0.5"),
    key("min.compaction.lag.ms", "log.cleaner.min.compaction.lag.ms", Kind::Long(0, LONG_MAX), "0"),
    key("min.insync.replicas", "min.insync.replicas", Kind::Int(1, INT_MAX), "1"),
    key("preallocate", "log.preallocate", Kind::Bool, "false"),
    topics_only("remote.log.copy.disable", Kind::Bool, "false"),
    topics_only("remote.log.delete.on.disable", Kind::Bool, "false"),
    topics_only("remote.storage.enable", Kind::OnlyFalse, "false"),
    key("retention.bytes", "log.retention.bytes", Kind::Long(-1, LONG_MAX), "-1"),
    key("retention.ms", "log.retention.ms", Kind::Long(-1, LONG_MAX), "604800000"),
    key("segment.bytes", "log.segment.bytes", Kind::Int(1 << 20, INT_MAX), "1073741824"),
    key("segment.index.bytes", "log.index.size.max.bytes", Kind::Int(4, INT_MAX), "10485760"),
    key("segment.jitter.ms", "log.roll.jitter.ms", Kind::Long(0, LONG_MAX), "0"),
    key("segment.ms", "log.roll.ms", Kind::Long(1, LONG_MAX), "604800000"),
    key("unclean.leader.election.enable", "unclean.leader.election.enable", Kind::Bool, "false"),
];

/// Kafka's own way to segments below a mebibyte, for tests. It is described only for a topic that sets it (KIP-1030).
const INTERNAL_SEGMENT_BYTES: TopicKey = topics_only("internal.segment.bytes", Kind::Int(14, INT_MAX), "");

/// Keys of `server.properties` that set one default in several units: the one that counts first, then the others, each
/// with the number of the topic's units in one of its own (`ServerTopicConfigSynonyms`).
const SAME_DEFAULT: &[&[(&str, i64)]] = &[
    &[("log.flush.interval.ms", 1), ("log.flush.scheduler.interval.ms", 1)],
    &[("log.retention.ms", 1), ("log.retention.minutes", 60_000), ("log.retention.hours", 3_600_000)],
    &[("log.roll.jitter.ms", 1), ("log.roll.jitter.hours", 3_600_000)],
    &[("log.roll.ms", 1), ("log.roll.hours", 3_600_000)],
];

/// The broker's keys that set the same default as this one in other units, itself among them, in the order in which they
/// count; empty where there is no other.
pub(in crate::metadata) fn same_default(broker_key: &str) -> &'static [(&'static str, i64)] {
    SAME_DEFAULT.iter().find(|keys| keys.iter().any(|(name, _)| *name == broker_key)).copied().unwrap_or_default()
}

impl TopicKey {
    /// The key that a topic knows by that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static TopicKey> {
        if name == INTERNAL_SEGMENT_BYTES.name {
            return Some(&INTERNAL_SEGMENT_BYTES);
        }
        TOPIC_KEYS.binary_search_by(|key| key.name.cmp(name)).ok().map(|at| &TOPIC_KEYS[at])
    }

    /// The type of the key's values.
    #[must_use]
    pub fn config_type(&self) -> ConfigType {
        self.kind.config_type()
    }

    /// What the key does, in a sentence, with its unit.
    #[must_use]
    pub fn documentation(&self) -> &'static str {
        documentation(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_takes_its_own_defaults() {
        assert!(TOPIC_KEYS.windows(2).all(|pair| pair[0].name < pair[1].name));
        for key in TOPIC_KEYS {
            assert!(key.kind.takes(key.default), "{}", key.name);
        }
    }

    #[test]
    fn keys_in_other_units_are_of_keys_in_the_table() {
        for keys in SAME_DEFAULT {
            assert!(TOPIC_KEYS.iter().any(|key| key.broker_key == Some(keys[0].0)), "{}", keys[0].0);
        }
    }
}
