//! Warm and cold reads, and searches by time.

use super::*;
use crate::record::{HEADER_LEN, OF_KAFKA, bytes_of, crc32c};

/// Ten batches of three records, over several segments.
fn ten(host: &mut Host) -> Log {
    let mut log = host.create();
    for at in 0..10 {
        host.append(&mut log, 0, &batch_of(None, 3, 100, at * 1000)).unwrap();
    }
    log
}

#[test]
fn warm_and_cold_reads_give_the_same_whole_batches() {
    let mut host = Host::new();
    let mut log = ten(&mut host);
    for from in 0..30 {
        for most in [0, 1, 500, 900, 100_000] {
            let warm = host.read(&mut log, Offset(from), Offset(27), most);
            let mut cold = log.clone();
            cold.trim_cache(0);
            let reads = host.disk.reads;
            let cold = host.read(&mut cold, Offset(from), Offset(27), most);
            assert!(from >= 27 || host.disk.reads > reads);
            let warm = warm.unwrap();
            // A cold read ends with its segment.
            let cold = cold.unwrap();
            assert!(cold == warm.slice(..cold.len()), "from {from}, {most} bytes");
            assert_eq!(cold.is_empty(), from >= 27);
            assert!(warm.is_empty() || bases(&cold)[0] == from / 3 * 3);
        }
    }
}

#[test]
fn a_read_keeps_to_its_limits() {
    let mut host = Host::new();
    let mut log = ten(&mut host);
    let one = host.read(&mut log, Offset(0), Offset(3), 10_000).unwrap().len() as u32;
    for cold in [false, true] {
        if cold {
            log.trim_cache(0);
        }
        assert_eq!(bases(&host.read(&mut log, Offset(1), Offset(30), one * 2).unwrap()), [0, 3]);
        assert_eq!(bases(&host.read(&mut log, Offset(0), Offset(30), one * 2 - 1).unwrap()), [0]);
        // The upper bound never cuts a batch in two.
        assert_eq!(bases(&host.read(&mut log, Offset(0), Offset(5), 10_000).unwrap()), [0]);
    }
    let plan = host.with(|env| log.read(Offset(29), Offset(30), one - 1, false, env)).unwrap();
    assert!(matches!(plan, ReadPlan::Cold(_)));
}

#[test]
fn outside_of_the_log_there_is_nothing() {
    let mut host = Host::new();
    let mut log = ten(&mut host);
    let mut read = |from: i64| host.with(|env| log.read(Offset(from), Offset(30), 10, true, env)).unwrap();
    assert_eq!(read(30), ReadPlan::Ready(vec![]));
    assert_eq!(read(31), ReadPlan::OutOfRange);
}

#[test]
fn readable_counts_bytes_and_is_never_nought_where_there_is_something() {
    let mut host = Host::new();
    let mut log = ten(&mut host);
    let all = host.read_all(&mut log, Offset(0)).unwrap().len() as u32;
    assert_eq!(log.readable(Offset(0), Offset(30), u32::MAX), all);
    assert_eq!(log.readable(Offset(0), Offset(15), u32::MAX), all / 2);
    assert_eq!(log.readable(Offset(0), Offset(15), 7), 7);
    assert_eq!(log.readable(Offset(15), Offset(15), u32::MAX), 0);
    let mut log = host.restart(log);
    for from in 0..30 {
        assert!(log.readable(Offset(from), Offset(30), u32::MAX) > 0);
    }
    host.truncate(&mut log, 15);
    assert_eq!(log.readable(Offset(15), Offset(30), 9), 0);
}

#[test]
fn a_batch_longer_than_a_read_is_read_again_whole() {
    let mut host = Host::new();
    let mut log = host.create_with(LogConfig { segment_bytes: 1 << 20, ..CONFIG });
    host.append(&mut log, 0, &batch(1, 50_000)).unwrap();
    host.append(&mut log, 0, &batch(1, 10)).unwrap();
    log.trim_cache(0);
    assert_eq!(bases(&host.read(&mut log, Offset(0), Offset(2), 1).unwrap()), [0]);
}

