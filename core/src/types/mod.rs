//! The field's vocabulary as types, so that an offset is never an epoch and no raw `-1` gets past `wire`.
//!
//! **Invariants**: the numbers are never negative (absence is `Option`); ordering is the numbers' own.
//!
//! **In Kafka**: plain `long`, `int` and `short` with sentinels such as `UNDEFINED_EPOCH`; `Uuid`, `TopicIdPartition`.

mod error_code;
mod id;
mod start_cause;
mod time;
mod timers;

pub use error_code::ErrorCode;
pub use id::{
    BrokerEpoch, ImageVersion, LeaderEpoch, NodeId, Offset, PartitionEpoch, ProducerEpoch, ProducerId, TopicId,
    TopicPartition, Uuid,
};
pub use start_cause::StartCause;
pub use time::{Instant, Now, Timestamp};
pub(crate) use timers::Timers;
