//! Cutting a log back.

use super::partition_log::Health;
use super::producers::Producers;
use super::seam::LogTail;
use super::segment::Segment;
use super::{Loading, Log, LogError, folder};
use crate::io::{Env, FileError, TraceEvent, TraceKind};
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
    ///
    /// Within the remembered tail a cut is made at once: the boundary and producer state are known. Further back both
    /// would need the disk, and a truncation so deep is rare enough to be a job of its own.
    pub fn truncate_to(&mut self, to: Offset, env: &mut Env<'_>) -> Result<Truncated, LogError> {
        self.check_health()?;
        // KAFKA-10706: also where the log already ends there, epochs that begin there go.
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
            // The log begins within the batch that is to be cut off.
            self.restart_at(self.start, env)?;
            return Ok(Truncated::Done);
        }
        let (end, at) = (to.min(batch.base), batch.at);
        let producers = self.tail.truncate(end);
        match self.cut(end, at, producers, env) {
            Ok(()) => Ok(Truncated::Done),
            Err(error) => self.fail(LogError::Disk(error)),
        }
    }

    /// Drops everything and goes on at `at`, above the old end or below the old start. The checkpoint of log starts may
    /// say something else: before anything that is appended then may count, the caller has it written.
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

    /// Cuts where a batch ends: `end` is the offset behind it and `at` its end as the log counts bytes.
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
        // The newest first: what a crash in between leaves is a log without a gap.
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

    /// The newest first: what a crash in between leaves is a log without a gap.
    fn remove_segments_behind(&mut self, last: usize, env: &mut Env<'_>) -> Result<(), FileError> {
        while self.segments.len() > last + 1 {
            self.active_mut().remove(env)?;
            self.segments.pop();
        }
        Ok(())
    }

    /// Replaces the active segment by an empty one in a new file, because a power loss could bring the old file's batches
    /// back. Where that fails the log still has a segment to speak of.
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
