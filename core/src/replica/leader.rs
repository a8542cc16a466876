//! The leadership of one replica: how it handles produce requests, which of them wait, and how the high watermark
//! rises. Its answers to fetches are in the module `fetches`, those to `ListOffsets` and `OffsetForLeaderEpoch` in
//! `offsets`.

use super::ask::{Acks, PartitionAnswer, PartitionAsk, ProduceRefusal, Produced, RecordError};
use super::deletions::Deletions;
use super::in_sync::InSync;
use super::loaded::{Cx, Failure, Replica, note_denial};
use super::reads::Reads;
use super::waiters::{Waiter, Waiters};
use super::watches::Watches;
use super::{Assignment, Output};
use crate::io::{Asker, Env, Mutant, Site, TraceEvent, TraceKind, WorkKind};
use crate::log::{AppendError, Appended};
use crate::record::{Invalid, Rules, TimestampRule, ValidBatch, validate};
use crate::types::{ErrorCode, Instant, LeaderEpoch, Offset, PartitionEpoch, Timestamp};
use crate::{mutant, sometimes};
use bytes::Bytes;

/// One leadership of one replica. Another leader epoch is another leadership.
#[derive(Clone, Debug)]
pub(super) struct Leader {
    pub(super) epoch: LeaderEpoch,
    partition_epoch: PartitionEpoch,
    /// The log end when the leadership began. While the high watermark is below it, consumers get no latest offset
    /// (KIP-207).
    pub(super) start: Offset,
    pub(super) in_sync: InSync,
    /// The requests with acks=all, which wait for the high watermark.
    awaiting_replicas: Waiters,
    /// The requests with acks=1 that wait for the leader's own sync.
    awaiting_sync: Waiters,
    pub(super) watches: Watches,
    pub(super) reads: Reads,
    pub(super) deletions: Deletions,
    /// The high watermark that the shard was last told ([`Output::HighWatermark`]).
    announced_high_watermark: Offset,
}

/// Records of a produce request or of a coordinator, which are to be appended.
struct Produce {
    records: Bytes,
    held: u32,
    acks: Acks,
    transactional: bool,
}

/// Where the records of a produce request are in the log.
struct Placed {
    base: Offset,
    end: Offset,
    log_append_time: Option<Timestamp>,
}

enum NotPlaced {
    Refused(ProduceRefusal),
    Failed(Failure),
}

impl Leader {
    /// Begins the leadership. First adds its epoch to the log's leader epochs. If a request were served earlier,
    /// OffsetForLeaderEpoch could be answered as if this epoch did not exist (KAFKA-7415).
    pub(super) fn begin(assignment: &Assignment, cx: &mut Cx<'_, '_>) -> Result<Leader, Failure> {
        let epoch = assignment.leader_epoch;
        if cx.replica.log.latest_epoch() > Some(epoch) {
            // The log has a later epoch than this leadership's, although no leader has had that epoch yet. So the disk
            // has changed the leader epoch of a batch, which the batch's CRC does not cover.
            return Err(Failure::Corrupt);
        }
        cx.replica.log.assign_epoch(epoch, cx.env)?;
        let start = cx.replica.log.end();
        let high_watermark = cx.replica.high_watermark;
        cx.trace(TraceKind::BecameLeader, |partition| TraceEvent::BecameLeader {
            partition,
            epoch,
            start,
            high_watermark,
        });
        let mut this = Leader {
            epoch,
            partition_epoch: assignment.partition_epoch,
            start,
            in_sync: InSync::new(cx.replica.me, assignment),
            awaiting_replicas: Waiters::default(),
            awaiting_sync: Waiters::default(),
            watches: Watches::default(),
            reads: Reads::default(),
            deletions: Deletions::default(),
            announced_high_watermark: high_watermark,
        };
        cx.replica.save_start(cx.out);
        cx.out.push(Output::LeadershipGained { epoch, ends: cx.replica.ends() });
        this.tell_in_sync(cx);
        this.advance(cx);
        Ok(this)
    }

