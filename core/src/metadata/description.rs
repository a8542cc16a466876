//! What DescribeConfigs and CreateTopics say of a resource's configuration: each key's value, where the value comes from,
//! and what stands behind it.
//!
//! **Invariants**
//! - A topic is described in one place, so that CreateTopics and DescribeConfigs agree.
//! - An entry's source is that of its first synonym; an entry without synonyms has Kafka's default.
//! - Nothing described here is a secret, so that no entry is sensitive.
//!
//! **In Kafka**: `ConfigHelper`, `KafkaConfigSchema`; KIP-226, KIP-525, KIP-569.

use super::NodeConfig;
use super::broker_config::{BROKER_KEYS, BrokerKey};
use super::dynamic_config::is_dynamic;
use super::group_config::{CLIENT_METRICS_KEYS, GROUP_KEYS, GroupKey};
use super::topic_config::{TOPIC_KEYS, TopicKey, same_default};
use super::values::ConfigType;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One key of a resource, as it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfigEntry {
    /// The key.
    pub name: &'static str,
    /// The value in force; none where a broker's key has none.
    pub value: Option<Cow<'static, str>>,
    /// Where the value comes from.
    pub source: ConfigSource,
    /// The type of the value.
    pub config_type: ConfigType,
    /// Whether the key cannot be changed while the node runs.
    pub read_only: bool,
    /// All settings of the key, the one in force first.
    pub synonyms: Vec<ConfigSynonym>,
    /// What the key does, in a sentence.
    pub documentation: &'static str,
}

/// One setting of a key, perhaps by another name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfigSynonym {
    /// The key that was set.
    pub name: &'static str,
    /// Its value, as it was written.
    pub value: Cow<'static, str>,
    /// Where it was set.
    pub source: ConfigSource,
}

/// Where a value was set (`DescribeConfigsResponse.ConfigSource`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConfigSource {
    /// For this topic: DYNAMIC_TOPIC_CONFIG.
    Topic,
    /// For this broker while it runs: DYNAMIC_BROKER_CONFIG.
    DynamicBroker,
    /// For all brokers while they run: DYNAMIC_DEFAULT_BROKER_CONFIG.
    DynamicDefaultBroker,
    /// In `server.properties`, the environment or the command line: STATIC_BROKER_CONFIG.
    StaticBroker,
    /// Nowhere: DEFAULT_CONFIG.
    Default,
}

/// Where a broker's key can be set, in the order in which settings count (KIP-226).
const OF_BROKERS: [ConfigSource; 3] =
    [ConfigSource::DynamicBroker, ConfigSource::DynamicDefaultBroker, ConfigSource::StaticBroker];

impl ConfigSource {
    /// The number on the wire.
    #[must_use]
    pub fn to_wire(self) -> i8 {
        match self {
            ConfigSource::Topic => 1,
            ConfigSource::DynamicBroker => 2,
            ConfigSource::DynamicDefaultBroker => 3,
            ConfigSource::StaticBroker => 4,
            ConfigSource::Default => 5,
        }
    }
}

/// What topics of one node have where they set nothing: calculated once for all topics of a request.
#[derive(Debug)]
pub struct TopicDefaults {
    /// Of every key in the table, in its order.
    inherited: Vec<ConfigEntry>,
}

impl TopicDefaults {
    /// Calculates the defaults of that node's topics.
    #[must_use]
    pub fn new(node: &NodeConfig) -> TopicDefaults {
        TopicDefaults { inherited: TOPIC_KEYS.iter().map(|key| inherited_entry(key, node)).collect() }
    }

    /// Describes a topic that has these keys set. Every key has a value.
    #[must_use]
    pub fn describe(&self, set: &BTreeMap<Arc<str>, Arc<str>>) -> Vec<ConfigEntry> {
        let mut entries = self.inherited.clone();
        for (name, text) in set {
            let Some(key) = TopicKey::named(name) else { continue };
            match entries.binary_search_by_key(&key.name, |entry| entry.name) {
                Ok(at) => entries[at].set_for_topic(text),
                // A key for tests alone is described only where it is set, as Kafka does.
                Err(at) => {
                    let mut internal = entry(key.name, None, key.config_type(), Vec::new(), key.documentation());
                    internal.set_for_topic(text);
                    entries.insert(at, internal);
                }
            }
        }
        entries
    }
}

