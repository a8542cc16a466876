//! How a record of the metadata log can contradict the records before it.

use crate::types::{BrokerEpoch, NodeId, Offset, ProducerId, TopicId, TopicPartition, Uuid};
use core::fmt;
use std::sync::Arc;

/// A record that cannot be applied. A node that meets one stops: the records behind it mean nothing without it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadReplay {
    /// The record's offset in the metadata log, or its place in a snapshot, counted from 0.
    pub at: Offset,
    /// Kafka's name for the record's type.
    pub record: &'static str,
    /// What is wrong.
    pub why: Contradiction,
}

/// How a record contradicts the metadata that it is to change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Contradiction {
    /// No topic has the id.
    UnknownTopic(TopicId),
    /// No topic has the name.
    UnknownTopicName(Arc<str>),
    /// The topic has no such partition.
    UnknownPartition(TopicPartition),
    /// A topic of that name exists.
    DuplicateTopicName {
        /// The name.
        name: Arc<str>,
        /// The id of the topic that has it.
        known: TopicId,
    },
    /// A topic of that id exists.
    DuplicateTopicId(TopicId),
    /// A list of directories is not as long as the list of replicas.
    Directories {
        /// The number of replicas.
        replicas: usize,
        /// The number of directories.
        directories: usize,
    },
    /// An epoch is counted beyond 2147483647.
    EpochOverflow(TopicPartition),
    /// The broker is not registered.
    UnknownBroker(NodeId),
    /// The broker is registered in another epoch than the record names.
    BrokerEpoch {
        /// The broker.
        broker: NodeId,
        /// The epoch in which it is registered.
        known: BrokerEpoch,
        /// The epoch in the record.
        given: i64,
    },
    /// The controller is not registered.
    UnknownController(NodeId),
    /// This build does not know the level of metadata.version.
    UnknownMetadataVersion(i16),
    /// No ACL has the id.
    UnknownAcl(Uuid),
    /// The user has no credential of the mechanism.
    UnknownCredential {
        /// The user.
        user: Arc<str>,
        /// Kafka's name for the mechanism.
        mechanism: &'static str,
    },
    /// The next producer id is not above the one before: brokers would be given ids that others have.
    ProducerIdsFall {
        /// The next producer id so far.
        known: ProducerId,
        /// The one in the record.
        given: ProducerId,
    },
    /// A field has a number that stands for nothing.
    Number {
        /// Kafka's name for the field.
        field: &'static str,
        /// The number.
        value: i64,
    },
    /// A field has a text that stands for nothing.
    Text {
        /// Kafka's name for the field.
        field: &'static str,
        /// What the field takes.
        wants: &'static str,
        /// The text.
        value: Arc<str>,
    },
    /// A transaction begins while another is open.
    NestedTransaction {
        /// The offset at which the open one began.
        began: Offset,
    },
    /// A transaction ends or is aborted, and none is open.
    NoTransaction,
    /// A transaction begins or ends in a snapshot, or in a single image: only the log has transactions.
    TransactionOutsideOfLog,
    /// A snapshot ends, and a topic has partitions but none of a lower index.
    MissingPartition(TopicPartition),
}

impl fmt::Display for BadReplay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let next_step = match self.why {
            Contradiction::UnknownMetadataVersion(_) => {
                "Start this node with a version of Gracchus that knows the level"
            }
            Contradiction::Number { .. } | Contradiction::Text { .. } => {
                "A newer version may have written the record: start this node with that version"
            }
            _ => {
                "The log on this node is damaged or incomplete: remove its directory __cluster_metadata-0 if other \
                 controllers have the log, so that it is fetched anew"
            }
        };
        let BadReplay { at, record, why } = self;
        write!(f, "the {record} at offset {at} of the metadata log cannot be applied: {why}. {next_step}")
    }
}

impl core::error::Error for BadReplay {}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Contradiction as C;
        match self {
            C::UnknownTopic(id) => write!(f, "no topic has the id {id}"),
            C::UnknownTopicName(name) => write!(f, "no topic has the name {name}"),
            C::UnknownPartition(of) => write!(f, "topic {} has no partition {}", of.topic, of.partition),
            C::DuplicateTopicName { name, known } => write!(f, "the topic {name} exists, with the id {known}"),
            C::DuplicateTopicId(id) => write!(f, "a topic with the id {id} exists"),
            C::Directories { replicas, directories } => {
                write!(f, "it names {directories} directories for {replicas} replicas")
            }
            C::EpochOverflow(of) => {
                write!(f, "an epoch of partition {} of topic {} would pass {}", of.partition, of.topic, i32::MAX)
            }
            C::UnknownBroker(broker) => write!(f, "broker {broker} is not registered"),
            C::BrokerEpoch { broker, known, given } => {
                write!(f, "broker {broker} is registered in epoch {known}, and the record is for epoch {given}")
            }
            C::UnknownController(controller) => write!(f, "controller {controller} is not registered"),
            C::UnknownMetadataVersion(level) => {
                write!(f, "level {level} of metadata.version is unknown to this version of Gracchus")
            }
            C::UnknownAcl(id) => write!(f, "no ACL has the id {id}"),
            C::UnknownCredential { user, mechanism } => {
                write!(f, "the user {user} has no credential for {mechanism}")
            }
            C::ProducerIdsFall { known, given } => {
                write!(f, "the next producer id {given} is not above {known}, which it is to follow")
            }
            C::Number { field, value } => write!(f, "{value} stands for nothing in the field {field}"),
            C::Text { field, wants, value } => write!(f, "the field {field} takes {wants}, and not {value}"),
            C::NestedTransaction { began } => write!(f, "the transaction that began at offset {began} is still open"),
            C::NoTransaction => f.write_str("no transaction is open"),
            C::TransactionOutsideOfLog => f.write_str("only the log has transactions, a snapshot has none"),
            C::MissingPartition(of) => {
                write!(f, "topic {} has partitions above {}, and not {}", of.topic, of.partition, of.partition)
            }
        }
    }
}

/// A number of a record that cannot be negative, such as a node's id or an epoch.
pub(super) fn number<N, T: Copy + Into<i64>>(
    field: &'static str,
    value: T,
    from_wire: impl FnOnce(T) -> Option<N>,
) -> Result<N, Contradiction> {
    from_wire(value).ok_or(Contradiction::Number { field, value: value.into() })
}
