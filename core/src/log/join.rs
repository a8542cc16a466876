//! Decides, while a log is loaded, whether the next segment file continues the log.
//!
//! Above the durable offset, a power loss may leave segment files that never lay beside each other before: a removed
//! segment is back, a truncated one has its old length, or a replaced one has its old contents. So loading continues in
//! a segment only if the [`Seam`](super::seam::Seam) in the producer snapshot at the segment's base names the batch
//! with which the log read so far ends. The previous segment's file may reach beyond that base, because the log was
//! truncated to the base and the power loss brought the file's old length back. Then too, the seam tells whether the
//! next segment continues the log.
//!
//! A segment that does not continue the log is removed, and the segments behind it are judged in their turn. So if a
//! crash interrupts the recovery, the next one judges the remaining segments in the same way.
//!
//! Where offsets are missing between two segments, compaction may have removed their records, or a crash the end of the
//! first segment. A seam tells which: it names the batch with which the log ended when the segment was begun. Where
//! there is no seam, the gap is compaction's if the log shows elsewhere that compaction removed records from it (see
//! `gaps`).
//!
//! A snapshot that Apache Kafka wrote has no seam. The segment at such a snapshot continues the log if it begins where
//! the previous segment ends. If it begins earlier, the two segments overlap, and the batches with the newer leader
//! epoch are kept. Below the durable offset, a segment that begins where the previous one ends continues the log,
//! whatever its snapshot says.

use super::producer_snapshot::{Snapshot, is_same_for_kafka};
use super::repair::{self, tell};
use super::scan::{Loading, PIECE, ScanPhase};
use super::seam::{BatchId, LogTail};
use super::{Log, LogError};
use crate::io::{Deed, Env, Fault, Offsets, Open, Site};
use crate::record::{Batch, BatchHeader, HEADER_LEN};
use crate::sometimes;
use crate::types::Offset;
use bytes::Bytes;

/// The place in the segment being read at which the log has reached the base of the next segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Joint {
    /// The position in the segment's file up to which batches were read.
    pub(super) at: u64,
    /// The length of the segment's file.
    pub(super) len: u64,
    /// The batch at position `at`, if a valid one lies there.
    pub(super) rest: Option<BatchHeader>,
}

impl Loading {
    /// Returns whether the log has reached the base of the next segment, or would pass that base with `batch`.
    pub(super) fn reaches_next(&self, batch: Option<BatchHeader>) -> bool {
        let (end, reached) = (self.log.end(), batch.map(|it| it.next()));
        self.pending.front().is_some_and(|next| next.base <= end || reached.is_some_and(|it| it > next.base))
    }

    /// Continues loading in the next segment, or removes that segment if it does not continue the log. `first` is its
    /// first batch, if it has one.
    pub(super) fn on_join(&mut self, first: Option<BatchHeader>, env: &mut Env<'_>) -> Result<(), LogError> {
        let (ScanPhase::Join(joint), Some(next)) = (self.phase, self.pending.front()) else { return Ok(()) };
        let base = next.base;
        if joint.at < joint.len {
            sometimes!(env, true, Site::LogStaleSegment);
        }
        let snapshot = self.log.read_snapshot(base, env)?;
        // Where a gap lies before the next segment, `end_segment` has found that compaction made it.
        let is_reached = base == self.log.end() || (base > self.log.end() && joint.rest.is_none());
        if is_reached && self.goes_on(snapshot.as_ref(), first, joint.rest) {
            return self.go_on_in_next(joint, first, env);
        }
        if base < self.durable_to {
            let file = self.log.active().path.clone();
            return Err(self.corrupt(file, joint.at, Fault::Overlap, env));
        }
        sometimes!(env, true, Site::LogStaleSegment);
        let mut next = self.pending.pop_front().expect("it was looked at");
        self.scanned.bytes_cut += next.bytes;
        let fault = if snapshot.is_none() { Fault::Unnamed } else { Fault::OtherHistory };
        next.discard(fault, env)?;
        self.phase = ScanPhase::Scan { at: joint.at, len: joint.len, want: PIECE };
        Ok(())
    }

    /// Returns whether the next segment, at whose base the log now ends, continues the log. `snapshot` is the producer
    /// snapshot at that base, `first` the next segment's first batch, and `rest` the batch with which the previous
    /// segment's file goes on from there, if it has one.
    fn goes_on(&self, snapshot: Option<&Snapshot>, first: Option<BatchHeader>, rest: Option<BatchHeader>) -> bool {
        let is_durable = self.log.end() < self.durable_to;
        match snapshot.map(|it| it.seam) {
            Some(Some(seam)) if first.is_some_and(|first| seam.joins(self.log.ends_with, &first)) => true,
            _ if is_durable => rest.is_none(),
            Some(None) => rest.is_none_or(|rest| {
                first.is_some_and(|it| it.base == rest.base && it.leader_epoch >= rest.leader_epoch)
            }),
            Some(Some(_)) | None => false,
        }
    }

