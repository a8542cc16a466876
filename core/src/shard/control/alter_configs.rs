//! Changes the configurations of topics, and of brokers while they run.
//!
//! **In Kafka**: `ConfigurationControlManager.incrementalAlterConfigs` and `legacyAlterConfigs` (KIP-339);
//! `ConfigAdminManager` and `DynamicBrokerConfig` for brokers (KIP-226).

use super::changes::Decided;
use crate::broker::{AlteredConfig, ConfigChange, ConfigOf, ControlOutcome, Refusal};
use crate::metadata::{
    ConfigEntry, ConfigPairs, ConfigType, DynamicConfigs, MetadataImage, NodeConfig, TopicConfig, TopicDefaults,
    TopicImage, describe_broker,
};
use crate::types::{ErrorCode, NodeId};
use std::sync::Arc;

/// Changes the configurations in the image, and returns a result for each resource. A refused resource does not affect
/// the others. With `validate_only`, the changes are checked but not made. `started_with` is the node's configuration
/// without the dynamic configurations of the image.
pub(super) fn decide(
    resources: &[AlteredConfig],
    validate_only: bool,
    image: &mut MetadataImage,
    started_with: &NodeConfig,
) -> Decided {
    let mut node = started_with.under(&image.dynamic_configs);
    let mut rows = Vec::with_capacity(resources.len());
    let mut is_change = false;
    for altered in resources {
        let changed = match &altered.of {
            ConfigOf::Topic(name) => changed_topic(name, altered, image, &node).map(Changed::Topic),
            ConfigOf::Broker(broker) => changed_brokers(*broker, altered, image, &node).map(Changed::Brokers),
        };
        match changed {
            Ok(changed) if validate_only || changed.is_in(image) => {}
            Ok(Changed::Topic(topic)) => {
                image.put_topic(topic);
                is_change = true;
            }
            Ok(Changed::Brokers(dynamic)) => {
                node = started_with.under(&dynamic);
                image.dynamic_configs = Arc::new(dynamic);
                is_change = true;
            }
            Err(refusal) => {
                rows.push(Err(refusal));
                continue;
            }
        }
        rows.push(Ok(()));
    }
    Decided { outcome: ControlOutcome::Judged(rows), is_change }
}

/// The part of the image that a change of one resource replaces: a topic, or the dynamic configurations of all brokers.
enum Changed {
    Topic(TopicImage),
    Brokers(DynamicConfigs),
}

impl Changed {
    fn is_in(&self, image: &MetadataImage) -> bool {
        match self {
            Changed::Topic(topic) => image.topics.get(&topic.id).is_some_and(|known| known.configs == topic.configs),
            Changed::Brokers(dynamic) => *image.dynamic_configs == *dynamic,
        }
    }
}

/// Returns the topic with its configuration changed. The checks come in the order of Kafka's controller: first whether
/// the configuration is valid, then whether the topic exists.
fn changed_topic(
    name: &str,
    altered: &AlteredConfig,
    image: &MetadataImage,
    node: &NodeConfig,
) -> Result<TopicImage, Refusal> {
    let topic = image.topic_named(name);
    let before = topic.map(|topic| topic.configs.clone()).unwrap_or_default();
    let configs = altered_pairs(altered, before, |configs| TopicDefaults::new(node).describe(configs))
        .map_err(|message| Refusal::new(ErrorCode::InvalidConfig, &message))?;
    if let Err(invalid) = TopicConfig::parse(&configs, &node.topic_defaults) {
        return Err(Refusal::new(ErrorCode::InvalidConfig, &invalid.to_string()));
    }
    match topic {
        Some(topic) => Ok(TopicImage { configs, ..TopicImage::clone(topic) }),
        None => {
            let message = format!("The topic '{name}' does not exist.");
            Err(Refusal::new(ErrorCode::UnknownTopicOrPartition, &message))
        }
    }
}

/// Returns the dynamic configurations after a change of one broker's configuration or, if `broker` is `None`, of the
/// default for all brokers. An invalid value is refused with INVALID_REQUEST. That is the error of a Kafka broker,
/// which checks the values before it forwards the request to the controller
/// (`ConfigAdminManager.validateBrokerConfigChange`).
fn changed_brokers(
    broker: Option<NodeId>,
    altered: &AlteredConfig,
    image: &MetadataImage,
    node: &NodeConfig,
) -> Result<DynamicConfigs, Refusal> {
    let before = image.dynamic_configs.of(broker);
    let pairs = altered_pairs(altered, before, |_| describe_broker(node))
        .map_err(|message| Refusal::new(ErrorCode::InvalidConfig, &message))?;
    if let Err(invalid) = node.check_dynamic(&pairs) {
        return Err(Refusal::new(ErrorCode::InvalidRequest, &invalid.to_string()));
    }
    let mut dynamic = DynamicConfigs::clone(&image.dynamic_configs);
    dynamic.put(broker, pairs);
    Ok(dynamic)
}

/// Returns the configuration `before` with the changes applied. Fails with a message for the client if APPEND or
/// SUBTRACT was requested for a key that is not a list. `described` returns every key with its value in force, such as
/// a default value.
fn altered_pairs(
    altered: &AlteredConfig,
    before: ConfigPairs,
    described: impl Fn(&ConfigPairs) -> Vec<ConfigEntry>,
) -> Result<ConfigPairs, String> {
    let mut pairs = if altered.replaces { ConfigPairs::new() } else { before };
    for (key, change) in &altered.changes {
        match change {
            ConfigChange::Set(value) => {
                pairs.insert(key.clone(), value.clone());
            }
            ConfigChange::Delete => {
                pairs.remove(key);
            }
            ConfigChange::Append(value) => {
                let mut parts = list_of(key, "APPEND", &pairs, &described)?;
                for part in split(value) {
                    if !parts.contains(&part) {
                        parts.push(part);
                    }
                }
                pairs.insert(key.clone(), parts.join(",").into());
            }
            ConfigChange::Subtract(value) => {
                let mut parts = list_of(key, "SUBTRACT", &pairs, &described)?;
                let taken = split(value);
                parts.retain(|part| !taken.contains(part));
                pairs.insert(key.clone(), parts.join(",").into());
            }
        }
    }
    Ok(pairs)
}

/// Returns the elements of the list `key` before APPEND or SUBTRACT changes them. If `pairs` does not set the key, they
/// come from the value in force, which `described` returns. Fails if the key is not a list.
fn list_of(
    key: &Arc<str>,
    operation: &str,
    pairs: &ConfigPairs,
    described: impl Fn(&ConfigPairs) -> Vec<ConfigEntry>,
) -> Result<Vec<String>, String> {
    let entry = described(pairs).into_iter().find(|entry| *entry.name == **key);
    match entry.filter(|entry| entry.config_type == ConfigType::List) {
        Some(entry) => {
            let value = entry.value.unwrap_or_default();
            Ok(split(pairs.get(key).map_or(&*value, |set| &**set)))
        }
        None => Err(format!("Can't {operation} to key {key} because its type is not LIST.")),
    }
}

fn split(value: &str) -> Vec<String> {
    value.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
