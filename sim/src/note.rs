//! What clients report of themselves: the raw material of histories.

use crate::history::ClientEvent;
use gracchus_core::types::{Offset, TopicPartition};

/// One observation that a client makes known as it happens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Note {
    /// In words, for a trace.
    Text(&'static str),
    /// Something that a client of the workload did or saw.
    Client(ClientEvent),
    /// A client is about to ask for the records below `to` to be deleted.
    DeletionAsked {
        /// Of which partition.
        partition: TopicPartition,
        /// The first offset that is to stay; the greatest there is for the high watermark.
        to: Offset,
    },
    /// A broker said that every live replica's log begins at `low` or later.
    Deleted {
        /// Of which partition.
        partition: TopicPartition,
        /// The low watermark.
        low: Offset,
    },
}
