//! The partitions that the member owns: where reading begins in each, the fetched records that were not handed out yet,
//! and the positions that may be committed.
//!
//! **Invariants**
//! - A partition's position is the offset after the last record that was handed out. Before the first record, it is the
//!   offset at which reading begins. Records between this position and the fetching consumer's own position are
//!   buffered.
//! - No fetch of a partition begins while records of that partition are buffered. One fetch may already be in flight
//!   when the first records are buffered. So at most the records of two fetches are buffered for a partition.
//! - No record of a partition is handed out while the partition is being revoked, or after that.
//!
//! **In Kafka**: `SubscriptionState`, `FetchBuffer`, `FetchCollector`.

use super::news::{CommitOffset, Generation, GroupNews, PartitionName};
use crate::client::consumer::{Consumer, ConsumerConfig, ConsumerNews, Fetched, OffsetReset, StartAt};
use crate::client::output::{Conn, Output};
use crate::io::Draws;
use crate::types::{ErrorCode, Instant, LeaderEpoch, Now, Offset};
use bytes::Bytes;
use bytestring::ByteString;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

type Outputs = Vec<Output<GroupNews>>;

/// The partitions that the member owns, and the consumer that fetches them.
#[derive(Clone, Debug)]
pub(super) struct Owned {
    consumer: Consumer,
    /// Outputs of the fetching consumer that are not yet turned into outputs of the group consumer.
    raised: Vec<Output<ConsumerNews>>,
    reset: OffsetReset,
    rows: BTreeMap<PartitionName, Row>,
    /// The generation of the member's last assignment.
    generation: Option<Generation>,
    /// The number of rows made so far, which is the serial number of the next row. A partition that was lost and
    /// assigned again gets a row with another serial number, so that a late OffsetFetch answer for the earlier row
    /// is recognised.
    next_serial: u64,
    /// How many OffsetFetch requests have failed since the last success. The back-off depends on this number.
    failures: u32,
    /// The partition that was served last by a poll. The next poll begins with the partition after it.
    last_served: Option<PartitionName>,
}

#[derive(Clone, Debug)]
struct Row {
    serial: u64,
    start: Start,
    position: Option<Position>,
    buffered: VecDeque<Buffered>,
    /// Whether the user has paused the partition.
    is_paused: bool,
    is_revoking: bool,
}

/// Whether the offset at which reading of a partition begins still has to be requested with OffsetFetch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Start {
    /// The committed offset is not known. OffsetFetch is sent at this time or later.
    Wanted { not_before: Instant },
    /// OffsetFetch is in flight.
    Asked,
    /// No OffsetFetch is needed any more. Either the fetching consumer has the position or is looking for it, or the
    /// partition is not fetched because of an error.
    Given,
}

/// The position of the next record that a poll hands out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Position {
    offset: Offset,
    /// The leader epoch of the record before `offset`, if known.
    epoch: Option<LeaderEpoch>,
}

/// What a poll takes next from a partition's buffer.
#[derive(Clone, Debug)]
enum Buffered {
    Records(Box<Fetched>),
    /// The offset to be fetched was no longer in the log. After the records buffered before this entry, reading
    /// continues at this offset.
    Jump(Offset),
}

/// A partition whose committed offset is being requested. When the response comes, the serial number tells whether the
/// partition still has the same row (see `Owned::next_serial`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Unstarted {
    pub(super) name: PartitionName,
    serial: u64,
}

