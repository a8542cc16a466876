//! Reading a log from its files, in bounded steps: after a stop that was not clean, and for a deep truncation.
//!
//! The rule of recovery: what was durable is never cut. Bad bytes below the durable offset are corruption, and the log
//! is not used; above it they are what a crash left of appends that nobody was promised, and everything from there on
//! goes. Scanning twice, or being cut off in the middle of it, comes to the same log. Whether it goes on from one segment
//! to the next is decided in `join`.

use super::epochs::Epochs;
use super::join::Joint;
use super::segment::Segment;
use super::{LoadHints, Log, LogError, ReadAsk};
use crate::io::{Env, FileError, Mutant, Site, TraceEvent, TraceKind};
use crate::record::{BadBatch, Batch, BatchHeader, EndTxnMarker, HEADER_LEN};
use crate::types::Offset;
use crate::{mutant, sometimes};
use bytes::Bytes;
use std::collections::VecDeque;

/// A log on its way into use.
#[derive(Clone, Debug)]
pub struct Loading {
    /// Its last segment is the one that is being read.
    pub(super) log: Log,
    /// The segments behind that.
    pub(super) pending: VecDeque<Segment>,
    pub(super) phase: ScanPhase,
    purpose: Purpose,
    /// Bad bytes below this are corruption.
    pub(super) durable_to: Offset,
    /// What the checkpoint says of epochs below that; a batch's checksum does not cover its epoch.
    recorded: Epochs,
    pub(super) bytes_cut: u64,
    /// Where a hole was found between segments.
    hole: Option<Offset>,
    /// The base of the first segment that is read.
    scanned_from: Offset,
}

/// What to do next.
#[derive(Clone, Debug)]
pub enum Step {
    /// Call [`Loading::step`] again, in this turn or a later one.
    Again,
    /// Read, then [`Loading::on_read`], then [`Loading::step`].
    Read(ReadAsk),
    /// The log is ready. Take it: the loading is spent.
    Done(Box<Log>),
}

/// What a log is read for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    /// To be used after a start that had to read it.
    Load(LoadHints),
    /// To be used after a start that had not.
    Reopen(LoadHints),
    /// To be cut back to `to`.
    Cut { to: Offset, from: Offset },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ScanPhase {
    /// A batch begins at `at`, not far from the end of the last segment, behind which reading is to begin.
    Border {
        at: u64,
    },
    /// The last batch before the border is known; the first batch behind it tells whether the log goes on there.
    BorderJoin,
    /// `at` is where the last segment is read on, `len` its length, `want` the least that helps.
    Scan {
        at: u64,
        len: u64,
        want: u32,
    },
    /// The log has come to where the next segment begins, or beyond: the first batch there tells whether the log goes on in
    /// it.
    Join(Joint),
    Finish,
    Spent,
}

/// A scan reads in pieces of this size.
pub(super) const PIECE: u32 = 1 << 20;

/// A segment whose index names no batch so near its end is read whole.
const BORDER: u64 = 16 << 20;

impl Loading {
    /// Nothing has to be read.
    pub(super) fn ready(log: Log, hints: LoadHints) -> Loading {
        let durable_to = log.end();
        let purpose = Purpose::Reopen(hints);
        let (pending, phase) = (VecDeque::new(), ScanPhase::Finish);
        let (recorded, scanned_from) = (Epochs::default(), durable_to);
        Loading { log, pending, phase, purpose, durable_to, recorded, bytes_cut: 0, hole: None, scanned_from }
    }

    /// Reads `log` from its segment `from` on, as of whose base its producer state is.
    pub(super) fn scan(
        mut log: Log,
        from: usize,
        purpose: Purpose,
        durable_to: Offset,
        env: &mut Env<'_>,
    ) -> Result<Loading, LogError> {
        let pending = VecDeque::from(log.segments.split_off(from));
        let recorded = log.epochs.clone();
        let (phase, scanned_from) = (ScanPhase::Finish, Offset::ZERO);
        let mut loading =
            Loading { log, pending, phase, purpose, durable_to, recorded, bytes_cut: 0, hole: None, scanned_from };
        match purpose {
            Purpose::Load(hints) if !hints.clean && from > 0 => {
                let end = loading.pending[0].base;
                let segment = loading.log.active_mut();
                // A cut that a kill left in the page cache only is durable with the next flush.
                segment.forget_synced();
                let place = segment.last_known_place(end, env);
                let is_sure = loading.trusts_border(end, env)?;
                match place {
                    Some(at) if is_sure && loading.log.active().bytes - at <= BORDER => {
                        loading.phase = ScanPhase::Border { at };
                    }
                    Some(_) | None => loading.begin_earlier(env)?,
                }
            }
            _ => loading.begin(env)?,
        }
        Ok(loading)
    }

