//! Checks of a new topic, whether a client creates it with CreateTopics or by naming it in Metadata.

use crate::broker::context::BrokerContext;
use crate::broker::control::{PartitionsSpec, Refusal, TopicSpec};
use crate::metadata::{CONSUMER_OFFSETS, TopicConfig, is_internal_topic};
use crate::types::{ErrorCode, NodeId};
use core::fmt::Display;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Length in bytes to which a refusal's message is cut, because it may quote long names or values of the request.
pub(super) const ECHO_MOST: usize = 1_000;

/// The topic of the metadata log, which no client may create.
const CLUSTER_METADATA: &str = "__cluster_metadata";

/// Keys that are set for a topic, and their values.
pub(super) type Configs = BTreeMap<Arc<str>, Arc<str>>;

/// Makes a refusal with a message, which is cut if it is long.
pub(super) fn refused(error: ErrorCode, message: impl Display) -> Refusal {
    Refusal { error, message: Some(Arc::from(within(message.to_string(), ECHO_MOST))) }
}

/// Cuts a text after its first `most` bytes, or up to three bytes later so that the last character stays whole.
pub(super) fn within(mut text: String, most: usize) -> String {
    if let Some((at, _)) = text.char_indices().find(|(at, _)| *at >= most) {
        text.truncate(at);
    }
    text
}

/// Returns why a topic name is invalid; `None` if it is valid (`Topic.validate`).
pub(super) fn name_fault(name: &str) -> Option<&'static str> {
    const LONGEST: usize = 249;
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    match name {
        "" => Some("Topic name is invalid: the empty string is not allowed"),
        "." | ".." => Some("Topic name is invalid: '.' or '..' is not allowed"),
        _ if name.len() > LONGEST => Some("Topic name is invalid: it is longer than 249 characters"),
        _ if !name.bytes().all(is_legal) => Some(
            "Topic name is invalid: it contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
        ),
        _ => None,
    }
}

/// The names of topics that exist or that the same request creates. Names that differ only in `.` and `_` collide,
/// because Kafka's metrics have the same name for both topics.
pub(super) struct Names<'a> {
    broker: &'a BrokerContext,
    /// Names that contain `.` or `_`, by their spelling with `_` in place of every `.`. Collected when first needed.
    alike: Option<BTreeMap<String, Arc<str>>>,
}