impl Owned {
    pub(super) fn new(config: ConsumerConfig) -> Owned {
        Owned {
            reset: config.reset,
            consumer: Consumer::new(config),
            raised: Vec::new(),
            rows: BTreeMap::new(),
            generation: None,
            next_serial: 0,
            failures: 0,
            last_served: None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn names(&self) -> BTreeSet<PartitionName> {
        self.rows.keys().cloned().collect()
    }

    pub(super) fn contains(&self, name: &PartitionName) -> bool {
        self.rows.contains_key(name)
    }

    /// The generation of the member's last assignment. `None` before the first one.
    pub(super) fn generation(&self) -> Option<Generation> {
        self.generation
    }

    /// The partitions that are being revoked.
    pub(super) fn revoking(&self) -> BTreeSet<PartitionName> {
        self.rows.iter().filter(|(_, row)| row.is_revoking).map(|(name, _)| name.clone()).collect()
    }

    /// Adds `names` to the owned partitions, because the assignment of `generation` has them.
    pub(super) fn add(&mut self, names: &BTreeSet<PartitionName>, generation: Generation) {
        self.generation = Some(generation);
        for name in names {
            let row = Row {
                serial: self.next_serial,
                start: Start::Wanted { not_before: Instant(0) },
                position: None,
                buffered: VecDeque::new(),
                is_paused: false,
                is_revoking: false,
            };
            self.next_serial += 1;
            self.rows.insert(name.clone(), row);
        }
    }

    /// Begins to revoke `names`. From now on, none of their records is handed out.
    pub(super) fn begin_revoking(&mut self, names: &BTreeSet<PartitionName>) {
        for name in names {
            if let Some(row) = self.rows.get_mut(name) {
                row.is_revoking = true;
            }
            self.consumer.pause(&name.topic, name.partition);
        }
    }

    /// Removes `names` from the owned partitions.
    pub(super) fn remove(&mut self, names: &BTreeSet<PartitionName>) {
        for name in names {
            self.rows.remove(name);
            self.consumer.unassign(&name.topic, name.partition);
        }
    }

    /// Pauses a partition. Its buffered records stay in the buffer until the partition is resumed.
    pub(super) fn pause(&mut self, name: &PartitionName) {
        if let Some(row) = self.rows.get_mut(name) {
            row.is_paused = true;
            self.consumer.pause(&name.topic, name.partition);
        }
    }

    /// Resumes a paused partition.
    pub(super) fn resume(&mut self, name: &PartitionName, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        if let Some(row) = self.rows.get_mut(name) {
            row.is_paused = false;
            self.go_on(name, now, draws);
            self.absorb(now, draws, out);
        }
    }

    /// Lets the fetching consumer fetch a partition again, unless the partition is paused, is being revoked, or has
    /// buffered records.
    fn go_on(&mut self, name: &PartitionName, now: Now, draws: &mut dyn Draws) {
        let Some(row) = self.rows.get(name) else { return };
        if !row.is_paused && !row.is_revoking && row.buffered.is_empty() {
            self.consumer.resume(&name.topic, name.partition, now, draws, &mut self.raised);
        }
    }

    /// The offset of the next record that a poll hands out of a partition, if known.
    pub(super) fn position(&self, name: &PartitionName) -> Option<Offset> {
        Some(self.rows.get(name)?.position?.offset)
    }

    /// The offsets that may be committed: all known positions.
    pub(super) fn positions(&self) -> Vec<CommitOffset> {
        let offset = |(name, row): (&PartitionName, &Row)| {
            let Position { offset, epoch } = row.position?;
            let metadata = ByteString::new();
            Some(CommitOffset { partition: name.clone(), offset, leader_epoch: epoch, metadata })
        };
        self.rows.iter().filter_map(offset).collect()
    }
}

/// Where reading of partitions begins.
impl Owned {
    /// When the next OffsetFetch request is due. `None` if no partition needs one.
    pub(super) fn start_due(&self) -> Option<Instant> {
        let waits = |row: &Row| match row.start {
            Start::Wanted { not_before } => Some(not_before),
            Start::Asked | Start::Given => None,
        };
        self.rows.values().filter_map(waits).min()
    }

    /// Returns the partitions whose committed offsets must be requested now.
    pub(super) fn unstarted(&self, now: Instant) -> Vec<Unstarted> {
        let is_due = |row: &Row| matches!(row.start, Start::Wanted { not_before } if not_before <= now);
        let rows = self.rows.iter().filter(|(_, row)| is_due(row));
        rows.map(|(name, row)| Unstarted { name: name.clone(), serial: row.serial }).collect()
    }

    /// Notes that an OffsetFetch for these partitions was sent.
    pub(super) fn asked(&mut self, unstarted: &[Unstarted]) {
        for Unstarted { name, serial } in unstarted {
            if let Some(row) = self.waiting(name, *serial) {
                row.start = Start::Asked;
            }
        }
    }

    /// Schedules another OffsetFetch for a partition, because the last one failed.
    pub(super) fn ask_again(&mut self, unstarted: &Unstarted, retry_at: Instant) {
        if let Some(row) = self.waiting(&unstarted.name, unstarted.serial) {
            row.start = Start::Wanted { not_before: retry_at };
        }
    }

    /// Counts a failed OffsetFetch, and returns how many have failed since the last success. The back-off depends on
    /// this number.
    pub(super) fn count_failure(&mut self) -> u32 {
        self.failures = self.failures.saturating_add(1);
        self.failures
    }

    /// Returns whether the partition still waits for its committed offset.
    pub(super) fn waits_for(&mut self, unstarted: &Unstarted) -> bool {
        self.waiting(&unstarted.name, unstarted.serial).is_some()
    }

    fn waiting(&mut self, name: &PartitionName, serial: u64) -> Option<&mut Row> {
        self.rows.get_mut(name).filter(|row| row.serial == serial && row.start != Start::Given)
    }

    /// Begins to read a partition at its committed offset. If no offset is committed, begins where `auto.offset.reset`
    /// says.
    pub(super) fn start(
        &mut self,
        unstarted: &Unstarted,
        committed: Option<(Offset, Option<LeaderEpoch>)>,
        now: Now,
        draws: &mut dyn Draws,
        out: &mut Outputs,
    ) {
        let name = &unstarted.name;
        let Some(row) = self.waiting(name, unstarted.serial) else { return };
        row.start = Start::Given;
        let start = match committed {
            Some((offset, epoch)) => {
                row.position = Some(Position { offset, epoch });
                let (topic, partition) = (name.topic.clone(), name.partition);
                let positioned = ConsumerNews::Positioned { topic, partition, from: None, to: offset };
                out.push(Output::News(GroupNews::Position(positioned)));
                epoch.map_or(StartAt::Offset(offset), |epoch| StartAt::Committed(offset, epoch))
            }
            None => match self.reset {
                OffsetReset::Earliest => StartAt::Earliest,
                OffsetReset::Latest => StartAt::Latest,
                OffsetReset::None => return out.push(Output::News(GroupNews::NoOffset(name.clone()))),
            },
        };
        self.failures = 0;
        self.begin(name, start, now, draws);
        self.absorb(now, draws, out);
    }

    /// Tells the user that the client may not read a partition's committed offset. The partition is not fetched.
    pub(super) fn refuse(&mut self, unstarted: &Unstarted, error: ErrorCode, out: &mut Outputs) {
        let Some(row) = self.waiting(&unstarted.name, unstarted.serial) else { return };
        row.start = Start::Given;
        let PartitionName { topic, partition } = unstarted.name.clone();
        let refused = ConsumerNews::Refused { topic, partition, error, stops: true };
        out.push(Output::News(GroupNews::Position(refused)));
    }

    fn begin(&mut self, name: &PartitionName, start: StartAt, now: Now, draws: &mut dyn Draws) {
        self.consumer.assign(&name.topic, name.partition, start, now, draws, &mut self.raised);
        let Some(row) = self.rows.get(name) else { return };
        match row.is_paused || row.is_revoking {
            true => self.consumer.pause(&name.topic, name.partition),
            false => self.go_on(name, now, draws),
        }
    }
}

/// How buffered records are handed out to the user.
impl Owned {
    /// Returns whether a poll would find buffered records, or a changed position, in any partition. A partition that is
    /// paused or being revoked does not count.
    pub(super) fn has_more(&self) -> bool {
        self.rows.values().any(Row::has_more)
    }

    /// Hands out at most `most` buffered records to the user. Takes them from one partition after the other.
    pub(super) fn hand_out(&mut self, most: usize, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        let mut left = most.max(1);
        while left > 0
            && let Some(name) = self.next_served()
        {
            self.last_served = Some(name.clone());
            let row = self.rows.get_mut(&name).expect("it was found a moment ago");
            match row.buffered.pop_front().expect("it has more") {
                Buffered::Jump(to) => row.position = Some(Position { offset: to, epoch: None }),
                Buffered::Records(mut fetched) => {
                    if let Some(rest) = fetched.split_off(left) {
                        row.buffered.push_front(Buffered::Records(Box::new(rest)));
                    }
                    let before = row.position.and_then(|position| position.epoch);
                    row.position = Some(Position { offset: fetched.next, epoch: fetched.last_epoch().or(before) });
                    left = left.saturating_sub(fetched.records().count());
                    out.push(Output::News(GroupNews::Polled(fetched)));
                }
            }
            self.go_on(&name, now, draws);
        }
        self.absorb(now, draws, out);
    }

    /// Returns the next partition that has something buffered to hand out. The search begins after the partition that
    /// was served last.
    fn next_served(&self) -> Option<PartitionName> {
        let has_more = |(name, row): (&PartitionName, &Row)| row.has_more().then(|| name.clone());
        match &self.last_served {
            None => self.rows.iter().find_map(has_more),
            Some(last) => {
                use core::ops::Bound::{Excluded, Unbounded};
                let after = self.rows.range((Excluded(last), Unbounded)).find_map(has_more);
                after.or_else(|| self.rows.range(..=last).find_map(has_more))
            }
        }
    }
}

impl Row {
    fn has_more(&self) -> bool {
        !self.buffered.is_empty() && !self.is_paused && !self.is_revoking
    }
}

/// How the outputs of the fetching consumer are handled.
impl Owned {
    /// Turns the outputs of the fetching consumer into outputs of the group consumer. Buffers the fetched records and
    /// notes new positions.
    pub(super) fn absorb(&mut self, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        while !self.raised.is_empty() {
            for output in core::mem::take(&mut self.raised) {
                match output {
                    Output::Dial { conn, host, port } => out.push(Output::Dial { conn: outward(conn), host, port }),
                    Output::Send { conn, parts } => out.push(Output::Send { conn: outward(conn), parts }),
                    Output::Close { conn } => out.push(Output::Close { conn: outward(conn) }),
                    // `GroupConsumer::note_wakes` asks `next_wake` for this time, and combines it with the member's
                    // timers.
                    Output::WakeAt(_) => {}
                    Output::News(news) => self.on_news(news, now, draws, out),
                }
            }
        }
    }

    fn on_news(&mut self, news: ConsumerNews, now: Now, draws: &mut dyn Draws, out: &mut Outputs) {
        match news {
            ConsumerNews::Fetched(fetched) => self.on_fetched(fetched),
            ConsumerNews::Positioned { ref topic, partition, to, .. } => {
                let Some(row) = self.rows.get_mut(&PartitionName::new(topic.clone(), partition)) else { return };
                match row.buffered.is_empty() {
                    true => row.position = Some(Position { offset: to, epoch: None }),
                    false => row.buffered.push_back(Buffered::Jump(to)),
                }
                out.push(Output::News(GroupNews::Position(news)));
            }
            ConsumerNews::Truncated { ref topic, partition, diverged, .. } => {
                let name = PartitionName::new(topic.clone(), partition);
                if self.on_truncated(&name, diverged, now, draws) {
                    out.push(Output::News(GroupNews::Position(news)));
                }
            }
            ConsumerNews::Refused { ref topic, partition, .. } => {
                if self.contains(&PartitionName::new(topic.clone(), partition)) {
                    out.push(Output::News(GroupNews::Position(news)));
                }
            }
        }
    }

    fn on_fetched(&mut self, fetched: Box<Fetched>) {
        let name = PartitionName::new(fetched.topic.clone(), fetched.partition);
        let Some(row) = self.rows.get_mut(&name) else { return };
        row.buffered.push_back(Buffered::Records(fetched));
        self.consumer.pause(&name.topic, name.partition);
    }

    /// Handles the news that the leader's log was truncated below the fetching consumer's position (KIP-320). Drops the
    /// buffered records, which are fetched again if the leader has them. Returns whether the user must be told: `true`
    /// if records that the leader no longer has were handed out, or may have been.
    fn on_truncated(
        &mut self,
        name: &PartitionName,
        diverged: Option<(LeaderEpoch, Offset)>,
        now: Now,
        draws: &mut dyn Draws,
    ) -> bool {
        let Some(row) = self.rows.get_mut(name) else { return false };
        row.buffered.clear();
        let Some(position) = row.position else { return true };
        match diverged {
            Some((_, end)) if end >= position.offset => {
                let start = match position.epoch {
                    Some(epoch) => StartAt::Committed(position.offset, epoch),
                    None => StartAt::Offset(position.offset),
                };
                self.begin(name, start, now, draws);
                return false;
            }
            Some((epoch, end)) if self.reset != OffsetReset::None => {
                row.position = Some(Position { offset: end, epoch: Some(epoch) });
            }
            // The position stays until the fetching consumer reports another one. If `auto.offset.reset` is none, that
            // consumer stops fetching the partition instead.
            Some(_) | None => {}
        }
        self.go_on(name, now, draws);
        true
    }
}

/// How events from the driver are passed on.
impl Owned {
    pub(super) fn on_dialed(&mut self, conn: Conn, now: Now, draws: &mut dyn Draws) {
        self.consumer.on_dialed(conn, now, draws, &mut self.raised);
    }

    pub(super) fn on_closed(&mut self, conn: Conn, now: Now, draws: &mut dyn Draws) {
        self.consumer.on_closed(conn, now, draws, &mut self.raised);
    }

    pub(super) fn on_frame(&mut self, conn: Conn, frame: Bytes, now: Now, draws: &mut dyn Draws) {
        self.consumer.on_frame(conn, frame, now, draws, &mut self.raised);
    }

    /// Passes the wake-up to the fetching consumer, if one of its timers has expired.
    pub(super) fn on_wake(&mut self, now: Now, draws: &mut dyn Draws) {
        if self.next_wake().is_some_and(|at| at <= now.mono) {
            self.consumer.on_wake(now, draws, &mut self.raised);
        }
    }

    pub(super) fn next_wake(&self) -> Option<Instant> {
        self.consumer.next_wake()
    }

    pub(super) fn close(&mut self) {
        self.consumer.close(&mut self.raised);
    }
}

/// Returns the id under which the driver knows one of the fetching consumer's connections. These ids are odd. The ids
/// of the member's own connections are even.
fn outward(conn: Conn) -> Conn {
    Conn(conn.0 * 2 + 1)
}
