//! What a replica of the metadata log asks of its host, and what it tells it.

use super::log::{LogEnd, QuorumLog};
use super::message::{Request, Response};
use super::{DataVersion, ElectionState, Endpoint, SnapshotId};
use crate::io::{Asker, Draws};
use crate::types::{LeaderEpoch, NodeId, Now, Offset};
use core::fmt;

/// What the quorum is handed with a call.
pub struct Context<'a> {
    /// Constant within a call.
    pub now: Now,
    /// Random choices.
    pub draws: &'a mut dyn Draws,
    /// The metadata log.
    pub log: &'a mut dyn QuorumLog,
    /// What the call asks for, in order.
    pub out: &'a mut Vec<Output>,
}

/// Whom a request goes to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PeerId {
    /// A node whose id is known.
    Node(NodeId),
    /// An entry of `controller.quorum.bootstrap.servers`, whose id is unknown.
    Bootstrap(u16),
}

/// A request under way; unique within a life of the replica.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Correlation(pub u64);

/// A read under way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ReadId(pub u64);

/// What to read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReadWhat {
    /// Whole batches from the one with this offset on, at least one.
    Log(Offset),
    /// Bytes of a snapshot from a position on.
    Snapshot(SnapshotId, u64),
}

/// Why a request failed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RequestFailure {
    /// The connection was refused: the machine answers, and nobody listens.
    Refused,
    /// The connection was closed.
    Closed,
    /// There was no answer in time.
    TimedOut,
}

/// Why a replica stops for good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HaltReason {
    /// The leader's log and this one part below the high watermark: one of the two lost what was committed.
    DivergedBelowHighWatermark {
        /// Where the log would have been cut.
        to: Offset,
        /// What was committed here.
        high_watermark: Offset,
    },
    /// A write, a sync or a read of the metadata log, of a snapshot or of the election state failed.
    Storage,
}

impl fmt::Display for HaltReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HaltReason::DivergedBelowHighWatermark { to, high_watermark } => write!(
                f,
                "the leader of the metadata quorum asks for a truncation to offset {to}, below the high watermark \
                 {high_watermark}: this replica or the leader lost committed records. Compare the logs of all voters \
                 before any of them is started again"
            ),
            HaltReason::Storage => f.write_str("the metadata log directory failed"),
        }
    }
}

/// What is asked of the host, or told to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// Send a request. Its end is reported by `on_response` or `on_request_failed`.
    Send {
        /// To whom.
        peer: PeerId,
        /// Where the peer listens.
        endpoint: Endpoint,
        /// The name under which the answer is reported.
        correlation: Correlation,
        /// What to send.
        request: Request,
    },
    /// Answer a request.
    Answer {
        /// Who asked.
        asker: Asker,
        /// The answer.
        response: Response,
    },
    /// Write `quorum-state` durably; then `on_election_state_written`. One write is under way at a time.
    WriteElectionState(ElectionState, DataVersion),
    /// Make durable what the log has; then `on_synced`. One sync is under way at a time.
    SyncLog,
    /// Read; then `on_read`.
    Read {
        /// The name under which the bytes are reported.
        read: ReadId,
        /// What to read.
        what: ReadWhat,
        /// The most bytes.
        max_bytes: u32,
    },
    /// Make the fetched snapshot durable, and read its control records; then `on_snapshot_synced`.
    SyncSnapshot(SnapshotId),
    /// Another leader or epoch is known.
    LeaderChanged {
        /// The leader, where it is known.
        leader: Option<NodeId>,
        /// The epoch.
        epoch: LeaderEpoch,
    },
    /// This replica leads. Its records begin at `start`; what lies before is committed with the first of them.
    LeadershipGained {
        /// The epoch.
        epoch: LeaderEpoch,
        /// Where the epoch begins.
        start: Offset,
    },
    /// This replica no longer leads. Appends that are above the high watermark may or may not survive.
    LeadershipLost {
        /// The epoch that it led.
        epoch: LeaderEpoch,
    },
    /// Records before this offset are committed.
    HighWatermarkAdvanced(Offset),
    /// The log was cut: what was read behind its end is void.
    Truncated(LogEnd),
    /// A fetched snapshot replaced the log: load it.
    SnapshotInstalled(SnapshotId),
    /// The records before this offset are in a snapshot, so that their segments may go.
    PrefixMayGo(Offset),
    /// The replica has handed its leadership on, or has none: it may be stopped.
    ShutDown,
    /// The replica stops for good; it takes no further input.
    Halt(HaltReason),
}
