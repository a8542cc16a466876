//! Reads a log from its files in bounded steps: after an unclean stop, and for a deep truncation, which is one to an
//! offset before the batches that the log keeps in memory.
//!
//! The rule of recovery: durable bytes are never cut. Bad bytes below the durable offset are corruption, and the log is
//! not used. Bad bytes above it are what is left of appends that were never reported as durable, and everything from
//! there on is removed. Scanning twice, or again after an interruption, gives the same log. Whether the log continues
//! from one segment into the next is decided in `join`.

use super::epochs::Epochs;
use super::gaps::{Behind, is_thinned};
use super::join::Joint;
use super::repair::{self, tell};
use super::segment::Segment;
use super::{LoadHints, Log, LogError, ReadAsk, folder};
use crate::io::{Deed, Env, Fault, FileError, FilePath, Mutant, Offsets, Site, TraceEvent, TraceKind, WorkKind};
use crate::record::{BadBatch, Batch, BatchHeader, EndTxnMarker, HEADER_LEN};
use crate::types::Offset;
use crate::{mutant, sometimes};
use bytes::Bytes;
use std::collections::VecDeque;

/// A log that is being loaded from its files.
#[derive(Clone, Debug)]
pub struct Loading {
    /// The log as read so far; its last segment is the one being read.
    pub(super) log: Log,
    /// The segments behind the one being read. They are not read yet.
    pub(super) pending: VecDeque<Segment>,
    pub(super) phase: ScanPhase,
    purpose: Purpose,
    /// Bad bytes below this offset are corruption. Bad bytes above it are cut off.
    pub(super) durable_to: Offset,
    /// The epochs in `leader-epoch-checkpoint`; none if that file was missing or invalid. Batches below `durable_to`
    /// are compared with them, because a batch's checksum does not cover its epoch.
    recorded: Option<Epochs>,
    pub(super) scanned: Scanned,
    /// Whether what was read shows that compaction has removed records from this log (see `gaps`).
    pub(super) is_compacted: bool,
    /// The base offset of the first segment that is scanned.
    scanned_from: Offset,
}

/// What a loading has read from segments and cut off them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Scanned {
    /// Whether batches had to be read before the log could be used.
    pub is_recovery: bool,
    /// The bytes that were read.
    pub bytes: u64,
    /// The records in those bytes.
    pub records: u64,
    /// The bytes that were cut off, or removed with their segment.
    pub bytes_cut: u64,
}

/// Why bytes of a segment are not its next batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum NoBatch {
    /// To tell, this many bytes are needed.
    Unread(u32),
    /// The bytes are bad.
    Bad(Fault),
}

/// What the caller of [`Loading::step`] does next.
#[derive(Clone, Debug)]
pub enum Step {
    /// Call [`Loading::step`] again, in this turn or a later one.
    Again,
    /// Perform this read, give the result to [`Loading::on_read`], then call [`Loading::step`].
    Read(ReadAsk),
    /// The log is ready. The loading must not be used any more.
    Done(Box<Log>),
}

/// Why a log is loaded.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    /// The node has started, and records must be read before the log is used: the stop was unclean, or files are not as
    /// a clean stop leaves them.
    Load(LoadHints),
    /// The node has started after a clean stop: no record need be read before the log is used.
    Reopen(LoadHints),
    /// The log is to be truncated to `to`, an offset before the batches that the log keeps in memory. `from` is the
    /// log's end before the truncation.
    Cut { to: Offset, from: Offset },
}