impl ConfigEntry {
    /// The topic sets the key itself.
    fn set_for_topic(&mut self, text: &str) {
        let value = spelt(self.config_type, text);
        let source = ConfigSource::Topic;
        self.synonyms.insert(0, ConfigSynonym { name: self.name, value: value.clone(), source });
        self.source = source;
        self.value = Some(value);
    }
}

/// Describes the broker itself: every key of this server, and every key that sets a default of topics.
#[must_use]
pub fn describe_broker(node: &NodeConfig) -> Vec<ConfigEntry> {
    let own = BROKER_KEYS.iter().map(|key| broker_entry(key, node));
    let of_topics = TOPIC_KEYS.iter().filter_map(|key| topic_default_entry(key, node));
    let mut entries: Vec<ConfigEntry> = own.chain(of_topics).collect();
    entries.sort_unstable_by_key(|entry| entry.name);
    entries
}

/// Describes what is set for all brokers while they run, as it was written. A setting of one broker or of its file does
/// not show here.
#[must_use]
pub fn describe_default_of_brokers(node: &NodeConfig) -> Vec<ConfigEntry> {
    let described = describe_broker(node).into_iter();
    let only_default = |mut entry: ConfigEntry| {
        entry.synonyms.retain(|synonym| synonym.source == ConfigSource::DynamicDefaultBroker);
        let value = entry.synonyms.first()?.value.clone();
        Some(ConfigEntry { value: Some(value), source: ConfigSource::DynamicDefaultBroker, ..entry })
    };
    described.filter_map(only_default).collect()
}

/// Describes a group for which nothing is set: it has what the broker has.
#[must_use]
pub fn describe_group(node: &NodeConfig) -> Vec<ConfigEntry> {
    GROUP_KEYS.iter().map(|key| group_entry(key, node)).collect()
}

/// Describes a subscription to client metrics that does not exist: it has the defaults, as in Kafka (KIP-714).
#[must_use]
pub fn describe_client_metrics() -> Vec<ConfigEntry> {
    let entry = |key: &'static GroupKey| {
        entry(key.name, Some(Cow::Borrowed(key.default)), key.config_type, Vec::new(), key.documentation)
    };
    CLIENT_METRICS_KEYS.iter().map(entry).collect()
}

fn entry(
    name: &'static str,
    value: Option<Cow<'static, str>>,
    config_type: ConfigType,
    synonyms: Vec<ConfigSynonym>,
    documentation: &'static str,
) -> ConfigEntry {
    let source = synonyms.first().map_or(ConfigSource::Default, |first| first.source);
    ConfigEntry { name, value, source, config_type, read_only: false, synonyms, documentation }
}

fn inherited_entry(key: &'static TopicKey, node: &NodeConfig) -> ConfigEntry {
    let (value, synonyms) = topic_default(key, node);
    entry(key.name, Some(value), key.config_type(), synonyms, key.documentation())
}

/// The value of a topic's key where the topic does not set it, and the broker's settings behind it.
fn topic_default(key: &'static TopicKey, node: &NodeConfig) -> (Cow<'static, str>, Vec<ConfigSynonym>) {
    let Some(setting) = BrokerSetting::of_topic_default(key, node) else {
        return (Cow::Borrowed(key.default), Vec::new());
    };
    // Of several keys in different units the one that counts first may be unset. CreateTopics and DescribeConfigs of
    // Kafka differ then: the former names the source of the key that is set, the latter calls the value a default. Here
    // both name the source.
    if OF_BROKERS.iter().all(|source| set_at(setting.name, *source, node).is_none()) {
        for (other, unit) in same_default(setting.name) {
            let Some(set) = set_at(other, ConfigSource::StaticBroker, node) else { continue };
            if let Ok(number) = set.value.trim().parse::<i64>() {
                return (Cow::Owned(number.saturating_mul(*unit).to_string()), vec![set]);
            }
        }
    }
    let (value, synonyms) = setting.resolve(node);
    (value.unwrap_or(Cow::Borrowed(key.default)), synonyms)
}

fn topic_default_entry(key: &'static TopicKey, node: &NodeConfig) -> Option<ConfigEntry> {
    let setting = BrokerSetting::of_topic_default(key, node)?;
    Some(setting.entry(key.documentation(), node))
}

fn broker_entry(key: &'static BrokerKey, node: &NodeConfig) -> ConfigEntry {
    let setting = BrokerSetting {
        name: key.name,
        config_type: key.config_type,
        default: key.default,
        in_force: key.in_force(node),
    };
    let mut entry = setting.entry(key.documentation, node);
    entry.value = entry.value.or_else(|| key.chosen(node).map(Cow::Owned));
    entry
}

