//! Which build this is.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a run's course depends on besides its scenario, its seed and its mutants.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Build {
    /// The commit; `unknown` where the build was not made from a repository.
    pub commit: String,
    /// Whether the core or the world had been changed since.
    pub dirty: bool,
    /// CRC-32 over the sources of the core and the world and the versions of what they use.
    pub sources: String,
}

impl Build {
    /// This one.
    #[must_use]
    pub fn this() -> Build {
        Build {
            commit: env!("GRACCHUS_COMMIT").to_owned(),
            dirty: env!("GRACCHUS_DIRTY") == "true",
            sources: env!("GRACCHUS_SOURCES").to_owned(),
        }
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = self.commit.get(..12).unwrap_or(&self.commit);
        write!(f, "{short}{} (sources {})", if self.dirty { "+changes" } else { "" }, self.sources)
    }
}
