//! The keys that a topic may set: name, type, range and default of each, as Apache Kafka 4.x has them.
//!
//! Every key of Kafka's is known here. One whose effect does not exist yet is checked and kept all the same, so that a
//! topic means the same when it does.

use super::{TimestampType, TopicConfig};
use core::fmt;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One key of a topic's configuration.
#[derive(Debug)]
pub struct TopicKey {
    /// As `CreateTopics` has it.
    pub name: &'static str,
    /// The key of `server.properties` that sets the default of all topics.
    pub broker_key: &'static str,
    /// Apache Kafka's default.
    pub default: &'static str,
    kind: Kind,
}

/// What values a key takes.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// A whole number of 32 bits, from and to.
    Int(i64, i64),
    /// A whole number of 64 bits, from and to.
    Long(i64, i64),
    /// A fraction from nought to one.
    Ratio,
    Bool,
    OneOf(&'static [&'static str]),
    /// Any of these, with commas between them.
    AnyOf(&'static [&'static str]),
    /// `*`, nothing, or `partition:broker` with commas between them.
    ThrottledReplicas,
    /// Java's `Deflater` levels: 1 to 9, or -1.
    GzipLevel,
    /// Off, and cannot be switched on here.
    OnlyFalse,
}

const INT_MAX: i64 = i32::MAX as i64;
const LONG_MAX: i64 = i64::MAX;
const LONG_MAX_TEXT: &str = "9223372036854775807";

const fn key(name: &'static str, broker_key: &'static str, kind: Kind, default: &'static str) -> TopicKey {
    TopicKey { name, broker_key, default, kind }
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
    key("follower.replication.throttled.replicas", "follower.replication.throttled.replicas", Kind::ThrottledReplicas, ""),
    key("index.interval.bytes", "log.index.interval.bytes", Kind::Int(0, INT_MAX), "4096"),
    key("leader.replication.throttled.replicas", "leader.replication.throttled.replicas", Kind::ThrottledReplicas, ""),
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
    key("remote.log.copy.disable", "remote.log.copy.disable", Kind::Bool, "false"),
    key("remote.log.delete.on.disable", "remote.log.delete.on.disable", Kind::Bool, "false"),
    key("remote.storage.enable", "remote.storage.enable", Kind::OnlyFalse, "false"),
    key("retention.bytes", "log.retention.bytes", Kind::Long(-1, LONG_MAX), "-1"),
    key("retention.ms", "log.retention.ms", Kind::Long(-1, LONG_MAX), "604800000"),
    key("segment.bytes", "log.segment.bytes", Kind::Int(1 << 20, INT_MAX), "1073741824"),
    key("segment.index.bytes", "log.index.size.max.bytes", Kind::Int(4, INT_MAX), "10485760"),
    key("segment.jitter.ms", "log.roll.jitter.ms", Kind::Long(0, LONG_MAX), "0"),
    key("segment.ms", "log.roll.ms", Kind::Long(1, LONG_MAX), "604800000"),
    key("unclean.leader.election.enable", "unclean.leader.election.enable", Kind::Bool, "false"),
];

/// Kafka's own way to segments below a mebibyte, for tests: it is taken, and never described (KIP-1030).
const INTERNAL_SEGMENT_BYTES: TopicKey =
    key("internal.segment.bytes", "log.internal.segment.bytes", Kind::Int(14, INT_MAX), "");

/// A configuration that is refused with INVALID_CONFIG. Its text names the key, what is wrong, and the next step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum InvalidTopicConfig {
    /// No topic has such a key.
    UnknownKey {
        /// As it was given.
        key: Arc<str>,
        /// What may have been meant.
        nearest: Option<&'static str>,
    },
    /// The key takes no such value.
    Value {
        /// The key.
        key: &'static str,
        /// As it was given.
        value: Arc<str>,
        /// What it takes.
        wants: Wants,
    },
    /// `min.compaction.lag.ms` is above `max.compaction.lag.ms`.
    CompactionLags,
}

/// What a key takes, in words.
#[derive(Clone, Copy, Debug)]
pub struct Wants(Kind);

impl PartialEq for Wants {
    fn eq(&self, other: &Wants) -> bool {
        core::mem::discriminant(&self.0) == core::mem::discriminant(&other.0)
    }
}

impl Eq for Wants {}

