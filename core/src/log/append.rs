//! Appends batches to the log. A leader appends a client's batch. A follower appends batches exactly as the leader
//! stored them.

use super::producers::{Checked, ProducerAppend};
use super::seam::{BatchId, LogTail};
use super::segment::Segment;
use super::tail::Cached;
use super::{AppendError, Log, LogError};
use crate::io::{Env, FileError, Mutant, Site, TraceEvent, TraceKind};
use crate::record::{Batch, BatchHeader, Batches, EndTxnMarker, STAMP_LEN, ValidBatch};
use crate::types::{ErrorCode, LeaderEpoch, Offset};
use crate::{buggify, mutant};
use bytes::Bytes;

/// The result of an append by the leader.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Appended {
    /// The batch was appended.
    New {
        /// The offset of the batch's first record.
        base: Offset,
        /// The offset of the batch's last record.
        last: Offset,
    },
    /// The producer sent the batch before, and it is in the log already (KIP-98).
    Duplicate {
        /// The first offset of the batch in the log.
        base: Offset,
        /// The last offset of the batch in the log.
        last: Offset,
    },
}

impl Log {
    /// Appends a client's batch, stamped with the next offset and the leader's epoch.
    pub fn append_as_leader(
        &mut self,
        batch: &ValidBatch,
        epoch: LeaderEpoch,
        env: &mut Env<'_>,
    ) -> Result<Appended, AppendError> {
        self.check_health()?;
        self.expire_producers(env);
        let checked = self.producers.check(batch.header());
        match checked.map_err(|(error, why)| AppendError::Refused(error, why))? {
            Checked::Duplicate { base, last } if !mutant!(env, Mutant::M05) => {
                let partition = self.partition;
                env.trace.emit(TraceKind::Duplicate, || TraceEvent::Duplicate { partition, base });
                return Ok(Appended::Duplicate { base, last });
            }
            Checked::Duplicate { .. } | Checked::Next => {}
        }
        let base = self.end();
        let header = BatchHeader { base, leader_epoch: Some(epoch), ..*batch.header() };
        if header.len > self.config.segment_bytes {
            return Err(AppendError::Refused(ErrorCode::RecordListTooLarge, "the batch is larger than segment.bytes"));
        }
        if base.0.checked_add(i64::from(header.last_offset_delta) + 1).is_none() {
            return Err(AppendError::Refused(ErrorCode::InvalidRecord, "the log has no more offsets"));
        }
        self.roll_if_full(&header, env)?;
        let parts = batch.stamped(base, epoch);
        self.write(&parts, &header, env)?;
        let cached = Cached::new(parts, batch.held());
        self.took(&header, None, Some(cached), env);
        self.traced(&header, true, env);
        self.trim_tail(env);
        self.assign(epoch, base, env)?;
        Ok(Appended::New { base, last: header.last() })
    }

    /// Appends whole batches as the leader stored them, after checking each. A partial batch at the end, as a fetch
    /// response may have one, is left out. `held` is the size in bytes of the frame that `records` keeps alive in
    /// memory. Returns the first and the last offset appended, or none if there was no whole batch. A bad batch is
    /// refused with CORRUPT_MESSAGE, and a batch that does not follow the log's end with OFFSET_OUT_OF_RANGE. If good
    /// batches came before the refused one, those are appended, and there is no error.
    pub fn append_as_follower(
        &mut self,
        records: &Bytes,
        held: u32,
        env: &mut Env<'_>,
    ) -> Result<Option<(Offset, Offset)>, AppendError> {
        self.check_health()?;
        self.expire_producers(env);
        // All batches keep the memory of the same frame alive, so the cache counts each batch with its share of the
        // frame's size.
        let share = |len: usize| (held as u64 * len as u64 / records.len().max(1) as u64) as u32;
        let mut run: Vec<Batch> = Vec::new();
        let (mut run_bytes, mut end) = (0, self.end());
        let (mut first, mut refusal) = (None, None);
        for batch in Batches::new(records.clone()) {
            if let Ok(batch) = &batch
                && self.begins_within(batch)
            {
                self.begin_within(batch, share(batch.bytes().len()), env)?;
                (first, end) = (Some(batch.header().base), self.end());
                continue;
            }
            let batch = match self.check_follower_batch(batch, end) {
                Ok(Some(batch)) => batch,
                Ok(None) => break,
                Err(error) => {
                    refusal = Some(error);
                    break;
                }
            };
            if self.is_full(batch.header(), run_bytes, env) {
                self.append_run(&mut run, share, env)?;
                self.roll_if_full(batch.header(), env)?;
                run_bytes = 0;
            }
            first.get_or_insert(batch.header().base);
            end = batch.header().next();
            run_bytes += u64::from(batch.header().len);
            run.push(batch);
        }
        self.append_run(&mut run, share, env)?;
        match (first, refusal) {
            (Some(first), _) => Ok(Some((first, Offset(end.0 - 1)))),
            (None, Some(error)) => Err(error),
            (None, None) => Ok(None),
        }
    }

