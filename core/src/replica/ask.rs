//! What sessions ask of a partition and what it answers. A session knows neither where the partition lives nor
//! whether its bytes are warm; the shard carries both ways.

use crate::io::DirId;
use crate::log::ActiveProducer;
use crate::types::{BrokerEpoch, ErrorCode, Instant, LeaderEpoch, NodeId, Offset, Timestamp};
use bytes::Bytes;

/// When a produce is acknowledged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Acks {
    /// Never answered (`acks=0`).
    None,
    /// At the leader's append (`acks=1`).
    Leader,
    /// When the whole in-sync set has it (`acks=all`, `-1`).
    All,
}

impl Acks {
    /// As the wire has it; any other number is INVALID_REQUIRED_ACKS.
    #[must_use]
    pub fn from_wire(acks: i16) -> Option<Acks> {
        match acks {
            0 => Some(Acks::None),
            1 => Some(Acks::Leader),
            -1 => Some(Acks::All),
            _ => None,
        }
    }

    /// The number on the wire.
    #[must_use]
    pub fn to_wire(self) -> i16 {
        match self {
            Acks::None => 0,
            Acks::Leader => 1,
            Acks::All => -1,
        }
    }
}

/// Which records a consumer sees.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Isolation {
    /// Up to the high watermark.
    ReadUncommitted,
    /// Up to the last stable offset (KIP-98).
    ReadCommitted,
}

/// Who fetches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fetcher {
    /// A client, bounded by its isolation.
    Consumer(Isolation),
    /// The coordinator that lives with the partition's leadership and loads its records: bounded by the log end, since
    /// the coordinator itself waits for the high watermark before it serves what it loaded.
    Coordinator,
    /// A follower, bounded by the log end; its fetch offset says how far it is (KIP-903: of which incarnation).
    Replica {
        /// The follower's `node.id`.
        node: NodeId,
        /// Its registration, where the request carries one.
        epoch: Option<BrokerEpoch>,
    },
}

/// Where one partition's fetch begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FetchFrom {
    /// Who fetches.
    pub fetcher: Fetcher,
    /// The first record wanted.
    pub offset: Offset,
    /// What the fetcher believes the leader epoch to be; none skips the check (KIP-320).
    pub current_leader_epoch: Option<LeaderEpoch>,
    /// The epoch of the last record that the fetcher has; the leader answers where the two logs part (KIP-595).
    pub last_fetched_epoch: Option<LeaderEpoch>,
    /// The follower's own log start.
    pub log_start: Option<Offset>,
}

/// Which offset `ListOffsets` looks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OffsetSpec {
    /// The log start offset (-2).
    Earliest,
    /// The high watermark, or the last stable offset (-1).
    Latest,
    /// The record with the greatest timestamp (-3, KIP-734).
    MaxTimestamp,
    /// The first record at or after a time.
    At(Timestamp),
}

/// A question to one partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PartitionAsk {
    /// Append a client's records. Answered with [`PartitionAnswer::Produced`]; where `acks` is none, at the append too:
    /// the client hears nothing, but its session counts what runs, and ends the connection where it was refused.
    Produce {
        /// One batch, as the client sent it and unchecked.
        records: Bytes,
        /// The size of the allocation that `records` keeps alive: its frame's. Caches count it.
        held: u32,
        /// When to answer.
        acks: Acks,
        /// When to answer REQUEST_TIMED_OUT instead.
        deadline: Instant,
        /// Whether the request named a transactional id.
        transactional: bool,
    },
    /// Note a fetcher's place, and say how many bytes are readable there now, and again whenever that grows or the
    /// answer would be of another kind (an error, a divergence), until the ask is withdrawn.
    /// Answered with [`PartitionAnswer::Readable`], any number of times.
    Watch {
        /// From where.
        from: FetchFrom,
        /// More than this many readable bytes are not told of.
        most: u32,
    },
    /// No more news of a `Watch` of this asker.
    Unwatch,
    /// Read records. Answered with [`PartitionAnswer::Read`], at once or after the disk. Ends this asker's `Watch`.
    Read {
        /// From where.
        from: FetchFrom,
        /// At most this many bytes, except that the first batch comes whole where `at_least_one` is set (KIP-74).
        most: u32,
        /// Whether the first batch comes even when it is larger than `most`.
        at_least_one: bool,
    },
    /// Find an offset. Answered with [`PartitionAnswer::Offset`].
    ListOffset {
        /// Which offset.
        spec: OffsetSpec,
        /// What the asker believes the leader epoch to be.
        current_leader_epoch: Option<LeaderEpoch>,
        /// Who asks: a replica's latest is the log end.
        fetcher: Fetcher,
    },
    /// Let the records below an offset go (KIP-107). Answered with [`PartitionAnswer::RecordsDeleted`] when the logs of all
    /// live replicas begin there or later, durably.
    DeleteRecords {
        /// The first offset that stays; none for the high watermark.
        to: Option<Offset>,
        /// When to answer REQUEST_TIMED_OUT instead.
        deadline: Instant,
    },
    /// How large is the log, and where does it lie (KIP-113)? Answered with [`PartitionAnswer::LogSize`] by every replica
    /// that has its log, whether it leads or not.
    LogSize,
    /// Which producers does the log know (KIP-664)? Answered with [`PartitionAnswer::Producers`] by every replica that has
    /// its log, whether it leads or not.
    Producers,
    /// Where does an epoch end (KIP-101)? Answered with [`PartitionAnswer::EpochEnd`].
    EpochEnd {
        /// The epoch asked for.
        epoch: LeaderEpoch,
        /// What the asker believes the leader epoch to be.
        current_leader_epoch: Option<LeaderEpoch>,
    },
}

