//! Settings that must fit together: what Kafka refuses is refused in its words, and what would never work is told.
//!
//! **In Kafka**: `KafkaConfig.validateValues`.

use super::settings::{ConfigError, Settings};
use gracchus_core::metadata::NodeConfig;

/// Kafka's default of `replica.lag.time.max.ms`, which has no effect here.
const LAG_MS: i64 = 30_000;

/// Refuses settings that contradict each other.
pub fn check(settings: &Settings, node: &NodeConfig) -> Result<(), ConfigError> {
    let wait = i64::from(node.replica_fetch_wait_max_ms);
    if wait > i64::from(node.replica_socket_timeout_ms) {
        let why = format!(
            "it should always be at least replica.fetch.wait.max.ms={wait} to prevent unnecessary socket timeouts"
        );
        return Err(settings.refuse("replica.socket.timeout.ms", &why));
    }
    let lag = settings.number("replica.lag.time.max.ms", i64::MIN..=i64::MAX)?.unwrap_or(LAG_MS);
    if wait > lag {
        let why = format!(
            "it should always be less than or equal to replica.lag.time.max.ms={lag} to prevent frequent changes in ISR"
        );
        return Err(settings.refuse("replica.fetch.wait.max.ms", &why));
    }
    let queued = settings.number("queued.max.request.bytes", i64::MIN..=i64::MAX)?.filter(|bytes| *bytes > 0);
    if queued.is_some_and(|bytes| bytes < i64::from(node.socket_request_max_bytes)) {
        let largest = node.socket_request_max_bytes;
        let why = format!("it must be larger or equal to socket.request.max.bytes={largest}");
        return Err(settings.refuse("queued.max.request.bytes", &why));
    }
    let (least, most) = (node.groups.min_session_timeout_ms, node.groups.max_session_timeout_ms);
    if least > most {
        let why =
            format!("group.max.session.timeout.ms={most} is less: no consumer could join a group; raise that one");
        return Err(settings.refuse("group.min.session.timeout.ms", &why));
    }
    Ok(())
}

/// What Kafka takes, and what will not work all the same.
#[must_use]
pub fn warnings(settings: &Settings, node: &NodeConfig) -> Vec<String> {
    let mut warnings = Vec::new();
    let replicas = node.default_replication_factor;
    if replicas > 1 {
        warnings.push(format!(
            "default.replication.factor={replicas}: this cluster has one node, and topics are created only where \
             clients ask for one replica; set it to 1"
        ));
    }
    let of_offsets = node.offsets_topic.replication_factor;
    if of_offsets > 1 {
        warnings.push(format!(
            "offsets.topic.replication.factor={of_offsets}: this cluster has one node, and consumer groups cannot \
             commit; set it to 1"
        ));
    }
    let in_sync = node.topic_defaults.min_insync_replicas;
    if in_sync > 1 {
        warnings.push(format!(
            "min.insync.replicas={in_sync}: this cluster has one node, and produces with acks=all are refused; set \
             it to 1"
        ));
    }
    if settings.list("log.cleanup.policy").contains(&"compact") {
        let what = "this server has no log cleaner yet: topics with compact alone are kept whole and grow";
        warnings.push(format!("log.cleanup.policy: {what}"));
    }
    warnings
}
