//! The log against a list of batches, through appends, flushes, truncations, stops and crashes.

use super::*;
use crate::log::epochs::Epochs;
use crate::log::producers::{ProducerAppend, Producers};
use crate::record::EndTxnMarker;
use proptest::prelude::*;
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
enum Op {
    Append {
        producer: Option<u8>,
        count: u8,
        size: u8,
    },
    Follow {
        batches: u8,
    },
    NextEpoch,
    Flush,
    BeginFlush,
    EndFlush,
    Checkpoint,
    Truncate {
        back: u8,
    },
    /// Raises the log start offset, as a client's request or the leader does.
    Begin {
        back: u8,
    },
    /// Retention by size removes all but this many bytes.
    Retain {
        bytes: u16,
    },
    LetGo,
    Full {
        after: u8,
    },
    /// A follower's run of batches for which the disk has no room, and then other batches at the same offsets.
    FullRun {
        batches: u8,
        after: u8,
    },
    Restart,
    /// The process is killed, but the machine keeps running.
    Kill,
    /// A sync fails, and with it the log, which is loaded again on the same running machine.
    FailSync,
    Crash {
        seed: u64,
        twice: bool,
    },
    /// The power fails in the middle of the file changes of `call`.
    CutCall {
        after: u8,
        seed: u64,
        call: Box<Op>,
    },
}

fn op() -> impl Strategy<Value = Op> {
    let cut = (0..12_u8, any::<u64>(), plain_op());
    prop_oneof![
        12 => plain_op(),
        1 => cut.prop_map(|(after, seed, call)| Op::CutCall { after, seed, call: Box::new(call) }),
    ]
}

fn plain_op() -> impl Strategy<Value = Op> {
    let append = (proptest::option::of(0..3_u8), 1..4_u8, any::<u8>());
    prop_oneof![
        8 => append.prop_map(|(producer, count, size)| Op::Append { producer, count, size }),
        2 => (1..5_u8).prop_map(|batches| Op::Follow { batches }),
        2 => Just(Op::NextEpoch),
        2 => Just(Op::Flush),
        1 => Just(Op::BeginFlush),
        1 => Just(Op::EndFlush),
        1 => Just(Op::Checkpoint),
        2 => (0..30_u8).prop_map(|back| Op::Truncate { back }),
        1 => (0..30_u8).prop_map(|back| Op::Begin { back }),
        1 => (0..4000_u16).prop_map(|bytes| Op::Retain { bytes }),
        2 => Just(Op::LetGo),
        1 => any::<u8>().prop_map(|after| Op::Full { after }),
        1 => (1..5_u8, any::<u8>()).prop_map(|(batches, after)| Op::FullRun { batches, after }),
        1 => Just(Op::Restart),
        1 => Just(Op::Kill),
        1 => Just(Op::FailSync),
        2 => (any::<u64>(), any::<bool>()).prop_map(|(seed, twice)| Op::Crash { seed, twice }),
    ]
}

struct World {
    host: Host,
    log: Log,
    epoch: i32,
    /// The batches that the log should have, and those that it may have below its start.
    batches: Vec<Bytes>,
    /// The log's end if it has no batch.
    bare_end: i64,
    /// Whether a truncation below the log start offset has not been flushed yet.
    is_lowered: bool,
    /// Every batch that was ever appended, with the batch before it if that one was above the log start offset.
    ever: BTreeSet<(Option<Bytes>, Bytes)>,
    sequences: [i32; 3],
    in_flight: Option<Flush>,
    /// The contents of the checkpoints. Nothing below the high watermark is ever truncated.
    hints: LoadHints,
}

impl World {
    fn new(perturbed: Vec<Site>) -> World {
        let mut host = Host { perturbed, ..Host::new() };
        let log = host.create();
        let (batches, ever) = (Vec::new(), BTreeSet::new());
        World {
            host,
            log,
            epoch: 0,
            batches,
            bare_end: 0,
            is_lowered: false,
            ever,
            sequences: [0; 3],
            in_flight: None,
            hints: HINTS,
        }
    }

