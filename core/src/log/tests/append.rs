//! Appends, rolls, duplicates, and disks that are full or fail.

use super::*;

#[test]
fn offsets_follow_each_other() {
    let mut host = Host::new();
    let mut log = host.create();
    assert_eq!(host.append(&mut log, 3, &batch(3, 10)), new(0, 2));
    assert_eq!(host.append(&mut log, 3, &batch(1, 10)), new(3, 3));
    assert_eq!((log.end(), log.latest_epoch()), (Offset(4), Some(LeaderEpoch(3))));
    let read = host.read_all(&mut log, Offset(0)).unwrap();
    assert_eq!(bases(&read), [0, 3]);
    assert!(Batches::new(read).flatten().all(|it| it.is_intact() && it.header().leader_epoch == Some(LeaderEpoch(3))));
}

#[test]
fn a_retry_is_answered_with_its_original_and_appended_once() {
    let mut host = Host::new();
    let mut log = host.create();
    let sent = batch_of(Some((5, 0, 0)), 2, 10, 0);
    assert_eq!(host.append(&mut log, 0, &sent), new(0, 1));
    assert_eq!(host.append(&mut log, 0, &batch(1, 1)), new(2, 2));
    let original = Appended::Duplicate { base: Offset(0), last: Offset(1) };
    assert_eq!(host.append(&mut log, 0, &sent), Ok(original));
    assert_eq!(log.end(), Offset(3));
    let gap = host.append(&mut log, 0, &batch_of(Some((5, 0, 7)), 1, 10, 0));
    assert!(matches!(gap, Err(AppendError::Refused(ErrorCode::OutOfOrderSequenceNumber, _))));
}

#[cfg(feature = "mutants")]
#[test]
fn mutant_m05_appends_a_retry_again() {
    let mut host = Host::new();
    host.mutant = Some(Mutant::M05);
    let mut log = host.create();
    let sent = batch_of(Some((5, 0, 0)), 2, 10, 0);
    assert_eq!(host.append(&mut log, 0, &sent), new(0, 1));
    assert_eq!(host.append(&mut log, 0, &sent), new(2, 3));
}

#[test]
fn an_epoch_that_the_log_never_had_ends_where_the_next_begins() {
    let mut host = Host::new();
    let mut log = host.create();
    host.append(&mut log, 1, &batch(2, 10)).unwrap();
    host.append(&mut log, 5, &batch(2, 10)).unwrap();
    let known = Some((LeaderEpoch(1), Offset(2)));
    assert_eq!(host.with(|env| log.end_of_epoch(LeaderEpoch(3), env)), known);
    assert_eq!(host.with(|env| log.end_of_epoch(LeaderEpoch(1), env)), known);
}

#[cfg(feature = "mutants")]
#[test]
fn mutant_m19_does_not_know_an_epoch_that_it_never_had() {
    let mut host = Host::new();
    host.mutant = Some(Mutant::M19);
    let mut log = host.create();
    host.append(&mut log, 1, &batch(2, 10)).unwrap();
    host.append(&mut log, 5, &batch(2, 10)).unwrap();
    assert_eq!(host.with(|env| log.end_of_epoch(LeaderEpoch(3), env)), None);
    assert!(host.with(|env| log.end_of_epoch(LeaderEpoch(1), env)).is_some());
}

#[test]
fn a_full_segment_is_followed_by_the_next_with_a_producer_snapshot() {
    let mut host = Host::new();
    let mut log = host.create();
    for _ in 0..4 {
        host.append(&mut log, 0, &batch(1, 300)).unwrap();
    }
    let names = host.disk.names();
    for name in ["00000000000000000002.log", "00000000000000000002.index", "00000000000000000002.timeindex"] {
        assert!(names.iter().any(|it| it == name), "{name} in {names:?}");
    }
    assert!(names.iter().any(|it| it == "00000000000000000002.snapshot"));
    assert!(log.has_unflushed_roll());
    assert_eq!(bases(&host.read_all(&mut log, Offset(0)).unwrap()), [0, 1, 2, 3]);
}

