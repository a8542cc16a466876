//! The table of the keys that this server reads from `server.properties`, beside the defaults of topics: type, default
//! and meaning of each, and the value that the node goes by.
//!
//! **In Kafka**: `KafkaConfig`, `AbstractKafkaConfig`, `ServerConfigs`, `ServerLogConfigs`, `ReplicationConfigs`.

use super::NodeConfig;
use super::values::ConfigType;

/// One key of a broker's configuration.
#[derive(Debug)]
pub(super) struct BrokerKey {
    pub(super) name: &'static str,
    pub(super) config_type: ConfigType,
    /// Apache Kafka's default, or this server's for a key of its own; none where the key has no value unless it is set.
    pub(super) default: Option<&'static str>,
    value: Value,
    /// What the key does, in a sentence, with its unit.
    pub(super) documentation: &'static str,
}

/// How the value that the node goes by is known.
#[derive(Clone, Copy, Debug)]
enum Value {
    /// It is what was set, or the default: the core does not use the key.
    AsSet,
    /// The node's configuration has it.
    Held(fn(&NodeConfig) -> Option<String>),
    /// The node's configuration has it, and the server chooses it where nothing is set.
    Chosen(fn(&NodeConfig) -> Option<String>),
}

impl BrokerKey {
    /// The key of that name.
    pub(super) fn named(name: &str) -> Option<&'static BrokerKey> {
        BROKER_KEYS.binary_search_by(|key| key.name.cmp(name)).ok().map(|at| &BROKER_KEYS[at])
    }

    /// The value that the node goes by, where a value other than the default must have been set.
    pub(super) fn in_force(&self, node: &NodeConfig) -> Option<String> {
        match self.value {
            Value::Held(value) => value(node),
            Value::AsSet | Value::Chosen(_) => None,
        }
    }

    /// The value that the server chose, where nobody has to set one.
    pub(super) fn chosen(&self, node: &NodeConfig) -> Option<String> {
        match self.value {
            Value::Chosen(value) => value(node),
            Value::AsSet | Value::Held(_) => None,
        }
    }
}

const fn key(
    name: &'static str,
    config_type: ConfigType,
    default: Option<&'static str>,
    value: Value,
    documentation: &'static str,
) -> BrokerKey {
    BrokerKey { name, config_type, default, value, documentation }
}

const BOOLEAN: ConfigType = ConfigType::Boolean;
const STRING: ConfigType = ConfigType::String;
const INT: ConfigType = ConfigType::Int;
const SHORT: ConfigType = ConfigType::Short;
const LONG: ConfigType = ConfigType::Long;
const LIST: ConfigType = ConfigType::List;

