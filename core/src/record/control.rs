//! Control batches: one record, written by brokers, that ends a transaction (KIP-98).

use super::{Batch, BatchBuilder};
use crate::types::{ProducerEpoch, ProducerId, Timestamp};
use bytes::Bytes;

/// What a control record says, by the type in its key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ControlKind {
    /// A transaction was aborted.
    Abort,
    /// A transaction was committed.
    Commit,
}

/// The end of a producer's transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EndTxnMarker {
    /// Commit or abort.
    pub kind: ControlKind,
    /// Of the transaction coordinator that wrote it.
    pub coordinator_epoch: i32,
}

impl EndTxnMarker {
    /// The marker in a control batch; none in any other, such as the metadata log's, or in one that cannot be read.
    #[must_use]
    pub fn parse(batch: &Batch) -> Option<EndTxnMarker> {
        if !batch.header().is_control() {
            return None;
        }
        let record = batch.records().next()?.ok()?;
        // Version, then type or epoch; later versions may append fields.
        let kind = match i16::from_be_bytes(*record.key?.get(2..)?.first_chunk()?) {
            0 => ControlKind::Abort,
            1 => ControlKind::Commit,
            _ => return None,
        };
        let coordinator_epoch = i32::from_be_bytes(*record.value?.get(2..)?.first_chunk()?);
        Some(EndTxnMarker { kind, coordinator_epoch })
    }
}

/// A control batch that ends the transaction of `id`.
#[must_use]
pub fn end_txn_batch(id: ProducerId, epoch: ProducerEpoch, at: Timestamp, marker: EndTxnMarker) -> Bytes {
    let mut key = [0; 4];
    key[3] = u8::from(marker.kind == ControlKind::Commit);
    let mut value = [0; 6];
    value[2..].copy_from_slice(&marker.coordinator_epoch.to_be_bytes());
    let mut builder = BatchBuilder::new(128).with_producer(id, epoch, -1).transactional().control();
    builder.append(at, Some(&key), Some(&value), &[]);
    builder.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_comes_back() {
        for kind in [ControlKind::Abort, ControlKind::Commit] {
            let marker = EndTxnMarker { kind, coordinator_epoch: 9 };
            let bytes = end_txn_batch(ProducerId(4), ProducerEpoch(2), Timestamp(1), marker);
            let batch = Batch::parse(&bytes).unwrap();
            assert!(batch.is_intact() && batch.header().is_control() && batch.header().is_transactional());
            assert_eq!(batch.header().producer().unwrap().last_sequence, -1, "markers have no sequence");
            assert_eq!(EndTxnMarker::parse(&batch), Some(marker));
        }
    }

    #[test]
    fn what_is_no_marker_is_none() {
        let mut builder = BatchBuilder::new(0).control();
        builder.append(Timestamp(0), Some(&[0, 0]), Some(&[]), &[]);
        assert_eq!(EndTxnMarker::parse(&Batch::parse(&builder.build()).unwrap()), None);
    }
}
