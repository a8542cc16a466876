//! The group coordinators of this shard, one for each partition of `__consumer_offsets` that the shard leads.
//!
//! **Invariants**
//! - A coordinator exists exactly as long as this shard leads its partition.
//! - A coordinator's records reach the log only through [`Partition::append`], in the coordinator's leader epoch.
//! - A loading coordinator has at most one read under way. The other coordinators serve meanwhile.
//!
//! **In Kafka**: `CoordinatorRuntime`, which keeps one context for each partition, and `CoordinatorLoaderImpl`.

use super::{Data, Effects};
use crate::broker::Reply;
use crate::group::{Coordinator, GroupAsk, GroupConfig, GroupLog, Output, RemovedTopic};
use crate::io::{AskId, Asker, Desk, Env};
use crate::metadata::{CONSUMER_OFFSETS, GroupSettings, MetadataImage};
use crate::record::BatchBuilder;
use crate::replica::{self, Ends, FetchFrom, Fetcher, Partition, PartitionAnswer, PartitionAsk};
use crate::types::{ErrorCode, Instant, LeaderEpoch, Offset, Timers, TopicPartition};
use crate::wire::GroupCoordinatorRecord;
use bytes::BytesMut;
use bytestring::ByteString;
use imbl::ordmap::DiffItem;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most bytes that a loading coordinator reads at once. `offsets.load.buffer.size` is 5 MiB in Kafka; with smaller
/// reads, other requests are served in between.
const LOAD_BYTES: u32 = 1 << 20;

/// The most reads of loading coordinators that begin in one turn. Records that are in memory are read and replayed
/// within the same turn, so the number bounds the length of the turn.
const READS_PER_TURN: usize = 4;

/// Time in milliseconds that a coordinator waits after a failed read before it reads again.
const LOAD_RETRY_MS: i64 = 100;

/// The coordinators of this shard.
#[derive(Clone, Debug)]
pub(super) struct Coordinators {
    config: Arc<GroupConfig>,
    seats: BTreeMap<TopicPartition, Seat>,
    timers: Timers<TopicPartition>,
    /// The reads under way, by id: for each, the partition whose coordinator waits for it.
    reads: BTreeMap<AskId, TopicPartition>,
    last_ask: u64,
    /// Partitions whose loading coordinators are ready for their next read.
    loading: BTreeSet<TopicPartition>,
}

#[derive(Clone, Debug)]
struct Seat {
    coordinator: Coordinator,
    /// The id of the coordinator's read that is under way.
    read: Option<AskId>,
    /// The time at which the read is tried again, after a read failed.
    retry_at: Option<Instant>,
}

impl Coordinators {
    pub(super) fn new(settings: &GroupSettings) -> Coordinators {
        Coordinators {
            config: Arc::new(config_of(settings)),
            seats: BTreeMap::new(),
            timers: Timers::default(),
            reads: BTreeMap::new(),
            last_ask: 0,
            loading: BTreeSet::new(),
        }
    }

    /// The time at which [`Data::wake_coordinators`] must be called next.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Whether a loading coordinator is ready for its next read, so that another turn is needed.
    pub(super) fn is_loading(&self) -> bool {
        !self.loading.is_empty()
    }

    fn remove(&mut self, which: TopicPartition) -> Option<Coordinator> {
        let seat = self.seats.remove(&which)?;
        self.timers.set(which, None);
        self.loading.remove(&which);
        if let Some(ask) = seat.read {
            self.reads.remove(&ask);
        }
        Some(seat.coordinator)
    }

    /// Updates the wake-up time of a partition's coordinator, and whether the coordinator is in `loading`.
    fn settle(&mut self, which: TopicPartition) {
        let Some(seat) = self.seats.get(&which) else { return };
        let wishes = [seat.coordinator.next_wake(), seat.retry_at];
        self.timers.set(which, wishes.into_iter().flatten().min());
        let wants = seat.read.is_none() && seat.retry_at.is_none() && seat.coordinator.wants_records().is_some();
        if wants {
            self.loading.insert(which);
        } else {
            self.loading.remove(&which);
        }
    }
}

/// Appends the records of one coordinator to its partition's log.
struct Door<'a> {
    replica: &'a mut Partition,
    outputs: &'a mut Vec<replica::Output>,
    /// Whether any record was appended.
    used: bool,
}

