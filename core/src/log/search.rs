//! Finding offsets by time (`ListOffsets`).

use super::read::Known;
use super::{Log, ReadAsk, ReadError};
use crate::io::{Env, FileError};
use crate::record::{Batch, Records};
use crate::types::{LeaderEpoch, Offset, Timestamp};
use bytes::Bytes;

/// A record that was found by its time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Found {
    /// Where it is.
    pub offset: Offset,
    /// Its time.
    pub timestamp: Timestamp,
    /// Its batch's leader epoch.
    pub epoch: Option<LeaderEpoch>,
}

/// How a search goes on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SearchPlan {
    /// Found, or there is none.
    Ready(Option<Found>),
    /// Read, then [`Log::finish_search`].
    Cold(ColdSearch),
}

/// A search that waits for the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ColdSearch {
    /// What to read.
    pub ask: ReadAsk,
    /// The least timestamp that counts.
    at: Timestamp,
    from: Offset,
    upper: Offset,
    truncations: u64,
    first: Known,
}

/// What a cold search came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Searched {
    /// Found, or there is none.
    Ready(Option<Found>),
    /// Further on: read again.
    Again(ColdSearch),
}

/// A search reads in pieces of this size.
const PIECE: u32 = 64 << 10;

/// A compressed batch is made plain up to so many times its bytes: a search costs no more than what it reads, times this.
const PLAIN_RATIO_MAX: usize = 100;
/// So many bytes are always taken.
const PLAIN_ALWAYS: usize = 64 << 10;
/// More are never taken.
const PLAIN_MAX: usize = 32 << 20;

impl Log {
    /// The first record at or after `at`, below `upper`.
    pub fn find_timestamp(&mut self, at: Timestamp, upper: Offset, env: &mut Env<'_>) -> Result<SearchPlan, FileError> {
        for segment in self.segment_of(self.start)..self.segments.len() {
            if self.segments[segment].newest(env).is_some_and(|it| it.0 >= at.0) {
                return Ok(SearchPlan::Cold(self.search(segment, at, upper, env)));
            }
        }
        Ok(SearchPlan::Ready(None))
    }

    /// The first record with the greatest timestamp, below `upper` (KIP-734). None where the record with the greatest
    /// timestamp of the whole log is not below it.
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

    /// What the disk brought.
    pub fn finish_search(
        &self,
        search: ColdSearch,
        result: Result<Bytes, FileError>,
        env: &mut Env<'_>,
    ) -> Result<Searched, ReadError> {
        let bytes = self.checked_result(&search.ask, search.truncations, search.from, result, env)?;
        let (mut at, mut known) = (0, search.first);
        let bad = loop {
            let batch = match self.checked_batch(&bytes.slice(at..), known) {
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
            None => Err(self.bad_at(&search.ask, search.from, env)),
        }
    }

    fn search(&mut self, segment: usize, at: Timestamp, upper: Offset, env: &mut Env<'_>) -> ColdSearch {
        let from = self.segments[segment].offset_before(at.0, env).max(self.start);
        let (segment, position, first) = self.locate(from, env);
        let ask = self.ask(segment, position, PIECE);
        ColdSearch { ask, at, from, upper, truncations: self.truncations, first }
    }

    /// The first record of `batch` at or after `at`. A batch whose records cannot be read, or are too many bytes, answers
    /// with its first offset: a consumer that begins there misses nothing.
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