impl TopicConfig {
    /// What a topic with those keys set means, on a broker with those defaults.
    pub fn parse(
        set: &BTreeMap<Arc<str>, Arc<str>>,
        defaults: &TopicConfig,
    ) -> Result<TopicConfig, InvalidTopicConfig> {
        let mut config = *defaults;
        for (name, value) in set {
            config.set(name, value)?;
        }
        let lag = |name: &str, default: i64| set.get(name).and_then(|text| text.trim().parse().ok()).unwrap_or(default);
        if lag("min.compaction.lag.ms", 0) > lag("max.compaction.lag.ms", LONG_MAX) {
            return Err(InvalidTopicConfig::CompactionLags);
        }
        Ok(config)
    }

    /// Sets one key, with the topic's name for it; `server.properties` finds that by [`TopicKey::broker_key`].
    pub fn set(&mut self, name: &Arc<str>, value: &Arc<str>) -> Result<(), InvalidTopicConfig> {
        let Some(key) = TopicKey::named(name) else {
            return Err(InvalidTopicConfig::UnknownKey { key: name.clone(), nearest: nearest(name) });
        };
        let text = value.trim();
        if !key.kind.takes(text) {
            return Err(InvalidTopicConfig::Value { key: key.name, value: value.clone(), wants: Wants(key.kind) });
        }
        self.put(key.name, text);
        Ok(())
    }

    /// Puts a checked value where it belongs; keys without an effect yet belong nowhere.
    fn put(&mut self, name: &'static str, text: &str) {
        let number = || text.parse::<i64>().expect("was checked to be a number in its key's range");
        match name {
            "segment.bytes" | "internal.segment.bytes" => self.segment_bytes = number() as u32,
            "segment.ms" => self.segment_ms = number(),
            "segment.index.bytes" => self.segment_index_bytes = number() as u32,
            "index.interval.bytes" => self.index_interval_bytes = number() as u32,
            "flush.messages" => self.flush_messages = number(),
            "flush.ms" => self.flush_ms = number(),
            "max.message.bytes" => self.max_message_bytes = number() as u32,
            "min.insync.replicas" => self.min_insync_replicas = number() as i32,
            "message.timestamp.type" if text == "LogAppendTime" => self.timestamp_type = TimestampType::LogAppendTime,
            "message.timestamp.type" => self.timestamp_type = TimestampType::CreateTime,
            "message.timestamp.before.max.ms" => self.timestamp_before_max_ms = number(),
            "message.timestamp.after.max.ms" => self.timestamp_after_max_ms = number(),
            "file.delete.delay.ms" => self.file_delete_delay_ms = number(),
            "cleanup.policy" => self.compacted = text.split(',').any(|part| part.trim() == "compact"),
            _ => {}
        }
    }

    /// The value of an effective key as text, where this build has one.
    fn text_of(&self, name: &str) -> Option<String> {
        Some(match name {
            "segment.bytes" => self.segment_bytes.to_string(),
            "segment.ms" => self.segment_ms.to_string(),
            "segment.index.bytes" => self.segment_index_bytes.to_string(),
            "index.interval.bytes" => self.index_interval_bytes.to_string(),
            "flush.messages" => self.flush_messages.to_string(),
            "flush.ms" => self.flush_ms.to_string(),
            "max.message.bytes" => self.max_message_bytes.to_string(),
            "min.insync.replicas" => self.min_insync_replicas.to_string(),
            "message.timestamp.type" if self.timestamp_type == TimestampType::LogAppendTime => "LogAppendTime".into(),
            "message.timestamp.type" => "CreateTime".into(),
            "message.timestamp.before.max.ms" => self.timestamp_before_max_ms.to_string(),
            "message.timestamp.after.max.ms" => self.timestamp_after_max_ms.to_string(),
            "file.delete.delay.ms" => self.file_delete_delay_ms.to_string(),
            "cleanup.policy" if self.compacted => "compact".into(),
            _ => return None,
        })
    }
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

    /// Whether the value is a list, so that values can be added to it and taken out of it (KIP-339).
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(self.kind, Kind::AnyOf(_) | Kind::ThrottledReplicas)
    }

    /// The key's value on a topic that does not set it, and whether the broker's own configuration gave it.
    #[must_use]
    pub fn default_on(&self, defaults: &TopicConfig) -> (String, bool) {
        match defaults.text_of(self.name) {
            Some(text) if text != self.default => (text, true),
            _ => (self.default.to_owned(), false),
        }
    }
}