    /// The first of the pending segments is read from its beginning.
    pub(super) fn begin(&mut self, env: &mut Env<'_>) -> Result<(), LogError> {
        let mut first = self.pending.pop_front().expect("there is a segment to begin with");
        let len = first.bytes;
        first.begin_scan();
        self.log.epochs.truncate_from(first.base);
        self.scanned_from = first.base;
        self.log.keep_snapshot(first.base, env)?;
        self.log.segments.push(first);
        self.phase = ScanPhase::Scan { at: 0, len, want: PIECE };
        Ok(())
    }

    /// Cuts `log` back to `to`, further than it remembers. Its files are the loading's from now on.
    pub(super) fn cut(mut log: Log, to: Offset, env: &mut Env<'_>) -> Result<Loading, LogError> {
        log.abandon_flush();
        let from = log.end();
        let at = log.segment_of(to);
        let at = log.with_producers(at, env)?;
        sometimes!(env, true, Site::LogDeepTruncation);
        Loading::scan(log, at, Purpose::Cut { to, from }, to, env)
    }

    /// A bounded piece of work.
    pub fn step(&mut self, env: &mut Env<'_>) -> Result<Step, LogError> {
        match self.phase {
            ScanPhase::Border { at } => {
                let len = u32::try_from(self.log.active().bytes - at).unwrap_or(u32::MAX);
                Ok(Step::Read(ReadAsk { file: self.log.active().file, at, len }))
            }
            ScanPhase::Scan { at, len, want } if at < len => {
                let len = u64::from(want.max(PIECE)).min(len - at) as u32;
                Ok(Step::Read(ReadAsk { file: self.log.active().file, at, len }))
            }
            ScanPhase::Scan { .. } => {
                self.end_segment(env)?;
                Ok(Step::Again)
            }
            ScanPhase::Join(_) | ScanPhase::BorderJoin => match self.pending.front() {
                Some(next) if next.bytes >= HEADER_LEN as u64 => {
                    Ok(Step::Read(ReadAsk { file: next.file, at: 0, len: HEADER_LEN as u32 }))
                }
                Some(_) | None => {
                    self.on_join(None, env)?;
                    Ok(Step::Again)
                }
            },
            ScanPhase::Finish => {
                self.phase = ScanPhase::Spent;
                let log = Log::bare(self.log.folder.clone(), self.log.partition, self.log.config);
                let log = core::mem::replace(&mut self.log, log);
                self.finish(log, env).map(|log| Step::Done(Box::new(log)))
            }
            ScanPhase::Spent => Err(LogError::Disk(FileError::Stale)),
        }
    }

    /// What the last [`Step::Read`] brought.
    pub fn on_read(&mut self, result: Result<Bytes, FileError>, env: &mut Env<'_>) -> Result<(), LogError> {
        let bytes = result.map_err(LogError::Disk)?;
        match self.phase {
            ScanPhase::Border { at } => self.on_border(at, &bytes, env),
            ScanPhase::Scan { at, len, want } => {
                if (bytes.len() as u64) < u64::from(want.max(PIECE)).min(len - at) {
                    return Err(LogError::Disk(FileError::Io));
                }
                if self.log.flush.is_in_doubt() && !matches!(self.purpose, Purpose::Cut { .. }) {
                    env.files.rewrite(self.log.active().file, at, &bytes)?;
                    sometimes!(env, true, Site::LogRewritten);
                }
                self.scan_piece(at, len, &bytes, env)?;
                self.log.tail.trim(0);
                Ok(())
            }
            ScanPhase::Join(_) => self.on_join(BatchHeader::parse(&bytes).ok(), env),
            ScanPhase::BorderJoin => self.on_border_join(BatchHeader::parse(&bytes).ok(), env),
            ScanPhase::Finish | ScanPhase::Spent => Ok(()),
        }
    }

