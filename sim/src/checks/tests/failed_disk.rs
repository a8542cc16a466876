//! What is demanded of a log whose disk failed, and what is not.

use super::stage::{HOME, Stage, batch, bytes_of, real};
use crate::checks::Check;
use crate::observer::DiskFaultSeen;
use gracchus_core::types::NodeId;

#[test]
fn an_append_after_a_failed_sync_shows() {
    let mut stage = Stage::new();
    stage.disk(1, DiskFaultSeen::SyncFailed);
    stage.disk(1, DiskFaultSeen::SyncFailureTold);
    stage.appends(1, batch(0, 1, 9), true);
    stage.breaks(Check::NoAppendAfterFailedSync);
}

#[test]
fn an_append_after_a_failed_write_shows() {
    let mut stage = Stage::new();
    stage.appends(1, batch(0, 1, 9), true);
    stage.disk(1, DiskFaultSeen::WriteFailed);
    stage.is_clean();
    stage.appends(1, batch(1, 1, 9), true);
    stage.breaks(Check::NoAppendAfterFailedSync);
}

#[test]
fn a_shard_may_append_until_it_is_told_of_a_failed_sync_even_where_its_process_stood_still_meanwhile() {
    let mut stage = Stage::new();
    stage.disk(1, DiskFaultSeen::SyncFailed);
    stage.pass_ms(5_000);
    stage.appends(1, batch(0, 1, 9), true);
    stage.is_clean();
}

#[test]
fn nothing_is_durable_after_a_failed_sync() {
    let mut stage = Stage::new();
    stage.appends(1, batch(0, 1, 9), true);
    stage.disk(1, DiskFaultSeen::SyncFailed);
    stage.flushed(1, 1);
    stage.breaks(Check::NoAppendAfterFailedSync);
}

#[test]
fn a_full_disk_takes_writes_again_when_there_is_room() {
    let mut stage = Stage::new();
    stage.disk(1, DiskFaultSeen::NoSpace);
    stage.pass_ms(5_000);
    stage.appends(1, batch(0, 1, 9), true);
    stage.flushed(1, 1);
    stage.is_clean();
}

#[test]
fn a_log_that_was_loaded_again_after_a_failed_sync_may_grow() {
    let mut stage = Stage::new();
    stage.disk(2, DiskFaultSeen::SyncFailed);
    stage.disk(2, DiskFaultSeen::SyncFailureTold);
    stage.kill(2);
    stage.start(2, Some(Vec::new()));
    stage.loaded(2, 0);
    stage.follows(2, 1, 1);
    stage.pass_ms(5_000);
    stage.appends(2, batch(0, 1, 9), false);
    stage.is_clean();
}

#[test]
fn going_offline_after_a_failed_sync_is_what_counts_as_looked_at() {
    let mut stage = Stage::new();
    stage.offline(2);
    stage.disk(1, DiskFaultSeen::SyncFailed);
    assert_eq!(stage.judge.found().count(Check::NoAppendAfterFailedSync), 0);
    stage.offline(1);
    assert_eq!(stage.judge.found().count(Check::NoAppendAfterFailedSync), 1);
    // What a call says stands before what fails in it.
    stage.offline(3);
    stage.disk(3, DiskFaultSeen::WriteFailed);
    stage.disk(3, DiskFaultSeen::WriteFailed);
    assert_eq!(stage.judge.found().count(Check::NoAppendAfterFailedSync), 2);
}

/// A sync fails under node 2, which is killed, starts in the same boot with what the page cache shows, calls it durable,
/// and loses its power, and with that the record.
fn flushed_again_in_the_same_boot(before_the_kill: impl FnOnce(&mut Stage)) -> Stage {
    let mut stage = Stage::new();
    stage.commit(1, 1, 0);
    stage.disk(2, DiskFaultSeen::SyncFailed);
    before_the_kill(&mut stage);
    stage.kill(2);
    stage.start(2, Some(bytes_of(0, 1)));
    stage.loaded(2, 1);
    stage.flushed(2, 1);
    stage.power_loss(2);
    stage.start(2, Some(Vec::new()));
    stage
}

#[test]
fn a_node_that_heard_of_a_failed_sync_has_to_write_once_more() {
    flushed_again_in_the_same_boot(|stage| stage.offline(2)).breaks(Check::RecoveryPrefix);
}