impl Kind {
    fn takes(self, text: &str) -> bool {
        match self {
            Kind::Int(from, to) | Kind::Long(from, to) => {
                text.parse::<i64>().is_ok_and(|number| (from..=to).contains(&number))
            }
            Kind::Ratio => text.parse::<f64>().is_ok_and(|ratio| (0.0..=1.0).contains(&ratio)),
            Kind::Bool => text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
            Kind::OneOf(known) => known.contains(&text),
            // KIP-1161: an empty list is legal; of `cleanup.policy` it means that nothing is ever removed.
            Kind::AnyOf(known) => text.is_empty() || text.split(',').all(|part| known.contains(&part.trim())),
            Kind::ThrottledReplicas => text.is_empty() || text == "*" || text.split(',').all(is_throttled_replica),
            Kind::GzipLevel => text.parse::<i64>().is_ok_and(|level| level == -1 || (1..=9).contains(&level)),
            Kind::OnlyFalse => text.eq_ignore_ascii_case("false"),
        }
    }
}

fn is_throttled_replica(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.trim().split_once(':').is_some_and(|(partition, broker)| is_number(partition) && is_number(broker))
}

impl fmt::Display for Wants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Int(from, LONG_MAX | INT_MAX) | Kind::Long(from, LONG_MAX) => {
                write!(f, "a whole number of at least {from}")
            }
            Kind::Int(from, to) | Kind::Long(from, to) => write!(f, "a whole number from {from} to {to}"),
            Kind::Ratio => f.write_str("a number from 0 to 1"),
            Kind::Bool => f.write_str("true or false"),
            Kind::OneOf(known) => write!(f, "one of {}", known.join(", ")),
            Kind::AnyOf(known) => write!(f, "any of {}, separated by commas", known.join(", ")),
            Kind::ThrottledReplicas => f.write_str("* or partition:broker pairs, separated by commas"),
            Kind::GzipLevel => f.write_str("a whole number from 1 to 9, or -1"),
            Kind::OnlyFalse => f.write_str("false: this broker has no tiered storage"),
        }
    }
}

impl fmt::Display for InvalidTopicConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidTopicConfig::UnknownKey { key, nearest: Some(nearest) } => {
                write!(f, "Unknown topic config name: {key}; did you mean {nearest}?")
            }
            InvalidTopicConfig::UnknownKey { key, nearest: None } => write!(f, "Unknown topic config name: {key}"),
            InvalidTopicConfig::Value { key, value, wants } => {
                write!(f, "Invalid value {value} for configuration {key}: it takes {wants}")
            }
            InvalidTopicConfig::CompactionLags => f.write_str(
                "min.compaction.lag.ms is above max.compaction.lag.ms: a record could never be compacted in time",
            ),
        }
    }
}

/// The known key that takes the fewest edits, if that is few enough to have been meant.
fn nearest(name: &str) -> Option<&'static str> {
    const LONGEST: usize = 64;
    if name.len() > LONGEST {
        return None;
    }
    let distance = |known: &TopicKey| edits(name.as_bytes(), known.name.as_bytes());
    let best = TOPIC_KEYS.iter().min_by_key(|known| distance(known))?;
    // What is a `server.properties` key for the same thing was surely meant.
    let synonym = TOPIC_KEYS.iter().find(|known| known.broker_key == name);
    synonym.or((distance(best) <= best.name.len() / 3).then_some(best)).map(|key| key.name)
}

