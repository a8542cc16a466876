//! What became of records.

use crate::types::{ErrorCode, Instant, LeaderEpoch, NodeId, Offset, ProducerEpoch, ProducerId, Timestamp};
use bytestring::ByteString;

/// One record that was handed in: of one partition, the numbers follow each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct SendId {
    /// The producer's number for the partition.
    pub queue: u32,
    /// Counts the records of that partition, from 0.
    pub ordinal: u64,
}

/// What a producer tells its user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProducerNews {
    /// Records are answered, all of one batch.
    Done(Box<Delivery>),
    /// The producer got its id, or another one.
    Identified {
        /// The id.
        id: ProducerId,
        /// Its epoch.
        epoch: ProducerEpoch,
    },
    /// A partition goes on under a new epoch, from sequence 0, since a batch before was given up (KIP-360). Nothing that
    /// may be in the log is written again.
    EpochBumped {
        /// Of which topic.
        topic: ByteString,
        /// Which partition.
        partition: i32,
        /// The id.
        id: ProducerId,
        /// The new epoch.
        epoch: ProducerEpoch,
    },
}

/// What became of one batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivery {
    /// Its topic.
    pub topic: ByteString,
    /// Its partition.
    pub partition: i32,
    /// Its first record.
    pub first: SendId,
    /// How many records.
    pub count: u32,
    /// What became of them, all alike.
    pub outcome: Outcome,
    /// Id, epoch and first sequence of an idempotent producer's batch, once it was sent.
    pub producer: Option<(ProducerId, ProducerEpoch, i32)>,
    /// Every time that it was sent.
    pub attempts: Vec<Attempt>,
}

/// What became of records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Acknowledged.
    Ok {
        /// The first record's offset; none where the broker knows a duplicate without its offset.
        base: Option<Offset>,
        /// Set where the broker stamped the records.
        log_append_time: Option<Timestamp>,
    },
    /// Sent with `acks=0`: nobody will say.
    Unacknowledged,
    /// Surely in no log: never sent, or each attempt refused before the append.
    Failed(ErrorCode),
    /// Given up, and in the log or not.
    Indefinite(ErrorCode),
}

/// One time that a batch was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attempt {
    /// To whom.
    pub node: NodeId,
    /// The leader epoch that the producer knew.
    pub leader_epoch: Option<LeaderEpoch>,
    /// When.
    pub sent: Instant,
    /// How it ended.
    pub end: AttemptEnd,
}

/// How an attempt ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AttemptEnd {
    /// It has not: the batch was given up before.
    Pending,
    /// With an answer.
    Answered(ErrorCode),
    /// Without one: the connection broke, or was ended for its silence.
    Lost,
}

impl AttemptEnd {
    /// Whether the batch may be in the log, for all that this attempt tells. NOT_LEADER_OR_FOLLOWER may follow an append
    /// (KAFKA-13574), as may a timeout, a lost sync, and too few replicas after the append.
    #[must_use]
    pub fn may_be_applied(self) -> bool {
        match self {
            AttemptEnd::Pending | AttemptEnd::Lost => true,
            AttemptEnd::Answered(code) => matches!(
                code,
                ErrorCode::None
                    | ErrorCode::UnknownServerError
                    | ErrorCode::NotLeaderOrFollower
                    | ErrorCode::RequestTimedOut
                    | ErrorCode::NetworkException
                    | ErrorCode::NotEnoughReplicasAfterAppend
                    | ErrorCode::KafkaStorageError
                    | ErrorCode::DuplicateSequenceNumber
            ),
        }
    }
}
