//! The workload: producers, consumers, members of groups and administrators around the core's own clients, whose every act goes into the history.
//!
//! **Invariants**: every value is globally unique and says itself where it belongs; a client that died never comes back
//! under its old name; a client draws from its own stream only, so that one more or less changes no other.
//!
//! **In Kafka**: nothing; `kafka-verifiable-producer` and `kafka-verifiable-consumer` come nearest.

mod admin;
mod caller;
mod config;
mod consumer;
mod deleter;
mod group;
mod producer;
mod wiring;

pub(crate) use caller::Asker;

pub use admin::{AdminActor, AdminConfig, TopicUser};
pub use config::{AcksConfig, ConsumerConfig, Drawn, ProducerConfig, WorkloadConfig};
pub use consumer::ConsumerActor;
pub use deleter::DeleterActor;
pub use group::{AssignorConfig, GroupAdmin, GroupConfig, GroupDrawing, GroupMember, GroupReader, Seat};
pub use producer::{Drawing, ProducerActor};

use gracchus_core::types::TopicPartition;
use std::sync::Arc;

/// A partition that clients write and read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Target {
    /// Its topic's name.
    pub topic: Arc<str>,
    /// Which partition of which incarnation of the topic.
    pub id: TopicPartition,
}

impl Target {
    /// The partition of that topic and number.
    #[must_use]
    pub fn place_in(targets: &[Target], topic: &str, partition: i32) -> Option<usize> {
        targets.iter().position(|target| target.id.partition == partition && *target.topic == *topic)
    }

    /// The place of that partition.
    #[must_use]
    pub fn place_of(targets: &[Target], id: TopicPartition) -> Option<usize> {
        targets.iter().position(|target| target.id == id)
    }
}
