//! The machine: loading, deciding, committing, resigning.

use super::waiters::Waiters;
use super::{Journal, State};
use crate::types::{ErrorCode, Instant, Offset};
use std::collections::VecDeque;

/// A state with its uncommitted versions, and the waiters parked on them. `W` is a parked answer.
#[derive(Clone, Debug)]
pub struct Machine<S, W> {
    phase: MachineState,
    /// Fold of the committed records; while loading, of all records that were loaded.
    committed: S,
    /// States with records that are not committed yet, in the order of their offsets.
    versions: VecDeque<Version<S>>,
    /// The offset behind the last record that the latest state includes.
    written: Offset,
    high_watermark: Offset,
    waiters: Waiters<W>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum MachineState {
    /// Records below `start`, where the leadership began, are being replayed.
    Loading {
        start: Offset,
    },
    Active,
    /// The log holds what this machine did not write. Nothing is decided any more.
    OutOfStep,
}

/// The state after one batch of records.
#[derive(Clone, Debug)]
struct Version<S> {
    end: Offset,
    state: S,
}

/// What became of decided records.
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use]
pub enum Applied<W> {
    /// The records are in the log; [`Machine::release`] hands the waiter back.
    Parked,
    /// There were no records, and all that was written before is committed: the waiter need not wait.
    Committed(W),
    /// The append was refused, and nothing changed.
    Refused(W, ErrorCode),
}

/// A waiter that need not wait any longer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Released<W> {
    /// What was parked.
    pub waiter: W,
    /// Success when its records are committed; REQUEST_TIMED_OUT when its deadline came first (the records stay in the
    /// log and may commit later); NOT_COORDINATOR when the log is out of step.
    pub result: Result<(), ErrorCode>,
}

impl<S: State, W> Machine<S, W> {
    /// Begins to load a log that starts at `log_start` and ended at `start` when the leadership began. An empty log is
    /// loaded at once, because the high watermark is never below the log start.
    #[must_use]
    pub fn new(empty: S, log_start: Offset, start: Offset) -> Machine<S, W> {
        assert!(log_start <= start, "a log does not end before it starts");
        let mut this = Machine {
            phase: MachineState::Loading { start },
            committed: empty,
            versions: VecDeque::new(),
            written: log_start,
            high_watermark: log_start,
            waiters: Waiters::default(),
        };
        this.activate();
        this
    }

