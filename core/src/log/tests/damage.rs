//! Whatever is wrong with the files of a log, its loading says which file, which offsets, how many bytes, and why.

use super::*;

const LOG: &str = "00000000000000000000.log";

/// A flushed log of several segments, which was not stopped cleanly.
fn log_of_segments() -> (Host, Vec<Offset>, Offset) {
    let mut host = Host::new();
    let mut log = host.create();
    for at in 0..12 {
        host.append(&mut log, at / 5, &batch_of(Some((1, 0, at * 2)), 2, 100, i64::from(at))).unwrap();
    }
    host.flush(&mut log);
    let (bases, end) = (log.segments.iter().map(|it| it.base).collect(), log.end());
    drop(log);
    host.disk.crash(&mut |_| 0);
    host.trace.clear();
    (host, bases, end)
}

fn name(base: Offset, suffix: &str) -> String {
    format!("{:020}{suffix}", base.0)
}

/// What a loading said: the text of each repair, and of the refusal.
fn said(host: &mut Host, hints: LoadHints) -> Vec<String> {
    let loaded = host.load(hints);
    let corrupt = host.trace.iter().any(|it| matches!(it, TraceEvent::Corrupt { .. }));
    assert_eq!(matches!(loaded, Err(LogError::Corrupt(_))), corrupt, "{loaded:?}");
    let is_wanted = |it: &&TraceEvent| matches!(it, TraceEvent::Repaired { .. } | TraceEvent::Corrupt { .. });
    host.trace.iter().filter(is_wanted).map(ToString::to_string).collect()
}

/// Something that happens to the files of a log.
type Damage = fn(&mut Disk, &[Offset]);

/// Damages the log, loads it and returns what was said.
fn after(damage: Damage, durable: bool) -> Vec<String> {
    let (mut host, bases, end) = log_of_segments();
    damage(&mut host.disk, &bases);
    let point = if durable { end } else { Offset(0) };
    said(&mut host, LoadHints { recovery_point: point, high_watermark: point, ..HINTS })
}

fn remove(disk: &mut Disk, name: &str) {
    crate::io::Files::remove(disk, &folder().join(name)).unwrap();
}

/// Every kind of damage. `damage.txt` has what is said of each, above and below the recovery point.
const DAMAGES: &[(&str, Damage)] = &[
    ("no damage", |_, _| {}),
    ("the last batch is torn", |disk, at| {
        let file = disk.bytes_mut(&name(at[3], ".log"));
        let len = file.len();
        file.truncate(len - 5);
    }),
    ("the last batch is not there", |disk, at| {
        let file = disk.bytes_mut(&name(at[3], ".log"));
        let len = file.len();
        file.truncate(len / 3 * 2);
    }),
    ("a batch has another byte", |disk, at| {
        let file = disk.bytes_mut(&name(at[3], ".log"));
        let len = file.len();
        file[len / 3 + 90] ^= 1;
    }),
    ("a batch has another base offset", |disk, at| {
        let file = disk.bytes_mut(&name(at[3], ".log"));
        let len = file.len();
        file[len / 3 + 7] ^= 1;
    }),
    ("a batch has an older epoch", |disk, at| {
        let file = disk.bytes_mut(&name(at[3], ".log"));
        let len = file.len();
        file[len / 3 + 15] = 0;
    }),
    ("a batch has another length", |disk, at| {
        let file = disk.bytes_mut(&name(at[3], ".log"));
        let len = file.len();
        file[len / 3 + 11] = 0;
        file[len / 3 + 10] = 0;
    }),
    ("an index is missing", |disk, at| remove(disk, &name(at[1], ".index"))),
    ("a time index is missing", |disk, at| remove(disk, &name(at[1], ".timeindex"))),
    ("an index ends within an entry", |disk, at| disk.bytes_mut(&name(at[1], ".index")).truncate(9)),
    ("an index has entries that cannot be", |disk, at| disk.bytes_mut(&name(at[2], ".index")).fill(0xff)),
    ("an index has other entries", |disk, at| disk.bytes_mut(&name(at[2], ".index"))[3] += 1),
    ("a snapshot is missing", |disk, at| remove(disk, &name(at[3], ".snapshot"))),
    ("a snapshot is torn", |disk, at| disk.bytes_mut(&name(at[3], ".snapshot")).truncate(20)),
    ("the first segment is missing", |disk, at| remove(disk, &name(at[0], ".log"))),
    ("a segment in the middle is missing", |disk, at| remove(disk, &name(at[2], ".log"))),
    ("a segment in the middle is empty", |disk, at| disk.bytes_mut(&name(at[2], ".log")).clear()),
    ("the last segment is empty", |disk, at| disk.bytes_mut(&name(at[3], ".log")).clear()),
    ("every segment is empty", |disk, at| at.iter().for_each(|it| disk.bytes_mut(&name(*it, ".log")).clear())),
    ("a segment has the name of another offset", |disk, at| {
        let bytes = disk.bytes_mut(&name(at[3], ".log")).clone();
        remove(disk, &name(at[3], ".log"));
        disk.put(&folder().join(&name(at[3].plus(1), ".log")), &bytes);
    }),
    ("a segment goes on behind the next one's base", |disk, at| {
        let more = disk.bytes_mut(&name(at[3], ".log"))[..90].to_vec();
        disk.bytes_mut(&name(at[2], ".log")).extend(more);
    }),
    ("the last batch of a closed segment is not there", |disk, at| {
        let file = disk.bytes_mut(&name(at[2], ".log"));
        let len = file.len();
        file.truncate(len / 3 * 2);
    }),
    ("there is a file of another kind", |disk, _| disk.put(&folder().join("notes.txt"), b"x")),
    ("an index has no segment", |disk, at| disk.put(&folder().join(&name(at[3].plus(9), ".index")), b"12345678")),
    ("the epochs are torn", |disk, _| disk.bytes_mut("leader-epoch-checkpoint").truncate(7)),
    ("the epochs are missing", |disk, _| remove(disk, "leader-epoch-checkpoint")),
    ("the epochs go on behind the log", |disk, _| {
        *disk.bytes_mut("leader-epoch-checkpoint") = b"0\n4\n0 0\n1 10\n2 20\n3 30\n".to_vec()
    }),
    ("the topic's id is torn", |disk, _| disk.bytes_mut("partition.metadata").truncate(12)),
    ("the topic's id is missing", |disk, _| remove(disk, "partition.metadata")),
    ("the disk failed before", |disk, _| disk.put(&folder().join("sync-failed"), b"x")),
    ("the word of a cut is torn", |disk, _| disk.put(&folder().join("cut-below"), b"0\n")),
];

