//! What a world is made of, as plain data.

use gracchus_core::io::Mutant;
use gracchus_core::metadata::NodeConfig;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A duration that is drawn: mostly from `least_us` to `most_us`, and in `tail_ppm` of a million cases up to `tail_us`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Spread {
    /// At least, in microseconds.
    pub least_us: u64,
    /// Mostly at most, in microseconds.
    pub most_us: u64,
    /// How often it takes longer, in millionths.
    pub tail_ppm: u32,
    /// At most even then, in microseconds.
    pub tail_us: u64,
}

/// A topic that is there from the start.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicSpec {
    /// Its name.
    pub name: String,
    /// How many partitions.
    pub partitions: u32,
    /// How many replicas of each.
    pub replicas: u16,
    /// The first replica of partition 0; drawn where absent.
    #[serde(default)]
    pub first: Option<u16>,
    /// Kafka's keys, as `CreateTopics` takes them.
    #[serde(default)]
    pub configs: BTreeMap<String, String>,
}

/// Everything that is fixed before a world begins.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorldConfig {
    /// Brokers, `node.id` 1 and up; broker `n` is the host `b<n>`, port 9092.
    pub nodes: u16,
    /// Data shards of each node; drawn per node from 1 to 3 where absent.
    pub data_shards: Option<u16>,
    /// Log directories of each node.
    pub log_dirs: u16,
    /// Topics that are there from the start.
    pub topics: Vec<TopicSpec>,
    /// Topics that the controller makes when a node first wants them; they name their first replica.
    pub at_first_use: Vec<TopicSpec>,
    /// What every broker is told; id, listeners, shards and image source are the world's to set.
    #[serde(skip)]
    pub broker: NodeConfig,
    /// The network.
    pub network: NetworkConfig,
    /// The disks.
    pub disk: DiskConfig,
    /// Processes and clocks.
    pub process: ProcessConfig,
    /// The simulated controller.
    pub controller: ControllerConfig,
    /// Whether the only node is its own controller: it decides on its own metadata and keeps it in its image file, and the
    /// simulated controller decides nothing.
    pub own_controller: bool,
    /// A known bug to switch on, in a build that has them.
    #[serde(skip)]
    pub mutant: Option<Mutant>,
    /// Whether the trace hash is computed.
    pub hash: bool,
}

/// The network's ordinary behaviour.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkConfig {
    /// One way from a broker to a broker.
    pub between_brokers: Spread,
    /// One way between a client and a broker.
    pub to_clients: Spread,
    /// How long a connection hangs across a cut, or before a vanished peer is noticed by whoever sends.
    pub time_out: Spread,
    /// How long an idle end does not notice that its peer vanished.
    pub keepalive: Spread,
    /// How long a dial goes unanswered.
    pub dial_time_out: Spread,
    /// Chance per frame that its connection is reset, in millionths.
    pub loss_ppm: u32,
    /// Bytes that may be under way on a connection, one way.
    pub window: u64,
}

/// The disks' ordinary behaviour, and what fails at random.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiskConfig {
    /// One read.
    pub read: Spread,
    /// One sync.
    pub sync: Spread,
    /// What a synchronous operation costs its shard, in nanoseconds.
    pub op_ns: u64,
    /// What each KiB of an append costs its shard, in nanoseconds.
    pub kib_ns: u64,
    /// Room, in bytes; without limit where absent.
    pub capacity: Option<u64>,
    /// Chance that a write fails, in millionths.
    pub write_error_ppm: u32,
    /// Chance that a read fails, in millionths.
    pub read_error_ppm: u32,
    /// Chance that a sync fails, in millionths.
    pub sync_error_ppm: u32,
}

/// Processes and clocks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProcessConfig {
    /// The longest turn that is drawn, at most 64.
    pub turn_most: u32,
    /// How long a ready shard waits for its turn.
    pub dispatch: Spread,
    /// How long mail is under way between shards.
    pub mail: Spread,
    /// After how long the news that a connection's sends have left is worth a turn of its own, in microseconds.
    pub drained_us: u64,
    /// What a turn costs, in nanoseconds.
    pub turn_ns: u64,
    /// What each event of a turn costs, in nanoseconds.
    pub event_ns: u64,
    /// How far a wall clock may be off, either way, in milliseconds.
    pub wall_skew_ms: u64,
    /// How much faster or slower a clock may run, in millionths.
    pub drift_ppm: u32,
    /// How long a start takes before the first event.
    pub boot: Spread,
    /// Share of sites that perturb in a run, in millionths; 0 switches perturbation off.
    pub buggify_sites_ppm: u32,
    /// How often such a site perturbs, in millionths.
    pub buggify_fires_ppm: u32,
}

