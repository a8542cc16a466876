//! Reading whole batches: warm ones from the tail cache at once, cold ones from the disk.

use super::Log;
use crate::io::{Env, FileError, FileId};
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
    pub(super) from: Offset,
    pub(super) upper: Offset,
    pub(super) most: u32,
    pub(super) at_least_one: bool,
    pub(super) truncations: u64,
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
    /// The log was truncated meanwhile: plan the read again.
    Stale,
    /// The stored bytes are bad: KAFKA_STORAGE_ERROR there, and never served.
    Corrupt(Offset),
    /// The disk failed.
    Disk(FileError),
}

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
        let _ = (from, upper, most, at_least_one, env);
        todo!()
    }

    /// What the disk brought: checked batches.
    pub fn finish_read(
        &mut self,
        read: ColdRead,
        result: Result<Bytes, FileError>,
        env: &mut Env<'_>,
    ) -> Result<Finished, ReadError> {
        let _ = (read, result, env);
        todo!()
    }

    /// About how many bytes a read from `from` below `upper` would bring, at most `most`; nought only if there are none.
    #[must_use]
    pub fn readable(&self, from: Offset, upper: Offset, most: u32) -> u32 {
        let _ = (from, upper, most);
        todo!()
    }
}