    /// Takes a change of the partition's registration within the leadership, such as another in-sync set.
    pub(super) fn on_reassigned(&mut self, assignment: &Assignment, cx: &mut Cx<'_, '_>) {
        self.partition_epoch = assignment.partition_epoch;
        self.in_sync.on_assignment(assignment);
        self.tell_in_sync(cx);
        self.reconsider(cx);
    }

    /// Raises the high watermark, or refuses waiting requests, after the in-sync set or `min.insync.replicas` has
    /// changed. The high watermark may rise without a fetch, when a slow follower has left the in-sync set
    /// (KAFKA-13091).
    pub(super) fn reconsider(&mut self, cx: &mut Cx<'_, '_>) {
        self.advance(cx);
        self.release_synced(cx);
        if !self.has_enough_in_sync(cx.replica, cx.env) {
            // KIP-966: with too few replicas in sync the high watermark does not move. The records of waiting requests
            // are in the log and may survive, but that is not sure. The producers learn this at once, instead of
            // waiting for their deadlines.
            while let Some(waiter) = self.awaiting_replicas.pop() {
                refuse(waiter.asker, ErrorCode::NotEnoughReplicasAfterAppend, cx);
            }
        }
    }

    pub(super) fn on_ask(&mut self, asker: Asker, ask: PartitionAsk, cx: &mut Cx<'_, '_>) -> Result<(), Failure> {
        match ask {
            PartitionAsk::Produce { records, held, acks, deadline, transactional } => {
                self.on_produce(asker, Produce { records, held, acks, transactional }, deadline, cx)?;
            }
            PartitionAsk::Watch { from, most } => self.on_watch(asker, from, most, cx),
            PartitionAsk::Unwatch => self.watches.remove(asker),
            PartitionAsk::Read { from, most, at_least_one } => self.on_read(asker, from, most, at_least_one, cx)?,
            PartitionAsk::ListOffset { spec, current_leader_epoch, fetcher } => {
                self.on_list_offset(asker, spec, current_leader_epoch, fetcher, cx)?;
            }
            PartitionAsk::EpochEnd { epoch, current_leader_epoch } => {
                self.on_epoch_end(asker, epoch, current_leader_epoch, cx);
            }
            PartitionAsk::DeleteRecords { to, deadline } => self.on_delete_records(asker, to, deadline, cx),
            PartitionAsk::LogSize | PartitionAsk::Producers => unreachable!("every role answers these from its log"),
        }
        Ok(())
    }

    fn on_produce(
        &mut self,
        asker: Asker,
        produce: Produce,
        deadline: Instant,
        cx: &mut Cx<'_, '_>,
    ) -> Result<(), Failure> {
        let acks = produce.acks;
        let Placed { base, end, log_append_time } = match self.place(produce, cx) {
            Ok(placed) => placed,
            Err(NotPlaced::Failed(failure)) => {
                refuse(asker, ErrorCode::KafkaStorageError, cx);
                return Err(failure);
            }
            Err(NotPlaced::Refused(refusal)) => {
                let error = refusal.error;
                cx.trace(TraceKind::Refused, |partition| TraceEvent::Refused { partition, error });
                cx.answer(asker, PartitionAnswer::Produced(Err(refusal)));
                return Ok(());
            }
        };
        self.watches.stir();
        self.advance(cx);
        let waiter = Waiter { asker, acks, base, end, log_append_time };
        match acks {
            Acks::None => self.acknowledge(waiter, cx),
            Acks::Leader if cx.replica.counted_end() >= end => self.acknowledge(waiter, cx),
            Acks::Leader => self.awaiting_sync.push(end, deadline, waiter),
            // A duplicate of a batch in the log waits too, like the original request, until the high watermark has
            // passed the batch.
            Acks::All if cx.replica.high_watermark >= end || mutant!(cx.env, Mutant::M01) => {
                self.acknowledge(waiter, cx);
            }
            Acks::All => self.awaiting_replicas.push(end, deadline, waiter),
        }
        Ok(())
    }