    /// Takes the whole batches of a piece that begins at `at`.
    fn scan_piece(&mut self, at: u64, len: u64, bytes: &Bytes, env: &mut Env<'_>) -> Result<(), LogError> {
        let mut used = 0;
        while used < bytes.len() {
            let here = at + used as u64;
            let batch = match self.scanned_batch(&bytes.slice(used..), env) {
                Err(BadBatch::Partial(want)) if here + u64::from(want) <= len => {
                    self.phase = ScanPhase::Scan { at: here, len, want };
                    return Ok(());
                }
                batch => batch.ok(),
            };
            let rest = batch.as_ref().map(|it| *it.header());
            if self.reaches_next(rest) {
                self.phase = ScanPhase::Join(Joint { at: here, len, rest });
                return Ok(());
            }
            let Some(batch) = batch else {
                let is_older = self.is_of_an_older_epoch(&bytes.slice(used..));
                return if is_older { Err(self.corrupt(env)) } else { self.cut_bad(here, len, env) };
            };
            let header = *batch.header();
            if let Purpose::Cut { to, .. } = self.purpose
                && header.next() > to
            {
                return self.cut_here(here, to.min(header.base), env);
            }
            self.log.took(&header, EndTxnMarker::parse(&batch), None, env);
            if let Some(epoch) = header.leader_epoch {
                self.log.epochs.assign(epoch, header.base);
            }
            used += batch.bytes().len();
        }
        self.phase = ScanPhase::Scan { at: at + used as u64, len, want: PIECE };
        Ok(())
    }

    fn scanned_batch(&self, bytes: &Bytes, env: &Env<'_>) -> Result<Batch, BadBatch> {
        let batch = Batch::parse(bytes)?;
        let (header, active) = (batch.header(), self.log.active());
        let in_place = self.log.follows(header.base, active.end)
            && header.last().0 - active.base.0 <= i64::from(i32::MAX)
            && header.leader_epoch >= self.log.latest_epoch()
            && self.is_of_its_epoch(header);
        if !in_place {
            return Err(BadBatch::Field);
        }
        let unchecked = mutant!(env, Mutant::M33) && self.pending.is_empty();
        if !unchecked && !batch.is_intact() {
            return Err(BadBatch::Crc);
        }
        Ok(batch)
    }

    /// Whether the batch that belongs here is of an older epoch than the one before it in the same file. A file is appended
    /// to within one life and never behind a cut, so no crash leaves that: one of the two epochs, which no checksum
    /// covers, is rotten, and what lies behind may have been promised.
    fn is_of_an_older_epoch(&self, bytes: &Bytes) -> bool {
        let end = self.log.end();
        let is_here = |batch: &Batch| self.log.follows(batch.header().base, end) && batch.is_intact();
        end > self.log.active().base
            && Batch::parse(bytes)
                .is_ok_and(|batch| is_here(&batch) && batch.header().leader_epoch < self.log.latest_epoch())
    }

    pub(super) fn corrupt(&self, env: &mut Env<'_>) -> LogError {
        let (partition, at) = (self.log.partition, self.log.end());
        env.trace.emit(TraceKind::Corrupt, || TraceEvent::Corrupt { partition, at });
        LogError::Corrupt(at)
    }

    fn is_of_its_epoch(&self, header: &BatchHeader) -> bool {
        header.base >= self.durable_to || self.recorded.agree_with(header)
    }

    /// Everything from `at` on goes, unless it was durable.
    fn cut_bad(&mut self, at: u64, len: u64, env: &mut Env<'_>) -> Result<(), LogError> {
        let expected = self.log.end();
        if expected < self.durable_to {
            return Err(self.corrupt(env));
        }
        sometimes!(env, true, Site::LogTornTailCut);
        self.drop_pending(env)?;
        env.files.truncate(self.log.active().file, at)?;
        self.bytes_cut += len - at;
        self.phase = ScanPhase::Finish;
        Ok(())
    }

