//! A recovered log is what the disk held when the process began: every whole batch, nothing behind the first that is
//! not, and everything that was called durable. Recovering the same files again gives the same log.

use super::log_start;
use crate::audit::segments;
use crate::checks::Check;
use crate::checks::findings::{Findings, Place};
use crate::checks::model::{Batch, Cache, Life, Model, Partition, Replica, Role, ShadowLog};
use crate::observer::NodeFiles;
use gracchus_core::io::FilePath;
use gracchus_core::types::{NodeId, Offset, TopicPartition};
use std::collections::BTreeMap;

const RECOVERY_POINTS: &str = "recovery-point-offset-checkpoint";
const LOG_STARTS: &str = "log-start-offset-checkpoint";
const HIGH_WATERMARKS: &str = "replication-offset-checkpoint";
const CUT: &str = "cut-below";
const EPOCHS: &str = "leader-epoch-checkpoint";

/// A node's process began.
pub fn on_started(node: NodeId, files: &dyn NodeFiles, model: &mut Model, found: &mut Findings) {
    let mut by_partition: BTreeMap<TopicPartition, Vec<FilePath>> = BTreeMap::new();
    let all = files.paths();
    let checkpoints = Checkpoints::of(files, &all);
    for path in all {
        if path.name().ends_with(".log")
            && let Some(partition) = files.partition_of(&path)
        {
            by_partition.entry(partition).or_default().push(path);
        }
    }
    for partition in model.of_node(node).filter(|partition| !partition.deleted) {
        let paths = by_partition.get(&partition.id).map_or(&[][..], Vec::as_slice);
        let saved = said(&checkpoints.log_starts, &partition.name);
        let promised = checkpoints.promised(&partition.name, partition.id);
        // Where all of that lies below the log's start nothing is promised.
        let durable_to = if promised <= saved { Offset::ZERO } else { promised };
        let first_epoch = first_epoch(files, partition.id).unwrap_or(saved);
        let begins = log_start::Begins { saved, first_epoch };
        let (log, is_bare) = log_start::on_disk(partition.replica(node), paths, begins, durable_to, files);
        if let Some(replica) = partition.replica_mut(node) {
            replica.is_bare = is_bare;
        }
        let is_in_doubt = |it: &&mut Replica| it.rotted || it.holed || it.cache == Cache::Lies;
        if let Some(replica) = partition.replica_mut(node).filter(is_in_doubt) {
            replica.around = segments::read_around(paths, |path| files.read(path));
            replica.promised = promised;
        }
        on_found(partition, node, log, found);
    }
}

/// What a replica's disk holds as its process begins.
pub fn on_found(partition: &mut Partition, node: NodeId, on_disk: ShadowLog, found: &mut Findings) {
    for batch in on_disk.batches() {
        // A crash inside a call can leave a batch that nobody told of.
        let other = partition.note_ever(*batch);
        found.demand(Check::EpochOffsetIdentity, other.is_none(), Place::replica(node, &partition.name), || {
            format!("in epoch {} offset {} is {other:?} and {batch:?}", batch.epoch, batch.base)
        });
    }
    judge_durable(partition, node, &on_disk, found);
    let Partition { name, replicas, .. } = partition;
    let Some(replica) = replicas.iter_mut().find(|replica| replica.node == node) else { return };
    if let Some(before) = replica.found.take()
        && !replica.lost_power
        && !replica.rotted
        && !replica.is_bare
    {
        // It died before it had loaded the log: what recovery had done until then changed nothing that was whole.
        found.demand(Check::RecoveryIdempotent, before == on_disk, Place::replica(node, name), || {
            format!("a crash in recovery changed the log: it ended at {}, and ends at {}", before.end(), on_disk.end())
        });
    }
    if replica.lost_power {
        let kept = common(&replica.log, &on_disk);
        let mut lost = replica.log.batches()[kept..].to_vec();
        lost.retain(|batch| batch.last >= replica.begins);
        replica.holed |= replica.cache == Cache::Lies && lost.iter().any(|batch| batch.last < replica.flushed);
        replica.lost.extend(lost);
        // A truncation that was not durable is undone.
        replica.touched |= kept < on_disk.len();
        replica.lost_power = false;
        replica.cache = Cache::Honest;
    }
    if replica.cache == Cache::Untold {
        replica.cache = Cache::Lies;
    }
    replica.found = Some(on_disk);
    replica.life = Life::Starting;
    replica.role = Role::None;
    replica.failed = None;
    (replica.told, replica.offline) = (false, false);
}

/// How far the log of a process that ends is surely on its disk: all that it called durable. A crash within a call may have
/// cut a truncation, of which nobody was told; none comes near what is committed at that time. What other replicas had
/// still may be committed later.
pub fn kept_to(replica: &mut Replica, committed: &[Batch], untold: bool) -> Offset {
    if !untold {
        return replica.flushed;
    }
    let agrees = replica.agree_with(committed);
    committed[..agrees].last().map_or(Offset::ZERO, |batch| batch.last.plus(1)).min(replica.flushed)
}

