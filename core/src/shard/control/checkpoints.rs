//! The offset checkpoint files of each log directory, written now and then and at a clean stop.
//!
//! **Invariants**: a recovery point is never above what was durable when it was mailed.
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
    watermarks_due: Option<Instant>,
    recovery_due: Option<Instant>,
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
            let before = self.dirs.entry(of.dir).or_default().insert(key, found);
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

    fn render(&self, dir: DirId, of: impl Fn(&Found) -> Option<Offset>) -> Vec<u8> {
        let known = self.dirs.get(&dir).into_iter().flatten();
        let entries: Vec<_> =
            known.filter_map(|((topic, partition), found)| Some((&**topic, *partition, of(found)?))).collect();
        formats::render_checkpoint(entries.into_iter()).into_bytes()
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
            let mut write = |name: &str, of: &dyn Fn(&Found) -> Option<Offset>| {
                let text = self.checkpoints.render(dir, of);
                self.write(&FilePath::new(dir, name), text, Purpose::Checkpoint, env, out);
            };
            if which.contains(&Files::Watermarks) {
                write(HIGH_WATERMARKS, &|found| found.high_watermark);
            }
            if which.contains(&Files::RecoveryPoints) {
                write(RECOVERY_POINTS, &|found| found.recovery_point);
                write(LOG_STARTS, &|found| found.log_start.filter(|start| *start > Offset::ZERO));
            }
        }
    }
}
