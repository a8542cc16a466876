//! A node's and a topic's configuration, typed. Keys, defaults and meanings are Kafka's where Kafka has them.

use super::dynamic_config::ConfigPairs;
use crate::io::ListenerId;
use crate::types::NodeId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a node is told before it starts, the same for all its shards.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeConfig {
    /// `node.id`.
    pub node_id: NodeId,
    /// `broker.rack`.
    pub rack: Option<Arc<str>>,
    /// `listeners` with their `advertised.listeners`.
    pub listeners: Vec<ListenerConfig>,
    /// `log.dirs` as absolute paths; a directory's place is its [`crate::io::DirId`].
    pub log_dirs: Vec<Arc<str>>,
    /// Shards in all: control and at least one data shard.
    pub shards: u16,
    /// Where metadata comes from.
    pub image_source: ImageSource,
    /// `connections.max.idle.ms`; a negative number keeps connections for ever.
    pub connections_max_idle_ms: i64,
    /// `auto.create.topics.enable`.
    pub auto_create_topics: bool,
    /// `num.partitions`.
    pub num_partitions: i32,
    /// The most partitions that this node's limit on open files carries, as its host sees it; none where nothing limits
    /// them.
    pub most_partitions: Option<usize>,
    /// `default.replication.factor`.
    pub default_replication_factor: i16,
    /// What a topic has where it sets nothing itself.
    pub topic_defaults: TopicConfig,
    /// `socket.request.max.bytes`.
    pub socket_request_max_bytes: u32,
    /// Requests of one connection that may be unanswered before it is paused.
    pub max_in_flight_per_connection: u32,
    /// Bytes of answers that all connections together may have in memory; each data shard has an equal share.
    pub answer_budget_bytes: u64,
    /// `fetch.max.bytes`: the most that one fetch is answered with, whatever it asks for.
    pub fetch_max_bytes: u32,
    /// Whether a client's connection moves, once, to the shard where all partitions of its first produce or fetch live.
    pub hand_over_clients: bool,
    /// Bytes of recent appends that one shard keeps in memory for fetches.
    pub tail_cache_bytes: u64,
    /// `replica.fetch.wait.max.ms`.
    pub replica_fetch_wait_max_ms: i32,
    /// `replica.fetch.min.bytes`.
    pub replica_fetch_min_bytes: i32,
    /// `replica.fetch.max.bytes`, per partition.
    pub replica_fetch_max_bytes: i32,
    /// `replica.fetch.response.max.bytes`.
    pub replica_fetch_response_max_bytes: i32,
    /// `replica.fetch.backoff.ms`.
    pub replica_fetch_backoff_ms: i32,
    /// `replica.socket.timeout.ms`: a fetch that stays unanswered so long ends its connection.
    pub replica_socket_timeout_ms: i32,
    /// `replica.high.watermark.checkpoint.interval.ms`.
    pub high_watermark_checkpoint_interval_ms: i64,
    /// `log.flush.offset.checkpoint.interval.ms`.
    pub recovery_point_checkpoint_interval_ms: i64,
    /// `log.retention.check.interval.ms`.
    pub retention_check_interval_ms: i64,
    /// `producer.id.expiration.ms`.
    pub producer_id_expiration_ms: i64,
    /// How long a clean stop waits for running requests.
    pub stop_timeout_ms: i64,
    /// `offsets.topic.*`: how `__consumer_offsets` is made.
    pub offsets_topic: OffsetsTopicConfig,
    /// The group coordinator's settings.
    pub groups: GroupSettings,
    /// `max.request.partition.size.limit`: the most partitions that one DescribeTopicPartitions is answered with.
    pub max_request_partition_size_limit: i32,
    /// What `server.properties`, the environment and the command line set, by key, as it was written. The typed fields say
    /// what the node does; this map only says what was set, for DescribeConfigs.
    pub static_settings: BTreeMap<Arc<str>, Arc<str>>,
    /// What was set for this node while it runs ([`NodeConfig::under`]); the typed fields have it already.
    pub dynamic_of_node: ConfigPairs,
    /// What was set for all brokers while they run; the typed fields have it already.
    pub dynamic_of_all: ConfigPairs,
}

/// How `__consumer_offsets` is made when the first group needs it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OffsetsTopicConfig {
    /// `offsets.topic.num.partitions`.
    pub partitions: i32,
    /// `offsets.topic.replication.factor`.
    pub replication_factor: i16,
    /// `offsets.topic.segment.bytes`.
    pub segment_bytes: i32,
}

/// Settings of the group coordinator. Sizes are bytes, times milliseconds where the name does not say minutes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GroupSettings {
    /// `group.min.session.timeout.ms`.
    pub min_session_timeout_ms: i32,
    /// `group.max.session.timeout.ms`.
    pub max_session_timeout_ms: i32,
    /// `group.initial.rebalance.delay.ms`.
    pub initial_rebalance_delay_ms: i32,
    /// `group.max.size`.
    pub max_size: i32,
    /// `offset.metadata.max.bytes`.
    pub offset_metadata_max_bytes: i32,
    /// `offsets.retention.minutes`.
    pub offsets_retention_minutes: i32,
    /// `offsets.retention.check.interval.ms`.
    pub offsets_retention_check_interval_ms: i64,
    /// `offsets.commit.timeout.ms`.
    pub offsets_commit_timeout_ms: i32,
}

impl Default for OffsetsTopicConfig {
    /// Apache Kafka's defaults.
    fn default() -> OffsetsTopicConfig {
        OffsetsTopicConfig { partitions: 50, replication_factor: 3, segment_bytes: 100 << 20 }
    }
}

