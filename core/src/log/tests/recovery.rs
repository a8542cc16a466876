//! What a stop or a crash leaves of a log, and what the next start makes of it.

use super::*;

fn filled(host: &mut Host, count: i32) -> Log {
    let mut log = host.create();
    for at in 0..count {
        let producer = Some((1, 0, at * 2));
        host.append(&mut log, at / 3, &batch_of(producer, 2, 100, i64::from(at))).unwrap();
    }
    log
}

fn crash(host: &mut Host, log: Log) {
    drop(log);
    host.disk.crash(&mut |_| 0);
}

#[test]
fn a_clean_start_reads_no_records() {
    let mut host = Host::new();
    let log = filled(&mut host, 9);
    let before = log.clone();
    let mut log = host.restart(log);
    assert_eq!(host.disk.reads, 0);
    assert_eq!((log.end(), log.flushed(), &log.epochs), (before.end(), before.end(), &before.epochs));
    assert_eq!(host.missing(), None);
    // The last five batches of each producer are remembered.
    for at in 4..9 {
        let (retry, base) = (batch_of(Some((1, 0, at * 2)), 2, 100, 8), Offset(i64::from(at) * 2));
        assert_eq!(host.append(&mut log, 9, &retry), Ok(Appended::Duplicate { base, last: base.plus(1) }));
    }
    assert_eq!(host.append(&mut log, 9, &batch_of(Some((1, 0, 18)), 2, 100, 8)), new(18, 19));
}

#[test]
fn an_empty_log_starts_clean_too() {
    let mut host = Host::new();
    let log = host.create();
    let log = host.restart(log);
    assert_eq!((log.end(), host.disk.reads), (Offset(0), 0));
}

#[test]
fn without_the_clean_marker_everything_is_found_again_by_reading() {
    let mut host = Host::new();
    let mut log = filled(&mut host, 9);
    let (before, all) = (log.clone(), host.read_all(&mut log, Offset(0)).unwrap());
    crash(&mut host, log);
    let mut log = host.load(HINTS).unwrap();
    assert!(host.read_all(&mut log, Offset(0)).unwrap() == all);
    assert_eq!((&log.epochs, &log.producers), (&before.epochs, &before.producers));
    assert_eq!(log.flushed(), Offset(0), "it may be in the page cache only");
    for (found, kept) in log.segments.iter().zip(&before.segments) {
        assert_eq!(found.offsets.known(), kept.offsets.known());
    }
}

/// A log of six records, of which the last two were to become durable by a sync that failed. It is loaded again in the
/// same boot, flushed, and loaded again after a power loss. `word` says whether the file `sync-failed` was written.
fn after_a_failed_sync(word: bool) -> (Host, Log) {
    let mut host = Host::new();
    let mut log = filled(&mut host, 2);
    host.flush(&mut log);
    host.append(&mut log, 1, &batch(2, 100)).unwrap();
    let flush = log.next_flush(FlushUpTo::End).unwrap();
    host.disk.fail_sync = true;
    assert!(flush.what.iter().any(|it| host.disk.sync(it).is_err()));
    host.disk.fail_sync = false;
    let ended = host.with(|env| log.on_flushed(flush.ticket, Err(FileError::Io), Offset(i64::MAX), env));
    assert_eq!(ended, Err(LogError::Disk(FileError::Io)));
    if word {
        host.with(|env| note_doubt(&folder(), env));
    }
    let hints = LoadHints { recovery_point: Offset(4), high_watermark: Offset(4), ..HINTS };
    let mut log = host.load(hints).unwrap();
    assert_eq!(log.end(), Offset(6), "the page cache shows them");
    host.flush(&mut log);
    host.flush(&mut log);
    assert_eq!(log.flushed(), Offset(6));
    assert!(!host.disk.names().contains(&"sync-failed".to_string()));
    crash(&mut host, log);
    let log = host.load(hints).unwrap();
    (host, log)
}

#[test]
fn what_a_failed_sync_was_to_cover_is_written_again_before_it_is_called_durable() {
    let (_, log) = after_a_failed_sync(true);
    assert_eq!(log.end(), Offset(6));
}

#[test]
fn without_word_of_the_failed_sync_the_disk_would_have_lied() {
    let (_, log) = after_a_failed_sync(false);
    assert_eq!(log.end(), Offset(4));
}

