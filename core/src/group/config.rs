//! Configuration of the group coordinator, with Kafka's keys and defaults.

/// The configuration of every group coordinator of a node. Sizes are in bytes, times in milliseconds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupConfig {
    /// `group.min.session.timeout.ms`: a JoinGroup with a shorter session timeout gets INVALID_SESSION_TIMEOUT.
    pub min_session_timeout_ms: i32,
    /// `group.max.session.timeout.ms`: a JoinGroup with a longer session timeout gets INVALID_SESSION_TIMEOUT.
    pub max_session_timeout_ms: i32,
    /// `group.initial.rebalance.delay.ms`: how long the first rebalance of an Empty group waits for more members.
    pub initial_rebalance_delay_ms: i32,
    /// `group.max.size`: the most members of a group (KIP-389).
    pub max_size: usize,
    /// How long a new member stays in the group while its first JoinGroup is not answered. In Kafka this is a constant,
    /// not a configuration key (`classicGroupNewMemberJoinTimeoutMs`, five minutes).
    pub new_member_join_timeout_ms: i32,
    /// The most bytes of memory that all members of one coordinator may take, with their protocols. A new member that
    /// exceeds this bound gets GROUP_MAX_SIZE_REACHED. Kafka has no such bound.
    pub members_max_bytes: usize,
    /// `offset.metadata.max.bytes`: the longest metadata of a committed offset, in UTF-16 units as in Kafka.
    pub offset_metadata_max_bytes: usize,
    /// `offsets.retention.minutes`: how long committed offsets are kept. `offsets/expiry.rs` says from when on
    /// (KIP-211).
    pub offsets_retention_minutes: i32,
    /// `offsets.retention.check.interval.ms`: the interval at which expired offsets and Empty groups are removed.
    pub offsets_retention_check_interval_ms: i64,
    /// `offsets.commit.timeout.ms`: how long an answer waits for its records to be committed.
    pub offsets_commit_timeout_ms: i32,
}

impl Default for GroupConfig {
    fn default() -> GroupConfig {
        GroupConfig {
            min_session_timeout_ms: 6_000,
            max_session_timeout_ms: 30 * 60 * 1000,
            initial_rebalance_delay_ms: 3_000,
            max_size: i32::MAX as usize,
            new_member_join_timeout_ms: 5 * 60 * 1000,
            members_max_bytes: 256 * 1024 * 1024,
            offset_metadata_max_bytes: 4_096,
            offsets_retention_minutes: 7 * 24 * 60,
            offsets_retention_check_interval_ms: 10 * 60 * 1000,
            offsets_commit_timeout_ms: 5_000,
        }
    }
}

impl GroupConfig {
    /// `offsets.retention.minutes` in milliseconds.
    pub(super) fn offsets_retention_ms(&self) -> i64 {
        i64::from(self.offsets_retention_minutes) * 60 * 1000
    }
}
