//! What all disks hold when everything has come to rest.

use super::segments::{self, End, Found};
use crate::checks::model::{Batch, Model, Partition, ShadowLog};
use crate::checks::outside::State;
use crate::checks::{Check, Findings, Place};
use crate::history::Value;
use crate::world::World;
use bytes::Bytes;
use gracchus_core::io::FilePath;
use gracchus_core::types::{LeaderEpoch, NodeId, Offset, TopicPartition};
use std::collections::BTreeMap;

/// The files of every replica, by partition and node.
#[derive(Clone, Debug, Default)]
pub struct Disks {
    replicas: BTreeMap<(TopicPartition, NodeId), BTreeMap<FilePath, Bytes>>,
}

impl Disks {
    /// The disks as they are.
    #[must_use]
    pub fn of(world: &World) -> Disks {
        let mut disks = Disks::default();
        for node in world.nodes() {
            for path in world.files(node) {
                if let Some(partition) = world.partition_of(node, &path)
                    && let Some(bytes) = world.read_file(node, &path)
                {
                    disks.put(partition, node, path, bytes);
                }
            }
        }
        disks
    }

    /// One file more.
    pub fn put(&mut self, partition: TopicPartition, node: NodeId, path: FilePath, bytes: Bytes) {
        self.replicas.entry((partition, node)).or_default().insert(path, bytes);
    }

    /// Looks at all of them.
    pub fn judge(&self, model: &Model, state: &State, found: &mut Findings) {
        for (index, partition) in model.partitions().iter().enumerate().filter(|(_, partition)| !partition.deleted) {
            self.judge_matching(partition, found);
            self.judge_kept(index, partition, state, found);
            for replica in partition.replicas.iter().filter(|replica| !replica.rotted) {
                let Some(files) = self.replicas.get(&(partition.id, replica.node)) else { continue };
                judge_files(partition, replica.node, files, found);
            }
        }
    }

    /// The log that a replica's files hold.
    #[must_use]
    pub fn log(&self, partition: TopicPartition, node: NodeId) -> ShadowLog {
        let Some(files) = self.replicas.get(&(partition, node)) else { return ShadowLog::default() };
        let paths: Vec<FilePath> = files.keys().filter(|path| path.name().ends_with(".log")).cloned().collect();
        // Whatever a crash left beside the log is gone by then.
        segments::read(&paths, Offset(i64::MAX), |path| files.get(path).cloned())
    }

    fn judge_matching(&self, partition: &Partition, found: &mut Findings) {
        let logs: Vec<(NodeId, ShadowLog)> =
            partition.replicas.iter().map(|it| (it.node, self.log(partition.id, it.node))).collect();
        let Some((first, one)) = logs.first() else { return };
        for (node, other) in &logs[1..] {
            if one.is_empty() && other.is_empty() {
                continue;
            }
            // Each replica lets go of segments by its own clock.
            let begins = partition.replicas.iter().map(|it| it.begins).max().unwrap_or_default();
            let from = one.start().max(other.start()).max(begins);
            let (mine, theirs) = (&one.batches()[one.place_of(from)..], &other.batches()[other.place_of(from)..]);
            found.demand(Check::LogMatching, mine == theirs, Place::replica(*node, &partition.name), || {
                let at = mine.iter().zip(theirs).take_while(|(one, other)| one == other).count();
                let (one, other) = (mine.get(at), theirs.get(at));
                format!("its log parts from node {first}'s at batch {at}: {other:?} against {one:?}")
            });
        }
        let committed = &partition.committed;
        let from = partition.replica(*first).map_or(one.start(), |it| it.begins.max(one.start()));
        let (below, here) = (committed.partition_point(|batch| batch.last < from), one.place_of(from));
        let whole = one.batches()[here..].get(..committed.len() - below) == Some(&committed[below..]);
        if !committed.is_empty() {
            found.demand(Check::LogMatching, whole, Place::replica(*first, &partition.name), || {
                format!(
                    "its log ends at {}, and what was committed up to {} is not its beginning",
                    one.end(),
                    partition.committed_end()
                )
            });
        }
    }

    /// What was acknowledged with acks=all lies in the leader's files, value by value.
    fn judge_kept(&self, index: usize, partition: &Partition, state: &State, found: &mut Findings) {
        let Some(readings) = state.partitions.get(index) else { return };
        let Some((_, leader)) = partition.newest_leader() else { return };
        let Some(files) = self.replicas.get(&(partition.id, leader)) else { return };
        let mut values = BTreeMap::new();
        for (_, bytes) in files.iter().filter(|(path, _)| path.name().ends_with(".log")) {
            for Found { at, len, .. } in segments::batches(bytes).0 {
                for (offset, value) in segments::values(&bytes[at..at + len]).unwrap_or_default() {
                    values.insert(offset, Value::decode(value, partition.id));
                }
            }
        }
        for (offset, value) in (0..).map(Offset).zip(&readings.acknowledged) {
            let Some(value) = value.filter(|_| offset >= partition.let_go) else { continue };
            let there = values.get(&offset);
            found.demand(Check::LostWriteOnDisk, there == Some(&Ok(value)), Place::replica(leader, &partition.name), || {
                format!("{value:?} was acknowledged with acks=all at {offset}, and the leader's files have {there:?} there")
            });
        }
    }
}

