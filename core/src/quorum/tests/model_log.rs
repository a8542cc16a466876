//! A metadata log in memory, with what is durable of it and what a crash may bring back.

use super::super::*;
use crate::record::{Batches, control_records};
use crate::types::{LeaderEpoch, Offset};
use bytes::Bytes;
use std::collections::BTreeMap;

/// A whole snapshot: its bytes, and what its control records say.
#[derive(Clone, PartialEq, Debug)]
pub struct ModelSnapshot {
    pub bytes: Bytes,
    pub control: ControlState,
}

/// A log at one moment.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LogState {
    pub start: Offset,
    pub start_epoch: LeaderEpoch,
    pub batches: Vec<Bytes>,
    pub snapshots: BTreeMap<SnapshotId, ModelSnapshot>,
}

pub fn header(batch: &Bytes) -> crate::record::BatchHeader {
    crate::record::BatchHeader::parse(batch).unwrap()
}

impl LogState {
    pub fn end(&self) -> LogEnd {
        match self.batches.last().map(header) {
            Some(last) => LogEnd { epoch: last.leader_epoch.unwrap(), offset: last.next() },
            None => LogEnd { epoch: self.start_epoch, offset: self.start },
        }
    }

    /// The voters, from the latest snapshot that the log begins with, and from the log.
    pub fn history(&self, configured: VoterSet) -> VoterHistory {
        let mut history = VoterHistory::new(configured);
        let first = self.snapshots.iter().rev().find(|(id, _)| id.end_offset <= self.start);
        if let Some((id, snapshot)) = first {
            history.load_snapshot(*id, &snapshot.control);
        }
        for batch in &self.batches {
            let batch = Batches::new(batch.clone()).next().unwrap().unwrap();
            if batch.header().is_control() {
                for record in control_records(&batch).unwrap() {
                    let record = record.unwrap();
                    history.apply(record.offset, &ControlMessage::decode(&record).unwrap());
                }
            }
        }
        history
    }
}

/// A log whose appends, truncations and installations are durable after a sync.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ModelLog {
    pub live: LogState,
    /// What a crash may bring back: the state of the last sync, and every state since.
    pub since_sync: Vec<(u64, LogState)>,
    changes: u64,
    pub partial: Option<(SnapshotId, Vec<u8>)>,
    /// Whether reads come from the disk.
    pub is_cold: bool,
    /// Whether its files fail.
    pub fail: bool,
}

impl ModelLog {
    pub fn new(state: LogState) -> ModelLog {
        ModelLog { live: state.clone(), since_sync: vec![(0, state)], ..ModelLog::default() }
    }

    pub fn durable(&self) -> &LogState {
        &self.since_sync[0].1
    }

    /// The name of what a sync that begins at this moment makes durable.
    pub fn mark(&self) -> u64 {
        self.changes
    }

    pub fn synced(&mut self, mark: u64) {
        let at = self.since_sync.iter().rposition(|it| it.0 <= mark).unwrap();
        self.since_sync.drain(..at);
    }

    /// What there is after a crash that brings back the `nth` of the possible states.
    pub fn crashed(&self, nth: usize) -> LogState {
        let mut state = self.since_sync[nth % self.since_sync.len()].1.clone();
        let latest = state.snapshots.keys().last().copied();
        if let Some(latest) = latest.filter(|it| it.end_offset > state.end().offset) {
            state.batches.clear();
            (state.start, state.start_epoch) = (latest.end_offset, latest.epoch);
        }
        state
    }

    fn changed(&mut self) -> Result<(), LogFailed> {
        self.changes += 1;
        self.since_sync.push((self.changes, self.live.clone()));
        if self.fail { Err(LogFailed) } else { Ok(()) }
    }

    /// Stores a snapshot of the records before `id.end_offset`, durable at once.
    pub fn make_snapshot(&mut self, id: SnapshotId, snapshot: ModelSnapshot) {
        self.live.snapshots.insert(id, snapshot.clone());
        self.since_sync.iter_mut().for_each(|it| drop(it.1.snapshots.insert(id, snapshot.clone())));
    }

    /// Lets the records before `to`, which a snapshot has, go.
    pub fn trim(&mut self, to: Offset) {
        let Some(id) = self.live.snapshots.keys().find(|it| it.end_offset == to).copied() else { return };
        let cut = |state: &mut LogState| {
            if state.start < to && state.end().offset >= to && state.snapshots.contains_key(&id) {
                state.batches.retain(|it| header(it).base >= to);
                (state.start, state.start_epoch) = (to, id.epoch);
                state.snapshots.retain(|it, _| it.end_offset >= to);
            }
        };
        cut(&mut self.live);
        self.since_sync.iter_mut().for_each(|it| cut(&mut it.1));
    }

