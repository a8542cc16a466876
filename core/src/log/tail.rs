//! The last batches of a log: where each begins, how it changed producer state and, of the newest ones, their bytes.
//!
//! Reads of recent appends are served from here without a copy, and a truncation within the remembered batches reads
//! nothing from the disk.

use super::producers::{ProducerAppend, Producers};
use super::seam::{BatchId, LogTail};
use crate::record::BatchHeader;
use crate::types::Offset;
use bytes::Bytes;
use std::collections::VecDeque;

/// The number of a log's last batches that are remembered even if their bytes are not cached, so that a truncation
/// within them needs no disk read.
const REMEMBERED: usize = 256;
/// An estimate of the bytes of memory that a cached batch takes besides the batch's own bytes.
const OVERHEAD: u64 = 192;

/// The last batches, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail {
    batches: VecDeque<TailBatch>,
    /// The number of batches, from the front, whose bytes are not cached.
    uncached: usize,
    cached_bytes: u64,
    /// The producer state before the first remembered batch.
    floor: Producers,
    /// The log's last batch before the first remembered one.
    before: LogTail,
}

/// A remembered batch.
#[derive(Clone, Debug)]
pub(super) struct TailBatch {
    pub(super) base: Offset,
    pub(super) end: Offset,
    /// The position of the batch's first byte in the log, counted over all segments.
    pub(super) at: u64,
    pub(super) len: u32,
    pub(super) max_timestamp: i64,
    id: BatchId,
    append: Option<ProducerAppend>,
    held: u64,
    /// The batch's bytes; empty if they are not cached.
    bytes: [Bytes; 2],
}

impl Tail {
    /// Makes a tail without batches. `producers` is the producer state at the log's end, and `before` the log's last
    /// batch.
    pub(super) fn new(producers: Producers, before: LogTail) -> Tail {
        Tail { floor: producers, before, ..Tail::default() }
    }

    /// Adds a batch at the end. A batch without `cached` bytes is only remembered, and all older cached bytes are
    /// dropped.
    pub(super) fn push(
        &mut self,
        header: &BatchHeader,
        at: u64,
        append: Option<ProducerAppend>,
        cached: Option<Cached>,
    ) {
        let (bytes, held) = match cached {
            Some(cached) => (cached.parts, cached.held + OVERHEAD),
            None => {
                self.forget_bytes();
                ([Bytes::new(), Bytes::new()], 0)
            }
        };
        self.cached_bytes += held;
        self.batches.push_back(TailBatch {
            base: header.base,
            end: header.next(),
            at,
            len: header.len,
            max_timestamp: header.max_timestamp,
            id: BatchId::of(header),
            append,
            held,
            bytes,
        });
        if held == 0 {
            self.uncached = self.batches.len();
        }
    }

    /// Drops the bytes of the oldest cached batches until the cache takes at most `most` bytes. The newest batch stays
    /// cached, even if it alone takes more. Then forgets old batches that are not cached, but keeps the last
    /// [`REMEMBERED`] batches.
    pub(super) fn trim(&mut self, most: u64) {
        while self.cached_bytes > most && self.uncached + 1 < self.batches.len() {
            self.uncache_one();
        }
        self.forget(REMEMBERED);
    }

    /// Does the same as [`Tail::trim`], but drops the bytes of the newest batch too, if that batch alone takes more
    /// than `most` bytes.
    pub(super) fn trim_all(&mut self, most: u64) {
        while self.cached_bytes > most {
            self.uncache_one();
        }
        self.forget(REMEMBERED);
    }

    /// Forgets the oldest batches whose bytes are not cached, until at most `most` batches are remembered.
    pub(super) fn forget(&mut self, most: usize) {
        while self.batches.len() > most && self.uncached > 0 {
            let oldest = self.batches.pop_front().expect("it is not empty");
            self.uncached -= 1;
            if let Some(append) = &oldest.append {
                self.floor.apply(append);
            }
            self.before = LogTail::Batch(oldest.id);
        }
    }