#[test]
fn a_reader_that_goes_on_reads_nothing_twice_and_no_batch_in_part() {
    let mut host = Host::new();
    let mut log = host.create_with(LogConfig { segment_bytes: 1 << 20, index_interval_bytes: 0, ..CONFIG });
    for at in 0..12 {
        host.append(&mut log, 0, &batch_of(None, 3, 100, at)).unwrap();
    }
    let mut log = host.restart(log);
    let one = host.disk.bytes_mut("00000000000000000000.log").len() as u64 / 12;
    // The offset lies in the middle of a batch, so that the index names only the batch before.
    let mut from = Offset(4);
    let mut at = 0;
    while from < Offset(27) {
        let plan = host.with(|env| log.read(from, Offset(36), (one * 2) as u32 + 50, true, env)).unwrap();
        let ReadPlan::Cold(cold) = plan else { panic!("it is not cached") };
        let first = from == Offset(4);
        assert_eq!((cold.ask.at, u64::from(cold.ask.len)), (at, if first { one * 3 } else { one * 2 }), "{from:?}");
        at += u64::from(cold.ask.len);
        let read = host.disk.read(&cold.ask);
        let finished = host.with(|env| log.finish_read(cold, read, env));
        let Ok(Finished::Ready(parts)) = finished else { panic!("{finished:?}") };
        assert_eq!(parts.concat().len() as u64, one * 2);
        from = Offset(from.0 / 3 * 3 + 6);
    }
    // After a truncation the noted next batch lies at another position.
    host.truncate(&mut log, 24);
    for size in [500, 100] {
        host.append(&mut log, 1, &batch(3, size)).unwrap();
    }
    log.tail.trim_all(0);
    assert_eq!(bases(&host.read(&mut log, Offset(27), Offset(30), 1).unwrap()), [27]);
}

#[test]
fn a_bad_batch_is_no_obstacle_to_who_reads_behind_it_and_is_not_served() {
    let mut host = Host::new();
    let mut log = host.create_with(LogConfig { segment_bytes: 1 << 20, ..CONFIG });
    for at in 0..3 {
        host.append(&mut log, 0, &batch_of(None, 3, 100, at)).unwrap();
    }
    log.trim_cache(0);
    let file = host.disk.bytes_mut("00000000000000000000.log");
    let one = file.len() / 3;
    file[one - 1] ^= 1;
    assert_eq!(bases(&host.read(&mut log, Offset(3), Offset(9), 10_000).unwrap()), [3, 6]);
    assert_eq!(host.read(&mut log, Offset(0), Offset(9), 10_000), Err(ReadError::Corrupt(Offset(0))));
}

#[test]
fn a_read_that_a_truncation_overtook_is_stale() {
    let mut host = Host::new();
    let mut log = ten(&mut host);
    log.trim_cache(0);
    let ReadPlan::Cold(cold) = host.with(|env| log.read(Offset(3), Offset(30), 500, true, env)).unwrap() else {
        panic!("it is not cached");
    };
    let read = host.disk.read(&cold.ask);
    host.truncate(&mut log, 27);
    let finished = host.with(|env| log.finish_read(cold, read, env));
    assert_eq!(finished, Err(ReadError::Stale));
}

#[test]
fn spoilt_bytes_are_never_served() {
    let mut host = Host::new();
    let mut log = ten(&mut host);
    log.trim_cache(0);
    let len = host.disk.bytes_mut("00000000000000000000.log").len();
    let good = host.read_all(&mut log, Offset(0)).unwrap();
    for at in 0..len {
        let mut host = host.clone();
        host.disk.bytes_mut("00000000000000000000.log")[at] ^= 4;
        match host.read_all(&mut log.clone(), Offset(0)) {
            Ok(read) => assert!(read == good, "byte {at}"),
            Err(error) => assert!(matches!(error, ReadError::Corrupt(_)), "byte {at}"),
        }
    }
}

