//! Which keys there are: Kafka's, this server's own, and those of the ZooKeeper age.

/// Every key of Apache Kafka 4.3's `KafkaConfig`.
const KAFKA_KEYS: &str = include_str!("kafka_keys.txt");

/// Keys of this server alone.
pub const OWN_KEYS: &[&str] = &[
    "gracchus.data.shards",
    "gracchus.answer.budget.bytes",
    "gracchus.frame.budget.bytes",
    "gracchus.hand.over.clients",
    "gracchus.max.in.flight.per.connection",
    "gracchus.stop.timeout.ms",
    "gracchus.tail.cache.bytes",
];

/// Kafka's keys that have an effect here, beside the defaults of topics.
pub const USED_KEYS: &[&str] = &[
    "advertised.listeners",
    "auto.create.topics.enable",
    "broker.id",
    "broker.rack",
    "connections.max.idle.ms",
    "controller.listener.names",
    "controller.quorum.voters",
    "default.replication.factor",
    "fetch.max.bytes",
    "group.initial.rebalance.delay.ms",
    "group.max.session.timeout.ms",
    "group.max.size",
    "group.min.session.timeout.ms",
    "listener.security.protocol.map",
    "listeners",
    "log.dir",
    "log.dirs",
    "log.flush.offset.checkpoint.interval.ms",
    "log.flush.scheduler.interval.ms",
    "log.retention.check.interval.ms",
    "log.retention.hours",
    "log.retention.minutes",
    "log.roll.hours",
    "max.connections",
    "max.connections.per.ip",
    "max.connections.per.ip.overrides",
    "max.request.partition.size.limit",
    "node.id",
    "num.io.threads",
    "num.partitions",
    "offset.metadata.max.bytes",
    "offsets.commit.timeout.ms",
    "offsets.retention.check.interval.ms",
    "offsets.retention.minutes",
    "offsets.topic.num.partitions",
    "offsets.topic.replication.factor",
    "offsets.topic.segment.bytes",
    "process.roles",
    "producer.id.expiration.ms",
    "queued.max.request.bytes",
    "replica.fetch.backoff.ms",
    "replica.fetch.max.bytes",
    "replica.fetch.min.bytes",
    "replica.fetch.response.max.bytes",
    "replica.fetch.wait.max.ms",
    "replica.high.watermark.checkpoint.interval.ms",
    "replica.socket.timeout.ms",
    "socket.request.max.bytes",
];

/// Defaults of topics that have an effect; the others are checked, and named as ignored.
pub const USED_TOPIC_DEFAULTS: &[&str] = &[
    "log.cleanup.policy",
    "log.flush.interval.messages",
    "log.flush.interval.ms",
    "log.index.interval.bytes",
    "log.index.size.max.bytes",
    "log.internal.segment.bytes",
    "log.message.timestamp.after.max.ms",
    "log.message.timestamp.before.max.ms",
    "log.message.timestamp.type",
    "log.retention.bytes",
    "log.retention.ms",
    "log.roll.ms",
    "log.segment.bytes",
    "log.segment.delete.delay.ms",
    "message.max.bytes",
    "min.insync.replicas",
];

/// Keys that Kafka 4.0 took away (KIP-500, KIP-724, KIP-896 and before), and what to do instead.
const OBSOLETE_KEYS: &[(&str, &str)] = &[
    ("advertised.host.name", "use advertised.listeners"),
    ("advertised.port", "use advertised.listeners"),
    ("broker.id", "use node.id"),
    ("broker.id.generation.enable", "set node.id"),
    ("control.plane.listener.name", "use controller.listener.names"),
    ("delegation.token.master.key", "use delegation.token.secret.key"),
    ("host.name", "use listeners"),
    ("inter.broker.protocol.version", "leave it out: features are finalized in the cluster's metadata"),
    ("log.message.downconversion.enable", "leave it out: only the current record format is served"),
    ("log.message.format.version", "leave it out: only the current record format is written"),
    (
        "log.message.timestamp.difference.max.ms",
        "use log.message.timestamp.before.max.ms and log.message.timestamp.after.max.ms",
    ),
    ("offsets.commit.required.acks", "leave it out: offsets are always committed with acks=all"),
    ("port", "use listeners"),
    ("reserved.broker.max.id", "set node.id"),
    ("zookeeper.connect", "use process.roles and controller.quorum.voters: the metadata is in the cluster itself"),
];