#[test]
fn a_log_in_doubt_is_read_even_after_a_clean_stop() {
    let mut host = Host::new();
    let log = filled(&mut host, 9);
    host.with(|env| note_doubt(&folder(), env));
    let log = host.restart(log);
    assert!(host.disk.reads > 0);
    assert_eq!(log.end(), Offset(18));
}

#[test]
fn what_is_left_of_a_cut_behind_the_base_of_the_next_segment_hides_nothing() {
    let mut host = Host::new();
    let mut log = host.create_with(LogConfig { segment_bytes: 700, ..CONFIG });
    for at in 0..9 {
        host.append(&mut log, 0, &batch_of(None, 2, 100, at)).unwrap();
    }
    assert!(log.segments.len() > 2);
    let all = host.read_all(&mut log, Offset(0)).unwrap();
    crash(&mut host, log);
    host.disk.bytes_mut("00000000000000000000.log").extend_from_slice(&[0xee; 90]);
    let mut log = host.load(HINTS).unwrap();
    assert_eq!(log.end(), Offset(18));
    assert!(host.read_all(&mut log, Offset(0)).unwrap() == all);
}

#[test]
fn a_torn_tail_is_cut_and_said() {
    let mut host = Host::new();
    let mut log = filled(&mut host, 2);
    host.flush(&mut log);
    host.append(&mut log, 1, &batch(2, 100)).unwrap();
    crash(&mut host, log);
    let file = host.disk.bytes_mut("00000000000000000000.log");
    let len = file.len();
    file.truncate(len - 5);
    let hints = LoadHints { recovery_point: Offset(4), high_watermark: Offset(4), ..HINTS };
    host.trace.clear();
    let mut log = host.load(hints).unwrap();
    assert_eq!((log.end(), host.missing()), (Offset(4), None));
    let torn = len as u64 / 3 - 5;
    let (partition, start, end) = (PARTITION, Offset(0), Offset(4));
    let fault = Repair {
        file: folder().join("00000000000000000000.log"),
        fault: Fault::Partial,
        deed: Deed::CutAt(len as u64 - 5 - torn),
        offsets: Offsets::From(end),
        bytes: torn,
    };
    let loaded = TraceEvent::Loaded { partition, start, end, clean: false, bytes_cut: torn };
    assert_eq!(host.trace, [TraceEvent::Repaired { repair: fault }, loaded]);
    assert_eq!(host.append(&mut log, 2, &batch(1, 10)), new(4, 4));
}

#[test]
fn bad_bytes_that_were_durable_are_neither_cut_nor_served() {
    let hints = LoadHints { recovery_point: Offset(6), high_watermark: Offset(6), ..HINTS };
    let mut host = Host::new();
    let mut log = filled(&mut host, 3);
    host.flush(&mut log);
    crash(&mut host, log);
    let len = host.disk.bytes_mut("00000000000000000000.log").len();
    for at in [0, 7, 8, 11, 14, 16, 20, 30, len / 3 + 2, len / 3 + 100, len - 1] {
        let mut host = host.clone();
        host.disk.bytes_mut("00000000000000000000.log")[at] ^= 1;
        let loaded = host.load(hints);
        assert!(matches!(loaded, Err(LogError::Corrupt(_))), "byte {at}: {loaded:?}");
        assert_eq!(host.disk.bytes_mut("00000000000000000000.log").len(), len);
        // Above the durable offset such bytes are taken for what a crash left. But no crash leaves a newer epoch before
        // an older one in a file.
        match host.load(HINTS) {
            Ok(log) => assert!(at != 14 && log.end() < Offset(6)),
            Err(error) => assert_eq!((error, at), (LogError::Corrupt(Offset(2)), 14)),
        }
    }
}

#[test]
fn a_log_shorter_than_its_recovery_point_says_so() {
    let mut host = Host::new();
    let mut log = filled(&mut host, 3);
    host.flush(&mut log);
    crash(&mut host, log);
    let file = host.disk.bytes_mut("00000000000000000000.log");
    file.truncate(file.len() / 3 * 2);
    let hints = LoadHints { recovery_point: Offset(6), high_watermark: Offset(6), ..HINTS };
    let log = host.load(hints).unwrap();
    assert_eq!((log.end(), host.missing(), log.recovery_point()), (Offset(4), Some(Offset(4)), Offset(4)));
}

