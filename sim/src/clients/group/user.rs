//! What a member's user does: polls, takes time over what came, commits; and what befalls its process.

use super::{GroupMember, State};
use crate::actor::ActorCx;
use crate::clients::wiring::Dice;
use crate::history::GroupAct;
use gracchus_core::client::{CommitMode, CommitOffset, GroupConsumer, PartitionName};
use gracchus_core::types::{Instant, LeaderEpoch, Now, Offset, TopicPartition};
use std::collections::{BTreeMap, BTreeSet};

/// A user who waits for nothing polls so often, in milliseconds.
const POLL_MS: i64 = 300;
/// Polls of one call at most.
const POLLS: usize = 16;

/// Where a user is in a partition.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// The leader epoch of the record before it.
    pub(super) epoch: Option<LeaderEpoch>,
    /// Where reading may go on besides, the oldest news first: the client said so, and records that it had before may still
    /// come.
    pub(super) announced: Vec<Offset>,
    /// How the partition is called.
    pub(super) name: Option<PartitionName>,
}

impl Place {
    /// Whether reading goes on at `from` because the client said so. What it said before is settled then; what it said
    /// later still comes.
    pub(super) fn goes_on_as_announced(&mut self, from: Offset) -> bool {
        let at = self.announced.iter().position(|at| *at == from);
        self.announced.drain(..at.map_or(0, |at| at + 1));
        at.is_some()
    }
}

/// A user.
#[derive(Clone, Debug)]
pub(super) struct User {
    seat: u32,
    life: u32,
    pub(super) places: BTreeMap<TopicPartition, Place>,
    /// What the last poll brought: from where to where.
    pub(super) batch: Vec<(TopicPartition, Offset, Offset)>,
    /// It is busy with that until then.
    busy_until: Option<Instant>,
    next_poll: Instant,
    /// Partitions are about to be given up: this is the time to commit.
    pub(super) is_revoking: bool,
    marks: u64,
    /// It has closed its consumer.
    is_closing: bool,
}

impl User {
    pub(super) fn new(seat: u32, life: u32) -> User {
        User {
            seat,
            life,
            places: BTreeMap::new(),
            batch: Vec::new(),
            busy_until: None,
            next_poll: Instant(0),
            is_revoking: false,
            marks: 0,
            is_closing: false,
        }
    }

    pub(super) fn is_closing(&self) -> bool {
        self.is_closing
    }

    pub(super) fn close(&mut self) {
        self.is_closing = true;
    }

    /// What it may commit, under words that no other commit has.
    fn offsets(&mut self, client: &GroupConsumer) -> Vec<CommitOffset> {
        self.marks += 1;
        let metadata = format!("{}-{}-{}", self.seat, self.life, self.marks);
        let offset = |place: &Place| {
            let partition = place.name.clone()?;
            let offset = client.position(&partition.topic, partition.partition)?;
            Some(CommitOffset { partition, offset, leader_epoch: place.epoch, metadata: metadata.as_str().into() })
        };
        self.places.values().filter_map(offset).collect()
    }
}

impl GroupMember {
    /// When the first process begins.
    pub(super) fn plan_start(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        let most = if self.seat.is_understudy { 30_000 } else { 3_000 };
        self.state = State::Down(Some(now.mono.plus_ms(cx.draws.below(most) as i64)));
    }

    /// Lets the user act.
    pub(super) fn live(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        match self.state {
            State::Down(Some(_)) if self.seat.is_understudy && self.is_settling => self.state = State::Down(None),
            State::Down(Some(until)) if until <= now.mono || self.is_settling => self.begin(now, cx),
            State::Closing(_) => self.close(now, cx),
            State::Down(_) | State::Up => {}
        }
        if self.state == State::Up && self.seat.is_understudy && self.is_settling {
            self.leave(None, now, cx);
        }
        if self.state == State::Up && self.next_turn.is_some_and(|at| at <= now.mono) && !self.is_settling {
            self.plan_turn(now, cx);
            self.turn(now, cx);
        }
        if self.state == State::Up && self.still_until.is_none() {
            self.work(now, cx);
        }
    }

    /// When something is to be done without anything coming in.
    pub(super) fn next_wake(&self, now: Instant) -> Option<Instant> {
        if let Some(until) = self.still_until {
            return Some(until);
        }
        let own = match self.state {
            State::Down(until) => until,
            State::Up => {
                let busy = self.user.busy_until.or(Some(self.user.next_poll));
                let turn = self.next_turn.filter(|_| !self.is_settling);
                [busy, turn].into_iter().flatten().min()
            }
            State::Closing(_) => None,
        };
        let client = self.client.as_ref().and_then(GroupConsumer::next_wake);
        let wakes = [own, client, self.replays.next()];
        wakes.into_iter().flatten().min().map(|at| at.max(now))
    }

    fn begin(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        assert!(self.life < 1 << 16, "a member dies fewer times than 2^16");
        self.user = User::new(self.seat.number, self.life);
        let all = self.seat.targets.iter().map(|target| target.id).collect();
        self.note(GroupAct::Began(all), cx);
        let records = self.seat.config.max_poll_records;
        self.records = cx.draws.between(records.least.max(1), records.most.max(1));
        self.is_old = cx.draws.below(4) == 0;
        let mut client = GroupConsumer::new(self.client_config());
        let topics: BTreeSet<&str> = self.seat.targets.iter().map(|it| &*it.topic).collect();
        client.subscribe(topics, now, &mut Dice(cx.draws), &mut self.raised);
        self.client = Some(client);
        self.state = State::Up;
        self.plan_turn(now, cx);
        self.tell(now, cx);
    }

