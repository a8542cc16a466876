//! Partitions that a request about offsets names: those that exist go to the coordinator, the others are answered here.

use crate::broker::context::BrokerContext;
use crate::metadata::TopicImage;
use bytestring::ByteString;

/// Whether the topic has a partition of that index.
pub(super) fn has_partition(topic: &TopicImage, index: i32) -> bool {
    usize::try_from(index).is_ok_and(|index| index < topic.partitions.len())
}

/// The topic's name; none where no topic has that id.
pub(super) fn name_of(id: crate::types::Uuid, broker: &BrokerContext) -> Option<ByteString> {
    let topic = broker.image.topics.get(&crate::types::TopicId(id))?;
    Some(ByteString::from(&*topic.name))
}