#[cfg(feature = "mutants")]
#[test]
fn mutant_m33_takes_torn_bytes_for_records() {
    let mut host = Host::new();
    let log = filled(&mut host, 3);
    crash(&mut host, log);
    *host.disk.bytes_mut("00000000000000000000.log").last_mut().unwrap() ^= 1;
    assert_eq!(host.load(HINTS).unwrap().end(), Offset(4));
    let mut host2 = Host::new();
    let log = filled(&mut host2, 3);
    crash(&mut host2, log);
    *host2.disk.bytes_mut("00000000000000000000.log").last_mut().unwrap() ^= 1;
    host2.mutant = Some(Mutant::M33);
    assert_eq!(host2.load(HINTS).unwrap().end(), Offset(6));
}

#[test]
fn of_the_segments_below_the_recovery_point_the_end_of_the_last_is_read() {
    let mut host = Host::new();
    let mut log = filled(&mut host, 30);
    host.flush(&mut log);
    let (point, active) = (log.recovery_point(), log.active().base);
    assert!(active > Offset(20));
    crash(&mut host, log);
    host.disk.reads = 0;
    let mut log = host.load(LoadHints { recovery_point: point, high_watermark: point, ..HINTS }).unwrap();
    assert_eq!((host.disk.reads, log.end()), (2, point));
    assert_eq!(bases(&host.read_all(&mut log, Offset(0)).unwrap()).len(), 30);
}

#[test]
fn a_missing_or_torn_small_file_costs_reading_and_nothing_else() {
    let mut host = Host::new();
    let mut log = filled(&mut host, 30);
    host.with(|env| log.stop(env)).unwrap();
    host.flush(&mut log);
    let before = log.clone();
    let all = host.read_all(&mut log, Offset(0)).unwrap();
    crash(&mut host, log);
    let point = before.end();
    let names = host.disk.names();
    for name in names.iter().filter(|it| !it.ends_with(".log")) {
        for clean in [true, false] {
            for cut in [0, 1, 7] {
                let mut host = host.clone();
                let len = host.disk.bytes_mut(name).len();
                host.disk.bytes_mut(name).truncate(cut.min(len.saturating_sub(1)));
                let hints = LoadHints { clean, recovery_point: point, high_watermark: point, ..HINTS };
                let mut log = host.load(hints).unwrap();
                assert!(host.read_all(&mut log, Offset(0)).unwrap() == all, "{name} {cut} {clean}");
                assert_eq!(log.epochs, before.epochs, "{name} {cut}");
                assert_eq!(log.producers, before.producers, "{name} {cut}");
            }
        }
    }
}

const EPOCHS: &str = "leader-epoch-checkpoint";

#[test]
fn an_epoch_checkpoint_that_says_the_same_is_left_as_it_is_and_synced_by_the_next_flush() {
    let mut host = Host::new();
    let log = filled(&mut host, 9);
    // The process is killed before any sync, and what it wrote is in the page cache alone.
    drop(log);
    host.disk.kill();
    let text = host.disk.bytes_mut(EPOCHS).clone();
    host.disk.renamed.clear();
    let mut log = host.load(HINTS).unwrap();
    assert!(!host.disk.renamed.contains(&EPOCHS.to_string()), "{:?}", host.disk.renamed);
    host.flush(&mut log);
    drop(log);
    // A power loss that takes everything that was not synced.
    host.disk.crash(&mut |bound| if bound == 4 { 1 } else { bound - 1 });
    assert_eq!(*host.disk.bytes_mut(EPOCHS), text);
}

#[test]
fn an_epoch_checkpoint_that_says_something_else_is_written_anew() {
    let whole = b"0\n3\n0 0\n1 6\n2 12\n";
    for (text, in_doubt) in [
        (&whole[..], true),
        (b"0\n3\n0 0\n1 6\n2 1", false),
        (b"", false),
        (b"0\n2\n0 0\n1 6\n", false),
        (b"0\n4\n0 0\n1 6\n2 12\n3 18\n", false),
    ] {
        let mut host = Host::new();
        let log = filled(&mut host, 9);
        crash(&mut host, log);
        assert_eq!(*host.disk.bytes_mut(EPOCHS), whole);
        *host.disk.bytes_mut(EPOCHS) = text.to_vec();
        if in_doubt {
            host.with(|env| note_doubt(&folder(), env));
        }
        host.disk.renamed.clear();
        host.load(HINTS).unwrap();
        assert!(host.disk.renamed.contains(&EPOCHS.to_string()), "{text:?}");
        assert_eq!(*host.disk.bytes_mut(EPOCHS), whole);
    }
}

