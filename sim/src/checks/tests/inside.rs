//! White-box checks.

use super::stage::{HOME, Stage, batch, bytes_of, real};
use crate::checks::Check;
use crate::ledger::Row;
use crate::observer::DiskFaultSeen;
use gracchus_core::types::StartCause;

#[test]
fn a_healthy_partition_passes_and_is_looked_at() {
    let mut stage = Stage::new();
    for base in 0..5 {
        stage.commit(1, 1, base);
        stage.acknowledges(1, 1, base, base + 1, -1);
    }
    stage.decide(2, Some(2), &[1, 2, 3]);
    stage.leads(2, 2, 5);
    stage.follows(1, 2, 2);
    stage.follows(3, 2, 2);
    stage.commit(2, 2, 5);
    stage.is_clean();
    for check in [
        Check::BatchOrder,
        Check::LogBounds,
        Check::HighWatermarkMonotonic,
        Check::HighWatermarkQuorum,
        Check::LeaderCompleteness,
        Check::IsrCompleteness,
        Check::AckBehindHighWatermark,
        Check::OneLeaderPerEpoch,
        Check::ImageEpochs,
        Check::EpochOffsetIdentity,
    ] {
        stage.looked(check);
    }
}

#[test]
fn an_append_that_leaves_a_gap_breaks_the_order() {
    let mut stage = Stage::new();
    stage.appends(1, batch(1, 1, 9), true);
    stage.appends(1, batch(3, 1, 9), true);
    stage.breaks(Check::BatchOrder);
}

#[test]
fn an_epoch_that_falls_breaks_the_order() {
    let mut stage = Stage::new();
    stage.appends(2, batch(0, 1, 9), false);
    stage.appends(2, batch(1, 0, 9), false);
    stage.breaks(Check::BatchOrder);
}

#[test]
fn a_leader_that_appends_under_another_epoch_breaks_the_order() {
    let mut stage = Stage::new();
    stage.appends(1, batch(0, 2, 9), true);
    stage.breaks(Check::BatchOrder);
}

#[test]
fn a_follower_that_appends_what_is_of_a_later_epoch_breaks_the_order() {
    let mut stage = Stage::new();
    stage.appends(2, batch(0, 2, 9), false);
    stage.breaks(Check::BatchOrder);
}

#[test]
fn two_contents_at_one_offset_of_one_epoch_are_told_apart() {
    let mut stage = Stage::new();
    stage.appends(1, batch(0, 1, 9), true);
    stage.appends(2, batch(0, 1, 8), false);
    stage.breaks(Check::EpochOffsetIdentity);
}

#[test]
fn a_high_watermark_above_the_log_is_out_of_bounds() {
    let mut stage = Stage::new();
    stage.high_watermark(1, 1, 1, true);
    stage.breaks(Check::LogBounds);
}

#[test]
fn a_high_watermark_that_falls_under_one_leadership_shows() {
    let mut stage = Stage::new();
    stage.commit(1, 1, 0);
    stage.commit(1, 1, 1);
    stage.high_watermark(1, 1, 1, true);
    stage.breaks(Check::HighWatermarkMonotonic);
}

#[test]
fn a_follower_whose_high_watermark_no_leader_ever_had_shows() {
    let mut stage = Stage::new();
    stage.appends(1, batch(0, 1, 9), true);
    stage.appends(2, batch(0, 1, 9), false);
    stage.high_watermark(2, 1, 1, false);
    stage.breaks(Check::HighWatermarkMonotonic);
}

#[test]
fn a_high_watermark_over_what_a_member_has_not_reported_shows() {
    let mut stage = Stage::new();
    stage.appends(1, batch(0, 1, 9), true);
    stage.appends(2, batch(0, 1, 9), false);
    stage.follower_at(1, 1, 2, 1);
    stage.high_watermark(1, 1, 1, true);
    stage.breaks(Check::HighWatermarkQuorum);
}