    /// Truncates the segment that was read, so that it ends where the next segment begins. Then starts to read the next
    /// segment.
    fn go_on_in_next(&mut self, joint: Joint, first: Option<BatchHeader>, env: &mut Env<'_>) -> Result<(), LogError> {
        if joint.at < joint.len {
            env.files.truncate(self.log.active().file, joint.at)?;
            let (file, bytes) = (self.log.active().path.clone(), joint.len - joint.at);
            self.scanned.bytes_cut += bytes;
            tell(&file, Fault::Overlap, Deed::CutAt(joint.at), Offsets::From(self.log.end()), bytes, env);
        }
        self.next_segment(first, env)
    }

    /// Starts to read the next segment, whose first batch is `first`.
    pub(super) fn next_segment(&mut self, first: Option<BatchHeader>, env: &mut Env<'_>) -> Result<(), LogError> {
        let base = self.pending.front().expect("there is a segment to go on in").base;
        let active = self.log.active_mut();
        active.end = base;
        active.seal(env)?;
        let origin = active.origin + active.bytes;
        if !self.log.keep_snapshot(base, env)? {
            let (path, from) = (self.log.snapshot_path(base), Offsets::From(base));
            let fault = self.log.snapshot_fault(base, env)?;
            tell(&path, fault, Deed::Rebuilt, from, repair::small_len(&path, env), env);
            // Only a failed disk is an error here. Without this snapshot, a truncation that reads segments from disk
            // again only has to begin one segment earlier.
            match self.log.write_snapshot_whole(base, first.as_ref().map(BatchId::of), env) {
                Err(error) if error.is_of_device() => return Err(error.into()),
                Ok(()) | Err(_) => {}
            }
        }
        let mut next = self.pending.pop_front().expect("it was looked at");
        let len = next.bytes;
        next.origin = origin;
        next.begin_scan();
        self.log.segments.push(next);
        self.phase = ScanPhase::Scan { at: 0, len, want: PIECE };
        Ok(())
    }

    /// Returns whether the gap between the log's end and the next segment, which begins at `base`, comes from compaction
    /// or from the leader's log, so that no record is lost.
    pub(super) fn is_gap_of_compaction(&self, base: Offset, env: &mut Env<'_>) -> Result<bool, LogError> {
        Ok(match self.log.read_snapshot(base, env)?.and_then(|it| it.seam) {
            // Where neither names a batch, the segment may have been the first one of an earlier log.
            Some(seam) => seam.before() != LogTail::Nothing && seam.before() == self.log.ends_with,
            None => self.is_compacted,
        })
    }

    /// Returns whether the index files of the segment that ends at `end` are the same as when that segment was closed.
    /// This segment is the last one before those to be scanned. Its index files may never have been synced, or only by
    /// a flush that failed. So their checksums are compared with those in the seam at `end`.
    pub(super) fn trusts_border(&mut self, end: Offset, env: &mut Env<'_>) -> Result<bool, LogError> {
        let told = self.log.read_snapshot(end, env)?.and_then(|it| it.seam?.indexes);
        if self.log.flush.is_in_doubt() {
            return Ok(false);
        }
        let Some(told) = told else { return Ok(true) };
        let active = self.log.active_mut();
        let (found, base) = (active.index_checksums(env), active.base);
        let paths = [active.offsets.path().clone(), active.times.path().clone()];
        for path in (0..paths.len()).filter(|at| found[*at] != told[*at]).map(|at| &paths[at]) {
            let len = repair::small_len(path, env);
            tell(path, Fault::Mismatch, Deed::Rebuilt, Offsets::Range(base, end), len, env);
        }
        Ok(found == told)
    }