/// Families of keys whose members depend on other settings.
const PREFIXES: &[&str] = &["listener.name.", "rsm.config.", "rlmm.config.", "config.providers."];

/// Keys of Kafka's own authorizer, which are no keys of `KafkaConfig`.
const PLUGIN_KEYS: &[&str] = &["allow.everyone.if.no.acl.found", "super.users"];

/// What a key is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Key {
    /// It has an effect.
    Used,
    /// Kafka has it, this server does nothing with it.
    Ignored,
    /// It is gone, and this is to be done instead.
    Obsolete(&'static str),
    /// There is no such key, though perhaps that one was meant.
    Unknown(Option<&'static str>),
}

/// What that key is.
#[must_use]
pub fn find(name: &str) -> Key {
    if let Some((_, instead)) = OBSOLETE_KEYS.iter().find(|(obsolete, _)| *obsolete == name) {
        return Key::Obsolete(instead);
    }
    if name.starts_with("zookeeper.") || name.starts_with("password.encoder.") {
        return Key::Obsolete("leave it out: it was for ZooKeeper");
    }
    if [USED_KEYS, USED_TOPIC_DEFAULTS, OWN_KEYS].iter().any(|keys| keys.contains(&name)) {
        return Key::Used;
    }
    let is_known = KAFKA_KEYS.lines().any(|known| known == name) || PLUGIN_KEYS.contains(&name);
    if is_known || PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
        return Key::Ignored;
    }
    Key::Unknown(nearest(name))
}

/// The known key that takes the fewest edits, if that is few enough to have been meant.
fn nearest(name: &str) -> Option<&'static str> {
    const LONGEST: usize = 96;
    if name.len() > LONGEST {
        return None;
    }
    let known = KAFKA_KEYS.lines().chain(OWN_KEYS.iter().copied());
    let (edits, best) = known.map(|known| (strsim::levenshtein(name, known), known)).min()?;
    (edits <= best.len() / 3).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gracchus_core::metadata::TOPIC_KEYS;

    #[test]
    fn every_used_key_is_kafkas() {
        for used in USED_KEYS.iter().chain(USED_TOPIC_DEFAULTS).filter(|used| **used != "log.internal.segment.bytes") {
            assert!(KAFKA_KEYS.lines().any(|known| known == *used), "Kafka has no {used}");
        }
    }

    #[test]
    fn every_default_of_topics_is_a_topics_key() {
        for used in USED_TOPIC_DEFAULTS.iter().filter(|used| **used != "log.internal.segment.bytes") {
            assert!(TOPIC_KEYS.iter().any(|key| key.broker_key == Some(*used)), "{used}");
        }
    }

    #[test]
    fn a_misspelt_key_finds_the_one_that_was_meant() {
        assert_eq!(find("log.dir.s"), Key::Unknown(Some("log.dirs")));
        assert_eq!(find("num.partition"), Key::Unknown(Some("num.partitions")));
        assert_eq!(find("gracchus.data.shard"), Key::Unknown(Some("gracchus.data.shards")));
        assert_eq!(find("something.else.altogether"), Key::Unknown(None));
    }

    #[test]
    fn keys_of_the_zookeeper_age_name_their_successor() {
        assert_eq!(find("broker.id"), Key::Obsolete("use node.id"));
        assert!(matches!(find("zookeeper.connect"), Key::Obsolete(instead) if instead.contains("process.roles")));
        assert!(matches!(find("zookeeper.session.timeout.ms"), Key::Obsolete(_)));
    }

    #[test]
    fn a_key_without_effect_is_known_all_the_same() {
        assert_eq!(find("num.network.threads"), Key::Ignored);
        assert_eq!(find("listener.name.external.ssl.keystore.location"), Key::Ignored);
    }
}
