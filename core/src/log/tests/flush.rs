//! What is durable, and when.

use super::*;

#[test]
fn a_flush_covers_what_was_appended_before_it_began() {
    let mut host = Host::new();
    let mut log = host.create();
    host.append(&mut log, 0, &batch(2, 10)).unwrap();
    let flush = log.next_flush(FlushUpTo::End).unwrap();
    host.append(&mut log, 0, &batch(1, 10)).unwrap();
    assert_eq!(log.next_flush(FlushUpTo::End), None, "one at a time");
    host.with(|env| log.on_flushed(flush.ticket, Ok(()), Offset(i64::MAX), env)).unwrap();
    assert_eq!((log.flushed(), log.recovery_point(), log.unflushed_records()), (Offset(2), Offset(2), 1));
    let next = log.next_flush(FlushUpTo::End).unwrap();
    assert_eq!(next.what, [SyncWhat::File(log.active().file)], "names are durable since the first");
    host.with(|env| log.on_flushed(next.ticket, Ok(()), Offset(i64::MAX), env)).unwrap();
    assert_eq!(log.flushed(), Offset(3));
    assert_eq!(log.next_flush(FlushUpTo::End), None);
}

#[test]
fn across_a_roll_both_files_are_synced_with_their_names_and_the_snapshot() {
    let mut host = Host::new();
    let mut log = host.create();
    for _ in 0..4 {
        host.append(&mut log, 0, &batch(1, 300)).unwrap();
    }
    let flush = log.next_flush(FlushUpTo::End).unwrap();
    for segment in &log.segments {
        assert!(flush.what.contains(&SyncWhat::File(segment.file)));
    }
    for name in ["00000000000000000000.index", "00000000000000000002.snapshot", "leader-epoch-checkpoint"] {
        assert!(flush.what.contains(&SyncWhat::Path(folder().join(name))), "{name}");
    }
    assert!(flush.what.contains(&SyncWhat::Dir(folder())) && flush.what.contains(&SyncWhat::Dir(folder().parent())));
}

#[test]
fn a_roll_alone_may_be_flushed() {
    let mut host = Host::new();
    let mut log = host.create();
    assert_eq!(log.next_flush(FlushUpTo::Roll), None);
    for _ in 0..4 {
        host.append(&mut log, 0, &batch(1, 300)).unwrap();
    }
    let flush = log.next_flush(FlushUpTo::Roll).unwrap();
    assert!(!flush.what.contains(&SyncWhat::File(log.active().file)));
    host.with(|env| log.on_flushed(flush.ticket, Ok(()), Offset(i64::MAX), env)).unwrap();
    assert_eq!(log.recovery_point(), Offset(2));
    assert!(!log.has_unflushed_roll());
}

#[test]
fn a_failed_flush_is_the_end() {
    let mut host = Host::new();
    let mut log = host.create();
    host.append(&mut log, 0, &batch(2, 10)).unwrap();
    let flush = log.next_flush(FlushUpTo::End).unwrap();
    let failed = host.with(|env| log.on_flushed(flush.ticket, Err(FileError::Io), Offset(i64::MAX), env));
    assert_eq!(failed, Err(LogError::Disk(FileError::Io)));
    assert_eq!(log.flushed(), Offset(0));
    assert!(matches!(host.append(&mut log, 0, &batch(1, 10)), Err(AppendError::Failed(_))));
}

#[cfg(feature = "mutants")]
#[test]
fn mutant_m35_counts_a_failed_flush_as_done() {
    let mut host = Host::new();
    host.mutant = Some(Mutant::M35);
    let mut log = host.create();
    host.append(&mut log, 0, &batch(2, 10)).unwrap();
    let flush = log.next_flush(FlushUpTo::End).unwrap();
    host.with(|env| log.on_flushed(flush.ticket, Err(FileError::Io), Offset(i64::MAX), env)).unwrap();
    assert_eq!(log.flushed(), Offset(2));
}

#[test]
fn a_flush_that_a_truncation_overtook_advances_nothing() {
    let mut host = Host::new();
    let mut log = host.create();
    for _ in 0..4 {
        host.append(&mut log, 0, &batch(1, 300)).unwrap();
    }
    let flush = log.next_flush(FlushUpTo::End).unwrap();
    host.truncate(&mut log, 1);
    host.append(&mut log, 1, &batch(3, 10)).unwrap();
    // The truncation has removed the snapshot that was to be synced. That is no failure of the disk.
    host.with(|env| log.on_flushed(flush.ticket, Err(FileError::NotFound), Offset(i64::MAX), env)).unwrap();
    assert_eq!(log.flushed(), Offset(0));
    host.flush(&mut log);
    assert_eq!(log.flushed(), log.end());
}

#[test]
fn the_oldest_unflushed_append_is_known() {
    let mut host = Host::new();
    let mut log = host.create();
    assert_eq!(log.oldest_unflushed(), None);
    host.now.mono = Instant(10);
    host.append(&mut log, 0, &batch(1, 10)).unwrap();
    host.now.mono = Instant(20);
    host.append(&mut log, 0, &batch(1, 10)).unwrap();
    assert_eq!(log.oldest_unflushed(), Some(Instant(10)));
    let flush = log.next_flush(FlushUpTo::End).unwrap();
    host.now.mono = Instant(30);
    host.append(&mut log, 0, &batch(1, 10)).unwrap();
    assert_eq!(log.oldest_unflushed(), Some(Instant(10)), "not durable as yet");
    host.with(|env| log.on_flushed(flush.ticket, Ok(()), Offset(i64::MAX), env)).unwrap();
    assert_eq!(log.oldest_unflushed(), Some(Instant(30)));
}

#[test]
fn the_recovery_point_waits_for_epochs_that_a_full_disk_refused() {
    let mut host = Host::new();
    let mut log = host.create();
    host.flush(&mut log);
    host.append(&mut log, 0, &batch(1, 10)).unwrap();
    host.disk.fail_replace = Some(FileError::NoSpace);
    assert_eq!(host.append(&mut log, 5, &batch(1, 10)), new(1, 1));
    host.flush(&mut log);
    assert_eq!((log.flushed(), log.recovery_point()), (Offset(2), Offset(0)));
    host.disk.fail_replace = None;
    host.append(&mut log, 5, &batch(1, 10)).unwrap();
    host.flush(&mut log);
    assert_eq!(log.recovery_point(), Offset(3));
}