    /// Appends records of the group coordinator that runs where this partition's leader is, as one batch or not at all.
    /// Returns the offset behind them. No request waits for them here: the coordinator itself waits for the high
    /// watermark. As with acks=all, the records are refused if too few replicas are in sync.
    pub(super) fn append(
        &mut self,
        records: Bytes,
        cx: &mut Cx<'_, '_>,
    ) -> Result<Offset, (ErrorCode, Option<Failure>)> {
        let held = u32::try_from(records.len()).unwrap_or(u32::MAX);
        let placed = self.place(Produce { records, held, acks: Acks::All, transactional: false }, cx);
        let Placed { end, .. } = placed.map_err(|not_placed| match not_placed {
            NotPlaced::Refused(refusal) => (refusal.error, None),
            NotPlaced::Failed(failure) => (ErrorCode::KafkaStorageError, Some(failure)),
        })?;
        self.watches.stir();
        self.advance(cx);
        Ok(end)
    }

    /// Tells the shard where the high watermark is, if it has moved since the shard was last told.
    pub(super) fn announce_high_watermark(&mut self, cx: &mut Cx<'_, '_>) {
        let high_watermark = cx.replica.high_watermark;
        if high_watermark != self.announced_high_watermark {
            self.announced_high_watermark = high_watermark;
            cx.out.push(Output::HighWatermark(high_watermark));
        }
    }

    /// Checks the records of a produce request and appends them to the log.
    fn place(&self, produce: Produce, cx: &mut Cx<'_, '_>) -> Result<Placed, NotPlaced> {
        let log_start = Some(cx.replica.log.start());
        let refused = |error, message, records| {
            NotPlaced::Refused(ProduceRefusal { error, message, records, current_leader: None, log_start })
        };
        if produce.acks == Acks::All && !self.has_enough_in_sync(cx.replica, cx.env) {
            sometimes!(cx.env, true, Site::ReplicaNotEnoughInSync);
            return Err(refused(ErrorCode::NotEnoughReplicas, None, Vec::new()));
        }
        let batch = check(&produce, cx.replica, cx.env)
            .map_err(|it| refused(it.error, Some(it.message), record_errors(&it)))?;
        let (base, last) = match cx.replica.log.append_as_leader(&batch, self.epoch, cx.env) {
            Ok(Appended::New { base, last } | Appended::Duplicate { base, last }) => (base, last),
            Err(AppendError::Refused(error, message)) => return Err(refused(error, Some(message), Vec::new())),
            Err(AppendError::Denied(why)) => {
                note_denial(why, cx.env);
                return Err(refused(ErrorCode::KafkaStorageError, Some(why.cause()), Vec::new()));
            }
            Err(AppendError::Failed(why)) => return Err(NotPlaced::Failed(why.into())),
        };
        cx.env.work.add(WorkKind::Records, u64::try_from(last.0 - base.0 + 1).unwrap_or(0));
        let header = batch.header();
        let log_append_time = if header.is_log_append_time() { header.max_timestamp() } else { None };
        Ok(Placed { base, end: last.plus(1), log_append_time })
    }

    /// Returns whether the in-sync set is as large as the topic demands.
    fn has_enough_in_sync(&self, replica: &Replica, env: &Env<'_>) -> bool {
        self.in_sync.len() >= self.in_sync.min_insync(replica.settings.min_insync_replicas) || mutant!(env, Mutant::M02)
    }

    /// Raises the high watermark as far as the in-sync set allows, and answers the requests that waited for that.
    pub(super) fn advance(&mut self, cx: &mut Cx<'_, '_>) {
        // KIP-966: below min.insync.replicas the high watermark does not move, so that what is committed is on that
        // many replicas.
        if !self.has_enough_in_sync(cx.replica, cx.env) {
            return;
        }
        let Some(to) = self.in_sync.replicated(cx.replica.counted_end()) else {
            return;
        };
        if !cx.replica.advance_high_watermark(to, self.epoch, true, cx.env) {
            return;
        }
        self.watches.stir();
        while let Some(waiter) = self.awaiting_replicas.release(cx.replica.high_watermark) {
            self.acknowledge(waiter, cx);
        }
    }

