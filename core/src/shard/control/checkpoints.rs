//! The offset checkpoint files of each log directory, written at intervals and at a clean stop.
//!
//! **Invariants**
//! - All records below a recovery point in a file were durable when the data shard reported the recovery point.
//! - For each partition, the lesser of the recovery point and the high watermark in the files is never above what is
//!   durable, whichever writes survive a crash. Recovery trusts the log up to that offset.
//!
//! **In Kafka**: `LogManager.checkpointRecoveryOffsetsInDir`, `ReplicaManager.checkpointHighWatermarks`.

use super::start::{HIGH_WATERMARKS, LOG_STARTS, RECOVERY_POINTS};
use super::{Control, Purpose, formats};
use crate::io::{DirId, Env, FilePath};
use crate::metadata::NodeConfig;
use crate::shard::Effects;
use crate::shard::mail::{Checkpoint, FoundAtStart, FoundFolder};
use crate::types::{Instant, Offset};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

#[derive(Clone, Debug, Default)]
pub(super) struct Checkpoints {
    dirs: BTreeMap<DirId, BTreeMap<(Arc<str>, i32), FoundFolder>>,
    /// Partitions that were found after an unclean stop and are not loaded yet. Where such a log ends is known only
    /// after its recovery.
    unrecovered: BTreeSet<(Arc<str>, i32)>,
    /// Recovery points that a truncation lowered, while the file on disk may still hold the old, higher value.
    fallen: BTreeMap<DirId, Fallen>,
    writes: BTreeMap<(DirId, CheckpointFile), Writes>,
    watermarks_due: Option<Instant>,
    recovery_due: Option<Instant>,
}

/// Recovery points of one directory that a truncation has lowered.
#[derive(Clone, Debug, Default)]
struct Fallen {
    /// For each partition: the lowest recovery point since the truncation, and the number of writes of the recovery
    /// point file that must still complete until the file on disk holds this recovery point. The number is `None` if no
    /// write has been requested since the truncation.
    to: BTreeMap<(Arc<str>, i32), (Offset, Option<u32>)>,
    under_way: u32,
}

/// A checkpoint file of a log directory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum CheckpointFile {
    HighWatermarks,
    RecoveryPoints,
    LogStarts,
}

/// For each checkpoint file, the number of its writes that had begun when this map was made.
pub(super) type WritesBegun = BTreeMap<(DirId, CheckpointFile), u64>;

/// How many writes of one file have begun and have completed.
#[derive(Clone, Copy, Debug, Default)]
struct Writes {
    begun: u64,
    completed: u64,
}

impl Checkpoints {
    /// Takes over the offsets that the checkpoint files had when the node started. Offsets of partitions that this node
    /// no longer leads or follows are written back unchanged, because their logs are still on disk.
    pub(super) fn begin(&mut self, load: &FoundAtStart) {
        for ((topic, partition), found) in &load.found {
            let key: (Arc<str>, i32) = (topic.as_str().into(), *partition);
            self.dirs.entry(found.dir).or_default().insert(key.clone(), *found);
            if !load.clean {
                self.unrecovered.insert(key);
            }
        }
    }

    /// Returns whether every log that was found after an unclean stop has been loaded. Only then can a stop be clean,
    /// because only then is the end of each log known.
    pub(super) fn are_whole(&self) -> bool {
        self.unrecovered.is_empty()
    }

    pub(super) fn learn(&mut self, offsets: Vec<Checkpoint>, now: Instant, config: &NodeConfig) {
        for of in offsets {
            let found = FoundFolder {
                dir: of.dir,
                recovery_point: Some(of.recovery_point),
                log_start: Some(of.log_start),
                high_watermark: Some(of.high_watermark),
            };
            let key = (of.topic, of.partition);
            self.unrecovered.remove(&key);
            let before = self.dirs.entry(of.dir).or_default().insert(key.clone(), found);
            if before.is_some_and(|before| before.recovery_point > found.recovery_point) {
                self.fallen.entry(of.dir).or_default().note(key, of.recovery_point);
                self.recovery_due = Some(now);
            }
            if before.is_none_or(|before| before.high_watermark != found.high_watermark) {
                self.watermarks_due.get_or_insert(now.plus_ms(config.high_watermark_checkpoint_interval_ms));
            }
            if before.is_none_or(|before| {
                before.recovery_point != found.recovery_point || before.log_start != found.log_start
            }) {
                self.recovery_due.get_or_insert(now.plus_ms(config.recovery_point_checkpoint_interval_ms));
            }
        }
    }

