//! What the core says of itself: values that the simulator checks and hashes and the server logs.

use super::{ConnId, DirId, Fault, FileError, FilePath, OfflineCause, Repair};
use crate::types::{ErrorCode, LeaderEpoch, NodeId, Offset, PartitionEpoch, StartCause, TopicPartition};
use bytestring::ByteString;

macro_rules! trace_events {
    ($($(#[$doc:meta])* $kind:ident { $($(#[$fdoc:meta])* $field:ident: $ty:ty),* $(,)? })*) => {
        /// Something that happened inside a shard.
        #[derive(Clone, PartialEq, Eq, Debug, Hash)]
        pub enum TraceEvent {
            $($(#[$doc])* $kind { $($(#[$fdoc])* $field: $ty),* },)*
        }

        /// The kinds of [`TraceEvent`].
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum TraceKind { $($(#[$doc])* $kind,)* }

        impl TraceKind {
            /// Every kind there is.
            pub const ALL: &[TraceKind] = &[$(TraceKind::$kind,)*];
        }

        impl TraceEvent {
            /// Of which kind this is.
            #[must_use]
            pub fn kind(&self) -> TraceKind {
                match self { $(TraceEvent::$kind { .. } => TraceKind::$kind,)* }
            }
        }
    };
}

trace_events! {
    /// A batch was appended to a log, one event for each; `last` is the last record's offset, `epoch` and `crc` are
    /// those that the stored batch carries. The checksum names the content: equal on all replicas, never recomputed.
    Appended { partition: TopicPartition, base: Offset, last: Offset, epoch: LeaderEpoch, crc: u32, as_leader: bool }
    /// The high watermark moved.
    HighWatermark { partition: TopicPartition, epoch: LeaderEpoch, to: Offset, as_leader: bool }
    /// A log was cut back to `to`.
    Truncated { partition: TopicPartition, from: Offset, to: Offset }
    /// A log was loaded; what recovery cut off lay between `end` and `found` bytes' worth of batches.
    Loaded { partition: TopicPartition, start: Offset, end: Offset, clean: bool, bytes_cut: u64 }
    /// Leadership began; `start` is the log end offset at that moment, `high_watermark` what the replica knew before.
    BecameLeader { partition: TopicPartition, epoch: LeaderEpoch, start: Offset, high_watermark: Offset }
    /// Following began.
    BecameFollower { partition: TopicPartition, epoch: LeaderEpoch, leader: Option<NodeId> }
    /// A produce was acknowledged without error, by the leader of `epoch`; `end` is the offset behind its last record.
    Acknowledged { partition: TopicPartition, epoch: LeaderEpoch, base: Offset, end: Offset, acks: i16 }
    /// A produce was refused.
    Refused { partition: TopicPartition, error: ErrorCode }
    /// A leader took the in-sync set of this partition registration as its own, on becoming leader and at each change.
    InSync { partition: TopicPartition, epoch: LeaderEpoch, partition_epoch: PartitionEpoch }
    /// A leader noted how far a follower is.
    FollowerAt { partition: TopicPartition, epoch: LeaderEpoch, follower: NodeId, end: Offset }
    /// A retried batch was recognised.
    Duplicate { partition: TopicPartition, base: Offset }
    /// A sync of the log's files ended well: all below `end` is durable.
    Flushed { partition: TopicPartition, end: Offset }
    /// A new segment begins.
    Rolled { partition: TopicPartition, base: Offset }
    /// The log start offset moved up, for the sake of `cause`; `to` is in the checkpoint file, durably.
    LogStart { partition: TopicPartition, to: Offset, cause: StartCause }
    /// A segment that lies below the log start offset was let go: its records are those from `base` on, below `end`.
    SegmentGone { partition: TopicPartition, base: Offset, end: Offset }
    /// The loading of a log found damage in one of its files, and did what `repair` says.
    Repaired { repair: Repair }
    /// The loading of a log removed a file that a stop at a bad moment leaves behind; nothing was damaged.
    Tidied { repair: Repair }
    /// A data shard has loaded all logs that its node had at its start.
    LogsLoaded { loads: Loads }
    /// Bytes that had been written or synced were found bad: at `position` of `file`, where the log has offset `at`.
    Corrupt { partition: TopicPartition, at: Offset, file: FilePath, position: u64, fault: Fault }
    /// A partition stopped serving; its files are in `folder`.
    Offline { partition: TopicPartition, folder: FilePath, why: OfflineCause }
    /// A partition's log could not be opened, or a flush or small file of the log could not be written, for a reason
    /// other than a failed disk. The server tries again each second; the event is told once for each reason.
    LogDenied { partition: TopicPartition, why: FileError }
    /// A log was closed, because a file operation was denied while the log was loaded or truncated. It is opened again a
    /// second later. A truncation may have been carried out in part.
    LogClosed { partition: TopicPartition, why: FileError }
    /// A file of a log directory that belongs to no loaded log could not be written or removed, for a reason other than
    /// a failed disk. The server tries again each second; the event is told once for each reason.
    FileDenied { path: FilePath, why: FileError }
    /// A log directory failed and is used no more.
    DirOffline { dir: DirId }
    /// A client sent what no client should, and was cut off.
    Rude { conn: ConnId, why: &'static str }
    /// A group of a partition of `__consumer_offsets` came into another state; `generation` is the one it is in now.
    GroupState { partition: i32, group: ByteString, generation: i32, state: &'static str }
    /// A group coordinator has loaded its partition and serves; `skipped` records were of types that it does not serve.
    GroupsLoaded { partition: i32, epoch: LeaderEpoch, groups: u64, skipped: u64 }
    /// A group coordinator refuses every question until another leadership begins.
    GroupsRefused { partition: i32, epoch: LeaderEpoch, why: &'static str }
    /// A request wants a topic made, and this node is not the one that makes topics: its controller is to.
    TopicWanted { name: ByteString }
}

/// What a shard loaded at the start of its node, added up over its logs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub struct Loads {
    /// The logs that were found.
    pub logs: u64,
    /// Those of them that cannot be used, or not yet.
    pub refused: u64,
    /// Those of them whose batches had to be read.
    pub recovered: u64,
    /// The bytes that were read for that.
    pub bytes: u64,
    /// The records in those bytes.
    pub records: u64,
    /// The bytes that were cut off or removed with their segment.
    pub bytes_cut: u64,
    /// The milliseconds from the first image until all logs were loaded.
    pub ms: u64,
}

impl core::ops::AddAssign for Loads {
    /// Adds what another shard of the node has loaded. The shards load at the same time, so the longer time counts.
    fn add_assign(&mut self, other: Loads) {
        let Loads { logs, refused, recovered, bytes, records, bytes_cut, ms } = other;
        self.logs += logs;
        self.refused += refused;
        self.recovered += recovered;
        self.bytes += bytes;
        self.records += records;
        self.bytes_cut += bytes_cut;
        self.ms = self.ms.max(ms);
    }
}

/// A set of kinds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TraceKinds(u64);

impl TraceKinds {
    /// No kind.
    pub const NONE: TraceKinds = TraceKinds(0);
    /// Every kind.
    pub const ALL: TraceKinds = TraceKinds(u64::MAX);

    /// With that kind too.
    #[must_use]
    pub const fn with(self, kind: TraceKind) -> TraceKinds {
        TraceKinds(self.0 | 1 << kind as u8)
    }

    /// Whether that kind is asked for.
    #[must_use]
    pub const fn has(self, kind: TraceKind) -> bool {
        self.0 >> kind as u8 & 1 == 1
    }
}

/// Collects the events that somebody asked for; the others are never built.
#[derive(Debug, Default)]
pub struct Trace {
    wanted: TraceKinds,
    events: Vec<TraceEvent>,
}

impl Trace {
    /// Collects the `wanted` kinds.
    #[must_use]
    pub fn new(wanted: TraceKinds) -> Trace {
        Trace { wanted, events: Vec::new() }
    }

    /// Builds and keeps the event if its kind is asked for.
    pub fn emit(&mut self, kind: TraceKind, event: impl FnOnce() -> TraceEvent) {
        if self.wanted.has(kind) {
            let event = event();
            debug_assert_eq!(event.kind(), kind);
            self.events.push(event);
        }
    }

    /// Takes what was collected, in order.
    pub fn drain(&mut self) -> std::vec::Drain<'_, TraceEvent> {
        self.events.drain(..)
    }

    /// Whether nothing was collected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}
