//! What clients did and saw: the raw material of every black-box check.
//!
//! **Invariants**: a record that was sent ends in exactly one outcome; `Failed` only where every wire attempt is known
//! not to have been delivered or to have been refused before the append, everything else that is not an acknowledgement
//! is `Unknown`; a client that died has a new session when it comes back. What members of groups ask their coordinators is
//! kept request by request, as it stands on the wire.

mod admin;
mod group;
mod log;
mod value;

pub use admin::{AdminAnswer, AdminCall, AdminEvent, AdminQuestion, TopicConfigs, TopicShape};
pub use group::{
    CallId, CommittedOffset, Generation, GroupAct, GroupAnswer, GroupEvent, GroupId, GroupQuestion, Identity,
    MemberLife,
};
pub use log::History;
pub use value::{Damage, LEAST, Value, checksum};

use gracchus_core::client::Attempt;
use gracchus_core::types::{ErrorCode, LeaderEpoch, NodeId, Offset, TopicPartition};

/// One incarnation of a producer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Session(pub u32);

/// One incarnation of a consumer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct ConsumerId(pub u32);

/// What a producer's session is like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SessionKind {
    /// `acks`, as the wire has it.
    pub acks: i16,
    /// `enable.idempotence`.
    pub idempotent: bool,
    /// `max.in.flight.requests.per.connection`.
    pub in_flight: u32,
}

/// Consecutive records of one session to one partition, sent in one batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sent {
    /// Who.
    pub session: Session,
    /// To where.
    pub partition: TopicPartition,
    /// The first record's number.
    pub first: u32,
    /// How many.
    pub count: u32,
}

/// One record that a consumer was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Read {
    /// Where it lies.
    pub offset: Offset,
    /// The leader epoch of its batch.
    pub epoch: LeaderEpoch,
    /// What it says, or what is wrong with it.
    pub value: Result<Value, Damage>,
}

/// What a consumer was given of one partition by one fetch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Poll {
    /// Who.
    pub consumer: ConsumerId,
    /// Of what.
    pub partition: TopicPartition,
    /// From whom.
    pub source: NodeId,
    /// The leader epoch that the request named, and that the answer is therefore of.
    pub leader_epoch: Option<LeaderEpoch>,
    /// Where the fetch began.
    pub position: Offset,
    /// The answer's high watermark.
    pub high_watermark: Offset,
    /// The answer's last stable offset.
    pub last_stable: Offset,
    /// The answer's log start.
    pub log_start: Offset,
    /// In the order in which they came.
    pub records: Vec<Read>,
}

/// Something that a client did or saw.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ClientEvent {
    /// A producer's session begins.
    Session(Session, SessionKind),
    /// Records were handed to the producer.
    Sent(Sent),
    /// They had gone out on the wire: told with the outcome, one for each attempt, in order.
    Attempted(Sent, Attempt),
    /// They were acknowledged; the base offset may be unknown, as it is for some duplicates.
    Acknowledged(Sent, Option<Offset>),
    /// They may or may not have been written.
    Unknown(Sent, ErrorCode),
    /// They were surely not written.
    Failed(Sent, ErrorCode),
    /// The producer died; what had no outcome has none.
    Died(Session),
    /// A consumer goes on from there, by its own choice or because its position was out of range.
    Positioned {
        /// Who.
        consumer: ConsumerId,
        /// Where.
        partition: TopicPartition,
        /// At which offset.
        at: Offset,
    },
    /// A consumer was given something.
    Polled(Box<Poll>),
    /// A consumer read all there is: the end of a final drain of a partition.
    Drained {
        /// Who.
        consumer: ConsumerId,
        /// Which.
        partition: TopicPartition,
        /// Up to where.
        end: Offset,
    },
    /// A member of a consumer group, or somebody who asks its coordinator, did or saw something.
    Group(Box<GroupEvent>),
    /// An administrator did or saw something.
    Admin(Box<AdminEvent>),
}
