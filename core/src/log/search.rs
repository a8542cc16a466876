//! Finding offsets by time (`ListOffsets`).

use super::{Log, ReadAsk, ReadError};
use crate::io::{Env, FileError};
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
}

/// What a cold search came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Searched {
    /// Found, or there is none.
    Ready(Option<Found>),
    /// Further on: read again.
    Again(ColdSearch),
}

impl Log {
    /// The first record at or after `at`, below `upper`.
    pub fn find_timestamp(&mut self, at: Timestamp, upper: Offset, env: &mut Env<'_>) -> Result<SearchPlan, FileError> {
        let _ = (at, upper, env);
        todo!()
    }

    /// The first record with the greatest timestamp, below `upper` (KIP-734).
    pub fn max_timestamp(&mut self, upper: Offset, env: &mut Env<'_>) -> Result<SearchPlan, FileError> {
        let _ = (upper, env);
        todo!()
    }

    /// What the disk brought.
    pub fn finish_search(
        &mut self,
        search: ColdSearch,
        result: Result<Bytes, FileError>,
        env: &mut Env<'_>,
    ) -> Result<Searched, ReadError> {
        let _ = (search, result, env);
        todo!()
    }
}
