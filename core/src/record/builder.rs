//! Makes uncompressed batches, as a client does.

use super::batch::{CRC_FROM, crc32c};
use super::header::{CONTROL_BIT, TRANSACTIONAL_BIT};
use super::reader::put_varlong;
use super::{HEADER_LEN, Header, LOG_OVERHEAD};
use crate::types::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Timestamp};
use bytes::{BufMut, Bytes, BytesMut};

/// Collects the records of one uncompressed batch.
#[derive(Clone, Debug)]
pub struct BatchBuilder {
    bytes: BytesMut,
    scratch: BytesMut,
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
        let mut bytes = BytesMut::with_capacity(capacity.max(HEADER_LEN));
        bytes.put_bytes(0, HEADER_LEN);
        BatchBuilder {
            bytes,
            scratch: BytesMut::new(),
            count: 0,
            base_timestamp: -1,
            max_timestamp: -1,
            producer: None,
            attributes: 0,
        }
    }

    /// Of an idempotent producer (KIP-98), whose next sequence number is `first_sequence`.
    #[must_use]
    pub fn with_producer(mut self, id: ProducerId, epoch: ProducerEpoch, first_sequence: i32) -> BatchBuilder {
        self.producer = Some((id, epoch, first_sequence));
        self
    }

    /// Part of a transaction.
    #[must_use]
    pub fn transactional(mut self) -> BatchBuilder {
        self.attributes |= TRANSACTIONAL_BIT;
        self
    }

    /// Of control records.
    #[must_use]
    pub fn control(mut self) -> BatchBuilder {
        self.attributes |= CONTROL_BIT;
        self
    }

    /// One more record.
    pub fn append(&mut self, at: Timestamp, key: Option<&[u8]>, value: Option<&[u8]>, headers: &[Header<'_>]) {
        if self.count == 0 {
            self.base_timestamp = at.0;
        }
        self.max_timestamp = self.max_timestamp.max(at.0);
        self.scratch.clear();
        let fields = &mut self.scratch;
        fields.put_i8(0);
        put_varlong(fields, at.0.wrapping_sub(self.base_timestamp));
        put_varlong(fields, i64::from(self.count));
        put_nullable(fields, key);
        // The value goes from the caller to the batch directly, as it is the bulk of the record.
        put_varlong(fields, value.map_or(-1, |it| it.len() as i64));
        let before_value = fields.len();
        put_varlong(fields, headers.len() as i64);
        for header in headers {
            put_nullable(fields, Some(header.key));
            put_nullable(fields, header.value);
        }
        let value = value.unwrap_or_default();
        put_varlong(&mut self.bytes, (self.scratch.len() + value.len()) as i64);
        self.bytes.extend_from_slice(&self.scratch[..before_value]);
        self.bytes.extend_from_slice(value);
        self.bytes.extend_from_slice(&self.scratch[before_value..]);
        self.count += 1;
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
        self.finish(0, -1)
    }

    /// The batch as it lies in a log or a snapshot, with the first record's offset and the leader's epoch.
    #[must_use]
    pub fn build_at(self, base: Offset, epoch: LeaderEpoch) -> Bytes {
        self.finish(base.0, epoch.0)
    }

    fn finish(mut self, base: i64, leader_epoch: i32) -> Bytes {
        let len = i32::try_from(self.bytes.len() - LOG_OVERHEAD).expect("a batch is smaller than 2 GiB");
        let (id, producer_epoch, sequence) = match self.producer {
            Some((id, epoch, sequence)) => (id.0, epoch.0, sequence),
            None => (-1, -1, -1),
        };
        let mut head = &mut self.bytes[..HEADER_LEN];
        head.put_i64(base);
        head.put_i32(len);
        head.put_i32(leader_epoch);
        head.put_u8(2);
        head.put_u32(0);
        head.put_i16(self.attributes);
        head.put_i32(self.count - 1);
        head.put_i64(self.base_timestamp);
        head.put_i64(self.max_timestamp);
        head.put_i64(id);
        head.put_i16(producer_epoch);
        head.put_i32(sequence);
        head.put_i32(self.count);
        let crc = crc32c(&self.bytes[CRC_FROM..]);
        self.bytes[CRC_FROM - 4..CRC_FROM].copy_from_slice(&crc.to_be_bytes());
        self.bytes.freeze()
    }
}

