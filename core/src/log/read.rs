//! Reads whole batches: recent ones from memory at once, others from the disk.

use super::Log;
use super::gaps::Behind;
use super::repair::fault_of;
use crate::io::{Env, Fault, FileError, FileId, TraceEvent, TraceKind};
use crate::record::{BadBatch, Batch};
use crate::types::Offset;
use bytes::Bytes;

/// A read of a file that the caller performs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReadAsk {
    /// The file to read from.
    pub file: FileId,
    /// The position in the file of the first byte to read.
    pub at: u64,
    /// The number of bytes to read.
    pub len: u32,
}

/// The result of a read, or what must be done to get it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReadPlan {
    /// Whole batches in order. The first contains the offset asked for or, where no record has that offset, is the next
    /// one behind it. Empty if no batch lies below the upper bound and within the size limit.
    Ready(Vec<Bytes>),
    /// The batches are on disk: perform the read, then call [`Log::finish_read`].
    Cold(ColdRead),
    /// The offset is below the log's start or above its end: answer OFFSET_OUT_OF_RANGE.
    OutOfRange,
}

/// A read of batches that needs the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ColdRead {
    /// The read to perform.
    pub ask: ReadAsk,
    from: Offset,
    upper: Offset,
    most: u32,
    at_least_one: bool,
    truncations: u64,
    /// What the log knows of the batch at which the read begins. The batch that the disk returns is compared with this.
    first: Known,
}

/// What the log knows of the batch at a position in a file, to recognise other bytes there as bad.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Known {
    /// The batch begins at this offset. Where compaction has removed records, it begins at a greater offset.
    Base(Offset),
    /// The batch's last record has this offset.
    Last(Offset),
}

/// The result of a cold read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Finished {
    /// Whole batches, as in [`ReadPlan::Ready`].
    Ready(Vec<Bytes>),
    /// The batch lies further on in the file, or is longer than what was read: perform this read next.
    Again(ColdRead),
}

/// Why a cold read returns no batches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReadError {
    /// The log was truncated meanwhile, or retention removed the segment: plan the read again.
    Stale,
    /// The stored bytes at this offset are bad: they are never served, and the answer is KAFKA_STORAGE_ERROR.
    Corrupt(Offset),
    /// The read failed: if the error is the device's, the log directory must go offline on all shards.
    Disk(FileError),
}

/// The fewest bytes to read where the index does not tell how many are needed, so that one read finds a small batch
/// behind an index entry.
const LEAST: u32 = 16 << 10;
/// The most bytes to read at once; a caller that asks for more needs several reads.
const MOST: u32 = 8 << 20;

impl Log {
    /// Plans a read of whole batches that begins with the one that contains `from`. All batches lie below `upper`.
    /// Together they have at most `most` bytes. But with `at_least_one` the first batch is returned whatever its size
    /// (KIP-74).
    pub fn read(
        &mut self,
        from: Offset,
        upper: Offset,
        most: u32,
        at_least_one: bool,
        env: &mut Env<'_>,
    ) -> Result<ReadPlan, FileError> {
        if from < self.start || from > self.end() {
            return Ok(ReadPlan::OutOfRange);
        }
        let upper = upper.min(self.end());
        if from >= upper || (most == 0 && !at_least_one) {
            return Ok(ReadPlan::Ready(Vec::new()));
        }
        if let Some(warm) = self.read_warm(from, upper, most, at_least_one) {
            return Ok(ReadPlan::Ready(warm));
        }
        let (segment, at, first) = self.locate(from, env);
        let most_read = most.min(MOST);
        let len = match self.segments[segment].stretch(at, from, most_read, env) {
            Some(len) => len.min(u64::from(MOST)) as u32,
            // The index names a position before the wanted batch. Up to an index interval of other batches lies between
            // that position and the wanted batch.
            None => most_read.saturating_add(self.config.index_interval_bytes).clamp(LEAST, MOST),
        };
        let ask = self.ask(segment, at, len);
        let truncations = self.truncations;
        Ok(ReadPlan::Cold(ColdRead { ask, from, upper, most, at_least_one, truncations, first }))
    }

