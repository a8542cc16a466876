//! What a scenario says about its administrators and their topics.

use crate::choices::Choices;
use crate::clients::Drawn;
use serde::{Deserialize, Serialize};

/// A `[[workload.admins]]` entry: administrators with topics of their own, and clients that write and read those.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AdminConfig {
    /// How many administrators.
    pub count: u32,
    /// In so many of a hundred seeds there are administrators of this kind.
    pub seeds_percent: u32,
    /// Names of topics that each creates, deletes and creates again.
    pub topics: Drawn,
    /// A topic has at most so many partitions.
    pub partitions_most: u32,
    /// Milliseconds between two requests of one administrator.
    pub every_ms: Drawn,
    /// Writers of each administrator's topics.
    pub writers: u32,
    /// Readers of each administrator's topics.
    pub readers: u32,
    /// Milliseconds between two requests of a writer or a reader.
    pub use_every_ms: Drawn,
}

impl Default for AdminConfig {
    fn default() -> AdminConfig {
        AdminConfig {
            count: 1,
            seeds_percent: 100,
            topics: Drawn::between(1, 3),
            partitions_most: 4,
            every_ms: Drawn::between(50, 800),
            writers: 1,
            readers: 1,
            use_every_ms: Drawn::between(10, 150),
        }
    }
}

impl AdminConfig {
    /// Whether this seed has administrators of this kind, which is the how-manieth of its scenario.
    #[must_use]
    pub fn is_drawn(&self, kind: u64, choices: &Choices) -> bool {
        choices.own("admins", kind).below(100) < u64::from(self.seeds_percent)
    }
}