    fn apply(&mut self, op: Op) {
        match op {
            Op::Append { producer, count, size } => self.append(producer, count.into(), size.into()),
            Op::Follow { batches } => self.follow(batches.into()),
            Op::NextEpoch => {
                self.epoch += 1;
                let (log, epoch) = (&mut self.log, LeaderEpoch(self.epoch));
                self.host.with(|env| log.assign_epoch(epoch, env)).unwrap();
            }
            Op::Flush => {
                self.end_flush();
                self.host.flush(&mut self.log);
                self.is_lowered = false;
                assert_eq!(self.log.flushed(), self.log.end());
            }
            Op::BeginFlush if self.in_flight.is_none() => self.in_flight = self.log.next_flush(FlushUpTo::End),
            Op::BeginFlush => {}
            Op::EndFlush => self.end_flush(),
            Op::Checkpoint => {
                self.hints.recovery_point = self.log.recovery_point();
                self.hints.high_watermark = self.log.end();
            }
            Op::Truncate { back } => self.truncate(back.into()),
            Op::Begin { back } => self.begin_at(Offset(self.end() - i64::from(back)), StartCause::Request),
            Op::Retain { bytes } => self.retain(bytes.into()),
            Op::LetGo => self.let_go(),
            Op::Full { after } => {
                self.host.disk.fail_append = Some((FileError::NoSpace, after.into()));
                self.append(None, 1, 50);
                self.host.disk.fail_append = None;
            }
            Op::FullRun { batches, after } => self.full_run(batches.into(), after.into()),
            Op::Kill => self.kill(),
            Op::FailSync => self.fail_sync(),
            Op::Restart => {
                self.end_flush();
                self.log = self.host.restart(self.log.clone());
            }
            Op::Crash { seed, twice } => self.crash(seed, twice, self.log.flushed()),
            Op::CutCall { after, seed, call } => self.cut_call(after.into(), seed, *call),
        }
    }

    fn end(&self) -> i64 {
        self.batches.last().map_or(self.bare_end, |it| header(it).next().0)
    }

    fn append(&mut self, producer: Option<u8>, count: i32, size: usize) {
        let by = producer.map(|it| (i64::from(it), 0, self.sequences[it as usize]));
        let batch = batch_of(by, count, size, self.end());
        match self.host.append(&mut self.log, self.epoch, &batch) {
            Ok(Appended::New { base, last }) => {
                assert_eq!((base.0, last.0), (self.end(), self.end() + i64::from(count) - 1));
                self.push(batch.stamped(base, LeaderEpoch(self.epoch)).concat().into());
                if let Some(producer) = producer {
                    self.sequences[producer as usize] += count;
                }
            }
            Ok(Appended::Duplicate { base, .. }) => {
                // After lost records the producer may repeat a sequence number with which another batch was appended
                // earlier.
                let original = self.batches.iter().map(header).find(|it| it.base == base);
                assert!(original.is_some() || base < self.log.start());
                let by = original.and_then(|it| it.producer()).map(|it| it.id);
                assert!(original.is_none() || by == producer.map(|it| ProducerId(it.into())));
                self.sequences[producer.unwrap() as usize] += count;
            }
            Err(AppendError::Denied(FileError::NoSpace)) => {
                assert!(self.host.disk.fail_append.is_some());
                if self.host.disk.kept.is_some() {
                    // The power fails within this append, before the log cuts off the partly written batch: all of the
                    // batch may be in the file.
                    let base = Offset(self.end());
                    let bytes = batch.stamped(base, LeaderEpoch(self.epoch)).concat().into();
                    self.ever.insert((self.batches.last().cloned(), bytes));
                }
            }
            Err(AppendError::Refused(ErrorCode::OutOfOrderSequenceNumber, _)) => {
                self.sequences[producer.unwrap() as usize] += 1;
            }
            Err(error) => panic!("{error:?}"),
        }
        assert_eq!(self.log.end().0, self.end());
    }

    fn follow(&mut self, batches: i64) {
        let stored = self.stored(batches);
        self.host.follow(&mut self.log, &stored).unwrap();
    }

    /// Makes batches as a leader has stored them, which follow the log's end.
    fn stored(&mut self, batches: i64) -> Bytes {
        let mut stored = Vec::new();
        for _ in 0..batches {
            let base = Offset(self.end());
            let bytes: Bytes = batch_of(None, 2, 40, base.0).stamped(base, LeaderEpoch(self.epoch)).concat().into();
            stored.extend_from_slice(&bytes);
            self.push(bytes);
        }
        stored.into()
    }

    fn full_run(&mut self, batches: i64, after: usize) {
        let (before, from) = (self.batches.clone(), self.log.end());
        let stored = self.stored(batches);
        self.host.disk.fail_append = Some((FileError::NoSpace, after));
        let followed = self.host.follow(&mut self.log, &stored);
        self.host.disk.fail_append = None;
        assert_eq!(followed, Err(AppendError::Denied(FileError::NoSpace)));
        assert_eq!(self.log.end(), from);
        self.batches = before;
        // Then another leader is elected.
        self.epoch += 1;
        self.follow(2);
    }