    /// Takes the bytes that the disk returned, and checks the batches in them. Returns the batches that were asked for,
    /// or the next read to perform.
    pub fn finish_read(
        &mut self,
        read: ColdRead,
        result: Result<Bytes, FileError>,
        env: &mut Env<'_>,
    ) -> Result<Finished, ReadError> {
        let bytes = self.checked_result(&read.ask, read.truncations, read.from, result, env)?;
        let (mut at, mut known) = (0, read.first);
        let mut found: Option<(usize, usize)> = None;
        let fits = |begin: usize, end: usize| end - begin <= read.most as usize;
        let bad = loop {
            let batch = match self.placed_batch(&read.ask, at, &bytes, known) {
                Ok(batch) => batch,
                Err(bad) => break bad,
            };
            let (header, next) = (batch.header(), at + batch.bytes().len());
            // Batches that end before `read.from` are not returned. So their checksums are not checked, only that they
            // are the batches that the log has there.
            if header.next() > read.from {
                let begin = found.map_or(at, |it| it.0);
                let is_over =
                    header.next() > read.upper || (!fits(begin, next) && (found.is_some() || !read.at_least_one));
                if is_over {
                    return Ok(Finished::Ready(self.found_at(&read.ask, &bytes, found, known)));
                }
                if !batch.is_intact() {
                    break BadBatch::Crc;
                }
                found = Some((begin, next));
            }
            known = Known::Base(header.next());
            at = next;
        };
        if found.is_some() {
            return Ok(Finished::Ready(self.found_at(&read.ask, &bytes, found, known)));
        }
        match self.go_on(&read.ask, at, bad, known) {
            Some(ask) => Ok(Finished::Again(ColdRead { ask, first: known, ..read })),
            None => Err(self.bad_at(&read.ask, at, read.from, bad, env)),
        }
    }

    /// Estimates how many bytes a read from `from` below `upper` would return, at most `most`. The estimate is 0 only
    /// if there is no record to read.
    #[must_use]
    pub fn readable(&self, from: Offset, upper: Offset, most: u32) -> u32 {
        let upper = upper.min(self.end());
        if from < self.start || from >= upper {
            return 0;
        }
        let bytes = self.place(upper).saturating_sub(self.place(from)).max(1);
        u32::try_from(bytes).unwrap_or(u32::MAX).min(most)
    }

    /// Returns the batches that a cold read found, and notes where the batch behind them begins, for the reader's next
    /// read.
    fn found_at(&mut self, ask: &ReadAsk, bytes: &Bytes, found: Option<(usize, usize)>, known: Known) -> Vec<Bytes> {
        if let (Some((_, end)), Known::Base(next)) = (found, known) {
            self.places.note(next, ask.file, ask.at + end as u64);
        }
        found.map(|(begin, end)| bytes.slice(begin..end)).into_iter().collect()
    }

    fn read_warm(&self, from: Offset, upper: Offset, most: u32, at_least_one: bool) -> Option<Vec<Bytes>> {
        let mut parts = Vec::new();
        let mut left = u64::from(most);
        for batch in self.tail.cached_from(from)? {
            let len = u64::from(batch.len);
            let fits = len <= left || (at_least_one && parts.is_empty());
            if batch.end > upper || !fits {
                break;
            }
            left = left.saturating_sub(len);
            parts.extend(batch.parts());
        }
        Some(parts)
    }

    /// Returns a segment, a position in it that is at or before the batch with `offset`, and what is known of the batch
    /// at that position.
    pub(super) fn locate(&mut self, offset: Offset, env: &mut Env<'_>) -> (usize, u64, Known) {
        let mut segment = self.segment_of(offset);
        if let Some(batch) = self.tail.find(offset) {
            segment = self.segment_of(batch.base);
            return (segment, batch.at - self.segments[segment].origin, Known::Base(batch.base));
        }
        // If the segment has no record at or behind the offset, the next record is the first one of the next segment.
        while offset >= self.segments[segment].end && segment + 1 < self.segments.len() {
            segment += 1;
        }
        let found = &mut self.segments[segment];
        if let Some(at) = self.places.find(offset, found.file).filter(|at| *at < found.bytes) {
            return (segment, at, Known::Base(offset));
        }
        match found.position_before(offset, env) {
            (at, Some(last)) => (segment, at, Known::Last(last)),
            (at, None) => (segment, at, Known::Base(found.base)),
        }
    }

    pub(super) fn ask(&self, segment: usize, at: u64, len: u32) -> ReadAsk {
        let segment = &self.segments[segment];
        let left = segment.bytes.saturating_sub(at).min(u64::from(u32::MAX));
        ReadAsk { file: segment.file, at, len: len.min(left as u32) }
    }

    /// The number of bytes of the log before `offset`. It is exact if the position of the batch is kept in memory,
    /// otherwise estimated from the index.
    fn place(&self, offset: Offset) -> u64 {
        if offset >= self.end() {
            return self.active().origin + self.active().bytes;
        }
        if let Some(batch) = self.tail.find(offset) {
            return batch.at;
        }
        let segment = &self.segments[self.segment_of(offset)];
        segment.origin + segment.position_known(offset)
    }

