//! Writes `log-start-offset-checkpoint` for partitions that wait until their log start offset is durable.
//!
//! **Invariants**
//! - A shard gets `StartSaved` only after the file with its offset is durable, both the file's content and its name.
//! - Each file has at most one write under way. Requests that arrive meanwhile share the next write.
//! - A turn writes a file at most once.
//!
//! **In Kafka**: `LogManager.checkpointLogStartOffsetsInDir`. In Kafka, nothing waits for this write.

use super::Control;
use super::checkpoints::CheckpointFile;
use crate::io::{DirId, Env, ShardId};
use crate::shard::mail::{Checkpoint, ShardMail};
use crate::shard::{Effect, Effects};
use crate::types::{Offset, TopicPartition};
use std::collections::BTreeMap;

/// Requests to save log start offsets, by log directory.
#[derive(Clone, Debug, Default)]
pub(super) struct LogStarts {
    dirs: BTreeMap<DirId, Asked>,
}

#[derive(Clone, Debug, Default)]
struct Asked {
    /// Log start offsets that the next write of `log-start-offset-checkpoint` will include. Who asked is told then.
    next: Vec<Ask>,
    /// The number of the write that is under way, and the log start offsets that it includes for the first time.
    under_way: Option<(u64, Vec<Ask>)>,
}

#[derive(Clone, Copy, Debug)]
struct Ask {
    shard: ShardId,
    which: TopicPartition,
    start: Offset,
}

impl LogStarts {
    /// Drops the requests of a directory that has failed.
    pub(super) fn give_up(&mut self, dir: DirId) {
        self.dirs.remove(&dir);
    }
}

impl Control {
    /// Accepts a partition's request to make its log start offset durable. The write begins at the end of the turn. A
    /// request for a failed directory is dropped, because the partition is offline there.
    pub(super) fn on_save_start(&mut self, shard: ShardId, which: TopicPartition, of: Checkpoint, env: &Env<'_>) {
        let (dir, start) = (of.dir, of.log_start);
        if self.dirs.get(&dir).is_none_or(|dir| dir.failed) {
            return;
        }
        self.checkpoints.learn(vec![of], env.now.mono, &self.config);
        self.log_starts.dirs.entry(dir).or_default().next.push(Ask { shard, which, start });
    }

    /// Begins to write the log start offsets of each directory that has new requests and no write under way. Called at
    /// the end of every turn.
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

    /// Answers the requests whose offsets are in the file that was just written.
    pub(super) fn on_log_starts_written(&mut self, dir: DirId, out: &mut Effects) {
        let written = self.checkpoints.writes_completed(dir, CheckpointFile::LogStarts);
        let Some(asked) = self.log_starts.dirs.get_mut(&dir) else { return };
        let Some((_, told)) = asked.under_way.take_if(|(number, _)| *number <= written) else { return };
        for Ask { shard, which, start } in told {
            out.push(Effect::Mail { to: shard, mail: ShardMail::StartSaved { which, start } });
        }
    }
}
