//! Changing what topics set.
//!
//! **In Kafka**: `ConfigurationControlManager.incrementalAlterConfigs` and `legacyAlterConfigs` (KIP-339).

use super::changes::Decided;
use crate::broker::{AlteredConfig, ConfigChange, ControlOutcome, Refusal};
use crate::metadata::{ConfigType, MetadataImage, NodeConfig, TopicConfig, TopicDefaults, TopicImage, TopicKey};
use crate::types::ErrorCode;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Changes the topics' configurations in the image, each topic by itself.
pub(super) fn decide(
    topics: &[AlteredConfig],
    validate_only: bool,
    image: &mut MetadataImage,
    node: &NodeConfig,
) -> Decided {
    let mut rows = Vec::with_capacity(topics.len());
    let mut is_change = false;
    for altered in topics {
        match changed(altered, image, node) {
            Ok(topic) => {
                if !validate_only && image.topics.get(&topic.id).is_none_or(|known| known.configs != topic.configs) {
                    image.put_topic(topic);
                    is_change = true;
                }
                rows.push(Ok(()));
            }
            Err(refusal) => rows.push(Err(refusal)),
        }
    }
    Decided { outcome: ControlOutcome::Judged(rows), is_change }
}

/// The topic with its configuration changed. The checks in the order in which Kafka's controller makes them: what is set,
/// then whether there is such a topic.
fn changed(altered: &AlteredConfig, image: &MetadataImage, node: &NodeConfig) -> Result<TopicImage, Refusal> {
    let topic = image.topic_named(&altered.topic);
    let mut configs = match topic {
        Some(topic) if !altered.replaces => topic.configs.clone(),
        _ => BTreeMap::new(),
    };
    for (key, change) in &altered.changes {
        apply(key, change, &mut configs, node)?;
    }
    match TopicConfig::parse(&configs, &node.topic_defaults) {
        Ok(_) => {}
        Err(invalid) => return Err(Refusal::new(ErrorCode::InvalidConfig, &invalid.to_string())),
    }
    match topic {
        Some(topic) => Ok(TopicImage { configs, ..TopicImage::clone(topic) }),
        None => {
            let message = format!("The topic '{}' does not exist.", altered.topic);
            Err(Refusal::new(ErrorCode::UnknownTopicOrPartition, &message))
        }
    }
}

fn apply(
    key: &Arc<str>,
    change: &ConfigChange,
    configs: &mut BTreeMap<Arc<str>, Arc<str>>,
    node: &NodeConfig,
) -> Result<(), Refusal> {
    match change {
        ConfigChange::Set(value) => {
            configs.insert(key.clone(), value.clone());
        }
        ConfigChange::Delete => {
            configs.remove(key);
        }
        ConfigChange::Append(value) => {
            let mut parts = list_of(key, "APPEND", configs, node)?;
            for part in split(value) {
                if !parts.contains(&part) {
                    parts.push(part);
                }
            }
            configs.insert(key.clone(), parts.join(",").into());
        }
        ConfigChange::Subtract(value) => {
            let mut parts = list_of(key, "SUBTRACT", configs, node)?;
            let taken = split(value);
            parts.retain(|part| !taken.contains(part));
            configs.insert(key.clone(), parts.join(",").into());
        }
    }
    Ok(())
}

/// The parts of a list as it stands, the broker's default where the topic does not set it.
fn list_of(
    key: &Arc<str>,
    operation: &str,
    configs: &BTreeMap<Arc<str>, Arc<str>>,
    node: &NodeConfig,
) -> Result<Vec<String>, Refusal> {
    match TopicKey::named(key) {
        Some(known) if known.config_type() == ConfigType::List => {
            let described = TopicDefaults::new(node).describe(configs);
            let entry = described.into_iter().find(|entry| *entry.name == **key);
            Ok(entry.map_or_else(Vec::new, |entry| split(&entry.value.unwrap_or_default())))
        }
        _ => {
            let message = format!("Can't {operation} to key {key} because its type is not LIST.");
            Err(Refusal::new(ErrorCode::InvalidConfig, &message))
        }
    }
}

fn split(value: &str) -> Vec<String> {
    value.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