/// A partition's answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PartitionAnswer {
    /// To `Produce`.
    Produced(Result<Produced, ProduceRefusal>),
    /// To `Watch`.
    Readable {
        /// Bytes that a read would return, at most the ask's `most`.
        bytes: u32,
        /// The fetch must be answered now whatever its minimum: an error or a divergence waits, or the high watermark
        /// that this follower knows is old.
        at_once: bool,
    },
    /// To `Read`.
    Read(ReadAnswer),
    /// To `ListOffset`; `None` where no record matches, which is not an error.
    Offset(Result<Option<OffsetFound>, ErrorCode>),
    /// To `DeleteRecords`: the lowest log start offset of all live replicas. OFFSET_OUT_OF_RANGE above the high watermark,
    /// POLICY_VIOLATION where `cleanup.policy` has no `delete`, REQUEST_TIMED_OUT where the records are gone from this
    /// leader alone.
    RecordsDeleted(Result<Offset, ErrorCode>),
    /// To `LogSize`.
    LogSize(Result<LogSize, ErrorCode>),
    /// To `Producers`, by id.
    Producers(Result<Vec<ActiveProducer>, ErrorCode>),
    /// To `EpochEnd`: the greatest epoch not above the one asked for, and the offset behind its last record.
    EpochEnd(Result<Option<(LeaderEpoch, Offset)>, ErrorCode>),
}

/// A log's size and place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LogSize {
    /// The log directory that holds it.
    pub dir: DirId,
    /// Bytes of its segments, without their indexes.
    pub bytes: u64,
}

/// A produce that was taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Produced {
    /// The first record's offset; for a duplicate, the original's.
    pub base: Offset,
    /// Set where the topic stamps records itself (`message.timestamp.type=LogAppendTime`).
    pub log_append_time: Option<Timestamp>,
    /// The log start offset.
    pub log_start: Offset,
}

/// A produce that was not, or not surely, taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProduceRefusal {
    /// Why.
    pub error: ErrorCode,
    /// In words, for the client's log.
    pub message: Option<&'static str>,
    /// Which records are to blame (KIP-467).
    pub records: Vec<RecordError>,
    /// For NOT_LEADER_OR_FOLLOWER: who leads, as this replica knows (KIP-951).
    pub current_leader: Option<(Option<NodeId>, LeaderEpoch)>,
    /// The log start offset, where this replica leads.
    pub log_start: Option<Offset>,
}

impl ProduceRefusal {
    /// A refusal that says nothing but an error.
    #[must_use]
    pub fn error(error: ErrorCode) -> ProduceRefusal {
        ProduceRefusal { error, message: None, records: Vec::new(), current_leader: None, log_start: None }
    }
}

/// One bad record of a batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecordError {
    /// Its index in the batch.
    pub index: i32,
    /// What is wrong with it.
    pub message: &'static str,
}

/// What a read found. Offsets are taken once per read, together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadAnswer {
    /// `NONE`, or why there are no records.
    pub error: ErrorCode,
    /// The high watermark.
    pub high_watermark: Option<Offset>,
    /// The last stable offset.
    pub last_stable: Option<Offset>,
    /// The log start offset.
    pub log_start: Option<Offset>,
    /// Where the fetcher's log and this one part (KIP-595).
    pub diverging: Option<(LeaderEpoch, Offset)>,
    /// For NOT_LEADER_OR_FOLLOWER and FENCED_LEADER_EPOCH: who leads (KIP-951).
    pub current_leader: Option<(Option<NodeId>, LeaderEpoch)>,
    /// Whole batches, in order, owned.
    pub records: Vec<Bytes>,
}

impl ReadAnswer {
    /// An answer that has nothing but an error.
    #[must_use]
    pub fn error(error: ErrorCode) -> ReadAnswer {
        ReadAnswer {
            error,
            high_watermark: None,
            last_stable: None,
            log_start: None,
            diverging: None,
            current_leader: None,
            records: Vec::new(),
        }
    }

    /// How many bytes of records it carries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.iter().map(Bytes::len).sum()
    }

    /// Whether it carries no records.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

/// An offset that `ListOffsets` found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OffsetFound {
    /// The offset.
    pub offset: Offset,
    /// That record's timestamp; none for earliest and latest.
    pub timestamp: Option<Timestamp>,
    /// The record's own epoch, not the current one; for the latest offset, where there is no record yet, the leader's.
    pub epoch: Option<LeaderEpoch>,
}
