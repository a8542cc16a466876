//! The survivability ledger: what each replica lost, who still holds each committed record, and whether a record that is
//! missing was permitted to be lost.
//!
//! **Invariants**: permitted loss is never called a bug, and a bug is never called permitted: each missing record has
//! exactly one [`Ruling`], by one row of the table.

use serde::{Deserialize, Serialize};

/// The row of the durability table that permits a loss.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Row {
    /// `acks=0` promises nothing.
    AcksNone,
    /// `acks=1`, and leadership changed before the high watermark was above the record.
    AcksLeaderMoved,
    /// `acks=1`, and the leader itself lost the bytes before the high watermark was above the record.
    AcksLeaderLossy,
    /// `min.insync.replicas=1`, and the one in-sync replica lost the bytes.
    SoleReplicaLossy,
    /// `min.insync.replicas` above 1, no eligible leader replicas: the last in-sync replica standing lost the bytes.
    LastReplicaLossy,
    /// Every replica lost the bytes at once, and nothing was synced before it was acknowledged.
    AllLossyUnsynced,
    /// An election that was flagged unclean.
    UncleanElection,
    /// Eligible leader replicas: as many as `min.insync.replicas` restarted uncleanly and the last leader lost the bytes.
    LastKnownLeaderLossy,
    /// Eligible leader replicas with balanced recovery: as many as `min.insync.replicas` lost bytes.
    BalancedExceeded,
}

/// What a missing record is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ruling {
    /// Nothing permits its loss.
    Bug,
    /// This row does.
    Expected(Row),
}

/// Records whose loss was permitted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ExpectedLoss {
    /// Of which partition, as `topic-0`.
    pub partition: String,
    /// Virtual time of the election that made it final, nanoseconds from the start.
    pub at: u64,
    /// The first offset.
    pub from: i64,
    /// Behind the last offset.
    pub to: i64,
    /// What permits it.
    pub row: Row,
}
