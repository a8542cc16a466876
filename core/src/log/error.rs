//! Errors of a log.

use crate::io::FileError;
use crate::types::{ErrorCode, Offset, TopicId};
use core::fmt;

/// Why a log cannot be opened or written to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LogError {
    /// The disk is full. The log can be opened again when there is room.
    NoSpace,
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
    /// The disk is full, and the log is unchanged: answer KAFKA_STORAGE_ERROR and keep using the log.
    NoSpace,
    /// The disk failed. Its log directory must go offline on all shards.
    Disk(FileError),
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LogError::NoSpace => write!(f, "{}", FileError::NoSpace),
            LogError::Disk(error) => write!(f, "{error}"),
            LogError::Corrupt(at) => write!(f, "the bytes at offset {at} were durable and are bad"),
            LogError::Foreign(topic) => write!(f, "the folder belongs to topic id {topic}"),
        }
    }
}

impl From<FileError> for LogError {
    fn from(error: FileError) -> LogError {
        match error {
            FileError::NoSpace => LogError::NoSpace,
            other => LogError::Disk(other),
        }
    }
}

impl From<FileError> for AppendError {
    fn from(error: FileError) -> AppendError {
        match error {
            FileError::NoSpace => AppendError::NoSpace,
            other => AppendError::Disk(other),
        }
    }
}
