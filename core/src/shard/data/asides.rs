//! Sets the folders of deleted topics aside: renames them, so that a new topic of the same name can create its own, and
//! tells the control shard, which removes them later.
//!
//! **Invariants**
//! - The control shard is told once for each image that removed topics, in the order of the images, and only when all
//!   folders of that image are renamed. A new topic waits until then.
//! - A turn renames a bounded number of folders.
//! - A rename that is denied, because the server may not write to the directory for example, is tried again each second.

use super::{Data, DataState, Effects, ShardMail, mail};
use crate::io::{DirId, Env, FileError, FilePath, ShardId, TraceEvent, TraceKind};
use crate::shard::mail::SetAside;
use crate::shard::set_aside::set_aside_name;
use crate::types::{Instant, TopicPartition};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The most folders that are renamed in one turn.
const RENAMES_PER_TURN: usize = 256;

/// How long to wait before the next attempt to rename a folder.
const RETRY_MS: i64 = 1000;

/// The folders that this shard still has to set aside.
#[derive(Clone, Debug, Default)]
pub(super) struct Asides {
    /// One for each image that removed topics, the oldest first.
    removals: VecDeque<Removal>,
    due: Option<Instant>,
}

/// The folders of the topics that one image removed.
#[derive(Clone, Debug, Default)]
pub(super) struct Removal {
    /// The partitions that are not closed yet, each with its topic's `file.delete.delay.ms`.
    open: BTreeMap<TopicPartition, i64>,
    /// The renamed folders.
    done: Vec<SetAside>,
    /// The folders that keep their names as yet, each with what is to be told of it when it is renamed.
    left: Vec<(FilePath, SetAside)>,
}

impl Removal {
    /// Adds a folder that is to be renamed, and to be removed so many milliseconds later.
    pub(super) fn push(&mut self, which: TopicPartition, topic: &Arc<str>, folder: FilePath, delay_ms: i64) {
        let aside = set_aside_name(&folder, which);
        let aside = SetAside { folder: aside, topic: topic.clone(), partition: which.partition, delay_ms };
        self.left.push((folder, aside));
    }

    /// Notes that a partition is to be closed, and its folder to be removed so many milliseconds after it was renamed.
    pub(super) fn expect(&mut self, which: TopicPartition, delay_ms: i64) {
        self.open.insert(which, delay_ms);
    }
}

impl Asides {
    /// Begins to set aside the folders of one image's removed topics, as soon as their partitions are closed.
    pub(super) fn begin(&mut self, removal: Removal) {
        self.removals.push_back(removal);
    }

    /// Notes that a removed topic's partition is closed, so that its folder can be renamed.
    pub(super) fn on_closed(&mut self, which: TopicPartition, topic: &Arc<str>, folder: FilePath) {
        let found = self.removals.iter_mut().find_map(|it| it.open.remove(&which).map(|delay_ms| (it, delay_ms)));
        let Some((removal, delay_ms)) = found else { return };
        removal.push(which, topic, folder, delay_ms);
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }
}

impl Data {
    /// Tries again to rename folders, if it is time.
    pub(super) fn wake_asides(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        if self.asides.due.take_if(|due| *due <= env.now.mono).is_some() && self.phase != DataState::Stopped {
            self.rename_folders(env, out);
        }
    }

    /// Renames folders of removed topics, as many as a turn may have, and tells the control shard of each image whose
    /// removed topics are all set aside.
    pub(super) fn rename_folders(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        let mut renames = 0;
        while let Some(mut removal) = self.asides.removals.pop_front() {
            let mut failed = Vec::new();
            let mut left = std::mem::take(&mut removal.left);
            let behind = left.split_off(left.len().min(RENAMES_PER_TURN - renames));
            renames += left.len();
            for (folder, aside) in left {
                // Nothing is renamed in a directory that is not used any more.
                if !self.dirs.contains_key(&folder.dir) || failed.contains(&folder.dir) {
                    continue;
                }
                match env.files.rename(&folder, &aside.folder) {
                    Ok(()) => removal.done.push(aside),
                    // The folder was never made, or somebody else has removed it.
                    Err(FileError::NotFound) => {}
                    Err(why) if why.is_of_device() => failed.push(folder.dir),
                    Err(why) => {
                        let path = folder.clone();
                        env.trace.emit(TraceKind::FileDenied, || TraceEvent::FileDenied { path, why });
                        removal.left.push((folder, aside));
                    }
                }
            }
            self.give_up_dirs(failed, env, out);
            let is_denied = !removal.left.is_empty();
            removal.left.extend(behind);
            if !removal.left.is_empty() {
                self.asides.removals.push_front(removal);
                let delay_ms = if is_denied { RETRY_MS } else { 0 };
                self.asides.due = Some(env.now.mono.plus_ms(delay_ms));
                return;
            }
            if !removal.open.is_empty() {
                return self.asides.removals.push_front(removal);
            }
            mail(ShardId::CONTROL, ShardMail::SetAside(removal.done), out);
        }
    }

    fn give_up_dirs(&mut self, failed: Vec<DirId>, env: &mut Env<'_>, out: &mut Effects) {
        for dir in failed {
            mail(ShardId::CONTROL, ShardMail::DirFailed(dir), out);
            self.give_up_dir(dir, env, out);
        }
    }
}
