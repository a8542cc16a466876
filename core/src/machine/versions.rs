//! [`Machine`], from its start to its end: it loads a log, appends decided records, notes commits, and resigns.

use super::waiters::Waiters;
use super::{Journal, State};
use crate::types::{ErrorCode, Instant, Offset};
use std::collections::VecDeque;

/// A coordinator's state in two versions, committed and latest, with the waiters that are parked until newer records
/// are committed. `W` is a waiter: an answer that is held back.
#[derive(Clone, Debug)]
pub struct Machine<S, W> {
    phase: MachineState,
    /// The state after all committed records. While the log is being loaded: the state after the records loaded so far.
    committed: S,
    /// The states after batches that are not committed yet, in the order of their offsets.
    versions: VecDeque<Version<S>>,
    /// The offset after the last record that the latest state includes.
    written: Offset,
    high_watermark: Offset,
    waiters: Waiters<W>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum MachineState {
    /// Records below `start`, the offset at which the leadership began, are being replayed, or are not all committed
    /// yet.
    Loading {
        start: Offset,
    },
    Active,
    /// The log holds records that this machine did not write. The machine decides nothing any more.
    OutOfStep,
}

/// The state after one batch of records that is not committed yet.
#[derive(Clone, Debug)]
struct Version<S> {
    end: Offset,
    state: S,
}

/// The result of [`Machine::apply`].
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use]
pub enum Applied<W> {
    /// The records, if any, are in the log. [`Machine::release`] returns the waiter when they are committed, or when
    /// its deadline has come.
    Parked,
    /// There were no records to append, and all earlier records are committed. So the answer can be sent at once.
    Committed(W),
    /// The records were not replayed and the waiter was not parked, because the append failed with this error.
    ///
    /// If the error is NOT_COORDINATOR, the machine may now be out of step with the log ([`Machine::is_out_of_step`]).
    /// Then the records are in the log, but behind records that this machine did not write.
    Refused(W, ErrorCode),
}

/// A waiter that is no longer parked, with the result for its client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Released<W> {
    /// The answer that was held back.
    pub waiter: W,
    /// - Success: the records that the waiter waits for are committed.
    /// - REQUEST_TIMED_OUT: the deadline came first. The records stay in the log and may be committed later.
    /// - NOT_COORDINATOR: the machine is out of step with the log.
    pub result: Result<(), ErrorCode>,
}

impl<S: State, W> Machine<S, W> {
    /// Makes a machine that must load a log first. The log starts at `log_start`, and ended at `start` when the
    /// leadership began. If the two are equal, the log is empty, and the machine is active at once.
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

    /// Returns whether the log is loaded and committed, so that the coordinator may decide records.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.phase == MachineState::Active
    }

    /// Returns whether the log holds records that this machine did not write. The machine's state then does not match
    /// the log.
    #[must_use]
    pub fn is_out_of_step(&self) -> bool {
        self.phase == MachineState::OutOfStep
    }

    /// Returns the offset from which records must be loaded next. `None` if all records below the start of the
    /// leadership are loaded.
    #[must_use]
    pub fn wants(&self) -> Option<Offset> {
        match self.phase {
            MachineState::Loading { start } if self.written < start => Some(self.written),
            _ => None,
        }
    }

    /// Replays one record that was loaded from the log.
    pub fn replay_loaded(&mut self, record: &S::Record) {
        assert!(self.wants().is_some(), "records are loaded only while some are wanted");
        self.committed.replay(record);
    }

    /// Notes that all records below `end` are loaded. If compaction has removed the last records below `end`, no loaded
    /// record has the offset before `end`, and the caller passes `end` nevertheless.
    pub fn advance_loaded(&mut self, end: Offset) {
        let MachineState::Loading { .. } = self.phase else { panic!("offsets are loaded only while loading") };
        assert!(end >= self.written, "loading goes forward");
        self.written = end;
        self.activate();
    }

    /// The state from which the coordinator decides. It includes records that are not committed yet.
    #[must_use]
    pub fn latest(&self) -> &S {
        self.versions.back().map_or(&self.committed, |version| &version.state)
    }

    /// The state that clients may see. No crash can undo it, because all its records are committed.
    #[must_use]
    pub fn committed(&self) -> &S {
        &self.committed
    }

    /// The offset after the last record that the latest state includes.
    #[must_use]
    pub fn written(&self) -> Offset {
        self.written
    }

    /// Appends `records` as one batch and replays them. Parks the waiter until the records are committed or `deadline`
    /// has come. Without records, the waiter waits until all earlier records are committed, because its answer may show
    /// changes that those records make and that a crash could still undo
    /// (`CoordinatorRuntime.CoordinatorContext.append`).
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
        // Answers keep their order: if earlier waiters are ready but not released yet, this waiter queues behind them.
        if self.versions.is_empty() && !self.has_ready() {
            return Applied::Committed(waiter);
        }
        self.waiters.park(self.written, deadline, waiter);
        Applied::Parked
    }

    /// Notes the high watermark. A value lower than before is ignored, because a new leader may at first know a high
    /// watermark that is too low.
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

    /// Removes and returns the next waiter that need not be parked any longer, or `None`. Waiters whose records are
    /// committed come first, in the order of their offsets. Then come waiters whose deadline has passed. A caller may
    /// stop before `None`: [`Machine::next_wake`] tells it when to call again.
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

    /// The time from which [`Machine::release`] has a waiter to return. This is the distant past if it has one now, and
    /// otherwise the earliest deadline. `None` if no waiter is parked.
    #[must_use]
    pub fn next_wake(&self) -> Option<Instant> {
        if self.has_ready() { Some(Instant::default()) } else { self.waiters.next_deadline() }
    }

    fn has_ready(&self) -> bool {
        let ready = |offset| self.is_out_of_step() || offset <= self.high_watermark;
        self.waiters.first_offset().is_some_and(ready)
    }

    /// Consumes the machine, because the leadership has ended. Returns every parked waiter, in the order of their
    /// offsets.
    pub fn resign(mut self) -> impl Iterator<Item = W> {
        std::iter::from_fn(move || self.waiters.release_any())
    }
}