#[test]
fn a_segment_that_a_truncation_removed_does_not_come_back() {
    let mut host = Host::new();
    let mut log = filled(&mut host, 6);
    host.flush(&mut log);
    let stale = log.active().base;
    host.truncate(&mut log, 2);
    let left = host.read_all(&mut log, Offset(0)).unwrap();
    while log.end() <= stale {
        host.append(&mut log, 9, &batch(1, 10)).unwrap();
    }
    // The truncated file was synced, but not the folder.
    let active = log.segments[0].file;
    host.disk.sync(&SyncWhat::File(active)).unwrap();
    drop(log);
    host.disk.crash(&mut |bound| bound - 1);
    assert!(host.disk.names().contains(&format!("{:020}.log", stale.0)));
    let hints = LoadHints { recovery_point: Offset(12), high_watermark: Offset(2), ..HINTS };
    let mut log = host.load(hints).unwrap();
    assert!(host.read_all(&mut log, Offset(0)).unwrap() == left);
    assert!(!host.disk.names().contains(&format!("{:020}.log", stale.0)));
}

#[test]
fn a_log_start_behind_the_log_is_where_it_starts() {
    let mut host = Host::new();
    let log = filled(&mut host, 6);
    crash(&mut host, log);
    let log = host.clone().load(LoadHints { log_start: Offset(5), ..HINTS }).unwrap();
    assert_eq!((log.start(), log.end()), (Offset(5), Offset(12)));
    let log = host.load(LoadHints { log_start: Offset(50), ..HINTS }).unwrap();
    assert_eq!((log.start(), log.end()), (Offset(50), Offset(50)));
}

#[test]
fn leftovers_and_orphans_go_and_strangers_stay() {
    let mut host = Host::new();
    let log = filled(&mut host, 2);
    crash(&mut host, log);
    for name in ["00000000000000000000.log.deleted", "x.tmp", "00000000000000000777.index", "README"] {
        host.disk.put(&folder().join(name), b"x");
    }
    host.load(HINTS).unwrap();
    let names = host.disk.names();
    assert!(names.contains(&"README".into()));
    assert!(!names.iter().any(|it| it.contains("deleted") || it.contains("tmp") || it.contains("777")), "{names:?}");
}

#[test]
fn another_topics_folder_is_refused() {
    let mut host = Host::new();
    let log = filled(&mut host, 2);
    crash(&mut host, log);
    let other = TopicPartition { topic: TopicId(Uuid([8; 16])), partition: 0 };
    let loaded = host.with(|env| Log::load(folder(), other, CONFIG, HINTS, env));
    assert!(matches!(loaded, Err(LogError::Foreign(topic)) if topic == PARTITION.topic));
}

#[test]
fn behind_a_cut_the_log_goes_on_in_a_new_file() {
    let mut host = Host::new();
    let mut log = filled(&mut host, 3);
    host.flush(&mut log);
    host.truncate(&mut log, 4);
    host.append(&mut log, 9, &batch(2, 100)).unwrap();
    assert_eq!(log.active().base, Offset(4));
    // If this were the old file, a power loss could leave the old batch before the new one.
    host.append(&mut log, 9, &batch(2, 100)).unwrap();
    assert_eq!(log.active().base, Offset(4), "once is enough");
    host.truncate(&mut log, 4);
    host.append(&mut log, 10, &batch(2, 100)).unwrap();
    assert_eq!((log.active().base, log.end()), (Offset(4), Offset(6)));
}

#[test]
fn after_an_unclean_start_the_log_goes_on_in_a_new_file() {
    let mut host = Host::new();
    let log = filled(&mut host, 2);
    crash(&mut host, log);
    let mut log = host.load(HINTS).unwrap();
    host.append(&mut log, 9, &batch(2, 100)).unwrap();
    assert_eq!(log.active().base, Offset(4));
}

