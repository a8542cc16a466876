//! In which segments loading continues after a power loss that kept the changes of the folder in another order.

use super::*;

const FIRST: &str = "00000000000000000000.log";
const SECOND: &str = "00000000000000000004.log";
const SNAPSHOT: &str = "00000000000000000004.snapshot";

/// Fills a log: its first file has the batches `[0..2][2..4]`, its second begins at 4. All batches are of `epoch`.
fn two_files(host: &mut Host, log: &mut Log, epoch: i32) {
    for at in 0..3 {
        host.append(log, epoch, &batch_of(None, 2, 200, i64::from(epoch * 10 + at))).unwrap();
    }
    assert_eq!((log.segments.len(), log.active().base, log.end()), (2, Offset(4), Offset(6)));
}

fn epochs(host: &mut Host, log: &mut Log) -> Vec<i32> {
    let all = host.read_all(log, Offset(0)).unwrap();
    Batches::new(all).map(|it| it.unwrap().header().leader_epoch.unwrap().0).collect()
}

/// A log of epoch 0 that was truncated to nothing and written anew in epoch 2, and the bytes that its first file had in
/// epoch 0.
fn written_anew() -> (Host, Vec<u8>) {
    let mut host = Host::new();
    let mut log = host.create();
    two_files(&mut host, &mut log, 0);
    let old = host.disk.bytes_mut(FIRST).clone();
    host.truncate(&mut log, 0);
    two_files(&mut host, &mut log, 2);
    drop(log);
    host.disk.kill();
    (host, old)
}

#[test]
fn behind_an_old_file_that_came_back_nothing_of_the_new_history_stands() {
    let (mut host, old) = written_anew();
    // The power loss kept the second of the new files, but not the rename that gave the first new file its name.
    *host.disk.bytes_mut(FIRST) = old;
    let mut log = host.load(HINTS).unwrap();
    assert_eq!(epochs(&mut host, &mut log), [0, 0]);
    assert!(!host.disk.names().contains(&SECOND.to_string()));
    assert!(!host.disk.names().contains(&SNAPSHOT.to_string()));
}

#[test]
fn a_kill_takes_no_segment() {
    let (mut host, _) = written_anew();
    let mut log = host.load(HINTS).unwrap();
    assert_eq!(epochs(&mut host, &mut log), [2, 2, 2]);
}

#[test]
fn a_segment_stands_behind_the_file_that_was_cut_though_that_is_as_long_as_before() {
    let mut host = Host::new();
    let mut log = host.create_with(LogConfig { segment_bytes: 10_000, ..CONFIG });
    for at in 0..4 {
        host.append(&mut log, 0, &batch_of(None, 2, 100, at)).unwrap();
    }
    let long = host.disk.bytes_mut(FIRST).clone();
    host.truncate(&mut log, 4);
    // A batch of the same epoch, as after an election that a replica with an older log has won.
    host.append(&mut log, 0, &batch_of(None, 2, 100, 9)).unwrap();
    let all = host.read_all(&mut log, Offset(0)).unwrap();
    drop(log);
    host.disk.kill();
    *host.disk.bytes_mut(FIRST) = long;
    let mut log = host.load(HINTS).unwrap();
    assert!(host.read_all(&mut log, Offset(0)).unwrap() == all);
}

#[test]
fn a_segment_whose_snapshot_was_lost_stands_only_below_what_was_durable() {
    for durable in [0, 4, 6] {
        for torn in [0, 20] {
            let (mut host, _) = written_anew();
            host.disk.bytes_mut(SNAPSHOT).truncate(torn);
            let hints = LoadHints { recovery_point: Offset(durable), high_watermark: Offset(durable), ..HINTS };
            let mut log = host.load(hints).unwrap();
            let expected = if durable == 6 { vec![2, 2, 2] } else { vec![2, 2] };
            assert_eq!(epochs(&mut host, &mut log), expected, "durable to {durable}, {torn} bytes");
        }
    }
}

#[test]
fn a_segment_with_a_snapshot_of_kafkas_stands_where_the_one_before_it_ends() {
    let (mut host, _) = written_anew();
    let kafkas = producer_snapshot::encode(&producers::Producers::default(), None);
    host.disk.put(&folder().join(SNAPSHOT), &kafkas);
    let mut log = host.load(HINTS).unwrap();
    assert_eq!(epochs(&mut host, &mut log), [2, 2, 2]);
    assert_eq!(*host.disk.bytes_mut(SNAPSHOT), kafkas, "it is left as it is");
    // Of two segments that overlap, the one with the newer epoch continues the log.
    let rest = batch_of(None, 2, 10, 0).stamped(Offset(4), LeaderEpoch(3)).concat();
    host.disk.bytes_mut(FIRST).extend(rest);
    let mut log = host.load(HINTS).unwrap();
    assert_eq!(epochs(&mut host, &mut log), [2, 2, 3]);
}

