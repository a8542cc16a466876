//! Settings of brokers that are made while they run (KIP-226): which keys may have one, and the configuration that a node
//! goes by then.
//!
//! **Invariants**: a setting of one broker counts before one of all brokers, and that before `server.properties`; what is
//! taken back leaves no trace, because the node's own configuration is never overwritten.
//!
//! **In Kafka**: `DynamicBrokerConfig`, `LogConfig` (its `ServerTopicConfigSynonyms`).

use super::NodeConfig;
use super::broker_config::BrokerKey;
use super::config::TopicConfig;
use super::topic_config::{InvalidTopicConfig, TOPIC_KEYS, TopicKey, Wants};
use crate::types::NodeId;
use core::fmt;
use imbl::OrdMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Keys and their values, as they were written.
pub type ConfigPairs = BTreeMap<Arc<str>, Arc<str>>;

/// The one key beside the defaults of topics.
const PRODUCER_ID_EXPIRATION: &str = "producer.id.expiration.ms";

/// What is set for brokers while they run: for one, or for all (`None`).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DynamicConfigs(OrdMap<Option<NodeId>, Arc<ConfigPairs>>);

impl DynamicConfigs {
    /// What is set for a broker, or for all.
    #[must_use]
    pub fn of(&self, broker: Option<NodeId>) -> ConfigPairs {
        self.0.get(&broker).map(|pairs| ConfigPairs::clone(pairs)).unwrap_or_default()
    }

    /// Sets these keys, and no others, for a broker or for all.
    pub fn put(&mut self, broker: Option<NodeId>, pairs: ConfigPairs) {
        if pairs.is_empty() {
            self.0.remove(&broker);
        } else {
            self.0.insert(broker, Arc::new(pairs));
        }
    }

    /// Everything that is set.
    pub fn iter(&self) -> impl Iterator<Item = (Option<NodeId>, &ConfigPairs)> {
        self.0.iter().map(|(broker, pairs)| (*broker, &**pairs))
    }
}

/// Why a setting is not taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum InvalidBrokerConfig {
    /// The key cannot be changed while the broker runs.
    ReadOnly(Arc<str>),
    /// The broker has no such key.
    Unknown(Arc<str>),
    /// The key does not take the value.
    Value {
        /// The key.
        key: Arc<str>,
        /// What was to be set.
        value: Arc<str>,
        /// What the key takes; none where a number from 1 to 2147483647.
        wants: Option<Wants>,
    },
    /// `log.cleaner.min.compaction.lag.ms` is above `log.cleaner.max.compaction.lag.ms`.
    CompactionLags,
}

impl NodeConfig {
    /// The configuration that the node goes by where these settings are made. Settings were checked when they were made;
    /// one that a later version does not take has no effect.
    #[must_use]
    pub fn under(&self, dynamic: &DynamicConfigs) -> NodeConfig {
        let (of_node, of_all) = (dynamic.of(Some(self.node_id)), dynamic.of(None));
        let mut pairs = of_all.clone();
        pairs.extend(of_node.clone());
        let expiration = pairs.get(PRODUCER_ID_EXPIRATION).and_then(|value| expiration(value));
        NodeConfig {
            topic_defaults: TopicConfig::parse(&for_topics(&pairs), &self.topic_defaults)
                .unwrap_or(self.topic_defaults),
            producer_id_expiration_ms: expiration.map_or(self.producer_id_expiration_ms, i64::from),
            dynamic_of_node: of_node,
            dynamic_of_all: of_all,
            ..self.clone()
        }
    }

    /// Whether the node takes these settings, all of them.
    pub fn check_dynamic(&self, pairs: &ConfigPairs) -> Result<(), InvalidBrokerConfig> {
        for (key, value) in pairs {
            check(key, value)?;
        }
        match TopicConfig::parse(&for_topics(pairs), &self.topic_defaults) {
            Err(InvalidTopicConfig::CompactionLags) => Err(InvalidBrokerConfig::CompactionLags),
            _ => Ok(()),
        }
    }
}

/// Whether the key can be changed while the broker runs.
pub(super) fn is_dynamic(key: &str) -> bool {
    key == PRODUCER_ID_EXPIRATION || topic_key(key).is_some()
}

/// The topics' key whose default a broker's key sets.
fn topic_key(key: &str) -> Option<&'static TopicKey> {
    TOPIC_KEYS.iter().find(|topic_key| topic_key.broker_key == Some(key))
}

/// The settings among these that are defaults of topics, under the names that topics have for them.
fn for_topics(pairs: &ConfigPairs) -> ConfigPairs {
    pairs.iter().filter_map(|(key, value)| Some((Arc::from(topic_key(key)?.name), value.clone()))).collect()
}