#[test]
fn a_snapshot_that_the_disk_fails_to_read_drops_no_segment() {
    let mut host = Host::new();
    let mut log = filled(&mut host, 30);
    let end = log.end();
    assert!(log.segments.len() > 2);
    host.flush(&mut log);
    host.disk.kill();
    for point in [Offset(0), log.segments[1].base, end] {
        for clean in [false, true] {
            let hints = LoadHints { clean, recovery_point: point, high_watermark: point, ..HINTS };
            let mut host = host.clone();
            host.disk.fail_read = Some(".snapshot");
            assert_eq!(host.load(hints).err(), Some(LogError::Disk(FileError::Io)), "from {point}, clean {clean}");
            host.disk.fail_read = None;
            host.disk.kill();
            assert_eq!(host.load(LoadHints { clean: false, ..hints }).unwrap().end(), end);
        }
    }
}

#[test]
fn a_retry_is_a_duplicate_after_two_unclean_starts_too() {
    let mut host = Host::new();
    let log = filled(&mut host, 5);
    crash(&mut host, log);
    let mut log = host.load(HINTS).unwrap();
    // The next batch begins a segment, and after the flush the next start begins to scan at that segment.
    host.append(&mut log, 9, &batch(2, 100)).unwrap();
    host.flush(&mut log);
    let point = log.recovery_point();
    crash(&mut host, log);
    let mut log = host.load(LoadHints { recovery_point: point, high_watermark: point, ..HINTS }).unwrap();
    for at in 0..5 {
        let (retry, base) = (batch_of(Some((1, 0, at * 2)), 2, 100, 0), Offset(i64::from(at) * 2));
        assert_eq!(host.append(&mut log, 10, &retry), Ok(Appended::Duplicate { base, last: base.plus(1) }));
    }
}

/// A flushed log of six records is truncated to two, below its high watermark, and gets more records; then the power
/// fails. The checkpoints are those from before the truncation. `word` says whether the file `cut-below` was written.
fn after_a_cut_below_the_high_watermark(word: bool) -> (Host, Log) {
    let mut host = Host::new();
    let mut log = filled(&mut host, 3);
    host.flush(&mut log);
    if word {
        assert_eq!(host.with(|env| log.bound(Offset(2), env)), Ok(false));
        host.flush(&mut log);
        assert_eq!(host.with(|env| log.bound(Offset(2), env)), Ok(true));
    }
    host.truncate(&mut log, 2);
    let active = log.active().file;
    host.disk.sync(&SyncWhat::File(active)).unwrap();
    drop(log);
    host.disk.crash(&mut |bound| bound - 1);
    let log = host.load(LoadHints { recovery_point: Offset(6), high_watermark: Offset(6), ..HINTS }).unwrap();
    (host, log)
}

#[test]
fn a_cut_that_was_written_down_is_no_loss() {
    let (host, log) = after_a_cut_below_the_high_watermark(true);
    assert_eq!((log.end(), host.missing()), (Offset(2), None));
}

#[test]
fn without_the_word_of_a_cut_old_checkpoints_call_it_a_loss() {
    let (host, log) = after_a_cut_below_the_high_watermark(false);
    assert_eq!((log.end(), host.missing()), (Offset(2), Some(Offset(2))));
}

#[test]
fn a_loss_of_committed_records_is_remembered_as_the_log_grows_again() {
    let mut host = Host::new();
    let mut log = filled(&mut host, 3);
    host.flush(&mut log);
    host.append(&mut log, 1, &batch(2, 100)).unwrap();
    drop(log);
    host.disk.crash(&mut |_| 1);
    // The checkpoint of the high watermark is from before the loss, and that of the recovery point from before a flush.
    let hints = LoadHints { recovery_point: Offset(4), high_watermark: Offset(8), ..HINTS };
    let mut log = host.load(hints).unwrap();
    assert_eq!((log.end(), log.sure_high_watermark(Offset(8))), (Offset(6), Offset(4)));
    host.append(&mut log, 2, &batch(4, 100)).unwrap();
    host.disk.kill();
    let log = host.load(hints).unwrap();
    assert_eq!(log.end(), Offset(10), "nothing else was lost");
    assert_eq!(log.sure_high_watermark(Offset(8)), Offset(4), "what came after the loss may not be committed");
}

#[test]
fn a_log_that_reaches_its_high_watermark_has_lost_nothing_to_remember() {
    let mut host = Host::new();
    let log = filled(&mut host, 3);
    drop(log);
    host.disk.kill();
    let log = host.load(LoadHints { high_watermark: Offset(6), ..HINTS }).unwrap();
    assert_eq!((log.end(), log.sure_high_watermark(Offset(6))), (Offset(6), Offset(6)));
    assert!(!host.disk.names().contains(&"cut-below".to_string()));
}

