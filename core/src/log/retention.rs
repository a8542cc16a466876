//! Removes whole segments at a log's front, below a log start offset that is on disk already.
//!
//! Retention goes in three steps, and a crash may come between any two. [`Log::expired`] proposes a log start offset.
//! The caller writes it durably to `log-start-offset-checkpoint`, and then calls [`Log::advance_start`]. From then on
//! readers begin at that offset, and [`Log::let_go`] renames the files of the segments below it. A power loss may keep
//! only some of these renames. So when the node starts, the log removes all segments below the offset in the
//! checkpoint, and never finds a gap between the others.
//!
//! **In Kafka**: `UnifiedLog.deleteOldSegments` (`deleteLogStartOffsetBreachedSegments`,
//! `deleteRetentionSizeBreachedSegments`, `deleteRetentionMsBreachedSegments`), `maybeIncrementLogStartOffset`,
//! `LocalLog.removeAndDeleteSegments`, `LeaderEpochFileCache.truncateFromStartAsyncFlush`. In Kafka as here, the log
//! still knows a producer that has appended nothing above the log start offset (KAFKA-7190). Only the producer
//! snapshots of the removed segments are removed.

use super::repair::tell;
use super::segment::Segment;
use super::{Log, LogError, folder};
use crate::io::{Deed, Entry, Env, Fault, FileError, FilePath, Offsets, TraceEvent, TraceKind};
use crate::types::{Offset, StartCause};

/// A log start offset that retention proposes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Expired {
    /// The first offset that stays. A segment begins there.
    pub to: Offset,
    /// Which limit the records below `to` exceed.
    pub cause: StartCause,
}

/// The result of [`Log::let_go`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LetGo {
    /// The renamed files, which the caller must remove later.
    pub files: Vec<FilePath>,
    /// Whether another call can remove more segments that lie below the log start offset.
    pub more: bool,
}

impl Log {
    /// Returns the log start offset that retention by size and time demands, after examining at most `most` segments;
    /// none if all records stay. Records above the high watermark stay in any case (KAFKA-5634). If all records of the
    /// active segment have expired, that segment is closed first.
    ///
    /// # Errors
    /// The disk failed while a segment was closed. If the disk is full, or another limit is reached, that segment stays.
    pub fn expired(
        &mut self,
        high_watermark: Offset,
        most: usize,
        env: &mut Env<'_>,
    ) -> Result<Option<Expired>, LogError> {
        self.check_health()?;
        if !self.config.deletes {
            return Ok(None);
        }
        let first = self.segment_of(self.start);
        let behind = (first + most).min(self.segments.len());
        let by_size = self.expired_by_size(first, behind, high_watermark);
        let by_time = self.expired_by_time(by_size, behind, high_watermark, env);
        let cause = if by_time > by_size { StartCause::Time } else { StartCause::Size };
        let to = match self.segments.get(by_time) {
            Some(segment) => segment.base,
            None => self.roll_expired(env)?,
        };
        Ok((to > self.start).then_some(Expired { to, cause }))
    }

    /// Returns whether retention by size would remove the oldest segment now. The active segment does not count.
    #[must_use]
    pub fn is_over_size(&self, high_watermark: Offset) -> bool {
        let first = self.segment_of(self.start);
        let is_closed = first + 1 < self.segments.len();
        self.config.deletes && is_closed && self.expired_by_size(first, first + 1, high_watermark) > first
    }

    /// Raises the log start offset to `to`, which the checkpoint on disk names already, and drops the epochs below it.
    /// Does nothing if the log start offset is not below `to`.
    ///
    /// # Errors
    /// The disk failed. A full disk is not an error: the epochs are written later.
    pub fn advance_start(&mut self, to: Offset, cause: StartCause, env: &mut Env<'_>) -> Result<(), LogError> {
        self.check_health()?;
        if to <= self.start {
            return Ok(());
        }
        assert!(to <= self.end(), "a log begins within itself");
        self.start = to;
        let partition = self.partition;
        env.trace.emit(TraceKind::LogStart, || TraceEvent::LogStart { partition, to, cause });
        if self.epochs.advance_start(to) { self.save_epochs(env) } else { Ok(()) }
    }

    /// Returns whether the log has segments that lie wholly below the log start offset, for [`Log::let_go`] to remove.
    #[must_use]
    pub fn has_let_go(&self) -> bool {
        self.segment_of(self.start) > 0
    }