fn group_entry(key: &'static GroupKey, node: &NodeConfig) -> ConfigEntry {
    let name = key.broker_key.unwrap_or(key.name);
    let set = key.broker_key.and_then(|broker_key| set_at(broker_key, ConfigSource::StaticBroker, node));
    let value = match &set {
        Some(set) => spelt(key.config_type, &set.value),
        None => Cow::Borrowed(key.default),
    };
    let default = ConfigSynonym { name, value: Cow::Borrowed(key.default), source: ConfigSource::Default };
    let synonyms = set.into_iter().chain(core::iter::once(default)).collect();
    entry(key.name, Some(value), key.config_type, synonyms, key.documentation)
}

/// One key of the broker, and what is known of its value.
struct BrokerSetting {
    name: &'static str,
    config_type: ConfigType,
    default: Option<&'static str>,
    /// The value that the node goes by, where its configuration has the key in its own type.
    in_force: Option<String>,
}

impl BrokerSetting {
    /// The broker's key for a topic's default, where there is one.
    fn of_topic_default(key: &'static TopicKey, node: &NodeConfig) -> Option<BrokerSetting> {
        let name = key.broker_key?;
        // Kafka gives the default to the key in the coarsest unit.
        let default = same_default(name).is_empty().then_some(key.default);
        // A typed value that only says the default stands for no setting.
        let in_force = node.topic_defaults.text_of(key.name).filter(|text| text != key.default);
        Some(BrokerSetting { name, config_type: key.config_type(), default, in_force })
    }

    /// The value, and the settings behind it: those that were made while the node runs, those of `server.properties`, then
    /// the defaults, each in the order in which keys for the same thing count, beginning with the key's own
    /// (`ConfigHelper.configSynonyms`).
    fn resolve(&self, node: &NodeConfig) -> (Option<Cow<'static, str>>, Vec<ConfigSynonym>) {
        let own = [(self.name, 1)];
        let same = Some(same_default(self.name)).filter(|same| !same.is_empty()).unwrap_or(&own);
        let mut synonyms = Vec::new();
        for source in OF_BROKERS {
            synonyms.extend(same.iter().filter_map(|(name, _)| set_at(name, source, node)));
        }
        if let (true, Some(text)) = (synonyms.is_empty(), &self.in_force)
            && Some(text.as_str()) != self.default
        {
            let value = Cow::Owned(text.clone());
            synonyms.push(ConfigSynonym { name: self.name, value, source: ConfigSource::StaticBroker });
        }
        let default_of = |name: &'static str| {
            let value = if name == self.name { self.default } else { BrokerKey::named(name)?.default };
            Some(ConfigSynonym { name, value: Cow::Borrowed(value?), source: ConfigSource::Default })
        };
        synonyms.extend(same.iter().filter_map(|(name, _)| default_of(name)));
        let first = synonyms.iter().position(|synonym| synonym.name == self.name).unwrap_or(synonyms.len());
        synonyms.drain(..first);
        let value = synonyms.first().map(|first| match first.source {
            ConfigSource::Default => first.value.clone(),
            _ => spelt(self.config_type, &first.value),
        });
        (value, synonyms)
    }

    /// Describes the key.
    fn entry(&self, documentation: &'static str, node: &NodeConfig) -> ConfigEntry {
        let (value, synonyms) = self.resolve(node);
        let read_only = !is_dynamic(self.name);
        ConfigEntry { read_only, ..entry(self.name, value, self.config_type, synonyms, documentation) }
    }
}

/// What is set there for a key of the broker.
fn set_at(name: &'static str, source: ConfigSource, node: &NodeConfig) -> Option<ConfigSynonym> {
    let settings = match source {
        ConfigSource::DynamicBroker => &node.dynamic_of_node,
        ConfigSource::DynamicDefaultBroker => &node.dynamic_of_all,
        ConfigSource::StaticBroker => &node.static_settings,
        ConfigSource::Topic | ConfigSource::Default => return None,
    };
    let value = settings.get(name)?;
    Some(ConfigSynonym { name, value: Cow::Owned(value.to_string()), source })
}

fn spelt(config_type: ConfigType, text: &str) -> Cow<'static, str> {
    Cow::Owned(config_type.spelt(text).into_owned())
}
