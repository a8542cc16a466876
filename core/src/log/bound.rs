//! The file `cut-below`, which is written before a log is truncated below its high watermark, and when a log is found
//! to end there.
//!
//! Two checkpoint files hold a log's recovery point and its high watermark. They say that every record below both
//! offsets is durable and stays. But an unclean leader election can undo committed records: a follower is then
//! truncated below both offsets. If a crash brings the old checkpoints back, recovery would find bad bytes, or a gap,
//! where the checkpoints say that records are durable.
//!
//! A power loss can undo committed records too, since Kafka's default is not to sync them. The log then grows again from
//! where it ends, and the old checkpoint of the high watermark would call uncommitted records committed.
//!
//! So before the truncation, or when the log is loaded after the loss, its offset (the cut) is written to `cut-below`,
//! and the file is synced. The file also holds a second offset: the one up to which old checkpoints may wrongly say that
//! records are durable. The file is removed when a flush and the high watermark have both reached the second offset.

use super::{Log, LogError, folder};
use crate::io::{Env, FileError, FilePath};
use crate::types::Offset;

/// A truncation that is recorded in `cut-below`, or about to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Bound {
    /// The offset at which the log is cut. Checkpoints from before the cut are trusted only up to this offset.
    pub(super) to: Offset,
    /// No checkpoint from before the cut names a higher offset than this.
    high: Offset,
    word: Word,
    /// Whether the truncation was carried out. This is not known for a file `cut-below` that was found when the node
    /// started. It then counts as carried out, so that the file can be removed once it is no longer needed.
    is_cut: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Word {
    /// `cut-below` is written but not synced; the next flush syncs it.
    Written,
    /// A flush that syncs `cut-below` is under way.
    UnderWay,
    Durable,
}

impl Log {
    /// Records in `cut-below` that the log is about to be truncated to `to`, unless the file says so already. Returns
    /// whether the file is durable, so that the log may be truncated now. If it is not durable yet, the next flush
    /// makes it so.
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
            Err(error) => return self.deny(error),
        }
        self.flush.bound = Some(Bound { to, high, word: Word::Written, is_cut: false });
        self.flush.promised = self.flush.promised.max(high);
        self.flush.note_names();
        Ok(false)
    }

    /// Records in `cut-below` that a power loss took committed records: the log ends below the checkpointed high
    /// watermark. Only what is below `durable_to` was surely kept. The records above may be of an earlier history, if a
    /// truncation was lost as well; and the log will grow past its present end again, with records that may not be
    /// committed. The old checkpoint must not say that they are.
    pub(super) fn bound_by_loss(&mut self, durable_to: Offset, env: &mut Env<'_>) -> Result<(), LogError> {
        self.bound(durable_to.max(self.start).min(self.end()), env)?;
        self.flush.note_cut();
        Ok(())
    }

    /// Returns the offset below which a truncation must first be recorded with [`Log::bound`], even if the high
    /// watermark is lower. Checkpoint files from before a restart or an earlier truncation may say that records up to
    /// this offset are durable.
    #[must_use]
    pub fn promised(&self) -> Offset {
        self.flush.promised
    }

    /// Returns whether a flush is needed because of the file `cut-below`. There are two such cases: a truncation waits
    /// until the file is durable, or the file is no longer needed and the flush removes it.
    ///
    /// Such a flush is due whatever the topic's flush policy is, because with Kafka's defaults the next flush may be
    /// days away. Meanwhile the truncation would wait. And as long as the file exists, recovery after a crash cuts the
    /// log wherever it finds bad bytes above the recorded cut, even if the records there were durable.
    pub fn owes_bound(&mut self, high_watermark: Offset) -> bool {
        let Some(bound) = self.flush.bound else { return false };
        let is_past = bound.is_past(self.end(), self.end().min(high_watermark)) && !self.flush.owes_epochs();
        if is_past {
            // Marks the folder as changed, so that the flush has something to sync. Otherwise, if all records are
            // durable already, no flush would begin and the file would stay.
            self.flush.note_names();
        }
        is_past || bound.word != Word::Durable
    }

    /// Returns the high watermark that can be trusted after the node has started. This is `checkpointed`, the one in
    /// the checkpoint file. If `cut-below` records a lower cut, it is the offset of that cut.
    #[must_use]
    pub fn sure_high_watermark(&self, checkpointed: Offset) -> Offset {
        self.flush.bound.map_or(checkpointed, |bound| checkpointed.min(bound.to))
    }

    /// Removes `cut-below` when it is no longer needed. This is so when the flush that has just succeeded and the high
    /// watermark have both reached `high`, the offset up to which old checkpoints may say that records are durable. The
    /// records up to `high` are then durable again, and the old checkpoints are right. `covers` is the offset up to
    /// which the flush made records durable. `completely` says whether the leader epochs were written too.
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
        match env.files.remove(&self.folder.join(folder::BOUND)) {
            Ok(()) | Err(FileError::NotFound) => {
                self.flush.bound = None;
                self.flush.note_names();
                Ok(())
            }
            // Unless the disk failed, the file stays, and the next flush tries again to remove it.
            Err(error) => self.deny(error),
        }
    }
}

impl Bound {
    /// Makes the value for a file `cut-below` that was found when the node started. It is not known whether the file
    /// was synced, so the next flush syncs it. If it was not synced, the log was not truncated either.
    pub(super) fn found(to: Offset, high: Offset) -> Bound {
        Bound { to, high, word: Word::Written, is_cut: true }
    }

    /// Returns whether the checkpoints of the recovery point and of the high watermark were both written after the log
    /// had grown past `high`. A checkpoint from before the cut names `high` at most, so both must name more. Then all
    /// records below the lower of the two are durable (`docs/decisions/0007`), and `cut-below` is outdated.
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
    /// durable and committed. It is needed in two cases:
    /// - `kept` has not reached `high` yet. Checkpoints from before the cut may say that records up to `high` are
    ///   durable.
    /// - The truncation that it records has not been carried out. If the log has grown past `high` in the meantime,
    ///   this case does not count: before such a log is truncated, [`Log::bound`] writes the file anew.
    fn is_past(&self, end: Offset, kept: Offset) -> bool {
        self.word == Word::Durable && (self.is_cut || end > self.high) && kept >= self.high
    }

    /// Notes that the flush that was to sync `cut-below` was abandoned, so that the next flush syncs it.
    pub(super) fn forget(&mut self) {
        if self.word == Word::UnderWay {
            self.word = Word::Written;
        }
    }
}
