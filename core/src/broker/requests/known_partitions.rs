//! Finds out which topics and partitions exist, for requests about committed offsets: the coordinator is asked only
//! about partitions that exist, and the session answers for the others.

use crate::broker::context::BrokerContext;
use crate::metadata::TopicImage;
use bytestring::ByteString;

/// Whether the topic has a partition with this index.
pub(super) fn has_partition(topic: &TopicImage, index: i32) -> bool {
    usize::try_from(index).is_ok_and(|index| index < topic.partitions.len())
}

/// The name of the topic with this id; `None` if no topic has the id.
pub(super) fn name_of(id: crate::types::Uuid, broker: &BrokerContext) -> Option<ByteString> {
    let topic = broker.image.topics.get(&crate::types::TopicId(id))?;
    Some(ByteString::from(&*topic.name))
}
