//! When everything has come to rest and every partition was read to its end: what was acknowledged is there, unless the
//! ledger let it go, and so is everything that anybody ever read.

use super::state::{Fate, SessionState, State};
use super::unknown::may_be_overtaken;
use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::{Model, Partition};
use crate::history::{Session, Value};
use crate::ledger::{self, Acked, Circumstances, Row, Ruling};
use gracchus_core::types::Offset;
use std::collections::BTreeMap;

/// Losses of acknowledged records that were permitted though they were never committed, by partition and row.
pub type Uncommitted = BTreeMap<(usize, Row), Vec<Offset>>;

/// Looks at the whole history.
pub fn judge_end(model: &Model, state: &State, found: &mut Findings) -> Uncommitted {
    let mut let_go = Uncommitted::new();
    for (id, session) in &state.sessions {
        let live = session.records.iter().enumerate().filter(|(index, _)| !model.partitions()[*index].deleted);
        for (index, records) in live {
            for (at, record) in records.iter().enumerate() {
                if let Fate::Acknowledged(offset) = record.fate {
                    let value = Value { session: *id, number: at as u32 };
                    judge_kept(index, value, offset, session.kind.acks, model, state, &mut let_go, found);
                }
            }
        }
        judge_order(*id, session, model, found);
    }
    for (index, readings) in state.partitions.iter().enumerate() {
        // Whatever was in a deleted topic is nobody's any more.
        if model.partitions()[index].deleted {
            continue;
        }
        if let Some(end) = readings.drained {
            let beyond = (end.0.max(0) as usize..readings.read.len()).find(|at| readings.read[*at].is_some());
            let place = Place::partition(&model.partitions()[index].name);
            found.demand(Check::StableRead, beyond.is_none(), place, || {
                format!("offset {beyond:?} was read, and the log that was read last ends at {end}")
            });
        }
    }
    let_go
}

#[allow(clippy::too_many_arguments, reason = "one record in its whole context")]
fn judge_kept(
    index: usize,
    value: Value,
    offset: Option<Offset>,
    acks: i16,
    model: &Model,
    state: &State,
    let_go: &mut Uncommitted,
    found: &mut Findings,
) {
    let partition = &model.partitions()[index];
    let Some(readings) = state.partitions.get(index) else { return };
    let place = Place::partition(&partition.name);
    let read = state.record(index, value).and_then(|record| record.read_at);
    // Whatever lies below a log's start was let go with permission: how far that may be is judged as logs begin later.
    if offset.is_some_and(|offset| offset < partition.let_go) {
        return;
    }
    let there = read.is_some() || offset.is_some_and(|offset| readings.at(offset).is_some_and(|it| it.value == value));
    let losses = state.record(index, value).map_or(0, |record| record.cuts);
    if !there && let Some(row) = permitted(partition, offset, acks, losses) {
        if let Some(offset) = offset {
            let_go.entry((index, row)).or_default().push(offset);
        }
        return;
    }
    let passed = offset.is_some_and(|offset| (offset.0 as usize) < readings.read.len());
    let message = || format!("{value:?} was acknowledged with acks={acks} at {offset:?}, and nobody can read it");
    if passed {
        found.demand(Check::LostWritePrefix, there, place, message);
    }
    if readings.drained.is_some() {
        found.demand(Check::LostWrite, there, place, message);
    }
}

/// The row that lets an acknowledged record go.
fn permitted(partition: &Partition, offset: Option<Offset>, acks: i16, losses: u32) -> Option<Row> {
    if let Some(row) = offset.and_then(|offset| partition.gone_since(offset, losses)) {
        return Some(row);
    }
    if acks == -1 {
        return None;
    }
    // Never committed, else it would be in the committed log or among what is gone from there.
    let offset = offset?;
    let at = partition.committed.partition_point(|batch| batch.last < offset);
    let now = partition.committed.get(at).filter(|batch| batch.base <= offset);
    let newest = partition.newest_leader().map(|(epoch, _)| epoch);
    // The batch that was acknowledged there is another than the committed one, and of a leadership that is over.
    let mut others = partition.ever.iter().filter(|(epoch, batches)| {
        let at = batches.partition_point(|batch| batch.last < offset);
        Some(**epoch) < newest && batches.get(at).is_some_and(|batch| batch.base <= offset && now != Some(batch))
    });
    let circumstances = Circumstances {
        acked: Acked::Leader,
        moved_before_commit: others.next().is_some(),
        leader_lost_it: false,
        sound_in_sync: 0,
        lossy: 0,
        unclean: 0,
        flagged_unclean: false,
    };
    match ledger::rule(&crate::checks::inside::promise(partition), &circumstances) {
        Ruling::Expected(row) => Some(row),
        Ruling::Bug => None,
    }
}

/// Of one session that keeps order, what was read lies in the order of its sends.
fn judge_order(id: Session, session: &SessionState, model: &Model, found: &mut Findings) {
    if !session.kind.idempotent {
        return;
    }
    for (index, records) in session.records.iter().enumerate() {
        let mut highest: Option<(usize, Offset)> = None;
        for (at, record) in records.iter().enumerate() {
            let Some(offset) = record.read_at else { continue };
            let partition = &model.partitions()[index];
            let place = Place::partition(&partition.name);
            let lawful = highest.is_none_or(|(number, before)| {
                before < offset || may_be_overtaken(partition, records, number as u32, offset)
            });
            found.demand(Check::IdempotentSession, lawful, place, || {
                format!("record {at} of the idempotent {id:?} lies at {offset}, an earlier one at {highest:?}")
            });
            if highest.is_none_or(|(_, before)| before < offset) {
                highest = Some((at, offset));
            }
        }
    }
}
