//! What retention removes and why, and what a power loss leaves of that.

use super::*;

/// Six segments, each with one batch of two records. The timestamps of batch `n` begin at `n` seconds.
fn six(host: &mut Host, config: LogConfig) -> Log {
    let mut log = host.create_with(LogConfig { segment_bytes: 300, ..config });
    for at in 0..6 {
        host.append(&mut log, 1, &batch_of(None, 2, 90, at * 1000)).unwrap();
    }
    assert_eq!(segments(&log), [0, 2, 4, 6, 8, 10]);
    log
}

fn segments(log: &Log) -> Vec<i64> {
    log.segments.iter().map(|it| it.base.0).collect()
}

fn expired(host: &mut Host, log: &mut Log, high_watermark: i64) -> Option<(i64, StartCause)> {
    let expired = host.with(|env| log.expired(Offset(high_watermark), 100, env)).unwrap();
    expired.map(|it| (it.to.0, it.cause))
}

fn begin(host: &mut Host, log: &mut Log, to: i64) {
    host.with(|env| log.advance_start(Offset(to), StartCause::Request, env)).unwrap();
}

fn let_go(host: &mut Host, log: &mut Log) -> LetGo {
    host.with(|env| log.let_go(100, env)).unwrap()
}

/// Does the same after a flush of everything.
fn let_go_durably(host: &mut Host, log: &mut Log) -> LetGo {
    host.flush(log);
    let_go(host, log)
}

#[test]
fn by_time_a_segment_goes_when_its_newest_record_is_too_old() {
    let mut host = Host::new();
    let mut log = six(&mut host, LogConfig { retention_ms: 2000, ..CONFIG });
    // The newest record of batch n has the timestamp n * 1000 + 1.
    for (wall, to) in [(2001, None), (2002, Some(2)), (3002, Some(4)), (6002, Some(10))] {
        host.now.wall = Timestamp(wall);
        assert_eq!(expired(&mut host, &mut log, 12), to.map(|to| (to, StartCause::Time)), "at {wall}");
    }
    log.config.retention_ms = -1;
    assert_eq!(expired(&mut host, &mut log, 12), None, "-1 keeps them for ever");
    (log.config.retention_ms, log.config.deletes) = (0, false);
    assert_eq!(expired(&mut host, &mut log, 12), None, "a topic that is only compacted is kept whole");
}

#[test]
fn a_record_of_the_future_keeps_its_segment_and_those_behind_it() {
    let mut host = Host::new();
    let mut log = host.create_with(LogConfig { segment_bytes: 300, retention_ms: 10, ..CONFIG });
    for at in [0, 9_000_000, 0, 0] {
        host.append(&mut log, 1, &batch_of(None, 2, 90, at)).unwrap();
    }
    assert_eq!(expired(&mut host, &mut log, 8), Some((2, StartCause::Time)));
}

#[test]
fn by_size_the_oldest_go_while_the_others_hold_enough() {
    let mut host = Host::new();
    let mut log = six(&mut host, CONFIG);
    let each = log.bytes() as i64 / 6;
    for (bound, to) in [(6 * each, None), (5 * each + 1, None), (5 * each, Some(2)), (2 * each - 1, Some(8))] {
        log.config.retention_bytes = bound;
        assert_eq!(expired(&mut host, &mut log, 12), to.map(|to| (to, StartCause::Size)), "{bound}");
    }
}

#[test]
fn nothing_above_the_high_watermark_goes() {
    // KAFKA-5634
    let mut host = Host::new();
    let mut log = six(&mut host, LogConfig { retention_ms: 0, retention_bytes: 0, ..CONFIG });
    for (high_watermark, to) in [(0, None), (3, Some(2)), (4, Some(4)), (11, Some(10))] {
        let found = expired(&mut host, &mut log, high_watermark);
        assert_eq!(found.map(|it| it.0), to, "high watermark {high_watermark}");
    }
    assert_eq!(segments(&log).len(), 6, "the last segment is not closed for what stays in it");
}

#[test]
fn the_last_segment_is_closed_when_all_of_it_goes() {
    let mut host = Host::new();
    let mut log = six(&mut host, LogConfig { retention_ms: 2000, ..CONFIG });
    host.now.wall = Timestamp(100_000);
    assert_eq!(expired(&mut host, &mut log, 12), Some((12, StartCause::Time)));
    begin(&mut host, &mut log, 12);
    assert_eq!(let_go_durably(&mut host, &mut log).files.len(), 18);
    assert_eq!((segments(&log), log.bytes(), log.start(), log.end()), (vec![12], 0, Offset(12), Offset(12)));
    assert_eq!(expired(&mut host, &mut log, 12), None, "an empty segment stays as it is");
    assert_eq!(host.append(&mut log, 2, &batch(1, 10)), new(12, 12));
}