#[test]
fn the_word_of_a_cut_goes_when_a_flush_and_the_high_watermark_have_passed_it() {
    let mut host = Host::new();
    let mut log = filled(&mut host, 3);
    host.flush(&mut log);
    assert_eq!(host.with(|env| log.bound(Offset(2), env)), Ok(false));
    host.flush(&mut log);
    host.truncate(&mut log, 2);
    let named = |host: &Host| host.disk.names().contains(&"cut-below".to_string());
    for end in [4, 6] {
        assert!(named(&host), "{end}");
        host.append(&mut log, 9, &batch(2, 10)).unwrap();
        let flush = log.next_flush(FlushUpTo::End).unwrap();
        host.sync(&flush.what);
        host.with(|env| log.on_flushed(flush.ticket, Ok(()), Offset(5), env)).unwrap();
    }
    assert!(named(&host), "an old checkpoint of six is no high watermark yet");
    assert_eq!(log.sure_high_watermark(Offset(6)), Offset(2));
    host.append(&mut log, 9, &batch(2, 10)).unwrap();
    host.flush(&mut log);
    assert!(!named(&host), "no checkpoint promises more than there is");
    assert_eq!(log.sure_high_watermark(Offset(6)), Offset(6));
}

#[test]
fn a_flush_of_closed_segments_past_a_cut_removes_the_file_cut_below() {
    let mut host = Host::new();
    let mut log = filled(&mut host, 3);
    host.flush(&mut log);
    host.with(|env| log.bound(Offset(2), env)).unwrap();
    host.flush(&mut log);
    host.truncate(&mut log, 2);
    for _ in 0..12 {
        host.append(&mut log, 9, &batch(2, 100)).unwrap();
    }
    assert!(log.active().base >= Offset(6), "closed segments reach past the cut");
    let flush = log.next_flush(FlushUpTo::Roll).unwrap();
    host.sync(&flush.what);
    host.with(|env| log.on_flushed(flush.ticket, Ok(()), Offset(6), env)).unwrap();
    assert!(!host.disk.names().contains(&"cut-below".to_string()));
}

#[test]
fn the_file_cut_below_asks_for_a_flush_though_all_records_are_durable() {
    let mut host = Host::new();
    let mut log = filled(&mut host, 3);
    host.flush(&mut log);
    host.with(|env| log.bound(Offset(2), env)).unwrap();
    host.flush(&mut log);
    host.truncate(&mut log, 2);
    host.append(&mut log, 9, &batch(4, 10)).unwrap();
    let flush = log.next_flush(FlushUpTo::End).unwrap();
    host.sync(&flush.what);
    host.with(|env| log.on_flushed(flush.ticket, Ok(()), Offset(5), env)).unwrap();
    assert!(!log.owes_bound(Offset(5)));
    assert_eq!(log.next_flush(FlushUpTo::End), None);
    assert!(log.owes_bound(Offset(6)));
    host.flush(&mut log);
    assert!(!host.disk.names().contains(&"cut-below".to_string()));
    assert!(!log.owes_bound(Offset(6)));
}

#[test]
fn the_file_cut_below_counts_until_both_checkpoints_are_above_what_it_names() {
    for (recovery_point, high_watermark, counts) in [(10, 10, false), (7, 7, false), (10, 6, true), (6, 10, true)] {
        let one_file = LogConfig { segment_bytes: 10_000, ..CONFIG };
        let mut host = Host::new();
        let mut log = host.create_with(one_file);
        for at in 0..10 {
            host.append(&mut log, 0, &batch_of(None, 1, 40, at)).unwrap();
        }
        host.flush(&mut log);
        crash(&mut host, log);
        host.disk.put(&folder().join("cut-below"), b"0\n2 6\n");
        let bytes = host.disk.bytes_mut("00000000000000000000.log");
        let fifth = bytes.len() * 9 / 20;
        bytes[fifth] ^= 1;
        let (recovery_point, high_watermark) = (Offset(recovery_point), Offset(high_watermark));
        let loaded = host.load_with(one_file, LoadHints { recovery_point, high_watermark, ..HINTS });
        // Above the offset that is certainly durable, rot is taken for what a crash left.
        let end = if counts { Ok(Offset(4)) } else { Err(LogError::Corrupt(Offset(4))) };
        assert_eq!(loaded.map(|log| log.end()), end, "{recovery_point} {high_watermark}");
        assert_eq!(host.disk.names().contains(&"cut-below".to_string()), counts);
    }
}

