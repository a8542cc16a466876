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
//! Each log directory has one checkpoint file. The control shard writes it, for all partitions that have asked
//! meanwhile.
//!
//! **In Kafka**: `UnifiedLog.maybeIncrementLogStartOffset`; the checkpoint follows within a minute there
//! (`LogManager.checkpointLogStartOffsets`).

use super::Output;
use super::loaded::{Failure, Replica};
use crate::io::Env;
use crate::types::{Offset, StartCause};

/// The log start offset that `log-start-offset-checkpoint` may have for this log, and the one that it must have in the
/// end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Starts {
    /// The log start offset in the checkpoint file is this one or higher.
    least: Offset,
    /// The log start offset in the checkpoint file is this one or lower.
    most: Offset,
    /// The offset that the control shard was asked to write, until it answers that it has written it.
    asked: Option<Offset>,
    /// The higher log start offset that the log gets once the checkpoint file has it, and why.
    wanted: Option<(Offset, StartCause)>,
    /// The offset at which the log begins anew, without its present records, once the checkpoint file has that offset.
    restart: Option<Offset>,
}

impl Starts {
    /// For a log whose folder was on this node before: the checkpoint file may have any log start offset for it.
    pub(super) const UNKNOWN: Starts =
        Starts { least: Offset::ZERO, most: Offset(i64::MAX), asked: None, wanted: None, restart: None };

    /// For a log that has `start` as its log start offset in the checkpoint file; `start` is 0 if the file has no entry
    /// for the log.
    pub(super) fn found(start: Offset) -> Starts {
        Starts { least: start, most: start, asked: None, wanted: None, restart: None }
    }

    /// For a log that is loaded again: drops all plans. The control shard may still have to answer that it has written
    /// the checkpoint file; the answer will be ignored.
    pub(super) fn forgotten(self) -> Starts {
        Starts { asked: None, wanted: None, restart: None, ..self }
    }

    /// The log start offset for this log, if the checkpoint file is written now.
    pub(super) fn to_checkpoint(self) -> Offset {
        self.asked.unwrap_or(self.least)
    }

    /// The log start offset that the checkpoint file must have in the end: the planned one if there is one, otherwise
    /// `start`, where the log begins now.
    fn target(self, start: Offset) -> Offset {
        self.restart.unwrap_or_else(|| self.wanted.map_or(start, |(to, _)| to))
    }
}

impl Replica {
    /// Raises the log start offset to `to`, as soon as the checkpoint file has it. Does nothing if the log start offset
    /// is that high already, or is planned to be.
    pub(super) fn raise_start(&mut self, to: Offset, cause: StartCause, out: &mut Vec<Output>) {
        if to > self.starts.target(self.log.start()) {
            self.starts.wanted = Some((to, cause));
            self.save_start(out);
        }
    }

    /// Plans that the log begins anew at `to`, without its present records, as soon as the checkpoint file has that
    /// offset.
    pub(super) fn plan_restart(&mut self, to: Offset) {
        self.starts.restart = Some(to);
    }

    /// Removes and returns the offset of a planned restart, if the checkpoint file has that offset already. The caller
    /// lets the log begin anew there.
    pub(super) fn take_restart(&mut self) -> Option<Offset> {
        let Starts { least, most, asked, restart, .. } = &mut self.starts;
        restart.take_if(|to| asked.is_none() && (*least, *most) == (*to, *to))
    }

    /// Gives up the plan to begin the log anew, so that the log keeps its records. The checkpoint file may already have
    /// the offset at which the log was to begin anew.
    pub(super) fn give_up_restart(&mut self) {
        self.starts.restart = None;
    }

    /// Returns whether the checkpoint file has the right log start offset, so that a power loss can neither lower that
    /// offset nor drop records appended behind it.
    pub(super) fn is_start_saved(&self) -> bool {
        self.starts.restart.is_none() && self.starts.least >= self.log.start() && !self.is_start_lowered()
    }

    /// Returns whether a change of the log start offset is under way.
    pub(super) fn is_start_moving(&self) -> bool {
        let Starts { asked, wanted, restart, .. } = &self.starts;
        asked.is_some() || wanted.is_some() || restart.is_some()
    }

    /// Returns whether the checkpoint file may have a higher log start offset than the log is to have, so that the next
    /// start of the node would drop records.
    fn is_start_lowered(&self) -> bool {
        self.starts.most > self.starts.target(self.log.start())
    }

    /// Asks the control shard to write the log start offset to the checkpoint file, unless the file has it or a write
    /// is under way.
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

    /// Notes that `log-start-offset-checkpoint` durably has the offset `saved`. If the replica still plans to raise its
    /// log start offset to `saved`, raises it. Returns false if `saved` is not the offset that the replica asked to be
    /// written last.
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