    pub(super) fn due(&self) -> Option<Instant> {
        [self.watermarks_due, self.recovery_due].into_iter().flatten().min()
    }

    /// Forgets the offsets of a deleted partition, so that a later topic of the same name does not get them.
    pub(super) fn forget(&mut self, dir: DirId, topic: &Arc<str>, partition: i32) {
        let key = (topic.clone(), partition);
        if let Some(known) = self.dirs.get_mut(&dir) {
            known.remove(&key);
        }
        if let Some(fallen) = self.fallen.get_mut(&dir) {
            fallen.to.remove(&key);
        }
        self.unrecovered.remove(&key);
    }

    /// Returns, for each checkpoint file, the number of its writes that have begun so far.
    pub(super) fn writes_begun(&self) -> WritesBegun {
        self.writes.iter().map(|(file, writes)| (*file, writes.begun)).collect()
    }

    /// The number of writes of a file that are on disk.
    pub(super) fn writes_completed(&self, dir: DirId, file: CheckpointFile) -> u64 {
        self.writes.get(&(dir, file)).map_or(0, |writes| writes.completed)
    }

    /// Returns whether all writes that `begun` counts are on disk. Writes to a failed directory count as complete,
    /// because the directory is not used any more.
    pub(super) fn are_written(&self, begun: &WritesBegun) -> bool {
        begun.iter().all(|(file, count)| self.writes.get(file).is_none_or(|writes| writes.completed >= *count))
    }

    /// Forgets the writes of a directory that has failed.
    pub(super) fn give_up(&mut self, dir: DirId) {
        self.writes.retain(|(of, _), _| *of != dir);
    }

    fn take_due(&mut self, now: Instant) -> Vec<CheckpointFile> {
        let mut due = Vec::new();
        if self.watermarks_due.take_if(|at| *at <= now).is_some() {
            due.push(CheckpointFile::HighWatermarks);
        }
        if self.recovery_due.take_if(|at| *at <= now).is_some() {
            due.push(CheckpointFile::RecoveryPoints);
        }
        due
    }

    fn render(&self, dir: DirId, of: impl Fn(&(Arc<str>, i32), &FoundFolder) -> Option<Offset>) -> Vec<u8> {
        let known = self.dirs.get(&dir).into_iter().flatten();
        let entries: Vec<_> = known.filter_map(|(key, found)| Some((&*key.0, key.1, of(key, found)?))).collect();
        formats::render_checkpoint(entries.into_iter()).into_bytes()
    }

    /// Returns the text of a directory's high watermark file. After a truncation, the recovery point file on disk may
    /// still hold the old, higher recovery point. During that time, the partition's high watermark is written no higher
    /// than the lowered recovery point, because recovery trusts the log up to the lesser of the two.
    fn high_watermarks(&self, dir: DirId) -> Vec<u8> {
        let fallen = self.fallen.get(&dir);
        self.render(dir, |key, found| {
            let least = fallen.and_then(|fallen| fallen.to.get(key)).map_or(Offset(i64::MAX), |(to, _)| *to);
            Some(found.high_watermark?.min(least))
        })
    }

    fn recovery_points(&mut self, dir: DirId) -> Vec<u8> {
        if let Some(fallen) = self.fallen.get_mut(&dir) {
            fallen.on_write();
        }
        self.render(dir, |_, found| found.recovery_point)
    }

