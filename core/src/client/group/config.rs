//! How a consumer takes part in a group.

use crate::client::consumer::ConsumerConfig;
use std::sync::Arc;

/// Configuration of a consumer in a group, by Kafka's names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupConsumerConfig {
    /// How records are fetched, and where the brokers are.
    pub consumer: ConsumerConfig,
    /// `group.id`.
    pub group_id: Arc<str>,
    /// `group.instance.id`: makes the member static (KIP-345). A static member does not leave when it closes.
    pub instance_id: Option<Arc<str>>,
    /// `partition.assignment.strategy`, the preferred one first; at least one.
    pub assignors: Vec<Assignor>,
    /// `session.timeout.ms`: the coordinator removes a member from which it has heard nothing for this time.
    pub session_timeout_ms: i32,
    /// `heartbeat.interval.ms`.
    pub heartbeat_interval_ms: i64,
    /// `max.poll.interval.ms`: a member that does not poll for this time leaves the group (KIP-62). In a rebalance the
    /// coordinator waits as long for members to join.
    pub max_poll_interval_ms: i32,
    /// `max.poll.records`.
    pub max_poll_records: usize,
    /// `enable.auto.commit`.
    pub auto_commit: bool,
    /// `auto.commit.interval.ms`.
    pub auto_commit_interval_ms: i64,
    /// `default.api.timeout.ms`: how long a commit may be retried.
    pub api_timeout_ms: i64,
    /// How long closing may wait for the last commit and for the answer to LeaveGroup.
    pub close_timeout_ms: i64,
    /// `client.rack`, which is sent to the leader of the group.
    pub rack: Option<Arc<str>>,
    /// The version of the consumer protocol in which subscriptions and assignments are written: 0 to 3.
    pub protocol_version: i16,
}

impl Default for GroupConsumerConfig {
    fn default() -> GroupConsumerConfig {
        GroupConsumerConfig {
            consumer: ConsumerConfig::default(),
            group_id: Arc::from(""),
            instance_id: None,
            assignors: vec![Assignor::Range, Assignor::CooperativeSticky],
            session_timeout_ms: 45_000,
            heartbeat_interval_ms: 3_000,
            max_poll_interval_ms: 300_000,
            max_poll_records: 500,
            auto_commit: true,
            auto_commit_interval_ms: 5_000,
            api_timeout_ms: 60_000,
            close_timeout_ms: 30_000,
            rack: None,
            protocol_version: 3,
        }
    }
}

impl GroupConsumerConfig {
    /// Whether a member keeps its partitions while the group rebalances, and gives up only those that move (KIP-429).
    /// As in Kafka, every assignor must support that.
    #[must_use]
    pub fn is_cooperative(&self) -> bool {
        self.assignors.iter().all(|assignor| *assignor == Assignor::CooperativeSticky)
    }
}

/// How the leader of a group assigns partitions to the members.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Assignor {
    /// `RangeAssignor`: each topic in contiguous ranges.
    Range,
    /// `RoundRobinAssignor`: all partitions of all topics in turn.
    RoundRobin,
    /// `CooperativeStickyAssignor`: balanced, and members keep what they have where they can (KIP-54, KIP-429).
    CooperativeSticky,
}

impl Assignor {
    /// The protocol's name in JoinGroup.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Assignor::Range => "range",
            Assignor::RoundRobin => "roundrobin",
            Assignor::CooperativeSticky => "cooperative-sticky",
        }
    }

    /// The assignor with this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Assignor> {
        [Assignor::Range, Assignor::RoundRobin, Assignor::CooperativeSticky].into_iter().find(|it| it.name() == name)
    }
}
