//! The file `cut-below`, which is written before a log is truncated below its high watermark.
//!
//! The checkpoints say that every record below the recovery point and the high watermark is durable and stays. An
//! election from outside the in-sync set can undo committed records: a follower is then truncated below both. If a
//! crash brings the old checkpoints back, recovery would find bad bytes, or a gap, where they promise records. So the
//! cut is recorded and synced first: its offset, and the offset up to which old checkpoints may promise too much. The
//! file is removed when a flush and the high watermark have both passed the latter.

use super::{Log, LogError, folder};
use crate::io::{Env, FileError, FilePath};
use crate::types::Offset;

/// A truncation that is recorded in `cut-below`, or about to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Bound {
    /// The offset of the cut: checkpoints from before it count only up to here.
    pub(super) to: Offset,
    /// No checkpoint from before the cut names a higher offset than this.
    high: Offset,
    word: Word,
    /// Whether the log was cut, or may have been.
    is_cut: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Word {
    /// The next flush syncs the file.
    Written,
    /// A flush that syncs the file is under way.
    UnderWay,
    Durable,
}

impl Log {
    /// Records a cut to `to`, unless that is done already. Returns whether the record is durable, so that the log may
    /// be truncated now; if not, the next flush makes it durable.
    pub fn bound(&mut self, to: Offset, env: &mut Env<'_>) -> Result<bool, LogError> {
        let before = self.flush.bound;
        if let Some(bound) = before
            && bound.to <= to
            && self.end() <= bound.high
        {
            return Ok(bound.word == Word::Durable);
        }
        let high = before.map_or(Offset::ZERO, |bound| bound.high).max(self.end()).max(self.flush.claimed);
        let to = before.map_or(to, |bound| bound.to.min(to));
        match folder::write_bound(&self.folder, to, high, env) {
            Ok(()) => {}
            Err(FileError::NoSpace) => return Err(LogError::NoSpace),
            Err(error) => return self.fail(LogError::Disk(error)),
        }
        self.flush.bound = Some(Bound { to, high, word: Word::Written, is_cut: false });
        self.flush.promised = self.flush.promised.max(high);
        self.flush.note_names();
        Ok(false)
    }

    /// A truncation below this offset must be recorded by [`Log::bound`] first, even if the high watermark is lower:
    /// checkpoints from before a restart or an earlier truncation may promise records up to here.
    #[must_use]
    pub fn promised(&self) -> Offset {
        self.flush.promised
    }

    /// Returns whether the file `cut-below` needs a flush: it is not durable and a truncation waits for it, or the log
    /// is past the cut and the flush removes it. Such a flush is due whatever the topic's flush policy is, because with
    /// Kafka's defaults the next flush may be days away. Until then a crash would make recovery cut durable records
    /// behind the cut wherever it finds bad bytes.
    pub fn owes_bound(&mut self, high_watermark: Offset) -> bool {
        let Some(bound) = self.flush.bound else { return false };
        let is_past = bound.is_past(self.end(), self.end().min(high_watermark)) && !self.flush.owes_epochs();
        if is_past {
            // The flush syncs the folder. Otherwise it would have nothing to sync, and not begin, where all records are
            // durable already.
            self.flush.note_names();
        }
        is_past || bound.word != Word::Durable
    }

    /// Returns how much of a checkpointed high watermark can be trusted: no more than the recorded cut, if there is
    /// one.
    #[must_use]
    pub fn sure_high_watermark(&self, checkpointed: Offset) -> Offset {
        self.flush.bound.map_or(checkpointed, |bound| checkpointed.min(bound.to))
    }

    /// Removes `cut-below` after a flush that reached `covers` has succeeded, if the flush and the high watermark have
    /// both passed the offset up to which old checkpoints may promise records. From then on the old checkpoints say
    /// nothing wrong.
    pub(super) fn settle_bound(
        &mut self,
        covers: Offset,
        high_watermark: Offset,
        completely: bool,
        env: &mut Env<'_>,
    ) -> Result<(), LogError> {
        let end = self.end();
        let Some(bound) = &mut self.flush.bound else { return Ok(()) };
        if bound.word == Word::UnderWay {
            bound.word = Word::Durable;
        }
        if !completely || !bound.is_past(end, covers.min(high_watermark)) {
            return Ok(());
        }
        self.flush.bound = None;
        self.flush.note_names();
        match env.files.remove(&self.folder.join(folder::BOUND)) {
            Ok(()) | Err(FileError::NotFound) => Ok(()),
            Err(error) => self.fail(LogError::Disk(error)),
        }
    }
}

impl Bound {
    /// A bound read from `cut-below` at a start. The log was truncated only after this file was synced, so either the
    /// file is durable or the truncation never happened.
    pub(super) fn found(to: Offset, high: Offset) -> Bound {
        Bound { to, high, word: Word::Written, is_cut: true }
    }

    /// Returns whether both checkpoints were written after the log had passed the cut. Checkpoints from before the cut
    /// name `high` at most, and the lesser of the two checkpoints is always durable (decision 7).
    pub(super) fn is_outlived(&self, recovery_point: Offset, high_watermark: Offset) -> bool {
        recovery_point.min(high_watermark) > self.high
    }

    /// Returns the path of `cut-below` if the flush that begins must sync it.
    pub(super) fn take(&mut self, folder: &FilePath) -> Option<FilePath> {
        let is_due = self.word == Word::Written;
        is_due.then(|| {
            self.word = Word::UnderWay;
            folder.join(folder::BOUND)
        })
    }

    pub(super) fn note_cut(&mut self) {
        self.is_cut = true;
    }

    /// Returns whether `cut-below` is no longer needed, for a log that ends at `end` and whose records below `kept` are
    /// durable and committed. It is needed until `kept` has reached `high`, because checkpoints from before the cut may
    /// promise records up to `high`. It is also needed while a truncation that it records has not been carried out, which
    /// can be the case only as long as the log ends at or below `high`: for a longer log, [`Log::bound`] writes the file
    /// anew.
    fn is_past(&self, end: Offset, kept: Offset) -> bool {
        self.word == Word::Durable && (self.is_cut || end > self.high) && kept >= self.high
    }

    /// Notes that the flush that was to sync the file was abandoned, so that the next flush syncs it.
    pub(super) fn forget(&mut self) {
        if self.word == Word::UnderWay {
            self.word = Word::Written;
        }
    }
}
