//! DescribeConfigs, as clients see it.

use super::stand::{Stand, code, stand, stand_with};
use crate::metadata::{DynamicConfigs, NodeConfig, TOPIC_KEYS};
use crate::types::{ErrorCode, NodeId};
use crate::wire::DescribeConfigsRequest;
use crate::wire::describe_configs::{DescribeConfigsResource, DescribeConfigsResourceResult, DescribeConfigsResult};
use bytestring::ByteString;
use std::sync::Arc;

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const BROKER_LOGGER: i8 = 8;
const CLIENT_METRICS: i8 = 16;
const GROUP: i8 = 32;

const OF_TOPIC: i8 = 1;
const OF_BROKER: i8 = 2;
const OF_ALL: i8 = 3;
const STATIC: i8 = 4;
const DEFAULT: i8 = 5;

fn resource(resource_type: i8, name: &str, keys: Option<&[&'static str]>) -> DescribeConfigsResource {
    DescribeConfigsResource {
        resource_type,
        resource_name: ByteString::from(name),
        configuration_keys: keys.map(|keys| keys.iter().map(|key| ByteString::from_static(key)).collect()),
    }
}

fn whole(resources: Vec<DescribeConfigsResource>) -> DescribeConfigsRequest {
    DescribeConfigsRequest { resources, include_synonyms: true, include_documentation: true }
}

fn call(stand: &mut Stand, resources: Vec<DescribeConfigsResource>) -> Vec<DescribeConfigsResult> {
    let conn = stand.connect();
    stand.call(conn, &whole(resources), 4).results
}

/// Describes one resource and returns its entries. The broker must describe it without an error.
fn entries(stand: &mut Stand, resource_type: i8, name: &str) -> Vec<DescribeConfigsResourceResult> {
    let mut results = call(stand, vec![resource(resource_type, name, None)]);
    assert_eq!(results.len(), 1);
    assert_eq!((results[0].error_code, results[0].error_message.as_deref()), (0, Some("")));
    results.remove(0).configs
}

fn entry<'a>(entries: &'a [DescribeConfigsResourceResult], name: &str) -> &'a DescribeConfigsResourceResult {
    entries.iter().find(|entry| *entry.name == *name).unwrap_or_else(|| panic!("{name} is described"))
}

/// One synonym of an entry, as a tuple of its name, value and source.
type Synonym<'a> = (&'a str, &'a str, i8);

/// The value, the source and the synonyms of an entry.
fn told(entry: &DescribeConfigsResourceResult) -> (Option<&str>, i8, Vec<Synonym<'_>>) {
    let synonyms = entry.synonyms.iter().map(|it| (&*it.name, it.value.as_deref().unwrap_or("null"), it.source));
    (entry.value.as_deref(), entry.config_source, synonyms.collect())
}

/// A stand whose topic `t` has the configuration `topic`, on a node with the configuration `node`.
fn with(topic: &[(&str, &str)], node: &[(&str, &str)]) -> Stand {
    let pairs =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| (Arc::from(*key), Arc::from(*value))).collect();
    stand_with(
        |config| config.static_settings = pairs(node),
        |image| {
            let mut changed = (**image.topic_named("t").expect("there is t")).clone();
            changed.configs = pairs(topic);
            image.put_topic(changed);
        },
    )
}

