//! Errors of a log.

use crate::io::FileError;
use crate::types::{ErrorCode, Offset, TopicId};
use core::fmt;

/// Why a log cannot be opened or written to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LogError {
    /// A full disk, a limit of the process, or one path that cannot be used. The log can be opened again when the cause
    /// is gone.
    Denied(FileError),
    /// The disk failed. Its log directory must go offline on all shards.
    Disk(FileError),
    /// Bytes at this offset were durable and are bad now. Nothing was cut from the log; the partition answers
    /// KAFKA_STORAGE_ERROR.
    Corrupt(Offset),
    /// `partition.metadata` names this other topic id: the folder is left over from a deleted topic of the same name.
    Foreign(TopicId),
}

/// Why an append failed. No part of the batch is in the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AppendError {
    /// The batch is refused with this error, because it does not fit the producer's state or the log.
    Refused(ErrorCode, &'static str),
    /// A full disk, a limit of the process, or one path that cannot be used. The log is unchanged: answer
    /// KAFKA_STORAGE_ERROR and keep using the log.
    Denied(FileError),
    /// A write of several steps was interrupted, so that the log must be loaded anew before it is used again. If the
    /// error is the device's, the log directory must go offline on all shards.
    Failed(FileError),
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LogError::Denied(error) | LogError::Disk(error) => write!(f, "{error}"),
            LogError::Corrupt(at) => write!(f, "the bytes at offset {at} were durable and are bad"),
            LogError::Foreign(topic) => write!(f, "the folder belongs to topic id {topic}"),
        }
    }
}

impl From<FileError> for LogError {
    fn from(error: FileError) -> LogError {
        if error.is_of_device() { LogError::Disk(error) } else { LogError::Denied(error) }
    }
}

impl From<FileError> for AppendError {
    fn from(error: FileError) -> AppendError {
        if error.is_of_device() { AppendError::Failed(error) } else { AppendError::Denied(error) }
    }
}
