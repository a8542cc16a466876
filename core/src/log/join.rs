//! Whether a log that is read goes on from one segment to the next.
//!
//! Above what was durable a power loss leaves files of different histories beside each other: a segment that was removed is
//! there again, one that was truncated is as long as before, one that was replaced is the old one. So the log goes on in a
//! segment only where the [`Seam`](super::seam::Seam) in the snapshot at its base tells that it was begun behind the very
//! batch that the log has come to, even where the file before reaches further: the log was cut there. A segment that does
//! not go on is removed, alone, so that a crash in the midst of recovery changes nothing about the others.
//!
//! A snapshot that Apache Kafka wrote tells nothing. Its segment goes on where the one before it ends, and of two that
//! overlap the one with the newer epoch. What was durable goes on whatever its snapshot tells.

use super::producer_snapshot::{Snapshot, is_same_for_kafka};
use super::scan::{Loading, PIECE, ScanPhase};
use super::seam::{BatchId, LogTail};
use super::{Log, LogError};
use crate::io::{Env, FileError, Open, Site};
use crate::record::{Batch, BatchHeader, HEADER_LEN};
use crate::sometimes;
use crate::types::Offset;
use bytes::Bytes;

/// Where the log has come to the next segment, in the one before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Joint {
    /// So many bytes of the segment before are read.
    pub(super) at: u64,
    /// So many it has.
    pub(super) len: u64,
    /// The batch that lies there, where a good one does.
    pub(super) rest: Option<BatchHeader>,
}

impl Loading {
    /// Whether the log has come to the base of the next segment, or a batch would bring it beyond.
    pub(super) fn reaches_next(&self, batch: Option<BatchHeader>) -> bool {
        let (end, reached) = (self.log.end(), batch.map(|it| it.next()));
        self.pending.front().is_some_and(|next| next.base <= end || reached.is_some_and(|it| it > next.base))
    }

    /// The first batch of the next segment was looked at, if it has one.
    pub(super) fn on_join(&mut self, first: Option<BatchHeader>, env: &mut Env<'_>) -> Result<(), LogError> {
        let (ScanPhase::Join(joint), Some(next)) = (self.phase, self.pending.front()) else { return Ok(()) };
        let base = next.base;
        if joint.at < joint.len {
            sometimes!(env, true, Site::LogStaleSegment);
        }
        let snapshot = self.log.read_snapshot(base, env)?;
        if base == self.log.end() && self.goes_on(snapshot.as_ref(), first, joint.rest) {
            return self.go_on_in_next(joint, first, env);
        }
        if base < self.durable_to {
            return Err(self.corrupt(env));
        }
        sometimes!(env, true, Site::LogStaleSegment);
        let mut next = self.pending.pop_front().expect("it was looked at");
        self.bytes_cut += next.bytes;
        next.remove(env)?;
        self.phase = ScanPhase::Scan { at: joint.at, len: joint.len, want: PIECE };
        Ok(())
    }

    /// Whether the log, which has come to the base of the next segment, goes on there. `rest` is the batch that lies in the
    /// segment before in that place.
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

    /// The segment counts up to the joint only, where the next one begins.
    fn go_on_in_next(&mut self, joint: Joint, first: Option<BatchHeader>, env: &mut Env<'_>) -> Result<(), LogError> {
        if joint.at < joint.len {
            env.files.truncate(self.log.active().file, joint.at)?;
            self.bytes_cut += joint.len - joint.at;
        }
        self.next_segment(first, env)
    }

    /// The next segment, whose first batch is `first`, is read.
    pub(super) fn next_segment(&mut self, first: Option<BatchHeader>, env: &mut Env<'_>) -> Result<(), LogError> {
        let mut next = self.pending.pop_front().expect("there is a segment to go on in");
        let active = self.log.active_mut();
        active.end = next.base;
        active.seal(env)?;
        next.origin = active.origin + active.bytes;
        let len = next.bytes;
        next.begin_scan();
        if !self.log.keep_snapshot(next.base, env)? {
            // Without this snapshot a deep truncation reads one segment more.
            match self.log.write_snapshot_whole(next.base, first.as_ref().map(BatchId::of), env) {
                Ok(()) | Err(FileError::NoSpace) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.log.segments.push(next);
        self.phase = ScanPhase::Scan { at: 0, len, want: PIECE };
        Ok(())
    }

    /// Whether the indexes of the last segment, behind which reading is to begin at `end`, are what they were when it was
    /// closed. They may have been synced by no flush, or by one that failed.
    pub(super) fn trusts_border(&mut self, end: Offset, env: &mut Env<'_>) -> Result<bool, LogError> {
        let told = self.log.read_snapshot(end, env)?.and_then(|it| it.seam?.indexes);
        Ok(!self.log.flush.is_in_doubt() && told.is_none_or(|it| it == self.log.active_mut().index_checksums(env)))
    }

    /// The end of the segment before the one that is to be read first. A log that was cut goes on in a new file, and the
    /// recovery point may be that file's first offset while the disk has the file that was cut as it was before.
    pub(super) fn on_border(&mut self, at: u64, bytes: &Bytes, env: &mut Env<'_>) -> Result<(), LogError> {
        let Some(last) = self.last_of_border(at, bytes) else {
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

    /// The first batch of the segment that is to be read first was looked at.
    pub(super) fn on_border_join(&mut self, first: Option<BatchHeader>, env: &mut Env<'_>) -> Result<(), LogError> {
        let snapshot = self.log.read_snapshot(self.log.end(), env)?;
        if self.goes_on(snapshot.as_ref(), first, None) {
            return self.begin(env);
        }
        sometimes!(env, true, Site::LogStaleSegment);
        self.begin_earlier(env)
    }

    /// Reads the last segment too.
    pub(super) fn begin_earlier(&mut self, env: &mut Env<'_>) -> Result<(), LogError> {
        let last = self.log.segments.len() - 1;
        let from = self.log.with_producers(last, env)?;
        for segment in self.log.segments.split_off(from).into_iter().rev() {
            self.pending.push_front(segment);
        }
        self.begin(env)
    }

    /// The last batch of the bytes from `at` on, where they are whole batches that end where the next segment begins.
    fn last_of_border(&self, at: u64, bytes: &Bytes) -> Option<BatchId> {
        let (log, mut used, mut last) = (&self.log, 0, None);
        while let Ok(batch) = Batch::parse(&bytes.slice(used..)) {
            let header = *batch.header();
            let follows = match last {
                None => at > 0 || log.follows(header.base, log.active().base),
                Some((_, end)) => log.follows(header.base, end),
            };
            if !follows || !batch.is_intact() {
                return None;
            }
            last = Some((BatchId::of(&header), header.next()));
            used += batch.bytes().len();
        }
        let (last, end) = last?;
        let next = self.pending.front()?.base;
        (used == bytes.len() && log.follows(next, end)).then_some(last)
    }
}

impl Log {
    /// Leaves the snapshot at `base` as it is, where it fits the log that ends there, and sees to it that the next flush syncs
    /// it. A snapshot that is durable is not replaced, because a power loss could keep its removal and lose its successor.
    /// False where there is no such snapshot.
    pub(super) fn keep_snapshot(&mut self, base: Offset, env: &mut Env<'_>) -> Result<bool, LogError> {
        let Some(snapshot) = self.read_snapshot(base, env)? else { return Ok(false) };
        // One that Kafka wrote may be of another history: producers that fit are all that can be asked of it.
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
