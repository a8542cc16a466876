//! What the loading of a log did to the log's files, and why: cut, removed, built again, or left as they are.
//!
//! **Invariants**: a text names the file first. The file's folder has the name of the topic and the partition, so that
//! an operator finds both the partition and the file.

use super::{FileError, FilePath};
use crate::types::Offset;
use core::fmt::{Display, Formatter, Result};

/// What was done with one file of a log, and why.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct Repair {
    /// The file.
    pub file: FilePath,
    /// What is wrong with the file.
    pub fault: Fault,
    /// What was done with the file.
    pub deed: Deed,
    /// The offsets that this concerns, as far as they are known.
    pub offsets: Offsets,
    /// How many bytes of the file this concerns: those that are gone or not used.
    pub bytes: u64,
}

/// Which offsets a [`Repair`] concerns.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Offsets {
    /// The file has no part of a record: its loss concerns no offset.
    None,
    /// This offset and those behind it.
    From(Offset),
    /// From the first offset on, up to the second, which is not among them.
    Range(Offset, Offset),
}

/// What is wrong with a file of a log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Fault {
    /// The file ends within a batch.
    Partial,
    /// A batch's length, magic or another field is one that no batch has.
    Malformed,
    /// A batch's checksum is not that of its bytes.
    Checksum,
    /// A batch's base offset or leader epoch does not follow the batch before it.
    OutOfPlace,
    /// A batch has an older leader epoch than the batch before it.
    OlderEpoch,
    /// The disk returned fewer bytes than were written.
    Short,
    /// The segment reaches beyond the offset at which the next segment begins.
    Overlap,
    /// The log ends before this file's offsets.
    BehindEnd,
    /// The records before this segment are missing.
    BehindGap,
    /// The segment was not begun behind the batch with which the log ends.
    OtherHistory,
    /// The producer snapshot that names the batch that this segment follows is missing or unreadable, and the segment
    /// was not known to be durable.
    Unnamed,
    /// The segments before this one, down to the log start offset, are missing.
    NotFirst,
    /// Records behind this segment, which were durable, are missing.
    BeforeGap,
    /// The log ends below the offset up to which its records were durable.
    TooShort,
    /// The log ends below the log start offset.
    BelowStart,
    /// The file belongs to segments below the log start offset.
    Passed,
    /// The file is missing.
    Missing,
    /// The file's contents are not what a file of its name has.
    Unreadable,
    /// The file fits another state of the log than the one that was found.
    Mismatch,
    /// The file's segment is missing.
    Orphan,
    /// The file was needed while something was done that a stop of the server has interrupted.
    Leftover,
    /// The log has passed what the file speaks of.
    Outdated,
    /// The disk failed under the log before the server was started.
    FailedSync,
    /// The file has a name that no file of a log has.
    Stranger,
}

/// What was done with a file of a log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Deed {
    /// The file was cut off at this position.
    CutAt(u64),
    /// The file was removed.
    Removed,
    /// The file is written anew from the log's batches.
    Rebuilt,
    /// The file is written anew from what the server knows.
    Replaced,
    /// The file is begun anew, without a batch.
    Begun,
    /// The log's batches, from these offsets on, are read instead.
    ReadAgain,
    /// The log's batches, from these offsets on, are written to the disk again.
    Rewritten,
    /// The file is left as it is and not used.
    Unused,
    /// The file is used as it is. The records that are missing stay missing.
    Kept,
}

impl Fault {
    /// Whether a stop at a bad moment leaves this behind in the ordinary course of things, and nothing is damaged.
    #[must_use]
    pub fn is_ordinary(self) -> bool {
        matches!(self, Fault::Passed | Fault::Leftover | Fault::Outdated)
    }
}

impl Display for Repair {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Repair { file, fault, deed, offsets, bytes } = self;
        let unit = if *bytes == 1 { "byte" } else { "bytes" };
        write!(f, "{}: {fault}; {deed} ({offsets}{bytes} {unit})", file.path)
    }
}

impl Display for Offsets {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Offsets::None => Ok(()),
            Offsets::From(from) => write!(f, "offsets from {from} on, "),
            Offsets::Range(from, to) => write!(f, "offsets {from} up to end offset {to}, "),
        }
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            Fault::Partial => "it ends within a batch",
            Fault::Malformed => "it has bytes that are no batch",
            Fault::Checksum => "the checksum of a batch is wrong",
            Fault::OutOfPlace => "the base offset or the leader epoch of a batch does not follow the batch before it",
            Fault::OlderEpoch => "a batch has an older leader epoch than the batch before it",
            Fault::Short => "it has fewer bytes than were written to it",
            Fault::Overlap => "it reaches beyond the base offset of the next segment",
            Fault::BehindEnd => "it has offsets behind the end of the log",
            Fault::BehindGap => "the records before this segment are missing, and were not known to be durable",
            Fault::OtherHistory => "this segment was not begun behind the batch with which the log ends",
            Fault::Unnamed => "its producer snapshot, which names the batch that it follows, is missing or unreadable",
            Fault::NotFirst => "the segments between the log start offset and this one are missing",
            Fault::BeforeGap => {
                "the records between this segment and the next one are missing, though they were durable"
            }
            Fault::TooShort => "the log ends with this segment, below the offset up to which it was durable",
            Fault::BelowStart => "the log ends below the log start offset",
            Fault::Passed => "it lies below the log start offset",
            Fault::Missing => "it is missing",
            Fault::Unreadable => "its contents are not what such a file has",
            Fault::Mismatch => "it does not fit the log as it was found",
            Fault::Orphan => "its segment is missing",
            Fault::Leftover => "it was left over by a stop of the server",
            Fault::Outdated => "the log has passed the cut that it records",
            Fault::FailedSync => "the disk failed under this log before the server was started",
            Fault::Stranger => "no file of a log has such a name",
        })
    }
}

impl Display for Deed {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Deed::CutAt(at) => write!(f, "cut off at position {at}"),
            Deed::Removed => f.write_str("removed"),
            Deed::Rebuilt => f.write_str("built again from the log's batches"),
            Deed::Replaced => f.write_str("written anew"),
            Deed::Begun => f.write_str("begun anew, without a record"),
            Deed::ReadAgain => f.write_str("the log's batches are read instead"),
            Deed::Rewritten => f.write_str("the log's batches are written to the disk again"),
            Deed::Unused => f.write_str("left as it is and not used"),
            Deed::Kept => f.write_str("used as it is, without the missing records"),
        }
    }
}

/// Why a partition is not served.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum OfflineCause {
    /// The log directory failed.
    Disk,
    /// Bytes of the log are bad.
    Corrupt,
    /// The folder belongs to another topic of the same name.
    Foreign(crate::types::TopicId),
    /// A full disk, a limit of the process, or one path that cannot be used keeps the log from what it must do.
    Denied(FileError),
}

impl Display for OfflineCause {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            OfflineCause::Disk => f.write_str(
                "its log directory failed; check the disk and the rights on the directory, then start the server again",
            ),
            OfflineCause::Corrupt => f.write_str(
                "its log is corrupt, and no record of it was removed; stop the server and restore the folder from a \
                 copy, or move it away: the partition then begins without these records, or gets them from another replica",
            ),
            OfflineCause::Foreign(topic) => write!(
                f,
                "partition.metadata says that the folder belongs to topic id {topic}; stop the server and move the \
                 folder away, so that the partition gets a folder of its own",
            ),
            OfflineCause::Denied(why) => write!(f, "{why}; {}, then start the server again", why.next_step()),
        }
    }
}