#[test]
fn the_file_cut_below_covers_the_greater_checkpoint_of_an_earlier_life() {
    let mut host = Host::new();
    let mut log = filled(&mut host, 3);
    host.flush(&mut log);
    crash(&mut host, log);
    let hints = LoadHints { recovery_point: Offset(4), high_watermark: Offset(9), ..HINTS };
    let mut log = host.load(hints).unwrap();
    host.with(|env| log.bound(Offset(2), env)).unwrap();
    assert_eq!(*host.disk.bytes_mut("cut-below"), b"0\n2 9\n");
}

#[test]
fn a_later_cut_that_older_checkpoints_reach_beyond_is_written_down_anew() {
    let mut host = Host::new();
    let mut log = filled(&mut host, 3);
    host.with(|env| log.bound(Offset(2), env)).unwrap();
    host.flush(&mut log);
    host.truncate(&mut log, 2);
    // The log grows past the offset named in `cut-below`, and so do its checkpoints, without a flush after the
    // truncation.
    for _ in 0..4 {
        host.append(&mut log, 9, &batch(2, 10)).unwrap();
    }
    assert_eq!(log.end(), Offset(10));
    assert_eq!(host.with(|env| log.bound(Offset(4), env)), Ok(false), "checkpoints may promise ten");
    host.flush(&mut log);
    assert_eq!(host.with(|env| log.bound(Offset(4), env)), Ok(true));
}

#[test]
fn of_two_segments_that_overlap_below_what_was_durable_the_newer_history_is_not_dropped() {
    let mut host = Host::new();
    let mut log = host.create();
    for at in 0..6 {
        host.append(&mut log, 5, &batch_of(None, 1, 40, at)).unwrap();
    }
    host.flush(&mut log);
    let whole = host.disk.bytes_mut("00000000000000000000.log").clone();
    let mut old = Host::new();
    let mut stale = old.create();
    for at in 0..6 {
        old.append(&mut stale, 3, &batch_of(None, 1, 40, at)).unwrap();
    }
    let half = whole.len() / 2;
    let behind = old.disk.bytes_mut("00000000000000000000.log")[half..].to_vec();
    crash(&mut host, log);
    host.disk.put(&folder().join("00000000000000000003.log"), &behind);
    let hints = LoadHints { recovery_point: Offset(6), high_watermark: Offset(6), ..HINTS };
    assert_eq!(host.load(hints).unwrap_err(), LogError::Corrupt(Offset(3)));
    assert!(*host.disk.bytes_mut("00000000000000000000.log") == whole, "what was promised was cut");
}

/// Recovery points and high watermarks of a log that was truncated at its high watermark and continued in a new file,
/// of which two records are durable. The checkpoints name the base of the new file, or what they named before the
/// truncation.
const BEHIND_A_CUT: [(i64, i64); 3] = [(6, 4), (4, 4), (4, 6)];

#[test]
fn a_file_that_was_cut_is_as_short_on_the_disk_after_the_next_life() {
    for (recovery_point, high_watermark) in BEHIND_A_CUT {
        let mut host = Host::new();
        let mut log = filled(&mut host, 3);
        host.flush(&mut log);
        host.truncate(&mut log, 4);
        host.append(&mut log, 9, &batch(2, 100)).unwrap();
        let short = host.disk.bytes_mut("00000000000000000000.log").len();
        drop(log);
        // The process was only killed, so that the page cache is as it was.
        let (recovery_point, high_watermark) = (Offset(recovery_point), Offset(high_watermark));
        let hints = LoadHints { recovery_point, high_watermark, ..HINTS };
        let mut log = host.load(hints).unwrap();
        host.flush(&mut log);
        drop(log);
        host.disk.crash(&mut |bound| bound - 1);
        assert_eq!(host.disk.bytes_mut("00000000000000000000.log").len(), short, "{hints:?}");
        assert_eq!(host.load(hints).unwrap().end(), Offset(6));
    }
}

