//! Names and small files of a partition's folder.

use crate::io::{Env, FileError, FilePath};
use crate::types::{Offset, TopicId, Uuid};

pub(super) const LOG: &str = ".log";
pub(super) const INDEX: &str = ".index";
pub(super) const TIME_INDEX: &str = ".timeindex";
pub(super) const TXN_INDEX: &str = ".txnindex";
pub(super) const SNAPSHOT: &str = ".snapshot";
/// The suffix that the files of a removed segment get. They are deleted after `file.delete.delay.ms`, because reads
/// under way may still use them.
pub(super) const DELETED: &str = ".deleted";
pub(super) const EPOCHS: &str = "leader-epoch-checkpoint";
pub(super) const METADATA: &str = "partition.metadata";
/// The file that tells the next start that the disk failed under this log. It is not synced: a power loss that loses
/// this file also loses the bytes in the page cache that it warns about.
pub(super) const DOUBT: &str = "sync-failed";
/// The file that records a truncation below the high watermark: where the log is cut, and up to which offset
/// checkpoints from before the cut may wrongly say that records are durable.
pub(super) const BOUND: &str = "cut-below";
const DOUBT_TEXT: &str = "The disk failed under this log. The next start writes again what was not surely durable.\n";
const SMALL: u64 = 4096;
/// The most bytes read of the leader-epoch checkpoint. An entry takes at most 32 bytes, so that two million entries
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
    // Refuses an offset so near to the largest 64-bit integer that the offsets within the segment could overflow. No
    // real log has such an offset.
    (offset < i64::MAX - (1 << 32)).then_some(Offset(offset))
}

/// Returns whether a file of this name is left over from work that a crash interrupted.
pub(super) fn is_leftover(name: &str) -> bool {
    [".tmp", DELETED, ".cleaned"].iter().any(|suffix| name.ends_with(suffix))
}

/// Returns whether a log has, or may once have had, a file of this name.
pub(super) fn is_of_log(name: &str) -> bool {
    let suffixes = [LOG, INDEX, TIME_INDEX, TXN_INDEX, SNAPSHOT];
    [EPOCHS, METADATA, DOUBT, BOUND].contains(&name)
        || is_leftover(name)
        || suffixes.iter().any(|suffix| offset_of(name, suffix).is_some())
}

/// Writes `partition.metadata` (KIP-516).
pub(super) fn write_metadata(folder: &FilePath, topic: TopicId, env: &mut Env<'_>) -> Result<(), FileError> {
    env.files.replace(&metadata_path(folder), format!("version: 0\ntopic_id: {topic}").as_bytes())
}

/// Reads from `partition.metadata` which topic the folder belongs to. Returns none if the file is missing or
/// incomplete, because a crash came before it was written.
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

/// Writes a small file under another name and renames it to `path`. If the process is killed, the old file or the new
/// one is there. A power loss may also leave an incomplete file, which its reader must be able to recognise.
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

/// Writes `cut-below`, which says that the log is about to be cut to `to`, and that no checkpoint from before the cut
/// names an offset above `high`. If the process is killed, no half-written file is left.
pub(super) fn write_bound(folder: &FilePath, to: Offset, high: Offset, env: &mut Env<'_>) -> Result<(), FileError> {
    replace_whole(&folder.join(BOUND), format!("0\n{to} {high}\n").as_bytes(), env)
}

/// Reads `cut-below`. Returns the offset of the cut, and the highest offset that checkpoints from before the cut may
/// name; none if the file is missing or incomplete.
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