    /// The last segment was read to its end.
    fn end_segment(&mut self, env: &mut Env<'_>) -> Result<(), LogError> {
        let expected = self.log.end();
        let Some(next) = self.pending.front() else {
            self.phase = ScanPhase::Finish;
            return Ok(());
        };
        if let Purpose::Cut { to, .. } = self.purpose
            && next.base > to
        {
            let len = self.log.active().bytes;
            return self.cut_here(len, to, env);
        }
        // A segment that was cut short by the crash, with a later one intact, leaves a hole.
        if next.base > expected {
            if expected >= self.durable_to {
                self.phase = ScanPhase::Finish;
                return self.drop_pending(env);
            }
            // Compaction leaves such holes too; below the durable offset nothing is thrown away.
            self.hole.get_or_insert(expected);
            return self.next_segment(None, env);
        }
        let len = self.log.active().bytes;
        self.phase = ScanPhase::Join(Joint { at: len, len, rest: None });
        Ok(())
    }

    /// A deep truncation has found its place.
    fn cut_here(&mut self, at: u64, end: Offset, env: &mut Env<'_>) -> Result<(), LogError> {
        self.drop_pending(env)?;
        env.files.truncate(self.log.active().file, at)?;
        let active = self.log.active_mut();
        (active.end, active.ended) = (end, true);
        self.phase = ScanPhase::Finish;
        Ok(())
    }

    /// Removes the segments behind the last one, the newest first: a crash in between leaves no hole.
    fn drop_pending(&mut self, env: &mut Env<'_>) -> Result<(), LogError> {
        while let Some(mut segment) = self.pending.pop_back() {
            self.bytes_cut += segment.bytes;
            segment.remove(env)?;
        }
        Ok(())
    }

    fn finish(&mut self, mut log: Log, env: &mut Env<'_>) -> Result<Log, LogError> {
        let end = log.end();
        if !matches!(self.purpose, Purpose::Reopen(_)) {
            log.remove_stray_snapshots(self.scanned_from, env)?;
        }
        match self.purpose {
            Purpose::Load(hints) | Purpose::Reopen(hints) => self.finish_load(&mut log, hints, end, env)?,
            Purpose::Cut { from, .. } => {
                log.active_mut().complete(env)?;
                log.active_mut().ended = true;
                log.truncations += 1;
                log.flush.note_truncation(end);
                if end < log.start {
                    // The log begins within the batch that was cut off.
                    log.restart_at(log.start, env)?;
                    return Ok(log);
                }
                log.save_epochs(env)?;
                let partition = log.partition;
                env.trace.emit(TraceKind::Truncated, || TraceEvent::Truncated { partition, from, to: end });
            }
        }
        Ok(log)
    }

    fn finish_load(&mut self, log: &mut Log, hints: LoadHints, end: Offset, env: &mut Env<'_>) -> Result<(), LogError> {
        log.active_mut().complete(env)?;
        log.active_mut().ended = !hints.clean;
        let durable = if hints.clean { end } else { end.min(self.durable_to) };
        let promised = if hints.clean { hints.recovery_point } else { self.durable_to };
        let lost = self.hole.or((end < promised).then_some(end));
        log.lost_from = log.lost_from.or(lost);
        log.remove_snapshots_above(end, env)?;
        log.expire_producers(env);
        log.start = log.segments[0].base.max(hints.log_start);
        log.flush.found_durable(durable.max(log.start.min(end)));
        if log.start > end {
            // As in Kafka: records that were deleted before the stop are not to come back.
            log.restart_at(hints.log_start, env)?;
        }
        let changed = log.epochs.truncate_from(log.end()) | log.epochs.advance_start(log.start);
        if changed || matches!(self.purpose, Purpose::Load(_)) {
            log.save_epochs(env)?;
        }
        let (partition, start, end) = (log.partition, log.start, log.end());
        let (clean, bytes_cut) = (hints.clean, self.bytes_cut);
        env.trace.emit(TraceKind::Loaded, || TraceEvent::Loaded { partition, start, end, clean, bytes_cut });
        Ok(())
    }
}
