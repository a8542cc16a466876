//! Changing what topics set.
//!
//! **In Kafka**: `ConfigurationControlManager.incrementalAlterConfigs` and `legacyAlterConfigs` (KIP-339).

use super::changes::Decided;
use crate::broker::{AlteredConfig, ConfigChange, ControlOutcome, Refusal};
use crate::metadata::{MetadataImage, TopicConfig, TopicImage, TopicKey};
use crate::types::ErrorCode;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Changes the topics' configurations in the image, each topic by itself.
pub(super) fn decide(
    topics: &[AlteredConfig],
    validate_only: bool,
    image: &mut MetadataImage,
    defaults: &TopicConfig,
) -> Decided {
    let mut rows = Vec::with_capacity(topics.len());
    let mut is_change = false;
    for altered in topics {
        match changed(altered, image, defaults) {
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

/// The topic with its configuration changed.
fn changed(altered: &AlteredConfig, image: &MetadataImage, defaults: &TopicConfig) -> Result<TopicImage, Refusal> {
    let Some(topic) = image.topic_named(&altered.topic) else {
        let message = format!("The topic '{}' does not exist.", altered.topic);
        return Err(Refusal::new(ErrorCode::UnknownTopicOrPartition, &message));
    };
    let mut topic = TopicImage::clone(topic);
    if altered.replaces {
        topic.configs.clear();
    }
    for (key, change) in &altered.changes {
        apply(key, change, &mut topic.configs, defaults)?;
    }
    match TopicConfig::parse(&topic.configs, defaults) {
        Ok(_) => Ok(topic),
        Err(invalid) => Err(Refusal::new(ErrorCode::InvalidConfig, &invalid.to_string())),
    }
}

fn apply(
    key: &Arc<str>,
    change: &ConfigChange,
    configs: &mut BTreeMap<Arc<str>, Arc<str>>,
    defaults: &TopicConfig,
) -> Result<(), Refusal> {
    match change {
        ConfigChange::Set(value) => {
            configs.insert(key.clone(), value.clone());
        }
        ConfigChange::Delete => {
            configs.remove(key);
        }
        ConfigChange::Append(value) => {
            let mut parts = list_of(key, "APPEND", configs, defaults)?;
            for part in split(value) {
                if !parts.contains(&part) {
                    parts.push(part);
                }
            }
            configs.insert(key.clone(), parts.join(",").into());
        }
        ConfigChange::Subtract(value) => {
            let mut parts = list_of(key, "SUBTRACT", configs, defaults)?;
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
    defaults: &TopicConfig,
) -> Result<Vec<String>, Refusal> {
    match TopicKey::named(key) {
        Some(known) if known.is_list() => {
            Ok(configs.get(key).map_or_else(|| split(&known.default_on(defaults).0), |value| split(value)))
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
