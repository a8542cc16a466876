//! Log starts that partitions wait for: each directory's file of them is written at once, for all who ask at a time.
//!
//! **Invariants**: a shard is told "saved" when the file that says so has its name durably; one write of a file is under
//! way, and whoever asks meanwhile is in the next; a turn writes a file once, however many ask.
//!
//! **In Kafka**: `LogManager.checkpointLogStartOffsetsInDir`, which nobody waits for.

use super::Control;
use super::checkpoints::CheckpointFile;
use crate::io::{DirId, Env, ShardId};
use crate::shard::mail::{Checkpoint, ShardMail};
use crate::shard::{Effect, Effects};
use crate::types::{Offset, TopicPartition};
use std::collections::BTreeMap;

/// Who waits.
#[derive(Clone, Debug, Default)]
pub(super) struct LogStarts {
    dirs: BTreeMap<DirId, Asked>,
}

#[derive(Clone, Debug, Default)]
struct Asked {
    /// For the next write.
    next: Vec<Ask>,
    /// For the write that is under way, with its number.
    under_way: Option<(u64, Vec<Ask>)>,
}

#[derive(Clone, Copy, Debug)]
struct Ask {
    shard: ShardId,
    which: TopicPartition,
    start: Offset,
}

impl LogStarts {
    /// A directory is used no more: nobody is told anything of it.
    pub(super) fn give_up(&mut self, dir: DirId) {
        self.dirs.remove(&dir);
    }
}

impl Control {
    /// A partition's log is to begin at the checkpoint's log start, and waits for that to be durable.
    pub(super) fn on_save_start(&mut self, shard: ShardId, which: TopicPartition, of: Checkpoint, env: &Env<'_>) {
        let (dir, start) = (of.dir, of.log_start);
        if self.dirs.get(&dir).is_none_or(|dir| dir.failed) {
            return;
        }
        self.checkpoints.learn(vec![of], env.now.mono, &self.config);
        self.log_starts.dirs.entry(dir).or_default().next.push(Ask { shard, which, start });
    }

    /// Begins the writes that were asked for. Called at a turn's end.
    pub(super) fn write_asked_starts(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        let waits = |asked: &Asked| asked.under_way.is_none() && !asked.next.is_empty();
        let dirs: Vec<DirId> =
            self.log_starts.dirs.iter().filter(|(_, asked)| waits(asked)).map(|(dir, _)| *dir).collect();
        for dir in dirs {
            let number = self.write_log_starts(dir, env, out);
            if let Some(asked) = self.log_starts.dirs.get_mut(&dir) {
                asked.under_way = Some((number, std::mem::take(&mut asked.next)));
            }
        }
    }

    /// A directory's file of log starts was written: tells those whose start is in it.
    pub(super) fn on_log_starts_written(&mut self, dir: DirId, out: &mut Effects) {
        let written = self.checkpoints.writes_completed(dir, CheckpointFile::LogStarts);
        let Some(asked) = self.log_starts.dirs.get_mut(&dir) else { return };
        let Some((_, told)) = asked.under_way.take_if(|(number, _)| *number <= written) else { return };
        for Ask { shard, which, start } in told {
            out.push(Effect::Mail { to: shard, mail: ShardMail::StartSaved { which, start } });
        }
    }
}