#[test]
fn a_segment_ends_by_the_records_own_time() {
    let mut host = Host::new();
    let mut log = host.create_with(LogConfig { segment_ms: 100, ..CONFIG });
    for (at, segments) in [(5000, 1), (5100, 1), (5101, 2), (5050, 2)] {
        host.append(&mut log, 0, &batch_of(None, 1, 10, at)).unwrap();
        assert_eq!(log.segments.len(), segments, "{at}");
    }
}

#[test]
fn an_index_without_room_ends_its_segment() {
    let mut host = Host::new();
    let mut log = host.create_with(LogConfig { segment_index_bytes: 24, index_interval_bytes: 0, ..CONFIG });
    // Three entries fill the offset index, and the first batch of a segment needs none.
    for segments in [1, 1, 1, 1, 2] {
        host.append(&mut log, 0, &batch_of(None, 1, 10, -1)).unwrap();
        assert_eq!(log.segments.len(), segments);
    }
}

#[test]
fn a_batch_larger_than_a_segment_is_refused() {
    let mut host = Host::new();
    let mut log = host.create();
    let refused = host.append(&mut log, 0, &batch(1, 1000));
    assert!(matches!(refused, Err(AppendError::Refused(ErrorCode::RecordListTooLarge, _))));
}

#[test]
fn a_full_disk_refuses_and_the_log_goes_on_when_there_is_room() {
    let mut host = Host::new();
    let mut log = host.create();
    let sent = batch_of(Some((5, 0, 0)), 2, 10, 0);
    host.disk.fail_append = Some((FileError::NoSpace, 40));
    assert_eq!(host.append(&mut log, 0, &sent), Err(AppendError::Denied(FileError::NoSpace)));
    assert_eq!((log.end(), log.cached_bytes()), (Offset(0), 0));
    assert_eq!(host.disk.bytes_mut("00000000000000000000.log").len(), 0);
    host.disk.fail_append = None;
    // P3: the failed append has not changed producer state.
    assert_eq!(host.append(&mut log, 0, &sent), new(0, 1));
}

#[test]
fn a_full_disk_at_a_roll_refuses_and_goes_on_too() {
    let mut host = Host::new();
    let mut log = host.create();
    host.append(&mut log, 0, &batch(1, 800)).unwrap();
    host.disk.fail_replace = Some(FileError::NoSpace);
    assert_eq!(host.append(&mut log, 0, &batch(1, 300)), Err(AppendError::Denied(FileError::NoSpace)));
    assert_eq!(host.append(&mut log, 0, &batch(1, 1)), new(1, 1), "there is room in the old segment");
    host.disk.fail_replace = None;
    assert_eq!(host.append(&mut log, 0, &batch(1, 300)), new(2, 2));
    assert_eq!(log.segments.len(), 2);
}

#[test]
fn a_failed_disk_or_a_failed_cut_ends_the_use_of_the_log() {
    for (append, cut) in [(FileError::Io, None), (FileError::NoSpace, Some(FileError::Io))] {
        let mut host = Host::new();
        let mut log = host.create();
        host.append(&mut log, 0, &batch(1, 10)).unwrap();
        (host.disk.fail_append, host.disk.fail_truncate) = (Some((append, 10)), cut);
        assert!(matches!(host.append(&mut log, 0, &batch(1, 10)), Err(AppendError::Failed(_))));
        (host.disk.fail_append, host.disk.fail_truncate) = (None, None);
        // KAFKA-10778: the log stays failed.
        assert!(matches!(host.append(&mut log, 0, &batch(1, 10)), Err(AppendError::Failed(_))));
        assert_eq!(log.next_flush(FlushUpTo::End), None);
    }
}

#[test]
fn a_failing_index_is_nobodys_error() {
    let mut host = Host::new();
    let config = LogConfig { segment_bytes: 1 << 20, index_interval_bytes: 0, ..CONFIG };
    let mut log = host.create_with(config);
    for at in 0..400 {
        host.append(&mut log, 0, &batch(1, 10)).unwrap();
        if at == 10 {
            host.disk.bytes_mut("00000000000000000000.index").extend_from_slice(&[1, 2, 3]);
        }
    }
    let mut log = host.restart(log);
    assert_eq!(host.disk.reads, 0, "the index was written whole at the stop");
    assert_eq!(bases(&host.read(&mut log, Offset(399), Offset(400), 1).unwrap()), [399]);
}

