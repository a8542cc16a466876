//! Records of an idempotent session may lie in another order than they were sent after a permitted loss of all that the
//! session had in the log.
//!
//! A leader knows a producer by the records in its log. A leader whose log has no record of the producer takes a batch with
//! any sequence number (KIP-360), as it must where retention has deleted the records. Of several batches in flight the
//! earlier ones can be refused, for example for too few in-sync replicas, and a later one be appended: nothing tells the
//! leader that batches are missing before it. The earlier batches are then refused for their sequence numbers, and the
//! producer sends them again in another epoch, so that they lie behind the later one.

use super::state::{Fate, Record};
use crate::checks::model::Partition;
use gracchus_core::types::Offset;

/// Returns whether, of the records of one idempotent session, the record with the number `earlier` may lie behind a later
/// record at `later_at`: acknowledged records before `earlier` were lost with permission, and none of the records before
/// `earlier` lies below `later_at`, so that the leader did not know the session.
pub fn may_be_overtaken(partition: &Partition, records: &[Record], earlier: u32, later_at: Offset) -> bool {
    let before = records.get(..earlier as usize).unwrap_or_default();
    let is_gone = |record: &&Record| {
        let is_gone_at = |at| partition.gone_since(at, record.cuts).is_some() || at < partition.let_go;
        acknowledged(record).is_some_and(is_gone_at)
    };
    let lies_at = |record: &Record| {
        let acknowledged = acknowledged(record).filter(|_| !is_gone(&record));
        // What was let go is no record by which a leader knows the session.
        record.read_at.or(acknowledged).filter(|at| *at >= partition.let_go)
    };
    before.iter().any(|record| is_gone(&record)) && before.iter().filter_map(lies_at).all(|at| at > later_at)
}

fn acknowledged(record: &Record) -> Option<Offset> {
    match record.fate {
        Fate::Acknowledged(at) => at,
        Fate::Open | Fate::Unknown | Fate::Failed => None,
    }
}
