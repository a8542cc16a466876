//! What is written down before a log is cut below its high watermark.
//!
//! Checkpoints say that all below the recovery point and the high watermark was durable and stays. Where an election outside
//! the in-sync set takes back what was committed, a follower is cut below both, and a crash that keeps the old checkpoints
//! would find bad bytes, or a hole, where they promise records. So the cut is written down first and synced: where it is,
//! and up to where old checkpoints may promise too much. The word goes when a flush and the high watermark have passed that.

use super::{Log, LogError, folder};
use crate::io::{Env, FileError, FilePath};
use crate::types::Offset;

/// A cut that is, or is about to be, written down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Bound {
    /// Checkpoints count up to here only.
    pub(super) to: Offset,
    /// No checkpoint promises more than this.
    high: Offset,
    word: Word,
    /// Whether the cut came, or may have come.
    is_cut: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Word {
    /// The next flush syncs it.
    Written,
    /// A flush that syncs it is under way.
    UnderWay,
    Durable,
}

impl Log {
    /// Whether the log may be cut to `to` now; if not, the next flush makes it so.
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

    /// A cut below this has to be written down first, even where the high watermark is lower: checkpoints of an earlier
    /// life, or of before a cut, may reach so far.
    #[must_use]
    pub fn promised(&self) -> Offset {
        self.flush.promised
    }

    /// Says whether the file `cut-below` needs a flush: the file is not durable and a cut waits for it, or the log is past the
    /// cut and the flush removes the file. Such a flush is due whatever the topic's flush policy is, because with Kafka's
    /// defaults the next flush may be days away, and a crash before it would make recovery cut what was durable behind the
    /// cut wherever it finds bad bytes.
    pub fn owes_bound(&mut self, high_watermark: Offset) -> bool {
        let Some(bound) = self.flush.bound else { return false };
        let is_past = bound.is_past(self.end(), self.end().min(high_watermark)) && !self.flush.owes_epochs();
        if is_past {
            // The flush syncs the folder, so that it has something to sync where all records are durable already.
            self.flush.note_names();
        }
        is_past || bound.word != Word::Durable
    }

    /// What a checkpoint of before a cut is worth as a high watermark.
    #[must_use]
    pub fn sure_high_watermark(&self, checkpointed: Offset) -> Offset {
        self.flush.bound.map_or(checkpointed, |bound| checkpointed.min(bound.to))
    }

    /// A flush ended well that reached to `covers`, and the high watermark is `high_watermark`. Where both have passed what
    /// old checkpoints may say these say nothing wrong any more.
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
    /// The word of an earlier life; it is durable, or the cut did not come.
    pub(super) fn found(to: Offset, high: Offset) -> Bound {
        Bound { to, high, word: Word::Written, is_cut: true }
    }

    /// Returns whether both checkpoints were written when the log was past the cut: earlier checkpoints say `high` at most,
    /// and the lesser of the two checkpoints is always durable (decision 7).
    pub(super) fn is_outlived(&self, recovery_point: Offset, high_watermark: Offset) -> bool {
        recovery_point.min(high_watermark) > self.high
    }

    /// What a flush that begins has to sync of it.
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

    /// Returns whether old checkpoints promise no more than a log has that ends at `end` and whose records below `kept` are
    /// durable and committed. A log that has grown past `high` waits for no cut, because [`Log::bound`] writes the file anew
    /// for a log of that length.
    fn is_past(&self, end: Offset, kept: Offset) -> bool {
        self.word == Word::Durable && (self.is_cut || end > self.high) && kept >= self.high
    }

    /// The flush that was to sync it counts for nothing.
    pub(super) fn forget(&mut self) {
        if self.word == Word::UnderWay {
            self.word = Word::Written;
        }
    }
}