fn check(key: &Arc<str>, value: &Arc<str>) -> Result<(), InvalidBrokerConfig> {
    let refused = |wants| InvalidBrokerConfig::Value { key: key.clone(), value: value.clone(), wants };
    match topic_key(key) {
        Some(topic_key) => match TopicConfig::default().set(&Arc::from(topic_key.name), value) {
            Err(InvalidTopicConfig::Value { wants, .. }) => Err(refused(Some(wants))),
            _ => Ok(()),
        },
        None if &**key == PRODUCER_ID_EXPIRATION => expiration(value).map(|_| ()).ok_or_else(|| refused(None)),
        None if BrokerKey::named(key).is_some() => Err(InvalidBrokerConfig::ReadOnly(key.clone())),
        None => Err(InvalidBrokerConfig::Unknown(key.clone())),
    }
}

fn expiration(value: &str) -> Option<i32> {
    value.trim().parse().ok().filter(|ms| *ms >= 1)
}

impl fmt::Display for InvalidBrokerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidBrokerConfig::ReadOnly(key) => write!(
                f,
                "Cannot update these configs dynamically: {key}; set it in server.properties and start the broker again"
            ),
            InvalidBrokerConfig::Unknown(key) => {
                write!(f, "Unknown broker config name, or one without an effect on this broker: {key}")
            }
            InvalidBrokerConfig::Value { key, value, wants } => {
                write!(f, "Invalid value {value} for configuration {key}: it takes ")?;
                match wants {
                    Some(wants) => write!(f, "{wants}"),
                    None => write!(f, "a whole number from 1 to {}", i32::MAX),
                }
            }
            InvalidBrokerConfig::CompactionLags => {
                f.write_str("log.cleaner.min.compaction.lag.ms must not be above log.cleaner.max.compaction.lag.ms")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> ConfigPairs {
        pairs.iter().map(|(key, value)| (Arc::from(*key), Arc::from(*value))).collect()
    }

    #[test]
    fn a_setting_of_the_broker_counts_before_one_of_all_and_that_before_the_file() {
        let topic_defaults = TopicConfig { segment_bytes: 3 << 20, flush_ms: 9, ..TopicConfig::default() };
        let node = NodeConfig { topic_defaults, ..NodeConfig::default() };
        let mut dynamic = DynamicConfigs::default();
        dynamic.put(None, pairs(&[("log.segment.bytes", "2097152"), ("min.insync.replicas", "2")]));
        dynamic.put(Some(NodeId(1)), pairs(&[("log.segment.bytes", "1048576"), ("producer.id.expiration.ms", " 7 ")]));
        dynamic.put(Some(NodeId(2)), pairs(&[("log.flush.interval.ms", "1")]));
        let under = node.under(&dynamic);
        let TopicConfig { segment_bytes, min_insync_replicas, flush_ms, .. } = under.topic_defaults;
        assert_eq!((segment_bytes, min_insync_replicas, flush_ms), (1 << 20, 2, 9));
        assert_eq!(under.producer_id_expiration_ms, 7);
        dynamic.put(Some(NodeId(1)), ConfigPairs::new());
        assert_eq!(node.under(&dynamic).topic_defaults.segment_bytes, 2 << 20);
        assert_eq!(node.under(&DynamicConfigs::default()), node);
    }

    #[test]
    fn what_cannot_be_set_while_a_broker_runs_is_refused_in_words() {
        let node = NodeConfig::default();
        let table = [
            ("log.dirs", "/d", "Cannot update these configs dynamically: log.dirs; set it in server.properties"),
            ("log.retention.hours", "1", "Cannot update these configs dynamically: log.retention.hours"),
            ("num.io.threads", "1", "Cannot update these configs dynamically: num.io.threads"),
            ("no.such.key", "1", "Unknown broker config name"),
            ("segment.bytes", "1048576", "Unknown broker config name"),
            (
                "log.segment.bytes",
                "9",
                "Invalid value 9 for configuration log.segment.bytes: it takes a whole number of",
            ),
            (
                "producer.id.expiration.ms",
                "0",
                "Invalid value 0 for configuration producer.id.expiration.ms: it takes a",
            ),
        ];
        for (key, value, wanted) in table {
            let refused = node.check_dynamic(&pairs(&[(key, value)])).expect_err(key).to_string();
            assert!(refused.starts_with(wanted), "{refused}");
        }
        let lags = [("log.cleaner.min.compaction.lag.ms", "2"), ("log.cleaner.max.compaction.lag.ms", "1")];
        assert_eq!(node.check_dynamic(&pairs(&lags)), Err(InvalidBrokerConfig::CompactionLags));
        let taken = [("log.segment.bytes", "1048576"), ("producer.id.expiration.ms", "1"), ("log.retention.ms", "-1")];
        assert_eq!(node.check_dynamic(&pairs(&taken)), Ok(()));
    }
}