#[test]
fn a_high_watermark_that_moves_below_min_insync_replicas_shows() {
    let mut stage = Stage::new();
    stage.decide(1, Some(1), &[1]);
    stage.takes_isr(1, 1);
    stage.appends(1, batch(0, 1, 9), true);
    stage.high_watermark(1, 1, 1, true);
    stage.breaks(Check::HighWatermarkQuorum);
}

#[test]
fn a_shrunk_in_sync_set_waits_for_its_members_only() {
    let mut stage = Stage::new();
    stage.decide(1, Some(1), &[1, 2]);
    stage.takes_isr(1, 1);
    stage.appends(1, batch(0, 1, 9), true);
    stage.appends(2, batch(0, 1, 9), false);
    stage.follower_at(1, 1, 2, 1);
    stage.high_watermark(1, 1, 1, true);
    stage.is_clean();
}

#[test]
fn an_acknowledgement_ahead_of_the_high_watermark_shows() {
    let mut stage = Stage::new();
    stage.appends(1, batch(0, 1, 9), true);
    stage.acknowledges(1, 1, 0, 1, -1);
    stage.breaks(Check::AckBehindHighWatermark);
}

#[test]
fn acks_1_is_answered_at_the_append() {
    let mut stage = Stage::new();
    stage.appends(1, batch(0, 1, 9), true);
    stage.acknowledges(1, 1, 0, 1, 1);
    stage.is_clean();
}

#[test]
fn an_acknowledgement_of_what_the_leader_does_not_have_shows() {
    let mut stage = Stage::new();
    stage.acknowledges(1, 1, 0, 1, 1);
    stage.breaks(Check::AckIdentity);
}

#[test]
fn two_leaders_of_one_epoch_and_a_leader_that_nobody_named_show() {
    let mut stage = Stage::new();
    stage.leads(2, 1, 0);
    stage.breaks(Check::OneLeaderPerEpoch);
    let mut stage = Stage::new();
    stage.leads(2, 2, 0);
    stage.breaks(Check::OneLeaderPerEpoch);
}

#[test]
fn another_leader_without_another_epoch_shows() {
    let mut stage = Stage::new();
    stage.decide(1, Some(2), &[1, 2, 3]);
    stage.breaks(Check::ImageEpochs);
}

#[test]
fn a_leader_that_is_not_in_sync_shows() {
    let mut stage = Stage::new();
    stage.decide(2, Some(2), &[1, 3]);
    stage.breaks(Check::ImageEpochs);
}

#[test]
fn a_new_leader_that_lacks_a_committed_record_shows() {
    let mut stage = Stage::new();
    stage.commit(1, 1, 0);
    stage.decide(1, Some(1), &[1, 3]);
    stage.takes_isr(1, 1);
    stage.truncates(2, 1, 0);
    stage.decide(2, Some(2), &[1, 2, 3]);
    stage.leads(2, 2, 0);
    stage.breaks(Check::LeaderCompleteness);
}

#[test]
fn a_new_leader_with_another_record_in_its_place_shows() {
    let mut stage = Stage::new();
    stage.decide(1, Some(1), &[1, 3]);
    stage.takes_isr(1, 1);
    stage.appends(1, batch(0, 1, 9), true);
    stage.appends(3, batch(0, 1, 9), false);
    stage.follower_at(1, 1, 3, 1);
    stage.high_watermark(1, 1, 1, true);
    stage.appends(2, batch(0, 0, 8), false);
    stage.decide(2, Some(2), &[1, 2, 3]);
    stage.leads(2, 2, 1);
    stage.breaks(Check::LeaderCompleteness);
}

#[test]
fn an_in_sync_replica_that_cuts_off_a_committed_record_shows() {
    let mut stage = Stage::new();
    stage.commit(1, 1, 0);
    stage.truncates(2, 1, 0);
    stage.breaks(Check::IsrCompleteness);
}

/// Node `node` loses its power and finds nothing on its disk.
fn lose_everything(stage: &mut Stage, node: i32) {
    stage.power_loss(node);
    stage.start(node, Some(Vec::new()));
    stage.loaded(node, 0);
}

