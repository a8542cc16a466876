//! Control batches: one record, written by brokers, that ends a transaction (KIP-98).

use super::Batch;
use crate::types::{ProducerEpoch, ProducerId, Timestamp};
use bytes::Bytes;

/// What a control record says, by the type in its key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ControlKind {
    /// A transaction was aborted.
    Abort,
    /// A transaction was committed.
    Commit,
    /// Another control record, such as those of the metadata log.
    Other(i16),
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
    /// The marker in a control batch; none in any other, or in one that cannot be read.
    #[must_use]
    pub fn parse(batch: &Batch) -> Option<EndTxnMarker> {
        let _ = batch;
        todo!()
    }
}

/// A control batch that ends the transaction of `id`.
#[must_use]
pub fn end_txn_batch(id: ProducerId, epoch: ProducerEpoch, at: Timestamp, marker: EndTxnMarker) -> Bytes {
    let _ = (id, epoch, at, marker);
    todo!()
}
