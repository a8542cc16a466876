//! What clients have said and seen so far, by partition and by session.

use super::{Ends, Groups, Topics};
use crate::history::{ConsumerId, Sent, Session, SessionKind, Value};
use crate::verdict::Records;
use gracchus_core::types::{LeaderEpoch, NodeId, Offset};
use std::collections::BTreeMap;

/// A record that somebody read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seen {
    /// The leader epoch of its batch.
    pub epoch: LeaderEpoch,
    /// What it said.
    pub value: Value,
}

/// What became of a record that was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// Nothing yet.
    Open,
    /// It was acknowledged; where is not always known.
    Acknowledged(Option<Offset>),
    /// It may or may not have been written.
    Unknown,
    /// It was surely not written.
    Failed,
}

/// A record that was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record {
    /// What became of it.
    pub fate: Fate,
    /// Where it was read first, since the last cut of its partition.
    pub read_at: Option<Offset>,
    /// The greatest offset that was known to be committed when it was sent.
    pub floor: Option<Offset>,
    /// How many losses its partition had had when it was sent.
    pub cuts: u32,
}

/// A producer's session.
#[derive(Clone, Debug)]
pub struct SessionState {
    /// What it is like.
    pub kind: SessionKind,
    /// Its records, by partition (the model's index) and number.
    pub records: Vec<Vec<Record>>,
    /// By partition, the number and the offset of the last acknowledged record.
    pub last_acknowledged: BTreeMap<usize, (u32, Offset)>,
}

impl SessionState {
    /// Whether its records lie in the order of their sends: only then is nothing sent past a record that may come again.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        self.kind.idempotent || self.kind.in_flight <= 1
    }

    /// A record of its.
    pub fn record_mut(&mut self, index: usize, number: u32) -> Option<&mut Record> {
        self.records.get_mut(index)?.get_mut(number as usize)
    }
}

/// What is known of a partition by reading and writing it.
#[derive(Clone, Debug, Default)]
pub struct Readings {
    /// What was read, by offset.
    pub read: Vec<Option<Seen>>,
    /// What was acknowledged with acks=all, by offset.
    pub acknowledged: Vec<Option<Value>>,
    /// The greatest offset that is known to be committed: read, or acknowledged with acks=all.
    pub committed: Option<Offset>,
    /// How often records went from its end, with permission.
    pub cuts: u32,
    /// Up to where the final drain read it.
    pub drained: Option<Offset>,
}

impl Readings {
    /// What was read at an offset.
    #[must_use]
    pub fn at(&self, offset: Offset) -> Option<Seen> {
        usize::try_from(offset.0).ok().and_then(|at| self.read.get(at).copied().flatten())
    }

    /// What was acknowledged at an offset.
    #[must_use]
    pub fn acknowledged_at(&self, offset: Offset) -> Option<Value> {
        usize::try_from(offset.0).ok().and_then(|at| self.acknowledged.get(at).copied().flatten())
    }

    /// It was acknowledged there.
    pub fn acknowledge(&mut self, offset: Offset, value: Value) {
        let Ok(at) = usize::try_from(offset.0) else { return };
        if self.acknowledged.len() <= at {
            self.acknowledged.resize(at + 1, None);
        }
        self.acknowledged[at] = Some(value);
    }
}

/// Where a consumer is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Position {
    /// What it reads next; unknown until it polled or was positioned.
    pub next: Option<Offset>,
    /// Of which leadership its last answer was, and the watermarks in it.
    pub last: Option<LastAnswer>,
}

/// The watermarks of an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LastAnswer {
    /// From whom.
    pub source: NodeId,
    /// Of which leadership.
    pub epoch: Option<LeaderEpoch>,
    /// High watermark.
    pub high_watermark: Offset,
    /// Log start.
    pub log_start: Offset,
}

/// Everything that clients have said and seen.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// By the model's index.
    pub partitions: Vec<Readings>,
    /// Every producer's every life.
    pub sessions: BTreeMap<Session, SessionState>,
    /// By consumer and partition.
    pub positions: BTreeMap<(ConsumerId, usize), Position>,
    /// Consumer groups.
    pub groups: Groups,
    /// Topics that administrators create and delete.
    pub topics: Topics,
    /// Where leaders said that partitions end.
    pub ends: Ends,
    /// In numbers.
    pub records: Records,
}

impl State {
    /// What is known of a partition.
    pub fn partition(&mut self, index: usize) -> &mut Readings {
        if self.partitions.len() <= index {
            self.partitions.resize_with(index + 1, Readings::default);
        }
        &mut self.partitions[index]
    }

    /// The session of that number, if it began.
    #[must_use]
    pub fn session(&self, session: Session) -> Option<&SessionState> {
        self.sessions.get(&session)
    }

    /// A record that was sent.
    #[must_use]
    pub fn record(&self, index: usize, value: Value) -> Option<&Record> {
        self.session(value.session)?.records.get(index)?.get(value.number as usize)
    }

    /// A record that was sent.
    pub fn record_mut(&mut self, index: usize, value: Value) -> Option<&mut Record> {
        self.sessions.get_mut(&value.session)?.record_mut(index, value.number)
    }

    /// The records of a batch that was sent.
    pub fn batch_mut(&mut self, index: usize, sent: &Sent) -> &mut [Record] {
        let session = self.sessions.get_mut(&sent.session);
        let records = session.and_then(|session| session.records.get_mut(index));
        let from = sent.first as usize;
        records.and_then(|records| records.get_mut(from..from + sent.count as usize)).unwrap_or(&mut [])
    }

    /// Committed records from this offset on went, with permission: what was seen there binds nobody any more.
    pub fn cut(&mut self, index: usize, from: Offset) {
        let at = usize::try_from(from.0).unwrap_or(0);
        let readings = self.partition(index);
        readings.cuts += 1;
        readings.acknowledged.truncate(at);
        readings.committed = readings.committed.filter(|committed| *committed < from);
        let taken = if at < readings.read.len() { readings.read.split_off(at) } else { Vec::new() };
        for seen in taken.into_iter().flatten() {
            if let Some(record) = self.record_mut(index, seen.value) {
                record.read_at = record.read_at.filter(|at| *at < from);
            }
        }
        for session in self.sessions.values_mut() {
            session.last_acknowledged.retain(|partition, (_, offset)| *partition != index || *offset < from);
        }
    }
}