    /// Checks the end of the segment before the first one to be scanned. `bytes` are that end, and begin at position
    /// `at` of the segment's file. If they are not whole batches up to the next segment's base, scanning begins
    /// earlier. A truncation can be the cause. After it the log continued in a new file, and the recovery point may be
    /// that file's first offset. A power loss then brought back the old length of the truncated file.
    pub(super) fn on_border(&mut self, at: u64, bytes: &Bytes, env: &mut Env<'_>) -> Result<(), LogError> {
        let Some(last) = self.last_of_border(at, bytes, env)? else {
            sometimes!(env, true, Site::LogStaleSegment);
            return self.begin_earlier(env);
        };
        let producers = core::mem::take(&mut self.log.producers);
        self.log.begin_with(producers, LogTail::Batch(last));
        match self.pending.front() {
            Some(next) if next.base >= self.durable_to && next.bytes >= HEADER_LEN as u64 => {
                self.phase = ScanPhase::BorderJoin;
                Ok(())
            }
            Some(_) | None => self.begin(env),
        }
    }

    /// Checks that the first segment to be scanned, which begins with the batch `first`, continues the log. If it does
    /// not, scanning begins earlier.
    pub(super) fn on_border_join(&mut self, first: Option<BatchHeader>, env: &mut Env<'_>) -> Result<(), LogError> {
        let snapshot = self.log.read_snapshot(self.log.end(), env)?;
        if self.goes_on(snapshot.as_ref(), first, None) {
            return self.begin(env);
        }
        sometimes!(env, true, Site::LogStaleSegment);
        self.begin_earlier(env)
    }

    /// Begins to scan one segment earlier than planned, or even earlier if the producer state at that segment's base is
    /// unknown.
    pub(super) fn begin_earlier(&mut self, env: &mut Env<'_>) -> Result<(), LogError> {
        let last = self.log.segments.len() - 1;
        let from = self.log.with_producers(last, env)?;
        for segment in self.log.segments.split_off(from).into_iter().rev() {
            self.pending.push_front(segment);
        }
        self.begin(env)
    }

    /// Returns the last batch of `bytes`, which begin at position `at`; none unless they are whole batches that end
    /// where the next segment begins.
    ///
    /// A batch may begin behind a gap: the next batch, or the next segment's base, shows whether its offset is right
    /// (see `gaps`). If there is a gap before the next segment, its seam must name the last batch.
    fn last_of_border(&self, at: u64, bytes: &Bytes, env: &mut Env<'_>) -> Result<Option<BatchId>, LogError> {
        let (log, mut used, mut last) = (&self.log, 0, None);
        while let Ok(batch) = Batch::parse(&bytes.slice(used..)) {
            let header = *batch.header();
            let follows = match last {
                None => at > 0 || header.base >= log.active().base,
                Some((_, end)) => header.base >= end,
            };
            if !follows || !batch.is_intact() {
                return Ok(None);
            }
            last = Some((BatchId::of(&header), header.next()));
            used += batch.bytes().len();
        }
        let (Some((last, end)), Some(next)) = (last, self.pending.front()) else { return Ok(None) };
        let joins = match next.base {
            base if base > end => {
                let seam = log.read_snapshot(base, env)?.and_then(|it| it.seam);
                seam.is_some_and(|seam| seam.before() == LogTail::Batch(last))
            }
            base => base == end,
        };
        Ok((used == bytes.len() && joins).then_some(last))
    }
}

impl Log {
    /// Why the producer snapshot at `offset` is not kept.
    fn snapshot_fault(&self, offset: Offset, env: &mut Env<'_>) -> Result<Fault, LogError> {
        Ok(match self.read_snapshot(offset, env)? {
            Some(_) => Fault::Mismatch,
            None if self.snapshots.contains(&offset) => Fault::Unreadable,
            None => Fault::Missing,
        })
    }

    /// Keeps the producer snapshot at `base` if it fits the log, which ends there, and lets the next flush sync it.
    /// Returns false if there is no fitting snapshot. A fitting snapshot is not written anew, because it may be
    /// durable: a power loss could keep the removal of the old file and lose the new file.
    pub(super) fn keep_snapshot(&mut self, base: Offset, env: &mut Env<'_>) -> Result<bool, LogError> {
        let Some(snapshot) = self.read_snapshot(base, env)? else { return Ok(false) };
        // A snapshot that Kafka wrote has no seam and may be from before a truncation: only its producers can be
        // compared.
        if snapshot.seam.is_none() && !is_same_for_kafka(&snapshot.producers, &self.producers) {
            return Ok(false);
        }
        let path = self.snapshot_path(base);
        if self.flush.is_in_doubt() {
            let bytes = env.files.read_small(&path, i32::MAX as u64)?;
            let file = env.files.open(&path, Open::Existing)?;
            let rewritten = env.files.rewrite(file, 0, &bytes);
            env.files.close(file);
            rewritten?;
        }
        self.snapshots.insert(base);
        self.flush.note_snapshot(path);
        Ok(true)
    }
}