    /// Returns the bytes of a read; an error if the read failed or was short, or if the log was truncated since the
    /// read was planned.
    pub(super) fn checked_result(
        &self,
        ask: &ReadAsk,
        truncations: u64,
        from: Offset,
        result: Result<Bytes, FileError>,
        env: &mut Env<'_>,
    ) -> Result<Bytes, ReadError> {
        if truncations != self.truncations {
            return Err(ReadError::Stale);
        }
        match result {
            Ok(bytes) if bytes.len() == ask.len as usize => Ok(bytes),
            // The disk returned fewer bytes than were appended to the file.
            Ok(bytes) => Err(self.corrupt_at(ask, bytes.len(), from, Fault::Short, env)),
            Err(FileError::Stale) => Err(ReadError::Stale),
            Err(error) => Err(ReadError::Disk(error)),
        }
    }

    /// Parses the batch at position `at` of the `bytes` that the read `ask` returned. Returns an error unless it is the
    /// batch that `known` describes and its checksum is right.
    pub(super) fn checked_batch(
        &self,
        ask: &ReadAsk,
        at: usize,
        bytes: &Bytes,
        known: Known,
    ) -> Result<Batch, BadBatch> {
        let batch = self.placed_batch(ask, at, bytes, known)?;
        if batch.is_intact() { Ok(batch) } else { Err(BadBatch::Crc) }
    }

    /// Parses the batch at position `at` of the `bytes` that the read `ask` returned. Returns an error unless it is the
    /// batch that `known` describes. A batch's checksum does not cover its first sixteen bytes, so the base offset and
    /// the leader epoch there are compared with what the log knows.
    fn placed_batch(&self, ask: &ReadAsk, at: usize, bytes: &Bytes, known: Known) -> Result<Batch, BadBatch> {
        let bytes = bytes.slice(at..);
        let batch = Batch::parse(&bytes)?;
        let header = batch.header();
        let in_place = match known {
            Known::Base(base) if header.base > base => {
                let segment = self.segments.iter().find(|it| it.file == ask.file).ok_or(BadBatch::Field)?;
                let left = segment.bytes.saturating_sub(ask.at + at as u64);
                match Behind::of(header, &bytes, left) {
                    Behind::Batch(next) => next.base >= header.next(),
                    Behind::Nothing => header.next() <= segment.end,
                    Behind::Unread(want) => return Err(BadBatch::Partial(want)),
                }
            }
            Known::Base(base) => header.base == base,
            Known::Last(last) => header.last() == last,
        };
        if !in_place || header.next() > self.end() || !self.epochs.agree_with(header) {
            return Err(BadBatch::Field);
        }
        Ok(batch)
    }

    /// Returns the disk read that continues the read `ask`, from `at` bytes behind its start on. Returns none if the
    /// bytes there are bad, and not merely cut off by the end of the read.
    pub(super) fn go_on(&self, ask: &ReadAsk, at: usize, bad: BadBatch, known: Known) -> Option<ReadAsk> {
        let BadBatch::Partial(len) = bad else {
            return None;
        };
        let next = ask.at + at as u64;
        let segment = self.segments.iter().position(|it| it.file == ask.file)?;
        if next < self.segments[segment].bytes {
            let fits = next + u64::from(len) <= self.segments[segment].bytes;
            return fits.then(|| self.ask(segment, next, len.max(LEAST)));
        }
        // This segment ends here without a record at or behind the wanted offset, which compaction may cause. The next
        // segment has the record.
        let follows = matches!(known, Known::Base(end) if end <= self.segments[segment].end);
        (follows && segment + 1 < self.segments.len()).then(|| self.ask(segment + 1, 0, LEAST))
    }

    /// Returns the error for bad bytes at position `at` of those that `ask` returned, where the log has the offset
    /// `from`: corruption, or a stale read if the segment was removed meanwhile.
    pub(super) fn bad_at(&self, ask: &ReadAsk, at: usize, from: Offset, bad: BadBatch, env: &mut Env<'_>) -> ReadError {
        self.corrupt_at(ask, at, from, fault_of(bad), env)
    }

    fn corrupt_at(&self, ask: &ReadAsk, at: usize, from: Offset, fault: Fault, env: &mut Env<'_>) -> ReadError {
        let Some(segment) = self.segments.iter().find(|segment| segment.file == ask.file) else {
            return ReadError::Stale;
        };
        let (partition, position, file) = (self.partition, ask.at + at as u64, segment.path.clone());
        env.trace.emit(TraceKind::Corrupt, || TraceEvent::Corrupt { partition, at: from, file, position, fault });
        ReadError::Corrupt(from)
    }
}
