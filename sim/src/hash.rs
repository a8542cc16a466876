//! The chained hash of all that a run did.
//!
//! **Invariants**: the same seed gives the same hash, in any process, in debug and in release.

use core::fmt;

/// A run's hash so far. Shown as lower-case hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct TraceHash(pub u64);

impl fmt::Display for TraceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