/// A replica's log was closed, because a file operation was denied in the middle of a call. As in a crash within a call, a
/// truncation may have been carried out in part. The process goes on and loads the log again.
pub fn on_closed(replica: &mut Replica, committed: &[Batch]) {
    if replica.life == Life::Live {
        replica.flushed = kept_to(replica, committed, true);
        replica.touched = true;
    }
}

/// What was surely on the disk is there, unless the disk failed.
fn judge_durable(partition: &mut Partition, node: NodeId, on_disk: &ShadowLog, found: &mut Findings) {
    let Partition { name, replicas, let_go, .. } = partition;
    let Some(replica) = replicas.iter().find(|replica| replica.node == node) else { return };
    let is_excused = replica.cache == Cache::Lies || replica.holed || replica.rotted || replica.offline;
    if replica.failed.is_some() || is_excused {
        return;
    }
    let durable = replica.log.batches().partition_point(|batch| batch.last < replica.kept_to);
    if durable == 0 {
        return;
    }
    let kept = common(&replica.log, on_disk);
    // A follower that is below its leader's start drops all that it has.
    let is_kept = replica.log.batches()[..durable].iter().skip(kept).all(|batch| batch.last < *let_go);
    found.demand(Check::RecoveryPrefix, is_kept, Place::replica(node, name), || {
        let gone = replica.log.batches()[kept];
        format!(
            "all below {} was called durable, and of that {gone:?} is not on the disk after the crash",
            replica.kept_to
        )
    });
}

/// A replica's log was loaded.
pub fn on_loaded(partition: &mut Partition, at: usize, end: Offset, clean: bool, found: &mut Findings) {
    let Partition { name, replicas, committed, .. } = partition;
    let replica = &mut replicas[at];
    let place = Place::replica(replica.node, name);
    replica.life = Life::Live;
    let Some(mut on_disk) = replica.found.take() else {
        // Loaded again within one life: a truncation that went further back than the log remembers.
        let _ = replica.log.truncate(end);
        replica.agrees = replica.agrees.min(committed.partition_point(|batch| batch.last < end));
        replica.high_watermark = replica.high_watermark.min(end);
        return;
    };
    if std::mem::take(&mut replica.is_bare) && on_disk.end() != end {
        // Where a log without any batch begins, whether at its leader's start or at the one that was saved before, is
        // nobody's loss.
        on_disk.truncate(end);
        if on_disk.end() < end {
            on_disk = ShadowLog::starting_at(end);
        }
        replica.touched = true;
    }
    // A start trusts what the checkpoints call durable, so that it does not see a hole there, which a lying sync left.
    replica.rotted |= replica.holed && on_disk.end() < end && on_disk.end() < replica.promised;
    if !replica.rotted {
        found.demand(Check::RecoveryPrefix, end == on_disk.end(), place, || {
            format!(
                "the disk has whole batches up to {}, and the log was loaded {} up to {end}",
                on_disk.end(),
                if clean { "as clean" } else { "by recovery" }
            )
        });
    }
    if !replica.touched && !replica.log.is_empty() && replica.lost.is_empty() && !replica.rotted {
        found.demand(Check::RecoveryIdempotent, replica.log.batches() == on_disk.batches(), place, || {
            format!("loaded once the log ended at {}, loaded again at {end}", replica.log.end())
        });
    }
    if replica.rotted {
        take_rotted(replica, end);
    } else {
        replica.log = on_disk;
    }
    replica.agrees = 0;
    (replica.touched, replica.holed) = (false, false);
    replica.flushed = replica.flushed.min(end);
    replica.high_watermark = Offset::ZERO;
}

/// A rotted log was loaded: a start that trusts what was durable does not look there, while the reader of the disk stops at
/// the first bad batch.
fn take_rotted(replica: &mut Replica, end: Offset) {
    let cut = replica.log.truncate(end);
    // Above what the checkpoints call durable a rotted batch is what a torn one is: it goes, with all behind it.
    if end >= replica.promised {
        replica.lost.extend(cut);
    }
    // A power loss can have brought back in the place of some what a truncation had cut. What lies below the log's start
    // is nobody's.
    let around = std::mem::take(&mut replica.around);
    let begins = replica.begins;
    let is_other = |batch: &&Batch| {
        let here = at_base(&around, batch.base);
        // No checksum covers an epoch, where the rot may be.
        batch.last >= begins && !here.is_empty() && here.iter().all(|it| it.crc != batch.crc)
    };
    if let Some(from) = replica.log.batches().iter().find(is_other).map(|batch| batch.base) {
        let cut = replica.log.truncate(from);
        replica.lost.extend(cut);
    }
    // A crash can have come before anybody was told of the last ones.
    // Of the batches that begin at one offset the newest is of the history that went on.
    let next_of = |log: &ShadowLog| {
        let epoch = log.batches().last().map(|it| it.epoch);
        let later = at_base(&around, log.end()).iter().filter(|it| Some(it.epoch) >= epoch);
        later.max_by_key(|it| it.epoch).copied()
    };
    while let Some(next) = next_of(&replica.log).filter(|next| next.last < end) {
        replica.log.push(next);
    }
    if replica.log.end() != end
        && let Some(way) = way_to(end, &replica.log, &around)
    {
        let cut = replica.log.truncate(way[0].base);
        replica.lost.extend(cut);
        way.into_iter().for_each(|batch| replica.log.push(batch));
    }
    if replica.log.end() < end && replica.begins == end {
        // All that is left lay below the start that was saved.
        replica.log = ShadowLog::starting_at(end);
    }
}

