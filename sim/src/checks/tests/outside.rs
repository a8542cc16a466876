//! Black-box checks.

use super::stage::{Stage, value};
use crate::checks::Check;
use crate::history::{ClientEvent, Damage, Session, Value};

/// Two records that were written and read by two consumers, and drained.
fn told() -> (Stage, Session, Value, Value) {
    let mut stage = Stage::new();
    let session = stage.session(1, -1, true);
    let one = stage.written(session, 0);
    let other = stage.written(session, 1);
    stage.position(7, 0);
    stage.poll(7, 0, 2, &[(0, 1, one)]);
    stage.poll(7, 1, 2, &[(1, 1, other)]);
    (stage, session, one, other)
}

#[test]
fn a_healthy_history_passes_and_is_looked_at() {
    let (mut stage, _, one, other) = told();
    stage.position(8, 0);
    stage.poll(8, 0, 2, &[(0, 1, one), (1, 1, other)]);
    stage.drained(2);
    stage.is_clean();
    for check in [
        Check::LostWrite,
        Check::LostWritePrefix,
        Check::InconsistentOffsets,
        Check::EpochOffsetIdentity,
        Check::Duplicate,
        Check::Phantom,
        Check::OrderInPoll,
        Check::OrderAcrossPolls,
        Check::SendOrder,
        Check::RealtimeOrder,
        Check::AckIdentity,
        Check::StableRead,
        Check::Watermarks,
        Check::IdempotentSession,
        Check::ReadsBelowHighWatermark,
    ] {
        stage.looked(check);
    }
}

#[test]
fn an_acknowledged_record_that_nobody_can_read_is_lost() {
    let mut stage = Stage::new();
    let session = stage.session(1, -1, false);
    stage.written(session, 0);
    stage.drained(1);
    stage.breaks(Check::LostWrite);
}

#[test]
fn an_acknowledged_record_that_readers_went_past_is_lost_before_any_drain() {
    let mut stage = Stage::new();
    let session = stage.session(1, -1, false);
    stage.written(session, 0);
    let other = stage.written(session, 1);
    stage.position(7, 1);
    stage.poll(7, 1, 2, &[(1, 1, other)]);
    stage.judge.judge_end();
    stage.breaks(Check::LostWritePrefix);
}

#[test]
fn acks_1_without_a_change_of_leader_is_kept() {
    let mut stage = Stage::new();
    let session = stage.session(1, 1, false);
    let sent = stage.send(session);
    stage.appends(1, super::stage::batch(0, 1, 9), true);
    stage.acked(sent, 0);
    stage.drained(0);
    stage.breaks(Check::LostWrite);
}

#[test]
fn acks_1_may_go_when_another_leader_takes_its_offset() {
    let mut stage = Stage::new();
    let session = stage.session(1, 1, false);
    let sent = stage.send(session);
    stage.appends(1, super::stage::batch(0, 1, 9), true);
    stage.acked(sent, 0);
    stage.decide(2, Some(2), &[1, 2, 3]);
    stage.leads(2, 2, 0);
    stage.drained(0);
    stage.is_clean();
    assert_eq!(stage.judge.expected_losses().len(), 1);
}

#[test]
fn acks_0_is_never_missed() {
    let mut stage = Stage::new();
    let session = stage.session(1, 0, false);
    let sent = stage.send(session);
    stage.client(ClientEvent::Unknown(sent, gracchus_core::types::ErrorCode::None));
    stage.drained(0);
    stage.is_clean();
}

#[test]
fn another_value_at_the_same_offset_shows() {
    let (mut stage, session, ..) = told();
    let third = stage.send(session);
    stage.poll(8, 0, 2, &[(0, 1, value(third))]);
    stage.breaks(Check::StableRead);
}

#[test]
fn another_epoch_at_the_same_offset_shows() {
    let (mut stage, _, one, _) = told();
    stage.poll(8, 0, 2, &[(0, 2, one)]);
    stage.breaks(Check::StableRead);
}

#[test]
fn a_record_that_was_read_and_is_beyond_the_last_log_shows() {
    let (mut stage, ..) = told();
    stage.drained(1);
    stage.breaks(Check::StableRead);
}

#[test]
fn a_value_at_two_offsets_is_a_duplicate_of_an_idempotent_producer_only() {
    for idempotent in [true, false] {
        let mut stage = Stage::new();
        let session = stage.session(1, -1, idempotent);
        let one = stage.written(session, 0);
        stage.commit(1, 1, 1);
        stage.poll(7, 0, 2, &[(0, 1, one), (1, 1, one)]);
        if idempotent {
            stage.breaks(Check::Duplicate);
        } else {
            stage.is_clean();
        }
    }
}

