//! Compares the machine with a list of batches, while records are decided, refused, committed, timed out, lost and
//! loaded again.

use super::{Applied, Journal, Machine, State};
use crate::types::{ErrorCode, Instant, Offset};
use imbl::Vector;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A state that keeps every record, so that equal states mean equal logs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Everything(Vector<u32>);

impl State for Everything {
    type Record = u32;
    fn replay(&mut self, record: &u32) {
        self.0.push_back(*record);
    }
}

/// A log in memory.
#[derive(Default)]
struct Log {
    start: i64,
    batches: Vec<Vec<u32>>,
    refuses: Option<ErrorCode>,
    /// A record that the machine did not write is appended before the next batch.
    intruder: bool,
}

impl Log {
    fn end(&self) -> i64 {
        self.start + self.batches.iter().map(|batch| batch.len() as i64).sum::<i64>()
    }

    /// The state after replaying all batches that end at or below `to`.
    fn fold(&self, to: i64) -> Everything {
        let mut end = self.start;
        let mut state = Everything::default();
        for batch in &self.batches {
            end += batch.len() as i64;
            if end <= to {
                batch.iter().for_each(|record| state.replay(record));
            }
        }
        state
    }

    /// The highest end of a batch at or below `to`.
    fn boundary(&self, to: i64) -> i64 {
        let mut end = self.start;
        for batch in &self.batches {
            if end + batch.len() as i64 > to {
                break;
            }
            end += batch.len() as i64;
        }
        end
    }

    fn truncate(&mut self, to: i64) {
        while self.end() > to {
            self.batches.pop();
        }
    }
}

impl Journal<u32> for Log {
    fn append(&mut self, records: &[u32]) -> Result<Offset, ErrorCode> {
        if let Some(error) = self.refuses {
            return Err(error);
        }
        if self.intruder {
            self.batches.push(vec![u32::MAX]);
        }
        self.batches.push(records.to_vec());
        Ok(Offset(self.end()))
    }
}

fn machine(log: &Log) -> Machine<Everything, u32> {
    Machine::new(Everything::default(), Offset(log.start), Offset(log.end()))
}

fn load(machine: &mut Machine<Everything, u32>, log: &Log) {
    let mut end = log.start;
    for batch in &log.batches {
        let from = end;
        end += batch.len() as i64;
        if machine.wants() == Some(Offset(from)) {
            batch.iter().for_each(|record| machine.replay_loaded(record));
            machine.advance_loaded(Offset(end));
        }
    }
}

/// A machine over an empty log.
fn active() -> (Machine<Everything, u32>, Log) {
    let log = Log::default();
    (machine(&log), log)
}

const FAR: Instant = Instant(u64::MAX);

#[test]
fn decided_records_are_latest_at_once_and_committed_with_the_high_watermark() {
    let (mut machine, mut log) = active();
    assert_eq!(machine.apply(&[1, 2], 7, FAR, &mut log), Applied::Parked);
    assert_eq!((machine.latest(), machine.committed()), (&log.fold(2), &log.fold(0)));
    machine.on_high_watermark(Offset(1));
    assert_eq!(machine.release(FAR.min(Instant(5))), None, "half of the batch is not committed");
    machine.on_high_watermark(Offset(2));
    assert_eq!(machine.committed(), &log.fold(2));
    let released = machine.release(Instant(5)).expect("committed");
    assert_eq!((released.waiter, released.result), (7, Ok(())));
    assert_eq!(machine.release(Instant(5)), None);
}

#[test]
fn a_waiter_without_records_waits_for_what_was_written_before() {
    let (mut machine, mut log) = active();
    assert_eq!(machine.apply(&[], 1, FAR, &mut log), Applied::Committed(1));
    assert_eq!(machine.apply(&[5], 2, FAR, &mut log), Applied::Parked);
    assert_eq!(machine.apply(&[], 3, FAR, &mut log), Applied::Parked);
    assert_eq!(machine.next_wake(), Some(FAR));
    machine.on_high_watermark(Offset(1));
    assert_eq!(machine.next_wake(), Some(Instant(0)), "two are ready");
    assert_eq!(machine.apply(&[], 4, FAR, &mut log), Applied::Parked, "those that are ready go first");
    let order: Vec<u32> = std::iter::from_fn(|| machine.release(Instant(0))).map(|it| it.waiter).collect();
    assert_eq!(order, [2, 3, 4]);
    assert_eq!(machine.next_wake(), None);
}

