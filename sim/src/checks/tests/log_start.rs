//! Log starts that move, and what must not go.

use super::stage::{HOME, Stage, bytes_of};
use crate::checks::Check;
use crate::checks::model::Batch;
use crate::note::Note;
use crate::observer::DiskFaultSeen;
use gracchus_core::io::TraceEvent;
use gracchus_core::types::{LeaderEpoch, NodeId, Offset, StartCause};

/// Six committed records.
fn six() -> Stage {
    let mut stage = Stage::new();
    for base in 0..6 {
        stage.commit(1, 1, base);
    }
    for follower in [2, 3] {
        stage.high_watermark(follower, 1, 6, false);
    }
    stage
}

fn gone(stage: &mut Stage, node: i32, end: i64) {
    stage.trace(node, &TraceEvent::SegmentGone { partition: HOME, base: Offset(0), end: Offset(end) });
}

fn loaded_from(stage: &mut Stage, node: i32, start: i64, end: i64) {
    let (start, end) = (Offset(start), Offset(end));
    stage.trace(node, &TraceEvent::Loaded { partition: HOME, start, end, clean: false, bytes_cut: 0 });
}

#[test]
fn records_go_for_a_reason() {
    let mut stage = six();
    stage.begins(1, 2, StartCause::Time);
    gone(&mut stage, 1, 2);
    stage.begins(2, 2, StartCause::Leader);
    stage.note(Note::DeletionAsked { partition: HOME, to: Offset(4) });
    stage.begins(1, 4, StartCause::Request);
    stage.note(Note::Deleted { partition: HOME, low: Offset(4) });
    stage.commit(1, 1, 6);
    stage.is_clean();
    stage.looked(Check::LogStart);
}

#[test]
fn a_start_that_nothing_gives_a_reason_for_is_found() {
    let wrong: [fn(&mut Stage); 7] = [
        |stage| stage.begins(1, 2, StartCause::Size),
        |stage| stage.begins(1, 2, StartCause::Request),
        |stage| stage.begins(2, 2, StartCause::Leader),
        |stage| stage.begins(1, 7, StartCause::Time),
        |stage| {
            stage.begins(1, 3, StartCause::Time);
            stage.begins(1, 2, StartCause::Time);
        },
        |stage| gone(stage, 1, 1),
        |stage| stage.note(Note::Deleted { partition: HOME, low: Offset(1) }),
    ];
    for wrong in wrong {
        let mut stage = six();
        wrong(&mut stage);
        stage.breaks(Check::LogStart);
    }
}

#[test]
fn a_start_goes_back_neither_by_a_crash_nor_by_a_cut() {
    let checkpoint = |text| [("log-start-offset-checkpoint", text)];
    for (start, is_clean) in [(4, true), (3, false)] {
        let mut stage = six();
        stage.begins(2, 4, StartCause::Time);
        stage.kill(2);
        let all: Vec<u8> = (0..6).flat_map(|base| bytes_of(base, 1)).collect();
        stage.start_with(2, Some(all), &checkpoint("0\n1\norders 0 4\n"));
        loaded_from(&mut stage, 2, start, 6);
        if is_clean { stage.is_clean() } else { stage.breaks(Check::LogStart) }
    }
    let mut stage = six();
    stage.begins(2, 4, StartCause::Time);
    stage.truncates(2, 6, 3);
    stage.breaks(Check::LogStart);
}

#[test]
fn what_lies_below_a_start_need_not_be_read() {
    for (let_go, is_clean) in [(true, true), (false, false)] {
        let mut stage = Stage::new();
        let session = stage.session(1, -1, true);
        let values: Vec<_> = (0..6).map(|base| stage.written(session, base)).collect();
        if let_go {
            stage.begins(1, 4, StartCause::Time);
        }
        stage.position(7, 4);
        stage.poll(7, 4, 6, &[(4, 1, values[4]), (5, 1, values[5])]);
        stage.drained(6);
        if is_clean { stage.is_clean() } else { stage.breaks(Check::LostWritePrefix) }
    }
}

#[test]
fn a_follower_begins_at_its_leaders_start_though_that_lies_within_a_batch() {
    let mut stage = six();
    stage.begins(1, 4, StartCause::Time);
    stage.kill(3);
    stage.decide(1, Some(1), &[1, 2]);
    stage.takes_isr(1, 1);
    stage.judge.on_wiped(NodeId(3));
    stage.start(3, None);
    stage.loaded(3, 0);
    stage.follows(3, 1, 1);
    stage.truncates(3, 0, 4);
    stage.begins(3, 4, StartCause::Leader);
    stage.appends(3, super::stage::real(4, 1), false);
    stage.appends(3, super::stage::real(5, 1), false);
    stage.is_clean();
    assert_eq!((stage.log_of(3).start(), stage.log_of(3).end()), (Offset(4), Offset(6)));
}

