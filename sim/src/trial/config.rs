//! What a trial is told.

use crate::clients::{Drawn, WorkloadConfig};
use crate::nemesis::{NemesisConfig, Plan, Step};
use serde::{Deserialize, Serialize};

/// Everything that a run depends on, besides its seed.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Trial {
    /// The nodes and topics.
    pub cluster: ClusterConfig,
    /// The clients.
    pub workload: WorkloadConfig,
    /// The faults.
    pub nemesis: NemesisConfig,
    /// Steps that are taken in order; the run heals when the last was taken and the faults have ended.
    pub script: Vec<Step>,
    /// How long recovery may take.
    pub bounds: Bounds,
}

/// The `[cluster]` table of a scenario.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClusterConfig {
    /// Brokers, with ids from 1.
    pub brokers: u32,
    /// Data shards of each node; 0 draws 1 to 3 per seed.
    pub data_shards: u16,
    /// `replica.fetch.wait.max.ms`; 0 draws 50 or 500 per seed.
    pub replica_fetch_wait_ms: u32,
    /// `replica.fetch.max.bytes`; 0 draws it per seed.
    pub replica_fetch_max_bytes: u32,
    /// Bytes of answers that a node's connections together may have in memory; 0 draws 64 KiB, 1 MiB or the server's
    /// default per seed.
    pub answer_budget_bytes: u64,
    /// `connections.max.idle.ms`; 0 draws 3 seconds, 20 seconds or Kafka's ten minutes per seed.
    pub connections_max_idle_ms: u32,
    /// Whether the only broker is its own controller, as a lone server is: it decides on its own metadata and keeps it on its
    /// disk, and there is no topic but those that clients create.
    pub own_controller: bool,
    /// Bytes of recent appends that a shard keeps in memory; 0 draws it per seed.
    pub tail_cache_bytes: u64,
    /// `offsets.retention.minutes`; 0 for Kafka's default of a week.
    pub offsets_retention_minutes: u32,
    /// `offsets.retention.check.interval.ms`; 0 for Kafka's default of ten minutes.
    pub offsets_retention_check_interval_ms: u64,
    /// The topics.
    pub topics: Vec<TopicSetup>,
    /// How `__consumer_offsets` is made, where there are groups.
    pub offsets_topic: OffsetsTopicSetup,
}

/// The `[cluster.offsets-topic]` table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct OffsetsTopicSetup {
    /// Its partitions, drawn per seed.
    pub partitions: Drawn,
    /// Replicas of each, drawn per seed; in two of three seeds as many as may be.
    pub replication_factor: Drawn,
}

impl Default for OffsetsTopicSetup {
    fn default() -> OffsetsTopicSetup {
        OffsetsTopicSetup { partitions: Drawn::between(1, 4), replication_factor: Drawn::always(3) }
    }
}

impl Default for ClusterConfig {
    fn default() -> ClusterConfig {
        ClusterConfig {
            brokers: 3,
            data_shards: 0,
            replica_fetch_wait_ms: 0,
            replica_fetch_max_bytes: 0,
            answer_budget_bytes: 0,
            connections_max_idle_ms: 0,
            own_controller: false,
            tail_cache_bytes: 0,
            offsets_retention_minutes: 0,
            offsets_retention_check_interval_ms: 0,
            topics: vec![TopicSetup::default()],
            offsets_topic: OffsetsTopicSetup::default(),
        }
    }
}

/// A `[[cluster.topics]]` entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TopicSetup {
    /// Its name.
    pub name: String,
    /// How many partitions.
    pub partitions: u32,
    /// Replicas of each.
    pub replication_factor: u32,
    /// The node that is the first replica of partition 0, from which on replicas are laid around the ring; 0 draws it.
    pub first_replica: u32,
    /// Topic configuration by Kafka's keys: `min.insync.replicas`, `flush.messages`, `segment.bytes`.
    pub configs: std::collections::BTreeMap<String, String>,
    /// Topic configuration that each seed draws, one of the values of each key.
    pub drawn: std::collections::BTreeMap<String, Vec<String>>,
}

impl Default for TopicSetup {
    fn default() -> TopicSetup {
        TopicSetup {
            name: "orders".to_string(),
            partitions: 4,
            replication_factor: 3,
            first_replica: 0,
            configs: [("min.insync.replicas".to_string(), "2".to_string())].into(),
            drawn: std::collections::BTreeMap::new(),
        }
    }
}

/// How long things may take once everything is healed, in virtual milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Bounds {
    /// Until every produce has ended, every replica has caught up and every high watermark is at its log's end.
    pub converge_ms: u64,
    /// Until fresh consumers have read every partition to its end.
    pub drain_ms: u64,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { converge_ms: 60_000, drain_ms: 30_000 }
    }
}

/// What may be fixed for a run that is otherwise drawn.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Forced {
    /// Data shards of each node.
    pub data_shards: Option<u16>,
    /// Faults, instead of those that the seed would draw: how a replay drops some.
    pub plan: Option<Plan>,
    /// A known bug to switch on, by its number; only in a build that has them.
    pub mutant: Option<String>,
    /// Overrides the nemesis' own `cuts`.
    pub cuts: Option<bool>,
}
