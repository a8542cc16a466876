//! Creates topics.
//!
//! **In Kafka**: `ReplicationControlManager.createTopics`.

use super::changes::Decided;
use super::start::fresh_uuid;
use crate::broker::{ControlOutcome, PartitionsSpec, Refusal, TopicCreated, TopicSpec};
use crate::io::Env;
use crate::metadata::{MetadataImage, NodeConfig, PartitionRegistration, TopicImage};
use crate::types::{ErrorCode, TopicId};

/// The most partitions of one topic: more than any topic needs, and few enough that the image stays small.
pub(super) const PARTITIONS_MAX: usize = 100_000;

/// Creates the topics in the image, and returns a result for each topic. A refused topic does not affect the others.
/// With `validate_only`, the result says that nothing changed, and the caller drops the image.
pub(super) fn decide(
    topics: &[TopicSpec],
    validate_only: bool,
    image: &mut MetadataImage,
    config: &NodeConfig,
    env: &mut Env<'_>,
) -> Decided {
    let mut rows: Vec<_> = topics.iter().map(|topic| create_topic(image, topic, config, env)).collect();
    if validate_only {
        rows.iter_mut().flatten().for_each(|created| created.id = TopicId::default());
    }
    let is_change = !validate_only && rows.iter().any(Result::is_ok);
    Decided { outcome: ControlOutcome::TopicsCreated(rows), is_change }
}

fn create_topic(
    image: &mut MetadataImage,
    spec: &TopicSpec,
    config: &NodeConfig,
    env: &mut Env<'_>,
) -> Result<TopicCreated, Refusal> {
    let me = config.node_id;
    if image.names.contains_key(&spec.name) {
        return Err(Refusal::new(ErrorCode::TopicAlreadyExists, "a topic of this name exists"));
    }
    let assignments = match &spec.partitions {
        PartitionsSpec::Assigned(assignments) => assignments.clone(),
        PartitionsSpec::Count { replication_factor, .. } if *replication_factor != 1 => {
            let why = "the cluster has one broker, which holds at most one replica of a partition";
            return Err(Refusal::new(ErrorCode::InvalidReplicationFactor, why));
        }
        PartitionsSpec::Count { partitions, .. } => {
            let count = usize::try_from(*partitions).unwrap_or(0).min(PARTITIONS_MAX + 1);
            vec![vec![me]; count]
        }
    };
    if assignments.is_empty() || assignments.len() > PARTITIONS_MAX {
        return Err(Refusal::new(ErrorCode::InvalidPartitions, "a topic has from 1 to 100,000 partitions"));
    }
    if assignments.iter().any(|replicas| *replicas != [me]) {
        return Err(Refusal::new(
            ErrorCode::InvalidReplicaAssignment,
            "the assignment names a broker that is not registered",
        ));
    }
    check_room(assignments.len(), image, config)?;
    let partitions = assignments.into_iter().map(|replicas| PartitionRegistration {
        isr: replicas.clone(),
        leader: Some(me),
        replicas,
        ..PartitionRegistration::default()
    });
    let topic = TopicImage {
        name: spec.name.clone(),
        id: TopicId(fresh_uuid(env)),
        configs: spec.configs.clone(),
        partitions: partitions.collect(),
    };
    let created = TopicCreated {
        id: topic.id,
        partitions: i32::try_from(topic.partitions.len()).expect("bounded above"),
        replication_factor: 1,
    };
    image.put_topic(topic);
    Ok(created)
}

/// Refuses partitions that the node's limit on open files does not carry.
pub(super) fn check_room(additional: usize, image: &MetadataImage, config: &NodeConfig) -> Result<(), Refusal> {
    let has = image.partition_count();
    match config.most_partitions {
        Some(most) if has + additional > most => {
            let message = format!(
                "the limit on open files of node {} carries {most} partitions, and {has} exist: raise the limit (ulimit -n, \
                 or LimitNOFILE of the service) and start the node again, or create at most {} partitions",
                config.node_id,
                most.saturating_sub(has)
            );
            Err(Refusal::new(ErrorCode::PolicyViolation, &message))
        }
        _ => Ok(()),
    }
}