#[test]
fn a_refused_append_changes_nothing() {
    let (mut machine, mut log) = active();
    log.refuses = Some(ErrorCode::NotEnoughReplicas);
    assert_eq!(machine.apply(&[1], 9, FAR, &mut log), Applied::Refused(9, ErrorCode::NotEnoughReplicas));
    assert_eq!((machine.latest(), machine.written()), (&Everything::default(), Offset::ZERO));
    assert_eq!(machine.next_wake(), None);
}

#[test]
fn a_deadline_releases_the_waiter_and_keeps_the_state() {
    let (mut machine, mut log) = active();
    assert_eq!(machine.apply(&[1], 9, Instant(100), &mut log), Applied::Parked);
    assert_eq!(machine.next_wake(), Some(Instant(100)));
    assert_eq!(machine.release(Instant(99)), None);
    let released = machine.release(Instant(100)).expect("timed out");
    assert_eq!((released.waiter, released.result), (9, Err(ErrorCode::RequestTimedOut)));
    assert_eq!(machine.latest(), &log.fold(1));
    machine.on_high_watermark(Offset(1));
    assert_eq!(machine.committed(), &log.fold(1), "the records commit later all the same");
}

#[test]
fn nothing_is_decided_before_all_is_loaded_and_committed() {
    let log = Log { batches: vec![vec![1, 2], vec![3]], ..Log::default() };
    let mut machine = machine(&log);
    machine.on_high_watermark(Offset(2));
    assert_eq!(machine.wants(), Some(Offset(0)));
    load(&mut machine, &log);
    assert_eq!(machine.wants(), None);
    assert!(!machine.is_active(), "the last batch is not committed");
    machine.on_high_watermark(Offset(3));
    assert!(machine.is_active());
    assert_eq!((machine.latest(), machine.committed()), (&log.fold(3), &log.fold(3)));
}

#[test]
fn a_log_that_holds_what_the_machine_did_not_write_ends_it() {
    let (mut machine, mut log) = active();
    assert_eq!(machine.apply(&[1], 1, FAR, &mut log), Applied::Parked);
    log.intruder = true;
    assert_eq!(machine.apply(&[2], 2, FAR, &mut log), Applied::Refused(2, ErrorCode::NotCoordinator));
    assert!(machine.is_out_of_step() && !machine.is_active());
    let released = machine.release(Instant(0)).expect("nobody waits for a machine that has ended");
    assert_eq!((released.waiter, released.result), (1, Err(ErrorCode::NotCoordinator)));
}

#[derive(Clone, Debug)]
enum Op {
    Decide {
        records: u8,
        timeout: u8,
    },
    RefusedDecide,
    Commit {
        ahead: u8,
    },
    Pass {
        time: u8,
    },
    Release {
        most: u8,
    },
    /// Another leader loads the log: uncommitted batches may be lost, and the high watermark may be unknown at first.
    LoadAgain {
        lost: u8,
        knows: bool,
    },
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (0..4_u8, any::<u8>()).prop_map(|(records, timeout)| Op::Decide { records, timeout }),
        1 => Just(Op::RefusedDecide),
        4 => (0..8_u8).prop_map(|ahead| Op::Commit { ahead }),
        2 => any::<u8>().prop_map(|time| Op::Pass { time }),
        4 => (1..6_u8).prop_map(|most| Op::Release { most }),
        1 => (0..6_u8, any::<bool>()).prop_map(|(lost, knows)| Op::LoadAgain { lost, knows }),
    ]
}

struct World {
    machine: Machine<Everything, u32>,
    log: Log,
    high_watermark: i64,
    now: Instant,
    /// Parked waiters: the offset that must be committed, and the deadline.
    parked: BTreeMap<u32, (i64, Instant)>,
    drawn: u32,
}

impl World {
    fn new() -> World {
        let (machine, log) = active();
        World { machine, log, high_watermark: 0, now: Instant(0), parked: BTreeMap::new(), drawn: 0 }
    }