/// The batches of the disk over which a log came to end at `end`, from where it left the log that its replica had: a power
/// loss can have undone a truncation while newer batches lie beside those that came back.
fn way_to(end: Offset, log: &ShadowLog, around: &[Batch]) -> Option<Vec<Batch>> {
    let (mut way, mut to, mut epoch) = (Vec::new(), end, None);
    loop {
        let before = |it: &&Batch| it.last.plus(1) == to && epoch.is_none_or(|epoch| it.epoch <= epoch);
        let batch = *around.iter().filter(before).max_by_key(|it| it.epoch)?;
        way.push(batch);
        (to, epoch) = (batch.base, Some(batch.epoch));
        let kept = log.batches().partition_point(|it| it.base < to);
        let joins = match log.batches()[..kept].last() {
            Some(last) => last.last.plus(1) == to && last.epoch <= batch.epoch,
            None => log.start() == to,
        };
        if joins {
            way.reverse();
            return Some(way);
        }
    }
}

/// The batches, of some that ascend, that begin at an offset.
fn at_base(around: &[Batch], base: Offset) -> &[Batch] {
    let from = around.partition_point(|it| it.base < base);
    let to = around.partition_point(|it| it.base <= base);
    &around[from..to]
}

/// What a node's disks say of what is durable.
struct Checkpoints {
    recovery_points: Vec<String>,
    log_starts: Vec<String>,
    high_watermarks: Vec<String>,
    /// Cuts that were written down: the offset to which a log was cut, and the offset up to which checkpoints that were
    /// written before the cut may promise too much. Such checkpoints count up to the cut only.
    cuts: BTreeMap<TopicPartition, (Offset, Offset)>,
}

impl Checkpoints {
    fn of(files: &dyn NodeFiles, paths: &[FilePath]) -> Checkpoints {
        let text = |path: &FilePath| files.read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let named = |name: &str| paths.iter().filter(|path| path.name() == name).filter_map(text).collect();
        let cut = |path: &FilePath| {
            let (partition, text) = (files.partition_of(path)?, text(path)?);
            let (to, high) = text.strip_prefix("0\n")?.trim_end().split_once(' ')?;
            Some((partition, (Offset(to.parse().ok()?), Offset(high.parse().ok()?))))
        };
        Checkpoints {
            recovery_points: named(RECOVERY_POINTS),
            log_starts: named(LOG_STARTS),
            high_watermarks: named(HIGH_WATERMARKS),
            cuts: paths.iter().filter(|path| path.name() == CUT).filter_map(cut).collect(),
        }
    }

    /// Below this a partition's log was durable and committed.
    fn promised(&self, name: &str, partition: TopicPartition) -> Offset {
        let promised = said(&self.recovery_points, name).min(said(&self.high_watermarks, name));
        // Checkpoints that both say more than the file were written after the cut: the file counts no more.
        let cut = self.cuts.get(&partition).filter(|(_, high)| promised <= *high);
        cut.map_or(promised, |(to, _)| promised.min(*to))
    }
}

/// What checkpoint files say of a partition; nought where they say nothing.
fn said(checkpoints: &[String], partition: &str) -> Offset {
    let of_line = |line: &str| {
        let (topic, rest) = line.split_once(' ')?;
        let (number, offset) = rest.split_once(' ')?;
        let offset = offset.parse().ok().map(Offset)?;
        (partition.strip_prefix(topic)?.strip_prefix('-')? == number).then_some(offset)
    };
    checkpoints.iter().filter_map(|text| text.lines().find_map(of_line)).max().unwrap_or(Offset::ZERO)
}

/// Where the first epoch of a partition's `leader-epoch-checkpoint` begins; none where the file is not whole or names none.
fn first_epoch(files: &dyn NodeFiles, partition: TopicPartition) -> Option<Offset> {
    let is_it = |path: &FilePath| path.name() == EPOCHS && files.partition_of(path) == Some(partition);
    let bytes = files.paths().into_iter().find(is_it).and_then(|path| files.read(&path))?;
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.strip_prefix("0\n")?.strip_suffix('\n')?.split('\n');
    let count: usize = lines.next()?.parse().ok()?;
    let entries: Option<Vec<i64>> = lines.map(|line| line.split_once(' ')?.1.parse().ok()).collect();
    let entries = entries.filter(|entries| entries.len() == count)?;
    entries.first().copied().map(Offset)
}

/// How many batches two logs have in common from their beginning.
fn common(one: &ShadowLog, other: &ShadowLog) -> usize {
    one.batches().iter().zip(other.batches()).take_while(|(one, other)| one == other).count()
}