impl<'a> Names<'a> {
    pub(super) fn new(broker: &'a BrokerContext) -> Names<'a> {
        Names { broker, alike: None }
    }

    /// Checks whether a new topic may have this name, and reserves the name. Later topics of the same request are
    /// refused if their name collides with it.
    pub(super) fn take(&mut self, name: &str) -> Result<(), Refusal> {
        if let Some(fault) = name_fault(name) {
            return Err(refused(ErrorCode::InvalidTopicException, fault));
        }
        if name == CLUSTER_METADATA {
            let message = "Creation of internal topic __cluster_metadata is prohibited.";
            return Err(refused(ErrorCode::InvalidRequest, message));
        }
        if self.broker.image.topic_named(name).is_some() {
            return Err(refused(ErrorCode::TopicAlreadyExists, format_args!("Topic '{name}' already exists.")));
        }
        if !may_collide(name) {
            return Ok(());
        }
        let existing = &self.broker.image.names;
        let spelt = |name: &Arc<str>| (name.replace('.', "_"), name.clone());
        let alike =
            self.alike.get_or_insert_with(|| existing.keys().filter(|name| may_collide(name)).map(spelt).collect());
        let (canonical, name) = spelt(&Arc::from(name));
        match alike.get(&canonical) {
            Some(other) => {
                let message = format_args!("Topic '{name}' collides with existing topic: {other}");
                Err(refused(ErrorCode::InvalidTopicException, message))
            }
            None => {
                alike.insert(canonical, name);
                Ok(())
            }
        }
    }
}

fn may_collide(name: &str) -> bool {
    name.contains(['.', '_'])
}

/// Returns a topic with the default settings of the broker's configuration, for a client that gave only the topic's
/// name.
fn by_default(name: &str, broker: &BrokerContext) -> TopicSpec {
    TopicSpec {
        name: Arc::from(name),
        partitions: PartitionsSpec::Count {
            partitions: broker.config.num_partitions,
            replication_factor: broker.config.default_replication_factor,
        },
        configs: BTreeMap::new(),
    }
}

/// `__consumer_offsets` with Kafka's settings for it (`GroupCoordinatorConfig`, `offsets.topic.*`).
///
/// # Errors
/// Too few brokers are registered for the configured number of replicas. The topic is not created with fewer replicas,
/// because their number would stay too low.
pub(super) fn offsets_topic(broker: &BrokerContext) -> Result<TopicSpec, Refusal> {
    let config = &broker.config.offsets_topic;
    let registered = broker.image.brokers.len();
    if usize::try_from(config.replication_factor).unwrap_or(0) > registered {
        let message = format_args!(
            "offsets.topic.replication.factor is {} and {registered} broker(s) are registered: start more brokers, or set \
             offsets.topic.replication.factor to {registered}",
            config.replication_factor
        );
        return Err(refused(ErrorCode::InvalidReplicationFactor, message));
    }
    let partitions =
        PartitionsSpec::Count { partitions: config.partitions, replication_factor: config.replication_factor };
    let configs = [
        ("cleanup.policy", "compact".to_owned()),
        ("compression.type", "producer".to_owned()),
        ("segment.bytes", config.segment_bytes.to_string()),
    ];
    let configs = configs.into_iter().map(|(key, value)| (Arc::from(key), Arc::from(value))).collect();
    Ok(TopicSpec { name: Arc::from(CONSUMER_OFFSETS), partitions, configs })
}

/// Returns the topic that Metadata creates because a client named it. `__consumer_offsets` gets Kafka's settings for
/// that topic, and is not created if there are too few brokers. Other internal topics are not created. `None` if no
/// topic is created.
pub(super) fn by_name(name: &str, broker: &BrokerContext) -> Option<TopicSpec> {
    match name {
        CONSUMER_OFFSETS => offsets_topic(broker).ok(),
        _ if is_internal_topic(name) => None,
        _ => Some(by_default(name, broker)),
    }
}

/// Checks the requested numbers of partitions and replicas, where -1 stands for the broker's default (KIP-464).
pub(super) fn counted(
    partitions: i32,
    replication_factor: i16,
    broker: &BrokerContext,
) -> Result<PartitionsSpec, Refusal> {
    let config = &broker.config;
    let partitions = if partitions == -1 { config.num_partitions } else { partitions };
    let replicas = if replication_factor == -1 { config.default_replication_factor } else { replication_factor };
    if partitions <= 0 {
        let message = "Number of partitions was set to an invalid non-positive value.";
        return Err(refused(ErrorCode::InvalidPartitions, message));
    }
    if replicas <= 0 {
        let message = "Replication factor was set to an invalid non-positive value.";
        return Err(refused(ErrorCode::InvalidReplicationFactor, message));
    }
    let registered = broker.image.brokers.len();
    if replicas as usize > registered {
        let message = format_args!(
            "Unable to replicate the partition {replicas} time(s): The target replication factor of {replicas} \
             cannot be reached because only {registered} broker(s) are registered."
        );
        return Err(refused(ErrorCode::InvalidReplicationFactor, message));
    }
    Ok(PartitionsSpec::Count { partitions, replication_factor: replicas })
}

/// Checks the replicas that the client chose for each partition.
pub(super) fn assigned(chosen: &[(i32, Vec<NodeId>)], broker: &BrokerContext) -> Result<PartitionsSpec, Refusal> {
    let bad = |message: &dyn Display| Err(refused(ErrorCode::InvalidReplicaAssignment, message));
    let mut by_partition: BTreeMap<i32, &Vec<NodeId>> = BTreeMap::new();
    for (partition, replicas) in chosen {
        if by_partition.insert(*partition, replicas).is_some() {
            return bad(&format_args!("Found multiple manual partition assignments for partition {partition}"));
        }
    }
    let wanted = by_partition.values().next().map_or(0, |replicas| replicas.len());
    for replicas in by_partition.values() {
        if replicas.is_empty() {
            return bad(&"The manual partition assignment includes an empty replica list.");
        }
        let distinct: BTreeSet<NodeId> = replicas.iter().copied().collect();
        if distinct.len() < replicas.len() {
            return bad(&"The manual partition assignment includes a broker more than once.");
        }
        if let Some(unknown) = distinct.into_iter().find(|node| !broker.image.brokers.contains_key(node)) {
            return bad(&format_args!(
                "The manual partition assignment includes broker {unknown}, but no such broker is registered."
            ));
        }
        if replicas.len() != wanted {
            return bad(&format_args!(
                "The manual partition assignment includes a partition with {} replica(s), but this is not \
                 consistent with previous partitions, which have {wanted} replica(s).",
                replicas.len()
            ));
        }
    }
    if !by_partition.keys().copied().eq(0..by_partition.len() as i32) {
        return bad(&"partitions should be a consecutive 0-based integer sequence");
    }
    Ok(PartitionsSpec::Assigned(by_partition.into_values().cloned().collect()))
}

/// Checks the configuration of a new topic and returns it by key. If the request has a key twice, its last value
/// counts.
pub(super) fn configured<'a>(
    pairs: impl Iterator<Item = (&'a str, Option<&'a str>)>,
    broker: &BrokerContext,
) -> Result<Configs, Refusal> {
    let mut configs = Configs::new();
    for (key, value) in pairs {
        let Some(value) = value else {
            let message = format_args!("Null value not supported for topic configs: {key}");
            return Err(refused(ErrorCode::InvalidConfig, message));
        };
        configs.insert(Arc::from(key), Arc::from(value));
    }
    match TopicConfig::parse(&configs, &broker.config.topic_defaults) {
        Ok(_) => Ok(configs),
        Err(invalid) => Err(refused(ErrorCode::InvalidConfig, invalid)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topic_names_are_what_kafka_takes() {
        for good in ["a", "...", "a.b_c-D9", "__consumer_offsets", &"x".repeat(249)] {
            assert_eq!(name_fault(good), None, "{good}");
        }
        for bad in ["", ".", "..", "a b", "a/b", "\u{e9}", "a\0", &"x".repeat(250)] {
            assert!(name_fault(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_refusal_gives_back_a_bounded_part_of_what_was_said() {
        let message = refused(ErrorCode::InvalidConfig, "\u{e9}".repeat(30_000)).message.expect("has words");
        assert!((ECHO_MOST..ECHO_MOST + 4).contains(&message.len()), "{}", message.len());
    }
}
