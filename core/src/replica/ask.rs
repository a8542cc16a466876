//! The questions that sessions ask a partition, and the partition's answers. A session knows neither on which shard the
//! partition lives nor whether its bytes are in memory; the shard carries questions and answers.

use crate::io::DirId;
use crate::log::ActiveProducer;
use crate::types::{BrokerEpoch, ErrorCode, Instant, LeaderEpoch, NodeId, Offset, Timestamp};
use bytes::Bytes;

/// When a produce request is acknowledged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Acks {
    /// Never: the client gets no answer (`acks=0`).
    None,
    /// After the leader's append (`acks=1`).
    Leader,
    /// When the whole in-sync set has the records (`acks=all`, `-1`).
    All,
}

impl Acks {
    /// Parses the `acks` number of a Produce request. Returns `None` for an unknown number: the caller answers
    /// INVALID_REQUIRED_ACKS.
    #[must_use]
    pub fn from_wire(acks: i16) -> Option<Acks> {
        match acks {
            0 => Some(Acks::None),
            1 => Some(Acks::Leader),
            -1 => Some(Acks::All),
            _ => None,
        }
    }

    /// Returns the `acks` number as a Produce request has it.
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
    /// The records below the high watermark.
    ReadUncommitted,
    /// The records below the last stable offset (KIP-98).
    ReadCommitted,
}

/// Who fetches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fetcher {
    /// A client. It sees records as far as its isolation level allows.
    Consumer(Isolation),
    /// The coordinator that lives with the partition's leadership and loads the partition's records. It sees records up
    /// to the log end, since the coordinator itself waits for the high watermark before it serves what it loaded.
    Coordinator,
    /// A follower. It sees records up to the log end, and its fetch offset tells how far its own log reaches.
    Replica {
        /// The follower's `node.id`.
        node: NodeId,
        /// The broker epoch of the follower's registration, if the request carries one (KIP-903).
        epoch: Option<BrokerEpoch>,
    },
}

/// Who fetches a partition, and from where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FetchFrom {
    /// Who fetches.
    pub fetcher: Fetcher,
    /// The offset of the first record to fetch.
    pub offset: Offset,
    /// What the fetcher believes the leader epoch to be. If this is `None`, the leader does not check it (KIP-320).
    pub current_leader_epoch: Option<LeaderEpoch>,
    /// The leader epoch of the last record that the fetcher has. By this the leader finds where the fetcher's log
    /// diverges from its own (KIP-595).
    pub last_fetched_epoch: Option<LeaderEpoch>,
    /// The log start offset of the follower's log; none for a consumer.
    pub log_start: Option<Offset>,
}

/// Which offset `ListOffsets` looks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OffsetSpec {
    /// The log start offset (-2).
    Earliest,
    /// With `read_uncommitted` the high watermark, with `read_committed` the last stable offset (both -1 in
    /// ListOffsets).
    Latest,
    /// The record with the greatest timestamp (-3, KIP-734).
    MaxTimestamp,
    /// The first record at or after a time.
    At(Timestamp),
}

/// A question to one partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PartitionAsk {
    /// Append a client's records. Answered with [`PartitionAnswer::Produced`]. With `acks=0` the answer comes after the
    /// append and is not sent to the client. The session still needs the answer, to count its requests under way, and
    /// to close the connection if the records were refused.
    Produce {
        /// One batch, as the client sent it and unchecked.
        records: Bytes,
        /// The size in bytes of the request frame that `records` keeps alive in memory. The log's cache counts this
        /// size against its limit.
        held: u32,
        /// Which replicas must have the records before the answer.
        acks: Acks,
        /// The time at which to answer REQUEST_TIMED_OUT, if the request still waits then.
        deadline: Instant,
        /// Whether the Produce request named a transactional id. Such a request is refused, because there are no
        /// transactions yet.
        transactional: bool,
    },
    /// Note a fetcher's position, and report how many bytes can be read there: at once, and again whenever the number
    /// grows. Also report when the fetch must be answered now, because of an error or a divergence. The reports end
    /// with `Unwatch` or `Read`. Answered with [`PartitionAnswer::Readable`], any number of times.
    Watch {
        /// Who fetches, and from where.
        from: FetchFrom,
        /// The greatest number of bytes to report. Larger numbers are reported as this one.
        most: u32,
    },
    /// End the `Watch` of this asker. There is no answer.
    Unwatch,
    /// Read records. Answered with [`PartitionAnswer::Read`], at once or after a disk read. Ends this asker's `Watch`.
    Read {
        /// Who fetches, and from where.
        from: FetchFrom,
        /// The greatest number of bytes to return. Only with `at_least_one` may a large first batch exceed it (KIP-74).
        most: u32,
        /// Whether the first batch is returned even if it is larger than `most`.
        at_least_one: bool,
    },
    /// Find an offset. Answered with [`PartitionAnswer::Offset`].
    ListOffset {
        /// Which offset to find.
        spec: OffsetSpec,
        /// What the asker believes the leader epoch to be. If this is `None`, the leader does not check it (KIP-320).
        current_leader_epoch: Option<LeaderEpoch>,
        /// Who asks. For a replica the latest offset is the log end, for a consumer it is the high watermark.
        fetcher: Fetcher,
    },
    /// Delete the records below an offset (KIP-107). Answered with [`PartitionAnswer::RecordsDeleted`] when all live
    /// replicas have durably raised their log start offsets to that offset or a later one.
    DeleteRecords {
        /// The first offset to keep. `None` stands for the high watermark (-1 in DeleteRecords).
        to: Option<Offset>,
        /// The time at which to answer REQUEST_TIMED_OUT, if the request still waits then.
        deadline: Instant,
    },
    /// Report how large the log is and which log directory has it (KIP-113). Answered with
    /// [`PartitionAnswer::LogSize`], by followers too, once the log is loaded.
    LogSize,
    /// List the active producers of the log (KIP-664). Answered with [`PartitionAnswer::Producers`], by followers too,
    /// once the log is loaded.
    Producers,
    /// Find where a leader epoch ends in the log (KIP-101). Answered with [`PartitionAnswer::EpochEnd`].
    EpochEnd {
        /// The leader epoch whose end to find.
        epoch: LeaderEpoch,
        /// What the asker believes the leader epoch to be. If this is `None`, the leader does not check it (KIP-320).
        current_leader_epoch: Option<LeaderEpoch>,
    },
}