    /// Checks a batch that a follower got from the leader, in a log that ends at `end`. Returns none for a partial
    /// batch, which a fetch response may have at its end.
    fn check_follower_batch(
        &self,
        batch: Result<Batch, crate::record::BadBatch>,
        end: Offset,
    ) -> Result<Option<Batch>, AppendError> {
        use crate::record::BadBatch::Partial;
        let batch = match batch {
            Ok(batch) if batch.is_intact() => batch,
            Err(Partial(_)) => return Ok(None),
            Ok(_) | Err(_) => {
                return Err(AppendError::Refused(ErrorCode::CorruptMessage, "a batch from the leader is bad"));
            }
        };
        let header = batch.header();
        // As in Kafka, offsets may be missing: compaction has removed records from the leader's log. The fetch was made
        // from this log's end, so the leader has no record in between.
        if header.base < end {
            return Err(AppendError::Refused(
                ErrorCode::OffsetOutOfRange,
                "a batch from the leader is not the next one",
            ));
        }
        // Leader epochs never decrease within a log. So no leader sends a batch without an epoch, or with an older
        // epoch than the batch before it.
        if header.leader_epoch.is_none() || header.leader_epoch < self.latest_epoch() {
            return Err(AppendError::Refused(ErrorCode::CorruptMessage, "a batch from the leader has an old epoch"));
        }
        Ok(Some(batch))
    }

    /// Appends the batches of `run` with a single write to the file, and empties `run`. `share` returns how much memory
    /// a batch of the given length keeps alive.
    fn append_run(
        &mut self,
        run: &mut Vec<Batch>,
        share: impl Fn(usize) -> u32,
        env: &mut Env<'_>,
    ) -> Result<(), AppendError> {
        let Some(first) = run.first().map(|it| *it.header()) else { return Ok(()) };
        let parts: Vec<Bytes> = run.iter().map(|it| it.bytes().clone()).collect();
        self.write(&parts, &first, env)?;
        for batch in run.drain(..) {
            let header = *batch.header();
            let cached = Cached::new([Bytes::new(), batch.bytes().clone()], share(batch.bytes().len()));
            self.took(&header, EndTxnMarker::parse(&batch), Some(cached), env);
            self.traced(&header, false, env);
            if let Some(epoch) = header.leader_epoch {
                self.assign(epoch, header.base, env)?;
            }
        }
        self.trim_tail(env);
        Ok(())
    }

    fn trim_tail(&mut self, env: &mut Env<'_>) {
        self.tail.trim(self.config.cache_bytes);
        if buggify!(env, Site::LogShortMemory) {
            self.tail.trim_all(0);
            self.tail.forget(2);
        }
    }

    /// Updates what is kept in memory after a batch was added to the log: the segment's indexes, the producer state,
    /// and the log's last batches. This is called for every batch, whether it was appended, or found by a scan of a
    /// segment file (when the log is loaded or truncated).
    pub(super) fn took(
        &mut self,
        header: &BatchHeader,
        marker: Option<EndTxnMarker>,
        cached: Option<Cached>,
        env: &mut Env<'_>,
    ) {
        let interval = self.config.index_interval_bytes;
        let segment = self.active_mut();
        debug_assert!(header.base >= segment.end);
        let at = segment.origin + segment.bytes;
        segment.note(header, interval, env);
        let append = ProducerAppend::of(header, marker);
        if let Some(append) = &append {
            self.producers.apply(append);
        }
        self.tail.push(header, at, append, cached);
        self.ends_with = LogTail::Batch(BatchId::of(header));
    }

    pub(super) fn traced(&self, header: &BatchHeader, as_leader: bool, env: &mut Env<'_>) {
        let partition = self.partition;
        env.trace.emit(TraceKind::Appended, || TraceEvent::Appended {
            partition,
            base: header.base,
            last: header.last(),
            epoch: header.leader_epoch.unwrap_or_default(),
            crc: header.crc,
            as_leader,
        });
    }

    /// Writes `parts`, which begin with the batch `first`, at the log's end, completely or not at all.
    fn write(&mut self, parts: &[Bytes], first: &BatchHeader, env: &mut Env<'_>) -> Result<(), AppendError> {
        self.announce(BatchId::of(first), env)?;
        let (file, before) = (self.active().file, self.active().bytes);
        let len: usize = parts.iter().map(Bytes::len).sum();
        debug_assert!(len >= STAMP_LEN);
        match env.files.append(file, parts) {
            Ok(end) => {
                assert_eq!(end, before + len as u64, "nobody else writes to a log's file");
                self.active_mut().unsynced = true;
                self.flush.note_append(env.now.mono);
                Ok(())
            }
            Err(error) => {
                // A part of the failed write may stay on the disk, although the file is truncated below. If batches
                // were then written at the same place, a power loss could mix them with that part. So the segment is
                // marked as ended, and the next append begins a new file.
                self.active_mut().ended |= env.files.len(file).map_or(true, |len| len > before);
                match (env.files.truncate(file, before), error) {
                    (Ok(()), error) => self.deny(error),
                    (Err(_), _) => self.fail(AppendError::Failed(FileError::Io)),
                }
            }
        }
    }