#[test]
fn what_a_power_loss_brings_back_behind_a_cut_is_cut_again() {
    for (recovery_point, high_watermark) in BEHIND_A_CUT {
        let mut host = Host::new();
        let mut log = filled(&mut host, 3);
        host.flush(&mut log);
        let long = host.disk.bytes_mut("00000000000000000000.log").clone();
        host.truncate(&mut log, 4);
        let short = host.disk.bytes_mut("00000000000000000000.log").len();
        host.append(&mut log, 9, &batch(2, 100)).unwrap();
        host.flush(&mut log);
        crash(&mut host, log);
        for bytes in [short + 70, long.len()] {
            *host.disk.bytes_mut("00000000000000000000.log") = long[..bytes].to_vec();
            let (recovery_point, high_watermark) = (Offset(recovery_point), Offset(high_watermark));
            let hints = LoadHints { recovery_point, high_watermark, ..HINTS };
            assert_eq!(host.load(hints).unwrap().end(), Offset(6));
            assert_eq!(host.disk.bytes_mut("00000000000000000000.log").len(), short, "{hints:?}");
        }
    }
}

#[test]
fn what_old_checkpoints_promise_is_known_when_the_word_of_a_cut_is_gone() {
    let mut host = Host::new();
    let mut log = filled(&mut host, 3);
    host.flush(&mut log);
    assert_eq!(host.with(|env| log.bound(Offset(4), env)), Ok(false));
    host.flush(&mut log);
    host.truncate(&mut log, 4);
    for _ in 0..2 {
        host.append(&mut log, 9, &batch(2, 10)).unwrap();
        host.flush(&mut log);
    }
    assert!(!host.disk.names().contains(&"cut-below".to_string()));
    assert_eq!((log.end(), log.promised()), (Offset(8), Offset(6)));
}

#[test]
fn indexes_that_reach_beyond_a_cut_are_made_anew() {
    for suffix in ["index", "timeindex"] {
        let mut host = Host::new();
        let mut log = host.create();
        for at in 0..4 {
            host.append(&mut log, 0, &batch_of(None, 2, 100, i64::from(at))).unwrap();
        }
        host.flush(&mut log);
        let name = format!("00000000000000000000.{suffix}");
        host.with(|env| log.stop(env)).unwrap();
        let long = host.disk.bytes_mut(&name).clone();
        let mut log = host.load(HINTS).unwrap();
        host.truncate(&mut log, 4);
        host.append(&mut log, 9, &batch(2, 100)).unwrap();
        host.flush(&mut log);
        let short = host.disk.bytes_mut(&name).clone();
        crash(&mut host, log);
        assert_ne!(long, short);
        *host.disk.bytes_mut(&name) = long;
        let hints = LoadHints { recovery_point: Offset(4), high_watermark: Offset(6), ..HINTS };
        let mut log = host.load(hints).unwrap();
        host.flush(&mut log);
        assert_eq!(*host.disk.bytes_mut(&name), short, "{suffix}");
    }
}

#[test]
fn a_segment_of_an_older_epoch_that_a_power_loss_brings_back_at_the_logs_end_goes() {
    let mut host = Host::new();
    let mut old = host.create();
    for at in 0..6 {
        host.append(&mut old, 3, &batch_of(None, 1, 40, at)).unwrap();
    }
    let whole = host.disk.bytes_mut("00000000000000000000.log");
    let behind = whole.split_off(whole.len() / 2);
    let mut host = Host::new();
    let mut log = host.create();
    for at in 0..3 {
        host.append(&mut log, 5, &batch_of(None, 1, 40, at)).unwrap();
    }
    host.flush(&mut log);
    crash(&mut host, log);
    host.disk.put(&folder().join("00000000000000000003.log"), &behind);
    let log = host.load(HINTS).unwrap();
    assert_eq!((log.end(), host.missing()), (Offset(3), None));
    assert!(!host.disk.names().contains(&"00000000000000000003.log".to_string()));
}

#[test]
fn after_a_clean_stop_the_word_of_a_cut_is_of_no_more_use() {
    let mut host = Host::new();
    let mut log = filled(&mut host, 3);
    host.flush(&mut log);
    assert_eq!(host.with(|env| log.bound(Offset(2), env)), Ok(false));
    host.flush(&mut log);
    host.truncate(&mut log, 2);
    let log = host.restart(log);
    assert_eq!((log.end(), log.sure_high_watermark(Offset(2))), (Offset(2), Offset(2)));
    assert!(!host.disk.names().contains(&"cut-below".to_string()));
}
