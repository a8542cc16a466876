//! Deletes topics.
//!
//! **In Kafka**: `ReplicationControlManager.deleteTopics`.

use super::changes::Decided;
use crate::broker::{ControlOutcome, Refusal};
use crate::metadata::MetadataImage;
use crate::types::{ErrorCode, TopicId};

/// Removes the topics from the image, and returns a result for each topic. An id that the image does not have gets
/// UNKNOWN_TOPIC_ID.
pub(super) fn decide(topics: &[TopicId], image: &mut MetadataImage) -> Decided {
    let mut rows = Vec::with_capacity(topics.len());
    let mut is_change = false;
    for id in topics {
        if image.remove_topic(*id) {
            is_change = true;
            rows.push(Ok(()));
        } else {
            rows.push(Err(Refusal { error: ErrorCode::UnknownTopicId, message: None }));
        }
    }
    Decided { outcome: ControlOutcome::Judged(rows), is_change }
}
