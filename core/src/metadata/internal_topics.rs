//! Topics that Kafka keeps its own state in.
//!
//! **In Kafka**: `org.apache.kafka.common.internals.Topic`.

/// The topic of consumer groups and their committed offsets.
pub const CONSUMER_OFFSETS: &str = "__consumer_offsets";

/// The topic of transactions.
const TRANSACTION_STATE: &str = "__transaction_state";

/// The topic of share groups.
const SHARE_GROUP_STATE: &str = "__share_group_state";

/// Whether Kafka keeps its own state in a topic of that name. Clients do not write to such a topic.
#[must_use]
pub fn is_internal_topic(name: &str) -> bool {
    [CONSUMER_OFFSETS, TRANSACTION_STATE, SHARE_GROUP_STATE].contains(&name)
}