    /// The log's last batch.
    pub(super) fn last(&self) -> LogTail {
        self.batches.back().map_or(self.before, |it| LogTail::Batch(it.id))
    }

    /// The bytes of memory that the cached batches keep allocated.
    pub(super) fn cached_bytes(&self) -> u64 {
        self.cached_bytes
    }

    /// Returns the cached batches that end after `offset`. Returns `None` if `offset` lies before the first cached
    /// batch.
    pub(super) fn cached_from(&self, offset: Offset) -> Option<impl Iterator<Item = &TailBatch>> {
        let first = self.batches.get(self.uncached)?;
        if offset < first.base {
            return None;
        }
        let at = self.batches.partition_point(|it| it.end <= offset).max(self.uncached);
        Some(self.batches.range(at..))
    }

    /// Returns the batch that contains `offset`, or else the first batch after it. Returns `None` if `offset` lies
    /// before the remembered batches.
    pub(super) fn find(&self, offset: Offset) -> Option<&TailBatch> {
        if self.batches.front()?.base > offset {
            return None;
        }
        self.batches.get(self.batches.partition_point(|it| it.end <= offset))
    }

    /// The greatest timestamp among the remembered batches from `base` on, with the last offset of the first batch that
    /// has it.
    pub(super) fn newest_from(&self, base: Offset) -> Option<(i64, Offset)> {
        let from = self.batches.partition_point(|it| it.base < base);
        let mut newest: Option<(i64, Offset)> = None;
        for batch in self.batches.range(from..) {
            if batch.max_timestamp > newest.map_or(-1, |it| it.0) {
                newest = Some((batch.max_timestamp, Offset(batch.end.0 - 1)));
            }
        }
        newest
    }

    /// Drops the batches at and above `end`, which is where a remembered batch begins. Returns the producer state at
    /// `end`.
    pub(super) fn truncate(&mut self, end: Offset) -> Producers {
        while self.batches.back().is_some_and(|it| it.base >= end) {
            let newest = self.batches.pop_back().expect("it is not empty");
            self.cached_bytes -= newest.held;
        }
        self.uncached = self.uncached.min(self.batches.len());
        let mut producers = self.floor.clone();
        self.batches.iter().filter_map(|it| it.append.as_ref()).for_each(|it| producers.apply(it));
        producers
    }

    /// Forgets the producers that are not in `known`, because they have expired (`producer.id.expiration.ms`). A
    /// truncation must not bring them back.
    pub(super) fn expire(&mut self, known: &Producers) {
        self.floor.retain_known_to(known);
    }

    fn forget_bytes(&mut self) {
        while self.uncached < self.batches.len() {
            self.uncache_one();
        }
    }

    fn uncache_one(&mut self) {
        let oldest = &mut self.batches[self.uncached];
        self.cached_bytes -= core::mem::take(&mut oldest.held);
        oldest.bytes = [Bytes::new(), Bytes::new()];
        self.uncached += 1;
    }
}

impl TailBatch {
    /// The cached bytes of the batch, in order.
    pub(super) fn parts(&self) -> impl Iterator<Item = Bytes> {
        self.bytes.iter().filter(|it| !it.is_empty()).cloned()
    }
}

/// The bytes of a batch, to be cached.
#[derive(Clone, Debug)]
pub(super) struct Cached {
    parts: [Bytes; 2],
    held: u64,
}

impl Cached {
    /// Takes a batch's bytes in two parts. The second part is a slice of an allocation of `held` bytes, which it keeps
    /// alive. If the slice is much smaller than its allocation, it is copied, so that the allocation can be freed.
    pub(super) fn new([head, mut body]: [Bytes; 2], held: u32) -> Cached {
        let mut held = u64::from(held);
        let len = body.len() as u64;
        if held > 4096 && held / 2 > len {
            body = Bytes::copy_from_slice(&body);
            held = len;
        }
        Cached { parts: [head, body], held }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Batch, BatchBuilder};
    use crate::types::{ProducerEpoch, ProducerId, Timestamp};

