//! A leader's answers to fetches.
//!
//! A follower's fetch stops waiting when there are records, an error or a divergence, but not for a new high watermark
//! alone. The new high watermark goes with the next answer, at the latest when `replica.fetch.wait.max.ms` is over, as
//! in Kafka. An answer at once for each new high watermark would double the fetches of a lightly loaded cluster, but a
//! follower profits from a fresher high watermark only if it becomes the leader.

use super::ReadTicket;
use super::ask::{FetchFrom, Fetcher, PartitionAnswer, ReadAnswer};
use super::leader::Leader;
use super::loaded::{Cx, Failure, Replica};
use super::reads::{self, ReadRequest, Waiting};
use super::watches::{self, Watch};
use crate::io::{Asker, Env, FileError, Mutant, Site, TraceEvent, TraceKind};
use crate::log::{Finished, ReadError, ReadPlan, Searched};
use crate::types::{BrokerEpoch, ErrorCode, LeaderEpoch, NodeId, Offset};
use crate::{mutant, sometimes};
use bytes::Bytes;

/// What a fetch may see.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Visible {
    /// The records below this offset.
    Below(Offset),
    /// No records, because the fetcher's log diverges from this one. The answer names an epoch of this log, and the
    /// offset where that epoch ends, so that a follower can truncate its log.
    Diverging(LeaderEpoch, Offset),
    /// No records: the answer is this error.
    Refused(ErrorCode),
}

impl Leader {
    pub(super) fn on_watch(&mut self, asker: Asker, from: FetchFrom, most: u32, cx: &mut Cx<'_, '_>) {
        let Visible::Below(upper) = self.look_at(&from, cx) else {
            self.watches.remove(asker);
            cx.out.push(watches::at_once(asker));
            return;
        };
        let told = cx.replica.readable(from.offset, upper, most);
        let is_replica = matches!(from.fetcher, Fetcher::Replica { .. });
        self.watches.insert(asker, Watch { from: from.offset, is_replica, most, seen: upper, told });
        cx.out.push(watches::readable(asker, told));
    }

    pub(super) fn on_turn_end(&mut self, cx: &mut Cx<'_, '_>) {
        let upper = consumers_upper(cx.replica, cx.env);
        self.watches.on_turn_end(cx.replica, upper, cx.env, cx.out);
        self.announce_high_watermark(cx);
    }

    pub(super) fn on_read(
        &mut self,
        asker: Asker,
        from: FetchFrom,
        most: u32,
        at_least_one: bool,
        cx: &mut Cx<'_, '_>,
    ) -> Result<(), Failure> {
        self.watches.remove(asker);
        let place = self.look_at(&from, cx);
        let mut answer = offsets(cx.replica);
        match place {
            Visible::Below(upper) => {
                return self.plan(asker, ReadRequest { from, most, at_least_one }, upper, answer, cx);
            }
            Visible::Diverging(epoch, end) => answer.diverging = Some((epoch, end)),
            // This answer carries the log start offset, so that a follower whose fetch offset lies below it knows where
            // to continue.
            Visible::Refused(ErrorCode::OffsetOutOfRange) => answer.error = ErrorCode::OffsetOutOfRange,
            Visible::Refused(error) => {
                answer = ReadAnswer::error(error);
                if matches!(error, ErrorCode::FencedLeaderEpoch | ErrorCode::NotLeaderOrFollower) {
                    answer.current_leader = Some((Some(cx.replica.me), self.epoch));
                }
            }
        }
        cx.answer(asker, PartitionAnswer::Read(answer));
        Ok(())
    }

    fn plan(
        &mut self,
        asker: Asker,
        wanted: ReadRequest,
        upper: Offset,
        mut answer: ReadAnswer,
        cx: &mut Cx<'_, '_>,
    ) -> Result<(), Failure> {
        let ReadRequest { from, most, at_least_one } = wanted;
        if from.offset < upper {
            match cx.replica.log.read(from.offset, upper, most, at_least_one, cx.env) {
                Ok(ReadPlan::Ready(records)) => answer.records = records,
                Ok(ReadPlan::OutOfRange) => answer.error = ErrorCode::OffsetOutOfRange,
                Ok(ReadPlan::Cold(read)) => {
                    let waiting = Waiting::Records { read, wanted, answer };
                    self.reads.park(asker, waiting, &mut cx.replica.tickets, cx.out);
                    return Ok(());
                }
                Err(why) => {
                    cx.answer(asker, PartitionAnswer::Read(ReadAnswer::error(ErrorCode::KafkaStorageError)));
                    return reads::failure(ReadError::Disk(why));
                }
            }
        }
        cx.answer(asker, PartitionAnswer::Read(answer));
        Ok(())
    }

    /// Checks a fetch, notes how far a follower's log reaches, and returns what the fetch may see.
    fn look_at(&mut self, from: &FetchFrom, cx: &mut Cx<'_, '_>) -> Visible {
        if let Err(error) = self.check_epoch(from.current_leader_epoch) {
            return Visible::Refused(error);
        }
        if let Fetcher::Replica { node, epoch } = from.fetcher
            && self.in_sync.check(node, epoch, &cx.replica.live).is_err()
        {
            return Visible::Refused(ErrorCode::NotLeaderOrFollower);
        }
        if from.offset < cx.replica.log.start() {
            return Visible::Refused(ErrorCode::OffsetOutOfRange);
        }
        if let Some(parted) = divergence(from, cx) {
            return parted;
        }
        if from.offset > cx.replica.log.end() {
            return Visible::Refused(ErrorCode::OffsetOutOfRange);
        }
        match from.fetcher {
            Fetcher::Replica { node, epoch } => {
                // KAFKA-13141: the follower's progress is noted only after the check for divergence. Here the
                // follower's log is known to agree with this one up to its fetch offset.
                let log_start = from.log_start.unwrap_or(Offset::ZERO);
                if self.in_sync.note_start(node, log_start, cx.replica.log.start()) {
                    self.note_follower(node, epoch, from.offset, cx);
                }
                self.release_deletions(cx);
                Visible::Below(cx.replica.log.end())
            }
            Fetcher::Coordinator => Visible::Below(cx.replica.log.end()),
            Fetcher::Consumer(_) => Visible::Below(consumers_upper(cx.replica, cx.env)),
        }
    }