#[test]
fn what_a_power_loss_brings_back_below_the_log_start_of_a_rotten_disk_is_nobodys() {
    let mut stage = six();
    stage.begins(2, 4, StartCause::Time);
    stage.disk(2, DiskFaultSeen::Rotted { at: 7 });
    stage.power_loss(2);
    let all: Vec<u8> = (0..6).flat_map(|base| bytes_of(base, if base < 2 { 7 } else { 1 })).collect();
    stage.start_with(2, Some(all), &[("log-start-offset-checkpoint", "0\n1\norders 0 4\n")]);
    loaded_from(&mut stage, 2, 4, 6);
    assert_eq!(stage.log_of(2).end(), Offset(6));
}

#[test]
fn a_rotten_log_that_ends_below_the_saved_start_begins_anew_there() {
    let mut stage = six();
    stage.disk(2, DiskFaultSeen::Rotted { at: 7 });
    stage.begins(2, 5, StartCause::Time);
    stage.power_loss(2);
    let some: Vec<u8> = (0..3).flat_map(|base| bytes_of(base, 1)).collect();
    stage.start_with(2, Some(some), &[("log-start-offset-checkpoint", "0\n1\norders 0 9\n")]);
    stage.truncates(2, 3, 9);
    loaded_from(&mut stage, 2, 9, 9);
    assert_eq!((stage.log_of(2).start(), stage.log_of(2).end()), (Offset(9), Offset(9)));
}

#[test]
fn a_start_that_meets_rot_below_the_log_start_loses_what_lies_behind_and_nothing_was_promised_of_that() {
    let mut stage = six();
    stage.begins(2, 4, StartCause::Time);
    stage.disk(2, DiskFaultSeen::Rotted { at: 7 });
    stage.decide(2, None, &[2]);
    stage.kill(2);
    let all: Vec<u8> = (0..6).flat_map(|base| bytes_of(base, 1)).collect();
    stage.start_with(2, Some(all), &[("log-start-offset-checkpoint", "0\n1\norders 0 4\n")]);
    // Recovery stops at the first batch, and the log begins anew where the checkpoint says.
    stage.truncates(2, 6, 4);
    loaded_from(&mut stage, 2, 4, 4);
    stage.decide(3, Some(2), &[2]);
    stage.leads(2, 3, 4);
    stage.is_clean();
    assert_eq!(stage.judge.expected_losses().len(), 1);
}

/// Node 3 never had what lies below offset 4, and gets the batches at 4 and 5. It loses them with its disk and is elected.
fn loses_what_it_has_of_four_on(stage: &mut Stage) {
    stage.truncates(3, 0, 4);
    stage.begins(3, 4, StartCause::Leader);
    for base in [4, 5] {
        stage.appends(3, super::stage::real(base, 1), false);
    }
    stage.decide(2, None, &[3]);
    stage.kill(3);
    stage.judge.on_wiped(NodeId(3));
    stage.start(3, None);
    stage.loaded(3, 0);
    stage.decide(3, Some(3), &[3]);
    stage.leads(3, 3, 0);
}

#[test]
fn what_was_deleted_everywhere_is_not_missed_in_a_leader_that_begins_anew() {
    let mut stage = Stage::new();
    for base in 0..6 {
        for node in [1, 2] {
            stage.appends(node, super::stage::real(base, 1), node == 1);
        }
    }
    stage.decide(1, Some(1), &[1, 2]);
    stage.takes_isr(1, 1);
    stage.follower_at(1, 1, 2, 6);
    stage.high_watermark(1, 1, 6, true);
    stage.begins(1, 4, StartCause::Time);
    loses_what_it_has_of_four_on(&mut stage);
    stage.is_clean();
    let lost: Vec<(i64, i64)> = stage.judge.expected_losses().iter().map(|loss| (loss.from, loss.to)).collect();
    assert_eq!(lost, [(4, 6)], "the first four were deleted");
}

#[test]
fn a_log_that_is_cut_within_a_batch_that_it_let_go_is_empty_and_ends_where_it_was_cut() {
    let mut stage = Stage::new();
    for (base, last) in [(0, 3), (4, 4), (5, 5)] {
        for node in [1, 2] {
            let batch = Batch { last: Offset(last), ..super::stage::real(base, 1) };
            stage.appends(node, batch, node == 1);
        }
    }
    stage.decide(1, Some(1), &[1, 2]);
    stage.takes_isr(1, 1);
    stage.follower_at(1, 1, 2, 6);
    stage.high_watermark(1, 1, 6, true);
    stage.high_watermark(2, 1, 6, false);
    stage.begins(2, 4, StartCause::Time);
    loses_what_it_has_of_four_on(&mut stage);
    for base in [0, 1] {
        stage.appends(3, super::stage::real(base, 3), true);
    }
    stage.truncates(2, 6, 2);
    stage.decide(4, Some(2), &[2]);
    stage.leads(2, 4, 2);
    stage.is_clean();
}

#[test]
fn a_log_whose_records_were_all_deleted_goes_on_with_its_leaders_epochs() {
    let mut stage = six();
    stage.begins(2, 6, StartCause::Time);
    stage.decide(2, Some(3), &[3]);
    stage.trace(2, &TraceEvent::BecameFollower { partition: HOME, epoch: LeaderEpoch(2), leader: Some(NodeId(3)) });
    // The leader never had the epoch of the records that are gone.
    stage.appends(2, super::stage::real(6, 0), false);
    stage.is_clean();
}
