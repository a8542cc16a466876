//! How a topic's keys and values become its configuration, and why they are refused.

use super::keys::{TOPIC_KEYS, TopicKey};
use crate::metadata::values::{Kind, LONG_MAX};
use crate::metadata::{TimestampType, TopicConfig};
use core::fmt;
use std::collections::BTreeMap;
use std::sync::Arc;

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
            "retention.bytes" => self.retention_bytes = number(),
            "retention.ms" => self.retention_ms = number(),
            "cleanup.policy" => {
                let has = |policy: &str| text.split(',').any(|part| part.trim() == policy);
                (self.compacted, self.deletes) = (has("compact"), has("delete"));
            }
            _ => {}
        }
    }

    /// The value of an effective key as text, where this build has one.
    pub(in crate::metadata) fn text_of(&self, name: &str) -> Option<String> {
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
            "retention.bytes" => self.retention_bytes.to_string(),
            "retention.ms" => self.retention_ms.to_string(),
            "cleanup.policy" => match (self.compacted, self.deletes) {
                (true, true) => "compact,delete".into(),
                (true, false) => "compact".into(),
                (false, true) => "delete".into(),
                (false, false) => String::new(),
            },
            _ => return None,
        })
    }
}

impl fmt::Display for Wants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
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
    let synonym = TOPIC_KEYS.iter().find(|known| known.broker_key == Some(name));
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
    fn the_defaults_as_text_mean_the_default_configuration() {
        let all: Vec<(&str, &str)> = TOPIC_KEYS.iter().map(|key| (key.name, key.default)).collect();
        assert_eq!(parse(&all), Ok(TopicConfig::default()));
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
            ("retention.bytes", "12"),
            ("retention.ms", "-1"),
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
            deletes: true,
            retention_ms: -1,
            retention_bytes: 12,
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