/// What a loading is to read.
pub(super) struct Plan {
    /// The number of the first segment to be read.
    pub(super) from: usize,
    pub(super) purpose: Purpose,
    pub(super) durable_to: Offset,
    /// The epochs in `leader-epoch-checkpoint`; none if that file was missing or invalid.
    pub(super) recorded: Option<Epochs>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ScanPhase {
    /// Reads the end of the segment before the first one to be scanned, from `at` on, where a batch begins.
    Border {
        at: u64,
    },
    /// Reads the first batch of the segments to be scanned, to check that it follows the last batch of the segment
    /// before them.
    BorderJoin,
    /// Reads the last segment of `log`: `at` is the position to read next, `len` the file's length, `want` the number
    /// of bytes to read at least, because the batch at `at` has so many.
    Scan {
        at: u64,
        len: u64,
        want: u32,
    },
    /// Reads the first batch of the next segment, because the log read so far has reached or passed that segment's
    /// base. The batch tells whether the log continues in the next segment.
    Join(Joint),
    Finish,
    Spent,
}

/// The number of bytes that a scan reads at once, unless a batch is larger.
pub(super) const PIECE: u32 = 1 << 20;

/// If the last batch that the index names lies within this many bytes of a segment's end, only the segment's end from
/// that batch on is checked before the next segment is scanned. Otherwise the whole segment is scanned too.
const BORDER: u64 = 16 << 20;

impl Plan {
    /// The plan for `log`, which was reopened after a clean stop.
    pub(super) fn nothing_to_read(log: &Log, hints: LoadHints) -> Plan {
        Plan { from: log.segments.len(), purpose: Purpose::Reopen(hints), durable_to: log.end(), recorded: None }
    }
}

impl Loading {
    /// Makes the loading of `log`, whose producer state is that at the base of the first segment to be read.
    pub(super) fn new(mut log: Log, plan: Plan) -> Loading {
        let Plan { from, purpose, durable_to, recorded } = plan;
        let pending = VecDeque::from(log.segments.split_off(from));
        let is_recovery = !matches!(purpose, Purpose::Reopen(_));
        let scanned_from = if is_recovery { Offset::ZERO } else { durable_to };
        let (phase, scanned) = (ScanPhase::Finish, Scanned { is_recovery, ..Scanned::default() });
        Loading { log, pending, phase, purpose, durable_to, recorded, scanned, is_compacted: false, scanned_from }
    }

    /// Finds out where the reading begins.
    pub(super) fn start(&mut self, env: &mut Env<'_>) -> Result<(), LogError> {
        match self.purpose {
            Purpose::Reopen(_) => Ok(()),
            Purpose::Load(hints) if !hints.clean && !self.log.segments.is_empty() => self.start_at_border(env),
            Purpose::Load(_) | Purpose::Cut { .. } => self.begin(env),
        }
    }

    /// Begins with the end of the segment before the first one to be read, or with that whole segment.
    fn start_at_border(&mut self, env: &mut Env<'_>) -> Result<(), LogError> {
        let end = self.pending[0].base;
        let segment = self.log.active_mut();
        // Before the process was killed, it may have truncated this segment without a sync. So the next flush syncs the
        // segment.
        segment.forget_synced();
        if !segment.find_indexes(env) {
            return self.begin_earlier(env);
        }
        let (base, place) = (segment.base, segment.last_known_place(end, env));
        let is_sure = self.trusts_border(end, env)?;
        match place {
            Ok(at) if is_sure && self.log.active().bytes - at <= BORDER => {
                self.phase = ScanPhase::Border { at };
                Ok(())
            }
            Ok(_) => self.begin_earlier(env),
            Err(path) => {
                let len = repair::small_len(&path, env);
                tell(&path, Fault::Mismatch, Deed::Rebuilt, Offsets::Range(base, end), len, env);
                self.begin_earlier(env)
            }
        }
    }

    /// Gives the loading up and closes the log's files.
    pub fn close(self, env: &mut Env<'_>) {
        self.pending.into_iter().for_each(|mut segment| segment.close(env));
        self.log.close(env);
    }

    /// Starts to read the first segment that is not read yet, from its beginning.
    pub(super) fn begin(&mut self, env: &mut Env<'_>) -> Result<(), LogError> {
        let mut first = self.pending.pop_front().expect("there is a segment to begin with");
        let len = first.bytes;
        first.begin_scan();
        self.log.epochs.truncate_from(first.base);
        self.scanned_from = first.base;
        self.log.segments.push(first);
        self.phase = ScanPhase::Scan { at: 0, len, want: PIECE };
        self.log.keep_snapshot(self.scanned_from, env).map(drop)
    }

    /// Begins to truncate `log` to `to`, an offset before the batches that the log keeps in memory, so that segments
    /// must be read again. The log's files now belong to the loading. After an error they belong to the caller's copy of
    /// the log.
    pub(super) fn cut(mut log: Log, to: Offset, env: &mut Env<'_>) -> Result<Loading, LogError> {
        log.abandon_flush();
        let from = log.end();
        let at = log.segment_of(to);
        let at = log.with_producers(at, env)?;
        sometimes!(env, true, Site::LogDeepTruncation);
        let recorded = Some(log.epochs.clone());
        let plan = Plan { from: at, purpose: Purpose::Cut { to, from }, durable_to: to, recorded };
        let mut loading = Loading::new(log, plan);
        loading.start(env)?;
        Ok(loading)
    }