/// The simulated controller.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ControllerConfig {
    /// How long until it notices that a node died.
    pub detection: Spread,
    /// How long an image is under way to a node.
    pub publication: Spread,
    /// How long a follower may lag before it leaves the in-sync set (`replica.lag.time.max.ms`), in milliseconds.
    pub lag_ms: u64,
    /// How often lags are looked at while there is traffic, in milliseconds.
    pub lag_check_ms: u64,
    /// Whether a recovered node becomes leader of what it prefers to lead.
    pub preferred_leaders: bool,
}

impl Spread {
    /// Always that many microseconds.
    #[must_use]
    pub const fn fixed(us: u64) -> Spread {
        Spread { least_us: us, most_us: us, tail_ppm: 0, tail_us: us }
    }

    /// Between two bounds, without a tail.
    #[must_use]
    pub const fn uniform(least_us: u64, most_us: u64) -> Spread {
        Spread { least_us, most_us, tail_ppm: 0, tail_us: most_us }
    }

    /// With a tail.
    #[must_use]
    pub const fn tailed(self, tail_ppm: u32, tail_us: u64) -> Spread {
        Spread { tail_ppm, tail_us, ..self }
    }
}

impl Default for Spread {
    fn default() -> Spread {
        Spread::fixed(0)
    }
}

impl Default for WorldConfig {
    fn default() -> WorldConfig {
        WorldConfig {
            nodes: 3,
            data_shards: None,
            log_dirs: 1,
            topics: Vec::new(),
            at_first_use: Vec::new(),
            broker: NodeConfig::default(),
            network: NetworkConfig::default(),
            disk: DiskConfig::default(),
            process: ProcessConfig::default(),
            controller: ControllerConfig::default(),
            own_controller: false,
            mutant: None,
            hash: true,
        }
    }
}

impl Default for NetworkConfig {
    fn default() -> NetworkConfig {
        NetworkConfig {
            between_brokers: Spread::uniform(100, 1_000).tailed(10_000, 20_000),
            to_clients: Spread::uniform(200, 2_000).tailed(10_000, 50_000),
            time_out: Spread::uniform(2_000_000, 10_000_000),
            keepalive: Spread::uniform(5_000_000, 20_000_000),
            dial_time_out: Spread::uniform(1_000_000, 5_000_000),
            loss_ppm: 0,
            window: 1 << 20,
        }
    }
}

impl Default for DiskConfig {
    fn default() -> DiskConfig {
        DiskConfig {
            read: Spread::uniform(80, 500).tailed(10_000, 20_000),
            sync: Spread::uniform(300, 3_000).tailed(10_000, 50_000),
            op_ns: 2_000,
            kib_ns: 200,
            capacity: None,
            write_error_ppm: 0,
            read_error_ppm: 0,
            sync_error_ppm: 0,
        }
    }
}

impl Default for ProcessConfig {
    fn default() -> ProcessConfig {
        ProcessConfig {
            turn_most: 64,
            dispatch: Spread::uniform(0, 50).tailed(2_000, 5_000),
            mail: Spread::uniform(1, 30).tailed(2_000, 5_000),
            drained_us: 3_000,
            turn_ns: 3_000,
            event_ns: 2_000,
            wall_skew_ms: 200,
            drift_ppm: 100,
            boot: Spread::uniform(50_000, 500_000),
            buggify_sites_ppm: 0,
            buggify_fires_ppm: 50_000,
        }
    }
}

impl Default for ControllerConfig {
    fn default() -> ControllerConfig {
        ControllerConfig {
            detection: Spread::uniform(100_000, 2_000_000),
            publication: Spread::uniform(1_000, 50_000).tailed(20_000, 1_000_000),
            lag_ms: 3_000,
            lag_check_ms: 500,
            preferred_leaders: true,
        }
    }
}
