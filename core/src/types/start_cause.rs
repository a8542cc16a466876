//! Why a log start offset moves.

use core::fmt;

/// What lets records go from a log's front.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StartCause {
    /// The log is larger than `retention.bytes`.
    Size,
    /// The records are older than `retention.ms`.
    Time,
    /// A client's DeleteRecords.
    Request,
    /// The leader's log begins later than the follower's.
    Leader,
}

impl fmt::Display for StartCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StartCause::Size => "retention.bytes",
            StartCause::Time => "retention.ms",
            StartCause::Request => "DeleteRecords",
            StartCause::Leader => "the leader's log start offset",
        })
    }
}
