//! A server's configuration as a whole.

use super::connections::{self, ConnectionSettings};
use super::fit;
use super::keys::{Key, find};
use super::listeners;
use super::roles;
use super::settings::{ConfigError, Settings};
use gracchus_core::metadata::{GroupSettings, NodeConfig, OffsetsTopicConfig, TOPIC_KEYS, TopicConfig};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

/// Where the data is if nothing says so.
const DATA_DIR: &str = "gracchus-data";

/// Memory for half-arrived requests, beyond what each connection owns.
const FRAME_BUDGET: usize = 32 << 20;

/// What the command line, the environment and the file say.
#[derive(Default)]
pub struct Given {
    /// The file's name and what it holds.
    pub file: Option<(String, Vec<u8>)>,
    /// `--data-dir`, in order.
    pub data_dirs: Vec<PathBuf>,
    /// `--listen`.
    pub listen: Option<String>,
    /// `--set`.
    pub sets: Vec<(String, String)>,
    /// The process's environment.
    pub environment: Vec<(String, String)>,
}

/// What a server is told before it starts.
#[derive(Debug)]
pub struct ServerConfig {
    /// For the core.
    pub node: NodeConfig,
    /// `log.dirs`.
    pub data_dirs: Vec<PathBuf>,
    /// Memory for half-arrived requests, beyond what each connection owns.
    pub frame_budget: usize,
    /// How many connections clients may have.
    pub connections: ConnectionSettings,
    /// Threads that wait for disks.
    pub disk_threads: usize,
    /// What the operator may want to know at start-up: settings that are harmless to ignore.
    pub notes: Vec<String>,
    /// What the operator must know, with what will happen.
    pub warnings: Vec<String>,
}

impl ServerConfig {
    /// Reads everything that was given.
    pub fn read(given: &Given) -> Result<ServerConfig, ConfigError> {
        let mut settings = Settings::default();
        if let Some((name, bytes)) = &given.file {
            settings.add_file(name, bytes)?;
        }
        settings.add_environment(&given.environment)?;
        for (key, value) in &given.sets {
            settings.add_flag("--set", key, value)?;
        }
        if let Some(listen) = &given.listen {
            settings.add_flag(listeners::LISTEN_FLAG, "listeners", &format!("PLAINTEXT://{listen}"))?;
        }
        settings.tell_ignored()?;
        let mut node = node(&mut settings)?;
        fit::check(&settings, &node)?;
        let mut told = fit::warnings(&settings, &node);
        settings.warnings.append(&mut told);
        let data_dirs = if given.data_dirs.is_empty() { log_dirs(&settings)? } else { given.data_dirs.clone() };
        node.static_settings = static_settings(&settings, &data_dirs);
        // A path that cannot be made absolute is told as it was given; opening it says what is wrong with it.
        let absolute: Vec<PathBuf> =
            data_dirs.iter().map(|dir| std::path::absolute(dir).unwrap_or_else(|_| dir.clone())).collect();
        if let Some((_, twice)) = absolute.iter().enumerate().find(|(at, dir)| absolute[..*at].contains(dir)) {
            let dir = twice.display();
            return Err(ConfigError(format!("duplicate log directory found: {dir}; name it once")));
        }
        node.log_dirs = absolute.iter().map(|dir| dir.to_string_lossy().into()).collect();
        let queued = settings.number("queued.max.request.bytes", i64::MIN..=i64::MAX)?.filter(|bytes| *bytes > 0);
        let frame_budget = settings.number("gracchus.frame.budget.bytes", 1 << 20..=1 << 40)?.or(queued);
        let disk_threads = settings.number("num.io.threads", 1..=1024)?.unwrap_or(8);
        Ok(ServerConfig {
            connections: connections::read(&settings)?,
            node,
            data_dirs,
            frame_budget: frame_budget.map_or(FRAME_BUDGET, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX)),
            disk_threads: usize::try_from(disk_threads).expect("a small number"),
            notes: settings.notes,
            warnings: settings.warnings,
        })
    }
}

/// What DescribeConfigs calls STATIC_BROKER_CONFIG. The log directories are always among them, because this server's
/// default is its own and `--data-dir` is no setting.
fn static_settings(settings: &Settings, data_dirs: &[PathBuf]) -> BTreeMap<Arc<str>, Arc<str>> {
    let dirs: Vec<_> = data_dirs.iter().map(|dir| dir.to_string_lossy()).collect();
    let dirs = dirs.join(",");
    settings.iter().chain([("log.dirs", dirs.as_str())]).map(|(key, value)| (key.into(), value.into())).collect()
}