#[test]
fn the_last_replica_standing_may_lose_what_its_disk_had_not() {
    let mut stage = Stage::new();
    stage.commit(1, 1, 0);
    stage.decide(1, Some(1), &[1]);
    stage.takes_isr(1, 1);
    lose_everything(&mut stage, 1);
    stage.decide(2, Some(1), &[1]);
    stage.leads(1, 2, 0);
    stage.is_clean();
    let losses = stage.judge.expected_losses();
    assert_eq!(losses.len(), 1);
    assert_eq!((losses[0].from, losses[0].to, losses[0].row), (0, 1, Row::LastReplicaLossy));
}

#[test]
fn a_lossy_replica_must_not_be_elected_while_a_sound_one_is_in_sync() {
    let mut stage = Stage::new();
    stage.commit(1, 1, 0);
    lose_everything(&mut stage, 1);
    stage.decide(2, Some(1), &[1, 2, 3]);
    stage.leads(1, 2, 0);
    stage.breaks(Check::LeaderCompleteness);
}

#[test]
fn what_a_lossy_replica_fetched_again_it_must_not_lack() {
    let mut stage = Stage::new();
    let batch = stage.commit(1, 1, 0);
    stage.decide(1, Some(1), &[1, 2]);
    stage.takes_isr(1, 1);
    lose_everything(&mut stage, 3);
    stage.follows(3, 1, 1);
    stage.appends(3, batch, false);
    stage.truncates(3, 1, 0);
    stage.decide(2, None, &[3]);
    stage.decide(3, Some(3), &[3]);
    stage.leads(3, 3, 0);
    stage.breaks(Check::LeaderCompleteness);
}

#[test]
fn a_killed_process_loses_nothing() {
    let mut stage = Stage::new();
    stage.commit(1, 1, 0);
    stage.decide(1, Some(1), &[1]);
    stage.takes_isr(1, 1);
    stage.kill(1);
    stage.start(1, Some(Vec::new()));
    stage.loaded(1, 0);
    stage.decide(2, Some(1), &[1]);
    stage.leads(1, 2, 0);
    stage.breaks(Check::LeaderCompleteness);
}

#[test]
fn what_a_script_breaks_the_rules_for_is_expected() {
    let mut stage = Stage::new();
    stage.decide(1, Some(1), &[1, 3]);
    stage.takes_isr(1, 1);
    stage.appends(1, batch(0, 1, 9), true);
    stage.appends(3, batch(0, 1, 9), false);
    stage.follower_at(1, 1, 3, 1);
    stage.high_watermark(1, 1, 1, true);
    stage.break_rules();
    stage.decide(2, Some(2), &[2]);
    stage.leads(2, 2, 0);
    stage.is_clean();
    assert_eq!(stage.judge.expected_losses()[0].row, Row::UncleanElection);
}

#[test]
fn a_stale_leader_that_commits_what_the_new_one_lacks_shows() {
    let mut stage = Stage::new();
    stage.appends(1, batch(0, 1, 9), true);
    stage.decide(2, Some(2), &[1, 2, 3]);
    stage.leads(2, 2, 0);
    stage.appends(3, batch(0, 1, 9), false);
    stage.follower_at(1, 1, 2, 1);
    stage.follower_at(1, 1, 3, 1);
    stage.high_watermark(1, 1, 1, true);
    stage.breaks(Check::LeaderCompleteness);
}

#[test]
fn a_stale_leader_may_commit_what_the_last_replica_standing_had_lost() {
    let mut stage = Stage::new();
    for node in [1, 2, 3] {
        stage.appends(node, real(0, 1), node == 1);
    }
    stage.decide(2, None, &[3]);
    lose_everything(&mut stage, 3);
    stage.decide(3, Some(3), &[3]);
    stage.leads(3, 3, 0);
    // What they told it when they had it.
    stage.follower_at(1, 1, 2, 1);
    stage.follower_at(1, 1, 3, 1);
    stage.high_watermark(1, 1, 1, true);
    stage.is_clean();
    let losses = stage.judge.expected_losses();
    assert_eq!(losses.len(), 1);
    assert_eq!((losses[0].from, losses[0].to, losses[0].row), (0, 1, Row::LastReplicaLossy));
    // It lets the record go, and only then hears of the other one.
    stage.begins(1, 1, StartCause::Time);
    stage.follows(1, 3, 3);
    stage.truncates(1, 1, 0);
    stage.is_clean();
}