    fn push(&mut self, bytes: Bytes) {
        self.ever.insert((self.batches.last().cloned(), bytes.clone()));
        self.batches.push(bytes);
    }

    fn end_flush(&mut self) {
        let Some(flush) = self.in_flight.take() else { return };
        // A truncation may meanwhile have removed a file that is to be synced.
        let result = flush.what.iter().try_for_each(|it| self.host.disk.sync(it));
        let log = &mut self.log;
        self.host.with(|env| log.on_flushed(flush.ticket, result, Offset(i64::MAX), env)).unwrap();
    }

    fn truncate(&mut self, back: i64) {
        let to = (self.end() - back).max(0);
        self.host.truncate(&mut self.log, to);
        self.batches.retain(|it| header(it).next().0 <= to);
        self.hints.high_watermark = self.hints.high_watermark.min(self.log.end());
        self.is_lowered |= self.log.start() < self.hints.log_start;
        if self.log.end() == self.log.start() {
            // A follower that was truncated below its log start offset, or within the batch with which it begins, has
            // the checkpoint written.
            self.hints.log_start = self.log.start();
        }
        self.forget_gone();
        // The next batches at these offsets are of a later epoch.
        self.epoch += 1;
        assert_eq!(self.log.end().0, self.end());
    }

    fn retain(&mut self, bytes: i64) {
        self.log.config.retention_bytes = bytes;
        let (log, high_watermark) = (&mut self.log, Offset(self.batches.last().map_or(0, |it| header(it).next().0)));
        let expired = self.host.with(|env| log.expired(high_watermark, 2, env)).unwrap();
        self.log.config = CONFIG;
        if let Some(Expired { to, cause }) = expired {
            assert!(to <= high_watermark);
            self.begin_at(to, cause);
        }
    }

    fn begin_at(&mut self, to: Offset, cause: StartCause) {
        if to > self.log.start() {
            self.hints.log_start = to;
            let log = &mut self.log;
            self.host.with(|env| log.advance_start(to, cause, env)).unwrap();
        }
    }

    fn let_go(&mut self) {
        let log = &mut self.log;
        self.host.with(|env| log.let_go(1, env)).unwrap();
        self.forget_gone();
    }

    /// Forgets the batches for which the log has no segment any more.
    fn forget_gone(&mut self) {
        let first = self.log.segments[0].base;
        self.batches.retain(|it| header(it).base >= first);
        self.bare_end = self.log.end().0;
    }

    /// Simulates a power loss within the call, of which only the first file changes were made.
    fn cut_call(&mut self, after: usize, seed: u64, call: Op) {
        if let Op::Crash { .. } = call {
            return self.apply(call);
        }
        let (before, flushed) = (self.batches.clone(), self.log.flushed());
        self.host.disk.keep_after = Some(after);
        self.apply(call);
        self.host.disk.keep_after = None;
        let Some(kept) = self.host.disk.kept.take() else { return };
        self.host.disk = *kept;
        self.host.disk.fail_append = None;
        // What was durable before the call and is not truncated by it must still be durable.
        let end = Offset(self.end());
        self.batches = before;
        self.crash(seed, false, flushed.min(end));
    }

    fn fail_sync(&mut self) {
        self.end_flush();
        let Some(flush) = self.log.next_flush(FlushUpTo::End) else { return };
        self.host.disk.fail_sync = true;
        let failed = flush.what.iter().filter(|it| self.host.disk.sync(it).is_err()).count();
        self.host.disk.fail_sync = false;
        if failed > 0 {
            let log = &mut self.log;
            let ended = self.host.with(|env| log.on_flushed(flush.ticket, Err(FileError::Io), Offset(i64::MAX), env));
            assert_eq!(ended, Err(LogError::Disk(FileError::Io)));
            self.host.with(|env| note_doubt(&folder(), env));
        }
        self.kill();
    }

    fn kill(&mut self) {
        self.in_flight = None;
        self.host.disk.kill();
        self.log = self.host.load(self.hints).unwrap();
        let start = self.log.start();
        let log = &mut self.log;
        self.hints.log_start = start;
        let read = self.host.read_all(log, start).unwrap();
        let visible: Vec<Bytes> = self.batches.iter().filter(|it| header(it).next() > start).cloned().collect();
        assert!(read == visible.concat(), "a kill takes nothing");
        self.judge_recovered(&read, self.log.end());
    }