/// As in Kafka, `log.dirs` stands before `log.dir`. One that is set to nothing is an error: the data would come to lie
/// where nobody looks for it.
fn log_dirs(settings: &Settings) -> Result<Vec<PathBuf>, ConfigError> {
    let Some(key) = ["log.dirs", "log.dir"].into_iter().find(|key| settings.has(key)) else {
        return Ok(vec![PathBuf::from(DATA_DIR)]);
    };
    let dirs: Vec<PathBuf> = settings.list(key).into_iter().map(PathBuf::from).collect();
    if dirs.is_empty() {
        return Err(settings.refuse(key, "at least one log directory must be defined via log.dirs or log.dir"));
    }
    Ok(dirs)
}

fn node(settings: &mut Settings) -> Result<NodeConfig, ConfigError> {
    let listeners = listeners::read(settings)?;
    let settings = &*settings;
    let node_id = roles::read(settings)?;
    let defaults = NodeConfig::default();
    let int = |key, least: i64, default: i32| {
        settings.number(key, least..=i64::from(i32::MAX)).map(|it| it.map_or(default, |number| number as i32))
    };
    let long = |key, least: i64, default: i64| settings.number(key, least..=i64::MAX).map(|it| it.unwrap_or(default));
    // Kafka takes these in 32 bits.
    let int_as_long = |key, default: i64| settings.number(key, 1..=i64::from(i32::MAX)).map(|it| it.unwrap_or(default));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let data_shards = long("gracchus.data.shards", 1, i64::try_from(cores).unwrap_or(1))?;
    let shards = u16::try_from(data_shards + 1)
        .ok()
        .filter(|shards| *shards <= 1024)
        .ok_or_else(|| settings.refuse("gracchus.data.shards", "it takes a whole number from 1 to 1023"))?;
    Ok(NodeConfig {
        node_id,
        rack: settings.text("broker.rack").map(Arc::from),
        listeners,
        shards,
        connections_max_idle_ms: long("connections.max.idle.ms", i64::MIN, defaults.connections_max_idle_ms)?,
        auto_create_topics: settings.flag("auto.create.topics.enable")?.unwrap_or(defaults.auto_create_topics),
        num_partitions: int("num.partitions", 1, defaults.num_partitions)?,
        default_replication_factor: settings
            .number("default.replication.factor", 1..=i64::from(i16::MAX))?
            .map_or(defaults.default_replication_factor, |factor| factor as i16),
        topic_defaults: topic_defaults(settings)?,
        socket_request_max_bytes: int("socket.request.max.bytes", 1, defaults.socket_request_max_bytes as i32)? as u32,
        max_in_flight_per_connection: int(
            "gracchus.max.in.flight.per.connection",
            1,
            defaults.max_in_flight_per_connection as i32,
        )? as u32,
        answer_budget_bytes: long("gracchus.answer.budget.bytes", 1 << 20, defaults.answer_budget_bytes as i64)? as u64,
        fetch_max_bytes: int("fetch.max.bytes", 1024, defaults.fetch_max_bytes as i32)? as u32,
        hand_over_clients: settings.flag("gracchus.hand.over.clients")?.unwrap_or(defaults.hand_over_clients),
        tail_cache_bytes: long("gracchus.tail.cache.bytes", 0, defaults.tail_cache_bytes as i64)? as u64,
        replica_fetch_wait_max_ms: int("replica.fetch.wait.max.ms", 0, defaults.replica_fetch_wait_max_ms)?,
        replica_fetch_min_bytes: int("replica.fetch.min.bytes", 0, defaults.replica_fetch_min_bytes)?,
        replica_fetch_max_bytes: int("replica.fetch.max.bytes", 0, defaults.replica_fetch_max_bytes)?,
        replica_fetch_response_max_bytes: int(
            "replica.fetch.response.max.bytes",
            0,
            defaults.replica_fetch_response_max_bytes,
        )?,
        replica_fetch_backoff_ms: int("replica.fetch.backoff.ms", 0, defaults.replica_fetch_backoff_ms)?,
        replica_socket_timeout_ms: int("replica.socket.timeout.ms", 1, defaults.replica_socket_timeout_ms)?,
        high_watermark_checkpoint_interval_ms: long(
            "replica.high.watermark.checkpoint.interval.ms",
            1,
            defaults.high_watermark_checkpoint_interval_ms,
        )?,
        recovery_point_checkpoint_interval_ms: int_as_long(
            "log.flush.offset.checkpoint.interval.ms",
            defaults.recovery_point_checkpoint_interval_ms,
        )?,
        retention_check_interval_ms: long("log.retention.check.interval.ms", 1, defaults.retention_check_interval_ms)?,
        producer_id_expiration_ms: int_as_long("producer.id.expiration.ms", defaults.producer_id_expiration_ms)?,
        stop_timeout_ms: long("gracchus.stop.timeout.ms", 0, defaults.stop_timeout_ms)?,
        offsets_topic: offsets_topic(settings)?,
        groups: groups(settings)?,
        max_request_partition_size_limit: int(
            "max.request.partition.size.limit",
            1,
            defaults.max_request_partition_size_limit,
        )?,
        ..defaults
    })
}

