//! What the controller decided for a partition.

use crate::types::{LeaderEpoch, NodeId, Offset, PartitionEpoch};

/// A partition's registration, as its replica sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Assignment {
    /// Who leads; none while no acceptable replica is alive.
    pub leader: Option<NodeId>,
    /// Counts leaderships.
    pub leader_epoch: LeaderEpoch,
    /// Counts changes; an assignment that is not newer than the one before changes nothing.
    pub partition_epoch: PartitionEpoch,
    /// Who holds the partition.
    pub replicas: Vec<NodeId>,
    /// Who is in sync.
    pub isr: Vec<NodeId>,
}

/// What is in the partition's folder when it is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opening {
    /// Nothing: create it.
    New,
    /// A log: load it.
    Existing {
        /// Whether its log directory was stopped in good order.
        clean: bool,
        /// From the recovery-point checkpoint: all below was durable. Nought where there is none.
        recovery_point: Offset,
        /// From the log-start checkpoint; nought where there is none.
        log_start: Offset,
        /// From the high-watermark checkpoint; nought where there is none.
        high_watermark: Offset,
    },
}

impl Opening {
    /// A folder of which no checkpoint says anything.
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
