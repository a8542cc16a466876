//! Truncates a log.

use super::partition_log::Health;
use super::producers::Producers;
use super::seam::LogTail;
use super::segment::Segment;
use super::{Loading, Log, LogError, folder};
use crate::io::{Env, FileError, TraceEvent, TraceKind};
use crate::types::Offset;

/// The result of a truncation.
#[derive(Clone, Debug)]
pub enum Truncated {
    /// The log is truncated. It ends at the offset asked for, or at the base of the batch that had that offset.
    Done,
    /// The offset lies before the newest batches, which the log keeps in memory: the log is loaded from disk again up
    /// to that offset, and truncated then. The replica waits for this as for the loading when the node starts, and
    /// serves nothing meanwhile.
    Reload(Box<Loading>),
}

impl Log {
    /// Drops all records at and above `to`. After [`Truncated::Reload`] this log must not be used any more.
    ///
    /// The boundaries of the log's last batches, and the producer state at each, are kept in memory. If `to` lies
    /// within these batches, the log is cut at once. Further back both must be read from the disk. Such a deep
    /// truncation is rare, and a [`Loading`] carries it out.
    pub fn truncate_to(&mut self, to: Offset, env: &mut Env<'_>) -> Result<Truncated, LogError> {
        self.check_health()?;
        // KAFKA-10706: an epoch that begins at `to` is dropped even if the log already ends there, because the log has
        // no record of that epoch.
        if self.epochs.truncate_from(to) {
            self.save_epochs(env)?;
        }
        if to >= self.end() {
            return Ok(Truncated::Done);
        }
        if to <= self.start {
            self.restart_at(to, env)?;
            return Ok(Truncated::Done);
        }
        let Some(batch) = self.tail.find(to) else {
            let loading = Loading::cut(self.clone(), to, env)?;
            self.health = Health::Spent;
            return Ok(Truncated::Reload(Box::new(loading)));
        };
        if batch.base < self.start {
            // The batch with the record at `to` is cut off as a whole. The log start offset lies within this batch too,
            // so no record is left.
            self.restart_at(self.start, env)?;
            return Ok(Truncated::Done);
        }
        let (end, at) = (to.min(batch.base), batch.at);
        let producers = self.tail.truncate(end);
        match self.cut(end, at, producers, env) {
            Ok(()) => Ok(Truncated::Done),
            Err(error) => self.fail(error.into()),
        }
    }

    /// Drops all records and lets the log begin anew at `at`. If `log-start-offset-checkpoint` has another offset, the
    /// caller must have `at` written there before it acknowledges or reports anything that is appended from now on:
    /// after a crash, the log begins where that file says.
    pub fn restart_at(&mut self, at: Offset, env: &mut Env<'_>) -> Result<(), LogError> {
        self.check_health()?;
        match self.try_restart_at(at, env) {
            Ok(()) => self.save_epochs(env),
            Err(error) => self.fail(error.into()),
        }
    }

    fn try_restart_at(&mut self, at: Offset, env: &mut Env<'_>) -> Result<(), FileError> {
        let from = self.end();
        self.truncations += 1;
        self.remove_segments_behind(0, env)?;
        self.remove_snapshots_above(Offset::ZERO, env)?;
        self.epochs.truncate_from(Offset::ZERO);
        self.begin_with(Producers::default(), LogTail::Nothing);
        self.begin_anew(at, 0, env)?;
        self.start = at;
        self.flush.found_durable(at);
        self.flush.note_cut();
        self.flush.note_names();
        self.traced_truncation(from, at, env);
        Ok(())
    }

    /// Cuts the log where a batch ends: `end` is the offset behind that batch, and `at` the position of its end in the
    /// log, counted over all segments.
    pub(super) fn cut(
        &mut self,
        end: Offset,
        at: u64,
        producers: Producers,
        env: &mut Env<'_>,
    ) -> Result<(), FileError> {
        let from = self.end();
        self.truncations += 1;
        self.remove_snapshots_above(end, env)?;
        // Removes the newest segment first, so that a crash in between leaves a log without a gap.
        self.remove_segments_behind(self.segment_of(end), env)?;
        if self.epochs.truncate_from(end) {
            self.flush.note_epochs(folder::write_epochs(&self.folder, &self.epochs.encode(), env).is_ok());
        }
        let newest = self.tail.newest_from(self.active().base);
        let active = self.active_mut();
        let bytes = at - active.origin;
        if bytes > 0 {
            active.truncate(bytes, end, newest, env)?;
        } else {
            self.begin_anew(end, at, env)?;
        }
        (self.producers, self.ends_with) = (producers, self.tail.last());
        self.flush.note_truncation(end);
        self.flush.note_names();
        self.traced_truncation(from, end, env);
        Ok(())
    }

    /// Removes the segments behind number `last`, the newest first, so that a crash in between leaves a log without a
    /// gap.
    fn remove_segments_behind(&mut self, last: usize, env: &mut Env<'_>) -> Result<(), FileError> {
        while self.segments.len() > last + 1 {
            self.active_mut().remove(env)?;
            self.segments.pop();
        }
        Ok(())
    }

    /// Replaces the active segment by an empty one in a new file. If the old file were emptied instead, a power loss
    /// could bring its batches back. If this fails, the old segment stays in the list, since a log must have a segment.
    pub(super) fn begin_anew(&mut self, base: Offset, origin: u64, env: &mut Env<'_>) -> Result<(), FileError> {
        if base != self.active().base {
            self.active_mut().remove(env)?;
        }
        let next = Segment::create(&self.folder, base, origin, env)?;
        core::mem::replace(self.active_mut(), next).close(env);
        Ok(())
    }

    fn traced_truncation(&self, from: Offset, to: Offset, env: &mut Env<'_>) {
        let partition = self.partition;
        env.trace.emit(TraceKind::Truncated, || TraceEvent::Truncated { partition, from, to });
    }
}