    /// Takes at most `most` segments that lie wholly below the log start offset out of the log. Their files are only
    /// renamed, because reads under way may still use them: the caller removes the files later. A segment stays while
    /// the flush under way syncs its files. It also stays until the producer snapshot at the base of the next segment
    /// is durable: without that snapshot a power loss would lose the state of producers that have appended nothing
    /// since.
    ///
    /// # Errors
    /// The disk failed. If a rename is denied for another reason, the segments stay until the next call.
    pub fn let_go(&mut self, most: usize, env: &mut Env<'_>) -> Result<LetGo, LogError> {
        self.check_health()?;
        let (settled, durable) = (self.flush.settled_below(), self.flush.recovery_point);
        let below = self.segment_of(self.start);
        let is_free = |segment: &&Segment| segment.base < settled && segment.end <= durable;
        let free = self.segments[..below].iter().take_while(is_free).count();
        let mut done = LetGo::default();
        let mut gone = 0;
        // Renames the oldest segment first, so that no gap is left between segments if the process is killed.
        while gone < free.min(most) {
            match self.segments[gone].set_aside(env) {
                Ok(files) => done.files.extend(files),
                Err(error) if error.is_of_device() => return self.fail(error.into()),
                Err(_) => break,
            }
            let (partition, base, end) = (self.partition, self.segments[gone].base, self.segments[gone].end);
            env.trace.emit(TraceKind::SegmentGone, || TraceEvent::SegmentGone { partition, base, end });
            gone += 1;
        }
        if gone > 0 {
            self.segments.drain(..gone);
            self.remove_snapshots_below(self.segments[0].base.min(settled), env)?;
            self.flush.note_names();
        }
        done.more = gone < free && gone == most;
        Ok(done)
    }

    /// When a log is loaded, removes the files of segments that lie wholly below the log start offset `start`, and the
    /// producer snapshots below it. `bases` are the base offsets of the segments in the folder; returns those that are
    /// left.
    pub(super) fn pass_over(
        &mut self,
        bases: Vec<Offset>,
        start: Offset,
        listed: &[Entry],
        env: &mut Env<'_>,
    ) -> Result<Vec<Offset>, FileError> {
        let passed = bases.partition_point(|base| *base <= start).saturating_sub(1);
        let Some(first) = bases.get(passed).copied() else {
            return Ok(bases);
        };
        let is_below = |name: &str| {
            let offset = folder::offset_of(name, folder::LOG).or_else(|| folder::offset_of(name, folder::SNAPSHOT));
            offset.is_some_and(|offset| offset < first)
        };
        for entry in listed.iter().filter(|entry| is_below(&entry.name)) {
            let path = self.folder.join(&entry.name);
            env.files.remove(&path)?;
            let base = folder::offset_of(&entry.name, folder::LOG).map_or(Offsets::None, Offsets::From);
            tell(&path, Fault::Passed, Deed::Removed, base, entry.len, env);
            self.flush.note_names();
        }
        Ok(bases[passed..].to_vec())
    }

    /// Returns the number of the first segment, from `first` on, that retention by size keeps. Even without the
    /// segments before it the log holds at least `retention.bytes`.
    fn expired_by_size(&self, first: usize, behind: usize, high_watermark: Offset) -> usize {
        let Ok(bound) = u64::try_from(self.config.retention_bytes) else {
            return first;
        };
        let bytes = self.active().origin + self.active().bytes - self.segments[first].origin;
        let mut excess = bytes.checked_sub(bound);
        let goes = |segment: &&Segment| {
            excess = excess.and_then(|excess| excess.checked_sub(segment.bytes));
            excess.is_some() && self.may_go(segment, high_watermark)
        };
        first + self.segments[first..behind].iter().take_while(goes).count()
    }

    /// Returns the number of the first segment, from `first` on, that retention by time keeps. In each segment before
    /// it, the newest record is older than `retention.ms`. If a segment has no timestamps, its age counts from when it
    /// was created, or from when the node found it at its start. Kafka takes the file's modification time then.
    fn expired_by_time(&mut self, first: usize, behind: usize, high_watermark: Offset, env: &mut Env<'_>) -> usize {
        let age = self.config.retention_ms;
        let mut at = first;
        while age >= 0 && at < behind && self.may_go(&self.segments[at], high_watermark) {
            let segment = &mut self.segments[at];
            let newest = segment.newest(env).map_or(segment.known_since(), |(timestamp, _)| timestamp);
            if env.now.wall.0.saturating_sub(newest) <= age {
                break;
            }
            at += 1;
        }
        at
    }

    /// Returns whether retention may remove a segment: all its records are committed, and it is not an empty active
    /// segment.
    fn may_go(&self, segment: &Segment, high_watermark: Offset) -> bool {
        segment.end <= high_watermark && (segment.bytes > 0 || segment.base < self.active().base)
    }

    /// Closes the active segment, all of whose records are to be removed, so that appends continue in another segment.
    /// Returns the base of the segment that is active then. If the new segment cannot be made, on a full disk for
    /// example, nothing changes.
    fn roll_expired(&mut self, env: &mut Env<'_>) -> Result<Offset, LogError> {
        let (base, end) = (self.active().base, self.end());
        match self.roll(end, None, env) {
            Ok(()) => Ok(end),
            Err(error) if error.is_of_device() => self.fail(error.into()),
            Err(_) => Ok(base),
        }
    }

    fn remove_snapshots_below(&mut self, offset: Offset, env: &mut Env<'_>) -> Result<(), LogError> {
        let kept = self.snapshots.split_off(&offset);
        for below in core::mem::replace(&mut self.snapshots, kept) {
            let path = self.folder.join(&folder::file_name(below, folder::SNAPSHOT));
            self.flush.forget_snapshot(&path);
            match env.files.remove(&path) {
                Err(error) if error.is_of_device() => return self.fail(error.into()),
                // The next start of the node removes a snapshot that could not be removed.
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
}
