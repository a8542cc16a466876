//! What a request may ask of whatever lives with a partition, and what comes back.

use super::control::ControlOutcome;
use crate::group::{GroupAnswer, GroupAsk};
use crate::replica::{PartitionAnswer, PartitionAsk};
use crate::types::{ErrorCode, ProducerId};

/// A question to a partition: to its replica, or to the coordinator that lives with its leadership.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Question {
    /// To the replica.
    Replica(PartitionAsk),
    /// To the group coordinator.
    Group(Box<GroupAsk>),
}

/// What a request is told in reply to one of its questions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    /// By a partition's replica.
    Replica(PartitionAnswer),
    /// By a group coordinator.
    Group(Box<GroupAnswer>),
    /// By the control shard; the request's shard has the image that shows the outcome.
    Control(ControlOutcome),
    /// By the shard's own stock of producer ids, to a request that found it empty.
    ProducerId(Result<ProducerId, ErrorCode>),
}
