//! Removes folders of deleted partitions and files of deleted segments after a delay, a few files at a time.
//!
//! **Invariants**
//! - A turn removes a bounded number of files.
//! - A folder or file that a stop or a crash leaves behind is recognised by its name at the next start. The control
//!   shard recognises folders, and each log the files in its own folder.
//!
//! **In Kafka**: `LogManager.deleteLogs`, after `file.delete.delay.ms`.

use super::denials::RETRY_MS;
use crate::io::{Env, FileError, FilePath, TraceEvent, TraceKind};
use crate::types::Instant;
use std::collections::BTreeSet;

/// The most files that one turn removes, because the removal of a large file can take a disk some milliseconds.
const FILES_PER_TURN: usize = 32;

/// Folders and files that wait for their removal, ordered by the time of removal.
#[derive(Clone, Debug, Default)]
pub(super) struct Discards {
    due: BTreeSet<(Instant, FilePath, Kind)>,
    emptying: Option<Emptying>,
    /// The time of the next attempt, if the last removal was denied.
    not_before: Option<Instant>,
    /// The path whose denied removal was told last.
    told: Option<FilePath>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    File,
    Folder,
}

/// A folder that is being emptied.
#[derive(Clone, Debug)]
struct Emptying {
    folder: FilePath,
    /// The files that are still in the folder.
    files: Vec<FilePath>,
}

impl Discards {
    /// Schedules the removal of a folder and the files in it, not before `at`.
    pub(super) fn push_folder(&mut self, path: FilePath, at: Instant) {
        self.due.insert((at, path, Kind::Folder));
    }

    /// Schedules the removal of files, not before `at`.
    pub(super) fn push_files(&mut self, files: Vec<FilePath>, at: Instant) {
        self.due.extend(files.into_iter().map(|path| (at, path, Kind::File)));
    }

    /// The time at which [`Discards::step`] next has something to do.
    pub(super) fn due(&self) -> Option<Instant> {
        let first = match self.emptying {
            Some(_) => Some(Instant(0)),
            None => self.due.first().map(|(at, ..)| *at),
        };
        first.map(|at| self.not_before.map_or(at, |not_before| at.max(not_before)))
    }

    /// Removes files and folders whose time has come, at most `FILES_PER_TURN` of them. If a removal is denied for a
    /// reason other than a failed disk, it is tried again later, and the removals behind it wait.
    ///
    /// # Errors
    /// Returns the path of the first removal for which the disk failed. The file or folder then stays.
    pub(super) fn step(&mut self, env: &mut Env<'_>) -> Result<(), (FilePath, FileError)> {
        let now = env.now.mono;
        if self.not_before.is_some_and(|at| at > now) {
            return Ok(());
        }
        self.not_before = None;
        for _ in 0..FILES_PER_TURN {
            match self.remove_next(env) {
                Ok(true) => {}
                Ok(false) => break,
                Err((path, why)) if why.is_of_device() => return Err((path, why)),
                Err((path, why)) => {
                    self.not_before = Some(now.plus_ms(RETRY_MS));
                    if self.told.as_ref() != Some(&path) {
                        env.trace.emit(TraceKind::FileDenied, || TraceEvent::FileDenied { path: path.clone(), why });
                        self.told = Some(path);
                    }
                    break;
                }
            }
        }
        Ok(())
    }

    /// Removes the next file or folder whose time has come. Returns `false` if there is none.
    fn remove_next(&mut self, env: &mut Env<'_>) -> Result<bool, (FilePath, FileError)> {
        if let Some(Emptying { folder, files }) = &mut self.emptying {
            if let Some(file) = files.last() {
                gone(env.files.remove(file)).map_err(|why| (file.clone(), why))?;
                files.pop();
            } else {
                gone(env.files.remove_dir(folder)).map_err(|why| (folder.clone(), why))?;
                self.emptying = None;
            }
            return Ok(true);
        }
        let Some((at, path, kind)) = self.due.first().cloned() else { return Ok(false) };
        if at > env.now.mono {
            return Ok(false);
        }
        match kind {
            Kind::Folder => self.emptying = files_of(path, env)?,
            Kind::File => gone(env.files.remove(&path)).map_err(|why| (path, why))?,
        }
        self.due.pop_first();
        Ok(true)
    }
}

/// Lists a folder that is to be emptied. `None` if the folder does not exist any more.
fn files_of(folder: FilePath, env: &mut Env<'_>) -> Result<Option<Emptying>, (FilePath, FileError)> {
    match env.files.list(&folder) {
        Ok(entries) => {
            let files = entries.iter().map(|entry| folder.join(&entry.name)).collect();
            Ok(Some(Emptying { folder, files }))
        }
        Err(FileError::NotFound) => Ok(None),
        Err(why) => Err((folder, why)),
    }
}

/// Treats the removal of a file that does not exist as a success.
fn gone(result: Result<(), FileError>) -> Result<(), FileError> {
    match result {
        Err(FileError::NotFound) => Ok(()),
        other => other,
    }
}
