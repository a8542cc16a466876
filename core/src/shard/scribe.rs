//! Writes small files that must be whole and durable: writes a temporary file, syncs it, renames it, and syncs the
//! folder.
//!
//! **Invariants**
//! - A reader finds the old content or the new content, never a mixture.
//! - Each file has at most one write under way. Of the writes requested meanwhile, only the latest content is written.
//! - A write is reported only after the folder's sync.
//! - A write that was denied, on a full disk for example, is kept until [`Scribe::again`] tries it again. A write whose
//!   sync began and failed is never tried again.
//!
//! **In Kafka**: `CheckpointFile`, `PropertiesUtils`, `Utils.atomicMoveWithFallback`.

use crate::io::{FileError, FilePath, Files, OpId, SyncWhat};
use std::collections::BTreeMap;

/// Writes small files. `T` is the purpose of a write, and is returned when the write completes.
#[derive(Clone, Debug)]
pub(crate) struct Scribe<T> {
    files: BTreeMap<FilePath, Writing<T>>,
    ops: BTreeMap<OpId, FilePath>,
}

/// The write of one file that is under way, and the next write of that file, if one was requested meanwhile.
#[derive(Clone, Debug)]
struct Writing<T> {
    stage: Stage,
    bytes: Vec<u8>,
    tokens: Vec<T>,
    behind: Option<(Vec<u8>, Vec<T>)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    SyncingAside,
    SyncingFolder,
    /// The write was denied and begins anew when [`Scribe::again`] is called.
    Denied,
}

/// What the caller of a [`Scribe`] must do next.
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use]
pub(crate) enum Step<T> {
    /// The caller must emit a sync of these files or this folder, with the operation id that the caller passed in.
    Sync(SyncWhat),
    /// The caller has nothing to do until a sync under way completes.
    Wait,
    /// A write of this file has completed and is durable. The list holds the purposes of the requests that this write
    /// served. If another write of the file was requested meanwhile, [`Scribe::resume`] begins that write.
    Written(FilePath, Vec<T>),
    /// The write was denied for a reason other than a failed disk. The caller must call [`Scribe::again`] later.
    Denied(FilePath, FileError),
    /// The disk failed. The write must not be tried again, because after a failed sync it is unknown what is on disk.
    Failed(FilePath, FileError),
}

impl<T> Default for Scribe<T> {
    fn default() -> Self {
        Scribe { files: BTreeMap::new(), ops: BTreeMap::new() }
    }
}

impl<T> Scribe<T> {
    /// Begins to write `bytes` to `path`. If a write of this file is under way, keeps the bytes until that write has
    /// ended. `op` is the id of the sync, if a [`Step::Sync`] is returned.
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
        self.begin(path, bytes, vec![token], op, files)
    }

    /// The files whose writes were denied and are to be tried again.
    pub(crate) fn denied(&self) -> Vec<FilePath> {
        self.files.iter().filter(|(_, it)| it.stage == Stage::Denied).map(|(path, _)| path.clone()).collect()
    }

    /// Begins a denied write anew.
    pub(crate) fn again(&mut self, path: &FilePath, op: OpId, files: &mut dyn Files) -> Step<T> {
        let Some(writing) = self.files.remove(path) else { return Step::Wait };
        let step = self.begin(path, writing.bytes, writing.tokens, op, files);
        if let Some(begun) = self.files.get_mut(path) {
            begun.behind = writing.behind;
        }
        step
    }

    /// Begins the next write of a file, if one was requested while the last write was under way. Called after
    /// [`Step::Written`] has reported the end of that last write.
    pub(crate) fn resume(&mut self, path: &FilePath, op: OpId, files: &mut dyn Files) -> Step<T> {
        let waiting = self.files.remove(path).and_then(|writing| writing.behind);
        match waiting {
            Some((bytes, tokens)) => self.begin(path, bytes, tokens, op, files),
            None => Step::Wait,
        }
    }

    /// Returns whether `op` is a sync that this scribe has asked for and that has not ended.
    pub(crate) fn has(&self, op: OpId) -> bool {
        self.ops.contains_key(&op)
    }

    /// Whether no write is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.files.is_empty()
    }

    /// Handles the end of a sync, and takes the next step of the write that the sync belongs to. `next` is the id of
    /// the next sync, if a [`Step::Sync`] is returned.
    pub(crate) fn on_synced(
        &mut self,
        op: OpId,
        result: Result<(), FileError>,
        next: OpId,
        files: &mut dyn Files,
    ) -> Step<T> {
        let path = self.ops.remove(&op).expect("the caller asked has()");
        if let Err(why) = result {
            return self.refused(path, why);
        }
        let writing = self.files.get_mut(&path).expect("a sync under way has its write");
        match writing.stage {
            Stage::SyncingAside => {
                if let Err(why) = files.rename(&aside(&path), &path) {
                    return self.refused(path, why);
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
            Stage::Denied => unreachable!("no sync of a denied write is under way"),
        }
    }

    fn begin(&mut self, path: &FilePath, bytes: Vec<u8>, tokens: Vec<T>, op: OpId, files: &mut dyn Files) -> Step<T> {
        let aside = aside(path);
        let replaced = files.replace(&aside, &bytes);
        self.files.insert(path.clone(), Writing { stage: Stage::SyncingAside, bytes, tokens, behind: None });
        if let Err(why) = replaced {
            return self.refused(path.clone(), why);
        }
        self.ops.insert(op, path.clone());
        Step::Sync(SyncWhat::Path(aside))
    }

    /// Ends a write that the disk has failed, or keeps one that was denied.
    fn refused(&mut self, path: FilePath, why: FileError) -> Step<T> {
        if why.is_of_device() {
            self.files.remove(&path);
            return Step::Failed(path, why);
        }
        self.files.get_mut(&path).expect("its write is under way").stage = Stage::Denied;
        Step::Denied(path, why)
    }
}

/// The temporary name under which a file is written.
fn aside(path: &FilePath) -> FilePath {
    FilePath { dir: path.dir, path: format!("{}.tmp", path.path).into() }
}