    fn header(base: i64, sequence: i32) -> BatchHeader {
        let mut builder = BatchBuilder::new(0).with_producer(ProducerId(1), ProducerEpoch(0), sequence);
        builder.append(Timestamp(base), None, None, &[]);
        BatchHeader { base: Offset(base), ..*Batch::parse(&builder.build()).unwrap().header() }
    }

    fn cached(len: usize) -> Option<Cached> {
        Some(Cached::new([Bytes::new(), Bytes::from(vec![7; len])], len as u32))
    }

    fn tail(count: i64, len: usize) -> Tail {
        let mut tail = Tail::default();
        for base in 0..count {
            let header = header(base, base as i32);
            tail.push(&header, base as u64 * 10, ProducerAppend::of(&header, None), cached(len));
        }
        tail
    }

    #[test]
    fn the_cache_keeps_the_newest_within_its_limit() {
        let mut tail = tail(10, 1000);
        tail.trim(3 * (1000 + OVERHEAD));
        assert_eq!(tail.cached_bytes(), 3 * (1000 + OVERHEAD));
        assert!(tail.cached_from(Offset(6)).is_none());
        assert_eq!(tail.cached_from(Offset(8)).unwrap().map(|it| it.base.0).collect::<Vec<_>>(), [8, 9]);
        assert_eq!(tail.find(Offset(2)).unwrap().at, 20, "remembered, though not cached");
        tail.trim(0);
        assert_eq!(tail.cached_bytes(), 1000 + OVERHEAD, "the newest stays");
        tail.trim_all(0);
        assert_eq!(tail.cached_bytes(), 0);
    }

    #[test]
    fn a_small_slice_of_a_large_frame_is_copied() {
        let frame = Bytes::from(vec![1; 100_000]);
        let slice = frame.slice(..1000);
        let kept = Cached::new([Bytes::new(), slice.clone()], 100_000);
        assert!(kept.parts[1].as_ptr() != slice.as_ptr() && kept.held == 1000);
        let most = frame.slice(..60_000);
        let kept = Cached::new([Bytes::new(), most.clone()], 100_000);
        assert!(kept.parts[1].as_ptr() == most.as_ptr() && kept.held == 100_000);
    }

    #[test]
    fn truncation_gives_producer_state_as_of_the_cut() {
        let mut tail = tail(600, 10);
        tail.trim_all(0);
        assert_eq!(tail.batches.len(), REMEMBERED);
        let mut expected = Producers::default();
        for base in 0..500 {
            expected.apply(&ProducerAppend::of(&header(base, base as i32), None).unwrap());
        }
        assert_eq!(tail.truncate(Offset(500)), expected);
        assert_eq!(tail.find(Offset(499)).unwrap().base, Offset(499));
        assert!(tail.find(Offset(500)).is_none());
        assert_eq!(tail.last(), LogTail::Batch(BatchId::of(&header(499, 499))));
        assert_eq!(tail.truncate(Offset(344)).known[&ProducerId(1)].batches.back().unwrap().last, Offset(343));
        assert_eq!(tail.last(), LogTail::Batch(BatchId::of(&header(343, 343))), "not remembered itself");
    }

    #[test]
    fn the_newest_timestamp_is_that_of_the_first_batch_with_it() {
        let mut tail = Tail::default();
        for (base, at) in [(0, 5), (1, 9), (2, 9), (3, 7)] {
            tail.push(&BatchHeader { max_timestamp: at, ..header(base, 0) }, 0, None, None);
        }
        assert_eq!(tail.newest_from(Offset(0)), Some((9, Offset(1))));
        assert_eq!(tail.newest_from(Offset(2)), Some((9, Offset(2))));
        assert_eq!(tail.newest_from(Offset(4)), None);
    }
}
