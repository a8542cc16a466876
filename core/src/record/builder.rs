//! Makes uncompressed batches, as a client does.

use super::Header;
use crate::types::{ProducerEpoch, ProducerId, Timestamp};
use bytes::{Bytes, BytesMut};

/// Collects the records of one uncompressed batch.
#[derive(Clone, Debug)]
pub struct BatchBuilder {
    bytes: BytesMut,
    count: i32,
    base_timestamp: i64,
    max_timestamp: i64,
    producer: Option<(ProducerId, ProducerEpoch, i32)>,
    attributes: i16,
}

impl BatchBuilder {
    /// An empty batch whose buffer has room for `capacity` bytes.
    #[must_use]
    pub fn new(capacity: usize) -> BatchBuilder {
        let _ = capacity;
        todo!()
    }

    /// Of an idempotent producer (KIP-98), whose next sequence number is `first_sequence`.
    #[must_use]
    pub fn with_producer(mut self, id: ProducerId, epoch: ProducerEpoch, first_sequence: i32) -> BatchBuilder {
        self.producer = Some((id, epoch, first_sequence));
        self
    }

    /// One more record.
    pub fn append(&mut self, at: Timestamp, key: Option<&[u8]>, value: Option<&[u8]>, headers: &[Header<'_>]) {
        let _ = (at, key, value, headers, &self.bytes, self.base_timestamp, self.max_timestamp, self.attributes);
        todo!()
    }

    /// Bytes that the batch has so far, header included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it has no record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Records so far.
    #[must_use]
    pub fn count(&self) -> i32 {
        self.count
    }

    /// The batch, its base offset 0 and without a leader epoch, as clients send it.
    #[must_use]
    pub fn build(self) -> Bytes {
        todo!()
    }
}