    /// Notes that a directory's checkpoint file was written. When a lowered recovery point has reached the disk, the
    /// partition's high watermark is no longer limited to that recovery point. The high watermark file is then written
    /// again at once.
    pub(super) fn on_written(&mut self, dir: DirId, file: CheckpointFile, now: Instant) {
        if let Some(writes) = self.writes.get_mut(&(dir, file)) {
            writes.completed += 1;
        }
        if file == CheckpointFile::RecoveryPoints
            && let Some(fallen) = self.fallen.get_mut(&dir)
            && fallen.on_written()
        {
            self.watermarks_due.get_or_insert(now);
        }
    }
}

impl Fallen {
    fn note(&mut self, key: (Arc<str>, i32), to: Offset) {
        let least = self.to.get(&key).map_or(to, |(before, _)| to.min(*before));
        self.to.insert(key, (least, None));
    }

    fn on_write(&mut self) {
        self.under_way += 1;
        for (_, awaits) in self.to.values_mut() {
            awaits.get_or_insert(self.under_way);
        }
    }

    /// Returns whether some lowered recovery point has reached the disk.
    fn on_written(&mut self) -> bool {
        self.under_way = self.under_way.saturating_sub(1);
        let before = self.to.len();
        self.to.retain(|_, (_, awaits)| match awaits {
            Some(1) => false,
            Some(more) => {
                *more -= 1;
                true
            }
            None => true,
        });
        self.to.len() < before
    }
}

impl Control {
    pub(super) fn write_due_checkpoints(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        let due = self.checkpoints.take_due(env.now.mono);
        self.write_checkpoints(&due, env, out);
    }

    pub(super) fn write_all_checkpoints(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        self.write_checkpoints(&[CheckpointFile::HighWatermarks, CheckpointFile::RecoveryPoints], env, out);
    }

    fn write_checkpoints(&mut self, which: &[CheckpointFile], env: &mut Env<'_>, out: &mut Effects) {
        for dir in self.fit_dirs() {
            if which.contains(&CheckpointFile::HighWatermarks) {
                let text = self.checkpoints.high_watermarks(dir);
                self.write_checkpoint(dir, CheckpointFile::HighWatermarks, text, env, out);
            }
            if which.contains(&CheckpointFile::RecoveryPoints) {
                let text = self.checkpoints.recovery_points(dir);
                self.write_checkpoint(dir, CheckpointFile::RecoveryPoints, text, env, out);
                self.write_log_starts(dir, env, out);
            }
        }
    }

    /// Writes a directory's file of log start offsets. Returns the number of this write: 1 for the first write of the
    /// file.
    pub(super) fn write_log_starts(&mut self, dir: DirId, env: &mut Env<'_>, out: &mut Effects) -> u64 {
        let starts = |_: &_, found: &FoundFolder| found.log_start.filter(|start| *start > Offset::ZERO);
        let text = self.checkpoints.render(dir, starts);
        self.write_checkpoint(dir, CheckpointFile::LogStarts, text, env, out);
        self.checkpoints.writes.get(&(dir, CheckpointFile::LogStarts)).map_or(0, |writes| writes.begun)
    }

    fn write_checkpoint(
        &mut self,
        dir: DirId,
        file: CheckpointFile,
        text: Vec<u8>,
        env: &mut Env<'_>,
        out: &mut Effects,
    ) {
        let name = match file {
            CheckpointFile::HighWatermarks => HIGH_WATERMARKS,
            CheckpointFile::RecoveryPoints => RECOVERY_POINTS,
            CheckpointFile::LogStarts => LOG_STARTS,
        };
        // A write to a failed directory never completes. Such a write must not be counted, because a new topic with the
        // name of a deleted topic waits until all counted writes are complete. The directory may have failed just now,
        // during the write of another file.
        if self.dirs[&dir].failed {
            return;
        }
        self.checkpoints.writes.entry((dir, file)).or_default().begun += 1;
        self.write(&FilePath::new(dir, name), text, Purpose::Checkpoint(dir, file), env, out);
    }
}
