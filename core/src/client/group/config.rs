//! The configuration of a consumer in a group.

use crate::client::consumer::ConsumerConfig;
use std::sync::Arc;

/// The configuration of a consumer in a group, with Kafka's keys.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupConsumerConfig {
    /// Configuration of fetching, and the addresses of the brokers.
    pub consumer: ConsumerConfig,
    /// `group.id`: the group that the consumer joins.
    pub group_id: Arc<str>,
    /// `group.instance.id`: makes the member static (KIP-345). A static member sends no LeaveGroup when it closes.
    pub instance_id: Option<Arc<str>>,
    /// `partition.assignment.strategy`: the assignors, the preferred one first. There must be at least one.
    pub assignors: Vec<Assignor>,
    /// `session.timeout.ms`: the coordinator removes a member from which it has heard nothing for this time.
    pub session_timeout_ms: i32,
    /// `heartbeat.interval.ms`: the time between two heartbeats.
    pub heartbeat_interval_ms: i64,
    /// `max.poll.interval.ms`: a member whose user does not poll for this time leaves the group (KIP-62). This is also
    /// the rebalance timeout: how long the coordinator waits for members to join.
    pub max_poll_interval_ms: i32,
    /// `max.poll.records`: the most records that one poll returns.
    pub max_poll_records: usize,
    /// `enable.auto.commit`: whether the consumer commits its positions without being asked.
    pub auto_commit: bool,
    /// `auto.commit.interval.ms`: the time between two automatic commits.
    pub auto_commit_interval_ms: i64,
    /// `default.api.timeout.ms`: how long a commit may be retried.
    pub api_timeout_ms: i64,
    /// How long closing may wait for the last commit and for the answer to LeaveGroup, in milliseconds.
    pub close_timeout_ms: i64,
    /// `client.rack`: the rack of the consumer. The leader of the group gets it with the subscription.
    pub rack: Option<Arc<str>>,
    /// The version of Kafka's `ConsumerProtocol` in which subscriptions and assignments are encoded: 0 to 3.
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
    /// Returns whether the member keeps its partitions while the group rebalances, and gives up only those that move
    /// (KIP-429). As in Kafka, it does so only if every assignor supports it.
    #[must_use]
    pub fn is_cooperative(&self) -> bool {
        self.assignors.iter().all(|assignor| *assignor == Assignor::CooperativeSticky)
    }
}

/// How the leader of a group assigns partitions to the members.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Assignor {
    /// `RangeAssignor`: of each topic, every member gets one contiguous range of partitions.
    Range,
    /// `RoundRobinAssignor`: the partitions of all topics are dealt to the members in turn.
    RoundRobin,
    /// `CooperativeStickyAssignor`: shares are balanced, and members keep the partitions that they own where possible
    /// (KIP-54, KIP-429).
    CooperativeSticky,
}

impl Assignor {
    /// The name of the assignor's protocol in JoinGroup.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Assignor::Range => "range",
            Assignor::RoundRobin => "roundrobin",
            Assignor::CooperativeSticky => "cooperative-sticky",
        }
    }

    /// Returns the assignor with this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Assignor> {
        [Assignor::Range, Assignor::RoundRobin, Assignor::CooperativeSticky].into_iter().find(|it| it.name() == name)
    }
}