#[test]
fn a_follower_takes_what_the_leader_stored_and_its_epochs() {
    let mut host = Host::new();
    let mut leader = host.create();
    for epoch in [0, 0, 4, 4, 9] {
        host.append(&mut leader, epoch, &batch_of(Some((1, epoch as i16, 0)), 2, 200, 0)).ok();
    }
    let stored = host.read_all(&mut leader, Offset(0)).unwrap();
    let mut other = Host::new();
    let mut follower = other.create();
    let appended = other.follow(&mut follower, &stored).unwrap();
    assert_eq!(appended, Some((Offset(0), Offset(leader.end().0 - 1))));
    assert!(other.read_all(&mut follower, Offset(0)).unwrap() == stored);
    assert_eq!((&follower.epochs, &follower.producers), (&leader.epochs, &leader.producers));
    assert_eq!(follower.segments.len(), leader.segments.len());
}

#[test]
fn a_follower_refuses_what_is_bad_and_keeps_what_came_before() {
    let mut host = Host::new();
    let mut leader = host.create();
    for epoch in [3, 3, 3] {
        host.append(&mut leader, epoch, &batch(2, 50)).unwrap();
    }
    let stored = host.read_all(&mut leader, Offset(0)).unwrap();
    let one = stored.len() / 3;
    let code = |refused| match refused {
        Err(AppendError::Refused(code, _)) => code,
        other => panic!("{other:?}"),
    };
    let mut other = Host::new();
    let mut follower = other.create();
    assert_eq!(other.follow(&mut follower, &stored.slice(..one - 1)), Ok(None), "a batch cut short by a limit");
    let mut spoilt = stored.to_vec();
    spoilt[one + 70] ^= 1;
    assert_eq!(other.follow(&mut follower, &spoilt.clone().into()), Ok(Some((Offset(0), Offset(1)))));
    assert_eq!(code(other.follow(&mut follower, &Bytes::from(spoilt).slice(one..))), ErrorCode::CorruptMessage);
    assert_eq!(code(other.follow(&mut follower, &stored)), ErrorCode::OffsetOutOfRange);
    other.with(|env| follower.assign_epoch(LeaderEpoch(4), env)).unwrap();
    assert_eq!(code(other.follow(&mut follower, &stored.slice(one..))), ErrorCode::CorruptMessage, "an old epoch");
    assert_eq!(follower.end(), Offset(2));
}

#[test]
fn every_append_is_traced_with_the_stored_checksum() {
    let mut host = Host::new();
    let mut log = host.create();
    let sent = batch(2, 10);
    host.append(&mut log, 6, &sent).unwrap();
    let crc = sent.header().crc;
    let (partition, epoch) = (PARTITION, LeaderEpoch(6));
    let expected = TraceEvent::Appended { partition, base: Offset(0), last: Offset(1), epoch, crc, as_leader: true };
    // The first event says that the log was created.
    assert_eq!(host.trace[1..], [expected]);
}

#[test]
fn a_segment_before_whose_first_batch_another_one_was_denied_is_found_after_a_power_loss() {
    let mut host = Host::new();
    let mut log = host.create();
    for _ in 0..4 {
        host.append(&mut log, 1, &batch(1, 300)).unwrap();
    }
    host.flush(&mut log);
    let base = log.active().base;
    host.truncate(&mut log, base.0);
    let (first, other) = (batch(1, 50), batch(1, 60));
    // The snapshot that names the batch is written, and the batch is not.
    host.disk.fail_append = Some((FileError::NoSpace, 0));
    assert!(host.append(&mut log, 2, &first).is_err());
    // For a snapshot that names another batch there is no room.
    (host.disk.fail_append, host.disk.fail_replace) = (None, Some(FileError::NoSpace));
    assert!(host.append(&mut log, 2, &other).is_err());
    host.disk.fail_replace = None;
    host.append(&mut log, 2, &first).unwrap();
    host.flush(&mut log);
    let (end, point) = (log.end(), log.recovery_point());
    drop(log);
    host.disk.crash(&mut |_| 1);
    // The checkpoints were not written since: nothing says that the segment was durable.
    let log = host.load(LoadHints { recovery_point: base, high_watermark: base, ..HINTS }).unwrap();
    assert_eq!((log.end(), point), (end, end));
}
