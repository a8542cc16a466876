//! Logs with offsets missing between batches: those that Apache Kafka compacted, and those that have lost records.

use super::*;

const FIRST: &str = "00000000000000000000.log";
const SECOND: &str = "00000000000000000020.log";

/// The stored bytes of a batch of `count` records.
fn stored(base: i64, count: i32) -> Vec<u8> {
    batch_of(None, count, 20, base).stamped(Offset(base), LeaderEpoch(1)).concat()
}

/// A log as Apache Kafka leaves it after compaction: batches are missing within both segments, and between them. The
/// producer snapshot of the second segment has no seam.
fn compacted() -> Host {
    let mut host = Host::new();
    drop(host.create());
    let first = [stored(3, 1), stored(7, 2), stored(12, 1)].concat();
    let second = [stored(24, 2), stored(26, 1), stored(40, 1)].concat();
    host.disk.put(&folder().join(FIRST), &first);
    host.disk.put(&folder().join(SECOND), &second);
    for suffix in ["index", "timeindex"] {
        host.disk.put(&folder().join(&format!("00000000000000000020.{suffix}")), b"");
    }
    let none = producers::Producers::default();
    for (offset, seam) in [(20, None), (41, None)] {
        let name = format!("{offset:020}.snapshot");
        host.disk.put(&folder().join(&name), &producer_snapshot::encode(&none, seam));
    }
    host.disk.put(&folder().join("leader-epoch-checkpoint"), b"0\n1\n1 3\n");
    host.trace.clear();
    host
}

fn hints(durable: i64) -> LoadHints {
    LoadHints { recovery_point: Offset(durable), high_watermark: Offset(durable), ..HINTS }
}

#[test]
fn a_log_that_kafka_compacted_is_read_whole_after_any_stop() {
    for clean in [true, false] {
        for durable in [0, 5, 13, 20, 26, 41] {
            if clean && durable != 41 {
                continue;
            }
            let mut host = compacted();
            let mut log = host.load(LoadHints { clean, ..hints(durable) }).unwrap();
            assert_eq!((log.end(), host.repairs()), (Offset(41), vec![]), "durable to {durable}, clean {clean}");
            host.with(|_| log.trim_cache(0));
            assert_eq!(bases(&host.read_all(&mut log, Offset(0)).unwrap()), [3, 7, 12, 24, 26, 40]);
            for from in 0..41 {
                let read = host.read(&mut log, Offset(from), Offset(41), 1).unwrap();
                let next = [3, 8, 12, 25, 26, 40].into_iter().find(|last| *last >= from).unwrap();
                assert_eq!(Batches::new(read).next().unwrap().unwrap().header().last(), Offset(next), "from {from}");
            }
            assert_eq!(host.append(&mut log, 2, &batch(1, 10)), new(41, 41));
        }
    }
}

#[test]
fn a_follower_takes_a_compacted_log_from_its_leader() {
    let mut leader = compacted();
    let mut log = leader.load(hints(41)).unwrap();
    let all = leader.read_all(&mut log, Offset(0)).unwrap();
    let mut host = Host::new();
    let mut follower = host.create();
    assert_eq!(host.follow(&mut follower, &all), Ok(Some((Offset(3), Offset(40)))));
    host.flush(&mut follower);
    drop(follower);
    host.disk.crash(&mut |_| 0);
    for durable in [0, 13, 41] {
        let mut host = host.clone();
        let mut follower = host.load(hints(durable)).unwrap();
        assert!(host.read_all(&mut follower, Offset(0)).unwrap() == all, "durable to {durable}");
        assert_eq!(host.repairs(), []);
    }
}

/// Which bits of a base offset a disk may change: the batch then lies higher, lower, or far away.
const BITS: [(usize, u8); 6] = [(7, 1), (7, 2), (7, 8), (7, 64), (6, 1), (0, 1)];

#[test]
fn a_base_offset_that_the_disk_changed_is_no_gap() {
    for durable in [0, 6, 12] {
        for batch in 0..6 {
            for (byte, bit) in BITS {
                let mut host = Host::new();
                let mut log = host.create();
                for at in 0..6 {
                    host.append(&mut log, 1, &batch_of(None, 2, 20, at)).unwrap();
                }
                assert_eq!(log.segments.len(), 1);
                host.flush(&mut log);
                drop(log);
                host.disk.crash(&mut |_| 0);
                let file = host.disk.bytes_mut(FIRST);
                let len = file.len() / 6;
                file[batch * len + byte] ^= bit;
                let at = Offset(batch as i64 * 2);
                let end = host.load(hints(durable)).map(|log| log.end());
                let expected = if at < Offset(durable) { Err(LogError::Corrupt(at)) } else { Ok(at) };
                assert_eq!(end, expected, "batch {batch}, byte {byte}, bit {bit}, durable to {durable}");
            }
        }
    }
}