#[test]
fn a_look_is_at_so_many_segments_and_a_step_takes_so_many() {
    let mut host = Host::new();
    let mut log = six(&mut host, LogConfig { retention_bytes: 0, ..CONFIG });
    let found = host.with(|env| log.expired(Offset(12), 2, env)).unwrap();
    assert_eq!(found.map(|it| it.to), Some(Offset(4)));
    begin(&mut host, &mut log, 10);
    assert_eq!(let_go(&mut host, &mut log), LetGo::default(), "nothing is durable, no producer snapshot among it");
    host.flush(&mut log);
    for (left, more) in [(4, true), (2, true), (1, false), (1, false)] {
        let done = host.with(|env| log.let_go(2, env)).unwrap();
        assert_eq!((segments(&log).len(), done.more), (left, more));
    }
}

#[test]
fn files_of_segments_that_go_are_renamed_and_their_snapshots_removed() {
    let mut host = Host::new();
    let mut log = six(&mut host, CONFIG);
    host.flush(&mut log);
    begin(&mut host, &mut log, 5);
    let gone = let_go(&mut host, &mut log);
    assert_eq!(segments(&log), [4, 6, 8, 10], "the segment that the log begins within stays");
    let names: Vec<&str> = gone.files.iter().map(FilePath::name).collect();
    assert_eq!(
        names,
        [
            "00000000000000000000.log.deleted",
            "00000000000000000000.index.deleted",
            "00000000000000000000.timeindex.deleted",
            "00000000000000000002.log.deleted",
            "00000000000000000002.index.deleted",
            "00000000000000000002.timeindex.deleted",
        ]
    );
    let left = host.disk.names();
    assert!(names.iter().all(|name| left.iter().any(|it| it == name)));
    assert!(!left.iter().any(|name| name == "00000000000000000002.snapshot"));
    assert!(left.iter().any(|name| name == "00000000000000000004.snapshot"));
    assert_eq!(log.epoch_at(Offset(5)), Some(LeaderEpoch(1)));
    assert_eq!(log.epoch_at(Offset(4)), None, "the epochs begin where the log does");
    // The next start removes the renamed files.
    let hints = LoadHints { log_start: Offset(5), ..HINTS };
    host.disk.crash(&mut |_| 0);
    let log = host.load(hints).unwrap();
    assert!(!host.disk.names().iter().any(|name| name.ends_with(".deleted")));
    assert_eq!((log.start(), log.end()), (Offset(5), Offset(12)));
}

#[test]
fn a_segment_waits_for_the_flush_that_syncs_it() {
    let mut host = Host::new();
    let mut log = six(&mut host, CONFIG);
    begin(&mut host, &mut log, 12);
    let flush = log.next_flush(FlushUpTo::Roll).unwrap();
    assert_eq!(let_go(&mut host, &mut log), LetGo::default());
    host.sync(&flush.what);
    host.with(|env| log.on_flushed(flush.ticket, Ok(()), Offset(12), env)).unwrap();
    assert_eq!(let_go(&mut host, &mut log).files.len(), 15);
    host.flush(&mut log);
    assert_eq!(log.recovery_point(), Offset(12));
}

#[test]
fn a_read_of_a_segment_that_went_is_planned_again_and_never_called_corrupt() {
    let mut host = Host::new();
    let mut log = six(&mut host, LogConfig { cache_bytes: 0, index_interval_bytes: 1 << 20, ..CONFIG });
    host.with(|_| log.trim_cache(0));
    let ReadPlan::Cold(read) = host.with(|env| log.read(Offset(0), Offset(12), 1 << 20, true, env)).unwrap() else {
        panic!("the bytes are on disk");
    };
    let first = host.disk.read(&read.ask).unwrap();
    begin(&mut host, &mut log, 4);
    let_go_durably(&mut host, &mut log);
    // A read of the file that is under way still returns its batches.
    let finished = host.with(|env| log.finish_read(read, Ok(first.clone()), env));
    assert!(matches!(finished, Ok(Finished::Ready(_))));
    let spoilt = Bytes::from(vec![0; first.len()]);
    let finished = host.with(|env| log.finish_read(read, Ok(spoilt), env));
    assert_eq!(finished, Err(ReadError::Stale));
    assert_eq!(host.with(|env| log.read(Offset(0), Offset(12), 100, true, env)).unwrap(), ReadPlan::OutOfRange);
}

#[test]
fn renames_that_a_power_loss_keeps_in_any_order_leave_the_log_above_its_start() {
    for seed in 0..400 {
        let mut host = Host::new();
        let mut log = six(&mut host, CONFIG);
        host.flush(&mut log);
        begin(&mut host, &mut log, 7);
        let_go(&mut host, &mut log);
        // The checkpoints of recovery point and high watermark may be older than that of the start.
        let (recovery_point, high_watermark) = (Offset(seed % 3 * 4), Offset(seed % 5 * 3));
        host.disk.crash(&mut drawn(seed as u64));
        let log_start = Offset(7);
        let mut log = host.load(LoadHints { recovery_point, high_watermark, log_start, ..HINTS }).unwrap();
        assert_eq!((log.start(), log.end(), host.missing()), (Offset(7), Offset(12), None), "seed {seed}");
        assert_eq!(bases(&host.read_all(&mut log, Offset(7)).unwrap()), [6, 8, 10]);
        assert_eq!(segments(&log), [6, 8, 10]);
    }
}