/// A partition's answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PartitionAnswer {
    /// The answer to `Produce`.
    Produced(Result<Produced, ProduceRefusal>),
    /// The answer to `Watch`.
    Readable {
        /// The number of bytes that a read would return, at most the question's `most`.
        bytes: u32,
        /// Whether the fetch must be answered now, however few bytes there are, because its answer is an error or a
        /// divergence.
        at_once: bool,
    },
    /// The answer to `Read`.
    Read(ReadAnswer),
    /// The answer to `ListOffset`: the offset that was found. `None` if no record matches, which is not an error.
    Offset(Result<Option<OffsetFound>, ErrorCode>),
    /// The answer to `DeleteRecords`: the lowest log start offset of all live replicas, or an error.
    ///
    /// - OFFSET_OUT_OF_RANGE: the offset lies above the high watermark.
    /// - POLICY_VIOLATION: `cleanup.policy` does not contain `delete`.
    /// - REQUEST_TIMED_OUT: not all live replicas have deleted the records before the deadline. Some replicas may have.
    RecordsDeleted(Result<Offset, ErrorCode>),
    /// The answer to `LogSize`.
    LogSize(Result<LogSize, ErrorCode>),
    /// The answer to `Producers`, ordered by producer id.
    Producers(Result<Vec<ActiveProducer>, ErrorCode>),
    /// The answer to `EpochEnd`: the log's greatest epoch that is not above the question's, and the offset after the
    /// last record of that epoch. `None` if the question's epoch is above all epochs of the log.
    EpochEnd(Result<Option<(LeaderEpoch, Offset)>, ErrorCode>),
}

/// The size of a log and the directory that has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LogSize {
    /// The log directory that has the log.
    pub dir: DirId,
    /// The size in bytes of all segments of the log, without their indexes.
    pub bytes: u64,
}

/// The result of a produce request that was accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Produced {
    /// The offset of the first record. For a duplicate batch, this is the offset of the original batch.
    pub base: Offset,
    /// The timestamp that the leader gave the records, if the topic has `message.timestamp.type=LogAppendTime`.
    pub log_append_time: Option<Timestamp>,
    /// The log start offset.
    pub log_start: Offset,
}

/// The result of a produce request that was not accepted, or whose records may yet be lost.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProduceRefusal {
    /// Why the request was refused.
    pub error: ErrorCode,
    /// An explanation in words, for the client's log.
    pub message: Option<&'static str>,
    /// Which records are to blame (KIP-467).
    pub records: Vec<RecordError>,
    /// Set with NOT_LEADER_OR_FOLLOWER: the leader, if there is one, and its epoch, as this replica knows them
    /// (KIP-951).
    pub current_leader: Option<(Option<NodeId>, LeaderEpoch)>,
    /// The log start offset, if this replica leads.
    pub log_start: Option<Offset>,
}

impl ProduceRefusal {
    /// A refusal with an error code alone.
    #[must_use]
    pub fn error(error: ErrorCode) -> ProduceRefusal {
        ProduceRefusal { error, message: None, records: Vec::new(), current_leader: None, log_start: None }
    }
}

/// One bad record of a batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecordError {
    /// The record's index in the batch.
    pub index: i32,
    /// What is wrong with the record.
    pub message: &'static str,
}

/// The result of a read. All its offsets are taken at the same time, so that they fit together (KAFKA-9807).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadAnswer {
    /// `NONE`, or why there are no records.
    pub error: ErrorCode,
    /// The high watermark; `None` with an error other than OFFSET_OUT_OF_RANGE.
    pub high_watermark: Option<Offset>,
    /// The last stable offset; `None` with an error other than OFFSET_OUT_OF_RANGE.
    pub last_stable: Option<Offset>,
    /// The log start offset; `None` with an error other than OFFSET_OUT_OF_RANGE.
    pub log_start: Option<Offset>,
    /// Set if the fetcher's log diverges from the leader's: the leader's greatest epoch that is not above the fetcher's
    /// last one, and the offset where that epoch ends (KIP-595).
    pub diverging: Option<(LeaderEpoch, Offset)>,
    /// Set with NOT_LEADER_OR_FOLLOWER and FENCED_LEADER_EPOCH: the present leader, if there is one, and its epoch
    /// (KIP-951).
    pub current_leader: Option<(Option<NodeId>, LeaderEpoch)>,
    /// Whole batches, in order.
    pub records: Vec<Bytes>,
}

impl ReadAnswer {
    /// An answer with an error code alone.
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

    /// The number of bytes of records in the answer.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.iter().map(Bytes::len).sum()
    }

    /// Whether the answer has no records.
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
    /// The timestamp of the record at that offset. `None` for [`OffsetSpec::Earliest`] and [`OffsetSpec::Latest`].
    pub timestamp: Option<Timestamp>,
    /// The leader epoch of the record at that offset, which may be older than the current one. For
    /// [`OffsetSpec::Latest`], where there may be no record yet, this is the leader's current epoch.
    pub epoch: Option<LeaderEpoch>,
}