impl GroupLog for Door<'_> {
    fn append(&mut self, records: &[GroupCoordinatorRecord], env: &mut Env<'_>) -> Result<Offset, ErrorCode> {
        const GUESS: usize = 256;
        let mut batch = BatchBuilder::new(records.len() * GUESS);
        let mut scratch = BytesMut::new();
        for record in records {
            let record = record.encode(&mut scratch);
            batch.append(env.now.wall, Some(&record.key), record.value.as_deref(), &[]);
        }
        self.used = true;
        self.replica.append(batch.build(), env, self.outputs)
    }
}

impl Data {
    /// Creates a coordinator for a partition that this shard now leads, if it is a partition of `__consumer_offsets`.
    pub(super) fn on_leadership_gained(
        &mut self,
        which: TopicPartition,
        epoch: LeaderEpoch,
        ends: Ends,
        env: &mut Env<'_>,
        out: &mut Effects,
    ) {
        if self.hosted.get(&which).is_none_or(|hosted| &*hosted.topic != CONSUMER_OFFSETS) {
            return;
        }
        let coordinator =
            Coordinator::new(self.coordinators.config.clone(), which.partition, epoch, ends.start, ends.end);
        self.coordinators.seats.insert(which, Seat { coordinator, read: None, retry_at: None });
        self.on_high_watermark(which, ends.high_watermark, env, out);
    }

    /// Removes the coordinator of a partition that this shard no longer leads. The coordinator's waiting requests are
    /// answered with NOT_COORDINATOR, so that their clients look for the new coordinator.
    pub(super) fn on_leadership_lost(&mut self, which: TopicPartition, env: &mut Env<'_>, out: &mut Effects) {
        let Some(coordinator) = self.coordinators.remove(which) else { return };
        let mut outputs = Vec::new();
        coordinator.resign(&mut outputs);
        self.answer_groups(outputs, env, out);
    }

    /// Tells the coordinator of a partition that the partition's high watermark has advanced. The coordinator can then
    /// answer requests whose records are now committed.
    pub(super) fn on_high_watermark(
        &mut self,
        which: TopicPartition,
        high_watermark: Offset,
        env: &mut Env<'_>,
        out: &mut Effects,
    ) {
        let Some(seat) = self.coordinators.seats.get_mut(&which) else { return };
        let mut outputs = Vec::new();
        seat.coordinator.on_high_watermark(high_watermark, env, &mut outputs);
        self.coordinators.settle(which);
        self.answer_groups(outputs, env, out);
    }

    /// Passes a question to the coordinator of a partition, or refuses it with NOT_COORDINATOR if there is none here.
    pub(super) fn ask_coordinator(
        &mut self,
        which: TopicPartition,
        asker: Asker,
        what: GroupAsk,
        env: &mut Env<'_>,
        out: &mut Effects,
    ) {
        if !self.coordinators.seats.contains_key(&which) {
            let refused = Reply::Group(Box::new(what.refuse(ErrorCode::NotCoordinator)));
            return self.reply(asker, refused, env, out);
        }
        self.with_coordinator(which, env, out, |coordinator, journal, env, outputs| {
            coordinator.on_ask(asker, what, journal, env, outputs);
        });
    }

    /// Calls the coordinators whose wake-up time has come.
    pub(super) fn wake_coordinators(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        while let Some(which) = self.coordinators.timers.take_due(env.now.mono) {
            if let Some(seat) = self.coordinators.seats.get_mut(&which) {
                seat.retry_at.take_if(|at| *at <= env.now.mono);
            }
            self.with_coordinator(which, env, out, |coordinator, journal, env, outputs| {
                coordinator.on_wake(journal, env, outputs);
            });
        }
    }

    /// Tells the coordinators which topics were deleted, so that they delete the offsets committed for them.
    pub(super) fn on_topics_removed(&mut self, before: &MetadataImage, env: &mut Env<'_>, out: &mut Effects) {
        if self.coordinators.seats.is_empty() {
            return;
        }
        let image = self.image.clone();
        let removed: Vec<RemovedTopic> = before
            .topics
            .diff(&image.topics)
            .filter_map(|change| match change {
                DiffItem::Remove(id, topic) => Some(RemovedTopic { name: ByteString::from(&*topic.name), id: *id }),
                _ => None,
            })
            .collect();
        if removed.is_empty() {
            return;
        }
        let all: Vec<_> = self.coordinators.seats.keys().copied().collect();
        for which in all {
            self.with_coordinator(which, env, out, |coordinator, journal, env, outputs| {
                coordinator.on_topics_removed(&removed, journal, env, outputs);
            });
        }
    }

