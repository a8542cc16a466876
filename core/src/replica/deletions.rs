//! DeleteRecords on a leader: raises the log start offset, and answers when all live replicas have raised theirs.
//!
//! **In Kafka**: `Partition.deleteRecordsOnLeader`, `Partition.lowWatermarkIfLeader`, `DelayedDeleteRecords`; KIP-107.

use super::Output;
use super::ask::PartitionAnswer;
use super::in_sync::LiveBroker;
use super::leader::Leader;
use super::loaded::Cx;
use super::partition::{Partition, State};
use super::queue::Queue;
use crate::io::{Asker, Env};
use crate::types::{ErrorCode, Instant, Offset, StartCause};
use std::sync::Arc;

/// DeleteRecords requests that wait until the low watermark, the lowest log start offset of all live replicas, reaches
/// their offsets.
#[derive(Clone, Debug, Default)]
pub(super) struct Deletions(Queue<Offset, Asker>);

impl Deletions {
    /// Refuses the requests whose deadline has come, with REQUEST_TIMED_OUT.
    pub(super) fn expire(&mut self, now: Instant, out: &mut Vec<Output>) {
        while let Some(asker) = self.0.expire(now) {
            out.push(refusal(asker, ErrorCode::RequestTimedOut));
        }
    }

    /// The time at which [`Deletions::expire`] must be called next; none if no request waits.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        self.0.next_wake()
    }

    /// Refuses all waiting requests with `error`, because the leadership is over.
    pub(super) fn end(&mut self, error: ErrorCode, out: &mut Vec<Output>) {
        while let Some(asker) = self.0.pop() {
            out.push(refusal(asker, error));
        }
    }
}

impl Leader {
    pub(super) fn on_delete_records(
        &mut self,
        asker: Asker,
        to: Option<Offset>,
        deadline: Instant,
        cx: &mut Cx<'_, '_>,
    ) {
        let high_watermark = cx.replica.high_watermark;
        let to = to.unwrap_or(high_watermark);
        if !cx.replica.settings.deletes {
            return cx.out.push(refusal(asker, ErrorCode::PolicyViolation));
        }
        if to > high_watermark {
            return cx.out.push(refusal(asker, ErrorCode::OffsetOutOfRange));
        }
        cx.replica.raise_start(to, StartCause::Request, cx.out);
        self.deletions.0.push(to, deadline, asker);
        self.release_deletions(cx);
    }

    /// Answers the DeleteRecords requests whose offset the low watermark has reached. Called after the log start offset
    /// of a replica, or the set of live brokers, has changed.
    pub(super) fn release_deletions(&mut self, cx: &mut Cx<'_, '_>) {
        if self.deletions.0.is_empty() {
            return;
        }
        let Some(low) = self.in_sync.low_watermark(cx.replica.log.start(), &cx.replica.live) else { return };
        while let Some(asker) = self.deletions.0.release(low) {
            cx.out.push(Output::Answer { to: asker, answer: PartitionAnswer::RecordsDeleted(Ok(low)) });
        }
    }
}

impl Partition {
    /// Takes the set of live brokers from the metadata. DeleteRecords requests do not wait for replicas on brokers that
    /// are not alive.
    pub fn on_live(&mut self, live: &Arc<[LiveBroker]>, env: &mut Env<'_>, out: &mut Vec<Output>) {
        self.live = live.clone();
        if let Some(replica) = self.replica_mut() {
            replica.live = live.clone();
        }
        if let State::Leader(replica, leader) = &mut self.state {
            leader.release_deletions(&mut Cx { replica, env, out });
        }
    }
}

fn refusal(to: Asker, error: ErrorCode) -> Output {
    Output::Answer { to, answer: PartitionAnswer::RecordsDeleted(Err(error)) }
}
