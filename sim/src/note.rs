//! What clients report of themselves: the raw material of histories.

use crate::history::ClientEvent;

/// One observation that a client makes known as it happens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Note {
    /// In words, for a trace.
    Text(&'static str),
    /// Something that a client of the workload did or saw.
    Client(ClientEvent),
}
