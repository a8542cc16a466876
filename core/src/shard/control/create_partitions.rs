//! Adds partitions to topics.
//!
//! **In Kafka**: `ReplicationControlManager.createPartitions`.

use super::changes::Decided;
use super::create_topics::{PARTITIONS_MAX, check_room};
use crate::broker::{ControlOutcome, MorePartitions, Refusal};
use crate::metadata::{MetadataImage, NodeConfig, PartitionRegistration, TopicImage};
use crate::types::{ErrorCode, NodeId};

/// Adds partitions to the topics in the image, and returns a result for each topic. A refused topic does not affect the
/// others. With `validate_only`, the request is checked but the image does not change.
pub(super) fn decide(
    topics: &[MorePartitions],
    validate_only: bool,
    image: &mut MetadataImage,
    config: &NodeConfig,
) -> Decided {
    let mut rows = Vec::with_capacity(topics.len());
    let mut is_change = false;
    for wanted in topics {
        match grown(wanted, image, config) {
            Ok(topic) => {
                if !validate_only {
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

/// Returns the topic with the wanted number of partitions. The checks come in the order of Kafka's controller.
fn grown(wanted: &MorePartitions, image: &MetadataImage, config: &NodeConfig) -> Result<TopicImage, Refusal> {
    let me = config.node_id;
    let Some(topic) = image.topic_named(&wanted.name) else {
        return Err(Refusal { error: ErrorCode::UnknownTopicOrPartition, message: None });
    };
    let has = topic.partitions.len();
    let count = usize::try_from(wanted.count).unwrap_or(0);
    let invalid = |message: &str| Err(Refusal::new(ErrorCode::InvalidPartitions, message));
    if count < has {
        return invalid(&format!(
            "The topic {} currently has {has} partition(s); {} would not be an increase.",
            wanted.name, wanted.count
        ));
    }
    if count == has {
        return invalid(&format!("Topic already has {has} partition(s)."));
    }
    if count > PARTITIONS_MAX {
        return invalid("a topic has at most 100,000 partitions");
    }
    if let Some(assigned) = &wanted.assigned {
        check_assigned(assigned, count - has, me)?;
    }
    check_room(count - has, image, config)?;
    let mut topic = TopicImage::clone(topic);
    let new = PartitionRegistration {
        replicas: vec![me],
        isr: vec![me],
        leader: Some(me),
        ..PartitionRegistration::default()
    };
    topic.partitions.resize(count, new);
    Ok(topic)
}

/// Checks the brokers that the client chose for the new partitions. Each partition must have this node alone, because
/// it is the only broker of the cluster.
fn check_assigned(assigned: &[Vec<NodeId>], additional: usize, me: NodeId) -> Result<(), Refusal> {
    let bad = |message: &str| Err(Refusal::new(ErrorCode::InvalidReplicaAssignment, message));
    if assigned.len() != additional {
        return bad(&format!(
            "Attempted to add {additional} additional partition(s), but only {} assignment(s) were specified.",
            assigned.len()
        ));
    }
    for replicas in assigned {
        if replicas.is_empty() {
            return bad("The manual partition assignment includes an empty replica list.");
        }
        if let Some(unknown) = replicas.iter().find(|node| **node != me) {
            return bad(&format!(
                "The manual partition assignment includes broker {unknown}, but no such broker is registered."
            ));
        }
        if replicas.len() > 1 {
            return bad(&format!("The manual partition assignment includes the broker {me} more than once."));
        }
    }
    Ok(())
}
