//! A whole batch as a view over its bytes, and a walk over the batches in a buffer.

use super::{BadBatch, BatchHeader, Records};
use bytes::Bytes;

/// One whole batch of magic 2; its checksum is checked on demand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Batch {
    header: BatchHeader,
    bytes: Bytes,
}

impl Batch {
    /// The batch at the start of `bytes`, which may go on behind it.
    pub fn parse(bytes: &Bytes) -> Result<Batch, BadBatch> {
        let _ = bytes;
        todo!()
    }

    /// Its header.
    #[must_use]
    pub fn header(&self) -> &BatchHeader {
        &self.header
    }

    /// All its bytes.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Whether the checksum is that of the bytes.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        todo!()
    }

    /// Its records, which must not be compressed.
    #[must_use]
    pub fn records(&self) -> Records<'_> {
        todo!()
    }
}

/// Walks the batches that lie one behind the other in a buffer. Ends after the first error.
#[derive(Clone, Debug)]
pub struct Batches {
    rest: Bytes,
}

impl Batches {
    /// Over `bytes`.
    #[must_use]
    pub fn new(bytes: Bytes) -> Batches {
        Batches { rest: bytes }
    }
}

impl Iterator for Batches {
    type Item = Result<Batch, BadBatch>;

    fn next(&mut self) -> Option<Result<Batch, BadBatch>> {
        let _ = &self.rest;
        todo!()
    }
}
