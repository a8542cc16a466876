//! Moves a replica's log start offset: first in the checkpoint file, durably, then in the log.
//!
//! A reader or a leader that has seen a log start offset must not see a lower one after a power loss. And if the
//! checkpoint has a higher offset than the log, the next start of the node removes all records below that offset, even
//! if other replicas count on them. Therefore:
//!
//! - A raised log start offset is saved before the log uses it.
//! - Before a follower drops all its records and begins its log anew at the leader's log start offset, it saves that
//!   offset. A power loss may keep the removals of segments in any order; what is left of the dropped log then lies
//!   below the saved offset and is removed.
//! - A log start offset that a truncation has lowered is saved before any record that is appended behind it counts.
//!   Until then a follower fetches nothing, and a leader's records are not committed.
//!
//! Each log directory has one checkpoint file, which the control shard writes. One write serves all partitions that
//! have asked for one since the write before.
//!
//! **In Kafka**: `UnifiedLog.maybeIncrementLogStartOffset`. Kafka raises the log's offset first and writes the
//! checkpoint within a minute (`LogManager.checkpointLogStartOffsets`).

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
    /// For a log that was to be created, but whose folder exists because this node held the partition before. The
    /// checkpoint file may still have an entry from that time, with any offset. So the log start offset is saved before
    /// any of the log's records counts.
    pub(super) const UNKNOWN: Starts =
        Starts { least: Offset::ZERO, most: Offset(i64::MAX), asked: None, wanted: None, restart: None };

    /// For a log whose entry in the checkpoint file is `start`. A log without an entry counts as having the entry 0.
    pub(super) fn found(start: Offset) -> Starts {
        Starts { least: start, most: start, asked: None, wanted: None, restart: None }
    }

    /// Drops all plans, because the log is loaded again. If the control shard is still writing the checkpoint file for
    /// this log, its answer will be ignored.
    pub(super) fn forgotten(self) -> Starts {
        Starts { asked: None, wanted: None, restart: None, ..self }
    }

    /// The log start offset that this log's entry gets, if the checkpoint file is written now for whatever reason: the
    /// one that the control shard was asked to write, otherwise the lowest that the file may have.
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

    /// Gives up the plan to begin the log anew, so that the log keeps its records. If the checkpoint file already has
    /// the offset at which the log was to begin anew, [`Replica::save_start`] corrects the file later.
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

    /// Drops a planned raise to an offset that lies above the high watermark or below the log start offset, after the
    /// log was truncated or begun anew.
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
