//! What the operating system's errors on files mean for the core.

use gracchus_core::io::FileError;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use tracing::{error, warn};

/// News of a failed call, for the core; what only the operator can use goes to the log. A limit that thousands of calls
/// meet is logged once a second.
pub(super) fn failure(verb: &str, path: &Path, error: &io::Error) -> FileError {
    let kind = kind(error);
    match kind {
        // The core knows whether it matters that a file is there or not.
        FileError::NotFound | FileError::Exists => {}
        FileError::Io => error!("cannot {verb} {}: {error}", path.display()),
        _ if is_time_to_tell(kind) => {
            warn!("cannot {verb} {}: {error}; {}", path.display(), kind.next_step());
        }
        _ => {}
    }
    kind
}

/// Every error of a sync that has begun means that bytes may be lost, whatever the error is called.
pub(super) fn failed_sync(path: &Path, error: &io::Error) -> FileError {
    error!("cannot sync {}: {error}", path.display());
    FileError::Io
}

/// An error that is not named here counts as the device's.
fn kind(error: &io::Error) -> FileError {
    use rustix::io::Errno;
    match error.kind() {
        ErrorKind::NotFound => return FileError::NotFound,
        ErrorKind::AlreadyExists => return FileError::Exists,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => return FileError::NoSpace,
        ErrorKind::PermissionDenied => return FileError::PermissionDenied,
        ErrorKind::FileTooLarge => return FileError::FileSizeLimit,
        ErrorKind::OutOfMemory => return FileError::NoMemory,
        ErrorKind::IsADirectory
        | ErrorKind::NotADirectory
        | ErrorKind::DirectoryNotEmpty
        | ErrorKind::ResourceBusy
        | ErrorKind::InvalidFilename => return FileError::WrongPath,
        _ => {}
    }
    match Errno::from_io_error(error) {
        Some(Errno::MFILE | Errno::NFILE) => FileError::TooManyOpenFiles,
        Some(Errno::LOOP) => FileError::WrongPath,
        _ => FileError::Io,
    }
}

/// Whether no error of this kind was told in this second.
fn is_time_to_tell(kind: FileError) -> bool {
    /// The second in which each kind was told last.
    static TOLD: [AtomicU64; 6] = [const { AtomicU64::new(0) }; 6];
    let place = match kind {
        FileError::NoSpace => 0,
        FileError::TooManyOpenFiles => 1,
        FileError::PermissionDenied => 2,
        FileError::FileSizeLimit => 3,
        FileError::NoMemory => 4,
        _ => 5,
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_secs());
    TOLD[place].swap(now, Ordering::Relaxed) != now
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::io::Errno;

    #[test]
    fn a_limit_is_not_a_broken_device() {
        let of = |errno: Errno| kind(&io::Error::from(errno));
        let table = [
            (Errno::NOENT, FileError::NotFound),
            (Errno::EXIST, FileError::Exists),
            (Errno::NOSPC, FileError::NoSpace),
            (Errno::DQUOT, FileError::NoSpace),
            (Errno::MFILE, FileError::TooManyOpenFiles),
            (Errno::NFILE, FileError::TooManyOpenFiles),
            (Errno::ACCESS, FileError::PermissionDenied),
            (Errno::PERM, FileError::PermissionDenied),
            (Errno::FBIG, FileError::FileSizeLimit),
            (Errno::NOMEM, FileError::NoMemory),
            (Errno::ISDIR, FileError::WrongPath),
            (Errno::NOTDIR, FileError::WrongPath),
            (Errno::NOTEMPTY, FileError::WrongPath),
            (Errno::NAMETOOLONG, FileError::WrongPath),
            (Errno::LOOP, FileError::WrongPath),
            (Errno::BUSY, FileError::WrongPath),
            (Errno::IO, FileError::Io),
            (Errno::ROFS, FileError::Io),
            (Errno::NODEV, FileError::Io),
            (Errno::NXIO, FileError::Io),
            (Errno::UCLEAN, FileError::Io),
            (Errno::BADF, FileError::Io),
        ];
        for (errno, expected) in table {
            assert_eq!(of(errno), expected, "{errno:?}");
        }
    }

    #[test]
    fn a_sync_that_began_and_failed_is_the_devices_whatever_its_error() {
        for errno in [Errno::IO, Errno::NOSPC, Errno::DQUOT, Errno::MFILE, Errno::ACCESS] {
            assert_eq!(failed_sync(Path::new("x"), &io::Error::from(errno)), FileError::Io, "{errno:?}");
        }
    }
}
