//! What a log lets go of at its front: whole segments, behind a log start offset that is on disk already.
//!
//! Retention goes in three steps, and a crash may come between any two. [`Log::expired`] says where the log might begin.
//! The caller has that written to `log-start-offset-checkpoint`, durably, and then calls [`Log::advance_start`]. From then
//! on readers begin there, and [`Log::let_go`] renames the files of segments that lie below. A power loss may keep these
//! renames in any order: a start removes whatever lies below the checkpoint's offset, so that no hole is left that it
//! would have to make sense of.
//!
//! **In Kafka**: `UnifiedLog.deleteOldSegments` (`deleteLogStartOffsetBreachedSegments`,
//! `deleteRetentionSizeBreachedSegments`, `deleteRetentionMsBreachedSegments`), `maybeIncrementLogStartOffset`,
//! `LocalLog.removeAndDeleteSegments`, `LeaderEpochFileCache.truncateFromStartAsyncFlush`. A producer that has appended
//! nothing above the start is still known there, as here (KAFKA-7190); only its snapshots go with their segments.

use super::segment::Segment;
use super::{Log, LogError, folder};
use crate::io::{Entry, Env, FileError, FilePath, TraceEvent, TraceKind};
use crate::types::{Offset, StartCause};

/// Where retention would have a log begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Expired {
    /// The first offset that stays: a segment begins there.
    pub to: Offset,
    /// What lets the records below it go.
    pub cause: StartCause,
}

/// What [`Log::let_go`] has done.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LetGo {
    /// Files under the names that they have until they are removed.
    pub files: Vec<FilePath>,
    /// Whether more segments lie below the start, and can go in another call.
    pub more: bool,
}

impl Log {
    /// Where retention by size and by time would have the log begin, after a look at no more than `most` segments; none
    /// where all stay. Records above the high watermark stay in any case (KAFKA-5634). A segment that is still appended to
    /// is closed first, where its records are to go.
    ///
    /// # Errors
    /// The disk failed while a segment was closed. On a full disk that segment stays.
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

    /// Whether retention by size would let a closed segment go.
    #[must_use]
    pub fn is_over_size(&self, high_watermark: Offset) -> bool {
        let first = self.segment_of(self.start);
        let is_closed = first + 1 < self.segments.len();
        self.config.deletes && is_closed && self.expired_by_size(first, first + 1, high_watermark) > first
    }

    /// The log begins at `to` from here on, which the checkpoint says already; the epochs and the trace say so too. A
    /// start that is behind already stays.
    ///
    /// # Errors
    /// The disk failed. A full disk is none: the epochs are written later.
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

    /// Whether whole segments lie below the start.
    #[must_use]
    pub fn has_let_go(&self) -> bool {
        self.segment_of(self.start) > 0
    }

    /// Takes at most `most` segments that lie below the start out of the log, and gives their files other names under which
    /// they can be removed later. A segment that a flush under way is about to sync waits for that, and all of them wait until
    /// the producer snapshot is durable with which the next one begins: without it a power loss would take what the log knows
    /// of producers that have appended nothing since.
    ///
    /// # Errors
    /// The disk failed. On a full disk the segments stay until the next call.
    pub fn let_go(&mut self, most: usize, env: &mut Env<'_>) -> Result<LetGo, LogError> {
        self.check_health()?;
        let (settled, durable) = (self.flush.settled_below(), self.flush.recovery_point);
        let below = self.segment_of(self.start);
        let is_free = |segment: &&Segment| segment.base < settled && segment.end <= durable;
        let free = self.segments[..below].iter().take_while(is_free).count();
        let mut done = LetGo::default();
        let mut gone = 0;
        // The oldest first: the segments that a kill leaves follow each other without a gap.
        while gone < free.min(most) {
            match self.segments[gone].set_aside(env) {
                Ok(files) => done.files.extend(files),
                Err(FileError::NoSpace) => break,
                Err(error) => return self.fail(error.into()),
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

    /// At a start: of the segments that a listing names, those that are of no use because all of them lies below `start`.
    /// Removes their files, with the snapshots below, and returns the segments that are left.
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
            env.files.remove(&self.folder.join(&entry.name))?;
            self.flush.note_names();
        }
        Ok(bases[passed..].to_vec())
    }

    /// Behind the last segment, from `first` on, without which the log holds at least `retention.bytes`.
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

    /// Behind the last segment, from `first` on, whose newest record is older than `retention.ms`. A segment without any
    /// timestamp counts from when it was made, or found at a start: Kafka goes by the file's own time there.
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

    /// Whether all of a segment is committed. An empty last one has nothing to let go of.
    fn may_go(&self, segment: &Segment, high_watermark: Offset) -> bool {
        segment.end <= high_watermark && (segment.bytes > 0 || segment.base < self.active().base)
    }

    /// The last segment is to go: appends go on in another.
    fn roll_expired(&mut self, env: &mut Env<'_>) -> Result<Offset, LogError> {
        let (base, end) = (self.active().base, self.end());
        match self.roll(end, None, env) {
            Ok(()) => Ok(end),
            Err(FileError::NoSpace) => Ok(base),
            Err(error) => self.fail(error.into()),
        }
    }

    fn remove_snapshots_below(&mut self, offset: Offset, env: &mut Env<'_>) -> Result<(), LogError> {
        let kept = self.snapshots.split_off(&offset);
        for below in core::mem::replace(&mut self.snapshots, kept) {
            let path = self.folder.join(&folder::file_name(below, folder::SNAPSHOT));
            self.flush.forget_snapshot(&path);
            match env.files.remove(&path) {
                Ok(()) | Err(FileError::NotFound | FileError::NoSpace) => {}
                Err(error) => return self.fail(error.into()),
            }
        }
        Ok(())
    }
}
