//! Truncations, within the remembered tail and further back.

use super::*;
use crate::log::producers::Producers;

fn producers_of(bytes: &Bytes) -> Producers {
    let mut producers = Producers::default();
    for batch in Batches::new(bytes.clone()) {
        let batch = batch.unwrap();
        producers::ProducerAppend::of(batch.header(), None).iter().for_each(|it| producers.apply(it));
    }
    producers
}

fn many(host: &mut Host, count: i32) -> Log {
    let mut log = host.create();
    for at in 0..count {
        let producer = Some((i64::from(at % 2), 0, at / 2 * 2));
        host.append(&mut log, at / 5, &batch_of(producer, 2, 60, 0)).unwrap();
    }
    log
}

#[test]
fn a_cut_leaves_the_log_as_if_nothing_had_come_behind_it() {
    let mut whole = Host::new();
    let mut log = many(&mut whole, 20);
    let all = whole.read_all(&mut log, Offset(0)).unwrap();
    // If not `far`, the tail remembers all batches. After a clean restart it remembers none.
    for far in [false, true] {
        for to in 0..=40_i64 {
            let mut host = whole.clone();
            let mut log = if far { host.restart(log.clone()) } else { log.clone() };
            host.truncate(&mut log, to);
            let left = all.slice(..all.len() / 20 * (to as usize / 2));
            let end = to / 2 * 2;
            assert_eq!(log.end(), Offset(end), "far {far}, to {to}");
            assert!(host.read_all(&mut log, Offset(0)).unwrap() == left);
            assert_eq!(log.latest_epoch(), (end > 0).then(|| LeaderEpoch(((end - 1) / 10) as i32)));
            assert_eq!(log.producers, producers_of(&left), "far {far}, to {to}");
            assert!(log.flushed() <= log.end());
            host.append(&mut log, 99, &batch(1, 60)).unwrap();
            let mut again = host.restart(log);
            assert!(host.read_all(&mut again, Offset(0)).unwrap()[..left.len()] == left[..]);
            assert_eq!(again.end(), Offset(end + 1));
        }
    }
}

#[test]
fn an_epoch_that_appended_nothing_goes_even_where_nothing_is_cut() {
    // KAFKA-10706
    let mut host = Host::new();
    let mut log = many(&mut host, 3);
    host.with(|env| log.assign_epoch(LeaderEpoch(7), env)).unwrap();
    host.truncate(&mut log, 6);
    assert_eq!((log.end(), log.latest_epoch()), (Offset(6), Some(LeaderEpoch(0))));
}

#[test]
fn a_far_cut_survives_a_crash_at_any_point() {
    let mut host = Host::new();
    let log = many(&mut host, 20);
    let mut log = host.restart(log);
    let all = host.read_all(&mut log, Offset(0)).unwrap();
    let Truncated::Reload(mut loading) = host.with(|env| log.truncate_to(Offset(9), env)).unwrap() else {
        panic!("it remembers nothing");
    };
    loop {
        let mut crashed = host.clone();
        crashed.disk.crash(&mut |_| 0);
        let mut found = crashed.load(HINTS).unwrap();
        let read = crashed.read_all(&mut found, Offset(0)).unwrap();
        assert!(read == all.slice(..read.len()));
        assert!(found.end() >= Offset(8));
        match host.with(|env| loading.step(env)).unwrap() {
            Step::Again => {}
            Step::Read(ask) => {
                let read = host.disk.read(&ask);
                host.with(|env| loading.on_read(read, env)).unwrap();
            }
            Step::Done(log) => break assert_eq!(log.end(), Offset(8)),
        }
    }
}

#[test]
fn the_spent_log_takes_nothing() {
    let mut host = Host::new();
    let log = many(&mut host, 20);
    let mut log = host.restart(log);
    let reload = host.with(|env| log.truncate_to(Offset(9), env)).unwrap();
    assert!(matches!(reload, Truncated::Reload(_)));
    assert!(matches!(host.append(&mut log, 99, &batch(1, 1)), Err(AppendError::Failed(_))));
}

#[test]
fn starting_anew_elsewhere_leaves_nothing() {
    let mut host = Host::new();
    let mut log = many(&mut host, 20);
    host.with(|env| log.restart_at(Offset(100), env)).unwrap();
    assert_eq!((log.start(), log.end(), log.latest_epoch()), (Offset(100), Offset(100), None));
    assert_eq!(log.producers, Producers::default());
    assert_eq!(host.append(&mut log, 9, &batch(2, 10)), new(100, 101));
    let mut log = host.restart(log);
    assert_eq!((log.start(), log.end()), (Offset(100), Offset(102)));
    assert_eq!(bases(&host.read_all(&mut log, Offset(100)).unwrap()), [100]);
}

#[test]
fn the_newest_timestamp_is_that_of_what_is_left() {
    let mut host = Host::new();
    let mut log = host.create();
    for at in [10, 50, 20, 90] {
        host.append(&mut log, 0, &batch_of(None, 1, 10, at)).unwrap();
    }
    host.truncate(&mut log, 3);
    let plan = host.with(|env| log.max_timestamp(Offset(3), env)).unwrap();
    assert_eq!(host.search(&mut log, plan).unwrap().timestamp, Timestamp(50));
}

#[test]
fn an_index_that_a_full_disk_did_not_take_is_cut_in_memory_and_written_whole() {
    use super::super::index::{Index, OffsetEntry};
    let mut host = Host::new();
    let path = folder().join("00000000000000000000.index");
    let mut index: Index<OffsetEntry> = host.with(|env| Index::create(path, env));
    for last in 1..4 {
        host.with(|env| index.push(OffsetEntry { last, position: last * 100 }, env));
    }
    (host.disk.fail_append, host.disk.fail_replace) = (Some((FileError::NoSpace, 0)), Some(FileError::NoSpace));
    host.with(|env| index.seal(env)).unwrap();
    (host.disk.fail_append, host.disk.fail_replace) = (None, None);
    host.with(|env| index.truncate(|it| it.last < 3, env));
    host.with(|env| index.complete(env)).unwrap();
    assert_eq!(host.disk.bytes_mut("00000000000000000000.index").len(), 16);
}

#[test]
fn a_cut_that_fails_for_want_of_a_new_file_leaves_a_log_that_can_be_asked() {
    for to in [0, 4] {
        let mut host = Host::new();
        let mut log = host.create_with(LogConfig { segment_bytes: 300, ..CONFIG });
        for at in 0..4 {
            host.append(&mut log, 0, &batch_of(None, 2, 100, at)).unwrap();
        }
        host.disk.fail_open = Some(FileError::Io);
        let cut = host.with(|env| log.truncate_to(Offset(to), env));
        assert_eq!(cut.unwrap_err(), LogError::Disk(FileError::Io), "{to}");
        assert!(log.end() >= Offset(0), "{to}");
        host.with(|env| log.close(env));
    }
}
