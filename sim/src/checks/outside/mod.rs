//! Checks of what clients did and saw. Each file is one property or a few that look at the same act; this one hands each
//! act to those that look at it, and keeps the state.
//!
//! **Invariants**: a record costs the same however many were read before it; what the ledger let go binds nobody.

mod acknowledged;
mod ends;
mod group;
mod last;
mod polled;
mod record;
mod state;
mod topics;
mod unknown;
mod watermarks;

pub use ends::Ends;
pub use group::Groups;
pub use last::{Uncommitted, judge_end};
pub use state::{Fate, Readings, Record, Seen, SessionState, State};
pub use topics::Topics;

use super::findings::Findings;
use super::model::Model;
use crate::history::{ClientEvent, Sent, Session};
use std::collections::BTreeMap;

/// Looks at one act of a client and keeps the state up.
pub fn see(event: &ClientEvent, model: &Model, state: &mut State, found: &mut Findings) {
    match event {
        ClientEvent::Session(session, kind) => {
            let fresh = SessionState { kind: *kind, records: Vec::new(), last_acknowledged: BTreeMap::new() };
            assert!(state.sessions.insert(*session, fresh).is_none(), "a session begins once");
        }
        ClientEvent::Sent(sent) => on_sent(sent, model, state),
        ClientEvent::Attempted(..) => {}
        ClientEvent::Acknowledged(sent, base) => acknowledged::on_acknowledged(sent, *base, model, state, found),
        ClientEvent::Unknown(sent, _) => settle(sent, Fate::Unknown, model, state),
        ClientEvent::Failed(sent, _) => settle(sent, Fate::Failed, model, state),
        ClientEvent::Died(session) => on_died(*session, state),
        ClientEvent::Positioned { consumer, partition, at } => {
            if let Some(index) = model.place_of(*partition) {
                state.positions.entry((*consumer, index)).or_default().next = Some(*at);
            }
        }
        ClientEvent::Polled(poll) => polled::on_polled(poll, model, state, found),
        ClientEvent::Group(event) => {
            state.groups.see(event, model, found);
            ends::see(event, model, state, found);
        }
        ClientEvent::Admin(event) => state.topics.see(event, found),
        ClientEvent::Drained { partition, end, .. } => {
            if let Some(index) = model.place_of(*partition) {
                state.partition(index).drained = Some(*end);
            }
        }
    }
}

/// Records went from the ends of logs, with the ledger's permission.
pub fn on_cuts(model: &mut Model, state: &mut State) {
    for (index, partition) in model.partitions_mut().iter_mut().enumerate() {
        for from in partition.cuts.drain(..) {
            state.cut(index, from);
        }
    }
}

fn on_sent(sent: &Sent, model: &Model, state: &mut State) {
    let Some(index) = model.place_of(sent.partition) else { return };
    let readings = state.partition(index);
    let record = Record { fate: Fate::Open, read_at: None, floor: readings.committed, cuts: readings.cuts };
    let Some(session) = state.sessions.get_mut(&sent.session) else { return };
    if session.records.len() <= index {
        session.records.resize_with(index + 1, Vec::new);
    }
    let records = &mut session.records[index];
    assert_eq!(records.len(), sent.first as usize, "records are numbered without gaps");
    records.resize(records.len() + sent.count as usize, record);
    state.records.sent += u64::from(sent.count);
}

fn settle(sent: &Sent, fate: Fate, model: &Model, state: &mut State) {
    let Some(index) = model.place_of(sent.partition) else { return };
    for record in state.batch_mut(index, sent) {
        record.fate = fate;
    }
    match fate {
        Fate::Acknowledged(_) => state.records.acknowledged += u64::from(sent.count),
        Fate::Unknown => state.records.unknown += u64::from(sent.count),
        Fate::Failed => state.records.failed += u64::from(sent.count),
        Fate::Open => {}
    }
}

fn on_died(session: Session, state: &mut State) {
    let Some(session) = state.sessions.get_mut(&session) else { return };
    for record in session.records.iter_mut().flatten() {
        if record.fate == Fate::Open {
            record.fate = Fate::Unknown;
            state.records.unknown += 1;
        }
    }
}
