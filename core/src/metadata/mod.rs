//! The cluster's metadata: an immutable image that every shard reads and nobody changes.
//!
//! **Invariants**: an image is published whole and never edited; a partition's leader is one of its replicas; epochs
//! only grow from image to image.
//!
//! **In Kafka**: `MetadataImage`, `TopicsImage`, `PartitionRegistration`, `BrokerRegistration`.

mod broker_config;
mod config;
mod description;
mod dynamic_config;
mod group_config;
mod image;
mod internal_topics;
mod placement;
mod topic_config;
mod values;

pub use config::{
    GroupSettings, ImageSource, ListenerConfig, NodeConfig, OffsetsTopicConfig, TimestampType, TopicConfig,
};
pub use description::{
    ConfigEntry, ConfigSource, ConfigSynonym, TopicDefaults, describe_broker, describe_client_metrics,
    describe_default_of_brokers, describe_group,
};
pub use dynamic_config::{ConfigPairs, DynamicConfigs, InvalidBrokerConfig};
pub use image::{BrokerRegistration, EndPoint, MetadataImage, PartitionRegistration, TopicImage};
pub use internal_topics::{CONSUMER_OFFSETS, is_internal_topic};
pub use placement::placement;
pub use topic_config::{InvalidTopicConfig, TOPIC_KEYS, TopicKey, Wants};
pub use values::ConfigType;