/// How many bytes must be put in, taken out or changed to make one of the other (Levenshtein).
fn edits(one: &[u8], other: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, byte) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (to, against) in other.iter().enumerate() {
            let changed = diagonal + usize::from(byte != against);
            diagonal = row[to + 1];
            row[to + 1] = changed.min(row[to] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<TopicConfig, InvalidTopicConfig> {
        let set = pairs.iter().map(|(key, value)| (Arc::from(*key), Arc::from(*value))).collect();
        TopicConfig::parse(&set, &TopicConfig::default())
    }

    #[test]
    fn the_table_is_sorted_and_takes_its_own_defaults() {
        assert!(TOPIC_KEYS.windows(2).all(|pair| pair[0].name < pair[1].name));
        for key in TOPIC_KEYS {
            assert!(key.kind.takes(key.default), "{}", key.name);
        }
    }

    #[test]
    fn the_defaults_as_text_mean_the_default_configuration() {
        let all: Vec<(&str, &str)> = TOPIC_KEYS.iter().map(|key| (key.name, key.default)).collect();
        assert_eq!(parse(&all), Ok(TopicConfig::default()));
        for key in TOPIC_KEYS {
            assert_eq!(key.default_on(&TopicConfig::default()), (key.default.to_owned(), false), "{}", key.name);
        }
    }

    #[test]
    fn a_broker_that_sets_a_default_says_so() {
        let defaults = TopicConfig { min_insync_replicas: 2, ..TopicConfig::default() };
        let key = TopicKey::named("min.insync.replicas").expect("is known");
        assert_eq!(key.default_on(&defaults), ("2".to_owned(), true));
    }

    #[test]
    fn each_effective_key_has_its_effect() {
        let config = parse(&[
            ("cleanup.policy", "delete, compact"),
            ("file.delete.delay.ms", "11"),
            ("flush.messages", "1"),
            ("flush.ms", "1000"),
            ("index.interval.bytes", "100"),
            ("max.message.bytes", "2000"),
            ("message.timestamp.after.max.ms", "7"),
            ("message.timestamp.before.max.ms", "8"),
            ("message.timestamp.type", "LogAppendTime"),
            ("min.insync.replicas", "2"),
            ("segment.bytes", " 1048576 "),
            ("segment.index.bytes", "400"),
            ("segment.ms", "9"),
        ]);
        let wanted = TopicConfig {
            segment_bytes: 1 << 20,
            segment_ms: 9,
            segment_index_bytes: 400,
            index_interval_bytes: 100,
            flush_messages: 1,
            flush_ms: 1000,
            max_message_bytes: 2000,
            min_insync_replicas: 2,
            timestamp_type: TimestampType::LogAppendTime,
            timestamp_before_max_ms: 8,
            timestamp_after_max_ms: 7,
            compacted: true,
            file_delete_delay_ms: 11,
        };
        assert_eq!(config, Ok(wanted));
        assert_eq!(parse(&[("internal.segment.bytes", "500")]).map(|config| config.segment_bytes), Ok(500));
    }

    #[test]
    fn what_is_refused_says_why_and_what_to_do() {
        let table = [
            ("retention.msx", "1", "Unknown topic config name: retention.msx; did you mean retention.ms?"),
            (
                "log.segment.bytes",
                "1048576",
                "Unknown topic config name: log.segment.bytes; did you mean segment.bytes?",
            ),
            ("what.is.this", "1", "Unknown topic config name: what.is.this"),
            (
                "segment.bytes",
                "14",
                "Invalid value 14 for configuration segment.bytes: it takes a whole number of at least 1048576",
            ),
            (
                "segment.bytes",
                "2147483648",
                "Invalid value 2147483648 for configuration segment.bytes: it takes a whole number of at least 1048576",
            ),
            (
                "min.insync.replicas",
                "0",
                "Invalid value 0 for configuration min.insync.replicas: it takes a whole number of at least 1",
            ),
            ("preallocate", "yes", "Invalid value yes for configuration preallocate: it takes true or false"),
            (
                "cleanup.policy",
                "compact,shred",
                "Invalid value compact,shred for configuration cleanup.policy: it takes any of compact, delete, separated by commas",
            ),
            (
                "min.cleanable.dirty.ratio",
                "NaN",
                "Invalid value NaN for configuration min.cleanable.dirty.ratio: it takes a number from 0 to 1",
            ),
            (
                "compression.gzip.level",
                "0",
                "Invalid value 0 for configuration compression.gzip.level: it takes a whole number from 1 to 9, or -1",
            ),
            (
                "leader.replication.throttled.replicas",
                "0:1,x",
                "Invalid value 0:1,x for configuration leader.replication.throttled.replicas: it takes * or partition:broker pairs, separated by commas",
            ),
            (
                "remote.storage.enable",
                "true",
                "Invalid value true for configuration remote.storage.enable: it takes false: this broker has no tiered storage",
            ),
        ];
        for (key, value, wanted) in table {
            let refused = parse(&[(key, value)]).expect_err(key);
            assert_eq!(refused.to_string(), wanted);
        }
        assert_eq!(
            parse(&[("min.compaction.lag.ms", "2"), ("max.compaction.lag.ms", "1")]),
            Err(InvalidTopicConfig::CompactionLags)
        );
    }
}
