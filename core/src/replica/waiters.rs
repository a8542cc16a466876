//! Produce requests that wait: with acks=all for the high watermark, with acks=1 and `flush.messages=1` for a sync of
//! the leader's log.

use super::Acks;
use super::queue::Queue;
use crate::io::Asker;
use crate::types::{Offset, Timestamp};

/// Waiting requests, ordered by [`Waiter::end`]. They do not always come in that order, because a duplicate waits for
/// its original's offset.
pub(super) type Waiters = Queue<Offset, Waiter>;

/// A produce request whose records are in the log and that is not answered yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Waiter {
    /// Whom to answer.
    pub(super) asker: Asker,
    /// The request's acks, which say whether it waits for the high watermark or for a sync.
    pub(super) acks: Acks,
    /// The first record's offset.
    pub(super) base: Offset,
    /// The offset behind the last record. The request is answered when the high watermark or the synced end of the log
    /// has reached this offset.
    pub(super) end: Offset,
    /// The timestamp that the leader gave the records, if the topic has `message.timestamp.type=LogAppendTime`.
    pub(super) log_append_time: Option<Timestamp>,
}
