//! A long clean history into which one anomaly is put: each is found, wherever it is put.

use super::stage::{Stage, batch};
use crate::checks::Check;
use crate::choices::Choices;
use crate::history::{ClientEvent, Value};
use gracchus_core::types::Offset;

/// What is put into the history, once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Anomaly {
    None,
    SwappedRead,
    RepeatedRead,
    SkippedRead,
    EarlyRead,
    WrongAck,
    EarlyAck,
    ShortFollower,
    DivergentFollower,
    HastyWatermark,
    SecondLeader,
}

const ALL: [(Anomaly, &[Check]); 10] = [
    (Anomaly::SwappedRead, &[Check::StableRead, Check::AckIdentity]),
    (Anomaly::RepeatedRead, &[Check::OrderInPoll, Check::OrderAcrossPolls]),
    (Anomaly::SkippedRead, &[Check::OrderInPoll, Check::OrderAcrossPolls]),
    (Anomaly::EarlyRead, &[Check::ReadsBelowHighWatermark]),
    (Anomaly::WrongAck, &[Check::AckIdentity, Check::RealtimeOrder]),
    (Anomaly::EarlyAck, &[Check::AckBehindHighWatermark, Check::AckIdentity]),
    (Anomaly::ShortFollower, &[Check::IsrCompleteness]),
    (Anomaly::DivergentFollower, &[Check::EpochOffsetIdentity]),
    (Anomaly::HastyWatermark, &[Check::HighWatermarkQuorum]),
    (Anomaly::SecondLeader, &[Check::OneLeaderPerEpoch]),
];

const ROUNDS: i64 = 30;

/// Thirty records, each written, acknowledged and read; in round `at` something is wrong.
fn tell(anomaly: Anomaly, at: i64) -> Stage {
    let mut stage = Stage::new();
    let session = stage.session(1, -1, true);
    stage.position(7, 0);
    let mut values: Vec<Value> = Vec::new();
    for base in 0..ROUNDS {
        let wrong = if base == at { anomaly } else { Anomaly::None };
        let sent = stage.send(session);
        values.push(Value { session, number: sent.first });
        commit(&mut stage, base, wrong);
        match wrong {
            Anomaly::WrongAck => stage.acked(sent, base - 1),
            Anomaly::EarlyAck => stage.acknowledges(1, 1, base + 1, base + 2, -1),
            _ => stage.client(ClientEvent::Acknowledged(sent, Some(Offset(base)))),
        }
        read(&mut stage, base, &values, wrong);
    }
    stage.drained(ROUNDS);
    stage
}

fn commit(stage: &mut Stage, base: i64, wrong: Anomaly) {
    match wrong {
        Anomaly::HastyWatermark => {
            stage.appends(1, batch(base, 1, 5), true);
            stage.high_watermark(1, 1, base + 1, true);
        }
        Anomaly::DivergentFollower => {
            stage.appends(1, batch(base, 1, 5), true);
            stage.appends(2, batch(base, 1, 6), false);
        }
        _ => drop(stage.commit(1, 1, base)),
    }
    match wrong {
        Anomaly::ShortFollower => stage.truncates(3, base + 1, base),
        Anomaly::SecondLeader => stage.leads(2, 1, base + 1),
        _ => {}
    }
}

fn read(stage: &mut Stage, base: i64, values: &[Value], wrong: Anomaly) {
    let mine = values[base as usize];
    match wrong {
        Anomaly::SwappedRead => {
            stage.poll(7, base, base + 1, &[(base, 1, mine)]);
            stage.poll(8, base, base + 1, &[(base, 1, values[base as usize - 1])]);
        }
        Anomaly::RepeatedRead => stage.poll(7, base, base + 1, &[(base - 1, 1, values[base as usize - 1])]),
        Anomaly::SkippedRead => stage.poll(7, base, base + 1, &[(base + 1, 1, mine)]),
        Anomaly::EarlyRead => stage.poll(7, base, base, &[(base, 1, mine)]),
        _ => stage.poll(7, base, base + 1, &[(base, 1, mine)]),
    }
}

#[test]
fn the_clean_history_is_clean() {
    tell(Anomaly::None, 0).is_clean();
}

#[test]
fn one_anomaly_anywhere_in_a_clean_history_is_found() {
    let mut draws = Choices::from_seed(1).own("anomaly", 0);
    for (anomaly, expected) in ALL {
        for _ in 0..10 {
            let at = draws.between(1, ROUNDS as u64 - 1) as i64;
            let stage = tell(anomaly, at);
            let first = stage.judge.found().first().map(|it| it.check);
            assert!(first.is_some_and(|it| expected.contains(&it)), "{anomaly:?} in round {at}: {first:?}");
        }
    }
}
