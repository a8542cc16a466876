//! Refusals of questions about partitions that this shard does not hold, or no longer holds.

use super::Data;
use crate::replica::{PartitionAnswer, PartitionAsk, ProduceRefusal, ReadAnswer};
use crate::types::{ErrorCode, LeaderEpoch, NodeId, TopicPartition};

impl Data {
    /// Returns the refusal of a question about a partition that this shard does not hold, or that it no longer serves
    /// because it stops. `None` if the question needs no answer.
    pub(super) fn refusal(&self, partition: TopicPartition, what: &PartitionAsk) -> Option<PartitionAnswer> {
        let registered = self.image.partition(partition);
        let error = match registered {
            Some(_) => ErrorCode::NotLeaderOrFollower,
            None => ErrorCode::UnknownTopicOrPartition,
        };
        let leader = registered.map(|it| (it.leader, it.leader_epoch));
        refuse(what, error, leader)
    }
}

fn refuse(
    what: &PartitionAsk,
    error: ErrorCode,
    current_leader: Option<(Option<NodeId>, LeaderEpoch)>,
) -> Option<PartitionAnswer> {
    match what {
        PartitionAsk::Produce { .. } => Some(PartitionAnswer::Produced(Err(ProduceRefusal {
            error,
            message: None,
            records: Vec::new(),
            current_leader,
            log_start: None,
        }))),
        PartitionAsk::Watch { .. } => Some(PartitionAnswer::Readable { bytes: 0, at_once: true }),
        PartitionAsk::Unwatch => None,
        PartitionAsk::Read { .. } => {
            Some(PartitionAnswer::Read(ReadAnswer { current_leader, ..ReadAnswer::error(error) }))
        }
        PartitionAsk::ListOffset { .. } => Some(PartitionAnswer::Offset(Err(error))),
        PartitionAsk::EpochEnd { .. } => Some(PartitionAnswer::EpochEnd(Err(error))),
        PartitionAsk::DeleteRecords { .. } => Some(PartitionAnswer::RecordsDeleted(Err(error))),
        PartitionAsk::LogSize => Some(PartitionAnswer::LogSize(Err(error))),
        PartitionAsk::Producers => Some(PartitionAnswer::Producers(Err(error))),
    }
}