    /// Writes the producer snapshot at the active segment's base offset, before `first` is appended as that segment's
    /// first batch. The snapshot holds a seam, which names the log's last batch and `first`. After a power loss, the
    /// disk may hold an outdated version of this segment's file, or of the previous one. Recovery detects this by the
    /// seam, because the batches at which the two files meet then are not the two that it names. So recovery knows
    /// whether the segment continues the log.
    ///
    /// Does nothing if the segment has a batch already, or if the snapshot with `first` is there already: another batch
    /// that was denied may have removed the snapshot. A segment at offset 0 needs no seam, because nothing comes before
    /// it.
    fn announce(&mut self, first: BatchId, env: &mut Env<'_>) -> Result<(), AppendError> {
        let active = self.active();
        let base = active.base;
        let is_announced = active.begins_with == Some(first) && self.snapshots.contains(&base);
        if active.bytes > 0 || base == Offset::ZERO || is_announced {
            return Ok(());
        }
        match self.write_snapshot(base, Some(first), env) {
            Ok(()) => {
                self.active_mut().begins_with = Some(first);
                Ok(())
            }
            Err(error) => self.deny(error),
        }
    }

    pub(super) fn assign(&mut self, epoch: LeaderEpoch, base: Offset, env: &mut Env<'_>) -> Result<(), AppendError> {
        if !self.epochs.assign(epoch, base) && !self.flush.owes_epochs() {
            return Ok(());
        }
        match self.save_epochs(env) {
            Ok(()) => Ok(()),
            Err(LogError::Disk(error)) => Err(AppendError::Failed(error)),
            Err(_) => Err(AppendError::Failed(FileError::Io)),
        }
    }

    fn is_full(&self, header: &BatchHeader, pending: u64, env: &Env<'_>) -> bool {
        let (active, limits) = (self.active(), self.limits());
        // `pending` is the size of the batches that are to be written to this segment in the same write as this batch.
        // They count as if they were in the file. So a segment whose file is still empty may be full too.
        let len = u64::from(header.len) + pending;
        active.ended
            || active.is_full(len, header.last(), header.max_timestamp, &limits, env.now)
            || (active.bytes == 0 && pending > 0 && len > u64::from(limits.bytes))
    }

    fn roll_if_full(&mut self, header: &BatchHeader, env: &mut Env<'_>) -> Result<(), AppendError> {
        if !self.is_full(header, 0, env) {
            return Ok(());
        }
        // A new segment usually begins at the log's end offset. But compaction may have left a wide gap between that
        // offset and the batch. The segment's indexes store offsets relative to the segment's base offset, in 31 bits.
        // If the batch's last offset would not fit, the segment begins at the batch's base offset.
        let base = if header.last().0 - self.end().0 > i64::from(i32::MAX) { header.base } else { self.end() };
        if base == self.active().base {
            return if self.active().ended { self.replace_active(env) } else { Ok(()) };
        }
        match self.roll(base, Some(BatchId::of(header)), env) {
            Err(error) => self.deny(error),
            Ok(()) => Ok(()),
        }
    }

    /// Replaces the file of the active segment, which is empty, by a new file.
    fn replace_active(&mut self, env: &mut Env<'_>) -> Result<(), AppendError> {
        // A flush under way may sync the old file and not the new one. Its result must not count, and the result of a
        // flush is dropped if `truncations` has changed since the flush began.
        self.truncations += 1;
        let (base, origin) = (self.active().base, self.active().origin);
        match self.begin_anew(base, origin, env) {
            Ok(()) => {
                self.flush.note_names();
                Ok(())
            }
            // Unless the disk failed, the segment keeps its old file, and the next append tries again to replace it.
            Err(error) => self.deny(error),
        }
    }

    /// Closes the active segment and begins the next one at `base`, with a producer snapshot there. `first` is the
    /// first batch that the new segment will get, if it is known already.
    pub(super) fn roll(&mut self, base: Offset, first: Option<BatchId>, env: &mut Env<'_>) -> Result<(), FileError> {
        self.active_mut().complete(env)?;
        self.write_snapshot(base, first, env)?;
        let origin = self.active().origin + self.active().bytes;
        let mut next = Segment::create(&self.folder, base, origin, env)?;
        next.begins_with = first;
        let before = self.active_mut();
        before.end = base;
        before.seal(env)?;
        self.segments.push(next);
        self.flush.note_names();
        let partition = self.partition;
        env.trace.emit(TraceKind::Rolled, || TraceEvent::Rolled { partition, base });
        Ok(())
    }
}
