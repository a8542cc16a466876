//! What every room below the shard is handed with a call.

use super::{Draws, Files, Probes, Trace, Work};
use crate::types::Now;

/// The host, as a room below `shard` sees it.
pub struct Env<'a> {
    /// Constant within a call.
    pub now: Now,
    /// The node's files.
    pub files: &'a mut dyn Files,
    /// Random choices.
    pub draws: &'a mut dyn Draws,
    /// Properties, states, perturbations.
    pub probes: &'a mut dyn Probes,
    /// What is told to whoever watches.
    pub trace: &'a mut Trace,
    /// What the call costs.
    pub work: &'a mut Work,
}