#[test]
fn the_page_cache_lies_to_a_node_that_died_before_it_heard_of_a_failed_sync() {
    flushed_again_in_the_same_boot(|_| {}).is_clean();
}

#[test]
fn the_page_cache_lies_to_a_node_that_could_not_write_down_that_a_sync_failed() {
    flushed_again_in_the_same_boot(|stage| {
        stage.disk_at(2, "sync-failed", DiskFaultSeen::NoSpace);
        stage.offline(2);
    })
    .is_clean();
}

#[test]
fn after_a_power_loss_the_page_cache_tells_the_truth_again() {
    let mut stage = flushed_again_in_the_same_boot(|_| {});
    stage.loaded(2, 0);
    stage.follows(2, 1, 1);
    stage.appends(2, real(0, 1), false);
    stage.flushed(2, 1);
    stage.power_loss(2);
    stage.start(2, Some(Vec::new()));
    stage.breaks(Check::RecoveryPrefix);
}

/// Whether only another disk helps node 2, which has come upon bad bytes that it may not cut.
fn is_spoilt(stage: &mut Stage) -> bool {
    stage.offline(2);
    let partition = stage.judge.model().partition(HOME).expect("it is there");
    partition.replica(NodeId(2)).expect("it has one").is_spoilt()
}

#[test]
fn a_log_is_spoilt_in_every_life_until_its_disk_is_another_once_a_power_loss_took_what_a_lying_sync_had_covered() {
    let mut stage = flushed_again_in_the_same_boot(|_| {});
    assert!(is_spoilt(&mut stage));
    stage.kill(2);
    stage.start(2, Some(Vec::new()));
    assert!(is_spoilt(&mut stage));
    stage.power_loss(2);
    stage.start(2, Some(Vec::new()));
    assert!(is_spoilt(&mut stage));
    stage.kill(2);
    stage.judge.on_wiped(NodeId(2));
    stage.start(2, None);
    assert!(!is_spoilt(&mut stage));
}

#[test]
fn a_log_that_was_loaded_has_no_hole_that_spoils_it() {
    let mut stage = flushed_again_in_the_same_boot(|_| {});
    stage.loaded(2, 0);
    assert!(!is_spoilt(&mut stage));
}

#[test]
fn a_log_whose_disk_did_not_lie_is_not_spoilt_by_what_a_power_loss_took() {
    let mut stage = Stage::new();
    stage.commit(1, 1, 0);
    stage.power_loss(2);
    stage.start(2, Some(Vec::new()));
    assert!(!is_spoilt(&mut stage));
}

/// Node 2 has a hole below what its checkpoints call durable, perhaps loses its power again as it starts, and loads its log
/// up to `end`.
fn loaded_over_a_hole(promised: i64, end: i64, crashes: bool) -> Stage {
    let mut stage = Stage::new();
    for base in 0..3 {
        stage.commit(1, 1, base);
    }
    stage.disk(2, DiskFaultSeen::SyncFailed);
    stage.kill(2);
    stage.start(2, Some((0..3).flat_map(|base| bytes_of(base, 1)).collect()));
    stage.loaded(2, 3);
    stage.flushed(2, 3);
    stage.power_loss(2);
    let checkpoint = format!("0\n1\norders 0 {promised}\n");
    let checkpoints = [
        ("recovery-point-offset-checkpoint", checkpoint.as_str()),
        ("replication-offset-checkpoint", checkpoint.as_str()),
    ];
    stage.start_with(2, Some(bytes_of(0, 1)), &checkpoints);
    if crashes {
        stage.power_loss(2);
        stage.start_with(2, Some(bytes_of(0, 1)), &checkpoints);
    }
    stage.loaded(2, end);
    stage
}

#[test]
fn a_start_does_not_see_a_hole_that_a_lying_sync_left_below_what_is_called_durable() {
    for crashes in [false, true] {
        let mut stage = loaded_over_a_hole(3, 3, crashes);
        stage.is_clean();
        assert!(is_spoilt(&mut stage), "only another disk helps once it comes upon the hole");
        loaded_over_a_hole(1, 1, crashes).is_clean();
    }
}

#[test]
fn a_start_sees_a_hole_above_what_is_called_durable() {
    loaded_over_a_hole(1, 3, false).breaks(Check::RecoveryPrefix);
}