    /// Raises the high watermark and answers waiting requests, after a flush has made records durable.
    pub(super) fn on_flushed(&mut self, cx: &mut Cx<'_, '_>) {
        self.advance(cx);
        self.release_synced(cx);
    }

    fn release_synced(&mut self, cx: &mut Cx<'_, '_>) {
        while let Some(waiter) = self.awaiting_sync.release(cx.replica.counted_end()) {
            self.acknowledge(waiter, cx);
        }
    }

    fn acknowledge(&self, waiter: Waiter, cx: &mut Cx<'_, '_>) {
        let Waiter { asker, acks, base, end, log_append_time } = waiter;
        let (epoch, acks) = (self.epoch, acks.to_wire());
        cx.trace(TraceKind::Acknowledged, |partition| TraceEvent::Acknowledged { partition, epoch, base, end, acks });
        let produced = Produced { base, log_append_time, log_start: cx.replica.log.start() };
        cx.answer(asker, PartitionAnswer::Produced(Ok(produced)));
    }

    pub(super) fn on_wake(&mut self, cx: &mut Cx<'_, '_>) {
        for waiters in [&mut self.awaiting_replicas, &mut self.awaiting_sync] {
            while let Some(waiter) = waiters.expire(cx.env.now.mono) {
                refuse(waiter.asker, ErrorCode::RequestTimedOut, cx);
            }
        }
        self.deletions.expire(cx.env.now.mono, cx.out);
    }

    pub(super) fn next_wake(&self) -> Option<Instant> {
        let wishes = [self.awaiting_replicas.next_wake(), self.awaiting_sync.next_wake(), self.deletions.next_wake()];
        wishes.into_iter().flatten().min()
    }

    /// Ends the leadership, and refuses all waiting requests with `error`, which says why it ended.
    pub(super) fn end(mut self, error: ErrorCode, cx: &mut Cx<'_, '_>) {
        while let Some(waiter) = self.awaiting_replicas.pop().or_else(|| self.awaiting_sync.pop()) {
            refuse(waiter.asker, error, cx);
        }
        self.watches.end(cx.out);
        self.reads.end(error, cx.out);
        self.deletions.end(error, cx.out);
        cx.out.push(Output::LeadershipLost);
    }

    fn tell_in_sync(&self, cx: &mut Cx<'_, '_>) {
        let (epoch, partition_epoch) = (self.epoch, self.partition_epoch);
        cx.trace(TraceKind::InSync, |partition| TraceEvent::InSync { partition, epoch, partition_epoch });
    }
}

fn check(produce: &Produce, replica: &Replica, env: &Env<'_>) -> Result<ValidBatch, Invalid> {
    let settings = &replica.settings;
    let timestamps = if settings.log_append_time {
        TimestampRule::LogAppendTime
    } else {
        TimestampRule::CreateTime {
            before_max_ms: settings.timestamp_before_max_ms,
            after_max_ms: settings.timestamp_after_max_ms,
        }
    };
    let rules =
        Rules { max_bytes: settings.max_message_bytes, timestamps, compacted: settings.compacted, now: env.now.wall };
    let batch = validate(&produce.records, &rules)?;
    if batch.header().is_transactional() || produce.transactional {
        // There is no transaction coordinator yet, so that no transaction is ever open.
        let message = "no transaction is open for this producer";
        return Err(Invalid { error: ErrorCode::InvalidTxnState, message, records: Vec::new() });
    }
    Ok(batch.held_by(produce.held))
}

fn record_errors(invalid: &Invalid) -> Vec<RecordError> {
    invalid.records.iter().map(|it| RecordError { index: it.index, message: it.message }).collect()
}

/// Answers a produce request that was not accepted, or whose records may yet be lost.
fn refuse(asker: Asker, error: ErrorCode, cx: &mut Cx<'_, '_>) {
    cx.trace(TraceKind::Refused, |partition| TraceEvent::Refused { partition, error });
    let refusal = ProduceRefusal { log_start: Some(cx.replica.log.start()), ..ProduceRefusal::error(error) };
    cx.out.push(Output::Answer { to: asker, answer: PartitionAnswer::Produced(Err(refusal)) });
}
