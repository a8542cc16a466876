//! What an acknowledgement says: an offset of its own, behind whatever was known to be there when the record was sent,
//! in the order of the session's sends.

use super::record;
use super::settle;
use super::state::{Fate, SessionState, State};
use super::unknown::may_be_overtaken;
use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::{Model, Partition};
use crate::history::{Sent, Value};
use gracchus_core::types::Offset;

/// A batch was acknowledged.
pub fn on_acknowledged(sent: &Sent, base: Option<Offset>, model: &Model, state: &mut State, found: &mut Findings) {
    let Some(index) = model.place_of(sent.partition) else { return };
    settle(sent, Fate::Acknowledged(None), model, state);
    let Some(base) = base else { return };
    for nth in 0..sent.count {
        let value = Value { session: sent.session, number: sent.first + nth };
        let offset = base.plus(i64::from(nth));
        if let Some(record) = state.record_mut(index, value) {
            record.fate = Fate::Acknowledged(Some(offset));
        }
        judge(index, value, offset, model, state, found);
    }
}

fn judge(index: usize, value: Value, offset: Offset, model: &Model, state: &mut State, found: &mut Findings) {
    let partition = &model.partitions()[index];
    let place = Place::partition(&partition.name);
    let Some(session) = state.session(value.session) else { return };
    let committed = session.kind.acks == -1;
    // What was gone by the time that its acknowledgement arrived says nothing of the log as it is.
    let record = state.record(index, value).copied();
    let losses = record.map_or(0, |record| record.cuts);
    if partition.gone_since(offset, losses).is_some() {
        return;
    }
    if committed {
        judge_identity(index, value, offset, model, state, found);
        record::judge_realtime(index, value, record, offset, model, state, found);
        let readings = state.partition(index);
        readings.acknowledge(offset, value);
        readings.committed = readings.committed.max(Some(offset));
    }
    let Some(session) = state.sessions.get_mut(&value.session) else { return };
    // With acks=1 an earlier record can be lost, and a later one take a lower place; after a permitted loss so it can with
    // acks=all, where what was lost takes the sequences along with it and is sent again.
    if session.is_ordered() && committed && partition.losses == losses {
        let before = session.last_acknowledged.get(&index).copied();
        let now = (value.number, offset);
        let lawful = before.is_none_or(|before| in_order(before.min(now), before.max(now), index, session, partition));
        found.demand(Check::SendOrder, lawful, place, || {
            format!(
                "{value:?} was acknowledged at {offset}, of the same session number and offset {before:?} before it"
            )
        });
        session.last_acknowledged.insert(index, now);
    }
}

/// Returns whether two records of a session, each with its number and offset, lie in the order of their sends or may lie in
/// another.
fn in_order(
    (earlier, earlier_at): (u32, Offset),
    (_, later_at): (u32, Offset),
    index: usize,
    session: &SessionState,
    partition: &Partition,
) -> bool {
    let records = session.records.get(index).map_or(&[][..], Vec::as_slice);
    earlier_at < later_at || (session.kind.idempotent && may_be_overtaken(partition, records, earlier, later_at))
}

fn judge_identity(index: usize, value: Value, offset: Offset, model: &Model, state: &mut State, found: &mut Findings) {
    let place = Place::partition(&model.partitions()[index].name);
    let readings = state.partition(index);
    let other = readings.acknowledged_at(offset).filter(|other| *other != value);
    found.demand(Check::AckIdentity, other.is_none(), place, || {
        format!("{value:?} and {other:?} were both acknowledged at {offset}")
    });
    if let Some(seen) = readings.at(offset) {
        found.demand(Check::AckIdentity, seen.value == value, place, || {
            format!("{value:?} was acknowledged at {offset}, where {seen:?} was read")
        });
    }
}
