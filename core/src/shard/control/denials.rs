//! Writes and syncs of the control shard that were denied for a reason other than a failed disk: the disk is full, the
//! process has no file descriptor left, or one path cannot be used. They are tried again each second.
//!
//! **Invariants**
//! - A sync that began and failed is never tried again; only one that could not begin is.
//! - While a write is denied, what waits for the write waits, and everything else goes on.
//! - A stop that waits for a denied write ends after a few attempts. The node then ends without the markers of a clean
//!   stop, and the next start checks every log.
//!
//! **In Kafka**: there is nothing like it. `LogDirFailureChannel` takes the whole directory offline at any `IOException`.

use super::{Control, ControlState, Effects, Halt};
use crate::io::{DirId, Env, FileError, FilePath, SyncWhat, TraceEvent, TraceKind};
use crate::shard::Effect;
use crate::types::Instant;
use std::collections::BTreeMap;

/// How long to wait before the next attempt.
pub(super) const RETRY_MS: i64 = 1000;

/// After so many attempts during a stop the node ends without the markers of a clean stop.
const ATTEMPTS_AT_STOP: u32 = 5;

/// What was denied and is to be tried again.
#[derive(Clone, Debug, Default)]
pub(super) struct Denials {
    /// The time of the next attempt.
    due: Option<Instant>,
    /// Directories whose names are to be synced.
    syncs: Vec<DirId>,
    /// For each file that cannot be written, the reason that was told last.
    told: BTreeMap<FilePath, FileError>,
    attempts_at_stop: u32,
}

impl Denials {
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Whether some sync of a directory still has to begin.
    pub(super) fn owe_syncs(&self) -> bool {
        !self.syncs.is_empty()
    }

    /// Forgets why a file could not be written, because the file is written.
    pub(super) fn on_written(&mut self, path: &FilePath) {
        self.told.remove(path);
    }

    fn try_later(&mut self, now: Instant) {
        self.due.get_or_insert(now.plus_ms(RETRY_MS));
    }
}

impl Control {
    /// Plans another attempt to write a file. The reason is told once, until it changes or the file is written.
    pub(super) fn on_write_denied(&mut self, path: FilePath, why: FileError, env: &mut Env<'_>) {
        self.denials.try_later(env.now.mono);
        if self.denials.told.insert(path.clone(), why) != Some(why) {
            env.trace.emit(TraceKind::FileDenied, || TraceEvent::FileDenied { path, why });
        }
    }

    /// Plans another attempt to sync a directory's names.
    pub(super) fn on_sync_denied(&mut self, dir: DirId, why: FileError, env: &mut Env<'_>) {
        self.denials.syncs.push(dir);
        self.on_write_denied(FilePath::new(dir, ""), why, env);
    }

    /// Tries denied writes and syncs again, if it is time.
    pub(super) fn try_denied_again(&mut self, env: &mut Env<'_>, out: &mut Effects) {
        if self.denials.due.take_if(|due| *due <= env.now.mono).is_none() {
            return;
        }
        if self.gives_up_stop(out) {
            return;
        }
        let dirs = std::mem::take(&mut self.denials.syncs);
        self.sync_names(dirs.into_iter().filter(|dir| !self.dirs[dir].failed).collect(), out);
        for path in self.scribe.denied() {
            let op = self.ops.next();
            let step = self.scribe.again(&path, op, env.files);
            self.on_scribe(step, op, env, out);
        }
    }

    /// Ends the node if a stop has tried often enough to write its last files.
    fn gives_up_stop(&mut self, out: &mut Effects) -> bool {
        if !matches!(self.phase, ControlState::Checkpointing { .. } | ControlState::Marking) {
            return false;
        }
        self.denials.attempts_at_stop += 1;
        if self.denials.attempts_at_stop <= ATTEMPTS_AT_STOP {
            return false;
        }
        let Some((path, why)) = self.denials.told.first_key_value() else { return false };
        let message = format!(
            "the stop was not clean: {} in {} could not be written: {why}; {}; the next start checks every log",
            path.path,
            self.dirs[&path.dir].name,
            why.next_step()
        );
        self.halt(Halt::Unclean(message.into()), out);
        true
    }

    /// Syncs each log directory, so that the file names that this start found and the removals that it made are
    /// durable. The last process may have been killed after it renamed a checkpoint file and before it synced the
    /// folder. A power loss could then still undo the rename, although this process may already have deleted segments
    /// below the log start offset in that file.
    pub(super) fn sync_names(&mut self, dirs: Vec<DirId>, out: &mut Effects) {
        for dir in dirs {
            let op = self.ops.next();
            self.syncs.insert(op, dir);
            out.push(Effect::Sync { op, what: SyncWhat::Dir(FilePath::new(dir, "")) });
        }
    }
}
