//! Schedules retention: decides when each partition is checked. Also sends log start offsets to the control shard,
//! which makes them durable.
//!
//! **Invariants**: a turn calls a bounded number of partitions, and each call does a bounded amount of work. A
//! partition that waits for a write or a flush is not called until that write or flush has ended.
//!
//! **In Kafka**: the `kafka-log-retention` task of `LogManager`.

use super::{Data, DataState, Effects, ShardMail, mail};
use crate::buggify;
use crate::io::{Env, ShardId, Site};
use crate::metadata::MetadataImage;
use crate::replica::LiveBroker;
use crate::types::{Instant, Offset, TopicPartition};
use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

/// The most partitions that retention calls in one turn.
const PARTITIONS_PER_TURN: usize = 32;
/// Time in milliseconds between the node's start and the first check of all partitions: the default value of Kafka's
/// `log.initial.task.delay.ms`. A shorter check interval also shortens this time.
const FIRST_CHECK_MS: i64 = 30_000;

/// The partitions that retention still has to call.
#[derive(Clone, Debug, Default)]
pub(super) struct Retention {
    /// The time at which the next check of all partitions begins. `None` until the shard serves.
    due: Option<Instant>,
    check: Check,
    /// Partitions that may have segments to delete now. They are called first; the check of all partitions continues
    /// when this set is empty.
    waiting: BTreeSet<TopicPartition>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Check {
    #[default]
    Idle,
    /// A check of all partitions is under way. This partition was checked last, and the partitions after it (in the
    /// order of `TopicPartition`) are still to be checked. `None`: no partition has been checked yet.
    Behind(Option<TopicPartition>),
}

impl Retention {
    /// Adds a partition that may have more segments to delete, so that it is called soon.
    pub(super) fn push(&mut self, which: TopicPartition) {
        self.waiting.insert(which);
    }

    /// Forgets a partition that this shard no longer has.
    pub(super) fn forget(&mut self, which: TopicPartition) {
        self.waiting.remove(&which);
    }

    /// The time at which [`Data::step_retention`] must be called next.
    pub(super) fn next_wake(&self, now: Instant) -> Option<Instant> {
        if self.waiting.is_empty() && self.check == Check::Idle { self.due } else { Some(now) }
    }

    fn begin_check(&mut self, now: Instant, interval_ms: i64) {
        let due = *self.due.get_or_insert(now.plus_ms(FIRST_CHECK_MS.min(interval_ms)));
        if due <= now {
            self.due = Some(now.plus_ms(interval_ms));
            if self.check == Check::Idle {
                self.check = Check::Behind(None);
            }
        }
    }
}

impl Data {
    /// Lets the next partitions delete old segments, a bounded number of partitions in each turn. Begins a new check of
    /// all partitions when one is due.
    pub(super) fn step_retention(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        if self.phase != DataState::Serving {
            return;
        }
        self.retention.begin_check(env.now.mono, self.config.retention_check_interval_ms);
        let partitions = if buggify!(env, Site::RetentionShortTurn) { 1 } else { PARTITIONS_PER_TURN };
        for _ in 0..partitions {
            let Some(which) = self.retention.waiting.pop_first().or_else(|| self.next_to_check()) else { break };
            self.retain(which, env, out);
        }
    }

    fn next_to_check(&mut self) -> Option<TopicPartition> {
        let Check::Behind(before) = self.retention.check else { return None };
        let next = match before {
            None => self.hosted.first_key_value(),
            Some(before) => self.hosted.range((Bound::Excluded(before), Bound::Unbounded)).next(),
        };
        let next = next.map(|(which, _)| *which);
        self.retention.check = next.map_or(Check::Idle, |which| Check::Behind(Some(which)));
        next
    }

    /// Lets one partition delete old segments. Does not use `with_partition`, because then every checked partition
    /// would run its `on_turn_end`, although most partitions have nothing to delete.
    fn retain(&mut self, which: TopicPartition, env: &mut Env<'_>, out: &mut Effects) {
        let Some(hosted) = self.hosted.get_mut(&which) else { return };
        let mut outputs = std::mem::take(&mut self.replica_out);
        let more = hosted.replica.retain(env, &mut outputs);
        if more || !outputs.is_empty() {
            hosted.touch(which, &mut self.touched);
        }
        if more {
            self.retention.push(which);
        }
        self.carry_out(which, &mut outputs, env, out);
        self.replica_out = outputs;
    }

    /// Asks the control shard to make a partition's log start offset durable.
    pub(super) fn save_start(&mut self, which: TopicPartition, start: Offset, out: &mut Effects) {
        if let Some(mut checkpoint) = self.checkpoint_of(which) {
            checkpoint.log_start = start;
            mail(ShardId::CONTROL, ShardMail::SaveStart { which, checkpoint }, out);
        }
    }

    /// Tells a partition that its log start offset is durable.
    pub(super) fn on_start_saved(
        &mut self,
        which: TopicPartition,
        start: Offset,
        env: &mut Env<'_>,
        out: &mut Effects,
    ) {
        self.with_partition(which, env, out, |it, env, outputs| it.on_start_saved(start, env, outputs));
    }

    /// Tells the partitions which brokers are alive, and in which broker epochs. DeleteRecords waits only for replicas on
    /// live brokers, and fetches of an earlier incarnation of a broker do not count (KIP-903).
    pub(super) fn on_brokers(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        let live = live_in(&self.image);
        if self.live == live {
            return;
        }
        self.live = live.clone();
        let all: Vec<TopicPartition> = self.hosted.keys().copied().collect();
        for which in all {
            let Some(hosted) = self.hosted.get_mut(&which) else { continue };
            let mut outputs = std::mem::take(&mut self.replica_out);
            hosted.replica.on_live(&live, env, &mut outputs);
            self.carry_out(which, &mut outputs, env, out);
            self.replica_out = outputs;
        }
    }
}

fn live_in(image: &MetadataImage) -> Arc<[LiveBroker]> {
    let live = image.brokers.values().filter(|broker| !broker.fenced);
    live.map(|broker| LiveBroker { node: broker.id, epoch: broker.epoch }).collect()
}