/// Without any setting the node is a developer's own, and `__consumer_offsets` has one replica. As soon as something is
/// configured Kafka's default of three holds, so that a cluster's offsets are never kept on one disk by oversight.
fn offsets_topic(settings: &Settings) -> Result<OffsetsTopicConfig, ConfigError> {
    let defaults = OffsetsTopicConfig::default();
    let replicas = if settings.has_file() { defaults.replication_factor } else { 1 };
    Ok(OffsetsTopicConfig {
        partitions: settings
            .number("offsets.topic.num.partitions", 1..=10_000)?
            .map_or(defaults.partitions, |count| count as i32),
        replication_factor: settings
            .number("offsets.topic.replication.factor", 1..=i64::from(i16::MAX))?
            .map_or(replicas, |factor| factor as i16),
        segment_bytes: settings
            .number("offsets.topic.segment.bytes", 1 << 20..=i64::from(i32::MAX))?
            .map_or(defaults.segment_bytes, |bytes| bytes as i32),
    })
}

fn groups(settings: &Settings) -> Result<GroupSettings, ConfigError> {
    let defaults = GroupSettings::default();
    let int = |key, least: i64, default: i32| {
        settings.number(key, least..=i64::from(i32::MAX)).map(|it| it.map_or(default, |number| number as i32))
    };
    Ok(GroupSettings {
        min_session_timeout_ms: int("group.min.session.timeout.ms", 1, defaults.min_session_timeout_ms)?,
        max_session_timeout_ms: int("group.max.session.timeout.ms", 1, defaults.max_session_timeout_ms)?,
        initial_rebalance_delay_ms: int("group.initial.rebalance.delay.ms", 0, defaults.initial_rebalance_delay_ms)?,
        max_size: int("group.max.size", 1, defaults.max_size)?,
        offset_metadata_max_bytes: int("offset.metadata.max.bytes", 0, defaults.offset_metadata_max_bytes)?,
        offsets_retention_minutes: int("offsets.retention.minutes", 1, defaults.offsets_retention_minutes)?,
        offsets_retention_check_interval_ms: settings
            .number("offsets.retention.check.interval.ms", 1..=i64::MAX)?
            .unwrap_or(defaults.offsets_retention_check_interval_ms),
        offsets_commit_timeout_ms: int("offsets.commit.timeout.ms", 1, defaults.offsets_commit_timeout_ms)?,
    })
}

fn topic_defaults(settings: &Settings) -> Result<TopicConfig, ConfigError> {
    let mut config = TopicConfig::default();
    if settings.text("log.roll.ms").is_none()
        && let Some(hours) = settings.number("log.roll.hours", 1..=i64::from(i32::MAX))?
    {
        config.segment_ms = hours * 3_600_000;
    }
    if settings.text("log.retention.ms").is_none()
        && let Some(ms) = retention_ms(settings)?
    {
        config.retention_ms = ms;
    }
    if settings.text("log.flush.interval.ms").is_none()
        && let Some(ms) = settings.number("log.flush.scheduler.interval.ms", 0..=i64::MAX)?
    {
        config.flush_ms = ms;
    }
    for (broker_key, value) in settings.iter() {
        let names = TOPIC_KEYS.iter().filter(|key| key.broker_key == Some(broker_key)).map(|key| key.name);
        let internal = (broker_key == "log.internal.segment.bytes").then_some("internal.segment.bytes");
        for name in names.chain(internal) {
            debug_assert!(!matches!(find(broker_key), Key::Unknown(_)));
            config.set(&name.into(), &value.into()).map_err(|error| settings.refuse(broker_key, &error.to_string()))?;
        }
    }
    Ok(config)
}