    /// Whether records may be decided.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.phase == MachineState::Active
    }

    /// Whether the log turned out to hold records that this machine did not write, so that its state is not the log's.
    #[must_use]
    pub fn is_out_of_step(&self) -> bool {
        self.phase == MachineState::OutOfStep
    }

    /// The offset to load from; none when everything below the leadership's start is loaded.
    #[must_use]
    pub fn wants(&self) -> Option<Offset> {
        match self.phase {
            MachineState::Loading { start } if self.written < start => Some(self.written),
            _ => None,
        }
    }

    /// Replays one loaded record.
    pub fn replay_loaded(&mut self, record: &S::Record) {
        assert!(self.wants().is_some(), "records are loaded only while some are wanted");
        self.committed.replay(record);
    }

    /// Notes that all records below `end` are loaded. The end of a log whose tail was compacted away counts as loaded.
    pub fn advance_loaded(&mut self, end: Offset) {
        let MachineState::Loading { .. } = self.phase else { panic!("offsets are loaded only while loading") };
        assert!(end >= self.written, "loading goes forward");
        self.written = end;
        self.activate();
    }

    /// The state that decisions are made against: with the records that are not committed yet.
    #[must_use]
    pub fn latest(&self) -> &S {
        self.versions.back().map_or(&self.committed, |version| &version.state)
    }

    /// The state that clients may be shown: a crash cannot take it back.
    #[must_use]
    pub fn committed(&self) -> &S {
        &self.committed
    }

    /// The offset behind the last record that the latest state includes.
    #[must_use]
    pub fn written(&self) -> Offset {
        self.written
    }

    /// Appends `records` as one batch and replays them. The waiter is parked until they are committed, or `deadline`
    /// has come; without records it is parked until all that was written before is committed, so that an answer never
    /// tells of what a crash can take back (`CoordinatorRuntime.CoordinatorContext.append`).
    pub fn apply(
        &mut self,
        records: &[S::Record],
        waiter: W,
        deadline: Instant,
        journal: &mut dyn Journal<S::Record>,
    ) -> Applied<W> {
        assert!(self.is_active(), "nothing is decided before the log is loaded");
        if records.is_empty() {
            return self.apply_nothing(waiter, deadline);
        }
        let end = match journal.append(records) {
            Ok(end) => end,
            Err(error) => return Applied::Refused(waiter, error),
        };
        let count = i64::try_from(records.len()).expect("a batch has fewer than 2^31 records");
        if end != self.written.plus(count) {
            self.phase = MachineState::OutOfStep;
            return Applied::Refused(waiter, ErrorCode::NotCoordinator);
        }
        let mut state = self.latest().clone();
        records.iter().for_each(|record| state.replay(record));
        self.versions.push_back(Version { end, state });
        self.written = end;
        self.waiters.park(end, deadline, waiter);
        self.advance_committed();
        Applied::Parked
    }

    fn apply_nothing(&mut self, waiter: W, deadline: Instant) -> Applied<W> {
        // Waiters that are ready but not taken yet go first.
        if self.versions.is_empty() && !self.has_ready() {
            return Applied::Committed(waiter);
        }
        self.waiters.park(self.written, deadline, waiter);
        Applied::Parked
    }

    /// Notes how far the log is committed. A lower offset than before is ignored, as the high watermark that a new
    /// leader learns may lag behind.
    pub fn on_high_watermark(&mut self, high_watermark: Offset) {
        self.high_watermark = self.high_watermark.max(high_watermark);
        match self.phase {
            MachineState::Loading { .. } => self.activate(),
            MachineState::Active => self.advance_committed(),
            MachineState::OutOfStep => {}
        }
    }

    fn activate(&mut self) {
        let MachineState::Loading { start } = self.phase else { return };
        if self.written >= start && self.high_watermark >= start {
            assert!(self.versions.is_empty(), "nothing is decided while loading");
            self.phase = MachineState::Active;
        }
    }

    fn advance_committed(&mut self) {
        let committed = self.versions.partition_point(|version| version.end <= self.high_watermark);
        if let Some(version) = self.versions.drain(..committed).next_back() {
            assert!(version.end <= self.high_watermark, "committed states end at or below the high watermark");
            self.committed = version.state;
        }
    }

    /// Takes the next waiter that need not wait any longer: committed ones in the order of their offsets, then those
    /// whose deadline has come. Call until there is none, or again later ([`Machine::next_wake`] says that some are
    /// left).
    #[must_use]
    pub fn release(&mut self, now: Instant) -> Option<Released<W>> {
        if self.is_out_of_step() {
            let waiter = self.waiters.release_any()?;
            return Some(Released { waiter, result: Err(ErrorCode::NotCoordinator) });
        }
        if let Some(waiter) = self.waiters.release(self.high_watermark) {
            return Some(Released { waiter, result: Ok(()) });
        }
        let waiter = self.waiters.expire(now)?;
        Some(Released { waiter, result: Err(ErrorCode::RequestTimedOut) })
    }

    /// When [`Machine::release`] has something to hand out: the distant past when it has now, else the earliest
    /// deadline.
    #[must_use]
    pub fn next_wake(&self) -> Option<Instant> {
        if self.has_ready() { Some(Instant::default()) } else { self.waiters.next_deadline() }
    }

    fn has_ready(&self) -> bool {
        let ready = |offset| self.is_out_of_step() || offset <= self.high_watermark;
        self.waiters.first_offset().is_some_and(ready)
    }

    /// Ends the leadership: hands back every parked waiter, in the order of their offsets.
    pub fn resign(mut self) -> impl Iterator<Item = W> {
        std::iter::from_fn(move || self.waiters.release_any())
    }
}