#[test]
fn a_start_above_all_that_a_power_loss_left_begins_anew_there() {
    let mut host = Host::new();
    let mut log = six(&mut host, CONFIG);
    begin(&mut host, &mut log, 12);
    // Nothing was flushed, and the power loss drops all of it.
    host.disk.crash(&mut |bound| bound - 1);
    let mut log = host.load(LoadHints { log_start: Offset(12), ..HINTS }).unwrap();
    assert_eq!((log.start(), log.end(), host.missing()), (Offset(12), Offset(12), None));
    assert_eq!(host.append(&mut log, 2, &batch(1, 10)), new(12, 12));
}

#[test]
fn a_follower_that_restarts_within_a_batch_takes_the_whole_of_it() {
    let mut leader = Host::new();
    let mut log = leader.create();
    for _ in 0..3 {
        leader.append(&mut log, 3, &batch(10, 20)).unwrap();
    }
    let stored = leader.read_all(&mut log, Offset(10)).unwrap();

    let mut host = Host::new();
    let mut log = host.create();
    host.with(|env| log.restart_at(Offset(14), env)).unwrap();
    // If the disk is full, nothing changes.
    host.disk.fail_append = Some((FileError::NoSpace, 5));
    assert_eq!(host.follow(&mut log, &stored), Err(AppendError::Denied(FileError::NoSpace)));
    assert_eq!((log.start(), log.end(), segments(&log)), (Offset(14), Offset(14), vec![14]));
    host.disk.fail_append = None;
    assert_eq!(host.follow(&mut log, &stored), Ok(Some((Offset(10), Offset(29)))));
    assert_eq!((log.start(), log.end(), segments(&log)), (Offset(14), Offset(30), vec![10]));
    assert!(host.read_all(&mut log, Offset(14)).unwrap() == stored);
    // A truncation within that batch leaves an empty log at its log start offset.
    let mut cut = host.clone();
    let mut short = log.clone();
    cut.truncate(&mut short, 17);
    assert_eq!((short.start(), short.end()), (Offset(14), Offset(14)));
    // Whether the batch is durable or torn, it is never taken for corruption.
    let (start, hints) = (Offset(14), LoadHints { recovery_point: Offset(14), high_watermark: Offset(14), ..HINTS });
    for seed in 0..100 {
        let mut host = host.clone();
        host.disk.crash(&mut drawn(seed));
        let log = host.load(LoadHints { log_start: start, ..hints }).unwrap();
        assert_eq!((log.start(), host.missing()), (start, None));
        assert!([14, 20, 30].contains(&log.end().0), "{}", log.end());
    }
}

#[test]
fn what_a_power_loss_leaves_of_a_log_that_went_on_at_a_saved_start_goes() {
    for seed in 0..400 {
        let mut host = Host::new();
        let mut log = six(&mut host, CONFIG);
        host.flush(&mut log);
        host.with(|env| log.restart_at(Offset(14), env)).unwrap();
        host.disk.crash(&mut drawn(seed));
        let hints = LoadHints { recovery_point: Offset(12), high_watermark: Offset(12), ..HINTS };
        let mut log = host.load(LoadHints { log_start: Offset(14), ..hints }).unwrap();
        assert_eq!((log.start(), log.end(), segments(&log)), (Offset(14), Offset(14), vec![14]), "seed {seed}");
        assert_eq!(host.append(&mut log, 2, &batch(1, 10)), new(14, 14));
    }
}

#[test]
fn what_a_power_loss_leaves_of_a_log_that_was_cut_within_its_first_batch_begins_no_later() {
    for seed in 0..400 {
        let mut host = Host::new();
        let mut log = host.create_with(LogConfig { segment_bytes: 300, ..CONFIG });
        for _ in 0..3 {
            host.append(&mut log, 1, &batch_of(None, 10, 10, 0)).unwrap();
        }
        begin(&mut host, &mut log, 14);
        host.flush(&mut log);
        let_go(&mut host, &mut log);
        assert_eq!(segments(&log), [10, 20]);
        assert_eq!(host.with(|env| log.bound(Offset(17), env)), Ok(false));
        host.flush(&mut log);
        assert_eq!(host.with(|env| log.bound(Offset(17), env)), Ok(true));
        host.truncate(&mut log, 17);
        assert_eq!((log.start(), log.end()), (Offset(14), Offset(14)));
        host.disk.crash(&mut drawn(seed));
        let hints = LoadHints { recovery_point: Offset(30), high_watermark: Offset(30), ..HINTS };
        let log = host.load(LoadHints { log_start: Offset(14), ..hints }).unwrap();
        assert_eq!(log.start(), Offset(14), "seed {seed}: {:?}", segments(&log));
    }
}
