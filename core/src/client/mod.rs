//! Kafka's clients as values in and values out: a producer, a consumer of partitions that are assigned by hand, and a
//! consumer in a group. The simulator's workloads, the load generator and the command line all drive them alike: they
//! dial, send and wait by what they answer, and whoever drives them performs it.
//!
//! **Invariants**
//! - A client does nothing but in a call, knows no time but the call's, and draws no choice but through its caller.
//! - Answers on one connection are taken in the order of their requests; a frame that is none of them ends the connection.
//! - A record that was handed in is answered exactly once: taken, surely refused, or *indefinite*. Indefinite is whatever
//!   may have been appended by any attempt, whatever its last answer says.
//! - An idempotent producer never writes a batch that may already be in the log under new numbers.
//!
//! **In Kafka**: `org.apache.kafka.clients` (`NetworkClient`, `Metadata`), `producer.internals` (`Sender`,
//! `RecordAccumulator`, `TransactionManager`), `consumer.internals` (`AbstractFetch`, `SubscriptionState`,
//! `OffsetsForLeaderEpochUtils`).

mod cluster;
mod config;
mod connection;
mod consumer;
mod group;
mod metadata;
mod output;
mod partitioner;
mod producer;
mod retry;
#[cfg(test)]
mod tests;
mod wake;

pub use config::{Acks, ClusterConfig, Versions};
pub use connection::{Answered, Connection};
pub use consumer::{
    Consumer, ConsumerConfig, ConsumerNews, Fetched, FetchedRecord, FetchedRecords, OffsetReset, StartAt,
};
pub use group::{
    Assignor, Commit, CommitId, CommitMode, CommitOffset, CommitStep, Generation, GroupConsumer, GroupConsumerConfig,
    GroupNews, Joined, Ownership, PartitionName,
};
pub use output::{Conn, Output};
pub use partitioner::partition_for_key;
pub use producer::{Attempt, AttemptEnd, Delivery, Outcome, Producer, ProducerConfig, ProducerNews, Record, SendId};
