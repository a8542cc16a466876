//! Moves a replica's log start offset: first in the checkpoint file, durably, then in the log.
//!
//! A reader or a leader that has seen a log start offset must not see a lower one after a power loss. And if the
//! checkpoint has a higher offset than the log, the next start of the node removes all records below that offset, even
//! if other replicas count on them. Therefore:
//!
//! - A raised log start offset is saved before the log uses it.
//! - The leader's log start offset is saved before a follower below it drops all its records. A power loss may keep the
//!   removals of segments in any order; what is left of the dropped log then lies below the saved offset and is
//!   removed.
//! - A log start offset that a truncation lowered is saved before anything appended there counts. Until then a follower
//!   fetches nothing, and a leader's records are not committed.
//!
//! The control shard writes the file, one for each log directory, for all partitions that ask at a time.
//!
//! **In Kafka**: `UnifiedLog.maybeIncrementLogStartOffset`; the checkpoint follows within a minute there
//! (`LogManager.checkpointLogStartOffsets`).

use super::Output;
use super::loaded::{Failure, Replica};
use crate::io::Env;
use crate::types::{Offset, StartCause};

/// What the checkpoint file may say of a log's start, and what it must say in the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Starts {
    /// The offset in the file is this one or higher.
    least: Offset,
    /// The offset in the file is this one or lower.
    most: Offset,
    /// The offset that the control shard was asked to write, while its answer is still to come.
    asked: Option<Offset>,
    /// The offset at which the log begins once the file says so, and why.
    wanted: Option<(Offset, StartCause)>,
    /// The offset at which the log begins anew, without its present records, once the file says so.
    restart: Option<Offset>,
}

impl Starts {
    /// For a folder that was on this node before: it is not known here what the file says of it.
    pub(super) const UNKNOWN: Starts =
        Starts { least: Offset::ZERO, most: Offset(i64::MAX), asked: None, wanted: None, restart: None };

    /// For a log of which the node's start found this offset in the file, or 0 if it found no entry.
    pub(super) fn found(start: Offset) -> Starts {
        Starts { least: start, most: start, asked: None, wanted: None, restart: None }
    }

    /// For a log that is loaded again: an answer of the control shard that is still to come is not waited for.
    pub(super) fn forgotten(self) -> Starts {
        Starts { asked: None, wanted: None, restart: None, ..self }
    }

    /// The offset for this log in a checkpoint that is written now.
    pub(super) fn to_checkpoint(self) -> Offset {
        self.asked.unwrap_or(self.least)
    }

    /// The offset that the file must have in the end, for a log that now begins at `start`.
    fn target(self, start: Offset) -> Offset {
        self.restart.unwrap_or_else(|| self.wanted.map_or(start, |(to, _)| to))
    }
}

impl Replica {
    /// Lets the log begin at `to`, as soon as that is saved. Does nothing if the log begins there or later already, or
    /// is about to.
    pub(super) fn raise_start(&mut self, to: Offset, cause: StartCause, out: &mut Vec<Output>) {
        if to > self.starts.target(self.log.start()) {
            self.starts.wanted = Some((to, cause));
            self.save_start(out);
        }
    }

    /// Lets the log begin anew at `to`, without its present records, as soon as that is saved.
    pub(super) fn plan_restart(&mut self, to: Offset) {
        self.starts.restart = Some(to);
    }

    /// Removes and returns the offset at which the log is to begin anew, if the file says so already.
    pub(super) fn take_restart(&mut self) -> Option<Offset> {
        let Starts { least, most, asked, restart, .. } = &mut self.starts;
        restart.take_if(|to| asked.is_none() && (*least, *most) == (*to, *to))
    }

    /// Gives up a planned restart, so that the log stays as it is. The file may already have the offset of that
    /// restart.
    pub(super) fn give_up_restart(&mut self) {
        self.starts.restart = None;
    }

    /// Returns whether a power loss can neither lower the log start offset nor drop records appended behind it.
    pub(super) fn is_start_saved(&self) -> bool {
        self.starts.restart.is_none() && self.starts.least >= self.log.start() && !self.is_start_lowered()
    }

    /// Returns whether a change of the log start offset is under way.
    pub(super) fn is_start_moving(&self) -> bool {
        let Starts { asked, wanted, restart, .. } = &self.starts;
        asked.is_some() || wanted.is_some() || restart.is_some()
    }

    /// Returns whether the file may have a higher offset than the log, so that the next start of the node would drop
    /// records.
    fn is_start_lowered(&self) -> bool {
        self.starts.most > self.starts.target(self.log.start())
    }

    /// Asks the control shard to write the offset that the file must have, unless the file has it or a write is under
    /// way.
    pub(super) fn save_start(&mut self, out: &mut Vec<Output>) {
        let target = self.starts.target(self.log.start());
        let Starts { least, most, asked, .. } = &mut self.starts;
        if asked.is_none() && (*least, *most) != (target, target) {
            (*least, *most, *asked) = (target.min(*least), target.max(*most), Some(target));
            out.push(Output::SaveStart(target));
        }
    }

    /// Drops a planned log start offset that lies above the high watermark or below the log, after the log was
    /// truncated or begun anew.
    pub(super) fn keep_start_committed(&mut self) {
        let may_begin = self.log.start()..=self.high_watermark;
        self.starts.wanted = self.starts.wanted.filter(|(to, _)| may_begin.contains(to));
    }

    /// Notes that the file durably says `saved`, and raises the log's start to that offset if this was planned. Returns
    /// whether the replica had asked for it.
    pub(super) fn on_start_saved(
        &mut self,
        saved: Offset,
        env: &mut Env<'_>,
        out: &mut Vec<Output>,
    ) -> Result<bool, Failure> {
        if self.starts.asked != Some(saved) {
            return Ok(false);
        }
        self.starts.asked = None;
        (self.starts.least, self.starts.most) = (saved, saved);
        if let Some((to, cause)) = self.starts.wanted
            && to == saved
        {
            self.starts.wanted = None;
            self.log.advance_start(to, cause, env)?;
            if self.log.has_let_go() {
                out.push(Output::Retain);
            }
        }
        self.save_start(out);
        Ok(true)
    }
}
