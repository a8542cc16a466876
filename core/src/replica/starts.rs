//! A replica's log start offset on its way: first into the checkpoint file, durably, then into the log.
//!
//! A reader or a leader that has seen a start must not see less after a power loss. And a checkpoint that says more than
//! the log does makes the next start drop what lies below, whoever counts on it. So a start that rises is saved before the
//! log goes by it. So is the leader's start before a follower below it drops all that it has: a power loss keeps the removals
//! of segments in any order, and what is left of the dropped log then lies below the start and goes. A start that a cut
//! lowered is saved before anything appended there counts: a follower fetches no more until then, and the records of a leader
//! are not committed.
//!
//! The control shard writes the file, one for a log directory, for all who ask at a time.
//!
//! **In Kafka**: `UnifiedLog.maybeIncrementLogStartOffset`; the checkpoint follows within a minute there
//! (`LogManager.checkpointLogStartOffsets`).

use super::Output;
use super::loaded::{Failure, Replica};
use crate::io::Env;
use crate::types::{Offset, StartCause};

/// What the checkpoint file may say of a log's start, and what it is to say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Starts {
    /// The file says this or more.
    least: Offset,
    /// The file says this or less.
    most: Offset,
    /// The control shard was asked to write this, and has not answered.
    asked: Option<Offset>,
    /// Where the log is to begin once the file says so.
    wanted: Option<(Offset, StartCause)>,
    /// Where the log is to go on, without anything that it has, once the file says so.
    restart: Option<Offset>,
}

impl Starts {
    /// What the file says of a folder that came back is not known here.
    pub(super) const UNKNOWN: Starts =
        Starts { least: Offset::ZERO, most: Offset(i64::MAX), asked: None, wanted: None, restart: None };

    /// A start found this in the file, or nothing, which is nought.
    pub(super) fn found(start: Offset) -> Starts {
        Starts { least: start, most: start, asked: None, wanted: None, restart: None }
    }

    /// The log is loaded again: an answer that is still to come is not waited for.
    pub(super) fn forgotten(self) -> Starts {
        Starts { asked: None, wanted: None, restart: None, ..self }
    }

    /// What a checkpoint of this log may say at present.
    pub(super) fn to_checkpoint(self) -> Offset {
        self.asked.unwrap_or(self.least)
    }

    /// What the file is to say, for a log that begins at `start`.
    fn target(self, start: Offset) -> Offset {
        self.restart.unwrap_or_else(|| self.wanted.map_or(start, |(to, _)| to))
    }
}

impl Replica {
    /// Has the log begin at `to`, as soon as that is saved. A start that is behind already stays.
    pub(super) fn raise_start(&mut self, to: Offset, cause: StartCause, out: &mut Vec<Output>) {
        if to > self.starts.target(self.log.start()) {
            self.starts.wanted = Some((to, cause));
            self.save_start(out);
        }
    }

    /// Has the log go on at `to`, without anything that it has, as soon as that is saved.
    pub(super) fn plan_restart(&mut self, to: Offset) {
        self.starts.restart = Some(to);
    }

    /// Where the log is to go on at once, because the file says so.
    pub(super) fn take_restart(&mut self) -> Option<Offset> {
        let Starts { least, most, asked, restart, .. } = &mut self.starts;
        restart.take_if(|to| asked.is_none() && (*least, *most) == (*to, *to))
    }

    /// The log stays as it is. The file may say already that it goes on elsewhere.
    pub(super) fn give_up_restart(&mut self) {
        self.starts.restart = None;
    }

    /// Whether a power loss can neither lower the log's start nor drop what is appended behind it.
    pub(super) fn is_start_saved(&self) -> bool {
        self.starts.restart.is_none() && self.starts.least >= self.log.start() && !self.is_start_lowered()
    }

    /// Whether the log's start is on its way to another place.
    pub(super) fn is_start_moving(&self) -> bool {
        let Starts { asked, wanted, restart, .. } = &self.starts;
        asked.is_some() || wanted.is_some() || restart.is_some()
    }

    /// Whether the file may say more than the log does, so that the next start would drop records of the log.
    fn is_start_lowered(&self) -> bool {
        self.starts.most > self.starts.target(self.log.start())
    }

    /// Asks for what the file is to say, unless it says so or a question is under way.
    pub(super) fn save_start(&mut self, out: &mut Vec<Output>) {
        let target = self.starts.target(self.log.start());
        let Starts { least, most, asked, .. } = &mut self.starts;
        if asked.is_none() && (*least, *most) != (target, target) {
            (*least, *most, *asked) = (target.min(*least), target.max(*most), Some(target));
            out.push(Output::SaveStart(target));
        }
    }

    /// The log was cut back, or begins anew: what lies behind the high watermark's new place, or below the log, is not to
    /// begin the log any more.
    pub(super) fn keep_start_committed(&mut self) {
        let may_begin = self.log.start()..=self.high_watermark;
        self.starts.wanted = self.starts.wanted.filter(|(to, _)| may_begin.contains(to));
    }

    /// The file says `saved`, durably. Returns whether that was asked for.
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
