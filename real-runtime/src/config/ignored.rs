//! Kafka's keys without an effect here: most are harmless to ignore; some are not, and then the operator is told what
//! will happen; and without some the server does not start, as what was to be closed would stand open, or what was to
//! be kept could be deleted.

/// What it means that a key is ignored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ignoring {
    /// Nothing that the operator would miss.
    Harmless,
    /// The operator must know that this will happen.
    Dangerous(&'static str),
    /// The server does not start, for this reason and with this next step.
    Unsafe(&'static str),
}

/// What it means that this key with this value is ignored.
#[must_use]
pub fn ignoring(key: &str, value: &str) -> Ignoring {
    use Ignoring::{Dangerous, Harmless, Unsafe};
    let is_on = value.eq_ignore_ascii_case("true");
    match key {
        _ if value.is_empty() => Harmless,
        "authorizer.class.name" => Unsafe(
            "this server has no authorizer, and every client may do everything: leave it out and keep others away from \
             the listeners, as a firewall or a proxy does",
        ),
        "config.providers" => Unsafe(
            "this server has no configuration providers, and values such as ${file:...} would be taken as they stand: \
             write the values themselves",
        ),
        "delete.topic.enable" if !is_on => Unsafe(
            "this server cannot keep clients from deleting topics: leave it out if every client may, or keep others \
             away",
        ),
        "remote.log.storage.system.enable" if is_on => Unsafe(
            "this server has no tiered storage, and every record would have to fit on its own disks: leave it out once \
             log.retention.bytes and log.retention.ms say what does",
        ),
        "super.users" | "allow.everyone.if.no.acl.found" => {
            Dangerous("there is no authorizer: every client may do everything")
        }
        "alter.config.policy.class.name" | "create.topic.policy.class.name" => {
            Dangerous("no policy is asked: topics are created and altered as clients want them")
        }
        "client.quota.callback.class" => Dangerous("there are no quotas: no client is slowed down"),
        "max.connection.creation.rate" => Dangerous("connections are taken in as fast as they come"),
        "cordoned.log.dirs" => Dangerous("new partitions go to these directories all the same"),
        "compression.type" if !value.eq_ignore_ascii_case("producer") => {
            Dangerous("batches are stored as producers send them, and may take more of the disk")
        }
        "log.cleaner.enable" if !is_on => Harmless,
        _ if key.starts_with("log.cleaner.") => {
            Dangerous("there is no log cleaner: topics with cleanup.policy=compact are kept whole and grow")
        }
        _ if key.starts_with("listener.name.") => of_a_listener(key),
        _ => Harmless,
    }
}

/// Keys of one listener. What is about TLS and SASL is of no use to a PLAINTEXT listener in Kafka either.
fn of_a_listener(key: &str) -> Ignoring {
    if key.ends_with(".max.connections") || key.ends_with(".max.connection.creation.rate") {
        return Ignoring::Dangerous("single listeners have no limits: max.connections counts for all of them together");
    }
    Ignoring::Harmless
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::keys::{Key, find};

    #[test]
    fn what_opens_a_door_or_lets_records_go_is_no_small_thing() {
        let is_unsafe = |key, value| matches!(ignoring(key, value), Ignoring::Unsafe(_));
        assert!(is_unsafe("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"));
        assert!(!is_unsafe("authorizer.class.name", ""));
        assert!(is_unsafe("delete.topic.enable", "false") && !is_unsafe("delete.topic.enable", "true"));
        assert!(is_unsafe("config.providers", "file"));
        let is_dangerous = |key, value| matches!(ignoring(key, value), Ignoring::Dangerous(_));
        assert!(is_dangerous("log.cleaner.threads", "1") && !is_dangerous("log.cleaner.enable", "false"));
        assert!(is_dangerous("listener.name.external.max.connections", "5"));
        assert!(is_dangerous("compression.type", "zstd") && !is_dangerous("compression.type", "producer"));
        assert_eq!(ignoring("num.network.threads", "3"), Ignoring::Harmless);
    }

    #[test]
    fn only_keys_that_are_ignored_are_told_of() {
        let keys = [
            "authorizer.class.name",
            "config.providers",
            "delete.topic.enable",
            "remote.log.storage.system.enable",
            "super.users",
            "allow.everyone.if.no.acl.found",
            "alter.config.policy.class.name",
            "create.topic.policy.class.name",
            "client.quota.callback.class",
            "max.connection.creation.rate",
            "cordoned.log.dirs",
            "compression.type",
            "log.cleaner.enable",
            "log.cleaner.threads",
            "listener.name.external.max.connections",
        ];
        for key in keys {
            assert_eq!(find(key), Key::Ignored, "{key}");
        }
    }
}
