//! The configuration of a replica of the metadata log, by Kafka's keys.

use core::time::Duration;

/// How a replica of the metadata log behaves.
///
/// **In Kafka**: `QuorumConfig`, `KRaftConfigs`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QuorumConfig {
    /// `controller.quorum.election.timeout.ms`: how long a voter that knows no leader waits before it asks for
    /// pre-votes; each wait is drawn from one to two times this.
    pub election_timeout: Duration,
    /// `controller.quorum.fetch.timeout.ms`: how long a follower waits for a successful fetch before it asks for
    /// pre-votes, and the measure of a leader's check of its quorum.
    pub fetch_timeout: Duration,
    /// `controller.quorum.election.backoff.max.ms`: the longest wait after a lost election.
    pub election_backoff_max: Duration,
    /// `controller.quorum.append.linger.ms`: how long a leader collects appends before it writes them.
    pub append_linger: Duration,
    /// `controller.quorum.request.timeout.ms`: how long a request to another replica may take.
    pub request_timeout: Duration,
    /// `controller.quorum.retry.backoff.ms`: the wait after a request that failed, which doubles with each failure up
    /// to `request_timeout`.
    pub retry_backoff: Duration,
    /// `controller.quorum.fetch.max.bytes` and `.fetch.snapshot.max.bytes`: the most bytes that one fetch asks for.
    pub fetch_max_bytes: u32,
    /// How long a leader may hold a follower's fetch that finds nothing new; 500 ms in Kafka, which has no key for it.
    pub fetch_max_wait: Duration,
    /// `controller.quorum.auto.join.enable`: whether a controller that is no voter makes itself one (KIP-853).
    pub auto_join: bool,
}

impl Default for QuorumConfig {
    fn default() -> QuorumConfig {
        QuorumConfig {
            election_timeout: Duration::from_millis(1_000),
            fetch_timeout: Duration::from_millis(2_000),
            election_backoff_max: Duration::from_millis(1_000),
            append_linger: Duration::from_millis(25),
            request_timeout: Duration::from_millis(2_000),
            retry_backoff: Duration::from_millis(20),
            fetch_max_bytes: 8 << 20,
            fetch_max_wait: Duration::from_millis(500),
            auto_join: false,
        }
    }
}

impl QuorumConfig {
    /// How long a leader leads without fetches of a majority: one and a half times the fetch timeout, so that a fetch
    /// that is late by a hiccup of the network still counts (KAFKA-15489).
    #[must_use]
    pub fn check_quorum_timeout(&self) -> Duration {
        self.fetch_timeout * 3 / 2
    }

    /// How often a leader tells voters that do not fetch that it leads (KIP-853).
    #[must_use]
    pub fn begin_quorum_period(&self) -> Duration {
        self.fetch_timeout / 2
    }
}
