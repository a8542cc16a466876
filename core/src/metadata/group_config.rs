//! The tables of the keys that a group and a subscription to client metrics may set, as Apache Kafka 4.3 has them. Nothing
//! can be set for either yet: they are described with what they have by default.
//!
//! **In Kafka**: `GroupConfig` (KIP-848, KIP-932, KIP-1071), `ClientMetricsConfigs` (KIP-714).

use super::values::ConfigType;

/// One key of a group's configuration, or of a subscription's.
#[derive(Debug)]
pub(super) struct GroupKey {
    pub(super) name: &'static str,
    /// The key of `server.properties` that sets the default of all groups, where Kafka has one.
    pub(super) broker_key: Option<&'static str>,
    pub(super) config_type: ConfigType,
    /// Apache Kafka's default.
    pub(super) default: &'static str,
    /// What the key does, in a sentence, with its unit.
    pub(super) documentation: &'static str,
}

const fn key(
    name: &'static str,
    broker_key: &'static str,
    default: &'static str,
    documentation: &'static str,
) -> GroupKey {
    GroupKey { name, broker_key: Some(broker_key), config_type: ConfigType::Int, default, documentation }
}

const fn groups_only(
    name: &'static str,
    config_type: ConfigType,
    default: &'static str,
    documentation: &'static str,
) -> GroupKey {
    GroupKey { name, broker_key: None, config_type, default, documentation }
}

/// By name.
#[rustfmt::skip]
pub(super) const GROUP_KEYS: &[GroupKey] = &[
    key("consumer.assignment.interval.ms", "group.consumer.assignment.interval.ms", "1000",
        "Milliseconds between two assignments of a consumer group."),
    key("consumer.heartbeat.interval.ms", "group.consumer.heartbeat.interval.ms", "5000",
        "Milliseconds between two heartbeats of a member of a consumer group."),
    key("consumer.session.timeout.ms", "group.consumer.session.timeout.ms", "45000",
        "Milliseconds without a heartbeat after which a member of a consumer group is removed."),
    key("share.assignment.interval.ms", "group.share.assignment.interval.ms", "1000",
        "Milliseconds between two assignments of a share group."),
    groups_only("share.auto.offset.reset", ConfigType::String, "latest",
        "Where a share group begins that has read nothing yet: earliest, latest, or by_duration with a duration."),
    key("share.delivery.count.limit", "group.share.delivery.count.limit", "5",
        "Number of times that a share group delivers one record."),
    key("share.heartbeat.interval.ms", "group.share.heartbeat.interval.ms", "5000",
        "Milliseconds between two heartbeats of a member of a share group."),
    groups_only("share.isolation.level", ConfigType::String, "read_uncommitted",
        "Which transactional records a share group reads: read_committed or read_uncommitted."),
    key("share.partition.max.record.locks", "group.share.partition.max.record.locks", "2000",
        "Number of records of one partition that a share group may hold at a time."),
    key("share.record.lock.duration.ms", "group.share.record.lock.duration.ms", "30000",
        "Milliseconds for which a member of a share group holds a record that it was given."),
    groups_only("share.renew.acknowledge.enable", ConfigType::Boolean, "true",
        "Whether a member of a share group may hold a record for longer by saying so."),
    key("share.session.timeout.ms", "group.share.session.timeout.ms", "45000",
        "Milliseconds without a heartbeat after which a member of a share group is removed."),
    key("streams.assignment.interval.ms", "group.streams.assignment.interval.ms", "1000",
        "Milliseconds between two assignments of a streams group."),
    key("streams.heartbeat.interval.ms", "group.streams.heartbeat.interval.ms", "5000",
        "Milliseconds between two heartbeats of a member of a streams group."),
    key("streams.initial.rebalance.delay.ms", "group.streams.initial.rebalance.delay.ms", "3000",
        "Milliseconds that a new streams group waits for more members before its first assignment."),
    key("streams.num.standby.replicas", "group.streams.num.standby.replicas", "0",
        "Number of standby copies of each task's state in a streams group."),
    key("streams.session.timeout.ms", "group.streams.session.timeout.ms", "45000",
        "Milliseconds without a heartbeat after which a member of a streams group is removed."),
];

/// By name.
pub(super) const CLIENT_METRICS_KEYS: &[GroupKey] = &[
    groups_only("interval.ms", ConfigType::Int, "300000", "Milliseconds between two reports of a client's metrics."),
    groups_only(
        "match",
        ConfigType::List,
        "",
        "Which clients report, as attribute=pattern with commas between them; without it every client does.",
    ),
    groups_only(
        "metrics",
        ConfigType::List,
        "",
        "Prefixes of the names of the metrics that clients report, with commas between them.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_every_key_has_a_text() {
        for table in [GROUP_KEYS, CLIENT_METRICS_KEYS] {
            assert!(table.windows(2).all(|pair| pair[0].name < pair[1].name));
            assert!(table.iter().all(|key| key.documentation.ends_with('.')));
        }
    }
}