#[test]
fn a_search_finds_the_first_record_at_or_after_a_time() {
    let mut host = Host::new();
    let mut log = ten(&mut host);
    log.trim_cache(0);
    for (at, expected) in
        [(0, Some((0, 0))), (1, Some((1, 1))), (3, Some((3, 1000))), (9001, Some((28, 9001))), (9003, None)]
    {
        let plan = host.with(|env| log.find_timestamp(Timestamp(at), Offset(30), env)).unwrap();
        let found = host.search(&mut log, plan).map(|it| (it.offset.0, it.timestamp.0));
        assert_eq!(found, expected, "{at}");
    }
    let plan = host.with(|env| log.find_timestamp(Timestamp(9001), Offset(28), env)).unwrap();
    assert_eq!(host.search(&mut log, plan), None, "above the bound");
}

#[test]
fn the_greatest_timestamp_is_found_where_it_is_first() {
    let mut host = Host::new();
    let mut log = host.create();
    let none = host.with(|env| log.max_timestamp(Offset(0), env)).unwrap();
    assert_eq!(none, SearchPlan::Ready(None));
    for at in [5, 90, 40, 90, 10, 20, 30] {
        host.append(&mut log, 2, &batch_of(None, 1, 250, at)).unwrap();
    }
    let mut log = host.restart(log);
    let plan = host.with(|env| log.max_timestamp(Offset(7), env)).unwrap();
    let expected = Found { offset: Offset(1), timestamp: Timestamp(90), epoch: Some(LeaderEpoch(2)) };
    assert_eq!(host.search(&mut log, plan), Some(expected));
}

/// A log with a batch that Kafka compressed, behind three records of our own.
fn with_compressed(host: &mut Host, batch: &[u8]) -> Log {
    let mut log = host.create();
    host.append(&mut log, 2, &batch_of(None, 3, 100, 0)).unwrap();
    host.append(&mut log, 2, &validate(&Bytes::copy_from_slice(batch), &RULES).unwrap()).unwrap();
    host.append(&mut log, 2, &batch_of(None, 1, 100, 1_045)).unwrap();
    log.trim_cache(0);
    log
}

/// `DefaultRecordBatch.compressedIterator`, also for the greatest timestamp (KIP-734). The records' times are 1000,
/// 1010, 1020, 1090, 1040 and 1050.
#[test]
fn a_search_looks_into_compressed_batches() {
    for (codec, hex) in OF_KAFKA {
        let mut host = Host::new();
        let mut log = with_compressed(&mut host, &bytes_of(hex));
        for (at, expected) in [(1_000, (3, 1_000)), (1_015, (5, 1_020)), (1_021, (6, 1_090)), (1_090, (6, 1_090))] {
            let plan = host.with(|env| log.find_timestamp(Timestamp(at), Offset(10), env)).unwrap();
            let found = host.search(&mut log, plan).map(|it| (it.offset.0, it.timestamp.0));
            assert_eq!(found, Some(expected), "{codec:?} {at}");
        }
        let plan = host.with(|env| log.max_timestamp(Offset(10), env)).unwrap();
        let expected = Found { offset: Offset(6), timestamp: Timestamp(1_090), epoch: Some(LeaderEpoch(2)) };
        assert_eq!(host.search(&mut log, plan), Some(expected), "{codec:?}");
    }
}

#[test]
fn a_batch_that_nobody_can_decompress_is_found_at_its_first_offset() {
    for (codec, hex) in OF_KAFKA {
        let mut batch = bytes_of(hex);
        batch[HEADER_LEN..].fill(0x55);
        let sum = crc32c(&batch[21..]);
        batch[17..21].copy_from_slice(&sum.to_be_bytes());
        let mut host = Host::new();
        let mut log = with_compressed(&mut host, &batch);
        let plan = host.with(|env| log.find_timestamp(Timestamp(1_050), Offset(10), env)).unwrap();
        let found = host.search(&mut log, plan).map(|it| (it.offset.0, it.timestamp.0));
        assert_eq!(found, Some((3, 1_090)), "{codec:?}");
    }
}
