//! What the controller decided for a partition.

use crate::types::{LeaderEpoch, NodeId, Offset, PartitionEpoch};

/// A partition's registration, as its replica sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Assignment {
    /// The leader; none while no acceptable replica is alive.
    pub leader: Option<NodeId>,
    /// The number of the leadership.
    pub leader_epoch: LeaderEpoch,
    /// The number of changes to the partition's registration. An assignment that is not newer than the last one is
    /// ignored.
    pub partition_epoch: PartitionEpoch,
    /// The nodes that hold the partition.
    pub replicas: Vec<NodeId>,
    /// The nodes in the in-sync set.
    pub isr: Vec<NodeId>,
}

/// What is in the partition's folder when it is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opening {
    /// Nothing. The log must be created.
    New,
    /// A log, which must be loaded.
    Existing {
        /// Whether the log directory was stopped cleanly.
        clean: bool,
        /// From the recovery-point checkpoint, 0 without an entry: every record below was durable.
        recovery_point: Offset,
        /// From the log-start checkpoint, 0 without an entry.
        log_start: Offset,
        /// From the high-watermark checkpoint, 0 without an entry.
        high_watermark: Offset,
    },
}

impl Opening {
    /// For a log for which no checkpoint file has an entry, after an unclean stop.
    pub(super) const UNKNOWN: Opening = Opening::Existing {
        clean: false,
        recovery_point: Offset::ZERO,
        log_start: Offset::ZERO,
        high_watermark: Offset::ZERO,
    };

    pub(super) fn high_watermark(&self) -> Offset {
        match self {
            Opening::New => Offset::ZERO,
            Opening::Existing { high_watermark, .. } => *high_watermark,
        }
    }
}