#[test]
fn a_base_offset_that_the_disk_changed_under_a_running_log_is_never_served() {
    for batch in 0..6 {
        for (byte, bit) in BITS {
            let mut host = Host::new();
            let mut log = host.create_with(LogConfig { index_interval_bytes: 1 << 20, cache_bytes: 0, ..CONFIG });
            for at in 0..6 {
                host.append(&mut log, 1, &batch_of(None, 2, 20, at)).unwrap();
            }
            host.with(|_| log.trim_cache(0));
            log.tail.forget(0);
            let file = host.disk.bytes_mut(FIRST);
            let len = file.len() / 6;
            file[batch * len + byte] ^= bit;
            for from in 0..12 {
                let read = host.read(&mut log, Offset(from), Offset(12), len as u32);
                match read {
                    Ok(bytes) => assert_eq!(bases(&bytes), [from / 2 * 2], "batch {batch}, byte {byte}, bit {bit}"),
                    Err(error) => assert!(matches!(error, ReadError::Corrupt(_)) && from >= batch as i64 * 2 - 1),
                }
            }
        }
    }
}

#[test]
fn a_segment_that_is_lost_from_a_log_of_ours_is_said_though_the_topic_is_compacted() {
    let mut host = Host::new();
    let mut log = host.create();
    for at in 0..20 {
        host.append(&mut log, 0, &batch_of(None, 2, 100, at)).unwrap();
    }
    host.flush(&mut log);
    let lost = &log.segments[1];
    let (from, to, path) = (lost.base, lost.end, lost.path.clone());
    let end = log.end();
    drop(log);
    host.disk.crash(&mut |_| 0);
    host.with(|env| env.files.remove(&path)).unwrap();
    let mut below = host.clone();
    // The scan begins at the first segment, since an index is missing there.
    below.with(|env| env.files.remove(&folder().join("00000000000000000000.index"))).unwrap();
    assert_eq!(below.load(hints(end.0)).unwrap().end(), end);
    assert_eq!(below.missing(), Some(from));
    let said = below.repairs().into_iter().find(|it| it.fault == Fault::BeforeGap).unwrap();
    assert_eq!((said.offsets, said.file.name()), (Offsets::Range(from, to), FIRST));
    // Above what was durable, what lies behind the gap goes.
    assert_eq!(host.load(HINTS).unwrap().end(), from);
    assert!(host.repairs().iter().any(|it| it.fault == Fault::BehindGap && it.deed == Deed::Removed));
    assert_eq!(host.missing(), None);
}

#[test]
fn the_end_of_the_segment_before_the_recovery_point_is_missed_though_no_index_names_it() {
    let config = LogConfig { index_interval_bytes: 1 << 20, ..CONFIG };
    let mut host = Host::new();
    let mut log = host.create_with(config);
    for at in 0..12 {
        host.append(&mut log, 0, &batch_of(None, 2, 100, at)).unwrap();
    }
    host.flush(&mut log);
    let before = &log.segments[log.segments.len() - 2];
    let (name, end, point) = (before.path.name().to_string(), before.end, log.end());
    drop(log);
    host.disk.crash(&mut |_| 0);
    let file = host.disk.bytes_mut(&name);
    let len = file.len();
    file.truncate(len / 3 * 2);
    assert_eq!(host.load_with(config, hints(point.0)).unwrap().end(), point);
    assert_eq!(host.missing(), Some(Offset(end.0 - 2)));
}

#[test]
fn a_segment_that_is_lost_from_a_log_of_kafkas_that_was_never_compacted_is_said() {
    for (durable, end) in [(0, 4), (30, 30)] {
        let mut host = compacted();
        host.disk.put(&folder().join(FIRST), &[stored(0, 2), stored(2, 2)].concat());
        host.disk.put(&folder().join(SECOND), &[stored(20, 8), stored(28, 2)].concat());
        host.with(|env| env.files.remove(&folder().join("00000000000000000000.index"))).unwrap();
        assert_eq!(host.load(hints(durable)).unwrap().end(), Offset(end));
        let said: Vec<_> = host.repairs().into_iter().map(|it| (it.fault, it.deed, it.offsets)).collect();
        let expected = match durable {
            0 => (Fault::BehindGap, Deed::Removed, Offsets::From(Offset(20))),
            _ => (Fault::BeforeGap, Deed::Kept, Offsets::Range(Offset(4), Offset(20))),
        };
        assert!(said.contains(&expected), "{said:?}");
    }
}