/// Nodes 2 and 3 have told node 1, which leads in epoch 1, of the one record there. Node 3 is the last one standing and
/// loses it, leads in epoch 3, and node 2 follows it and is elected after it, in epoch 4.
fn after_a_clean_election_behind_a_loss(in_sync: &[i32]) -> Stage {
    let mut stage = Stage::new();
    for node in [1, 2, 3] {
        stage.appends(node, real(0, 1), node == 1);
    }
    stage.decide(2, None, in_sync);
    lose_everything(&mut stage, 3);
    stage.decide(3, Some(3), in_sync);
    stage.leads(3, 3, 0);
    stage.follows(2, 3, 3);
    stage.truncates(2, 1, 0);
    stage.decide(3, Some(3), &[2, 3]);
    stage.takes_isr(3, 3);
    stage.follower_at(3, 3, 2, 0);
    stage.decide(4, Some(2), &[2, 3]);
    stage.leads(2, 4, 0);
    stage
}

/// The leader of epoch 1 hears what the others told it when they had its record.
fn commits_late(stage: &mut Stage) {
    stage.follower_at(1, 1, 2, 1);
    stage.follower_at(1, 1, 3, 1);
    stage.high_watermark(1, 1, 1, true);
}

#[test]
fn a_stale_leader_may_commit_what_a_leader_before_the_newest_had_lost() {
    for dies in [false, true] {
        let mut stage = after_a_clean_election_behind_a_loss(&[3]);
        if dies {
            stage.kill(2);
        }
        commits_late(&mut stage);
        stage.is_clean();
        let losses = stage.judge.expected_losses();
        assert_eq!((losses[0].from, losses[0].to, losses[0].row), (0, 1, Row::LastReplicaLossy));
        stage.decide(5, Some(3), &[2, 3]);
        stage.leads(3, 5, 0);
        stage.is_clean();
    }
}

#[test]
fn a_stale_leader_may_commit_what_was_lost_before_the_last_loss() {
    let mut stage = after_a_clean_election_behind_a_loss(&[3]);
    stage.follows(3, 4, 2);
    for node in [2, 3] {
        stage.appends(node, real(0, 4), node == 2);
    }
    stage.takes_isr(2, 4);
    stage.follower_at(2, 4, 3, 1);
    stage.high_watermark(2, 4, 1, true);
    for node in [2, 3] {
        stage.appends(node, real(1, 4), node == 2);
    }
    stage.follower_at(2, 4, 3, 2);
    stage.high_watermark(2, 4, 2, true);
    stage.decide(5, None, &[3]);
    stage.power_loss(3);
    stage.start(3, Some(bytes_of(0, 4)));
    stage.loaded(3, 1);
    stage.decide(6, Some(3), &[3]);
    stage.leads(3, 6, 1);
    commits_late(&mut stage);
    stage.is_clean();
    let gone = &stage.judge.model().partition(HOME).unwrap().gone;
    let which: Vec<_> = gone.iter().map(|gone| gone.batch).collect();
    assert_eq!(which, [real(1, 4), real(0, 1)]);
}

#[test]
fn what_a_leader_before_the_newest_lost_while_a_sound_one_was_in_sync_shows_when_a_stale_one_commits_it() {
    let mut stage = after_a_clean_election_behind_a_loss(&[2, 3]);
    commits_late(&mut stage);
    stage.breaks(Check::LeaderCompleteness);
}

