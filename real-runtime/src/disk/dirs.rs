//! Log directories: opened, locked, and what paths below them are on this machine.

use core::fmt;
use gracchus_core::io::{DirId, FilePath};
use gracchus_core::shard::{Inventory, LogDir};
use gracchus_core::types::Uuid;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use tracing::error;

/// Held for as long as the process uses the directory, as Kafka does.
const LOCK_FILE: &str = ".lock";

/// Where Linux says which boot this is.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// The configured log directories, those that could be opened locked.
pub struct LogDirs {
    paths: Vec<PathBuf>,
    opened: Vec<LogDir>,
    // An advisory lock lives as long as its file is open; a killed process loses it with all its files.
    _locks: Vec<File>,
}

/// Why no server can start on the configured directories.
#[derive(Debug)]
pub enum DirFailure {
    /// Another process has one of them.
    InUse(PathBuf),
    /// One is named twice.
    Twice(PathBuf),
    /// None of them could be opened.
    NoneLeft(PathBuf, io::Error),
}

impl fmt::Display for DirFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DirFailure::InUse(path) => write!(
                f,
                "data directory {} is in use by another process, which holds its {LOCK_FILE}: stop that process, or choose another directory with --data-dir",
                path.display()
            ),
            DirFailure::Twice(path) => {
                write!(f, "data directory {} is named twice: name each directory once in log.dirs", path.display())
            }
            DirFailure::NoneLeft(path, error) => write!(
                f,
                "data directory {} cannot be used: {error}: make it writable for this user, or choose another with --data-dir",
                path.display()
            ),
        }
    }
}

impl LogDirs {
    /// Makes, opens and locks the directories. One that cannot be used is left out with a line in the log, as long as
    /// there is another.
    pub fn open(paths: &[PathBuf]) -> Result<LogDirs, DirFailure> {
        let (mut opened, mut locks, mut broken) = (Vec::new(), Vec::new(), None);
        let mut seen = Vec::new();
        for (place, path) in paths.iter().enumerate() {
            match lock(path) {
                Ok((file, resolved)) => {
                    if seen.contains(&resolved) {
                        return Err(DirFailure::Twice(path.clone()));
                    }
                    seen.push(resolved);
                    locks.push(file);
                    let dir = DirId(u16::try_from(place).expect("a node has fewer than 2^16 directories"));
                    opened.push(LogDir { dir, name: path.display().to_string().into() });
                }
                Err(TryLockError::WouldBlock) if seen.contains(&resolve(path)) => {
                    return Err(DirFailure::Twice(path.clone()));
                }
                Err(TryLockError::WouldBlock) => return Err(DirFailure::InUse(path.clone())),
                Err(TryLockError::Error(error)) => {
                    error!("data directory {} cannot be used: {error}", path.display());
                    broken = Some((path.clone(), error));
                }
            }
        }
        match broken {
            Some((path, error)) if opened.is_empty() => Err(DirFailure::NoneLeft(path, error)),
            _ => Ok(LogDirs { paths: paths.to_vec(), opened, _locks: locks }),
        }
    }

    /// What the core is told before it starts.
    #[must_use]
    pub fn inventory(&self) -> Inventory {
        Inventory { dirs: self.opened.clone(), boot_id: boot_id() }
    }

    /// Where a path of the core's lies on this machine.
    ///
    /// # Panics
    /// The core makes its paths of names that it has checked: one that would leave its directory is our own bug.
    #[must_use]
    pub fn place(&self, path: &FilePath) -> PathBuf {
        let dir = &self.paths[usize::from(path.dir.0)];
        if path.path.is_empty() {
            return dir.clone();
        }
        for part in path.path.split('/') {
            let plain = !part.is_empty() && part != "." && part != ".." && !part.contains('\0');
            assert!(plain, "{path:?} leaves its directory");
        }
        dir.join(&*path.path)
    }
}

fn lock(path: &Path) -> Result<(File, PathBuf), TryLockError> {
    let file = fs::create_dir_all(path)
        .and_then(|()| {
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path.join(LOCK_FILE))
        })
        .map_err(TryLockError::Error)?;
    file.try_lock()?;
    Ok((file, resolve(path)))
}

fn resolve(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

fn boot_id() -> Uuid {
    fs::read_to_string(BOOT_ID).ok().and_then(|text| parse_boot_id(&text)).unwrap_or(Uuid::ZERO)
}

/// Thirty-two hex digits with dashes between some of them.
fn parse_boot_id(text: &str) -> Option<Uuid> {
    let digits: String = text.trim().chars().filter(|digit| *digit != '-').collect();
    (digits.len() == 32).then_some(())?;
    u128::from_str_radix(&digits, 16).ok().map(|value| Uuid(value.to_be_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boot_id_is_the_sixteen_bytes_of_its_hex_digits() {
        let id = parse_boot_id("00112233-4455-6677-8899-aabbccddeeff\n").unwrap();
        assert_eq!(id.0[..4], [0x00, 0x11, 0x22, 0x33]);
        assert_eq!(id.0[15], 0xff);
        assert_eq!(parse_boot_id("unknown"), None);
        assert_eq!(parse_boot_id("zz112233-4455-6677-8899-aabbccddeeff"), None);
    }

    #[test]
    fn a_directory_has_one_process() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().join("data")];
        let first = LogDirs::open(&paths).unwrap();
        let refused = LogDirs::open(&paths).err().unwrap();
        assert!(matches!(refused, DirFailure::InUse(_)), "{refused}");
        assert!(refused.to_string().contains("--data-dir"));
        drop(first);
        assert!(LogDirs::open(&paths).is_ok(), "a lock ends with its holder, though its file stays");
    }

    #[test]
    fn a_directory_named_twice_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().join("data"), folder.path().join("data/../data")];
        assert!(matches!(LogDirs::open(&paths), Err(DirFailure::Twice(_))));
    }

    #[test]
    fn a_broken_directory_is_left_out_while_there_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "not a folder").unwrap();
        let dirs = LogDirs::open(&[file.clone(), folder.path().join("data")]).unwrap();
        let opened: Vec<DirId> = dirs.inventory().dirs.iter().map(|dir| dir.dir).collect();
        assert_eq!(opened, [DirId(1)], "a directory keeps its place in the configuration");
        assert!(matches!(LogDirs::open(&[file]), Err(DirFailure::NoneLeft(..))));
    }

    #[test]
    #[should_panic(expected = "leaves its directory")]
    fn no_path_leaves_its_directory() {
        let folder = tempfile::tempdir().unwrap();
        let dirs = LogDirs::open(&[folder.path().to_path_buf()]).unwrap();
        let _ = dirs.place(&FilePath::new(DirId(0), "orders-0/../../secret"));
    }
}
