//! Reading whole batches: warm ones from the tail cache at once, cold ones from the disk.

use super::Log;
use crate::io::{Env, FileError, FileId, TraceEvent, TraceKind};
use crate::record::{BadBatch, Batch};
use crate::types::Offset;
use bytes::Bytes;

/// A read that the caller performs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReadAsk {
    /// Which file.
    pub file: FileId,
    /// From which byte.
    pub at: u64,
    /// How many.
    pub len: u32,
}

/// How a read goes on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReadPlan {
    /// Whole batches, in order, owned; the first has the offset asked for, or follows it. Empty where nothing below the
    /// upper bound fits.
    Ready(Vec<Bytes>),
    /// The bytes are on disk: read, then [`Log::finish_read`].
    Cold(ColdRead),
    /// Below the log's start or above its end: OFFSET_OUT_OF_RANGE.
    OutOfRange,
}

/// A read that waits for the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ColdRead {
    /// What to read.
    pub ask: ReadAsk,
    from: Offset,
    upper: Offset,
    most: u32,
    at_least_one: bool,
    truncations: u64,
    /// What the first batch there must be, as far as it is known.
    first: Known,
}

/// What is known of the batch at a position.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Known {
    /// It is the next one at this offset.
    Base(Offset),
    /// It ends with this offset.
    Last(Offset),
}

/// What a cold read came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Finished {
    /// As [`ReadPlan::Ready`].
    Ready(Vec<Bytes>),
    /// The batch is further on, or longer than what was read: read again.
    Again(ColdRead),
}

/// Why a cold read has nothing to give.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReadError {
    /// The log was truncated meanwhile, or its front was let go: plan the read again.
    Stale,
    /// The stored bytes are bad: KAFKA_STORAGE_ERROR there, and never served.
    Corrupt(Offset),
    /// The disk failed.
    Disk(FileError),
}

/// Where the index does not tell how long a read is to be it is at least this long, so that finding a small batch behind
/// an index entry takes one.
const LEAST: u32 = 16 << 10;
/// And at most this long: who asks for more gets it in pieces.
const MOST: u32 = 8 << 20;

impl Log {
    /// Plans a read of whole batches from the one that has `from`, all below `upper`, at most `most` bytes, except that
    /// the first comes whole where `at_least_one` is set (KIP-74).
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
        if from >= upper {
            return Ok(ReadPlan::Ready(Vec::new()));
        }
        if let Some(warm) = self.read_warm(from, upper, most, at_least_one) {
            return Ok(ReadPlan::Ready(warm));
        }
        let (segment, at, first) = self.locate(from, env);
        let most_read = most.min(MOST);
        let len = match self.segments[segment].stretch(at, from, most_read, env) {
            Some(len) => len.min(u64::from(MOST)) as u32,
            // Up to an index interval and a batch lie between the index entry and the batch that is looked for.
            None => most_read.saturating_add(self.config.index_interval_bytes).clamp(LEAST, MOST),
        };
        let ask = self.ask(segment, at, len);
        let truncations = self.truncations;
        Ok(ReadPlan::Cold(ColdRead { ask, from, upper, most, at_least_one, truncations, first }))
    }

    /// What the disk brought: checked batches.
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
            let batch = match self.placed_batch(&bytes.slice(at..), known) {
                Ok(batch) => batch,
                Err(bad) => break bad,
            };
            let (header, next) = (batch.header(), at + batch.bytes().len());
            // What is only passed over is not served: that it lies where it belongs is enough.
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
            None => Err(self.bad_at(&read.ask, read.from, env)),
        }
    }

    /// About how many bytes a read from `from` below `upper` would bring, at most `most`; nought only if there are none.
    #[must_use]
    pub fn readable(&self, from: Offset, upper: Offset, most: u32) -> u32 {
        let upper = upper.min(self.end());
        if from < self.start || from >= upper {
            return 0;
        }
        let bytes = self.place(upper).saturating_sub(self.place(from)).max(1);
        u32::try_from(bytes).unwrap_or(u32::MAX).min(most)
    }

    /// What a cold read brought that is to be given out; the next one goes on with the batch that is `known` to follow.
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

    /// Where `offset` is, or at least nothing behind it.
    pub(super) fn locate(&mut self, offset: Offset, env: &mut Env<'_>) -> (usize, u64, Known) {
        let mut segment = self.segment_of(offset);
        if let Some(batch) = self.tail.find(offset) {
            segment = self.segment_of(batch.base);
            return (segment, batch.at - self.segments[segment].origin, Known::Base(batch.base));
        }
        // An offset without a record at the end of a segment: the next record begins the next one.
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

    /// How many bytes of the log lie before `offset`, exactly where the tail knows it.
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

    /// The bytes that were asked for, if they still mean what they meant then.
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
            // The file is shorter than what was appended to it.
            Ok(_) => Err(self.corrupt_at(from, env)),
            Err(FileError::Stale) => Err(ReadError::Stale),
            Err(error) => Err(ReadError::Disk(error)),
        }
    }

    /// The batch at the start of `bytes`, if it is intact and the one that belongs there.
    pub(super) fn checked_batch(&self, bytes: &Bytes, known: Known) -> Result<Batch, BadBatch> {
        let batch = self.placed_batch(bytes, known)?;
        if batch.is_intact() { Ok(batch) } else { Err(BadBatch::Crc) }
    }

    /// The batch at the start of `bytes`, if it is the one that belongs there. A checksum does not cover its first sixteen
    /// bytes: offset and epoch are compared with what the log knows.
    fn placed_batch(&self, bytes: &Bytes, known: Known) -> Result<Batch, BadBatch> {
        let batch = Batch::parse(bytes)?;
        let header = batch.header();
        let in_place = match known {
            Known::Base(base) => self.follows(header.base, base),
            Known::Last(last) => header.last() == last,
        };
        if !in_place || header.next() > self.end() || !self.epochs.agree_with(header) {
            return Err(BadBatch::Field);
        }
        Ok(batch)
    }

    /// Where to read on after `at` bytes of what `ask` brought, if what stopped there was only the end of the bytes.
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
        // The segment's records end before the offset: the next segment has it.
        let follows = matches!(known, Known::Base(end) if end <= self.segments[segment].end);
        (follows && segment + 1 < self.segments.len()).then(|| self.ask(segment + 1, 0, LEAST))
    }

    /// What bad bytes mean that `ask` brought: nothing where the file's segment was let go meanwhile.
    pub(super) fn bad_at(&self, ask: &ReadAsk, at: Offset, env: &mut Env<'_>) -> ReadError {
        if self.segments.iter().any(|segment| segment.file == ask.file) {
            self.corrupt_at(at, env)
        } else {
            ReadError::Stale
        }
    }

    pub(super) fn corrupt_at(&self, at: Offset, env: &mut Env<'_>) -> ReadError {
        let partition = self.partition;
        env.trace.emit(TraceKind::Corrupt, || TraceEvent::Corrupt { partition, at });
        ReadError::Corrupt(at)
    }
}