#[test]
fn what_the_newest_leader_cut_off_by_itself_shows_when_a_stale_one_commits_it() {
    let mut stage = Stage::new();
    for node in [1, 2, 3] {
        stage.appends(node, real(0, 1), node == 1);
    }
    stage.break_rules();
    stage.decide(2, Some(2), &[2]);
    stage.leads(2, 2, 1);
    // The election against the rules lost nothing.
    stage.decide(2, Some(2), &[2, 3]);
    stage.follows(3, 2, 2);
    stage.truncates(3, 1, 0);
    stage.decide(3, Some(3), &[2, 3]);
    stage.leads(3, 3, 0);
    commits_late(&mut stage);
    stage.breaks(Check::LeaderCompleteness);
}

#[test]
fn a_stale_leader_that_commits_in_the_place_of_what_the_new_one_has_committed_shows() {
    let mut stage = Stage::new();
    stage.appends(1, real(0, 1), true);
    stage.decide(2, Some(2), &[1, 2, 3]);
    stage.leads(2, 2, 0);
    stage.follows(3, 2, 2);
    for node in [2, 3] {
        stage.appends(node, real(0, 2), node == 2);
    }
    stage.decide(2, Some(2), &[2, 3]);
    stage.takes_isr(2, 2);
    stage.follower_at(2, 2, 3, 1);
    stage.high_watermark(2, 2, 1, true);
    stage.is_clean();
    stage.follower_at(1, 1, 2, 1);
    stage.follower_at(1, 1, 3, 1);
    stage.high_watermark(1, 1, 1, true);
    stage.breaks(Check::LeaderCompleteness);
}

#[test]
fn a_stale_leader_may_commit_what_the_new_one_had_when_it_was_elected() {
    let mut stage = Stage::new();
    for node in [1, 2, 3] {
        stage.appends(node, real(0, 1), node == 1);
    }
    stage.decide(2, Some(3), &[1, 2, 3]);
    stage.leads(3, 2, 1);
    lose_everything(&mut stage, 3);
    stage.follower_at(1, 1, 2, 1);
    stage.follower_at(1, 1, 3, 1);
    stage.high_watermark(1, 1, 1, true);
    stage.is_clean();
    stage.decide(3, Some(3), &[1, 2, 3]);
    stage.leads(3, 3, 0);
    stage.breaks(Check::LeaderCompleteness);
}

#[test]
fn a_stale_leader_may_commit_behind_what_an_election_against_the_rules_lost() {
    let mut stage = Stage::new();
    stage.decide(1, Some(1), &[1, 3]);
    stage.takes_isr(1, 1);
    let commits = |stage: &mut Stage, base: i64| {
        stage.appends(1, real(base, 1), true);
        stage.appends(3, real(base, 1), false);
        stage.follower_at(1, 1, 3, base + 1);
        stage.high_watermark(1, 1, base + 1, true);
    };
    commits(&mut stage, 0);
    stage.break_rules();
    stage.decide(2, Some(2), &[2]);
    stage.leads(2, 2, 0);
    stage.pass_ms(5);
    commits(&mut stage, 1);
    stage.is_clean();
    let gone = &stage.judge.model().partition(HOME).unwrap().gone;
    let bases: Vec<_> = gone.iter().map(|gone| (gone.batch.base.0, gone.row)).collect();
    assert_eq!(bases, [(0, Row::UncleanElection), (1, Row::UncleanElection)]);
    assert!(gone[1].at > gone[0].at);
}

#[test]
fn a_recovered_log_is_what_the_disk_held() {
    let mut stage = Stage::new();
    stage.appends(1, real(0, 1), true);
    stage.appends(1, real(1, 1), true);
    stage.power_loss(1);
    stage.start(1, Some(bytes_of(0, 1)));
    stage.loaded(1, 1);
    stage.is_clean();
    stage.looked(Check::RecoveryPrefix);
    assert_eq!(stage.log_of(1).batches(), [real(0, 1)]);
}

