//! What producers and consumers have in common.

use std::sync::Arc;

/// When a produce is acknowledged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Acks {
    /// `acks=0`: never.
    None,
    /// `acks=1`: when the leader has it.
    Leader,
    /// `acks=all`: when the in-sync replicas have it.
    #[default]
    All,
}

impl Acks {
    /// The number on the wire.
    #[must_use]
    pub fn to_wire(self) -> i16 {
        match self {
            Acks::None => 0,
            Acks::Leader => 1,
            Acks::All => -1,
        }
    }
}

/// Which version of each API a client speaks. Where the broker was asked for its versions, they are lowered to what it
/// has; else it must have these.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Versions {
    /// Produce: topics by name to 12, by id from 13.
    pub produce: i16,
    /// Fetch: topics by name to 12, by id from 13.
    pub fetch: i16,
    /// ListOffsets.
    pub list_offsets: i16,
    /// Metadata, 7 at least: older ones have no leader epochs.
    pub metadata: i16,
    /// OffsetForLeaderEpoch.
    pub offset_for_leader_epoch: i16,
    /// InitProducerId.
    pub init_producer_id: i16,
    /// FindCoordinator: one key to 3, several from 4 (KIP-699).
    pub find_coordinator: i16,
    /// JoinGroup: the first request of a new member is answered MEMBER_ID_REQUIRED from 4 (KIP-394).
    pub join_group: i16,
    /// SyncGroup.
    pub sync_group: i16,
    /// Heartbeat.
    pub heartbeat: i16,
    /// LeaveGroup: one member to 2, several from 3 (KIP-345).
    pub leave_group: i16,
    /// OffsetCommit: topics by name to 9, by id from 10.
    pub offset_commit: i16,
    /// OffsetFetch: one group to 7, several from 8 (KIP-709); topics by name to 9, by id from 10.
    pub offset_fetch: i16,
}

impl Default for Versions {
    fn default() -> Versions {
        Versions {
            produce: 12,
            fetch: 16,
            list_offsets: 10,
            metadata: 12,
            offset_for_leader_epoch: 4,
            init_producer_id: 5,
            find_coordinator: 6,
            join_group: 9,
            sync_group: 5,
            heartbeat: 4,
            leave_group: 5,
            offset_commit: 9,
            offset_fetch: 9,
        }
    }
}

/// How a client finds the brokers, and how long it waits for them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClusterConfig {
    /// `bootstrap.servers`.
    pub bootstrap: Vec<(Arc<str>, u16)>,
    /// `client.id`.
    pub client_id: Arc<str>,
    /// `request.timeout.ms`: an unanswered request ends its connection.
    pub request_timeout_ms: i64,
    /// `retry.backoff.ms`: doubled with every retry.
    pub retry_backoff_ms: i64,
    /// `retry.backoff.max.ms`.
    pub retry_backoff_max_ms: i64,
    /// `reconnect.backoff.ms`: doubled with every failure.
    pub reconnect_backoff_ms: i64,
    /// `reconnect.backoff.max.ms`.
    pub reconnect_backoff_max_ms: i64,
    /// `socket.connection.setup.timeout.ms`.
    pub dial_timeout_ms: i64,
    /// `metadata.max.age.ms`.
    pub metadata_max_age_ms: i64,
    /// `allow.auto.create.topics`.
    pub allow_auto_topic_creation: bool,
    /// Whether a new connection is first asked for its versions.
    pub asks_versions: bool,
    /// Which versions to speak.
    pub versions: Versions,
}

impl Default for ClusterConfig {
    fn default() -> ClusterConfig {
        ClusterConfig {
            bootstrap: vec![(Arc::from("127.0.0.1"), 9092)],
            client_id: Arc::from("gracchus"),
            request_timeout_ms: 30_000,
            retry_backoff_ms: 100,
            retry_backoff_max_ms: 1_000,
            reconnect_backoff_ms: 50,
            reconnect_backoff_max_ms: 1_000,
            dial_timeout_ms: 10_000,
            metadata_max_age_ms: 300_000,
            allow_auto_topic_creation: true,
            asks_versions: true,
            versions: Versions::default(),
        }
    }
}