impl Default for GroupSettings {
    /// Apache Kafka's defaults.
    fn default() -> GroupSettings {
        GroupSettings {
            min_session_timeout_ms: 6_000,
            max_session_timeout_ms: 1_800_000,
            initial_rebalance_delay_ms: 3_000,
            max_size: i32::MAX,
            offset_metadata_max_bytes: 4_096,
            offsets_retention_minutes: 10_080,
            offsets_retention_check_interval_ms: 600_000,
            offsets_commit_timeout_ms: 5_000,
        }
    }
}

/// One listener.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListenerConfig {
    /// Its place in `listeners`.
    pub id: ListenerId,
    /// Its name, such as `PLAINTEXT`.
    pub name: Arc<str>,
    /// Who connects to it.
    pub role: ListenerRole,
    /// Where to bind.
    pub host: Arc<str>,
    /// Where to bind; 0 lets the host choose.
    pub port: u16,
    /// What clients are told, where it differs.
    pub advertised: Option<(Arc<str>, u16)>,
}

/// Who connects to a listener.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListenerRole {
    /// Clients.
    Clients,
    /// Clients, and the other brokers of the cluster (`inter.broker.listener.name`).
    Brokers,
    /// Brokers, controllers, and tools that speak to controllers (`controller.listener.names`).
    Controllers,
}

/// Where a node's metadata comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ImageSource {
    /// A lone combined node keeps its image in a small file of its own, and is its own controller.
    OwnFile,
    /// A controller outside the node sends each image ([`crate::shard::Event::Image`]).
    Given,
}

/// `message.timestamp.type`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TimestampType {
    /// Records keep the time that their producer gave.
    CreateTime,
    /// The leader stamps the time of the append.
    LogAppendTime,
}

/// A topic's configuration. Sizes are bytes, times milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TopicConfig {
    /// `segment.bytes`.
    pub segment_bytes: u32,
    /// `segment.ms`.
    pub segment_ms: i64,
    /// `segment.index.bytes`.
    pub segment_index_bytes: u32,
    /// `index.interval.bytes`.
    pub index_interval_bytes: u32,
    /// `flush.messages`: 1 gates every answer on a sync; larger values gate nothing.
    pub flush_messages: i64,
    /// `flush.ms`.
    pub flush_ms: i64,
    /// `max.message.bytes`, of a whole batch.
    pub max_message_bytes: u32,
    /// `min.insync.replicas`.
    pub min_insync_replicas: i32,
    /// `message.timestamp.type`.
    pub timestamp_type: TimestampType,
    /// `message.timestamp.before.max.ms`.
    pub timestamp_before_max_ms: i64,
    /// `message.timestamp.after.max.ms`.
    pub timestamp_after_max_ms: i64,
    /// Whether `cleanup.policy` has `compact`: then every record needs a key.
    pub compacted: bool,
    /// Whether `cleanup.policy` has `delete`: then retention lets old segments go.
    pub deletes: bool,
    /// `retention.ms`, -1 for ever.
    pub retention_ms: i64,
    /// `retention.bytes`, -1 without a bound.
    pub retention_bytes: i64,
    /// `file.delete.delay.ms`: how long a removed file stays on the disk, for readers that hold it.
    pub file_delete_delay_ms: i64,
}

impl Default for TopicConfig {
    /// Apache Kafka's defaults.
    fn default() -> TopicConfig {
        TopicConfig {
            segment_bytes: 1 << 30,
            segment_ms: 7 * 24 * 3_600_000,
            segment_index_bytes: 10 << 20,
            index_interval_bytes: 4096,
            flush_messages: i64::MAX,
            flush_ms: i64::MAX,
            max_message_bytes: 1_048_588,
            min_insync_replicas: 1,
            timestamp_type: TimestampType::CreateTime,
            timestamp_before_max_ms: i64::MAX,
            timestamp_after_max_ms: 3_600_000,
            compacted: false,
            deletes: true,
            retention_ms: 7 * 24 * 3_600_000,
            retention_bytes: -1,
            file_delete_delay_ms: 60_000,
        }
    }
}

impl Default for NodeConfig {
    /// Apache Kafka's defaults, for a combined node with one data shard and no listener.
    fn default() -> NodeConfig {
        NodeConfig {
            node_id: NodeId(1),
            rack: None,
            listeners: Vec::new(),
            log_dirs: Vec::new(),
            shards: 2,
            image_source: ImageSource::OwnFile,
            connections_max_idle_ms: 600_000,
            auto_create_topics: true,
            num_partitions: 1,
            most_partitions: None,
            default_replication_factor: 1,
            topic_defaults: TopicConfig::default(),
            socket_request_max_bytes: 104_857_600,
            max_in_flight_per_connection: 64,
            answer_budget_bytes: 128 << 20,
            fetch_max_bytes: 57_671_680,
            hand_over_clients: true,
            tail_cache_bytes: 8 << 20,
            replica_fetch_wait_max_ms: 500,
            replica_fetch_min_bytes: 1,
            replica_fetch_max_bytes: 1 << 20,
            replica_fetch_response_max_bytes: 10 << 20,
            replica_fetch_backoff_ms: 1000,
            replica_socket_timeout_ms: 30_000,
            high_watermark_checkpoint_interval_ms: 5_000,
            recovery_point_checkpoint_interval_ms: 60_000,
            retention_check_interval_ms: 300_000,
            producer_id_expiration_ms: 86_400_000,
            stop_timeout_ms: 5_000,
            offsets_topic: OffsetsTopicConfig::default(),
            groups: GroupSettings::default(),
            max_request_partition_size_limit: 2_000,
            static_settings: BTreeMap::new(),
            dynamic_of_node: ConfigPairs::new(),
            dynamic_of_all: ConfigPairs::new(),
        }
    }
}