#[test]
fn a_recovery_that_keeps_a_torn_batch_or_drops_a_whole_one_shows() {
    for (end, torn) in [(2, true), (1, false)] {
        let mut stage = Stage::new();
        let mut bytes = bytes_of(0, 1);
        let mut second = bytes_of(1, 1);
        if torn {
            *second.last_mut().unwrap() ^= 1;
        }
        bytes.extend(second);
        stage.appends(1, real(0, 1), true);
        stage.appends(1, real(1, 1), true);
        stage.power_loss(1);
        stage.start(1, Some(bytes));
        stage.loaded(1, end);
        stage.breaks(Check::RecoveryPrefix);
    }
}

#[test]
fn what_was_called_durable_is_on_the_disk_after_a_crash() {
    let mut stage = Stage::new();
    stage.commit(1, 1, 0);
    stage.flushed(2, 1);
    stage.power_loss(2);
    stage.start(2, Some(Vec::new()));
    stage.breaks(Check::RecoveryPrefix);
}

/// Replica 2 has a record that it called durable and that is not committed; a kill takes it, and the record is committed
/// without replica 2.
fn a_durable_record_that_a_kill_took(ends: impl FnOnce(&mut Stage)) -> Stage {
    let mut stage = Stage::new();
    stage.commit(1, 1, 0);
    for node in [1, 2, 3] {
        stage.appends(node, real(1, 1), node == 1);
    }
    stage.flushed(2, 2);
    ends(&mut stage);
    stage.decide(1, Some(1), &[1, 3]);
    stage.takes_isr(1, 1);
    stage.follower_at(1, 1, 3, 2);
    stage.high_watermark(1, 1, 2, true);
    stage.start(2, Some(bytes_of(0, 1)));
    stage.loaded(2, 1);
    stage
}

#[test]
fn what_a_truncation_in_the_call_that_a_crash_cut_took_may_be_committed_later() {
    a_durable_record_that_a_kill_took(|stage| stage.kill_within_a_call(2)).is_clean();
}

#[test]
fn what_a_truncation_took_before_it_was_denied_may_be_committed_later() {
    a_durable_record_that_a_kill_took(|stage| {
        stage.closes(2);
        stage.kill(2);
    })
    .is_clean();
}

#[test]
fn a_snapshot_that_a_power_loss_took_takes_its_segment_along() {
    for (altered, is_excused) in [("00000000000000000001.snapshot", true), ("leader-epoch-checkpoint", false)] {
        let mut stage = Stage::new();
        stage.commit(1, 1, 0);
        stage.appends(1, real(1, 1), true);
        stage.appends(2, real(1, 1), false);
        stage.kill(2);
        stage.start(2, Some([bytes_of(0, 1), bytes_of(1, 1)].concat()));
        stage.power_loss_of(2, altered);
        stage.start(2, Some(bytes_of(0, 1)));
        if is_excused {
            stage.is_clean();
        } else {
            stage.breaks(Check::RecoveryIdempotent);
        }
    }
}

#[test]
fn what_was_called_durable_is_there_though_it_was_not_committed() {
    a_durable_record_that_a_kill_took(|stage| stage.kill(2)).breaks(Check::RecoveryPrefix);
}

#[test]
fn a_second_recovery_finds_what_the_first_made() {
    for (again, clean) in [(bytes_of(0, 1), true), (Vec::new(), false)] {
        let mut stage = Stage::new();
        stage.appends(1, real(0, 1), true);
        stage.kill(1);
        stage.start(1, Some(bytes_of(0, 1)));
        stage.loaded(1, 1);
        stage.kill(1);
        let end = i64::from(clean);
        stage.start(1, Some(again));
        stage.loaded(1, end);
        if clean {
            stage.is_clean();
            stage.looked(Check::RecoveryIdempotent);
        } else {
            stage.breaks(Check::RecoveryIdempotent);
        }
    }
}

#[test]
fn a_power_loss_may_bring_back_what_was_cut() {
    for in_recovery in [false, true] {
        let mut stage = Stage::new();
        stage.appends(1, real(0, 1), true);
        stage.truncates(1, 1, 0);
        stage.kill(1);
        stage.start(1, Some(Vec::new()));
        if !in_recovery {
            stage.loaded(1, 0);
        }
        stage.power_loss(1);
        stage.start(1, Some(bytes_of(0, 1)));
        stage.loaded(1, 1);
        stage.is_clean();
    }
}

