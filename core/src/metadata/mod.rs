//! The cluster's metadata: an immutable image that every shard reads and nobody changes, and the fold that makes images
//! of the metadata log's records; these records as bytes; and the levels of the features, which say what records there may
//! be.
//!
//! **Invariants**: an image is published whole and never edited; a partition's leader is one of its replicas; epochs
//! only grow from image to image; no record is written that loses a field; an image is the fold of its own records.
//!
//! **In Kafka**: `MetadataImage`, `MetadataDelta`, `MetadataBatchLoader`, `PartitionRegistration`, `BrokerRegistration`,
//! `MetadataRecordSerde`, `MetadataVersion`, `Feature`.

mod broker_config;
mod config;
mod description;
mod dynamic_config;
mod features;
mod group_config;
mod image;
mod internal_topics;
mod placement;
mod record;
mod topic_config;
mod values;

pub use config::{
    GroupSettings, ImageSource, ListenerConfig, ListenerRole, NodeConfig, OffsetsTopicConfig, TimestampType,
    TopicConfig,
};
pub use description::{
    ConfigEntry, ConfigSource, ConfigSynonym, TopicDefaults, describe_broker, describe_client_metrics,
    describe_default_of_brokers, describe_group,
};
pub use dynamic_config::{ConfigPairs, DynamicConfigs, InvalidBrokerConfig};
pub use features::{Feature, MetadataVersion};
pub use image::{
    Acl, AclOperation, AclPermission, AclResource, BadReplay, BrokerRegistration, Contradiction,
    ControllerRegistration, DelegationToken, EndPoint, FeatureRange, FinalizedFeatures, LeaderRecoveryState,
    MetadataDelta, MetadataFold, MetadataImage, PartitionDelta, PartitionRegistration, PatternType, QuotaEntity,
    QuotaValue, Quotas, ScramCredential, ScramMechanism, SecurityProtocol, SnapshotFold, TopicImage,
};
pub use internal_topics::{CONSUMER_OFFSETS, is_internal_topic};
pub use placement::placement;
pub use record::{BadMetadataRecord, MetadataRecord, UnwritableRecord, record_version};
pub use topic_config::{InvalidTopicConfig, TOPIC_KEYS, TopicKey, Wants};
pub use values::ConfigType;