/// Shortens the names in what was said: the folder, the zeros in front of an offset, and the partition.
fn short(said: &str) -> String {
    let partition = format!("{PARTITION}: ");
    let words = said.strip_prefix(&partition).unwrap_or(said).replace("orders-0/", "");
    let shorten = |word: &str| match word.split_once('.') {
        Some((digits, _)) if digits.len() == 20 => {
            word.trim_start_matches('0').replacen('.', "0.", usize::from(digits.bytes().all(|it| it == b'0')))
        }
        _ => word.to_owned(),
    };
    words.split(' ').map(shorten).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_kind_of_damage_is_said_with_its_file_offsets_bytes_and_reason() {
    let mut text = String::new();
    for (what, damage) in DAMAGES {
        text += &format!("{what}\n");
        for (place, durable) in [("above", false), ("below", true)] {
            for said in after(*damage, durable) {
                text += &format!("  {place}: {}\n", short(&said));
            }
        }
        text += "\n";
    }
    for gone in
        ["00000000000000000024.snapshot", "leader-epoch-checkpoint", "partition.metadata", "00000000000000000000.index"]
    {
        text += &format!("after a clean stop, without {}\n", short(gone));
        for said in after_a_clean_stop_without(gone) {
            text += &format!("  {}\n", short(&said));
        }
        text += "\n";
    }
    assert_eq!(text.trim_end(), include_str!("damage.txt").trim_end());
}

/// What is said after a clean stop, if a file is gone then.
fn after_a_clean_stop_without(gone: &str) -> Vec<String> {
    let (mut host, ..) = log_of_segments();
    let mut log = host.load(HINTS).unwrap();
    host.with(|env| log.stop(env)).unwrap();
    host.flush(&mut log);
    let end = log.end();
    drop(log);
    host.disk.kill();
    remove(&mut host.disk, gone);
    host.trace.clear();
    said(&mut host, LoadHints { clean: true, recovery_point: end, high_watermark: end, ..HINTS })
}

#[test]
fn a_log_without_damage_says_nothing_after_any_stop() {
    let (mut host, _, end) = log_of_segments();
    let mut killed = host.clone();
    assert_eq!(said(&mut killed, HINTS), [""; 0]);
    let log = host.load(HINTS).unwrap();
    host.trace.clear();
    let mut log = host.restart(log);
    assert_eq!((log.end(), host.repairs()), (end, vec![]));
    // A stop leaves a snapshot at the log's end. A later start after a kill removes it, and that is no damage.
    host.append(&mut log, 9, &batch(2, 10)).unwrap();
    drop(log);
    host.disk.kill();
    assert_eq!(said(&mut host, HINTS), [""; 0]);
}

#[test]
fn an_index_that_makes_no_sense_is_said_when_it_is_read() {
    let (mut host, bases, end) = log_of_segments();
    let index = host.disk.bytes_mut(&name(bases[0], ".index"));
    assert_eq!(index.len(), 8 * (index.len() / 8));
    index.fill(0xff);
    let point = LoadHints { recovery_point: end, high_watermark: end, ..HINTS };
    let mut log = host.load(point).unwrap();
    host.with(|_| log.trim_cache(0));
    host.trace.clear();
    host.read(&mut log, Offset(0), end, 1).unwrap();
    host.read(&mut log, Offset(0), end, 1).unwrap();
    let said: Vec<String> = host.repairs().iter().map(|it| short(&it.to_string())).collect();
    let index =
        "0.index: its contents are not what such a file has; left as it is and not used (offsets from 0 on, 16 bytes)";
    assert_eq!(said, [index]);
}

#[test]
fn bytes_that_go_bad_under_a_running_log_are_said_with_their_place() {
    let (mut host, ..) = log_of_segments();
    let mut log = host.load(HINTS).unwrap();
    host.with(|_| log.trim_cache(0));
    host.trace.clear();
    host.disk.bytes_mut(LOG)[70] ^= 1;
    assert_eq!(host.read(&mut log, Offset(0), Offset(2), 1000), Err(ReadError::Corrupt(Offset(0))));
    let file = folder().join(LOG);
    let (partition, at, fault) = (PARTITION, Offset(0), Fault::Checksum);
    assert_eq!(host.trace, [TraceEvent::Corrupt { partition, at, file, position: 0, fault }]);
}
