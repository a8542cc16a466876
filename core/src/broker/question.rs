//! Questions that requests ask a partition's replica or group coordinator, and the replies.

use super::control::ControlOutcome;
use crate::group::{GroupAnswer, GroupAsk};
use crate::replica::{PartitionAnswer, PartitionAsk};
use crate::types::{ErrorCode, ProducerId};

/// A question to a partition: to the partition's replica, or to the group coordinator, which lives on the shard of the
/// partition's leader.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Question {
    /// A question to the partition's replica.
    Replica(PartitionAsk),
    /// A question to the group coordinator of the partition.
    Group(Box<GroupAsk>),
}

/// The reply to one question of a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    /// A reply from a partition's replica.
    Replica(PartitionAnswer),
    /// A reply from a group coordinator.
    Group(Box<GroupAnswer>),
    /// A reply from the control shard. The request's shard already has the image that shows the outcome.
    Control(ControlOutcome),
    /// An id from the shard's own stock of producer ids, for a request that had to wait because the stock was empty.
    ProducerId(Result<ProducerId, ErrorCode>),
}
