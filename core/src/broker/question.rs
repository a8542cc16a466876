//! Questions of requests to a partition's replica or group coordinator, and the replies.

use super::control::ControlOutcome;
use crate::group::{GroupAnswer, GroupAsk};
use crate::replica::{PartitionAnswer, PartitionAsk};
use crate::types::{ErrorCode, ProducerId};

/// A question to a partition: to the partition's replica, or to the group coordinator, which lives on the shard of the
/// partition's leader.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Question {
    /// For the replica.
    Replica(PartitionAsk),
    /// For the group coordinator.
    Group(Box<GroupAsk>),
}

/// The reply to one question of a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    /// From a partition's replica.
    Replica(PartitionAnswer),
    /// From a group coordinator.
    Group(Box<GroupAnswer>),
    /// From the control shard. The request's shard already has the image that shows the outcome.
    Control(ControlOutcome),
    /// From the shard's own stock of producer ids, for a request that found the stock empty.
    ProducerId(Result<ProducerId, ErrorCode>),
}