#[test]
fn a_snapshot_of_kafkas_with_other_producers_than_the_log_has_is_written_anew() {
    let (mut host, _) = written_anew();
    let mut other = Host::new();
    let mut log = other.create();
    other.append(&mut log, 0, &batch_of(Some((7, 0, 0)), 2, 10, 0)).unwrap();
    host.disk.put(&folder().join(SNAPSHOT), &producer_snapshot::encode(&log.producers, None));
    host.load(HINTS).unwrap();
    let snapshot = producer_snapshot::decode(host.disk.bytes_mut(SNAPSHOT), Timestamp(0), i64::MAX).unwrap();
    assert_eq!(snapshot.producers, producers::Producers::default());
    assert!(snapshot.seam.is_some());
}

#[test]
fn the_first_segment_that_is_left_needs_nothing_before_it() {
    let (mut host, _) = written_anew();
    host.with(|env| env.files.remove(&folder().join(FIRST))).unwrap();
    let hints = LoadHints { log_start: Offset(4), ..HINTS };
    let log = host.load(hints).unwrap();
    assert_eq!((log.start(), log.end()), (Offset(4), Offset(6)));
}

#[test]
fn a_segment_that_is_durable_has_its_snapshot() {
    let (mut host, _) = written_anew();
    let mut log = host.load(HINTS).unwrap();
    host.flush(&mut log);
    assert_eq!(log.flushed(), Offset(6));
    drop(log);
    host.disk.crash(&mut |bound| bound - 1);
    let mut log = host.load(HINTS).unwrap();
    assert_eq!(epochs(&mut host, &mut log), [2, 2, 2]);
}

#[test]
fn a_snapshot_that_a_failed_sync_was_to_cover_is_written_again() {
    let (mut host, _) = written_anew();
    let mut log = host.load(HINTS).unwrap();
    let flush = log.next_flush(FlushUpTo::End).unwrap();
    host.disk.fail_sync = true;
    flush.what.iter().for_each(|it| _ = host.disk.sync(it));
    host.disk.fail_sync = false;
    host.with(|env| note_doubt(&folder(), env));
    drop(log);
    host.disk.kill();
    let mut log = host.load(HINTS).unwrap();
    host.flush(&mut log);
    drop(log);
    host.disk.crash(&mut |bound| bound - 1);
    let mut log = host.load(HINTS).unwrap();
    assert_eq!(epochs(&mut host, &mut log), [2, 2, 2]);
}

#[test]
fn a_power_loss_in_a_recovery_that_writes_again_takes_nothing_that_was_durable() {
    let (mut host, _) = written_anew();
    let mut log = host.load(HINTS).unwrap();
    host.flush(&mut log);
    host.with(|env| note_doubt(&folder(), env));
    drop(log);
    host.disk.kill();
    for seed in 0..200 {
        let mut host = host.clone();
        drop(host.load(HINTS).unwrap());
        host.disk.crash(&mut drawn(seed));
        let mut log = host.load(HINTS).unwrap();
        assert_eq!(epochs(&mut host, &mut log), [2, 2, 2], "seed {seed}");
    }
}

#[test]
fn behind_what_a_failed_append_left_the_log_goes_on_in_a_new_file() {
    let mut host = Host::new();
    let mut log = host.create();
    host.append(&mut log, 0, &batch(2, 100)).unwrap();
    host.disk.fail_append = Some((FileError::NoSpace, 0));
    assert_eq!(host.append(&mut log, 0, &batch(2, 100)), Err(AppendError::Denied(FileError::NoSpace)));
    assert!(!log.active().ended, "nothing of it came");
    host.disk.fail_append = Some((FileError::NoSpace, 30));
    assert_eq!(host.append(&mut log, 0, &batch(2, 100)), Err(AppendError::Denied(FileError::NoSpace)));
    host.disk.fail_append = None;
    host.append(&mut log, 1, &batch(2, 100)).unwrap();
    assert_eq!(log.active().base, Offset(2));
}

#[test]
fn an_index_of_the_segment_before_that_is_not_what_it_was_is_made_anew() {
    for suffix in ["index", "timeindex"] {
        let (mut host, _) = written_anew();
        let name = format!("00000000000000000000.{suffix}");
        let whole = host.disk.bytes_mut(&name).clone();
        assert!(!whole.is_empty());
        // The changed entries are in order, but name batches that the log does not have at these positions.
        host.disk.bytes_mut(&name)[3] += 1;
        let hints = LoadHints { recovery_point: Offset(4), high_watermark: Offset(4), ..HINTS };
        let mut log = host.load(hints).unwrap();
        host.flush(&mut log);
        assert_eq!(*host.disk.bytes_mut(&name), whole, "{suffix}");
    }
}