    /// Returns an error if a request names another leader epoch than this leadership's (KIP-320).
    pub(super) fn check_epoch(&self, current: Option<LeaderEpoch>) -> Result<(), ErrorCode> {
        match current {
            Some(epoch) if epoch < self.epoch => Err(ErrorCode::FencedLeaderEpoch),
            Some(epoch) if epoch > self.epoch => Err(ErrorCode::UnknownLeaderEpoch),
            _ => Ok(()),
        }
    }

    fn note_follower(&mut self, follower: NodeId, broker_epoch: Option<BrokerEpoch>, end: Offset, cx: &mut Cx<'_, '_>) {
        if self.in_sync.note(follower, broker_epoch, end) {
            let epoch = self.epoch;
            cx.trace(TraceKind::FollowerAt, |partition| TraceEvent::FollowerAt { partition, epoch, follower, end });
            self.advance(cx);
        }
    }

    /// Takes the result of a disk read that this leadership asked for. Requests that waited for reads of an earlier
    /// leadership were answered when that leadership ended.
    pub(super) fn on_read_done(
        &mut self,
        ticket: ReadTicket,
        result: Result<Bytes, FileError>,
        cx: &mut Cx<'_, '_>,
    ) -> Result<(), Failure> {
        let Some((asker, waiting)) = self.reads.release(ticket) else {
            return Ok(());
        };
        let error = match waiting {
            Waiting::Records { read, wanted, answer } => match cx.replica.log.finish_read(read, result, cx.env) {
                Ok(Finished::Ready(records)) => {
                    cx.answer(asker, PartitionAnswer::Read(ReadAnswer { records, ..answer }));
                    return Ok(());
                }
                Ok(Finished::Again(read)) => {
                    let waiting = Waiting::Records { read, wanted, answer };
                    self.reads.park(asker, waiting, &mut cx.replica.tickets, cx.out);
                    return Ok(());
                }
                Err(ReadError::Stale) => {
                    return self.on_read(asker, wanted.from, wanted.most, wanted.at_least_one, cx);
                }
                Err(error) => {
                    cx.answer(asker, PartitionAnswer::Read(ReadAnswer::error(ErrorCode::KafkaStorageError)));
                    error
                }
            },
            Waiting::Search { search, spec, fetcher } => match cx.replica.log.finish_search(search, result, cx.env) {
                Ok(Searched::Ready(found)) => {
                    self.answer_search(asker, found, fetcher, cx);
                    return Ok(());
                }
                Ok(Searched::Again(search)) => {
                    let waiting = Waiting::Search { search, spec, fetcher };
                    self.reads.park(asker, waiting, &mut cx.replica.tickets, cx.out);
                    return Ok(());
                }
                Err(ReadError::Stale) => return self.on_list_offset(asker, spec, None, fetcher, cx),
                Err(error) => {
                    cx.answer(asker, PartitionAnswer::Offset(Err(ErrorCode::KafkaStorageError)));
                    error
                }
            },
        };
        reads::failure(error)
    }
}

/// Returns where the fetcher's log diverges from this one, if it does so before its fetch offset (KIP-595).
fn divergence(from: &FetchFrom, cx: &mut Cx<'_, '_>) -> Option<Visible> {
    let asked = from.last_fetched_epoch?;
    // KIP-279: if this log never had the fetcher's epoch, the logs diverge where the greatest epoch below it ends.
    let Some((epoch, end)) = cx.replica.log.end_of_epoch(asked, cx.env) else {
        // The fetcher's last epoch is above all epochs of this log. Only a consumer can name such an epoch, since no
        // follower of this leader has records of a later leadership.
        let is_consumer = matches!(from.fetcher, Fetcher::Consumer(_));
        return is_consumer.then_some(Visible::Refused(ErrorCode::OffsetOutOfRange));
    };
    if epoch < asked || end < from.offset {
        sometimes!(cx.env, true, Site::ReplicaDivergingFetch);
        return Some(Visible::Diverging(epoch, end));
    }
    None
}

/// Returns an answer to a fetch with the log's present offsets, but without records. All offsets of an answer are taken
/// at the same time, so that they fit together (KAFKA-9807). There are no transactions yet, so that the last stable
/// offset is the high watermark.
fn offsets(replica: &Replica) -> ReadAnswer {
    ReadAnswer {
        high_watermark: Some(replica.high_watermark),
        last_stable: Some(replica.high_watermark),
        log_start: Some(replica.log.start()),
        ..ReadAnswer::error(ErrorCode::None)
    }
}

/// The offset up to which a consumer sees records. As long as there are no transactions, this is the high watermark,
/// whatever the consumer's isolation level.
fn consumers_upper(replica: &Replica, env: &Env<'_>) -> Offset {
    if mutant!(env, Mutant::M03) { replica.log.end() } else { replica.high_watermark }
}