/// By name.
#[rustfmt::skip]
pub(super) const BROKER_KEYS: &[BrokerKey] = &[
    key("advertised.listeners", LIST, None, Value::AsSet,
        "Addresses that clients are told to connect to, as NAME://HOST:PORT with commas between them; without it they are told those of listeners."),
    key("auto.create.topics.enable", BOOLEAN, Some("true"), Value::Held(|node| Some(node.auto_create_topics.to_string())),
        "Whether a topic is created when a client first asks for its metadata."),
    key("broker.id", INT, Some("-1"), Value::Held(|node| Some(node.node_id.to_string())),
        "The old name of node.id."),
    key("broker.rack", STRING, None, Value::Held(|node| node.rack.as_deref().map(str::to_owned)),
        "The rack that the node stands in, so that clients can read from a replica near them."),
    key("connections.max.idle.ms", LONG, Some("600000"), Value::Held(|node| Some(node.connections_max_idle_ms.to_string())),
        "How long a connection may show no sign of life, in milliseconds, before it is closed."),
    key("controller.listener.names", LIST, None, Value::AsSet,
        "Names of the listeners that are the controller's; this server is its own controller and does not open them."),
    key("controller.quorum.voters", LIST, Some(""), Value::AsSet,
        "Nodes that elect the controller, as ID@HOST:PORT with commas between them."),
    key("default.replication.factor", INT, Some("1"), Value::Held(|node| Some(node.default_replication_factor.to_string())),
        "Number of replicas of a topic that is created without saying how many."),
    key("fetch.max.bytes", INT, Some("57671680"), Value::Held(|node| Some(node.fetch_max_bytes.to_string())),
        "Most bytes that one fetch is answered with, whatever the client asks for."),
    key("gracchus.answer.budget.bytes", LONG, Some("134217728"), Value::Held(|node| Some(node.answer_budget_bytes.to_string())),
        "Bytes of answers that all connections together may have in memory; when they are used up, fetches wait."),
    key("gracchus.data.shards", INT, None, Value::Chosen(|node| Some((node.shards - 1).to_string())),
        "Number of shards, each with a thread of its own, that serve connections and hold partitions; by default one for each core."),
    key("gracchus.frame.budget.bytes", LONG, Some("33554432"), Value::AsSet,
        "Bytes of memory for requests that have arrived in part, beyond what each connection owns."),
    key("gracchus.hand.over.clients", BOOLEAN, Some("true"), Value::Held(|node| Some(node.hand_over_clients.to_string())),
        "Whether a client's connection moves once to the shard that holds the partitions of its first produce or fetch."),
    key("gracchus.max.in.flight.per.connection", INT, Some("64"), Value::Held(|node| Some(node.max_in_flight_per_connection.to_string())),
        "Number of requests of one connection that may be unanswered before no more of them are read."),
    key("gracchus.stop.timeout.ms", LONG, Some("5000"), Value::Held(|node| Some(node.stop_timeout_ms.to_string())),
        "Milliseconds that a stop in good order waits for running requests."),
    key("gracchus.tail.cache.bytes", LONG, Some("8388608"), Value::Held(|node| Some(node.tail_cache_bytes.to_string())),
        "Bytes of recent records that one shard keeps in memory for fetches."),
    key("group.initial.rebalance.delay.ms", INT, Some("3000"), Value::Held(|node| Some(node.groups.initial_rebalance_delay_ms.to_string())),
        "Milliseconds that the first rebalance of an empty group waits for more members."),
    key("group.max.session.timeout.ms", INT, Some("1800000"), Value::Held(|node| Some(node.groups.max_session_timeout_ms.to_string())),
        "Longest session timeout, in milliseconds, that a member of a group may ask for."),
    key("group.max.size", INT, Some("2147483647"), Value::Held(|node| Some(node.groups.max_size.to_string())),
        "Most members that one group may have."),
    key("group.min.session.timeout.ms", INT, Some("6000"), Value::Held(|node| Some(node.groups.min_session_timeout_ms.to_string())),
        "Shortest session timeout, in milliseconds, that a member of a group may ask for."),
    key("listener.security.protocol.map", STRING, Some("SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT"), Value::AsSet,
        "The security protocol of each listener, as NAME:PROTOCOL with commas between them."),
    key("listeners", LIST, Some("PLAINTEXT://127.0.0.1:9092"), Value::Held(listeners),
        "Addresses that the server listens at, as NAME://HOST:PORT with commas between them."),
    key("log.dir", LIST, None, Value::AsSet,
        "The directory for logs where log.dirs is not set."),
    key("log.dirs", LIST, None, Value::AsSet,
        "The directories for logs, with commas between them."),
    key("log.flush.offset.checkpoint.interval.ms", INT, Some("60000"), Value::Held(|node| Some(node.recovery_point_checkpoint_interval_ms.to_string())),
        "Milliseconds between two writes of the file that says up to which offset each log is on disk."),
    key("log.flush.scheduler.interval.ms", LONG, Some("9223372036854775807"), Value::AsSet,
        "Milliseconds after which unsynced records are synced, where log.flush.interval.ms is not set."),
    key("log.retention.check.interval.ms", LONG, Some("300000"), Value::Held(|node| Some(node.retention_check_interval_ms.to_string())),
        "Milliseconds between two searches for segments that retention lets go."),
    key("log.retention.hours", INT, Some("168"), Value::AsSet,
        "Hours for which records are kept, where neither log.retention.ms nor log.retention.minutes is set."),
    key("log.retention.minutes", INT, None, Value::AsSet,
        "Minutes for which records are kept, where log.retention.ms is not set."),
    key("log.roll.hours", INT, Some("168"), Value::AsSet,
        "Hours after which a partition begins a new segment, where log.roll.ms is not set."),
    key("log.roll.jitter.hours", INT, Some("0"), Value::AsSet,
        "Most hours that are taken off log.roll.hours, where log.roll.jitter.ms is not set."),
    key("max.connections", INT, Some("2147483647"), Value::AsSet,
        "Most connections of the node; half of its file descriptors where nothing is set."),
    key("max.connections.per.ip", INT, Some("2147483647"), Value::AsSet,
        "Most connections from one IP address."),
    key("max.connections.per.ip.overrides", STRING, Some(""), Value::AsSet,
        "Most connections from single hosts, as HOST:NUMBER, separated by commas."),
    key("max.request.partition.size.limit", INT, Some("2000"), Value::Held(|node| Some(node.max_request_partition_size_limit.to_string())),
        "Most partitions that one DescribeTopicPartitions is answered with; a client asks again for the rest."),
    key("node.id", INT, None, Value::Held(|node| Some(node.node_id.to_string())),
        "The number of this node, which no other node of the cluster has."),
    key("num.io.threads", INT, Some("8"), Value::AsSet,
        "Number of threads that wait for disks."),
    key("num.partitions", INT, Some("1"), Value::Held(|node| Some(node.num_partitions.to_string())),
        "Number of partitions of a topic that is created without saying how many."),
    key("offset.metadata.max.bytes", INT, Some("4096"), Value::Held(|node| Some(node.groups.offset_metadata_max_bytes.to_string())),
        "Longest metadata, in bytes, that a member may commit beside an offset."),
    key("offsets.commit.timeout.ms", INT, Some("5000"), Value::Held(|node| Some(node.groups.offsets_commit_timeout_ms.to_string())),
        "Milliseconds that a commit waits for the replicas of the offsets topic."),
    key("offsets.retention.check.interval.ms", LONG, Some("600000"), Value::Held(|node| Some(node.groups.offsets_retention_check_interval_ms.to_string())),
        "Milliseconds between two searches for committed offsets that have expired."),
    key("offsets.retention.minutes", INT, Some("10080"), Value::Held(|node| Some(node.groups.offsets_retention_minutes.to_string())),
        "Minutes for which the committed offsets of a group without members are kept."),
    key("offsets.topic.num.partitions", INT, Some("50"), Value::Held(|node| Some(node.offsets_topic.partitions.to_string())),
        "Number of partitions of the offsets topic when it is created."),
    key("offsets.topic.replication.factor", SHORT, None, Value::Chosen(|node| Some(node.offsets_topic.replication_factor.to_string())),
        "Number of replicas of the offsets topic when it is created; by default 3, or 1 where the server has no file of settings."),
    key("offsets.topic.segment.bytes", INT, Some("104857600"), Value::Held(|node| Some(node.offsets_topic.segment_bytes.to_string())),
        "Size in bytes at which a partition of the offsets topic begins a new segment."),
    key("process.roles", LIST, None, Value::Chosen(|_| Some("broker,controller".to_owned())),
        "What the process is; this server is broker and controller in one."),
    key("producer.id.expiration.ms", INT, Some("86400000"), Value::Held(|node| Some(node.producer_id_expiration_ms.to_string())),
        "Milliseconds after its last append for which a partition remembers an idempotent producer."),
    key("queued.max.request.bytes", LONG, Some("-1"), Value::AsSet,
        "Bytes of memory for requests, where gracchus.frame.budget.bytes is not set; -1 sets no bound of its own."),
    key("replica.fetch.backoff.ms", INT, Some("1000"), Value::Held(|node| Some(node.replica_fetch_backoff_ms.to_string())),
        "Milliseconds that a follower waits after a fetch that failed."),
    key("replica.fetch.max.bytes", INT, Some("1048576"), Value::Held(|node| Some(node.replica_fetch_max_bytes.to_string())),
        "Bytes that a follower asks for of each partition."),
    key("replica.fetch.min.bytes", INT, Some("1"), Value::Held(|node| Some(node.replica_fetch_min_bytes.to_string())),
        "Bytes that a leader waits for before it answers a follower's fetch."),
    key("replica.fetch.response.max.bytes", INT, Some("10485760"), Value::Held(|node| Some(node.replica_fetch_response_max_bytes.to_string())),
        "Bytes that a follower asks for in one fetch."),
    key("replica.fetch.wait.max.ms", INT, Some("500"), Value::Held(|node| Some(node.replica_fetch_wait_max_ms.to_string())),
        "Most milliseconds that a leader waits before it answers a follower's fetch."),
    key("replica.high.watermark.checkpoint.interval.ms", LONG, Some("5000"), Value::Held(|node| Some(node.high_watermark_checkpoint_interval_ms.to_string())),
        "Milliseconds between two writes of the file that says how far each partition is replicated."),
    key("replica.socket.timeout.ms", INT, Some("30000"), Value::Held(|node| Some(node.replica_socket_timeout_ms.to_string())),
        "Milliseconds after which a follower gives up a fetch that is not answered, and its connection."),
    key("socket.request.max.bytes", INT, Some("104857600"), Value::Held(|node| Some(node.socket_request_max_bytes.to_string())),
        "Largest request, in bytes; a client that sends a larger one is disconnected."),
];

/// The listeners as `listeners` spells them; none where there is no listener.
fn listeners(node: &NodeConfig) -> Option<String> {
    let spelt = |it: &super::ListenerConfig| format!("{}://{}:{}", it.name, it.host, it.port);
    let all: Vec<String> = node.listeners.iter().map(spelt).collect();
    (!all.is_empty()).then(|| all.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_key_has_a_text() {
        assert!(BROKER_KEYS.windows(2).all(|pair| pair[0].name < pair[1].name));
        assert!(BROKER_KEYS.iter().all(|key| key.documentation.ends_with('.')));
    }

    #[test]
    fn a_node_with_kafkas_defaults_goes_by_the_tables_defaults() {
        let node = NodeConfig::default();
        for key in BROKER_KEYS.iter().filter(|key| !matches!(key.name, "broker.id" | "node.id")) {
            let in_force = key.in_force(&node);
            assert!(in_force.is_none() || in_force.as_deref() == key.default, "{}", key.name);
        }
    }
}
