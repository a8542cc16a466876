//! Records as Kafka lays them out: the batch (magic 2), its records, the checks before a batch is taken, and its stamp.
//!
//! **Invariants**
//! - Record bytes are never copied on the way in: a batch is a slice of the client's frame, and its stamp a part of its
//!   own.
//! - A batch that [`validate`] has passed needs no further check before it is appended.
//! - Hostile bytes are an error, never a panic, and never cost more than one pass over them.
//!
//! **In Kafka**: `DefaultRecordBatch`, `DefaultRecord`, `MemoryRecords`, `LogValidator`, `EndTransactionMarker`,
//! `ControlRecordType`.

mod batch;
mod builder;
mod compressed;
mod control;
mod header;
mod reader;
mod validate;

pub use batch::{Batch, Batches, crc32c};
pub use builder::{BatchBuilder, renumbered};
#[cfg(test)]
pub(crate) use compressed::{OF_KAFKA, bytes_of};
pub use compressed::{Undecodable, decompress};
pub use control::{
    BadControlRecord, ControlRecord, ControlType, EndTxnMarker, TransactionResult, control_batch, control_records,
    end_txn_batch,
};
pub use header::{BadBatch, BatchHeader, BatchProducer, Codec, HEADER_LEN, LOG_OVERHEAD, STAMP_LEN, next_sequence};
pub use reader::{Header, Headers, Malformed, Record, Records};
pub use validate::{Invalid, RecordFault, Rules, TimestampRule, ValidBatch, validate};
