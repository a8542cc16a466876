//! The end of a turn: partitions flush and answer in groups, fetches go out to leaders, loading logs take a few steps,
//! and the next wake-up is set.

use super::{Data, DataState, Effect, Effects, ShardMail, mail};
use crate::io::{Env, ShardId, WorkKind};
use crate::shard::mail::Checkpoint;
use crate::types::{Instant, TopicPartition};

/// The most steps that all loading logs together take in one turn: enough to keep a disk busy, few enough that requests
/// are served in between.
const STEPS_PER_TURN: usize = 16;
/// The most rounds of questions and answers at the end of one turn. Several rounds may be needed, because an answer can
/// make a request ask further questions. Questions left after the last round are answered in the next turn.
const ROUNDS_MAX: usize = 8;

impl Data {
    pub(crate) fn on_turn_end(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        self.step_image(env, out);
        self.step_loading(env, out);
        self.tell_loads(env);
        self.read_for_coordinators(env, out);
        self.step_retention(env, out);
        for _ in 0..ROUNDS_MAX {
            self.end_partitions_turn(env, out);
            self.broker.on_turn_end(env, &mut self.broker_out);
            self.drain_broker(env, out);
            if self.touched.is_empty() {
                break;
            }
        }
        self.end_fetchers_turn(env, out);
        self.report_offsets(env.now.mono, out);
        self.advance_stop(env, out);
        self.ask_for_wake(env.now.mono, out);
    }

    pub(super) fn end_partitions_turn(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        let mut ending = std::mem::take(&mut self.touched);
        for which in ending.drain(..) {
            let Some(hosted) = self.hosted.get_mut(&which) else { continue };
            env.work.add(WorkKind::Partitions, 1);
            let mut outputs = std::mem::take(&mut self.replica_out);
            hosted.replica.on_turn_end(env, &mut outputs);
            hosted.touched = false;
            self.timers.set(which, hosted.replica.next_wake());
            // A replica that has loaded its log may need to load it again, for example after a truncation, or when a
            // full disk has free space again.
            if hosted.replica.needs_step() {
                self.stepping.insert(which);
            }
            if !hosted.unreported {
                hosted.unreported = true;
                self.unreported.push(which);
            }
            self.carry_out(which, &mut outputs, env, out);
            self.replica_out = outputs;
        }
        if self.touched.is_empty() {
            self.touched = ending;
        }
    }

    fn step_loading(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        let mut steps = STEPS_PER_TURN;
        let mut after: Option<TopicPartition> = None;
        while steps > 0 {
            let next = match after {
                None => self.stepping.first(),
                Some(after) => {
                    self.stepping.range((std::ops::Bound::Excluded(after), std::ops::Bound::Unbounded)).next()
                }
            };
            let Some(which) = next.copied() else { break };
            if self.hosted.get(&which).is_some_and(|hosted| hosted.replica.needs_step()) {
                self.with_partition(which, env, out, |it, env, outputs| it.step(env, outputs));
                steps -= 1;
            } else {
                after = Some(which);
            }
        }
    }

    /// At intervals, reports changed offsets to the control shard, which writes them to the checkpoint files.
    fn report_offsets(&mut self, now: Instant, out: &mut Effects) {
        if self.unreported.is_empty() || self.phase != DataState::Serving {
            return;
        }
        let interval = self.config.high_watermark_checkpoint_interval_ms;
        let due = *self.report_due.get_or_insert(now.plus_ms(interval));
        if due <= now {
            self.report_due = None;
            let mut which = std::mem::take(&mut self.unreported);
            // A partition that was closed and opened again since the last report is in the list twice.
            which.sort_unstable();
            which.dedup();
            for which in &which {
                if let Some(hosted) = self.hosted.get_mut(which) {
                    hosted.unreported = false;
                }
            }
            let offsets = which.into_iter().filter_map(|which| self.checkpoint_of(which)).collect();
            mail(ShardId::CONTROL, ShardMail::Checkpoint(offsets), out);
        }
    }

    pub(super) fn checkpoint_of(&self, which: TopicPartition) -> Option<Checkpoint> {
        let hosted = self.hosted.get(&which)?;
        let ends = hosted.replica.ends()?;
        Some(Checkpoint {
            dir: hosted.dir,
            topic: hosted.topic.clone(),
            partition: which.partition,
            recovery_point: ends.recovery_point,
            log_start: ends.saved_start,
            high_watermark: ends.high_watermark,
        })
    }

    /// Asks for another turn at once. A shard that has stopped needs none: its files are closed with the process.
    pub(in crate::shard) fn go_on_at_once(&mut self, now: Instant, out: &mut Effects) {
        if self.phase != DataState::Stopped && self.wake != Some(now) {
            self.wake = Some(now);
            out.list.push(Effect::WakeAt(now));
        }
    }

    fn ask_for_wake(&mut self, now: Instant, out: &mut Effects) {
        let busy = !self.touched.is_empty()
            || self.has_image_steps()
            || !self.to_stop.is_empty()
            || self.coordinators.is_loading()
            || self.stepping.iter().any(|which| self.hosted.get(which).is_some_and(|it| it.replica.needs_step()));
        let finishing = match self.phase {
            DataState::Finishing(deadline) => Some(deadline),
            _ => None,
        };
        let wishes = [
            busy.then_some(now),
            self.timers.next(),
            self.broker.next_wake(),
            self.replication.next_wake(),
            self.coordinators.next_wake(),
            self.report_due.filter(|_| self.phase == DataState::Serving),
            self.asides.due(),
            self.retention.next_wake(now).filter(|_| self.phase == DataState::Serving),
            finishing,
        ];
        let wanted = wishes.into_iter().flatten().min().filter(|_| self.phase != DataState::Stopped);
        if wanted != self.wake {
            self.wake = wanted;
            out.list.extend(wanted.map(Effect::WakeAt));
        }
    }
}
