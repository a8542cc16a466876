//! Small files that must be whole and durable: written aside, synced, renamed, and their folder synced.
//!
//! **Invariants**: a reader finds the old content or the new one, never a mixture; one write per file is under way,
//! and those that come meanwhile are one write, the next; nobody is told "written" before the folder's sync.
//!
//! **In Kafka**: `CheckpointFile`, `PropertiesUtils`, `Utils.atomicMoveWithFallback`.

use crate::io::{FileError, FilePath, Files, OpId, SyncWhat};
use std::collections::BTreeMap;

/// Writes small files; `T` says what each write was for.
#[derive(Clone, Debug)]
pub(crate) struct Scribe<T> {
    files: BTreeMap<FilePath, Writing<T>>,
    ops: BTreeMap<OpId, FilePath>,
}

/// One file's write under way and the one behind it.
#[derive(Clone, Debug)]
struct Writing<T> {
    stage: Stage,
    tokens: Vec<T>,
    behind: Option<(Vec<u8>, Vec<T>)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    SyncingAside,
    SyncingFolder,
}

/// What a call led to.
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use]
pub(crate) enum Step<T> {
    /// Sync this, by the operation id that was given.
    Sync(SyncWhat),
    /// Nothing to do but wait.
    Wait,
    /// Written; where there is more to write of the same file, call [`Scribe::resume`].
    Written(FilePath, Vec<T>),
    /// Not written, and not to be tried again.
    Failed(FilePath, FileError),
}

impl<T> Default for Scribe<T> {
    fn default() -> Self {
        Scribe { files: BTreeMap::new(), ops: BTreeMap::new() }
    }
}

impl<T> Scribe<T> {
    /// Writes `bytes` to `path`; `op` names the sync that this may ask for.
    pub(crate) fn write(
        &mut self,
        path: &FilePath,
        bytes: Vec<u8>,
        token: T,
        op: OpId,
        files: &mut dyn Files,
    ) -> Step<T> {
        if let Some(writing) = self.files.get_mut(path) {
            let behind = writing.behind.get_or_insert_with(|| (Vec::new(), Vec::new()));
            behind.0 = bytes;
            behind.1.push(token);
            return Step::Wait;
        }
        self.begin(path, &bytes, vec![token], op, files)
    }

    /// Begins the write that waited behind the one that was just reported, if there is one.
    pub(crate) fn resume(&mut self, path: &FilePath, op: OpId, files: &mut dyn Files) -> Step<T> {
        let waiting = self.files.remove(path).and_then(|writing| writing.behind);
        match waiting {
            Some((bytes, tokens)) => self.begin(path, &bytes, tokens, op, files),
            None => Step::Wait,
        }
    }

    /// Whether `op` is one of this scribe's syncs.
    pub(crate) fn has(&self, op: OpId) -> bool {
        self.ops.contains_key(&op)
    }

    /// Whether nothing is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.files.is_empty()
    }

    /// A sync ended; `next` names the one that this may ask for.
    pub(crate) fn on_synced(
        &mut self,
        op: OpId,
        result: Result<(), FileError>,
        next: OpId,
        files: &mut dyn Files,
    ) -> Step<T> {
        let path = self.ops.remove(&op).expect("the caller asked has()");
        if let Err(why) = result {
            self.files.remove(&path);
            return Step::Failed(path, why);
        }
        let writing = self.files.get_mut(&path).expect("a sync under way has its write");
        match writing.stage {
            Stage::SyncingAside => {
                if let Err(why) = files.rename(&aside(&path), &path) {
                    self.files.remove(&path);
                    return Step::Failed(path, why);
                }
                writing.stage = Stage::SyncingFolder;
                let folder = path.parent();
                self.ops.insert(next, path);
                Step::Sync(SyncWhat::Dir(folder))
            }
            Stage::SyncingFolder => {
                let tokens = std::mem::take(&mut writing.tokens);
                if writing.behind.is_none() {
                    self.files.remove(&path);
                }
                Step::Written(path, tokens)
            }
        }
    }

    fn begin(&mut self, path: &FilePath, bytes: &[u8], tokens: Vec<T>, op: OpId, files: &mut dyn Files) -> Step<T> {
        let aside = aside(path);
        if let Err(why) = files.replace(&aside, bytes) {
            return Step::Failed(path.clone(), why);
        }
        self.files.insert(path.clone(), Writing { stage: Stage::SyncingAside, tokens, behind: None });
        self.ops.insert(op, path.clone());
        Step::Sync(SyncWhat::Path(aside))
    }
}

/// Where a file is written before it takes its name.
fn aside(path: &FilePath) -> FilePath {
    FilePath { dir: path.dir, path: format!("{}.tmp", path.path).into() }
}