    pub fn read_now(&self, from: Offset, max_bytes: u32) -> Option<Bytes> {
        if from < self.live.start {
            return None;
        }
        let at = self.live.batches.iter().position(|it| header(it).next() > from)?;
        let mut bytes = Vec::new();
        for batch in &self.live.batches[at..] {
            if !bytes.is_empty() && bytes.len() + batch.len() > max_bytes as usize {
                break;
            }
            bytes.extend_from_slice(batch);
        }
        Some(bytes.into())
    }

    pub fn read_snapshot_now(&self, id: SnapshotId, position: u64, max_bytes: u32) -> Option<Bytes> {
        let bytes = &self.live.snapshots.get(&id)?.bytes;
        let to = bytes.len().min(position as usize + max_bytes as usize);
        (position as usize <= to).then(|| bytes.slice(position as usize..to))
    }
}

impl QuorumLog for ModelLog {
    fn start(&self) -> Offset {
        self.live.start
    }

    fn end(&self) -> LogEnd {
        self.live.end()
    }

    fn end_of_epoch(&self, epoch: LeaderEpoch) -> LogEnd {
        let first = (self.live.start > Offset::ZERO).then_some((self.live.start_epoch, self.live.start));
        let batches = self.live.batches.iter().map(header).map(|it| (it.leader_epoch.unwrap(), it.base));
        let mut entries: Vec<(LeaderEpoch, Offset)> = first.into_iter().chain(batches).collect();
        entries.dedup_by_key(|it| it.0);
        let next = entries.iter().position(|it| it.0 > epoch);
        let offset = next.map_or(self.end().offset, |at| entries[at].1);
        let known = entries.iter().rev().find(|it| it.0 <= epoch).map_or(epoch, |it| it.0);
        if entries.is_empty() { LogEnd { epoch: LeaderEpoch(0), offset } } else { LogEnd { epoch: known, offset } }
    }

    fn append(&mut self, batches: &Bytes) -> Result<(), LogFailed> {
        for batch in Batches::new(batches.clone()) {
            let batch = batch.unwrap();
            let end = self.live.end();
            assert_eq!(batch.header().base, end.offset, "a log has no gap");
            assert!(batch.header().leader_epoch.unwrap() >= end.epoch, "epochs of a log never fall");
            self.live.batches.push(batch.bytes().clone());
        }
        self.changed()
    }

    fn truncate(&mut self, to: Offset) -> Result<(), LogFailed> {
        assert!(to >= self.live.start);
        self.live.batches.retain(|it| header(it).next() <= to);
        self.changed()
    }

    fn read(&self, from: Offset, max_bytes: u32) -> LogRead {
        match self.read_now(from, max_bytes) {
            Some(bytes) if !self.is_cold => LogRead::Now(bytes),
            _ => LogRead::Later,
        }
    }

    fn latest_snapshot(&self) -> Option<SnapshotId> {
        self.live.snapshots.keys().last().copied()
    }

    fn earliest_snapshot(&self) -> Option<SnapshotId> {
        self.live.snapshots.keys().find(|it| **it != SnapshotId::BOOTSTRAP).copied()
    }

    fn snapshot_len(&self, id: SnapshotId) -> Option<u64> {
        self.live.snapshots.get(&id).map(|it| it.bytes.len() as u64)
    }

    fn read_snapshot(&self, id: SnapshotId, position: u64, max_bytes: u32) -> LogRead {
        match self.read_snapshot_now(id, position, max_bytes) {
            Some(bytes) if !self.is_cold => LogRead::Now(bytes),
            _ => LogRead::Later,
        }
    }

    fn begin_snapshot(&mut self, id: SnapshotId) -> Result<(), LogFailed> {
        self.partial = Some((id, Vec::new()));
        Ok(())
    }

    fn append_snapshot(&mut self, bytes: &Bytes) -> Result<(), LogFailed> {
        self.partial.as_mut().unwrap().1.extend_from_slice(bytes);
        Ok(())
    }

    fn install_snapshot(&mut self, id: SnapshotId) -> Result<(), LogFailed> {
        let (of, bytes) = self.partial.take().unwrap();
        assert_eq!(of, id);
        let control = super::world::control_of(&bytes);
        let snapshot = ModelSnapshot { bytes: bytes.into(), control };
        self.live = LogState {
            start: id.end_offset,
            start_epoch: id.epoch,
            batches: vec![],
            snapshots: [(id, snapshot)].into(),
        };
        self.changed()
    }
}
