//! Removes folders of deleted partitions and files of deleted segments after a delay, a few files at a time.
//!
//! **Invariants**
//! - A turn removes a bounded number of files.
//! - A folder or file that a stop or a crash leaves behind is recognised by its name at the next start. The control
//!   shard recognises folders, and each log the files in its own folder.
//!
//! **In Kafka**: `LogManager.deleteLogs`, after `file.delete.delay.ms`.

use crate::io::{Env, FileError, FilePath};
use crate::types::Instant;
use std::collections::BTreeSet;

/// The most files that one turn removes, because the removal of a large file can take a disk some milliseconds.
const FILES_PER_TURN: usize = 32;

/// Folders and files that wait for their removal, ordered by the time of removal.
#[derive(Clone, Debug, Default)]
pub(super) struct Discards {
    due: BTreeSet<(Instant, FilePath, Kind)>,
    emptying: Option<Emptying>,
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
        if self.emptying.is_some() {
            return Some(Instant(0));
        }
        self.due.first().map(|(at, ..)| *at)
    }

    /// Removes files and folders whose time has come, at most `FILES_PER_TURN` of them.
    ///
    /// # Errors
    /// Returns the path and the error of the first removal that failed. The file or folder then stays until
    /// the next start.
    pub(super) fn step(&mut self, env: &mut Env<'_>) -> Result<(), (FilePath, FileError)> {
        let now = env.now.mono;
        for _ in 0..FILES_PER_TURN {
            if let Some(Emptying { folder, files }) = &mut self.emptying {
                if let Some(file) = files.pop() {
                    gone(env.files.remove(&file)).map_err(|why| (file, why))?;
                    continue;
                }
                let folder = folder.clone();
                self.emptying = None;
                gone(env.files.remove_dir(&folder)).map_err(|why| (folder, why))?;
            } else if self.due.first().is_some_and(|(at, ..)| *at <= now) {
                match self.due.pop_first().expect("looked at above") {
                    (_, folder, Kind::Folder) => self.emptying = files_of(folder, env)?,
                    (_, file, Kind::File) => gone(env.files.remove(&file)).map_err(|why| (file, why))?,
                }
            } else {
                break;
            }
        }
        Ok(())
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