/// A whole batch under another producer's numbers: a copy, and its checksum made anew.
#[must_use]
pub fn renumbered(batch: &[u8], id: ProducerId, epoch: ProducerEpoch, first_sequence: i32) -> Bytes {
    let mut bytes = BytesMut::from(batch);
    let mut numbers = &mut bytes[43..57];
    numbers.put_i64(id.0);
    numbers.put_i16(epoch.0);
    numbers.put_i32(first_sequence);
    let crc = crc32c(&bytes[CRC_FROM..]);
    bytes[CRC_FROM - 4..CRC_FROM].copy_from_slice(&crc.to_be_bytes());
    bytes.freeze()
}

fn put_nullable(out: &mut BytesMut, field: Option<&[u8]>) {
    put_varlong(out, field.map_or(-1, |it| it.len() as i64));
    out.extend_from_slice(field.unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Batch;
    use proptest::prelude::*;

    #[test]
    fn a_batch_under_other_numbers_is_the_one_that_was_built_with_them() {
        let built = |id, epoch, sequence| {
            let mut builder = BatchBuilder::new(0).with_producer(ProducerId(id), ProducerEpoch(epoch), sequence);
            builder.append(Timestamp(7), Some(b"k"), Some(b"v"), &[]);
            builder.build()
        };
        assert_eq!(renumbered(&built(1, 2, 3), ProducerId(4), ProducerEpoch(5), 6), built(4, 5, 6));
    }

    type Fields = (i64, Option<Vec<u8>>, Option<Vec<u8>>, Vec<(Vec<u8>, Option<Vec<u8>>)>);

    fn fields() -> impl Strategy<Value = Fields> {
        let bytes = || proptest::collection::vec(any::<u8>(), 0..80);
        let headers = proptest::collection::vec((bytes(), proptest::option::of(bytes())), 0..3);
        (0..i64::MAX / 2, proptest::option::of(bytes()), proptest::option::of(bytes()), headers)
    }

    proptest! {
        #![proptest_config(gracchus_cases::property(gracchus_cases::ORDINARY))]

        #[test]
        fn records_come_back_as_they_went_in(records in proptest::collection::vec(fields(), 1..20)) {
            let mut builder = BatchBuilder::new(100).with_producer(ProducerId(7), ProducerEpoch(1), 3);
            for (at, key, value, headers) in &records {
                let headers: Vec<_> =
                    headers.iter().map(|(key, value)| Header { key, value: value.as_deref() }).collect();
                builder.append(Timestamp(*at), key.as_deref(), value.as_deref(), &headers);
            }
            let batch = Batch::parse(&builder.build()).unwrap();
            prop_assert!(batch.is_intact());
            prop_assert_eq!(batch.header().max_timestamp, records.iter().map(|it| it.0).max().unwrap());
            let last = batch.header().producer().unwrap().last_sequence;
            prop_assert_eq!(last, 3 + records.len() as i32 - 1);
            let read: Vec<Fields> = batch
                .records()
                .map(|it| it.unwrap())
                .map(|it| {
                    let headers = it.headers.map(|h| (h.key.to_vec(), h.value.map(<[u8]>::to_vec))).collect();
                    let at = batch.header().base_timestamp + it.timestamp_delta;
                    (at, it.key.map(<[u8]>::to_vec), it.value.map(<[u8]>::to_vec), headers)
                })
                .collect();
            prop_assert_eq!(read, records);
        }
    }
}
