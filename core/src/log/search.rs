//! Finds offsets by time (`ListOffsets`).

use super::read::Known;
use super::{Log, ReadAsk, ReadError};
use crate::io::{Env, FileError};
use crate::record::{Batch, Records};
use crate::types::{LeaderEpoch, Offset, Timestamp};
use bytes::Bytes;

/// A record that was found by its timestamp.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Found {
    /// The record's offset.
    pub offset: Offset,
    /// The record's timestamp.
    pub timestamp: Timestamp,
    /// The leader epoch of the record's batch.
    pub epoch: Option<LeaderEpoch>,
}

/// The result of a search, or what must be done to get it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SearchPlan {
    /// The record that was found; none if there is no such record.
    Ready(Option<Found>),
    /// Perform the read, then call [`Log::finish_search`].
    Cold(ColdSearch),
}

/// A search that needs the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ColdSearch {
    /// The read to perform.
    pub ask: ReadAsk,
    /// The least timestamp that the wanted record may have.
    at: Timestamp,
    from: Offset,
    upper: Offset,
    truncations: u64,
    first: Known,
}

/// The result of a cold search.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Searched {
    /// The record that was found; none if there is no such record.
    Ready(Option<Found>),
    /// The record is not in the bytes that were read: perform this read next.
    Again(ColdSearch),
}

/// The number of bytes that a search reads at once.
const PIECE: u32 = 64 << 10;

/// A search decompresses a batch to at most this many times the batch's length in the log, so that the bytes read bound
/// the cost of the search. If the decompressed batch is larger, the search returns the batch's first offset.
const PLAIN_RATIO_MAX: usize = 100;
/// The size limit of a decompressed batch is never lower than this, however short the batch is.
const PLAIN_ALWAYS: usize = 64 << 10;
/// The size limit of a decompressed batch is never higher than this, however long the batch is.
const PLAIN_MAX: usize = 32 << 20;

impl Log {
    /// Plans a search for the first record below the offset `upper` whose timestamp is at or after `at`.
    pub fn find_timestamp(&mut self, at: Timestamp, upper: Offset, env: &mut Env<'_>) -> Result<SearchPlan, FileError> {
        for segment in self.segment_of(self.start)..self.segments.len() {
            if self.segments[segment].newest(env).is_some_and(|it| it.0 >= at.0) {
                return Ok(SearchPlan::Cold(self.search(segment, at, upper, env)));
            }
        }
        Ok(SearchPlan::Ready(None))
    }

    /// Plans a search for the first record with the greatest timestamp, below the offset `upper` (KIP-734). None if the
    /// record with the greatest timestamp of the whole log is not below `upper`.
    pub fn max_timestamp(&mut self, upper: Offset, env: &mut Env<'_>) -> Result<SearchPlan, FileError> {
        let mut newest: Option<(usize, i64)> = None;
        for segment in self.segment_of(self.start)..self.segments.len() {
            if let Some((at, _)) = self.segments[segment].newest(env)
                && newest.is_none_or(|it| it.1 < at)
            {
                newest = Some((segment, at));
            }
        }
        Ok(match newest {
            Some((segment, at)) => SearchPlan::Cold(self.search(segment, Timestamp(at), upper, env)),
            None => SearchPlan::Ready(None),
        })
    }

    /// Takes the bytes that the disk returned, and looks for the record in them. Returns the record, or the next read
    /// to perform.
    pub fn finish_search(
        &self,
        search: ColdSearch,
        result: Result<Bytes, FileError>,
        env: &mut Env<'_>,
    ) -> Result<Searched, ReadError> {
        let bytes = self.checked_result(&search.ask, search.truncations, search.from, result, env)?;
        let (mut at, mut known) = (0, search.first);
        let bad = loop {
            let batch = match self.checked_batch(&search.ask, at, &bytes, known) {
                Ok(batch) => batch,
                Err(bad) => break bad,
            };
            if batch.header().base >= search.upper {
                return Ok(Searched::Ready(None));
            }
            if let Some(found) = self.first_in(&batch, search.at) {
                return Ok(Searched::Ready((found.offset < search.upper).then_some(found)));
            }
            known = Known::Base(batch.header().next());
            at += batch.bytes().len();
        };
        if at as u64 + search.ask.at == self.active().bytes && search.ask.file == self.active().file {
            return Ok(Searched::Ready(None));
        }
        match self.go_on(&search.ask, at, bad, known) {
            Some(ask) => Ok(Searched::Again(ColdSearch { ask, first: known, ..search })),
            None => Err(self.bad_at(&search.ask, at, search.from, bad, env)),
        }
    }

    fn search(&mut self, segment: usize, at: Timestamp, upper: Offset, env: &mut Env<'_>) -> ColdSearch {
        let from = self.segments[segment].offset_before(at.0, env).max(self.start);
        let (segment, position, first) = self.locate(from, env);
        let ask = self.ask(segment, position, PIECE);
        ColdSearch { ask, at, from, upper, truncations: self.truncations, first }
    }

    /// Returns the first record of `batch` at or after the time `at`. If the records cannot be read, or decompress to
    /// too many bytes, returns the batch's first offset: a consumer that begins there misses nothing.
    fn first_in(&self, batch: &Batch, at: Timestamp) -> Option<Found> {
        let header = batch.header();
        if header.max_timestamp < at.0 || header.next() <= self.start || header.is_control() {
            return None;
        }
        let found = |offset: Offset, timestamp: i64| {
            let offset = offset.max(self.start);
            Found { offset, timestamp: Timestamp(timestamp), epoch: header.leader_epoch }
        };
        let whole = Some(found(header.base, header.max_timestamp));
        if header.is_log_append_time() {
            return whole;
        }
        let most = batch.bytes().len().saturating_mul(PLAIN_RATIO_MAX).clamp(PLAIN_ALWAYS, PLAIN_MAX);
        let Ok(plain) = batch.plain(most.max(batch.bytes().len())) else { return whole };
        for record in Records::new(&plain, header.count) {
            let Ok(record) = record else { return whole };
            let offset = header.base.0 + i64::from(record.offset_delta);
            let timestamp = header.base_timestamp.wrapping_add(record.timestamp_delta);
            if timestamp >= at.0 && offset >= self.start.0 {
                return Some(found(Offset(offset), timestamp));
            }
        }
        None
    }
}