#[test]
fn what_a_power_loss_brings_back_to_a_rotten_disk_is_what_its_replica_has() {
    let mut stage = Stage::new();
    stage.appends(1, real(0, 1), true);
    stage.appends(2, real(0, 1), false);
    stage.decide(2, Some(2), &[1, 2, 3]);
    stage.leads(2, 2, 1);
    stage.appends(2, real(1, 2), true);
    stage.disk(2, DiskFaultSeen::Rotted { at: 7 });
    stage.power_loss(2);
    // In epoch 1 it had had another record there.
    stage.start(2, Some([bytes_of(0, 1), bytes_of(1, 1)].concat()));
    stage.loaded(2, 2);
    assert_eq!(stage.log_of(2).batches(), [real(0, 1), real(1, 1)]);
    stage.is_clean();
}

#[test]
fn what_a_power_loss_brings_back_to_a_rotten_disk_counts_though_newer_batches_lie_beside_it() {
    let mut stage = Stage::new();
    for base in [0, 1, 2] {
        stage.appends(2, real(base, 1), base > 0);
    }
    stage.decide(2, Some(1), &[1, 2, 3]);
    stage.truncates(2, 3, 1);
    stage.appends(2, real(1, 2), false);
    stage.disk(2, DiskFaultSeen::Rotted { at: 7 });
    stage.power_loss(2);
    // The truncation is undone, and the batch that came after it is in a file of its own.
    stage.start(2, Some([bytes_of(0, 1), bytes_of(1, 1), bytes_of(2, 1), bytes_of(1, 2)].concat()));
    stage.loaded(2, 3);
    assert_eq!(stage.log_of(2).batches(), [real(0, 1), real(1, 1), real(2, 1)]);
}

#[test]
fn rot_behind_a_written_cut_may_be_cut_until_both_checkpoints_are_past_it() {
    for (word, may) in [(None, false), (Some("0\n1 2\n"), true), (Some("0\n1 1\n"), false)] {
        let mut stage = Stage::new();
        for base in [0, 1] {
            stage.commit(1, 1, base);
        }
        stage.decide(1, Some(1), &[1]);
        stage.takes_isr(1, 1);
        stage.disk(1, DiskFaultSeen::Rotted { at: 80 });
        stage.kill(1);
        let mut bytes = [bytes_of(0, 1), bytes_of(1, 1)].concat();
        *bytes.last_mut().unwrap() ^= 1;
        let said = "0\n1\norders 0 2\n";
        let mut small = vec![("recovery-point-offset-checkpoint", said), ("replication-offset-checkpoint", said)];
        small.extend(word.map(|word| ("cut-below", word)));
        stage.start_with(1, Some(bytes), &small);
        stage.loaded(1, 1);
        stage.decide(2, Some(1), &[1]);
        stage.leads(1, 2, 1);
        if may {
            stage.is_clean();
            assert_eq!(stage.judge.expected_losses()[0].row, Row::LastReplicaLossy);
        } else {
            stage.breaks(Check::LeaderCompleteness);
        }
    }
}

#[test]
fn a_rotten_epoch_is_no_other_record() {
    let mut stage = Stage::new();
    stage.appends(1, real(0, 1), true);
    stage.disk(1, DiskFaultSeen::Rotted { at: 14 });
    stage.kill(1);
    let mut bytes = bytes_of(0, 1);
    bytes[14] ^= 1;
    stage.start(1, Some(bytes));
    stage.loaded(1, 1);
    assert_eq!(stage.log_of(1).batches(), [real(0, 1)]);
}

#[test]
fn a_crash_within_a_recovery_changes_nothing_that_was_whole() {
    let mut stage = Stage::new();
    stage.appends(1, real(0, 1), true);
    stage.kill(1);
    stage.start(1, Some(bytes_of(0, 1)));
    stage.kill(1);
    stage.start(1, Some(Vec::new()));
    stage.breaks(Check::RecoveryIdempotent);
}