    fn run(&mut self, op: &Op) {
        match *op {
            Op::Decide { records, timeout } => self.decide(records, timeout),
            Op::RefusedDecide => {
                self.log.refuses = Some(ErrorCode::KafkaStorageError);
                if self.machine.is_active() {
                    let applied = self.machine.apply(&[1], u32::MAX, self.now, &mut self.log);
                    assert_eq!(applied, Applied::Refused(u32::MAX, ErrorCode::KafkaStorageError));
                }
                self.log.refuses = None;
            }
            Op::Commit { ahead } => {
                self.high_watermark = (self.high_watermark + i64::from(ahead)).min(self.log.end());
                self.machine.on_high_watermark(Offset(self.high_watermark));
            }
            Op::Pass { time } => self.now = Instant(self.now.0 + u64::from(time)),
            Op::Release { most } => (0..most).for_each(|_| self.release()),
            Op::LoadAgain { lost, knows } => self.load_again(lost, knows),
        }
        self.check();
    }

    fn decide(&mut self, records: u8, timeout: u8) {
        if !self.machine.is_active() {
            return;
        }
        let id = self.drawn;
        let records: Vec<u32> = (0..u32::from(records)).map(|at| id * 10 + at).collect();
        self.drawn += 1;
        let deadline = Instant(self.now.0 + u64::from(timeout));
        match self.machine.apply(&records, id, deadline, &mut self.log) {
            Applied::Parked => assert_eq!(self.parked.insert(id, (self.log.end(), deadline)), None),
            Applied::Committed(waiter) => {
                assert_eq!((waiter, records.len()), (id, 0));
                assert!(self.log.end() == self.log.boundary(self.high_watermark));
            }
            Applied::Refused(_, error) => panic!("{error}"),
        }
    }

    fn release(&mut self) {
        let Some(released) = self.machine.release(self.now) else {
            let waits = |(end, deadline): &(i64, Instant)| *end > self.high_watermark && *deadline > self.now;
            assert!(self.parked.values().all(waits), "nobody is left behind");
            return;
        };
        let (end, deadline) = self.parked.remove(&released.waiter).expect("every waiter is released once");
        match released.result {
            Ok(()) => assert!(end <= self.high_watermark, "success before the records are committed"),
            Err(error) => {
                assert_eq!(error, ErrorCode::RequestTimedOut);
                assert!(end > self.high_watermark && deadline <= self.now);
            }
        }
    }

    fn load_again(&mut self, lost: u8, knows: bool) {
        let to = (self.log.end() - i64::from(lost)).max(self.high_watermark);
        self.log.truncate(to);
        // The high watermark must lie within the log.
        self.high_watermark = self.high_watermark.min(self.log.end());
        let fresh = machine(&self.log);
        let handed_back: Vec<u32> = std::mem::replace(&mut self.machine, fresh).resign().collect();
        assert!(handed_back.is_sorted_by_key(|id| self.parked[id].0), "in the order of their offsets");
        let expected: Vec<u32> = std::mem::take(&mut self.parked).into_keys().collect();
        let mut sorted = handed_back;
        sorted.sort_unstable();
        assert_eq!(sorted, expected);
        if knows {
            self.machine.on_high_watermark(Offset(self.high_watermark));
        }
        load(&mut self.machine, &self.log);
        let may_decide = knows && self.high_watermark >= self.log.end();
        assert_eq!(self.machine.is_active(), may_decide || self.log.end() == self.log.start);
    }

    fn check(&self) {
        assert_eq!(self.machine.latest(), &self.log.fold(self.log.end()));
        if self.machine.is_active() {
            assert_eq!(self.machine.committed(), &self.log.fold(self.high_watermark));
        }
        let ready = self.parked.values().any(|(end, _)| *end <= self.high_watermark);
        let wake = if ready { Some(Instant(0)) } else { self.parked.values().map(|(_, deadline)| *deadline).min() };
        assert_eq!(self.machine.next_wake(), wake);
    }
}

proptest! {
    #[test]
    fn any_interleaving_equals_the_fold_of_the_log(ops in proptest::collection::vec(op(), 0..60)) {
        let mut world = World::new();
        ops.iter().for_each(|op| world.run(op));
        world.high_watermark = world.log.end();
        world.machine.on_high_watermark(Offset(world.high_watermark));
        (0..=world.parked.len()).for_each(|_| world.release());
        prop_assert!(world.parked.is_empty(), "every waiter is released in the end");
        prop_assert_eq!(world.machine.committed(), world.machine.latest());
    }
}
