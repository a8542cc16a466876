//! The cluster's metadata: an immutable image that every shard reads and nobody changes.
//!
//! **Invariants**: an image is published whole and never edited; a partition's leader is one of its replicas; epochs
//! only grow from image to image.
//!
//! **In Kafka**: `MetadataImage`, `TopicsImage`, `PartitionRegistration`, `BrokerRegistration`.

mod config;
mod image;
mod internal_topics;
mod placement;
mod topic_config;

pub use config::{ImageSource, ListenerConfig, NodeConfig, TimestampType, TopicConfig};
pub use image::{BrokerRegistration, EndPoint, MetadataImage, PartitionRegistration, TopicImage};
pub use internal_topics::{CONSUMER_OFFSETS, is_internal_topic};
pub use placement::placement;
pub use topic_config::{InvalidTopicConfig, TOPIC_KEYS, TopicKey, Wants};