    /// What was read and cut off so far.
    #[must_use]
    pub fn scanned(&self) -> Scanned {
        self.scanned
    }

    /// Does a bounded piece of the loading, and returns what the caller does next.
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
                let mut log = core::mem::replace(&mut self.log, log);
                match self.finish(&mut log, env) {
                    Ok(()) => Ok(Step::Done(Box::new(log))),
                    Err(error) => {
                        log.close(env);
                        Err(error)
                    }
                }
            }
            ScanPhase::Spent => Err(LogError::Denied(FileError::Stale)),
        }
    }

    /// Takes the result of the last [`Step::Read`].
    pub fn on_read(&mut self, result: Result<Bytes, FileError>, env: &mut Env<'_>) -> Result<(), LogError> {
        let bytes = result?;
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
                self.scanned.bytes += bytes.len() as u64;
                self.scan_piece(at, len, &bytes, env)?;
                self.log.tail.trim(0);
                Ok(())
            }
            ScanPhase::Join(_) => self.on_join(BatchHeader::parse(&bytes).ok(), env),
            ScanPhase::BorderJoin => self.on_border_join(BatchHeader::parse(&bytes).ok(), env),
            ScanPhase::Finish | ScanPhase::Spent => Ok(()),
        }
    }

    /// Adds the whole batches in a piece of the file, which begins at position `at`, to the log.
    fn scan_piece(&mut self, at: u64, len: u64, bytes: &Bytes, env: &mut Env<'_>) -> Result<(), LogError> {
        let mut used = 0;
        while used < bytes.len() {
            let here = at + used as u64;
            env.work.add(WorkKind::Records, 1);
            let batch = self.scanned_batch(&bytes.slice(used..), len - here, env);
            if let Err(NoBatch::Unread(want)) = batch
                && here + u64::from(want) <= len
            {
                self.phase = ScanPhase::Scan { at: here, len, want };
                return Ok(());
            }
            let rest = batch.as_ref().ok().map(|it| *it.header());
            if self.reaches_next(rest) {
                self.phase = ScanPhase::Join(Joint { at: here, len, rest });
                return Ok(());
            }
            let batch = match batch {
                Ok(batch) => batch,
                Err(NoBatch::Unread(_)) => return self.cut_bad(here, len, Fault::Partial, env),
                Err(NoBatch::Bad(_)) if self.is_of_an_older_epoch(&bytes.slice(used..)) => {
                    let file = self.log.active().path.clone();
                    return Err(self.corrupt(file, here, Fault::OlderEpoch, env));
                }
                Err(NoBatch::Bad(fault)) => return self.cut_bad(here, len, fault, env),
            };
            let header = *batch.header();
            if let Purpose::Cut { to, .. } = self.purpose
                && header.next() > to
            {
                return self.cut_here(here, to.min(header.base), env);
            }
            used += batch.bytes().len();
            self.is_compacted |= header.base > self.log.end() || is_thinned(&header);
            self.scanned.records += u64::from(header.count.unsigned_abs());
            self.log.took(&header, EndTxnMarker::parse(&batch), None, env);
            if let Some(epoch) = header.leader_epoch {
                self.log.epochs.assign(epoch, header.base);
            }
        }
        self.phase = ScanPhase::Scan { at: at + used as u64, len, want: PIECE };
        Ok(())
    }

    /// Returns the batch at the start of `bytes`, if it is the segment's next one. The file has `left` bytes from there
    /// on.
    fn scanned_batch(&self, bytes: &Bytes, left: u64, env: &Env<'_>) -> Result<Batch, NoBatch> {
        let batch = Batch::parse(bytes)?;
        let (header, active) = (batch.header(), self.log.active());
        let in_place = header.base >= active.end
            && header.last().0 - active.base.0 <= i64::from(i32::MAX)
            && header.leader_epoch >= self.log.latest_epoch()
            && self.is_of_its_epoch(header);
        if !in_place {
            return Err(NoBatch::Bad(Fault::OutOfPlace));
        }
        let unchecked = mutant!(env, Mutant::M33) && self.pending.is_empty();
        if !unchecked && !batch.is_intact() {
            return Err(NoBatch::Bad(Fault::Checksum));
        }
        if header.base > active.end {
            let is_borne_out = match Behind::of(header, bytes, left) {
                Behind::Batch(next) => next.base >= header.next(),
                Behind::Nothing => self.pending.front().map_or(self.is_compacted, |next| header.next() <= next.base),
                Behind::Unread(want) => return Err(NoBatch::Unread(want)),
            };
            if !is_borne_out && !is_thinned(header) {
                return Err(NoBatch::Bad(Fault::OutOfPlace));
            }
        }
        Ok(batch)
    }

    /// Returns whether the next batch of the file has an older epoch than the batch before it. No crash leaves such a
    /// file, because appends after an unclean stop or a truncation go to a new file. So the disk has changed one of the
    /// two epochs, which no checksum covers. The caller then cuts nothing, because the batches behind may have been
    /// acknowledged.
    fn is_of_an_older_epoch(&self, bytes: &Bytes) -> bool {
        let end = self.log.end();
        let is_here = |batch: &Batch| batch.header().base == end && batch.is_intact();
        end > self.log.active().base
            && Batch::parse(bytes)
                .is_ok_and(|batch| is_here(&batch) && batch.header().leader_epoch < self.log.latest_epoch())
    }

    /// Says that bytes that were durable are bad, at `position` of `file`, and returns the error.
    pub(super) fn corrupt(&self, file: FilePath, position: u64, fault: Fault, env: &mut Env<'_>) -> LogError {
        let (partition, at) = (self.log.partition, self.log.end());
        env.trace.emit(TraceKind::Corrupt, || TraceEvent::Corrupt { partition, at, file, position, fault });
        LogError::Corrupt(at)
    }

    fn is_of_its_epoch(&self, header: &BatchHeader) -> bool {
        header.base >= self.durable_to || self.recorded.as_ref().is_none_or(|it| it.agree_with(header))
    }

    /// Cuts off the bad bytes from position `at` on, and removes all later segments. If the records there were durable,
    /// returns [`LogError::Corrupt`] and removes nothing.
    fn cut_bad(&mut self, at: u64, len: u64, fault: Fault, env: &mut Env<'_>) -> Result<(), LogError> {
        let expected = self.log.end();
        let file = self.log.active().path.clone();
        if expected < self.durable_to {
            return Err(self.corrupt(file, at, fault, env));
        }
        sometimes!(env, true, Site::LogTornTailCut);
        self.drop_pending(Fault::BehindEnd, env)?;
        env.files.truncate(self.log.active().file, at)?;
        self.scanned.bytes_cut += len - at;
        tell(&file, fault, Deed::CutAt(at), Offsets::From(expected), len - at, env);
        self.phase = ScanPhase::Finish;
        Ok(())
    }

    /// Handles the end of a segment: continues with the next segment, or finishes if there is none.
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
        let base = next.base;
        if base > expected && !self.is_gap_of_compaction(base, env)? {
            // Records are missing between this segment and the next one. If they lie above the durable offset, a crash
            // has lost the end of this segment and kept a later segment. The later segments are then removed.
            if expected >= self.durable_to {
                self.phase = ScanPhase::Finish;
                return self.drop_pending(Fault::BehindGap, env);
            }
            // Below the durable offset no segment is removed.
            let file = self.log.active().path.clone();
            tell(&file, Fault::BeforeGap, Deed::Kept, Offsets::Range(expected, base), 0, env);
            return self.next_segment(None, env);
        }
        let len = self.log.active().bytes;
        self.phase = ScanPhase::Join(Joint { at: len, len, rest: None });
        Ok(())
    }

    /// Carries out a deep truncation: cuts the file at position `at`, so that the log ends at `end`.
    fn cut_here(&mut self, at: u64, end: Offset, env: &mut Env<'_>) -> Result<(), LogError> {
        while let Some(mut segment) = self.pending.pop_back() {
            segment.remove(env)?;
        }
        env.files.truncate(self.log.active().file, at)?;
        let active = self.log.active_mut();
        (active.end, active.ended) = (end, true);
        self.phase = ScanPhase::Finish;
        Ok(())
    }

    /// Removes the segments that were not read, because of `fault`, the newest first, so that a crash in between leaves
    /// no gap.
    fn drop_pending(&mut self, fault: Fault, env: &mut Env<'_>) -> Result<(), LogError> {
        while let Some(mut segment) = self.pending.pop_back() {
            self.scanned.bytes_cut += segment.bytes;
            segment.discard(fault, env)?;
        }
        Ok(())
    }

    fn finish(&mut self, log: &mut Log, env: &mut Env<'_>) -> Result<(), LogError> {
        if !matches!(self.purpose, Purpose::Reopen(_)) {
            log.remove_stray_snapshots(self.scanned_from, env)?;
        }
        match self.purpose {
            Purpose::Load(hints) | Purpose::Reopen(hints) => self.finish_load(log, hints, env),
            Purpose::Cut { from, .. } => Loading::finish_cut(log, from, env),
        }
    }

    fn finish_cut(log: &mut Log, from: Offset, env: &mut Env<'_>) -> Result<(), LogError> {
        let end = log.end();
        log.active_mut().complete(env)?;
        log.active_mut().ended = true;
        log.truncations += 1;
        log.flush.note_truncation(end);
        if end < log.start {
            // The log start offset lay within the batch that was cut off: the log begins anew there, without records.
            return log.restart_at(log.start, env);
        }
        log.save_epochs(env)?;
        let partition = log.partition;
        env.trace.emit(TraceKind::Truncated, || TraceEvent::Truncated { partition, from, to: end });
        Ok(())
    }

    fn finish_load(&mut self, log: &mut Log, hints: LoadHints, env: &mut Env<'_>) -> Result<(), LogError> {
        let end = log.end();
        log.active_mut().complete(env)?;
        log.active_mut().ended = !hints.clean;
        let durable = if hints.clean { end } else { end.min(self.durable_to) };
        let promised = if hints.clean { hints.recovery_point } else { self.durable_to };
        if end < promised {
            let file = log.active().path.clone();
            tell(&file, Fault::TooShort, Deed::Kept, Offsets::Range(end, promised), 0, env);
        }
        log.discard_snapshots_above(end, env)?;
        log.expire_producers(env);
        log.start = log.segments[0].base.max(hints.log_start);
        log.flush.found_durable(durable.max(log.start.min(end)));
        if log.start > end {
            // The log ends below the checkpointed log start offset. As in Kafka, it begins anew there, so that records
            // that were deleted before the stop do not come back.
            for segment in &log.segments {
                let (path, offsets) = (&segment.path, repair::offsets(segment.base, segment.end));
                tell(path, Fault::BelowStart, Deed::Removed, offsets, segment.bytes, env);
                self.scanned.bytes_cut += segment.bytes;
            }
            log.restart_at(hints.log_start, env)?;
        }
        if let Some(behind) = self.recorded.as_ref().and_then(|it| it.first_above(end)) {
            let path = log.folder.join(folder::EPOCHS);
            let len = repair::small_len(&path, env);
            tell(&path, Fault::BehindEnd, Deed::Rebuilt, Offsets::From(behind), len, env);
        }
        let changed = log.epochs.truncate_from(log.end()) | log.epochs.advance_start(log.start);
        match self.purpose {
            // The file says the same as the log's batches, so it stays. But the process that wrote it may have been
            // killed before it synced the file, and what is read may be in the page cache alone: the next flush syncs
            // the file. If the disk failed under this log, a sync alone would not write the file's pages, so that the
            // file is replaced.
            Purpose::Load(_) if self.recorded.as_ref() == Some(&log.epochs) && !log.flush.is_in_doubt() => {
                log.flush.note_epochs(true);
            }
            Purpose::Load(_) => log.save_epochs(env)?,
            Purpose::Reopen(_) | Purpose::Cut { .. } if changed => log.save_epochs(env)?,
            Purpose::Reopen(_) | Purpose::Cut { .. } => {}
        }
        if log.end() < hints.high_watermark {
            log.bound_by_loss(self.durable_to, env)?;
        }
        let (partition, start, end) = (log.partition, log.start, log.end());
        let (clean, bytes_cut) = (hints.clean, self.scanned.bytes_cut);
        env.trace.emit(TraceKind::Loaded, || TraceEvent::Loaded { partition, start, end, clean, bytes_cut });
        Ok(())
    }
}

impl From<BadBatch> for NoBatch {
    fn from(bad: BadBatch) -> NoBatch {
        match bad {
            BadBatch::Partial(want) => NoBatch::Unread(want),
            bad => NoBatch::Bad(repair::fault_of(bad)),
        }
    }
}
