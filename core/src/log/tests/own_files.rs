//! Batches from before a truncation and batches from after it never share a file, so that no power loss mixes them.

use super::*;

/// Appends batches of one size, so that new ones lie exactly where old ones were.
fn batches(host: &mut Host, log: &mut Log, epoch: i32, count: i64) -> Bytes {
    let from = log.end();
    for _ in 0..count {
        host.append(log, epoch, &batch_of(None, 2, 40, i64::from(epoch))).unwrap();
    }
    host.read_all(log, from).unwrap()
}

/// Simulates many power losses. After each, the log must be the beginning of one of the `histories`.
fn judge_power_losses(host: &Host, hints: LoadHints, histories: &[Bytes]) {
    for seed in 0..200 {
        let mut host = host.clone();
        host.disk.crash(&mut drawn(seed));
        let mut log = host.load(hints).unwrap_or_else(|error| panic!("power loss {seed}: {error}"));
        let start = log.start();
        let found = host.read_all(&mut log, start).unwrap();
        assert!(histories.iter().any(|it| it.starts_with(&found)), "power loss {seed} mixed {:?}", bases(&found));
    }
}

#[test]
fn a_segment_that_a_far_cut_emptied_goes_on_in_a_new_file() {
    let mut host = Host::new();
    let mut log = host.create();
    let old = batches(&mut host, &mut log, 3, 5);
    let mut log = host.restart(log);
    let Truncated::Reload(loading) = host.with(|env| log.truncate_to(Offset(1), env)).unwrap() else {
        panic!("it remembers nothing");
    };
    let mut log = host.finish(*loading).unwrap();
    assert_eq!((log.end(), log.active().bytes), (Offset(0), 0));
    let new = batches(&mut host, &mut log, 9, 5);
    judge_power_losses(&host, HINTS, &[old, new]);
}

#[test]
fn a_segment_that_recovery_emptied_goes_on_in_a_new_file() {
    let mut host = Host::new();
    let mut log = host.create();
    let old = batches(&mut host, &mut log, 3, 5);
    host.flush(&mut log);
    drop(log);
    // One byte of the first batch is changed, as if the batch was torn; the others are whole.
    host.disk.crash(&mut |_| 0);
    let torn = "00000000000000000000.log";
    host.disk.bytes_mut(torn)[100] ^= 1;
    let bytes = host.disk.bytes_mut(torn).clone();
    host.disk.put(&folder().join(torn), &bytes);
    host.disk.sync(&SyncWhat::Path(folder().join(torn))).unwrap();
    let mut log = host.load(HINTS).unwrap();
    assert_eq!((log.end(), log.active().bytes), (Offset(0), 0));
    let new = batches(&mut host, &mut log, 9, 5);
    judge_power_losses(&host, HINTS, &[old, new]);
}

#[test]
fn a_new_segment_replaces_a_file_that_has_its_name() {
    let mut host = Host::new();
    let mut log = host.create();
    batches(&mut host, &mut log, 3, 5);
    let old = host.disk.bytes_mut("00000000000000000000.log").clone();
    host.flush(&mut log);
    let stale = folder().join("00000000000000000010.log");
    host.disk.put(&stale, &old);
    host.disk.sync(&SyncWhat::Path(stale.clone())).unwrap();
    host.disk.sync(&SyncWhat::Dir(folder())).unwrap();
    host.with(|env| log.roll(Offset(10), None, env)).unwrap();
    assert!(host.disk.bytes_mut("00000000000000000010.log").is_empty());
    // If this were the old file, the power loss would bring its bytes back.
    host.disk.sync(&SyncWhat::Dir(folder())).unwrap();
    host.disk.crash(&mut |bound| if bound == 4 { 1 } else { 0 });
    assert!(host.disk.bytes_mut("00000000000000000010.log").is_empty());
}

#[test]
fn a_flush_under_way_outlives_the_file_that_is_replaced() {
    let mut host = Host::new();
    let log = host.create();
    drop(log);
    let mut log = host.load(HINTS).unwrap();
    let flush = log.next_flush(FlushUpTo::End).unwrap();
    host.append(&mut log, 1, &batch(1, 10)).unwrap();
    let result = flush.what.iter().try_for_each(|it| host.disk.sync(it));
    assert_eq!(result, Err(FileError::Stale));
    host.with(|env| log.on_flushed(flush.ticket, result, Offset(i64::MAX), env)).unwrap();
    host.flush(&mut log);
    assert_eq!((log.flushed(), log.recovery_point()), (Offset(1), Offset(1)));
}
