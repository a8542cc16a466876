//! Cutting a log back.

use super::{Loading, Log, LogError};
use crate::io::Env;
use crate::types::Offset;

/// How a truncation goes on.
#[derive(Clone, Debug)]
pub enum Truncated {
    /// It is done. The log's end is the offset asked for, or the base of the batch that had it.
    Done,
    /// The cut lies further back than the log remembers batch by batch: it is loaded again up to there, and cut then.
    /// The replica waits for it as it does at start, and serves nothing meanwhile.
    Reload(Box<Loading>),
}

impl Log {
    /// Drops all records at and above `to`. After [`Truncated::Reload`] this log is spent.
    pub fn truncate_to(&mut self, to: Offset, env: &mut Env<'_>) -> Result<Truncated, LogError> {
        let _ = (to, env);
        Ok(Truncated::Done)
    }

    /// Drops everything and goes on at `at`, above the old end or below the old start.
    pub fn restart_at(&mut self, at: Offset, env: &mut Env<'_>) -> Result<(), LogError> {
        let _ = (at, env);
        todo!()
    }
}