    /// Begins the next reads of loading coordinators, a bounded number in each turn. Called at the end of every turn.
    pub(super) fn read_for_coordinators(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        for _ in 0..READS_PER_TURN {
            let coordinators = &mut self.coordinators;
            let Some(which) = coordinators.loading.pop_first() else { break };
            let Some(seat) = coordinators.seats.get_mut(&which) else { continue };
            let Some(offset) = seat.coordinator.wants_records() else { continue };
            coordinators.last_ask += 1;
            let ask = AskId(coordinators.last_ask);
            seat.read = Some(ask);
            coordinators.reads.insert(ask, which);
            let from = FetchFrom {
                fetcher: Fetcher::Coordinator,
                offset,
                current_leader_epoch: Some(seat.coordinator.leader_epoch()),
                last_fetched_epoch: None,
                log_start: None,
            };
            let asker = Asker { shard: self.me, desk: Desk::Group, ask };
            let what = PartitionAsk::Read { from, most: LOAD_BYTES, at_least_one: true };
            self.ask_replica(which, asker, what, env, out);
        }
    }

    /// Passes the records that a coordinator asked for to that coordinator, which replays them. If the read failed,
    /// sets the time at which the coordinator tries again.
    pub(super) fn on_coordinator_reply(&mut self, ask: AskId, reply: Reply, env: &mut Env<'_>, out: &mut Effects) {
        let Some(which) = self.coordinators.reads.remove(&ask) else { return };
        let Reply::Replica(PartitionAnswer::Read(answer)) = reply else {
            unreachable!("coordinators ask for records only");
        };
        let Some(seat) = self.coordinators.seats.get_mut(&which) else { return };
        seat.read = None;
        let mut outputs = Vec::new();
        if answer.error.is_error() {
            seat.retry_at = Some(env.now.mono.plus_ms(LOAD_RETRY_MS));
        } else {
            seat.coordinator.on_records(&answer.records, env, &mut outputs);
        }
        self.coordinators.settle(which);
        self.answer_groups(outputs, env, out);
    }

    fn with_coordinator(
        &mut self,
        which: TopicPartition,
        env: &mut Env<'_>,
        out: &mut Effects,
        call: impl FnOnce(&mut Coordinator, &mut Door<'_>, &mut Env<'_>, &mut Vec<Output>),
    ) {
        let Some(seat) = self.coordinators.seats.get_mut(&which) else { return };
        let Some(hosted) = self.hosted.get_mut(&which) else { return };
        let mut appended = std::mem::take(&mut self.replica_out);
        let mut door = Door { replica: &mut hosted.replica, outputs: &mut appended, used: false };
        let mut outputs = Vec::new();
        call(&mut seat.coordinator, &mut door, env, &mut outputs);
        if door.used {
            hosted.touch(which, &mut self.touched);
        }
        self.coordinators.settle(which);
        self.carry_out(which, &mut appended, env, out);
        self.replica_out = appended;
        self.answer_groups(outputs, env, out);
    }

    fn answer_groups(&mut self, outputs: Vec<Output>, env: &mut Env<'_>, out: &mut Effects) {
        for Output::Answer { to, answer } in outputs {
            self.reply(to, Reply::Group(Box::new(answer)), env, out);
        }
    }
}

/// Translates the node's settings into those of the coordinator.
fn config_of(settings: &GroupSettings) -> GroupConfig {
    GroupConfig {
        min_session_timeout_ms: settings.min_session_timeout_ms,
        max_session_timeout_ms: settings.max_session_timeout_ms,
        initial_rebalance_delay_ms: settings.initial_rebalance_delay_ms,
        max_size: usize::try_from(settings.max_size).unwrap_or(usize::MAX),
        offset_metadata_max_bytes: usize::try_from(settings.offset_metadata_max_bytes).unwrap_or(0),
        offsets_retention_minutes: settings.offsets_retention_minutes,
        offsets_retention_check_interval_ms: settings.offsets_retention_check_interval_ms,
        offsets_commit_timeout_ms: settings.offsets_commit_timeout_ms,
        ..GroupConfig::default()
    }
}
