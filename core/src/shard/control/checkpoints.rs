//! The offset checkpoint files of each log directory, written now and then and at a clean stop.
//!
//! **Invariants**: a recovery point is never above what was durable when it was mailed; the lesser of what the two files
//! say of a partition, whichever writes of them a crash keeps, is never above what is durable. Recovery trusts the log up
//! to there.
//!
//! **In Kafka**: `LogManager.checkpointRecoveryOffsetsInDir`, `ReplicaManager.checkpointHighWatermarks`.

use super::start::{HIGH_WATERMARKS, LOG_STARTS, RECOVERY_POINTS};
use super::{Control, Purpose, formats};
use crate::io::{DirId, Env, FilePath};
use crate::metadata::NodeConfig;
use crate::shard::Effects;
use crate::shard::mail::{Checkpoint, Found, Load};
use crate::types::{Instant, Offset};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

#[derive(Clone, Debug, Default)]
pub(super) struct Checkpoints {
    dirs: BTreeMap<DirId, BTreeMap<(Arc<str>, i32), Found>>,
    /// Found after a stop that was not clean, and not loaded since: only a recovery tells where such a log ends.
    unrecovered: BTreeSet<(Arc<str>, i32)>,
    /// Recovery points that fell, while a file may say yet what they were before.
    fallen: BTreeMap<DirId, Fallen>,
    watermarks_due: Option<Instant>,
    recovery_due: Option<Instant>,
}

/// The recovery points of a directory that fell, as a truncation makes them.
#[derive(Clone, Debug, Default)]
struct Fallen {
    /// To where, at the least, and how many writes of the file have to end until it says so; none is asked for yet
    /// where there is no number.
    to: BTreeMap<(Arc<str>, i32), (Offset, Option<u32>)>,
    under_way: u32,
}

/// Which of the files a write is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Files {
    Watermarks,
    RecoveryPoints,
}

impl Checkpoints {
    /// Partitions that are not led or followed any more keep what the files said of them.
    pub(super) fn begin(&mut self, load: &Load) {
        for ((topic, partition), found) in &load.found {
            let key: (Arc<str>, i32) = (topic.as_str().into(), *partition);
            self.dirs.entry(found.dir).or_default().insert(key.clone(), *found);
            if !load.clean {
                self.unrecovered.insert(key);
            }
        }
    }

    /// Whether the recovery points say where every log ends, once all that is loaded is on disk.
    pub(super) fn are_whole(&self) -> bool {
        self.unrecovered.is_empty()
    }

    pub(super) fn learn(&mut self, offsets: Vec<Checkpoint>, now: Instant, config: &NodeConfig) {
        for of in offsets {
            let found = Found {
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

    fn take_due(&mut self, now: Instant) -> Vec<Files> {
        let mut due = Vec::new();
        if self.watermarks_due.take_if(|at| *at <= now).is_some() {
            due.push(Files::Watermarks);
        }
        if self.recovery_due.take_if(|at| *at <= now).is_some() {
            due.push(Files::RecoveryPoints);
        }
        due
    }

    fn render(&self, dir: DirId, of: impl Fn(&(Arc<str>, i32), &Found) -> Option<Offset>) -> Vec<u8> {
        let known = self.dirs.get(&dir).into_iter().flatten();
        let entries: Vec<_> = known.filter_map(|(key, found)| Some((&*key.0, key.1, of(key, found)?))).collect();
        formats::render_checkpoint(entries.into_iter()).into_bytes()
    }

    /// Where the recovery point fell and the file may not say so, the high watermark stands in for it.
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

    /// A directory's file of recovery points was written. High watermarks that stood in for them may be told again.
    pub(super) fn on_recovery_points_written(&mut self, dir: DirId, now: Instant) {
        if let Some(fallen) = self.fallen.get_mut(&dir)
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

    /// Whether any of them is no news any more.
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
        self.write_checkpoints(&[Files::Watermarks, Files::RecoveryPoints], env, out);
    }

    fn write_checkpoints(&mut self, which: &[Files], env: &mut Env<'_>, out: &mut Effects) {
        let dirs: Vec<DirId> = self.dirs.iter().filter(|(_, dir)| !dir.failed).map(|(id, _)| *id).collect();
        for dir in dirs {
            if which.contains(&Files::Watermarks) {
                let text = self.checkpoints.high_watermarks(dir);
                self.write(&FilePath::new(dir, HIGH_WATERMARKS), text, Purpose::Checkpoint, env, out);
            }
            if which.contains(&Files::RecoveryPoints) {
                let text = self.checkpoints.recovery_points(dir);
                self.write(&FilePath::new(dir, RECOVERY_POINTS), text, Purpose::RecoveryPoints(dir), env, out);
                let starts = |_: &_, found: &Found| found.log_start.filter(|start| *start > Offset::ZERO);
                let text = self.checkpoints.render(dir, starts);
                self.write(&FilePath::new(dir, LOG_STARTS), text, Purpose::Checkpoint, env, out);
            }
        }
    }
}