fn judge_files(partition: &Partition, node: NodeId, files: &BTreeMap<FilePath, Bytes>, found: &mut Findings) {
    let place = Place::replica(node, &partition.name);
    let mut all: Vec<Batch> = Vec::new();
    for (path, bytes) in files.iter().filter(|(path, _)| segments::base_of(path).is_some()) {
        let (batches, end) = segments::batches(bytes);
        if !bytes.is_empty() {
            found.demand(Check::StoredChecksums, end == End::Whole, place, || format!("{path:?} is bad: {end:?}"));
        }
        let index = path.parent().join(&path.name().replace(".log", ".index"));
        if let Some(index) = files.get(&index) {
            judge_index(index, &batches, path, place, found);
        }
        all.extend(batches.iter().map(|it| it.batch));
    }
    all.sort_unstable();
    let checkpoint = files.iter().find(|(path, _)| path.name() == "leader-epoch-checkpoint");
    if let Some((_, bytes)) = checkpoint {
        let begins = partition.replica(node).map_or(Offset::ZERO, |replica| replica.begins);
        all.retain(|batch| batch.last >= begins);
        judge_epochs(partition, bytes, &all, begins, place, found);
    }
}

/// Entries ascend, and each points at the batch that has its offset.
fn judge_index(index: &[u8], batches: &[Found], path: &FilePath, place: Place<'_>, found: &mut Findings) {
    let Some(base) = segments::base_of(path) else { return };
    let mut before = None;
    for entry in index.chunks_exact(8) {
        let number = |at: usize| i32::from_be_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]]);
        let (relative, position) = (number(0), number(4));
        if (relative, position) == (0, 0) && before.is_some() {
            break;
        }
        let ascending = before.is_none_or(|(one, other)| one < relative && other < position);
        let batch = batches.iter().find(|it| it.at == position as usize);
        let offset = base.plus(i64::from(relative));
        let right = batch.is_some_and(|it| it.batch.base <= offset && offset <= it.batch.last);
        found.demand(Check::OffsetIndex, ascending && right, place, || {
            format!("the index of {path:?} says that {offset} is at byte {position}, where {batch:?} is; before it {before:?}")
        });
        before = Some((relative, position));
    }
}

/// EC1: epochs and start offsets ascend and none is ahead of the controller's; EC2: they are those of the log.
fn judge_epochs(
    partition: &Partition,
    bytes: &[u8],
    log: &[Batch],
    begins: Offset,
    place: Place<'_>,
    found: &mut Findings,
) {
    let Some(entries) = read_epochs(bytes) else {
        found.demand(Check::EpochCache, false, place, || "the leader-epoch checkpoint cannot be read".to_string());
        return;
    };
    let newest = partition.newest().map(|it| it.leader_epoch);
    let ascending = entries.is_sorted_by(|one, other| one.0 < other.0 && one.1 < other.1);
    let known = entries.last().is_none_or(|(epoch, _)| Some(*epoch) <= newest);
    let end = log.last().map_or(begins, |batch| batch.last.plus(1));
    let wrong = entries.iter().find(|(epoch, start)| {
        let first = log.iter().find(|batch| batch.epoch >= *epoch).map_or(end, |batch| batch.base);
        first.max(begins) != *start
    });
    let absent = log.iter().find(|batch| entries.iter().all(|(epoch, _)| *epoch != batch.epoch));
    if entries.is_empty() && log.is_empty() {
        return;
    }
    found.demand(Check::EpochCache, ascending && known && wrong.is_none() && absent.is_none(), place, || {
        format!(
            "the leader-epoch checkpoint says {entries:?} with the controller at {newest:?}; of the log, which ends at \
             {end}, it has {wrong:?} wrong and lacks {absent:?}"
        )
    });
}

fn read_epochs(bytes: &[u8]) -> Option<Vec<(LeaderEpoch, Offset)>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.lines();
    let version: i32 = lines.next()?.trim().parse().ok()?;
    let count: usize = lines.next()?.trim().parse().ok()?;
    let entries: Option<Vec<_>> = lines
        .map(|line| {
            let (epoch, start) = line.trim().split_once(' ')?;
            Some((LeaderEpoch(epoch.parse().ok()?), Offset(start.parse().ok()?)))
        })
        .collect();
    entries.filter(|entries| version == 0 && entries.len() == count)
}
