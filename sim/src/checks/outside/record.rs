//! One record that was read: sent by somebody, always the same at its offset, at no other offset, behind whatever was
//! known to be there when it was sent.

use super::state::{Fate, Record, Seen, State};
use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::Model;
use crate::history::Value;
use gracchus_core::types::{NodeId, Offset};

/// A consumer was given a whole record.
pub fn on_read(
    index: usize,
    offset: Offset,
    seen: Seen,
    source: NodeId,
    model: &Model,
    state: &mut State,
    found: &mut Findings,
) {
    let partition = &model.partitions()[index];
    let place = Place { node: Some(source), partition: Some(&partition.name) };
    let record = state.record(index, seen.value).copied();
    judge_sent(offset, seen, record, place, found);
    let seen = as_told_before(index, offset, seen, partition.replica(source).is_some_and(|it| it.rotted), state);
    // An answer can be under way while what it carries goes with permission.
    if !partition.gone.is_empty() && partition.is_gone(offset, seen.epoch) {
        return;
    }
    judge_stable(index, offset, seen, place, state, found);
    judge_realtime(index, seen.value, record, offset, model, state, found);
    note(index, offset, seen, partition.let_go, place, state, found);
}

/// A batch's checksum does not cover its epoch: rot there is seen by nobody, in Apache Kafka either.
fn as_told_before(index: usize, offset: Offset, seen: Seen, rotted: bool, state: &mut State) -> Seen {
    let before = rotted.then(|| state.partition(index).at(offset)).flatten();
    before.filter(|before| before.value == seen.value).unwrap_or(seen)
}

fn judge_sent(offset: Offset, seen: Seen, record: Option<Record>, place: Place<'_>, found: &mut Findings) {
    found.demand(Check::Phantom, record.is_some(), place, || format!("{seen:?} was read at {offset} and never sent"));
    let failed = record.is_some_and(|record| record.fate == Fate::Failed);
    found.demand(Check::Phantom, !failed, place, || {
        format!("{seen:?} was read at {offset}, though its producer was told for sure that it was not written")
    });
}

/// The same value for whoever reads an offset, and the one that was acknowledged there.
fn judge_stable(index: usize, offset: Offset, seen: Seen, place: Place<'_>, state: &mut State, found: &mut Findings) {
    let readings = state.partition(index);
    if let Some(before) = readings.at(offset) {
        let same_epoch = before.epoch == seen.epoch;
        found.demand(Check::StableRead, before == seen, place, || format!("{offset} was {before:?}, and is {seen:?}"));
        found.demand(Check::InconsistentOffsets, before.value == seen.value, place, || {
            format!("{offset} is {before:?} and {seen:?}")
        });
        found.demand(Check::EpochOffsetIdentity, !same_epoch || before.value == seen.value, place, || {
            format!("in one epoch {offset} is {before:?} and {seen:?}")
        });
    }
    if let Some(acknowledged) = readings.acknowledged_at(offset) {
        found.demand(Check::AckIdentity, acknowledged == seen.value, place, || {
            format!("{acknowledged:?} was acknowledged at {offset}, where {seen:?} is read")
        });
    }
}

/// What was known to be committed when a record was sent lies before it.
pub fn judge_realtime(
    index: usize,
    value: Value,
    record: Option<Record>,
    offset: Offset,
    model: &Model,
    state: &mut State,
    found: &mut Findings,
) {
    let cuts = state.partition(index).cuts;
    let Some(record) = record else { return };
    if record.cuts == cuts
        && let Some(floor) = record.floor
    {
        found.demand(Check::RealtimeOrder, floor < offset, Place::partition(&model.partitions()[index].name), || {
            format!("{value:?} lies at {offset}, though {floor} was committed before it was sent")
        });
    }
}

/// Keeps what was read, and looks whether the value was read elsewhere before.
fn note(
    index: usize,
    offset: Offset,
    seen: Seen,
    let_go: Offset,
    place: Place<'_>,
    state: &mut State,
    found: &mut Findings,
) {
    let session = state.sessions.get_mut(&seen.value.session);
    let idempotent = session.as_ref().is_some_and(|session| session.kind.idempotent);
    if let Some(record) = session.and_then(|session| session.record_mut(index, seen.value.number)) {
        let before = record.read_at;
        record.read_at = before.or(Some(offset));
        if idempotent {
            // A leader knows a producer by its log: what was let go it may take again.
            let lawful = before.is_none_or(|before| before == offset || before.min(offset) < let_go);
            found.demand(Check::Duplicate, lawful, place, || {
                format!("an idempotent producer's {:?} lies at {offset} and at {before:?}", seen.value)
            });
        }
    }
    let readings = state.partition(index);
    let Ok(at) = usize::try_from(offset.0) else { return };
    if readings.read.len() <= at {
        readings.read.resize(at + 1, None);
    }
    readings.read[at] = Some(seen);
    readings.committed = readings.committed.max(Some(offset));
}