/// As in Kafka, minutes stand before hours, and -1 keeps records for ever.
fn retention_ms(settings: &Settings) -> Result<Option<i64>, ConfigError> {
    for (key, unit_ms) in [("log.retention.minutes", 60_000), ("log.retention.hours", 3_600_000)] {
        match settings.number(key, -1..=i64::from(i32::MAX))? {
            None => {}
            Some(0) => return Err(settings.refuse(key, "it takes a whole number of at least 1, or -1")),
            Some(-1) => return Ok(Some(-1)),
            Some(count) => return Ok(Some(count * unit_ms)),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::keys::{OWN_KEYS, USED_KEYS, USED_TOPIC_DEFAULTS};
    use gracchus_core::metadata::{ConfigSource, TopicDefaults, describe_broker};
    use gracchus_core::types::NodeId;

    fn file(text: &str) -> Given {
        Given { file: Some(("server.properties".to_owned(), text.into())), ..Given::default() }
    }

    fn read(text: &str) -> ServerConfig {
        ServerConfig::read(&file(text)).unwrap()
    }

    fn refusal(text: &str) -> String {
        ServerConfig::read(&file(text)).unwrap_err().to_string()
    }

    #[test]
    fn without_a_word_it_is_node_1_in_its_own_folder() {
        let config = ServerConfig::read(&Given::default()).unwrap();
        assert_eq!(config.node.node_id, NodeId(1));
        assert_eq!(config.data_dirs, [PathBuf::from("gracchus-data")]);
        assert!(config.node.shards >= 2);
        assert!(config.notes.is_empty());
    }

    #[test]
    fn later_sources_win() {
        let mut given = file("num.partitions=2\nnode.id=2\nlog.dirs=/a\n");
        given.environment = vec![
            ("KAFKA_CFG_NUM_PARTITIONS".to_owned(), "3".to_owned()),
            ("KAFKA_CFG_NODE_ID".to_owned(), "3".to_owned()),
            ("PATH".to_owned(), "elsewhere".to_owned()),
        ];
        given.sets = vec![("num.partitions".to_owned(), "4".to_owned())];
        given.data_dirs = vec![PathBuf::from("/b")];
        let config = ServerConfig::read(&given).unwrap();
        assert_eq!(config.node.num_partitions, 4);
        assert_eq!(config.node.node_id, NodeId(3));
        assert_eq!(config.data_dirs, [PathBuf::from("/b")]);
    }

    #[test]
    fn the_quick_start_file_of_kafka_is_understood() {
        let text = "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.bootstrap.servers=localhost:9093\n\
            listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093\ninter.broker.listener.name=PLAINTEXT\n\
            advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093\ncontroller.listener.names=CONTROLLER\n\
            listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL\n\
            offsets.topic.replication.factor=1\ntransaction.state.log.min.isr=1\n\
            num.network.threads=3\nnum.io.threads=8\nlog.dirs=/var/lib/one,/var/lib/two\nnum.partitions=3\n\
            log.retention.hours=168\nlog.segment.bytes=1073741824\n";
        let config = read(text);
        assert_eq!(config.data_dirs.len(), 2);
        assert_eq!(config.node.num_partitions, 3);
        assert_eq!(config.warnings, Vec::<String>::new());
        assert!(
            config.notes.iter().any(|note| note.contains("num.network.threads has no effect")),
            "{:?}",
            config.notes
        );
        assert!(!config.notes.iter().any(|note| note.contains("log.retention.hours")));
        assert!(!config.notes.iter().any(|note| note.contains("log.segment.bytes")));
    }

    #[test]
    fn an_unknown_key_is_an_error_with_its_line_and_a_suggestion() {
        let error = refusal("# a file\nnum.partitons=3\n");
        assert_eq!(error, "server.properties, line 2: there is no key num.partitons: did you mean num.partitions?");
    }

    #[test]
    fn a_malformed_escape_names_the_file_and_the_line() {
        let error = refusal("# a file\nbroker.rack=\\u00g1\n");
        assert!(error.starts_with("server.properties, line 2: \\u00g1 is a malformed \\uxxxx encoding"), "{error}");
        assert!(refusal("=3\n").contains("no key: write KEY=VALUE"));
    }

    #[test]
    fn of_a_key_that_is_given_twice_the_last_counts_and_the_operator_hears_of_it() {
        let config = read("num.partitions=many\nnum.partitions=3\n");
        assert_eq!(config.node.num_partitions, 3);
        let told = &config.warnings[0];
        assert!(
            told.contains("line 2: num.partitions is set a second time, after server.properties, line 1"),
            "{told}"
        );
    }

    #[test]
    fn a_bad_value_names_what_the_key_takes() {
        assert!(
            refusal("num.partitions=many\n").contains("num.partitions=many cannot be used: it takes a whole number")
        );
        assert!(refusal("auto.create.topics.enable=perhaps\n").contains("true or false"));
        assert!(refusal("log.flush.interval.messages=0\n").contains("at least 1"));
    }

    #[test]
    fn defaults_of_topics_come_from_the_brokers_keys() {
        let config = read("log.segment.bytes=2097152\nlog.flush.interval.messages=1\nlog.roll.hours=2\n");
        assert_eq!(config.node.topic_defaults.segment_bytes, 2 << 20);
        assert_eq!(config.node.topic_defaults.flush_messages, 1);
        assert_eq!(config.node.topic_defaults.segment_ms, 7_200_000);
        assert_eq!(read("log.roll.hours=2\nlog.roll.ms=5\n").node.topic_defaults.segment_ms, 5);
        let retention = |text: &str| read(text).node.topic_defaults.retention_ms;
        assert_eq!(retention("log.retention.hours=2\n"), 7_200_000);
        assert_eq!(retention("log.retention.hours=2\nlog.retention.minutes=3\n"), 180_000);
        assert_eq!(retention("log.retention.hours=2\nlog.retention.minutes=3\nlog.retention.ms=4\n"), 4);
        assert_eq!(retention("log.retention.hours=-1\n"), -1);
        assert!(refusal("log.retention.minutes=0\n").contains("or -1"));
    }

    fn described(config: &ServerConfig, key: &str) -> (Option<String>, ConfigSource) {
        let entries = describe_broker(&config.node);
        let entry = entries.iter().find(|entry| entry.name == key).unwrap_or_else(|| panic!("{key} is not described"));
        (entry.value.as_deref().map(str::to_owned), entry.source)
    }

    #[test]
    fn every_key_that_has_an_effect_is_described() {
        let config = read("");
        for key in [USED_KEYS, USED_TOPIC_DEFAULTS, OWN_KEYS].into_iter().flatten() {
            // Kafka's own key for tests of small segments, which Kafka does not describe either.
            if *key != "log.internal.segment.bytes" {
                described(&config, key);
            }
        }
    }

    #[test]
    fn a_server_that_was_told_nothing_describes_its_defaults() {
        let config = ServerConfig::read(&Given::default()).unwrap();
        let set: Vec<_> = describe_broker(&config.node)
            .into_iter()
            .filter(|entry| entry.source != ConfigSource::Default)
            .map(|entry| entry.name)
            .collect();
        assert_eq!(set, ["broker.id", "log.dirs", "node.id"]);
        assert_eq!(described(&config, "log.dirs").0.as_deref(), Some(DATA_DIR));
        assert_eq!(described(&config, "listeners").0.as_deref(), Some(listeners::DEFAULT));
        assert_eq!(described(&config, "gracchus.frame.budget.bytes").0, Some(FRAME_BUDGET.to_string()));
        assert_eq!(described(&config, "gracchus.data.shards").0, Some((config.node.shards - 1).to_string()));
        assert_eq!(described(&config, "num.io.threads").0, Some(config.disk_threads.to_string()));
    }

    #[test]
    fn what_was_set_is_described_as_set_even_where_it_is_the_default() {
        let config = read("num.partitions=1\nlog.segment.bytes= 2097152\nlog.retention.hours=5\n");
        let set = |value: &str| (Some(value.to_owned()), ConfigSource::StaticBroker);
        assert_eq!(described(&config, "num.partitions"), set("1"));
        assert_eq!(described(&config, "log.segment.bytes"), set("2097152"));
        assert_eq!(described(&config, "log.retention.hours"), set("5"));
        let topic = TopicDefaults::new(&config.node).describe(&BTreeMap::new());
        let retention = topic.iter().find(|entry| entry.name == "retention.ms").unwrap();
        assert_eq!((retention.value.as_deref(), retention.source), (Some("18000000"), ConfigSource::StaticBroker));
        let mut given = file("log.dirs=/a,/b\n");
        assert_eq!(described(&ServerConfig::read(&given).unwrap(), "log.dirs"), set("/a,/b"));
        given.data_dirs = vec![PathBuf::from("/c")];
        let config = ServerConfig::read(&given).unwrap();
        assert_eq!((described(&config, "log.dirs"), config.node.log_dirs), (set("/c"), vec![Arc::from("/c")]));
    }

    #[test]
    fn the_zookeeper_age_is_warned_of() {
        let config = read("broker.id=7\nzookeeper.connect=localhost:2181\n");
        assert_eq!(config.node.node_id, NodeId(7));
        assert!(config.warnings.iter().any(|it| it.contains("broker.id") && it.contains("node.id")));
        assert!(config.warnings.iter().any(|it| it.contains("zookeeper.connect")));
    }

    #[test]
    fn what_is_dangerous_to_ignore_is_told_apart_from_what_is_not() {
        let text = "offsets.topic.replication.factor=1\nmax.connection.creation.rate=5\nnum.network.threads=3\n";
        let config = read(text);
        assert_eq!(config.notes, ["server.properties, line 3: num.network.threads has no effect in this server"]);
        assert_eq!(config.warnings.len(), 1, "{:?}", config.warnings);
        assert!(
            config.warnings[0].contains("max.connection.creation.rate has no effect in this server: connections are")
        );
        let refused = refusal("authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n");
        assert!(refused.starts_with("server.properties, line 1: authorizer.class.name="), "{refused}");
        assert!(refused.contains("every client may do everything: leave it out"), "{refused}");
    }

    #[test]
    fn settings_that_contradict_each_other_are_refused() {
        let cases = [
            ("log.dirs=\n", "at least one log directory must be defined"),
            ("log.dir= , \n", "at least one log directory must be defined"),
            ("log.dirs=/a,/b,/a\n", "duplicate log directory found: /a"),
            ("num.partitions=\n", "it takes a whole number from 1"),
            ("auto.create.topics.enable=\n", "true or false"),
            ("log.retention.ms=\n", "log.retention.ms= cannot be used"),
            ("replica.fetch.wait.max.ms=40000\n", "at least replica.fetch.wait.max.ms=40000"),
            ("replica.lag.time.max.ms=400\n", "less than or equal to replica.lag.time.max.ms=400"),
            ("queued.max.request.bytes=1000\n", "larger or equal to socket.request.max.bytes=104857600"),
            ("group.min.session.timeout.ms=9000\ngroup.max.session.timeout.ms=8000\n", "no consumer could join"),
            ("producer.id.expiration.ms=2147483648\n", "from 1 to 2147483647"),
            ("max.connections=-1\n", "from 0 to 2147483647"),
        ];
        for (text, word) in cases {
            let refused = refusal(text);
            assert!(refused.contains(word), "{text}: {refused}");
        }
        assert!(ServerConfig::read(&file("queued.max.request.bytes=0\n")).is_ok());
    }

    #[test]
    fn what_cannot_work_with_one_node_is_warned_of() {
        let text = "default.replication.factor=3\nmin.insync.replicas=2\nlog.cleanup.policy=compact\n";
        let warnings = read(text).warnings;
        let told = [
            "default.replication.factor=3",
            "offsets.topic.replication.factor=3",
            "min.insync.replicas=2",
            "log.cleanup.policy",
        ];
        for word in told {
            assert!(warnings.iter().any(|it| it.starts_with(word)), "{word}: {warnings:?}");
        }
        assert_eq!(warnings.len(), told.len());
        assert_eq!(ServerConfig::read(&Given::default()).unwrap().warnings, Vec::<String>::new());
    }

    #[test]
    fn the_flush_schedule_counts_where_no_interval_is_set() {
        assert_eq!(read("log.flush.scheduler.interval.ms=500\n").node.topic_defaults.flush_ms, 500);
        let both = read("log.flush.scheduler.interval.ms=500\nlog.flush.interval.ms=7\n");
        assert_eq!(both.node.topic_defaults.flush_ms, 7);
    }

    #[test]
    fn the_number_of_shards_is_control_and_the_data_shards() {
        assert_eq!(read("gracchus.data.shards=3\n").node.shards, 4);
        assert!(refusal("gracchus.data.shards=0\n").contains("whole number"));
        assert!(refusal("gracchus.data.shards=70000\n").contains("1 to 1023"));
    }
}
