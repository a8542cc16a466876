//! The answers of a replica that does not lead.

use super::ask::{PartitionAnswer, PartitionAsk, ProduceRefusal, ReadAnswer};
use super::{Assignment, Output, watches};
use crate::io::{Asker, Env, TraceEvent, TraceKind};
use crate::types::{ErrorCode, LeaderEpoch, TopicPartition};

/// Refuses a question with `error`. If the error is NOT_LEADER_OR_FOLLOWER and the question names another leader epoch
/// than the present one, the answer is FENCED_LEADER_EPOCH or UNKNOWN_LEADER_EPOCH instead (KIP-320).
pub(super) fn refuse(
    partition: TopicPartition,
    to: Asker,
    ask: &PartitionAsk,
    error: ErrorCode,
    known: Option<&Assignment>,
    env: &mut Env<'_>,
    out: &mut Vec<Output>,
) {
    let error = match (error, asked_epoch(ask), known) {
        (ErrorCode::NotLeaderOrFollower, Some(asked), Some(known)) if asked < known.leader_epoch => {
            ErrorCode::FencedLeaderEpoch
        }
        (ErrorCode::NotLeaderOrFollower, Some(asked), Some(known)) if asked > known.leader_epoch => {
            ErrorCode::UnknownLeaderEpoch
        }
        _ => error,
    };
    // KIP-951: the answer names the leader, so that the client need not ask for metadata.
    let current_leader = known
        .filter(|_| matches!(error, ErrorCode::NotLeaderOrFollower | ErrorCode::FencedLeaderEpoch))
        .map(|known| (known.leader, known.leader_epoch));
    let answer = match ask {
        PartitionAsk::Produce { .. } => {
            env.trace.emit(TraceKind::Refused, || TraceEvent::Refused { partition, error });
            PartitionAnswer::Produced(Err(ProduceRefusal { current_leader, ..ProduceRefusal::error(error) }))
        }
        PartitionAsk::Watch { .. } => {
            out.push(watches::at_once(to));
            return;
        }
        PartitionAsk::Unwatch => return,
        PartitionAsk::Read { .. } => PartitionAnswer::Read(ReadAnswer { current_leader, ..ReadAnswer::error(error) }),
        PartitionAsk::ListOffset { .. } => PartitionAnswer::Offset(Err(error)),
        PartitionAsk::EpochEnd { .. } => PartitionAnswer::EpochEnd(Err(error)),
        PartitionAsk::DeleteRecords { .. } => PartitionAnswer::RecordsDeleted(Err(error)),
        PartitionAsk::LogSize => PartitionAnswer::LogSize(Err(error)),
        PartitionAsk::Producers => PartitionAnswer::Producers(Err(error)),
    };
    out.push(Output::Answer { to, answer });
}

fn asked_epoch(ask: &PartitionAsk) -> Option<LeaderEpoch> {
    match ask {
        PartitionAsk::Produce { .. }
        | PartitionAsk::Unwatch
        | PartitionAsk::DeleteRecords { .. }
        | PartitionAsk::LogSize
        | PartitionAsk::Producers => None,
        PartitionAsk::Watch { from, .. } | PartitionAsk::Read { from, .. } => from.current_leader_epoch,
        PartitionAsk::ListOffset { current_leader_epoch, .. } | PartitionAsk::EpochEnd { current_leader_epoch, .. } => {
            *current_leader_epoch
        }
    }
}
