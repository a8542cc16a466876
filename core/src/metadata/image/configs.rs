//! Configurations of topics, brokers, groups and clients' metrics, as they were set.
//!
//! A ConfigRecord without a value takes the setting back. Configurations are by name, as in Kafka: what is set for the
//! name of a topic that does not exist waits for the topic. Keys that this build does not know are kept, because another
//! node of the cluster may know them.
//!
//! **In Kafka**: `ConfigurationsImage`, `ConfigurationsDelta`, `ConfigResource`.

use super::{Contradiction, MetadataImage, TopicImage, text};
use crate::metadata::dynamic_config::ConfigPairs;
use crate::types::NodeId;
use crate::wire::ConfigRecord;
use imbl::OrdMap;
use std::sync::Arc;

/// Kafka's numbers for the types of resources that have a configuration in the metadata log.
const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const CLIENT_METRICS: i8 = 16;
const GROUP: i8 = 32;

/// The name of the resource that stands for all brokers.
const ALL_BROKERS: &str = "";

pub(super) fn set(image: &mut MetadataImage, record: &ConfigRecord) -> Result<(), Contradiction> {
    match record.resource_type {
        TOPIC => set_of_topic(image, record),
        BROKER => {
            let broker = broker_of(&record.resource_name)?;
            let mut pairs = image.dynamic_configs.of(broker);
            put(&mut pairs, record);
            Arc::make_mut(&mut image.dynamic_configs).put(broker, pairs);
        }
        CLIENT_METRICS => set_in(&mut image.client_metrics, record),
        GROUP => set_in(&mut image.group_configs, record),
        other => return Err(Contradiction::Number { field: "ResourceType", value: other.into() }),
    }
    Ok(())
}

fn set_of_topic(image: &mut MetadataImage, record: &ConfigRecord) {
    let id = image.names.get(&*record.resource_name).copied();
    match id.and_then(|id| image.topics.get_mut(&id)) {
        Some(topic) => put(&mut Arc::make_mut(topic).configs, record),
        None => set_in(&mut image.configs_without_topic, record),
    }
}

/// Changes one resource's configuration; a resource without any has no entry.
fn set_in(resources: &mut OrdMap<Arc<str>, Arc<ConfigPairs>>, record: &ConfigRecord) {
    let name = text(&record.resource_name);
    let mut pairs = resources.get(&name).cloned().unwrap_or_default();
    put(Arc::make_mut(&mut pairs), record);
    match pairs.is_empty() {
        true => resources.remove(&name),
        false => resources.insert(name, pairs),
    };
}

fn put(pairs: &mut ConfigPairs, record: &ConfigRecord) {
    match &record.value {
        Some(value) => pairs.insert(text(&record.name), text(value)),
        None => pairs.remove(&*record.name),
    };
}

fn broker_of(name: &str) -> Result<Option<NodeId>, Contradiction> {
    if name == ALL_BROKERS {
        return Ok(None);
    }
    let id = name.parse().ok().and_then(NodeId::from_wire).filter(|id| id.to_string() == name);
    id.map(Some).ok_or_else(|| Contradiction::Text {
        field: "ResourceName",
        wants: "the id of a broker, or nothing for all brokers",
        value: text(name),
    })
}

fn records(resource_type: i8, name: &str, pairs: &ConfigPairs) -> impl Iterator<Item = ConfigRecord> {
    pairs.iter().map(move |(key, value)| ConfigRecord {
        resource_type,
        resource_name: name.into(),
        name: (**key).into(),
        value: Some((**value).into()),
    })
}

/// Every setting that the image has.
pub(super) fn written(image: &MetadataImage) -> impl Iterator<Item = ConfigRecord> {
    let of_topic = |topic: &Arc<TopicImage>| records(TOPIC, &topic.name, &topic.configs).collect::<Vec<_>>();
    let topics = image.topics.values().flat_map(of_topic);
    let brokers = image.dynamic_configs.iter().flat_map(|(broker, pairs)| {
        let name = broker.map_or_else(|| ALL_BROKERS.to_owned(), |id| id.to_string());
        records(BROKER, &name, pairs).collect::<Vec<_>>()
    });
    let named = |resource_type, resources: &OrdMap<Arc<str>, Arc<ConfigPairs>>| {
        let of_one = move |(name, pairs): (&Arc<str>, &Arc<ConfigPairs>)| {
            records(resource_type, name, pairs).collect::<Vec<_>>()
        };
        resources.iter().flat_map(of_one).collect::<Vec<_>>()
    };
    topics
        .chain(named(TOPIC, &image.configs_without_topic))
        .chain(brokers)
        .chain(named(CLIENT_METRICS, &image.client_metrics))
        .chain(named(GROUP, &image.group_configs))
}