    fn crash(&mut self, seed: u64, twice: bool, flushed: Offset) {
        self.in_flight = None;
        let mut below = drawn(seed);
        self.host.disk.crash(&mut below);
        let (mut again, hints) = (self.host.clone(), self.hints);
        self.log = self.host.load(self.hints).unwrap();
        let (start, written) = (self.log.start(), self.hints.log_start);
        assert!(start == written || (self.is_lowered && start > written), "it begins at {start}, not at {written}");
        // Files that a truncation below the log start offset had removed may be back. The replica then has the log's
        // present start written to the checkpoint.
        self.hints.log_start = start;
        let (log, start) = (&mut self.log, self.hints.log_start);
        let (read, end) = (self.host.read_all(log, start).unwrap(), log.end());
        if twice {
            // A crash in the middle of recovery, and then another recovery, must give the same log.
            let mut loading = again.with(|env| Log::load(folder(), PARTITION, CONFIG, hints, env)).unwrap();
            for _ in 0..seed % 4 {
                match again.with(|env| loading.step(env)).unwrap() {
                    Step::Again => {}
                    Step::Read(ask) => {
                        let read = again.disk.read(&ask);
                        again.with(|env| loading.on_read(read, env)).unwrap();
                    }
                    Step::Done(_) => break,
                }
            }
            again.disk.crash(&mut below);
            let mut log = again.load(hints).unwrap();
            // After a truncation to below the log start, and before the next flush, nothing is promised. Files are back
            // that the truncation had removed. A recovery keeps them if `leader-epoch-checkpoint` says that the log
            // begins there; if a crash takes that file, or some of those, the log begins anew at the checkpointed log
            // start. So one of the two recoveries may begin it anew, and the other keep what is back.
            let is_unflushed = self.is_lowered && flushed <= hints.log_start;
            let anew = (hints.log_start, hints.log_start);
            let begins_anew = is_unflushed && [(start, end), (log.start(), log.end())].contains(&anew);
            assert!(begins_anew || again.read_all(&mut log, start).unwrap() == read, "recovery is idempotent");
        }
        self.judge_recovered(&read, flushed);
    }

    /// Checks that every durable batch is there, and that the others were once appended at their places.
    fn judge_recovered(&mut self, read: &Bytes, flushed: Offset) {
        let found: Vec<Bytes> = Batches::new(read.clone()).map(|it| it.unwrap().bytes().clone()).collect();
        let start = self.log.start();
        let durable = self.batches.iter().filter(|it| start < header(it).next() && header(it).next() <= flushed);
        for (kept, found) in durable.clone().zip(&found) {
            assert!(kept == found);
        }
        assert!(found.len() >= durable.count(), "durable batches are gone");
        for (at, batch) in found.iter().enumerate() {
            // The batch before the first one may be gone, and the batch before any other one may have been below the
            // log start offset.
            let behind = |before: Option<&Bytes>| self.ever.contains(&(before.cloned(), batch.clone()));
            let was_here = match at {
                0 => self.ever.iter().any(|it| it.1 == *batch),
                _ => behind(Some(&found[at - 1])) || behind(None),
            };
            assert!(was_here, "nobody appended {:?} there", header(batch));
        }
        assert_eq!(self.host.missing(), None);
        self.batches = found;
        self.bare_end = self.log.end().0;
        self.epoch += 1;
        // After a loss, each producer continues behind its last batch in the log.
        for producer in 0..3 {
            let mine = self.batches.iter().map(header).filter(|it| it.producer_id == producer as i64);
            self.sequences[producer] = mine.last().map_or(0, |it| it.base_sequence + it.count);
        }
    }

