//! What a scenario says about its consumer groups, and what one group and one member draw of it.

use crate::choices::{Choices, OwnStream};
use crate::clients::Drawn;
use gracchus_core::client::Assignor;
use serde::{Deserialize, Serialize};

/// A `[[workload.groups]]` entry. All members of a group subscribe to every topic.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct GroupConfig {
    /// How many groups of this kind.
    pub count: u32,
    /// In so many of a hundred seeds there are groups of this kind.
    pub seeds_percent: u32,
    /// Members of a group.
    pub members: Drawn,
    /// `partition.assignment.strategy`: one is drawn for each group.
    pub assignors: Vec<AssignorConfig>,
    /// In so many of a hundred groups the members are static, which no cooperative ones are.
    pub static_percent: u32,
    /// In so many of a hundred groups commits are automatic; else users commit what they are done with.
    pub auto_commit_percent: u32,
    /// `session.timeout.ms`, drawn for each group.
    pub session_timeout_ms: Drawn,
    /// `max.poll.interval.ms`, drawn for each group.
    pub max_poll_interval_ms: Drawn,
    /// `max.poll.records`, drawn for each member.
    pub max_poll_records: Drawn,
    /// Milliseconds that a user takes for what one poll brings.
    pub process_ms: Drawn,
    /// Milliseconds from one turn in a member's life to the next: it leaves, dies, stands still, or does not poll. 0 for
    /// never.
    pub churn_every_ms: Drawn,
    /// In so many of a hundred commits the request is sent a second time, by somebody else and late, and now and then
    /// under an identity that is not the sender's.
    pub replay_percent: u32,
    /// Milliseconds between two times that an outsider asks for the group's offsets.
    pub read_every_ms: Drawn,
    /// In so many of a hundred groups there is an administrator, who deletes the group and offsets of it, and describes it;
    /// and groups without members, which it makes itself.
    pub admin_percent: u32,
    /// Milliseconds between two requests of an administrator.
    pub admin_every_ms: Drawn,
}

impl Default for GroupConfig {
    fn default() -> GroupConfig {
        GroupConfig {
            count: 1,
            seeds_percent: 100,
            members: Drawn::between(1, 4),
            assignors: AssignorConfig::ALL.to_vec(),
            static_percent: 30,
            auto_commit_percent: 40,
            session_timeout_ms: Drawn::between(1_500, 5_000),
            max_poll_interval_ms: Drawn::between(2_500, 6_000),
            max_poll_records: Drawn::between(5, 100),
            process_ms: Drawn::between(5, 150),
            churn_every_ms: Drawn::between(4_000, 16_000),
            replay_percent: 5,
            read_every_ms: Drawn::between(1_000, 4_000),
            admin_percent: 0,
            admin_every_ms: Drawn::between(100, 1_500),
        }
    }
}

/// `partition.assignment.strategy`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AssignorConfig {
    /// `RangeAssignor`.
    Range,
    /// `RoundRobinAssignor`.
    RoundRobin,
    /// `CooperativeStickyAssignor`.
    CooperativeSticky,
}

impl AssignorConfig {
    /// Every assignor that the core's client has.
    pub const ALL: [AssignorConfig; 3] =
        [AssignorConfig::Range, AssignorConfig::RoundRobin, AssignorConfig::CooperativeSticky];

    fn in_core(self) -> Assignor {
        match self {
            AssignorConfig::Range => Assignor::Range,
            AssignorConfig::RoundRobin => Assignor::RoundRobin,
            AssignorConfig::CooperativeSticky => Assignor::CooperativeSticky,
        }
    }
}

/// What one group drew for all its members.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupDrawing {
    /// How many members.
    pub members: u32,
    /// How the leader shares partitions out.
    pub assignor: Assignor,
    /// Whether the members have instance ids.
    pub is_static: bool,
    /// `enable.auto.commit`.
    pub auto_commit: bool,
    /// `session.timeout.ms`.
    pub session_timeout_ms: u64,
    /// `max.poll.interval.ms`.
    pub max_poll_interval_ms: u64,
}

impl GroupConfig {
    /// Whether this seed has groups of this kind, which is the how-manieth of its scenario.
    #[must_use]
    pub fn is_drawn(&self, kind: u64, choices: &Choices) -> bool {
        choices.own("groups", kind).below(100) < u64::from(self.seeds_percent)
    }
}

impl GroupConfig {
    /// Whether the group of that number has an administrator.
    #[must_use]
    pub fn has_admin(&self, group: u32, choices: &Choices) -> bool {
        choices.own("group-admin", u64::from(group)).below(100) < u64::from(self.admin_percent)
    }
}

impl GroupDrawing {
    /// Draws a group of that kind.
    #[must_use]
    pub fn draw(config: &GroupConfig, draws: &mut OwnStream) -> GroupDrawing {
        let mut in_percent = |percent: u32| draws.below(100) < u64::from(percent);
        let (may_be_static, auto_commit) = (in_percent(config.static_percent), in_percent(config.auto_commit_percent));
        let mut of = |drawn: Drawn| draws.between(drawn.least, drawn.most);
        let members = of(config.members).max(1) as u32;
        let (session_timeout_ms, max_poll_interval_ms) =
            (of(config.session_timeout_ms), of(config.max_poll_interval_ms));
        let assignor = match config.assignors.as_slice() {
            [] => AssignorConfig::Range,
            several => several[draws.below(several.len() as u64) as usize],
        };
        GroupDrawing {
            members,
            assignor: assignor.in_core(),
            // A static member that comes back does not know which partitions it was about to give up: as in Kafka, nobody
            // owns them until the next rebalance (KIP-345, KIP-429).
            is_static: may_be_static && assignor != AssignorConfig::CooperativeSticky,
            auto_commit,
            session_timeout_ms,
            max_poll_interval_ms,
        }
    }
}
