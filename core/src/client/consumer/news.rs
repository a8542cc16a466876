//! What a consumer tells its user.

use crate::record::{Batch, Codec, Headers, Record, Records};
use crate::types::{ErrorCode, LeaderEpoch, NodeId, Offset, Timestamp};
use bytes::Bytes;
use bytestring::ByteString;

/// What a consumer tells its user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ConsumerNews {
    /// Records, or at least the offsets that come with none.
    Fetched(Box<Fetched>),
    /// A position was found, at the start or after the log no longer had the old one.
    Positioned {
        /// Of which topic.
        topic: ByteString,
        /// Which partition.
        partition: i32,
        /// The position before; none at the start.
        from: Option<Offset>,
        /// The position now.
        to: Offset,
    },
    /// The leader's log ends, in the epoch of the last record that was read, before the position: what was read behind
    /// it is gone (KIP-320). The position goes back there, unless `auto.offset.reset` is none.
    Truncated {
        /// Of which topic.
        topic: ByteString,
        /// Which partition.
        partition: i32,
        /// The position before.
        from: Offset,
        /// The epoch that the leader knows, and the end of it; none where it knows nothing so old.
        diverged: Option<(LeaderEpoch, Offset)>,
    },
    /// An error. Where it `stops`, the partition is fetched no more until it is assigned again; else it is tried again.
    Refused {
        /// Of which topic.
        topic: ByteString,
        /// Which partition.
        partition: i32,
        /// Which error.
        error: ErrorCode,
        /// Whether the partition stops.
        stops: bool,
    },
}

/// What one fetch brought for one partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fetched {
    /// Its topic.
    pub topic: ByteString,
    /// The partition.
    pub partition: i32,
    /// From whom.
    pub node: NodeId,
    /// The leader epoch that the consumer knew.
    pub leader_epoch: Option<LeaderEpoch>,
    /// The position before: records below it are of no interest.
    pub from: Offset,
    /// The position after.
    pub next: Offset,
    /// The high watermark.
    pub high_watermark: Option<Offset>,
    /// The last stable offset.
    pub last_stable: Option<Offset>,
    /// The log start offset.
    pub log_start: Option<Offset>,
    /// Whole batches, as the broker sent them but for their compression. One that cannot be decompressed is still compressed.
    pub batches: Vec<Batch>,
}

/// One record, its offset and timestamp absolute.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FetchedRecord<'a> {
    /// Its offset.
    pub offset: Offset,
    /// The leader epoch of its batch.
    pub leader_epoch: Option<LeaderEpoch>,
    /// Its timestamp, the broker's where the batch says so.
    pub timestamp: Timestamp,
    /// Its key.
    pub key: Option<Bytes>,
    /// Its value.
    pub value: Option<Bytes>,
    /// Its headers.
    pub headers: Headers<'a>,
}

impl Fetched {
    /// The records from the position before to the position after, control batches left out. A batch
    /// whose records cannot be read is an error in its place.
    #[must_use]
    pub fn records(&self) -> FetchedRecords<'_> {
        FetchedRecords { from: self.from, next: self.next, batches: self.batches.iter(), current: None }
    }

    /// Keeps the first `most` records, at least one, and returns the rest. None where there are no more than that.
    pub(crate) fn split_off(&mut self, most: usize) -> Option<Fetched> {
        // A batch that cannot be read has no offset to split at, and stays with the records before it.
        let boundary = self.records().skip(most.max(1)).find_map(|record| Some(record.ok()?.offset))?;
        let mut rest = self.clone();
        rest.from = boundary;
        rest.batches.retain(|batch| batch.header().next() > boundary);
        self.next = boundary;
        self.batches.retain(|batch| batch.header().base < boundary);
        Some(rest)
    }

    /// The leader epoch of the last batch, where there is one: that of the record before the position after this fetch.
    pub(crate) fn last_epoch(&self) -> Option<LeaderEpoch> {
        self.batches.last().and_then(|batch| batch.header().leader_epoch)
    }
}

/// Walks the records of a [`Fetched`].
#[derive(Clone, Debug)]
pub struct FetchedRecords<'a> {
    from: Offset,
    next: Offset,
    batches: core::slice::Iter<'a, Batch>,
    current: Option<(&'a Batch, Records<'a>)>,
}

impl<'a> Iterator for FetchedRecords<'a> {
    type Item = Result<FetchedRecord<'a>, ErrorCode>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some((batch, records)) = &mut self.current else {
                let batch = self.batches.next()?;
                match batch.header().codec() {
                    _ if batch.header().is_control() => continue,
                    Some(Codec::None) => self.current = Some((batch, batch.records())),
                    Some(_) => return Some(Err(ErrorCode::CorruptMessage)),
                    None => return Some(Err(ErrorCode::UnsupportedCompressionType)),
                }
                continue;
            };
            match records.next() {
                None => self.current = None,
                Some(Err(_)) => {
                    self.current = None;
                    return Some(Err(ErrorCode::CorruptMessage));
                }
                Some(Ok(record)) => {
                    let found = absolute(batch, &record);
                    if found.offset > batch.header().last() {
                        self.current = None;
                        return Some(Err(ErrorCode::CorruptMessage));
                    }
                    if (self.from..self.next).contains(&found.offset) {
                        return Some(Ok(found));
                    }
                }
            }
        }
    }
}

fn absolute<'a>(batch: &'a Batch, record: &Record<'a>) -> FetchedRecord<'a> {
    let header = batch.header();
    let timestamp = match header.is_log_append_time() {
        true => header.max_timestamp,
        false => header.base_timestamp.wrapping_add(record.timestamp_delta),
    };
    let shared = |bytes: &[u8]| batch.bytes().slice_ref(bytes);
    FetchedRecord {
        offset: Offset(header.base.0 + i64::from(record.offset_delta)),
        leader_epoch: header.leader_epoch,
        timestamp: Timestamp(timestamp),
        key: record.key.map(shared),
        value: record.value.map(shared),
        headers: record.headers,
    }
}
