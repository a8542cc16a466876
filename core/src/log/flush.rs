//! Making appends durable: one flush under way, later ones join the next.

use super::{Log, LogError};
use crate::io::{Env, FileError, SyncWhat};

/// Names a flush of one log.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FlushTicket(pub u64);

/// What has to be synced, all of it, before [`Log::on_flushed`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flush {
    /// To be handed back.
    pub ticket: FlushTicket,
    /// In any order.
    pub what: Vec<SyncWhat>,
}

/// How far a flush reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FlushUpTo {
    /// To the log's end.
    End,
    /// Closed segments only: what Kafka flushes in the background after a roll.
    Roll,
}

impl Log {
    /// The next flush, unless one is under way or there is nothing to do.
    pub fn next_flush(&mut self, up_to: FlushUpTo) -> Option<Flush> {
        let _ = up_to;
        todo!()
    }

    /// All syncs of a flush have ended; `result` is the first failure among them. One that a truncation overtook
    /// advances nothing. After a failure the log directory goes offline: what a failed sync was to cover may be gone.
    pub fn on_flushed(
        &mut self,
        ticket: FlushTicket,
        result: Result<(), FileError>,
        env: &mut Env<'_>,
    ) -> Result<(), LogError> {
        let _ = (ticket, result, env);
        todo!()
    }
}
