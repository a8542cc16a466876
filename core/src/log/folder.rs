//! Names and small files of a partition's folder.

use crate::io::{Env, FileError, FilePath};
use crate::types::{Offset, TopicId, Uuid};

pub(super) const LOG: &str = ".log";
pub(super) const INDEX: &str = ".index";
pub(super) const TIME_INDEX: &str = ".timeindex";
pub(super) const TXN_INDEX: &str = ".txnindex";
pub(super) const SNAPSHOT: &str = ".snapshot";
/// The suffix of a file that is removed when nobody reads it any more.
pub(super) const DELETED: &str = ".deleted";
pub(super) const EPOCHS: &str = "leader-epoch-checkpoint";
const METADATA: &str = "partition.metadata";
/// The file that says that the disk failed under the log. It need not be synced: it counts in the page cache too.
pub(super) const DOUBT: &str = "sync-failed";
/// The file that says where the log was cut, and up to which offset checkpoints from before the cut may promise too
/// much.
pub(super) const BOUND: &str = "cut-below";
const DOUBT_TEXT: &str = "The disk failed under this log. The next start writes again what was not surely durable.\n";
const SMALL: u64 = 4096;
/// The most bytes read of the leader-epoch checkpoint. An epoch takes at most 32 bytes, so that two million of them
/// fit.
pub(super) const EPOCHS_MOST: u64 = 64 << 20;

/// The name of a segment's file: 20 digits of offset, as in Kafka, and the suffix for the kind of file.
pub(super) fn file_name(base: Offset, suffix: &str) -> String {
    format!("{:020}{suffix}", base.0)
}

/// Returns the offset in the name of a file that has this suffix; none for any other name.
pub(super) fn offset_of(name: &str, suffix: &str) -> Option<Offset> {
    let digits = name.strip_suffix(suffix)?;
    let whole = digits.len() == 20 && digits.bytes().all(|it| it.is_ascii_digit());
    let offset: i64 = if whole { digits.parse().ok()? } else { return None };
    // Above the offset there must be room for all offsets of a segment. No log that was written record by record has an
    // offset near that limit.
    (offset < i64::MAX - (1 << 32)).then_some(Offset(offset))
}

/// Returns whether a file of this name is left over from work that a crash interrupted.
pub(super) fn is_leftover(name: &str) -> bool {
    [".tmp", DELETED, ".cleaned"].iter().any(|suffix| name.ends_with(suffix))
}

/// Writes `partition.metadata` (KIP-516).
pub(super) fn write_metadata(folder: &FilePath, topic: TopicId, env: &mut Env<'_>) -> Result<(), FileError> {
    env.files.replace(&metadata_path(folder), format!("version: 0\ntopic_id: {topic}").as_bytes())
}

/// Reads which topic the folder belongs to; none if a crash came before that was written.
pub fn read_metadata(folder: &FilePath, env: &mut Env<'_>) -> Result<Option<TopicId>, FileError> {
    match env.files.read_small(&metadata_path(folder), SMALL) {
        Ok(bytes) => Ok(core::str::from_utf8(&bytes).ok().and_then(topic_in)),
        Err(FileError::NotFound | FileError::TooLarge(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn metadata_path(folder: &FilePath) -> FilePath {
    folder.join(METADATA)
}

/// Writes a small file under another name and renames it. A kill then leaves the old file or the new one; a power loss
/// may also leave one whose contents show that it is not whole.
pub(super) fn replace_whole(path: &FilePath, bytes: &[u8], env: &mut Env<'_>) -> Result<(), FileError> {
    let new = path.parent().join(&format!("{}.tmp", path.name()));
    env.files.replace(&new, bytes)?;
    env.files.rename(&new, path)
}

/// Writes the leader-epoch checkpoint.
pub(super) fn write_epochs(folder: &FilePath, text: &str, env: &mut Env<'_>) -> Result<(), FileError> {
    replace_whole(&folder.join(EPOCHS), text.as_bytes(), env)
}

/// Writes the file `sync-failed`, which tells the next start that the disk failed under this log. The file is not
/// synced: a power loss may lose it, but then it also loses the page-cache bytes that the file warns about. A failure
/// to write the file is ignored, because the disk has failed.
pub fn note_doubt(folder: &FilePath, env: &mut Env<'_>) {
    let _ = env.files.replace(&folder.join(DOUBT), DOUBT_TEXT.as_bytes());
}

/// Writes `cut-below`, which says that the log is about to be cut to `to`. A kill leaves no half-written file.
pub(super) fn write_bound(folder: &FilePath, to: Offset, high: Offset, env: &mut Env<'_>) -> Result<(), FileError> {
    replace_whole(&folder.join(BOUND), format!("0\n{to} {high}\n").as_bytes(), env)
}

/// Reads the cut that `cut-below` records, if there is one.
pub(super) fn read_bound(folder: &FilePath, env: &mut Env<'_>) -> Result<Option<(Offset, Offset)>, FileError> {
    match env.files.read_small(&folder.join(BOUND), SMALL) {
        Ok(bytes) => Ok(core::str::from_utf8(&bytes).ok().and_then(bound_in)),
        Err(FileError::NotFound | FileError::TooLarge(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn bound_in(text: &str) -> Option<(Offset, Offset)> {
    let (to, high) = text.strip_prefix("0\n")?.strip_suffix('\n')?.split_once(' ')?;
    let (to, high) = (to.parse().ok()?, high.parse().ok()?);
    (0 <= to && to <= high).then_some((Offset(to), Offset(high)))
}

fn topic_in(text: &str) -> Option<TopicId> {
    let mut lines = text.lines();
    if lines.next()? != "version: 0" {
        return None;
    }
    Uuid::parse(lines.next()?.strip_prefix("topic_id: ")?.trim_end()).map(TopicId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kafkas() {
        assert_eq!(file_name(Offset(42), LOG), "00000000000000000042.log");
        assert_eq!(offset_of("00000000000000000042.log", LOG), Some(Offset(42)));
        for name in [
            "42.log",
            "0000000000000000004x.log",
            "00000000000000000042.index",
            "99999999999999999999.log",
            "09223372036854775807.log",
        ] {
            assert_eq!(offset_of(name, LOG), None, "{name}");
        }
    }

    #[test]
    fn the_metadata_file_names_its_topic() {
        let id = TopicId(Uuid::from_halves(1, 2));
        assert_eq!(topic_in(&format!("version: 0\ntopic_id: {id}")), Some(id));
        assert_eq!(topic_in("version: 1\ntopic_id: x"), None);
        assert_eq!(topic_in("version: 0\ntopic_id: AAAA"), None);
        assert_eq!(topic_in(""), None);
    }
}