#[test]
fn what_nobody_sent_and_what_is_damaged_shows() {
    let nobodys = Value { session: Session(9), number: 0 };
    for damaged in [Ok(nobodys), Err(Damage::Changed), Err(Damage::Misrouted), Err(Damage::Foreign)] {
        let mut stage = Stage::new();
        stage.commit(1, 1, 0);
        stage.poll_raw(7, 0, 1, &[(0, 1, damaged)]);
        stage.breaks(Check::Phantom);
    }
}

#[test]
fn what_was_surely_refused_is_not_read() {
    let mut stage = Stage::new();
    let session = stage.session(1, -1, false);
    let sent = stage.send(session);
    stage.failed(sent);
    stage.commit(1, 1, 0);
    stage.poll(7, 0, 1, &[(0, 1, value(sent))]);
    stage.breaks(Check::Phantom);
}

#[test]
fn a_hole_within_a_poll_and_between_polls_shows() {
    let (mut stage, session, one, _) = told();
    let third = stage.written(session, 2);
    stage.poll(8, 0, 3, &[(0, 1, one), (2, 1, third)]);
    stage.breaks(Check::OrderInPoll);
    let (mut stage, session, ..) = told();
    stage.written(session, 2);
    let fourth = stage.written(session, 3);
    stage.poll(7, 2, 4, &[(3, 1, fourth)]);
    stage.breaks(Check::OrderAcrossPolls);
    let (mut stage, session, ..) = told();
    stage.written(session, 2);
    stage.poll(7, 3, 3, &[]);
    stage.breaks(Check::OrderAcrossPolls);
}

#[test]
fn a_consumer_that_was_positioned_anew_may_go_back() {
    let (mut stage, _, one, _) = told();
    stage.position(7, 0);
    stage.poll(7, 0, 2, &[(0, 1, one)]);
    stage.is_clean();
}

#[test]
fn a_later_send_at_a_lower_offset_shows() {
    let mut stage = Stage::new();
    let session = stage.session(1, -1, true);
    let (one, other) = (stage.send(session), stage.send(session));
    stage.commit(1, 1, 0);
    stage.commit(1, 1, 1);
    stage.acked(one, 1);
    stage.acked(other, 0);
    stage.breaks(Check::SendOrder);
}

#[test]
fn a_record_behind_a_send_that_came_after_it_shows() {
    let mut stage = Stage::new();
    let one = stage.session(1, -1, false);
    stage.commit(1, 1, 0);
    stage.written(one, 1);
    let two = stage.session(2, -1, false);
    let late = stage.send(two);
    stage.acked(late, 0);
    stage.breaks(Check::RealtimeOrder);
}

#[test]
fn two_records_that_were_acknowledged_at_one_offset_show() {
    let mut stage = Stage::new();
    let session = stage.session(1, -1, false);
    let (one, other) = (stage.send(session), stage.send(session));
    stage.commit(1, 1, 0);
    stage.acked(one, 0);
    stage.acked(other, 0);
    stage.breaks(Check::AckIdentity);
}

#[test]
fn another_value_than_the_acknowledged_one_shows_at_its_first_read() {
    let mut stage = Stage::new();
    let session = stage.session(1, -1, false);
    let stranger = stage.send(session);
    let sent = stage.send(session);
    stage.commit(1, 1, 0);
    stage.acked(sent, 0);
    stage.poll(7, 0, 1, &[(0, 1, value(stranger))]);
    stage.breaks(Check::AckIdentity);
}

#[test]
fn a_read_at_or_above_the_answers_high_watermark_shows() {
    let (mut stage, _, one, _) = told();
    stage.poll(8, 0, 0, &[(0, 1, one)]);
    stage.breaks(Check::ReadsBelowHighWatermark);
}

#[test]
fn a_read_above_what_any_leader_reached_shows_whatever_the_answer_says() {
    let (mut stage, session, ..) = told();
    let third = stage.send(session);
    stage.poll(7, 2, 3, &[(2, 1, value(third))]);
    stage.breaks(Check::ReadsBelowHighWatermark);
}

#[test]
fn a_high_watermark_that_falls_under_one_leadership_shows_to_its_reader() {
    let (mut stage, ..) = told();
    stage.poll(7, 2, 1, &[]);
    stage.breaks(Check::Watermarks);
}