    fn plan_turn(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        let every = self.seat.config.churn_every_ms;
        self.next_turn = (every.most > 0).then(|| now.mono.plus_ms(cx.draws.between(every.least, every.most) as i64));
    }

    /// Something befalls the process.
    fn turn(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        let (session, interval) = (self.seat.drawing.session_timeout_ms, self.seat.drawing.max_poll_interval_ms);
        let absence = cx.draws.between(100, 2 * session);
        match cx.draws.below(4) {
            0 => self.leave(Some(absence), now, cx),
            1 => self.die(absence, now, cx),
            2 => self.still_until = Some(now.mono.plus_ms(cx.draws.between(session / 2, 3 * session) as i64)),
            _ => self.user.busy_until = Some(now.mono.plus_ms(cx.draws.between(interval / 2, 2 * interval) as i64)),
        }
    }

    /// The user closes its consumer, done with what it was given.
    pub(super) fn leave(&mut self, absence_ms: Option<u64>, now: Now, cx: &mut ActorCx<'_>) {
        self.state = State::Closing(absence_ms);
        self.close(now, cx);
    }

    fn close(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        if self.user.is_closing() {
            return;
        }
        self.finish_batch(cx);
        self.user.close();
        if let Some(client) = &mut self.client {
            client.close(now, &mut Dice(cx.draws), &mut self.raised);
        }
        self.tell(now, cx);
    }

    /// The consumer is closed: the process ends.
    pub(super) fn on_closed(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        let again = match self.state {
            State::Closing(again) => again,
            // It could not go on.
            State::Up | State::Down(_) => Some(cx.draws.between(200, 5_000)),
        };
        self.end(again, now, cx);
    }

    /// The process is gone without a word, and so are its connections.
    fn die(&mut self, absence_ms: u64, now: Now, cx: &mut ActorCx<'_>) {
        self.tap.conns().into_iter().filter(|conn| !self.lines.has(*conn)).for_each(|conn| cx.close(conn));
        self.end(Some(absence_ms), now, cx);
    }

    fn end(&mut self, again_ms: Option<u64>, now: Now, cx: &mut ActorCx<'_>) {
        self.note(GroupAct::Ended, cx);
        self.client = None;
        self.raised.clear();
        self.life += 1;
        self.next_turn = None;
        self.state = State::Down(again_ms.map(|ms| now.mono.plus_ms(ms as i64)));
    }

    /// Polls as long as there is something to do and the user is not busy.
    fn work(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        for _ in 0..POLLS {
            if self.user.busy_until.is_some_and(|until| until > now.mono && !self.is_settling) {
                return;
            }
            let was_busy = self.user.busy_until.take().is_some();
            let had_batch = !self.user.batch.is_empty();
            self.finish_batch(cx);
            let is_due = self.user.next_poll <= now.mono;
            if !self.seat.drawing.auto_commit {
                let wishes = had_batch && (self.is_settling || cx.draws.below(2) == 0);
                if wishes || std::mem::take(&mut self.user.is_revoking) || (self.is_settling && is_due) {
                    self.commit(now, cx);
                }
            }
            let Some(client) = &mut self.client else { return };
            if !(client.wants_poll(now.mono) || is_due || was_busy) {
                return;
            }
            client.poll(now, &mut Dice(cx.draws), &mut self.raised);
            self.user.next_poll = now.mono.plus_ms(POLL_MS);
            self.tell(now, cx);
            if !self.user.batch.is_empty() {
                let takes = self.seat.config.process_ms;
                let takes = if self.is_settling { 1 } else { cx.draws.between(takes.least.max(1), takes.most.max(1)) };
                self.user.busy_until = Some(now.mono.plus_ms(takes as i64));
            }
        }
    }

    /// The user is done with what the last poll brought.
    fn finish_batch(&mut self, cx: &mut ActorCx<'_>) {
        for (partition, from, next) in std::mem::take(&mut self.user.batch) {
            self.note(GroupAct::Processed(partition, from, next), cx);
        }
    }

    fn commit(&mut self, now: Now, cx: &mut ActorCx<'_>) {
        let mode = if cx.draws.below(2) == 0 { CommitMode::Sync } else { CommitMode::Async };
        let Some(client) = &mut self.client else { return };
        let offsets = self.user.offsets(client);
        if offsets.is_empty() {
            return;
        }
        let _ = client.commit(Some(offsets), mode, now, &mut Dice(cx.draws), &mut self.raised);
        self.tell(now, cx);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_announced_later_still_comes() {
        let announced = [347, 365, 380].map(Offset).to_vec();
        let mut place = Place { announced, ..Place::default() };
        // What was fetched from the first place is handed out after the client was sent on.
        assert!(place.goes_on_as_announced(Offset(347)));
        assert!(!place.goes_on_as_announced(Offset(350)), "reading goes on by itself");
        assert!(place.goes_on_as_announced(Offset(380)));
        assert!(!place.goes_on_as_announced(Offset(365)), "that was settled");
    }
}