    fn check(&mut self) {
        let log = &mut self.log;
        let start = log.start();
        let all = self.host.read_all(log, start).unwrap();
        let visible: Vec<Bytes> = self.batches.iter().filter(|it| header(it).next() > start).cloned().collect();
        assert!(all == visible.concat());
        let (mut epochs, mut producers) = (Epochs::default(), Producers::default());
        for batch in Batches::new(all.clone()).map(Result::unwrap) {
            epochs.assign(batch.header().leader_epoch.unwrap(), batch.header().base);
            let append = ProducerAppend::of(batch.header(), EndTxnMarker::parse(&batch));
            append.iter().for_each(|it| producers.apply(it));
        }
        // The log may also know epochs that have appended nothing.
        for batch in Batches::new(all).map(Result::unwrap) {
            assert_eq!(log.epochs.at(batch.header().last()), batch.header().leader_epoch);
        }
        // The log may still know producers and batches that retention removed (KAFKA-7190).
        let remembered = |of: &Producers| -> Vec<_> {
            let known = of.known.iter().filter(|(id, _)| start == Offset(0) || producers.known.contains_key(id));
            known.map(|(id, it)| (*id, it.epoch, it.batches.clone())).collect()
        };
        let (mut found, expected) = (remembered(&log.producers), remembered(&producers));
        if start > Offset(0) {
            for ((_, _, batches), (_, _, visible)) in found.iter_mut().zip(&expected) {
                batches.drain(..batches.len().saturating_sub(visible.len()));
            }
        }
        assert_eq!(found, expected);
        assert!(log.recovery_point() <= log.flushed() && log.flushed() <= log.end());
        // If the log begins within a segment, this test may not know the batches before that in the segment.
        let known = self.batches.first().map_or(Offset(i64::MAX), |it| header(it).base);
        for segment in log.segments.iter().filter(|it| it.base >= known) {
            for entry in segment.offsets.known() {
                let last = segment.base.plus(i64::from(entry.last));
                let at = self.batches.iter().position(|it| header(it).last() == last).expect("an entry names a batch");
                let before = self.batches[..at].iter().filter(|it| header(it).base >= segment.base);
                assert_eq!(before.map(Bytes::len).sum::<usize>(), entry.position as usize);
            }
        }
    }
}

fn header(bytes: &Bytes) -> crate::record::BatchHeader {
    *Batch::parse(bytes).unwrap().header()
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 3000, ..ProptestConfig::default() })]

    #[test]
    fn the_log_is_the_list(ops in proptest::collection::vec(op(), 1..60), short_memory in any::<bool>()) {
        let mut world = World::new(short_memory.then_some(Site::LogShortMemory).into_iter().collect());
        for op in ops {
            world.apply(op);
            world.check();
        }
    }
}

/// A truncation to below the log start, a power loss that brings the old first segment back without those behind it, and
/// another one right after recovery has written `leader-epoch-checkpoint` anew, which takes that file.
#[test]
fn a_recovery_that_drops_epochs_of_a_log_with_nothing_flushed_may_begin_it_anew() {
    use Op::{Append, Crash, CutCall, Flush, Full, FullRun, Kill, Restart, Retain, Truncate};
    let append = |count, size| Append { producer: None, count, size };
    let ops = [
        FullRun { batches: 1, after: 0 },
        CutCall { after: 1, seed: 0, call: Box::new(append(2, 195)) },
        append(2, 72),
        FullRun { batches: 1, after: 1 },
        Flush,
        CutCall { after: 0, seed: 0, call: Box::new(Crash { seed: 0, twice: false }) },
        append(2, 80),
        Full { after: 1 },
        CutCall { after: 5, seed: 0, call: Box::new(append(3, 103)) },
        Retain { bytes: 947 },
        Restart,
        CutCall { after: 0, seed: 0, call: Box::new(Truncate { back: 1 }) },
        append(2, 62),
        append(1, 0),
        Flush,
        Kill,
        Truncate { back: 15 },
        Crash { seed: 16_886_829_644_321_798_539, twice: true },
    ];
    let mut world = World::new(Vec::new());
    for op in ops {
        world.apply(op);
        world.check();
    }
}

/// A log that began at offset 4, and was cut to begin at 0. A power loss brings the segment that began at 4 back behind an
/// empty one that begins at 0: no compaction made the gap between them.
#[test]
fn a_first_segment_of_an_earlier_log_does_not_stand_behind_an_empty_one() {
    use Op::{Append, Begin, Crash, Follow, Restart, Truncate};
    let append = |count, size| Append { producer: None, count, size };
    let ops = [
        Follow { batches: 2 },
        Begin { back: 0 },
        Crash { seed: 14_024_591_712_862_450_914, twice: false },
        append(1, 0),
        Restart,
        Truncate { back: 5 },
        append(1, 0),
        Crash { seed: 9_408_006_107_387_259_714, twice: false },
        Crash { seed: 13_434_590_961_063_195_558, twice: true },
    ];
    let mut world = World::new(Vec::new());
    for op in ops {
        world.apply(op);
        world.check();
    }
}