#[test]
fn an_idempotent_sessions_records_lie_in_the_order_of_their_sends() {
    let mut stage = Stage::new();
    let session = stage.session(1, -1, true);
    let (one, other) = (stage.send(session), stage.send(session));
    stage.commit(1, 1, 0);
    stage.commit(1, 1, 1);
    stage.poll(7, 0, 2, &[(0, 1, value(other)), (1, 1, value(one))]);
    stage.drained(2);
    stage.breaks(Check::IdempotentSession);
}

/// A committed and acknowledged record that goes with the last replica standing; node 1 leads again in epoch 2.
fn after_a_loss() -> (Stage, Session) {
    let mut stage = Stage::new();
    let session = stage.session(1, -1, true);
    stage.written(session, 0);
    stage.decide(1, Some(1), &[1]);
    stage.takes_isr(1, 1);
    stage.power_loss(1);
    stage.start(1, Some(Vec::new()));
    stage.loaded(1, 0);
    stage.decide(2, Some(1), &[1]);
    stage.leads(1, 2, 0);
    stage.decide(2, Some(1), &[1, 2]);
    stage.takes_isr(1, 2);
    stage.truncates(2, 1, 0);
    stage.follows(2, 2, 1);
    (stage, session)
}

#[test]
fn what_went_with_permission_is_not_missed() {
    let (mut stage, _) = after_a_loss();
    stage.drained(0);
    stage.is_clean();
    assert_eq!(stage.judge.expected_losses().len(), 1);
}

#[test]
fn a_record_that_was_sent_after_a_loss_and_took_the_offset_of_one_that_went_is_missed_all_the_same() {
    let (mut stage, session) = after_a_loss();
    let sent = stage.send(session);
    let batch = super::stage::real(0, 2);
    stage.appends(1, batch, true);
    stage.appends(2, batch, false);
    stage.follower_at(1, 2, 2, 1);
    stage.high_watermark(1, 2, 1, true);
    stage.acked(sent, 0);
    stage.is_clean();
    stage.drained(1);
    stage.breaks(Check::LostWrite);
}

/// Node 1 appends a record in epoch 2 that node 2 has too.
fn commit_after_the_loss(stage: &mut Stage, base: i64) {
    let batch = super::stage::real(base, 2);
    stage.appends(1, batch, true);
    stage.appends(2, batch, false);
    stage.follower_at(1, 2, 2, base + 1);
    stage.high_watermark(1, 2, base + 1, true);
}

#[test]
fn a_leader_that_lost_all_of_a_session_may_take_a_later_batch_first() {
    for (is_known, is_acknowledged) in [(false, false), (false, true), (true, false), (true, true)] {
        let (mut stage, session) = after_a_loss();
        let mut lies = Vec::new();
        if is_known {
            let known = stage.send(session);
            commit_after_the_loss(&mut stage, 0);
            stage.acked(known, 0);
            lies.push(known);
        }
        let (earlier, later) = (stage.send(session), stage.send(session));
        for sent in [later, earlier] {
            let at = lies.len() as i64;
            commit_after_the_loss(&mut stage, at);
            if is_acknowledged {
                stage.acked(sent, at);
            }
            lies.push(sent);
        }
        let read: Vec<_> = (0..).zip(&lies).map(|(at, sent)| (at, 2, value(*sent))).collect();
        stage.poll(7, 0, read.len() as i64, &read);
        stage.drained(read.len() as i64);
        match (is_known, is_acknowledged) {
            (false, _) => stage.is_clean(),
            (true, false) => stage.breaks(Check::IdempotentSession),
            (true, true) => stage.breaks(Check::SendOrder),
        }
    }
}

#[test]
fn of_the_records_that_are_known_after_a_loss_only_the_first_ones_are_out_of_order() {
    let (mut stage, session) = after_a_loss();
    let sent = [0; 4].map(|_| stage.send(session));
    let lies = [sent[1], sent[0], sent[3], sent[2]];
    for at in 0..4 {
        commit_after_the_loss(&mut stage, at);
    }
    let read: Vec<_> = (0..).zip(lies).map(|(at, sent)| (at, 2, value(sent))).collect();
    stage.poll(7, 0, 4, &read);
    stage.drained(4);
    stage.breaks(Check::IdempotentSession);
}

#[test]
fn an_answer_that_was_under_way_when_its_records_went_is_not_held_against_the_log() {
    let (mut stage, session) = after_a_loss();
    stage.poll(7, 0, 1, &[(0, 1, Value { session, number: 0 })]);
    stage.is_clean();
}
