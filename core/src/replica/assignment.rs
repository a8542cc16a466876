//! What the controller decided for a partition.

use crate::types::{LeaderEpoch, NodeId, Offset, PartitionEpoch};

/// A partition's registration, as its replica sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Assignment {
    /// The leader. `None` while no replica that may be elected is alive.
    pub leader: Option<NodeId>,
    /// The leader epoch, which numbers the leaderships of the partition.
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
        /// The offset from `recovery-point-offset-checkpoint`, or 0 if the file has no entry for the log. Every record
        /// below it was durable.
        recovery_point: Offset,
        /// The offset from `log-start-offset-checkpoint`, or 0 if the file has no entry for the log.
        log_start: Offset,
        /// The offset from `replication-offset-checkpoint`, or 0 if the file has no entry for the log.
        high_watermark: Offset,
    },
}

impl Opening {
    /// A log of which nothing is known: it is loaded as after an unclean stop, and without checkpoints.
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