#[test]
fn a_topic_is_described_by_every_key_with_its_source_and_the_settings_behind_it() {
    let mut stand = with(
        &[("segment.bytes", " 2097152"), ("cleanup.policy", "compact, delete"), ("internal.segment.bytes", "500")],
        &[
            ("log.segment.bytes", "1048577 "),
            ("log.roll.hours", "2"),
            ("log.retention.ms", "9"),
            ("log.retention.hours", "3"),
        ],
    );
    let entries = entries(&mut stand, TOPIC, "t");
    assert_eq!(entries.len(), TOPIC_KEYS.len() + 1);
    assert!(entries.is_sorted_by_key(|entry| &entry.name));
    let table: [(&str, &str, i8, &[Synonym<'_>]); 8] = [
        (
            "segment.bytes",
            "2097152",
            OF_TOPIC,
            &[
                ("segment.bytes", "2097152", OF_TOPIC),
                ("log.segment.bytes", "1048577 ", STATIC),
                ("log.segment.bytes", "1073741824", DEFAULT),
            ],
        ),
        (
            "cleanup.policy",
            "compact,delete",
            OF_TOPIC,
            &[("cleanup.policy", "compact,delete", OF_TOPIC), ("log.cleanup.policy", "delete", DEFAULT)],
        ),
        ("segment.ms", "7200000", STATIC, &[("log.roll.hours", "2", STATIC)]),
        (
            "retention.ms",
            "9",
            STATIC,
            &[
                ("log.retention.ms", "9", STATIC),
                ("log.retention.hours", "3", STATIC),
                ("log.retention.hours", "168", DEFAULT),
            ],
        ),
        ("flush.ms", "9223372036854775807", DEFAULT, &[]),
        ("min.insync.replicas", "1", DEFAULT, &[("min.insync.replicas", "1", DEFAULT)]),
        ("leader.replication.throttled.replicas", "", DEFAULT, &[]),
        ("internal.segment.bytes", "500", OF_TOPIC, &[("internal.segment.bytes", "500", OF_TOPIC)]),
    ];
    for (name, value, source, synonyms) in table {
        let entry = entry(&entries, name);
        assert_eq!(told(entry), (Some(value), source, synonyms.to_vec()), "{name}");
        assert!(!entry.read_only && !entry.is_sensitive, "{name}");
    }
}

/// The expected types are those of `LogConfig` in Kafka 4.3.1.
#[test]
fn each_key_of_a_topic_has_its_type_and_a_text() {
    let types = [
        (1, &["preallocate", "unclean.leader.election.enable", "remote.storage.enable"] as &[&str]),
        (2, &["compression.type", "message.timestamp.type"]),
        (3, &["segment.bytes", "max.message.bytes", "compression.gzip.level", "min.insync.replicas"]),
        (5, &["retention.ms", "flush.messages", "segment.ms"]),
        (6, &["min.cleanable.dirty.ratio"]),
        (7, &["cleanup.policy", "follower.replication.throttled.replicas"]),
    ];
    let entries = entries(&mut stand(), TOPIC, "t");
    for (config_type, names) in types {
        for name in names {
            assert_eq!(entry(&entries, name).config_type, config_type, "{name}");
        }
    }
    assert!(entries.iter().all(|entry| entry.documentation.as_ref().is_some_and(|text| text.len() > 20)));
}

#[test]
fn synonyms_and_texts_come_only_where_they_are_asked_for_and_the_version_has_them() {
    for version in 1..=4 {
        for (synonyms, documentation) in [(false, false), (true, false), (false, true), (true, true)] {
            let mut stand = stand();
            let conn = stand.connect();
            let request = DescribeConfigsRequest {
                include_synonyms: synonyms,
                include_documentation: documentation && version >= 3,
                ..whole(vec![resource(TOPIC, "t", Some(&["segment.bytes"]))])
            };
            let answer = stand.call(conn, &request, version);
            let entry = &answer.results[0].configs[0];
            assert_eq!(entry.synonyms.is_empty(), !synonyms);
            assert_eq!(entry.documentation.is_some(), documentation && version >= 3);
            assert_eq!(entry.config_type, if version >= 3 { 3 } else { 0 });
        }
    }
}

#[test]
fn only_the_keys_asked_for_are_described_and_an_empty_list_asks_for_all() {
    let names = |keys: Option<&[&'static str]>| -> Vec<String> {
        let results = call(&mut stand(), vec![resource(TOPIC, "t", keys)]);
        results[0].configs.iter().map(|entry| entry.name.to_string()).collect()
    };
    assert_eq!(names(Some(&["segment.ms", "what.is.this", "flush.ms", "flush.ms"])), ["flush.ms", "segment.ms"]);
    assert_eq!(names(Some(&["what.is.this"])), [""; 0]);
    assert_eq!(names(Some(&[])).len(), TOPIC_KEYS.len());
    assert_eq!(names(None).len(), TOPIC_KEYS.len());
}

#[test]
fn a_broker_is_described_by_what_it_was_told_and_what_it_does() {
    let mut stand = stand_with(
        |config| {
            config.node_id = NodeId(1);
            config.num_partitions = 3;
            config.topic_defaults.min_insync_replicas = 2;
            config.static_settings = [
                ("num.partitions", " 3"),
                ("log.roll.hours", "2"),
                ("auto.create.topics.enable", "TRUE"),
                ("listeners", "PLAINTEXT://a:1, B://b:2"),
            ]
            .map(|(key, value)| (Arc::from(key), Arc::from(value)))
            .into();
        },
        |_| {},
    );
    let entries = entries(&mut stand, BROKER, "1");
    assert!(entries.is_sorted_by_key(|entry| &entry.name));
    let table: [(&str, Option<&str>, i8, &[Synonym<'_>]); 10] = [
        ("num.partitions", Some("3"), STATIC, &[("num.partitions", " 3", STATIC), ("num.partitions", "1", DEFAULT)]),
        (
            "auto.create.topics.enable",
            Some("true"),
            STATIC,
            &[("auto.create.topics.enable", "TRUE", STATIC), ("auto.create.topics.enable", "true", DEFAULT)],
        ),
        ("broker.id", Some("1"), STATIC, &[("broker.id", "1", STATIC), ("broker.id", "-1", DEFAULT)]),
        ("log.segment.bytes", Some("1073741824"), DEFAULT, &[("log.segment.bytes", "1073741824", DEFAULT)]),
        (
            "min.insync.replicas",
            Some("2"),
            STATIC,
            &[("min.insync.replicas", "2", STATIC), ("min.insync.replicas", "1", DEFAULT)],
        ),
        ("log.roll.ms", None, DEFAULT, &[]),
        ("log.roll.hours", Some("2"), STATIC, &[("log.roll.hours", "2", STATIC), ("log.roll.hours", "168", DEFAULT)]),
        ("log.retention.ms", None, DEFAULT, &[]),
        ("broker.rack", None, DEFAULT, &[]),
        ("gracchus.data.shards", Some("1"), DEFAULT, &[]),
    ];
    for (name, value, source, synonyms) in table {
        let entry = entry(&entries, name);
        assert_eq!(told(entry), (value, source, synonyms.to_vec()), "{name}");
        let is_default_of_topics = ["log.segment.bytes", "min.insync.replicas", "log.roll.ms", "log.retention.ms"];
        assert_eq!((entry.read_only, entry.is_sensitive), (!is_default_of_topics.contains(&name), false), "{name}");
        assert!(entry.documentation.as_ref().is_some_and(|text| text.len() > 10), "{name}");
    }
    assert_eq!(entry(&entries, "listeners").value.as_deref(), Some("PLAINTEXT://a:1,B://b:2"));
}

#[test]
fn what_is_not_set_anywhere_is_described_by_its_defaults() {
    let mut stand = with(&[], &[("group.consumer.session.timeout.ms", "50000")]);
    assert!(entries(&mut stand, BROKER, "").is_empty(), "no default of all brokers is set");
    assert!(entries(&mut stand, BROKER_LOGGER, "1").is_empty());
    let group = entries(&mut stand, GROUP, "any group");
    assert_eq!(group.len(), 17);
    let heartbeat = [("group.consumer.heartbeat.interval.ms", "5000", DEFAULT)].to_vec();
    assert_eq!(told(entry(&group, "consumer.heartbeat.interval.ms")), (Some("5000"), DEFAULT, heartbeat));
    let session = entry(&group, "consumer.session.timeout.ms");
    assert_eq!((session.value.as_deref(), session.config_source), (Some("50000"), STATIC));
    let reset = [("share.auto.offset.reset", "latest", DEFAULT)].to_vec();
    assert_eq!(told(entry(&group, "share.auto.offset.reset")), (Some("latest"), DEFAULT, reset));
    let metrics = entries(&mut stand, CLIENT_METRICS, "any");
    let told: Vec<_> = metrics.iter().map(told).collect();
    assert_eq!(told, [(Some("300000"), DEFAULT, vec![]), (Some(""), DEFAULT, vec![]), (Some(""), DEFAULT, vec![])]);
}

/// KIP-226: `DynamicBrokerConfig`, `ConfigHelper.configSynonyms`.
#[test]
fn what_is_set_while_brokers_run_stands_before_the_file_in_brokers_and_topics() {
    let pairs =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| (Arc::from(*key), Arc::from(*value))).collect();
    let mut dynamic = DynamicConfigs::default();
    dynamic.put(Some(NodeId(1)), pairs(&[("log.segment.bytes", " 3145728")]));
    dynamic.put(None, pairs(&[("log.segment.bytes", "2097152"), ("log.retention.ms", "5")]));
    let configure = |config: &mut NodeConfig| {
        config.node_id = NodeId(1);
        config.static_settings = pairs(&[("log.segment.bytes", "1048576"), ("log.retention.hours", "2")]);
        *config = config.under(&dynamic);
    };
    let mut stand = stand_with(configure, |_| {});
    let segment = [
        ("log.segment.bytes", " 3145728", OF_BROKER),
        ("log.segment.bytes", "2097152", OF_ALL),
        ("log.segment.bytes", "1048576", STATIC),
        ("log.segment.bytes", "1073741824", DEFAULT),
    ];
    let retention = [
        ("log.retention.ms", "5", OF_ALL),
        ("log.retention.hours", "2", STATIC),
        ("log.retention.hours", "168", DEFAULT),
    ];
    let of_broker = entries(&mut stand, BROKER, "1");
    assert_eq!(told(entry(&of_broker, "log.segment.bytes")), (Some("3145728"), OF_BROKER, segment.to_vec()));
    assert_eq!(told(entry(&of_broker, "log.retention.ms")), (Some("5"), OF_ALL, retention.to_vec()));
    let writable = ["log.segment.bytes", "log.retention.ms", "producer.id.expiration.ms"];
    assert!(writable.iter().all(|name| !entry(&of_broker, name).read_only));
    let read_only = ["log.retention.hours", "log.dirs", "node.id", "num.partitions"];
    assert!(read_only.iter().all(|name| entry(&of_broker, name).read_only));
    let of_topic = entries(&mut stand, TOPIC, "t");
    assert_eq!(told(entry(&of_topic, "segment.bytes")), (Some("3145728"), OF_BROKER, segment.to_vec()));
    assert_eq!(told(entry(&of_topic, "retention.ms")), (Some("5"), OF_ALL, retention.to_vec()));
    let of_all = entries(&mut stand, BROKER, "");
    let of_all: Vec<_> = of_all.iter().map(|entry| (&*entry.name, told(entry))).collect();
    let wanted = [("log.retention.ms", "5", retention[0]), ("log.segment.bytes", "2097152", segment[1])];
    assert_eq!(of_all, wanted.map(|(name, value, synonym)| (name, (Some(value), OF_ALL, vec![synonym]))));
}

#[test]
fn what_describe_configs_refuses_and_in_which_words() {
    let long = "x".repeat(250);
    let table = [
        (TOPIC, "none", ErrorCode::UnknownTopicOrPartition, ""),
        (TOPIC, "a/b", ErrorCode::InvalidTopicException, "Topic name is invalid: it contains"),
        (TOPIC, "", ErrorCode::InvalidTopicException, "Topic name is invalid: the empty string"),
        (TOPIC, &long, ErrorCode::InvalidTopicException, "Topic name is invalid: it is longer"),
        (BROKER, "2", ErrorCode::InvalidRequest, "Unexpected broker id, expected 1 or empty string, but received 2"),
        (BROKER, "01", ErrorCode::InvalidRequest, "Unexpected broker id, expected 1 or empty string, but received 01"),
        (BROKER, "one", ErrorCode::InvalidRequest, "Broker id must be an integer, but it is: one"),
        (BROKER_LOGGER, "", ErrorCode::InvalidRequest, "Broker id must not be empty"),
        (BROKER_LOGGER, "2", ErrorCode::InvalidRequest, "Unexpected broker id, expected 1 but received 2"),
        (CLIENT_METRICS, "", ErrorCode::InvalidRequest, "Client metrics subscription name must not be empty"),
        (GROUP, "", ErrorCode::InvalidRequest, "Group name must not be empty"),
    ];
    for (resource_type, name, error, words) in table {
        // The valid resource is described although the other one is refused.
        let results = call(&mut stand(), vec![resource(resource_type, name, None), resource(TOPIC, "t", None)]);
        assert_eq!(results[0].error_code, code(error), "{name}");
        let message = results[0].error_message.as_deref().expect("is never null");
        assert!(message.starts_with(words) && message.is_empty() == words.is_empty(), "{message}");
        assert!(results[0].configs.is_empty());
        assert_eq!((&*results[0].resource_name, results[0].resource_type), (name, resource_type));
        assert_eq!((results[1].error_code, results[1].configs.len()), (0, TOPIC_KEYS.len()));
    }
}

#[test]
fn a_type_that_does_not_exist_spoils_the_whole_request() {
    for unknown in [0, 1, 3, 64, -1] {
        let results = call(&mut stand(), vec![resource(TOPIC, "t", None), resource(unknown, "t", None)]);
        let codes: Vec<_> = results.iter().map(|result| result.error_code).collect();
        assert_eq!(codes, [code(ErrorCode::InvalidRequest); 2], "{unknown}");
    }
}

#[test]
fn a_resource_that_is_named_often_is_described_once_with_all_keys_asked_for() {
    let mut stand = stand();
    let mut many = vec![resource(TOPIC, "t", Some(&["flush.ms"])); 40_000];
    many.push(resource(TOPIC, "t", Some(&["segment.ms"])));
    many.push(resource(BROKER, "1", Some(&["num.partitions"])));
    let results = call(&mut stand, many);
    let described: Vec<Vec<&str>> =
        results.iter().map(|result| result.configs.iter().map(|entry| &*entry.name).collect()).collect();
    assert_eq!(described, [vec!["flush.ms", "segment.ms"], vec!["num.partitions"]]);
    let all = call(&mut stand, vec![resource(TOPIC, "t", Some(&["flush.ms"])), resource(TOPIC, "t", None)]);
    assert_eq!(all[0].configs.len(), TOPIC_KEYS.len());
}

#[test]
fn more_groups_than_any_cluster_has_end_the_connection() {
    for (groups, rude) in [(10_000, 0), (10_001, 1)] {
        let mut stand = stand();
        let conn = stand.connect();
        let resources = (0..groups).map(|number| resource(GROUP, &number.to_string(), None)).collect();
        stand.send(conn, &whole(resources), 4);
        assert_eq!(stand.rude().len(), rude);
    }
    let mut stand = stand();
    let conn = stand.connect();
    let keys = vec!["flush.ms"; 100_001];
    stand.send(conn, &whole(vec![resource(TOPIC, "t", Some(&keys))]), 4);
    assert_eq!(stand.rude(), vec!["a request that names more than any cluster has"]);
}
